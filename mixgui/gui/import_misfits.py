"""The list of cells and rows that do not fit: where they are, what the file has there, what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from mixgui.gui.elided_label import ElidedLabel
from mixgui.gui.theme import HALF, colors, icon, no_margins, set_kind

if TYPE_CHECKING:
    from mixgui.data.read_options import Misfit

_HEADINGS = ("Row", "Column", "In the file", "What happens")
_ROW_HEIGHT = 26
_WIDTHS = (64, 104, 112)

Index = QModelIndex | QPersistentModelIndex


class _MisfitModel(QAbstractTableModel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.misfits: tuple[Misfit, ...] = ()

    def set_misfits(self, misfits: tuple[Misfit, ...]) -> None:
        self.beginResetModel()
        self.misfits = misfits
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's way
        return 0 if parent.isValid() else len(self.misfits)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's way
        return 0 if parent.isValid() else len(_HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        misfit = self.misfits[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            row = f"{misfit.row:,}" if misfit.row else ""
            return (row, misfit.column or "(whole row)", misfit.text, misfit.what)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 0:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 1 and not misfit.column:
            return QBrush(QColor(colors().muted))
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 3:
            return icon("warning" if misfit.lost else "info", "warning" if misfit.lost else "muted")
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADINGS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation == Qt.Orientation.Horizontal:
            side = Qt.AlignmentFlag.AlignRight if section == 0 else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


class MisfitView(QWidget):
    """A title and the list.

    Signals
    -------
    chosen(Misfit)
        The user wants to see this one.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import_misfits")
        self.title = ElidedLabel("", self)
        self.title.setObjectName("import_misfits_title")
        set_kind(self.title, "strong")
        self.model = _MisfitModel(self)
        self.view = QTableView(self)
        self.view.setObjectName("import_misfits_list")
        self.view.setAccessibleName("Cells and rows that do not fit")
        self.view.setModel(self.model)
        self.view.setProperty("kind", "framed")
        self.view.setWordWrap(False)
        self.view.setTabKeyNavigation(False)
        self.view.setCornerButtonEnabled(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.horizontalHeader().setStretchLastSection(True)
        self.view.horizontalHeader().setHighlightSections(False)
        for column, width in enumerate(_WIDTHS):
            self.view.setColumnWidth(column, width)
        self.view.setToolTip("Choose a line to go there in the preview.")
        self.view.clicked.connect(self._choose)
        self.view.selectionModel().currentRowChanged.connect(self._choose)
        whole = QVBoxLayout(self)
        no_margins(whole, HALF)
        whole.addWidget(self.title)
        whole.addWidget(self.view, 1)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex, *ignored: object) -> None:
        if index.isValid():
            self.chosen.emit(self.model.misfits[index.row()])

    def show_misfits(self, misfits: tuple[Misfit, ...], count: int) -> None:
        """List them; hidden when there are none."""
        self.model.set_misfits(misfits)
        lost = sum(misfit.lost for misfit in misfits)
        what = "1 cell or row does not fit" if count == 1 else f"{count:,} cells or rows do not fit"
        if lost and lost == len(misfits):
            what = "1 cell will be lost" if count == 1 else f"{count:,} cells will be lost"
        elif lost:
            what = f"{what}, {lost:,} will be lost"
        rest = f"; {len(misfits):,} are listed" if count > len(misfits) else ""
        self.title.setText(f"{what}{rest}")
        self.setVisible(count > 0)
