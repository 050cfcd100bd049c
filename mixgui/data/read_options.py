"""How a text file is to be read, what came out of it, and what was odd about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

#: Cells that are missing in every column. R's read.csv takes "NA" and (in numbers) blank; pandas takes
#: these and also None, null, NULL and others, which may be answers ("None" as a level of education):
#: such words count as missing only in a column whose other cells are all numbers (`column_repair`).
MISSING: tuple[str, ...] = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan")

#: One or more blanks or tabs, as R's write.table and aligned tables use.
WHITESPACE = r"\s+"

SEPARATORS: dict[str, str] = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "vertical bar",
    WHITESPACE: "blanks",
}

Severity = Literal["info", "warning"]


@dataclass(frozen=True)
class ReadOptions:
    r"""How a text file is to be read.

    Parameters
    ----------
    separator : str
        Between cells: one of the keys of `SEPARATORS`, or any single character.
    decimal : str
        "." or ",".
    thousands : str
        Mark between groups of three digits, or "" for none. It is never guessed for a whole file.
    encoding : str
        A codec name of Python ("utf-8", "utf-8-sig", "utf-16", "cp1252", ...).
    quote : str
        Character around cells that contain separators, or "" for none.
    header : bool
        Whether the first line (after `skip_lines`) holds the names of the columns.
    skip_lines : int
        Lines above the table.
    missing : tuple of str
        Cells that are missing in every column.
    as_text : tuple of str
        Columns to keep as text whatever they look like.
    """

    separator: str = ","
    decimal: str = "."
    thousands: str = ""
    encoding: str = "utf-8"
    quote: str = '"'
    header: bool = True
    skip_lines: int = 0
    missing: tuple[str, ...] = MISSING
    as_text: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadNote:
    """Something that the reader did, or could not do, with a file.

    Parameters
    ----------
    severity : str
        "info" (harmless) or "warning" (look at it).
    text : str
        A full sentence.
    row : int, optional
        First row concerned, counted as a spreadsheet does: the file's first line is row 1.
    column : str, optional
        The column's name in the frame.
    """

    severity: Severity
    text: str
    row: int | None = None
    column: str | None = None


@dataclass(frozen=True, eq=False)
class ReadResult:
    """A table as read.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table, with a plain 0..n-1 index and unique column names.
    options : ReadOptions
        How it was read (guessed or given).
    notes : tuple of ReadNote
        What was odd, warnings first.
    """

    frame: pd.DataFrame
    options: ReadOptions
    notes: tuple[ReadNote, ...]
