"""Files that come from outside: the command line, a second start, a document opened in the system's file manager."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from mixgui.gui.main_window import MainWindow
from mixgui.services.inbox import Inbox


class Arrivals(QObject):
    """Opens what comes from outside in the window, and brings the window to the front.

    Parameters
    ----------
    application : QApplication
        Gets the events by which macOS sends documents.
    window : MainWindow
    inbox : Inbox, optional
    """

    def __init__(self, application: QApplication, window: MainWindow, inbox: Inbox | None = None) -> None:
        super().__init__(window)
        self._window = window
        application.installEventFilter(self)
        if inbox is not None:
            inbox.requested.connect(self.receive)
            inbox.listen()

    @Slot(object)
    def receive(self, files: Iterable[Path]) -> None:
        """Open files that somebody asked for elsewhere."""
        bring_forward(self._window)
        files = list(files)
        if files:
            self._window.opener.open(files)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take the documents that the system sends to the application."""
        if event.type() == QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent) and event.file():
            self.receive([Path(event.file())])
            return True
        return False


def bring_forward(window: MainWindow) -> None:
    """Show a window in front of the others, also if it was minimised."""
    if window.isMinimized():
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
