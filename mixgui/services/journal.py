"""What is saved aside while somebody works, so that a crash costs nothing, and what earlier sessions have left.

Every running program has a folder of its own, locked as long as it runs: the parts of a project (as in the project
file, but loose), of which the data are written once and the description after each change. The user's own file is
never touched. A folder that is not locked was left by a program that crashed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from mixgui import paths
from mixgui.errors import MixguiError, ProjectFileError
from mixgui.observer import Observer, Progress
from mixgui.project.migrations import DESCRIPTION, migrate
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.project_store import ProjectStore
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.project.project_file import ProjectContent

DELAY_MS = 2000
_LOCK = "lock"


def journal_folder() -> Path:
    """Return the folder in which all running programs of this user save aside."""
    return paths.state() / "autosave"


@dataclass(frozen=True, eq=False)
class Leftover:
    """Work that a crashed program has left, and that nobody else can take meanwhile.

    Parameters
    ----------
    folder : Path
    written : str
        When it was saved aside: ISO date and time in UTC.
    origin : str
        The project file that it belongs to; empty if it was never saved.
    steps, models : int
        How many.
    tables : tuple of str
        Names of what was read.
    """

    folder: Path
    written: str
    origin: str
    steps: int
    models: int
    tables: tuple[str, ...]
    lock: QLockFile

    def discard(self) -> None:
        """Remove it for good."""
        self.lock.unlock()
        _remove(self.folder)

    def release(self) -> None:
        """Leave it for the next start."""
        self.lock.unlock()


def find_leftovers(folder: Path, observer: Observer) -> tuple[Leftover, ...]:
    """Return what crashed programs have left, the latest first; reads descriptions only.

    What is empty or cannot be read is removed: there is nothing in it that could be restored.
    """
    found = []
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        observer(Progress("Looking for unsaved work"))
        lock = _taken(place)
        if lock is None:
            continue
        try:
            data = _description(place)
            leftover = Leftover(
                folder=place,
                written=str(data["written"]),
                origin=str(data.get("origin", "")),
                steps=len(data["steps"]),
                models=len(data["models"]),
                tables=tuple(str(step["output"]) for step in data["steps"] if step.get("verb") == "read"),
                lock=lock,
            )
        except (
            OSError,
            ProjectFileError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            RecursionError,
        ):
            lock.unlock()
            _remove(place)
            continue
        found.append(leftover)
    return tuple(sorted(found, key=lambda one: one.written, reverse=True))


def _description(place: Path) -> dict[str, Any]:
    """Return the description of what was saved aside, without what takes long to import."""
    return migrate((json.loads((place / DESCRIPTION).read_text(encoding="utf-8"))), place.name)


def _taken(place: Path) -> QLockFile | None:
    """Lock a folder, unless the program that it belongs to still runs."""
    if not place.is_dir():
        return None
    lock = QLockFile(str(place / _LOCK))
    lock.setStaleLockTime(0)  # only the end of its program ends a lock, however old it is
    return lock if lock.tryLock(0) else None


def _refused(folder: Path, error: OSError) -> ProjectFileError:
    return ProjectFileError(
        f"Your work cannot be saved aside in “{folder}”: {error.strerror or error}.",
        "Save the project yourself now and then.",
    )


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


class Journal(QObject):
    """Saves the document aside a moment after each change, in the worker.

    Parameters
    ----------
    store : ProjectStore
    document : Document
    models : ModelService
    worker : Worker
    folder : Path, optional
        By default the one of this user.
    delay : int
        Milliseconds between a change and its writing; changes meanwhile are written together.

    Signals
    -------
    written(int)
        How many times it was begun to save aside when this time began.
    failed(MixguiError)
        It cannot be saved aside (once, until it works again).
    """

    written = Signal(int)
    failed = Signal(object)

    def __init__(
        self,
        store: ProjectStore,
        document: Document,
        models: ModelService,
        worker: Worker,
        folder: Path | None = None,
        delay: int = DELAY_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._worker = worker
        self._root = journal_folder() if folder is None else folder
        self.begun = 0
        self._place: Path | None = None
        self._lock: QLockFile | None = None
        self._sources: dict[Any, tuple[Dataset, dict[str, Any]]] = {}  # written by the worker's jobs only
        self._numbers = 0
        self._writing = False
        self._again = False
        self._told = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay)
        self._timer.timeout.connect(self.write)
        document.project_changed.connect(self._on_change)
        document.dirty_changed.connect(self._on_change)
        models.finished.connect(self._on_change)

    @property
    def others(self) -> bool:
        """Whether there is anything of other programs: a quick look."""
        with contextlib.suppress(OSError):
            return any(place != self._place for place in self._root.iterdir())
        return False

    def find_leftovers(self, observer: Observer) -> tuple[Leftover, ...]:
        """Return what crashed programs have left (in the worker)."""
        return find_leftovers(self._root, observer)

    @property
    def place(self) -> Path | None:
        """The folder of this program; None before anything was saved aside."""
        return self._place

    def write(self) -> None:
        """Save aside now, or remove what is there if nothing is unsaved."""
        self._timer.stop()
        if self._writing:
            self._again = True
            return
        if not self._store.dirty:
            self._forget()
            return
        content = self._store.content()
        origin = "" if self._store.path is None else str(self._store.path)
        self._writing = True
        self.begun += 1
        begun = self.begun
        self._worker.run(
            lambda observer: self._write(content, origin, observer),
            lane="file",
            owner=self,
            on_done=lambda _: self._on_written(begun),
            on_failed=self._on_failed,
            on_cancelled=self._ended,
        )

    def close(self) -> None:
        """Remove what was saved aside: the program ends as it should. The worker must have been shut down."""
        self._timer.stop()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
        if self._place is not None:
            _remove(self._place)
            self._place = None

    def _on_change(self, *_: object) -> None:
        if not self._timer.isActive():  # the first of several changes sets the time
            self._timer.start()

    def _write(self, content: ProjectContent, origin: str, observer: Observer) -> None:
        """Write what is new (in the worker)."""
        content = replace(content, origin=origin)
        place = self._own_place()
        try:
            self._write_into(place, content, observer)
        except OSError as error:
            raise _refused(place, error) from error

    def _write_into(self, place: Path, content: ProjectContent, observer: Observer) -> None:
        from mixgui.project.project_file import write_folder_description, write_folder_source

        for step in content.project.steps:
            data = content.sources.get(step)  # type: ignore[call-overload]
            known = self._sources.get(step)
            if data is None or (known is not None and known[0] is data):
                continue
            self._numbers += 1
            described = write_folder_source(place, self._numbers, step, data, observer)  # type: ignore[arg-type]
            self._sources[step] = (data, described)
        sources = {step: described for step, (_, described) in self._sources.items()}
        write_folder_description(place, content, sources)

    def _own_place(self) -> Path:
        if self._place is None:
            place = self._root / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
            try:
                place.mkdir(parents=True)
            except OSError as error:
                raise _refused(self._root, error) from error
            lock = QLockFile(str(place / _LOCK))
            lock.setStaleLockTime(0)
            lock.tryLock(0)
            self._place, self._lock = place, lock
        return self._place

    def _forget(self) -> None:
        """Remove the description: what is in the user's own file needs no restoring. The data stay for later."""
        if self._place is not None:
            with contextlib.suppress(OSError):
                (self._place / DESCRIPTION).unlink(missing_ok=True)

    def _on_written(self, begun: int) -> None:
        self._told = False
        self._ended()
        self.written.emit(begun)

    def _on_failed(self, error: MixguiError) -> None:
        if not self._told:
            self._told = True
            self.failed.emit(error)
        self._ended()

    def _ended(self) -> None:
        self._writing = False
        if self._again or not self._store.dirty:
            self._again = False
            self.write()
