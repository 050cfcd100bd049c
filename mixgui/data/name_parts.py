"""Names of columns taken apart: "vocab_08" is "vocab" and "08", and the number in it is 8."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mixgui.data.step_base import listed
from mixgui.data.text_functions import NUMBER_IN_TEXT
from mixgui.errors import StepError

_LONGEST_PATTERN = 200
_LONGEST_NAME = 500
#: Names the column of values, as in tidyr.
VALUE = ".value"

_NUMBER = re.compile(NUMBER_IN_TEXT)


def split_names(
    columns: Sequence[str], names_to: Sequence[str], pattern: str, separator: str
) -> list[tuple[str, ...]]:
    """Return the parts of each column's name, as many as there are names for them.

    Parameters
    ----------
    columns : sequence of str
        The names to take apart.
    names_to : sequence of str
        What the parts are called.
    pattern : str
        A regular expression with a group for each part, or "".
    separator : str
        What stands between the parts, or "".

    Raises
    ------
    StepError
        When a name does not have these parts, or the pattern is not understood.
    """
    if not names_to:
        raise StepError("The column for the names has no name.", "Type a name, for instance time.")
    if pattern and separator:
        raise StepError("A separator and a pattern were both given.", "Choose one of the two.")
    if pattern:
        return _by_pattern(columns, len(names_to), compile_pattern(pattern))
    if separator:
        return _by_separator(columns, len(names_to), separator)
    if len(names_to) > 1:
        raise StepError(
            f"The names shall give {len(names_to)} parts, but it was not said how to split them.",
            "Type the separator between the parts, for instance _.",
        )
    return [(name,) for name in columns]


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return a regular expression that is sure to be quick, or say what is wrong with it."""
    if len(pattern) > _LONGEST_PATTERN:
        raise StepError("The pattern is too long.", f"Use at most {_LONGEST_PATTERN} characters.")
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        reason = getattr(error, "msg", "") or "it is not understood"
        place = (
            f" at character {error.pos + 1}" if isinstance(error, re.error) and error.pos is not None else ""
        )
        raise StepError(
            f"The pattern “{pattern}” is no regular expression: {reason}{place}.",
            "A pattern for vocab_08 is (.*)_(.*), with a group for each part.",
        ) from None
    if _may_explode(pattern):
        raise StepError(
            f"The pattern “{pattern}” repeats something that is itself repeated, which can take for ever.",
            "Use at most three of * and +, none of them around another, and no references such as \\1.",
        )
    return compiled


def _may_explode(pattern: str) -> bool:
    """Whether matching could take more than a polynomial of small degree: nested or too many repetitions."""
    plain = re.sub(r"\\[^0-9]", "x", pattern)
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", plain)
    if re.search(r"\\[0-9]|\(\?P=|\(\?\(", plain):
        return True
    if len(re.findall(r"[*+]|\{\d*,\d*\}", plain)) > 4:
        return True
    return bool(re.search(r"\)\s*(?:[*+?]|\{)", plain))


def _by_pattern(columns: Sequence[str], n: int, pattern: re.Pattern[str]) -> list[tuple[str, ...]]:
    if pattern.groups != n:
        raise StepError(
            f"The pattern has {pattern.groups} group{'' if pattern.groups == 1 else 's'} in parentheses, but there "
            f"are {n} names for the parts.",
            "Put parentheses around each part: (.*)_(.*) has two.",
        )
    found = [pattern.search(name[:_LONGEST_NAME]) for name in columns]
    unlike = [name for name, match in zip(columns, found, strict=True) if match is None]
    if unlike:
        raise StepError(
            f"The pattern does not fit the name{'s' if len(unlike) > 1 else ''} {listed(unlike)}.",
            "Change the pattern, or leave these columns out.",
        )
    return [tuple(part or "" for part in match.groups()) for match in found if match is not None]


def _by_separator(columns: Sequence[str], n: int, separator: str) -> list[tuple[str, ...]]:
    parts = [tuple(name.split(separator)) for name in columns]
    unlike = [name for name, found in zip(columns, parts, strict=True) if len(found) != n]
    if unlike:
        raise StepError(
            f"Split at “{separator}”, {listed(unlike)} {'have' if len(unlike) > 1 else 'has'} not {n} parts.",
            "Choose another separator, use a pattern, or leave these columns out.",
        )
    return parts


def numbers_in(parts: Sequence[str], what: str) -> list[float]:
    """Return the number in each part of the names ("08" and "grade 08" are 8).

    Raises
    ------
    StepError
        When there is none.
    """
    found = [_NUMBER.search(part) for part in parts]
    without = [part for part, match in zip(parts, found, strict=True) if match is None]
    if without:
        raise StepError(
            f"There is no number for “{what}” in {listed(list(dict.fromkeys(without)))}.",
            "Keep it as text, or leave these columns out.",
        )
    return [float(match.group()) for match in found if match is not None]
