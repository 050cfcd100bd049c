"""The codebook of a table, edited in place; read from CSV files and written to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from mixgui.data.codebook import KIND_WORDS
from mixgui.gui.codebook_editing import CodebookEditing
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
from mixgui.gui.codebook_values import ValuesDialog
from mixgui.gui.column_panel import Levels
from mixgui.gui.elided_label import ElidedLabel
from mixgui.gui.export_dialogs import file_stem
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.theme import HALF, SPACE, icon, no_margins, set_kind
from mixgui.gui.variable_list import kind_icon
from mixgui.observer import Observer
from mixgui.services.document import Document
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.codebook import Codebook, VariableInfo
    from mixgui.data.codebook_csv import CodebookFile
    from mixgui.data.dataset import Dataset

Index = QModelIndex | QPersistentModelIndex

_WIDTHS = {NAME: 124, TYPE: 136, LABEL: 176, UNIT: 72, VALUES: 160, MISSING: 118, LEVEL: 92}
_ROW_HEIGHT = 32
_MOST_SEEN = 12  # entries of a list; more are scrolled
_FILTER = "Codebooks (*.csv *.tsv *.txt);;All files (*)"
_HINT = "Double-click or F2 to edit. Labels and units stand on axes, in tables and in equations."


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


class _CodebookTable(QTableView):
    """The rows; Enter edits the cell."""

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


class CodebookView(QWidget):
    """Shows and edits the codebook of the table that is looked at."""

    def __init__(
        self,
        document: Document,
        worker: Worker,
        settings: Settings,
        messages: MessageBar,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("codebook_view")
        self._worker = worker
        self._settings = settings
        self._messages = messages
        self._dialog: ValuesDialog | None = None
        self._afterwards: tuple[str, str, str] | None = None
        self.editing = CodebookEditing(document, worker, self)
        self.model = CodebookModel(self.editing, self)
        self.table = self._make_table()
        self.editing.settled.connect(self._tell)
        self.editing.warned.connect(self._on_warned)
        self.hint = ElidedLabel(_HINT, self)
        set_kind(self.hint, "muted")
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE * 3 // 2, 0, SPACE, HALF)
        bar.setSpacing(SPACE)
        bar.addWidget(self.hint, 1)
        for name, text, tip, slot in (
            (
                "codebook_values_button",
                "Values…",
                "Labels and order of a column's values.",
                self.edit_values,
            ),
            (
                "codebook_import",
                "Import…",
                "Read labels, units, types and codes from a CSV file.",
                self.ask_import,
            ),
            (
                "codebook_export",
                "Export…",
                "Write the codebook to a CSV file, to edit it elsewhere.",
                self.ask_export,
            ),
        ):
            button = QPushButton(text, self)
            button.setObjectName(name)
            button.setAccessibleName(
                f"{text.rstrip('…')} codebook" if "_values" not in name else "Edit values"
            )
            button.setToolTip(tip)
            set_kind(button, "quiet")
            button.clicked.connect(slot)
            bar.addWidget(button)
        column = QVBoxLayout(self)
        no_margins(column, 0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)

    def _make_table(self) -> QTableView:
        table = _CodebookTable(self)
        table.setObjectName("codebook_table")
        table.setAccessibleName("Codebook")
        table.setModel(self.model)
        table.setWordWrap(False)
        table.setShowGrid(True)
        table.setTabKeyNavigation(False)
        table.setCornerButtonEnabled(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, width)
        head.setStretchLastSection(True)
        table.setColumnWidth(DESCRIPTION, 160)
        text = _TextDelegate(table)
        for column in (LABEL, UNIT, MISSING, DESCRIPTION):
            table.setItemDelegateForColumn(column, text)
        table.setItemDelegateForColumn(TYPE, _TypeDelegate(table))
        table.setItemDelegateForColumn(LEVEL, _LevelDelegate(table))
        table.doubleClicked.connect(self._on_double_click)
        return table

    # --- what is shown ---

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show the codebook of a table."""
        self.model.set_dataset(dataset)
        if dataset is not None and not self.table.currentIndex().isValid() and dataset.variables:
            self.table.setCurrentIndex(self.model.index(0, LABEL))

    def set_levels(self, levels: Levels) -> None:
        """Show at which level the columns vary."""
        self.model.set_levels(levels)

    def show_column(self, name: str) -> None:
        """Go to the label of a column."""
        row = self.model.row_of(name)
        if row >= 0:
            self.table.setCurrentIndex(self.model.index(row, LABEL))
            self.table.scrollTo(self.model.index(row, NAME))

    # --- values ---

    @Slot(QModelIndex)
    def _on_double_click(self, index: QModelIndex) -> None:
        if index.column() == VALUES:
            self.edit_values()

    @Slot()
    def edit_values(self) -> None:
        """Open the values of the chosen column."""
        dataset, index = self.model.dataset, self.table.currentIndex()
        if dataset is None or not index.isValid():
            return
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = ValuesDialog(dataset, self.model.variable(index.row()), self._worker, self)
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.destroyed.connect(self._forget_dialog)
        self._dialog.chosen.connect(self._on_values)
        self._dialog.show()

    @Slot(QObject)
    def _forget_dialog(self, dialog: QObject) -> None:
        self._dialog = None

    @Slot(str, object)
    def _on_values(self, name: str, info: VariableInfo) -> None:
        row = self.model.row_of(name)
        if row >= 0:
            self.model.edit(row, info)

    # --- files ---

    @Slot()
    def ask_import(self) -> None:
        """Ask for a codebook and take what it says of this table."""
        name, _ = QFileDialog.getOpenFileName(
            self, "Import codebook", str(self._settings.get("files/folder")), _FILTER
        )
        if name:
            self.import_file(Path(name))

    def import_file(self, path: Path) -> None:
        """Read a codebook in the worker; columns that the table does not have are told."""
        dataset = self.model.dataset
        if dataset is None:
            return

        def work(observer: Observer) -> CodebookFile:
            from mixgui.data.codebook_csv import read_codebook

            return read_codebook(path)

        self._worker.run(
            work,
            lane="data",
            key="codebook_file",
            description=f"Reading {path.name}",
            owner=self,
            on_done=lambda book: self._take(dataset, book.of(dataset.name), path),
            on_failed=self._messages.show_error,
        )

    def _take(self, dataset: Dataset, book: Codebook, path: Path) -> None:
        from mixgui.data.codebook import only
        from mixgui.data.describe_step import absent_columns, absent_error

        absent = absent_columns(book, dataset.names)
        known = only(book, dataset.names)
        if absent:
            error = absent_error(absent, dataset)
            hint = f"The other {len(known)} columns were taken over." if len(known) > 1 else error.hint
            self._afterwards = (error.message, hint, "warning" if known else "error")
        if known:
            self.editing.edit(dataset.name, known)
        else:
            if not absent:
                self._afterwards = (f"{path.name} says nothing of any column.", "", "warning")
            self._tell()

    @Slot(str)
    def _on_warned(self, text: str) -> None:
        if self._afterwards is None:
            self._afterwards = (text, "The checks of the data list all of them.", "warning")

    @Slot()
    def _tell(self) -> None:
        """Say what was left out of an import, after the step has said what was done."""
        if self._afterwards is not None:
            text, hint, severity = self._afterwards
            self._afterwards = None
            self._messages.show_message(text, hint, severity)

    @Slot()
    def ask_export(self) -> None:
        """Ask for a file and write the codebook there."""
        dataset = self.model.dataset
        if dataset is None:
            return
        folder = Path(str(self._settings.get("export/folder") or "."))
        proposed = str(folder / f"{file_stem(dataset.name)}-codebook.csv")
        name, _ = QFileDialog.getSaveFileName(self, "Export codebook", proposed, _FILTER)
        if name:
            path = Path(name) if Path(name).suffix else Path(f"{name}.csv")
            self._settings.set("export/folder", str(path.parent))
            self.export_file(path)

    def export_file(self, path: Path) -> None:
        """Write the codebook in the worker, a row a column of the data."""
        dataset = self.model.dataset
        if dataset is None:
            return
        bom = bool(self._settings.get("export/excel_bom"))

        def work(observer: Observer) -> None:
            from mixgui.data.codebook_csv import codebook_text
            from mixgui.project.atomic import write_atomically

            text = codebook_text({dataset.name: dataset.codebook})
            write_atomically(path, lambda file: file.write(text.encode("utf-8-sig" if bom else "utf-8")))

        self._worker.run(
            work,
            lane="data",
            description=f"Writing {path.name}",
            owner=self,
            on_done=lambda _: self._messages.show_message(f"Wrote {path}.", severity="success"),
            on_failed=self._messages.show_error,
        )

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Repaint in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "table"):
            self.table.viewport().update()
