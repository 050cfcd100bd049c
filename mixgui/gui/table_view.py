"""The grid of the data tab: smooth with a million rows, because it looks at the visible ones only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from mixgui.gui.frame_model import FrameModel

if TYPE_CHECKING:
    from mixgui.data.dataset import Dataset

_ROW_HEIGHT = 26
_LOOKED_AT = 40  # rows whose texts decide how wide a column is
_NARROWEST, _WIDEST = 72, 260
_MOST_COLUMNS = 200  # of wider tables only the names are measured
_HEADER_ROOM = 44  # icon and margins
_CELL_ROOM = 24


class DataView(QTableView):
    """Shows a `Dataset`.

    Signals
    -------
    column_chosen(str)
        The user went to a cell or heading of this column.
    copy_requested(DataFrame)
        The chosen cells, which may be many: the worker is to write them.
    """

    column_chosen = Signal(str)
    copy_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data_view")
        self.setAccessibleName("Data")
        self.frame_model = FrameModel(self)
        self.setModel(self.frame_model)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # heights are known: no row is ever asked
        rows.setDefaultSectionSize(_ROW_HEIGHT)
        rows.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        rows.setHighlightSections(False)
        columns.setHighlightSections(False)
        columns.setTextElideMode(Qt.TextElideMode.ElideRight)  # else a long name runs over its icon
        columns.sectionClicked.connect(self._heading_clicked)
        self.selectionModel().currentColumnChanged.connect(self._column_changed)
        copy = QAction("Copy cells", self)
        copy.setObjectName("copy_cells")
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy_cells)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show another table from its first row."""
        if dataset is self.frame_model.dataset:
            return
        self.frame_model.set_dataset(dataset)
        self._fit_columns()
        self.scrollToTop()

    def show_column(self, name: str) -> None:
        """Bring a column into view and choose it."""
        dataset = self.frame_model.dataset
        if dataset is None or name not in dataset.names or not self.frame_model.rowCount():
            return
        column = dataset.names.index(name)
        row = max(self.rowAt(0), 0)
        self.scrollTo(self.frame_model.index(row, column), QAbstractItemView.ScrollHint.EnsureVisible)
        # Not selectColumn(): it would ask which keys are held down, and there may be none of a user's.
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(
            self.frame_model.index(row, column), flags.ClearAndSelect | flags.Columns
        )

    @Slot()
    def copy_cells(self) -> None:
        """Copy the chosen cells with their headings and all digits."""
        chosen = self.selectionModel().selection()
        dataset = self.frame_model.dataset
        if dataset is None or chosen.isEmpty():
            return
        area = chosen.at(0)
        rows = slice(area.top(), area.bottom() + 1)
        columns = slice(area.left(), area.right() + 1)
        self.copy_requested.emit(dataset.frame.iloc[rows, columns])

    def _fit_columns(self) -> None:
        """Make the columns as wide as their names and first rows need."""
        model, metrics = self.frame_model, QFontMetrics(self.font())
        bold = self.font()
        bold.setBold(True)
        bold_metrics = QFontMetrics(bold)
        looked_at = min(model.rowCount(), _LOOKED_AT) if model.columnCount() <= _MOST_COLUMNS else 0
        for column in range(model.columnCount()):
            name = str(model.headerData(column, Qt.Orientation.Horizontal))
            width = bold_metrics.horizontalAdvance(name) + _HEADER_ROOM
            texts = (model.text(row, column) for row in range(looked_at))
            longest = max(texts, key=len, default="")
            width = max(width, metrics.horizontalAdvance(longest) + _CELL_ROOM)
            self.setColumnWidth(column, min(max(width, _NARROWEST), _WIDEST))

    @Slot(QModelIndex, QModelIndex)
    def _column_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid() and self.hasFocus():
            self._announce(current.column())

    @Slot(int)
    def _heading_clicked(self, column: int) -> None:
        self._announce(column)

    def _announce(self, column: int) -> None:
        dataset = self.frame_model.dataset
        if dataset is not None:
            self.column_chosen.emit(dataset.names[column])
