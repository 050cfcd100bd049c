"""Tables as a workbook of Excel: numbers stay numbers, and no text becomes a formula, a link or a date."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, BinaryIO

import pandas as pd

from mixgui.errors import ExportError
from mixgui.observer import Observer, Progress, silent

_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_LONGEST_TEXT = 32_767
_MOST_EXACT = 10**15  # Excel keeps fifteen digits
_SMALLEST, _LARGEST = 2.3e-308, 9.9e307
_ROWS_AT_ONCE = 5_000
_WIDEST, _NARROWEST = 40, 8
_SHEET_NAME_REFUSED = str.maketrans("[]:*?/\\", "       ")
_NO_TEXT_IS_MORE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(frame: pd.DataFrame, file: BinaryIO, title: str, observer: Observer = silent) -> None:
    """Write a table as the only sheet of a workbook.

    Parameters
    ----------
    frame : DataFrame
        Its index is not written. Missing cells stay empty; yes/no becomes Excel's TRUE and FALSE.
    file : binary file
    title : str
        Becomes the name of the sheet, as far as Excel allows.
    observer : Observer
        Told the progress; may raise `Cancelled`.

    Raises
    ------
    ExportError
        When a sheet cannot hold the table whole.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    rows, columns = frame.shape
    if rows + 1 > _MOST_ROWS or columns > _MOST_COLUMNS:
        raise ExportError(
            f"A sheet of Excel holds {_MOST_ROWS - 1:,} rows and {_MOST_COLUMNS:,} columns below its heading; "
            f"the table has {rows:,} and {columns:,}.",
            "Export it as CSV instead.",
        )
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd", **_NO_TEXT_IS_MORE}
    with xlsxwriter.Workbook(file, options) as book:  # closes its temporary files, whatever happens
        sheet = book.add_worksheet(_sheet_name(title))
        head = book.add_format({"bold": True, "bottom": 1})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.freeze_panes(1, 0)
        for j, name in enumerate(frame.columns):
            sheet.set_column(j, j, min(max(len(str(name)) + 2, _NARROWEST), _WIDEST))
        for j, name in enumerate(frame.columns):
            sheet.write_string(0, j, str(name), head)
        for start in range(0, rows, _ROWS_AT_ONCE):
            observer(Progress("Writing the workbook", fraction=start / rows))
            piece = frame.iloc[start : start + _ROWS_AT_ONCE]
            cells = [piece.iloc[:, j].tolist() for j in range(columns)]
            for i in range(len(piece)):
                for j in range(columns):
                    _write(sheet, start + i + 1, j, cells[j][i], moment, str(frame.columns[j]))


def _write(sheet: Any, row: int, column: int, value: Any, moment: Any, name: str) -> None:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float) and _is_kept(value):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        plain = value.replace(tzinfo=None)
        midnight = (plain.hour, plain.minute, plain.second, plain.microsecond) == (0, 0, 0, 0)
        if plain.year < 1900:  # Excel's calendar begins there
            sheet.write_string(row, column, str(plain.date() if midnight else plain))
        else:
            sheet.write_datetime(row, column, plain, None if midnight else moment)
    elif isinstance(value, date) and value.year >= 1900:
        sheet.write_datetime(row, column, value)
    else:
        text = str(value)
        if len(text) > _LONGEST_TEXT:
            raise ExportError(
                f"Row {row:,} of “{name}” has {len(text):,} letters; a cell of Excel holds {_LONGEST_TEXT:,}.",
                "Export the table as CSV instead.",
            )
        sheet.write_string(row, column, text)


def _is_kept(value: float) -> bool:
    """Whether Excel can hold a number: ids of twenty digits, 1e308 and 1e-310 are written as text."""
    if isinstance(value, int):
        return abs(value) < _MOST_EXACT
    return value == 0 or _SMALLEST <= abs(value) < _LARGEST


def _sheet_name(title: str) -> str:
    """Return what Excel takes as the name of a sheet."""
    name = " ".join(title.translate(_SHEET_NAME_REFUSED).split()).strip("'")[:31].strip()
    return name if name and name.casefold() != "history" else "Table"
