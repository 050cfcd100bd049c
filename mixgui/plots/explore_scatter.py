"""One number against another: points or counting cells, with a smooth line for all or for each category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mixgui.errors import ModelError
from mixgui.plots import parts
from mixgui.plots.layout import Panels, size_points
from mixgui.plots.parts import count_of, number
from mixgui.plots.plot import OWN_LABELS, Hit, Labels, Plot, plot_function
from mixgui.plots.style import DEFAULT_STYLE, PlotStyle, figure
from mixgui.plots.surround import Around, DateAxis, Key, category_colours, day_text


@plot_function
def scatter(
    points: pd.DataFrame,
    *,
    x: str,
    y: str,
    categories: Sequence[str] = (),
    by: str = "",
    curves: Mapping[int, pd.DataFrame] | None = None,
    groups: Sequence[str] | None = None,
    highlight: str | None = None,
    dates: bool = False,
    note: str = "",
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw points, with lines.

    Above 20,000 points cells are drawn whose shade counts rows, unless categories have colours: then whoever calls
    draws a sample and says so in `note`.

    Parameters
    ----------
    points : DataFrame
        x, y, colour (place of the category, 0 without categories); finite.
    x, y : str
        What the axes are called, with the units.
    categories : sequence of str
        Names of the categories that have colours.
    by : str
        What the categories are called.
    curves : mapping, optional
        Place of a category (0 without) -> frame of x, fit, lower, upper.
    groups : sequence of str, optional
        Name of each point's group: then points can be picked.
    highlight : str, optional
        Group whose points are lit.
    dates : bool
        Whether x are days since 1970.
    note : str
        What the caption says besides.

    Raises
    ------
    ModelError
        There is no point.
    """
    parts.require_columns(points, "x", "y", "colour")
    if points.empty:
        raise ModelError(f"No row has both {x} and {y}.", "Choose variables with values in the same rows.")
    px, py = points["x"].to_numpy(dtype=float), points["y"].to_numpy(dtype=float)
    fig = figure(style)
    ax = fig.add_subplot()
    cells = False
    colours = category_colours(len(categories), style) if categories else [style.colours.line]
    if categories:
        _draw_categories(ax, px, py, points["colour"].to_numpy(), colours, style)
    else:
        cells = parts.draw_points(ax, px, py, style)
    low, high = ax.get_ylim()
    for place, curve in (curves or {}).items():
        line = curve["x"].to_numpy()
        band = ax.fill_between(
            line, curve["lower"], curve["upper"], color=colours[place], alpha=0.2, linewidth=0, zorder=3
        )
        band.set_gid(f"band {place}")
        (drawn,) = ax.plot(line, curve["fit"], color=colours[place], linewidth=2.0, zorder=4)
        drawn.set_gid(f"line {place}")
    ax.set_ylim(low, high)
    if groups is not None and highlight is not None:
        lit = np.asarray(groups, dtype=object) == highlight
        if lit.any():
            parts.draw_chosen_points(ax, px[lit], py[lit], style)
    shade = "lighter" if style.dark else "darker"
    shown = f"Cells: the {shade}, the more of {px.size:,} rows." if cells else ""
    words = labels.or_else(x=x, y=y, caption=" ".join(part for part in (shown, note) if part))
    ax.set_xlabel(words.x)
    ax.set_ylabel(words.y)
    key = Key(by, list(categories), colours) if categories else None
    frame = Panels(
        fig,
        words.caption,
        style,
        own_ticks=(ax.xaxis,) if dates else (),
        around=Around(fig, style, title=words.title, key=key),
    )
    dated = DateAxis(ax, style) if dates else None

    def fit() -> None:
        if dated is not None:
            dated.fit(0.8 * size_points(fig)[0])
        frame.fit()

    hits: tuple[Hit, ...] = ()
    if groups is not None:
        hits = parts.point_hits(0, px, py, np.asarray(groups, dtype=object))
    return Plot(fig, _words(px, py, x, y, categories, by, dates), hits, fit_to_size=fit)


def _draw_categories(
    ax: Axes, x: np.ndarray, y: np.ndarray, colour: np.ndarray, colours: Sequence[str], style: PlotStyle
) -> None:
    """Draw the points of all categories in one go, so that none lies over the others."""
    n = x.size
    size, alpha = (22.0, 0.75) if n <= 300 else (12.0, 0.55) if n <= 3000 else (6.0, 0.4)
    drawn = ax.scatter(
        x, y, s=size, c=np.array(colours, dtype=object)[colour].tolist(), alpha=alpha, linewidths=0, zorder=2
    )
    drawn.set_rasterized(n > parts.MOST_VECTOR_POINTS)
    drawn.set_gid("points")


def _words(
    x: np.ndarray, y: np.ndarray, across: str, up: str, categories: Sequence[str], by: str, dates: bool
) -> str:
    low, high = (day_text(float(end)) if dates else number(float(end)) for end in (x.min(), x.max()))
    text = (
        f"{up} against {across}, {count_of(x.size, 'row')}: {across} from {low} to "
        f"{high}, {up} from {number(y.min())} to {number(y.max())}."
    )
    if x.size > 2 and np.ptp(x) > 0 and np.ptp(y) > 0:
        # On 0..1, where no product overflows.
        unit = [(one - one.min()) / np.ptp(one) for one in (x, y)]
        text += f" Correlation {number(float(np.corrcoef(*unit)[0, 1]))}."
    if categories:
        text += f" Colours: {by}, {', '.join(categories)}."
    return text
