"""Functions of texts and dates; each different text is looked at once. Missing stays missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from mixgui.data.function_types import Context, Function
from mixgui.data.values import FloatArray, Refused, Value, coded, describe, kind, labels

# The first number of a text. A hyphen is a minus only where no letter or digit stands before it: "vocab-08" is 8.
NUMBER_IN_TEXT = r"(?<![0-9A-Za-z_.])-[0-9]+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_NUMBER = re.compile(NUMBER_IN_TEXT)


def number_in(text: str) -> float:
    """Return the first number in a text ("vocab_08" is 8), NaN if there is none."""
    found = _NUMBER.search(text)
    return float(found.group()) if found else np.nan


def _texts(convert: Callable[[str], str | None], text: str) -> Function:
    """Make a function that turns a text into a text."""

    def apply(context: Context, values: dict[str, Value]) -> Value:
        return _mapped(values["x"], context, convert)

    return Function(("x",), 1, apply, text, steps_only=True)


def _mapped(value: Value, context: Context, convert: Callable[[str], Any]) -> Value:
    if not isinstance(value, pd.Series):
        text = labels(value, context.text)
        return None if text is None else convert(str(text))
    codes, texts = coded(value)
    return np.array([*map(convert, texts), None], dtype=object)[codes]


def _numbers(value: Value, context: Context, convert: Callable[[str], float]) -> Value:
    found = _mapped(value, context, convert)
    if isinstance(found, np.ndarray):
        return np.array([np.nan if item is None else item for item in found], dtype=np.float64)
    return np.nan if found is None else float(found)


def _number(context: Context, values: dict[str, Value]) -> Value:
    return _numbers(values["x"], context, number_in)


def _nchar(context: Context, values: dict[str, Value]) -> Value:
    return _numbers(values["x"], context, lambda text: float(len(text)))


def _substr(context: Context, values: dict[str, Value]) -> Value:
    start, stop = (_place(values[name], name, context) for name in ("start", "stop"))
    return _mapped(values["x"], context, lambda text: text[max(start - 1, 0) : max(stop, 0)])


def _place(value: Value, name: str, context: Context) -> int:
    if kind(value) == "number" and not isinstance(value, pd.Series) and np.isfinite(value):
        return int(value)
    raise Refused(
        f"{name} in {context.text} must be one number.", "The first three characters are substr(x, 1, 3)."
    )


def _paste(default: str) -> Callable[[Context, dict[str, Value]], Value]:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        between = values.get("sep", default)
        if not isinstance(between, str):
            raise Refused(f"sep in {context.text} must be a text.", 'Write for instance sep = "-".')
        parts = [labels(value, context.text) for value in values["..."]]
        n = len(context.index)
        columns = [np.broadcast_to(np.asarray(part, dtype=object), n) for part in parts]
        missing = np.zeros(n, dtype=bool)
        for column in columns:
            missing |= pd.isna(column)
        joined = np.array([between.join(map(str, row)) for row in zip(*columns, strict=True)], dtype=object)
        joined[missing] = None
        return joined

    return apply


def _test(holds: Callable[[str, str], bool], text: str, second: str) -> Function:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        wanted = values[second]
        if not isinstance(wanted, str):
            raise Refused(f"{second} in {context.text} must be a text between quotation marks.")
        found = _mapped(values["x"], context, lambda text: holds(text, wanted))
        return pd.array(found, dtype="boolean") if isinstance(found, np.ndarray) else found

    return Function(("x", second), 2, apply, text, steps_only=True)


def days_of(value: pd.Series) -> FloatArray:
    """Return dates as days since 1970-01-01, as R's as.numeric() does."""
    dates = pd.to_datetime(value)
    return ((dates - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)


def _part_of_date(part: str) -> Function:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        x = values["x"]
        if kind(x) != "date":
            raise Refused(
                f"{context.text} needs dates, but it is given {describe(x)}.",
                "Set the type of the column to date.",
            )
        return getattr(pd.to_datetime(x).dt, part).to_numpy(dtype=np.float64, na_value=np.nan)

    return Function(("x",), 1, apply, f"{part} of a date", steps_only=True)


TEXT_FUNCTIONS: dict[str, Function] = {
    "paste": Function(("sep",), 1, _paste(" "), 'texts put together: paste(a, b, sep = "-")', True, True),
    "paste0": Function((), 1, _paste(""), "texts put together without anything between", True, True),
    "substr": Function(
        ("x", "start", "stop"), 3, _substr, "characters of a text: substr(x, 1, 3)", False, True
    ),
    "number": Function(("x",), 1, _number, 'the first number in a text: 8 in "vocab_08"', False, True),
    "nchar": Function(("x",), 1, _nchar, "how many characters a text has", False, True),
    "toupper": _texts(str.upper, "text in capitals"),
    "tolower": _texts(str.lower, "text in small letters"),
    "trimws": _texts(lambda text: text.strip(" \t\n\r"), "text without blanks at its ends"),
    "startsWith": _test(str.startswith, 'whether a text begins so: startsWith(x, "a")', "prefix"),
    "endsWith": _test(str.endswith, 'whether a text ends so: endsWith(x, "a")', "suffix"),
    "year": _part_of_date("year"),
    "month": _part_of_date("month"),
    "day": _part_of_date("day"),
}
