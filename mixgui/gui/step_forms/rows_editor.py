"""Rows of controls that can be added and removed: columns to sort by, summaries, parts of names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from mixgui.gui.rebuilding import retire
from mixgui.gui.step_forms.controls import link_button, order_tabs
from mixgui.gui.theme import HALF, SPACE, icon, no_margins


class EditorRow(QWidget):
    """One row: the child's controls and a button that removes it.

    Signals
    -------
    changed(), removed(EditorRow)
    """

    changed = Signal()
    removed = Signal(object)

    def __init__(self, name: str, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"step_{name}_{number}")
        self.name = name
        self.number = number
        self.row = QHBoxLayout(self)
        no_margins(self.row, SPACE)
        self.remove = QToolButton(self)
        self.remove.setObjectName(f"step_{name}_remove_{number}")
        self.remove.setIcon(icon("remove"))
        self.remove.setToolTip("Remove this line")
        self.remove.setAccessibleName(f"Remove line {number}")
        self.remove.clicked.connect(lambda: self.removed.emit(self))

    def finish(self, *controls: QWidget, stretch: Sequence[int] = ()) -> None:
        """Lay the controls out, with the button at the end."""
        for at, control in enumerate(controls):
            self.row.addWidget(control, stretch[at] if at < len(stretch) else 1)
        self.row.addWidget(self.remove)

    def first(self) -> QWidget:
        """Return the control that the keyboard begins at."""
        item = self.row.itemAt(0)
        return (item.widget() if item is not None else None) or self.remove


R = TypeVar("R", bound=EditorRow)


class RowsEditor(QWidget, Generic[R]):
    """Rows below each other with a button that adds one.

    Parameters
    ----------
    name : str
        For the object names.
    make : callable
        `make(number, parent)` returns an `EditorRow`.
    words : str
        On the button: "Add a column".
    """

    changed = Signal()

    def __init__(
        self, name: str, make: Callable[[int, QWidget], R], words: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"step_{name}")
        self._make = make
        self._made = 0
        self._rows: list[R] = []
        self._column = QVBoxLayout()
        no_margins(self._column, HALF)
        self.add_button = link_button(words, f"step_{name}_add", self, "add")
        self.add_button.clicked.connect(self._add)
        self.setFocusProxy(self.add_button)
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        whole = QVBoxLayout(self)
        no_margins(whole, HALF)
        whole.addLayout(self._column)
        whole.addLayout(foot)

    def rows(self) -> tuple[R, ...]:
        """Return the rows as they stand."""
        return tuple(self._rows)

    def add_row(self) -> R:
        """Add a row without telling it."""
        self._made += 1
        row = self._make(self._made, self)
        row.changed.connect(self.changed)
        row.removed.connect(self._remove)
        self._rows.append(row)
        self._column.addWidget(row)
        row.setVisible(True)
        self._show_removers()
        form = self.parentWidget()
        while form is not None and form.objectName() != "step_form":
            form = form.parentWidget()
        order_tabs(form or self)
        return row

    def clear(self) -> None:
        """Remove all rows without telling it."""
        for row in self._rows:
            self._column.removeWidget(row)
            retire(row)
        self._rows = []
        self._made = 0

    @Slot()
    def _add(self) -> None:
        self.add_row().first().setFocus()
        self.changed.emit()

    @Slot(object)
    def _remove(self, row: R) -> None:
        self._rows.remove(row)
        self._column.removeWidget(row)
        retire(row)
        if self._rows:
            self._rows[-1].remove.setFocus()
        else:
            self.add_row()
        self._show_removers()
        self.changed.emit()

    def _show_removers(self) -> None:
        """One empty row always stays."""
        for row in self._rows:
            row.remove.setEnabled(len(self._rows) > 1)
