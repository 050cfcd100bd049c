"""Cells of a spreadsheet to a frame: numbers, texts, dates and errors side by side in one column."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mixgui.data.chosen_types import chosen_type
from mixgui.data.column_repair import repair_text
from mixgui.data.header import column_names
from mixgui.data.misfits import MisfitList
from mixgui.data.number_texts import is_number
from mixgui.data.read_options import Misfit, ReadNote, ReadOptions, ReadResult
from mixgui.data.values import spell
from mixgui.observer import Observer, Progress, silent

_EXACT = 2.0**53
_NUMBERS: frozenset[type] = frozenset({int, float})
_DATES: frozenset[type] = frozenset({datetime.date, datetime.datetime})
_CLOCK: frozenset[type] = frozenset({datetime.time, datetime.timedelta})


@dataclass
class Grid:
    """The cells of a sheet.

    Parameters
    ----------
    rows : list of list
        Cells of the rows below the names: "" for an empty one, else a number, text, bool or date.
    names : list of str
        Cells of the row with the names; empty when there is none.
    row_numbers : list of int
        Number of each row in the sheet, from 1.
    errors : dict of (int, int) to str
        Cells that hold an error ("#DIV/0!"), by row number in the sheet and place of the column in the rows.
    notes : list of ReadNote
        What is known already.
    """

    rows: list[list[Any]]
    names: list[str]
    row_numbers: list[int]
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: list[ReadNote] = field(default_factory=list)


def read_grid(grid: Grid, options: ReadOptions, observer: Observer = silent) -> ReadResult:
    """Return the table of a grid; columns without a name and without a cell are left out."""
    return _GridReading(grid, options, observer).result()


class _GridReading:
    def __init__(self, grid: Grid, options: ReadOptions, observer: Observer) -> None:
        self.grid, self.options, self.observer = grid, options, observer
        self.notes = list(grid.notes)
        self.misfits = MisfitList()
        self.missing = frozenset(options.missing)
        self.missing_numbers = np.array([float(code) for code in options.missing if is_number(code)])

    def result(self) -> ReadResult:
        """Name the columns, convert one after the other, list the errors."""
        columns = [list(cells) for cells in zip(*self.grid.rows, strict=True)]
        width = len(columns) or len(self.grid.names)
        names, kept = self._names(columns, width)
        errors = self._errors_by_column()
        made: dict[str, pd.Series] = {}
        for number, (j, name) in enumerate(zip(kept, names, strict=True)):
            self.observer(Progress(f"Converting {name}", number / max(len(kept), 1)))
            cells = columns[j] if columns else []
            made[name] = self._column(cells, name).reset_index(drop=True)
            self._note_errors(errors.get(j, []), name)
        frame = pd.DataFrame(made, columns=pd.Index(names, dtype="str"), copy=False)
        if not len(frame):
            self.notes.append(ReadNote("warning", "The sheet has names of columns but no rows."))
        notes = sorted(self.notes, key=lambda note: note.severity != "warning")
        return ReadResult(
            frame,
            self.options,
            tuple(notes),
            misfits=self.misfits.listed(),
            n_misfits=self.misfits.count,
            row_of=np.array(self.grid.row_numbers, dtype=np.int64).item,
        )

    def _names(self, columns: list[list[Any]], width: int) -> tuple[list[str], list[int]]:
        given = [*self.grid.names, *[""] * (width - len(self.grid.names))]
        kept = [j for j in range(width) if given[j].strip() or (columns and any(c != "" for c in columns[j]))]
        if not self.options.header:
            self.notes.append(ReadNote("warning", f"There is no row with names: {_called(len(kept))}."))
            return [f"V{i + 1}" for i in range(len(kept))], kept
        names, notes = column_names([given[j] for j in kept], len(kept))
        self.notes += notes
        return names, kept

    def _row_of(self, position: int) -> int:
        return self.grid.row_numbers[position]

    def _column(self, cells: list[Any], name: str) -> pd.Series:
        """Return one column by the kinds of its cells, or as the kind that was chosen for it."""
        kinds = {type(cell) for cell in cells if cell != ""}
        chosen = self.options.kind_of(name)
        if kinds <= _DATES and kinds and chosen in ("", "date"):
            return _dates(cells)
        if not chosen:
            if kinds <= _NUMBERS and kinds:
                return self._numbers(cells)
            if kinds == {bool}:
                return _truths(cells)
        if kinds <= _CLOCK and kinds and not chosen:
            text = f"“{name}” holds times of day or durations: kept as text."
            self.notes.append(ReadNote("info", text, None, name))
            return pd.Series([spell_cell(cell) or None for cell in cells], dtype="str")
        if not kinds and not chosen:
            return pd.Series(np.full(len(cells), np.nan))
        texts = [spell_cell(cell) for cell in cells]
        column = pd.Series([None if t in self.missing else t for t in texts], dtype="str")
        if chosen:
            made, notes = chosen_type(column, name, self.options, self._row_of, self.misfits)
        else:
            made, notes = repair_text(column, name, self.options, self._row_of, self.misfits)
            self._note_stored_as_text(made, kinds, name)
        self.notes += notes
        return made

    def _numbers(self, cells: list[Any]) -> pd.Series:
        values = np.array([np.nan if cell == "" else cell for cell in cells], dtype=np.float64)
        if self.missing_numbers.size:
            values[np.isin(values, self.missing_numbers)] = np.nan
        finite = np.isfinite(values)
        if (
            values.size
            and finite.all()
            and (values == np.rint(values)).all()
            and np.abs(values).max() < _EXACT
        ):
            return pd.Series(values.astype(np.int64))
        return pd.Series(values)

    def _note_stored_as_text(self, column: pd.Series, kinds: set[type], name: str) -> None:
        if str in kinds and pd.api.types.is_numeric_dtype(column.dtype) and column.notna().any():
            if column.dtype == bool or column.dtype == "boolean":
                return
            text = f"Numbers in “{name}” are stored as text in the sheet; they were read as numbers."
            self.notes.append(ReadNote("info", text, None, name))

    def _errors_by_column(self) -> dict[int, list[tuple[int, str]]]:
        found: dict[int, list[tuple[int, str]]] = {}
        rows = set(self.grid.row_numbers)
        for (row, j), text in sorted(self.grid.errors.items()):
            if row in rows:
                found.setdefault(j, []).append((row, text))
        return found

    def _note_errors(self, errors: Sequence[tuple[int, str]], name: str) -> None:
        errors = [(row, text) for row, text in errors if text not in self.missing]
        if not errors:
            return
        row, text = errors[0]
        self.misfits.add(
            (Misfit(r, name, t, "is an error of the spreadsheet: becomes missing") for r, t in errors),
            len(errors),
        )
        which = f"“{text}” in row {row:,}"
        if len(errors) == 1:
            sentence = f"In “{name}” {which} is an error of the spreadsheet: the cell became missing."
        else:
            sentence = (
                f"In “{name}” {len(errors):,} cells ({which}, …) are errors of the spreadsheet: "
                "they became missing."
            )
        self.notes.append(ReadNote("warning", sentence, row, name, doubt=True))


def _called(width: int) -> str:
    return f"the columns are called V1 to V{width}" if width > 1 else "the column is called V1"


def _dates(cells: list[Any]) -> pd.Series:
    days = [None if cell == "" else np.datetime64(cell, "us") for cell in cells]
    return pd.Series(np.array(days, dtype="datetime64[us]"))


def _truths(cells: list[Any]) -> pd.Series:
    gaps = np.array([cell == "" for cell in cells])
    truth = np.array([cell is True for cell in cells])
    return pd.Series(pd.arrays.BooleanArray(truth, gaps) if gaps.any() else truth)


def spell_cell(cell: Any) -> str:
    """Return a cell as a text file would have it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        seconds = round(cell.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return spell(cell)
