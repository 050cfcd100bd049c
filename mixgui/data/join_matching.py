"""Which rows of two tables belong together, and why a join would be refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.join_keys import (
    IntArray,
    KeyCodes,
    KeyPairs,
    KeyTypes,
    check_columns,
    code_keys,
    key_types,
    normalise_pairs,
)
from mixgui.data.long_columns import count_codes
from mixgui.errors import JoinError

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
    counts = (count_codes(side, codes.n_keys) for side in (codes.left, codes.right))
    return Matching(pairs, key_types(left, right, pairs), codes, *counts)


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
