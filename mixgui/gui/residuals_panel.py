"""The level-1 residuals of a fit: density, against fitted values, by group, Q-Q."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from mixgui.gui.codebook_words import fit_words
from mixgui.gui.group_sample import GroupSample
from mixgui.gui.plot_panel import PlotContent, PlotPanel, look
from mixgui.gui.plot_views import PlotViews
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

_TITLES = {
    "density": "Density",
    "fitted": "Against fitted values",
    "groups": "By group",
    "qq": "Normal Q-Q",
}
_NO_GROUPS = "There are no groups to draw: no column looks like a grouping variable."
_EMPTY = "Fit a model to see its residuals."


class ResidualSource:
    """The residuals of one fit; the frame is made once, in the worker, when the first plot asks for it."""

    def __init__(self, fit: ModelFit, dataset: Dataset | None, factors: Sequence[str]) -> None:
        self.fit = fit
        self._dataset = dataset
        self._factors = tuple(factors)
        self.column = ".std_resid" if fit.kind == "ols" else ".resid"
        words = fit_words(fit, dataset)
        self.called = words.of_groups  # factor -> labels of its groups
        self.title, self.fitted_title = words.of_outcome(self.column), words.of_outcome(".fitted")
        self._frame: pd.DataFrame | None = None

    def frame(self) -> pd.DataFrame:
        """Return the frame of `residual_frame`."""
        if self._frame is None:
            from mixgui.models.diagnostics import residual_frame

            frame = residual_frame(self.fit)
            missing = [name for name in self._factors if name not in frame.columns]
            self._frame = self._with_groups(frame, missing)
        return self._frame

    def _with_groups(self, frame: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
        """Add the groups of columns that are not in the model (an ordinary regression has none in it)."""
        if self._dataset is None or not factors:
            return frame
        import pandas as pd

        from mixgui.models.variables import as_factor

        out = frame.copy()
        for name in factors:
            factor = as_factor(name, self._dataset.frame[name].loc[frame.index])
            out[name] = pd.Categorical.from_codes(factor.codes, list(factor.levels)).astype("str")
        return out


class ResidualsPanel(QWidget):
    """Four plots of residuals with a chosen group lit.

    Signals
    -------
    factor_changed(str)
        The groups of another grouping factor are told apart.
    """

    factor_changed = Signal(str)

    def __init__(
        self, worker: Worker, settings: Settings, selection: Selection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("residuals_panel")
        self._settings = settings
        self._selection = selection
        self._source: ResidualSource | None = None
        self._orders: dict[str, tuple[str, ...]] = {}
        self.panels = {
            view: PlotPanel(worker, settings, f"residual_{view}", words, self)
            for view, words in _TITLES.items()
        }
        self.views = PlotViews("residual_views", self.panels, _TITLES, ("density", "fitted", "qq"), self)
        self.sample = GroupSample(settings.get("sample/count"), settings.get("sample/seed"), self)
        self._factor = QComboBox(self)
        self._factor.setObjectName("residual_factor")
        self._factor.setAccessibleName("Grouping factor of the panels")
        self.views.bar.addWidget(self._factor)
        self.views.bar.addWidget(self.sample)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, HALF, 0, 0)
        layout.addWidget(self.views)
        for panel in self.panels.values():
            panel.picked.connect(self._on_picked)
            panel.cleared.connect(selection.clear)
        self.sample.changed.connect(self._draw_groups)
        self._factor.currentTextChanged.connect(self._on_factor)
        self.views.view_changed.connect(self._on_view)
        selection.changed.connect(self._on_selection)
        settings.changed.connect(self._on_setting)
        self.set_fit(None)

    def set_fit(
        self,
        fit: ModelFit | None,
        orders: Mapping[str, Sequence[str]] | None = None,
        dataset: Dataset | None = None,
    ) -> None:
        """Show a fit.

        Parameters
        ----------
        fit : ModelFit or None
        orders : mapping, optional
            Grouping factor -> its groups in the order from which samples are drawn.
        dataset : Dataset, optional
            The table that was fitted, for groups that are no part of the model.
        """
        self._source = None if fit is None else ResidualSource(fit, dataset, tuple(orders or ()))
        self._orders = {name: tuple(levels) for name, levels in (orders or {}).items()}
        current = self._factor.currentText()
        self._factor.blockSignals(True)
        self._factor.clear()
        self._factor.addItems(list(self._orders))
        if current in self._orders:
            self._factor.setCurrentText(current)
        self._factor.blockSignals(False)
        with QSignalBlocker(self.sample):
            self.sample.set_levels(self._orders.get(self.factor, ()))
        self.views.set_available([view for view in _TITLES if view != "groups" or self._orders])
        self._on_view(self.views.view)
        self._draw()

    def set_previous(self, previous: bool) -> None:
        """Pale the plots while they belong to an earlier formula."""
        for panel in self.panels.values():
            panel.set_previous(previous)

    @property
    def factor(self) -> str:
        """The grouping factor whose groups are told apart; empty without one."""
        return self._factor.currentText()

    @Slot()
    def _draw(self) -> None:
        """Hand every panel its plot."""
        source = self._source
        if source is None:
            for panel in self.panels.values():
                panel.show_empty(_EMPTY)
            return
        group, level = self.factor or None, float(self._settings.get("statistics/conf_level"))
        chosen = self._selection.chosen(self.factor) if self.factor else None
        lit = None if chosen is None else str(chosen)
        called = source.called(self.factor)

        def density(style: PlotStyle) -> Plot:
            from mixgui.plots.residuals import residual_density as draw

            return draw(
                source.frame(),
                column=source.column,
                group=group,
                highlight=lit,
                **look(style, x=source.title, groups=called),
            )

        def fitted(style: PlotStyle) -> Plot:
            from mixgui.plots.residuals import residuals_vs_fitted as draw

            column = source.column
            return draw(
                source.frame(),
                column=column,
                group=group,
                highlight=lit,
                level=level,
                **look(style, x=source.fitted_title, y=source.title, groups=called),
            )

        def qq(style: PlotStyle) -> Plot:
            from mixgui.plots.residuals import residual_qq as draw

            column = source.column
            return draw(
                source.frame(),
                column=column,
                group=group,
                highlight=lit,
                level=level,
                **look(style, y=source.title, groups=called),
            )

        pickable = group is not None
        self.panels["density"].show_content(PlotContent(density, "Residual density"))
        self.panels["fitted"].show_content(PlotContent(fitted, "Residuals against fitted", pickable))
        self.panels["qq"].show_content(PlotContent(qq, "Residual Q-Q", pickable))
        self._draw_groups()

    @Slot()
    def _draw_groups(self) -> None:
        """Draw a panel for each group of the sample."""
        source, group = self._source, self.factor
        if source is None or not group:
            self.panels["groups"].show_empty(
                _EMPTY if source is None else "The model has no grouping factor."
            )
            return
        levels = list(self.sample.groups())
        chosen = self._selection.chosen(group)
        highlight = None if chosen is None else str(chosen)

        def by_group(style: PlotStyle) -> Plot:
            from mixgui.plots.facets import residuals_by_group

            return residuals_by_group(
                source.frame(),
                group,
                levels,
                column=source.column,
                highlight=highlight,
                **look(style, x=source.fitted_title, y=source.title, groups=source.called(group)),
            )

        self.panels["groups"].show_content(PlotContent(by_group, f"Residuals by {group}", pickable=True))

    def set_factor(self, factor: str) -> None:
        """Tell the groups of another grouping factor apart, if the fit has it."""
        if factor in self._orders:
            self._factor.setCurrentText(factor)

    @Slot(str)
    def _on_factor(self, factor: str) -> None:
        with QSignalBlocker(self.sample):
            self.sample.set_levels(self._orders.get(factor, ()))
        self._draw()
        self.factor_changed.emit(factor)

    @Slot(str, object)
    def _on_selection(self, factor: str, level: object) -> None:
        if factor in self._orders and factor != self.factor:
            self.set_factor(factor)  # draws
        else:
            self._draw()

    @Slot(str)
    def _on_view(self, view: str) -> None:
        grouped = view == "groups"
        self.sample.setVisible(grouped)
        self._factor.setVisible(len(self._orders) > 1)

    @Slot(str)
    def _on_picked(self, label: str) -> None:
        if self.factor:
            self._selection.choose(self.factor, label)

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        if name == "statistics/conf_level":
            self._draw()
