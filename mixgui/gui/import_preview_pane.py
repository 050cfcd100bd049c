"""The right half of the import dialog: the file as it is, the table that comes of it, the cells that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mixgui.errors import MixguiError
from mixgui.gui.elided_label import ElidedLabel
from mixgui.gui.frame_model import FrameModel
from mixgui.gui.import_misfits import MisfitView
from mixgui.gui.notes import NoteList
from mixgui.gui.status import Spinner
from mixgui.gui.table_view import DataView
from mixgui.gui.theme import DOUBLE, HALF, SPACE, make_heading, make_muted, no_margins, set_kind

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.data.import_preview import Verdict
    from mixgui.data.read_options import Misfit

_NOTES_SHOWN = 2
_ROOMY = 840  # pixels for all notes and three lists


class _FileRows(FrameModel):
    """Numbers the rows as the file does, where this is known: the list of misfits speaks of these."""

    row_of: Callable[[int], int] | None = None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's name and kind, or a row's number."""
        if orientation == Qt.Orientation.Vertical and self.row_of is not None:
            return str(self.row_of(section)) if role == Qt.ItemDataRole.DisplayRole else None
        return super().headerData(section, orientation, role)


class ImportPreviewPane(QFrame):
    """Shows lines, rows, notes and misfits of a file, or of pasted text.

    Signals
    -------
    column_chosen(str)
        The user clicked this column.
    """

    column_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, pasted: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("import_preview")
        self._lines_title = "As it was pasted" if pasted else "As it is in the file"
        set_kind(self, "page")
        self.facts = ElidedLabel("", self)
        self.facts.setObjectName("import_facts")
        set_kind(self.facts, "muted")
        self.spinner = Spinner(self)
        self.spinner.hide()
        self.reason = NoteList(self)
        self.reason.setObjectName("import_reason")
        self.notes = NoteList(self)
        self.notes.setObjectName("import_notes")
        self.more_notes = QPushButton(self)
        self.more_notes.setObjectName("import_more_notes")
        self.more_notes.setAutoDefault(False)
        self.more_notes.hide()
        set_kind(self.more_notes, "link")
        self.more_notes.clicked.connect(self._toggle_notes)
        self._all_notes: tuple[Any, ...] = ()
        self._unfolded = self._has_lines = False
        self.lines = QPlainTextEdit(self)
        self.lines.setObjectName("import_lines")
        self.lines.setAccessibleName("The file as it is")
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.lines.setTabStopDistance(4 * self.lines.fontMetrics().horizontalAdvance(" "))
        self._rows = _FileRows(self)
        self._rows.show_labels(True)
        self.view = DataView(self, model=self._rows)
        self.view.setObjectName("import_rows")
        self.view.setAccessibleName("The table")
        self.view.setProperty("kind", "framed")
        self.view.column_chosen.connect(self.column_chosen)
        self.misfits = MisfitView(self)
        self.misfits.hide()
        self.misfits.chosen.connect(self.go_to)
        self._found: Verdict | None = None
        self.hint = make_muted("", self)
        self.hint.setObjectName("import_hint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        no_margins(head, SPACE)
        head.addWidget(make_heading("Preview", 2, self))
        head.addWidget(self.facts, 1)
        head.addWidget(self.spinner)
        self.before = self._block(self._lines_title, self.lines)
        self.after = self._block("As a table", self.view)
        self.splitter = QSplitter(Qt.Orientation.Vertical, self)
        self.splitter.setObjectName("import_parts")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(SPACE)
        for part, stretch in ((self.before, 2), (self.after, 3), (self.misfits, 2)):
            self.splitter.addWidget(part)
            part.setMinimumHeight(96)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.hint)
        self.pages.addWidget(self.splitter)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        whole.setSpacing(SPACE)
        whole.addLayout(head)
        whole.addWidget(self.reason)
        whole.addWidget(self.notes)
        whole.addWidget(self.more_notes, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self.pages, 1)

    def _block(self, title: str, view: QWidget) -> QWidget:
        block = QWidget(self)
        column = QVBoxLayout(block)
        no_margins(column, HALF)
        label = ElidedLabel(title, self)
        set_kind(label, "strong")
        column.addWidget(label)
        column.addWidget(view, 1)
        return block

    # --- what is shown ---

    def set_reason(self, text: str) -> None:
        """Say why the user is asked."""
        self.reason.set_notes([text] if text else [])

    def show_hint(self, text: str) -> None:
        """Say something instead of a preview."""
        self.hint.setText(text)
        self.pages.setCurrentIndex(0)

    def show_busy(self, on: bool) -> None:
        """Tell whether the file is being looked at."""
        self.spinner.setVisible(on)

    def show_lines(self, lines: tuple[str, ...]) -> None:
        """Show the first lines with their numbers; where the user has scrolled them stays."""
        width = len(str(len(lines)))
        text = "\n".join(f"{number:>{width}}  {line}" for number, line in enumerate(lines, start=1))
        if text != self.lines.toPlainText():
            place = self.lines.verticalScrollBar().value(), self.lines.horizontalScrollBar().value()
            self.lines.setPlainText(text)
            self.lines.verticalScrollBar().setValue(place[0])
            self.lines.horizontalScrollBar().setValue(place[1])
        self._has_lines = bool(lines)
        self._make_room()
        self.pages.setCurrentIndex(1)

    def show_head(self, head: Dataset) -> None:
        """Show the first rows."""
        self._found = None
        self._show_table(head, None)
        self.misfits.setEnabled(False)
        self._set_notes(())

    def _show_table(self, table: Dataset, row_of: Callable[[int], int] | None) -> None:
        across, down = self.view.horizontalScrollBar().value(), self.view.verticalScrollBar().value()
        self._rows.row_of = row_of
        self.view.set_dataset(table)
        self.view.horizontalScrollBar().setValue(across)
        self.view.verticalScrollBar().setValue(down)
        self.after.show()

    def show_stopped(self) -> None:
        """Tell that the check of all rows was stopped."""
        self.show_busy(False)
        self.facts.setText("the first rows; the others were not checked")

    @Slot(object)
    def go_to(self, misfit: Misfit) -> None:
        """Show where something does not fit, in the table and among the lines if it is there."""
        found = self._found
        at = None if found is None else found.position_of(misfit.row)
        if found is not None and at is not None:
            names = list(found.table.names)
            column = names.index(misfit.column) if misfit.column in names else 0
            index = self._rows.index(at, column)
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index, DataView.ScrollHint.PositionAtCenter)
            if not misfit.column:
                self.view.selectRow(at)
        block = self.lines.document().findBlockByNumber(misfit.row - 1)
        if block.isValid() and (not misfit.column or misfit.text in block.text()):
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            self.lines.setTextCursor(cursor)
            self.lines.horizontalScrollBar().setValue(0)

    @Slot(object)
    def show_checking(self, fraction: float | None) -> None:
        """Tell how far all rows have been read."""
        self.spinner.show()
        part = "" if fraction is None else f" {fraction:.0%}"
        self.facts.setText(f"the first rows; checking all of them…{part}")

    def show_verdict(self, found: Verdict) -> None:
        """Show what came of all rows."""
        self.show_busy(False)
        rows = f"{found.n_rows:,} row{'' if found.n_rows == 1 else 's'}"
        columns = f"{found.n_columns:,} column{'' if found.n_columns == 1 else 's'}"
        self.facts.setText(f"{rows} × {columns}")
        self._found = found
        self._show_table(found.table, found.row_of)
        self.misfits.setEnabled(True)
        self._set_notes(found.notes)
        shown = self.misfits.isVisibleTo(self)
        self.misfits.show_misfits(found.misfits, found.n_misfits)
        if found.n_misfits and not shown:
            height = self.splitter.height()
            self.splitter.setSizes([height * 2 // 7, height * 3 // 7, height * 2 // 7])

    def show_error(self, error: MixguiError) -> None:
        """Tell why it cannot be read so; no table is shown."""
        self.show_busy(False)
        self.facts.setText("")
        self._found = None
        self.misfits.hide()
        self.after.hide()
        self.show_failure(error)
        if not self.lines.toPlainText():
            self.show_hint("")

    def show_failure(self, error: MixguiError) -> None:
        """Tell why it was not opened; the preview still holds."""
        self._set_notes([_ErrorNote(f"{error.message} {error.hint}".strip())])

    def _set_notes(self, notes: Iterable[Any]) -> None:
        self._all_notes = tuple(notes)
        self._unfolded = False
        self._show_notes()

    def _show_notes(self) -> None:
        notes = self._all_notes
        folded = len(notes) > _NOTES_SHOWN + 1 and not self._unfolded
        self.notes.set_notes(notes[:_NOTES_SHOWN] if folded else notes)
        self.more_notes.setVisible(len(notes) > _NOTES_SHOWN + 1)
        self.more_notes.setText(
            f"Show {len(notes) - _NOTES_SHOWN} more notes" if folded else "Show fewer notes"
        )
        self._make_room()

    def _make_room(self) -> None:
        """Hide the lines of the file, on a small screen, while all notes are read."""
        self.before.setVisible(self._has_lines and not (self._unfolded and self.height() < _ROOMY))

    @Slot()
    def _toggle_notes(self) -> None:
        self._unfolded = not self._unfolded
        self._show_notes()


class _ErrorNote:
    """What a `NoteList` needs to know of an error."""

    severity = "error"
    title = ""

    def __init__(self, text: str) -> None:
        self.text = text
