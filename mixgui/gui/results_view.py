"""The results of a fit as cards, with the numbers that a reader looks for first in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QComboBox, QScrollArea, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from mixgui.gui.codebook_words import fit_words
from mixgui.gui.group_chooser import GroupChooser
from mixgui.gui.group_view import EquationCard, GroupView
from mixgui.gui.inference_view import InferenceView
from mixgui.gui.ols_groups_view import OlsGroupsView
from mixgui.gui.results_frames import ResultFrames, interval_headings
from mixgui.gui.results_header import ResultsHeader
from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import SPACE, make_heading, make_muted, no_margins
from mixgui.services.selection import Selection
from mixgui.services.settings import OPTIONS, Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset

_NOTHING = "Results appear here."
_WHAT_TO_DO = (
    "Choose an outcome and predictors at the left, or type a formula above, then press Fit (Ctrl+Enter)."
)
_FEWEST_ROWS = 4
# What an ordinary regression's summary shows in a second row of numbers, because one would be too long.
_SECOND = ("logLik", "AIC", "AICc", "BIC", "deviance", "p_log10")
_SHARES = "Shares leave out the covariances and depend on the scale and the zero of the predictors."


class ResultsView(QWidget):
    """Head and tabs of a result.

    Signals
    -------
    tab_changed(str)
        The words of the tab that is shown.
    """

    tab_changed = Signal(str)

    def __init__(
        self, worker: Worker, settings: Settings, selection: Selection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("results_view")
        self._settings = settings
        self._selection = selection
        self._frames: ResultFrames | None = None
        self.chooser = GroupChooser(selection, self)
        self.header = ResultsHeader(self.chooser, self)
        self.fixed = TableCard("Fixed effects", self, name="fixed_effects", searchable=False)
        self.ddf = _df_chooser(settings, self)
        self.fixed.add_tool("p-values", self.ddf)
        self.equation = EquationCard("Fitted equation", "fitted_equation", self)
        self.variance = TableCard("Variance components", self, name="variance_components", searchable=False)
        self.summary = TableCard("Model summary", self, name="model_summary", searchable=False)
        self.support = TableCard("Likelihood and information criteria", self, name="model_support")
        self.random = TableCard("Random effects", self, name="random_effects", max_rows=8)
        self.group = GroupView(selection, self)
        self.inference = InferenceView(worker, settings, self)
        self.ols_groups = OlsGroupsView(worker, selection, self)
        self._build()
        self.random.row_chosen.connect(self._on_row)
        self.ols_groups.filled.connect(self._pages["OLS per group"].fit_long_table)
        self.chooser.factor_changed.connect(self._fill_random)
        selection.changed.connect(self._light)
        settings.changed.connect(self._on_setting)
        self._set_digits(int(settings.get("numbers/digits")))
        self.set_frames(None)

    def _build(self) -> None:
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("results_tabs")
        self.tabs.setDocumentMode(True)
        self._pages = {
            "Fixed effects": _Page(self, [self.fixed, self.equation]),
            "Variance": _Page(self, [self.variance, self.summary]),
            "Random effects": _Page(self, [self.random], self.random),
            "Groups": _Page(self, [self.group]),
            "Inference": _Page(self, [self.inference]),
            "Model summary": _Page(self, [self.support]),
            "OLS per group": _Page(self, [self.ols_groups], self.ols_groups.table),
        }
        self.tabs.currentChanged.connect(lambda at: self.tab_changed.emit(self.tabs.tabText(at)))
        self._empty = QWidget(self)
        words = QVBoxLayout(self._empty)
        words.addStretch(1)
        for label in (make_heading(_NOTHING, 2, self._empty), make_muted(_WHAT_TO_DO, self._empty)):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words.addWidget(label)
        words.addStretch(1)
        result = QWidget(self)
        column = QVBoxLayout(result)
        no_margins(column, SPACE // 2)
        column.addWidget(self.header)
        column.addWidget(self.tabs, 1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(result)
        layout = QVBoxLayout(self)
        no_margins(layout)
        layout.addWidget(self._stack)

    # --- what is shown ---

    def set_frames(
        self,
        frames: ResultFrames | None,
        name: str = "",
        dataset: Dataset | None = None,
        orders: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Show the tables of a fit.

        Parameters
        ----------
        frames : ResultFrames or None
        name : str
            What the model is called.
        dataset : Dataset, optional
            The table that was fitted, for an ordinary regression in each group.
        orders : mapping, optional
            Grouping factor (of the model, or a likely one for an ordinary regression) -> its groups.
        """
        self._frames = frames
        self._stack.setCurrentIndex(0 if frames is None else 1)
        if frames is None:
            self.chooser.set_groups({})
            self.group.set_frames(None)
            self.inference.set_fit(None)
            self.ols_groups.set_fit(None, None, ())
            return
        mixed = frames.fit.kind == "lmm"
        self.header.set_fit(name, frames.fit)
        self.fixed.set_title("Fixed effects" if mixed else "Coefficients")
        notes = (frames.ddf_note,) if frames.ddf_note else ()
        words = fit_words(frames.fit, dataset)
        tips = {str(term): words.of_term(str(term)) for term in frames.fixed["term"]}
        tips = {term: said for term, said in tips.items() if said}
        self.fixed.set_frame(frames.fixed, notes, headings=interval_headings(frames.level), tips=tips)
        self.fixed.show_tools(mixed)
        self.equation.label.set_equation(frames.equation)
        second = [] if mixed else [name for name in frames.summary if name in _SECOND]
        self.summary.set_frame(frames.summary.drop(columns=second))
        self.support.set_frame(frames.summary[second] if second else None)
        if frames.variance is not None:
            self.variance.set_frame(frames.variance, notes=_share_notes(frames), tips=tips)
        mine = {factor: list(table.frame.index) for factor, table in frames.random.items()}
        self.chooser.set_groups(mine if mixed else dict(orders or {}))
        self.chooser.setVisible(bool(mine or orders))
        self.group.set_frames(frames)
        self.inference.set_fit(frames.fit)
        self.ols_groups.set_fit(None if mixed else frames.fit, dataset, tuple(orders or ()))
        self._arrange_tabs(mixed)
        self._fill_random()

    def _arrange_tabs(self, mixed: bool) -> None:
        """Offer the tabs that the kind of model has; the one shown stays if it can."""
        if mixed:
            wanted = ["Fixed effects", "Variance", "Random effects", "Groups", "Inference"]
            self._pages["Variance"].column.insertWidget(1, self.summary)
        else:
            wanted = ["Fixed effects", "Model summary", "OLS per group", "Inference"]
            self._pages["Model summary"].column.insertWidget(0, self.summary)
        titles = [("Coefficients" if name == "Fixed effects" and not mixed else name) for name in wanted]
        if [self.tabs.tabText(at) for at in range(self.tabs.count())] == titles:
            return
        shown = self.tabs.currentWidget()
        self.tabs.blockSignals(True)
        self.tabs.clear()
        for name, title in zip(wanted, titles, strict=True):
            self.tabs.addTab(self._pages[name], title)
        if shown is not None and self.tabs.indexOf(shown) >= 0:
            self.tabs.setCurrentWidget(shown)
        self.tabs.blockSignals(False)

    @property
    def frames(self) -> ResultFrames | None:
        """The tables that are shown."""
        return self._frames

    def show_tab(self, words: str) -> None:
        """Show the tab with these words."""
        for at in range(self.tabs.count()):
            if self.tabs.tabText(at) == words:
                self.tabs.setCurrentIndex(at)

    def cards(self) -> list[TableCard]:
        """Return the table cards of the tab that is shown, from above."""
        page = self.tabs.currentWidget()
        if self._frames is None or page is None:
            return []
        found = page.findChildren(TableCard)
        return sorted(
            (one for one in found if one.isVisible()), key=lambda one: one.mapTo(page, one.pos()).y()
        )

    # --- groups ---

    @Slot()
    def _fill_random(self) -> None:
        table = self._frames.random.get(self.chooser.factor) if self._frames is not None else None
        if table is None:
            return
        self.random.set_title(f"Random effects by {self.chooser.factor}")
        self.random.set_frame(table.frame, index_label=self.chooser.factor, headings=table.headings)
        self._pages["Random effects"].fit_long_table()
        self._light()

    @Slot(object)
    def _on_row(self, key: object) -> None:
        self._selection.choose(self.chooser.factor, key)

    @Slot()
    def _light(self) -> None:
        factor = self.chooser.factor
        level = self._selection.chosen(factor) if factor else None
        self.random.set_highlight(None if level is None else str(level))

    # --- settings ---

    def _set_digits(self, digits: int) -> None:
        for card in self.findChildren(TableCard):
            card.set_digits(digits)

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        if name == "numbers/digits" and isinstance(value, int):
            self._set_digits(value)
        elif name == "statistics/ddf":
            self.ddf.setCurrentIndex(max(self.ddf.findData(value), 0))


def _df_chooser(settings: Settings, parent: QWidget) -> QComboBox:
    """Return the list of the methods by which fixed effects are tested; it is the setting itself."""
    option = next(one for one in OPTIONS if one.name == "statistics/ddf")
    box = QComboBox(parent)
    box.setObjectName("fixed_effects_ddf")
    box.setAccessibleName(option.title)
    box.setToolTip(option.help)
    for value, title in option.choices:
        box.addItem(title, value)
    box.setCurrentIndex(max(box.findData(settings.get(option.name)), 0))
    box.activated.connect(lambda at: settings.set(option.name, box.itemData(at)))
    return box


class _Page(QScrollArea):
    """A tab: cards from above, scrolled when there is no room.

    One long table may take the height that is left, so that there is one scroll bar and not one in another.
    """

    def __init__(self, parent: QWidget, cards: Sequence[QWidget], long: TableCard | None = None) -> None:
        super().__init__(parent)  # a tab that is not shown must belong to somebody, too
        self.hide()
        self._long = long
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.NoRole)
        body = QWidget(self)
        self.column = QVBoxLayout(body)
        self.column.setContentsMargins(0, SPACE, 0, SPACE)
        self.column.setSpacing(SPACE)
        for card in cards:
            self.column.addWidget(card)
        self.column.addStretch(1)
        self.setWidget(body)
        self._body = body

    def fit_long_table(self) -> None:
        """Give the long table as many rows as there is room for."""
        if self._long is None:
            return
        table = self._long.table
        beside = self._body.sizeHint().height() - (table.height() if not table.isHidden() else 0)
        head = table.horizontalHeader().sizeHint().height() + 2
        row = table.verticalHeader().defaultSectionSize()
        self._long.set_max_rows(max((self.viewport().height() - beside - head) // row, _FEWEST_ROWS))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fit the long table to the new height."""
        super().resizeEvent(event)
        self.fit_long_table()


def _share_notes(frames: ResultFrames) -> tuple[str, ...]:
    """Return the footnote that random slopes ask for."""
    slopes = any(set(table.terms) - {"(Intercept)"} for table in frames.random.values())
    return (_SHARES,) if slopes else ()
