"""Edits of codebooks: each is one undo step, and those of one table are one step of the history where they can be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from mixgui.services.document import Document
from mixgui.services.worker import Job, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.codebook import Codebook, VariableInfo


class CodebookEditing(QObject):
    """Turns edits into `Describe` steps.

    Edits that come while one is being done wait and are done together.

    Signals
    -------
    settled()
        Nothing is waiting any more: what the document has is what there is (an edit may have been refused).
    warned(str)
        A sentence about a column that was edited just now.
    """

    settled = Signal()
    warned = Signal(str)

    def __init__(self, document: Document, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._waiting: dict[str, dict[str, VariableInfo]] = {}
        self._running: dict[str, dict[str, VariableInfo]] = {}
        self._job: Job | None = None
        worker.finished.connect(self._on_finished)
        document.step_notes.connect(self._on_notes)

    def pending(self, table: str, column: str) -> VariableInfo | None:
        """Return what a column will be once the edits under way are done; None if there is none."""
        waiting = self._waiting.get(table, {}).get(column)
        return waiting if waiting is not None else self._running.get(table, {}).get(column)

    def edit(self, table: str, changes: Codebook) -> None:
        """Set what is said of columns of a table."""
        self._waiting.setdefault(table, {}).update(changes)
        if self._job is None:
            self._go_on()

    @Slot(str, object)
    def _on_notes(self, table: str, notes: Iterable[Any]) -> None:
        """Pass on what has to be looked at in the columns that were edited just now."""
        edited = (
            {column for infos in self._running.values() for column in infos}
            if self._job is not None
            else set()
        )
        for note in notes:
            if note.severity == "warning" and note.column in edited:
                self.warned.emit(note.text)

    def _go_on(self) -> None:
        """Do the edits that wait, one table at a time."""
        from mixgui.data.codebook import merged
        from mixgui.data.describe_step import Describe

        self._running = {}
        while self._waiting and self._job is None:
            table, infos = self._waiting.popitem()
            dataset = self._document.tables.get(table)
            if dataset is None:
                continue
            before = dict(dataset.codebook)
            changes = {name: info for name, info in infos.items() if name in before and before[name] != info}
            if not changes:
                continue
            self._running = {table: changes}
            steps = self._document.project.steps
            last = steps[-1] if steps else None
            if isinstance(last, Describe) and last.table == table:
                step = Describe(table, merged(last.codebook, tuple(changes.items())))
                self._job = self._document.replace_step(len(steps) - 1, step)
            else:
                self._job = self._document.run_step(Describe(table, tuple(changes.items())))
        if self._job is None:
            self.settled.emit()

    @Slot(object)
    def _on_finished(self, job: Job) -> None:
        if job is self._job:
            QTimer.singleShot(0, self, self._after)  # the document hears of it first

    @Slot()
    def _after(self) -> None:
        self._job = None
        self._go_on()
