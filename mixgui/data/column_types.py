"""A column as the type that it is declared to be: missing codes, numbers, categories, yes/no, text, dates.

Nothing is lost silently: values that do not fit a type are refused with examples, and what became missing is counted.
Every function works on the different values of a column, so that a million cells cost one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types as pdt

from mixgui.data.codebook import KIND_WORDS, VariableInfo
from mixgui.data.collation import collation_key
from mixgui.data.number_texts import ISO_DATE, ISO_TIME, is_number, to_float
from mixgui.data.read_options import ReadNote
from mixgui.data.summaries import column_kind
from mixgui.data.values import coded, spell
from mixgui.errors import StepError

_TRUE = frozenset({"true", "yes", "y", "t", "1"})
_FALSE = frozenset({"false", "no", "n", "f", "0"})
_SHOWN = 4


def described_column(column: pd.Series, name: str, info: VariableInfo) -> tuple[pd.Series, list[ReadNote]]:
    """Return a column as its codebook says it is, and what has to be said about it.

    Parameters
    ----------
    column : pandas.Series
        It is not changed; a column to which nothing has to be done is returned itself.
    name : str
        Its name, for notes and refusals.
    info : VariableInfo
        Missing codes are taken out first, then the type and the order of levels are set.

    Raises
    ------
    StepError
        When there are values that do not fit the type, or levels that cannot be values of the column.
    """
    column, notes = take_out_codes(column, name, info.missing_codes)
    kind = info.kind
    if (
        kind in ("", "id")
        and isinstance(column.dtype, pd.CategoricalDtype)
        and (info.levels or info.reference)
    ):
        kind = "category"
    return as_kind(column, name, kind, levels=info.levels, reference=info.reference), notes


def take_out_codes(column: pd.Series, name: str, codes: Sequence[str]) -> tuple[pd.Series, list[ReadNote]]:
    """Return a column with some of its values made missing, and how many cells that were.

    A code is compared as a text ("-99" is also -99.0); codes that do not occur do no harm.
    """
    if not codes:
        return column, []
    places, texts = coded(column)
    wanted = {spelt_code(code) for code in codes} | set(codes)
    chosen = np.array([*(text in wanted for text in texts), False], dtype=bool)
    cells = chosen[places]
    count = int(cells.sum())
    if not count:
        return column, []
    missing = column.mask(pd.Series(cells, index=column.index))
    if isinstance(missing.dtype, pd.CategoricalDtype):
        missing = missing.cat.remove_categories([c for c in missing.cat.categories if spell(c) in wanted])
    elif pdt.is_float_dtype(missing.dtype) and pdt.is_integer_dtype(column.dtype):
        _refuse_large(column, name)
    found = ", ".join(text for text, gone in zip(texts, chosen, strict=False) if gone)
    cells_are = f"{count:,} cell{'s' if count > 1 else ''}"
    text = f"“{name}”: {cells_are} with a missing code ({found}) {'are' if count > 1 else 'is'} missing now."
    return missing, [ReadNote("info", text, column=name)]


def spelt_code(code: str) -> str:
    """Return a code as a value of the data is spelt: "-99.0" and " -99" are -99."""
    text = code.strip()
    return spell(to_float(text)) if is_number(text) and text[:1] != "+" else text


def truth_of(code: str) -> str:
    """Return the value of a yes/no column for which a code stands (1 and yes are TRUE)."""
    word = code.strip().lower()
    return "TRUE" if word in _TRUE else "FALSE" if word in _FALSE else code


def as_kind(
    column: pd.Series, name: str, kind: str, *, levels: Sequence[str] = (), reference: str = ""
) -> pd.Series:
    """Return a column as a type ("" and "id" leave it as it is).

    Parameters
    ----------
    column : pandas.Series
    name : str
        For refusals.
    kind : str
        One of `codebook.KIND_WORDS`, or "".
    levels : sequence of str, optional
        Order of the levels of a category.
    reference : str, optional
        Level of a category that comes first.

    Raises
    ------
    StepError
        As in `described_column`; also for an unknown kind.
    """
    if kind in ("", "id"):
        return column
    if kind not in KIND_WORDS:
        raise StepError(
            f"“{kind}” is no type of a column.", f"The types are {', '.join(KIND_WORDS.values())}."
        )
    if kind == "category":
        return _as_category(column, name, levels, reference)
    if kind == "text":
        return column if isinstance(column.dtype, pd.StringDtype) else _from_texts(column, str, "str")
    if kind in ("number", "integer"):
        return _as_number(column, name, whole=kind == "integer")
    return _as_boolean(column, name) if kind == "boolean" else _as_date(column, name)


def level_texts(column: pd.Series) -> list[str]:
    """Return the different values of a column as texts: numbers by size, text as R sorts it, levels in their order."""
    _, texts = coded(column)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return texts
    if pdt.is_bool_dtype(column.dtype):
        return ["FALSE", "TRUE"]
    if pdt.is_numeric_dtype(column.dtype):
        return sorted(set(texts), key=float)
    return sorted(set(texts), key=collation_key)


# Categories


def _as_category(column: pd.Series, name: str, levels: Sequence[str], reference: str) -> pd.Series:
    """Return a column as a category: the reference first, then the levels given, then the others."""
    codes, texts = coded(column)
    values = _level_values(column, texts)
    given = list(dict.fromkeys(spelt_level(level, texts) for level in levels))
    order = given + [text for text in level_texts(column) if text not in set(given)]
    first = spelt_level(reference, texts) if reference else ""
    if first and first not in order:
        raise StepError(
            f"The reference level “{reference}” is no level of “{name}”.", f"Its levels are {_some(order)}."
        )
    order = [first, *(level for level in order if level != first)] if first else order
    found = [_level_value(level, values, name) for level in order]
    categories = pd.Index(found, dtype="str" if values is None or not found else None)
    place = {level: i for i, level in enumerate(order)}
    new = np.array([*(place[text] for text in texts), -1], dtype=np.intp)[codes]
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and bool(column.cat.ordered)
    dtype = pd.CategoricalDtype(categories, ordered=ordered)
    if dtype == column.dtype and list(categories) == list(column.dtype.categories):
        return column
    return pd.Series(pd.Categorical.from_codes(new, dtype=dtype), index=column.index, name=column.name)


def spelt_level(level: str, texts: Sequence[str]) -> str:
    """Return a level as the data spell it ("1.0" is 1 if the data have 1), else as it is."""
    return level if level in texts else (spelt if (spelt := spelt_code(level)) in texts else level)


def _level_values(column: pd.Series, texts: Sequence[str]) -> dict[str, Any] | None:
    """Return text -> value of a column of numbers or booleans; None of other columns, which become text."""
    kind = column_kind(column.cat.categories.to_series() if _is_category(column) else column)
    if kind not in ("number", "integer", "boolean"):
        return None
    if kind == "boolean":
        return {"FALSE": False, "TRUE": True}
    whole = kind == "integer"
    return {text: int(float(text)) if whole else float(text) for text in texts}


def _level_value(level: str, values: dict[str, Any] | None, name: str) -> Any:
    """Return the value that a level stands for."""
    if values is None:
        return level
    if level in values:
        return values[level]
    text = level.strip()
    if is_number(text) and not any(isinstance(value, bool) for value in values.values()):
        number = to_float(text)
        return int(number) if number == int(number) else number
    raise StepError(
        f"“{level}” cannot be a level of “{name}”, whose values are {_some(list(values))}.",
        "Give the levels as the cells have them; labels of values are for display.",
    )


def _is_category(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


# Numbers, yes/no, dates


def _as_number(column: pd.Series, name: str, *, whole: bool) -> pd.Series:
    kind = column_kind(column)
    if kind == "date":
        raise StepError(
            f"“{name}” holds dates, which are no numbers.",
            "Compute a number from it, such as the days since a date.",
        )
    if kind in ("number", "integer") and not _is_category(column):
        numbers = column
    else:
        _, texts = coded(column)
        plain = {"TRUE": "1", "FALSE": "0"} if kind == "boolean" else {}
        _refuse([t for t in texts if not is_number(plain.get(t, t))], column, name, "number")
        numbers = _from_texts(column, lambda text: to_float(plain.get(text) or text), np.float64)
    return _whole(numbers, name) if whole else _float_if_object(numbers)


def _whole(column: pd.Series, name: str) -> pd.Series:
    """Return numbers as whole numbers: of an integer type, or floats if some are missing."""
    if pdt.is_integer_dtype(column.dtype):
        return column
    x = column.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~np.isnan(x) & (~np.isfinite(x) | (x != np.rint(x))))
    if wrong.size:
        values = [spell(x[i]) for i in wrong[:200]]
        _refuse(list(dict.fromkeys(values)), column, name, "integer", int(wrong.size))
    if np.isnan(x).any() or not x.size or np.abs(x).max() >= 2.0**53:
        return _float_if_object(column)
    return pd.Series(x.astype(np.int64), index=column.index, name=column.name)


def _float_if_object(column: pd.Series) -> pd.Series:
    if column.dtype == object:
        floats = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return pd.Series(floats, index=column.index, name=column.name)
    return column


def _as_boolean(column: pd.Series, name: str) -> pd.Series:
    if pdt.is_bool_dtype(column.dtype) and not _is_category(column):
        return column
    codes, texts = coded(column)
    words = [text.strip().lower() for text in texts]
    hint = "Use the type category for a column with other values, or recode it."
    _refuse(
        [t for t, w in zip(texts, words, strict=True) if w not in _TRUE | _FALSE], column, name, "boolean",
        hint=hint,
    )  # fmt: skip
    truth = np.array([*(word in _TRUE for word in words), False], dtype=bool)[codes]
    missing = codes < 0
    if missing.any():
        return pd.Series(pd.arrays.BooleanArray(truth, missing), index=column.index, name=column.name)
    return pd.Series(truth, index=column.index, name=column.name)


def _as_date(column: pd.Series, name: str) -> pd.Series:
    if pdt.is_datetime64_any_dtype(column.dtype):
        return column
    if column_kind(column) == "date":
        return pd.to_datetime(column)
    codes, texts = coded(column)
    hint = "Dates are read as year-month-day (2024-05-31); set the type with another format in a step of its own."
    _refuse([text for text in texts if not _is_date(text)], column, name, "date", hint=hint)
    days = pd.to_datetime(pd.Series(texts, dtype="str").str.strip(), format="ISO8601").to_numpy()
    values = np.append(days, np.datetime64("NaT", "us")) if len(days) else np.array(["NaT"], "datetime64[us]")
    return pd.Series(values[codes], index=column.index, name=column.name)


def _is_date(text: str) -> bool:
    text = text.strip()
    if ISO_DATE.fullmatch(text) is None and ISO_TIME.fullmatch(text) is None:
        return False
    return not bool(pd.isna(pd.to_datetime(text, errors="coerce", format="ISO8601")))


def _from_texts(column: pd.Series, convert: Any, dtype: Any) -> pd.Series:
    """Return a column with each different value converted from its text."""
    codes, texts = coded(column)
    if dtype == "str":
        found = np.array([*texts, None], dtype=object)[codes]
        return pd.Series(found, index=column.index, name=column.name, dtype="str")
    values: npt.NDArray[Any] = np.array([*map(convert, texts), np.nan], dtype=dtype)
    return pd.Series(values[codes], index=column.index, name=column.name)


# Refusals


def _refuse(
    wrong: list[str], column: pd.Series, name: str, kind: str, count: int | None = None, *, hint: str = ""
) -> None:
    """Refuse a type for which there are values that do not fit."""
    if not wrong:
        return
    if count is None:
        codes, texts = coded(column)
        bad = set(wrong)
        count = int(np.array([*(text in bad for text in texts), False], dtype=bool)[codes].sum())
    verb = "is" if count == 1 else "are"
    what = "neither yes nor no" if kind == "boolean" else f"no {KIND_WORDS[kind]}{'' if count == 1 else 's'}"
    cells = f"{count:,} cell{'' if count == 1 else 's'}"
    raise StepError(
        f"“{name}” cannot be of the type {KIND_WORDS[kind]}: {cells} {verb} {what} ({_some(wrong)}).",
        hint or "Declare these values as missing codes, or recode them first.",
    )


def _refuse_large(column: pd.Series, name: str) -> None:
    """Refuse gaps among whole numbers that floats, which have room for gaps, cannot tell apart."""
    values = column.to_numpy()
    if len(values) and max(abs(int(values.max())), abs(int(values.min()))) > 2**53:
        raise StepError(
            f"“{name}” has whole numbers of more than 15 digits, which cannot have missing cells.",
            "Read it as text: such numbers are identifiers.",
        )


def _some(texts: Sequence[str]) -> str:
    shown = ", ".join(f"“{text if len(text) <= 30 else text[:29] + '…'}”" for text in texts[:_SHOWN])
    more = len(texts) - _SHOWN
    return f"{shown} and {more:,} other{'s' if more > 1 else ''}" if more > 0 else shown
