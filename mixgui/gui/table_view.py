"""The grid of the data tab: smooth with a million rows, because it looks at the visible ones only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QStyleOptionHeader, QTableView, QWidget

from mixgui.gui.frame_model import FrameModel
from mixgui.gui.icons import icon

if TYPE_CHECKING:
    from mixgui.data.dataset import Dataset

_ROW_HEIGHT = 26
# Rows whose texts decide how wide a column is; numbers of a column are about as long as each other.
_LOOKED_AT, _NUMBERS_LOOKED_AT = 40, 12
_NARROWEST, _WIDEST = 72, 260
_MOST_COLUMNS = 200  # of wider tables only the names are measured
_HEADER_ROOM = 44  # icon and margins
_CELL_ROOM = 24


class _Headings(QHeaderView):
    """Names of columns, shortened at their end: the style would cut a right-aligned name at its beginning."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, index: int) -> None:  # noqa: N802 - Qt's name
        """Say what is drawn; the name is as long as there is room beside the icon.

        Qt's own would ask every row of a chosen column whether it can be chosen: seconds for a million.
        """
        bold = QFont(self.font())
        bold.setBold(True)
        room = self.sectionSize(index) - _HEADER_ROOM + 4
        role, across = Qt.ItemDataRole, self.orientation()
        model = self.model()
        name = str(model.headerData(index, across, role.DisplayRole) or "")
        option.section, option.orientation = index, across
        option.text = QFontMetrics(bold).elidedText(name, Qt.TextElideMode.ElideRight, room)
        picture = model.headerData(index, across, role.DecorationRole)
        if picture is not None:
            option.icon = picture
            option.iconAlignment = Qt.AlignmentFlag.AlignVCenter
        side = model.headerData(index, across, role.TextAlignmentRole)
        option.textAlignment = self.defaultAlignment() if side is None else Qt.AlignmentFlag(side)
        option.position = self._position(self.visualIndex(index))

    def _position(self, at: int) -> QStyleOptionHeader.SectionPosition:
        positions, last = QStyleOptionHeader.SectionPosition, self.count() - 1
        if last == 0:
            return positions.OnlyOneSection
        return positions.Beginning if at == 0 else positions.End if at == last else positions.Middle


class DataView(QTableView):
    """Shows a `Dataset`.

    A click on a heading chooses the column. It does not sort: an order that the table does not have would
    mislead about what `lag` and "fill down" see, so sorting is a step of the heading's menu.

    Parameters
    ----------
    parent : QWidget, optional
    model : FrameModel, optional
        To show the rows otherwise.

    Signals
    -------
    column_chosen(str)
        The user went to a cell or heading of this column.
    copy_requested(DataFrame)
        The chosen cells, which may be many: the worker is to write them.
    menu_requested(str, object)
        A column, and the menu that is about to be shown for it: others may add to it.
    """

    column_chosen = Signal(str)
    copy_requested = Signal(object)
    menu_requested = Signal(str, object)

    def __init__(self, parent: QWidget | None = None, *, model: FrameModel | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data_view")
        self.setAccessibleName("Data")
        self.setHorizontalHeader(_Headings(self))
        self.frame_model = FrameModel(self) if model is None else model
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
        columns.sectionClicked.connect(self._heading_clicked)
        self.selectionModel().currentColumnChanged.connect(self._column_changed)
        self.copy_action = QAction(icon("copy"), "Copy cells", self)
        self.copy_action.setObjectName("copy_cells")
        self.copy_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self.copy_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.copy_action.triggered.connect(self.copy_cells)
        self.addAction(self.copy_action)
        for one, asked in ((self, self._cell_menu), (columns, self._heading_menu)):
            one.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            one.customContextMenuRequested.connect(asked)

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show another table from its first row."""
        if dataset is self.frame_model.dataset:
            return
        self.frame_model.set_dataset(dataset)
        self.fit_columns()
        self.scrollToTop()

    def show_labels(self, shown: bool) -> None:
        """Show what values are called in place of their codes, with the room that these need."""
        if shown != self.frame_model.labels_shown:
            self.frame_model.show_labels(shown)
            self.fit_columns()

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

    def fit_columns(self) -> None:
        """Make the columns as wide as their names and first rows need."""
        model, metrics = self.frame_model, QFontMetrics(self.font())
        bold = self.font()
        bold.setBold(True)
        bold_metrics = QFontMetrics(bold)
        looked_at = min(model.rowCount(), _LOOKED_AT) if model.columnCount() <= _MOST_COLUMNS else 0
        for column in range(model.columnCount()):
            name = str(model.headerData(column, Qt.Orientation.Horizontal))
            width = bold_metrics.horizontalAdvance(name) + _HEADER_ROOM
            most = _NUMBERS_LOOKED_AT if model.is_numeric(column) else _LOOKED_AT
            texts = (model.text(row, column) for row in range(min(looked_at, most)))
            longest = max(texts, key=len, default="")
            width = max(width, metrics.horizontalAdvance(longest) + _CELL_ROOM)
            self.setColumnWidth(column, min(max(width, _NARROWEST), _WIDEST))

    def menu_of(self, column: str, *, cells: bool = False) -> QMenu:
        """Return the menu of a column, or of the chosen cells."""
        menu = QMenu(self)
        menu.setObjectName("column_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        if cells:
            menu.addAction(self.copy_action)
        self.menu_requested.emit(column, menu)
        return menu

    @Slot(QPoint)
    def _cell_menu(self, place: QPoint) -> None:
        index = self.indexAt(place) if self.indexAt(place).isValid() else self.currentIndex()
        self._show_menu(index.column(), self.viewport().mapToGlobal(place), cells=True)

    @Slot(QPoint)
    def _heading_menu(self, place: QPoint) -> None:
        header = self.horizontalHeader()
        self._show_menu(header.logicalIndexAt(place), header.viewport().mapToGlobal(place), cells=False)

    def _show_menu(self, column: int, place: QPoint, *, cells: bool) -> None:
        dataset = self.frame_model.dataset
        if dataset is None or not 0 <= column < len(dataset.names):
            return
        if not cells:
            self._announce(column)
        menu = self.menu_of(dataset.names[column], cells=cells)
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(place)

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
