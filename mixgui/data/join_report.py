"""What a join would do, before it is done."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.join_keys import IntArray, KeyTypes, level_text
from mixgui.data.join_matching import (
    JoinKind,
    Matching,
    Relationship,
    check_choices,
    match_rows,
    output_names,
    refusals,
)
from mixgui.errors import JoinError
from mixgui.observer import Observer, Progress, silent

_LISTED = 1000  # keys listed in a report; their number is always exact
_MOST_COMPARED = 20_000  # unmatched keys among which near matches are looked for


@dataclass(frozen=True)
class KeyCount:
    """A key and how many rows of its table have it."""

    key: tuple[Any, ...]
    rows: int

    def __str__(self) -> str:
        return ", ".join(level_text(part) for part in self.key)


@dataclass(frozen=True)
class SideReport:
    """What a join would do with one of the tables.

    Parameters
    ----------
    name : str
        The table.
    rows, matched_rows : int
        Rows, and those whose key the other table has.
    keys, matched_keys : int
        Different keys, and those that the other table has.
    missing_rows : int
        Rows of which a part of the key is missing: they match nothing.
    unmatched : tuple of KeyCount
        Keys that the other table does not have, in the table's order (the first thousand).
    repeated_keys : int
        Keys that several rows have.
    repeated : tuple of KeyCount
        Those keys (the first thousand).
    """

    name: str
    rows: int
    matched_rows: int
    keys: int
    matched_keys: int
    missing_rows: int
    unmatched: tuple[KeyCount, ...]
    repeated_keys: int
    repeated: tuple[KeyCount, ...]

    @property
    def unmatched_rows(self) -> int:
        """Rows without a match, those with a missing key included."""
        return self.rows - self.matched_rows

    @property
    def unmatched_keys(self) -> int:
        """Different keys without a match."""
        return self.keys - self.matched_keys


@dataclass(frozen=True)
class ReportLine:
    """One sentence of a report: "good", "info", "warning" or "refused"."""

    severity: Literal["good", "info", "warning", "refused"]
    text: str
    hint: str = ""


@dataclass(frozen=True)
class JoinReport:
    """What a join would do.

    Parameters
    ----------
    kind : str
        The kind of join.
    left, right : SideReport
        Rows and keys of either table.
    relationship : str
        "one-to-one", "many-to-one" (several left rows share a right row), "one-to-many", "many-to-many".
    types : tuple of KeyTypes
        What the columns of each key hold.
    clashes : tuple of (str, str)
        Columns of the right table whose name is taken, and the names that they get.
    near_matches : tuple of (str, str)
        Unmatched keys of the left and of the right table that differ only in case, accents or blanks.
    rows, columns : int
        Size of the result.
    refused : JoinError or None
        Why the join would be refused.
    lines : tuple of ReportLine
        The same in sentences, the most important first.
    """

    kind: JoinKind
    left: SideReport
    right: SideReport
    relationship: Relationship
    types: tuple[KeyTypes, ...]
    clashes: tuple[tuple[str, str], ...]
    near_matches: tuple[tuple[str, str], ...]
    rows: int
    columns: int
    refused: JoinError | None
    lines: tuple[ReportLine, ...]


def diagnose(
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
) -> JoinReport:
    """Find out what `joins.join` with the same arguments would do, without doing it.

    Raises
    ------
    JoinError
        Only for keys that are no columns, or a kind or relationship that does not exist; whatever
        else would be refused is in the report.
    """
    check_choices(kind, relationship)
    observer(Progress("Comparing the keys", 0.0))
    matching = match_rows(left, right, keys, left_name=left_name, right_name=right_name)
    problems = refusals(matching, kind, relationship, convert_keys, left_name, right_name)
    clashes: tuple[tuple[str, str], ...] = ()
    columns = 0
    try:
        lefts, rights = output_names(left, right, matching.pairs, kind, suffixes)
        clashes = tuple((old, new) for old, new in rights.items() if old in left.columns)
        columns = len(lefts) + len(rights)
    except JoinError as error:
        problems.append(error)
    observer(Progress("Comparing the keys", 0.6))
    sides = (
        _side(matching, left, left_name, is_left=True),
        _side(matching, right, right_name, is_left=False),
    )
    near = _near_matches(*sides)
    rows = matching.result_rows(kind)
    refused = problems[0] if problems else None
    lines = _lines(matching, kind, sides, clashes, near, problems, rows)
    return JoinReport(
        kind, *sides, matching.relationship, matching.types, clashes, near, rows, columns, refused, lines
    )


def _side(matching: Matching, frame: pd.DataFrame, name: str, *, is_left: bool) -> SideReport:
    counts = (matching.left_counts, matching.right_counts)
    own, other = counts if is_left else counts[::-1]
    codes = matching.codes.left if is_left else matching.codes.right
    columns = [pair[0 if is_left else 1] for pair in matching.pairs]
    matched = matching.left_matched() if is_left else matching.right_matched()
    repeated = own > 1
    return SideReport(
        name=name,
        rows=len(codes),
        matched_rows=int(matched.sum()),
        keys=int(np.count_nonzero(own)),
        matched_keys=int(np.count_nonzero((own > 0) & (other > 0))),
        missing_rows=int(np.count_nonzero(codes < 0)),
        unmatched=_listed(frame, columns, codes, own, (own > 0) & (other == 0)),
        repeated_keys=int(np.count_nonzero(repeated)),
        repeated=_listed(frame, columns, codes, own, repeated),
    )


def _listed(
    frame: pd.DataFrame, columns: list[str], codes: IntArray, counts: IntArray, wanted: npt.NDArray[np.bool_]
) -> tuple[KeyCount, ...]:
    """Return the wanted keys in the order in which they first occur."""
    chosen = np.flatnonzero(np.append(wanted, False)[codes])
    _, first = np.unique(codes[chosen], return_index=True)
    rows = chosen[np.sort(first)][:_LISTED]
    parts = [frame[column].take(rows).tolist() for column in columns]
    return tuple(
        KeyCount(key, int(counts[codes[row]]))
        for key, row in zip(zip(*parts, strict=True), rows, strict=True)
    )


def _near_matches(left: SideReport, right: SideReport) -> tuple[tuple[str, str], ...]:
    if max(left.unmatched_keys, right.unmatched_keys) > _MOST_COMPARED:
        return ()
    plain = {_plain(str(key)): str(key) for key in right.unmatched}
    pairs = ((str(key), plain.get(_plain(str(key)))) for key in left.unmatched)
    return tuple((a, b) for a, b in pairs if b is not None)


def _plain(text: str) -> str:
    """Return a text without case, accents and superfluous blanks."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def _lines(
    matching: Matching,
    kind: JoinKind,
    sides: tuple[SideReport, SideReport],
    clashes: tuple[tuple[str, str], ...],
    near: tuple[tuple[str, str], ...],
    problems: list[JoinError],
    rows: int,
) -> tuple[ReportLine, ...]:
    left, right = sides
    lines = [ReportLine("refused", problem.message, problem.hint) for problem in problems]
    if not left.matched_rows and left.rows and right.rows:
        lines.append(
            ReportLine("warning", f"No key of “{left.name}” occurs in “{right.name}”.", "Are these the keys?")
        )
    else:
        lines.append(_relationship_line(matching.relationship, left, right))
    for side, other, lost in ((left, right, ("inner", "right", "semi")), (right, left, ("inner", "left"))):
        if side.unmatched_rows:
            lines.append(
                _unmatched_line(side, other, dropped=kind in lost, filled=_is_filled(kind, side is left))
            )
        elif side.rows:
            lines.append(ReportLine("good", f"All {side.rows:,} rows of “{side.name}” have a match."))
        if side.missing_rows:
            text = f"In {_count(side.missing_rows, 'row')} of “{side.name}” the key is missing: no match."
            lines.append(ReportLine("warning", text))
    if near:
        a, b = near[0]
        text = (
            f"{_count(len(near), 'unmatched key')} differ only in case, accents or blanks (“{a}” and “{b}”)."
        )
        lines.append(ReportLine("warning", text, "Recode them first if they mean the same."))
    if clashes and kind not in ("semi", "anti"):
        named = ", ".join(f"“{old}” becomes “{new}”" for old, new in clashes[:3])
        lines.append(ReportLine("info", f"Both tables have columns of the same name: {named}."))
    if not problems:
        lines.append(ReportLine("info", f"The joined table has {_count(rows, 'row')}."))
    order = ("refused", "warning", "info", "good")
    return tuple(sorted(lines, key=lambda line: order.index(line.severity)))


def _is_filled(kind: JoinKind, is_left: bool) -> bool:
    return kind == "full" or kind == ("left" if is_left else "right")


def _relationship_line(relationship: Relationship, left: SideReport, right: SideReport) -> ReportLine:
    words = {
        "one-to-one": f"Each row of “{left.name}” matches at most one row of “{right.name}”, and the reverse.",
        "many-to-one": f"Each row of “{left.name}” gets its row of “{right.name}”; several share one.",
        "one-to-many": f"Rows of “{left.name}” are repeated: several rows of “{right.name}” have their key.",
        "many-to-many": "Rows of both tables are repeated: the same keys occur several times in each.",
    }
    severity = {"one-to-many": "warning", "many-to-many": "warning"}.get(relationship, "info")
    return ReportLine(
        "warning" if severity == "warning" else "info", f"{words[relationship]} ({relationship})"
    )


def _unmatched_line(side: SideReport, other: SideReport, *, dropped: bool, filled: bool) -> ReportLine:
    text = f"{_count(side.unmatched_rows, 'row')} of “{side.name}”"
    if side.unmatched_keys:
        text += f" ({_count(side.unmatched_keys, 'key')})"
    have = "has" if side.unmatched_rows == 1 else "have"
    text += f" {have} no match in “{other.name}”"
    if filled:
        text += f": the columns of “{other.name}” are missing there"
    elif dropped:
        text += ": left out"
    return ReportLine("warning", f"{text}.")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
