"""Tell what the columns of a table are: labels, units, types, order of levels, missing codes, value labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from mixgui.data.codebook import Codebook, VariableInfo
from mixgui.data.column_types import described_column, truth_of
from mixgui.data.dataset import Dataset, Variable, describe_columns, unknown_name
from mixgui.data.declared_levels import note_of_level
from mixgui.data.describe_code import column_code
from mixgui.data.names import variable
from mixgui.data.read_options import ReadNote
from mixgui.data.step_base import InPlaceStep, StepCode, Tables
from mixgui.errors import StepError
from mixgui.observer import Observer, Progress, silent

_KEPT = 4  # frames of other types that a table remembers
_NAMED = 2  # columns that the sentence of a step names
# What is said of a column -> the words of a history ("Set the label and unit of math").
_FIELDS: tuple[tuple[str, Callable[[VariableInfo], object]], ...] = (
    ("label", lambda info: info.label),
    ("unit", lambda info: info.unit),
    ("description", lambda info: info.description),
    ("type", lambda info: info.kind),
    ("order of levels", lambda info: info.levels or info.reference),
    ("missing codes", lambda info: info.missing_codes),
    ("value labels", lambda info: info.value_labels),
    ("level", lambda info: info.level),
)


@dataclass(frozen=True)
class Describe(InPlaceStep):
    """Set what is said of some columns of a table; of the others nothing changes.

    If the cells are as they were, the table's frame is the same object as before: what was computed from it still
    holds.

    Parameters
    ----------
    table : str
        Name of the table; it is changed in place.
    codebook : tuple of (str, VariableInfo)
        Column and all that is said of it from now on.
    """

    table: str
    codebook: Codebook

    @property
    def changes_values(self) -> bool:
        """Whether cells or types may change, and not only words."""
        return any(info.changes_values for _, info in self.codebook)

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Set words, take out missing codes, set types.

        Raises
        ------
        StepError
            When the table or a column does not exist, or values do not fit a type.
        """
        return described(dataset, self.codebook, observer)

    def describe(self) -> str:
        """Return "Set the label of math in students"."""
        what = [word for word, get in _FIELDS if any(get(info) for _, info in self.codebook)]
        names = [name for name, _ in self.codebook]
        if not what or len(names) > _NAMED or len(what) > _NAMED:
            return f"Describe {_listed(names)} in {self.table}"
        return f"Set the {' and '.join(what)} of {_listed(names)} in {self.table}"

    def code(self) -> StepCode:
        """Return lines of R and Python that do the same; labels are comments in Python."""
        table = variable(self.table)
        parts = [column_code(table, name, info) for name, info in self.codebook]
        return StepCode(
            "\n".join(line for r, _ in parts for line in r), "\n".join(line for _, p in parts for line in p)
        )


def described(
    dataset: Dataset, codebook: Codebook, observer: Observer = silent
) -> tuple[Dataset, list[ReadNote]]:
    """Return a table with what is said of some of its columns set, and notes on what became missing.

    Raises
    ------
    StepError
        As `Describe.change`.
    """
    infos = dict(codebook)
    for name in infos:
        dataset.variable(name)  # a column that is not there is refused with the nearest names
    made = _retyped(dataset, infos, observer)
    fresh, notes = made.fresh, made.notes
    variables: list[Variable] = []
    for one in dataset.variables:
        found = fresh[one.name].with_info(one.info) if one.name in fresh else one
        if one.name in infos:
            found = found.with_info(
                _labels_of_truth(infos[one.name]) if found.kind == "boolean" else infos[one.name]
            )
        variables.append(found)
    after = replace(dataset, frame=made.frame, variables=tuple(variables))
    said = (note_of_level(after, name) for name, info in codebook if info.level)
    return after, [*notes, *(note for note in said if note is not None)]


@dataclass(frozen=True, eq=False)
class _Retyped:
    """Columns whose values were changed: the frame with them, what is known of them, what has to be said."""

    frame: pd.DataFrame
    fresh: Mapping[str, Variable]
    notes: tuple[ReadNote, ...]


def _retyped(dataset: Dataset, infos: Mapping[str, VariableInfo], observer: Observer) -> _Retyped:
    """Take out missing codes and set types; asked again for the same types, the very same frame is returned.

    While somebody writes labels, the step is done again and again: models that were fitted stay fitted.
    """
    wanted = {
        name: (info.kind, info.levels, info.reference, info.missing_codes)
        for name, info in infos.items()
        if info.changes_values
    }
    key = ("retyped", tuple(wanted.items()))
    if key in dataset.derived:
        found: _Retyped = dataset.derived[key]
        return found
    new: dict[str, pd.Series] = {}
    notes: list[ReadNote] = []
    for i, name in enumerate(wanted):
        observer(Progress(f"Describing {name}", i / len(wanted)))
        before = dataset.frame[name]
        after, said = described_column(before, name, infos[name])
        notes += said
        if after is not before:
            new[name] = after
    frame = dataset.frame.assign(**new) if new else dataset.frame
    fresh = dict(zip(new, describe_columns(frame[list(new)], observer=observer), strict=True)) if new else {}
    for old in [one for one in list(dataset.derived) if one[0] == "retyped"][: -_KEPT + 1]:
        del dataset.derived[old]
    made = _Retyped(frame, fresh, tuple(notes))
    dataset.derived[key] = made
    return made


def _labels_of_truth(info: VariableInfo) -> VariableInfo:
    """Return labels of 0 and 1 as labels of FALSE and TRUE: these are the values of a yes/no column."""
    pairs = ((truth_of(code), label) for code, label in info.value_labels)
    return replace(info, value_labels=tuple(pairs)) if info.value_labels else info


def absent_columns(codebook: Codebook, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that a codebook names and a table does not have."""
    return tuple(name for name, _ in codebook if name not in columns)


def refuse_absent(codebook: Codebook, dataset: Dataset) -> None:
    """Refuse a codebook that is about other columns.

    Raises
    ------
    StepError
        With a sentence that lists them.
    """
    absent = absent_columns(codebook, dataset.names)
    if absent:
        raise absent_error(absent, dataset)


def absent_error(absent: tuple[str, ...], dataset: Dataset) -> StepError:
    """Return the error for columns that are in a codebook but not in the table."""
    hint = unknown_name(absent[0], dataset.names, dataset.name).hint
    if len(absent) == 1:
        return StepError(
            f"The codebook names the column “{absent[0]}”, which “{dataset.name}” does not have.", hint
        )
    listed = _listed([f"“{name}”" for name in absent], 8)
    return StepError(f"The codebook names columns that “{dataset.name}” does not have: {listed}.", hint)


def _listed(names: list[str], most: int = _NAMED) -> str:
    if len(names) > most:
        rest = len(names) - most
        return f"{', '.join(names[:most])} and {rest} other{'s' if rest > 1 else ''}"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
