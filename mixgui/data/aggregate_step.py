"""Rows summarised to groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.dataset import Dataset
from mixgui.data.groups import Groups, reduce
from mixgui.data.reshape_code import aggregate_code
from mixgui.data.step_base import (
    NotedStep,
    Outcome,
    StepCode,
    Tables,
    find_table,
    from_frame,
    need_columns,
    need_name,
    note,
    plain_list,
    refuse_taken,
    repeated,
    rows_text,
)
from mixgui.errors import StepError
from mixgui.observer import Observer, Progress, silent

SummaryFunction = Literal["mean", "sd", "n", "share", "median", "min", "max", "sum", "first", "missing"]
SUMMARY_FUNCTIONS: tuple[SummaryFunction, ...] = get_args(SummaryFunction)

_COUNTS = frozenset({"n", "missing"})
# Summaries that keep label and unit of their column.
_SAME_UNIT = frozenset({"mean", "sd", "median", "min", "max", "sum", "first"})


@dataclass(frozen=True)
class Aggregate(NotedStep):
    """Summarise the rows of each group: a table with a row a group, in order of appearance.

    Missing values are left out of every summary; a group without any value has a missing mean, SD, median, share,
    smallest and largest value, and a sum of 0. Rows without a group are left out.

    Parameters
    ----------
    table : str
    by : tuple of str
        Columns whose values make groups.
    summaries : tuple of (str, str, str)
        Column, function, name of the new column. Functions: "mean", "sd", "n" (values that are there; with the column
        "" the rows), "share" (of yes, TRUE or 1), "median", "min", "max", "sum", "first" (cell of the first row, also
        if it is missing), "missing" (how many are).
    output : str
        Name of the new table.
    """

    table: str
    by: tuple[str, ...]
    summaries: tuple[tuple[str, SummaryFunction, str], ...]
    output: str = "groups"

    def carry_out(self, tables: Tables, observer: Observer = silent) -> Outcome:
        """Make the table of the groups."""
        dataset = find_table(tables, self.table)
        refuse_taken(self.output, tables)
        need_columns(dataset, self.by, "to group by")
        self._check(dataset)
        observer(Progress("Finding the groups", 0.1))
        groups = Groups.of(dataset.frame, self.by)
        first = groups.first_rows
        cells: dict[str, Any] = {name: dataset.frame[name].take(first).array for name in self.by}
        known = {}
        for i, (column, function, name) in enumerate(self.summaries):
            observer(Progress(f"Computing {name}", 0.2 + 0.6 * i / max(len(self.summaries), 1)))
            cells[name] = _summary(dataset, column, function, groups)
            if function in _SAME_UNIT:
                known[name] = dataset.variable(column)
        frame = pd.DataFrame(cells, index=pd.RangeIndex(groups.n), copy=False)
        frame = frame.astype({name: int for c, f, name in self.summaries if f in _COUNTS or not c})
        source = f"{self.table} by {plain_list(self.by)}"
        made = from_frame(self.output, frame, [dataset], observer, source=source, known=known)
        notes = [note(f"{rows_text(dataset.n_rows)} in {groups.n:,} groups.")]
        without = int((groups.codes < 0).sum())
        if without:
            notes.append(
                note(
                    f"{rows_text(without)} without a group {'is' if without == 1 else 'are'} left out.",
                    "warning",
                )
            )
        for column in dict.fromkeys(
            c for c, f, _ in self.summaries if c and f not in {"n", "missing", "first"}
        ):
            lacking = dataset.variable(column).n_missing
            if lacking:
                notes.append(note(f"“{column}”: {lacking:,} missing values are left out.", column=column))
        return Outcome({**tables, self.output: made}, tuple(notes))

    def _check(self, dataset: Dataset) -> None:
        for column, function, name in self.summaries:
            need_name(name)
            if function not in SUMMARY_FUNCTIONS:
                raise StepError(
                    f"There is no summary “{function}”.", f"Choose one of {', '.join(SUMMARY_FUNCTIONS)}."
                )
            if column:
                dataset.variable(column)
            elif function != "n":
                raise StepError(f"No column was chosen for “{name}”.", "Choose the column to summarise.")
        twice = repeated([*self.by, *(name for _, _, name in self.summaries)])
        if twice:
            raise StepError(f"There would be two columns named “{twice[0]}”.", "Choose another name.")

    def describe(self) -> str:
        """Return "Summarise pupils by school"."""
        return f"Summarise {self.table} by {plain_list(self.by)}"

    def code(self) -> StepCode:
        """Return a summarise()."""
        return aggregate_code(self)


def _summary(dataset: Dataset, name: str, function: str, groups: Groups) -> Any:
    """Return one cell a group."""
    if not name:
        return groups.sizes
    column = dataset.frame[name]
    if function == "first":
        return column.take(groups.first_rows).array
    if function in _COUNTS:
        missing = column.isna().to_numpy()
        wanted = (missing if function == "missing" else ~missing) & (groups.codes >= 0)
        return np.bincount(groups.codes[wanted], minlength=groups.n)
    kind = dataset.variable(name).kind
    if kind == "date" and function in ("min", "max"):
        found = getattr(pd.to_datetime(column).groupby(groups.codes), function)()
        return found.reindex(range(groups.n)).array
    return _of_numbers(_numbers(column, kind, name, function), groups, function)


def _numbers(column: pd.Series, kind: str, name: str, function: str) -> npt.NDArray[np.float64]:
    if kind not in ("number", "integer", "boolean"):
        words = {"text": "text", "category": "categories", "date": "dates"}[kind]
        hint = (
            'Compute a column that is TRUE for the value first, for instance sex == "female".'
            if function == "share"
            else "Choose n, first or missing, or set the type of the column to number first."
        )
        raise StepError(f"“{name}” holds {words}: it has no {function}.", hint)
    x = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if function == "share" and not np.isin(x[~np.isnan(x)], (0.0, 1.0)).all():
        raise StepError(
            f"“{name}” has other values than 0 and 1: it has no share.",
            "Compute a column that is TRUE or FALSE first, for instance score > 10.",
        )
    return x


def _of_numbers(x: npt.NDArray[np.float64], groups: Groups, function: str) -> npt.NDArray[np.float64]:
    return reduce(x, groups, "mean" if function == "share" else function)
