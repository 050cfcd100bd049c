"""Values over time: a thin line for each group (spaghetti), a thick one for the mean, chosen groups by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.text import Annotation

from mixgui.errors import ModelError
from mixgui.plots import parts
from mixgui.plots.layout import LINE_HEIGHT, Panels, shorten, size_points, text_width
from mixgui.plots.parts import count_of, number
from mixgui.plots.plot import OWN_LABELS, Hit, Labels, Plot, plot_function
from mixgui.plots.style import DEFAULT_STYLE, PlotStyle, figure
from mixgui.plots.surround import Around, DateAxis, Key, category_colours, day_text, panel_axes

_MOST_HITS = 20_000
_NAMES_SHARE = 0.3  # of a panel's width, at most, for names at the ends of lines
_CAPPED_MEAN_POINTS = 60  # a mean at more times has no points


@plot_function
def spaghetti(
    points: pd.DataFrame,
    means: pd.DataFrame | None,
    *,
    x: str,
    y: str,
    groups: Sequence[str],
    factor: str = "",
    categories: Sequence[str] = (),
    by: str = "",
    panels: Sequence[str] = (),
    chosen: Sequence[str] = (),
    all_lines: bool = True,
    dates: bool = False,
    note: str = "",
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw groups over time.

    Parameters
    ----------
    points : DataFrame
        line, group (place in `groups`), colour, panel, x, y: as of `data.profiles.profile_lines`.
    means : DataFrame, optional
        panel, colour, x, mean: the thick lines.
    x, y : str
        What the axes are called.
    groups : sequence of str
        Names of the groups.
    factor : str
        What the groups are called.
    categories, by : sequence of str, str
        Names of the categories that have colours, and what they are called.
    panels : sequence of str
        Names of the panels; none for a single one.
    chosen : sequence of str
        Groups that are lit and named at the end of their lines.
    all_lines : bool
        Whether the other groups are drawn, too.
    dates : bool
        Whether x are days since 1970.
    note : str
        What the caption says besides.

    Raises
    ------
    ModelError
        There is no point.
    """
    parts.require_columns(points, "line", "group", "colour", "panel", "x", "y")
    if points.empty:
        raise ModelError(
            f"No row has {y}, {x} and a group at once.", "Choose variables with values in the same rows."
        )
    fig = figure(style)
    axes = panel_axes(fig, panels, style)
    colours = category_colours(len(categories), style) if categories else [style.colours.line]
    thin = colours if categories else [style.colours.point]
    n_lines = int(points["line"].nunique())
    names = np.asarray(groups, dtype=object)
    labelled: list[_EndNames] = []
    limits = (float(points["x"].min()), float(points["x"].max()))
    several = category_colours(len(chosen) + 1, style)[1:]
    own = dict(zip(chosen, several if len(chosen) > 1 else [style.colours.accent], strict=False))
    for index, ax in enumerate(axes):
        mine = points[points["panel"] == index]
        if all_lines:
            _draw_lines(ax, mine, thin, n_lines, style)
        if means is not None:
            _draw_means(ax, means[means["panel"] == index], colours, style)
        here = set(names[np.unique(mine["group"])])
        lit = {name: colour for name, colour in own.items() if name in here}
        if lit:
            labelled.append(
                _EndNames(ax, mine, names, lit, colours if categories else None, limits[1], style)
            )
        ax.margins(x=0.03, y=0.05)
        ax.autoscale_view()
    words = labels.or_else(x=x, y=y, caption=note)
    single = len(axes) == 1
    if single:
        axes[0].set_xlabel(words.x)
        axes[0].set_ylabel(words.y)
    key = Key(by, list(categories), colours) if categories else None
    around = Around(
        fig, style, title=words.title, key=key, x="" if single else words.x, y="" if single else words.y
    )
    frame = Panels(
        fig, words.caption, style, own_ticks=[ax.xaxis for ax in axes] if dates else (), around=around
    )
    dated = [DateAxis(ax, style) for ax in axes] if dates else []

    def fit() -> None:
        for one, ax in zip(dated, axes, strict=False):
            one.fit(size_points(fig)[0] * ax.get_position().width)
        if labelled:  # shared limits: the widest name makes room in all panels
            width = size_points(fig)[0] * axes[0].get_position().width
            room = min(max(one.width() for one in labelled) / max(width, 1.0), _NAMES_SHARE)
            span = (limits[1] - limits[0]) or 1.0
            axes[0].set_xlim(limits[0] - 0.03 * span, limits[1] + span * (0.03 + room / (1 - room)))
        frame.fit()
        for end in labelled:
            end.fit()

    return Plot(
        fig,
        _words(points, n_lines, x, y, factor, by, categories, means, dates),
        _hits(points, names, all_lines, chosen),
        fit_to_size=fit,
    )


def _segments(points: pd.DataFrame) -> list[np.ndarray]:
    """Return the points of each line, (points, 2)."""
    xy = points[["x", "y"]].to_numpy(dtype=float)
    line = points["line"].to_numpy()
    return np.split(xy, np.flatnonzero(np.diff(line)) + 1) if len(xy) else []


def _draw_lines(
    ax: Axes, points: pd.DataFrame, colours: Sequence[str], n_lines: int, style: PlotStyle
) -> None:
    alpha = float(np.clip(12.0 / max(n_lines, 1) ** 0.75, 0.06, 0.7))
    for place, mine in points.groupby("colour", sort=True):
        segments = _segments(mine)
        lines = LineCollection(
            segments, colors=colours[int(place)], linewidths=0.9, alpha=alpha, zorder=2, capstyle="round"
        )
        lines.set_rasterized(len(points) > parts.MOST_VECTOR_POINTS * 4)
        lines.set_gid(f"lines {place}")
        ax.add_collection(lines)
        alone = np.array([one[0] for one in segments if len(one) == 1])
        if alone.size:  # a group with one time is a point
            (dots,) = ax.plot(
                alone[:, 0], alone[:, 1], linestyle="none", marker="o", markersize=2.4, markeredgewidth=0
            )
            dots.set(color=colours[int(place)], alpha=min(2 * alpha, 0.7), zorder=2)
            dots.set_gid(f"single {place}")


def _draw_means(ax: Axes, means: pd.DataFrame, colours: Sequence[str], style: PlotStyle) -> None:
    for place, mine in means.groupby("colour", sort=True):
        (line,) = ax.plot(
            mine["x"],
            mine["mean"],
            color=colours[int(place)],
            linewidth=2.8,
            marker="o" if len(mine) <= _CAPPED_MEAN_POINTS else "",
            markersize=6.5,
            markeredgecolor=style.ground,
            markeredgewidth=1.0,
            zorder=4,
        )
        line.set_gid(f"mean {place}")


class _EndNames:
    """Chosen groups' lines with their names at the right ends, moved apart where they would overlap."""

    def __init__(
        self,
        ax: Axes,
        points: pd.DataFrame,
        names: np.ndarray,
        chosen: Mapping[str, str],
        colours: Sequence[str] | None,
        end: float,
        style: PlotStyle,
    ) -> None:
        self._ax, self._style = ax, style
        self._labels: list[tuple[Annotation, str]] = []
        for name, own in chosen.items():
            mine = points[names[points["group"]] == name]
            for _, line in mine.groupby("line", sort=True):
                colour = own if colours is None else colours[int(line["colour"].iloc[0])]
                (drawn,) = ax.plot(
                    line["x"],
                    line["y"],
                    color=colour,
                    linewidth=2.0,
                    marker="o",
                    markersize=4.0,
                    markeredgewidth=0.7,
                    markeredgecolor=style.ground,
                    zorder=5,
                )
                drawn.set_gid(f"chosen {name}")
                self._name(name, end, float(line["y"].iloc[-1]), colour)

    def _name(self, name: str, x: float, y: float, colour: str) -> None:
        label = self._ax.annotate(
            parts.cut(name),
            (x, y),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=self._style.small_font,
            fontweight="bold",
            zorder=6,
        )
        label.set_gid("chosen name")
        label.set_in_layout(False)
        self._labels.append((label, parts.cut(name)))

    def width(self) -> float:
        """Return the points that the widest name takes."""
        return max(text_width(name, self._style.small_font) * 1.13 for _, name in self._labels) + 12

    def fit(self) -> None:
        """Shorten the names and move them apart."""
        figure_width, height = size_points(self._ax.figure)  # type: ignore[arg-type]
        box = self._ax.get_position()
        low, high = self._ax.get_ylim()
        left, right = self._ax.get_xlim()
        per_unit = box.height * height / (high - low)
        pitch = LINE_HEIGHT * self._style.small_font
        placed: list[float] = []
        for label, name in sorted(self._labels, key=lambda one: float(one[0].xy[1])):
            x, y = (float(value) for value in label.xy)
            wanted = (y - low) * per_unit
            at = max(wanted, placed[-1] + pitch) if placed else wanted
            placed.append(at)
            label.set_position((7, at - wanted))
            room = box.width * figure_width * (right - x) / (right - left) - 8
            label.set_text(shorten(name, max(room, 24.0) / 1.13, self._style.small_font))


def _hits(points: pd.DataFrame, names: np.ndarray, all_lines: bool, chosen: Sequence[str]) -> tuple[Hit, ...]:
    shown = points if all_lines else points[np.isin(names[points["group"]], list(chosen))]
    if len(shown) > _MOST_HITS:
        return ()
    rows = zip(shown["panel"], shown["x"], shown["y"], names[shown["group"]], strict=True)
    return tuple(Hit(int(panel), float(px), float(py), str(name)) for panel, px, py, name in rows)


def _words(
    points: pd.DataFrame,
    n_lines: int,
    x: str,
    y: str,
    factor: str,
    by: str,
    categories: Sequence[str],
    means: pd.DataFrame | None,
    dates: bool,
) -> str:
    first, last = (day_text(end) if dates else number(end) for end in (points["x"].min(), points["x"].max()))
    text = (
        f"{y} over {x}: {count_of(n_lines, 'line')}{f', one for each {factor}' if factor else ''}, "
        f"{count_of(len(points), 'row')}; {x} from {first} to {last}, "
        f"{y} from {number(points['y'].min())} to {number(points['y'].max())}."
    )
    if means is None:
        return text
    for (panel, place), mine in means.groupby(["panel", "colour"], sort=True):
        if panel or place >= max(len(categories), 1):
            continue
        who = f" of {by} {categories[int(place)]}" if categories else ""
        ends = f"{number(mine['mean'].iloc[0])} to {number(mine['mean'].iloc[-1])}"
        text += f" The mean{who} goes from {ends}."
    return text
