"""A column converted to a type, with a list of the cells that do not fit it and become missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.codebook import KIND_WORDS
from mixgui.data.column_types import as_kind, truth_of
from mixgui.data.number_texts import ISO_DATE, ISO_TIME, is_number, to_float
from mixgui.data.read_options import ReadNote
from mixgui.data.step_base import note, row_numbers
from mixgui.data.summaries import column_kind
from mixgui.data.values import coded
from mixgui.errors import StepError

_SHOWN = 5
_FITS = {
    "number": "is no number",
    "integer": "is no whole number",
    "boolean": "is neither yes nor no",
    "date": "is no date",
}


def convert(
    column: pd.Series,
    name: str,
    kind: str,
    *,
    levels: Sequence[str] = (),
    reference: str = "",
    date_format: str = "",
) -> tuple[pd.Series, list[ReadNote]]:
    """Return a column as a type; what does not fit becomes missing and is listed with its rows.

    Parameters
    ----------
    column : pandas.Series
    name : str
        For notes and refusals.
    kind : str
        One of `codebook.KIND_WORDS`.
    levels, reference
        Of a category.
    date_format : str
        How dates are written (codes of strptime), "" for year-month-day.

    Raises
    ------
    StepError
        When no value fits the type, or the format or a level is not understood.
    """
    if date_format and kind == "date":
        _check_format(date_format)
    notes: list[ReadNote] = []
    if kind in _FITS and column_kind(column) != kind:
        column, notes = _without_misfits(column, name, kind, date_format)
    if kind == "date" and date_format and column_kind(column) != "date":
        return _dates(column, date_format), notes
    return as_kind(column, name, kind, levels=levels, reference=reference), notes


def _without_misfits(
    column: pd.Series, name: str, kind: str, date_format: str
) -> tuple[pd.Series, list[ReadNote]]:
    if column_kind(column) == "date" and kind in ("number", "integer"):
        return column, []  # refused by name where types are set
    codes, texts = coded(column)
    if kind == "boolean" and column_kind(column) in ("number", "integer"):
        texts = [text.removesuffix(".0") for text in texts]
    misfit = np.array([*(not _fits(text, kind, date_format) for text in texts), False], dtype=bool)
    cells = misfit[codes]
    if not cells.any():
        return column, []
    rows = np.flatnonzero(cells)
    if rows.size == int((codes >= 0).sum()):
        shown = ", ".join(f"“{text}”" for text in texts[:3])
        hint = "Choose the format of the dates." if kind == "date" else "Recode the values first."
        raise StepError(f"No value of “{name}” is a {KIND_WORDS[kind]}: they are {shown}.", hint)
    return column.mask(cells), [_lost(column, name, kind, rows, [texts[i] for i in codes[rows[:_SHOWN]]])]


def _lost(
    column: pd.Series, name: str, kind: str, rows: npt.NDArray[np.intp], texts: Sequence[str]
) -> ReadNote:
    listed = ", ".join(f"“{text}” in row {row + 1:,}" for row, text in zip(rows, texts, strict=False))
    if len(rows) > _SHOWN:
        listed += f"; also {row_numbers(rows[_SHOWN:])}"
    one = len(rows) == 1
    text = f"“{name}”: {len(rows):,} cell{'' if one else 's'} {'becomes' if one else 'become'} missing ({listed})."
    reason = f" {'It' if one else 'Each'} {_FITS[kind]}."
    return note(text + reason, "warning", name)


def _fits(text: str, kind: str, date_format: str) -> bool:
    plain = text.strip()
    if kind == "number":
        return is_number(plain) or plain in ("TRUE", "FALSE")
    if kind == "integer":
        return plain in ("TRUE", "FALSE") or (is_number(plain) and _is_whole(to_float(plain)))
    if kind == "boolean":
        return truth_of(plain) in ("TRUE", "FALSE")
    return _date(plain, date_format) is not None


def _is_whole(value: float) -> bool:
    return bool(np.isfinite(value)) and value == round(value)


def _date(text: str, date_format: str) -> datetime | None:
    if not date_format:
        if ISO_DATE.fullmatch(text) is None and ISO_TIME.fullmatch(text) is None:
            return None
        found = pd.to_datetime(text, errors="coerce", format="ISO8601")
        return None if pd.isna(found) else found.to_pydatetime()
    try:
        return datetime.strptime(text, date_format)
    except ValueError:
        return None


def _dates(column: pd.Series, date_format: str) -> pd.Series:
    codes, texts = coded(column)
    days = [_date(text.strip(), date_format) for text in texts]
    missing = np.datetime64("NaT")
    found = [missing if day is None else np.datetime64(day, "us") for day in days]
    values = np.array([*found, missing], "datetime64[us]")
    return pd.Series(values[codes], index=column.index, name=column.name)


def _check_format(date_format: str) -> None:
    """Refuse a format that Python does not know, or that gives no full date."""
    sample = datetime(2003, 4, 25, 13, 14, 15)
    try:
        written = sample.strftime(date_format)
        read = datetime.strptime(written, date_format)
    except (ValueError, UnicodeError) as error:
        raise StepError(
            f"“{date_format}” is no format of dates: {error}.", "Write for instance %d.%m.%Y for 31.12.2024."
        ) from None
    if (read.month, read.day) != (4, 25) or read.year % 100 != 3:
        raise StepError(
            f"The format “{date_format}” lacks the day, the month or the year.",
            "Write for instance %d.%m.%Y for 31.12.2024.",
        )
