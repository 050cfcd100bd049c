"""The import dialog: what a file holds, how it is read, what comes out and what is lost, before it is opened."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mixgui.errors import MixguiError
from mixgui.gui.import_form import ImportForm
from mixgui.gui.import_looks import ImportLooks, table_name
from mixgui.gui.import_preview_pane import ImportPreviewPane
from mixgui.gui.step_forms.base import FieldProblem
from mixgui.gui.step_forms.controls import NameEdit
from mixgui.gui.theme import DOUBLE, SPACE, no_margins, set_kind
from mixgui.services.document import Document
from mixgui.services.worker import Job, JobState, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.import_preview import Glance, ImportSource, Verdict
    from mixgui.data.read_options import ReadOptions

_SIZE = QSize(1140, 740)
_FORM_WIDTH = 340
_REST_MS = 150


class ImportDialog(QDialog):
    """Shows how a file (or pasted text) is read, and opens it; not modal.

    Parameters
    ----------
    document : Document
        The table becomes one of its steps.
    worker : Worker
        Reads the first rows, then all of them.
    path : str
        The file; "" for pasted text.
    text, html : str
        The pasted text, and the web page beside it on the clipboard.
    options : ReadOptions, optional
        How it is read at first; without it this is guessed.
    index : int, optional
        Place of the step that is changed, from 0; without it the table is a new one.
    reason : str, optional
        Why the user is asked.
    source, found : ImportSource, Verdict, optional
        What is read, and what came of reading it as guessed: it is not read a second time.

    Signals
    -------
    opened(str)
        The file was opened.
    """

    opened = Signal(str)

    def __init__(
        self,
        document: Document,
        worker: Worker,
        *,
        path: str = "",
        text: str = "",
        html: str = "",
        options: ReadOptions | None = None,
        index: int | None = None,
        reason: str = "",
        source: ImportSource | None = None,
        found: Verdict | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("import_dialog")
        self.setModal(False)
        self.index = index
        self.path = path if source is None else source.path
        self._document, self._worker = document, worker
        self._edited: Any = None if index is None else document.project.steps[index]
        self._prefix = () if index is None else document.project.steps[: index + 1]
        self._copied = text, html
        self._options: ReadOptions | None = options
        self._verdict: Verdict | None = None
        self._known = found
        self._stopped = self._loaded = False
        self._looks = ImportLooks(worker, self._make_source, self, source)
        self._job: Job | None = None
        name = Path(self.path).name if self.path else "pasted text"
        self.setWindowTitle(f"Open {name}" if index is None else f"Change how {name} was read")
        self.form = ImportForm(self, pasted=not self.path)
        self.preview = ImportPreviewPane(self, pasted=not self.path)
        self._make_foot()
        self._lay_out(reason)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._ask)
        self._connect()
        self.form.hide()  # which fields there are is known when the file was looked at
        self.preview.show_hint("Looking at the file…" if self.path else "Looking at the text…")
        self._look(options if found is None else found.options)

    @property
    def waiting(self) -> bool:
        """Whether the table is being opened; a refusal is then told here."""
        return self._job is not None

    @property
    def verdict(self) -> Verdict | None:
        """What came of reading all of it as the form says; None until this is known."""
        return self._verdict

    # --- building ---

    def _make_foot(self) -> None:
        self.guess_button = QPushButton("Guess again", self)
        self.guess_button.setObjectName("import_guess")
        self.guess_button.setToolTip("Forget what was changed here and guess how the file is to be read.")
        set_kind(self.guess_button, "link")
        self.name = NameEdit(self)
        self.name.setObjectName("import_name")
        self.name.setAccessibleName("Name of the table")
        self.name.setMinimumWidth(160)
        self.drop_button = QPushButton("Apply and drop the steps that break", self)
        self.drop_button.setObjectName("import_apply_dropping")
        self.drop_button.hide()
        self.cancel_button = QPushButton("Cancel", self)
        self.cancel_button.setObjectName("import_cancel")
        self.open_button = QPushButton(self)
        self.open_button.setObjectName("import_open")
        self.open_button.setDefault(True)
        set_kind(self.open_button, "primary")
        for button in (self.guess_button, self.drop_button, self.cancel_button):
            button.setAutoDefault(False)

    def _lay_out(self, reason: str) -> None:
        choices = QScrollArea(self)
        choices.setObjectName("import_choices")
        choices.setWidgetResizable(True)
        choices.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        choices.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        choices.setWidget(self.form)
        choices.setMinimumWidth(_FORM_WIDTH - 20)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setObjectName("import_splitter")
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(choices)
        splitter.addWidget(self.preview)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([_FORM_WIDTH, _SIZE.width() - _FORM_WIDTH])
        foot = QFrame(self)
        set_kind(foot, "bar")
        row = QHBoxLayout(foot)
        row.setContentsMargins(DOUBLE, SPACE, DOUBLE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self.guess_button)
        row.addStretch(1)
        self.name_label = QLabel("&Name of the table", self)
        self.name_label.setBuddy(self.name)
        for widget in (self.name_label, self.name):
            widget.setVisible(self.index is None)
            row.addWidget(widget)
        row.addSpacing(SPACE)
        for button in (self.drop_button, self.cancel_button, self.open_button):
            row.addWidget(button)
        whole = QVBoxLayout(self)
        no_margins(whole, 0)
        whole.addWidget(splitter, 1)
        whole.addWidget(foot)
        self.preview.set_reason(reason)
        screen = self.screen().availableSize()
        self.resize(_SIZE.boundedTo(QSize(screen.width() - 40, screen.height() - 60)))

    def _connect(self) -> None:
        self.form.changed.connect(self._changed)
        self.form.part_changed.connect(self._part_changed)
        self.preview.column_chosen.connect(self.form.show_column)
        self.preview.view.menu_requested.connect(self.form.fill_type_menu)
        looks = self._looks
        looks.glanced.connect(self._show_glance)
        looks.judged.connect(self._show_verdict)
        looks.refused.connect(self._show_error)
        looks.progressed.connect(self.preview.show_checking)
        looks.stopped.connect(self._check_stopped)
        self.guess_button.clicked.connect(self.guess_again)
        self.name.changed.connect(self._refresh_button)
        self.cancel_button.clicked.connect(self.reject)
        self.open_button.clicked.connect(self.apply)
        self.drop_button.clicked.connect(partial(self._start, dropping=True))
        self._document.tables_changed.connect(self._refresh_button)
        self._document.project_changed.connect(self._project_changed)
        self._document.failed.connect(self._refused)
        self._worker.finished.connect(self._job_ended)

    # --- looking ---

    def _make_source(self) -> ImportSource:
        """Return what is read (in the worker: it needs pandas)."""
        from mixgui.data.import_preview import ImportSource

        if self._edited is not None:
            return ImportSource.of(self._edited)
        return ImportSource(self.path) if self.path else ImportSource.copied(*self._copied)

    def _look(self, options: ReadOptions | None, *, part: bool = False) -> None:
        """Ask for the first rows."""
        self._rest.stop()
        self._forget_verdict()
        self.preview.show_busy(True)
        self._looks.look(options, part=part)

    def _check(self) -> None:
        """Ask for what all rows come to."""
        assert self._options is not None
        self._stopped = False
        self.preview.show_checking(None)
        self._looks.check(self._options)
        self._refresh_button()

    @Slot()
    def _check_stopped(self) -> None:
        """The user has stopped the check; nothing can be opened before it was made."""
        self._stopped = True
        self.preview.show_stopped()
        self._refresh_button()

    @Slot(object)
    def _show_glance(self, found: Glance) -> None:
        """Show the first rows; what was guessed is shown by the fields."""
        first, self._loaded = not self._loaded, True
        self.form.show()
        if found.guess is not None or first:
            self.form.set_options(found.options, found.choices)
            self._options = found.options
        if self.index is None:
            self.name.propose(table_name(self.path, self._options, self._document.tables))
        self.preview.show_lines(found.lines)
        if found.head is None:
            self._show_error(found.error)
            return
        self.form.show_head(found.head)
        self.preview.show_head(found.head)
        if first:
            self.form.focusNextChild()
        known, self._known = self._known, None
        if known is not None and known.options == self._options:
            self._show_verdict(known)
        else:
            self._check()

    @Slot(object)
    def _show_verdict(self, found: Verdict) -> None:
        if found.options != self._options:
            return
        self._verdict = found
        self.preview.show_verdict(found)
        self._refresh_button()

    @Slot(object)
    def _show_error(self, error: MixguiError | None) -> None:
        self._forget_verdict()
        if error is not None:
            self.preview.show_error(error)

    def _forget_verdict(self) -> None:
        self._verdict = None
        self._stopped = False
        self._refresh_button()

    # --- following ---

    @Slot()
    def _changed(self) -> None:
        """Read the form at once; the preview follows when the typing rests."""
        self.drop_button.hide()
        self.form.clear_errors()
        self._forget_verdict()
        try:
            self._options = self.form.options()
        except FieldProblem as problem:
            self._rest.stop()
            self._looks.stop()
            self.preview.show_busy(False)
            self.form.fields[problem.field].set_error(f"{problem.message} {problem.hint}".strip())
            return
        self._rest.start()

    @Slot()
    def _ask(self) -> None:
        if self._options is not None:
            self._look(self._options)

    @Slot()
    def _part_changed(self) -> None:
        """Guess anew for another sheet, file or data frame."""
        self._rest.stop()
        self._look(self.form.part(), part=True)

    @Slot()
    def guess_again(self) -> None:
        """Forget what was changed."""
        self._look(None)

    @Slot()
    def _refresh_button(self) -> None:
        name = self.name.name()
        taken = self.index is None and name in self._document.tables
        set_kind(self.name, "invalid" if taken or (not name and self._loaded) else "")
        self.name.setToolTip("There is already a table with this name." if taken else "")
        named = self.index is not None or (bool(name) and not taken)
        self.open_button.setText(
            "Check all rows" if self._stopped else "Open" if self.index is None else "Apply changes"
        )
        ready = self._verdict is not None and named and self._job is None
        self.open_button.setEnabled(ready or self._stopped)

    @Slot()
    def _project_changed(self) -> None:
        """Close when the step that is changed is not there any more."""
        if self.index is None or self._job is not None:
            return
        if self._document.project.steps[: self.index + 1] != self._prefix:
            self.reject()

    # --- opening ---

    @Slot()
    def apply(self) -> None:
        """Open the table, or change the step; the dialog closes when this is done, and stays when it is refused."""
        if self._stopped:
            self._check()
        else:
            self._start(dropping=False)

    def _start(self, *ignored: object, dropping: bool) -> None:
        found, source = self._verdict, self._looks.source
        if found is None or source is None or self._job is not None or not self.open_button.isEnabled():
            return
        self._rest.stop()
        self._looks.stop()
        names = set(found.table.names)
        types = tuple((column, kind) for column, kind in found.options.types if column in names)
        options = replace(found.options, types=types)
        output = self.name.name() if self._edited is None else self._edited.output
        step: Any = source.step(output, options)
        if self.index is None:
            self._job = self._document.add_read(step, found.table)
        else:
            if hasattr(self._edited, "edition"):
                step = replace(step, edition=self._edited.edition)
            if step == self._edited:
                self.accept()
                return
            self._job = self._document.replace_step(self.index, step, drop_broken=dropping, read=found.table)
        self.preview.show_busy(True)
        self._refresh_button()

    @Slot(object)
    def _refused(self, error: MixguiError) -> None:
        """Stay, and tell what keeps the table from being opened."""
        if self._job is None:
            return
        self._job = None
        self.preview.show_busy(False)
        self.preview.show_failure(error)
        later = self.index is not None and not error.message.startswith(f"Step {self.index + 1} ")
        self.drop_button.setVisible(later)
        self._refresh_button()

    @Slot(object)
    def _job_ended(self, job: Job) -> None:
        if job is not self._job:
            return
        self._job = None
        self.preview.show_busy(False)
        if job.state is JobState.DONE:
            self.opened.emit(self.path)
            self.accept()
        else:
            self._refresh_button()

    def done(self, result: int) -> None:
        """Stop what was asked for, and go."""
        self._rest.stop()
        self._looks.stop()
        super().done(result)
