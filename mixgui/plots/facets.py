"""Residuals against fitted values, one small panel a group, on common axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from mixgui.errors import ModelError
from mixgui.labels import heading_of
from mixgui.models.density import FloatArray
from mixgui.plots import parts
from mixgui.plots.layout import (
    LINE_HEIGHT,
    PADDING_POINTS,
    Caption,
    drawable,
    shorten,
    size_points,
    text_width,
)
from mixgui.plots.parts import count_of, number
from mixgui.plots.plot import OWN_LABELS, Hit, Labels, Plot, Words, plot_function
from mixgui.plots.style import DEFAULT_STYLE, PlotStyle, figure

MOST_PANELS = 100
LEAST_PANEL_POINTS = 14.0  # a lower panel is drawn without its name


@plot_function
def residuals_by_group(
    residuals: pd.DataFrame,
    group: str,
    groups: Sequence[object],
    *,
    column: str = ".resid",
    fitted: str = ".fitted",
    rows: int = 5,
    highlight: str | None = None,
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw residuals against fitted values in one panel a group.

    A short line is the mean residual of the group: in an ordinary regression it shows what the groups have
    in common that the model leaves out, in a mixed model little should be left.

    Parameters
    ----------
    residuals : DataFrame
        With `fitted`, `column` and `group`.
    group : str
        Column of the grouping factor.
    groups : sequence
        Groups to show, in this order (a seeded sample, or picked by hand).
    rows : int
        Rows of panels; 25 groups in 5 rows make a square.
    highlight : str, optional
        Group whose panel is lit.

    Raises
    ------
    ModelError
        No group, more than 100, or a group that is not in the frame.
    """
    parts.require_columns(residuals, column, fitted, group)
    wanted = list(dict.fromkeys(parts.level_names(list(groups)).tolist()))
    if not wanted:
        raise ModelError("No group was chosen.", "Draw a sample of groups or pick some by hand.")
    if len(wanted) > MOST_PANELS:
        raise ModelError(
            f"{len(wanted):,} panels are too many to read.", f"Choose at most {MOST_PANELS} groups."
        )
    names = parts.level_names(residuals[group])
    x = residuals[fitted].to_numpy(dtype=float, na_value=np.nan)
    y = residuals[column].to_numpy(dtype=float, na_value=np.nan)
    finite = np.isfinite(x) & np.isfinite(y)
    rows_of = {name: np.flatnonzero(finite & (names == name)) for name in wanted}
    absent = [name for name in wanted if not rows_of[name].size]
    if absent:
        raise ModelError(
            f"{group} {absent[0]} has no residuals to draw.",
            "Choose among the groups whose rows were used by the model.",
        )
    every = np.concatenate(list(rows_of.values()))
    words = labels.or_else(
        x=heading_of(fitted),
        y=heading_of(column),
        caption=f"{len(wanted):,} of {len(set(names.tolist())):,} groups of {group}. "
        "Short line: mean residual of the group.",
    )
    fig = figure(style)
    called = [labels.group(name) for name in wanted]
    lit = wanted.index(highlight) if highlight in wanted else None
    grid = _Grid(fig, called, min(max(rows, 1), len(wanted)), words, style, lit)
    grid.draw(x, y, list(rows_of.values()), _padded(x[every]), _padded(np.append(y[every], 0.0)))
    means = np.array([y[rows_of[name]].mean() for name in wanted])
    low, high = int(means.argmin()), int(means.argmax())
    alt = (
        f"{heading_of(column)} against fitted value in {count_of(len(wanted), 'panel')}, one for each of "
        f"{len(wanted):,} groups of {group}, {count_of(every.size, 'row')} in all. The group means run from "
        f"{number(means[low])} ({called[low]}) to {number(means[high])} ({called[high]})."
    )
    hits = tuple(Hit(i, float(x[every].mean()), 0.0, name, True) for i, name in enumerate(wanted))
    return Plot(fig, alt, hits, fit_to_size=grid.fit)


class _Grid:
    """The panels and what depends on their size.

    Placed by arithmetic rather than by a layout engine, which would measure every text of 25 panels twice.
    """

    def __init__(
        self, fig: Figure, names: list[str], rows: int, words: Words, style: PlotStyle, lit: int | None
    ) -> None:
        self._figure, self._names, self._rows, self._style = fig, names, rows, style
        self._columns = math.ceil(len(names) / rows)
        self._rows = math.ceil(len(names) / self._columns)
        self._lit = lit
        self._axes: list[Axes] = []
        self._titles: list[Text] = []
        self._tick_width = 0.0
        self._x_ticks: list[str] = []
        self._words = words
        self._title = fig.text(
            0, 0, drawable(words.title), fontsize=1.1 * style.base_font, ha="left", va="top"
        )
        self._x = fig.text(0, 0, drawable(words.x), fontsize=style.base_font, ha="center", va="bottom")
        self._y = fig.text(
            0, 0, drawable(words.y), fontsize=style.base_font, ha="left", va="center", rotation=90
        )
        self._caption = Caption(fig, words.caption, style)

    def draw(
        self,
        x: FloatArray,
        y: FloatArray,
        rows_of: list[np.ndarray],
        x_limits: tuple[float, float],
        y_limits: tuple[float, float],
    ) -> None:
        """Make the panels."""
        colours = self._style.colours
        x_ticks, y_ticks = _ticks(x_limits), _ticks(y_limits)
        x_texts, y_texts = _tick_texts(x_ticks), _tick_texts(y_ticks)
        self._tick_width = max(text_width(text, self._style.small_font) for text in y_texts)
        self._x_ticks = x_texts
        largest = max(mine.size for mine in rows_of)
        size, alpha = (3.4, 0.75) if largest <= 60 else (2.4, 0.5)
        for i, name in enumerate(self._names):
            lit = i == self._lit
            ax = self._figure.add_axes((0.0, 0.0, 1.0, 1.0))
            mine = rows_of[i]
            ax.axhline(0.0, color=colours.reference, linewidth=0.8, zorder=1.5).set_gid("zero")
            (points,) = ax.plot(
                x[mine],
                y[mine],
                linestyle="none",
                marker="o",
                markersize=size,
                markeredgewidth=0,
                alpha=0.9 if lit else alpha,
                color=colours.accent if lit else colours.point,
            )
            points.set_gid("points")
            points.set_rasterized(largest > parts.MOST_VECTOR_POINTS // 5)
            mean = float(y[mine].mean())
            (line,) = ax.plot([x[mine].min(), x[mine].max()], [mean, mean], color=colours.line, linewidth=1.6)
            line.set_gid("mean")
            ax.set(xlim=x_limits, ylim=y_limits)
            ax.set_xticks(x_ticks, x_texts if i + self._columns >= len(self._names) else [""] * len(x_ticks))
            ax.set_yticks(y_ticks, y_texts if i % self._columns == 0 else [""] * len(y_ticks))
            ax.tick_params(length=0, pad=2)
            for spine in ax.spines.values():
                spine.set(visible=True, color=colours.accent if lit else colours.grid)
                spine.set_linewidth(1.4 if lit else 0.8)
            title = ax.set_title(name, loc="left", fontsize=self._style.small_font, pad=2)
            title.set(color=colours.accent if lit else colours.text, fontweight="bold" if lit else "normal")
            self._axes.append(ax)
            self._titles.append(title)

    def fit(self) -> None:
        """Place everything for the figure's present size; all lengths here are in points."""
        width, height = size_points(self._figure)
        font, small = self._style.base_font, self._style.small_font
        bottom = self._caption.fit() + 0.5 * PADDING_POINTS
        self._x.set_position((0.5, bottom / height))
        bottom += (LINE_HEIGHT * font if self._words.x else 0.0) + LINE_HEIGHT * small + 3
        left = PADDING_POINTS + (LINE_HEIGHT * font if self._words.y else 0.0) + self._tick_width + 3
        right = PADDING_POINTS + text_width(self._x_ticks[-1], small) / 2
        top = PADDING_POINTS + (1.6 * font if self._words.title else 0.0)
        self._title.set_position((left / width, 1 - PADDING_POINTS / height))
        gap = 5.0 if width > 300 else 3.0
        cell_width = (width - left - right + gap) / self._columns
        cell_height = max((height - top - bottom) / self._rows, 2.0)
        panel_width = max(cell_width - gap, 2.0)
        # Where panels get low, their names shrink first and then go: a name without a panel says nothing.
        name_font = min(small, max(6.0, 0.28 * cell_height))
        strip = LINE_HEIGHT * name_font + 2
        named = cell_height - strip >= LEAST_PANEL_POINTS
        if not named:
            strip = 3.0
        for i, (ax, title, name) in enumerate(zip(self._axes, self._titles, self._names, strict=True)):
            row, column = divmod(i, self._columns)
            lower = height - top - (row + 1) * cell_height
            ax.set_position(
                (
                    (left + column * cell_width) / width,
                    lower / height,
                    panel_width / width,
                    max(cell_height - strip, 1.0) / height,
                )
            )
            title.set(text=shorten(name, panel_width, name_font), fontsize=name_font, visible=named)
            self._thin_tick_texts(ax, panel_width, cell_height - strip)
        middle = bottom + (height - top - bottom) / 2
        self._y.set_position((PADDING_POINTS / width, middle / height))
        self._x.set_x((left + (width - left - right) / 2) / width)

    def _thin_tick_texts(self, ax: Axes, width: float, height: float) -> None:
        """Hide every other number, or all but one, where they would run into each other."""
        small = self._style.small_font
        room_across = max(text_width(text, small) for text in self._x_ticks) + 4
        for axis, available, needed in (
            (ax.xaxis, width, room_across),
            (ax.yaxis, height, LINE_HEIGHT * small),
        ):
            ticks = axis.get_major_ticks()  # get_ticklabels() would leave out the hidden ones
            places = axis.get_ticklocs()
            low, high = axis.get_view_interval()
            spacing = available * (places[1] - places[0]) / (high - low) if len(places) > 1 else available
            step = max(math.ceil(needed / max(spacing, 1e-6)), 1)
            # Half a number may hang over the edge by no more than half the gap to the next panel.
            middle, edge = len(ticks) // 2, 0.5 * needed - 3.0
            for i, (tick, place) in enumerate(zip(ticks, places, strict=True)):
                inside = min(place - low, high - place) / (high - low) * available >= edge
                tick.label1.set_visible(i % step == middle % step and (inside or i == middle))


def _padded(values: FloatArray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    pad = 0.06 * (high - low) or max(abs(high), 1.0) * 0.05
    return low - pad, high + pad


def _ticks(limits: tuple[float, float]) -> list[float]:
    ticks = MaxNLocator(nbins=4, steps=[1, 2, 5, 10]).tick_values(*limits)
    return [float(t) for t in ticks if limits[0] <= t <= limits[1]]


def _tick_texts(ticks: list[float]) -> list[str]:
    formatter = ScalarFormatter(useOffset=False, useMathText=False)
    formatter.set_scientific(False)
    largest = max((abs(t) for t in ticks), default=0.0)
    if largest and not 1e-3 <= largest < 1e6:
        return [number(t) for t in ticks]
    return list(formatter.format_ticks(ticks))
