"""From a plot to pixels for the screen and to files."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import NDArray

from mixgui.errors import ExportError
from mixgui.plots.plot import Plot

PlotFormat = Literal["png", "svg", "pdf"]
FORMATS: tuple[PlotFormat, ...] = ("png", "svg", "pdf")
# Agg cannot draw more than 2^16 pixels a side; 200 million pixels take 800 MB.
MOST_SIDE_PIXELS, MOST_PIXELS = 32_000, 200_000_000
PICK_REACH = 12.0  # logical pixels


@dataclass(frozen=True)
class PixelHit:
    """A group that can be picked, in logical pixels from the top left corner.

    `box` (left, top, right, bottom) is given where a whole panel stands for the group.
    """

    x: float
    y: float
    label: str
    axes_index: int
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class RenderedPlot:
    """A plot as pixels.

    Parameters
    ----------
    rgba : uint8 array (height * ratio, width * ratio, 4)
        Rows from the top.
    hits : tuple of PixelHit
    alt_text : str
    width_px, height_px : int
        Logical pixels.
    device_ratio : float
        Device pixels a logical pixel.
    """

    rgba: NDArray[np.uint8]
    hits: tuple[PixelHit, ...]
    alt_text: str
    width_px: int
    height_px: int
    device_ratio: float

    def group_at(self, x: float, y: float, reach: float = PICK_REACH) -> str | None:
        """Return the group at a point in logical pixels: the panel around it or the nearest mark in reach."""
        best, found = reach, None
        for hit in self.hits:
            if hit.box is not None:
                left, top, right, bottom = hit.box
                if left <= x <= right and top <= y <= bottom:
                    return hit.label
                continue
            distance = math.hypot(hit.x - x, hit.y - y)
            if distance <= best:
                best, found = distance, hit.label
        return found


def render(plot: Plot, width_px: int, height_px: int, device_ratio: float = 1.0) -> RenderedPlot:
    """Draw a plot for the screen.

    Parameters
    ----------
    plot : Plot
        It is laid out anew for the size; nothing is computed again.
    width_px, height_px : int
        Logical pixels; at least 16 each.
    device_ratio : float
        Device pixels a logical pixel (2 on a screen at 200 %): text keeps its size in logical pixels.
    """
    width_px, height_px = max(int(width_px), 16), max(int(height_px), 16)
    dots = plot.style.dpi * device_ratio
    across, down = round(width_px * device_ratio), round(height_px * device_ratio)
    figure = plot.figure
    with plot.style.context():
        figure.set_dpi(dots)
        # A hundredth of a pixel more, since the canvas cuts its size down to whole pixels.
        figure.set_size_inches((across + 0.01) / dots, (down + 0.01) / dots)
        plot.fit_to_size()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        rgba = np.array(canvas.buffer_rgba())
        hits = _pixel_hits(plot, down, device_ratio)
    return RenderedPlot(rgba, hits, plot.alt_text, width_px, height_px, device_ratio)


def _pixel_hits(plot: Plot, height: int, ratio: float) -> tuple[PixelHit, ...]:
    """Place the hits; those outside their axes' limits are left out."""
    axes = plot.figure.axes
    found: list[PixelHit] = []
    for index in sorted({hit.axes_index for hit in plot.hits}):
        ax = axes[index]
        mine = [hit for hit in plot.hits if hit.axes_index == index]
        placed = ax.transData.transform([(hit.x, hit.y) for hit in mine])
        box = ax.get_window_extent()
        edges = (box.x0 / ratio, (height - box.y1) / ratio, box.x1 / ratio, (height - box.y0) / ratio)
        for hit, (x, y) in zip(mine, placed.tolist(), strict=True):
            if hit.whole_axes:
                middle = ((edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2)
                found.append(PixelHit(*middle, hit.label, index, edges))
            elif box.x0 - 1 <= x <= box.x1 + 1 and box.y0 - 1 <= y <= box.y1 + 1:
                found.append(PixelHit(x / ratio, (height - y) / ratio, hit.label, index))
    return tuple(found)


def to_bytes(
    plot: Plot,
    format: PlotFormat,  # noqa: A002 - the word that matplotlib and pandas use for it
    size_inches: tuple[float, float] | None = None,
    dpi: float = 300.0,
) -> bytes:
    """Return a plot as the content of a file: always light, the same bytes every time.

    PNG is `dpi` pixels an inch. SVG has its text as outlines, PDF with embedded fonts; in both, more than
    5,000 points become a picture of `dpi`. The alternative text goes along as the description.

    Raises
    ------
    ExportError
        Unknown format, or a size that cannot be drawn.
    """
    if format not in FORMATS:
        raise ExportError(f"A plot cannot be written as {format}.", "Choose PNG, SVG or PDF.")
    style = replace(
        plot.style, dark=False, background=None, size_inches=size_inches or plot.style.size_inches
    )
    width, height = style.size_inches
    _check_size(width, height, dpi)
    style = replace(plot.style, dark=False, background=None, size_inches=(width, height))
    # Drawn anew, so that a plot on the screen keeps its size and colours.
    fresh = plot.rebuild(style) if plot.rebuild is not None else plot
    stream = io.BytesIO()
    with style.context():
        fresh.figure.set_size_inches(width, height)
        fresh.fit_to_size()
        fresh.figure.savefig(stream, format=format, dpi=dpi, metadata=_metadata(format, plot.alt_text))
    return stream.getvalue()


def save(
    plot: Plot,
    path: str | Path,
    format: PlotFormat | None = None,  # noqa: A002
    size_inches: tuple[float, float] | None = None,
    dpi: float = 300.0,
) -> Path:
    """Write a plot to a file and return its path; see `to_bytes`.

    Parameters
    ----------
    format : str, optional
        "png", "svg" or "pdf"; by default what the name ends with.

    Raises
    ------
    ExportError
        Unknown format, impossible size, or a place that cannot be written to.
    """
    path = Path(path)
    chosen: Any = format or path.suffix.lstrip(".").lower() or "without an ending"
    content = to_bytes(plot, chosen, size_inches, dpi)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ExportError(
            f"The plot could not be written to {path}: {error.strerror or error}.",
            "Choose a folder that you may write to, and close the file if another program has it open.",
        ) from error
    return path


def _check_size(width: float, height: float, dpi: float) -> None:
    if not all(math.isfinite(v) and v > 0 for v in (width, height, dpi)):
        raise ExportError(
            f"A plot of {width:g} × {height:g} inches at {dpi:g} dpi cannot be drawn.",
            "Width, height and dpi must be positive numbers.",
        )
    across, down = width * dpi, height * dpi
    if max(across, down) > MOST_SIDE_PIXELS or across * down > MOST_PIXELS:
        raise ExportError(
            f"A plot of {width:g} × {height:g} inches at {dpi:g} dpi would have {across:,.0f} × {down:,.0f} "
            "pixels, which is too many.",
            "Choose a smaller size or fewer dpi; 300 dpi are enough for print.",
        )
    if min(width, height) < 0.5:
        raise ExportError(
            f"A plot of {width:g} × {height:g} inches is too small for its labels.",
            "Choose at least half an inch; sizes are in inches (1 inch = 2.54 cm).",
        )


def _metadata(kind: PlotFormat, alt_text: str) -> dict[str, Any]:
    """Describe the plot and leave the date out, so that the same plot gives the same file."""
    if kind == "png":
        return {"Software": "MixGUI", "Description": alt_text}
    if kind == "svg":
        return {"Date": None, "Creator": "MixGUI", "Description": alt_text}
    return {"CreationDate": None, "Creator": "MixGUI", "Producer": "MixGUI", "Subject": alt_text}
