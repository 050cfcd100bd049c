"""Tasks on all cores: the same numbers whoever does them, and nothing left behind."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mixgui.engine import Factor, LmmFit, RandomTermData, fit_lmm, shared_work
from mixgui.engine.bootstrap import Bootstrap
from mixgui.engine.portable import arrays_of, fit_of
from mixgui.engine.profile import Profiling
from mixgui.engine.shared_work import Crew, serve, work_through
from mixgui.errors import Cancelled
from mixgui.observer import Observer, Progress, silent


def model(*, reml: bool = True) -> LmmFit:
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(15), 8)
    x = rng.normal(size=120)
    X = np.column_stack([np.ones(120), x])
    y = 3 + 2 * x + rng.normal(size=15)[g] * (1 + 0.5 * x) + rng.normal(size=120)
    terms = [RandomTermData(Factor(g, 15, "g"), X), RandomTermData(Factor(np.arange(120) % 6, 6, "h"))]
    weights, offset = rng.uniform(0.5, 2.0, 120), rng.normal(size=120)
    return fit_lmm(y, X, terms, reml=reml, weights=weights, offset=offset)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Helpers are called for any job."""
    monkeypatch.setattr(shared_work, "WORTH", 0.0)


class Slow:
    """A bootstrap whose tasks take long in this process only."""

    def __init__(self, job: Bootstrap, seconds: float) -> None:
        self.job, self.seconds = job, seconds
        self.kind, self.count, self.width = job.kind, job.count, job.width
        self.done: list[int] = []

    def task(self, index: int, observer: Observer) -> np.ndarray:
        until = time.perf_counter() + self.seconds
        while time.perf_counter() < until:
            observer(Progress())
            time.sleep(0.005)
        self.done.append(index)
        return self.job.task(index, observer)

    def arrays(self) -> dict[str, np.ndarray]:
        return self.job.arrays()


@pytest.fixture
def crews(monkeypatch: pytest.MonkeyPatch) -> list[Crew]:
    """Every crew that is called."""
    seen: list[Crew] = []
    original = Crew.__init__

    def note(self: Crew, *arguments: object) -> None:
        seen.append(self)
        original(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Crew, "__init__", note)
    return seen


def left_over(crew: Crew) -> bool:
    return crew.alive() or Path(crew._folder.name).exists()


@pytest.mark.parametrize("reml", [True, False])
def test_a_fit_travels_as_arrays(reml: bool) -> None:
    fit = model(reml=reml)
    other = fit_of(arrays_of(fit))
    for name in ("beta", "vcov_beta", "theta", "sigma", "criterion", "lam"):
        np.testing.assert_array_equal(getattr(fit, name), getattr(other, name))
    assert other.reml == reml
    assert other.state.criterion(fit.theta, reml) == pytest.approx(fit.criterion, rel=1e-13)


@pytest.mark.parametrize("kind", ["bootstrap", "profile"])
def test_a_helper_does_the_same_tasks_from_the_end(kind: str, tmp_path: Path) -> None:
    fit = model(reml=False)
    job = Bootstrap(fit, 6, 3) if kind == "bootstrap" else Profiling(fit, 0.9, [0, 3])
    np.savez(tmp_path / "job.npz", allow_pickle=False, **job.arrays())
    assert serve(str(tmp_path), "0", "2") == 0
    rows = np.fromfile(tmp_path / "0.rows").reshape(-1, job.width + 2)
    wanted = list(range(job.count - 1, -1, -2))
    assert rows[:, 0].tolist() == [i for i in wanted for _ in range(2)]  # taken, then done
    assert rows[:, 1].tolist() == [0.0, 1.0] * len(wanted)
    for row in rows[1::2]:
        np.testing.assert_allclose(row[2:], job.task(int(row[0]), silent), rtol=1e-9)


def test_helpers_share_the_work_and_go(eager: None, crews: list[Crew]) -> None:
    job = Slow(Bootstrap(model(), 60, 5), 0.05)
    found = work_through(job, "Working", processes=2)
    assert len(crews) == 1
    assert len(job.done) < job.count  # somebody else did the rest
    assert not left_over(crews[0])
    alone = work_through(job.job, "Working", processes=1)
    np.testing.assert_allclose(found, alone, rtol=1e-9)
    assert len(crews) == 1


def test_short_jobs_call_nobody(crews: list[Crew]) -> None:
    work_through(Bootstrap(model(), 10, 5), "Working", processes=2)
    assert crews == []


def test_cancel_ends_helpers_at_once(eager: None, crews: list[Crew]) -> None:
    started = 0.0

    def observer(progress: Progress) -> None:
        nonlocal started
        if crews and not started:
            started = time.perf_counter()
        if started and time.perf_counter() - started > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        work_through(Slow(Bootstrap(model(), 500, 5), 0.1), "Working", observer, processes=2)
    assert time.perf_counter() - started < 3.0
    assert not left_over(crews[0])


@pytest.mark.parametrize("command", [["/no/such/program"], [sys.executable, "-c", "raise SystemExit(1)"]])
def test_the_work_is_done_without_helpers_too(
    command: list[str], eager: None, crews: list[Crew], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_work, "_command", lambda: command)
    job = Bootstrap(model(), 12, 5)
    found = work_through(job, "Working", processes=2)
    assert np.isfinite(found).all()
    assert not left_over(crews[0])


def test_a_helper_that_dies_over_a_task_is_replaced(eager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import sys, numpy as np; "
        "open(sys.argv[1] + '/0.rows', 'wb').write(np.array([11.0, 0.0] + [0.0] * 7).tobytes())"
    )
    monkeypatch.setattr(shared_work, "_command", lambda: [sys.executable, "-c", code])
    job = Slow(Bootstrap(model(), 12, 5), 0.05)
    assert job.width == 7
    assert np.isfinite(work_through(job, "Working", processes=2)).all()
    assert 11 in job.done


def test_progress_grows() -> None:
    seen: list[float] = []
    work_through(Bootstrap(model(), 8, 1), "Working", lambda p: seen.append(p.fraction or 0.0), processes=1)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(7 / 8)


def test_the_program_is_its_own_helper(tmp_path: Path) -> None:
    """As the frozen program calls itself: no window, no Qt."""
    job = Bootstrap(model(), 2, 3)
    np.savez(tmp_path / "job.npz", allow_pickle=False, **job.arrays())
    code = (
        "import sys; from mixgui.__main__ import main; code = main(sys.argv[1:]); "
        "assert not any(name.startswith('PySide6') for name in sys.modules); sys.exit(code)"
    )
    command = [sys.executable, "-c", code, "--share-work", str(tmp_path), "0", "1"]
    done = subprocess.run(command, cwd=Path(shared_work.__file__).parents[2], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(np.fromfile(tmp_path / "0.rows")) == 2 * 2 * (job.width + 2)


@pytest.mark.timing
def test_two_processes_are_faster_than_one() -> None:
    """On two free cores: refits of a model with 7,000 rows."""
    rng = np.random.default_rng(1)
    g = np.sort(rng.integers(0, 160, 7185))
    X = np.column_stack([np.ones(7185), rng.normal(size=7185)])
    y = 12 + X[:, 1] + (rng.normal(size=(160, 2))[g] * X).sum(axis=1) + 3 * rng.normal(size=7185)
    job = Bootstrap(fit_lmm(y, X, [RandomTermData(Factor(g, 160), X)]), 2000, 1)
    seconds = []
    for processes in (1, 2):
        clock = time.perf_counter()
        work_through(job, "Working", processes=processes)
        seconds.append(time.perf_counter() - clock)
    assert seconds[0] / seconds[1] > 1.5
