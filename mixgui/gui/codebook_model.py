"""The codebook of a table as rows that can be edited: one a column of the data."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont

from mixgui.data.codebook import KIND_WORDS, ROW_LEVEL, VariableInfo, level_by, level_group
from mixgui.gui.column_panel import Levels
from mixgui.gui.theme import colors, icon
from mixgui.gui.variable_list import kind_icon

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.codebook import Codebook
    from mixgui.data.dataset import Dataset, Variable

Index = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()
NAME, TYPE, LABEL, UNIT, VALUES, MISSING, LEVEL, DESCRIPTION = range(8)
HEADINGS: tuple[tuple[str, str], ...] = (
    ("Name", "The column, as formulas and steps call it."),
    ("Type", "What the values are. As found in the data, unless another type is chosen."),
    ("Label", "What stands on axes and in equations instead of the name."),
    ("Unit", "Stands in parentheses after the label."),
    ("Values", "Order and labels of the values, and the reference level of a category."),
    ("Missing codes", "Values that mean missing, such as -99; several with commas between."),
    (
        "Level",
        "Whether the column varies between rows, or only between groups. As found, unless said here.",
    ),
    ("Description", "Anything worth knowing: how it was measured, from when, by whom."),
)
_WORDS = {LABEL: "label", UNIT: "unit", DESCRIPTION: "description"}
_SHOWN_VALUES = 3


class Edits(Protocol):
    """Takes the edits of a codebook: steps of the document, or what a dialog has not applied yet."""

    settled: Any  # a signal

    def pending(self, table: str, column: str) -> VariableInfo | None:
        """Return what a column will be; None if it was not edited."""

    def edit(self, table: str, changes: Codebook) -> None:
        """Set what is said of columns of a table."""


class CodebookModel(QAbstractTableModel):
    """Rows of the codebook; edits go through `Edits` and are shown at once."""

    def __init__(self, editing: Edits, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editing = editing
        self._dataset: Dataset | None = None
        self._levels = Levels()
        editing.settled.connect(self.refresh)

    @property
    def dataset(self) -> Dataset | None:
        """The table whose codebook is shown."""
        return self._dataset

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show another table, or the same one after a change: then the place in the table is kept."""
        before = self._dataset
        same = (
            before is not None
            and dataset is not None
            and (before.name, before.names) == (dataset.name, dataset.names)
        )
        if same:
            self._dataset = dataset
            self.refresh()
            return
        self.beginResetModel()
        self._dataset, self._levels = dataset, Levels()
        self.endResetModel()

    def set_levels(self, levels: Levels) -> None:
        """Show at which level the columns vary."""
        self._levels = levels
        self.refresh()

    def refresh(self) -> None:
        """Draw all cells again."""
        if self._dataset is not None and self._dataset.variables:
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def variable(self, row: int) -> Variable:
        """Return what is known of a column, edits under way included."""
        assert self._dataset is not None
        one = self._dataset.variables[row]
        pending = self._editing.pending(self._dataset.name, one.name)
        return one if pending is None else one.with_info(pending)

    def row_of(self, name: str) -> int:
        """Return the row of a column, or -1."""
        names = () if self._dataset is None else self._dataset.names
        return names.index(name) if name in names else -1

    def edit(self, row: int, info: VariableInfo) -> None:
        """Set all that is said of a column."""
        assert self._dataset is not None
        name = self._dataset.names[row]
        if info != self.variable(row).info:
            self._editing.edit(self._dataset.name, ((name, info),))
            self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))

    # Qt's names from here.

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        """Return how many columns the data have."""
        return 0 if parent.isValid() or self._dataset is None else len(self._dataset.variables)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        """Return how many things are said of each."""
        return 0 if parent.isValid() else len(HEADINGS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let all be edited but the name; values have a dialog of their own."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags if index.column() == NAME else flags | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, icon, colour or explanation."""
        if not index.isValid():
            return None
        variable, column = self.variable(index.row()), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(variable, column)
        if role == Qt.ItemDataRole.EditRole:
            found = {TYPE: variable.declared, LEVEL: variable.level}
            return found.get(column, self._text(variable, column))
        if role == Qt.ItemDataRole.DecorationRole and column == TYPE:
            return icon(kind_icon(_kind_of(variable))[0])
        if role == Qt.ItemDataRole.FontRole and column == NAME:
            bold = QFont()
            bold.setWeight(QFont.Weight.DemiBold)
            return bold
        if role == Qt.ItemDataRole.ForegroundRole and _is_quiet(variable, column):
            return QBrush(QColor(colors().muted))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(variable, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{HEADINGS[column][0]} of {variable.name}: {self._text(variable, column) or 'none'}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        """Take an edit."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        info, column = self.variable(index.row()).info, index.column()
        if column in _WORDS:
            words: dict[str, Any] = {_WORDS[column]: " ".join(str(value).split())}
            info = replace(info, **words)
        elif column == TYPE:
            info = with_kind(info, str(value))
        elif column == LEVEL:
            info = replace(info, level=str(value))
        elif column == MISSING:
            info = replace(info, missing_codes=codes_of(str(value)))
        else:
            return False
        self.edit(index.row(), info)
        return True

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a heading or its explanation."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section][0]
        if role == Qt.ItemDataRole.ToolTipRole:
            return HEADINGS[section][1]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, variable: Variable, column: int) -> str:
        if column == NAME:
            return variable.name
        if column == TYPE:
            return KIND_WORDS.get(_kind_of(variable), variable.kind)
        if column in _WORDS:
            return str(getattr(variable, _WORDS[column]))
        if column == VALUES:
            return values_text(variable.info)
        if column == MISSING:
            return ", ".join(variable.missing_codes)
        return self._level(variable)

    def _level(self, variable: Variable) -> str:
        """Return the level that was said, else the one that is found with respect to the groups of the moment."""
        if self._is_said(variable):
            return variable.level
        level, group = self._levels.levels.get(variable.name), self._levels.group
        if variable.name == group:
            return "groups"
        return {"group": level_by(group), "row": ROW_LEVEL}.get(level or "", "")

    def _is_said(self, variable: Variable) -> bool:
        """Whether somebody said the level, and of groups that the table has."""
        assert self._dataset is not None
        return variable.level == ROW_LEVEL or level_group(variable.level) in self._dataset.names

    def levels_of(self, row: int) -> tuple[str, ...]:
        """Return the levels that a column can be said to have: of the rows, or of columns that may name groups."""
        assert self._dataset is not None
        name = self._dataset.names[row]
        said = [group for one in self._dataset.variables if (group := level_group(one.level))]
        groups = dict.fromkeys((*self._levels.groups, self._levels.group, *said))
        known = [one for one in groups if one in self._dataset.names and one != name]
        return (ROW_LEVEL, *map(level_by, known))

    def _tip(self, variable: Variable, column: int) -> str:
        if column == TYPE and not variable.declared:
            return "As found in the data. Double-click to choose another type."
        if column == LEVEL:
            if self._is_said(variable):
                return "As somebody said it. Double-click and choose “as found” to look at the data again."
            return (
                "As found in the data, for the groups chosen beside the cells. Double-click to say otherwise."
            )
        return self._text(variable, column) or HEADINGS[column][1]


def _kind_of(variable: Variable) -> str:
    """Return the type that is shown: the chosen one at once, although the worker is still setting it."""
    return variable.declared or variable.kind


def _is_quiet(variable: Variable, column: int) -> bool:
    return (column == LEVEL and not variable.level) or (column == TYPE and not variable.declared)


def with_kind(info: VariableInfo, kind: str) -> VariableInfo:
    """Return an info with another type; order and reference are for categories only."""
    if kind == "category":
        return replace(info, kind=kind)
    return replace(info, kind=kind, levels=(), reference="")


def codes_of(text: str) -> tuple[str, ...]:
    """Return the codes that were typed with commas, semicolons or vertical bars between them."""
    parts = (part.strip().replace("−", "-") for part in re.split(r"[,;|]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def values_text(info: VariableInfo) -> str:
    """Return order, labels and reference of values in a few words: "0 = No, 1 = Yes"."""
    labels = dict(info.value_labels)
    codes = list(dict.fromkeys((*info.levels, *labels)))
    words = [f"{code} = {labels[code]}" if code in labels else code for code in codes[:_SHOWN_VALUES]]
    if len(codes) > _SHOWN_VALUES:
        words.append(f"{len(codes) - _SHOWN_VALUES} more")
    text = ", ".join(words)
    if info.reference:
        text += f"{'; ' if text else ''}reference {labels.get(info.reference, info.reference)}"
    return text
