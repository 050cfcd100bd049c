"""The join dialog for a join that was done before: its tables are those of then, and later steps are done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from mixgui.errors import MixguiError
from mixgui.gui.join_dialog import JoinDialog
from mixgui.observer import Observer
from mixgui.services.document import Document, Tables
from mixgui.services.worker import Job, JobState, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset


class EditJoinDialog(JoinDialog):
    """Shows a join of the project and changes it.

    Parameters
    ----------
    document : Document
    worker : Worker
    index : int
        Place of the join among the steps, from 0.
    """

    def __init__(self, document: Document, worker: Worker, index: int, parent: QWidget | None = None) -> None:
        self._index = index
        self._step: Any = document.project.steps[index]
        self._prefix = document.project.steps[: index + 1]
        self._before: Tables = MappingProxyType({})
        self._filling = False
        self._job: Job | None = None
        super().__init__(document, worker, parent=parent)
        self.setWindowTitle(f"Edit step {index + 1}: join tables")
        document.failed.connect(self._refused)
        document.project_changed.connect(self._project_changed)
        worker.finished.connect(self._job_ended)

    @property
    def waiting(self) -> bool:
        """Whether the step is being done; a refusal is then told here."""
        return self._job is not None

    @property
    def tables(self) -> Tables:
        """The tables before the join."""
        return self._before

    def _begin(self, left: str) -> None:
        """Find the tables as they were."""
        self.report.show_hint("Looking up the tables as they were before this step…")
        self._worker.run(
            self._find,
            lane="data",
            description="Looking up earlier tables",
            owner=self,
            on_done=self._show_step,
            on_failed=self.report.show_error,
        )

    def _find(self, observer: Observer) -> Mapping[str, Dataset]:
        return self._document.tables_before(self._index, observer)

    def _show_step(self, tables: Mapping[str, Dataset]) -> None:
        """Show the join as it was asked for."""
        step = self._step
        self._before = tables
        for box, name in ((self.left, step.left), (self.right, step.right)):
            box.clear()
            box.addItems(list(tables))
            box.setCurrentText(name)
        self.name.setText(step.output)
        self._name_typed = True
        self._filling = True
        self._tables_chosen()
        for radio in self.kinds.buttons():
            radio.setChecked(radio.property("join_kind") == step.kind)

    def _show_suggested(self, left: Dataset, right: Dataset, pairs: Sequence[tuple[str, str]]) -> None:
        """Show the keys of the step instead of suggested ones, the first time."""
        if self._filling and (left.name, right.name) == (self._step.left, self._step.right):
            self._filling = False
            pairs = self._step.keys
            self.report.set_options(
                convert_keys=self._step.convert_keys,
                many_to_many=self._step.relationship == "many-to-many",
                suffix=self._step.suffixes[1],
            )
        super()._show_suggested(left, right, pairs)

    @Slot()
    def _tables_changed(self) -> None:
        """The tables of then do not change."""

    @Slot()
    def _project_changed(self) -> None:
        """Close when the step is not there any more."""
        if self._job is None and self._document.project.steps[: self._index + 1] != self._prefix:
            self.reject()

    def _do(self, step: Any) -> None:
        """Change the step; the dialog closes when that is done."""
        if step == self._step:
            self.accept()
            return
        self.run_button.setEnabled(False)
        self._job = self._document.replace_step(self._index, step)

    @Slot(object)
    def _refused(self, error: MixguiError) -> None:
        if self._job is not None:
            self._job = None
            self.report.show_error(error)
            self.run_button.setEnabled(True)

    @Slot(object)
    def _job_ended(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            if job.state is JobState.DONE:
                self.accept()

    def _label_button(self) -> None:
        super()._label_button()
        self.run_button.setText(self.run_button.text().replace("Join", "Apply", 1))
