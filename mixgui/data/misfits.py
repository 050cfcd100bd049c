"""A list of what does not fit that stays short however large the file is."""

from __future__ import annotations

from collections.abc import Iterable

from mixgui.data.read_options import MOST_MISFITS, Misfit


class MisfitList:
    """Collects misfits: all are counted, the first of each column are kept."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[Misfit] = []

    def add(self, found: Iterable[Misfit], count: int) -> None:
        """Take in what was found in one column.

        Parameters
        ----------
        found : iterable of Misfit
            As many as are at hand; no more than `MOST_MISFITS` are taken.
        count : int
            How many there are.
        """
        self.count += count
        for number, misfit in enumerate(found):
            if number >= MOST_MISFITS:
                break
            self._kept.append(misfit)

    def listed(self) -> tuple[Misfit, ...]:
        """Return the kept ones in the order of the rows."""
        return tuple(sorted(self._kept, key=lambda misfit: misfit.row))
