"""Coercion of the values that occur while an expression is evaluated, by R's rules for missing values.

A value is a column (`pd.Series`), one thing (float, bool, str, None for NA), a list of such things (from
``c()`` and ``1:3``) or a 2-D array (from ``poly``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from mixgui.errors import FormulaError

FloatArray = npt.NDArray[np.float64]
Value = Any  # pd.Series | np.ndarray | float | bool | str | None | list


class Refused(Exception):  # noqa: N818 - never leaves the room: evaluation turns it into a FormulaError with a span
    """A value that an operation cannot use."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def kind(value: Value) -> str:
    """Return what a value holds: number, logical, text, factor, date, missing, list, matrix or other."""
    if isinstance(value, pd.Series):
        return _column_kind(value)
    if isinstance(value, np.ndarray):
        return "matrix"
    if isinstance(value, list):
        return "list"
    if value is None:
        return "missing"
    if isinstance(value, bool | np.bool_):
        return "logical"
    return "text" if isinstance(value, str) else "number"


def _column_kind(column: pd.Series) -> str:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "factor"
    if types.is_bool_dtype(column.dtype):
        return "logical"
    if types.is_complex_dtype(column.dtype):
        return "other"
    if types.is_numeric_dtype(column.dtype):
        return "number"
    if types.is_datetime64_any_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        return "date"
    inferred = types.infer_dtype(column, skipna=True)
    names = {
        "string": "text",
        "boolean": "logical",
        "floating": "number",
        "integer": "number",
        "empty": "missing",
    }
    return names.get(inferred, "number" if inferred == "mixed-integer-float" else "other")


_WORDS = {
    "text": "text",
    "factor": "categories",
    "date": "dates",
    "list": "a list of values",
    "matrix": "several columns",
    "other": "values of several kinds",
    "logical": "TRUE and FALSE",
    "number": "numbers",
    "missing": "missing values only",
}


def describe(value: Value) -> str:
    """Return in words what a value holds."""
    return _WORDS[kind(value)]


def numbers(value: Value, what: str) -> FloatArray | float:
    """Return a value as floats (TRUE is 1, missing is NaN); `what` names it in the refusal."""
    found = kind(value)
    if found not in ("number", "logical", "missing"):
        hints = {
            "text": "If the text consists of numbers, convert it with as.numeric().",
            "factor": "Convert categories that are numbers with as.numeric(as.character(...)).",
            "list": "A list is understood inside factor() and after %in%.",
        }
        raise Refused(f"{what} needs numbers, but it is given {describe(value)}.", hints.get(found, ""))
    if isinstance(value, pd.Series):
        if value.dtype == object:
            return np.array([np.nan if pd.isna(item) else float(item) for item in value], dtype=np.float64)
        return value.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.nan if value is None else float(value)


def logicals(value: Value, what: str) -> Any:
    """Return a value as nullable booleans, or one as True, False or NA; of numbers only 0 is FALSE."""
    if kind(value) not in ("number", "logical", "missing"):
        raise Refused(
            f"{what} needs TRUE and FALSE, but it is given {describe(value)}.", "Compare first, with ==."
        )
    if isinstance(value, pd.Series):
        floats = numbers(value, what)
        return pd.arrays.BooleanArray(np.nan_to_num(floats) != 0, np.isnan(floats))
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return pd.NA
    return bool(value)


def coded(values: pd.Series) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Return a column as codes and the texts that they stand for, spelt as R does; missing is -1.

    Each different value is spelt once, which makes a million rows of text quick. Two codes may stand for one text.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes, dtype=np.intp), [spell(level) for level in values.cat.categories]
    if (
        values.dtype == object and _column_kind(values) == "other"
    ):  # factorize takes 1, 1.0 and True for one value
        spelt = pd.Series([None if pd.isna(item) else spell(item) for item in values], dtype="str")
        codes, different = pd.factorize(spelt)
    else:
        codes, different = pd.factorize(values)
    return codes, [spell(value) for value in different.tolist()]


def labels(value: Value, what: str) -> npt.NDArray[np.object_] | str | None:
    """Return a value as texts, numbers spelt as R spells them; missing is None."""
    if isinstance(value, pd.Series):
        codes, texts = coded(value)
        return np.array([*texts, None], dtype=object)[codes]
    if isinstance(value, list | np.ndarray):
        raise Refused(f"{what} cannot use {describe(value)}.")
    return None if value is None else spell(value)


def spell(value: Any) -> str:
    """Write one value as R's as.character() does: 15 digits, TRUE and FALSE in capitals."""
    from mixgui.data.nodes import (
        spell_number,  # here: nodes know nothing of values, and values little of nodes
    )

    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        rounded = float(f"{float(value):.15g}")
        if not np.isfinite(rounded):
            return "NaN" if np.isnan(rounded) else ("Inf" if rounded > 0 else "-Inf")
        return ("-" if rounded < 0 else "") + spell_number(abs(rounded))
    return str(value)


def column(values: Any, index: pd.Index) -> pd.Series:
    """Return values as a column: booleans plain unless some are missing, texts of dtype str."""
    if isinstance(values, pd.Series):
        return values
    if isinstance(values, pd.arrays.BooleanArray):
        plain = values if values.isna().any() else values.to_numpy(dtype=bool)
        return pd.Series(plain, index=index)
    if isinstance(values, np.ndarray):
        return pd.Series(values, index=index, dtype="str" if values.dtype == object else None)
    if values is None or values is pd.NA:
        return pd.Series(np.full(len(index), np.nan), index=index)
    if isinstance(values, str):
        return pd.Series([values] * len(index), index=index, dtype="str")
    if isinstance(values, bool | np.bool_):
        return pd.Series(np.full(len(index), bool(values)), index=index)
    return pd.Series(np.full(len(index), float(values)), index=index)


def fail(refused: Refused, span: tuple[int, int] | None) -> FormulaError:
    """Turn a refusal into the error that the user sees."""
    return FormulaError(refused.message, refused.hint, span=span or (0, 0))
