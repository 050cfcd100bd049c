"""Groups: rows without one, groups of one row, columns that vary within some of them, groups that a table lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.check_names import like_one_of
from mixgui.data.codebook import ROW_LEVEL, level_group
from mixgui.data.dataset import Dataset
from mixgui.data.findings import MOST_SHOWN, Finding, named, plural
from mixgui.data.long_columns import count_codes
from mixgui.data.table_codes import TableCodes, constant_in

# A column belongs to the groups if at most this share of them has several values ...
_FEW_VARY = 0.10
# ... where so many would if its values were dealt out to the rows at random.
_WOULD_VARY = 0.5
_FEWEST_GROUPS = 5
_MOST_SIZES = 60


def find_rows_without_group(codes: TableCodes, group: str) -> Finding | None:
    """Return the rows whose group is missing."""
    rows = np.flatnonzero(codes.codes(group) < 0)
    if not rows.size:
        return None
    n = int(rows.size)
    return Finding(
        "no_group",
        "question",
        f"{plural(n, 'row')} {'has' if n == 1 else 'have'} no “{group}”.",
        f"A model with groups of {group} leaves {'it' if n == 1 else 'them'} out.",
        codes.rows(rows[:MOST_SHOWN]),
        "rows",
        n,
    )


def find_single_rows(codes: TableCodes, group: str) -> Finding | None:
    """Return the groups that have one row only, where others have more."""
    of = codes.codes(group)
    sizes = count_codes(of, codes.n_levels(group))
    single = np.flatnonzero(sizes == 1)
    if not single.size or not (sizes > 1).any():
        return None
    first = np.full(len(sizes), -1, dtype=np.int64)
    first[of[of >= 0][::-1]] = np.flatnonzero(of >= 0)[::-1]
    n = int(single.size)
    share = n / int((sizes > 0).sum())
    return Finding(
        "single_rows",
        "question" if share > 0.5 else "info",
        f"{n:,} of {int((sizes > 0).sum()):,} groups of “{group}” {'has' if n == 1 else 'have'} only one row.",
        "They say nothing about differences within groups, and a name that is misspelt once looks like this. "
        "A mixed model can use them.",
        codes.rows(first[single][:MOST_SHOWN]),
        "rows",
        n,
    )


def find_varying(codes: TableCodes, group: str, others: Sequence[str]) -> list[Finding]:
    """Return the columns that are constant in almost all groups, but not in all.

    A column counts only if its values, dealt out at random, would differ in most groups: a rare event, which is the
    same in most groups by chance, is no group-level variable.
    """
    of, n_groups = codes.codes(group), codes.n_levels(group)
    found = []
    for name in others:
        if codes.n_levels(name) < 2 or _is_said(codes.dataset.variable(name).level, group):
            continue
        varies, known = constant_in(codes.codes(name), of, n_groups)
        several = known > 1
        n, n_varying = int(several.sum()), int(varies.sum())
        if not n_varying or n - n_varying < _FEWEST_GROUPS or n_varying > max(_FEW_VARY * n, 1):
            continue
        if _expected_share(codes.codes(name), known[several]) >= _WOULD_VARY:
            found.append(_varying(codes, name, group, np.flatnonzero(varies), n))
    return found


def _is_said(level: str, group: str) -> bool:
    """Whether somebody said that a column belongs to the rows, or to these groups: that is another check."""
    return level == ROW_LEVEL or level_group(level) == group


def _expected_share(values: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> float:
    """Return the share of groups of these sizes that would have several values if rows were dealt out at random."""
    counts = np.bincount(values[values >= 0])
    shares = counts[counts > 0] / counts.sum()
    different, how_often = np.unique(sizes, return_counts=True)
    if different.size > _MOST_SIZES:  # a few sizes stand for all
        picks = np.linspace(0, different.size - 1, _MOST_SIZES).astype(int)
        different, how_often = different[picks], how_often[picks]
    equal = np.array([float(np.power(shares, size).sum()) for size in different])
    return float(1.0 - (equal * how_often).sum() / how_often.sum())


def _varying(codes: TableCodes, name: str, group: str, which: npt.NDArray[np.intp], n: int) -> Finding:
    of, values = codes.codes(group), codes.codes(name)
    n_varying = int(which.size)
    chosen = np.isin(of, which[:MOST_SHOWN]) & (values >= 0)
    pairs = pd.DataFrame({"g": of[chosen], "v": values[chosen]}).value_counts(sort=False).reset_index()
    listed = []
    for g in which[:MOST_SHOWN]:
        mine = pairs[pairs["g"] == g].sort_values("count", ascending=False, kind="stable").head(6)
        texts = codes.texts(name, mine["v"].to_numpy())
        listed.append(
            ", ".join(f"{text} ({count:,}×)" for text, count in zip(texts, mine["count"], strict=True))
        )
    shown = pd.DataFrame({group: codes.texts(group, which[:MOST_SHOWN]), name: listed})
    return Finding(
        "varies",
        "problem",
        f"“{name}” is the same within almost every “{group}”, but varies in {n_varying:,} of {n:,}.",
        f"If it belongs to the groups, one value is wrong in {'this group' if n_varying == 1 else 'these groups'}; a "
        "model would take it for a variable of the rows.",
        shown,
        "groups",
        n_varying,
    )


def find_empty_groups(codes: TableCodes, group: str, columns: Sequence[str]) -> list[Finding]:
    """Return the groups in which a number of the rows has no value at all."""
    of, n_groups = codes.codes(group), codes.n_levels(group)
    sizes = count_codes(of, n_groups)
    found = []
    for name in columns:
        variable = codes.dataset.variable(name)
        if not variable.n_missing or variable.n_missing * 2 > codes.n_rows or not variable.is_numeric:
            continue
        varies, known = constant_in(codes.codes(name), of, n_groups)
        empty = np.flatnonzero((known == 0) & (sizes > 1))
        if (
            not empty.size or not varies.any()
        ):  # what does not vary within groups is missing for whole groups anyway
            continue
        n = int(empty.size)
        shown = pd.DataFrame(
            {group: codes.texts(group, empty[:MOST_SHOWN]), "rows": sizes[empty[:MOST_SHOWN]]}
        )
        found.append(
            Finding(
                "empty_groups",
                "info",
                f"“{name}” is missing in every row of {n:,} of {n_groups:,} groups of “{group}”.",
                f"A model with {name} leaves {'this group' if n == 1 else 'these groups'} out.",
                shown,
                "groups",
                n,
            )
        )
    return found


def find_absent(codes: TableCodes, group: str, tables: Mapping[str, Dataset]) -> list[Finding]:
    """Return the groups that a table about them does not have, and rows of this table about groups without rows."""
    dataset = codes.dataset
    mine = set(codes.texts(group, np.arange(codes.n_levels(group))))
    found = []
    for name, other in tables.items():
        if name == dataset.name or group not in other.names or not _one_row_each(other, group):
            continue
        if len(other.names) > 1 and set(dataset.names) >= set(other.names):
            continue  # this table was made with the other
        theirs = TableCodes(other)
        there = set(theirs.texts(group, np.arange(theirs.n_levels(group))))
        found += _absent(codes, group, other, sorted(mine - there), there)
    return found


def _absent(
    codes: TableCodes, group: str, other: Dataset, absent: list[str], there: set[str]
) -> list[Finding]:
    if not absent or len(absent) == codes.n_levels(group):
        return []  # none, or a column that only happens to have the same name
    of = codes.codes(group)
    every = codes.texts(group, np.arange(codes.n_levels(group)))
    sizes = count_codes(of, len(every))
    size_of = dict(zip(every, sizes.tolist(), strict=True))
    rows = sum(size_of[one] for one in absent)
    alike = like_one_of(absent[:MOST_SHOWN], there)
    shown = pd.DataFrame(
        {
            group: absent[:MOST_SHOWN],
            "rows": [size_of[one] for one in absent[:MOST_SHOWN]],
            f"alike in {other.name}": [alike.get(one, "") for one in absent[:MOST_SHOWN]],
        }
    )
    if not alike:
        shown = shown.iloc[:, :2]
    n = len(absent)
    hint = f"A join leaves the columns of {other.name} missing in {plural(rows, 'row')}."
    if alike:
        hint += f" {named(list(alike)[:1])} may be {named(list(alike.values())[:1])}."
    return [
        Finding(
            "absent_groups",
            "problem",
            f"{n:,} of {len(every):,} groups of “{group}” {'is' if n == 1 else 'are'} not in the table “{other.name}”.",
            hint,
            shown,
            "groups",
            n,
        )
    ]


def _one_row_each(table: Dataset, group: str) -> bool:
    variable = table.variable(group)
    return (
        variable.n_unique > 1
        and variable.n_unique + variable.n_missing == table.n_rows
        and variable.n_missing <= 1
    )
