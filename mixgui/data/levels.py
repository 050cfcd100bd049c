"""On which level a column varies: within groups, or only between them.

A column that has one value in every group belongs to the groups (subscript j), any other to the rows (ij). Missing
cells say nothing: a school's size that is missing for some of its pupils is still the school's.
"""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.long_columns import factorize

Level = Literal["row", "group"]

# Rows that are looked at when likely groups are ranked: enough to tell, and quick for a million rows.
_MOST_ROWS = 200_000
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
    values, groups = frame[column], frame[group]
    if len(frame) > _FIRST_ROWS:  # most columns show in their first rows that they vary
        head, of = _codes(values.iloc[:_FIRST_ROWS]), _codes(groups.iloc[:_FIRST_ROWS])
        if ((head >= 0) & (of >= 0)).any() and not _is_constant(head, of):
            return "row"
    return "group" if _is_constant(_codes(values), _codes(groups)) else "row"


def likely_groups(frame: pd.DataFrame) -> list[str]:
    """Return the columns that may be grouping factors, the likeliest first.

    A group repeats: it has at least two and on average at least two rows a level. Names that speak of groups or
    identifiers count most, then how many other columns are constant within it, then text over numbers; a column of
    numbers needs one of the first two.
    """
    part = frame.iloc[:_MOST_ROWS]
    codes = {name: _codes(part[name]) for name in part.columns}
    ranked = []
    for position, name in enumerate(part.columns):
        column = part[name]
        if not _may_be_group(column, codes[name]):
            continue
        speaks = speaks_of_groups(str(name))
        constant = sum(_varies(codes[o]) and _is_constant(codes[o], codes[name]) for o in codes if o != name)
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


def _codes(column: pd.Series) -> npt.NDArray[np.intp]:
    """Return a number for each different value, -1 for a missing one."""
    codes, _ = factorize(column)
    return codes


def _varies(codes: npt.NDArray[np.intp]) -> bool:
    return bool(codes.size and codes.max() > 0)


def _is_constant(codes: npt.NDArray[np.intp], groups: npt.NDArray[np.intp]) -> bool:
    known = (codes >= 0) & (groups >= 0)
    if not known.any():
        return False
    values, of = codes[known], groups[known]
    one = np.empty(int(of.max()) + 1, dtype=values.dtype)
    one[of] = values  # any row's value of each group
    return bool((one[of] == values).all())


def _may_be_group(column: pd.Series, codes: npt.NDArray[np.intp]) -> bool:
    known = codes[codes >= 0]
    if known.size == 0 or pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    levels = int(known.max()) + 1
    if levels < 2 or levels * 2 > known.size:
        return False
    if pd.api.types.is_numeric_dtype(column):
        values = column.dropna().to_numpy(dtype=float)
        return levels > 2 and bool((values == np.floor(values)).all())
    return True
