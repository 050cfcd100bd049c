"""What the import dialog asks of the worker: the first rows at once, then all of them. The latest question wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from mixgui.observer import Observer, Progress
from mixgui.project.project import free_name
from mixgui.services.reading import PASTED
from mixgui.services.worker import Job, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.import_preview import Glance, ImportSource, Verdict
    from mixgui.data.read_options import ReadOptions


class ImportLooks(QObject):
    """Looks at a file, or at pasted text, in the worker.

    Parameters
    ----------
    worker : Worker
    make_source : callable
        Returns what is read; called in the worker, because it needs pandas.
    parent : QObject
    source : ImportSource, optional
        What is read, if this is known already.

    Signals
    -------
    glanced(Glance), judged(Verdict)
        The first rows; all of them.
    refused(MixguiError)
        It cannot be read so.
    progressed(float or None)
        How much of all rows has been read.
    stopped()
        The user stopped the check of all rows.
    """

    glanced = Signal(object)
    judged = Signal(object)
    refused = Signal(object)
    progressed = Signal(object)
    stopped = Signal()

    def __init__(
        self,
        worker: Worker,
        make_source: Callable[[], ImportSource],
        parent: QObject,
        source: ImportSource | None = None,
    ) -> None:
        super().__init__(parent)
        self._worker = worker
        self._make = make_source
        self._source = source
        self._asked: list[Job] = []

    @property
    def source(self) -> ImportSource | None:
        """What is read; None before it was looked at."""
        return self._source

    def look(self, options: ReadOptions | None, *, part: bool = False) -> None:
        """Read the first rows.

        Parameters
        ----------
        options : ReadOptions or None
            How; None to guess it.
        part : bool
            Only the chosen file, sheet or table of the options counts: guess the rest.
        """

        def work(observer: Observer) -> Glance:
            from mixgui.data.import_preview import glance

            return glance(self._made(), options, observer, part=part)

        self.stop()
        self._run(work, "look", "Looking at the file", self.glanced.emit)

    def check(self, options: ReadOptions) -> None:
        """Read all rows, to tell what does not fit before the table is opened."""

        def work(observer: Observer) -> Verdict:
            from mixgui.data.import_preview import verdict

            return verdict(self._made(), options, observer)

        self._run(work, "check", "Checking all rows", self.judged.emit, self._progress)

    def stop(self) -> None:
        """Forget what was asked."""
        asked, self._asked = self._asked, []
        for job in asked:
            job.cancel()

    def _made(self) -> ImportSource:
        if self._source is None:
            self._source = self._make()
        return self._source

    def _run(
        self,
        work: Callable[[Observer], Any],
        name: str,
        words: str,
        done: Callable[[Any], object],
        progress: Callable[[Progress], object] | None = None,
    ) -> None:
        def cancelled() -> None:
            if job in self._asked:  # by the user: what this object stops is forgotten before
                self.stopped.emit()

        job = self._worker.run(
            work,
            lane="data",
            key=f"import_{name}_{id(self)}",
            description=words,
            owner=self,
            on_done=done,
            on_failed=self.refused.emit,
            on_progress=progress,
            on_cancelled=cancelled,
        )
        self._asked = [one for one in self._asked if not one.state.final] + [job]

    def _progress(self, progress: Progress) -> None:
        self.progressed.emit(progress.fraction)


def table_name(path: str, options: ReadOptions | None, taken: Iterable[str]) -> str:
    """Return a name that no table has, after the file, or the file in an archive, that is read."""
    file = (options.member if options is not None else "") or path
    return free_name(Path(file).name.split(".")[0] or (PASTED if not file else "table"), set(taken))
