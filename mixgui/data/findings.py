"""What a check of a table found: a sentence, what to do about it, the rows or groups concerned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from mixgui.data.step_base import Step

#: "info" is worth knowing; "question" may be right or wrong, only the user can tell; "problem" is almost surely wrong.
Severity = Literal["info", "question", "problem"]
Kind = Literal[
    "key",
    "copies",
    "no_group",
    "reused_ids",
    "varies",
    "said_level",
    "single_rows",
    "absent_groups",
    "alike_names",
    "empty_groups",
]

# Rows or groups that a finding shows; it counts them all.
MOST_SHOWN = 200


@dataclass(frozen=True)
class Offer:
    """A step that would settle a finding.

    Parameters
    ----------
    text : str
        For a button.
    step : Step
    """

    text: str
    step: Step


@dataclass(frozen=True, eq=False)
class Finding:
    """Something that was found.

    Parameters
    ----------
    kind : str
        Which check found it.
    severity : str
    sentence : str
        What, where, how many.
    hint : str
        What it means and what to do.
    shown : pandas.DataFrame or None
        Rows or groups concerned, at most `MOST_SHOWN`.
    what : str
        What `shown` has in its rows: "rows", "groups", "names", "ids".
    count : int
        How many of them there are.
    offers : tuple of Offer
        Steps that settle it.
    """

    kind: Kind
    severity: Severity
    sentence: str
    hint: str = ""
    shown: pd.DataFrame | None = None
    what: str = "rows"
    count: int = 0
    offers: tuple[Offer, ...] = ()


def plural(n: int, one: str, many: str = "") -> str:
    """Return "1 row" or "2,345 rows"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def named(names: Sequence[str], most: int = 3) -> str:
    """Return names in a sentence: “a”, “b” and 4 others."""
    shown = [f"“{name}”" for name in names[:most]]
    rest = len(names) - most
    if rest > 0:
        return f"{', '.join(shown)} and {rest:,} other{'s' if rest > 1 else ''}"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
