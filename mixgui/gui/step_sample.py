"""What the preview of a step shows: a hundred rows before and after with what is different, made by the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mixgui.observer import Observer

if TYPE_CHECKING:  # the window must not wait for pandas
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from mixgui.data.dataset import Dataset, Variable

#: Rows that a preview shows.
SHOWN = 100
#: Steps that keep, leave out or order rows and change no cell.
_ROW_STEPS = frozenset({"Filter", "DropMissing", "Sort", "Sample"})
_ROW = "\N{ZERO WIDTH SPACE}row"  # name of a column that no file has

Tables = Mapping[str, "Dataset"]


@dataclass(frozen=True, eq=False)
class Side:
    """A table of the preview.

    Parameters
    ----------
    dataset : Dataset
        At most `SHOWN` of its rows.
    title : str
        Name of the table.
    marks : tuple of str
        What each column is: "", "added", "changed", "old" (a changed column as it was) or "removed".
    cells : mapping of int to bool array
        Column -> which of its cells are different; of other columns all are as the mark says.
    rows : tuple of int
        Number of each row in the table before, from 0; empty if they are the first ones.
    gone : frozenset of int
        Places (not numbers) of rows that are left out.
    """

    dataset: Dataset
    title: str
    marks: tuple[str, ...] = ()
    cells: Mapping[int, npt.NDArray[np.bool_]] = field(default_factory=dict)
    rows: tuple[int, ...] = ()
    gone: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class StepSample:
    """A step, and what it does to the tables.

    Parameters
    ----------
    step : Step
    size : str
        "2,287 rows × 13 columns → 2,104 rows × 13 columns".
    before : Side or None
        None if `after` shows both at once, because the rows are the same.
    after : Side
    notes : tuple
        What the step has to say.
    """

    step: Any
    size: str
    before: Side | None
    after: Side
    notes: tuple[Any, ...] = ()


def sampling(step: Any, tables: Tables | Callable[[Observer], Tables]) -> Callable[[Observer], StepSample]:
    """Return the job that previews a step.

    Parameters
    ----------
    step : Step
    tables : mapping of str to Dataset, or callable
        The tables before the step; a callable finds them in the worker.
    """

    def work(observer: Observer) -> StepSample:
        given = tables(observer) if callable(tables) else tables
        return sample(step, given, observer)

    return work


def sample(step: Any, tables: Tables, observer: Observer) -> StepSample:
    """Apply a step to the tables and return the rows that show what it does."""
    from mixgui.data.preview import preview

    rows_only = type(step).__name__ in _ROW_STEPS and step.table in tables
    given = {**tables, step.table: _numbered(tables[step.table])} if rows_only else tables
    if type(step).__name__ == "RemoveTable":
        return _removed(step, tables, observer)
    made = preview(step, given, observer)
    before, after = made.before, made.after
    numbers: tuple[int, ...] = ()
    if rows_only:
        numbers = tuple(int(n) for n in after.frame[_ROW].to_numpy()[:SHOWN])
        kept = after.frame[_ROW].to_numpy()
        before, after = tables[step.table], _without_numbers(after)
        size = f"{size_words(before)} → {size_words(after)}"
        return StepSample(
            step,
            size,
            _first_rows(before, gone=_left_out(len(before.frame), kept)),
            replace(_first_rows(after), rows=numbers),
            made.notes,
        )
    size = size_words(after) if before is None else f"{size_words(before)} → {size_words(after)}"
    same_rows = before is not None and before.name == after.name and len(before.frame) == len(after.frame)
    if before is not None and same_rows:
        one = _both(before, after, set(made.changed_columns), set(made.added_columns))
        return StepSample(step, size, None, one, made.notes)
    side = _first_rows(before) if before is not None else None
    return StepSample(step, size, side, _first_rows(after), made.notes)


def _removed(step: Any, tables: Tables, observer: Observer) -> StepSample:
    """Return the first rows of a table that goes."""
    step.apply(tables, observer)  # refuses a table that is not there
    gone = tables[step.table]
    side = _first_rows(gone)
    marks = ("removed",) * len(gone.variables)
    return StepSample(step, f"{size_words(gone)} → no table", None, replace(side, marks=marks))


def size_words(dataset: Dataset) -> str:
    """Return "1 row × 4 columns"."""
    rows, columns = len(dataset.frame), len(dataset.variables)
    return f"{rows:,} row{'' if rows == 1 else 's'} × {columns:,} column{'' if columns == 1 else 's'}"


def _first_rows(dataset: Dataset, gone: frozenset[int] = frozenset()) -> Side:
    head = replace(dataset, frame=dataset.frame.iloc[:SHOWN])
    marks = ("",) * len(dataset.variables)
    return Side(head, dataset.name, marks, gone=gone)


def _numbered(dataset: Dataset) -> Dataset:
    """Return a table with a column that numbers its rows."""
    import numpy as np

    from mixgui.data.dataset import Variable

    frame = dataset.frame.copy(deep=False)  # shares its cells
    frame[_ROW] = np.arange(len(frame))
    return replace(dataset, frame=frame, variables=(*dataset.variables, Variable(_ROW, "integer")))


def _without_numbers(dataset: Dataset) -> Dataset:
    variables = tuple(one for one in dataset.variables if one.name != _ROW)
    return replace(dataset, frame=dataset.frame[[one.name for one in variables]], variables=variables)


def _left_out(n: int, kept: Any) -> frozenset[int]:
    import numpy as np

    there = np.zeros(n, dtype=bool)
    there[kept] = True
    return frozenset(np.flatnonzero(~there[:SHOWN]).tolist())


def _both(before: Dataset, after: Dataset, changed: set[str], added: set[str]) -> Side:
    """Return one table with the columns of both: those that go are struck, a changed one stands beside the old."""
    differs = {
        name: _different(before.frame[name], after.frame[name]) for name in changed & set(before.names)
    }
    rows = _rows_of_interest(len(after.frame), list(differs.values()))
    parts: list[tuple[str, str, pd.Series, Variable]] = []
    for name, mark, variable in _merged(before, after, changed, added):
        source = before if mark in ("old", "removed") else after
        series = source.frame[variable.name].iloc[rows]
        parts.append((name, mark, series, replace(variable, name=name)))
    import pandas as pd

    names = [name for name, _, _, _ in parts]
    frame = pd.concat([part for _, _, part, _ in parts], axis=1, ignore_index=True)
    frame.columns = pd.Index(names, dtype=object)
    frame.index = pd.RangeIndex(len(frame))
    cells = {
        at: differs[variable.name.removeprefix(CHANGED)][rows]
        for at, (_, mark, _, variable) in enumerate(parts)
        if mark == "changed" and variable.name.removeprefix(CHANGED) in differs
    }
    shown = replace(after, frame=frame, variables=tuple(variable for _, _, _, variable in parts))
    marks = tuple(mark for _, mark, _, _ in parts)
    return Side(shown, after.name, marks, cells, tuple(int(n) for n in rows))


#: What stands before the name of a column that is new, changed, as it was, or going.
ADDED, CHANGED, OLD, REMOVED = "+ ", "• ", "before: ", "− "


def _merged(
    before: Dataset, after: Dataset, changed: set[str], added: set[str]
) -> list[tuple[str, str, Variable]]:
    """Return heading, mark and variable of each column that is shown, in the order of the table."""
    found: list[tuple[str, str, Variable]] = []
    left = list(before.variables)
    old = {one.name: one for one in before.variables}
    kept = set(after.names)
    for variable in after.variables:
        while left and left[0].name not in kept:  # columns that go stand where they were
            gone = left.pop(0)
            found.append((REMOVED + gone.name, "removed", gone))
        if left and left[0].name == variable.name:
            left.pop(0)
        if variable.name in added or variable.name not in old:
            found.append((ADDED + variable.name, "added", variable))
        elif variable.name in changed:
            found.append((OLD + variable.name, "old", old[variable.name]))
            found.append((CHANGED + variable.name, "changed", variable))
        else:
            found.append((variable.name, "", variable))
    found += [(REMOVED + one.name, "removed", one) for one in left if one.name not in kept]
    return found


def _different(before: pd.Series, after: pd.Series) -> npt.NDArray[np.bool_]:
    """Return which cells are different; values of different types are compared as they are read."""
    import numpy as np

    if before.dtype == after.dtype:
        left, right = before.reset_index(drop=True), after.reset_index(drop=True)
        if before.dtype.name == "category":
            left, right = left.astype(object), right.astype(object)
        same = (left == right) | (left.isna() & right.isna())
        return ~np.asarray(same.fillna(False), dtype=bool)
    from mixgui.data.values import coded

    texts = []
    for series in (before, after):
        codes, spelt = coded(series)
        texts.append(np.array([*spelt, None], dtype=object)[codes])
    return np.asarray(texts[0] != texts[1], dtype=bool)


def _rows_of_interest(n: int, differs: list[npt.NDArray[np.bool_]]) -> npt.NDArray[np.intp]:
    """Return the rows to show: the first ones, or those that change if none of the first does."""
    import numpy as np

    first = np.arange(min(n, SHOWN))
    if not differs:
        return first
    any_change = np.logical_or.reduce(differs)
    if any_change[:SHOWN].any() or not any_change.any():
        return first
    return np.flatnonzero(any_change)[:SHOWN]
