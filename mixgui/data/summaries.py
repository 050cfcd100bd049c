"""What a column is and what is in it, in a few words; quick enough for a million rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types as pdt

from mixgui.data.long_columns import factorize, missing
from mixgui.formatting import format_number
from mixgui.turns import give_way

_HEAD = 10_000  # rows that tell whether numbers repeat

Kind = Literal["number", "integer", "category", "text", "boolean", "date"]

Counts = npt.NDArray[np.int64]

# Levels named in the summary of a text column; more would not fit into a cell of the data tab.
_SHOWN_LEVELS = 3
_LONGEST_LEVEL = 24


@dataclass(frozen=True)
class ColumnFacts:
    """Kind, counts and summary of one column (see `dataset.Variable` for the meaning of each)."""

    kind: Kind
    n_missing: int
    n_unique: int
    n_infinite: int
    summary: str


def column_kind(column: pd.Series) -> Kind:
    """Return what kind of values a column holds.

    Whole numbers with missing cells, which pandas keeps as floats, are "integer"; a column of
    Python objects is judged by its values, and is "text" when they are of several kinds.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if pdt.is_bool_dtype(dtype):
        return "boolean"
    if pdt.is_integer_dtype(dtype):
        return "integer"
    if pdt.is_float_dtype(dtype):
        return "integer" if _all_whole(_floats(column)) else "number"
    if pdt.is_datetime64_any_dtype(dtype):
        return "date"
    if pdt.is_object_dtype(dtype):
        return _object_kind(column)
    return "text"


def describe_column(column: pd.Series, counts: Counts | None = None) -> ColumnFacts:
    """Return kind, counts and a summary of a column in one go.

    Parameters
    ----------
    column : Series
    counts : (n,) array of int, optional
        How often each cell stands in the column that is described, 1 or more. A column that repeats the cells of a
        short one is described by these: the first of each, in the order of the rows, and how many there are.
    """
    kind = column_kind(column)
    n_missing, total = (
        _how_many(missing(column), counts),
        len(column) if counts is None else int(counts.sum()),
    )
    if kind in ("number", "integer"):
        unique, infinite, words = _describe_numbers(column, kind, counts)
    elif kind == "date":
        unique, infinite, words = _describe_dates(column)
    else:
        unique, infinite, words = _describe_levels(column, counts)
    if n_missing == total:
        words = "all missing" if total else "no rows"
    return ColumnFacts(kind, n_missing, unique, infinite, words)


def _how_many(cells: npt.NDArray[np.bool_], counts: Counts | None) -> int:
    return int(cells.sum() if counts is None else counts[cells].sum())


def _object_kind(column: pd.Series) -> Kind:
    inferred = pdt.infer_dtype(column, skipna=True)
    if inferred == "boolean":
        return "boolean"
    if inferred == "integer":
        return "integer"
    if inferred in ("floating", "mixed-integer-float", "decimal"):
        return "integer" if _all_whole(_floats(column)) else "number"
    if inferred in ("date", "datetime", "datetime64"):
        return "date"
    return "text"


def _floats(column: pd.Series) -> npt.NDArray[np.float64]:
    give_way()
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _all_whole(x: npt.NDArray[np.float64]) -> bool:
    """Whether there are numbers and all of them are whole and exact as such."""
    head = x[:1000]  # most columns of measurements are unmasked by their first rows
    for part in (head, x):
        finite = part[np.isfinite(part)]
        if finite.size != part.size - np.count_nonzero(np.isnan(part)):
            return False  # an infinite value is no integer
        if not np.array_equal(finite, np.rint(finite)):
            return False
    finite = x[~np.isnan(x)]
    return bool(finite.size) and bool(np.abs(finite).max() < 2.0**53)


def _describe_numbers(column: pd.Series, kind: Kind, counts: Counts | None) -> tuple[int, int, str]:
    give_way()
    x = _floats(column)
    present = x[~np.isnan(x)]
    is_finite = np.isfinite(x)
    finite = x[is_finite]
    weights = None if counts is None else counts[is_finite]
    n = finite.size if weights is None else int(weights.sum())
    n_infinite = _how_many(np.isinf(x), counts) if finite.size < present.size else 0
    n_unique = len(pd.unique(column.dropna())) if column.dtype == object else _how_many_different(present)
    if not finite.size:
        return n_unique, n_infinite, f"{n_infinite:,} infinite" if n_infinite else ""
    give_way()
    low, high = float(finite.min()), float(finite.max())
    mean, sd = mean_of(finite, weights), sd_of(finite, weights) if n > 1 else 0.0
    words = [f"mean {_mean_text(mean, sd)}"]
    if n > 1:
        words.append(f"SD {_short(sd)}")
    if kind == "integer":
        words.append(f"{_whole(low)} to {_whole(high)}")
    else:
        words.append(f"{_short(low)} to {_short(high)}")
    if n_infinite:
        words.append(f"{n_infinite:,} infinite")
    return n_unique, n_infinite, ", ".join(words)


def _how_many_different(x: npt.NDArray[np.float64]) -> int:
    """Count the different numbers, none of them NaN."""
    if len(pd.unique(x[:_HEAD])) <= _HEAD // 2:
        return len(pd.unique(x))
    # A table of as many values as rows is slower than sorting, and keeps the interpreter while it grows.
    give_way()
    ordered = np.sort(x)
    give_way()
    return 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def mean_of(x: npt.NDArray[np.float64], counts: Counts | None = None) -> float:
    """Return the mean of finite numbers (each so many times); numbers near the largest float do not overflow."""
    scale = float(np.abs(x).max())
    if scale > 1e150 or 0 < scale < 1e-150:
        return _mean(x / scale, counts) * scale
    return _mean(x, counts)


def _mean(x: npt.NDArray[np.float64], counts: Counts | None) -> float:
    return float(x.mean() if counts is None else (x * counts).sum() / counts.sum())


def sd_of(x: npt.NDArray[np.float64], counts: Counts | None = None) -> float:
    """Return the standard deviation (n - 1) of finite numbers, without overflow or underflow.

    Parameters
    ----------
    x : (n,) array
    counts : (n,) array of int, optional
        How many times each number is there.
    """
    large = float(np.abs(x).max())
    if large > 1e150:  # of such numbers differences and squares overflow
        return large * sd_of(x / large, counts)
    deviation = x - mean_of(x, counts)
    scale = float(np.abs(deviation).max())
    if scale == 0 or not np.isfinite(scale):
        return scale
    squares = np.square(deviation / scale)
    if counts is None:
        return float(np.sqrt(squares.sum() / (x.size - 1))) * scale
    return float(np.sqrt((squares * counts).sum() / (counts.sum() - 1))) * scale


def _mean_text(mean: float, sd: float) -> str:
    """Write a mean no finer than the fourth digit of the SD: beside an SD of 1, 2.3e-4 is 0.0002."""
    if sd <= 0 or not np.isfinite(sd) or abs(mean) >= sd:
        return _short(mean)
    decimals = 3 - int(np.floor(np.log10(sd)))
    if not 0 <= decimals <= 6:
        return _short(mean)
    text = f"{mean:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{mean:.0f}"
    return "0" if text == "-0" else text.replace("-", "−")


def _describe_dates(column: pd.Series) -> tuple[int, int, str]:
    days = pd.to_datetime(column.dropna())
    if not len(days):
        return 0, 0, ""
    low, high = days.min(), days.max()
    whole_days = bool((days == days.dt.normalize()).all())
    pattern = "%Y-%m-%d" if whole_days else "%Y-%m-%d %H:%M"
    return int(days.nunique()), 0, f"{low.strftime(pattern)} to {high.strftime(pattern)}"


def _describe_levels(column: pd.Series, weights: Counts | None) -> tuple[int, int, str]:
    codes, levels = factorize(column)
    known = codes >= 0
    counts = np.zeros(len(levels), dtype=np.int64)
    if weights is None:
        counts += np.bincount(codes[known], minlength=len(levels))
    else:
        np.add.at(counts, codes[known], weights[known])
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = np.asarray(levels)
    if not len(levels):
        return 0, 0, ""
    if counts.max() == 1 and len(levels) > _SHOWN_LEVELS:
        return len(levels), 0, f"{len(levels):,} different values, each once"
    order = np.argsort(-counts, kind="stable")[:_SHOWN_LEVELS]
    words = [f"{_level_text(levels[i])} {counts[i]:,}" for i in order]
    rest = len(levels) - len(words)
    if rest:
        words.append(f"{rest:,} other{'s' if rest > 1 else ''}")
    return len(levels), 0, ", ".join(words)


def _level_text(level: Any) -> str:
    text = " ".join(str(level).split())
    return text if len(text) <= _LONGEST_LEVEL else text[: _LONGEST_LEVEL - 1] + "…"


def _short(x: float) -> str:
    """Four significant digits without the zeros that say nothing in a range ("0.5", not "0.5000")."""
    text = format_number(x, minus=True)
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text


def _whole(x: float) -> str:
    return f"{int(x)}".replace("-", "−")
