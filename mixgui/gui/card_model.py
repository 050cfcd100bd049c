"""The model behind a table card: a small frame of results, formatted, sorted and searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mixgui.formatting import PLAIN_FROM, FormatKind, format_value
from mixgui.gui.colours import colors
from mixgui.gui.elided_label import elided_term
from mixgui.labels import LABELS, ColumnLabel, label_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Index = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()
_FEW_ROWS = 50
# Spaces as wide as a digit and as a full stop: they keep decimal marks below each other.
_CELL_PADDING = 18  # the style sheet's margins at both sides
_DIGIT_SPACE, _POINT_SPACE = "\N{FIGURE SPACE}", "\N{PUNCTUATION SPACE}"


class CardModel(QAbstractTableModel):
    """Rows of a frame in the order and selection that the user asked for.

    A row's key is its value in the frame's index; it stays with the row whatever the order.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: list[tuple[str, ColumnLabel, np.ndarray]] = []
        self._keys: list[Any] = []
        # Visible row -> row of the frame. Empty until there are rows: NumPy is imported after the window is shown.
        self._order: np.ndarray = cast("np.ndarray", ())
        self._sort: tuple[int, Qt.SortOrder] | None = None
        self._search = ""
        self._digits = 4
        self._fractions: dict[int, int] = {}
        self._key_positions: dict[Any, int] = {}
        self.highlighted: Any = None
        self.tips: Mapping[str, str] = {}  # text of a cell -> what it means in words

    def set_frame(
        self, frame: pd.DataFrame, index_label: str | None, headings: Mapping[str, str | ColumnLabel] | None
    ) -> None:
        """Show another frame in its own order; a search stays."""
        import numpy as np

        self.beginResetModel()
        self._keys = list(frame.index)
        self._key_positions = {key: i for i, key in reversed(list(enumerate(self._keys)))}
        self._columns = []
        if index_label is not None:
            self._columns.append(
                (index_label, ColumnLabel(index_label), np.asarray(self._keys, dtype=object))
            )
        for i, name in enumerate(frame.columns):
            values = frame.iloc[:, i].to_numpy(dtype=object, na_value=None)
            self._columns.append((str(name), _label(str(name), frame.dtypes.iloc[i], headings), values))
        self._sort = None
        self._arrange()
        self.endResetModel()

    @property
    def total(self) -> int:
        """Rows of the frame, shown or not."""
        return len(self._keys)

    @property
    def digits(self) -> int:
        """Significant digits shown."""
        return self._digits

    def set_digits(self, digits: int) -> None:
        """Show numbers with other significant digits."""
        if digits != self._digits:
            self.beginResetModel()
            self._digits = digits
            self._fractions.clear()
            self.endResetModel()

    def search(self, text: str) -> None:
        """Keep the rows in which any cell's text contains `text`, capitals or not."""
        self.beginResetModel()
        self._search = text.strip().casefold()
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by a column's values (not their texts); missing ones come last."""
        self.beginResetModel()
        self._sort = (column, order) if 0 <= column < len(self._columns) else None
        self._arrange()
        self.endResetModel()

    def key(self, row: int) -> Any:
        """Return the key of a visible row."""
        return self._keys[self._order[row]]

    def row_of(self, key: Any) -> int:
        """Return where a key is shown, or -1."""
        position = self._key_positions.get(key, -1)
        if position < 0:
            return -1
        found = (self._order == position).nonzero()[0]
        return int(found[0]) if len(found) else -1

    def frame_rows(self, rows: list[int] | None = None) -> np.ndarray:
        """Return the positions in the frame of these visible rows (or of all visible ones)."""
        import numpy as np

        order = np.array(self._order, dtype=np.intp)
        return order if rows is None else order[rows]

    def text(self, row: int, column: int) -> str:
        """Return a cell as it is shown."""
        _, label, values = self._columns[column]
        return format_value(values[self._order[row]], label.kind, digits=self._digits, minus=True)

    def label(self, name: str) -> ColumnLabel:
        """Return how a column is headed and written."""
        return next((label for one, label, _ in self._columns if one == name), ColumnLabel(name))

    def fraction(self, column: int) -> int:
        """Return how many characters the longest fraction of a column has."""
        if column not in self._fractions:
            label = self._columns[column][1]
            widest = 0
            if label.kind in ("number", "df"):
                texts = (self.text(row, column) for row in self._longest_fractions(column))
                widest = max((fraction_length(text) for text in texts), default=0)
            self._fractions[column] = widest
        return self._fractions[column]

    def _longest_fractions(self, column: int) -> Iterable[int]:
        """Return the rows among which the longest fraction is: to format them all takes long for many groups.

        With a number of significant digits, the smaller a number, the longer its fraction, down to where scientific
        notation begins; degrees of freedom have a fraction or none.
        """
        import numpy as np

        values = self._columns[column][2][self._order]
        if len(values) <= _FEW_ROWS:
            return range(len(values))
        try:
            sizes = np.abs(values.astype(float))
        except (TypeError, ValueError):  # texts among the numbers
            return range(len(values))
        if self._columns[column][1].kind == "df":
            return np.flatnonzero(sizes != np.round(sizes))[:1].tolist()
        plain = np.flatnonzero(np.isfinite(sizes) & (sizes >= PLAIN_FROM))
        return plain[np.argsort(sizes[plain], kind="stable")[:_FEW_ROWS]].tolist()

    # Qt's names from here.

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, alignment or ground."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.ToolTipRole and self.is_text(index.column()):
            text = self.text(index.row(), index.column())  # its column may be too narrow for it
            return f"{text}\n{self.tips[text]}" if text in self.tips else text
        if role == Qt.ItemDataRole.BackgroundRole and self.is_highlighted(index.row()):
            return QBrush(QColor(colors().highlight))
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's heading, explanation or alignment."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        label = self._columns[section][1]
        if role == Qt.ItemDataRole.DisplayRole:
            return label.heading
        if role == Qt.ItemDataRole.ToolTipRole:
            return label.tooltip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self._columns[column][1].numeric else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def is_text(self, column: int) -> bool:
        """Whether a column holds names rather than numbers."""
        return not self._columns[column][1].numeric

    def is_highlighted(self, row: int) -> bool:
        """Whether a visible row is the lit one."""
        return self.highlighted is not None and self.key(row) == self.highlighted

    def _arrange(self) -> None:
        """Work out which rows are shown, in which order."""
        if not self._keys:
            self._order = cast("np.ndarray", ())
            return
        import numpy as np

        order = np.arange(len(self._keys), dtype=np.intp)
        if self._sort is not None:
            column, direction = self._sort
            order = sorted_rows(self._columns[column][2], direction == Qt.SortOrder.DescendingOrder)
        if self._search:
            self._order = order
            keep = [
                any(self._search in self.text(row, column).casefold() for column in range(len(self._columns)))
                for row in range(len(order))
            ]
            order = order[np.asarray(keep, dtype=bool)]
        self._order = order
        self._fractions.clear()


def _label(name: str, dtype: Any, headings: Mapping[str, str | ColumnLabel] | None) -> ColumnLabel:
    """Return how a column is shown; one that is not in the list of labels is known by its type."""
    given = headings.get(name) if headings else None
    if isinstance(given, ColumnLabel):
        return given
    label = label_of(name)
    if name not in LABELS and getattr(dtype, "kind", "O") in "fiu":
        kind: FormatKind = "number" if dtype.kind == "f" else "count"
        label = ColumnLabel(label.heading, label.tooltip, kind)
    return label if given is None else ColumnLabel(given, label.tooltip, label.kind)


def fraction_length(text: str) -> int:
    """Return how many characters follow the decimal mark; a number with an exponent does not count."""
    return 0 if "e" in text else len(text.partition(".")[2])


def sorted_rows(values: np.ndarray, descending: bool) -> np.ndarray:
    """Return the order of the rows by value: numbers by size, texts by letters, missing values last."""
    import numpy as np

    missing = np.array([value is None or value != value for value in values], dtype=bool)
    present = np.flatnonzero(~missing)
    some = [values[i] for i in present]
    if not all(isinstance(value, int | float | np.number | np.bool_) for value in some):
        some = [str(value).casefold() for value in some]
    ranked = sorted(range(len(some)), key=some.__getitem__, reverse=descending)
    return np.concatenate([present[ranked], np.flatnonzero(missing)]).astype(np.intp)


class DecimalDelegate(QStyledItemDelegate):
    """Draws numbers with their decimal marks below each other, and long terms shortened factor by factor."""

    _painting = False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell."""
        self._painting = True
        super().paint(painter, option, index)
        self._painting = False

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Fill short fractions up with spaces of the same width."""
        super().initStyleOption(option, index)
        model = index.model()
        if not isinstance(model, CardModel):
            return
        if model.is_highlighted(index.row()):  # its own ground says more than that of a chosen row
            option.state &= ~QStyle.StateFlag.State_Selected
        if model.is_text(index.column()):
            if self._painting:  # when the width is asked for, there is no cell yet to fit into
                room = option.rect.width() - _CELL_PADDING
                option.text = elided_term(option.text, option.fontMetrics, room)
            return
        widest = model.fraction(index.column())
        text = option.text
        if widest and text and "e" not in text:
            have = fraction_length(text)
            point = "" if have else _POINT_SPACE
            option.text = text + point + _DIGIT_SPACE * (widest - have)
