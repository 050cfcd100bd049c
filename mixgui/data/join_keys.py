"""The keys of two tables on one scale: equal keys get equal codes, missing keys match nothing.

pandas and dplyr match a missing key with a missing key unless told otherwise, SQL does not.
Here it never does (dplyr's `na_matches = "never"`), because a pupil whose school is
unknown does not belong to a school without a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.dataset import unknown_name
from mixgui.data.long_columns import factorize
from mixgui.data.summaries import Kind, column_kind
from mixgui.errors import JoinError

IntArray = npt.NDArray[np.int64]
KeyPairs = tuple[tuple[str, str], ...]
Family = Literal["number", "text", "yes/no", "date"]

_FAMILIES: dict[Kind, Family] = {
    "number": "number",
    "integer": "number",
    "text": "text",
    "category": "text",
    "boolean": "yes/no",
    "date": "date",
}
_EXACT = 2**53  # whole numbers beyond it are not exact as floats


@dataclass(frozen=True)
class KeyTypes:
    """What the two columns of one key hold.

    Parameters
    ----------
    left, right : str
        Names of the columns.
    left_family, right_family : str
        "number", "text", "yes/no" or "date": values of different families are never equal.
    """

    left: str
    right: str
    left_family: Family
    right_family: Family

    @property
    def match(self) -> bool:
        """Whether values of the two columns can be equal without conversion."""
        return self.left_family == self.right_family


@dataclass(frozen=True, eq=False)
class KeyCodes:
    """The keys of the rows of both tables as numbers 0..n_keys-1; -1 where a part of the key is missing.

    Numbers may be left out (a code that neither table has).
    """

    left: IntArray
    right: IntArray
    n_keys: int


def normalise_pairs(keys: str | Sequence[str | tuple[str, str]]) -> KeyPairs:
    """Return keys as pairs: "id" and ["id", ("school", "school_id")] are accepted."""
    if isinstance(keys, str):
        keys = [keys]
    pairs = tuple((k, k) if isinstance(k, str) else (k[0], k[1]) for k in keys)
    if not pairs:
        raise JoinError(
            "No key was chosen.", "Choose the column by which the rows of the tables belong together."
        )
    for side, names in (("left", [a for a, _ in pairs]), ("right", [b for _, b in pairs])):
        if len(set(names)) != len(names):
            twice = next(n for n in names if names.count(n) > 1)
            raise JoinError(
                f"The key “{twice}” of the {side} table was chosen twice.", "Remove one of the two."
            )
    return pairs


def check_columns(
    left: pd.DataFrame, right: pd.DataFrame, pairs: KeyPairs, left_name: str, right_name: str
) -> None:
    """Raise `JoinError` with a suggestion when a key is not a column of its table."""
    for frame, name, column in [(left, left_name, a) for a, _ in pairs] + [
        (right, right_name, b) for _, b in pairs
    ]:
        if column not in frame.columns:
            error = unknown_name(column, [str(c) for c in frame.columns], f"the table “{name}”")
            raise JoinError(error.message, error.hint)


def key_types(left: pd.DataFrame, right: pd.DataFrame, pairs: KeyPairs) -> tuple[KeyTypes, ...]:
    """Return what the columns of each key hold.

    A column without any value has the family of its partner: nothing in it can fail to match.
    """
    found = []
    for a, b in pairs:
        family_a, family_b = family_of(left[a]), family_of(right[b])
        if family_a != family_b:
            if not left[a].notna().any():
                family_a = family_b
            elif not right[b].notna().any():
                family_b = family_a
        found.append(KeyTypes(a, b, family_a, family_b))
    return tuple(found)


def family_of(column: pd.Series) -> Family:
    """Return the family of a column's values; categories that are numbers are numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _FAMILIES[column_kind(pd.Series(column.cat.categories))]
    return _FAMILIES[column_kind(column)]


def code_keys(left: pd.DataFrame, right: pd.DataFrame, pairs: KeyPairs) -> KeyCodes:
    """Return the rows' keys as codes.

    Columns of one family are compared by value, columns of different families as text
    (`as_text`): whether that is wanted is for the caller to ask.
    """
    types = key_types(left, right, pairs)
    codes_left: IntArray | None = None
    codes_right: IntArray | None = None
    n_keys = 0
    for pair in types:
        a, b, n = _code_column(left[pair.left], right[pair.right], pair)
        if codes_left is None or codes_right is None:
            codes_left, codes_right, n_keys = a, b, n
        else:
            codes_left, codes_right, n_keys = _combine(codes_left, codes_right, n_keys, a, b, n)
    assert codes_left is not None
    assert codes_right is not None
    return KeyCodes(codes_left, codes_right, n_keys)


def _code_column(a: pd.Series, b: pd.Series, types: KeyTypes) -> tuple[IntArray, IntArray, int]:
    a, b = _comparable(a, b, types)
    if len(a) and len(b) and a.dtype == b.dtype == np.int64:
        low = int(min(a.min(), b.min()))
        span = int(max(a.max(), b.max())) - low + 1
        if span <= 2 * (len(a) + len(b)):  # ids are often 1..n: no hashing is needed
            return a.to_numpy() - low, b.to_numpy() - low, span
    both = pd.concat([a, b], ignore_index=True)
    codes, levels = factorize(both)  # -1 where missing
    codes = codes.astype(np.int64, copy=False)
    return codes[: len(a)], codes[len(a) :], len(levels)


def _comparable(a: pd.Series, b: pd.Series, types: KeyTypes) -> tuple[pd.Series, pd.Series]:
    if not types.match:
        return as_text(a), as_text(b)
    a, b = _plain(a), _plain(b)
    if types.left_family == "number" and a.dtype != b.dtype and (is_large(a) or is_large(b)):
        return a.astype(object), b.astype(object)  # as Python's integers, which are exact
    if types.left_family != "number" and a.dtype != b.dtype:
        if types.left_family == "date":
            return pd.to_datetime(a), pd.to_datetime(b)
        return a.astype(object), b.astype(object)
    return a, b


def _plain(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(column.cat.categories.dtype)
    return column


def is_large(column: pd.Series) -> bool:
    """Whether a column of whole numbers has some that a float cannot hold exactly."""
    if column.dtype == object or column.dtype.kind not in "iu":
        return False
    values = column.dropna()
    if not len(values):
        return False
    high, low = int(values.to_numpy().max()), int(values.to_numpy().min())
    return high > _EXACT or low < -_EXACT


def _combine(
    left: IntArray, right: IntArray, n: int, a: IntArray, b: IntArray, m: int
) -> tuple[IntArray, IntArray, int]:
    """Code pairs of codes; the result is made compact again so that many keys cannot overflow."""
    pairs = np.concatenate([left * m + a, right * m + b])
    present = ~np.concatenate([(left < 0) | (a < 0), (right < 0) | (b < 0)])
    codes = np.full(len(pairs), -1, dtype=np.int64)
    found, levels = pd.factorize(pairs[present])
    codes[present] = found
    return codes[: len(left)], codes[len(left) :], len(levels)


def as_text(column: pd.Series) -> pd.Series:
    """Return a key as text: 1 and 1.0 are "1", 1.5 is "1.5", yes/no is "TRUE"/"FALSE", days are ISO dates."""
    column = _plain(column)
    codes, levels = factorize(column)
    texts = np.array([*map(level_text, levels), None], dtype=object)
    return pd.Series(texts[codes], index=column.index, dtype="str")


def level_text(value: Any) -> str:
    """Return one key as the text by which it is compared with text."""
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < _EXACT else f"{number:.15g}"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d") if value == value.normalize() else value.isoformat(sep=" ")
    return str(value)
