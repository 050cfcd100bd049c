"""A table of old and new: values to recode, columns to rename. Many lines can be pasted at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from mixgui.gui.theme import HALF

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_ROW = 28
_MOST_SHOWN, _FEWEST_SHOWN = 9, 4
_MEASURED = 50  # rows whose counts decide how wide their column is


class _Model(QAbstractTableModel):
    """Old values with what is to be known of them, and the new value of each."""

    edited = Signal()

    def __init__(self, headings: Sequence[str], unchanged: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.headings = tuple(headings)
        self.rows: list[tuple[str, ...]] = []
        self.places: dict[str, int] = {}
        self.new: dict[str, str] = {}
        self.unchanged = unchanged

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.headings)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        last = index.column() == len(self.headings) - 1
        if role == Qt.ItemDataRole.DisplayRole:
            return self.new.get(row[0], self.unchanged) if last else row[index.column()]
        if role == Qt.ItemDataRole.EditRole:
            return self.new.get(row[0], "") if last else row[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and last and row[0] not in self.new:
            return QGuiApplication.palette().placeholderText()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole and last:
            return f"new value of {row[0]}: {self.new.get(row[0], self.unchanged)}"
        return None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        middle = 0 < column < len(self.headings) - 1
        side = Qt.AlignmentFlag.AlignRight if middle else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == len(self.headings) - 1 else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.put(self.rows[index.row()][0], str(value))
        self.edited.emit()
        return True

    def put(self, old: str, new: str) -> None:
        """Set a new value; an empty one means that nothing is said of the old one."""
        if new.strip():
            self.new[old] = new.strip()
        else:
            self.new.pop(old, None)
        row = self.places[old]
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.headings) - 1))

    def reset(self, rows: Sequence[tuple[str, ...]], new: Mapping[str, str]) -> None:
        """Show other old values."""
        self.beginResetModel()
        self.rows = list(rows)
        self.places = {row[0]: at for at, row in enumerate(self.rows)}
        self.new = dict(new)
        self.endResetModel()


class ValueTable(QTableView):
    """Old values, each with an editable new value at its right.

    Signals
    -------
    changed()
        A new value was typed or pasted.
    """

    changed = Signal()

    def __init__(
        self, name: str, headings: Sequence[str], unchanged: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"step_{name}")
        self.values = _Model(headings, unchanged, self)
        self.setModel(self.values)
        self.setProperty("kind", "framed")
        self.setShowGrid(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            triggers.AnyKeyPressed
            | triggers.EditKeyPressed
            | triggers.DoubleClicked
            | triggers.SelectedClicked
        )
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setResizeContentsPrecision(_MEASURED)
        for at in range(len(headings)):
            middle = 0 < at < len(headings) - 1
            mode = QHeaderView.ResizeMode.ResizeToContents if middle else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(at, mode)
        self.values.edited.connect(self.changed)
        self._fit()

    def set_values(self, rows: Sequence[tuple[str, ...]], new: Mapping[str, str] | None = None) -> None:
        """Show old values (with further cells), and the new ones that are known; others are forgotten."""
        self.values.reset(rows, new or {})
        self._fit()
        if rows:
            self.setCurrentIndex(self.values.index(0, len(self.values.headings) - 1))

    def mapping(self) -> tuple[tuple[str, str], ...]:
        """Return old and new value where there is a new one, in the order of the rows."""
        new = self.values.new
        return tuple((row[0], new[row[0]]) for row in self.values.rows if row[0] in new)

    def set_mapping(self, mapping: Mapping[str, str]) -> None:
        """Set new values; old values that the table does not have are added at its end."""
        known = {row[0] for row in self.values.rows}
        if all(old in known for old in mapping):  # nothing to be laid out anew
            for old, new in mapping.items():
                self.values.put(old, new)
            return
        blank = ("",) * (len(self.values.headings) - 2)
        extra = [(old, *blank) for old in mapping if old not in known]
        self.set_values([*self.values.rows, *extra], {**self.values.new, **mapping})

    @Slot()
    def paste(self) -> None:
        """Take lines from the clipboard: old and new value, or new values from the present row on."""
        lines = [line for line in QGuiApplication.clipboard().text().splitlines() if line.strip()]
        pairs = pairs_of(lines)
        olds = [row[0] for row in self.values.rows]
        if pairs is None:
            start = max(self.currentIndex().row(), 0)
            pairs = dict(zip(olds[start:], (line.strip() for line in lines), strict=False))
        for old, new in pairs.items():
            if old in olds:
                self.values.put(old, new)
        if pairs:
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Paste, empty cells, and begin to edit with Enter."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            for index in self.selectedIndexes():
                self.values.put(self.values.rows[index.row()][0], "")
            self.changed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.edit(self.values.index(self.currentIndex().row(), len(self.values.headings) - 1))
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _fit(self) -> None:
        rows = min(max(self.values.rowCount(), _FEWEST_SHOWN), _MOST_SHOWN)
        self.setFixedHeight(rows * _ROW + self.horizontalHeader().sizeHint().height() + HALF)


def pairs_of(lines: Sequence[str]) -> dict[str, str] | None:
    """Return old and new value of each line, apart by a tab, =, ; or the last comma; None if a line has only one."""
    found = {}
    for line in lines:
        for mark in ("\t", "=", ";", ","):
            old, sep, new = line.rpartition(mark)
            if sep:
                found[old.strip().strip("\"'")] = new.strip().strip("\"'")
                break
        else:
            return None
    return found
