"""Opening and saving the document as a project file, beside the window.

The store knows which file the document belongs to and what was saved when. It never asks anything: what to do with
unsaved changes, or with a file that somebody else changed, is the window's question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mixgui.errors import MixguiError, ProjectFileError
from mixgui.observer import Observer, Progress
from mixgui.project.project import Step
from mixgui.services.document import Document, State
from mixgui.services.model_service import ModelService
from mixgui.services.worker import Job, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.models.notes import Note
    from mixgui.models.result import ModelFit
    from mixgui.models.spec import ModelSpec
    from mixgui.project.model_dict import SavedFit
    from mixgui.project.project_file import ProjectContent, View

SUFFIX = ".mixgui"
UNTITLED = "Untitled project"

Stamp = tuple[int, int]


@dataclass(frozen=True, eq=False)
class _Loaded:
    content: ProjectContent
    tables: Mapping[str, Dataset]
    stamp: Stamp | None


@dataclass(frozen=True, eq=False)
class _Expected:
    """A fit that was saved: of which spec to which table, and where it ended."""

    spec: ModelSpec
    dataset: Dataset | None
    fit: SavedFit


class ProjectStore(QObject):
    """The document's file.

    Parameters
    ----------
    document : Document
    worker : Worker
    models : ModelService

    Signals
    -------
    changed()
        The file, its name, or whether there are unsaved changes: what a title shows.
    opened(ProjectContent)
        Another project is in the document (also after a restore).
    saved(Path)
    failed(MixguiError)
        Something was not opened or saved; document and file are as they were.
    not_as_saved(str, Note)
        Id of a model whose fit is not the one that was saved.

    Attributes
    ----------
    path : Path or None
        The project file.
    view : callable
        Returns what is looked at, to be saved.
    """

    changed = Signal()
    opened = Signal(object)
    saved = Signal(object)
    failed = Signal(object)
    not_as_saved = Signal(str, object)

    def __init__(
        self, document: Document, worker: Worker, models: ModelService, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._worker = worker
        self._models = models
        self.path: Path | None = None
        self.view: Callable[[], View | None] = lambda: None
        self._stamp: Stamp | None = None
        self._expected: dict[str, _Expected] = {}
        document.dirty_changed.connect(lambda dirty: self.changed.emit())
        document.project_changed.connect(self.changed)
        models.finished.connect(self._on_fitted)

    @property
    def name(self) -> str:
        """What the project is called: its file's name without the ending."""
        return UNTITLED if self.path is None else self.path.stem

    @property
    def empty(self) -> bool:
        """Whether there is nothing that could be saved."""
        project = self._document.project
        return not project.steps and not project.models

    @property
    def dirty(self) -> bool:
        """Whether there are changes that are not saved."""
        return self._document.dirty and not (self.empty and self.path is None)

    @property
    def would_lose(self) -> bool:
        """Whether more would be lost than files opened for a look, which can be opened again."""
        if not self.dirty:
            return False
        project = self._document.project
        return (
            self.path is not None or bool(project.models) or not all(map(_can_be_read_again, project.steps))
        )

    def changed_outside(self) -> bool:
        """Whether another program has changed the file since it was opened or saved."""
        if self.path is None or self._stamp is None:
            return False
        found = _stamp(self.path)
        return found is not None and found != self._stamp

    def content(self) -> ProjectContent:
        """Return all that is saved of the document as it is now."""
        from mixgui.project.project_file import ProjectContent, View

        state = self._document.state
        return ProjectContent(
            project=state.project,
            sources=state.sources,
            fits={entry.id: fit for entry in state.project.models if (fit := self._fit_of(entry.id))},
            view=self.view() or View(),
        )

    def new(self) -> None:
        """Begin an empty project without a file."""
        self._set_file(None, None)
        self._document.clear()
        self._expected = {}
        self.changed.emit()

    def save(self, path: Path | None = None, on_saved: Callable[[], object] | None = None) -> Job:
        """Write the document as it is now.

        Parameters
        ----------
        path : Path, optional
            The file; without it the one that the document belongs to.
        on_saved : callable, optional
            Called when the file is complete.
        """
        target = path or self.path
        if target is None:
            raise ValueError("the project has no file yet")
        content = self.content()

        def work(observer: Observer) -> Stamp | None:
            from mixgui.project.project_file import save_project

            save_project(target, content, observer)
            return _stamp(target)

        def done(stamp: Stamp | None) -> None:
            self._set_file(target, stamp)
            self._document.mark_saved(content.project)
            self.saved.emit(target)
            self.changed.emit()
            if on_saved is not None:
                on_saved()

        return self._worker.run(
            work,
            lane="file",
            description=f"Saving {target.name}",
            owner=self,
            on_done=done,
            on_failed=lambda error: self.failed.emit(_reassured(error)),
        )

    def open(self, path: Path, on_failed: Callable[[], object] | None = None) -> Job:
        """Read a project and put it in place of the document."""
        path = path.absolute()

        def work(observer: Observer) -> _Loaded:
            from mixgui.project.project_file import load_project

            stamp = _stamp(path)
            content = load_project(path, observer)
            return _Loaded(content, content.tables(observer), stamp)

        def failed(error: MixguiError) -> None:
            self.failed.emit(error)
            if on_failed is not None:
                on_failed()

        return self._worker.run(
            work,
            lane="data",
            key="open project",
            description=f"Opening {path.name}",
            owner=self,
            on_done=lambda loaded: self._show(loaded, path, saved=True),
            on_failed=failed,
        )

    def restore(self, folder: Path, on_done: Callable[[], object]) -> Job:
        """Put what was saved aside in place of the document; it belongs to its file, with unsaved changes."""

        def work(observer: Observer) -> _Loaded:
            from mixgui.project.project_file import load_folder

            observer(Progress("Restoring"))
            content = load_folder(folder, observer)
            stamp = _stamp(Path(content.origin)) if content.origin else None
            return _Loaded(content, content.tables(observer), stamp)

        def done(loaded: _Loaded) -> None:
            origin = loaded.content.origin
            self._show(loaded, Path(origin) if origin else None, saved=False)
            on_done()

        return self._worker.run(
            work,
            lane="data",
            key="open project",
            description="Restoring",
            owner=self,
            on_done=done,
            on_failed=self.failed.emit,
        )

    # How it works.

    def _show(self, loaded: _Loaded, path: Path | None, *, saved: bool) -> None:
        """Put a project in the document under ids of its own, and fit again what was fitted."""
        content = loaded.content
        ids = self._document.new_model_ids(len(content.project.models))
        new = dict(zip((entry.id for entry in content.project.models), ids, strict=True))
        models = tuple(replace(entry, id=new[entry.id]) for entry in content.project.models)
        self._set_file(path, loaded.stamp)
        project = replace(content.project, models=models)
        fits = {new[key]: fit for key, fit in content.fits.items() if key in new}
        self._expected = {
            entry.id: _Expected(entry.spec, loaded.tables.get(entry.spec.table), fits[entry.id])
            for entry in models
            if entry.id in fits
        }
        self._document.load(State(project, loaded.tables, content.sources), saved=saved)
        view = replace(content.view, model=new.get(content.view.model, ""))
        self.opened.emit(replace(content, project=project, view=view))
        self.changed.emit()
        first = [view.model] if view.model in self._expected else []
        for model_id in [*first, *(one for one in list(self._expected) if one not in first)]:
            self._models.fit(model_id)

    def _set_file(self, path: Path | None, stamp: Stamp | None) -> None:
        self.path, self._stamp = path, stamp

    def _fit_of(self, model_id: str) -> SavedFit | None:
        from mixgui.project.model_dict import SavedFit

        fit = self._models.result(model_id)
        if fit is not None:
            theta = () if fit.lmm is None else tuple(float(value) for value in fit.lmm.theta)
            return SavedFit(theta, float(fit.criterion))
        expected = self._expected.get(model_id)  # not fitted again yet
        return expected.fit if expected is not None and self._holds(model_id, expected) else None

    def _holds(self, model_id: str, expected: _Expected) -> bool:
        """Whether a model and its table are still those of the saved fit."""
        project = self._document.project
        if not project.has_model(model_id) or project.model(model_id).spec != expected.spec:
            return False
        return self._document.tables.get(expected.spec.table) is expected.dataset

    def _on_fitted(self, model_id: str, fit: ModelFit) -> None:
        """Compare a fit with the saved one, once, in the worker."""
        expected = self._expected.pop(model_id, None)
        if expected is None or not self._holds(model_id, expected):
            return

        def work(observer: Observer) -> Note | None:
            from mixgui.models.saved_fit import compare_saved

            return compare_saved(fit, expected.fit.theta, expected.fit.criterion)

        def done(note: Note | None) -> None:
            if note is not None and self._document.project.has_model(model_id):
                self.not_as_saved.emit(model_id, note)

        self._worker.run(work, lane="fit", owner=self, on_done=done)


def _can_be_read_again(step: Step) -> bool:
    path = getattr(step, "path", "")
    return type(step).__name__ == "Read" and bool(path) and Path(path).is_file()


def _stamp(path: Path) -> Stamp | None:
    """Return what changes when somebody writes the file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _reassured(error: MixguiError) -> MixguiError:
    """Say that nothing is lost."""
    return ProjectFileError(f"{error.message} Your work is still here, not saved yet.", error.hint)
