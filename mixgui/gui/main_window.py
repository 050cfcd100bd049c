"""The main window: start page or tabs, side list, menus, messages. It decides nothing, it connects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWhatsThis,
    QWidget,
)

from mixgui.errors import MixguiError
from mixgui.gui.about_dialog import AboutDialog
from mixgui.gui.actions import COMMANDS, fill_menu_bar, make_actions
from mixgui.gui.codebook_commands import CodebookCommands
from mixgui.gui.data_tab import DataTab, size_text
from mixgui.gui.explore_commands import ExploreCommands
from mixgui.gui.icons import application_icon, icon
from mixgui.gui.import_commands import ImportCommands
from mixgui.gui.join_dialog import JoinDialog
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.model_tab import ModelTab
from mixgui.gui.opening import Opener
from mixgui.gui.plot_panel import PlotPanel
from mixgui.gui.preferences_dialog import PreferencesDialog
from mixgui.gui.project_commands import ProjectCommands
from mixgui.gui.side_list import SideList
from mixgui.gui.start_page import StartPage, dropped_files
from mixgui.gui.status import JobStatus
from mixgui.gui.step_commands import StepCommands
from mixgui.gui.theme import SPACE, no_margins, set_kind
from mixgui.gui.tour import Tour
from mixgui.gui.undo_actions import UndoAction
from mixgui.gui.window_state import remember_window, restore_window
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.selection import Selection
from mixgui.services.settings import OPTIONS, Settings
from mixgui.services.worker import Worker
from mixgui.turns import first

_DEFAULT_SIZE = (1280, 800)
_SIDE_WIDTH = 208


class MainWindow(QMainWindow):
    """The window of the program.

    Parameters
    ----------
    document : Document
    worker : Worker
    model_service : ModelService
    selection : Selection
    settings : Settings

    Attributes
    ----------
    messages : MessageBar
    data_tab : DataTab
    model_tab : ModelTab
    """

    def __init__(
        self,
        document: Document,
        worker: Worker,
        model_service: ModelService,
        selection: Selection,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("main_window")
        self.setWindowTitle("MixGUI")
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self._document = document
        self._worker = worker
        self._models = model_service
        self._settings = settings
        self._table = ""
        self._dialogs: dict[str, QDialog] = {}
        self.messages = MessageBar(self)
        self.status = JobStatus(worker, self)
        self.start_page = StartPage(settings, parent=self)
        self.data_tab = DataTab(document, worker, settings, self.messages, self)
        self.model_tab = ModelTab(document, worker, model_service, selection, settings, self.messages, self)
        self.explore = ExploreCommands(self, document, worker, selection, settings)
        self.side_list = SideList(document, model_service, self)
        self.opener = Opener(document, worker, settings, self.messages, self)
        self.projects = ProjectCommands(self, document, worker, model_service, selection, settings)
        self.steps = StepCommands(self, document, worker)
        self.imports = ImportCommands(self, document, worker, settings)
        self._lay_out()
        self.actions_by_id = make_actions(self, self._handlers())
        self._make_menus()
        self.tour = Tour(self, document, model_service)
        self._connect()
        self.resize(*_DEFAULT_SIZE)
        restore_window(self, (self.splitter, self.data_tab.splitter), settings)
        self._follow_document()

    @property
    def table(self) -> str:
        """Name of the table that is looked at; empty if there is none."""
        return self._table

    # --- building ---

    def _lay_out(self) -> None:
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("main_tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.data_tab, "Data")
        self.tabs.addTab(self.explore.tab, "Explore")
        self.tabs.addTab(self.model_tab, "Model")
        self.corner_label = QLabel(self.tabs)
        self.corner_label.setObjectName("active_table")
        self.corner_label.setContentsMargins(SPACE, 0, SPACE * 3 // 2, 0)
        self.corner_label.setMinimumHeight(SPACE * 9 // 2)
        set_kind(self.corner_label, "muted")
        self.tabs.setCornerWidget(self.corner_label)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setObjectName("main_splitter")
        self.splitter.addWidget(self.side_list)
        self.splitter.addWidget(self.tabs)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([_SIDE_WIDTH, _DEFAULT_SIZE[0] - _SIDE_WIDTH])
        self.side_list.setMinimumWidth(SPACE * 18)
        self.pages = QStackedWidget(self)
        self.pages.setObjectName("pages")
        self.pages.addWidget(self.start_page)
        self.pages.addWidget(self.splitter)
        bottom = QFrame(self)
        bottom.setObjectName("bottom_bar")
        set_kind(bottom, "bar")
        bottom.setMinimumHeight(SPACE * 9 // 2)
        row = QHBoxLayout(bottom)
        no_margins(row, 0)
        row.addWidget(self.messages, 1)
        row.addStretch(0)
        row.addWidget(self.status, 0, Qt.AlignmentFlag.AlignRight)
        whole = QWidget(self)
        column = QVBoxLayout(whole)
        no_margins(column, 0)
        column.addWidget(self.pages, 1)
        column.addWidget(bottom)
        self.setCentralWidget(whole)
        self._drop_sign = QLabel("Drop the files to open them", self)
        self._drop_sign.setObjectName("drop_sign")
        self._drop_sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_kind(self._drop_sign, "drop_sign")
        self._drop_sign.hide()

    def _handlers(self) -> dict[str, Callable[..., object]]:
        """Return what each command does; `make_actions` refuses a command without an entry here."""
        return {
            "open": lambda: self.opener.ask(self),
            "start": lambda: self.pages.setCurrentWidget(self.start_page),
            "export": self.export_current,
            **self.projects.handlers(),
            **self.imports.handlers(),
            "quit": self.close,
            "copy": self.copy_current,
            "preferences": self.show_preferences,
            "join": lambda: self.show_join(self._table),
            "rename_table": lambda: self.rename_table(self._table),
            "remove_table": lambda: self._document.remove_table(self._table),
            "export_table": self.data_tab.export,
            "fit": self.fit,
            "cancel": self.cancel,
            "new_model": self.new_model,
            "duplicate_model": self.model_tab.duplicate_model,
            "rename_model": lambda: self.rename_model(self.model_tab.model_id),
            "remove_model": lambda: self._document.remove_model(self.model_tab.model_id),
            "show_residuals": lambda: self._show_plots(self.model_tab.residuals),
            "show_random_effects": lambda: self._show_plots(self.model_tab.random_effects),
            "export_plot": lambda: self._plot_panel().export(),
            "copy_plot": lambda: self._plot_panel().copy_image(),
            "tab_data": lambda: self.show_tab(self.data_tab),
            **self.explore.handlers(),
            "tab_model": lambda: self.show_tab(self.model_tab),
            "side_list": self.side_list.setVisible,
            "columns": self.data_tab.show_columns,
            **CodebookCommands(self.data_tab, self.show_tab).handlers(),
            "help": self.show_help,
            "tour": lambda: self.tour.start(),
            "about": lambda: self._show_dialog("about", lambda: AboutDialog(self)),
            **self.steps.handlers(),
        }

    def _make_menus(self) -> None:
        menus = fill_menu_bar(self, self.actions_by_id, COMMANDS)
        self.projects.attach(menus["File"])
        stack, edit = self._document.undo_stack, menus["Edit"]
        self.undo_action = UndoAction(stack, redo=False, parent=self)
        self.undo_action.setShortcuts([QKeySequence("Ctrl+Z")])
        self.redo_action = UndoAction(stack, redo=True, parent=self)
        self.redo_action.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        for name, undo_or_redo in (("undo", self.undo_action), ("redo", self.redo_action)):
            undo_or_redo.setObjectName(f"action_{name}")
            undo_or_redo.setIcon(icon(name))
            edit.insertAction(edit.actions()[0] if name == "undo" else edit.actions()[1], undo_or_redo)
            self.actions_by_id[name] = undo_or_redo
        for name in ("side_list", "columns"):
            self.actions_by_id[name].setChecked(True)
        self.actions_by_id["value_labels"].setChecked(bool(self._settings.get("data/value_labels")))
        themes, group = menus["View"].addMenu("Theme"), QActionGroup(self)
        themes.setObjectName("menu_theme")
        option = next(one for one in OPTIONS if one.name == "appearance/theme")
        for mode, title in option.choices:
            action = QAction(title, group)
            action.setObjectName(f"theme_{mode}")
            action.setCheckable(True)
            action.setChecked(self._settings.get("appearance/theme") == mode)
            action.triggered.connect(lambda on=False, mode=mode: self._settings.set("appearance/theme", mode))
            themes.addAction(action)

    def _connect(self) -> None:
        document = self._document
        document.failed.connect(self._on_failed)
        document.tables_changed.connect(self._follow_document)
        document.models_changed.connect(self._refresh_actions)
        self._models.results_changed.connect(self._refresh_actions)
        document.table_added.connect(self._on_table_added)
        self.status.active_changed.connect(self._refresh_actions)
        self.tabs.currentChanged.connect(self._refresh_actions)
        self.opener.project_chosen.connect(self.projects.open)
        self.start_page.open_requested.connect(self.actions_by_id["open"].trigger)
        self.start_page.example_chosen.connect(self.opener.open_example)
        self.start_page.files_chosen.connect(self.opener.open)
        self.start_page.tour_requested.connect(self.actions_by_id["tour"].trigger)
        self.data_tab.open_requested.connect(self.actions_by_id["open"].trigger)
        self.data_tab.join_requested.connect(self.actions_by_id["join"].trigger)
        self.data_tab.model_requested.connect(self.actions_by_id["tab_model"].trigger)
        side = self.side_list
        side.table_chosen.connect(self._on_table_chosen)
        side.model_chosen.connect(self._on_model_chosen)
        side.join_requested.connect(self.show_join)
        side.rename_table_requested.connect(self.rename_table)
        side.remove_table_requested.connect(document.remove_table)
        side.rename_model_requested.connect(self.rename_model)
        side.remove_model_requested.connect(document.remove_model)
        side.duplicate_model_requested.connect(document.duplicate_model)
        self.model_tab.model_shown.connect(self._on_model_shown)
        self.steps.connect_views()
        self.imports.connect_views()
        self.explore.tab.shown.connect(self._refresh_actions)

    # --- what is looked at ---

    def set_table(self, name: str) -> None:
        """Look at a table in all tabs."""
        if name not in self._document.tables:
            name = ""
        self._table = name
        self.data_tab.set_table(name)
        self.explore.tab.set_table(name)
        if name and self.model_tab.table != name:
            self.model_tab.set_table(name)
        self._refresh_corner()

    def show_tab(self, tab: QWidget) -> None:
        """Bring a tab to the front, if there are data to look at."""
        if self._document.tables:
            self.pages.setCurrentWidget(self.splitter)
            self.tabs.setCurrentWidget(tab)

    def _refresh_corner(self) -> None:
        dataset = self._document.tables.get(self._table)
        self.corner_label.setText("" if dataset is None else f"{dataset.name}   {size_text(dataset)}")
        self.side_list.set_current(self._table, self.model_tab.model_id)
        self._refresh_actions()

    @Slot()
    def _follow_document(self) -> None:
        """Show the start page while there are no tables, and never a table that is gone."""
        tables, had_table = self._document.tables, bool(self._table)
        if self._table not in tables:
            self._table = next(reversed(list(tables)), "")
        self.set_table(self._table)
        if not tables:
            self.pages.setCurrentWidget(self.start_page)
        elif not had_table:  # opened, or brought back by redo
            self.pages.setCurrentWidget(self.splitter)

    @Slot(object)
    def _on_failed(self, error: MixguiError) -> None:
        """Tell an error; of files opened together, each one's; not what a step's dialog tells itself."""
        if self.steps.tells():
            return
        if self._keeps_error():
            self.messages.add_error(error)
        else:
            self.messages.show_error(error)

    def _keeps_error(self) -> bool:
        """Whether the error shown is about another of the files that are being opened: it must be read first."""
        return self.opener.opening and bool(self.messages.text) and self.messages.severity == "error"

    @Slot(str)
    def _on_table_added(self, name: str) -> None:
        self.set_table(name)
        self.show_tab(self.data_tab)
        if self._keeps_error():
            return
        dataset = self._document.tables[name]
        step = self._document.project.steps[-1]
        done = self._document.undo_stack.undo_text() or step.describe()  # may be an earlier step
        text = f"{done.rstrip('.')}: {size_text(dataset)}."
        several = len(self._document.tables) > 1 and type(step).__name__ == "Read"
        self.messages.show_message(
            text,
            severity="success",
            action="Join tables…" if several else "",
            on_action=self.actions_by_id["join"].trigger if several else None,
        )

    @Slot(str)
    def _on_table_chosen(self, name: str) -> None:
        self.set_table(name)
        self.show_tab(self.explore.tab if self.explore.in_front else self.data_tab)

    @Slot(str)
    def _on_model_chosen(self, model_id: str) -> None:
        self.model_tab.show_model(model_id)
        self.show_tab(self.model_tab)

    @Slot(str)
    def _on_model_shown(self, model_id: str) -> None:
        if self.model_tab.table != self._table and self.model_tab.table in self._document.tables:
            self._table = self.model_tab.table
            self.data_tab.set_table(self._table)
            self.explore.tab.set_table(self._table)
        self._refresh_corner()

    @Slot()
    def _refresh_actions(self) -> None:
        """Enable what can be done now."""
        tables, models = self._document.tables, self._document.project
        model = models.has_model(self.model_tab.model_id)
        for name in (
            "tab_data",
            "tab_explore",
            "tab_model",
            "rename_table",
            "remove_table",
            "export_table",
            "export",
            "copy",
        ):
            self.actions_by_id[name].setEnabled(bool(tables))
        for name in ("fit", "new_model", "side_list", "columns", "codebook", "checks"):
            self.actions_by_id[name].setEnabled(bool(tables))
        for name in ("duplicate_model", "rename_model", "remove_model"):
            self.actions_by_id[name].setEnabled(model)
        fit = self._models.last_result(self.model_tab.model_id) if model else None
        self.actions_by_id["show_residuals"].setEnabled(fit is not None)
        plot = self.explore.tab.has_plot if self.explore.in_front else fit is not None
        for name in ("export_plot", "copy_plot"):
            self.actions_by_id[name].setEnabled(plot)
        self.actions_by_id["show_random_effects"].setEnabled(fit is not None and fit.kind == "lmm")
        self.actions_by_id["join"].setEnabled(len(tables) > 1)
        self.actions_by_id["join"].setToolTip(
            "Put the columns of one table beside the rows of another (Ctrl+J)"
            if len(tables) > 1
            else "Open a second table to join them."
        )
        self.data_tab.join_button.setEnabled(len(tables) > 1)
        self.data_tab.join_button.setToolTip(self.actions_by_id["join"].toolTip())
        self.actions_by_id["cancel"].setEnabled(self.status.active)
        self.steps.refresh()
        self.imports.refresh()

    # --- commands ---

    def fit(self) -> None:
        """Fit the model that is shown."""
        self.show_tab(self.model_tab)
        self.model_tab.fit()

    def new_model(self) -> None:
        """Begin another model of the table that is looked at."""
        self.show_tab(self.model_tab)
        self.model_tab.new_model()

    def cancel(self) -> None:
        """Stop what the user waits for."""
        self.status.cancel()

    def export_current(self) -> None:
        """Export the table or plot that the user is at."""
        if self.tabs.currentWidget() is self.data_tab:
            self.data_tab.export()
        else:
            (self.explore.tab if self.explore.in_front else self.model_tab).export_current()

    def copy_current(self) -> None:
        """Copy the cells, table or plot that the user is at."""
        if self.tabs.currentWidget() is self.data_tab:
            self.data_tab.view.copy_cells()
        else:
            (self.explore.tab if self.explore.in_front else self.model_tab).copy_current()

    def show_join(self, table: str = "") -> None:
        """Open the join dialog, with a table at its left."""
        if len(self._document.tables) < 2:
            self.messages.show_message("A join needs two tables.", "Open another file first.", "warning")
            return
        old = self._dialogs.pop("join", None)
        if old is not None:
            old.close()
        dialog = JoinDialog(self._document, self._worker, table, self)
        self._show_dialog("join", lambda: dialog)

    def show_preferences(self) -> None:
        """Open the preferences."""
        self._show_dialog("preferences", lambda: PreferencesDialog(self._settings, self))

    def show_help(self) -> None:
        """Explain the widget that has the keyboard's focus."""
        widget = QApplication.focusWidget()
        place = widget or self
        text = ""
        while widget is not None and not text:
            text = widget.whatsThis() or widget.toolTip() or widget.accessibleDescription()
            widget = widget.parentWidget()
        fallback = "Move the focus to a control (Tab) and press F1: its explanation appears beside it."
        QWhatsThis.showText(place.mapToGlobal(place.rect().bottomLeft()), text or fallback, place)

    def rename_table(self, name: str) -> None:
        """Ask for another name of a table."""
        if name in self._document.tables:
            self._ask(
                "Rename table", "Name of the table:", name, lambda new: self._document.rename_table(name, new)
            )

    def rename_model(self, model_id: str) -> None:
        """Ask for another name of a model."""
        if self._document.project.has_model(model_id):
            old = self._document.project.model(model_id).name
            self._ask(
                "Rename model",
                "Name of the model:",
                old,
                lambda new: self._document.rename_model(model_id, new),
            )

    def _ask(self, title: str, label: str, text: str, then: Callable[[str], object]) -> None:
        """Ask for a line of text in a dialog that belongs to this window."""
        dialog = QInputDialog(self)
        dialog.setObjectName("ask_text")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.setTextValue(text)
        dialog.textValueSelected.connect(then)
        dialog.open()

    def _show_dialog(self, name: str, make: Callable[[], QDialog]) -> None:
        """Show a dialog that is not modal; asked for again, it comes to the front."""
        dialog = self._dialogs.get(name)
        if dialog is None:
            dialog = self._dialogs[name] = make()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _show_plots(self, panel: QWidget) -> None:
        self.show_tab(self.model_tab)
        self.model_tab.plots.setCurrentWidget(panel)

    def _plot_panel(self) -> PlotPanel:
        if self.explore.in_front:
            return self.explore.tab.panel
        tab = self.model_tab
        residuals = tab.plots.currentWidget() is tab.residuals
        return (tab.residuals if residuals else tab.random_effects).views.visible_panel()

    # --- files dropped, window closed ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files from a file manager."""
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()
            self._drop_sign.setGeometry(self.rect())
            self._drop_sign.raise_()
            self._drop_sign.show()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """Forget what went away."""
        self._drop_sign.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open the files."""
        self._drop_sign.hide()
        files: list[Path] = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.opener.open(files)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Ask what to do with unsaved changes; remember where the window was."""
        if not self.projects.may_close():
            event.ignore()
            return
        remember_window(self, (self.splitter, self.data_tab.splitter), self._settings)
        for dialog in self._dialogs.values():
            dialog.close()
        self.steps.close_all()
        super().closeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Lay out and paint before jobs in other threads go on."""
        if event.type() in (QEvent.Type.UpdateRequest, QEvent.Type.LayoutRequest):
            with first():
                return super().event(event)
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Let go of a picture of files that were dragged elsewhere."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and hasattr(self, "_drop_sign"):
            self._drop_sign.hide()
