"""What the join dialog asks of the worker, and what comes back: values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mixgui.errors import JoinError
from mixgui.observer import Observer, Progress

if TYPE_CHECKING:  # the window must not wait for pandas
    import pandas as pd

    from mixgui.data.dataset import Dataset
    from mixgui.data.joins import JoinKind, Matching, Relationship


@dataclass(frozen=True, eq=False)
class JoinRequest:
    """A join as the dialog asks for it."""

    left: Dataset
    right: Dataset
    keys: tuple[tuple[str, str], ...]
    kind: JoinKind = "left"
    convert_keys: bool = False
    many_to_many: bool = False
    suffix: str = "_right"

    def step(self, output: str) -> Any:
        """Return the step that makes the table `output`."""
        from mixgui.data.steps import Join

        return Join(
            left=self.left.name,
            right=self.right.name,
            keys=self.keys,
            kind=self.kind,
            relationship="many-to-many" if self.many_to_many else "auto",
            suffixes=("", self.suffix),
            convert_keys=self.convert_keys,
            output=output,
        )


@dataclass(frozen=True, eq=False)
class JoinSide:
    """What a join would do with one of the tables.

    Parameters
    ----------
    name : str
        The table.
    rows, rows_matched, keys, keys_matched : int
        Rows with a match, and different keys with one.
    missing_rows : int
        Rows whose key is missing: they match nothing.
    unmatched : DataFrame
        Keys without a match, with their number of rows.
    repeated : DataFrame
        Keys that occur several times, with their number of rows.
    """

    name: str
    rows: int
    rows_matched: int
    keys: int
    keys_matched: int
    missing_rows: int
    unmatched: pd.DataFrame
    repeated: pd.DataFrame


@dataclass(frozen=True, eq=False)
class JoinView:
    """What the dialog shows of a join that was not done yet.

    Parameters
    ----------
    request : JoinRequest
    sides : tuple of JoinSide
        Left and right.
    relationship : str
        "many-to-one", ...
    rows, columns : int
        Size of the result.
    clashes : tuple of (str, str)
        Columns of the right table whose names are taken, and the names they would get.
    type_problems : tuple of str
        A sentence for each key whose columns are of different types.
    problem : JoinError or None
        Why the join would be refused.
    """

    request: JoinRequest
    sides: tuple[JoinSide, JoinSide]
    relationship: str
    rows: int
    columns: int
    clashes: tuple[tuple[str, str], ...] = ()
    type_problems: tuple[str, ...] = ()
    problem: JoinError | None = None

    @property
    def refused(self) -> bool:
        """Whether the join would be refused."""
        return self.problem is not None


def suggesting(left: Dataset, right: Dataset) -> Callable[[Observer], tuple[tuple[str, str], ...]]:
    """Return the job that suggests keys, best first."""

    def work(observer: Observer) -> tuple[tuple[str, str], ...]:
        from mixgui.data.key_suggestions import suggest_keys

        return tuple(suggest_keys(left.frame, right.frame))

    return work


def preparing(request: JoinRequest) -> Callable[[Observer], JoinView]:
    """Return the job that finds out what a join would do."""

    def work(observer: Observer) -> JoinView:
        from mixgui.data import joins

        observer(Progress("Comparing the keys"))
        left, right = request.left.frame, request.right.frame
        names = {"left_name": request.left.name, "right_name": request.right.name}
        matching = joins.match_rows(left, right, request.keys, **names)
        relationship: Relationship = "many-to-many" if request.many_to_many else "auto"
        plain = (request.left.name, request.right.name)
        found = joins.refusals(matching, request.kind, relationship, request.convert_keys, *plain)
        clashes = _clashes(request, matching)
        columns = 0
        try:
            suffixes = ("", request.suffix)
            lefts, rights = joins.output_names(left, right, matching.pairs, request.kind, suffixes)
            columns = len(lefts) + len(rights)
        except JoinError as error:
            found.append(error)
        types = [one for one in matching.types if not one.match]
        return JoinView(
            request,
            (_side(matching, request, "left"), _side(matching, request, "right")),
            matching.relationship,
            matching.result_rows(request.kind),
            columns,
            clashes,
            tuple(
                f"“{one.left}” of {plain[0]} holds {one.left_family}, "
                f"“{one.right}” of {plain[1]} holds {one.right_family}."
                for one in types
            ),
            found[0] if found else None,
        )

    return work


def _clashes(request: JoinRequest, matching: Matching) -> tuple[tuple[str, str], ...]:
    """Return the columns of the right table whose names are taken, with the names that they would get."""
    if request.kind in ("semi", "anti"):
        return ()
    keys = {right for _, right in matching.pairs}
    taken = set(request.left.names)
    return tuple((name, name + request.suffix) for name in request.right.names if name in taken - keys)


def _side(matching: Matching, request: JoinRequest, side: str) -> JoinSide:
    """Count one side and list its keys."""
    import numpy as np

    is_left = side == "left"
    dataset = request.left if is_left else request.right
    codes = matching.codes.left if is_left else matching.codes.right
    own = matching.left_counts if is_left else matching.right_counts
    other = matching.right_counts if is_left else matching.left_counts
    columns = [pair[0 if is_left else 1] for pair in matching.pairs]
    matched = matching.left_matched() if is_left else matching.right_matched()
    return JoinSide(
        dataset.name,
        len(codes),
        int(matched.sum()),
        int(np.count_nonzero(own)),
        int(np.count_nonzero((own > 0) & (other > 0))),
        int(np.count_nonzero(codes < 0)),
        _key_table(dataset.frame, columns, codes, own, (own > 0) & (other == 0)),
        _key_table(dataset.frame, columns, codes, own, own > 1),
    )


def _key_table(frame: pd.DataFrame, columns: list[str], codes: Any, counts: Any, wanted: Any) -> pd.DataFrame:
    """Return the wanted keys in the order of the table, with their number of rows."""
    import numpy as np

    valid = np.flatnonzero(codes >= 0)
    first = np.full(len(counts), -1)
    first[codes[valid][::-1]] = valid[::-1]  # the first row of each key is written last
    rows = np.sort(first[wanted])
    table = frame[columns].take(rows).reset_index(drop=True)
    name = "rows" if "rows" not in columns else "number of rows"
    table[name] = counts[codes[rows]]
    return table
