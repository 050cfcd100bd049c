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
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.join_keys import IntArray, as_text, is_large, key_types
from mixgui.data.join_matching import (
    JOIN_KINDS,
    RELATIONSHIPS,
    JoinKind,
    Matching,
    Relationship,
    check_choices,
    match_rows,
    output_names,
    refusals,
)
from mixgui.data.join_report import JoinReport, diagnose
from mixgui.data.key_suggestions import KeySuggestion, rank_keys, suggest_keys
from mixgui.data.long_columns import take_rows
from mixgui.observer import Observer, Progress, silent

__all__ = [
    "JOIN_KINDS",
    "RELATIONSHIPS",
    "JoinKind",
    "JoinReport",
    "Joined",
    "KeySuggestion",
    "Matching",
    "Relationship",
    "diagnose",
    "join",
    "join_rows",
    "match_rows",
    "output_names",
    "rank_keys",
    "refusals",
    "suggest_keys",
]


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
    return join_rows(
        left,
        right,
        keys,
        kind,
        relationship,
        suffixes=suffixes,
        convert_keys=convert_keys,
        left_name=left_name,
        right_name=right_name,
        observer=observer,
    ).frame


@dataclass(frozen=True, eq=False)
class Joined:
    """A joined table and where its rows are from.

    Parameters
    ----------
    frame : pandas.DataFrame
    left_rows, right_rows : (n,) array of int, or None
        The row of the left and of the right table that each row is made of, -1 for none. None for the left ones: all
        of its rows in their order; for the right ones: no column is from there.
    """

    frame: pd.DataFrame
    left_rows: IntArray | None
    right_rows: IntArray | None


def join_rows(
    left: pd.DataFrame,
    right: pd.DataFrame,
    keys: str | Sequence[str | tuple[str, str]],
    kind: JoinKind,
    relationship: Relationship,
    *,
    suffixes: tuple[str, str],
    convert_keys: bool,
    left_name: str,
    right_name: str,
    observer: Observer,
) -> Joined:
    """Join two tables as `join` does, and tell where the rows are from."""
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
        rows = np.flatnonzero(keep)
        return Joined(take_rows(left, rows), rows, None)
    left_rows, right_rows = row_positions(matching, kind)
    observer(Progress("Joining the columns", 0.7))
    return Joined(
        _assemble(left, right, matching, names, left_rows, right_rows),
        left_rows,
        right_rows,
    )


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
        part = take_rows(left, left_rows)
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
        payload = take_rows(payload, right_rows)
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
