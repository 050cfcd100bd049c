"""A table of any length for the data view: every cell is looked up when it is drawn, nothing is copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from mixgui.formatting import PLAIN_BELOW, format_full, format_number
from mixgui.gui.colours import colors
from mixgui.gui.icons import icon
from mixgui.gui.variable_list import kind_icon

if TYPE_CHECKING:  # the window must not wait for pandas
    import pandas as pd

    from mixgui.data.dataset import Dataset, Variable

Index = QModelIndex | QPersistentModelIndex

MISSING_TEXT = "NA"
_ROOT = QModelIndex()
# Digits of a measurement in the data view; the tooltip has all of them.
_DIGITS = 7
# A column whose first cells have at most so many decimals shows as many in each cell: 34.0 below 29.7.
_MOST_DECIMALS, _ROWS_FOR_DECIMALS = 4, 200
_LONGEST_TEXT = 200  # a cell with a whole essay is cut where it is drawn


class FrameModel(QAbstractTableModel):
    """The rows and columns of a `Dataset`, read-only.

    A column's values are looked up when its first cell is drawn; they share the frame's memory.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._rows = 0
        self._variables: tuple[Variable, ...] = ()
        self._getters: dict[int, Callable[[int], Any]] = {}
        self._decimals: dict[int, int] = {}
        self._labels_shown = False
        self._labels: dict[int, dict[str, str]] = {}  # column -> what its values are called

    @property
    def dataset(self) -> Dataset | None:
        """The table that is shown."""
        return self._dataset

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show another table."""
        if dataset is self._dataset:
            return
        self.beginResetModel()
        self._dataset = dataset
        self._rows = 0 if dataset is None else len(dataset.frame)
        self._variables = () if dataset is None else dataset.variables
        self._getters, self._decimals = {}, {}
        self._labels = {
            i: dict(one.value_labels) for i, one in enumerate(self._variables) if one.value_labels
        }
        self.endResetModel()

    @property
    def labels_shown(self) -> bool:
        """Whether labels stand in place of the codes that have one."""
        return self._labels_shown

    def show_labels(self, shown: bool) -> None:
        """Show what values are called, or the codes that the table holds."""
        if shown != self._labels_shown:
            self._labels_shown = shown
            if self._rows and self._variables:
                self.dataChanged.emit(self.index(0, 0), self.index(self._rows - 1, len(self._variables) - 1))

    def value(self, row: int, column: int) -> Any:
        """Return a cell; None where it is missing."""
        getter = self._getters.get(column)
        if getter is None:
            assert self._dataset is not None
            getter = self._getters[column] = _getter(self._dataset.frame.iloc[:, column])
        return getter(row)

    def text(self, row: int, column: int) -> str:
        """Return a cell as it is shown."""
        value = self.value(row, column)
        label = self._label(value, column) if self._labels_shown else ""
        if label:
            return cell_text(label, "text")
        kind = self._variables[column].kind
        return cell_text(value, kind, self._shown_decimals(column) if isinstance(value, float) else 0)

    def is_numeric(self, column: int) -> bool:
        """Whether a column stands at the right and shows numbers (not what they are called)."""
        return self._variables[column].is_numeric and not (self._labels_shown and column in self._labels)

    def _shown_decimals(self, column: int) -> int:
        """Return the decimals that every cell of a column shows at least; 0 where they differ widely."""
        if column not in self._decimals:
            assert self._dataset is not None
            first = self._dataset.frame.iloc[:_ROWS_FOR_DECIMALS, column]
            self._decimals[column] = _common_decimals(first)
        return self._decimals[column]

    def _label(self, value: Any, column: int) -> str:
        """Return what a value is called; empty without a label."""
        labels = self._labels.get(column)
        if not labels or value is None:
            return ""
        from mixgui.data.value_labels import label_of

        return label_of(value, labels)

    # Qt's names from here.

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        """Return how many rows there are."""
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._variables)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, side, colour or full value."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column())
        if role == Qt.ItemDataRole.BackgroundRole:
            missing = self.value(index.row(), index.column()) is None
            return QBrush(QColor(colors().missing)) if missing else None
        if role == Qt.ItemDataRole.ForegroundRole:
            missing = self.value(index.row(), index.column()) is None
            return QBrush(QColor(colors().muted)) if missing else None
        if role == Qt.ItemDataRole.ToolTipRole:
            value = self.value(index.row(), index.column())
            return (
                "Missing: this cell has no value." if value is None else self._in_words(value, index.column())
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            value = self.value(index.row(), index.column())
            return "missing" if value is None else self._in_words(value, index.column())
        return None

    def _in_words(self, value: Any, column: int) -> str:
        """Return a value with all digits and what the codebook calls it: 1 = Female."""
        text, label = format_full(value), self._label(value, column)
        return f"{text} = {label}" if label else text

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's name and kind, or a row's number."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        if not 0 <= section < len(self._variables):
            return None
        variable = self._variables[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return variable.name
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(kind_icon(variable.shown_kind)[0], "muted")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return variable_tooltip(variable)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{variable.name}, {kind_icon(variable.shown_kind)[1]}"
        return None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self.is_numeric(column) else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


def variable_tooltip(variable: Variable) -> str:
    """Return what is known of a column, a fact a line."""
    lines = [f"{variable.name}: {kind_icon(variable.shown_kind)[1]}"]
    if variable.label:
        lines.append(variable.title)
    lines += [text for text in (variable.description, variable.summary) if text]
    lines.append(f"{variable.n_missing:,} missing" if variable.n_missing else "no missing values")
    return "\n".join(lines)


def cell_text(value: Any, kind: str, decimals: int = 0) -> str:
    """Return a cell of data as text: whole numbers as such, measurements to seven digits, NA for missing.

    Parameters
    ----------
    value : object
        The cell; None where it is missing.
    kind : str
        Of the column.
    decimals : int
        A number gets zeros up to so many, if they are its own: not where it is rounded.
    """
    if value is None:
        return MISSING_TEXT
    if kind == "integer" and value == value and abs(value) < 2**63:  # infinities are no integers
        return str(int(value)).replace("-", "\N{MINUS SIGN}")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        text = format_number(float(value), _DIGITS, minus=True)
        if "e" in text:
            return text
        short = text.rstrip("0").rstrip(".") if "." in text else text
        padded = f"{value:.{decimals}f}"
        is_its_own = (
            len(short.partition(".")[2]) < decimals and float(padded) == value and abs(value) < PLAIN_BELOW
        )
        return padded.replace("-", "\N{MINUS SIGN}") if is_its_own else short
    text = str(value)
    if kind == "date" and text.endswith(" 00:00:00"):
        text = text[:-9]
    line = " ".join(text.split("\n")) if "\n" in text else text
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"


def _common_decimals(column: pd.Series) -> int:
    """Return how many decimals hold all cells of a column of numbers, 0 where not all can be shown so."""
    import numpy as np

    cells = column.to_numpy(dtype=float, na_value=np.nan)
    cells = cells[np.isfinite(cells)]
    fits = (n for n in range(_MOST_DECIMALS + 1) if (np.round(cells, n) == cells).all())
    decimals = next(fits, 0)
    return decimals if np.abs(cells).max(initial=0) * 10**decimals < 10**_DIGITS else 0


def _getter(column: pd.Series) -> Callable[[int], Any]:
    """Return a function: row -> Python value of the cell, None where it is missing; in constant time."""
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        values = column.to_numpy(copy=False)
        if column.dtype.kind != "f":
            return lambda row: values[row].item()

        def number(row: int) -> Any:
            value = values[row].item()
            return value if value == value else None

        return number
    array = column.array

    def cell(row: int) -> Any:
        value = array[row]
        if value is None or value is pd.NA or value is pd.NaT or value != value:
            return None
        return value.item() if isinstance(value, np.generic) else value

    return cell
