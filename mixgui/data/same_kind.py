"""Columns put below each other: do they hold the same kind of values, and what holds them all.

Numbers and whole numbers go together, texts and categories too; numbers and text never do, nor yes/no and numbers. A
column without any value goes with all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mixgui.data.join_keys import Family, family_of, is_large
from mixgui.errors import StepError

_WORDS: dict[Family, str] = {"number": "numbers", "text": "text", "yes/no": "yes/no", "date": "dates"}


def refuse_different(columns: Sequence[tuple[str, pd.Series]], what: str) -> None:
    """Raise `StepError` when columns hold different kinds of values.

    Parameters
    ----------
    columns : sequence of (str, pandas.Series)
        What the sentence calls each, and its cells.
    what : str
        What is refused: "They cannot be put into one column".
    """
    found: dict[Family, str] = {}
    for name, column in columns:
        if column.notna().any():
            family: Family = "text" if isinstance(column.dtype, pd.CategoricalDtype) else family_of(column)
            found.setdefault(family, name)
    if len(found) > 1:
        (one, a), (other, b) = list(found.items())[:2]
        raise StepError(
            f"{a} holds {_WORDS[one]}, but {b} holds {_WORDS[other]}: {what}.",
            "Leave one of them out, or set its type first.",
        )


def stacked(parts: Sequence[pd.Series]) -> pd.Series:
    """Return columns of one kind below each other, in a type that holds all of them without loss."""
    present = [part for part in parts if part.notna().any()] or list(parts[:1])
    categories = [part for part in present if isinstance(part.dtype, pd.CategoricalDtype)]
    if categories and len(categories) == len(present):
        return _categories(parts, present)
    if categories:
        parts = [_plain(part) for part in parts]
        present = [_plain(part) for part in present]
    dtype = _common_type(present)
    if dtype == np.int64 and any(part.isna().any() for part in parts):
        dtype = "Int64" if any(is_large(part) for part in present) else np.float64
    if dtype == np.bool_ and any(part.isna().any() for part in parts):
        dtype = "boolean"
    converted = [part if part.dtype == dtype else _retyped(part, dtype) for part in parts]
    return pd.concat(converted, ignore_index=True)


def _plain(part: pd.Series) -> pd.Series:
    return part.astype(part.cat.categories.dtype) if isinstance(part.dtype, pd.CategoricalDtype) else part


def _retyped(part: pd.Series, dtype: object) -> pd.Series:
    if part.notna().any():
        return part.astype(dtype)
    return pd.Series([None] * len(part), index=part.index, dtype=dtype)


def _common_type(present: Sequence[pd.Series]) -> object:
    types = list(dict.fromkeys(part.dtype for part in present))
    if len(types) == 1:
        return types[0]
    if all(isinstance(t, np.dtype) and t.kind in "iuf" for t in types):
        whole = all(isinstance(t, np.dtype) and t.kind in "iu" for t in types)
        if any(is_large(part) for part in present):
            return np.dtype(np.int64) if whole else np.dtype(object)
        return np.dtype(np.int64) if whole else np.dtype(np.float64)
    empty = [part.iloc[:0] for part in present]
    return pd.concat(empty, ignore_index=True).dtype


def _categories(parts: Sequence[pd.Series], present: Sequence[pd.Series]) -> pd.Series:
    levels = list(dict.fromkeys(level for part in present for level in part.cat.categories))
    base = present[0].cat.categories.dtype
    dtype = pd.CategoricalDtype(pd.Index(levels, dtype=base if base == "str" else None))
    return pd.concat(
        [
            pd.Series(pd.Categorical(_retyped(part, dtype) if not part.notna().any() else part, dtype=dtype))
            for part in parts
        ],
        ignore_index=True,
    )
