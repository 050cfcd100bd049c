"""The Explore tab: look at the data before there is a model. A click on a variable shows its usual picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from mixgui.errors import MixguiError
from mixgui.gui.explore_choice import SPAGHETTI, Choice, Facts, choose, switch, valid
from mixgui.gui.explore_form import ExploreForm
from mixgui.gui.explore_looked import Explored, ExploreTable
from mixgui.gui.explore_making import exploring
from mixgui.gui.explore_options import ExploreOptions
from mixgui.gui.group_sample import GroupPicker
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.model_context import TableContext, finding_context
from mixgui.gui.plot_panel import PlotPanel
from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import SPACE, no_margins
from mixgui.services.document import Document
from mixgui.services.selection import Selection
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset

_EMPTY = (
    "Click a variable at the left to see how it is distributed.\n"
    "Hold Ctrl (⌘ on a Mac) and click another to see them together."
)
_CARDS = ("cross_table", "frequencies", "summary_by_time", "summary", "missing", "missing_patterns")
MOST_LIT = 7


class ExploreTab(QWidget):
    """Variables at the left; kind, picture and tables at the right.

    Signals
    -------
    shown()
        Another picture or other tables are shown.
    """

    shown = Signal()

    def __init__(
        self,
        document: Document,
        worker: Worker,
        selection: Selection,
        settings: Settings,
        messages: MessageBar,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("explore_tab")
        self._document, self._worker, self._selection = document, worker, selection
        self._settings, self._messages = settings, messages
        self._dataset: Dataset | None = None
        self._loaded: Dataset | None = None  # whose variables are listed
        self._choices: dict[str, Choice] = {}
        self._facts = Facts()
        self._explored: Explored | None = None
        self.form = ExploreForm(self)
        self.options = ExploreOptions(self)
        self.panel = PlotPanel(worker, settings, "explore_plot", "", self)
        self.cards = {name: self._make_card(name) for name in _CARDS}
        self._lay_out()
        self._connect()
        self._show_nothing(_EMPTY)

    def _make_card(self, name: str) -> TableCard:
        card = TableCard("", self, name=f"explore_{name}", max_rows=8)
        card.set_digits(int(self._settings.get("numbers/digits")))
        card.hide()
        return card

    def _lay_out(self) -> None:
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE)
        for card in self.cards.values():
            column.addWidget(card)
        column.addStretch(1)
        self.tables = QScrollArea(self)
        self.tables.setObjectName("explore_tables")
        self.tables.setAccessibleName("Tables")
        self.tables.setWidgetResizable(True)
        self.tables.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tables.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tables.setWidget(inside)
        self.down = QSplitter(Qt.Orientation.Vertical, self)
        self.down.setObjectName("explore_down")
        self.down.addWidget(self.panel)
        self.down.addWidget(self.tables)
        self.down.setChildrenCollapsible(False)
        self.down.setStretchFactor(0, 3)
        self.down.setStretchFactor(1, 2)
        self.down.setSizes([400, 240])
        right = QFrame(self)
        rows = QVBoxLayout(right)
        rows.setContentsMargins(SPACE, SPACE, SPACE, 0)
        rows.setSpacing(SPACE)
        rows.addWidget(self.options)
        rows.addWidget(self.down, 1)
        across = QSplitter(Qt.Orientation.Horizontal, self)
        across.setObjectName("explore_splitter")
        across.addWidget(self.form)
        across.addWidget(right)
        across.setChildrenCollapsible(False)
        across.setStretchFactor(0, 0)
        across.setStretchFactor(1, 1)
        across.setSizes([232, 816])
        self.form.setMinimumWidth(200)
        layout = QVBoxLayout(self)
        no_margins(layout, 0)
        layout.addWidget(across)

    def _connect(self) -> None:
        self.form.clicked.connect(self._on_clicked)
        self.form.role_changed.connect(self._on_role)
        self.options.kind_chosen.connect(self._on_kind)
        self.options.changed.connect(self._look)
        self.options.swap_requested.connect(self._on_swap)
        self.options.groups_requested.connect(self._on_groups)
        self.panel.picked.connect(self._on_picked)
        self.panel.cleared.connect(self._selection.clear)
        self.panel.export_failed.connect(self._messages.show_error)
        self.panel.exported.connect(
            lambda path: self._messages.show_message(f"Wrote {path}.", severity="success")
        )
        self._selection.changed.connect(self._on_selection)
        self._document.tables_changed.connect(self._refresh)
        self._settings.changed.connect(self._on_setting)

    # --- what others say ---

    def set_table(self, name: str) -> None:
        """Look at a table of the document; what was looked at before in it is shown again."""
        self._dataset = self._document.tables.get(name)
        if self.isVisible() or self._dataset is None:  # a table that is gone is not kept in memory
            self._load()

    @property
    def table(self) -> str:
        """Name of the table that is looked at; empty if none is."""
        return "" if self._dataset is None else self._dataset.name

    @property
    def choice(self) -> Choice:
        """What is looked at."""
        return self._choices.get(self.table, Choice())

    @property
    def has_plot(self) -> bool:
        """Whether there is a picture to take away."""
        return self.panel.content is not None

    @Slot()
    def export_current(self) -> None:
        """Export the table that has the keyboard's focus, else the picture, else the first table."""
        card = self._card_in_focus()
        if card is None and self.has_plot:
            self.panel.export()
        elif card is not None or self._first_card() is not None:
            (card or self._first_card()).export()  # type: ignore[union-attr]

    @Slot()
    def copy_current(self) -> None:
        """Copy the table that has the keyboard's focus, else the picture, else the first table."""
        card = self._card_in_focus()
        if card is None and self.has_plot:
            self.panel.copy_image()
        elif card is not None or self._first_card() is not None:
            (card or self._first_card()).copy()  # type: ignore[union-attr]

    def _first_card(self) -> TableCard | None:
        return next((card for card in self.cards.values() if not card.isHidden()), None)

    def _card_in_focus(self) -> TableCard | None:
        focus = QApplication.focusWidget()
        return next((card for card in self.cards.values() if focus and card.isAncestorOf(focus)), None)

    # --- the table ---

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Look at what was chosen while the tab was hidden."""
        super().showEvent(event)
        self._load()

    @Slot()
    def _refresh(self) -> None:
        """Follow a table that was changed under its name."""
        self._choices = {name: one for name, one in self._choices.items() if name in self._document.tables}
        self.set_table(self.table)

    def _load(self) -> None:
        """List the variables of the table and show what was looked at."""
        dataset = self._dataset
        if dataset is self._loaded:
            return
        self._loaded = dataset
        if dataset is None:
            self._facts = Facts()
            self.form.set_facts(self._facts)
            self._show_nothing(_EMPTY)
            return
        self._facts = Facts(dataset.variables)
        choice = valid(self.choice, self._facts)
        self._choices[dataset.name] = choice
        self.form.set_facts(self._facts)
        self._worker.run(
            finding_context(dataset, ()),
            lane="data",
            key="explore_context",
            description="Comparing columns with groups",
            owner=self,
            on_done=lambda context: self._on_context(dataset, context),
            on_failed=lambda error: None,  # the list then simply says no levels
        )
        self.form.select(choice)
        self._look(choice)

    def _on_context(self, dataset: Dataset, context: TableContext) -> None:
        if dataset is self._dataset:
            self._facts = Facts(dataset.variables, context.groups, context.levels)
            self.form.set_facts(self._facts)

    # --- the choice ---

    @Slot(list)
    def _on_clicked(self, names: list[str]) -> None:
        self._look(choose(names, self._facts, self.choice))

    @Slot(str)
    def _on_kind(self, kind: str) -> None:
        choice = switch(self.choice, kind, self._facts)
        self.form.select(choice)
        self._look(choice)

    @Slot(str, str)
    def _on_role(self, role: str, name: str) -> None:
        choice = self.choice.with_role(role, name)
        self.form.select(choice)
        self._look(choice)

    @Slot()
    def _on_swap(self) -> None:
        choice = self.choice
        one = self._facts.find(choice.x)
        if one is not None and one.is_numeric and choice.variable:
            self._look(replace(choice, variables=(choice.x,), x=choice.variable))

    @Slot()
    def _on_groups(self) -> None:
        """Open the list from which groups to light up are picked."""
        groups = self._explored.groups if self._explored is not None else ()
        keys = {name: key for key, name in groups}
        names = dict(groups)
        ticked = [names[key] for key in self.choice.chosen if key in names]
        dialog = GroupPicker(list(keys), ticked, self, most=MOST_LIT, none_words="None: no group is lit.")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda found: self._light([keys[name] for name in found if name in keys]))
        dialog.open()

    def _light(self, keys: list[str]) -> None:
        self._look(replace(self.choice, chosen=tuple(keys[:MOST_LIT])))

    @Slot(str)
    def _on_picked(self, name: str) -> None:
        """Choose the group whose line was clicked, in all tabs."""
        explored = self._explored
        if explored is not None and self.choice.kind == SPAGHETTI:
            key = next((key for key, shown in explored.groups if shown == name), name)
            self._selection.choose(self.choice.lines, key)

    @Slot(str, object)
    def _on_selection(self, factor: str, level: object) -> None:
        if self.choice.kind == SPAGHETTI and self.isVisible():
            self._look(self.choice)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Let Escape choose no group, wherever in the tab the keyboard is."""
        if event.key() == Qt.Key.Key_Escape and self._selection.level is not None:
            self._selection.clear()
        else:
            super().keyPressEvent(event)

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        if name == "numbers/digits":
            for card in self.cards.values():
                card.set_digits(int(str(value)))

    # --- looking ---

    @Slot(object)
    def _look(self, choice: Choice) -> None:
        """Ask the worker for tables and picture of a choice; an earlier answer that is still awaited is dropped."""
        dataset = self._dataset
        if dataset is None:
            return
        self._choices[dataset.name] = choice
        self.form.set_choice(choice)
        self.options.set_choice(choice, self._facts)
        if not choice.kind:
            self._worker.run(_nothing, lane="data", key="explore", owner=self)  # what is awaited is stale
            self._show_nothing(_EMPTY)
            return
        self.panel.set_previous(True)
        self._worker.run(
            exploring(dataset, self._with_selection(choice)),
            lane="data",
            key="explore",
            description=f"Looking at {choice.variable or dataset.name}",
            owner=self,
            on_done=lambda explored: self._on_explored(dataset, explored),
            on_failed=self._on_failed,
        )

    def _with_selection(self, choice: Choice) -> Choice:
        """Light the group that is chosen in the other tabs, too."""
        level = self._selection.chosen(choice.lines) if choice.lines else None
        if level is None or str(level) in choice.chosen:
            return choice
        return replace(choice, chosen=(*choice.chosen[: MOST_LIT - 1], str(level)))

    def _on_explored(self, dataset: Dataset, explored: Explored) -> None:
        if dataset is not self._dataset:
            return
        self._explored = explored
        self.panel.set_title(explored.title)
        if explored.plot is None:
            self.panel.show_empty(explored.sentence)
        else:
            self.panel.show_content(explored.plot)
        self._show_tables(explored.tables)
        self.shown.emit()

    def _on_failed(self, error: MixguiError) -> None:
        self._show_nothing(str(error))

    def _show_nothing(self, sentence: str) -> None:
        self._explored = None
        self.panel.set_title("")
        self.panel.show_empty(sentence)
        self._show_tables(())
        self.options.set_choice(self.choice, self._facts)
        self.form.set_choice(self.choice)
        self.shown.emit()

    def _show_tables(self, tables: tuple[ExploreTable, ...]) -> None:
        shown = {table.name: table for table in tables}
        for name, card in self.cards.items():
            table = shown.get(name)
            if table is not None:
                card.set_title(table.title)
                card.set_subtitle(table.subtitle)
                card.set_frame(table.frame, table.notes, headings=table.headings)
            elif card.frame is not None:
                card.set_frame(None)
            card.setVisible(table is not None)
        self.tables.setVisible(bool(tables))


def _nothing(observer: object) -> None:
    """Take the place of a job whose answer nobody wants any more."""
