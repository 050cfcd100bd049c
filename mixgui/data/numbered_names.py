"""Columns that repeat a measure: read_t1, read_t2, read_t3, and motivation_t1 … beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The stem, what stands between (a separator, perhaps with a word for the occasion), and the number.
_NUMBERED = re.compile(
    r"^(.*?)((?:[ ._-]+(?:t|w|wave|time|year|y|grade|day|d|month|m|week|visit|v|session|s|occasion)?[ ._-]*)?)"
    r"(?<!\d)(\d+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NumberedNames:
    """Columns whose names differ in a number at their end only, or also in what is measured.

    Parameters
    ----------
    stems : tuple of str
        What is measured: ("read",), or ("read", "motivation"); ("",) when the columns are called 2002 and 2003.
    between : str
        What stands between stem and number: "_t".
    columns : tuple of str
        All of them, in the order of the table.
    """

    stems: tuple[str, ...] = ()
    between: str = ""
    columns: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """A regular expression that takes a name apart to stem and number."""
        return f"(.*?){re.sub('[.]', '[.]', self.between)}([0-9]+)$"


def numbered_names(names: Sequence[str]) -> NumberedNames:
    """Return the columns that most likely belong below each other.

    The measure with the most occasions counts, with all other measures that have the very same occasions.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    NumberedNames
        Empty if no two columns are alike.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        match = _NUMBERED.match(name)
        if match:
            stem, between, number = match.groups()
            found.setdefault((stem, between), {})[number] = name
    if not found:
        return NumberedNames()
    (stem, between), occasions = max(found.items(), key=lambda one: len(one[1]))
    if len(occasions) < 2:
        return NumberedNames()
    alike = {
        other: columns
        for (other, middle), columns in found.items()
        if middle == between and (other == stem or (other and stem and columns.keys() == occasions.keys()))
    }
    together = {name for columns in alike.values() for name in columns.values()}
    return NumberedNames(tuple(alike), between, tuple(name for name in names if name in together))
