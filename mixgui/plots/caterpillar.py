"""Conditional modes of the random effects with their intervals, in order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mixgui.errors import ModelError
from mixgui.models.density import FloatArray
from mixgui.plots import parts
from mixgui.plots.layout import LINE_HEIGHT, Panels, shorten, size_points
from mixgui.plots.parts import count_of, number, percent
from mixgui.plots.plot import OWN_LABELS, Hit, Labels, Plot, plot_function
from mixgui.plots.random_effects import INTERCEPT, effect_name
from mixgui.plots.style import DEFAULT_STYLE, PlotStyle, figure

LEAST_NAME_FONT = 7.0  # points: smaller names cannot be read at 100 %
NAME_PITCH = 1.12  # height of a row of names over their font size
NAME_SHARE = 0.34  # of the figure's width, at most, for names
MOST_INTERVALS = 3_000


def height_for_names(n_groups: int, style: PlotStyle = DEFAULT_STYLE) -> float:
    """Return the height in inches from which a caterpillar plot of so many groups shows their names."""
    return (n_groups * LEAST_NAME_FONT * NAME_PITCH + _surroundings(style, 2)) / 72.0 + 0.02


@plot_function
def caterpillar(
    effects: pd.DataFrame,
    *,
    term: str = INTERCEPT,
    factor: str = "",
    level: float = 0.95,
    highlight: str | None = None,
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw the random effects of one term, ordered by estimate, with their intervals.

    Where the rows are high enough the vertical axis names the groups, otherwise it counts ranks from below.
    Of more than 3,000 groups an even selection is drawn, and the caption says so.

    Parameters
    ----------
    effects : DataFrame
        Columns level, term, estimate, conf_low, conf_high: one grouping factor.
    term : str
        Whose random effects.
    factor : str
        Name of the grouping factor, for the words.
    level : float
        Level of the intervals in the frame, for the words.
    highlight : str, optional
        Group that is lit and named.

    Raises
    ------
    ModelError
        No random effects of that term.
    """
    parts.require_columns(effects, "level", "term", "estimate", "conf_low", "conf_high")
    mine = effects[effects["term"].astype(str) == term]
    mine = mine[np.isfinite(mine["estimate"].to_numpy(dtype=float, na_value=np.nan))]
    if mine.empty:
        terms = ", ".join(dict.fromkeys(map(str, effects["term"])))
        raise ModelError(
            f"There are no random effects of {term} to draw.",
            f"There are those of: {terms}." if terms else "Add a random term to the model.",
        )
    mine = mine.sort_values("estimate", kind="stable")
    names = parts.level_names(mine["level"])
    estimate, low, high = (
        mine[column].to_numpy(dtype=float, na_value=np.nan)
        for column in ("estimate", "conf_low", "conf_high")
    )
    n = len(mine)
    chosen = np.flatnonzero(names == highlight)
    shown = np.union1d(parts.thin_ranks(n, MOST_INTERVALS), chosen)
    fig = figure(style)
    ax = fig.add_subplot()
    rank = np.arange(1, n + 1, dtype=float)
    _draw(ax, estimate[shown], low[shown], high[shown], rank[shown], style)
    words = labels.or_else(
        x=effect_name(term),
        y=factor or "Group",
        caption=f"Points: conditional modes of {count_of(n, 'group')}. Lines: {percent(level)} intervals."
        + (f" {shown.size:,} of them drawn, evenly by rank." if shown.size < n else ""),
    )
    parts.set_words(ax, words)
    lit = int(chosen[0]) if chosen.size else None
    if lit is not None:
        _light(ax, estimate[lit], low[lit], high[lit], rank[lit], style)
        end = low[lit] if estimate[lit] > sum(ax.get_xlim()) / 2 else high[lit]
        at = (end if np.isfinite(end) else estimate[lit], rank[lit])
        parts.name_beside(ax, at, labels.group(highlight), factor, style, seen_from=estimate[lit])
    panels = Panels(fig, words.caption, style, ranks=True)
    called = [labels.group(name) for name in names.tolist()]
    axis = _GroupAxis(fig, called, lit, words.y, panels, style)
    clear = int(((low > 0) | (high < 0)).sum())
    alt = (
        f"Caterpillar plot: {effect_name(term).lower()} of {count_of(n, 'group')}"
        f"{f' of {factor}' if factor else ''}, from {number(estimate[0])} ({called[0]}) to "
        f"{number(estimate[-1])} ({called[-1]}). The {percent(level)} intervals of {clear:,} exclude 0."
    )
    if lit is not None:
        span = f"{number(low[lit])} to {number(high[lit])}"
        alt += f" {labels.group(highlight)}: {number(estimate[lit])} ({span}), rank {lit + 1:,}."
    hits = tuple(Hit(0, float(estimate[i]), float(rank[i]), str(names[i])) for i in shown)
    return Plot(fig, alt, hits, fit_to_size=axis.fit)


def _draw(
    ax: Axes, estimate: FloatArray, low: FloatArray, high: FloatArray, rank: FloatArray, style: PlotStyle
) -> None:
    n = estimate.size
    colours = style.colours
    ax.axvline(0.0, color=colours.reference, linewidth=1.0, zorder=3).set_gid("zero")
    lines = ax.hlines(rank, low, high, color=parts.mix(style.ground, colours.line, 0.5), zorder=2)
    lines.set_gid("intervals")
    lines.set_rasterized(n > parts.MOST_VECTOR_POINTS)
    (points,) = ax.plot(
        estimate,
        rank,
        linestyle="none",
        marker="o",
        markeredgewidth=0,
        color=colours.line,
        zorder=4,
    )
    points.set_gid("points")
    ax.grid(False, axis="y")
    ax.set_ylim(rank[0] - 0.8, rank[-1] + 0.8)


def _light(ax: Axes, estimate: float, low: float, high: float, rank: float, style: PlotStyle) -> None:
    line = ax.hlines([rank], [low], [high], color=style.colours.accent, linewidth=2.2, zorder=5)
    line.set_gid("chosen interval")
    parts.draw_chosen_points(ax, np.array([estimate]), np.array([rank]), style)


class _GroupAxis:
    """The vertical axis: names of groups where they fit, ranks where they do not."""

    def __init__(
        self,
        fig: Figure,
        names: list[str],
        lit: int | None,
        heading: str,
        panels: Panels,
        style: PlotStyle,
    ) -> None:
        self._figure, self._ax, self._names, self._lit = fig, fig.axes[0], names, lit
        self._heading, self._panels, self._style = heading, panels, style
        self._marks = {artist.get_gid(): artist for artist in self._ax.get_children() if artist.get_gid()}

    def fit(self) -> None:
        """Choose names or ranks for the figure's present size."""
        width, height = size_points(self._figure)
        n = len(self._names)
        lines = max(round(self._panels.caption.fit() / (LINE_HEIGHT * self._style.small_font)), 0)
        pitch = (height - _surroundings(self._style, lines)) / n
        font = min(self._style.small_font, pitch / NAME_PITCH)
        self._fit_marks(pitch * n / min(n, MOST_INTERVALS))
        axis = self._ax.yaxis
        if font >= LEAST_NAME_FONT:
            shown = [shorten(name, NAME_SHARE * width, font) for name in self._names]
            self._ax.set_yticks(np.arange(1, n + 1), shown, fontsize=font)
            self._panels.meant[axis.label] = self._heading
            axis.set_tick_params(length=0)
            for i, label in enumerate(self._ax.get_yticklabels()):
                lit = i == self._lit
                label.set_color(self._style.colours.accent if lit else self._style.colours.text)
                label.set_fontweight("bold" if lit else "normal")
        else:
            axis.set_major_locator(MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10]))
            axis.set_major_formatter(lambda value, _: f"{value:,.0f}" if 1 <= value <= n else "")
            axis.set_tick_params(length=3, labelsize=self._style.small_font)
            self._panels.meant[axis.label] = f"{self._heading} (rank)" if self._heading else ""
            for label in self._ax.get_yticklabels():
                label.set(
                    color=self._style.colours.muted, fontweight="normal", fontsize=self._style.small_font
                )
        beside = self._marks.get("chosen name")
        if beside is not None:
            beside.set_visible(font < LEAST_NAME_FONT)
        self._panels.fit()

    def _fit_marks(self, pitch: float) -> None:
        """Let intervals and points be as thick as the distance of the rows allows, so that they stay apart."""
        self._marks["intervals"].set(linewidth=min(max(0.45 * pitch, 0.4), 1.6))
        self._marks["points"].set(markersize=min(max(1.1 * pitch, 2.0), 4.8))


def _surroundings(style: PlotStyle, caption_lines: int) -> float:
    """Return the points above and below the axes: padding, tick labels, axis title and caption."""
    return 26.0 + LINE_HEIGHT * (style.base_font + style.small_font * (1 + caption_lines))
