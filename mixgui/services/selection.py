"""Which group the user looks at: one choice that every table and plot shows."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """The chosen group.

    Signals
    -------
    changed(str, object)
        Grouping factor and level, or "" and None when nothing is chosen. Only when the choice really changed,
        so that panels that both show and make the choice do not call each other for ever.
    """

    changed = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._factor = ""
        self._level: object | None = None

    @property
    def factor(self) -> str:
        """Grouping factor of the chosen group; empty when nothing is chosen."""
        return self._factor

    @property
    def level(self) -> object | None:
        """The chosen group; None when nothing is chosen."""
        return self._level

    def choose(self, factor: str, level: object | None) -> None:
        """Choose a group; None as level chooses nothing."""
        if level is None:
            factor = ""
        if (factor, level) != (self._factor, self._level):
            self._factor, self._level = factor, level
            self.changed.emit(factor, level)

    def clear(self) -> None:
        """Choose nothing."""
        self.choose("", None)

    def chosen(self, factor: str) -> object | None:
        """Return the chosen group of one factor, or None."""
        return self._level if factor == self._factor else None
