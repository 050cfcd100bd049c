"""Frames and readers that the tests of plots share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from mixgui.plots import Plot


def residual_frame(n: int = 400, groups: int = 30, seed: int = 1) -> pd.DataFrame:
    """Residuals as `models.diagnostics.residual_frame` gives them."""
    rng = np.random.default_rng(seed)
    fitted = rng.normal(40, 5, n)
    resid = rng.normal(0, 6, n)
    return pd.DataFrame(
        {
            ".fitted": fitted,
            ".resid": resid,
            ".std_resid": resid / 6,
            "school": [f"S{i}" for i in rng.integers(0, groups, n)],
        }
    )


def effects_frame(
    groups: int = 30, terms: tuple[str, ...] = ("(Intercept)",), seed: int = 1, prefix: str = "S"
) -> pd.DataFrame:
    """Random effects as `models.diagnostics.random_effects_frame` gives them."""
    rng = np.random.default_rng(seed)
    parts = []
    for term in terms:
        estimate = rng.normal(0, 2, groups)
        se = rng.uniform(0.5, 1.5, groups)
        parts.append(
            pd.DataFrame(
                {
                    "level": [f"{prefix}{i}" for i in range(groups)],
                    "term": term,
                    "estimate": estimate,
                    "std_error": se,
                    "conf_low": estimate - 1.96 * se,
                    "conf_high": estimate + 1.96 * se,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def marks(ax: Axes, gid: str) -> Any:
    """The artist of that name in the axes."""
    found = [artist for artist in ax.get_children() if artist.get_gid() == gid]
    assert len(found) == 1, f"{len(found)} artists called {gid}"
    return found[0]


def has(ax: Axes, gid: str) -> bool:
    return any(artist.get_gid() == gid for artist in ax.get_children())


def caption(plot: Plot) -> str:
    """The words below the plot, on one line."""
    return " ".join(text.get_text() for text in plot.figure.texts).replace("\n", " ").replace("\xa0", " ")


def texts_outside(plot: Plot, slack: float = 1.5) -> list[str]:
    """Visible texts that reach out of the figure by more than `slack` pixels."""
    with plot.style.context():
        canvas = FigureCanvasAgg(plot.figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        width, height = canvas.get_width_height()
        outside = []
        for text in plot.figure.findobj(Text):
            if not text.get_visible() or not text.get_text().strip() or not _shown(text, plot):
                continue
            box = text.get_window_extent(renderer)
            if box.x0 < -slack or box.y0 < -slack or box.x1 > width + slack or box.y1 > height + slack:
                outside.append(text.get_text())
    return outside


def _shown(text: Text, plot: Plot) -> bool:
    """Whether the text is drawn: numbers of ticks beyond the limits exist but are not."""
    for ax in plot.figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if text is tick.label1:
                    return ax.axison and low <= tick.get_loc() <= high
                if text is tick.label2:
                    return False
            if text is axis.label:
                return ax.axison
    return True
