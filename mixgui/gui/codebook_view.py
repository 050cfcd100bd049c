"""The codebook of a table, edited in place; read from CSV files and written to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from mixgui.gui.codebook_editing import CodebookEditing
from mixgui.gui.codebook_model import LABEL, NAME, VALUES, CodebookModel
from mixgui.gui.codebook_table import CodebookTable
from mixgui.gui.codebook_values import ValuesDialog
from mixgui.gui.column_panel import Levels
from mixgui.gui.elided_label import ElidedLabel
from mixgui.gui.export_dialogs import file_stem
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.theme import HALF, SPACE, no_margins, set_kind
from mixgui.observer import Observer
from mixgui.services.document import Document
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.codebook import Codebook, VariableInfo
    from mixgui.data.codebook_csv import CodebookFile
    from mixgui.data.dataset import Dataset

_FILTER = "Codebooks (*.csv *.tsv *.txt);;All files (*)"
_HINT = "Double-click or F2 to edit. Labels and units stand on axes, in tables and in equations."


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
        self.table = CodebookTable(self.model, self)
        self.table.doubleClicked.connect(self._on_double_click)
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
