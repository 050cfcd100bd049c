"""What the Explore tab shows, as values, and the columns of a table as its pictures need them. Made in the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mixgui.gui.explore_choice import Choice
from mixgui.gui.plot_panel import PlotContent, look
from mixgui.labels import ColumnLabel
from mixgui.observer import Observer, Progress

if TYPE_CHECKING:  # the window must not wait for pandas and matplotlib
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from mixgui.data.categories import Categories
    from mixgui.data.dataset import Dataset
    from mixgui.plots.plot import Plot
    from mixgui.plots.style import PlotStyle

    FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ExploreTable:
    """A table for a card.

    Parameters
    ----------
    name : str
        Stem of the object names.
    title, subtitle : str
    frame : DataFrame
    notes : tuple of str
    headings : mapping
        Column -> how it is headed and written.
    """

    name: str
    title: str
    frame: pd.DataFrame
    subtitle: str = ""
    notes: tuple[str, ...] = ()
    headings: Mapping[str, str | ColumnLabel] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Explored:
    """What is shown of a choice.

    Parameters
    ----------
    choice : Choice
    plot : PlotContent or None
    sentence : str
        What stands in place of the picture.
    title : str
        Above the picture.
    tables : tuple of ExploreTable
    groups : tuple of (str, str)
        Key and name of each group whose line may be lit.
    bars : int
        Bars of the histogram, 0 without one.
    """

    choice: Choice
    plot: PlotContent | None = None
    sentence: str = ""
    title: str = ""
    tables: tuple[ExploreTable, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    bars: int = 0


class LookedAt:
    """The columns of a table as pictures need them."""

    def __init__(self, dataset: Dataset, choice: Choice, observer: Observer) -> None:
        self.dataset, self.choice, self.observer = dataset, choice, observer

    def title(self, name: str) -> str:
        """What a variable is called."""
        return self.dataset.variable(name).title if name else ""

    def is_date(self, name: str) -> bool:
        """Whether a variable holds dates."""
        return self.dataset.variable(name).kind == "date"

    def numbers(self, name: str) -> FloatArray:
        """Return the values as floats; dates as days since 1970."""
        import numpy as np
        import pandas as pd

        column = self.dataset.frame[name]
        if self.is_date(name):
            days = pd.to_datetime(column)
            if days.dt.tz is not None:
                days = days.dt.tz_localize(None)
            return np.asarray((days - pd.Timestamp(0)) / pd.Timedelta(days=1), dtype=np.float64)
        return column.to_numpy(dtype=np.float64, na_value=np.nan)

    def categories(self, name: str) -> Categories:
        """Return the categories of a variable."""
        from mixgui.data.categories import as_categories

        variable = self.dataset.variable(name)
        self.observer(Progress(f"Telling the values of {name} apart"))
        return as_categories(self.dataset.frame[name], variable.value_labels)

    def by(self) -> dict[str, Categories]:
        """Return the grouping variables of tables, by what they are called."""
        names = dict.fromkeys(name for name in (self.choice.by, self.choice.second) if name)
        return {name: self.categories(name) for name in names}

    @property
    def by_title(self) -> str:
        """What the categories are called, both of them."""
        names = dict.fromkeys(name for name in (self.choice.by, self.choice.second) if name)
        return " · ".join(self.title(name) for name in names)


def combined(by: Mapping[str, Categories]) -> Categories | None:
    """Return the categories, or the combinations of two variables' categories; those without rows are left out."""
    from mixgui.data.categories import crossed

    found = list(by.values())
    if not found:
        return None
    return found[0].used() if len(found) == 1 else crossed(found[0], found[1])


def content(draw: Callable[..., Plot], name: str, *, pickable: bool = False, **words: Any) -> PlotContent:
    """Return a picture: the plot function with all it needs but the style of the moment."""

    def make(style: PlotStyle) -> Plot:
        return draw(**words, **look(style))

    return PlotContent(make, name, pickable)


def left_out_text(n: int, what: str = "with a missing value") -> str:
    """Say how many rows are left out; nothing if none is."""
    return f"{rows_text(n)} {what} left out." if n else ""


def sentence(*parts: str) -> str:
    """Put sentences behind each other, the empty ones left out."""
    return " ".join(part for part in parts if part)


def sample(n: int, size: int) -> npt.NDArray[Any]:
    """Return the places of a sample of `size` of n things, the same each time."""
    from mixgui.data.profiles import sample_of

    return sample_of(n, size)


def together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Put frames below each other."""
    import pandas as pd

    return pd.concat(frames, ignore_index=True)


def rows_text(n: int) -> str:
    """Return "1 row", "2,287 rows"."""
    return f"{n:,} row{'' if n == 1 else 's'}"
