"""Steps that keep, drop or order rows: filter, drop missing, sort, sample."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mixgui.data.collation import collation_key
from mixgui.data.dataset import Dataset
from mixgui.data.groups import Groups, IntArray
from mixgui.data.long_columns import factorize, take_rows
from mixgui.data.r_random import LARGEST_SEED, RRandom
from mixgui.data.read_options import ReadNote
from mixgui.data.row_code import drop_missing_code, filter_code, sample_code, sort_code
from mixgui.data.step_base import (
    InPlaceStep,
    NotedStep,
    Outcome,
    StepCode,
    Tables,
    find_table,
    need_columns,
    note,
    plain_list,
    refuse_taken,
    rows_text,
    with_rows,
)
from mixgui.data.step_expressions import condition_values
from mixgui.errors import StepError
from mixgui.observer import Observer, Progress, silent


@dataclass(frozen=True)
class Filter(InPlaceStep):
    """Keep the rows for which a condition is TRUE; rows for which it is missing are dropped, as by dplyr's filter().

    Parameters
    ----------
    table : str
    condition : str
        In R's notation: `grade > 8 & !is.na(score)`.
    """

    table: str
    condition: str

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Drop the other rows."""
        observer(Progress("Looking at the rows", 0.1))
        keep, n_missing = condition_values(self.condition, dataset.frame)
        dropped = len(keep) - int(keep.sum())
        notes = [note(f"{rows_text(int(keep.sum()))} of {len(keep):,} are kept, {dropped:,} dropped.")]
        if n_missing:
            text = f"For {n_missing:,} of the dropped rows the condition is missing, because a cell is."
            notes.append(note(text, "warning"))
        if len(keep) and dropped == len(keep):
            notes.append(note("No row is left.", "warning"))
        return with_rows(dataset, keep, observer), notes

    def describe(self) -> str:
        """Return "Keep rows of pupils where grade > 8"."""
        text = " ".join(self.condition.split())
        return f"Keep rows of {self.table} where {text if len(text) <= 50 else text[:49] + '…'}"

    def code(self) -> StepCode:
        """Return a filter()."""
        return filter_code(self.table, self.condition)


@dataclass(frozen=True)
class DropMissing(InPlaceStep):
    """Drop the rows that lack a value in one of the columns (all columns if none is named)."""

    table: str
    columns: tuple[str, ...] = ()

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Drop the rows and say for which column how many."""
        need_columns(dataset, self.columns)
        keep = np.ones(dataset.n_rows, dtype=bool)
        counts = []
        for name in self.columns or dataset.names:
            there = dataset.frame[name].notna().to_numpy()
            keep &= there
            lacking = len(there) - int(there.sum())
            if lacking:
                counts.append((name, lacking))
        dropped = len(keep) - int(keep.sum())
        notes = [note(f"{rows_text(dropped)} of {len(keep):,} {'is' if dropped == 1 else 'are'} dropped.")]
        notes += [note(f"“{name}” is missing in {rows_text(n)}.", column=name) for name, n in counts]
        if len(keep) and dropped == len(keep):
            notes.append(note("No row is left.", "warning"))
        return with_rows(dataset, keep, observer), notes

    def describe(self) -> str:
        """Return "Drop rows of pupils without score"."""
        if not self.columns:
            return f"Drop rows of {self.table} with missing cells"
        return f"Drop rows of {self.table} without {plain_list(self.columns)}"

    def code(self) -> StepCode:
        """Return a drop_na()."""
        return drop_missing_code(self.table, self.columns)


@dataclass(frozen=True)
class Sort(InPlaceStep):
    """Sort the rows by columns.

    Numbers and dates by size, categories by their levels, texts as R sorts them (`collation`), FALSE before TRUE.
    Missing values come last in either direction, and rows that are equal keep their order.

    Parameters
    ----------
    table : str
    by : tuple of (str, bool)
        Column, and whether it ascends; the first counts most.
    """

    table: str
    by: tuple[tuple[str, bool], ...]

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Return the rows in order; what is known of the columns stays true."""
        need_columns(dataset, [name for name, _ in self.by], "to sort by")
        keys = []
        for i, (name, ascending) in enumerate(self.by):
            observer(Progress(f"Sorting by {name}", i / (len(self.by) + 1)))
            keys.append(_sort_key(dataset.frame[name], ascending))
        order = np.argsort(keys[0], kind="stable") if len(keys) == 1 else np.lexsort(keys[::-1])
        observer(Progress("Moving the rows", 0.8))
        return replace(dataset, frame=take_rows(dataset.frame, order)), []

    def describe(self) -> str:
        """Return "Sort pupils by id and year (descending)"."""
        names = [name if ascending else f"{name} (descending)" for name, ascending in self.by]
        return f"Sort {self.table} by {plain_list(names)}"

    def code(self) -> StepCode:
        """Return an arrange()."""
        return sort_code(self.table, self.by)


def _sort_key(column: pd.Series, ascending: bool) -> np.ndarray:
    """Return numbers that sort as the column does; missing cells are the largest."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, n = np.asarray(column.cat.codes).astype(np.int64), len(column.cat.categories)
    elif column.dtype.kind == "f" and isinstance(column.dtype, np.dtype):
        x = column.to_numpy()
        return x if ascending else -x  # argsort puts NaN last
    elif column.dtype.kind == "i" and isinstance(column.dtype, np.dtype):
        whole = column.to_numpy()
        return whole if ascending else ~whole  # ~x = -x - 1 cannot overflow
    else:
        codes, n = _ranked(column)
    codes = codes if ascending else np.where(codes < 0, -1, n - 1 - codes)
    codes = np.where(codes < 0, n, codes)
    return codes.astype(np.int16) if n < 2**15 else codes  # NumPy sorts 16 bits by radix


def _ranked(column: pd.Series) -> tuple[np.ndarray, int]:
    codes, levels = factorize(column)
    values = list(levels)
    texts = all(isinstance(value, str) for value in values)
    try:
        order = sorted(range(len(values)), key=lambda i: collation_key(values[i]) if texts else values[i])
    except TypeError:  # a column of several kinds of values
        order = sorted(range(len(values)), key=lambda i: collation_key(str(values[i])))
    place = np.empty(len(values) + 1, dtype=np.int64)
    place[order] = np.arange(len(values))
    place[-1] = -1
    return place[codes], len(values)


@dataclass(frozen=True)
class Sample(NotedStep):
    """Draw rows, or whole groups, at random; the same seed draws the same rows as R's `set.seed()` and `sample()`.

    Parameters
    ----------
    table : str
    size : int
        How many rows or groups.
    group : str
        A column: then groups are drawn (in order of their first row) and all rows of these are kept. A row without a
        group belongs to none and is never drawn.
    seed : int
    output : str
        Name of the new table. Its rows are in the order in which the table has them.
    """

    table: str
    size: int
    group: str = ""
    seed: int = 1
    output: str = "sample"

    def carry_out(self, tables: Tables, observer: Observer = silent) -> Outcome:
        """Make the table of the drawn rows."""
        dataset = find_table(tables, self.table)
        refuse_taken(self.output, tables)
        if abs(self.seed) > LARGEST_SEED:
            raise StepError(
                f"The seed {self.seed} is too large.", f"Choose a whole number up to {LARGEST_SEED:,}."
            )
        observer(Progress("Drawing", 0.1))
        rows, text = self._drawn(dataset)
        made = replace(
            with_rows(dataset, rows, observer), name=self.output, source=f"Sample of {self.table}", notes=()
        )
        return Outcome({**tables, self.output: made}, (note(text),))

    def _drawn(self, dataset: Dataset) -> tuple[IntArray, str]:
        if not self.group:
            self._check_size(dataset.n_rows, "rows", "a row")
            drawn = RRandom(self.seed).sample(dataset.n_rows, self.size)
            return np.sort(
                np.array(drawn, dtype=np.intp) - 1
            ), f"{rows_text(self.size)} of {dataset.n_rows:,} were drawn."
        need_columns(dataset, [self.group])
        groups = Groups.of(dataset.frame, [self.group])
        self._check_size(groups.n, f"groups of “{self.group}”", "a group")
        chosen = np.zeros(groups.n + 1, dtype=bool)
        chosen[np.array(RRandom(self.seed).sample(groups.n, self.size), dtype=np.intp) - 1] = True
        rows = np.flatnonzero(chosen[groups.codes])
        return (
            rows,
            f"{self.size:,} of {groups.n:,} groups were drawn: {rows_text(len(rows))} of {dataset.n_rows:,}.",
        )

    def _check_size(self, n: int, what: str, one: str) -> None:
        if self.size < 1:
            raise StepError(f"A sample needs {one} at least.", "Choose a size of 1 or more.")
        if self.size > n:
            raise StepError(f"There are only {n:,} {what}, not {self.size:,}.", "Choose a smaller size.")

    def describe(self) -> str:
        """Return "Draw 25 groups of school from pupils"."""
        what = f"{self.size:,} groups of {self.group}" if self.group else rows_text(self.size)
        return f"Draw {what} from {self.table}"

    def code(self) -> StepCode:
        """Return lines that draw the same rows."""
        return sample_code(self.table, self.size, self.group, self.seed, self.output)
