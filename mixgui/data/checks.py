"""Checks that a table with groups needs before it is modelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mixgui.data.check_groups import (
    find_absent,
    find_empty_groups,
    find_rows_without_group,
    find_single_rows,
    find_varying,
)
from mixgui.data.check_keys import find_copies, find_keys, find_reused, say_keys
from mixgui.data.check_names import find_alike
from mixgui.data.dataset import Dataset
from mixgui.data.declared_levels import find_contradicted, found_groups
from mixgui.data.findings import Finding, Offer, Severity
from mixgui.data.levels import names_one, speaks_of_groups
from mixgui.data.table_codes import TableCodes
from mixgui.observer import Observer, Progress, silent

__all__ = ["CHECKED", "Finding", "Offer", "Severity", "check_table", "groups_to_check"]

#: What is checked, in words for a table in which nothing was found.
CHECKED: tuple[str, ...] = (
    "which columns identify the rows",
    "rows that occur twice",
    "rows without a group, groups with one row, groups without an outcome",
    "ids that begin anew in every group",
    "group-level variables that vary within a group",
    "groups that the other tables do not have",
    "names that differ in blanks, capitals, accents or punctuation only",
)

_MOST_GROUPS = 4
_FEWEST_LEVELS = 3
_ORDER: dict[Severity, int] = {"problem": 0, "question": 1, "info": 2}


def check_table(
    dataset: Dataset,
    groups: Sequence[str] | None = None,
    tables: Mapping[str, Dataset] | None = None,
    observer: Observer = silent,
) -> tuple[Finding, ...]:
    """Look for what goes wrong most often in data with groups.

    Parameters
    ----------
    dataset : Dataset
    groups : sequence of str, optional
        Columns that name groups; by default those that look like it.
    tables : mapping of str to Dataset, optional
        All tables, to look for groups that one of them lacks.
    observer : Observer, optional
        Told of progress; stops by raising `Cancelled`.

    Returns
    -------
    tuple of Finding
        Problems first. What identifies the rows is always said, as an "info".
    """
    if not dataset.n_rows:
        return ()
    codes = TableCodes(dataset, observer)
    observer(Progress("Looking for groups", 0.0))
    likely = found_groups(dataset)
    chosen = _to_check(dataset, likely) if groups is None else tuple(g for g in groups if g in dataset.names)
    observer(Progress("Looking for what identifies the rows", 0.1))
    keys = find_keys(codes, [*chosen, *likely[:2]])
    found: list[Finding | None] = [say_keys(codes, keys)]
    if not keys:
        observer(Progress("Looking for rows that occur twice", 0.3))
        found.append(find_copies(codes, chosen))
    observer(Progress("Looking for ids that begin anew", 0.4))
    found += find_reused(codes, chosen, keys)
    for i, group in enumerate(chosen):
        observer(Progress(f"Looking at the groups of {group}", 0.5 + 0.4 * i / len(chosen)))
        found += _of_group(codes, group, [n for n in dataset.names if n not in chosen[: i + 1]], tables or {})
    found += find_contradicted(dataset)
    observer(Progress("Comparing names", 0.9))
    found += [find_alike(codes, name) for name in dataset.names if _are_names(dataset, name, chosen)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: _ORDER[one.severity]))


def _of_group(
    codes: TableCodes, group: str, others: Sequence[str], tables: Mapping[str, Dataset]
) -> list[Finding | None]:
    return [
        find_rows_without_group(codes, group),
        find_single_rows(codes, group),
        *find_varying(codes, group, others),
        *find_empty_groups(codes, group, others),
        *find_absent(codes, group, tables),
    ]


def groups_to_check(dataset: Dataset) -> tuple[str, ...]:
    """Return the columns that most likely name groups: by their name, as identifiers, or by being categories."""
    return _to_check(dataset, found_groups(dataset))


def _to_check(dataset: Dataset, likely: Sequence[str]) -> tuple[str, ...]:
    found = []
    for name in likely:
        variable = dataset.variable(name)
        names_groups = names_one(name) or variable.declared == "id" or variable.kind in ("text", "category")
        if names_groups and variable.n_unique >= _FEWEST_LEVELS:
            found.append(name)
    return tuple(found[:_MOST_GROUPS])


def _are_names(dataset: Dataset, name: str, groups: Sequence[str]) -> bool:
    """Whether the values of a column are names that repeat, or of which there is one a row of a table of groups."""
    variable = dataset.variable(name)
    return name in groups or variable.n_unique * 2 <= dataset.n_rows or speaks_of_groups(name)
