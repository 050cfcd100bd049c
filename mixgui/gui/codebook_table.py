"""The grid of a codebook: its fields and lists for editing in place."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mixgui.data.codebook import KIND_WORDS
from mixgui.gui.codebook_model import (
    DESCRIPTION,
    LABEL,
    LEVEL,
    MISSING,
    NAME,
    TYPE,
    UNIT,
    VALUES,
    CodebookModel,
)
from mixgui.gui.theme import HALF, SPACE, icon
from mixgui.gui.variable_list import kind_icon

Index = QModelIndex | QPersistentModelIndex

_WIDTHS = {NAME: 124, TYPE: 136, LABEL: 176, UNIT: 72, VALUES: 160, MISSING: 118, LEVEL: 92}
_ROW_HEIGHT = 32
_MOST_SEEN = 12  # entries of a list; more are scrolled


class _CellDelegate(QStyledItemDelegate):
    """Edits in the whole of a cell."""

    def updateEditorGeometry(  # noqa: N802
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Cover the icon, too: there is little room."""
        editor.setGeometry(option.rect)


class _ChoiceDelegate(_CellDelegate):
    """Chooses from a list."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        """Return the list: first what is found in the data."""
        box = QComboBox(parent)
        box.setStyleSheet("QComboBox { padding: 0 20px 0 4px; min-height: 0; border-radius: 0; }")
        box.addItem("as found", "")
        self.fill(box, index)
        view = box.view()
        view.setMinimumHeight(
            view.sizeHintForRow(1) * min(box.count(), _MOST_SEEN) + SPACE + HALF
        )  # no short list need be scrolled
        box.activated.connect(lambda: self._done(box))
        return box

    def fill(self, box: QComboBox, index: Index) -> None:
        """Add what can be chosen."""
        raise NotImplementedError

    def _done(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)

    def setEditorData(self, editor: QWidget, index: Index) -> None:  # noqa: N802
        """Show what is chosen."""
        assert isinstance(editor, QComboBox)
        editor.setCurrentIndex(max(editor.findData(index.data(Qt.ItemDataRole.EditRole)), 0))
        editor.showPopup()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:  # noqa: N802
        """Hand over what was chosen."""
        assert isinstance(editor, QComboBox)
        model.setData(model.index(index.row(), index.column()), editor.currentData())


class _TypeDelegate(_ChoiceDelegate):
    """Chooses a type from a list with icons."""

    def fill(self, box: QComboBox, index: Index) -> None:
        """Add the types."""
        box.setObjectName("codebook_type")
        box.setAccessibleName("Type")
        for kind, word in KIND_WORDS.items():
            box.addItem(icon(kind_icon(kind)[0]), word, kind)


class _LevelDelegate(_ChoiceDelegate):
    """Chooses the rows or the groups to which a column belongs."""

    def fill(self, box: QComboBox, index: Index) -> None:
        """Add the levels."""
        box.setObjectName("codebook_level")
        box.setAccessibleName("Level")
        model = index.model()
        assert isinstance(model, CodebookModel)
        for level in model.levels_of(index.row()):
            box.addItem(level, level)


class _TextDelegate(_CellDelegate):
    """A field that fills its cell."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        """Return a field without the frame and margins that the cell has no room for."""
        editor = super().createEditor(parent, option, index)
        editor.setObjectName("codebook_field")
        editor.setStyleSheet("padding: 0 4px; min-height: 0; border-radius: 0;")
        editor.setAccessibleName(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
        return editor


class CodebookTable(QTableView):
    """The rows; a double click or Enter edits the cell, values have a dialog of their own.

    Parameters
    ----------
    model : CodebookModel
    parent : QWidget, optional
    """

    def __init__(self, model: CodebookModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codebook_table")
        self.setAccessibleName("Codebook")
        self.setModel(model)
        self._look()
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
        head.setStretchLastSection(True)
        self.setColumnWidth(DESCRIPTION, 160)
        text = _TextDelegate(self)
        for column in (LABEL, UNIT, MISSING, DESCRIPTION):
            self.setItemDelegateForColumn(column, text)
        self.setItemDelegateForColumn(TYPE, _TypeDelegate(self))
        self.setItemDelegateForColumn(LEVEL, _LevelDelegate(self))

    def _look(self) -> None:
        self.setWordWrap(False)
        self.setShowGrid(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Edit with Enter, empty with Delete."""
        index = self.currentIndex()
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)  # Enter in a field ends the edit and must not begin another
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.edit(index) if index.column() != VALUES else self.doubleClicked.emit(index)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and index.isValid():
            if index.column() not in (NAME, VALUES):
                self.model().setData(index, "")
        else:
            super().keyPressEvent(event)
