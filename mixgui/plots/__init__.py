"""Plots: tidy frame in, `Plot` out (figure, words, what can be picked). No pyplot, no Qt, no statistics."""

from __future__ import annotations

from mixgui.plots.caterpillar import caterpillar, height_for_names
from mixgui.plots.explore_distributions import bars, box_plot, histogram, histograms
from mixgui.plots.explore_missing import missing_pattern
from mixgui.plots.explore_profiles import spaghetti
from mixgui.plots.explore_scatter import scatter
from mixgui.plots.facets import residuals_by_group
from mixgui.plots.plot import Hit, Labels, Plot
from mixgui.plots.random_effects import random_effects_density, random_effects_qq
from mixgui.plots.render import FORMATS, PixelHit, PlotFormat, RenderedPlot, render, save, to_bytes
from mixgui.plots.residuals import residual_density, residual_qq, residuals_vs_fitted
from mixgui.plots.style import OKABE_ITO, PlotStyle

__all__ = [
    "FORMATS",
    "OKABE_ITO",
    "Hit",
    "Labels",
    "PixelHit",
    "Plot",
    "PlotFormat",
    "PlotStyle",
    "RenderedPlot",
    "bars",
    "box_plot",
    "caterpillar",
    "height_for_names",
    "histogram",
    "histograms",
    "missing_pattern",
    "random_effects_density",
    "random_effects_qq",
    "render",
    "residual_density",
    "residual_qq",
    "residuals_by_group",
    "residuals_vs_fitted",
    "save",
    "scatter",
    "spaghetti",
    "to_bytes",
]
