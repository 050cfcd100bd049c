"""What a plot function returns: the figure, its description in words, and what can be picked in it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ParamSpec

from matplotlib.figure import Figure

from mixgui.plots.style import DEFAULT_STYLE, PlotStyle


@dataclass(frozen=True)
class Hit:
    """A group that can be picked in a plot.

    Parameters
    ----------
    axes_index : int
        Which of the figure's axes.
    x, y : float
        Where, in that axes' data coordinates.
    label : str
        Name of the group.
    whole_axes : bool
        Whether the axes as a whole stand for the group (a facet).
    """

    axes_index: int
    x: float
    y: float
    label: str
    whole_axes: bool = False


@dataclass(frozen=True)
class Labels:
    """Words that replace a plot's own; None keeps them, an empty text leaves them out.

    `groups` says what groups are called whose name in the data is a code; they are picked by their name in the data.
    """

    title: str | None = None
    x: str | None = None
    y: str | None = None
    caption: str | None = None
    groups: Mapping[str, str] = field(default_factory=dict, hash=False)

    def group(self, name: str | None) -> str:
        """Return what a group is called."""
        return self.groups.get(str(name), str(name))

    def or_else(self, *, title: str = "", x: str = "", y: str = "", caption: str = "") -> Words:
        """Fill in what was not given."""
        return Words(
            title if self.title is None else self.title,
            x if self.x is None else self.x,
            y if self.y is None else self.y,
            caption if self.caption is None else self.caption,
        )


@dataclass(frozen=True)
class Words:
    """The words that a plot is drawn with."""

    title: str
    x: str
    y: str
    caption: str


OWN_LABELS = Labels()
NO_HITS: tuple[Hit, ...] = ()


def _nothing() -> None:
    """Leave the figure as it is."""


@dataclass(frozen=True)
class Plot:
    """A drawn plot.

    Parameters
    ----------
    figure : Figure
    alt_text : str
        What the plot shows, in sentences made from the data.
    hits : tuple of Hit
        Groups that can be picked.
    style : PlotStyle
        What it was drawn with.
    fit_to_size : callable
        Adapts what depends on the figure's size (margins, names or ranks, line breaks of the caption) to
        its present one. `render` and `save` call it.
    rebuild : callable, optional
        Draws the same plot in another style (exports are light even when the screen is dark).
    """

    figure: Figure
    alt_text: str
    hits: tuple[Hit, ...] = NO_HITS
    style: PlotStyle = DEFAULT_STYLE
    fit_to_size: Callable[[], None] = _nothing
    rebuild: Callable[[PlotStyle], Plot] | None = None

    def in_style(self, style: PlotStyle) -> Plot:
        """Return this plot in another style; itself when nothing changes."""
        if style == self.style or self.rebuild is None:
            return self
        return self.rebuild(style)


P = ParamSpec("P")


def plot_function(draw: Callable[P, Plot]) -> Callable[P, Plot]:
    """Run a plot function inside its style's settings, and let its plot be drawn again in another style."""

    @functools.wraps(draw)
    def make(*args: P.args, **kwargs: P.kwargs) -> Plot:
        style = kwargs.get("style", DEFAULT_STYLE)
        assert isinstance(style, PlotStyle)
        with style.context():
            plot = draw(*args, **kwargs)
            plot.fit_to_size()

        def again(other: PlotStyle) -> Plot:
            changed = dict(kwargs) | {"style": other}
            return make(*args, **changed)  # type: ignore[arg-type]

        return replace(plot, style=style, rebuild=again)

    return make
