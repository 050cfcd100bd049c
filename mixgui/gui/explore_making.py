"""From what is looked at to tables and a picture: made in the worker, drawn later in any size and theme.

Everything that takes a pass over the data happens once, here; a picture that is drawn again only draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mixgui.gui.explore_choice import BARS, BOX, HISTOGRAM, MISSING, SCATTER, SPAGHETTI, Choice, missing_role
from mixgui.gui.explore_looked import Explored, LookedAt
from mixgui.gui.explore_pairs import lines_of, missing_of, scatter_of
from mixgui.gui.explore_single import bars_of, box_of, histogram_of
from mixgui.observer import Observer, Progress

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset

_MAKERS: dict[str, Callable[[LookedAt], Explored]] = {
    HISTOGRAM: histogram_of,
    BOX: box_of,
    BARS: bars_of,
    SCATTER: scatter_of,
    SPAGHETTI: lines_of,
    MISSING: missing_of,
}


def exploring(dataset: Dataset, choice: Choice) -> Callable[[Observer], Explored]:
    """Return the job that makes tables and picture of a choice."""

    def work(observer: Observer) -> Explored:
        return explore(dataset, choice, observer)

    return work


def explore(dataset: Dataset, choice: Choice, observer: Observer) -> Explored:
    """Return tables and picture of a choice; what cannot be drawn has a sentence instead."""
    role = missing_role(choice)
    if role is not None:
        return Explored(choice, sentence=f"Choose a variable for “{role.words}”.")
    observer(Progress("Looking at the data"))
    return _MAKERS[choice.kind](LookedAt(dataset, choice, observer))
