"""Pieces that several plots are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from numpy.typing import NDArray

from mixgui.errors import ModelError
from mixgui.formatting import format_number
from mixgui.models.density import FloatArray
from mixgui.plots.plot import Hit, Words
from mixgui.plots.style import PlotStyle

StringArray = NDArray[np.object_]

# Above this many, single points are an even blot and slow: cells that count rows say more.
MOST_POINTS = 20_000
# Above this many, an SVG or PDF would be many megabytes: points become a picture inside it.
MOST_VECTOR_POINTS = 5_000
MOST_QQ_POINTS = 5_000
MOST_NAME_LETTERS = 36
HEX_CELLS = (56, 28)


def number(x: float) -> str:
    """Write a number for a sentence: three significant digits and a proper minus sign."""
    return format_number(x, 3, minus=True)


def percent(share: float) -> str:
    """Return 0.95 as "95 %"; no line breaks between the two."""
    return f"{100 * share:g}\N{NO-BREAK SPACE}%"


def count_of(n: int, noun: str) -> str:
    """Return "1 row", "2,287 rows"."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def called(name: str, group: str | None) -> str:
    """Return how a group is named where nothing else says what it is: "school 12", but "Utah Jazz"."""
    return cut(f"{group} {name}" if group and name.replace(".", "", 1).isdigit() else name)


def cut(text: str, most: int = MOST_NAME_LETTERS) -> str:
    """Shorten a name that would cover the plot."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def level_names(levels: Sequence[object] | pd.Series) -> StringArray:
    """Return the names of groups as text; whole numbers without a decimal mark (12.0 is "12")."""
    series = levels if isinstance(levels, pd.Series) else pd.Series(list(levels), dtype=object)
    if pd.api.types.is_float_dtype(series.dtype):
        values = series.to_numpy(dtype=float, na_value=np.nan)
        whole = np.isfinite(values) & (values == np.round(values))
        names = [str(int(v)) if w else str(v) for v, w in zip(values, whole, strict=True)]
    else:
        names = [str(v) for v in series]
    return np.array(names, dtype=object)


def group_names(frame: pd.DataFrame, group: str | None) -> StringArray | None:
    """Return the name of each row's group, or None when no grouping factor is given."""
    if group is None:
        return None
    require_columns(frame, group)
    return level_names(frame[group])


def require_columns(frame: pd.DataFrame, *names: str) -> None:
    """Refuse a frame that lacks a column."""
    for name in names:
        if name not in frame.columns:
            raise ModelError(
                f"There is no column {name} to draw.",
                f"There are: {', '.join(map(str, frame.columns))}.",
            )


def short_title(title: str) -> str:
    """Return what is left of the title of an axis where there is no room for it: what precedes its colon, or nothing.

    "Residual: Language score (points)" is a "Residual".
    """
    short, colon, _ = title.partition(": ")
    return short if colon else ""


def set_words(ax: Axes, words: Words) -> None:
    """Write axis titles and the title."""
    ax.set_xlabel(words.x)
    ax.set_ylabel(words.y)
    ax.xaxis.label.set_label(short_title(words.x))
    ax.yaxis.label.set_label(short_title(words.y))
    if words.title:
        ax.set_title(words.title, loc="left")


def draw_points(ax: Axes, x: FloatArray, y: FloatArray, style: PlotStyle) -> bool:
    """Draw points, or counting cells when there are too many; return whether cells were drawn."""
    n = x.size
    colours = style.colours
    if n > MOST_POINTS:
        shades = LinearSegmentedColormap.from_list(
            "rows", [mix(style.ground, colours.point, 0.18), colours.point]
        )
        cells = ax.hexbin(x, y, gridsize=HEX_CELLS, mincnt=1, cmap=shades, linewidths=0.1, zorder=2)
        cells.set_array(np.log10(np.asarray(cells.get_array())))
        cells.autoscale()
        cells.set_gid("cells")
        return True
    size, alpha = (4.6, 0.7) if n <= 300 else (3.4, 0.45) if n <= 3000 else (2.4, 0.28)
    (points,) = ax.plot(
        x, y, linestyle="none", marker="o", markersize=size, markeredgewidth=0, color=colours.point, zorder=2
    )
    points.set_alpha(alpha)
    points.set_rasterized(n > MOST_VECTOR_POINTS)
    points.set_gid("points")
    return False


def draw_chosen_points(ax: Axes, x: FloatArray, y: FloatArray, style: PlotStyle) -> None:
    """Draw the points of the chosen group over the others."""
    (points,) = ax.plot(
        x,
        y,
        linestyle="none",
        marker="o",
        markersize=5.4 if x.size <= 100 else 4.0,
        markeredgewidth=0.7 if x.size <= 100 else 0.3,
        markeredgecolor=style.ground,
        color=style.colours.accent,
        zorder=5,
    )
    points.set_gid("chosen")


def draw_band(ax: Axes, x: FloatArray, lower: FloatArray, upper: FloatArray, style: PlotStyle) -> None:
    """Draw a band."""
    band = ax.fill_between(x, lower, upper, color=style.colours.band, alpha=0.28, linewidth=0, zorder=1)
    band.set_gid("band")


def draw_line(
    ax: Axes, x: FloatArray, y: FloatArray, style: PlotStyle, *, width: float = 1.9, zorder: float = 4
) -> None:
    """Draw an estimated line."""
    (line,) = ax.plot(x, y, color=style.colours.line, linewidth=width, zorder=zorder)
    line.set_gid("line")


def draw_rug(
    ax: Axes,
    values: FloatArray,
    *,
    colour: str,
    height: float,
    gid: str,
    width: float = 0.8,
) -> None:
    """Draw a short stroke on the lower edge for each value; `height` is a share of the axes."""
    rug = ax.vlines(
        values,
        0.0,
        height,
        transform=ax.get_xaxis_transform(),
        color=colour,
        linewidth=width,
        zorder=5,
    )
    rug.set_gid(gid)


def name_above(ax: Axes, text: str, style: PlotStyle) -> None:
    """Write the chosen group's name in its colour above the axes, at the right."""
    ax.set_title(
        f"● {text}", loc="right", color=style.colours.accent, fontsize=style.small_font, fontweight="bold"
    )


def name_beside(
    ax: Axes,
    at: tuple[float, float],
    name: str,
    group: str | None,
    style: PlotStyle,
    *,
    seen_from: float | None = None,
) -> None:
    """Write the chosen group's name beside a point, towards the middle of the axes (from `seen_from`, else x)."""
    to_left = (at[0] if seen_from is None else seen_from) > sum(ax.get_xlim()) / 2
    label = ax.annotate(
        called(name, group),
        at,
        xytext=(-8 if to_left else 8, 0),
        textcoords="offset points",
        ha="right" if to_left else "left",
        va="center",
        color=style.colours.accent,
        fontsize=style.small_font,
        fontweight="bold",
        zorder=6,
        bbox={"facecolor": style.ground, "edgecolor": "none", "alpha": 0.8, "pad": 1.2},
    )
    label.set_gid("chosen name")
    label.set_label(cut(name))  # what is written where there is no room for more
    # A name that is wider than the room beside its point must not squeeze the axes.
    label.set_in_layout(False)


def point_hits(axes_index: int, x: FloatArray, y: FloatArray, names: StringArray | None) -> tuple[Hit, ...]:
    """Return a hit for every point that belongs to a group; none when points were not drawn singly."""
    if names is None or x.size > MOST_POINTS:
        return ()
    rows = zip(x.tolist(), y.tolist(), names.tolist(), strict=True)
    return tuple(Hit(axes_index, px, py, name) for px, py, name in rows)


def thin_ranks(n: int, most: int) -> NDArray[np.intp]:
    """Return at most `most` positions of n ordered things, evenly from the first to the last."""
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).round().astype(np.intp)


def thin_quantiles(z: FloatArray, most: int = MOST_QQ_POINTS) -> NDArray[np.intp]:
    """Return positions to draw of ascending quantiles: a tenth of `most` at either end, between them evenly in z."""
    n = z.size
    if n <= most:
        return np.arange(n)
    tail = most // 10
    middle = np.searchsorted(z, np.linspace(z[tail], z[n - tail - 1], most - 2 * tail)).astype(np.intp)
    return np.unique(np.concatenate([np.arange(tail), middle, np.arange(n - tail, n)]))


def mix(a: str, b: str, share: float) -> str:
    """Return the colour between a (share 0) and b (share 1)."""
    (r, g, h), (s, t, u) = to_rgb(a), to_rgb(b)
    rest = 1.0 - share
    return to_hex((rest * r + share * s, rest * g + share * t, rest * h + share * u))
