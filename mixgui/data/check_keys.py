"""What identifies the rows of a table, ids that begin anew in every group, rows that occur twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from mixgui.data.column_steps import Compute
from mixgui.data.findings import MOST_SHOWN, Finding, Offer, named, plural
from mixgui.data.levels import speaks_of_groups
from mixgui.data.nodes import Name
from mixgui.data.table_codes import IntArray, TableCodes, constant_in

# Combinations of more columns than these are not tried: 12 give 220 triples.
_MOST_CANDIDATES = 12
_MOST_KEYS = 3
# Of the ids that a group would have if it counted from the first one, so many have to be there ...
_COUNTED = 0.8
# ... and of all ids so many have to occur in more than one group.
_SHARED = 0.5
# Rows of the same group are more alike than any: so many times more pairs than by chance prove no copying.
_TIMES_CHANCE = 20.0
_SORTED_BY_NUMBER = 50_000  # ids of text; more of them are compared as they are
# Who is in a group; against what is the same for all groups: a rater, an item, a wave.
_MEMBER = re.compile(
    r"(^|[_. ])(id|ids|no|nr|student|pupil|child|kid|person|subject|participant|patient|respondent|member|player|"
    r"employee|worker|case|class|classroom|section|ward|plot|animal|teacher|family|household)s?($|[_. ]|(?<=s)id$)",
    re.IGNORECASE,
)
_SAME_FOR_ALL = re.compile(
    r"(item|rater|judge|question|trial|stimul|word|time|wave|year|month|week|day|date|hour|occasion|visit|session|"
    r"grade|task|treatment|condition|arm|block|sample|batch)",
    re.IGNORECASE,
)


def find_keys(codes: TableCodes, likely_groups: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the smallest sets of columns (one, two or three) whose values tell all rows apart; likely ones first.

    Numbers with decimals identify nothing: they may differ by chance. Among sets of several columns only those
    count that have a column with a name that speaks of groups or identifiers.
    """
    dataset = codes.dataset
    candidates = [
        one.name
        for one in dataset.variables
        if (one.kind != "number" or one.declared == "id") and not one.n_missing and one.n_unique > 1
    ]
    likely = {name for name in candidates if _names_something(codes, name) or name in likely_groups}
    candidates.sort(key=lambda name: (name not in likely, -dataset.variable(name).n_unique))
    candidates = candidates[:_MOST_CANDIDATES]
    for size in (1, 2, 3):
        found = [
            names
            for names in combinations(candidates, size)
            if (size == 1 or likely.intersection(names)) and codes.identify(names)
        ]
        if found:
            found.sort(key=lambda names: -len(likely.intersection(names)))
            best = len(likely.intersection(found[0]))
            kept = [names for names in found if len(likely.intersection(names)) == best][:_MOST_KEYS]
            return tuple(tuple(sorted(names, key=dataset.names.index)) for names in kept)
    return ()


def say_keys(codes: TableCodes, keys: Sequence[tuple[str, ...]]) -> Finding:
    """Return the finding that says what identifies the rows."""
    if not keys:
        return Finding(
            "key",
            "info",
            "No column, and no pair or triple of columns, identifies the rows.",
            "A table about units needs a column that tells them apart; measurements alone need none.",
        )
    first = keys[0]
    if len(first) == 1:
        sentence = f"Each row is identified by {named([key[0] for key in keys])}."
        hint = "No value occurs twice." if len(keys) == 1 else "Each of them alone tells the rows apart."
    else:
        sentence = f"Each row is identified by {named(first)} together."
        hint = "None of them alone tells the rows apart."
        if len(keys) > 1:
            hint += f" So do {' and '.join(named(key) for key in keys[1:])}."
    return Finding("key", "info", sentence, hint)


def find_copies(codes: TableCodes, groups: Sequence[str]) -> Finding | None:
    """Return the rows that are equal to an earlier row in every column.

    Where many rows are equal but for one coarse measurement, it is no wonder that some agree in this one, too: then
    nothing is found.
    """
    names = codes.dataset.names
    if codes.n_rows < 2 or not names:
        return None
    own = [codes.codes(name) + 1 for name in names]  # a missing cell is a value like others here
    before = [np.zeros(codes.n_rows, dtype=np.int64)]  # rows told apart by the columns up to here
    for column in own:
        before.append(_combined(before[-1], column))
    together = before[-1]
    blank = np.all([column == 0 for column in own], axis=0)
    again = pd.Series(together).duplicated().to_numpy() & ~blank
    n_copies = int(again.sum())
    if not n_copies or _by_chance(codes, own, before, groups):
        return None
    places = np.flatnonzero(np.isin(together, together[again]))
    order = np.lexsort((places, together[places]))
    return Finding(
        "copies",
        "problem",
        f"{plural(n_copies, 'row')} {'is' if n_copies == 1 else 'are'} equal to an earlier row in every column.",
        "Records that were entered or appended twice count twice in every result.",
        codes.rows(places[order][:MOST_SHOWN]),
        "rows",
        len(places),
    )


def _by_chance(
    codes: TableCodes, own: Sequence[IntArray], before: Sequence[IntArray], groups: Sequence[str]
) -> bool:
    """Whether rows that are equal but for one measurement would agree in it so often without having been copied."""
    pairs = _pairs(before[-1])
    after = np.zeros(codes.n_rows, dtype=np.int64)  # rows told apart by the columns from here
    for i in range(len(own) - 1, -1, -1):
        name = codes.dataset.names[i]
        measured = codes.dataset.variable(name).is_numeric and name not in groups
        if measured and not _names_something(codes, name):
            agree = _pairs(own[i]) / (codes.n_rows * (codes.n_rows - 1) / 2)
            others = _pairs(_combined(before[i], after)) - pairs  # equal in all but this
            if agree < 1 and pairs <= _TIMES_CHANCE * others * agree / (1 - agree):
                return True
        after = _combined(after, own[i])
    return False


def _combined(left: IntArray, right: IntArray) -> IntArray:
    pairs = left * (int(right.max()) + 1) + right
    return pd.factorize(pairs)[0].astype(np.int64, copy=False)


def _pairs(together: IntArray) -> float:
    sizes = np.bincount(together).astype(float)
    return float((sizes * (sizes - 1.0) / 2).sum())


def find_reused(codes: TableCodes, groups: Sequence[str], keys: Sequence[tuple[str, ...]]) -> list[Finding]:
    """Return the columns of ids that begin anew in every group: student 1 in every class."""
    alone = {key[0] for key in keys if len(key) == 1}
    ids = [
        one.name
        for one in codes.dataset.variables
        if one.name not in alone and one.kind != "number" and one.n_unique > 1 and _is_member(codes, one.name)
    ]
    fitting: dict[str, list[str]] = {}
    for name in ids:
        outer = [g for g in groups if g != name and not _SAME_FOR_ALL.search(g)]
        found = [g for g in outer if _begins_anew(codes, name, g) and not _rather_above(codes, name, g)]
        if found:
            fitting[name] = found
    return [_reused(codes, name, _chain(codes, name, fitting)) for name in fitting]


def _rather_above(codes: TableCodes, name: str, group: str) -> bool:
    """Whether a group begins anew within the ids as well, and the ids are the likelier groups.

    Where every combination occurs, numbers that begin with 0 or 1 count the members, else the later column does.
    """
    this, that = _begins_anew(codes, name, group), _begins_anew(codes, group, name)
    if this != that:
        return that > this
    counted = [_counts_from_one(codes, one) for one in (name, group)]
    if counted[0] != counted[1]:
        return counted[1]
    names = codes.dataset.names
    return names.index(name) < names.index(group)


def _counts_from_one(codes: TableCodes, name: str) -> bool:
    numbers = [value for value in codes.values(name) if isinstance(value, int | float)]
    return bool(numbers) and min(numbers) in (0, 1)


def _chain(
    codes: TableCodes, name: str, fitting: dict[str, list[str]], seen: tuple[str, ...] = ()
) -> list[str]:
    """Return the groups from above down to the ids: students are numbered within classes, and these within schools.

    Of groups that do not begin anew themselves the finest is enough.
    """
    around = [g for g in fitting.get(name, ()) if g not in seen]
    if not around:
        return [name]
    inner = max(around, key=lambda g: (len(set(fitting.get(g, ())).intersection(around)), codes.n_levels(g)))
    if set(fitting.get(inner, ())).intersection(around):
        return [*_chain(codes, inner, fitting, (*seen, name)), name]
    return [inner, name]


def _begins_anew(codes: TableCodes, name: str, group: str) -> float:
    """Return how completely every group has the first ids, counted from the same beginning; 0 if it does not."""
    ids, of = codes.codes(name), codes.codes(group)
    known = (ids >= 0) & (of >= 0)
    n_ids, n_groups = codes.n_levels(name), codes.n_levels(group)
    if n_groups < 2 or n_ids < 2 or not known.any():
        return 0.0
    pairs = pd.unique(_ranks(codes, name)[ids[known]] * n_groups + of[known])
    rank, where = np.divmod(pairs, n_groups)
    in_groups = np.bincount(rank, minlength=n_ids)
    if np.mean(in_groups[in_groups > 0] > 1) < _SHARED:
        return 0.0
    sizes = np.bincount(where, minlength=n_groups)
    last = np.full(n_groups, -1, dtype=np.int64)
    np.maximum.at(last, where, rank)
    if np.median(sizes) < 2:
        return 0.0
    share = float(sizes.sum() / (last + 1).sum())
    return share if share >= _COUNTED else 0.0


def _ranks(codes: TableCodes, name: str) -> IntArray:
    """Return the place of each different id in their order; s10 comes after s2."""
    values = codes.values(name)
    if len(values) <= _SORTED_BY_NUMBER and any(isinstance(value, str) for value in values):
        order = sorted(range(len(values)), key=lambda i: _natural(str(values[i])))
    else:
        order = np.argsort(np.asarray(values), kind="stable").tolist()
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    parts = re.findall(r"[0-9]+|[^0-9]+", text.casefold())
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts)


def _reused(codes: TableCodes, name: str, chain: Sequence[str]) -> Finding:
    group = chain[-2]
    ids, of = codes.codes(name), codes.codes(group)
    known = (ids >= 0) & (of >= 0)
    pairs = pd.unique(ids[known] * codes.n_levels(group) + of[known])
    in_groups = np.bincount(pairs // codes.n_levels(group), minlength=codes.n_levels(name))
    most = np.argsort(-in_groups, kind="stable")
    shared = int((in_groups > 1).sum())
    example = codes.texts(name, most[:1])[0]
    shown = pd.DataFrame(
        {
            name: codes.texts(name, most[:MOST_SHOWN]),
            f"groups of {group}": in_groups[most][:MOST_SHOWN],
        }
    )
    sentence = (
        f"“{name}” begins anew in every “{group}”: {example} occurs in {in_groups[most[0]]:,} of "
        f"{codes.n_levels(group):,}."
    )
    apart = _tells_apart(codes, chain)
    if apart:
        hint = f"“{apart}” tells them apart: use it where “{name}” is meant."
        return Finding("reused_ids", "info", sentence, hint, shown, "ids", shared)
    new = "_".join(chain)
    while new in codes.dataset.names:
        new += "_id"
    pasted = ", ".join(str(Name(one)) for one in chain)
    step = Compute(codes.dataset.name, new, f'paste({pasted}, sep = "/")')
    nested = "/".join(str(Name(one)) for one in chain)
    return Finding(
        "reused_ids",
        "problem",
        sentence,
        f"As a grouping factor, {name} {example} would be one and the same in all of them. Use a combined id, or "
        f"write (1 | {nested}) in the formula.",
        shown,
        "ids",
        shared,
        (Offer(f"Make “{new}”", step),),
    )


def _tells_apart(codes: TableCodes, chain: Sequence[str]) -> str:
    """Return a column that has a value of its own for each combination of groups and ids; empty if there is none."""
    together = codes.together(chain)
    n = int(together.max()) + 1
    for one in codes.dataset.variables:
        if one.kind == "number" or one.name in chain or one.n_unique != n:
            continue
        varies, known = constant_in(codes.codes(one.name), together, n)
        if not varies.any() and (known > 0).all():
            return one.name
    return ""


def _names_something(codes: TableCodes, name: str) -> bool:
    return codes.dataset.variable(name).declared == "id" or speaks_of_groups(name)


def _is_member(codes: TableCodes, name: str) -> bool:
    """Whether a column's name says that it numbers the members of groups."""
    if _SAME_FOR_ALL.search(name):
        return False
    return (
        codes.dataset.variable(name).declared == "id"
        or bool(_MEMBER.search(name))
        or name.endswith(("Id", "ID"))
    )
