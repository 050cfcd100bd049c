"""Dates as they are written: year-month-day, and the forms in which day and month could be mixed up."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mixgui.data.number_texts import ISO_DATE, ISO_TIME

Days = npt.NDArray[np.datetime64]

#: 12.05.2020, 5/12/20, 12-5-2020, perhaps with a time behind it.
WRITTEN = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?")
# Two digits of a year: as POSIX has it, 69 to 99 are in the last century.
_CENTURY_TURN = 69


def is_iso(text: str) -> bool:
    """Tell whether a cell is written year-month-day, perhaps with a time."""
    text = text.strip()
    return ISO_DATE.fullmatch(text) is not None or ISO_TIME.fullmatch(text) is not None


def looks_written(text: str) -> bool:
    """Tell whether a cell is written like a date in another way than year-month-day."""
    text = text.strip()
    return WRITTEN.fullmatch(text) is not None or _YEAR_FIRST.fullmatch(text) is not None


def iso_days(texts: Sequence[str]) -> Days:
    """Return the dates of texts written year-month-day; NaT for all others, 2020-02-30 too."""
    return np.array([_iso(text.strip()) for text in texts], dtype="datetime64[us]")


def written_days(texts: Sequence[str], form: str) -> Days:
    """Return the dates of texts in one of the `DATE_FORMATS`; NaT for all others."""
    return np.array([_written(text.strip(), form) for text in texts], dtype="datetime64[us]")


def possible_forms(texts: Sequence[str]) -> list[str]:
    """Return the forms of `DATE_FORMATS` in which all of the texts are dates."""
    if not texts:
        return []
    years = {len(match[4]) if (match := WRITTEN.fullmatch(text.strip())) else 0 for text in texts}
    if years == {4}:
        forms = ["%d.%m.%Y", "%m.%d.%Y"]
    elif years == {2}:
        forms = ["%d.%m.%y", "%m.%d.%y"]
    elif years == {0}:
        forms = ["%Y.%m.%d"]
    else:
        return []
    return [form for form in forms if all(_written(text.strip(), form) is not None for text in texts)]


def _iso(text: str) -> datetime.datetime | None:
    if not is_iso(text):
        return None
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


def _written(text: str, form: str) -> datetime.datetime | None:
    match = (_YEAR_FIRST if form.startswith("%Y") else WRITTEN).fullmatch(text)
    if match is None:
        return None
    first, second, third = match[1], match[3], match[4]
    if form.startswith("%Y"):
        year, month, day = first, second, third
    else:
        day, month = (first, second) if form.startswith("%d") else (second, first)
        year = third
        if len(year) != (4 if form.endswith("%Y") else 2):
            return None
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= _CENTURY_TURN else 2000
    hour, minute, second = (int(part) if part else 0 for part in (match[5], match[6], match[7]))
    try:
        return datetime.datetime(number, int(month), int(day), hour, minute, second)
    except ValueError:
        return None
