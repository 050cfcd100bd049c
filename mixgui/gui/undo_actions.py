"""The menu's Undo and Redo, which say what they would do."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from mixgui.services.undo_stack import UndoStack


class UndoAction(QAction):
    """Undo, or Redo, of a stack.

    Parameters
    ----------
    stack : UndoStack
    redo : bool
    parent : QObject
    """

    def __init__(self, stack: UndoStack[Any], *, redo: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._stack = stack
        self._redo = redo
        self.triggered.connect(stack.redo if redo else stack.undo)
        stack.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        word, what = ("Redo", self._stack.redo_text()) if self._redo else ("Undo", self._stack.undo_text())
        self.setText(f"{word} {what}".rstrip().replace("&", "&&"))
        self.setEnabled(self._stack.can_redo() if self._redo else self._stack.can_undo())
