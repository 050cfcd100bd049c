"""On which level a column varies: within groups, or only between them.

A column that has one value in every group belongs to the groups (subscript j), any other to the rows (ij). Missing
cells say nothing: a school's size that is missing for some of its pupils is still the school's.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.long_columns import factorize
from mixgui.turns import give_way

Level = Literal["row", "group"]
IntArray = npt.NDArray[np.intp]

# Rows that are looked at when likely groups are ranked: enough to tell, and quick for a million rows.
_MOST_ROWS = 200_000
# Rows that are looked at before all of them.
_FIRST_ROWS = 20_000
# Names that people give to groups and to identifiers.
_GROUP_NAME = re.compile(
    r"(^|_|\.)(id|ids|code|nr|no|group|cluster|class|classroom|school|team|site|centre|center|clinic|hospital"
    r"|region|country|district|subject|person|participant|patient|family|household|batch|worker|rater|item)s?($|_|\.)",
    re.IGNORECASE,
)
_ID_ENDING = re.compile(r"[a-z]I[Dd]$")


def detect_level(frame: pd.DataFrame, column: str, group: str) -> Level:
    """Tell whether a column is constant within every group.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    column, group : str
        Its columns; rows without a group are left out.

    Returns
    -------
    str
        "group" when no group has two different values (missing ones not counted), else "row".
    """
    return Within(frame, group).level(column)


class Within:
    """The groups of one column, and which columns are constant within each of them.

    A column that varies is found out by the first rows; only one that does not is looked through.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    group : str
        The column with the groups; rows without a group are left out.
    """

    def __init__(self, frame: pd.DataFrame, group: str) -> None:
        self._frame = frame
        self._group = group
        self._codes: dict[int, IntArray] = {}  # by the number of first rows

    def level(self, column: str) -> Level:
        """Return "group" when no group has two different values (missing ones not counted), else "row"."""
        values = self._frame[column]
        n = len(values)
        for rows in (_FIRST_ROWS, n) if n > 2 * _FIRST_ROWS else (n,):
            there, constant = _constant(values.iloc[:rows], self._groups(rows))
            if there and not constant:
                return "row"
        return "group" if there else "row"

    def _groups(self, rows: int) -> IntArray:
        if rows not in self._codes:
            self._codes[rows] = _codes(self._frame[self._group].iloc[:rows])
        return self._codes[rows]


def likely_groups(frame: pd.DataFrame) -> list[str]:
    """Return the columns that may be grouping factors, the likeliest first.

    A group repeats: it has at least two and on average at least two rows a level. Names that speak of groups or
    identifiers count most, then how many other columns are constant within it, then text over numbers; a column of
    numbers needs one of the first two.
    """
    part = frame.iloc[:_MOST_ROWS]
    ranked = []
    varying: dict[str, bool] = {}
    for position, name in enumerate(part.columns):
        column = part[name]
        if not _may_be_group(column):
            continue
        speaks = speaks_of_groups(str(name))
        within, constant = Within(part, name), 0
        for other in part.columns:
            if other != name and within.level(other) == "group":
                if other not in varying:
                    varying[other] = _varies(part[other])
                constant += varying[other]
        text = not pd.api.types.is_numeric_dtype(column)
        if speaks or constant or text:
            ranked.append((-int(speaks), -constant, -int(text), position, str(name)))
    return [name for *_, name in sorted(ranked)]


def speaks_of_groups(name: str) -> bool:
    """Whether the name of a column speaks of groups or identifiers (school, class_id, personNr)."""
    return bool(_GROUP_NAME.search(name) or _ID_ENDING.search(name))


def names_one(name: str) -> bool:
    """Whether the name of a column is that of a group or identifier, and not of something about it.

    `school`, `school_id` and `id_school` are; `school_size` is not.
    """
    words = [word for word in re.split(r"[_. ]+", name) if word]
    if not words:
        return False
    first_is_id = re.fullmatch(r"ids?|code|nr|no", words[0], re.IGNORECASE) is not None
    return first_is_id or speaks_of_groups(words[-1])


def _codes(column: pd.Series) -> IntArray:
    """Return a number for each different value, -1 for a missing one."""
    codes, _ = factorize(column)
    return codes


def _varies(column: pd.Series) -> bool:
    numbers = _numbers(column)
    if numbers is None:
        return bool((_codes(column) > 0).any())
    known = numbers[~np.isnan(numbers)] if numbers.dtype.kind == "f" else numbers
    return bool(known.size and known.min() != known.max())


def _numbers(column: pd.Series) -> npt.NDArray[Any] | None:
    """Return the cells of a column of plain numbers, which can be compared as they are."""
    dtype = column.dtype
    return column.to_numpy() if isinstance(dtype, np.dtype) and dtype.kind in "iufb" else None


def _constant(column: pd.Series, groups: IntArray) -> tuple[bool, bool]:
    """Return whether there are values in groups, and whether each group has only one."""
    give_way()
    values = _numbers(column)
    if values is None:
        values = _codes(column)
        known = (values >= 0) & (groups >= 0)
    else:
        known = groups >= 0
        if values.dtype.kind == "f":
            known &= ~np.isnan(values)
    if not known.any():
        return False, False
    cells, of = (values, groups) if known.all() else (values[known], groups[known])
    give_way()
    one = np.empty(int(of.max()) + 1, dtype=cells.dtype)
    one[of] = cells  # any row's value of each group
    return True, bool((one[of] == cells).all())


def _may_be_group(column: pd.Series) -> bool:
    give_way()
    if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    is_number = pd.api.types.is_numeric_dtype(column)
    if is_number:
        values = column.dropna().to_numpy(dtype=float)
        if not (values == np.floor(values)).all():
            return False
    codes = _codes(column)
    known = int((codes >= 0).sum())
    levels = int(codes.max(initial=-1)) + 1
    return levels >= (3 if is_number else 2) and levels * 2 <= known
