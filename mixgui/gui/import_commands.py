"""What the window does with the import dialog: open with options, paste, ask in doubt, change how a table was read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog

from mixgui.data.file_formats import dialog_filter
from mixgui.gui.import_dialog import ImportDialog
from mixgui.gui.start_page import dropped_files
from mixgui.services.document import Document
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.import_preview import ImportSource, Verdict
    from mixgui.gui.main_window import MainWindow

#: Steps that read, by the names of their classes.
READS = ("Read", "ReadText")


class ImportCommands(QObject):
    """Opens the import dialog for a window."""

    def __init__(self, window: MainWindow, document: Document, worker: Worker, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._document = document
        self._worker = worker
        self._settings = settings
        self._waiting: list[tuple[ImportSource, Verdict]] = []
        self._asking: QDialog | None = None
        window.opener.doubtful.connect(self.ask)
        window.opener.options_wanted.connect(self.show_file)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """Return what each command does."""
        return {
            "open_with": self.open_with_options,
            "paste": self.paste,
            "paste_with": self.paste_with_options,
            "edit_read": self.edit_read,
        }

    def connect_views(self) -> None:
        """Let the notes above the cells lead to the dialog."""
        self._window.data_tab.change_read.clicked.connect(self.edit_read)

    # --- opening ---

    def open_with_options(self) -> None:
        """Ask for a file, and show how it is read before it is opened."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open with options", str(self._settings.get("files/folder")), dialog_filter()
        )
        if name:
            self._settings.set("files/folder", str(Path(name).parent))
            self.show_file(Path(name))

    @Slot(object)
    def show_file(self, path: Path) -> ImportDialog:
        """Show how a file is read before it is opened."""
        dialog = ImportDialog(self._document, self._worker, path=str(path.absolute()), parent=self._window)
        self._show(f"import {path}", dialog)
        return dialog

    def paste(self) -> None:
        """Take a table from the clipboard; files that were copied in a file manager are opened."""
        data = QGuiApplication.clipboard().mimeData()
        files = dropped_files(data)
        if files:
            self._window.opener.open(files)
        else:
            self._window.messages.clear()
            self._document.paste(data.text(), data.html(), self.ask)

    def paste_with_options(self) -> None:
        """Show how the clipboard's table is read before it is taken."""
        data = QGuiApplication.clipboard().mimeData()
        dialog = ImportDialog(
            self._document, self._worker, text=data.text(), html=data.html(), parent=self._window
        )
        self._show("import pasted", dialog)

    @Slot(object, object)
    def ask(self, source: ImportSource, found: Verdict) -> None:
        """Let the user look at what is in doubt; of several files, at one after the other."""
        self._waiting.append((source, found))
        self._ask_next()

    @Slot()
    def _ask_next(self) -> None:
        if self._asking is not None or not self._waiting or not self._window.isVisible():
            return
        source, found = self._waiting.pop(0)
        dialog = ImportDialog(
            self._document,
            self._worker,
            source=source,
            found=found,
            reason=_reason(source, found),
            parent=self._window,
        )
        self._asking = dialog
        dialog.finished.connect(self._answered)
        self._show(f"import {id(dialog)}", dialog)

    @Slot()
    def _answered(self) -> None:
        self._asking = None
        QTimer.singleShot(0, self, self._ask_next)

    def _show(self, name: str, dialog: ImportDialog) -> None:
        dialog.opened.connect(self._remember)
        self._window.steps.show_dialog(name, dialog)

    @Slot(str)
    def _remember(self, path: str) -> None:
        if path:
            self._settings.add_recent(Path(path))

    # --- editing ---

    @Slot()
    def edit_read(self) -> None:
        """Change how the table that is looked at was read."""
        number = self._step_number()
        if number:
            self._window.steps.edit(number)
        else:
            self._window.messages.show_message(
                "This table was not read from a file.", "Choose the table that was.", "warning"
            )

    def _step_number(self) -> int:
        """Return the number of the step that read the table that is looked at; 0 if none did."""
        steps: tuple[Any, ...] = self._document.project.steps
        table = self._window.table
        found = [
            n for n, one in enumerate(steps, start=1) if type(one).__name__ in READS and one.output == table
        ]
        return found[-1] if found else 0

    def refresh(self) -> None:
        """Enable what can be done with the table that is looked at."""
        was_read = self._step_number() > 0
        self._window.data_tab.show_change_read(was_read)
        self._window.actions_by_id["edit_read"].setEnabled(was_read)


def editor(document: Document, worker: Worker, index: int, step: Any, parent: MainWindow) -> ImportDialog:
    """Return the dialog of a step that read."""
    path, text = getattr(step, "path", ""), getattr(step, "text", "")
    return ImportDialog(
        document, worker, path=path, text=text, options=step.options, index=index, parent=parent
    )


def _reason(source: ImportSource, found: Verdict) -> str:
    """Say why the user is asked."""
    if found.n_lost:
        what = "a cell would be lost" if found.n_lost == 1 else "some cells would be lost"
        return f"“{source.name}” is not opened yet: {what}. Look at the list, change how it is read, or open it so."
    return (
        f"“{source.name}” is not opened yet: look at what is in doubt, change how it is read, or open it so."
    )
