"""Functions that choose among values: case, coalesce, cut, between."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.function_types import Context, Function
from mixgui.data.values import FloatArray, Refused, Value, describe, kind, labels, logicals, numbers

BoolArray = npt.NDArray[np.bool_]


def _case(context: Context, values: dict[str, Value]) -> Value:
    """Take the value behind the first condition that is TRUE, else the last one or missing."""
    given = values["..."]
    if len(given) < 2:
        raise Refused(f"{context.text} needs a condition and a value.", 'Write case(x > 3, "high", "low").')
    tests, results = given[0 : len(given) - 1 : 2], list(given[1::2])
    otherwise = given[-1] if len(given) % 2 else None
    left = np.ones(len(context.index), dtype=bool)
    chosen = []
    for test in tests:
        now = left & _true(test, context)
        chosen.append(now)
        left = left & ~now
    return _mixed([*results, otherwise], [*chosen, left], context)


def _coalesce(context: Context, values: dict[str, Value]) -> Value:
    """Take the first value that is there."""
    given = values["..."]
    left = np.ones(len(context.index), dtype=bool)
    chosen = []
    for value in given:
        there = ~np.asarray(value.isna()) if isinstance(value, pd.Series) else np.asarray(value is not None)
        chosen.append(left & there)
        left = left & ~there
    return _mixed(given, chosen, context)


def _true(test: Value, context: Context) -> BoolArray:
    truth = logicals(test, context.text)
    if isinstance(truth, pd.arrays.BooleanArray):
        return truth.to_numpy(dtype=bool, na_value=False)
    return np.full(len(context.index), truth is not pd.NA and bool(truth))


def _mixed(values: Sequence[Value], chosen: Sequence[BoolArray], context: Context) -> Value:
    """Return the values where they were chosen; missing elsewhere."""
    kinds = {kind(value) for value in values} - {"missing"}
    n = len(context.index)
    if kinds <= {"number", "logical"}:
        numeric: FloatArray = np.full(n, np.nan)
        for value, rows in zip(values, chosen, strict=True):
            numeric[rows] = np.broadcast_to(np.asarray(numbers(value, context.text)), n)[rows]
        if kinds == {"logical"}:
            return pd.arrays.BooleanArray(np.nan_to_num(numeric) != 0, np.isnan(numeric))
        return numeric
    if not kinds <= {"text", "factor"}:
        words = " and ".join(sorted({describe(value) for value in values if kind(value) != "missing"}))
        raise Refused(f"{context.text} would mix {words}.", "Give all values as text or all as numbers.")
    result = np.full(n, None, dtype=object)
    for value, rows in zip(values, chosen, strict=True):
        texts = np.asarray(labels(value, context.text), dtype=object)
        result[rows] = np.broadcast_to(texts, n)[rows]
    return result


def _between(context: Context, values: dict[str, Value]) -> Value:
    x, low, high = (np.asarray(numbers(values[name], context.text)) for name in ("x", "left", "right"))
    missing = np.isnan(x) | np.isnan(low) | np.isnan(high)
    found = np.asarray((x >= low) & (x <= high))
    return pd.arrays.BooleanArray(found, missing) if found.ndim else (pd.NA if missing else bool(found))


def _cut(context: Context, values: dict[str, Value]) -> Value:
    """Sort numbers into intervals, closed on the right unless `right = FALSE`, named as R names them."""
    x = np.atleast_1d(numbers(values["x"], context.text))
    breaks = _breaks(values["breaks"], context)
    right = _flag(values.get("right", True), "right", context)
    lowest = _flag(values.get("include.lowest", False), "include.lowest", context)
    names = interval_names(breaks, right, lowest)
    if "labels" in values:
        given = values["labels"] if isinstance(values["labels"], list) else [values["labels"]]
        names = [str(labels(name, context.text)) for name in given]
        if len(names) != len(breaks) - 1 or len(set(names)) != len(names):
            raise Refused(
                f"{context.text} makes {len(breaks) - 1} intervals, but has {len(set(names))} different labels.",
                "Give each interval a label of its own.",
            )
    codes = np.searchsorted(breaks, x, side="left" if right else "right") - 1
    if lowest:
        codes = np.where(x == (breaks[0] if right else breaks[-1]), 0 if right else len(breaks) - 2, codes)
    codes[np.isnan(x) | (codes < 0) | (codes > len(breaks) - 2)] = -1
    dtype = pd.CategoricalDtype(pd.Index(names, dtype="str"))
    return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype), index=context.index)


def _breaks(value: Value, context: Context) -> FloatArray:
    if (
        not isinstance(value, list)
        or not all(isinstance(item, int | float) for item in value)
        or len(value) < 2
    ):
        raise Refused(f"The breaks in {context.text} must be numbers, two at least.", "Write c(0, 5, 10).")
    breaks = np.sort(np.array(value, dtype=np.float64))
    if (np.diff(breaks) <= 0).any() or np.isnan(breaks).any():
        raise Refused(f"The breaks in {context.text} are not all different.", "Remove the one given twice.")
    return breaks


def interval_names(breaks: FloatArray, right: bool, lowest: bool) -> list[str]:
    """Return what R's cut() calls the intervals between breaks."""
    ends: list[str] = []
    for digits in range(3, 16):
        ends = [_end(value, digits) for value in breaks]
        if len(set(ends)) == len(ends):
            break
    if len(set(ends)) < len(ends):
        ends = [repr(float(value)) for value in breaks]
    opened, closed = ("(", "]") if right else ("[", ")")
    names = [f"{opened}{a},{b}{closed}" for a, b in itertools.pairwise(ends)]
    if lowest and right:
        names[0] = "[" + names[0][1:]
    elif lowest:
        names[-1] = names[-1][:-1] + "]"
    return names


def _end(value: float, digits: int) -> str:
    return {np.inf: "Inf", -np.inf: "-Inf"}.get(value, f"{value:.{digits}g}")


def _flag(value: Any, name: str, context: Context) -> bool:
    if kind(value) == "logical" and not isinstance(value, pd.Series):
        return bool(value)
    raise Refused(f"{name} in {context.text} must be TRUE or FALSE.")


CHOICE_FUNCTIONS: dict[str, Function] = {
    "case": Function(
        (), 2, _case, 'the value behind the first true condition: case(x > 9, "high", x > 5, "middle", "low")',
        many=True,
    ),
    "coalesce": Function((), 1, _coalesce, "the first value that is not missing", many=True),
    "between": Function(("x", "left", "right"), 3, _between, "whether x lies from left to right, both included"),
    "cut": Function(
        ("x", "breaks", "labels", "include.lowest", "right"), 2, _cut, "intervals: cut(x, c(0, 5, 10))",
        steps_only=True,
    ),
}  # fmt: skip
