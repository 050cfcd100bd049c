"""What numbers look like in files: patterns that the sniffing and the repair of columns share."""

from __future__ import annotations

import re

_SIGN = r"[+-]?"

#: A number with a decimal point, as pandas reads it.
NUMBER = re.compile(_SIGN + r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
INFINITE = re.compile(_SIGN + r"(?:inf|infinity)", re.IGNORECASE)
WHOLE = re.compile(_SIGN + r"\d+")
#: "007": a code rather than a number.
LEADING_ZERO = re.compile(_SIGN + r"0\d+")

COMMA_DECIMAL = re.compile(_SIGN + r"\d*,\d+(?:[eE][+-]?\d+)?")
POINT_DECIMAL = re.compile(_SIGN + r"\d*\.\d+(?:[eE][+-]?\d+)?")

#: "1,234": 1234 where the comma groups thousands, 1.234 where it is the decimal mark.
COMMA_MAYBE_THOUSANDS = re.compile(_SIGN + r"[1-9]\d{0,2},\d{3}")
POINT_MAYBE_THOUSANDS = re.compile(_SIGN + r"[1-9]\d{0,2}\.\d{3}")

#: Numbers with groups of thousands, and those among them that can be nothing else.
COMMA_THOUSANDS = re.compile(_SIGN + r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
POINT_THOUSANDS = re.compile(_SIGN + r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?")
COMMA_SURELY_THOUSANDS = re.compile(_SIGN + r"[1-9]\d{0,2}(?:(?:,\d{3}){2,}(?:\.\d*)?|,\d{3}\.\d*)")
POINT_SURELY_THOUSANDS = re.compile(_SIGN + r"[1-9]\d{0,2}(?:(?:\.\d{3}){2,}(?:,\d*)?|\.\d{3},\d*)")

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?")


def is_number(text: str, decimal: str = ".") -> bool:
    """Whether a cell, without the blanks around it, is a number."""
    text = text.strip()
    if decimal != ".":
        if "." in text:
            return False
        text = text.replace(decimal, ".")
    return NUMBER.fullmatch(text) is not None or INFINITE.fullmatch(text) is not None


def to_float(text: str, decimal: str = ".", thousands: str = "") -> float:
    """Return the number that a cell (for which a pattern above matched) stands for, correctly rounded."""
    text = text.strip()
    if thousands:
        text = text.replace(thousands, "")
    return float(text.replace(decimal, ".") if decimal != "." else text)
