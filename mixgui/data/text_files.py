"""Text files to frames: nothing is lost and nothing is guessed without saying so.

pandas' C parser does the reading. Around it, the file is counted (`text_stream`), so that rows with too
few or too many cells are found, and columns that could be read in two ways are looked at again
(`column_repair`).
"""

from __future__ import annotations

import io
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from mixgui.data.chosen_types import chosen_type
from mixgui.data.column_repair import repair_text
from mixgui.data.encodings import detect_encoding
from mixgui.data.layout import check_options, find_layout
from mixgui.data.misfits import MisfitList
from mixgui.data.read_options import Misfit, ReadNote, ReadOptions, ReadResult
from mixgui.data.row_survey import RowSurvey
from mixgui.data.sniffing import decode_head, doubts, read_head
from mixgui.data.temporary import as_file
from mixgui.data.text_parser import TextParser, is_whole_floats
from mixgui.data.text_stream import Tally
from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress, silent

_SHOWN = 5  # rows named in a note


def read_text(
    path: Path, options: ReadOptions, observer: Observer = silent, most_rows: int | None = None
) -> ReadResult:
    """Read a text file with a table (see `readers.read_table`)."""
    try:
        if most_rows is None:
            return _Reading(path, options, observer).result()
        with first_records(path, options, most_rows) as head:
            return _Reading(head, options, observer).result()
    except UnicodeError as error:
        raise _encoding_error(path, options) from error


@contextmanager
def first_records(path: Path, options: ReadOptions, most: int) -> Iterator[Path]:
    """Give a file of the same name with the first records only, for a while."""
    check_options(options)
    text = decode_head(read_head(path), options.encoding)
    lines = list(io.StringIO(text, newline=""))
    most_lines = options.skip_lines + options.header + most
    kept = "".join(lines[:most_lines]) if len(lines) > most_lines else text
    if options.quote and kept.count(options.quote) % 2:  # the end of a cell with line breaks is beyond
        kept = kept[: kept.rfind(options.quote)]
    with as_file(kept, path.name, options.encoding) as head:
        yield head


class _Reading:
    """One file on its way to a frame."""

    def __init__(self, path: Path, options: ReadOptions, observer: Observer) -> None:
        self.path, self.options, self.observer = path, options, observer
        self.layout = find_layout(path, self.options)
        self.notes = [*doubts(path, options), *self.layout.notes]
        self.misfits = MisfitList()
        self.first_width = self.layout.width
        self.parser = TextParser(path, self.options, self.layout, observer)

    def result(self) -> ReadResult:
        """Read, check, repair."""
        parsed = self.parser.parse()
        frame, tally = parsed.frame, parsed.tally
        self.layout = self.parser.layout  # with names for cells beyond the last named column
        if self.parser.survey is not None:
            self._note_short_rows(self.parser.survey)
        frame.columns = pd.Index(self.layout.names, dtype="str")
        frame = self._without_empty_ends(frame)
        frame = self._repair(frame, tally)
        self._note_infinite(frame)
        if not len(frame):
            self.notes.append(ReadNote("warning", f"“{self.path.name}” has names of columns but no rows.", 1))
        notes = sorted(self.notes, key=lambda note: note.severity != "warning")
        misfits = self.misfits
        return ReadResult(
            frame,
            self.options,
            tuple(notes),
            misfits=misfits.listed(),
            n_misfits=misfits.count,
            row_of=self._known_rows(len(frame), tally),
        )

    def _repair(self, frame: pd.DataFrame, tally: Tally) -> pd.DataFrame:
        row_of = self._row_counter(len(frame), tally)
        repaired: dict[str, pd.Series] = {}
        chosen = self.options.text_columns
        for name in frame.columns:
            column = frame[name]
            if name in chosen:
                self.observer(Progress(f"Converting {name}", 0.9))
                repaired[name], notes = chosen_type(
                    column.astype("str"), name, self.options, row_of, self.misfits
                )
                self.notes += notes
            elif column.dtype == object:  # TRUE, FALSE and missing cells
                repaired[name] = column.astype("boolean")
            elif isinstance(column.dtype, pd.StringDtype):
                self.observer(Progress(f"Checking {name}", 0.9))
                new, notes = repair_text(column, name, self.options, row_of, self.misfits)
                self.notes += notes
                if new is not column:
                    repaired[name] = new
        return frame.assign(**repaired) if repaired else frame

    def _row_counter(self, n_rows: int, tally: Tally) -> Callable[[int], int]:
        """Return the function from a row of the table to a row of the file."""
        first = self.layout.first_row

        def row_of(position: int) -> int:
            if tally.lines == n_rows:
                return first + position
            return self.parser.surveyed().row_number(position)

        return row_of

    def _known_rows(self, n_rows: int, tally: Tally) -> Callable[[int], int] | None:
        """Return the same function if it can be had without going through the file again."""
        if tally.lines == n_rows:
            return partial(operator.add, self.layout.first_row)
        return None if self.parser.survey is None else self.parser.survey.row_number

    def _note_short_rows(self, survey: RowSurvey) -> None:
        if not survey.n_short:
            return
        text = (
            f"{_rows(survey.n_short, survey.short)} fewer cells than there are columns "
            f"({self.layout.width}): the last ones are missing."
        )
        self.notes.append(ReadNote("warning", text, survey.short[0], doubt=True))
        found = (
            Misfit(row, "", _cells(survey.widths[row]), f"{_cells(self.layout.width)} wanted: the rest is missing",
                   lost=False)
            for row in survey.short
        )  # fmt: skip
        self.misfits.add(found, survey.n_short)

    def _note_long_rows(self, survey: RowSurvey, width: int) -> None:
        if not survey.n_long:
            return
        extra = width - self.first_width
        columns = "one additional column" if extra == 1 else f"{extra} additional columns"
        text = (
            f"{_rows(survey.n_long, survey.long)} more cells than there are names ({self.first_width}): "
            f"they were put into {columns}."
        )
        self.notes.append(ReadNote("warning", text, survey.long[0], doubt=True))
        found = (
            Misfit(row, "", _cells(survey.widths[row]), f"more than the {self.first_width} names: {columns} made",
                   lost=False)
            for row in survey.long
        )  # fmt: skip
        self.misfits.add(found, survey.n_long)

    def _without_empty_ends(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Drop what spreadsheets leave behind: empty last columns without a name, rows of separators."""
        named = self.layout.n_named
        names = list(frame.columns)
        while len(names) > max(named, 1) and frame[names[-1]].isna().all():
            names.pop()
        dropped = set(frame.columns) - set(names)
        if dropped:
            self.notes = [n for n in self.notes if n.column not in dropped]
            columns = "empty columns" if len(dropped) > 1 else "empty column"
            self.notes.append(ReadNote("info", f"{len(dropped)} {columns} without a name left out.", 1))
            frame = frame[names]
        if self.parser.survey is not None and frame.shape[1] > named:
            self._note_long_rows(self.parser.survey, frame.shape[1])
        return self._without_empty_rows(frame)

    def _without_empty_rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        if frame.shape[1] < 2 or not len(frame) or not frame.iloc[-1].isna().all():
            return frame
        empty = np.ones(len(frame), dtype=bool)
        for name in frame.columns:
            empty &= frame[name].isna().to_numpy()
        keep = int(np.flatnonzero(~empty).max(initial=-1)) + 1
        empties = "row" if len(frame) - keep == 1 else f"{len(frame) - keep:,} rows"
        self.notes.append(ReadNote("info", f"The last {empties} without any value were left out."))
        frame = frame.iloc[:keep]
        whole = {n: frame[n].astype(np.int64) for n in frame.columns if is_whole_floats(frame[n])}
        return frame.assign(**whole) if whole else frame.copy(deep=False)

    def _note_infinite(self, frame: pd.DataFrame) -> None:
        for name in frame.columns:
            column = frame[name]
            if column.dtype == np.float64 and (count := int(np.isinf(column.to_numpy()).sum())):
                cells = "cells are" if count > 1 else "cell is"
                text = f"{count:,} {cells} infinite in “{name}”: models leave such rows out."
                self.notes.append(ReadNote("warning", text, None, name))


def _rows(count: int, listed: list[int]) -> str:
    if count == 1:
        return f"Row {listed[0]:,} has"
    shown = listed[:_SHOWN]
    numbers = ", ".join(f"{row:,}" for row in shown)
    return f"{count:,} rows ({numbers}{', …' if count > len(shown) else ''}) have"


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"


def _encoding_error(path: Path, options: ReadOptions) -> ReadError:
    with path.open("rb") as file:
        found = detect_encoding(path, file.read(1 << 20)).name
    hint = f"Choose {found}, which fits." if found != options.encoding else "Choose another encoding."
    return ReadError(f"“{path.name}” is not written in {options.encoding}.", hint)
