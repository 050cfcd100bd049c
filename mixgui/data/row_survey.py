"""Row by row with Python's csv module: slow, exact, and only for files in which something is odd."""

from __future__ import annotations

import bisect
import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mixgui.data.layout import Layout
from mixgui.data.read_options import MOST_MISFITS, ReadOptions
from mixgui.data.sniffing import records
from mixgui.data.text_stream import BLOCK, TextStream
from mixgui.errors import ReadError
from mixgui.observer import Observer, silent

_LONGEST_CELL = 2**31 - 1  # the largest that fits a C long on Windows


@dataclass
class RowSurvey:
    """Which rows have too few or too many cells.

    Parameters
    ----------
    first_row : int
        The first record's row number, as a spreadsheet counts.
    n_rows : int
        Records that are not blank.
    blank : list of int
        For each blank line the number of records before it.
    short, long : list of int
        Row numbers of the first few rows with too few, too many cells.
    n_short, n_long : int
        How many there are.
    width : int
        Cells of the longest row.
    widths : dict of int to int
        Cells of the rows that are listed in `short` and `long`.
    """

    first_row: int
    n_rows: int = 0
    blank: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)
    n_short: int = 0
    n_long: int = 0
    width: int = 0
    widths: dict[int, int] = field(default_factory=dict)

    def row_number(self, position: int) -> int:
        """Return the file's row of the record at a position (0-based) of the table."""
        return self.first_row + position + bisect.bisect_right(self.blank, position)


def survey_rows(path: Path, options: ReadOptions, layout: Layout, observer: Observer = silent) -> RowSurvey:
    """Go through all rows of a file and note those with a number of cells unlike the header's."""
    csv.field_size_limit(_LONGEST_CELL)
    survey = RowSurvey(layout.first_row)
    with TextStream(path, options.encoding, skip=layout.skip_bytes, observer=observer) as stream:
        try:
            for record in records(_lines(stream), options.separator, options.quote):
                _count(survey, len(record), layout.width)
        except csv.Error as error:
            raise ReadError(f"“{path.name}” cannot be split into cells: {error}.") from error
    return survey


def _count(survey: RowSurvey, width: int, expected: int) -> None:
    if not width:
        survey.blank.append(survey.n_rows)
        return
    if width != expected:
        row = survey.first_row + survey.n_rows + len(survey.blank)
        rows = survey.short if width < expected else survey.long
        if len(rows) < MOST_MISFITS:
            rows.append(row)
            survey.widths[row] = width
        survey.n_short += width < expected
        survey.n_long += width > expected
    survey.n_rows += 1
    survey.width = max(survey.width, width)


def _lines(stream: TextStream) -> Iterator[str]:
    r"""Yield lines with their ends; "\n", "\r" and "\r\n" all end one."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest = ""
    while block := stream.read(BLOCK):
        text = rest + decoder.decode(block)
        held = "\r" if text.endswith("\r") else ""  # its line feed may be in the next block
        lines = list(io.StringIO(text[: len(text) - len(held)], newline=""))
        rest = held
        if lines and not lines[-1].endswith(("\n", "\r")):
            rest = lines.pop() + held
        yield from lines
    yield from io.StringIO(rest + decoder.decode(b"", final=True), newline="")
