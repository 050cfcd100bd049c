"""What the window does with steps: dialogs from the menus, menus of columns, editing and removing earlier steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QDialog, QMenu, QToolButton

from mixgui.gui.import_commands import READS, editor
from mixgui.gui.join_edit import EditJoinDialog
from mixgui.gui.step_dialog import StepDialog
from mixgui.gui.step_forms.kinds import KINDS, StepKind, kind_of
from mixgui.gui.theme import icon
from mixgui.services.document import Document
from mixgui.services.worker import Job, JobState, Worker

if TYPE_CHECKING:
    from mixgui.gui.main_window import MainWindow


class StepCommands(QObject):
    """Opens the dialogs of steps for a window, and does what needs no dialog."""

    def __init__(self, window: MainWindow, document: Document, worker: Worker) -> None:
        super().__init__(window)
        self._window = window
        self._document = document
        self._worker = worker
        self._dialogs: dict[str, QDialog] = {}
        self._removing: dict[Job, tuple[int, Any]] = {}
        worker.finished.connect(self._job_ended)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """Return what each command of the steps does."""
        return {f"step_{one.id}": partial(self.open, one) for one in KINDS}

    def connect_views(self) -> None:
        """Fill the menus of columns, the button above the data and the steps of the side list."""
        tab, side = self._window.data_tab, self._window.side_list
        tab.view.menu_requested.connect(self.fill_column_menu)
        columns = tab.columns.view
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns.customContextMenuRequested.connect(self._panel_menu)
        self._fill_button(tab.steps_button)
        side.can_edit = self.can_edit
        side.edit_step_requested.connect(self.edit)
        side.remove_step_requested.connect(self.remove)
        side.copy_step_requested.connect(self.copy_sentence)

    def refresh(self) -> None:
        """Enable what can be done now."""
        tables = self._document.tables
        for one in KINDS:
            enough = len(tables) > (1 if one.id in ("stack_rows", "look_up") else 0)
            self._window.actions_by_id[f"step_{one.id}"].setEnabled(enough)
        self._window.data_tab.steps_button.setEnabled(bool(tables))

    def tells(self) -> bool:
        """Whether a dialog waits for its step and tells itself why it is refused."""
        return any(getattr(self._dialog(name), "waiting", False) for name in self._dialogs)

    # --- dialogs ---

    def open(self, one: StepKind, column: str = "") -> StepDialog:
        """Show the dialog of a new step for the table that is looked at."""
        table = self._window.table
        old = self._dialog(one.id)
        if isinstance(old, StepDialog):
            if column:
                old.start_with(table, column)
            _to_front(old)
            return old
        dialog = StepDialog(
            self._document, self._worker, one, table=table, column=column, parent=self._window
        )
        self.show_dialog(one.id, dialog)
        return dialog

    @Slot(int)
    def edit(self, number: int) -> None:
        """Show a step that was done (by its number from 1) in its dialog."""
        steps = self._document.project.steps
        if not 0 < number <= len(steps):
            return
        old = self._dialog(f"edit {number}")
        if old is not None:
            _to_front(old)
            return
        step = steps[number - 1]
        dialog = self._editor(number - 1, step)
        if dialog is None:
            self._window.messages.show_message(
                f"Step {number} (“{step.describe()}”) cannot be edited.",
                "Remove it, or go back to here and do it otherwise.",
            )
        else:
            self.show_dialog(f"edit {number}", dialog)

    def can_edit(self, step: Any) -> bool:
        """Whether a step has a dialog."""
        return kind_of(step) is not None or type(step).__name__ in ("Join", *READS)

    def _editor(self, index: int, step: Any) -> QDialog | None:
        """Return the dialog of a step that was done; None if it has none."""
        one = kind_of(step)
        if one is not None:
            return StepDialog(self._document, self._worker, one, index=index, parent=self._window)
        if type(step).__name__ in READS:
            return editor(self._document, self._worker, index, step, self._window)
        if type(step).__name__ == "Join":
            return EditJoinDialog(self._document, self._worker, index, self._window)
        return None

    @Slot(int)
    def remove(self, number: int) -> None:
        """Take a step out; later ones are done again without it."""
        if not 0 < number <= len(self._document.project.steps):
            return
        step = self._document.project.steps[number - 1]
        job = self._document.remove_step(number - 1)
        self._removing[job] = (number, step)

    @Slot(object)
    def _job_ended(self, job: Job) -> None:
        """Offer, when later steps need the one that was to go, to leave these out too."""
        number, step = self._removing.pop(job, (0, None))
        if not number or job.state is not JobState.FAILED:
            return
        messages, steps = self._window.messages, self._document.project.steps
        if number > len(steps) or steps[number - 1] != step:
            return
        messages.show_message(
            messages.text,
            severity="error",
            action="Remove it and the steps that need it",
            on_action=lambda: self._document.remove_step(number - 1, drop_broken=True),
        )

    @Slot(int)
    def copy_sentence(self, number: int) -> None:
        """Put a step's sentence on the clipboard."""
        steps = self._document.project.steps
        if 0 < number <= len(steps):
            QGuiApplication.clipboard().setText(steps[number - 1].describe())
            self._window.messages.show_message("Copied the sentence of the step.", severity="success")

    def close_all(self) -> None:
        """Close every dialog."""
        for dialog in list(self._dialogs.values()):
            if shiboken6.isValid(dialog):
                dialog.close()

    def _dialog(self, name: str) -> QDialog | None:
        dialog = self._dialogs.get(name)
        return dialog if dialog is not None and shiboken6.isValid(dialog) and dialog.isVisible() else None

    def show_dialog(self, name: str, dialog: QDialog) -> None:
        """Show a dialog that changes the data; it is closed with the window."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialogs[name] = dialog
        dialog.finished.connect(lambda _: self._dialogs.pop(name, None))
        _to_front(dialog)

    # --- menus ---

    @Slot(str, object)
    def fill_column_menu(self, column: str, menu: QMenu) -> None:
        """Offer what can be done with a column."""
        if not menu.isEmpty():
            menu.addSeparator()
        for one in KINDS:
            if one.column:
                self._add(menu, one.id, one.picture, one.column, partial(self.open, one, column))
        menu.addSeparator()
        self._add(menu, "sort_up", "sort", "Sort ascending", lambda: self._sort(column, ascending=True))
        self._add(
            menu, "sort_down", "sort_down", "Sort descending", lambda: self._sort(column, ascending=False)
        )
        menu.addSeparator()
        self._add(menu, "remove", "delete", "Remove", lambda: self._remove_column(column))

    def _add(self, menu: QMenu, name: str, picture: str, text: str, does: Callable[[], object]) -> None:
        action = QAction(icon(picture), text, menu)
        action.setObjectName(f"column_{name}")
        action.triggered.connect(lambda checked=False: does())
        menu.addAction(action)

    @Slot(QPoint)
    def _panel_menu(self, place: QPoint) -> None:
        """Show the menu of a column in the list of columns."""
        view = self._window.data_tab.columns.view
        index = view.indexAt(place) if view.indexAt(place).isValid() else view.currentIndex()
        if not index.isValid():
            return
        menu = QMenu(view)
        menu.setObjectName("column_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_column_menu(str(index.data()), menu)
        menu.popup(view.viewport().mapToGlobal(place))

    def _fill_button(self, button: QToolButton) -> None:
        menu = QMenu(button)
        menu.setObjectName("steps_menu")
        menu.setToolTipsVisible(True)
        for one in KINDS:
            if one.group and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(self._window.actions_by_id[f"step_{one.id}"])
        button.setMenu(menu)

    # --- steps that ask nothing ---

    def _sort(self, column: str, *, ascending: bool) -> None:
        from mixgui.data.row_steps import Sort

        self._document.run_step(Sort(self._window.table, ((column, ascending),)))

    def _remove_column(self, column: str) -> None:
        from mixgui.data.column_steps import RemoveColumns

        self._document.run_step(RemoveColumns(self._window.table, (column,)))


def _to_front(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
