"""Tables that say what is in the data: summary by a variable, frequencies, cross table, what is missing.

Numbers are as R has them: quantiles of type 7, SD with n - 1. Missing cells are counted and otherwise left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.categories import Categories, IntArray
from mixgui.observer import Observer, Progress, silent

FloatArray = npt.NDArray[np.float64]
Shares = Literal["counts", "rows", "columns", "all"]

TOTAL = "Total"
QUANTILES = (("q25", 0.25), ("q50", 0.5), ("q75", 0.75))
_CODE_BITS = 30  # columns after which patterns get smaller numbers: there are fewer than 2^32 rows


def summary_table(
    columns: Mapping[str, FloatArray],
    by: Mapping[str, Categories] | None = None,
    observer: Observer = silent,
) -> pd.DataFrame:
    """Summarise numbers, in the groups of none, one or several categories.

    Parameters
    ----------
    columns : mapping
        What a variable is called -> its values (n,), NaN where missing.
    by : mapping, optional
        What a grouping variable is called -> the categories of the rows. Rows without a category are left out.
    observer : Observer, optional

    Returns
    -------
    DataFrame
        A row for each variable in each combination of categories that occurs, the categories in their order:
        `variable`, one column for each of `by`, `n` (rows with a value), `missing`, `mean`, `std_dev` (n - 1),
        `min`, `q25`, `q50`, `q75` (type 7), `max`.
    """
    by = by or {}
    names = list(by)
    n_rows = len(next(iter(columns.values()))) if columns else 0
    cell, combinations = _combine(list(by.values()), n_rows)
    pieces = []
    for i, (variable, values) in enumerate(columns.items()):
        observer(Progress(f"Summarising {variable}", i / len(columns)))
        piece = _summaries(values, cell, len(combinations))
        for place, name in reversed(list(enumerate(names))):
            levels = by[name].names
            piece.insert(0, name, [levels[codes[place]] for codes in combinations])
        piece.insert(0, "variable", variable)
        pieces.append(piece)
    if not pieces:
        return pd.DataFrame(columns=["variable", *names])
    return pd.concat(pieces, ignore_index=True)


def _combine(by: Sequence[Categories], n_rows: int) -> tuple[IntArray, list[tuple[int, ...]]]:
    """Return each row's combination of categories (-1 without one) and the combinations that occur, in order."""
    if not by:
        return np.zeros(n_rows, dtype=np.intp), [()]
    code = np.zeros(n_rows, dtype=np.int64)
    known = np.ones(n_rows, dtype=bool)
    for one in by:
        code = code * max(len(one.keys), 1) + one.codes
        known &= one.codes >= 0
    present, inverse = np.unique(code[known], return_inverse=True)
    cell = np.full(n_rows, -1, dtype=np.intp)
    cell[known] = inverse
    combinations = []
    for value in present.tolist():
        places: list[int] = []
        for one in reversed(by):
            value, place = divmod(value, len(one.keys))
            places.insert(0, place)
        combinations.append(tuple(places))
    return cell, combinations


def _summaries(values: FloatArray, cell: IntArray, n_cells: int) -> pd.DataFrame:
    """Return the summary of values in each of the cells."""
    has_cell = cell >= 0
    present = has_cell & ~np.isnan(values)
    rows = np.bincount(cell[has_cell], minlength=n_cells)
    x, g = values[present], cell[present]
    order = np.lexsort((x, g))
    x, g = x[order], g[order]
    n = np.bincount(g, minlength=n_cells)
    start = np.concatenate([[0], np.cumsum(n)])[:-1]
    some = n > 0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # of infinite values, as in R
        mean = _sums(x, g, n_cells) / n
        deviation = x - mean[g]
        # What rounding left of the first pass is taken out by a second one.
        mean = np.where(np.isfinite(mean), mean + _sums(deviation, g, n_cells) / n, mean)
        squares = _sums((x - mean[g]) ** 2, g, n_cells)
        sd = np.where(n > 1, np.sqrt(squares / (n - 1)), np.nan)
    columns: dict[str, npt.NDArray[np.generic]] = {"n": n, "missing": rows - n, "mean": mean, "std_dev": sd}
    columns["min"] = _at(x, start, some)
    for name, p in QUANTILES:
        columns[name] = _quantile(x, start, n, p)
    columns["max"] = _at(x, start + n - 1, some)
    return pd.DataFrame(columns)


def _sums(x: FloatArray, g: IntArray, n: int) -> FloatArray:
    return np.bincount(g, weights=x, minlength=n).astype(np.float64)


def _at(x: FloatArray, place: IntArray, some: npt.NDArray[np.bool_]) -> FloatArray:
    out = np.full(place.size, np.nan)
    out[some] = x[place[some]]
    return out


def _quantile(x: FloatArray, start: IntArray, n: IntArray, p: float) -> FloatArray:
    """Return the quantile of type 7 of each run of sorted values: at place (n - 1) p, between neighbours linearly."""
    out = np.full(n.size, np.nan)
    some = n > 0
    place = (n[some] - 1) * p
    below = np.floor(place).astype(np.intp)
    share = place - below
    low = x[start[some] + below]
    high = x[start[some] + np.minimum(below + 1, n[some] - 1)]
    with np.errstate(invalid="ignore"):
        out[some] = np.where((share == 0) | (low == high), low, low + share * (high - low))
    return out


def frequency_table(categories: Categories) -> pd.DataFrame:
    """Count the rows of each category.

    Returns
    -------
    DataFrame
        `value` (its name), `n`, `proportion` of the rows with a value, `cumulative` proportion; in the order of the
        categories, also those without rows.
    """
    n = categories.counts
    total = n.sum()
    proportion = n / total if total else np.full(n.size, np.nan)
    cumulative = np.cumsum(n) / total if total else proportion
    return pd.DataFrame(
        {
            "value": list(categories.names),
            "n": n,
            "proportion": proportion,
            "cumulative": cumulative,
        }
    )


def cross_counts(rows: Categories, columns: Categories) -> IntArray:
    """Count the rows of each pair of categories, (row categories, column categories)."""
    known = (rows.codes >= 0) & (columns.codes >= 0)
    width = max(len(columns.keys), 1)
    cell = rows.codes[known] * width + columns.codes[known]
    counts = np.bincount(cell, minlength=len(rows.keys) * width)
    return counts.reshape(len(rows.keys), width)[:, : len(columns.keys)].astype(np.intp)


def cross_table(rows: Categories, columns: Categories, shares: Shares = "counts") -> pd.DataFrame:
    """Count rows by two variables, with totals.

    Parameters
    ----------
    rows, columns : Categories
        Of the same rows; where either is missing the row is left out.
    shares : {"counts", "rows", "columns", "all"}
        Counts; or shares of each row's, each column's or the whole table's total. A share of nothing is missing.

    Returns
    -------
    DataFrame
        First column `value` (the row category or "Total"), then one for each column category, then "Total".
    """
    counts = cross_counts(rows, columns)
    whole = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1), dtype=np.int64)
    whole[:-1, :-1] = counts
    whole[-1] = whole.sum(axis=0)
    whole[:, -1] = whole.sum(axis=1)
    table: npt.NDArray[np.generic] = whole
    if shares != "counts":
        of = {"rows": whole[:, -1:], "columns": whole[-1:, :], "all": whole[-1:, -1:]}[shares]
        with np.errstate(invalid="ignore", divide="ignore"):
            table = whole / of
    names = _headings(columns.names)
    frame = pd.DataFrame(table, columns=[*names, TOTAL])
    frame.insert(0, "value", [*rows.names, TOTAL])
    return frame


def _headings(names: Sequence[str]) -> list[str]:
    """Keep the names of columns apart from those that the table has itself."""
    return [f"{name} " if name in ("value", TOTAL) else name for name in names]


@dataclass(frozen=True, eq=False)
class MissingPatterns:
    """Which cells are missing together.

    Parameters
    ----------
    columns : tuple of str
    missing : int array (columns,)
        Missing cells of each column.
    patterns : bool array (patterns, columns)
        True where a cell is missing; the most frequent pattern first.
    counts : int array (patterns,)
        Rows with each pattern.
    """

    columns: tuple[str, ...]
    missing: IntArray
    patterns: npt.NDArray[np.bool_]
    counts: IntArray

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return int(self.counts.sum())

    @property
    def complete(self) -> int:
        """Rows without a missing cell."""
        full = ~self.patterns.any(axis=1) if self.columns else np.ones(self.counts.size, dtype=bool)
        return int(self.counts[full].sum())


def missing_patterns(
    frame: pd.DataFrame, columns: Sequence[str], observer: Observer = silent
) -> MissingPatterns:
    """Find which combinations of columns are missing together.

    Parameters
    ----------
    frame : DataFrame
    columns : sequence of str
        The columns that are looked at.
    """
    masks = []
    code = np.zeros(len(frame), dtype=np.int64)
    for i, name in enumerate(columns):
        observer(Progress("Looking for missing cells", i / len(columns)))
        mask = frame[name].isna().to_numpy(dtype=bool)
        masks.append(mask)
        if i % _CODE_BITS == _CODE_BITS - 1:  # number the patterns so far anew, to make room for more columns
            code = pd.factorize(code)[0].astype(np.int64)
        code = code * 2 + mask
    _, first, counts = np.unique(code, return_index=True, return_counts=True)
    patterns = np.array([mask[first] for mask in masks], dtype=bool).reshape(len(masks), first.size).T
    order = np.lexsort((first, patterns.sum(axis=1), -counts))
    return MissingPatterns(
        tuple(columns),
        np.array([int(mask.sum()) for mask in masks], dtype=np.intp),
        patterns[order],
        counts[order].astype(np.intp),
    )


def missing_table(found: MissingPatterns, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return how much of each column is missing: `variable`, `n`, `missing`, `missing_share`; most missing first."""
    order = np.argsort(-found.missing, kind="stable")
    rows = found.n_rows
    missing = found.missing[order]
    return pd.DataFrame(
        {
            "variable": [titles.get(found.columns[i], found.columns[i]) for i in order],
            "n": rows - missing,
            "missing": missing,
            "missing_share": missing / rows if rows else np.full(missing.size, np.nan),
        }
    )


def pattern_table(found: MissingPatterns, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the patterns in words: `missing_columns`, `n_missing_columns`, `n`, `proportion` of the rows."""
    names = np.array([titles.get(name, name) for name in found.columns], dtype=object)
    rows = found.n_rows
    return pd.DataFrame(
        {
            "missing_columns": [", ".join(names[pattern]) or "none" for pattern in found.patterns],
            "n_missing_columns": found.patterns.sum(axis=1),
            "n": found.counts,
            "proportion": found.counts / rows if rows else np.full(found.counts.size, np.nan),
        }
    )
