"""The verbs of the data preparation: each knows what it does, its sentence and its lines of R and Python.

A step is a frozen, hashable value; the project holds a tuple of them and every table is derived from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from mixgui.data.aggregate_step import SUMMARY_FUNCTIONS, Aggregate
from mixgui.data.center_step import Center
from mixgui.data.codebook import Codebook
from mixgui.data.column_steps import Compute, FillDown, RemoveColumns, RenameColumns
from mixgui.data.dataset import Dataset, Variable
from mixgui.data.describe_step import Describe, described
from mixgui.data.joins import JoinKind, Relationship, join_rows
from mixgui.data.read_options import ReadOptions, ReadResult
from mixgui.data.readers import read_table
from mixgui.data.reshape_steps import PivotLonger, PivotWider
from mixgui.data.row_steps import DropMissing, Filter, Sample, Sort
from mixgui.data.stack_step import StackRows
from mixgui.data.step_base import (
    Outcome,
    Repeated,
    Step,
    StepCode,
    Tables,
    carry_out,
    find_table,
    from_frame,
    refuse_taken,
)
from mixgui.data.step_code import join_code, read_code, variable
from mixgui.data.value_steps import LookUp, Recode, SetType
from mixgui.observer import Observer, silent

__all__ = [
    "SUMMARY_FUNCTIONS",
    "Aggregate",
    "Center",
    "Compute",
    "Describe",
    "DropMissing",
    "FillDown",
    "Filter",
    "Join",
    "LookUp",
    "Outcome",
    "PivotLonger",
    "PivotWider",
    "Read",
    "Recode",
    "RemoveColumns",
    "RemoveTable",
    "RenameColumns",
    "RenameTable",
    "Sample",
    "SetType",
    "Sort",
    "StackRows",
    "Step",
    "StepCode",
    "Tables",
    "carry_out",
]


@dataclass(frozen=True)
class Read:
    """Open a file as a table.

    Parameters
    ----------
    path : str
        The file.
    output : str
        Name of the table.
    options : ReadOptions
        How to read it.
    edition : int
        Tells readings of the same file apart when a project reads it again: each keeps its own data.
    codebook : tuple of (str, VariableInfo)
        What is said of its columns besides what the file itself says.
    """

    path: str
    output: str
    options: ReadOptions = field(default_factory=ReadOptions)
    edition: int = 0
    codebook: Codebook = ()

    def apply(self, tables: Tables, observer: Observer = silent) -> Tables:
        """Read the file."""
        refuse_taken(self.output, tables)
        return self.put(self.made(observer)[0], tables)

    def made(self, observer: Observer = silent) -> tuple[Dataset, ReadResult]:
        """Return the table, and what the reader tells of it."""
        result = read_table(self.path, self.options, observer)
        made = Dataset.from_frame(
            self.output, result.frame, source=Path(self.path).name, notes=result.notes, observer=observer
        )
        made = made.with_words(result.codebook)  # the reader has done what it says of values
        made, notes = described(made, self.codebook, observer)
        return replace(made, notes=(*made.notes, *notes)), result

    def put(self, read: Dataset, tables: Tables) -> Tables:
        """Return the tables with what was read, now or earlier, among them."""
        refuse_taken(self.output, tables)
        return {**tables, self.output: read if read.name == self.output else read.renamed(self.output)}

    def describe(self) -> str:
        """Return "Open students.csv"."""
        return f"Open {Path(self.path).name}"

    def code(self) -> StepCode:
        """Return the lines that read the file with the same options, and describe its columns."""
        read = read_code(self)
        if not self.codebook:
            return read
        words = Describe(self.output, self.codebook).code()
        return replace(read, r=f"{read.r}\n{words.r}", python=f"{read.python}\n{words.python}")


@dataclass(frozen=True)
class Join:
    """Join two tables by key columns.

    Parameters
    ----------
    left, right : str
        Names of the tables.
    keys : tuple of (str, str)
        Columns of the left and of the right table by which rows belong together.
    output : str
        Name of the new table.
    kind : str
        "left", "inner", "right", "full", "semi" or "anti".
    relationship : str
        What the keys may be; "auto" allows all but many-to-many.
    suffixes : tuple of str
        Appended to columns that both tables have.
    convert_keys : bool
        Compare keys of different type as text.
    """

    left: str
    right: str
    keys: tuple[tuple[str, str], ...]
    output: str
    kind: JoinKind = "left"
    relationship: Relationship = "auto"
    suffixes: tuple[str, str] = ("", "_right")
    convert_keys: bool = False

    _VERBS: ClassVar[Mapping[str, str]] = {
        "left": "Join {left} with {right}",
        "inner": "Join {left} with {right} (matching rows)",
        "right": "Join {left} with {right} (all rows of {right})",
        "full": "Join {left} with {right} (all rows of both)",
        "semi": "Keep rows of {left} that are in {right}",
        "anti": "Keep rows of {left} that are not in {right}",
    }

    def apply(self, tables: Tables, observer: Observer = silent) -> Tables:
        """Join; labels and units of the columns are kept."""
        left, right = find_table(tables, self.left), find_table(tables, self.right)
        refuse_taken(self.output, tables)
        joined = join_rows(
            left.frame,
            right.frame,
            self.keys,
            self.kind,
            self.relationship,
            suffixes=self.suffixes,
            convert_keys=self.convert_keys,
            left_name=left.name,
            right_name=right.name,
            observer=observer,
        )
        frame, source = joined.frame, f"Join of {self.left} and {self.right}"
        known = self._known(left, right)
        same: dict[str, Variable] = {}
        repeated: Repeated | None = None
        if joined.left_rows is None:  # each left row stands there once: its cells are what they were
            names = zip(frame.columns, left.variables, strict=False)
            same = {name: one if name == one.name else replace(one, name=name) for name, one in names}
            if joined.right_rows is not None:
                repeated = Repeated.of(joined.right_rows, right.n_rows)
        made = from_frame(
            self.output, frame, [], observer, source=source, known=known, same=same, repeated=repeated
        )
        return {**tables, self.output: made}

    def _known(self, left: Dataset, right: Dataset) -> dict[str, Variable]:
        """Return what is known of the columns, under the names that they get."""
        known = {}
        for dataset, suffix in ((right, self.suffixes[1]), (left, self.suffixes[0])):
            for one in dataset.variables:
                known[one.name + suffix] = one
                known.setdefault(one.name, one)
        return known | {one.name: one for one in left.variables}

    def describe(self) -> str:
        """Return "Join students with schools"."""
        return self._VERBS[self.kind].format(left=self.left, right=self.right)

    def code(self) -> StepCode:
        """Return the lines that join in the same way."""
        return join_code(self)


@dataclass(frozen=True)
class RenameTable:
    """Give a table another name."""

    table: str
    name: str

    @property
    def output(self) -> str:
        """The new name."""
        return self.name

    def apply(self, tables: Tables, observer: Observer = silent) -> Tables:
        """Rename; the order of the tables stays."""
        find_table(tables, self.table)
        refuse_taken(self.name, {k: v for k, v in tables.items() if k != self.table})
        return {
            self.name if key == self.table else key: value.renamed(self.name) if key == self.table else value
            for key, value in tables.items()
        }

    def describe(self) -> str:
        """Return "Rename students to pupils"."""
        return f"Rename {self.table} to {self.name}"

    def code(self) -> StepCode:
        """Return an assignment."""
        old, new = variable(self.table), variable(self.name)
        return StepCode(f"{new} <- {old}", f"{new} = {old}")


@dataclass(frozen=True)
class RemoveTable:
    """Remove a table."""

    table: str

    @property
    def output(self) -> str:
        """The table that goes."""
        return self.table

    def apply(self, tables: Tables, observer: Observer = silent) -> Tables:
        """Return the other tables."""
        find_table(tables, self.table)
        return {key: value for key, value in tables.items() if key != self.table}

    def describe(self) -> str:
        """Return "Remove students"."""
        return f"Remove {self.table}"

    def code(self) -> StepCode:
        """Return the line that forgets it."""
        name = variable(self.table)
        return StepCode(f"rm({name})", f"del {name}")
