"""Functions that look at other rows: neighbours, ranks, running sums, counts; within groups if there are any.

Rows come in the order in which the table has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.function_types import Context, Function
from mixgui.data.groups import Groups, IntArray
from mixgui.data.values import Refused, Value, column, kind, numbers

_MOST_APART = 1_000_000


def _neighbour(sign: int) -> Callable[[Context, dict[str, Value]], Value]:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        steps = values.get("n", 1.0)
        if kind(steps) != "number" or isinstance(steps, pd.Series) or not 0 <= steps <= _MOST_APART:
            raise Refused(f"n in {context.text} must be one whole number, 0 or more.")
        return _rows_of(column(values["x"], context.index), _shifted(context.rows, sign * int(steps)))

    return apply


def _shifted(groups: Groups, by: int) -> IntArray:
    """Return the position of the row `by` rows earlier in the same group, -1 where there is none."""
    order, codes = groups.order()
    source = np.full(len(groups.codes), -1, dtype=np.intp)
    if by == 0:
        source[order] = order
    elif abs(by) < len(order):
        earlier, later = (order[:-by], order[by:]) if by > 0 else (order[-by:], order[:by])
        same = codes[by:] == codes[:-by] if by > 0 else codes[:by] == codes[-by:]
        source[later[same]] = earlier[same]
    return source


def _rows_of(x: pd.Series, rows: npt.NDArray[Any]) -> pd.Series:
    """Return the cells of these rows; missing where the row is -1."""
    array = x.array if x.dtype != np.bool_ else x.astype("boolean").array
    taken = pd.api.extensions.take(array, rows, allow_fill=True)
    made = pd.Series(taken, index=x.index)
    if made.dtype == "boolean" and not made.isna().any():
        return made.astype(bool)
    return made


def _edge(last: bool) -> Callable[[Context, dict[str, Value]], Value]:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        groups = context.rows
        rows = groups.last_rows if last else groups.first_rows
        found = np.append(rows, -1)[groups.codes] if groups.n else np.full(len(groups.codes), -1)
        return _rows_of(column(values["x"], context.index), found)

    return apply


def _count(context: Context, values: dict[str, Value]) -> Value:
    return context.rows.spread(context.rows.sizes.astype(np.float64))


def _distinct(context: Context, values: dict[str, Value]) -> Value:
    groups = context.rows
    found, _ = pd.factorize(column(values["x"], context.index))
    known = (found >= 0) & (groups.codes >= 0)
    pairs = pd.unique(groups.codes[known].astype(np.int64) * (int(found.max(initial=0)) + 1) + found[known])
    owners = pairs // (int(found.max(initial=0)) + 1)
    return groups.spread(np.bincount(owners, minlength=groups.n).astype(np.float64))


def _row_number(context: Context, values: dict[str, Value]) -> Value:
    groups = context.rows
    order, codes = groups.order()
    starts = np.cumsum(groups.sizes) - groups.sizes
    numbered = np.full(len(groups.codes), np.nan)
    numbered[order] = np.arange(len(order)) - starts[codes] + 1
    return numbered


def _rank(context: Context, values: dict[str, Value]) -> Value:
    x = pd.Series(np.broadcast_to(np.asarray(numbers(values["x"], context.text)), len(context.index)))
    groups = context.rows
    ranks: pd.Series = x.groupby(groups.codes).rank(method="average")
    return ranks.mask(pd.Series(groups.codes < 0)).to_numpy(dtype=np.float64)


def _running(function: str) -> Callable[[Context, dict[str, Value]], Value]:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        x = np.broadcast_to(np.asarray(numbers(values["x"], context.text)), len(context.index))
        groups = context.rows
        order, codes = groups.order()
        in_order = pd.Series(x[order])
        made = np.full(len(x), np.nan)
        found = getattr(in_order.groupby(codes), function)().to_numpy(dtype=np.float64)
        # From the first missing value of a group on nothing is known, as in R.
        gaps = pd.Series(np.isnan(in_order.to_numpy())).groupby(codes).cummax().to_numpy(dtype=bool)
        made[order] = np.where(gaps, np.nan, found)
        return made

    return apply


ROW_FUNCTIONS: dict[str, Function] = {
    "n": Function((), 0, _count, "how many rows there are (in the group)", False, True),
    "n_distinct": Function(("x",), 1, _distinct, "how many different values there are", False, True),
    "row_number": Function((), 0, _row_number, "1, 2, 3 ... in the order of the rows", False, True),
    "lag": Function(("x", "n"), 1, _neighbour(1), "the value of the row before", False, True),
    "lead": Function(("x", "n"), 1, _neighbour(-1), "the value of the row behind", False, True),
    "first": Function(("x",), 1, _edge(False), "the value of the first row", False, True),
    "last": Function(("x",), 1, _edge(True), "the value of the last row", False, True),
    "rank": Function(("x",), 1, _rank, "rank, equal values share the mean rank", False, True),
    "cumsum": Function(("x",), 1, _running("cumsum"), "running sum", False, True),
    "cummax": Function(("x",), 1, _running("cummax"), "largest value so far", False, True),
    "cummin": Function(("x",), 1, _running("cummin"), "smallest value so far", False, True),
}
