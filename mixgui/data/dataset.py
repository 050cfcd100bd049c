"""A table and what its columns are: the value that every view of the data is drawn from.

A frame is never edited in place. pandas 3 copies on write, so a step makes its new frame from an
old one at the cost of the columns that it changes.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from mixgui.data.codebook import Codebook, VariableInfo
from mixgui.data.read_options import ReadNote
from mixgui.data.summaries import Counts, Kind, column_kind, describe_column
from mixgui.errors import StepError
from mixgui.observer import Observer, Progress, silent

__all__ = ["Dataset", "Kind", "Variable", "column_kind", "describe_columns", "unknown_name"]


@dataclass(frozen=True)
class Variable:
    """What is known of one column.

    Parameters
    ----------
    name : str
        The column's name in the frame.
    kind : str
        One of "number", "integer", "category", "text", "boolean", "date". A column of whole
        numbers with gaps is an "integer" although the frame holds floats.
    label, unit, description : str
        From the codebook; empty when there is none.
    n_missing : int
        Cells without a value.
    n_unique : int
        Different values, missing ones not counted.
    n_infinite : int
        Cells that are infinite (numbers only).
    summary : str
        A few words: mean, SD and range of numbers; the most frequent values of the rest.
    declared : str
        The type that the codebook says ("" as found; "id" for an identifier, whose `kind` is as found).
    levels, reference, missing_codes, value_labels, level
        As in `codebook.VariableInfo`.
    """

    name: str
    kind: Kind
    label: str = ""
    unit: str = ""
    description: str = ""
    n_missing: int = 0
    n_unique: int = 0
    n_infinite: int = 0
    summary: str = ""
    declared: str = ""
    levels: tuple[str, ...] = ()
    reference: str = ""
    missing_codes: tuple[str, ...] = ()
    value_labels: tuple[tuple[str, str], ...] = ()
    level: str = ""

    @property
    def title(self) -> str:
        """The label with its unit, or the name: what stands on an axis."""
        text = self.label or self.name
        return f"{text} ({self.unit})" if self.unit else text

    @property
    def shown_kind(self) -> str:
        """What the column is to the user: its kind, or "id" where the codebook says so."""
        return "id" if self.declared == "id" else self.kind

    @property
    def is_numeric(self) -> bool:
        """Whether one can calculate with the column as it is (not with identifiers)."""
        return self.kind in ("number", "integer") and self.declared != "id"

    @property
    def info(self) -> VariableInfo:
        """What the codebook says of the column."""
        return VariableInfo(
            self.label,
            self.unit,
            self.description,
            self.declared,
            self.levels,
            self.reference,
            self.missing_codes,
            self.value_labels,
            self.level,
        )

    def with_info(self, info: VariableInfo) -> Variable:
        """Return the same column with other words; its cells are as they were."""
        return replace(
            self,
            label=info.label,
            unit=info.unit,
            description=info.description,
            declared=info.kind,
            levels=info.levels,
            reference=info.reference,
            missing_codes=info.missing_codes,
            value_labels=info.value_labels,
            level=info.level,
        )


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named table; compared by identity, because it is derived and never edited.

    Parameters
    ----------
    name : str
        The table's name in the project.
    frame : pandas.DataFrame
        Rows by columns, with unique text column names and a plain 0..n-1 index. Read-only.
    variables : tuple of Variable
        One a column, in the frame's order.
    source : str
        Where it came from, for a tooltip ("students.csv", "Join of students and schools").
    notes : tuple of ReadNote
        What was odd about the file that it was read from.
    derived : dict
        What was made of this table and may be asked for again; its owner says under which key. It never goes over
        to another table.
    """

    name: str
    frame: pd.DataFrame
    variables: tuple[Variable, ...]
    source: str = ""
    notes: tuple[ReadNote, ...] = ()
    derived: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def from_frame(
        cls,
        name: str,
        frame: pd.DataFrame,
        *,
        source: str = "",
        notes: tuple[ReadNote, ...] = (),
        known: Mapping[str, Variable] | None = None,
        observer: Observer = silent,
    ) -> Dataset:
        """Describe the columns of a frame (a pass over the data: call it in a worker).

        Parameters
        ----------
        name : str
            The table's name.
        frame : pandas.DataFrame
            Any frame; an index that is not 0..n-1 is dropped.
        source : str, optional
            Where it came from.
        notes : tuple of ReadNote, optional
            What was odd about its file.
        known : mapping of str to Variable, optional
            What the codebook says, to keep for columns of these names.
        observer : Observer, optional
            Told the progress; may raise `Cancelled`.

        Raises
        ------
        StepError
            When a column's name is not text or occurs twice.
        """
        _check_names(frame)
        if not isinstance(frame.index, pd.RangeIndex) or frame.index.start != 0 or frame.index.step != 1:
            frame = frame.reset_index(drop=True)
        return cls(name, frame, describe_columns(frame, known=known, observer=observer), source, notes)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.frame)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(v.name for v in self.variables)

    def variable(self, name: str) -> Variable:
        """Return what is known of a column; an unknown name raises `StepError` with a suggestion."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise unknown_name(name, self.names, f"the table “{self.name}”")

    def title(self, column: str) -> str:
        """Return the label of a column with its unit, else the name: what stands on an axis.

        What is no column (`log(x)`) is its own title.
        """
        return next((one.title for one in self.variables if one.name == column), column)

    def display_labels(self, column: str) -> dict[str, str]:
        """Return what the values of a column are called (code -> label); empty without value labels."""
        return next((dict(one.value_labels) for one in self.variables if one.name == column), {})

    @property
    def codebook(self) -> Codebook:
        """What is said of the columns, a column each."""
        return tuple((one.name, one.info) for one in self.variables)

    def with_words(self, codebook: Codebook) -> Dataset:
        """Return the same cells with other words; what is said of columns that are not there is left out."""
        infos = dict(codebook)
        if not infos:
            return self
        variables = (one.with_info(infos[one.name]) if one.name in infos else one for one in self.variables)
        return replace(self, variables=tuple(variables))

    def renamed(self, name: str) -> Dataset:
        """Return the same table under another name."""
        return replace(self, name=name)


def describe_columns(
    frame: pd.DataFrame,
    *,
    known: Mapping[str, Variable] | None = None,
    observer: Observer = silent,
    counts: Counts | None = None,
) -> tuple[Variable, ...]:
    """Return one `Variable` a column (one pass over the data).

    What the codebook says (label, unit, levels ...) is kept from `known` for columns of the same name. With `counts`
    each row of the frame stands for so many rows of the table (see `summaries.describe_column`).
    """
    known = known or {}
    variables = []
    for i, name in enumerate(frame.columns):
        observer(Progress(f"Summarising {name}", i / len(frame.columns)))
        facts = describe_column(frame.iloc[:, i], counts)
        variable = Variable(
            name,
            facts.kind,
            n_missing=facts.n_missing,
            n_unique=facts.n_unique,
            n_infinite=facts.n_infinite,
            summary=facts.summary,
        )
        old = known.get(name)
        variables.append(variable.with_info(old.info) if old else variable)
    return tuple(variables)


def unknown_name(name: str, names: Sequence[str], where: str) -> StepError:
    """Return the error for a column that is not there, with the nearest names as a hint."""
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    lower = [n for n in names if n.lower() == name.lower() and n not in near]
    quoted = ", ".join(f"“{n}”" for n in (lower + near)[:3])
    hint = f"Did you mean {quoted}?" if quoted else _available(names)
    return StepError(f"There is no column “{name}” in {where}.", hint)


def _available(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:8])
    return f"Its columns are {shown}{' and others' if len(names) > 8 else ''}."


def _check_names(frame: pd.DataFrame) -> None:
    wrong = [c for c in frame.columns if not isinstance(c, str)]
    if wrong:
        raise StepError(
            f"The name of the column {wrong[0]!r} is not text.",
            "Give every column a name that is text, for instance frame.columns.astype(str).",
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise StepError(f"The column name “{twice}” occurs twice.", "Rename one of the two columns.")
