"""Wide to long and long to wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixgui.data.categories import level_texts
from mixgui.data.dataset import Dataset, Variable, describe_columns
from mixgui.data.groups import Groups, IntArray, stable_order
from mixgui.data.joins import take
from mixgui.data.long_columns import factorize, missing
from mixgui.data.long_columns import take as take_cells
from mixgui.data.name_parts import VALUE, numbers_in, split_names
from mixgui.data.read_options import ReadNote
from mixgui.data.reshape_code import longer_code, wider_code
from mixgui.data.same_kind import refuse_different, stacked
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

_MOST_CELLS = 500_000_000
_MOST_COLUMNS = 5_000


@dataclass(frozen=True)
class PivotLonger(NotedStep):
    """Put columns below each other: a row for each of their cells.

    Rows come in the order of the table, and within a row in the order of the columns.

    Parameters
    ----------
    table : str
    columns : tuple of str
        The columns to put below each other, in this order.
    names_to : tuple of str
        Names of the new columns that hold the (parts of the) old names. One may be ".value": then this part names the
        column into which the cells go, and there is one for each of them.
    values_to : str
        Name of the new column that holds the cells (not used with ".value").
    output : str
        Name of the new table.
    names_pattern, names_sep : str
        How names are split into parts: a regular expression with a group for each, or what stands between them.
    numbers : tuple of str
        Those of `names_to` that become the number in their part ("vocab_08" is 8).
    drop_missing : bool
        Whether rows without a value are left out.
    """

    table: str
    columns: tuple[str, ...]
    names_to: tuple[str, ...] = ("name",)
    values_to: str = "value"
    output: str = "long"
    names_pattern: str = ""
    names_sep: str = ""
    numbers: tuple[str, ...] = ()
    drop_missing: bool = False

    def carry_out(self, tables: Tables, observer: Observer = silent) -> Outcome:
        """Make the long table."""
        dataset = find_table(tables, self.table)
        refuse_taken(self.output, tables)
        need_columns(dataset, self.columns, "to put below each other")
        parts = split_names(self.columns, self.names_to, self.names_pattern, self.names_sep)
        chosen = set(self.columns)
        kept = [name for name in dataset.names if name not in chosen]
        keys, values = _layout(self, parts)
        self._check_names(kept, list(values))
        k, n = len(keys), dataset.n_rows
        if n * k * (len(kept) + len(self.names_to) + len(values)) > _MOST_CELLS:
            raise StepError(f"The long table would have {n * k:,} rows.", "Choose fewer columns.")
        observer(Progress("Repeating the rows", 0.2))
        rows = np.arange(n * k) // k
        cells = {name: take_cells(dataset.frame[name], rows) for name in kept}
        cells |= self._name_columns(keys, n)
        for i, (name, columns) in enumerate(values.items()):
            observer(Progress(f"Putting {name} together", 0.3 + 0.4 * i / len(values)))
            cells[name] = _interleaved(dataset.frame, columns, name, n).array
        frame = pd.DataFrame(cells, index=pd.RangeIndex(n * k), copy=False)
        notes = [note(f"{rows_text(n)} became {rows_text(n * k)}: {k} for each.")]
        if self.drop_missing:
            frame, dropped = _without_values(frame, list(values))
            notes.append(
                note(f"{rows_text(dropped)} without a value {'is' if dropped == 1 else 'are'} left out.")
            )
        known = {name: _shared(dataset, name, columns) for name, columns in values.items()}
        same: dict[str, Variable] = {}
        if not self.drop_missing and n:
            names = [name for name in self.names_to if name != VALUE]
            same = _repeated(dataset, kept, k) | _repeated(dataset, names, n, frame.iloc[:k])
        source = f"{self.table}, made long"
        made = from_frame(self.output, frame, [dataset], observer, source=source, known=known, same=same)
        return Outcome({**tables, self.output: made}, tuple(notes))

    def _check_names(self, kept: list[str], values: list[str]) -> None:
        new = [*(name for name in self.names_to if name != VALUE), *values]
        for name in new:
            need_name(name)
        if self.names_to.count(VALUE) > 1:
            raise StepError("Only one part of the names can be .value.", "Name the other parts.")
        twice = repeated([*kept, *new])
        if twice:
            raise StepError(f"There would be two columns named “{twice[0]}”.", "Choose another name.")
        unknown = [name for name in self.numbers if name not in self.names_to or name == VALUE]
        if unknown:
            raise StepError(
                f"“{unknown[0]}” is not one of the columns for the names.", "Choose among these for numbers."
            )

    def _name_columns(
        self, keys: list[tuple[str, ...]], n: int
    ) -> dict[str, pd.api.extensions.ExtensionArray]:
        cells = {}
        places = [i for i, name in enumerate(self.names_to) if name != VALUE]
        for j, i in enumerate(places):
            name, parts = self.names_to[i], [key[j] for key in keys]
            if name in self.numbers:
                found = np.array(numbers_in(parts, name))
                whole = bool((found == np.rint(found)).all()) and bool((np.abs(found) < 2.0**53).all())
                # not np.tile, which keeps the interpreter to itself
                rows = np.arange(len(found) * n) % len(found)
                column = pd.Series((found.astype(np.int64) if whole else found)[rows], copy=False)
            else:
                # Each text is stored once: taking from the few parts is quicker than making texts.
                texts = pd.Series(parts, dtype="str")
                column = pd.Series(take_cells(texts, np.arange(len(parts) * n) % len(parts)), copy=False)
            cells[name] = column.array
        return cells

    def describe(self) -> str:
        """Return "Put vocab_08, vocab_09 and vocab_10 of pupils below each other"."""
        return f"Put {plain_list(self.columns, 2)} of {self.table} below each other"

    def code(self) -> StepCode:
        """Return a pivot_longer()."""
        return longer_code(self)


def _layout(
    step: PivotLonger, parts: Sequence[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], dict[str, list[str | None]]]:
    """Return the rows that each row becomes (by their names' parts), and the column of each cell of these rows."""
    if VALUE not in step.names_to:
        keys = list(parts)
        return keys, {step.values_to: list(step.columns)}
    place = step.names_to.index(VALUE)
    rests = [part[:place] + part[place + 1 :] for part in parts]
    keys = list(dict.fromkeys(rests))
    values: dict[str, list[str | None]] = {}
    for column, part, rest in zip(step.columns, parts, rests, strict=True):
        cells = values.setdefault(part[place], [None] * len(keys))
        if cells[keys.index(rest)] is not None:
            raise StepError(
                f"“{cells[keys.index(rest)]}” and “{column}” have names with the same parts.",
                "Split the names so that they differ.",
            )
        cells[keys.index(rest)] = column
    return keys, values


def _interleaved(frame: pd.DataFrame, columns: list[str | None], name: str, n: int) -> pd.Series:
    """Return cells row by row: the first row's of all columns, then the second row's ..."""
    named = [(f"“{column}”", frame[column]) for column in columns if column is not None]
    refuse_different(named, f"they cannot be put into one column “{name}”")
    empty = pd.Series(np.full(n, np.nan))
    parts = [empty if column is None else frame[column] for column in columns]
    if len(parts) == 1:
        return parts[0].reset_index(drop=True)
    types = {part.dtype for part in parts}
    if len(types) == 1 and isinstance(parts[0].dtype, np.dtype) and parts[0].dtype.kind in "iufbM":
        return pd.Series(np.column_stack([part.to_numpy() for part in parts]).ravel())
    below = stacked(parts)
    rows = np.arange(n * len(parts)).reshape(len(parts), n).T.ravel()
    return pd.Series(take_cells(below, rows), copy=False)


def _repeated(
    dataset: Dataset, names: Sequence[str], times: int, frame: pd.DataFrame | None = None
) -> dict[str, Variable]:
    """Return what is known of columns of a table (or of a frame made of it) that stand there so many times."""
    cells = (dataset.frame if frame is None else frame)[list(names)]
    words = {one.name: one for one in dataset.variables}
    counts = np.full(len(cells), times, dtype=np.int64)
    return {one.name: one for one in describe_columns(cells, known=words, counts=counts)}


def _without_values(frame: pd.DataFrame, values: list[str]) -> tuple[pd.DataFrame, int]:
    keep = frame[values].notna().any(axis=1).to_numpy()
    dropped = len(keep) - int(keep.sum())
    return (frame[keep].reset_index(drop=True), dropped) if dropped else (frame, 0)


def _shared(dataset: Dataset, name: str, columns: list[str | None]) -> Variable:
    """Return what is said alike of all columns that become one."""
    infos = [dataset.variable(column).info for column in columns if column is not None]
    first = infos[0]
    if any(info != first for info in infos):
        from dataclasses import replace

        alike = {
            field: getattr(first, field)
            for field in ("unit", "kind", "levels", "reference", "value_labels")
            if all(getattr(info, field) == getattr(first, field) for info in infos)
        }
        first = replace(type(first)(), **alike)
    return Variable(name, "text").with_info(first)


@dataclass(frozen=True)
class PivotWider(NotedStep):
    """Put cells beside each other: a row for each id, a column for each name.

    Rows and new columns come in the order in which the table has them first.

    Parameters
    ----------
    table : str
    names_from : tuple of str
        Columns whose values name the new columns.
    values_from : tuple of str
        Columns whose cells go into the new columns. With several, their names come first: score_8, hours_8.
    output : str
        Name of the new table.
    id_columns : tuple of str
        Columns that tell the rows of the wide table apart; without any, all others. Columns that are neither are left
        out.
    names_sep : str
        Between the parts of a new name.
    """

    table: str
    names_from: tuple[str, ...]
    values_from: tuple[str, ...]
    output: str = "wide"
    id_columns: tuple[str, ...] = ()
    names_sep: str = "_"

    def carry_out(self, tables: Tables, observer: Observer = silent) -> Outcome:
        """Make the wide table."""
        dataset = find_table(tables, self.table)
        refuse_taken(self.output, tables)
        need_columns(dataset, self.names_from, "with the names")
        need_columns(dataset, self.values_from, "with the values")
        need_columns(dataset, self.id_columns)
        used = [*self.names_from, *self.values_from]
        need_columns(dataset, [*used, *self.id_columns])
        ids = list(self.id_columns) or [name for name in dataset.names if name not in used]
        frame = dataset.frame
        observer(Progress("Finding the rows", 0.1))
        columns, labels = self._columns(frame)
        rows = _rows(frame, ids)
        self._refuse_duplicates(frame, ids, rows, columns)
        observer(Progress("Moving the cells", 0.4))
        wide = self._cells(frame, ids, rows, columns, labels)
        known = {}
        for value in self.values_from:
            for label in labels:
                name = self._name(value, label)
                known[name] = dataset.variable(value)
        source = f"{self.table}, made wide"
        made = from_frame(self.output, wide, [dataset], observer, source=source, known=known)
        return Outcome({**tables, self.output: made}, tuple(self._notes(dataset, ids, rows, labels)))

    def _columns(self, frame: pd.DataFrame) -> tuple[Groups, list[str]]:
        """Return the new column of each row, and what the new columns are called."""
        for name in self.names_from:
            gaps = np.flatnonzero(missing(frame[name]))
            if gaps.size:
                raise StepError(
                    f"“{name}” is missing in row {gaps[0] + 1:,}, so that a column would have no name.",
                    "Drop the rows with missing cells in this column first.",
                )
        columns = Groups.of(frame, self.names_from)
        if columns.n * len(self.values_from) > _MOST_COLUMNS:
            raise StepError(
                f"The wide table would have {columns.n * len(self.values_from):,} new columns.",
                "Choose a column with fewer different values for the names.",
            )
        first = frame.iloc[columns.first_rows]
        parts = [level_texts(first[name].to_numpy()) for name in self.names_from]
        return columns, [self.names_sep.join(texts) for texts in zip(*parts, strict=True)]

    def _name(self, value: str, label: str) -> str:
        return f"{value}{self.names_sep}{label}" if len(self.values_from) > 1 else label

    def _refuse_duplicates(self, frame: pd.DataFrame, ids: list[str], rows: Groups, columns: Groups) -> None:
        cells = rows.codes.astype(np.int64) * max(columns.n, 1) + columns.codes
        counts = pd.Series(cells).duplicated(keep=False).to_numpy()
        if not counts.any():
            return
        offenders = np.flatnonzero(counts)
        found, first = np.unique(cells[offenders], return_index=True)
        shown = []
        for position in np.sort(offenders[first])[:3]:
            names = [f"{name} {_shown(frame[name].iloc[position])}" for name in [*ids, *self.names_from][:5]]
            shown.append(", ".join(names))
        more = f" and {len(found) - 3:,} more" if len(found) > 3 else ""
        raise StepError(
            f"Several rows would go into the same cell: {'; '.join(shown)}{more}.",
            "Choose more columns that tell the rows apart, or aggregate or filter first.",
        )

    def _cells(
        self, frame: pd.DataFrame, ids: list[str], rows: Groups, columns: Groups, labels: list[str]
    ) -> pd.DataFrame:
        first = rows.first_rows
        cells = {name: frame[name].take(first).array for name in ids}
        sources: list[IntArray] = []
        order = stable_order(columns.codes, columns.n)
        ends = np.cumsum(columns.sizes)
        for j, end in enumerate(ends):
            mine = order[end - columns.sizes[j] : end]
            source = np.full(rows.n, -1, dtype=np.intp)
            source[rows.codes[mine]] = mine
            sources.append(source)
        for value in self.values_from:
            for source, label in zip(sources, labels, strict=True):
                name = self._name(value, label)
                need_name(name)
                if name in cells:
                    raise StepError(
                        f"There would be two columns named “{name}”.",
                        "Rename a column, or choose a separator.",
                    )
                column = frame[value]
                cells[name] = take(column, source) if (source < 0).any() else column.take(source).array
        return pd.DataFrame(cells, index=pd.RangeIndex(rows.n), copy=False)

    def _notes(self, dataset: Dataset, ids: list[str], rows: Groups, labels: list[str]) -> list[ReadNote]:
        notes = [
            note(
                f"{rows_text(dataset.n_rows)} became {rows_text(rows.n)} with {len(labels):,} new columns each."
            )
        ]
        empty = rows.n * len(labels) - dataset.n_rows
        if empty:
            notes.append(note(f"{empty:,} cells are missing, because the table has no row for them."))
        left = [name for name in dataset.names if name not in {*ids, *self.names_from, *self.values_from}]
        if left:
            notes.append(note(f"{plain_list(left)} {'are' if len(left) > 1 else 'is'} left out.", "warning"))
        return notes

    def describe(self) -> str:
        """Return "Put score of long beside each other by grade"."""
        return f"Put {plain_list(self.values_from)} of {self.table} beside each other by {plain_list(self.names_from)}"

    def code(self) -> StepCode:
        """Return a pivot_wider()."""
        return wider_code(self)


def _rows(frame: pd.DataFrame, ids: list[str]) -> Groups:
    """Return the wide row of each row; a missing id is a value of its own, so that no row is lost."""
    if not ids:
        return Groups(np.zeros(len(frame), dtype=np.intp), min(len(frame), 1))
    parts = {}
    for name in ids:
        codes, levels = factorize(frame[name])
        parts[name] = np.where(codes < 0, len(levels), codes)
    return Groups.of(pd.DataFrame(parts, index=frame.index), ids)


def _shown(value: object) -> str:
    return "(missing)" if pd.isna(value) else level_texts(np.array([value], dtype=object))[0]
