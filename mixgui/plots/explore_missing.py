"""Which cells are missing together: variables as rows, patterns as columns, with their sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator

from mixgui.errors import ModelError
from mixgui.plots import parts
from mixgui.plots.layout import Panels, size_points
from mixgui.plots.parts import count_of, percent
from mixgui.plots.plot import OWN_LABELS, Labels, Plot, plot_function
from mixgui.plots.style import DEFAULT_STYLE, PlotStyle, figure
from mixgui.plots.surround import Around, NameAxis, counts_formatter, shares_formatter


@plot_function
def missing_pattern(
    names: Sequence[str],
    shares: Sequence[float],
    patterns: np.ndarray,
    counts: np.ndarray,
    *,
    n_rows: int,
    complete: int,
    note: str = "",
    style: PlotStyle = DEFAULT_STYLE,
    labels: Labels = OWN_LABELS,
) -> Plot:
    """Draw the patterns of missing cells.

    Each column is a combination of missing cells: filled squares are missing, pale ones are present; the bar above
    says how many rows have it. The bars at the right say how much of each variable is missing.

    Parameters
    ----------
    names : sequence of str
        The variables that are drawn.
    shares : sequence of float
        Share of rows in which each is missing.
    patterns : bool array (patterns, variables)
        True where missing.
    counts : int array (patterns,)
        Rows with each pattern.
    n_rows, complete : int
        Rows of the table, and those without a missing cell.
    note : str
        What the caption says besides.

    Raises
    ------
    ModelError
        There is no variable or no pattern.
    """
    patterns, counts = np.asarray(patterns, dtype=bool), np.asarray(counts)
    if not len(names) or not counts.size:
        raise ModelError("There is nothing to look for missing cells in.", "Choose a table with rows.")
    fig = figure(style)
    grid = fig.add_gridspec(2, 2, width_ratios=(4, 1), height_ratios=(1, 3))
    ax = fig.add_subplot(grid[1, 0])
    above = fig.add_subplot(grid[0, 0], sharex=ax)
    right = fig.add_subplot(grid[1, 1], sharey=ax)
    colours = style.colours
    pattern, variable = np.nonzero(patterns.reshape(counts.size, len(names)))
    rest, of = np.nonzero(~patterns.reshape(counts.size, len(names)))
    side = float(np.clip(260.0 / max(len(names) * 2, counts.size), 3.0, 11.0))
    for px, py, colour, gid in (
        (rest, of, parts.mix(style.ground, colours.muted, 0.22), "present"),
        (pattern, variable, colours.accent, "missing"),
    ):
        (drawn,) = ax.plot(
            px, py, linestyle="none", marker="s", markersize=side, markeredgewidth=0, color=colour, zorder=2
        )
        drawn.set_gid(gid)
    for patch in above.bar(
        np.arange(counts.size), counts, width=0.7, color=parts.mix(style.ground, colours.line, 0.7), zorder=2
    ):
        patch.set_gid("rows")
    for patch in right.barh(
        np.arange(len(names)),
        list(shares),
        height=0.6,
        color=parts.mix(style.ground, colours.accent, 0.7),
        zorder=2,
    ):
        patch.set_gid("share")
    axis = NameAxis([ax], names, style)
    ax.set_xlim(-0.7, counts.size - 0.3)
    ax.set_xticks([])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    above.tick_params(labelbottom=False, bottom=False)
    above.grid(False, axis="x")
    above.set_ylabel("Rows")
    above.yaxis.set_major_formatter(counts_formatter())
    right.tick_params(labelleft=False, left=False)
    right.grid(False, axis="y")
    right.set_xlabel("Missing")
    right.set_xlim(left=0.0, right=max(*shares, 1e-9) * 1.08)
    right.xaxis.set_major_formatter(shares_formatter())
    right.xaxis.set_major_locator(MaxNLocator(nbins=2, steps=[1, 2, 5, 10]))
    share = percent(float(f"{complete / max(n_rows, 1):.3g}"))
    words = labels.or_else(
        x="Combinations, the most frequent first",
        caption=f"{complete:,} of {n_rows:,} rows ({share}) have no missing cell."
        + (f" {note}" if note else ""),
    )
    ax.set_xlabel(words.x)
    frame = Panels(
        fig,
        words.caption,
        style,
        own_ticks=(ax.xaxis, above.xaxis, ax.yaxis, right.xaxis, right.yaxis),
        around=Around(fig, style, title=words.title),
    )

    def fit() -> None:
        for _ in range(2):  # the names' width moves the axes, whose height decides about the names
            axis.fit(float(size_points(fig)[1] * ax.get_position().height))
            frame.fit()

    return Plot(fig, _words(names, shares, patterns, counts, n_rows, complete), fit_to_size=fit)


def _words(
    names: Sequence[str],
    shares: Sequence[float],
    patterns: np.ndarray,
    counts: np.ndarray,
    n_rows: int,
    complete: int,
) -> str:
    text = f"Missing cells of {count_of(n_rows, 'row')}: {complete:,} rows have none."
    most = int(np.argmax(shares))
    if shares[most] > 0:
        share = percent(float(f"{shares[most]:.3g}"))
        text += f" Most is missing of {names[most]} ({share})."
    holes = np.flatnonzero(patterns.any(axis=1))
    if holes.size:
        first = int(holes[0])
        together = ", ".join(name for name, gone in zip(names, patterns[first], strict=True) if gone)
        text += f" The most frequent combination is {together}: {count_of(int(counts[first]), 'row')}."
    return text
