"""The way in: arguments, streams that do not exist, folders, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mixgui
from mixgui import __main__ as entry

ROOT = Path(mixgui.__file__).resolve().parent.parent


def run(*code_or_arguments: str, home: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the checkout with an empty home."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONWARNINGS": "default",
        **extra,
    }
    return subprocess.run(
        [sys.executable, *code_or_arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        cwd=ROOT,
        env=environment,
        check=False,
    )


def test_the_version_is_printed_at_once(tmp_path: Path) -> None:
    done = run("-m", "mixgui", "--version", home=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, f"MixGUI {mixgui.__version__}")


def test_an_unknown_option_is_refused(tmp_path: Path) -> None:
    done = run("-m", "mixgui", "--no-such-option", home=tmp_path)
    assert done.returncode == 2
    assert "--no-such-option" in done.stderr


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these systems always have a display")
def test_no_display_is_a_sentence_not_an_abort(tmp_path: Path) -> None:
    done = run("-m", "mixgui", home=tmp_path, QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    assert (done.returncode, done.stderr.strip()) == (1, "MixGUI needs a display, and there is none here.")


def test_the_window_is_there_before_the_heavy_libraries(tmp_path: Path) -> None:
    code = """
import sys
from PySide6.QtWidgets import QApplication
from mixgui.gui.session import Session
from mixgui.services.settings import Settings
application = QApplication([])
session = Session(application, Settings(__import__("pathlib").Path(sys.argv[1])))
session.window.show()
print(sorted(set(sys.modules) & {"numpy", "pandas", "scipy", "statsmodels", "matplotlib"}))
problems = []
session.worker.crashed.connect(problems.append)
session.worker.finished.connect(lambda job: problems.append(job.state.value))
session.show()
while len(problems) < 2 or session.worker.busy:
    application.processEvents()
print(problems, sorted(set(sys.modules) & {"numpy", "pandas", "scipy", "statsmodels", "matplotlib"}))
session.close()
"""
    done = run("-c", code, str(tmp_path / "settings.ini"), home=tmp_path)
    assert done.stdout.splitlines() == [
        "[]",
        "['done', 'done'] ['matplotlib', 'numpy', 'pandas', 'scipy', 'statsmodels']",
    ], done.stderr
    assert done.returncode == 0


def test_nothing_slow_is_imported_before_the_arguments_are_known(tmp_path: Path) -> None:
    code = "import sys, mixgui.__main__; print(sorted(set(sys.modules) & {'pandas', 'scipy', 'PySide6'}))"
    assert run("-c", code, home=tmp_path).stdout.strip() == "[]"


def test_streams_that_do_not_exist_are_provided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    entry._provide_streams()
    for stream in (sys.stdout, sys.stderr):
        print("text", file=stream)
        stream.close()


def test_matplotlib_keeps_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", "elsewhere")
    monkeypatch.setattr("mixgui.paths.cache", lambda: tmp_path)
    entry._set_matplotlib_folder()
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "matplotlib")
    assert (tmp_path / "matplotlib").is_dir()


def test_a_home_that_cannot_be_written_does_not_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse() -> Path:
        raise PermissionError("read-only")

    monkeypatch.setenv("MPLCONFIGDIR", "")
    monkeypatch.setattr("mixgui.paths.cache", refuse)
    entry._set_matplotlib_folder()
    assert Path(os.environ["MPLCONFIGDIR"]).is_dir()


def test_an_exception_at_the_start_gives_an_exit_code_and_a_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise RuntimeError("no window system")

    monkeypatch.setenv("MPLCONFIGDIR", "")
    monkeypatch.setattr(entry, "_application", broken)
    log = tmp_path / "smoke.log"
    assert entry.main(["--smoke-test", "--log", str(log)]) == entry.EXIT_FAILED
    assert "no window system" in log.read_text(encoding="utf-8")


def test_the_main_job_works_in_the_real_window(tmp_path: Path) -> None:
    log, pictures = tmp_path / "smoke.log", tmp_path / "pictures"
    done = run("-m", "mixgui", "--screenshots", str(pictures), "--log", str(log), home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SMOKE TEST PASSED" in done.stdout
    assert "SMOKE TEST PASSED" in log.read_text(encoding="utf-8")
    assert {picture.stem for picture in pictures.iterdir()} >= {
        f"{page}_{theme}" for page in ("start", "data", "join", "model") for theme in ("light", "dark")
    }
    assert not (tmp_path / "config").exists()  # the user's settings were not touched
    assert (tmp_path / "cache" / "MixGUI" / "matplotlib").is_dir() or sys.platform != "linux"


def test_the_start_can_be_measured(tmp_path: Path) -> None:
    file = tmp_path / "start.json"
    done = run("-m", "mixgui", "--startup-report", str(file), home=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["begun"] < report["window_shown"] < report["ready"]
    assert 0.001 < report["longest_gap"] < report["ready"] - report["begun"]
    assert report["window_shown"] < report["gap_at"]
