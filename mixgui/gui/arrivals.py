"""Files that come from outside: the command line, a second start, a document opened in the system's file manager."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot

from mixgui.gui.application import Application
from mixgui.gui.main_window import MainWindow
from mixgui.services.inbox import Inbox


class Arrivals(QObject):
    """Opens what comes from outside in the window, and brings the window to the front.

    Parameters
    ----------
    application : Application
        Tells which documents macOS sends.
    window : MainWindow
    inbox : Inbox, optional
    """

    def __init__(self, application: Application, window: MainWindow, inbox: Inbox | None = None) -> None:
        super().__init__(window)
        self._window = window
        application.file_opened.connect(self._on_file_opened)
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

    @Slot(str)
    def _on_file_opened(self, path: str) -> None:
        self.receive([Path(path)])


def bring_forward(window: MainWindow) -> None:
    """Show a window in front of the others, also if it was minimised."""
    if window.isMinimized():
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
