"""The list at the left: tables, steps done so far, models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QFont, QIcon
from PySide6.QtWidgets import QFrame, QMenu, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from mixgui.gui.data_tab import size_text
from mixgui.gui.status import spinner_picture
from mixgui.gui.theme import SPACE, colors, icon, no_margins, set_kind
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService

TABLES, STEPS, MODELS = "Tables", "Steps", "Models"
_EMPTY = {TABLES: "no table yet", STEPS: "nothing done yet", MODELS: "no model yet"}

_KEY = Qt.ItemDataRole.UserRole + 1
_SECTION = Qt.ItemDataRole.UserRole + 2
_TURN_MS = 100
_ICON = 16


class SideList(QFrame):
    """Shows and chooses what the project has.

    Signals
    -------
    table_chosen(str), model_chosen(str)
        The user went to a table, or to a model (its id).
    rename_table_requested(str), remove_table_requested(str), join_requested(str)
    rename_model_requested(str), remove_model_requested(str), duplicate_model_requested(str)
        From the menu of an entry.
    edit_step_requested(int), remove_step_requested(int), copy_step_requested(int)
        From the menu of a step, by its number from 1; also from a double-click or Enter.
    """

    table_chosen = Signal(str)
    model_chosen = Signal(str)
    rename_table_requested = Signal(str)
    remove_table_requested = Signal(str)
    join_requested = Signal(str)
    rename_model_requested = Signal(str)
    remove_model_requested = Signal(str)
    duplicate_model_requested = Signal(str)
    edit_step_requested = Signal(int)
    remove_step_requested = Signal(int)
    copy_step_requested = Signal(int)

    def __init__(self, document: Document, models: ModelService, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side_list")
        set_kind(self, "side")
        self._document = document
        self._models = models
        self._seen_steps: tuple[Any, ...] = ()
        self.can_edit: Callable[[Any], bool] = lambda step: True  # whoever opens the dialogs knows
        self._current_table = ""
        self._current_model = ""
        self._turn = 0
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("project_tree")
        self.tree.setAccessibleName("Tables, steps and models")
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(1)
        self.tree.setIndentation(0)
        self.tree.setRootIsDecorated(False)
        self.tree.setItemsExpandable(False)
        self.tree.setIconSize(QSize(_ICON, _ICON))
        self.tree.setUniformRowHeights(False)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self.tree.itemClicked.connect(self._chosen)
        self.tree.itemActivated.connect(self._activated)
        self._sections = {name: self._make_section(name) for name in (TABLES, STEPS, MODELS)}
        column = QVBoxLayout(self)
        no_margins(column, 0)
        column.addWidget(self.tree)
        self._timer = QTimer(self)
        self._timer.setInterval(_TURN_MS)
        self._timer.timeout.connect(self._on_turn)
        document.tables_changed.connect(self._refresh_tables)
        # While undo runs, the stack does not know yet what redo will do: look when it is over.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._refresh_steps)
        document.project_changed.connect(self._later.start)
        document.undo_stack.changed.connect(self._refresh_steps)
        document.destroyed.connect(self._later.stop)
        document.models_changed.connect(self._refresh_models)
        for signal in (models.started, models.finished, models.failed, models.cancelled):
            signal.connect(self._refresh_models)
        models.results_changed.connect(self._refresh_models)
        self._refresh_tables()
        self._refresh_steps()
        self._refresh_models()

    def set_current(self, table: str, model: str) -> None:
        """Mark the table and the model that the tabs show."""
        self._current_table, self._current_model = table, model
        self._mark()

    def texts(self, section: str) -> list[str]:
        """Return the entries of a section as they are read."""
        entries = self._entries(section)
        return [entry.text(0) for entry in entries if entry.data(0, _KEY) is not None]

    def item(self, section: str, key: object) -> QTreeWidgetItem | None:
        """Return the entry of a table (by name), step (by number from 1) or model (by id)."""
        return next((one for one in self._entries(section) if one.data(0, _KEY) == key), None)

    # --- filling ---

    def _make_section(self, name: str) -> QTreeWidgetItem:
        section = QTreeWidgetItem(self.tree, [name])
        section.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = QFont(self.tree.font())
        font.setWeight(QFont.Weight.DemiBold)
        section.setFont(0, font)
        section.setSizeHint(0, QSize(0, SPACE * 5))
        section.setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        section.setExpanded(True)
        return section

    def _entries(self, section: str) -> list[QTreeWidgetItem]:
        top = self._sections[section]
        found = [top.child(i) for i in range(top.childCount())]
        return [one for one in found if one is not None]

    def _fill(self, section: str, entries: list[QTreeWidgetItem]) -> None:
        top = self._sections[section]
        top.takeChildren()
        if not entries:
            hint = QTreeWidgetItem([_EMPTY[section]])
            hint.setFlags(Qt.ItemFlag.NoItemFlags)
            entries = [hint]
        for entry in entries:
            entry.setData(0, _SECTION, section)
            entry.setSizeHint(0, QSize(0, SPACE * 7 // 2))
        top.addChildren(entries)
        top.setExpanded(True)
        self._mark()

    @Slot()
    def _refresh_tables(self) -> None:
        entries = []
        for name, dataset in self._document.tables.items():
            entry = QTreeWidgetItem([name])
            entry.setIcon(0, icon("table"))
            entry.setData(0, _KEY, name)
            entry.setToolTip(0, "\n".join(filter(None, [name, size_text(dataset), dataset.source])))
            entries.append(entry)
        self._fill(TABLES, entries)

    @Slot()
    def _refresh_steps(self) -> None:
        """Show the steps done, and in grey those that redo would bring back."""
        done = self._document.project.steps
        undone: tuple[Any, ...] = ()
        if self._document.undo_stack.can_redo() and self._seen_steps[: len(done)] == done:
            undone = self._seen_steps[len(done) :]
        else:
            self._seen_steps = done
        entries = []
        for number, step in enumerate((*done, *undone), start=1):
            entry = QTreeWidgetItem([f"{number}  {step.describe()}"])
            entry.setData(0, _KEY, number)
            waiting = number > len(done)
            if waiting:
                entry.setForeground(0, QBrush(QColor(colors().disabled)))
            verb = "Redo up to here" if waiting else "Edit"
            entry.setToolTip(0, f"{step.describe()}\n{verb}: double-click or Enter")
            said = f"Step {number}{', undone' if waiting else ''}: {step.describe()}"
            entry.setData(0, Qt.ItemDataRole.AccessibleTextRole, said)
            entries.append(entry)
        self._fill(STEPS, entries)

    @Slot()
    def _refresh_models(self, *ignored: object) -> None:
        entries = []
        for one in self._document.project.models:
            entry = QTreeWidgetItem([one.name])
            entry.setData(0, _KEY, one.id)
            running = self._models.is_running(one.id)
            fitted = self._models.result(one.id) is not None
            state = "being fitted" if running else ("fitted" if fitted else "not fitted")
            entry.setIcon(0, self._model_icon(running, fitted))
            entry.setToolTip(0, f"{one.spec.formula}\nTable: {one.spec.table}\n{state}")
            entry.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{one.name}, {state}")
            entries.append(entry)
        self._fill(MODELS, entries)
        if self._models.is_running():
            self._timer.start()
        else:
            self._timer.stop()

    def _model_icon(self, running: bool, fitted: bool) -> QIcon:
        if running:
            return QIcon(spinner_picture(_ICON, self._turn, self.devicePixelRatioF()))
        return icon("check", "success") if fitted else icon("model", "muted")

    @Slot()
    def _on_turn(self) -> None:
        self._turn += 1
        for entry in self._entries(MODELS):
            key = entry.data(0, _KEY)
            if key is not None and self._models.is_running(str(key)):
                entry.setIcon(0, self._model_icon(True, False))

    def _mark(self) -> None:
        """Show the current table and model in bold."""
        if not hasattr(self, "_sections"):
            return
        for section, current in ((TABLES, self._current_table), (MODELS, self._current_model)):
            for entry in self._entries(section):
                font = QFont(self.tree.font())
                font.setBold(bool(current) and entry.data(0, _KEY) == current)
                entry.setFont(0, font)

    # --- choosing ---

    @Slot(QTreeWidgetItem, int)
    def _chosen(self, entry: QTreeWidgetItem, column: int) -> None:
        key, section = entry.data(0, _KEY), entry.data(0, _SECTION)
        if section == TABLES and key is not None:
            self.table_chosen.emit(str(key))
        elif section == MODELS and key is not None:
            self.model_chosen.emit(str(key))

    @Slot(QTreeWidgetItem, int)
    def _activated(self, entry: QTreeWidgetItem, column: int) -> None:
        if entry.data(0, _SECTION) != STEPS or entry.data(0, _KEY) is None:
            self._chosen(entry, column)
            return
        number = int(entry.data(0, _KEY))
        if number > len(self._document.project.steps):
            self.go_to_step(number)
        else:
            self.edit_step_requested.emit(number)

    def go_to_step(self, number: int) -> None:
        """Undo or redo until this many steps are done."""
        stack = self._document.undo_stack
        while len(self._document.project.steps) > number and stack.can_undo():
            stack.undo()
        while len(self._document.project.steps) < number and stack.can_redo():
            stack.redo()

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        entry = self.tree.itemAt(place)
        menu = None if entry is None else self.menu_of(entry)
        if menu is not None:
            menu.popup(self.tree.viewport().mapToGlobal(place))

    def menu_of(self, entry: QTreeWidgetItem) -> QMenu | None:
        """Return the menu of an entry, or None if it has none."""
        key, section = entry.data(0, _KEY), entry.data(0, _SECTION)
        if key is None:
            return None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if section == STEPS:
            self._fill_step_menu(menu, int(key))
            return menu
        if section == TABLES:
            entries: tuple[tuple[str, str, Any], ...] = (
                ("Join with another table…", "join", self.join_requested),
                ("Rename…", "rename", self.rename_table_requested),
                ("Remove", "delete", self.remove_table_requested),
            )
        else:
            entries = (
                ("Duplicate", "copy", self.duplicate_model_requested),
                ("Rename…", "rename", self.rename_model_requested),
                ("Remove", "delete", self.remove_model_requested),
            )
        for text, picture, signal in entries:
            action = menu.addAction(icon(picture), text)
            action.triggered.connect(lambda checked=False, signal=signal: signal.emit(str(key)))
        return menu

    def _fill_step_menu(self, menu: QMenu, number: int) -> None:
        """Offer what can be done with a step."""
        done = len(self._document.project.steps)
        if number <= done:
            for text, picture, signal in (
                ("Edit…", "edit", self.edit_step_requested),
                ("Remove", "delete", self.remove_step_requested),
                ("Copy sentence", "copy", self.copy_step_requested),
            ):
                action = menu.addAction(icon(picture), text)
                action.setEnabled(text != "Edit…" or self.can_edit(self._document.project.steps[number - 1]))
                action.triggered.connect(lambda checked=False, signal=signal: signal.emit(number))
        if number != done:
            if number < done:
                menu.addSeparator()
            text = "Go back to here" if number < done else "Redo up to here"
            action = menu.addAction(icon("undo" if number < done else "redo"), text)
            action.triggered.connect(lambda checked=False: self.go_to_step(number))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Write the steps that are undone in the grey of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_later"):
            self._later.start()
