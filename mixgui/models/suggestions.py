"""The name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a misspelt one, capitals apart; None if none is."""
    names = list(known)
    found = difflib.get_close_matches(name, names, 1)
    if found:
        return found[0]
    lower = {other.lower(): other for other in names}
    found = difflib.get_close_matches(name.lower(), lower, 1)
    return lower[found[0]] if found else None
