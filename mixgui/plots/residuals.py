"""Plots of level-1 residuals (frames of `models.diagnostics.residual_frame`)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mixgui.errors import ModelError
from mixgui.labels import heading_of
from mixgui.models.density import density_with_reference, share_outside
from mixgui.models.quantiles import qq_frame
from mixgui.models.smoothers import Smooth, smooth
from mixgui.plots import parts
from mixgui.plots.layout import Panels
from mixgui.plots.parts import StringArray, count_of, number, percent
from mixgui.plots.plot import OWN_LABELS, Labels, Plot, plot_function
from mixgui.plots.style import DEFAULT_STYLE, PlotStyle, figure


@plot_function
def residual_density(
    residuals: pd.DataFrame,
    *,
    column: str = ".resid",
    group: str | None = None,
    highlight: str | None = None,
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw the kernel density of residuals over the band of a normal sample.

    Parameters
    ----------
    residuals : DataFrame
        With `column`, and `group` if given.
    column : str
        ".resid" (mixed models), ".std_resid" (ordinary regression).
    group, highlight : str, optional
        Grouping factor, and the group whose residuals are marked on the lower edge.

    Raises
    ------
    ModelError
        Fewer than 3 residuals, or all equal.
    """
    parts.require_columns(residuals, column)
    given = residuals[column].to_numpy(dtype=float, na_value=np.nan)
    kept = np.isfinite(given)
    frame = density_with_reference(given)
    n = int(kept.sum())
    what = heading_of(column)
    words = labels.or_else(
        x=what,
        y="Density",
        caption=f"Line: kernel density of {count_of(n, 'residual')}. Band: where the line of a normal sample "
        f"of this size would run.{_left_out(given.size - n)}",
    )
    fig = figure(style)
    ax = fig.add_subplot()
    parts.set_words(ax, words)
    draw_density(ax, frame, style)
    names = parts.group_names(residuals, group)
    chosen = _chosen(names, highlight) & kept
    if chosen.any():
        parts.draw_rug(
            ax,
            given[chosen],
            colour=style.colours.accent,
            height=0.07,
            gid="chosen",
            width=1.4 if chosen.sum() <= 60 else 0.6,
        )
        parts.name_above(ax, _chosen_text(labels.group(highlight), group, int(chosen.sum())), style)
    sample = given[kept]
    sd = float(sample.std(ddof=1))
    mean = round(float(sample.mean()) / sd, 12) * sd  # 4e-15 is 0
    alt = (
        f"Density of {count_of(n, what.lower())}: mean {number(mean)}, SD {number(sd)}, "
        f"from {number(sample.min())} to {number(sample.max())}. "
        f"{density_sentence(frame)}"
    )
    return Plot(fig, alt, fit_to_size=Panels(fig, words.caption, style).fit)


@plot_function
def residuals_vs_fitted(
    residuals: pd.DataFrame,
    *,
    column: str = ".resid",
    fitted: str = ".fitted",
    group: str | None = None,
    highlight: str | None = None,
    level: float = 0.95,
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw residuals against fitted values with a line at 0 and a smooth line with its band.

    Above 20,000 rows cells are drawn whose shade counts rows, and the caption says so. The vertical axis
    spans the residuals; the band may leave it where rows are sparse.

    Parameters
    ----------
    residuals : DataFrame
        With `fitted` and `column`, and `group` if given.
    group, highlight : str, optional
        Grouping factor (its groups become pickable), and the group whose points are lit.

    Raises
    ------
    ModelError
        There is no finite residual.
    """
    parts.require_columns(residuals, column, fitted)
    x = residuals[fitted].to_numpy(dtype=float, na_value=np.nan)
    y = residuals[column].to_numpy(dtype=float, na_value=np.nan)
    kept = np.isfinite(x) & np.isfinite(y)
    names = parts.group_names(residuals, group)
    left_out = int((~kept).sum())
    x, y, names = x[kept], y[kept], None if names is None else names[kept]
    if not x.size:
        raise ModelError("There are no residuals to draw.", "Fit the model to a table with rows.")
    line, why_not = _smooth_or_reason(x, y, level)
    fig = figure(style)
    ax = fig.add_subplot()
    _zero_line(ax, style)
    cells = parts.draw_points(ax, x, y, style)
    low, high = ax.get_ylim()
    if line is not None:
        f = line.frame
        parts.draw_band(ax, f["x"].to_numpy(), f["lower"].to_numpy(), f["upper"].to_numpy(), style)
        parts.draw_line(ax, f["x"].to_numpy(), f["fit"].to_numpy(), style)
    ax.set_ylim(low, high)
    chosen = _chosen(names, highlight, x.size)
    if chosen.any():
        parts.draw_chosen_points(ax, x[chosen], y[chosen], style)
        parts.name_above(ax, _chosen_text(labels.group(highlight), group, int(chosen.sum())), style)
    smoother = why_not if line is None else f"Line: {line.method} with {percent(level)} band."
    shade = "lighter" if style.dark else "darker"
    shown = f" Cells: the {shade}, the more of {x.size:,} rows." if cells else ""
    words = labels.or_else(
        x=heading_of(fitted),
        y=heading_of(column),
        caption=smoother + shown + _left_out(left_out),
    )
    parts.set_words(ax, words)
    what = heading_of(column).lower()
    alt = (
        f"{count_of(x.size, what)} against fitted values from {number(x.min())} to {number(x.max())}; "
        f"they range from {number(y.min())} to {number(y.max())}. {_smooth_sentence(line, why_not)}"
    )
    return Plot(fig, alt, parts.point_hits(0, x, y, names), fit_to_size=Panels(fig, words.caption, style).fit)


@plot_function
def residual_qq(
    residuals: pd.DataFrame,
    *,
    column: str = ".resid",
    group: str | None = None,
    highlight: str | None = None,
    level: float = 0.95,
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw residuals against normal quantiles, with the line through the quartiles and a pointwise band.

    Above 5,000 residuals the tails are drawn in full and the middle is thinned evenly; the caption says so.

    Raises
    ------
    ModelError
        Fewer than 3 residuals, or all equal.
    """
    parts.require_columns(residuals, column)
    values = residuals[column].to_numpy(dtype=float, na_value=np.nan)
    frame = qq_frame(values, level)
    names = parts.group_names(residuals, group)
    fig = figure(style)
    ax = fig.add_subplot()
    drawn = draw_qq(ax, frame, style)
    names_in_order = None if names is None else names[frame.index.to_numpy()]
    chosen = _chosen(names_in_order, highlight, len(frame))
    if chosen.any():
        picked = frame[chosen]
        parts.draw_chosen_points(ax, picked["theoretical"].to_numpy(), picked["sample"].to_numpy(), style)
        parts.name_above(ax, _chosen_text(labels.group(highlight), group, len(picked)), style)
    what = heading_of(column)
    all_drawn = len(drawn) == len(frame)
    thinned = "" if all_drawn else f" {len(drawn):,} of {len(frame):,} points drawn: the tails in full."
    words = labels.or_else(
        x="Standard normal quantile",
        y=what,
        caption=f"Line through the quartiles; pointwise {percent(level)} band of a normal sample."
        + thinned
        + _left_out(values.size - len(frame)),
    )
    parts.set_words(ax, words)
    alt = f"Normal Q-Q plot of {count_of(len(frame), what.lower())}. {qq_sentence(frame, level)}"
    hits = parts.point_hits(
        0,
        drawn["theoretical"].to_numpy(),
        drawn["sample"].to_numpy(),
        None if names is None else names[drawn.index.to_numpy()],
    )
    return Plot(fig, alt, hits, fit_to_size=Panels(fig, words.caption, style).fit)


def draw_density(ax: Axes, frame: pd.DataFrame, style: PlotStyle) -> None:
    """Draw a frame of `density_with_reference`."""
    x = frame["x"].to_numpy()
    parts.draw_band(ax, x, frame["lower"].to_numpy(), frame["upper"].to_numpy(), style)
    parts.draw_line(ax, x, frame["density"].to_numpy(), style)
    ax.set_ylim(0.0, 1.06 * float(frame[["density", "upper"]].to_numpy().max()))
    ax.margins(x=0.02)


def density_sentence(frame: pd.DataFrame) -> str:
    """Say where the density leaves the band of a normal sample."""
    share = share_outside(frame)
    if share == 0:
        return "The line stays inside the band of a normal sample."
    return f"The line is outside the band of a normal sample over {percent(round(share, 2))} of the range."


def draw_qq(ax: Axes, frame: pd.DataFrame, style: PlotStyle) -> pd.DataFrame:
    """Draw a frame of `qq_frame` and return the rows that were drawn as points."""
    drawn = frame.iloc[parts.thin_quantiles(frame["theoretical"].to_numpy())]
    z = drawn["theoretical"].to_numpy()
    parts.draw_points(ax, z, drawn["sample"].to_numpy(), style)
    low, high = ax.get_ylim()
    parts.draw_band(ax, z, drawn["lower"].to_numpy(), drawn["upper"].to_numpy(), style)
    parts.draw_line(ax, z[[0, -1]], drawn["line"].to_numpy()[[0, -1]], style, width=1.4, zorder=1.5)
    line = drawn["line"].to_numpy()
    ax.set_ylim(min(low, line.min()), max(high, line.max()))
    return drawn


def qq_sentence(frame: pd.DataFrame, level: float) -> str:
    """Say how many points are outside the band, and where the ends go."""
    outside = (frame["sample"] < frame["lower"]) | (frame["sample"] > frame["upper"])
    ends = frame["sample"].to_numpy()[[0, -1]] - frame["line"].to_numpy()[[0, -1]]
    side = ["below" if d < 0 else "above" for d in ends]
    return (
        f"{int(outside.sum()):,} of {len(frame):,} points are outside the {percent(level)} band; the lowest "
        f"point is {side[0]} the line and the highest {side[1]} it."
    )


def _zero_line(ax: Axes, style: PlotStyle) -> None:
    ax.axhline(0.0, color=style.colours.reference, linewidth=1.0, zorder=3).set_gid("zero")


def _smooth_or_reason(x: np.ndarray, y: np.ndarray, level: float) -> tuple[Smooth | None, str]:
    """Return the smooth line, or why there is none: a plot of the points is of use without it."""
    try:
        return smooth(x, y, level), ""
    except ModelError as error:
        return None, error.message


def _smooth_sentence(line: Smooth | None, why_not: str) -> str:
    if line is None:
        return why_not
    frame = line.frame
    off_zero = float(((frame["lower"] > 0) | (frame["upper"] < 0)).mean())
    start = f"A smooth line ({line.method}) runs from {number(frame['fit'].iloc[0])} to "
    start += f"{number(frame['fit'].iloc[-1])}"
    if off_zero == 0:
        return f"{start}; its band contains 0 everywhere."
    return f"{start}; its band leaves out 0 over {percent(round(off_zero, 2))} of the range."


def _chosen(names: StringArray | None, highlight: str | None, n: int = 1) -> np.ndarray:
    """Return which rows belong to the chosen group; none when it does not occur."""
    if names is None or highlight is None:
        return np.zeros(n, dtype=bool)
    return names == str(highlight)


def _chosen_text(name: str, group: str | None, n: int) -> str:
    return f"{parts.called(name, group)} ({count_of(n, 'row')})"


def _left_out(n: int) -> str:
    return f" {count_of(n, 'row')} without a finite value left out." if n else ""
