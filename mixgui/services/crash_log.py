"""Where the program writes down what went wrong, and who is told about it.

Three ways lead here: an exception that nobody caught, a traceback from the worker, a message of Qt's. None
of them may be lost only because a windowed program has no console.
"""

from __future__ import annotations

import contextlib
import datetime
import platform
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import PySide6
from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from mixgui import __version__, paths

_LARGEST_LOG = 1_000_000  # bytes; then it becomes the old log and a new one begins

_WORDS = {
    QtMsgType.QtDebugMsg: "Qt debug",
    QtMsgType.QtInfoMsg: "Qt information",
    QtMsgType.QtWarningMsg: "Qt warning",
    QtMsgType.QtCriticalMsg: "Qt critical",
    QtMsgType.QtFatalMsg: "Qt fatal",
}


class CrashLog(QObject):
    """A log file and a signal.

    Parameters
    ----------
    path : Path, optional
        The file; by default `mixgui.log` in the system's folder for logs.

    Signals
    -------
    crashed(str)
        A traceback: something that is a mistake of the program.

    Attributes
    ----------
    problems : list of str
        Tracebacks and critical messages of Qt so far.
    warnings : list of str
        Warnings of Qt so far.
    """

    crashed = Signal(str)

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.path = path
        self._file = self._open()
        self._reporting = False
        self._before: tuple[Any, Any] | None = None

    def install(self) -> None:
        """Catch what nobody else catches, until `close`."""
        self._before = (sys.excepthook, qInstallMessageHandler(self._on_qt_message))
        sys.excepthook = self._on_exception
        self.write(f"MixGUI {__version__}, PySide6 {PySide6.__version__}, Python {platform.python_version()}")
        self.write(platform.platform())

    def close(self) -> None:
        """Stop catching and close the file."""
        if self._before is not None:
            sys.excepthook, qt_handler = self._before
            qInstallMessageHandler(qt_handler)
            self._before = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def write(self, text: str) -> None:
        """Write a line to the file and to the console, whichever exist; never raise."""
        line = f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S} {text.rstrip()}"
        for out in (self._file, sys.stderr):
            if out is not None:
                with contextlib.suppress(OSError, ValueError):
                    print(line, file=out, flush=True)

    def report(self, traceback_text: str) -> None:
        """Write a traceback down and tell the window about it."""
        self.problems.append(traceback_text)
        self.write(traceback_text)
        if self._reporting:  # the dialog that tells about a mistake has one itself
            return
        self._reporting = True
        try:
            self.crashed.emit(traceback_text)
        finally:
            self._reporting = False

    def _open(self) -> TextIO | None:
        try:
            if self.path is None:
                self.path = paths.logs() / "mixgui.log"
                if self.path.exists() and self.path.stat().st_size > _LARGEST_LOG:
                    self.path.replace(self.path.with_suffix(".old.log"))
            return self.path.open("a", encoding="utf-8", errors="backslashreplace")
        except OSError:
            return None  # a full or read-only disk must not keep the program from starting

    def _on_exception(
        self, kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, value, trace)
            return
        self.report("".join(traceback.format_exception(kind, value, trace)))

    def _on_qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
        text = f"{_WORDS.get(kind, 'Qt')}: {message}"
        self.write(text)
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            self.problems.append(text)
        elif kind == QtMsgType.QtWarningMsg:
            self.warnings.append(text)
