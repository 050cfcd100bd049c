"""New, open, save, close, restore: everything about the project file that the window asks and tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QVBoxLayout

from mixgui.errors import MixguiError
from mixgui.gui.about_dialog import check_for_updates
from mixgui.gui.icons import icon
from mixgui.gui.restore_bar import RestoreBar
from mixgui.gui.theme import DOUBLE
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.project_store import SUFFIX, ProjectStore
from mixgui.services.selection import Selection
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:
    from mixgui.gui.main_window import MainWindow
    from mixgui.models.notes import Note
    from mixgui.project.project_file import ProjectContent, View
    from mixgui.services.journal import Journal, Leftover

PROJECT_FILTER = f"MixGUI projects (*{SUFFIX})"
_BUTTON = QMessageBox.StandardButton
_RECENT_SHOWN = 10

Then = Callable[[], object]


class ProjectCommands(QObject):
    """The window's commands for projects.

    Attributes
    ----------
    store : ProjectStore
    restore_bar : RestoreBar
    closing : bool
        The window may close without a question.
    """

    def __init__(
        self,
        window: MainWindow,
        document: Document,
        worker: Worker,
        models: ModelService,
        selection: Selection,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._document = document
        self._worker = worker
        self._selection = selection
        self._settings = settings
        self._not_as_saved: list[str] = []
        self._discarded: list[Leftover] = []
        self._restored: list[tuple[Leftover, int]] = []  # and how often it had been saved aside before
        self._journal: Journal | None = None
        self.closing = False
        self.store = ProjectStore(document, worker, models, self)
        self.store.view = self._view
        self.restore_bar = RestoreBar(window)
        self.restore_bar.restore_requested.connect(self.restore)
        self.restore_bar.discard_requested.connect(self.discard)
        self.store.changed.connect(self.refresh)
        self.store.opened.connect(self._on_opened)
        self.store.saved.connect(self._on_saved)
        self.store.failed.connect(self._on_failed)
        self.store.not_as_saved.connect(self._on_not_as_saved)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """Return what each command does."""
        return {
            "new_project": self.new,
            "close_all": self.new,
            "save": self.save,
            "save_as": self.save_as,
            "reload": self.reload,
            "updates": lambda: check_for_updates(self._window.messages),
        }

    def attach(self, menu: QMenu) -> None:
        """Take a place in the finished window: recent files in the File menu, the bar at the top."""
        actions = self._window.actions_by_id
        self.recent_menu = QMenu("Open recent", menu)
        self.recent_menu.setObjectName("menu_recent")
        self.recent_menu.setIcon(icon("recent"))
        self.recent_menu.setToolTipsVisible(True)
        self.recent_menu.aboutToShow.connect(self._fill_recent)
        after = menu.actions()[menu.actions().index(actions["open"]) + 1]
        menu.insertMenu(after, self.recent_menu)
        self._settings.changed.connect(self._on_setting)
        centre = self._window.centralWidget()
        layout = None if centre is None else centre.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(0, self.restore_bar)
        self.refresh()

    def watch(self, journal: Journal) -> None:
        """Tell when work cannot be saved aside, and forget what was restored once it is saved aside anew."""
        self._journal = journal
        journal.failed.connect(self._on_failed)
        journal.written.connect(self._on_saved_aside)

    # --- commands ---

    def new(self) -> None:
        """Begin with an empty project."""
        self.leave(self._new)

    def _new(self) -> None:
        self.store.new()
        self._window.messages.clear()

    def open(self, path: Path) -> None:
        """Open a project in place of this one."""
        self.leave(lambda: self._open(path))

    def _open(self, path: Path) -> None:
        self._not_as_saved = []
        self._window.messages.clear()
        self.store.open(path, on_failed=lambda: self._forget_missing(path))

    def save(self, then: Then | None = None) -> None:
        """Save; ask for a name if there is none yet, or if somebody else has changed the file."""
        path = self.store.path
        if path is None:
            self.save_as(then)
        elif self.store.changed_outside():
            self._ask_overwrite(
                f"“{path.name}” was changed by another program.",
                "It is not as you opened or saved it last. Saving replaces what the other program wrote.",
                path,
                then,
            )
        else:
            self.store.save(on_saved=then)

    def save_as(self, then: Then | None = None) -> None:
        """Ask for a name and save."""
        dialog = QFileDialog(self._window, "Save project", str(self._suggestion().parent), PROJECT_FILTER)
        dialog.setObjectName("save_project_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(self._suggestion().name)
        dialog.fileSelected.connect(lambda name: self.save_to(Path(name), then))
        dialog.open()

    def save_to(self, path: Path, then: Then | None = None) -> None:
        """Save under a name; it gets the ending of projects if it has another one."""
        self._settings.set("files/folder", str(path.parent))
        if path.suffix.lower() != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
            if path.exists():  # the dialog has asked about another name
                text = f"There is already a file “{path.name}”."
                self._ask_overwrite(text, "Saving replaces it.", path, then)
                return
        self.store.save(path, then)

    def reload(self) -> None:
        """Read the file of the table that is looked at again; later steps are done again with it."""
        index = self._read_step()
        if index is None:
            self._window.messages.show_message(
                "This table was not read from a file.",
                "Choose the table that was, and reload that.",
                "warning",
            )
        else:
            self._document.reload_step(index)

    def _read_step(self) -> int | None:
        """Return the place of the step that read the table that is looked at, or of the only one that read."""
        steps = self._document.project.steps
        reads = [i for i, step in enumerate(steps) if type(step).__name__ == "Read"]
        own = [i for i in reads if steps[i].output == self._window.table]
        return own[-1] if own else reads[0] if len(reads) == 1 else None

    def restore(self, leftover: Leftover) -> None:
        """Put what was saved aside in place of the document."""
        self.leave(lambda: self._restore(leftover))

    def _restore(self, leftover: Leftover) -> None:
        self._not_as_saved = []
        self.store.restore(leftover.folder, lambda: self._on_restored(leftover))

    def discard(self, leftover: Leftover) -> None:
        """Remove what was saved aside, when the program ends: until then it can be brought back."""
        self.restore_bar.take(leftover)
        self._discarded.append(leftover)
        self._window.messages.show_message(
            "The unsaved work was discarded.",
            action="Keep it",
            on_action=lambda: self._keep(leftover),
        )

    def _keep(self, leftover: Leftover) -> None:
        self._discarded = [one for one in self._discarded if one is not leftover]
        self.restore_bar.offer([leftover])

    def offer(self, leftovers: Sequence[Leftover]) -> None:
        """Offer what crashed sessions have left."""
        self.restore_bar.offer(leftovers)

    def close(self) -> None:
        """The program ends: what was discarded goes, what was not decided waits for the next start."""
        for leftover in (*self._discarded, *(one for one, _ in self._restored)):
            leftover.discard()
        for leftover in self.restore_bar.offers:
            leftover.release()
        self._discarded, self._restored = [], []

    # --- unsaved changes ---

    def leave(self, then: Then) -> None:
        """Do something that ends this project, after asking what to do with unsaved changes."""
        if not self.store.would_lose:
            then()
            return
        box = self._box(f"Save the changes to “{self.store.name}”?", "Otherwise they are lost.")
        box.setObjectName("unsaved_dialog")
        box.setStandardButtons(_BUTTON.Save | _BUTTON.Discard | _BUTTON.Cancel)
        box.setDefaultButton(_BUTTON.Save)
        names = {"save": _BUTTON.Save, "discard": _BUTTON.Discard, "cancel": _BUTTON.Cancel}
        for name, button in names.items():
            box.button(button).setObjectName(f"unsaved_{name}")
        box.button(_BUTTON.Discard).setText("Don’t save")

        def finished(result: int) -> None:
            if result == _BUTTON.Save:
                self.save(then)
            elif result == _BUTTON.Discard:
                then()

        self._show_box(box, finished)

    def may_close(self) -> bool:
        """Whether the window may close now; if not, it is closed later or stays, as the user decides."""
        if self.closing or not self.store.would_lose:
            return True
        self.leave(self._close)
        return False

    def _close(self) -> None:
        self.closing = True
        self._window.close()

    def _ask_overwrite(self, text: str, more: str, path: Path, then: Then | None) -> None:
        box = self._box(text, more)
        box.setObjectName("overwrite_dialog")
        replace = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
        replace.setObjectName("overwrite_replace")
        other = box.addButton("Save as…", QMessageBox.ButtonRole.AcceptRole)
        other.setObjectName("overwrite_save_as")
        box.addButton(_BUTTON.Cancel).setObjectName("overwrite_cancel")
        box.setDefaultButton(other)

        def finished(result: int) -> None:
            if box.clickedButton() is replace:
                self.store.save(path, then)
            elif box.clickedButton() is other:
                self.save_as(then)

        self._show_box(box, finished)

    def _box(self, text: str, more: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("MixGUI")
        box.setText(text)
        box.setInformativeText(more)
        return box

    def _show_box(self, box: QMessageBox, finished: Callable[[int], object]) -> None:
        """Ask without stopping the program; a question that was open before is withdrawn."""
        for old in self._window.findChildren(QMessageBox):
            if (
                old.objectName() in ("unsaved_dialog", "overwrite_dialog")
                and old is not box
                and old.isVisible()
            ):
                old.close()
        box.finished.connect(finished)
        layout = box.layout()
        if layout is not None:
            layout.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        box.open()

    # --- what the window shows ---

    @Slot()
    def refresh(self) -> None:
        """Show the name, whether there are unsaved changes, and what can be done."""
        store = self.store
        nothing = store.empty and store.path is None
        self._window.setWindowTitle("MixGUI" if nothing else f"{store.name}[*] – MixGUI")
        self._window.setWindowModified(store.dirty)
        self._window.setWindowFilePath("" if store.path is None else str(store.path))
        actions = self._window.actions_by_id
        for name in ("new_project", "close_all", "save_as"):
            actions[name].setEnabled(not nothing)
        actions["reload"].setEnabled(bool(self._document.tables))
        actions["save"].setEnabled(not nothing and (store.dirty or store.path is None))
        self.recent_menu.menuAction().setEnabled(bool(self._settings.get("files/recent")))

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        if name == "files/recent":
            self.recent_menu.menuAction().setEnabled(bool(value))

    def _fill_recent(self) -> None:
        menu = self.recent_menu
        menu.clear()
        paths = [Path(name) for name in self._settings.get("files/recent")][:_RECENT_SHOWN]
        names = [path.name for path in paths]
        for number, path in enumerate(paths, start=1):
            text = path.name if names.count(path.name) == 1 else f"{path.name} ({path.parent.name})"
            picture = "project" if path.suffix.lower() == SUFFIX else "file"
            action = QAction(icon(picture), text.replace("&", "&&"), menu)
            action.setObjectName(f"action_recent_{number}")
            action.setToolTip(str(path))
            action.triggered.connect(lambda checked=False, path=path: self._window.opener.open([path]))
            menu.addAction(action)
        menu.addSeparator()
        forget = menu.addAction("Clear this list")
        forget.setObjectName("action_recent_clear")
        forget.triggered.connect(lambda: self._settings.set("files/recent", ()))

    @Slot(object)
    def _on_opened(self, content: ProjectContent) -> None:
        """Look at what was looked at when the project was saved."""
        view, window = content.view, self._window
        if view.table in self._document.tables:
            window.set_table(view.table)
        if self._document.project.has_model(view.model):
            window.model_tab.show_model(view.model)
        for index in range(window.tabs.count()):
            tab = window.tabs.widget(index)
            if tab is not None and tab.objectName() == view.tab:
                window.tabs.setCurrentIndex(index)
        if view.factor and view.level:
            self._selection.choose(view.factor, view.level)
        if self.store.path is not None and not self.store.dirty:
            self._settings.add_recent(self.store.path)
        project = self._document.project
        counted = [
            f"{count} {word}{'' if count == 1 else 's'}"
            for count, word in ((len(self._document.tables), "table"), (len(project.models), "model"))
            if count
        ]
        what = f": {' and '.join(counted)}" if counted else ""
        window.messages.show_message(f"Opened {self.store.name}{what}.", severity="success")

    def _on_restored(self, leftover: Leftover) -> None:
        """Tell it; what was saved aside stays until this session has saved it aside itself."""
        self.restore_bar.take(leftover)
        self._restored.append((leftover, 0 if self._journal is None else self._journal.begun))
        self._window.messages.show_message(
            "Your unsaved work is back.", "Save the project to keep it (Ctrl+S).", severity="success"
        )

    @Slot(int)
    def _on_saved_aside(self, begun: int) -> None:
        for leftover, before in self._restored:
            if begun > before:
                leftover.discard()
        self._restored = [(leftover, before) for leftover, before in self._restored if begun <= before]

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._settings.add_recent(path)
        self._settings.set("files/folder", str(path.parent))
        self._window.messages.show_message(f"Saved {path.name}.", severity="success")

    @Slot(object)
    def _on_failed(self, error: MixguiError) -> None:
        self._window.messages.show_error(error)

    @Slot(str, object)
    def _on_not_as_saved(self, model_id: str, note: Note) -> None:
        name = self._document.project.model(model_id).name
        self._not_as_saved.append(f"Model {name}: {note.text}")
        self._window.messages.show_message("\n".join(self._not_as_saved[:2]), severity="warning")

    # --- helpers ---

    def _view(self) -> View | None:
        from mixgui.project.project_file import View

        window, selection = self._window, self._selection
        tab = window.tabs.currentWidget()
        level = selection.level if isinstance(selection.level, str) else ""
        return View(
            table=window.table,
            model=window.model_tab.model_id,
            tab="" if tab is None else tab.objectName(),
            factor=selection.factor or "",
            level=level,
        )

    def _suggestion(self) -> Path:
        """Return a name for the project: its own, or the first table's where the data came from."""
        if self.store.path is not None:
            return self.store.path
        name = next(iter(self._document.tables), "project")
        folder = str(self._settings.get("files/folder"))
        home = Path(folder) if folder and Path(folder).is_dir() else Path.home()
        return home / f"{name}{SUFFIX}"

    def _forget_missing(self, path: Path) -> None:
        """Take a project that is gone out of the recent files."""
        if not path.exists():
            others = tuple(one for one in self._settings.get("files/recent") if one != str(path))
            self._settings.set("files/recent", others)
