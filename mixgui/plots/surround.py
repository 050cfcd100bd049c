"""What stands around the panels of a plot: title, key of colours, words for all axes; names on an axis; panels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from mixgui.plots.layout import LINE_HEIGHT, PADDING_POINTS, drawable, shorten, size_points, text_width
from mixgui.plots.style import OKABE_ITO, PlotStyle

# In the order in which they are used: those that stand out from the ground first. Yellow on white and black on black
# would not be seen.
_ON_LIGHT = ("blue", "vermillion", "bluish_green", "reddish_purple", "orange", "sky_blue", "black")
_ON_DARK = ("sky_blue", "orange", "bluish_green", "reddish_purple", "yellow", "vermillion", "blue")
MOST_COLOURS = len(_ON_LIGHT)
LEAST_FONT = 7.0  # points: smaller names cannot be read
_KEY_MARK = "\N{BLACK CIRCLE}"
_NAME_SHARE = 0.34  # of the figure's width, at most, for names on an axis


def category_colours(n: int, style: PlotStyle) -> list[str]:
    """Return a colour for each of n categories; the last is grey where there are more than colours."""
    names = _ON_DARK if style.dark else _ON_LIGHT
    colours = [OKABE_ITO[name] for name in names[: min(n, MOST_COLOURS)]]
    return colours + [style.colours.muted] * (n - len(colours))


@dataclass(frozen=True)
class Key:
    """What colours mean.

    Parameters
    ----------
    title : str
        The variable.
    names, colours : sequence of str
    """

    title: str
    names: Sequence[str]
    colours: Sequence[str]


class Around:
    """Title and key above the panels, words for all axes beside and below them."""

    def __init__(
        self,
        figure: Figure,
        style: PlotStyle,
        *,
        title: str = "",
        key: Key | None = None,
        x: str = "",
        y: str = "",
    ) -> None:
        self._figure, self._style, self._key = figure, style, key
        self._words = {"title": title, "x": x, "y": y}
        base = style.base_font
        self._title = figure.text(0, 0, "", fontsize=1.1 * base, ha="left", va="top")
        self._x = figure.text(0, 0, "", fontsize=base, ha="center", va="bottom")
        self._y = figure.text(0, 0, "", fontsize=base, ha="left", va="center", rotation=90)
        self._head = figure.text(0, 0, "", fontsize=style.small_font, color=style.colours.muted, va="top")
        names = () if key is None else key.names
        colours = () if key is None else key.colours
        self._marks = [figure.text(0, 0, "", fontsize=style.small_font, va="top", color=c) for c in colours]
        self._names = [figure.text(0, 0, "", fontsize=style.small_font, va="top") for _ in names]

    def fit(self, below: float) -> tuple[float, float, float, float]:
        """Place everything for the present size; see `layout.Surroundings`."""
        width, height = size_points(self._figure)
        base = self._style.base_font
        left, above = 0.0, 0.0
        if self._words["title"]:
            self._title.set_text(shorten(self._words["title"], width - 2 * PADDING_POINTS, 1.1 * base))
            self._title.set_position((PADDING_POINTS / width, 1 - PADDING_POINTS / height))
            above += 1.1 * LINE_HEIGHT * base + PADDING_POINTS
        if self._key is not None:
            above = self._fit_key(self._key, width, height, above + PADDING_POINTS)
        if self._words["x"]:
            self._x.set_text(shorten(self._words["x"], width - 2 * PADDING_POINTS, base))
            self._x.set_position((0.5, (below + 0.5 * PADDING_POINTS) / height))
            below += LINE_HEIGHT * base
        if self._words["y"]:
            left = LINE_HEIGHT * base
            self._y.set_text(shorten(self._words["y"], height - below - above, base))
            self._y.set_position((PADDING_POINTS / width, (below + (height - below - above) / 2) / height))
        return left, below, 0.0, above

    def _fit_key(self, key: Key, width: float, height: float, top: float) -> float:
        """Write mark and name of each colour beside each other, in as many lines as are needed."""
        small = self._style.small_font
        mark, gap = text_width(_KEY_MARK, small) + 3, 1.2 * small
        room = width - 2 * PADDING_POINTS
        at = PADDING_POINTS
        head = shorten(key.title, 0.4 * room, small)
        self._head.set_text(head)
        self._head.set_position((at / width, 1 - top / height))
        at += text_width(head, small) + (gap if head else 0.0)
        for dot, text, name in zip(self._marks, self._names, key.names, strict=True):
            shown = shorten(name, room - mark, small)
            needed = mark + text_width(shown, small)
            if at > PADDING_POINTS and at + needed > width - PADDING_POINTS:
                at, top = PADDING_POINTS, top + LINE_HEIGHT * small
            dot.set_text(_KEY_MARK)
            dot.set_position((at / width, 1 - top / height))
            text.set_text(shown)
            text.set_position(((at + mark) / width, 1 - top / height))
            at += needed + gap
        return top + LINE_HEIGHT * small


class NameAxis:
    """Names of categories at 0, 1, 2, … on vertical axes, the first at the top; as many as can be read."""

    def __init__(self, axes: Sequence[Axes], names: Sequence[str], style: PlotStyle) -> None:
        self._axes, self._names, self._style = list(axes), list(names), style
        for ax in self._axes:
            ax.grid(False, axis="y")
            space = 0.9 if len(self._names) == 1 else 0.6  # a single box need not fill everything
            ax.set_ylim(len(self._names) - 1 + space, -space)
            ax.tick_params(axis="y", length=0)

    def fit(self, height: float) -> None:
        """Choose the font and the names that fit on `height` points of axis."""
        figure = self._axes[0].get_figure()
        assert isinstance(figure, Figure)
        width = size_points(figure)[0]
        n = max(len(self._names), 1)
        font = max(min(self._style.small_font, height / n / 1.12), LEAST_FONT)
        step = max(math.ceil(1.12 * font * n / max(height, 1.0)), 1)
        places = list(range(0, len(self._names), step))
        shown = [shorten(self._names[i], _NAME_SHARE * width, font) for i in places]
        for ax in self._axes:
            ax.set_yticks(places, shown, fontsize=font)


class DateAxis:
    """A horizontal axis whose numbers are days since 1970 (matplotlib's dates)."""

    def __init__(self, ax: Axes, style: PlotStyle) -> None:
        self._ax, self._style = ax, style

    def fit(self, width: float) -> None:
        """Choose as many dates as fit on `width` points."""
        most = int(min(max(width / (6.0 * self._style.small_font), 2), 8))
        locator = AutoDateLocator(minticks=2, maxticks=most)
        self._ax.xaxis.set_major_locator(locator)
        self._ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def counts_formatter() -> FuncFormatter:
    """Write whole numbers with commas, and nothing between them."""
    return FuncFormatter(lambda value, _: f"{value:,.0f}" if abs(value - round(value)) < 1e-9 else "")


def shares_formatter() -> FuncFormatter:
    """Write proportions as percentages."""
    return FuncFormatter(lambda value, _: f"{100 * value:.4g}\N{NO-BREAK SPACE}%")


def day_text(day: float) -> str:
    """Return a number of days since 1970 as a date."""
    return num2date(day).strftime("%Y-%m-%d")


def panel_axes(figure: Figure, names: Sequence[str], style: PlotStyle, *, common: bool = True) -> list[Axes]:
    """Return axes, one for each name (one without a title if there are no names).

    With common limits, numbers stand at the left and the lower edge only.
    """
    n = max(len(names), 1)
    columns = min(range(1, n + 1), key=lambda count: _ugliness(n, count, *style.size_inches))
    rows = math.ceil(n / columns)
    grid = figure.subplots(rows, columns, sharex=common, sharey=common, squeeze=False)
    axes = list(grid.ravel())
    for index, ax in enumerate(axes):
        if index >= n:
            ax.set_axis_off()
            continue
        if common:
            ax.tick_params(labelleft=index % columns == 0, labelbottom=index + columns >= n)
        if names:
            ax.set_title(drawable(names[index]), loc="left", fontsize=style.small_font)
    return axes[:n]


def _ugliness(n: int, columns: int, width: float, height: float) -> float:
    """Return how far panels are from being a little wider than high, and how many places stay empty."""
    rows = math.ceil(n / columns)
    return abs(math.log(width / columns / (height / rows) / 1.3)) + 0.5 * (rows * columns - n) / n
