"""Margins, captions and shortened names: what depends on a figure's size and not on its data."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Annotation, Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from mixgui.plots.style import PlotStyle, font_families

LINE_HEIGHT = 1.3
HINTING = 1.04  # letters that are fitted to a screen's pixels run a little wider
BOLD_WIDTH = 1.13  # of the regular weight
PADDING_POINTS = 6.0
POINTS_PER_INCH = 72.0


def size_points(figure: Figure) -> tuple[float, float]:
    """Return width and height of the figure in points."""
    width, height = figure.get_size_inches()
    return float(width) * POINTS_PER_INCH, float(height) * POINTS_PER_INCH


@lru_cache(maxsize=8192)
def _width_per_point(text: str) -> float:
    """Return the width of a text in its regular weight, as a multiple of the font size."""
    size = 50.0  # hinting does not matter at this size
    font = FontProperties(family=list(font_families()), size=size)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / size


def text_width(text: str, font: float) -> float:
    """Return how wide a text is at a font size, both in points."""
    return HINTING * _width_per_point(text) * font if text else 0.0


@lru_cache(maxsize=1)
def _fonts() -> tuple[FT2Font, ...]:
    find = fontManager.findfont
    return tuple(
        get_font(find(FontProperties(family=name), fallback_to_default=False)) for name in font_families()
    )


@lru_cache(maxsize=8192)
def drawable(text: str) -> str:
    """Return the text with a box for each letter that no font has, which matplotlib would warn about."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() or any(f.get_char_index(ord(c)) for f in _fonts()) else "□" for c in text)


def shorten(text: str, width: float, font: float) -> str:
    """Cut a text to `width` points, with an ellipsis where something is missing; see `drawable`."""
    text = drawable(text)
    if text_width(text, font) <= width:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if text_width(text[:middle] + "…", font) <= width:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + "…"


def wrap(text: str, width: float, font: float) -> list[str]:
    """Break a text between words into lines of at most `width` points; a longer word stands alone, cut."""
    lines: list[str] = []
    for word in drawable(text).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(shorten(word, width, font))
    return lines


class Caption:
    """Small text below a figure, broken into lines that fit its width."""

    def __init__(self, figure: Figure, text: str, style: PlotStyle) -> None:
        self._figure = figure
        self._text = text
        self._font = style.small_font
        self.artist = figure.text(
            0.0, 0.0, "", fontsize=self._font, color=style.colours.muted, va="bottom", linespacing=LINE_HEIGHT
        )

    def fit(self) -> float:
        """Break the lines for the present size and return the height taken, in points."""
        width, height = size_points(self._figure)
        if not self._text:
            return 0.0
        # Over a long line, letters on whole pixels add up to more than `HINTING` allows for.
        lines = wrap(self._text, 0.97 * (width - 2 * PADDING_POINTS), self._font)
        self.artist.set_text("\n".join(lines))
        self.artist.set_position((PADDING_POINTS / width, 0.6 * PADDING_POINTS / height))
        return len(lines) * LINE_HEIGHT * self._font + PADDING_POINTS


class Surroundings(Protocol):
    """What stands around all panels of a figure: a title, a key of colours, words for all horizontal axes."""

    def fit(self, below: float) -> tuple[float, float, float, float]:
        """Place it for the present size, `below` points being taken at the bottom; return what is taken in all.

        The four numbers are points at the left, the bottom, the right and the top.
        """
        ...


class Panels:
    """Axes above a caption, laid out anew for each size of the figure.

    Made when all is drawn: the texts are remembered as they are meant, and each fit shortens them from there.
    Where a text has no room and its artist has a label (matplotlib's legends use it; there are none here), the
    label is written instead: "verbal_iq" for "Random slope of verbal_iq".

    Parameters
    ----------
    figure : Figure
    caption : str
    style : PlotStyle
    ranks : bool
        Whether the plot sees to the ticks of its vertical axis itself.
    own_ticks : collection of Axis
        Other axes to whose ticks the plot sees itself.
    around : Surroundings, optional
        What stands around the panels.

    Attributes
    ----------
    meant : dict
        Each text artist -> its words in full.
    """

    def __init__(
        self,
        figure: Figure,
        caption: str,
        style: PlotStyle,
        *,
        ranks: bool = False,
        own_ticks: Collection[Axis] = (),
        around: Surroundings | None = None,
    ) -> None:
        self._figure, self._style, self._ranks = figure, style, ranks
        self._own_ticks, self._around = tuple(own_ticks), around
        self.caption = Caption(figure, caption, style)
        self._engine = ConstrainedLayoutEngine()
        self._axes = [ax for ax in figure.axes if ax.axison]
        self.meant: dict[Text, str] = {text: text.get_text() for ax in self._axes for text in _texts(ax)}

    def fit(self) -> None:
        """Lay out for the present size: the engine runs here, once, and not again at each drawing."""
        width, height = size_points(self._figure)
        below = self.caption.fit()
        sides = (0.0, below, 0.0, 0.0) if self._around is None else self._around.fit(below)
        left, taken, right, above = (
            min(side / whole, 0.5) for side, whole in zip(sides, (width, height) * 2, strict=True)
        )
        columns = self._columns()
        for text, meant in self.meant.items():
            # Wider than its panel, the title of one of several would leave no room for their axes.
            above_panel = columns > 1 and text.axes is not None and text in text.axes.get_children()
            room, font = width / columns, float(text.get_fontsize())
            text.set_text(shorten(meant, room, font) if above_panel else drawable(meant))
        self._choose_ticks(width * (1.0 - left - right), height * (1.0 - taken - above))
        pad = PADDING_POINTS / POINTS_PER_INCH
        rect = (left, taken, 1.0 - left - right, 1.0 - taken - above)
        self._engine.set(w_pad=pad, h_pad=pad, wspace=0.03, hspace=0.03, rect=rect)
        self._figure.set_layout_engine(self._engine)
        self._engine.execute(self._figure)
        self._figure.set_layout_engine("none")
        for ax in self._axes:
            self._shorten_texts(ax, width, height, above)

    def _columns(self) -> int:
        """Return how many panels stand beside each other."""
        places = [ax.get_subplotspec() for ax in self._axes]
        return max((place.get_gridspec().ncols for place in places if place is not None), default=1)

    def _choose_ticks(self, width: float, height: float) -> None:
        """Have as many ticks as there is room for their numbers: matplotlib crowds them in small panels."""
        for ax in self._axes:
            place = ax.get_subplotspec()
            rows, columns = place.get_gridspec().get_geometry() if place is not None else (1, 1)
            across = (width / columns - 5.0 * self._style.base_font) / (4.2 * self._style.small_font)
            if ax.xaxis not in self._own_ticks:
                self._choose_ticks_across(ax, across, width / columns - 5.0 * self._style.base_font)
            if not self._ranks and ax.yaxis not in self._own_ticks:
                down = (height / rows - 4.0 * self._style.base_font) / (2.4 * self._style.small_font)
                ax.yaxis.set_major_locator(_few_ticks(down))

    def _choose_ticks_across(self, ax: Axes, room: float, width: float) -> None:
        """Take fewer and fewer ticks until their numbers stand apart on about `width` points."""
        low, high = ax.get_xlim()
        for fewer in range(8):
            # The last resort is a single number, which the locator gives only when told so.
            locator = _few_ticks(room - fewer, least=1 if fewer == 7 else 2)
            ax.xaxis.set_major_locator(locator)
            places = [float(at) for at in locator.tick_values(low, high) if low <= at <= high]
            texts = ax.xaxis.get_major_formatter().format_ticks(places)
            if len(places) < 2:
                return
            widest = max(text_width(text, self._style.small_font) for text in texts)
            if widest + 0.4 * self._style.small_font <= width * (places[1] - places[0]) / (high - low):
                return

    def _shorten_texts(self, ax: Axes, width: float, height: float, above: float) -> None:
        """Cut what would run out of the figure or into the next panel."""
        box = ax.get_position()
        panel = box.width * width
        # Centred on its axes, the title of an axis may reach as far as the nearer edge of the figure.
        wide = width * min(box.x0 + box.x1, 2 - box.x0 - box.x1) if len(self._axes) == 1 else panel
        high = height * min(box.y0 + box.y1, 2 * (1 - above) - box.y0 - box.y1)
        for text in _texts(ax):
            font = float(text.get_fontsize()) * (BOLD_WIDTH if text.get_fontweight() == "bold" else 1.0)
            meant, room = self.meant.get(text, ""), wide
            if text is ax.yaxis.label:
                room = high
            elif isinstance(text, Annotation):
                x, _ = ax.transAxes.inverted().transform(ax.transData.transform(text.xy))
                room = panel * (x if text.get_horizontalalignment() == "right" else 1.0 - x) - PADDING_POINTS
            if text_width(drawable(meant), font) > room and text.get_label():
                meant = str(text.get_label())
            text.set_text(shorten(meant, room, font))


def _texts(ax: Axes) -> list[Text]:
    """Return axis titles, titles above the axes and names beside points."""
    above = [text for text in ax.get_children() if isinstance(text, Text) and text.get_text()]
    return [ax.xaxis.label, ax.yaxis.label, *above]


def _few_ticks(room: float, least: int = 2) -> MaxNLocator:
    return MaxNLocator(nbins=int(min(max(room, 1), 8)), steps=[1, 2, 5, 10], min_n_ticks=least)
