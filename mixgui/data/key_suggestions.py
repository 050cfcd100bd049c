"""Which columns two tables may be joined by: alike in name, in kind, and above all in their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixgui.data.join_keys import KeyPairs, code_keys, family_of
from mixgui.data.summaries import column_kind

# Different values that are compared: a share is known well enough from so many.
_MOST_VALUES = 20_000
_WORTH = 0.5  # pairs that score less are not suggested
_ID_WORDS = re.compile(r"(^|_)(id|ids|code|key|nr|no|num|number|name)($|_)")


@dataclass(frozen=True)
class KeySuggestion:
    """A pair of columns that may be the key.

    Parameters
    ----------
    left, right : str
        The columns.
    score : float
        0 to 1: how alike names and values are, and whether one side's values identify its rows.
    overlap : float
        Share of the values of the side with fewer different values that the other side has, too.
    unique_left, unique_right : bool
        Whether the values identify the rows of that side.
    """

    left: str
    right: str
    score: float
    overlap: float
    unique_left: bool
    unique_right: bool


@dataclass(frozen=True, eq=False)
class _Column:
    name: str
    stem: str
    is_id: bool
    family: str
    values: pd.Series  # different values, a sample when there are very many
    unique: bool
    whole: bool  # not a measurement with decimals


def suggest_keys(left: pd.DataFrame, right: pd.DataFrame) -> KeyPairs:
    """Return the likeliest key, as pairs of columns; empty when no columns fit.

    Usually one pair. Further pairs are added while their names are the same and the key so far
    identifies the rows of neither table (pupils by wave, for instance).
    """
    ranked = rank_keys(left, right)
    if not ranked:
        return ()
    chosen = [(ranked[0].left, ranked[0].right)]
    if ranked[0].unique_left or ranked[0].unique_right:
        return tuple(chosen)
    for more in ranked[1:]:
        used = {name for pair in chosen for name in pair}
        if more.left != more.right or more.left in used or more.overlap < _WORTH:
            continue
        chosen.append((more.left, more.right))
        if _identifies(left, right, tuple(chosen)):
            return tuple(chosen)
    return (chosen[0],)


def rank_keys(left: pd.DataFrame, right: pd.DataFrame) -> tuple[KeySuggestion, ...]:
    """Return pairs of columns that may be a key, the likeliest first."""
    lefts = [_look_at(left[c]) for c in left.columns]
    rights = [_look_at(right[c]) for c in right.columns]
    found = [s for a in lefts for b in rights if (s := _compare(a, b)) is not None and s.score >= _WORTH]
    return tuple(sorted(found, key=lambda s: -s.score))


def _look_at(column: pd.Series) -> _Column:
    present = column.dropna()
    values = pd.Series(pd.unique(present), dtype=present.dtype)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(column.name)).lower()
    name = re.sub(r"[\s.\-]+", "_", name)
    stem = _ID_WORDS.sub("", name).strip("_")
    return _Column(
        str(column.name),
        stem[:-1] if len(stem) > 3 and stem.endswith("s") and not stem.endswith("ss") else stem,
        _ID_WORDS.search(name) is not None,
        family_of(column),
        values.iloc[:_MOST_VALUES] if len(values) > 2 * _MOST_VALUES else values,
        len(values) == len(column) > 0,
        column_kind(column) != "number",
    )


def _compare(a: _Column, b: _Column) -> KeySuggestion | None:
    if not a.whole or not b.whole or a.family in ("yes/no", "date") or b.family == "yes/no":
        return None
    names = _name_score(a, b)
    overlap = _overlap(a.values, b.values) if a.family == b.family or names >= 0.6 else 0.0
    identifies = a.unique or b.unique
    # Small whole numbers overlap by accident (counts, ratings): values alone convince only as text.
    by_values = 0.35 * overlap if a.family == "text" or names > 0 else 0.1 * overlap
    score = 0.4 * names + by_values + (0.15 if identifies else 0.0) + (0.1 if a.is_id or b.is_id else 0.0)
    if overlap == 0 and len(a.values) and len(b.values):
        score = min(score, 0.55 if names == 1 else 0.0)
    elif names == 0 and overlap < 0.5:
        return None
    return KeySuggestion(a.name, b.name, min(score, 1.0), overlap, a.unique, b.unique)


def _name_score(a: _Column, b: _Column) -> float:
    if a.name == b.name:
        return 1.0
    if a.name.lower() == b.name.lower():
        return 0.95
    if a.stem and a.stem == b.stem:
        return 0.8
    if a.is_id and b.is_id and (not a.stem or not b.stem):
        return 0.6  # "id" in the table of schools, "school_id" in the table of pupils
    shorter, longer = sorted((a.stem, b.stem), key=len)
    return 0.4 if len(shorter) > 2 and shorter in longer else 0.0


def _overlap(a: pd.Series, b: pd.Series) -> float:
    if not len(a) or not len(b):
        return 0.0
    few, many = (a, b) if len(a) <= len(b) else (b, a)
    codes = code_keys(few.to_frame("k"), many.to_frame("k"), (("k", "k"),))
    known = np.zeros(codes.n_keys, dtype=bool)
    known[codes.right[codes.right >= 0]] = True
    return float(known[codes.left].mean())


def _identifies(left: pd.DataFrame, right: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> bool:
    return (
        not left.duplicated([a for a, _ in pairs]).any() or not right.duplicated([b for _, b in pairs]).any()
    )
