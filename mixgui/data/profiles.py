"""Values over time: one line for each group, and the mean of all at each time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.categories import Categories, IntArray
from mixgui.data.r_random import RRandom

FloatArray = npt.NDArray[np.float64]

SAMPLE_SEED = 1  # the same lines each time a plot is drawn


def profile_lines(
    x: FloatArray, y: FloatArray, lines: Categories, colour: Categories | None, panel: Categories | None
) -> pd.DataFrame:
    """Return the points of the lines, a line after the other, each in the order of x.

    Rows without a finite x and y, a group, a colour or a panel are left out. A group whose colour or panel changes
    has a line for each.

    Returns
    -------
    DataFrame
        `line` (number of the line), `group` (place of the group among the categories), `colour`, `panel` (places,
        0 without such a variable), `x`, `y`.
    """
    kept = np.isfinite(x) & np.isfinite(y) & (lines.codes >= 0)
    for other in (colour, panel):
        if other is not None:
            kept &= other.codes >= 0
    zero = np.zeros(x.size, dtype=np.intp)
    tint = (zero if colour is None else colour.codes)[kept]
    place = (zero if panel is None else panel.codes)[kept]
    group = lines.codes[kept]
    order = np.lexsort((x[kept], tint, place, group))
    group, tint, place = group[order], tint[order], place[order]
    new = np.ones(group.size, dtype=bool)
    new[1:] = (np.diff(group) != 0) | (np.diff(tint) != 0) | (np.diff(place) != 0)
    return pd.DataFrame(
        {
            "line": np.cumsum(new) - 1,
            "group": group,
            "colour": tint,
            "panel": place,
            "x": x[kept][order],
            "y": y[kept][order],
        }
    )


def mean_profile(points: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of y at each x, in each panel and colour.

    Parameters
    ----------
    points : DataFrame
        As of `profile_lines`.

    Returns
    -------
    DataFrame
        `panel`, `colour`, `x`, `mean`, `n`; ascending.
    """
    grouped = points.groupby(["panel", "colour", "x"], sort=True)["y"]
    return grouped.agg(mean="mean", n="size").reset_index()


def sample_of(n: int, size: int, seed: int = SAMPLE_SEED) -> IntArray:
    """Return the places of a simple random sample without repetition, ascending; all where there are no more."""
    if n <= size:
        return np.arange(n)
    if n > 100_000:  # R's way takes a step of Python for each of n; which rows are drawn matters to nobody
        return np.sort(np.random.default_rng(seed).choice(n, size, replace=False))
    return np.sort(np.array(RRandom(seed).sample(n, size), dtype=np.intp) - 1)
