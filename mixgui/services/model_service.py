"""Fits the models of the document in the worker and remembers what came out.

Results are kept by what was fitted (the spec and the very table), not by when: undo brings the result of the
earlier model back at once, and a result that arrives for a model that has changed meanwhile is never shown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mixgui.errors import MixguiError, ModelError
from mixgui.observer import Observer
from mixgui.services.document import Document
from mixgui.services.worker import Job, Worker

if TYPE_CHECKING:  # the window must not wait for scipy and statsmodels
    from mixgui.data.dataset import Dataset
    from mixgui.models.result import ModelFit
    from mixgui.models.spec import ModelSpec

_KEPT_RESULTS = 64

Fitter = Callable[["ModelSpec", "Dataset", Observer], "ModelFit"]


@dataclass(frozen=True, eq=False)
class _Request:
    """What is to be fitted: the same spec on the same cells is the same request.

    A table that got other words (labels, units) has the same frame as before: it need not be fitted again.
    """

    spec: ModelSpec
    dataset: Dataset

    @property
    def key(self) -> tuple[ModelSpec, int]:
        """Key of the cache; the identity is safe because the cache holds the dataset itself."""
        return (self.spec, id(self.cells))

    @property
    def cells(self) -> object:
        """The frame, whose identity tells whether the cells are the same."""
        return getattr(self.dataset, "frame", self.dataset)

    def same(self, other: _Request | None) -> bool:
        """Whether both ask for the same fit."""
        return other is not None and self.spec == other.spec and self.cells is other.cells


class ModelService(QObject):
    """Fits models by their id in the document.

    Signals
    -------
    started(str), progressed(str, Progress), finished(str, ModelFit), failed(str, MixguiError), cancelled(str)
        All with the id of the model. After `started` comes exactly one of the last three, unless the same
        model is fitted anew before. `cancelled` also comes when the model or its table was changed while it
        was fitted.
    results_changed()
        `result` may return something else than before, also because of undo and redo.
    """

    started = Signal(str)
    progressed = Signal(str, object)
    finished = Signal(str, object)
    failed = Signal(str, object)
    cancelled = Signal(str)
    results_changed = Signal()

    def __init__(
        self,
        document: Document,
        worker: Worker,
        parent: QObject | None = None,
        *,
        fitter: Fitter | None = None,
    ) -> None:
        super().__init__(parent)
        self._fitter = _fit if fitter is None else fitter
        self._document = document
        self._worker = worker
        self._results: OrderedDict[tuple[ModelSpec, int], tuple[Dataset, ModelFit]] = OrderedDict()
        self._running: dict[str, tuple[Job, _Request]] = {}
        self._last: dict[str, ModelFit] = {}
        document.project_changed.connect(self._on_project_changed)

    def fit(self, model_id: str) -> Job | None:
        """Fit a model, or bring back what is known about it.

        Returns
        -------
        Job or None
            None if the result was known (`finished` was emitted) or it cannot be fitted (`failed` was).
        """
        try:
            request = self._request(model_id)
        except MixguiError as error:
            self.failed.emit(model_id, error)
            return None
        if (running := self._running.get(model_id)) is not None and running[1].same(request):
            return running[0]
        if (known := self.result(model_id)) is not None:
            self.finished.emit(model_id, known)
            return None
        name = self._document.project.model(model_id).name
        job = self._worker.run(
            lambda observer: self._fitter(request.spec, request.dataset, observer),
            lane="fit",
            key=f"fit:{model_id}",
            description=f"Fitting {name}",
            owner=self,
            on_done=lambda result: self._on_done(model_id, request, result),
            on_failed=lambda error: self._on_failed(model_id, request, error),
            on_cancelled=lambda: self._on_cancelled(model_id, request),
            on_progress=lambda progress: self.progressed.emit(model_id, progress),
        )
        self._running[model_id] = (job, request)
        self.started.emit(model_id)
        return job

    def cancel(self, model_id: str | None = None) -> None:
        """Cancel the fit of one model, or all fits. The last good results stay."""
        for running_id, (job, _) in list(self._running.items()):
            if model_id in (None, running_id):
                job.cancel()

    def is_running(self, model_id: str | None = None) -> bool:
        """Whether this model, or any model, is being fitted or waits for it."""
        return bool(self._running) if model_id is None else model_id in self._running

    def result(self, model_id: str) -> ModelFit | None:
        """Return the fit of the model as it is now, or None if there is none."""
        try:
            request = self._request(model_id)
        except MixguiError:
            return None
        known = self._results.get(request.key) or self._under_another_name(request)
        if known is None:
            return None
        self._results.move_to_end(request.key)
        return known[1]

    def _under_another_name(self, request: _Request) -> tuple[Dataset, ModelFit] | None:
        """Return the fit to the same cells when the table was called otherwise, as the fit of the table as it is."""
        for (spec, _), (dataset, fit) in self._results.items():
            other = _Request(spec, dataset)
            if other.cells is request.cells and replace(spec, table=request.spec.table) == request.spec:
                self._results[request.key] = (request.dataset, replace(fit, spec=request.spec))
                return self._results[request.key]
        return None

    def last_result(self, model_id: str) -> ModelFit | None:
        """Return the latest good fit of the model, which may be of an earlier formula or table."""
        return self.result(model_id) or self._last.get(model_id)

    def _request(self, model_id: str) -> _Request:
        entry = self._document.project.model(model_id)
        dataset = self._document.tables.get(entry.spec.table)
        if dataset is None:
            raise ModelError(
                f"The table “{entry.spec.table}” of model {entry.name} does not exist.",
                "Choose a table for the model.",
            )
        return _Request(entry.spec, dataset)

    def _is_current(self, model_id: str, request: _Request) -> bool:
        try:
            return request.same(self._request(model_id))
        except MixguiError:
            return False

    def _on_done(self, model_id: str, request: _Request, result: ModelFit) -> None:
        replaced = not self._end(model_id, request)
        self._results[request.key] = (request.dataset, result)
        while len(self._results) > _KEPT_RESULTS:
            self._results.popitem(last=False)
        if replaced:
            return
        if self._is_current(model_id, request):
            self._last[model_id] = result
            self.finished.emit(model_id, result)
            self.results_changed.emit()
        else:  # too late: nobody may mistake it for the fit of the model as it is now
            self.cancelled.emit(model_id)

    def _on_failed(self, model_id: str, request: _Request, error: MixguiError) -> None:
        if self._end(model_id, request):
            self.failed.emit(model_id, error)

    def _on_cancelled(self, model_id: str, request: _Request) -> None:
        if self._end(model_id, request):
            self.cancelled.emit(model_id)

    def _end(self, model_id: str, request: _Request) -> bool:
        """Note that a fit is over; False if a newer fit of the model has taken its place."""
        running = self._running.get(model_id)
        if running is None or running[1] is not request:
            return False
        del self._running[model_id]
        return True

    def _on_project_changed(self) -> None:
        """Stop fits that nobody wants any more, and forget models that are gone."""
        for model_id, (job, request) in list(self._running.items()):
            if not self._is_current(model_id, request):
                job.cancel()
        for entry in self._document.project.models:  # undo may have brought a result back
            if (known := self.result(entry.id)) is not None:
                self._last[entry.id] = known
        self.results_changed.emit()


def _fit(spec: ModelSpec, dataset: Dataset, observer: Observer) -> ModelFit:
    """Fit by the models room, which is imported when it is first needed: it brings scipy and statsmodels."""
    from mixgui.models import fit

    return fit(spec, dataset, observer=observer)
