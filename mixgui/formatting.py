"""Numbers as text: one place, so that a table, a plot and an exported file never disagree.

A leaf: it imports nothing of the package. What is shown is rounded to a few significant digits; what is
copied is not (`format_full`).
"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Literal

#: How a column is written. The kind of every column that the package makes is in `mixgui.labels`.
FormatKind = Literal["text", "number", "count", "p", "share", "df", "flag"]

#: Between these two sizes a number is written out; outside them, in scientific notation.
PLAIN_FROM, PLAIN_BELOW = 1e-3, 1e6

MINUS = "\N{MINUS SIGN}"


def _is_missing(value: object) -> bool:
    """Tell whether the value is None, NaN, NaT or pandas' NA, without importing pandas."""
    if value is None:
        return True
    try:
        return bool(value != value)  # only NaN and NaT differ from themselves
    except (TypeError, ValueError):  # pandas.NA refuses to be a truth value
        return True


def _with_minus(text: str, minus: bool) -> str:
    return text.replace("-", MINUS) if minus else text


def format_number(x: float | None, digits: int = 4, *, minus: bool = False) -> str:
    """Write a number to some significant digits.

    Parameters
    ----------
    x : float or None
        The number; None and NaN give an empty text.
    digits : int, default 4
        Significant digits. Digits before the decimal mark are never replaced by zeros: 123456 stays 123456.
    minus : bool, default False
        Write the typographic minus sign (for display), not the hyphen (for files).

    Returns
    -------
    str
        Without scientific notation between 1e-3 and 1e6; "0" for zero; "Inf" for an infinite value.
    """
    if x is None or _is_missing(x):
        return ""
    if digits < 1:
        raise ValueError(f"digits must be at least 1, not {digits}")
    value = float(x)
    if math.isinf(value):
        return _with_minus("Inf" if value > 0 else "-Inf", minus)
    if value == 0:
        return "0"
    # Rounding comes first (9.99996 becomes 10.00): the exponent is of what is shown.
    scientific = f"{value:.{digits - 1}e}"
    mantissa, exponent_text = scientific.split("e")
    exponent = int(exponent_text)
    if not PLAIN_FROM <= abs(value) < PLAIN_BELOW:
        return _with_minus(f"{mantissa}e{exponent:+03d}", minus)
    decimals = max(digits - 1 - exponent, 0)
    return _with_minus(f"{value:.{decimals}f}", minus)


def format_p(p: float | None, digits: int = 3) -> str:
    """Write a p value: `.041`, `< .001`, never with a zero before the mark, never as 0 or 1 exactly.

    Parameters
    ----------
    p : float or None
        A probability; None and NaN give an empty text.
    digits : int, default 3
        Decimals; the smallest value written out is 10**-digits.
    """
    if p is None or _is_missing(p):
        return ""
    value = float(p)
    if not 0 <= value <= 1:
        raise ValueError(f"a p value lies between 0 and 1, not {value}")
    smallest = 10.0**-digits
    if value < smallest:
        return f"< {smallest:.{digits}f}".replace("0.", ".")
    text = f"{value:.{digits}f}"
    if text.startswith("1"):
        return f"> {1 - smallest:.{digits}f}".replace("0.", ".")
    return text[1:]


def format_count(n: float | None) -> str:
    """Write a whole number with commas between the thousands: 2,287."""
    if n is None or _is_missing(n):
        return ""
    value = float(n)
    return f"{round(value):,}" if math.isfinite(value) else format_number(value)


def format_share(share: float | None, decimals: int = 1, *, minus: bool = False) -> str:
    """Write a proportion as a percentage: 0.185 is 18.5 %."""
    if share is None or _is_missing(share):
        return ""
    return _with_minus(f"{100 * float(share):.{decimals}f}\N{NO-BREAK SPACE}%", minus)


def format_df(df: float | None) -> str:
    """Write degrees of freedom: whole ones as whole numbers, others with one decimal."""
    if df is None or _is_missing(df):
        return ""
    value = float(df)
    if not math.isfinite(value):
        return format_number(value)
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def format_full(value: object) -> str:
    """Write a value with all its digits (clipboard, files): reading it back gives the same number."""
    if _is_missing(value):
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        number = float(value)
        if math.isinf(number):
            return "Inf" if number > 0 else "-Inf"
        return repr(int(number)) if number == round(number) and abs(number) < 1e15 else repr(number)
    return str(value)


def format_value(value: object, kind: FormatKind = "text", *, digits: int = 4, minus: bool = False) -> str:
    """Write a cell of a table as the kind of its column asks for.

    Parameters
    ----------
    value : object
        The cell.
    kind : str, default "text"
        `text`, `number`, `count`, `p`, `share` (proportion shown as a percentage), `df` or `flag` (yes/no).
    digits : int, default 4
        Significant digits of a `number`.
    minus : bool, default False
        As in `format_number`.
    """
    if _is_missing(value):
        return ""
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "text" or isinstance(value, str) or not isinstance(value, Real):
        return str(value)
    number = float(value)
    if kind == "number":
        return format_number(number, digits, minus=minus)
    if kind == "p":
        return format_p(number)
    if kind == "count":
        return format_count(number)
    if kind == "share":
        return format_share(number, minus=minus)
    return format_df(number)
