"""The application object, which is told of documents that are opened in macOS's Finder."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """Tells which documents the system sends.

    An event filter would do as well, but be asked about every event of every widget: each time a question to Python,
    which a job in a thread may be using.

    Signals
    -------
    file_opened(str)
        The path of a document.
    """

    file_opened = Signal(str)

    def event(self, event: QEvent) -> bool:
        """Take the documents that the system sends to the application."""
        if event.type() == QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent) and event.file():
            self.file_opened.emit(event.file())
            return True
        return super().event(event)
