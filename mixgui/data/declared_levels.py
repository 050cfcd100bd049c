"""The level of a column where a person has said it: it goes before what is found in the data, and is held against them.

What is said changes where a column is listed and how equations write it. No number depends on it.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from mixgui.data.codebook import ROW_LEVEL, level_group
from mixgui.data.dataset import Dataset
from mixgui.data.findings import MOST_SHOWN, Finding
from mixgui.data.levels import Level, detect_level, likely_groups
from mixgui.data.long_columns import factorize
from mixgui.data.read_options import ReadNote
from mixgui.data.values import spell

_NAMED = 3  # groups that a sentence names


def found_groups(dataset: Dataset) -> tuple[str, ...]:
    """Return the columns that may be grouping factors, the likeliest first; looked for once in a table."""
    key = ("likely_groups",)
    if key not in dataset.derived:
        dataset.derived[key] = tuple(likely_groups(dataset.frame))
    groups: tuple[str, ...] = dataset.derived[key]
    return groups


def found_level(dataset: Dataset, column: str, group: str) -> Level:
    """Return the level of a column as it is found in the data; looked for once in a table."""
    key = ("level", column, group)
    if key not in dataset.derived:
        dataset.derived[key] = detect_level(dataset.frame, column, group)
    level: Level = dataset.derived[key]
    return level


def level_within(dataset: Dataset, column: str, group: str) -> Level:
    """Return the level of a column with respect to a grouping column: as it was said, else as it is found.

    What was said with respect to another grouping column says nothing of this one.
    """
    said = dataset.variable(column).level
    if said == ROW_LEVEL:
        return "row"
    if column == group or level_group(said) == group:
        return "group"
    return found_level(dataset, column, group)


def said_factor(dataset: Dataset, column: str, factors: Collection[str]) -> tuple[bool, str | None]:
    """Return whether somebody said to which of some factors a column belongs, and to which (None: to the rows)."""
    said = dataset.variable(column).level
    if said == ROW_LEVEL and column not in factors:
        return True, None
    group = level_group(said)
    return group in factors, group if group in factors else None


def varying_groups(frame: pd.DataFrame, column: str, group: str) -> pd.DataFrame:
    """Return the groups in which a column has several values: group and its values, in the order of the rows."""
    known = frame[[column, group]].dropna().drop_duplicates()
    if not len(known):
        return pd.DataFrame({group: [], column: []})
    codes, uniques = factorize(known[group])
    several = np.flatnonzero(np.bincount(codes) > 1)
    names = np.asarray(uniques, dtype=object)[several]
    values = known[column].astype(object).to_numpy()
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], several)
    ends = np.searchsorted(codes[order], several, side="right")
    texts = [
        _listed(values[order[a : min(b, a + 6)]].tolist(), b - a) for a, b in zip(starts, ends, strict=True)
    ]
    return pd.DataFrame({group: [spell(name) for name in names.tolist()], column: texts})


def note_of_level(dataset: Dataset, column: str) -> ReadNote | None:
    """Return what has to be said where the data contradict the level that was said; None if they do not."""
    group = level_group(dataset.variable(column).level)
    if not group:
        return None
    if group not in dataset.names:
        return ReadNote(
            "warning",
            f"“{column}” is said to belong to the groups of “{group}”, a column that “{dataset.name}” does not have: "
            "its level is as found in the data.",
            column=column,
        )
    wrong = varying_groups(dataset.frame, column, group) if column != group else ()
    return ReadNote("warning", _sentence(column, group, wrong), column=column) if len(wrong) else None


def find_contradicted(dataset: Dataset) -> list[Finding]:
    """Return the columns that are said to belong to groups and vary within some of them."""
    found = []
    for one in dataset.variables:
        group = level_group(one.level)
        if not group or group not in dataset.names or group == one.name:
            continue
        wrong = varying_groups(dataset.frame, one.name, group)
        if len(wrong):
            hint = (
                "If it belongs to the groups, some of its values are wrong; else choose the level “row” in the "
                "codebook. Models use the values as they are."
            )
            text = _sentence(one.name, group, wrong)
            found.append(
                Finding("said_level", "problem", text, hint, wrong.head(MOST_SHOWN), "groups", len(wrong))
            )
    return found


def _sentence(column: str, group: str, wrong: pd.DataFrame) -> str:
    n = len(wrong)
    names = ", ".join(wrong[group].head(_NAMED)) + (f" and {n - _NAMED:,} more" if n > _NAMED else "")
    groups = "one group" if n == 1 else f"{n:,} groups"
    return f"“{column}” is said to belong to the groups of “{group}”, but varies within {groups}: {names}."


def _listed(values: list[object], n: int) -> str:
    more = f" and {n - len(values)} more" if n > len(values) else ""
    return ", ".join(map(spell, values)) + more
