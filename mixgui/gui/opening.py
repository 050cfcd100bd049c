"""Opening files and examples: which files, in which order, and what is said when they are there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from mixgui.data.examples import EXAMPLES
from mixgui.data.file_formats import all_endings, dialog_filter
from mixgui.gui.message_bar import MessageBar
from mixgui.services.document import Document
from mixgui.services.project_store import SUFFIX
from mixgui.services.settings import Settings
from mixgui.services.worker import Job, JobState, Worker


def open_filter() -> str:
    """Return the choices of the dialog that opens data and projects, in Qt's spelling."""
    every = " ".join(f"*{ending}" for ending in (*all_endings(), SUFFIX))
    return f"Data and projects ({every});;MixGUI projects (*{SUFFIX});;{dialog_filter()}"


class Opener(QObject):
    """Opens files into a document and remembers them as recent.

    Signals
    -------
    project_chosen(Path)
        A project is to take the place of what is open.
    options_wanted(Path)
        A file is to be opened with options.
    doubtful(ImportSource, Verdict)
        A file was not opened: its guess may be wrong, or cells would be lost. The user is to be asked.
    """

    project_chosen = Signal(object)
    options_wanted = Signal(object)
    doubtful = Signal(object, object)

    def __init__(
        self,
        document: Document,
        worker: Worker,
        settings: Settings,
        messages: MessageBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._settings = settings
        self._messages = messages
        self._jobs: dict[Job, Path] = {}
        self._in_doubt: set[str] = set()
        worker.finished.connect(self._on_finished)

    def ask(self, widget: QWidget) -> None:
        """Ask for files and open them."""
        names, _ = QFileDialog.getOpenFileNames(
            widget, "Open", str(self._settings.get("files/folder")), open_filter()
        )
        if names:
            self._settings.set("files/folder", str(Path(names[0]).parent))
            self.open([Path(name) for name in names])

    def open(self, files: Iterable[Path]) -> None:
        """Open files as tables, or a project; one that is not there is told and forgotten."""
        self._messages.clear()  # what is said from now on is about these files
        files = list(files)
        projects = [path for path in files if path.suffix.lower() == SUFFIX and path.is_file()]
        if projects and len(files) > 1:
            self._messages.show_message(
                "A project takes the place of what is open, so it is opened alone.",
                "Open the other files afterwards.",
                "warning",
            )
            return
        if projects:
            self.project_chosen.emit(projects[0])
            return
        missing = [path for path in files if not path.is_file()]
        found = [path for path in files if path.is_file()]
        if missing:
            recent = tuple(
                one
                for one in self._settings.get("files/recent")
                if one not in {str(path) for path in missing}
            )
            self._settings.set("files/recent", recent)
            self._tell_missing(missing)
        jobs = self._document.open_files(found, on_doubt=self._doubt)
        for path, job in zip(found, jobs, strict=True):
            self._jobs[job] = path

    def _doubt(self, source: Any, found: Any) -> None:
        self._in_doubt.add(source.path)
        self.doubtful.emit(source, found)

    @property
    def opening(self) -> bool:
        """Whether files are being opened."""
        return bool(self._jobs)

    def _offer_options(self, path: Path) -> None:
        """Let a file that could not be read as guessed be read otherwise; not when several errors are told."""
        bar = self._messages
        if bar.severity == "error" and bar.text and "\n" not in bar.text and path.is_file():
            bar.show_message(
                bar.text,
                severity="error",
                action="Open with options…",
                on_action=lambda: self.options_wanted.emit(path),
            )

    def _tell_missing(self, missing: list[Path]) -> None:
        if len(missing) == 1:
            text, hint = f"The file {missing[0]} is not there.", "It may have been moved or renamed."
        else:
            text = f"These files are not there: {', '.join(path.name for path in missing)}."
            hint = "They may have been moved or renamed."
        self._messages.show_message(text, hint, "error")

    def open_example(self, key: str) -> None:
        """Open the tables of a bundled example with what its codebook says."""
        example = next(one for one in EXAMPLES if one.id == key)
        book = example.codebook()
        self._document.open_files(example.files(), codebooks={name: book.of(name) for name in example.tables})

    @Slot(object)
    def _on_finished(self, job: Job) -> None:
        path = self._jobs.pop(job, None)
        if path is not None and job.state is JobState.FAILED:
            self._offer_options(path)
        if path is None or job.state is not JobState.DONE:
            return
        if str(path.absolute()) in self._in_doubt:
            self._in_doubt.discard(str(path.absolute()))
        else:
            self._settings.add_recent(path)
