"""The data tab: one table with its cells, its columns and what is to be known about how it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.errors import ExportError
from mixgui.gui.checks_view import ChecksView
from mixgui.gui.codebook_view import CodebookView
from mixgui.gui.column_panel import ColumnPanel
from mixgui.gui.data_pages import CELLS, DataPages
from mixgui.gui.elided_label import ElidedLabel
from mixgui.gui.export_dialogs import ask_for_data_file
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.notes import NoteList
from mixgui.gui.table_view import DataView
from mixgui.gui.theme import HALF, SPACE, icon, make_title, no_margins, set_kind
from mixgui.observer import Observer
from mixgui.services.document import Document
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    import pandas as pd

    from mixgui.data.dataset import Dataset

# More notes than these are folded away behind a button: the data come first.
_NOTES_SHOWN = 2
_MOST_CELLS = 1_000_000


def size_text(dataset: Dataset) -> str:
    """Return the size of a table: 2,287 rows × 13 columns."""
    rows, columns = len(dataset.frame), len(dataset.variables)
    return f"{rows:,} row{'' if rows == 1 else 's'} × {columns:,} column{'' if columns == 1 else 's'}"


class DataTab(QWidget):
    """Shows the table that is looked at.

    Signals
    -------
    open_requested(), join_requested(), model_requested()
        The user asks for files, for a join, or to go on to the model.
    """

    open_requested = Signal()
    join_requested = Signal()
    model_requested = Signal()

    def __init__(
        self,
        document: Document,
        worker: Worker,
        settings: Settings,
        messages: MessageBar,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("data_tab")
        self._document = document
        self._worker = worker
        self._settings = settings
        self._messages = messages
        self._all_notes = False
        self._columns_wanted = True
        self._dataset: Dataset | None = None
        self.title = make_title("", 2, self)
        self.title.setObjectName("table_title")
        self.subtitle = ElidedLabel("", self)
        self.subtitle.setObjectName("table_subtitle")
        set_kind(self.subtitle, "muted")
        self.notes = NoteList(self)
        self.notes.setObjectName("read_notes")
        self.more_notes = QPushButton(self)
        self.more_notes.setObjectName("more_notes")
        self.more_notes.setAccessibleName("Show more or fewer notes")
        set_kind(self.more_notes, "link")
        self.more_notes.clicked.connect(self._toggle_notes)
        self._was_read = False
        self.change_read = QPushButton("Change how it was read…", self)
        self.change_read.setObjectName("change_read")
        self.change_read.setToolTip(
            "Change separator, decimal mark, types and more; later steps are done again."
        )
        set_kind(self.change_read, "link")
        self.view = DataView(self)
        self.view.show_labels(bool(settings.get("data/value_labels")))
        self.columns = ColumnPanel(worker, self)
        self.codebook = CodebookView(document, worker, settings, messages, self)
        self.checks = ChecksView(document, worker, self)
        self.empty = QLabel("This table has no rows.", self)
        self.empty.setObjectName("no_rows")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_kind(self.empty, "muted")
        self.steps_button = QToolButton(self)
        self.steps_button.setObjectName("data_steps")
        self.steps_button.setText("Change data  \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
        self.steps_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.steps_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.steps_button.setAccessibleName("Change data")
        self.steps_button.setToolTip(
            "Reshape, compute, recode, centre, filter and more; each becomes a step."
        )
        set_kind(self.steps_button, "button")
        self._lay_out()
        self.view.column_chosen.connect(self.columns.show_column)
        self.view.copy_requested.connect(self._copy)
        self.columns.column_chosen.connect(self.view.show_column)
        self.columns.codebook_requested.connect(self.pages.show_column)
        self.columns.levels_found.connect(self.codebook.set_levels)
        self.pages.page_changed.connect(self._on_page)
        document.tables_changed.connect(self._refresh)

    @property
    def table(self) -> str:
        """Name of the table that is shown; empty if none is."""
        return "" if self._dataset is None else self._dataset.name

    @property
    def dataset(self) -> Dataset | None:
        """The table that is shown."""
        return self._dataset

    def set_table(self, name: str) -> None:
        """Show a table of the document."""
        self._show(self._document.tables.get(name))

    @Slot()
    def export(self) -> None:
        """Ask for a file and write the whole table there, in the worker."""
        dataset = self._dataset
        if dataset is None:
            return
        try:
            answer = ask_for_data_file(self, dataset.name, str(self._settings.get("export/folder")))
        except ExportError as error:
            self._messages.show_error(error)
            return
        if answer is None:
            return
        path, table_format = answer
        self._settings.set("export/folder", str(path.parent))
        frame, bom = dataset.frame, bool(self._settings.get("export/excel_bom"))

        def work(observer: Observer) -> tuple[str, ...]:
            from mixgui.project.export import export_table, plain_label
            from mixgui.project.stat_export import StatFormat, write_stat_file

            if isinstance(table_format, StatFormat):
                return write_stat_file(dataset, path, table_format, observer)
            export_table(
                frame,
                path,
                table_format=table_format,
                labels=plain_label,
                digits=None,
                caption=dataset.name,
                excel_bom=bom,
                observer=observer,
            )
            return ()

        def done(left_out: tuple[str, ...]) -> None:
            severity = "warning" if left_out else "success"
            self._messages.show_message(f"Wrote {path}.", " ".join(left_out), severity)

        self._worker.run(
            work,
            lane="data",
            description=f"Writing {path.name}",
            owner=self,
            on_done=done,
            on_failed=self._messages.show_error,
        )

    @Slot(object)
    def _copy(self, frame: pd.DataFrame) -> None:
        """Put cells on the clipboard, labels where labels are shown; the worker writes their text."""
        rows, columns = frame.shape
        shown = self._dataset if self.view.frame_model.labels_shown else None
        variables = () if shown is None else shown.variables
        if rows * columns > _MOST_CELLS:
            self._messages.show_message(
                f"{rows * columns:,} cells are too many for the clipboard.",
                "Choose fewer cells, or export the table to a file.",
                "warning",
            )
            return

        def work(observer: Observer) -> str:
            from mixgui.data.value_labels import labelled
            from mixgui.project.export import plain_label, tsv_text

            return tsv_text(labelled(frame, variables), labels=plain_label)

        def done(text: str) -> None:
            data = QMimeData()
            data.setText(text)
            QGuiApplication.clipboard().setMimeData(data)
            self._messages.show_message(
                f"Copied {rows:,} × {columns:,} cells with their headings.", severity="success"
            )

        self._worker.run(
            work,
            lane="data",
            key="copy_cells",
            description="Copying cells",
            owner=self,
            on_done=done,
            on_failed=self._messages.show_error,
        )

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        no_margins(words, 0)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE * 3 // 2, SPACE, SPACE, SPACE)
        head.setSpacing(SPACE)
        head.addLayout(words, 1)
        buttons = {}
        for name, text, picture, kind, signal in (
            ("data_open", "Open data…", "open", "quiet", self.open_requested),
            ("data_export", "Export table…", "export", "quiet", None),
            ("data_join", "Join tables…", "join", "", self.join_requested),
            ("data_model", "Go to the model", "model", "primary", self.model_requested),
        ):
            shown = "" if kind == "quiet" else text  # what the menu has too is told by its icon here
            button = QPushButton(icon(picture, "on_accent" if kind == "primary" else "icon"), shown, self)
            button.setAccessibleName(text.rstrip("…"))
            button.setToolTip(text.rstrip("…"))
            button.setObjectName(name)
            if kind:
                set_kind(button, kind)
            button.clicked.connect(self.export if signal is None else signal)
            head.addWidget(button)
            buttons[name] = button
        self.join_button = buttons["data_join"]
        head.insertWidget(head.indexOf(self.join_button) + 1, self.steps_button)
        folded = QVBoxLayout()
        folded.setContentsMargins(SPACE * 3 // 2, 0, SPACE, 0)
        folded.setSpacing(HALF)
        folded.addWidget(self.notes)
        links = QHBoxLayout()
        no_margins(links, SPACE)
        links.addWidget(self.more_notes)
        links.addWidget(self.change_read)
        links.addStretch(1)
        folded.addLayout(links)
        left = QFrame(self)
        set_kind(left, "page")
        column = QVBoxLayout(left)
        no_margins(column, 0)
        column.addLayout(head)
        column.addLayout(folded)
        cells = QWidget(left)
        inside = QVBoxLayout(cells)
        no_margins(inside, 0)
        inside.addWidget(self.view, 1)
        inside.addWidget(self.empty, 1)
        self.pages = DataPages(cells, self.codebook, self.checks, left)
        column.addWidget(self.pages, 1)
        set_kind(self.columns, "page")
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setObjectName("data_splitter")
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.columns)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([760, 320])
        self.columns.setMinimumWidth(240)
        whole = QVBoxLayout(self)
        no_margins(whole, 0)
        whole.addWidget(self.splitter)

    @Slot(str)
    def _on_page(self, page: str) -> None:
        """Give the codebook and the checks the room of the columns, which they tell more of."""
        self.columns.setVisible(page == CELLS and self._columns_wanted)

    def show_labels(self, shown: bool) -> None:
        """Show the labels of values in the cells, or their codes; remembered."""
        self._settings.set("data/value_labels", shown)
        self.view.show_labels(shown)

    def show_columns(self, shown: bool) -> None:
        """Show or hide the columns beside the cells."""
        self._columns_wanted = shown
        self._on_page(self.pages.page)

    @Slot()
    def _refresh(self) -> None:
        """Follow a table that was changed under its name."""
        self._show(self._document.tables.get(self.table))

    def _show(self, dataset: Dataset | None) -> None:
        if dataset is self._dataset:
            return
        self._dataset = dataset
        self.view.set_dataset(dataset)
        self.columns.set_dataset(dataset)
        self.pages.set_dataset(dataset)
        self._all_notes = False
        self._show_notes()
        has_rows = dataset is not None and len(dataset.frame) > 0
        self.view.setVisible(has_rows)
        self.empty.setVisible(not has_rows)
        if dataset is not None:
            self.title.setText(dataset.name)
            parts = [size_text(dataset), dataset.source]
            self.subtitle.setText(" · ".join(part for part in parts if part))
            if not has_rows:
                names = "none" if not dataset.names else ", ".join(dataset.names)
                self.empty.setText(f"This table has no rows. Its columns: {names}.")
        else:
            self.title.clear()
            self.subtitle.clear()

    def _show_notes(self) -> None:
        notes = () if self._dataset is None else self._dataset.notes
        shown = notes if self._all_notes or len(notes) <= _NOTES_SHOWN + 1 else notes[:_NOTES_SHOWN]
        self.notes.set_notes(shown)
        rest = len(notes) - len(shown)
        self.more_notes.setVisible(rest > 0 or (self._all_notes and len(notes) > _NOTES_SHOWN + 1))
        self.more_notes.setText(f"Show {rest} more notes" if rest else "Show fewer notes")

        self.show_change_read(self._was_read)

    def show_change_read(self, read: bool) -> None:
        """Offer, beside the notes, to read a table in another way; `read` tells whether it was read at all."""
        self._was_read = read
        self.change_read.setVisible(read and bool(self._dataset is not None and self._dataset.notes))

    @Slot()
    def _toggle_notes(self) -> None:
        self._all_notes = not self._all_notes
        self._show_notes()
