"""Join two tables by key.

Order of the rows:

- left, semi, anti, inner: the left table's rows in their order; several matches of one row follow the
  right table's order (as pandas.merge and dplyr);
- right: the mirror image, the right table's rows in their order (as pandas.merge);
- full: the left table's rows in their order, then the right table's rows without a match in theirs
  (as dplyr; pandas.merge sorts by the keys instead).

A missing key matches nothing. Columns are the left table's, then the right table's without its keys;
the key has the left table's name, and in a right or full join also holds the right table's keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.join_keys import (
    IntArray,
    KeyCodes,
    KeyPairs,
    KeyTypes,
    as_text,
    check_columns,
    code_keys,
    is_large,
    key_types,
    normalise_pairs,
)
from mixgui.errors import JoinError
from mixgui.observer import Observer, Progress, silent

JoinKind = Literal["left", "inner", "right", "full", "semi", "anti"]
Relationship = Literal["auto", "one-to-one", "many-to-one", "one-to-many", "many-to-many"]

JOIN_KINDS: tuple[JoinKind, ...] = ("left", "inner", "right", "full", "semi", "anti")
RELATIONSHIPS: tuple[Relationship, ...] = (
    "auto",
    "one-to-one",
    "many-to-one",
    "one-to-many",
    "many-to-many",
)

_MOST_ROWS = 200_000_000  # beyond this the result would not fit into the memory of a usual computer


@dataclass(frozen=True, eq=False)
class Matching:
    """How the rows of two tables belong together; what the report and the join are both made from.

    Parameters
    ----------
    pairs, types
        The keys, and what their columns hold.
    codes : KeyCodes
        Each row's key as a number.
    left_counts, right_counts : ndarray of int, shape (n_keys,)
        Rows of either table that have each key.
    """

    pairs: KeyPairs
    types: tuple[KeyTypes, ...]
    codes: KeyCodes
    left_counts: IntArray
    right_counts: IntArray

    @property
    def relationship(self) -> Relationship:
        """The relationship of rows that match: "many-to-one" when a right row serves several left rows."""
        shared = (self.left_counts > 0) & (self.right_counts > 0)
        many_left = bool((self.left_counts[shared] > 1).any())
        many_right = bool((self.right_counts[shared] > 1).any())
        if many_left and many_right:  # also when the repeated keys are not the same ones, as dplyr sees it
            return "many-to-many"
        if many_left:
            return "many-to-one"
        return "one-to-many" if many_right else "one-to-one"

    def left_matched(self) -> npt.NDArray[np.bool_]:
        """Tell for each left row whether the right table has its key."""
        return np.append(self.right_counts > 0, False)[self.codes.left]

    def right_matched(self) -> npt.NDArray[np.bool_]:
        """Tell for each right row whether the left table has its key."""
        return np.append(self.left_counts > 0, False)[self.codes.right]

    def result_rows(self, kind: JoinKind) -> int:
        """Return how many rows a join of this kind would have, without making it."""
        pairs = int(self.left_counts @ self.right_counts)
        left_alone = len(self.codes.left) - int(self.left_counts[self.right_counts > 0].sum())
        right_alone = len(self.codes.right) - int(self.right_counts[self.left_counts > 0].sum())
        return {
            "left": pairs + left_alone,
            "inner": pairs,
            "right": pairs + right_alone,
            "full": pairs + left_alone + right_alone,
            "semi": len(self.codes.left) - left_alone,
            "anti": left_alone,
        }[kind]


def match_rows(
    left: pd.DataFrame,
    right: pd.DataFrame,
    keys: str | Sequence[str | tuple[str, str]],
    *,
    left_name: str = "left",
    right_name: str = "right",
) -> Matching:
    """Find out which rows belong together (keys of different type are compared as text)."""
    pairs = normalise_pairs(keys)
    check_columns(left, right, pairs, left_name, right_name)
    codes = code_keys(left, right, pairs)
    counts = [np.bincount(side[side >= 0], minlength=codes.n_keys) for side in (codes.left, codes.right)]
    return Matching(pairs, key_types(left, right, pairs), codes, counts[0], counts[1])


def join(
    left: pd.DataFrame,
    right: pd.DataFrame,
    keys: str | Sequence[str | tuple[str, str]],
    kind: JoinKind = "left",
    relationship: Relationship = "auto",
    *,
    suffixes: tuple[str, str] = ("", "_right"),
    convert_keys: bool = False,
    left_name: str = "left",
    right_name: str = "right",
    observer: Observer = silent,
) -> pd.DataFrame:
    """Join two tables; rows and their order as the module says.

    Parameters
    ----------
    left, right : pandas.DataFrame
        The tables. Neither is changed.
    keys : str, or sequence of str and (str, str)
        Columns by which rows belong together; a pair when they are named differently.
    kind : str
        "left", "inner", "right", "full", "semi" (left rows with a match) or "anti" (left rows without).
    relationship : str
        What is expected of the keys; "auto" allows all but many-to-many.
    suffixes : tuple of str
        Appended to names that occur in both tables (keys excepted).
    convert_keys : bool
        Compare keys of different type as text ("1" and 1 are then equal).
    left_name, right_name : str
        Names of the tables, for messages.
    observer : Observer
        Told the progress; may raise `Cancelled`.

    Returns
    -------
    pandas.DataFrame
        With a plain 0..n-1 index. Whole numbers become floats, and yes/no columns pandas' "boolean",
        where rows without a match leave cells missing.

    Raises
    ------
    JoinError
        When a key is no column of its table, key types differ, the relationship is not the expected
        one, or names would clash.
    """
    check_choices(kind, relationship)
    observer(Progress("Comparing the keys", 0.0))
    matching = match_rows(left, right, keys, left_name=left_name, right_name=right_name)
    names = output_names(left, right, matching.pairs, kind, suffixes)
    problems = refusals(matching, kind, relationship, convert_keys, left_name, right_name)
    if problems:
        raise problems[0]
    observer(Progress("Joining the rows", 0.4))
    if kind in ("semi", "anti"):
        keep = matching.left_matched() if kind == "semi" else ~matching.left_matched()
        return left.loc[keep].reset_index(drop=True)
    left_rows, right_rows = row_positions(matching, kind)
    observer(Progress("Joining the columns", 0.7))
    return _assemble(left, right, matching, names, left_rows, right_rows)


def check_choices(kind: str, relationship: str) -> None:
    """Raise `JoinError` for a kind or relationship that there is not."""
    if kind not in JOIN_KINDS:
        raise JoinError(f"There is no join of the kind “{kind}”.", f"Choose one of {', '.join(JOIN_KINDS)}.")
    if relationship not in RELATIONSHIPS:
        raise JoinError(
            f"There is no relationship “{relationship}”.", f"Choose one of {', '.join(RELATIONSHIPS)}."
        )


def refusals(
    matching: Matching,
    kind: JoinKind,
    relationship: Relationship,
    convert_keys: bool,
    left_name: str,
    right_name: str,
) -> list[JoinError]:
    """Return why this join is refused; empty when it is not."""
    found = [
        _type_refusal(types, left_name, right_name)
        for types in matching.types
        if not types.match and not convert_keys
    ]
    if kind not in ("semi", "anti") and not found:
        actual = matching.relationship
        rows = matching.result_rows(kind)
        if not _allowed(actual, relationship):
            found.append(_relationship_refusal(actual, relationship, rows, left_name, right_name))
        elif rows > _MOST_ROWS:
            found.append(
                JoinError(
                    f"The joined table would have {rows:,} rows, which is too many for the memory.",
                    "Join by a key that identifies the rows of at least one of the tables.",
                )
            )
    return found


def _allowed(actual: Relationship, wanted: Relationship) -> bool:
    if wanted == "many-to-many" or actual in (wanted, "one-to-one"):
        return True
    return wanted == "auto" and actual != "many-to-many"


def _type_refusal(types: KeyTypes, left_name: str, right_name: str) -> JoinError:
    return JoinError(
        f"The key “{types.left}” of “{left_name}” holds {_plural(types.left_family)}, but “{types.right}” of "
        f"“{right_name}” holds {_plural(types.right_family)}: no row would match.",
        "Choose to compare the keys as text, or change the type of one of the columns.",
    )


def _plural(family: str) -> str:
    return {"number": "numbers", "text": "text", "yes/no": "yes/no values", "date": "dates"}[family]


def _relationship_refusal(
    actual: Relationship, wanted: Relationship, rows: int, left_name: str, right_name: str
) -> JoinError:
    if wanted == "auto":
        return JoinError(
            f"The same keys occur several times in “{left_name}” and in “{right_name}” (many-to-many): "
            f"each of their rows would be combined with each other, {rows:,} rows in all.",
            "Add a key that tells the rows of one table apart, or allow many-to-many if you mean it.",
        )
    return JoinError(
        f"The keys are {actual}, not {wanted}: {_repeated(actual, left_name, right_name)}.",
        f"Remove the duplicates, or choose {actual}.",
    )


def _repeated(actual: Relationship, left_name: str, right_name: str) -> str:
    where = {"many-to-one": f"“{left_name}”", "one-to-many": f"“{right_name}”"}
    return f"keys are repeated in {where.get(actual, f'“{left_name}” and “{right_name}”')}"


def row_positions(matching: Matching, kind: JoinKind) -> tuple[IntArray | None, IntArray]:
    """Return the row of the left and of the right table that each result row is made of; -1 for none.

    None stands for "all left rows in their order", which need not be copied.
    """
    codes = matching.codes
    if kind == "right":
        kept, partners = _expand(codes.right, codes.left, matching.left_counts)
        return partners, _all(kept, codes.right)
    left_rows, right_rows = _expand(codes.left, codes.right, matching.right_counts)
    if kind == "left":
        return left_rows, right_rows
    if kind == "inner":
        found = right_rows >= 0
        if left_rows is None and found.all():
            return None, right_rows
        return _all(left_rows, codes.left)[found], right_rows[found]
    alone = np.flatnonzero(~matching.right_matched())
    return np.append(_all(left_rows, codes.left), np.full(len(alone), -1)), np.append(right_rows, alone)


def _all(rows: IntArray | None, codes: IntArray) -> IntArray:
    return np.arange(len(codes)) if rows is None else rows


def _expand(keep: IntArray, other: IntArray, other_counts: IntArray) -> tuple[IntArray | None, IntArray]:
    """Return the rows of a left join of `keep` with `other` (codes), in the order of `keep`."""
    if not len(other_counts) or other_counts.max() <= 1:
        position = np.full(len(other_counts) + 1, -1)  # the last is for missing keys, whose code is -1
        valid = other >= 0
        position[other[valid]] = np.flatnonzero(valid)
        return None, position[keep]
    order = np.argsort(_narrow(other, len(other_counts)), kind="stable")[np.count_nonzero(other < 0) :]
    starts = np.append(np.cumsum(other_counts) - other_counts, 0)
    matches = np.append(other_counts, 0)[keep]
    copies = np.maximum(matches, 1)
    rows = np.repeat(np.arange(len(keep)), copies)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(copies) - copies, copies)
    found = matches[rows] > 0
    partner = np.full(len(rows), -1)
    partner[found] = order[(starts[keep[rows]] + nth)[found]]
    return rows, partner


def _narrow(codes: IntArray, n_keys: int) -> npt.NDArray[np.integer]:
    """Return codes in 16 bits if they fit: NumPy then sorts them by radix, ten times as fast."""
    return codes.astype(np.int16) if n_keys < 2**15 else codes


def output_names(
    left: pd.DataFrame, right: pd.DataFrame, pairs: KeyPairs, kind: JoinKind, suffixes: tuple[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the name in the result of each left column and of each right column that is no key.

    Raises
    ------
    JoinError
        When two columns would have one name in spite of the suffixes.
    """
    if kind in ("semi", "anti"):
        return {c: c for c in left.columns}, {}
    left_keys = {a for a, _ in pairs}
    payload = [c for c in right.columns if c not in {b for _, b in pairs}]
    clashes = set(left.columns) & set(payload)
    lefts = {c: c + suffixes[0] if c in clashes and c not in left_keys else c for c in left.columns}
    rights = {c: c + suffixes[1] if c in clashes else c for c in payload}
    names = [*lefts.values(), *rights.values()]
    twice = sorted({n for n in names if names.count(n) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise JoinError(
            f"Both tables have a column that would be named “{twice[0]}” in the result.",
            "Choose another suffix for the columns of the right table.",
        )
    return lefts, rights


def _assemble(
    left: pd.DataFrame,
    right: pd.DataFrame,
    matching: Matching,
    names: tuple[dict[str, str], dict[str, str]],
    left_rows: IntArray | None,
    right_rows: IntArray,
) -> pd.DataFrame:
    lefts, rights = names
    gaps = bool((right_rows < 0).any())
    index = pd.RangeIndex(len(right_rows))
    if left_rows is None:
        part = left.set_axis(index, axis=0)
    elif not (left_rows < 0).any():
        part = left.take(left_rows).set_axis(index, axis=0)
    else:
        cells = {c: take(left[c], left_rows) for c in left.columns}
        for a, b in matching.pairs:
            cells[a] = _coalesce(left[a], right[b], left_rows, right_rows)
        part = pd.DataFrame(cells, index=index, copy=False)
    part = part.rename(columns=lefts)
    if not rights:
        return part
    payload = right[list(rights)].rename(columns=rights)
    if gaps:
        payload = pd.DataFrame({c: take(payload[c], right_rows) for c in payload}, index=index, copy=False)
    else:
        payload = payload.take(right_rows).set_axis(index, axis=0)
    return pd.concat([part, payload], axis=1)


def take(column: pd.Series, rows: IntArray) -> Any:
    """Return the cells of these rows as an array; missing where the row is -1."""
    if column.dtype == np.bool_:
        column = column.astype("boolean")
    elif isinstance(column.dtype, np.dtype) and is_large(column):
        column = column.astype("UInt64" if column.dtype.kind == "u" else "Int64")  # floats would round
    return pd.api.extensions.take(column.array, rows, allow_fill=True)


def _coalesce(left: pd.Series, right: pd.Series, left_rows: IntArray, right_rows: IntArray) -> pd.Series:
    """Return a key of the result: the left table's, or the right table's where there is no left row."""
    if left.dtype != right.dtype:
        left, right = _common(left, right)
    both = pd.concat([left, right], ignore_index=True)
    position = np.where(left_rows >= 0, left_rows, right_rows + len(left))
    return both.take(position).reset_index(drop=True)


def _common(left: pd.Series, right: pd.Series) -> tuple[pd.Series, pd.Series]:
    types = key_types(left.to_frame("k"), right.to_frame("k"), (("k", "k"),))[0]
    if not types.match or types.left_family == "text":
        return as_text(left), as_text(right)
    return left, right  # numbers: pandas finds the wider type
