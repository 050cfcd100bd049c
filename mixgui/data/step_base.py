"""What all steps share: what a step is, how it finds its table and columns, how it makes the next table.

A step that changes columns costs what these columns cost: the others keep their cells and what is known of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset, Variable, describe_columns, unknown_name
from mixgui.data.long_columns import take_rows
from mixgui.data.names import variable
from mixgui.data.read_options import ReadNote
from mixgui.errors import StepError
from mixgui.observer import Observer, silent

Tables = Mapping[str, Dataset]
IntArray = npt.NDArray[np.intp]

# Offenders that a sentence names.
SHOWN = 5


@dataclass(frozen=True)
class StepCode:
    """A step as a script would write it.

    Parameters
    ----------
    r, python : str
        Lines of R (readr, dplyr, tidyr) and of Python (pandas as pd).
    r_setup, python_setup : tuple of str
        What the lines rely on (imports, small functions): once each, at the head of the script.
    """

    r: str
    python: str
    r_setup: tuple[str, ...] = ()
    python_setup: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The tables after a step, and what is worth knowing about how it went.

    Parameters
    ----------
    tables : mapping of str to Dataset
    notes : tuple of ReadNote
        Rows that were dropped, cells that became missing, codes that did not occur ...
    """

    tables: Tables
    notes: tuple[ReadNote, ...] = ()


class Step(Protocol):
    """A verb of the data preparation."""

    @property
    def output(self) -> str:
        """Name of the table that the step makes or changes."""
        ...

    def apply(self, tables: Tables, observer: Observer = silent) -> Tables:
        """Return the tables after the step; the given ones stay as they are.

        Raises
        ------
        MixguiError
            When the step cannot be done with these tables.
        """
        ...

    def describe(self) -> str:
        """Return the step as a short sentence for the history and the undo menu."""
        ...

    def code(self) -> StepCode:
        """Return the step as lines of a script."""
        ...


class NotedStep:
    """A step that has something to say about how it went."""

    def carry_out(self, tables: Tables, observer: Observer = silent) -> Outcome:
        """Return the tables after the step and the notes."""
        raise NotImplementedError

    def apply(self, tables: Tables, observer: Observer = silent) -> Tables:
        """Return the tables after the step; the given ones stay as they are."""
        return self.carry_out(tables, observer).tables


class InPlaceStep(NotedStep):
    """A step that changes a table and leaves it its name."""

    table: str

    @property
    def output(self) -> str:
        """The table that is changed."""
        return self.table

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Return the table after the step and the notes."""
        raise NotImplementedError

    def carry_out(self, tables: Tables, observer: Observer = silent) -> Outcome:
        """Change the table."""
        made, notes = self.change(find_table(tables, self.table), tables, observer)
        return Outcome({**tables, self.table: made}, tuple(notes))


def carry_out(step: Step, tables: Tables, observer: Observer = silent) -> Outcome:
    """Do any step and return what it has to say: its own notes, or what was odd about the file it read."""
    if isinstance(step, NotedStep):
        return step.carry_out(tables, observer)
    made = step.apply(tables, observer)
    table = made.get(step.output)
    notes = getattr(table, "notes", ())
    if step.output in tables:  # changed in place: the notes that were added
        return Outcome(made, notes[len(getattr(tables[step.output], "notes", ())) :])
    told = any(getattr(one, "notes", ()) is notes for one in tables.values())
    return Outcome(made, () if told else notes)


@dataclass(frozen=True, eq=False)
class Repeated:
    """Rows of which all others are copies, in some of the columns.

    Parameters
    ----------
    rows : (m,) array of int
        Positions of the first of each, in their order.
    counts : (m,) array of int
        How many there are of each.
    """

    rows: IntArray
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, origins: IntArray, n: int) -> Repeated | None:
        """Return which rows of a table stand for the others, which are of the same origin.

        None where most origins occur once, so that nothing would be gained.

        Parameters
        ----------
        origins : (rows,) array of int
            The row of another table from which each row has its cells, -1 for none.
        n : int
            Rows of the other table.
        """
        if len(origins) < 2 * (n + 1):
            return None
        counts = np.bincount(origins + 1, minlength=n + 1)
        first = np.full(n + 1, -1)
        first[origins[::-1] + 1] = np.arange(len(origins))[
            ::-1
        ]  # the last that is written stays: the first row
        rows = np.sort(first[first >= 0])
        return cls(rows, counts[origins[rows] + 1])


# Finding ---------------------------------------------------------------------------------------------


def find_table(tables: Tables, name: str) -> Dataset:
    """Return a table; an unknown name raises `StepError` with a suggestion."""
    if name not in tables:
        error = unknown_name(name, list(tables), "the project's tables")
        message = f"There is no table “{name}”."
        hint = error.hint.replace("Its columns are", "The tables are")
        raise StepError(message, hint or "Open a file first.")
    return tables[name]


def refuse_taken(name: str, tables: Tables) -> None:
    """Raise `StepError` when a new table cannot be called so."""
    if not name.strip():
        raise StepError("The new table has no name.", "Type a name for it.")
    if name in tables:
        raise StepError(f"There is already a table named “{name}”.", "Choose another name.")
    alike = next((other for other in tables if variable(other) == variable(name)), None)
    if alike is not None:
        raise StepError(
            f"The name “{name}” is too much like “{alike}”: a script could not tell them apart.",
            "Choose a name that differs in letters or digits.",
        )


def need_columns(dataset: Dataset, columns: Iterable[str], what: str = "") -> None:
    """Raise `StepError` for the first column that the table does not have, or that is named twice.

    Parameters
    ----------
    dataset : Dataset
    columns : iterable of str
    what : str, optional
        What they are for; without columns the refusal says that these are lacking ("to sort by").
    """
    columns = list(columns)
    if what and not columns:
        raise StepError(f"No column {what} was chosen.", "Choose at least one column.")
    for name in columns:
        dataset.variable(name)
    twice = repeated(columns)
    if twice:
        raise StepError(f"The column “{twice[0]}” was chosen twice.", "Remove one of the two.")


def repeated(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once, each once."""
    seen: set[str] = set()
    return list(dict.fromkeys(name for name in names if name in seen or seen.add(name)))  # type: ignore[func-returns-value]


def need_name(name: str, what: str = "The new column") -> None:
    """Raise `StepError` when a column would have no name."""
    if not name.strip():
        raise StepError(f"{what} has no name.", "Type a name for it.")


# Making ----------------------------------------------------------------------------------------------


def with_columns(
    dataset: Dataset,
    columns: Mapping[str, pd.Series],
    observer: Observer = silent,
    infos: Mapping[str, VariableInfo] | None = None,
) -> Dataset:
    """Return a table with columns replaced (at their place) or added at the end.

    Parameters
    ----------
    dataset : Dataset
    columns : mapping of str to pandas.Series
        With the frame's index. Only these are summarised.
    observer : Observer, optional
    infos : mapping of str to VariableInfo, optional
        What the codebook says of them.
    """
    frame = dataset.frame
    old = [name for name in columns if name in frame.columns]
    new = [name for name in columns if name not in frame.columns]
    if old:
        frame = frame.copy(deep=False)  # shares all cells; pandas copies on write
        for name in old:
            frame[name] = columns[name]
    if new:
        added = pd.DataFrame({name: columns[name] for name in new}, index=frame.index, copy=False)
        frame = pd.concat([frame, added], axis=1)
    fresh = {one.name: one for one in describe_columns(frame[list(columns)], observer=observer)}
    for name, info in (infos or {}).items():
        fresh[name] = fresh[name].with_info(info)
    variables = [fresh.get(one.name, one) for one in dataset.variables]
    variables += [fresh[name] for name in new]
    return replace(dataset, frame=frame, variables=tuple(variables))


def with_rows(
    dataset: Dataset, rows: npt.NDArray[np.bool_] | IntArray, observer: Observer = silent
) -> Dataset:
    """Return a table with some of its rows: those that are True, or those at these positions in this order."""
    positions: IntArray = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.intp, copy=False)
    if len(positions) == dataset.n_rows and np.array_equal(positions, np.arange(dataset.n_rows)):
        return dataset
    return from_frame(dataset.name, take_rows(dataset.frame, positions), [dataset], observer, like=dataset)


def from_frame(
    name: str,
    frame: pd.DataFrame,
    sources: Sequence[Dataset],
    observer: Observer = silent,
    *,
    source: str = "",
    known: Mapping[str, Variable] | None = None,
    like: Dataset | None = None,
    same: Mapping[str, Variable] | None = None,
    repeated: Repeated | None = None,
) -> Dataset:
    """Describe a frame that was made from tables; the codebook of columns of the same name is kept.

    The first of several sources that has a column says what it is; `known` comes before them. With `like`, source
    and notes are those of this table. Columns in `same` have the cells that they had: they are not looked at again.
    The other columns repeat a few of their cells when there is `repeated`.
    """
    words: dict[str, Variable] = {}
    for dataset in reversed(sources):
        words.update((one.name, one) for one in dataset.variables)
    words.update(known or {})
    source, notes = (like.source, like.notes) if like else (source, ())
    if not same and repeated is None:
        return Dataset.from_frame(name, frame, source=source, notes=notes, known=words, observer=observer)
    same = same or {}
    new = [column for column in frame.columns if column not in same]
    cells, counts = frame[new], None
    if repeated is not None:
        cells, counts = take_rows(cells, repeated.rows), repeated.counts
    described = describe_columns(cells, known=words, observer=observer, counts=counts)
    fresh = dict(zip(new, described, strict=True))
    return Dataset(name, frame, tuple(fresh.get(c) or same[c] for c in frame.columns), source, notes)


# Words -----------------------------------------------------------------------------------------------


def note(text: str, severity: str = "info", column: str | None = None) -> ReadNote:
    """Return a note about how a step went."""
    return ReadNote("warning" if severity == "warning" else "info", text, None, column)


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """Return names in quotation marks: “a”, “b” and 3 others."""
    shown = ", ".join(f"“{name}”" for name in names[:most])
    rest = len(names) - most
    return shown if rest <= 0 else f"{shown} and {rest:,} other{'s' if rest > 1 else ''}"


def plain_list(names: Sequence[str], most: int = 3) -> str:
    """Return names as they are, for a short sentence: a, b, c and 2 more."""
    if len(names) <= most:
        return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + (names[-1] if names else "")
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def rows_text(n: int) -> str:
    """Return "1 row" or "2,345 rows"."""
    return f"{n:,} row" if n == 1 else f"{n:,} rows"


def row_numbers(positions: IntArray, most: int = 8) -> str:
    """Return "row 3" or "rows 3, 7 and 12 others"; rows are counted from 1."""
    shown = [f"{p + 1:,}" for p in positions[:most]]
    rest = len(positions) - len(shown)
    text = ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1]
    if rest > 0:
        text = f"{', '.join(shown)} and {rest:,} other{'s' if rest > 1 else ''}"
    return f"row {text}" if len(positions) == 1 else f"rows {text}"
