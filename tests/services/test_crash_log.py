"""What nobody caught is written down and told, console or not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType

from mixgui.services.crash_log import CrashLog


@pytest.fixture
def log(tmp_path: Path, qapp: Any) -> Iterator[CrashLog]:
    log = CrashLog(tmp_path / "mixgui.log")
    yield log
    log.close()


def _raise() -> None:
    raise KeyError("school")


def test_an_uncaught_exception_is_written_and_told(log: CrashLog, capsys: Any) -> None:
    told: list[str] = []
    log.crashed.connect(told.append)
    try:
        _raise()
    except KeyError:
        log._on_exception(*sys.exc_info())  # type: ignore[arg-type]
    assert "KeyError: 'school'" in told[0]
    assert log.problems == told
    assert log.path is not None
    assert "in _raise" in log.path.read_text(encoding="utf-8")
    assert "KeyError" in capsys.readouterr().err


def test_messages_of_qt_are_sorted_by_weight(log: CrashLog) -> None:
    context = QMessageLogContext()
    log._on_qt_message(QtMsgType.QtWarningMsg, context, "a warning")
    log._on_qt_message(QtMsgType.QtCriticalMsg, context, "a problem")
    log._on_qt_message(QtMsgType.QtDebugMsg, context, None)
    assert log.warnings == ["Qt warning: a warning"]
    assert log.problems == ["Qt critical: a problem"]


def test_a_program_without_console_writes_to_the_file_only(
    log: CrashLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    log.write("ünïcode \ud800 broken")
    assert log.path is not None
    assert "ünïcode" in log.path.read_text(encoding="utf-8")


def test_a_log_that_cannot_be_opened_does_not_stop_the_program(tmp_path: Path, qapp: Any) -> None:
    log = CrashLog(tmp_path / "no" / "such" / "folder.log")
    log.report("Traceback")
    assert log.problems == ["Traceback"]
    log.close()


def test_a_mistake_while_telling_about_a_mistake_does_not_go_round(log: CrashLog) -> None:
    calls: list[str] = []

    def broken_dialog(text: str) -> None:
        calls.append(text)
        log.report("second")

    log.crashed.connect(broken_dialog)
    log.report("first")
    assert calls == ["first"]
    assert log.problems == ["first", "second"]


def test_a_large_log_makes_room(tmp_path: Path, qapp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mixgui.paths.logs", lambda: tmp_path)
    (tmp_path / "mixgui.log").write_text("x" * 1_100_000, encoding="utf-8")
    log = CrashLog()
    log.write("new")
    log.close()
    assert (tmp_path / "mixgui.old.log").stat().st_size == 1_100_000
    assert (tmp_path / "mixgui.log").stat().st_size < 100


def test_the_hooks_are_taken_and_given_back(log: CrashLog) -> None:
    before = sys.excepthook
    log.install()
    assert sys.excepthook == log._on_exception
    log.close()
    assert sys.excepthook is before
