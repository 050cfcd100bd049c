"""How a file is to be read, what came out of it, and what was odd about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mixgui.data.codebook import Codebook

if TYPE_CHECKING:  # the dialogs know options, and must not wait for pandas
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

#: Written forms of dates besides year-month-day -> the words for them. Python's strptime codes; a point
#: stands for any of point, slash and hyphen.
DATE_FORMATS: dict[str, str] = {
    "": "year-month-day only",
    "%d.%m.%Y": "day.month.year",
    "%m.%d.%Y": "month.day.year",
    "%d.%m.%y": "day.month.year (two digits)",
    "%m.%d.%y": "month.day.year (two digits)",
    "%Y.%m.%d": "year.month.day",
}

#: Cells of a column that are listed one by one; all are counted.
MOST_MISFITS = 200

Severity = Literal["info", "warning"]
FormatName = Literal["text", "html", "excel", "spss", "stata", "sas", "r"]


@dataclass(frozen=True)
class ReadOptions:
    r"""How a file is to be read.

    Each format uses the options that mean something to it and ignores the others.

    Parameters
    ----------
    separator : str
        Between cells of a text file: one of the keys of `SEPARATORS`, or any single character.
    decimal : str
        "." or ",".
    thousands : str
        Mark between groups of three digits, or "" for none. It is never guessed for a whole file.
    encoding : str
        A codec name of Python ("utf-8", "utf-8-sig", "utf-16", "cp1252", ...). For statistics files "" is
        the encoding that the file itself names.
    quote : str
        Character around cells that contain separators, or "" for none.
    header : bool
        Whether the first line (after `skip_lines`) holds the names of the columns.
    skip_lines : int
        Lines (in a workbook: rows) above the table.
    missing : tuple of str
        Cells that are missing in every column.
    as_text : tuple of str
        Columns to keep as text whatever they look like.
    format : str
        What kind of file it is (`file_formats.FORMATS`).
    member : str
        File in an archive (.zip); "" for the only one.
    sheet : str
        Sheet of a workbook; "" for the first with cells.
    object_name : str
        Data frame in an R file, as "name" or "list$name"; "" for the only one. Number of the table in a web
        page, from "1".
    types : tuple of (str, str)
        Column and kind ("number", "integer", "category", "text", "boolean", "date") that was chosen for it;
        what cannot be read so becomes missing, and is listed in `ReadResult.misfits`.
    date_format : str
        One of `DATE_FORMATS`: how dates are written besides year-month-day, or "" if they are not.
    use_labels : bool
        Whether columns with value labels (SPSS, Stata) become categories of these labels; else they keep the
        codes, and the labels are in the codebook.
    user_missing : bool
        Whether codes that a statistics file declares as missing become missing.
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
    format: FormatName = "text"
    member: str = ""
    sheet: str = ""
    object_name: str = ""
    types: tuple[tuple[str, str], ...] = ()
    date_format: str = ""
    use_labels: bool = False
    user_missing: bool = True

    def kind_of(self, column: str) -> str:
        """Return the kind that was chosen for a column, or "" when it is to be found out."""
        if column in self.as_text:
            return "text"
        return dict(self.types).get(column, "")

    @property
    def text_columns(self) -> frozenset[str]:
        """Columns whose cells are needed as they are spelt."""
        return frozenset((*self.as_text, *(column for column, _ in self.types)))


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
    doubt : bool
        Whether the file could well be meant in another way: then the user is asked before it is opened.
    """

    severity: Severity
    text: str
    row: int | None = None
    column: str | None = None
    doubt: bool = False


@dataclass(frozen=True)
class Misfit:
    """A cell, or a row, of the file that does not fit into the table as it is read.

    Parameters
    ----------
    row : int
        As a spreadsheet counts; 0 when the file has no rows that one could count.
    column : str
        The column's name in the frame; "" for a whole row.
    text : str
        What the file has there.
    what : str
        What is done with it ("is no number: becomes missing").
    lost : bool
        Whether something that the file has is not in the table.
    """

    row: int
    column: str
    text: str
    what: str
    lost: bool = True


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
    codebook : Codebook
        What the file itself says of its columns (SPSS, Stata, SAS).
    misfits : tuple of Misfit
        Cells and rows that do not fit, up to `MOST_MISFITS` of each kind in a column.
    n_misfits : int
        How many there are.
    row_of : callable, optional
        Position of a row of the table, from 0 -> its row in the file; None where this is not known.
    """

    frame: pd.DataFrame
    options: ReadOptions
    notes: tuple[ReadNote, ...]
    codebook: Codebook = ()
    misfits: tuple[Misfit, ...] = ()
    n_misfits: int = 0
    row_of: Callable[[int], int] | None = None

    @property
    def doubtful(self) -> bool:
        """Whether the user should be asked before the table is taken as it is."""
        return self.n_misfits > 0 or any(note.doubt for note in self.notes)
