"""Rows in groups, and one number a group: what Compute, Center and Aggregate are made of.

A row whose group is missing belongs to no group: nothing is computed for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.long_columns import count_codes, factorize

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of each row.

    Parameters
    ----------
    codes : int array (rows,)
        0 .. n - 1 in order of appearance, -1 for a row without a group.
    n : int
        How many groups there are.
    """

    codes: IntArray
    n: int

    @classmethod
    def of(cls, frame: pd.DataFrame, by: Sequence[str]) -> Groups:
        """Return the groups that columns make; without columns all rows are one group."""
        return cls(*group_codes(frame, by))

    @property
    def sizes(self) -> IntArray:
        """Rows of each group."""
        return count_codes(self.codes, self.n)

    @property
    def first_rows(self) -> IntArray:
        """Position of the first row of each group."""
        first = np.full(self.n, -1, dtype=np.intp)
        rows = np.flatnonzero(self.codes >= 0)[::-1]
        first[self.codes[rows]] = rows
        return first

    @property
    def last_rows(self) -> IntArray:
        """Position of the last row of each group."""
        last = np.full(self.n, -1, dtype=np.intp)
        rows = np.flatnonzero(self.codes >= 0)
        last[self.codes[rows]] = rows
        return last

    def spread(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return one value a group as one value a row; NaN for a row without a group."""
        values = np.asarray(values)
        if self.n and bool((self.codes >= 0).all()):
            return values[self.codes]
        padded: npt.NDArray[Any] = np.append(values.astype(np.float64), np.nan)
        return padded[self.codes]

    def order(self) -> tuple[IntArray, IntArray]:
        """Return the rows sorted by group (order within kept, rows without a group left out) and their groups."""
        order = stable_order(self.codes, self.n)[int(np.count_nonzero(self.codes < 0)) :]
        return order, self.codes[order]


def stable_order(codes: IntArray, n: int) -> IntArray:
    """Return the rows sorted by codes -1 .. n - 1; NumPy sorts pieces of 16 bits by radix, in linear time."""
    if n >= 2**31:
        return np.argsort(codes, kind="stable")
    order = np.argsort((codes + 1).astype(np.uint16), kind="stable")
    if n >= 2**16 - 1:
        order = order[np.argsort(((codes[order] + 1) >> 16).astype(np.uint16), kind="stable")]
    return order


def reduce(x: FloatArray, groups: Groups, function: str) -> FloatArray:
    """Return one number a group over the values that are there (missing ones are left out).

    Parameters
    ----------
    x : float array (rows,)
    groups : Groups
    function : str
        "mean", "sd", "var", "median", "min", "max", "sum", "n" (values that are there). The standard deviation and
        the variance divide by n - 1 and need two values, the others one; the sum of nothing is 0.

    Returns
    -------
    float array (groups,)
        NaN where there are too few values.
    """
    known = (groups.codes >= 0) & ~np.isnan(x)
    codes, values = (groups.codes, x) if bool(known.all()) else (groups.codes[known], x[known])
    counts = np.bincount(codes, minlength=groups.n).astype(np.float64)
    if function == "n":
        return counts
    if function in ("min", "max", "median"):
        found = getattr(pd.Series(values).groupby(codes), function)()
        return found.reindex(range(groups.n)).to_numpy(dtype=np.float64)
    sums = np.bincount(codes, weights=values, minlength=groups.n)
    if function == "sum":
        return np.asarray(sums, dtype=np.float64)
    with np.errstate(all="ignore"):
        means = sums / counts
        # Again over the deviations: what rounding took from the first sum is given back, as R does.
        deviations = values - means[codes]
        corrections = np.bincount(codes, weights=deviations, minlength=groups.n) / counts
        means = np.where(np.isfinite(means), means + corrections, means)
        if function == "mean":
            return means
        squares = np.bincount(codes, weights=np.square(values - means[codes]), minlength=groups.n)
        variances = np.where(counts > 1, squares / np.where(counts > 1, counts - 1, 1), np.nan)
    return np.asarray(np.sqrt(variances) if function == "sd" else variances, dtype=np.float64)


def group_codes(frame: pd.DataFrame, by: Sequence[str]) -> tuple[IntArray, int]:
    """Return the group of each row as a number in order of appearance, and how many groups there are.

    A row whose group is missing (in any of the columns) belongs to no group: -1.
    """
    if not by:
        return np.zeros(len(frame), dtype=np.intp), 1
    codes: IntArray | None = None
    n = 0
    for name in by:
        found, levels = factorize(frame[name])
        if codes is None:
            codes, n = found.astype(np.intp, copy=False), len(levels)
        else:
            pairs = codes.astype(np.int64) * max(len(levels), 1) + found
            pairs[(codes < 0) | (found < 0)] = -1
            codes, n = _compact(pairs)
    assert codes is not None
    return codes, n


def _compact(pairs: npt.NDArray[np.int64]) -> tuple[IntArray, int]:
    codes = np.full(len(pairs), -1, dtype=np.intp)
    present = pairs >= 0
    found, levels = pd.factorize(pairs[present])
    codes[present] = found
    return codes, len(levels)
