"""Steps that change columns of a table: compute, rename, remove, fill down."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mixgui.data.codebook import level_renamed
from mixgui.data.dataset import Dataset
from mixgui.data.expression_code import compute_code
from mixgui.data.groups import Groups, stable_order
from mixgui.data.names import quoted, quoted_list, variable
from mixgui.data.read_options import ReadNote
from mixgui.data.step_base import (
    InPlaceStep,
    StepCode,
    Tables,
    need_columns,
    need_name,
    note,
    plain_list,
    repeated,
    with_columns,
)
from mixgui.data.step_expressions import compute_values, parse_step_expression
from mixgui.data.tokens import spell_name
from mixgui.errors import StepError
from mixgui.observer import Observer, Progress


@dataclass(frozen=True)
class Compute(InPlaceStep):
    """Compute a column from others.

    Parameters
    ----------
    table : str
    column : str
        Name of the new column; one that exists is replaced.
    expression : str
        In R's notation: `log(grade + 1)`, `score - mean(score, na.rm = TRUE)`.
    by : tuple of str
        Columns whose values make groups: `mean`, `lag`, `rank`, `n` ... then look at the rows of the same group only.
        Rows come in the order in which the table has them; a row without a group gets a missing value.
    """

    table: str
    column: str
    expression: str
    by: tuple[str, ...] = ()

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Add or replace the column."""
        need_name(self.column)
        need_columns(dataset, self.by)
        expression = parse_step_expression(self.expression)
        observer(Progress(f"Computing {self.column}", 0.1))
        values, notes = compute_values(expression, dataset.frame, self.by)
        notes += _replaced(dataset, self.column)
        return with_columns(dataset, {self.column: values}, observer), notes

    def describe(self) -> str:
        """Return "Compute time = year - 2002 in pupils"."""
        within = f" within {plain_list(self.by)}" if self.by else ""
        text = " ".join(self.expression.split())
        text = text if len(text) <= 40 else text[:39] + "…"
        return f"Compute {self.column} = {text}{within} in {self.table}"

    def code(self) -> StepCode:
        """Return a mutate() and the assignment of pandas."""
        return compute_code(self.table, self.column, self.expression, self.by)


@dataclass(frozen=True)
class RenameColumns(InPlaceStep):
    """Give columns other names (old name, new name); names may be swapped."""

    table: str
    names: tuple[tuple[str, str], ...]

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Rename; what is known of the columns goes with them."""
        need_columns(dataset, [old for old, _ in self.names], "to rename")
        new = dict(self.names)
        for name in new.values():
            need_name(name, "A renamed column")
        twice = repeated([new.get(name, name) for name in dataset.names])
        if twice:
            raise StepError(f"There would be two columns named “{twice[0]}”.", "Choose another name.")
        frame = dataset.frame.rename(columns=new)
        variables = tuple(
            replace(one, name=new.get(one.name, one.name), level=level_renamed(one.level, new))
            for one in dataset.variables
        )
        return replace(dataset, frame=frame, variables=variables), []

    def describe(self) -> str:
        """Return "Rename score to points in pupils"."""
        if len(self.names) == 1:
            return f"Rename {self.names[0][0]} to {self.names[0][1]} in {self.table}"
        return f"Rename {plain_list([old for old, _ in self.names])} in {self.table}"

    def code(self) -> StepCode:
        """Return a rename()."""
        t = variable(self.table)
        r = ", ".join(f"{spell_name(new)} = {spell_name(old)}" for old, new in self.names)
        python = ", ".join(f"{quoted(old)}: {quoted(new)}" for old, new in self.names)
        return StepCode(f"{t} <- {t} |>\n  rename({r})", f"{t} = {t}.rename(columns={{{python}}})")


@dataclass(frozen=True)
class RemoveColumns(InPlaceStep):
    """Remove columns from a table."""

    table: str
    columns: tuple[str, ...]

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Return the other columns."""
        need_columns(dataset, self.columns, "to remove")
        if len(self.columns) == len(dataset.names):
            raise StepError(
                "No column would be left.", "Keep at least one column, or remove the whole table."
            )
        gone = set(self.columns)
        frame = dataset.frame[[name for name in dataset.names if name not in gone]]
        variables = tuple(one for one in dataset.variables if one.name not in gone)
        return replace(dataset, frame=frame, variables=variables), []

    def describe(self) -> str:
        """Return "Remove a and b from pupils"."""
        return f"Remove {plain_list(self.columns)} from {self.table}"

    def code(self) -> StepCode:
        """Return a select() and a drop()."""
        t, names = variable(self.table), quoted_list(self.columns)
        return StepCode(f"{t} <- {t} |>\n  select(-all_of(c({names})))", f"{t} = {t}.drop(columns=[{names}])")


@dataclass(frozen=True)
class FillDown(InPlaceStep):
    """Give missing cells the last value above them, within groups if there are any.

    A row without a group keeps its missing cells.
    """

    table: str
    columns: tuple[str, ...]
    by: tuple[str, ...] = ()

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Fill; cells above the first value stay missing."""
        need_columns(dataset, self.columns, "to fill")
        need_columns(dataset, self.by)
        groups = Groups.of(dataset.frame, self.by)
        filled, notes = {}, []
        for i, name in enumerate(self.columns):
            observer(Progress(f"Filling {name}", i / len(self.columns)))
            column = dataset.frame[name]
            filled[name] = _filled(column, groups)
            before, left = int(column.isna().sum()), int(filled[name].isna().sum())
            text = f"“{name}”: {before - left:,} of {before:,} missing cells were filled"
            notes.append(
                note(f"{text}; {left:,} have no value above them." if left else f"{text}.", column=name)
            )
        infos = {name: dataset.variable(name).info for name in self.columns}
        return with_columns(dataset, filled, observer, infos), notes

    def describe(self) -> str:
        """Return "Fill down score within class in pupils"."""
        within = f" within {plain_list(self.by)}" if self.by else ""
        return f"Fill down {plain_list(self.columns)}{within} in {self.table}"

    def code(self) -> StepCode:
        """Return a fill() and a ffill()."""
        t, names, by = variable(self.table), quoted_list(self.columns), quoted_list(self.by)
        if not self.by:
            python = f"{t}[[{names}]] = {t}[[{names}]].ffill()"
            return StepCode(f"{t} <- {t} |>\n  fill(all_of(c({names})))", python)
        known = f"if_all(all_of(c({by})), \\(g) !is.na(g))"
        r = (
            f"{t} <- {t} |>\n  mutate(.known = {known}, .row = row_number()) |>\n"
            f"  group_by(across(all_of(c({by}))), .gap = if_else(.known, 0L, .row)) |>\n"
            f"  fill(all_of(c({names}))) |>\n  ungroup() |>\n  select(-.known, -.row, -.gap)"
        )
        python = (
            f"{t}[[{names}]] = {t}.groupby([{by}], sort=False)[[{names}]].ffill()"
            f".where({t}[[{by}]].notna().all(axis=1), {t}[[{names}]])"
        )
        return StepCode(r, python)


def _filled(column: pd.Series, groups: Groups) -> pd.Series:
    known = column.notna().to_numpy()
    codes = groups.codes
    one = groups.n <= 1 and bool((codes >= 0).all())
    order = np.arange(len(column)) if one else stable_order(codes, groups.n)
    # In the sorted rows: the position of the last known value, if it is of the same group.
    position = np.where(known[order], np.arange(len(order)), -1)
    last = np.maximum.accumulate(position) if len(position) else position
    same = (last >= 0) & (codes[order[np.maximum(last, 0)]] == codes[order]) & (codes[order] >= 0)
    source = np.arange(len(column))
    source[order] = np.where(same, order[np.maximum(last, 0)], order)
    filled = column.take(source)
    filled.index = column.index
    return filled


def _replaced(dataset: Dataset, column: str) -> list[ReadNote]:
    if column not in dataset.names:
        return []
    return [note(f"The column “{column}” existed already and is replaced.", "warning", column)]
