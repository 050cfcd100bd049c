"""How one variable is distributed: histogram, box plot, bars of frequencies. Frames are made in `mixgui.data`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis

from mixgui.errors import ModelError
from mixgui.plots import parts
from mixgui.plots.layout import Panels, size_points
from mixgui.plots.parts import count_of, number, percent
from mixgui.plots.plot import OWN_LABELS, Labels, Plot, plot_function
from mixgui.plots.style import DEFAULT_STYLE, PlotStyle, figure
from mixgui.plots.surround import (
    Around,
    DateAxis,
    Key,
    NameAxis,
    category_colours,
    counts_formatter,
    day_text,
    panel_axes,
    shares_formatter,
)

BarShares = Literal["counts", "shares"]

_BAR = 0.72  # of the distance between two categories
_BOX = 0.56
_JITTER = 0.32
_BOX_WORDS = (
    "Box: median and Tukey’s hinges, as R’s boxplot(). Whiskers: furthest rows within 1.5 times its length."
)
_GOLDEN = 0.6180339887498949  # multiples of it are spread evenly, without a random number


@plot_function
def histogram(
    bars: pd.DataFrame,
    *,
    variable: str,
    panels: Sequence[str] = (),
    curves: pd.DataFrame | None = None,
    by: str = "",
    dates: bool = False,
    note: str = "",
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw bars of counts, in one panel or in one for each category.

    Parameters
    ----------
    bars : DataFrame
        panel (0, 1, …), left, right, count.
    variable : str
        What the values are called, with the unit.
    panels : sequence of str
        Names of the categories; none for a single panel.
    curves : DataFrame, optional
        panel, x, y: a smooth line on the scale of the counts.
    by : str
        What the categories are called.
    dates : bool
        Whether the values are days since 1970.
    note : str
        What the caption says besides.

    Raises
    ------
    ModelError
        There is no bar.
    """
    parts.require_columns(bars, "panel", "left", "right", "count")
    if bars.empty:
        raise ModelError(f"{variable} has no values to draw.", "Choose a variable with numbers.")
    fig = figure(style)
    axes = panel_axes(fig, panels, style)
    for index, ax in enumerate(axes):
        mine = bars[bars["panel"] == index]
        _draw_counts(ax, mine, style)
        if curves is not None:
            curve = curves[curves["panel"] == index]
            parts.draw_line(ax, curve["x"].to_numpy(), curve["y"].to_numpy(), style)
    highest = max(
        float(bars["count"].max()), 0.0 if curves is None or curves.empty else float(curves["y"].max())
    )
    axes[0].set_ylim(0.0, 1.05 * max(highest, 1e-9))
    if bars["left"].nunique() == 1:  # the bar of a constant need not fill everything
        middle, width = (
            float((bars["left"] + bars["right"]).iloc[0]) / 2,
            float((bars["right"] - bars["left"]).iloc[0]),
        )
        axes[0].set_xlim(middle - 2 * width, middle + 2 * width)
    words = labels.or_else(x=variable, y="Rows", caption=note)
    around = _around(axes, words.x, words.y, words.title, style)
    dated = [DateAxis(ax, style) for ax in axes] if dates else []
    frame = Panels(
        fig, words.caption, style, own_ticks=[ax.xaxis for ax in axes] if dates else (), around=around
    )

    def fit() -> None:
        for one, ax in zip(dated, axes, strict=False):
            one.fit(size_points(fig)[0] * ax.get_position().width)
        frame.fit()

    return Plot(fig, _histogram_words(bars, variable, panels, by, dates), fit_to_size=fit)


def _histogram_words(
    bars: pd.DataFrame, variable: str, panels: Sequence[str] = (), by: str = "", dates: bool = False
) -> str:
    write = day_text if dates else number
    total = int(bars["count"].sum())
    ends = f"{write(float(bars['left'].min()))} to {write(float(bars['right'].max()))}"
    text = f"Histogram of {variable}: {count_of(total, 'row')} from {ends}"
    sentences = []
    for index, name in enumerate(panels or ("",)):
        mine = bars[bars["panel"] == index]
        rows = int(mine["count"].sum())
        if not rows:
            sentences.append(f"{name}: no rows.")
            continue
        top = mine.loc[mine["count"].idxmax()]
        where = f"{write(float(top['left']))} to {write(float(top['right']))}"
        if not panels:
            highest = f"the highest, {where}, has {count_of(int(top['count']), 'row')}"
            return f"{text} in {count_of(len(mine), 'bar')}; {highest}."
        sentences.append(f"{name}: {count_of(rows, 'row')}, highest bar at {where}.")
    return " ".join([f"{text}, one panel for each {by or 'category'}.", *sentences])


@plot_function
def histograms(
    bars: Sequence[pd.DataFrame],
    *,
    variables: Sequence[str],
    curves: Sequence[pd.DataFrame | None] = (),
    note: str = "",
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw the histograms of several variables, each in its own panel with its own axes.

    Parameters
    ----------
    bars : sequence of DataFrame
        As of `histogram`; an empty one leaves its panel empty.
    variables : sequence of str
        What the variables are called.
    curves : sequence of DataFrame or None
        Their smooth lines.
    note : str
        What the caption says besides.

    Raises
    ------
    ModelError
        No variable has a value.
    """
    if all(one.empty for one in bars):
        raise ModelError("These variables have no values to draw.", "Choose variables with numbers.")
    fig = figure(style)
    axes = panel_axes(fig, variables, style, common=False)
    sentences: list[str] = []
    unticked: list[Axis] = []
    for index, (ax, mine) in enumerate(zip(axes, bars, strict=True)):
        if mine.empty:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
            unticked += [ax.xaxis, ax.yaxis]
            said = ax.text(0.0, 0.9, "No values", transform=ax.transAxes, color=style.colours.muted, va="top")
            said.set_in_layout(False)
            sentences.append(f"{variables[index]}: no values.")
            continue
        _draw_counts(ax, mine, style)
        curve = curves[index] if curves else None
        if curve is not None:
            parts.draw_line(ax, curve["x"].to_numpy(), curve["y"].to_numpy(), style)
        sentences.append(_histogram_words(mine, variables[index]))
    words = labels.or_else(y="Rows", caption=note)
    around = Around(fig, style, title=words.title, x=words.x, y=words.y)
    frame = Panels(fig, words.caption, style, own_ticks=unticked, around=around)
    return Plot(fig, " ".join(sentences), fit_to_size=frame.fit)


def _draw_counts(ax: Axes, bars: pd.DataFrame, style: PlotStyle) -> None:
    left = bars["left"].to_numpy(dtype=float)
    drawn = ax.bar(
        left,
        bars["count"],
        width=bars["right"].to_numpy(dtype=float) - left,
        align="edge",
        color=parts.mix(style.ground, style.colours.line, 0.55),
        edgecolor=style.ground,
        linewidth=0.6 if len(bars) <= 80 else 0.2,
        zorder=2,
    )
    for patch in drawn:
        patch.set_gid("bar")
    ax.grid(False, axis="x")
    ax.yaxis.set_major_formatter(counts_formatter())
    ax.margins(x=0.02)


@plot_function
def box_plot(
    boxes: pd.DataFrame,
    points: pd.DataFrame,
    *,
    variable: str,
    by: str = "",
    all_points: bool = False,
    note: str = "",
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw boxes lying below each other, one for each category.

    Parameters
    ----------
    boxes : DataFrame
        name, n, low, lower, median, upper, high: one row a category; n 0 leaves its place empty.
    points : DataFrame
        place (row of the category) and value: single rows that are drawn as points.
    variable, by : str
        What the values and the categories are called.
    all_points : bool
        Whether the points are all rows; else they are those beyond the whiskers.
    note : str
        What the caption says besides.

    Raises
    ------
    ModelError
        No category has a row.
    """
    parts.require_columns(boxes, "name", "n", "low", "lower", "median", "upper", "high")
    if boxes.empty or not boxes["n"].sum():
        raise ModelError(f"{variable} has no values to draw.", "Choose a variable with numbers.")
    fig = figure(style)
    ax = fig.add_subplot()
    some = boxes["n"].to_numpy() > 0
    at = np.arange(len(boxes), dtype=float)[some]
    filled = boxes[some]
    _draw_boxes(ax, at, filled, style)
    _draw_rows(ax, points, style, all_points)
    names = [str(name) for name in boxes["name"]]
    single = len(names) == 1 and not names[0]
    axis = NameAxis([ax], names, style)
    said = "Points: the rows." if all_points else "Points: rows beyond the whiskers." if len(points) else ""
    words = labels.or_else(
        x=variable,
        y="" if single else by,
        caption=" ".join(part for part in (_BOX_WORDS, said, note) if part),
    )
    parts.set_words(ax, words)
    frame = Panels(fig, words.caption, style, ranks=True)

    def fit() -> None:
        axis.fit(_height_of(ax))
        frame.fit()
        axis.fit(_height_of(ax))

    return Plot(fig, _box_words(filled, variable, by), fit_to_size=fit)


def _draw_boxes(ax: Axes, at: np.ndarray, boxes: pd.DataFrame, style: PlotStyle) -> None:
    colours = style.colours
    lower, upper = boxes["lower"].to_numpy(), boxes["upper"].to_numpy()
    for start, end, gid in (("low", "lower", "low whiskers"), ("upper", "high", "high whiskers")):
        lines = ax.hlines(at, boxes[start], boxes[end], color=colours.line, linewidth=1.0, zorder=2)
        lines.set_gid(gid)
    drawn = ax.barh(
        at,
        upper - lower,
        left=lower,
        height=_BOX,
        color=parts.mix(style.ground, colours.band, 0.35),
        edgecolor=colours.line,
        linewidth=1.0,
        zorder=2.5,
    )
    for patch in drawn:
        patch.set_gid("box")
    median = ax.vlines(
        boxes["median"], at - _BOX / 2, at + _BOX / 2, color=colours.text, linewidth=2.0, zorder=4
    )
    median.set_gid("medians")
    ax.margins(x=0.04)


def _draw_rows(ax: Axes, points: pd.DataFrame, style: PlotStyle, all_points: bool) -> None:
    if points.empty:
        return
    place = points["place"].to_numpy(dtype=float)
    shift = np.zeros(place.size)
    if all_points:  # off the middle line, so that equal values are seen beside each other
        shift = (np.arange(place.size) * _GOLDEN % 1.0 - 0.5) * _JITTER
    (drawn,) = ax.plot(
        points["value"].to_numpy(dtype=float),
        place + shift,
        linestyle="none",
        marker="o",
        markersize=3.4 if place.size <= 3000 else 2.4,
        markeredgewidth=0,
        alpha=0.6 if place.size <= 3000 else 0.35,
        color=style.colours.point,
        zorder=3,
    )
    drawn.set_rasterized(place.size > parts.MOST_VECTOR_POINTS)
    drawn.set_gid("points")


def _box_words(boxes: pd.DataFrame, variable: str, by: str) -> str:
    total = count_of(int(boxes["n"].sum()), "row")
    if len(boxes) == 1:
        one = boxes.iloc[0]
        return (
            f"Box plot of {variable}, {total}: median {number(one['median'])}, hinges {number(one['lower'])} and "
            f"{number(one['upper'])}, whiskers from {number(one['low'])} to {number(one['high'])}."
        )
    text = f"Box plots of {variable} in {len(boxes):,} categories{f' of {by}' if by else ''}, {total}."
    low, high = boxes.loc[boxes["median"].idxmin()], boxes.loc[boxes["median"].idxmax()]
    return (
        f"{text} The medians run from {number(low['median'])} ({low['name']}) to {number(high['median'])} "
        f"({high['name']})."
    )


@plot_function
def bars(
    counts: pd.DataFrame,
    *,
    variable: str,
    by: str = "",
    parts_of: Sequence[str] = (),
    shares: BarShares = "counts",
    note: str = "",
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw how many rows each category has, as lying bars.

    Parameters
    ----------
    counts : DataFrame
        name, then a column of counts, or one for each of `parts_of`; a row a category.
    variable : str
        What the categories are called.
    by, parts_of : str, sequence of str
        A second variable and its categories: bars side by side for counts, on top of each other for shares.
    shares : {"counts", "shares"}
        Rows, or shares: of all rows, or of each category's rows if there is a second variable.
    note : str
        What the caption says besides.

    Raises
    ------
    ModelError
        There is no category.
    """
    table = counts.drop(columns="name").to_numpy(dtype=float)
    if not table.size or not table.sum():
        raise ModelError(f"{variable} has no values to draw.", "Choose a variable with values.")
    fig = figure(style)
    ax = fig.add_subplot()
    names = [str(name) for name in counts["name"]]
    colours = (
        category_colours(len(parts_of), style)
        if parts_of
        else [parts.mix(style.ground, style.colours.line, 0.7)]
    )
    widths = table
    if shares == "shares":
        of = table.sum(axis=1, keepdims=True) if parts_of else table.sum()
        widths = np.divide(table, of, out=np.zeros_like(table), where=np.asarray(of) > 0)
    _draw_bars(ax, widths, colours, stacked=shares == "shares", style=style)
    axis = NameAxis([ax], names, style)
    ax.xaxis.set_major_formatter(shares_formatter() if shares == "shares" else counts_formatter())
    ax.set_xlim(left=0, right=1.0 if shares == "shares" and parts_of else None)
    words = labels.or_else(x="Share of rows" if shares == "shares" else "Rows", y=variable, caption=note)
    parts.set_words(ax, words)
    ax.set_title("")
    key = Key(by, list(parts_of), colours) if parts_of else None
    frame = Panels(
        fig,
        words.caption,
        style,
        ranks=True,
        around=Around(fig, style, title=words.title, key=key),
    )

    def fit() -> None:
        axis.fit(_height_of(ax))
        frame.fit()
        axis.fit(_height_of(ax))

    return Plot(fig, _bar_words(names, table, variable, by), fit_to_size=fit)


def _draw_bars(
    ax: Axes, widths: np.ndarray, colours: Sequence[str], *, stacked: bool, style: PlotStyle
) -> None:
    at = np.arange(widths.shape[0], dtype=float)
    n = widths.shape[1]
    left = np.zeros(widths.shape[0])
    height = _BAR if stacked else _BAR / n
    for j in range(n):
        place = at if stacked else at + (j - (n - 1) / 2) * height
        drawn = ax.barh(
            place,
            widths[:, j],
            left=left if stacked else 0.0,
            height=height,
            color=colours[j],
            alpha=0.85,
            edgecolor=style.ground,
            linewidth=0.4,
            zorder=2,
        )
        for patch in drawn:
            patch.set_gid(f"bar {j}")
        left = left + widths[:, j]


def _bar_words(names: Sequence[str], table: np.ndarray, variable: str, by: str) -> str:
    total = table.sum()
    rows = table.sum(axis=1)
    top = int(rows.argmax())
    text = f"Bars of {variable}: {count_of(int(total), 'row')} in {count_of(len(names), 'category')}".replace(
        "categorys", "categories"
    )
    if by:
        text += f", divided by {by}"
    share = percent(float(f"{rows[top] / total:.3g}"))
    return f"{text}. The most frequent is {names[top]} with {count_of(int(rows[top]), 'row')} ({share})."


def _around(axes: Sequence[Axes], x: str, y: str, title: str, style: PlotStyle) -> Around | None:
    """Write the words on the only axes, or once for all panels."""
    fig = axes[0].get_figure()
    assert fig is not None
    if len(axes) > 1:
        return Around(axes[0].figure, style, title=title, x=x, y=y)  # type: ignore[arg-type]
    axes[0].set_xlabel(x)
    axes[0].set_ylabel(y)
    if title:
        axes[0].set_title(title, loc="left")
    return None


def _height_of(ax: Axes) -> float:
    """Return the height of axes in points."""
    return float(size_points(ax.figure)[1] * ax.get_position().height)  # type: ignore[arg-type]
