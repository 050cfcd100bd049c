"""The keys of a join: pairs of columns, one of each table, that must be equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from mixgui.gui.theme import HALF, SPACE, icon, no_margins, set_kind
from mixgui.gui.variable_list import kind_icon

if TYPE_CHECKING:
    from mixgui.data.dataset import Variable

_NOTHING = "choose a column"


class _PairRow(QWidget):
    """One key: a column of the left and one of the right table."""

    changed = Signal()
    removed = Signal(object)

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left, self.right = QComboBox(self), QComboBox(self)
        for box, side in ((self.left, "left"), (self.right, "right")):
            box.setObjectName(f"join_key_{side}_{number}")
            box.setAccessibleName(f"Key {number} of the {side} table")
            box.setPlaceholderText(_NOTHING)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(10)
            box.activated.connect(self.changed)
        self.remove = QToolButton(self)
        self.remove.setObjectName(f"join_key_remove_{number}")
        self.remove.setIcon(icon("remove"))
        self.remove.setToolTip("Remove this key")
        self.remove.setAccessibleName(f"Remove key {number}")
        self.remove.clicked.connect(lambda: self.removed.emit(self))
        equals = QLabel("=", self)
        row = QHBoxLayout(self)
        no_margins(row, SPACE)
        row.addWidget(self.left, 1)
        row.addWidget(equals)
        row.addWidget(self.right, 1)
        row.addWidget(self.remove)


class KeysEditor(QWidget):
    """Rows of column pairs, with a button to add one.

    Signals
    -------
    changed()
        The user changed the keys.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("join_keys")
        self._columns: tuple[Sequence[Variable], Sequence[Variable]] = ((), ())
        self._names = ("", "")
        self._rows: list[_PairRow] = []
        self._made = 0
        self.tab_after: QWidget | None = None  # what the keyboard leaves when it comes to the keys
        self._column = QVBoxLayout()
        no_margins(self._column, HALF)
        self.add_button = QPushButton(icon("add", "accent"), "Add a key", self)
        self.add_button.setObjectName("join_key_add")
        self.add_button.setAutoDefault(False)
        self.add_button.setToolTip("Several keys: rows belong together when all of them are equal.")
        set_kind(self.add_button, "link")
        self.add_button.clicked.connect(self._add)
        whole = QVBoxLayout(self)
        no_margins(whole, HALF)
        whole.addLayout(self._column)
        line = QHBoxLayout()
        line.addWidget(self.add_button)
        line.addStretch(1)
        whole.addLayout(line)

    def set_columns(
        self, left: Sequence[Variable], right: Sequence[Variable], left_name: str, right_name: str
    ) -> None:
        """Offer the columns of other tables; the keys chosen so far are forgotten."""
        self._columns = (left, right)
        self._names = (left_name, right_name)
        self.set_pairs(())

    def set_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Show these keys, or one empty row."""
        for row in list(self._rows):
            self._drop(row)
        self._made = 0
        for left, right in pairs:
            row = self._make_row()
            row.left.setCurrentText(left)
            row.right.setCurrentText(right)
        if not pairs:
            self._make_row()

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the complete pairs."""
        found = [(row.left.currentText(), row.right.currentText()) for row in self._rows]
        return tuple((left, right) for left, right in found if left and right)

    def _make_row(self) -> _PairRow:
        self._made += 1
        row = _PairRow(self._made, self)
        for box, variables, name in zip((row.left, row.right), self._columns, self._names, strict=True):
            for variable in variables:
                box.addItem(icon(kind_icon(variable.kind)[0]), variable.name)
            box.setCurrentIndex(-1)
            box.setToolTip(f"Column of {name}")
        row.changed.connect(self._row_changed)
        row.removed.connect(self._remove)
        self._rows.append(row)
        self._column.addWidget(row)
        self._order()
        return row

    def _order(self) -> None:
        """Let the keyboard go through the rows as they are read."""
        before = self.tab_after
        for row in self._rows:
            for one in (row.left, row.right, row.remove):
                if before is not None:
                    QWidget.setTabOrder(before, one)
                before = one
        if before is not None:
            QWidget.setTabOrder(before, self.add_button)

    def _drop(self, row: _PairRow) -> None:
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    @Slot()
    def _add(self) -> None:
        self._make_row().left.setFocus()

    @Slot()
    def _row_changed(self) -> None:
        """Take the column of the same name for the other side if it is still open."""
        for row in self._rows:
            for one, other in ((row.left, row.right), (row.right, row.left)):
                if one.currentIndex() >= 0 and other.currentIndex() < 0:
                    other.setCurrentIndex(other.findText(one.currentText()))
        self.changed.emit()

    @Slot(object)
    def _remove(self, row: _PairRow) -> None:
        self._drop(row)
        if not self._rows:
            self._make_row()
        self.changed.emit()
