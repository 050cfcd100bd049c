"""The frame of every step's dialog: the form at the left, what the step does at the right, told before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, Slot
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
from mixgui.gui.step_forms.base import FieldProblem
from mixgui.gui.step_forms.kinds import StepKind
from mixgui.gui.step_preview import PreviewPane
from mixgui.gui.step_sample import StepSample, sampling
from mixgui.gui.theme import DOUBLE, HALF, SPACE, icon, no_margins, set_kind
from mixgui.observer import Observer
from mixgui.services.document import Document
from mixgui.services.worker import Job, JobState, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset

_SIZE = QSize(1080, 700)
_NARROWEST_FORM = 320
_WIDEST_SHARE = 0.56  # of the dialog for the form: the preview needs the rest
#: How long the typing rests before a preview is asked for.
REST_MS = 150


class StepDialog(QDialog):
    """Asks for a step of the data preparation and shows what it would do; not modal.

    Parameters
    ----------
    document : Document
        Its tables are offered; the step becomes one of its steps.
    worker : Worker
        Makes the previews.
    kind : StepKind
    table, column : str, optional
        What the user was at.
    index : int, optional
        Place of a step that is edited, from 0; without it the step is a new one.
    """

    def __init__(
        self,
        document: Document,
        worker: Worker,
        kind: StepKind,
        *,
        table: str = "",
        column: str = "",
        index: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("step_dialog")
        self.setModal(False)
        self.kind = kind
        self.index = index
        self._document = document
        self._worker = worker
        self._tables: Mapping[str, Dataset] = {}
        self._edited = None if index is None else document.project.steps[index]
        self._prefix = () if index is None else document.project.steps[: index + 1]
        self._step: Any = None
        self._job: Job | None = None
        self._sampling: Job | None = None
        self._loading = index is not None
        title = (
            kind.title if index is None else f"Edit step {index + 1}: {kind.title[0].lower()}{kind.title[1:]}"
        )
        self.setWindowTitle(title)
        self.setWindowIcon(icon(kind.picture))
        self.form = kind.make_form(worker, self)
        self.preview = PreviewPane(self)
        self._make_foot()
        self._lay_out()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._ask)
        self.form.changed.connect(self._changed)
        self.form.submitted.connect(self.apply)
        document.tables_changed.connect(self._tables_changed)
        document.project_changed.connect(self._project_changed)
        document.failed.connect(self._refused)
        worker.finished.connect(self._job_ended)
        if index is None:
            self._begin(table, column)
        else:
            self._load(index)

    @property
    def waiting(self) -> bool:
        """Whether the step is being done; a refusal is then told here."""
        return self._job is not None

    @property
    def step(self) -> Any:
        """The step that the form says now; None while something is missing or wrong."""
        return self._step

    # --- building ---

    def _make_foot(self) -> None:
        self.sentence = QLabel(self)
        self.sentence.setObjectName("step_sentence")
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.drop_button = QPushButton("Apply and drop the steps that break", self)
        self.drop_button.setObjectName("step_apply_dropping")
        self.drop_button.setAutoDefault(False)
        self.drop_button.hide()
        self.cancel_button = QPushButton("Cancel", self)
        self.cancel_button.setObjectName("step_cancel")
        self.cancel_button.setAutoDefault(False)
        self.apply_button = QPushButton("Apply step" if self.index is None else "Apply changes", self)
        self.apply_button.setObjectName("step_apply")
        self.apply_button.setDefault(True)
        self.apply_button.setEnabled(False)
        set_kind(self.apply_button, "primary")
        self.cancel_button.clicked.connect(self.reject)
        self.apply_button.clicked.connect(self.apply)
        self.drop_button.clicked.connect(self.apply_dropping)

    def _lay_out(self) -> None:
        self.choices = QScrollArea(self)
        self.choices.setObjectName("step_choices")
        self.choices.setWidgetResizable(True)
        self.choices.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have the keyboard
        self.choices.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.choices.setWidget(self.form)
        self.choices.setMinimumWidth(_NARROWEST_FORM)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setObjectName("step_splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.choices)
        self.splitter.addWidget(self.preview)
        self.splitter.setStretchFactor(1, 1)
        foot = QFrame(self)
        set_kind(foot, "bar")
        row = QHBoxLayout(foot)
        row.setContentsMargins(DOUBLE, SPACE, DOUBLE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self.sentence, 1)
        row.addSpacing(HALF)
        for button in (self.drop_button, self.cancel_button, self.apply_button):
            row.addWidget(button)
        whole = QVBoxLayout(self)
        no_margins(whole, 0)
        whole.addWidget(self.splitter, 1)
        whole.addWidget(foot)
        screen = self.screen().availableSize()
        self.resize(_SIZE.boundedTo(QSize(screen.width() - 40, screen.height() - 60)))
        wanted = min(self.form.width_wanted, round(_WIDEST_SHARE * self.width()))
        self.splitter.setSizes([wanted, self.width() - wanted])

    # --- beginning ---

    def _begin(self, table: str, column: str) -> None:
        """Offer the tables as they are."""
        self._tables = self._document.tables
        self.form.set_tables(self._tables, table)
        dataset = self.form.dataset
        if column and dataset is not None and column in dataset.names:
            self.form.choose(column)
        self._focus()
        self._changed()

    def start_with(self, table: str, column: str) -> None:
        """Take another column for a start, as the menu of a column asks for."""
        if self.index is None:
            self._begin(table, column)

    def _load(self, index: int) -> None:
        """Find the tables as they were before the step and show the step."""
        self.form.setEnabled(False)
        self.preview.show_hint("Looking up the tables as they were before this step…")
        self._worker.run(
            lambda observer: self._before(observer),
            lane="data",
            description="Looking up earlier tables",
            owner=self,
            on_done=self._show_step,
            on_failed=self.preview.show_error,
        )

    def _before(self, observer: Observer) -> Mapping[str, Dataset]:
        """Return the tables before the step that is edited (in the worker)."""
        assert self.index is not None
        return self._document.tables_before(self.index, observer)

    def _show_step(self, tables: Mapping[str, Dataset]) -> None:
        self._tables = tables
        self._loading = False
        self.form.setEnabled(True)
        self.form.set_tables(tables)
        try:
            self.form.load(self._edited)
        except FieldProblem as problem:
            self.form.fields[problem.field].set_error(problem.message)
        self._focus()

    def _focus(self) -> None:
        start = self.form.start()
        if start is None:
            fields = [field for name, field in self.form.fields.items() if name != "table"]
            start = fields[0].control if fields else None
        if start is not None:
            start.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- following ---

    @Slot()
    def _changed(self) -> None:
        """Read the form at once; the preview follows when the typing rests."""
        if self._loading:
            return
        self.drop_button.hide()
        self.form.clear_errors()
        self._step = None
        try:
            self._step = self.form.make()
        except FieldProblem as problem:
            self._tell_problem(problem)
        self.apply_button.setEnabled(self._step is not None and self._job is None)
        if self._step is None:
            self._stop_preview()
            return
        self.sentence.setText(f"{self._step.describe().rstrip('.')}.")
        self._rest.start()

    def _stop_preview(self) -> None:
        """Let go of a preview that nobody waits for any more."""
        self._rest.stop()
        if self._sampling is not None:
            self._sampling.cancel()
            self._sampling = None

    def _tell_problem(self, problem: FieldProblem) -> None:
        self.sentence.setText("")
        if problem.missing:
            self.preview.show_hint(problem.message)
            return
        field = self.form.fields.get(problem.field)
        if field is not None:
            field.set_error(f"{problem.message} {problem.hint}".strip())
        self.preview.show_error(None)

    @Slot()
    def _ask(self) -> None:
        """Ask the worker what the step would do; the latest question wins."""
        step = self._step
        if step is None:
            return
        self.preview.show_busy(True)
        self._sampling = self._worker.run(
            sampling(step, self._tables),
            lane="data",
            key=f"step_preview_{id(self)}",
            description="Preparing the preview",
            owner=self,
            on_done=self._show_sample,
            on_failed=lambda error: self._show_refusal(step, error),
            on_cancelled=lambda: self.preview.show_busy(False),
        )

    def _show_sample(self, sample: StepSample) -> None:
        if sample.step == self._step:
            self.preview.show_sample(sample)

    def _show_refusal(self, step: Any, error: MixguiError) -> None:
        """Tell why the step cannot be done, at its field if it has one."""
        if step != self._step:
            return
        self.apply_button.setEnabled(False)
        told = self.form.show_error(error)
        self.preview.show_error(None if told else error)

    @Slot()
    def _tables_changed(self) -> None:
        """Follow tables that come, go or change while a new step is being made."""
        if self.index is not None or self._job is not None:
            return
        if not self._document.tables:
            self.reject()
            return
        self._tables = self._document.tables
        self.form.set_tables(self._tables)
        self._changed()

    @Slot()
    def _project_changed(self) -> None:
        """Close when the step that is edited is not there any more."""
        if self.index is None or self._job is not None:
            return
        if self._document.project.steps[: self.index + 1] != self._prefix:
            self.reject()

    # --- doing ---

    @Slot()
    def apply(self) -> None:
        """Do the step; the dialog closes when it is done, and stays when it is refused."""
        self._start(dropping=False)

    @Slot()
    def apply_dropping(self) -> None:
        """Change the step and leave out the later ones that cannot be done any more."""
        self._start(dropping=True)

    def _start(self, *, dropping: bool) -> None:
        step = self._step
        if step is None or self._job is not None or not self.apply_button.isEnabled():
            return
        self._stop_preview()
        self.apply_button.setEnabled(False)
        self.preview.show_busy(True)
        if self.index is None:
            self._job = self._document.run_step(step)
        elif step == self._edited:
            self.accept()
        elif dropping:
            self._job = self._document.replace_step(self.index, step, drop_broken=True)
        else:
            self._job = self._document.replace_step(self.index, step)

    @Slot(object)
    def _refused(self, error: MixguiError) -> None:
        """Stay, and tell what keeps the step from being done."""
        if self._job is None:
            return
        self._job = None
        self.apply_button.setEnabled(True)
        self.preview.show_busy(False)
        later = self.index is not None and not error.message.startswith(f"Step {self.index + 1} ")
        if later:
            self.preview.show_failure(error)
            self.drop_button.setVisible(True)
        elif not self.form.show_error(error):
            self.preview.show_failure(error)

    @Slot(object)
    def _job_ended(self, job: Job) -> None:
        if job is not self._job:
            return
        self._job = None
        self.preview.show_busy(False)
        if job.state is JobState.DONE:
            self.accept()
        else:
            self.apply_button.setEnabled(self._step is not None)

    def done(self, result: int) -> None:
        """Stop what was asked for, and go."""
        self._stop_preview()
        super().done(result)
