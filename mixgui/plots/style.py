"""How every plot looks: colours, sizes and the one place where matplotlib's settings are touched."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import RLock
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe & Ito (2008), "Color universal design": told apart with every kind of colour vision.
OKABE_ITO: dict[str, str] = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky_blue": "#56B4E9",
    "bluish_green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "reddish_purple": "#CC79A7",
}


@dataclass(frozen=True)
class PlotColours:
    """What each colour is for, as "#rrggbb".

    Parameters
    ----------
    background, text, muted : str
        The ground; labels and numbers; captions and secondary lines' labels.
    axis, grid, reference : str
        Axis lines; hairlines; lines at 0 and through quartiles.
    point, line, band, accent : str
        Observations; estimated lines; their bands; the chosen group.
    """

    background: str
    text: str
    muted: str
    axis: str
    grid: str
    reference: str
    point: str
    line: str
    band: str
    accent: str


LIGHT = PlotColours(
    background="#ffffff",
    text="#1c2127",
    muted="#59636e",
    axis="#8a939d",
    grid="#eceef1",
    reference="#6b7580",
    point="#454e58",
    line=OKABE_ITO["blue"],
    band=OKABE_ITO["sky_blue"],
    accent="#B84F00",  # Okabe-Ito vermillion, darkened until small text on white has a contrast of 4.5
)
DARK = PlotColours(
    background="#22262b",
    text="#e6e9ec",
    muted="#a3acb6",
    axis="#69727c",
    grid="#30353b",
    reference="#a3acb6",
    point="#c3cad1",
    line=OKABE_ITO["sky_blue"],
    band=OKABE_ITO["sky_blue"],
    accent=OKABE_ITO["orange"],
)

# DejaVu comes with matplotlib and covers the alphabets of Europe; the system's fonts add the rest by glyph.
FALLBACK_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Arial Unicode MS",
    "Nirmala UI",
    "Segoe UI Symbol",
    "Droid Sans Fallback",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
)

_lock = RLock()


@dataclass(frozen=True)
class PlotStyle:
    """The look of one plot.

    Parameters
    ----------
    dark : bool
        Light lines on a dark ground: for the screen only, exports are always light.
    size_inches : (width, height)
        Size until `render` or `save` gives another one.
    dpi : float
        Pixels an inch on a screen at 100 %; 96 is what Qt's logical pixels are.
    base_font : float
        Size of axis titles in points; everything else follows.
    background : str, optional
        Another ground than the theme's, "#rrggbb".
    """

    dark: bool = False
    size_inches: tuple[float, float] = (6.5, 4.0)
    dpi: float = 96.0
    base_font: float = 10.0
    background: str | None = None

    @property
    def colours(self) -> PlotColours:
        """The palette of the theme."""
        return DARK if self.dark else LIGHT

    @property
    def ground(self) -> str:
        """The colour of the ground."""
        return self.background or self.colours.background

    @property
    def small_font(self) -> float:
        """Size in points of tick labels, captions and names beside points."""
        return 0.88 * self.base_font

    @contextmanager
    def context(self) -> Iterator[None]:
        """Make matplotlib work with these settings, and nobody else's, inside the block.

        It starts from matplotlib's defaults, so that a matplotlibrc on the user's computer changes nothing,
        and leaves the settings as they were. One thread at a time: they are global to matplotlib.
        """
        log = logging.getLogger("matplotlib.font_manager")
        with _lock, mpl.rc_context(rc=_settings(self)):
            level = log.level
            log.setLevel(logging.ERROR)  # that a fallback font has no bold is no news
            try:
                yield
            finally:
                log.setLevel(level)


DEFAULT_STYLE = PlotStyle()


@lru_cache(maxsize=1)
def font_families() -> tuple[str, ...]:
    """DejaVu Sans and those of the fallback fonts that this computer has."""
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return ("DejaVu Sans", *(name for name in FALLBACK_FONTS if name in installed))


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Any]:
    """Matplotlib's own settings, less those that say where it draws."""
    kept = {"backend", "backend_fallback", "interactive", "toolbar", "timezone", "datapath"}
    windows = ("_", "webagg", "tk.", "keymap")
    names = [n for n in mpl.rcParamsDefault if n not in kept and not n.startswith(windows)]
    return {name: mpl.rcParamsDefault[name] for name in names}


@lru_cache(maxsize=16)
def _settings(style: PlotStyle) -> Any:
    colours, small = style.colours, style.small_font
    return _defaults() | {
        "font.family": list(font_families()),
        "font.size": style.base_font,
        "text.color": colours.text,
        "text.parse_math": False,  # a group may be called "a$b"
        "figure.facecolor": style.ground,
        "figure.dpi": style.dpi,
        "savefig.facecolor": "auto",
        "axes.facecolor": style.ground,
        "axes.edgecolor": colours.axis,
        "axes.labelcolor": colours.text,
        "axes.labelsize": style.base_font,
        "axes.titlesize": 1.1 * style.base_font,
        "axes.titlecolor": colours.text,
        "axes.titlelocation": "left",
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": colours.grid,
        "grid.linewidth": 0.7,
        "axes.formatter.useoffset": False,
        "axes.formatter.use_mathtext": False,
        "axes.formatter.limits": [-3, 6],
        "axes.unicode_minus": True,
        "xtick.color": colours.axis,
        "ytick.color": colours.axis,
        "xtick.labelcolor": colours.muted,
        "ytick.labelcolor": colours.muted,
        "xtick.labelsize": small,
        "ytick.labelsize": small,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "lines.solid_capstyle": "round",
        "path.simplify": True,
        # Text in an SVG is drawn as outlines: it looks the same where DejaVu is not installed, Word included.
        # In a PDF the letters are embedded as TrueType and stay searchable.
        "svg.fonttype": "path",
        "svg.hashsalt": "mixgui",  # ids depend on the content alone: the same plot gives the same file
        "pdf.fonttype": 42,
    }


def figure(style: PlotStyle) -> Figure:
    """Return an empty figure of the style's size with an Agg canvas (never pyplot)."""
    made = Figure(figsize=style.size_inches, dpi=style.dpi)
    FigureCanvasAgg(made)
    return made
