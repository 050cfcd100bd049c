"""The order of the levels of a category: dragged, or moved with buttons and keys; one of them is the reference."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.step_forms.controls import link_button
from mixgui.gui.theme import HALF, icon, no_margins

_LEVEL = Qt.ItemDataRole.UserRole + 1
_ROW = 28
_MOST_SHOWN, _FEWEST_SHOWN = 8, 3


class _List(QListWidget):
    """Levels that can be dragged; Alt+Up and Alt+Down move the current one."""

    moved = Signal()
    step = Signal(int)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        super().dropEvent(event)
        self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
            event.accept()
            return
        super().keyPressEvent(event)


class LevelOrder(QWidget):
    """Levels in an order of the user's.

    Signals
    -------
    changed()
        The order is another one.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"step_{name}")
        self._given: tuple[str, ...] = ()
        self.list = _List(self)
        self.list.setObjectName(f"step_{name}_list")
        self.list.setAccessibleName("Levels in order; Alt+Up and Alt+Down move one")
        self.list.setProperty("kind", "framed")
        self.list.setIconSize(QSize(16, 16))
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.up = self._button(f"step_{name}_up", "up", "Move up (Alt+Up)")
        self.down = self._button(f"step_{name}_down", "down", "Move down (Alt+Down)")
        self.reset = link_button("Order as found", f"step_{name}_reset", self)
        buttons = QVBoxLayout()
        no_margins(buttons, HALF)
        buttons.addWidget(self.up)
        buttons.addWidget(self.down)
        buttons.addStretch(1)
        upper = QHBoxLayout()
        no_margins(upper, HALF)
        upper.addWidget(self.list, 1)
        upper.addLayout(buttons)
        lower = QHBoxLayout()
        lower.addWidget(self.reset)
        lower.addStretch(1)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addLayout(upper)
        column.addLayout(lower)
        self.setFocusProxy(self.list)
        self.list.moved.connect(self.changed)
        self.list.step.connect(self._move)
        self.list.currentRowChanged.connect(lambda _: self._enable())
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.reset.clicked.connect(self._reset)
        self._enable()

    def set_levels(self, levels: Sequence[str], counts: Sequence[int] = ()) -> None:
        """Show levels as they were found, with the number of rows of each."""
        self._given = tuple(levels)
        self.list.clear()
        for at, level in enumerate(levels):
            rows = f"   {counts[at]:,} row{'' if counts[at] == 1 else 's'}" if at < len(counts) else ""
            item = QListWidgetItem(icon("drag", "muted"), f"{level}{rows}")
            item.setData(_LEVEL, level)
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
            self.list.addItem(item)
        shown = min(max(len(levels), _FEWEST_SHOWN), _MOST_SHOWN)
        row = self.list.sizeHintForRow(0) if levels else _ROW
        self.list.setFixedHeight(shown * row + HALF)
        if levels:
            self.list.setCurrentRow(0)
        self._enable()

    def order(self, levels: Sequence[str]) -> None:
        """Put these levels first, in this order, without telling it."""
        for level in reversed(levels):
            for row in range(self.list.count()):
                if self.list.item(row).data(_LEVEL) == level:
                    self.list.insertItem(0, self.list.takeItem(row))
                    break
        self.list.setCurrentRow(0)

    def levels(self) -> tuple[str, ...]:
        """Return the levels in the user's order."""
        return tuple(str(self.list.item(row).data(_LEVEL)) for row in range(self.list.count()))

    @property
    def moved(self) -> bool:
        """Whether the order is another one than was found."""
        return self.levels() != self._given

    def _button(self, name: str, picture: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(icon(picture))
        button.setToolTip(words)
        button.setAccessibleName(words)
        return button

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        target = row + by
        if row < 0 or not 0 <= target < self.list.count():
            return
        self.list.insertItem(target, self.list.takeItem(row))
        self.list.setCurrentRow(target)
        self.changed.emit()

    def _reset(self) -> None:
        self.order(self._given)
        self.changed.emit()

    def _enable(self) -> None:
        row: int = self.list.currentRow()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < self.list.count() - 1)
