"""What can be undone and redone: the states before and after each edit.

Qt has such a stack, but its commands belong to two owners when they are written in Python, and one of them now and then
deletes what the other still counts on: a crash. Here nothing is deleted by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

T = TypeVar("T")


@dataclass(frozen=True)
class _Edit(Generic[T]):
    text: str
    before: T
    after: T
    merge_key: str


class UndoStack(QObject, Generic[T]):
    """Edits in order, and how many of them are done.

    Parameters
    ----------
    show : callable
        Puts a state in place.
    limit : int
        So many edits are remembered; the oldest go first.
    parent : QObject, optional

    Signals
    -------
    changed()
        After a push, undo, redo or clear, when the stack is as it will be.
    """

    changed = Signal()

    def __init__(self, show: Callable[[T], object], limit: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._show = show
        self._limit = limit
        self._edits: list[_Edit[T]] = []
        self._index = 0
        self._sealed = -1  # no edit is merged with the one that ends here

    def push(self, text: str, before: T, after: T, merge_key: str = "") -> None:
        """Do an edit; what was undone before cannot be redone any more.

        Parameters
        ----------
        text : str
            What the edit does, for the menu.
        before, after : state
        merge_key : str
            An edit with the same key as the one before becomes one with it.
        """
        self._show(after)
        del self._edits[self._index :]
        if self._sealed > self._index:
            self._sealed = -1
        last = self._edits[-1] if self._edits else None
        if last is not None and merge_key and last.merge_key == merge_key and self._sealed != self._index:
            self._edits[-1] = replace(last, text=text, after=after)
        else:
            self._edits.append(_Edit(text, before, after, merge_key))
        excess = max(len(self._edits) - self._limit, 0)
        del self._edits[:excess]
        self._sealed = max(self._sealed - excess, -1)
        self._index = len(self._edits)
        self.changed.emit()

    @Slot()
    def undo(self) -> None:
        """Go back by one edit, if there is one."""
        self.go_to(self._index - 1)

    @Slot()
    def redo(self) -> None:
        """Go forth by one edit, if there is one."""
        self.go_to(self._index + 1)

    def go_to(self, index: int) -> None:
        """Undo or redo until so many edits are done."""
        index = min(max(index, 0), len(self._edits))
        if index == self._index:
            return
        self._show(self._edits[index].before if index < self._index else self._edits[index - 1].after)
        self._index = index
        self.changed.emit()

    def clear(self) -> None:
        """Forget everything."""
        self._edits.clear()
        self._index, self._sealed = 0, -1
        self.changed.emit()

    def seal(self) -> None:
        """Let the next edit be one of its own, because the present state was saved."""
        self._sealed = self._index

    def count(self) -> int:
        """Return how many edits there are, done and undone."""
        return len(self._edits)

    def index(self) -> int:
        """Return how many edits are done."""
        return self._index

    def text(self, index: int) -> str:
        """Return what an edit does."""
        return self._edits[index].text

    def can_undo(self) -> bool:
        """Whether an edit is done."""
        return self._index > 0

    def can_redo(self) -> bool:
        """Whether an edit is undone."""
        return self._index < len(self._edits)

    def undo_text(self) -> str:
        """Return what would be undone; empty if nothing."""
        return self._edits[self._index - 1].text if self.can_undo() else ""

    def redo_text(self) -> str:
        """Return what would be redone; empty if nothing."""
        return self._edits[self._index].text if self.can_redo() else ""
