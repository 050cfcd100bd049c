"""The random effects of a fit: caterpillar, density, Q-Q, for a grouping factor and a term of choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from mixgui.gui.codebook_words import FitWords, fit_words
from mixgui.gui.plot_panel import PlotContent, PlotPanel, look
from mixgui.gui.plot_views import OVERVIEW, PlotViews
from mixgui.gui.theme import HALF, SPACE
from mixgui.services.selection import Selection
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas and matplotlib
    import pandas as pd

    from mixgui.data.dataset import Dataset
    from mixgui.models.result import ModelFit
    from mixgui.plots.plot import Plot
    from mixgui.plots.style import PlotStyle

_TITLES = {"caterpillar": "Caterpillar", "density": "Density", "qq": "Normal Q-Q"}
_EMPTY = "Fit a mixed model to see its random effects."
_OLS = "An ordinary regression (OLS) has no random effects. Add a random term to let groups differ."


class RandomEffectsPanel(QWidget):
    """Three plots of the conditional modes, with a chosen group lit.

    Signals
    -------
    factor_changed(str)
        Another grouping factor is looked at.
    """

    factor_changed = Signal(str)

    def __init__(
        self, worker: Worker, settings: Settings, selection: Selection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("random_effects_panel")
        self._settings = settings
        self._selection = selection
        self._fit: ModelFit | None = None
        self._words = FitWords()
        self._frames: dict[tuple[str, float], pd.DataFrame] = {}
        self.panels = {
            view: PlotPanel(worker, settings, f"random_{view}", words, self)
            for view, words in _TITLES.items()
        }
        self.views = PlotViews("random_views", self.panels, _TITLES, tuple(_TITLES), self)
        self._factor = self._box("random_factor", "Grouping factor")
        self._term_label = QLabel("Term", self)
        self._term = self._box("random_term", "Term")
        for widget in (self._factor, self._term_label, self._term):
            self.views.bar.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, HALF, 0, 0)
        layout.addWidget(self.views)
        for panel in self.panels.values():
            panel.picked.connect(self._on_picked)
            panel.cleared.connect(selection.clear)
        self._factor.currentTextChanged.connect(self._on_factor)
        self._term.currentTextChanged.connect(self._draw)
        self.views.view_changed.connect(self._draw)
        selection.changed.connect(self._on_selection)
        settings.changed.connect(self._on_setting)
        self.set_fit(None)

    def _box(self, name: str, words: str) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(name)
        box.setAccessibleName(words)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        return box

    def set_fit(self, fit: ModelFit | None, dataset: Dataset | None = None) -> None:
        """Show a fit, in the words of its table's codebook."""
        self._fit = fit
        self._words = fit_words(fit, dataset)
        self._frames = {}
        factors = [group.name for group in fit.groups] if fit is not None and fit.kind == "lmm" else []
        _refill(self._factor, factors)
        self._fill_terms()
        self._factor.setVisible(len(factors) > 1)
        self._draw()

    def set_previous(self, previous: bool) -> None:
        """Pale the plots while they belong to an earlier formula."""
        for panel in self.panels.values():
            panel.set_previous(previous)

    @property
    def factor(self) -> str:
        """The grouping factor that is looked at; empty without one."""
        return self._factor.currentText()

    @property
    def term(self) -> str:
        """The term that is looked at."""
        return self._term.currentText()

    def _fill_terms(self) -> None:
        terms = [] if self._fit is None or not self.factor else _terms(self._fit, self.factor)
        _refill(self._term, terms)
        self._term.setVisible(len(terms) > 1)
        self._term_label.setVisible(len(terms) > 1)

    @Slot()
    def _draw(self) -> None:
        """Hand every panel its plot."""
        fit, factor, term = self._fit, self.factor, self.term
        if fit is None or not factor:
            for panel in self.panels.values():
                panel.show_empty(_EMPTY if fit is None else _OLS)
            return
        level = float(self._settings.get("statistics/conf_level"))
        chosen = self._selection.chosen(factor)
        highlight = None if chosen is None else str(chosen)
        frame = _once(self._frames, fit, factor, level)

        terms = (term,) if self.views.view == OVERVIEW else None  # alone there is room for all terms
        alone = terms is not None or self._term.count() == 1
        title, groups = self._words.of_effect(term), self._words.of_factor(factor)
        called = self._words.of_groups(factor)
        panel_title = title if alone else None  # several panels have their own terms for titles

        def caterpillar(style: PlotStyle) -> Plot:
            from mixgui.plots.caterpillar import caterpillar as draw

            return draw(
                frame(),
                term=term,
                factor=factor,
                level=level,
                highlight=highlight,
                **look(style, x=title, y=groups, groups=called),
            )

        def density(style: PlotStyle) -> Plot:
            from mixgui.plots.random_effects import random_effects_density as draw

            return draw(
                frame(),
                factor=factor,
                terms=terms,
                highlight=highlight,
                **look(style, x=panel_title, groups=called),
            )

        def qq(style: PlotStyle) -> Plot:
            from mixgui.plots.random_effects import random_effects_qq as draw

            return draw(
                frame(),
                factor=factor,
                terms=terms,
                level=level,
                highlight=highlight,
                **look(style, y=panel_title, groups=called),
            )

        makers = {"caterpillar": caterpillar, "density": density, "qq": qq}
        for view, make in makers.items():
            name = f"{_TITLES[view]} of {factor}"
            self.panels[view].show_content(PlotContent(make, name, pickable=True))

    @Slot(str)
    def _on_factor(self, factor: str) -> None:
        self._fill_terms()
        self._draw()
        self.factor_changed.emit(factor)

    def set_factor(self, factor: str) -> None:
        """Look at another grouping factor, if the fit has it."""
        if self._factor.findText(factor) >= 0:
            self._factor.setCurrentText(factor)

    @Slot(str, object)
    def _on_selection(self, factor: str, level: object) -> None:
        if factor and factor != self.factor and self._factor.findText(factor) >= 0:
            self._factor.setCurrentText(factor)  # draws
        else:
            self._draw()

    @Slot(str)
    def _on_picked(self, label: str) -> None:
        if self.factor:
            self._selection.choose(self.factor, label)

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        if name == "statistics/conf_level":
            self._draw()


def _terms(fit: ModelFit, factor: str) -> list[str]:
    """Return the names of the effects that differ between the groups of a factor."""
    parts = (part for part in fit.design.random if part.factor.name == factor)
    return list(dict.fromkeys(name for part in parts for name in part.names))


def _once(
    frames: dict[tuple[str, float], pd.DataFrame], fit: ModelFit, factor: str, level: float
) -> Callable[[], pd.DataFrame]:
    """Return a function that makes the frame of conditional modes at its first call (in the worker)."""

    def frame() -> pd.DataFrame:
        from mixgui.models.diagnostics import random_effects_frame

        key = (factor, level)
        if key not in frames:
            frames[key] = random_effects_frame(fit, factor, level)
        return frames[key]

    return frame


def _refill(box: QComboBox, names: list[str]) -> None:
    """Offer other names without telling; the choice stays if it can."""
    current = box.currentText()
    box.blockSignals(True)
    box.clear()
    box.addItems(names)
    if current in names:
        box.setCurrentText(current)
    box.blockSignals(False)
