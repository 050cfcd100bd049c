"""The worker: order, cancelling, stale results, exceptions, shutting down."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread

from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress
from mixgui.services.worker import PROGRESS_INTERVAL, JobState, Worker


@pytest.fixture
def worker(qapp: Any) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.shutdown()


class Gate:
    """A job that waits until it is let go, reporting all the time like a fit."""

    def __init__(self, value: object = None) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()
        self.value = value

    def __call__(self, observer: Observer) -> object:
        self.entered.set()
        while not self.open.wait(0.002):
            observer(Progress("waiting"))
        return self.value


def test_runs_beside_the_window_and_calls_back_on_its_thread(worker: Worker, qtbot: Any) -> None:
    threads: list[Any] = []

    def work(observer: Observer) -> int:
        threads.append(QThread.currentThread())
        return 42

    results: list[tuple[int, Any]] = []
    worker.run(work, on_done=lambda value: results.append((value, QThread.currentThread())))
    assert results == []  # never from inside run()
    qtbot.waitUntil(lambda: not worker.busy)
    window = QThread.currentThread()
    assert results == [(42, window)]
    assert threads[0] != window


def test_a_lane_keeps_the_order_and_lanes_do_not_wait_for_each_other(worker: Worker, qtbot: Any) -> None:
    gate, order = Gate(), []
    worker.run(gate, lane="fit", on_done=lambda _: order.append("slow fit"))
    worker.run(lambda observer: None, lane="fit", on_done=lambda _: order.append("second fit"))
    for i in range(5):
        worker.run(lambda observer, i=i: i, lane="plot", on_done=order.append)
    qtbot.waitUntil(lambda: 4 in order)
    assert order == [0, 1, 2, 3, 4]
    gate.open.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert order == [0, 1, 2, 3, 4, "slow fit", "second fit"]


def test_the_next_job_starts_after_the_callback_of_the_one_before(worker: Worker, qtbot: Any) -> None:
    state = [0]
    seen: list[int] = []

    def work(observer: Observer) -> int:
        return state[0] + 1

    def done(value: int) -> None:
        state[0] = value
        seen.append(value)

    for _ in range(20):
        worker.run(work, on_done=done)
    qtbot.waitUntil(lambda: not worker.busy)
    assert seen == list(range(1, 21))


def test_a_waiting_job_that_is_cancelled_never_runs(worker: Worker, qtbot: Any) -> None:
    gate, calls = Gate(), []
    worker.run(gate)
    waiting = worker.run(
        lambda observer: calls.append("ran"),
        on_done=lambda _: calls.append("done"),
        on_cancelled=lambda: calls.append("cancelled"),
    )
    waiting.cancel()
    assert calls == []  # callbacks come later, never from inside cancel()
    qtbot.waitUntil(lambda: bool(calls))
    gate.open.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert calls == ["cancelled"]
    assert waiting.state is JobState.CANCELLED


def test_a_running_job_stops_at_its_next_report(worker: Worker, qtbot: Any) -> None:
    gate, calls = Gate(), []
    job = worker.run(gate, on_done=calls.append, on_cancelled=lambda: calls.append("cancelled"))
    qtbot.waitUntil(gate.entered.is_set)
    job.cancel()
    job.cancel()
    qtbot.waitUntil(lambda: not worker.busy)
    assert calls == ["cancelled"]
    assert job.state is JobState.CANCELLED
    assert not gate.open.is_set()


def test_a_job_that_did_not_notice_the_cancellation_gives_no_result(worker: Worker, qtbot: Any) -> None:
    entered, release, calls = threading.Event(), threading.Event(), []

    def deaf(observer: Observer) -> str:
        entered.set()
        release.wait(5)
        return "too late"

    job = worker.run(deaf, on_done=calls.append, on_cancelled=lambda: calls.append("cancelled"))
    qtbot.waitUntil(entered.is_set)
    job.cancel()
    release.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert calls == ["cancelled"]


def test_the_latest_job_of_a_key_wins(worker: Worker, qtbot: Any) -> None:
    gate, calls = Gate("old"), []
    first = worker.run(
        gate, lane="plot", key="panel", on_done=calls.append, on_cancelled=lambda: calls.append("?")
    )
    qtbot.waitUntil(gate.entered.is_set)
    other = worker.run(lambda observer: "other", lane="plot", key="other", on_done=calls.append)
    second = worker.run(lambda observer: "second", lane="plot", key="panel", on_done=calls.append)
    third = worker.run(lambda observer: "third", lane="plot", key="panel", on_done=calls.append)
    qtbot.waitUntil(lambda: not worker.busy)
    assert calls == ["other", "third"]
    assert (first.state, second.state) == (JobState.STALE, JobState.STALE)
    assert (other.state, third.state) == (JobState.DONE, JobState.DONE)


def test_a_stale_job_is_not_reported_even_if_it_finishes(worker: Worker, qtbot: Any) -> None:
    entered, release, calls = threading.Event(), threading.Event(), []

    def deaf(observer: Observer) -> str:
        entered.set()
        release.wait(5)
        return "old"

    worker.run(deaf, key="k", on_done=calls.append)
    qtbot.waitUntil(entered.is_set)
    worker.run(lambda observer: "new", key="k", on_done=calls.append)
    release.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert calls == ["new"]


def test_the_same_key_in_another_lane_is_another_key(worker: Worker, qtbot: Any) -> None:
    calls: list[str] = []
    worker.run(lambda observer: "data", lane="data", key="k", on_done=calls.append)
    worker.run(lambda observer: "plot", lane="plot", key="k", on_done=calls.append)
    qtbot.waitUntil(lambda: not worker.busy)
    assert sorted(calls) == ["data", "plot"]


def test_a_refusal_is_passed_on(worker: Worker, qtbot: Any) -> None:
    def refuse(observer: Observer) -> None:
        raise ReadError("The file is empty.", "Choose another file.")

    errors: list[Any] = []
    with qtbot.assertNotEmitted(worker.crashed):
        job = worker.run(refuse, on_failed=errors.append)
        qtbot.waitUntil(lambda: not worker.busy)
    assert isinstance(errors[0], ReadError)
    assert errors[0].__traceback__ is None  # else its frames would keep the tables alive
    assert job.state is JobState.FAILED


@pytest.mark.parametrize("exception", [KeyError("school"), SystemExit(3), MemoryError()])
def test_other_exceptions_become_a_sentence(worker: Worker, qtbot: Any, exception: BaseException) -> None:
    def broken(observer: Observer) -> None:
        raise exception

    errors: list[Any] = []
    crashes: list[str] = []
    worker.crashed.connect(crashes.append)
    worker.run(broken, on_failed=errors.append)
    qtbot.waitUntil(lambda: not worker.busy)
    assert len(errors) == 1
    assert "KeyError" not in str(errors[0])
    if isinstance(exception, MemoryError):
        assert crashes == []  # no bug
        assert "memory" in str(errors[0])
    else:
        assert type(exception).__name__ in crashes[0]


def test_an_exception_in_a_callback_does_not_stop_the_lane(worker: Worker, qtbot: Any) -> None:
    def bad(value: object) -> None:
        raise ValueError("bad callback")

    calls: list[int] = []
    with qtbot.captureExceptions() as caught:
        worker.run(lambda observer: 1, on_done=bad)
        worker.run(lambda observer: 2, on_done=calls.append)
        qtbot.waitUntil(lambda: not worker.busy)
    assert calls == [2]
    assert [str(exception) for _, exception, _ in caught] == ["bad callback"]


def test_progress_is_throttled(worker: Worker, qtbot: Any) -> None:
    reports: list[Progress] = []
    signalled: list[Progress] = []
    worker.progressed.connect(lambda job, progress: signalled.append(progress))

    def busy(observer: Observer) -> int:
        start, calls = time.monotonic(), 0
        while time.monotonic() - start < 5 * PROGRESS_INTERVAL:
            calls += 1
            observer(Progress("working", evaluations=calls))
        return calls

    counts: list[int] = []
    worker.run(busy, on_progress=reports.append, on_done=counts.append)
    qtbot.waitUntil(lambda: not worker.busy)
    assert counts[0] > 100
    assert 1 <= len(reports) <= 7
    assert reports == signalled
    assert reports[0].evaluations == 1


def test_no_callback_after_its_owner_has_died(worker: Worker, qtbot: Any) -> None:
    gate, calls = Gate(), []
    owner = QObject()
    worker.run(gate, owner=owner, on_done=lambda _: calls.append("called"))
    qtbot.waitUntil(gate.entered.is_set)
    shiboken6.delete(owner)
    gate.open.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert calls == []


def test_no_callback_to_a_method_of_a_dead_object(worker: Worker, qtbot: Any) -> None:
    class Panel(QObject):
        def show_result(self, value: object) -> None:
            raise AssertionError("called on a deleted panel")

    panel = Panel()
    gate = Gate()
    worker.run(gate, on_done=panel.show_result)
    shiboken6.delete(panel)
    gate.open.set()
    qtbot.waitUntil(lambda: not worker.busy)


def test_busy_and_signals_for_the_status_line(worker: Worker, qtbot: Any) -> None:
    events: list[Any] = []
    worker.busy_changed.connect(events.append)
    worker.started.connect(lambda job: events.append(f"start {job.description}"))
    worker.finished.connect(lambda job: events.append(f"finish {job.description} {job.state.value}"))
    worker.run(lambda observer: None, description="a")
    worker.run(lambda observer: None, description="b")
    assert worker.busy
    assert [job.description for job in worker.jobs()] == ["a", "b"]
    qtbot.waitUntil(lambda: not worker.busy)
    assert events == [True, "start a", "finish a done", "start b", "finish b done", False]
    assert worker.jobs() == ()


def test_cancel_all_of_a_lane(worker: Worker, qtbot: Any) -> None:
    fit, data, calls = Gate(), Gate("data"), []
    worker.run(fit, lane="fit", on_cancelled=lambda: calls.append("fit"))
    worker.run(lambda observer: None, lane="fit", on_cancelled=lambda: calls.append("waiting fit"))
    worker.run(data, lane="data", on_done=calls.append)
    worker.cancel_all("fit")
    qtbot.waitUntil(lambda: len(calls) == 2)
    data.open.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert sorted(calls) == ["data", "fit", "waiting fit"]


def test_shutdown_stops_running_and_waiting_jobs_and_leaves_no_thread(qapp: Any, qtbot: Any) -> None:
    worker = Worker()
    calls: list[str] = []
    gates = [Gate(), Gate(), Gate()]
    for gate, lane in zip(gates, ("data", "fit", "plot"), strict=True):
        for work in (gate, lambda observer: calls.append("ran")):
            worker.run(
                work,
                lane=lane,
                on_done=lambda _: calls.append("done"),
                on_cancelled=lambda: calls.append("cancelled"),
            )
    qtbot.waitUntil(lambda: all(gate.entered.is_set() for gate in gates))
    worker.shutdown()
    worker.shutdown()
    qtbot.wait(20)
    assert calls == []
    assert not worker.busy
    with pytest.raises(RuntimeError, match="shut down"):
        worker.run(lambda observer: None)


def test_an_unknown_lane_is_refused(worker: Worker) -> None:
    with pytest.raises(ValueError, match="lanes are data, fit, plot"):
        worker.run(lambda observer: None, lane="fits")


def test_results_are_not_kept_alive_by_the_job(worker: Worker, qtbot: Any) -> None:
    import gc
    import weakref

    class Table:
        pass

    table = Table()
    seen = weakref.ref(table)
    job = worker.run(lambda observer, table=table: table, on_done=lambda value: None)
    del table
    qtbot.waitUntil(lambda: not worker.busy)
    gc.collect()
    assert seen() is None
    assert job.state is JobState.DONE
