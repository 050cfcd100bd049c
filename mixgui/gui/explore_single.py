"""One variable at a time: histogram, box plot, bars; made in the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mixgui.gui.explore_looked import (
    Explored,
    ExploreTable,
    LookedAt,
    combined,
    content,
    left_out_text,
    sample,
    sentence,
    together,
)
from mixgui.gui.explore_tables import cross, dates_summary, frequencies, summary
from mixgui.observer import Progress

if TYPE_CHECKING:  # the window must not wait for pandas and matplotlib
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from mixgui.data.categories import Categories

    FloatArray = npt.NDArray[np.float64]

MOST_PANELS = 12
MOST_NAMES = 40  # boxes or bars below each other
MOST_PARTS = 7  # colours that can be told apart
MOST_BOX_POINTS = 300  # rows of a box plot that are all drawn
MOST_OUTSIDE = 5_000


def histogram_of(table: LookedAt) -> Explored:
    """Return the distribution of one number, of one by categories, or of several numbers."""
    choice = table.choice
    names = choice.variables[:MOST_PANELS]
    dates = table.is_date(names[0])
    if len(names) > 1:
        names = tuple(name for name in names if not table.is_date(name))
        dates = False
    by = table.by()
    numeric = tuple(name for name in choice.variables if not table.is_date(name))
    if dates:
        tables: tuple[ExploreTable, ...] = (dates_summary(table, names[0], table.numbers(names[0])),)
    else:
        tables = (summary(table, numeric, by),)
    if len(names) > 1:
        return _several_histograms(table, names, tables)
    panels = combined(by)
    if panels is not None:
        panels = panels.lumped(MOST_PANELS)
    values = table.numbers(names[0])
    return _one_histogram(table, names[0], values, panels, tables, dates)


def _one_histogram(
    table: LookedAt,
    name: str,
    values: FloatArray,
    panels: Categories | None,
    tables: tuple[ExploreTable, ...],
    dates: bool,
) -> Explored:
    import numpy as np

    from mixgui.data.distributions import breaks_for, histogram
    from mixgui.plots.explore_distributions import histogram as draw

    title = table.title(name)
    kept = np.isfinite(values)
    if panels is not None:
        kept &= panels.codes >= 0
    if not kept.any():
        return Explored(
            table.choice, None, f"All values of {title} are missing.", f"Histogram of {title}", tables
        )
    breaks, rule = breaks_for(values[kept], table.choice.bars)
    parts, curves = [], []
    for index in range(1 if panels is None else len(panels.keys)):
        mine = values[kept if panels is None else kept & (panels.codes == index)]
        found = histogram(mine, breaks=breaks) if mine.size else None
        parts.append(_bar_frame(index, breaks, found.counts if found else np.zeros(breaks.size - 1, int)))
        if table.choice.density:
            table.observer(Progress("Smoothing"))
            curves.append(_curve(index, mine, breaks))
    said = sentence(
        _rule_words(rule, breaks, dates),
        left_out_text(
            int((~kept).sum()), "a finite value" + (" or a category" if panels is not None else "")
        ),
    )
    plot = content(
        draw,
        f"Histogram of {name}",
        bars=together(parts),
        variable=title,
        panels=() if panels is None else panels.names,
        curves=together(curves) if curves else None,
        by=table.by_title,
        dates=dates,
        note=said,
    )
    heading = f"Histogram of {title}" + (f" by {table.by_title}" if panels is not None else "")
    return Explored(table.choice, plot, "", heading, tables, bars=breaks.size - 1)


def _several_histograms(
    table: LookedAt, names: tuple[str, ...], tables: tuple[ExploreTable, ...]
) -> Explored:
    import numpy as np

    from mixgui.data.distributions import finite, histogram
    from mixgui.plots.explore_distributions import histograms as draw

    frames, titles = [], []
    curves: list[pd.DataFrame | None] = []
    for name in names:
        table.observer(Progress(f"Counting {name}"))
        values = finite(table.numbers(name))
        titles.append(table.title(name))
        if not values.size:
            frames.append(_bar_frame(0, np.array([0.0, 1.0]), np.zeros(1, int)).iloc[:0])
            curves.append(None)
            continue
        found = histogram(values, table.choice.bars)
        frames.append(_bar_frame(0, found.breaks, found.counts))
        curves.append(_curve(0, values, found.breaks) if table.choice.density else None)
    more = len(table.choice.variables) - len(names)
    note = f"The first {len(names)} of {len(table.choice.variables)} variables." if more > 0 else ""
    plot = content(
        draw, "Histograms", bars=tuple(frames), variables=tuple(titles), curves=tuple(curves), note=note
    )
    return Explored(table.choice, plot, "", f"Histograms of {len(names)} variables", tables)


def _bar_frame(panel: int, breaks: FloatArray, counts: npt.NDArray[Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"panel": panel, "left": breaks[:-1], "right": breaks[1:], "count": counts})


def _curve(panel: int, values: FloatArray, breaks: FloatArray) -> pd.DataFrame:
    """Return a kernel density on the scale of the counts; nothing for a constant."""
    import numpy as np
    import pandas as pd

    from mixgui.data.distributions import bandwidth
    from mixgui.models.density import kernel_density

    h = bandwidth(values)
    if not h > 0:
        return pd.DataFrame({"panel": [], "x": [], "y": []})
    x = np.linspace(max(breaks[0], values.min() - 3 * h), min(breaks[-1], values.max() + 3 * h), 200)
    scale = values.size * (breaks[1] - breaks[0])
    return pd.DataFrame({"panel": panel, "x": x, "y": kernel_density(values, x, h) * scale})


def _rule_words(rule: str, breaks: FloatArray, dates: bool) -> str:
    if rule == "fd":
        unit = " days" if dates else ""
        return f"Bars {_short(breaks[1] - breaks[0])}{unit} wide, by the rule of Freedman and Diaconis."
    return "One bar for each whole number." if rule == "whole" and breaks.size > 2 else ""


def _short(x: float) -> str:
    """Return a round number without zeros that say nothing."""
    return f"{x:.6g}".replace("e-0", "e-")


def box_of(table: LookedAt) -> Explored:
    """Return boxes of a number, by categories."""
    import numpy as np
    import pandas as pd

    from mixgui.data.distributions import box_of
    from mixgui.plots.explore_distributions import box_plot

    choice, name = table.choice, table.choice.variable
    values, by = table.numbers(name), table.by()
    tables = (summary(table, (name,), by),)
    title = table.title(name)
    kept = np.isfinite(values)
    cells = combined(by)
    note = ""
    if cells is not None:
        kept &= cells.codes >= 0
        if len(cells.keys) > MOST_NAMES:
            note = f"The {MOST_NAMES} categories with most rows, of {len(cells.keys):,}."
            cells = cells.select(cells.most_frequent(MOST_NAMES))
    heading = f"Box plot of {title}" + (f" by {table.by_title}" if by else "")
    if not kept.any():
        return Explored(choice, None, f"All values of {title} are missing.", heading, tables)
    left_out = int((~kept).sum())
    boxes, points = [], []
    names = ("",) if cells is None else cells.names
    everything = int(kept.sum()) <= MOST_BOX_POINTS
    codes = np.where(kept, 0 if cells is None else cells.codes, -1)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    for place, label in enumerate(names):
        mine = values[order[ends[place] : ends[place + 1]]]
        box = box_of(mine)
        five = [np.nan] * 5 if box is None else [box.low, box.lower, box.median, box.upper, box.high]
        boxes.append([label, mine.size, *five])
        shown = mine if everything or box is None else box.outside
        points.append(pd.DataFrame({"place": place, "value": shown}))
    drawn = together(points)
    if len(drawn) > MOST_OUTSIDE:
        note = sentence(note, f"{MOST_OUTSIDE:,} of {len(drawn):,} rows beyond the whiskers drawn.")
        drawn = drawn.iloc[sample(len(drawn), MOST_OUTSIDE)]
    plot = content(
        box_plot,
        f"Box plot of {name}",
        boxes=pd.DataFrame(boxes, columns=["name", "n", "low", "lower", "median", "upper", "high"]),
        points=drawn,
        variable=title,
        by=table.by_title,
        all_points=everything,
        note=sentence(note, left_out_text(left_out)),
    )
    return Explored(choice, plot, "", heading, tables)


def bars_of(table: LookedAt) -> Explored:
    """Return how often each category occurs."""
    import numpy as np
    import pandas as pd

    from mixgui.data.summary_tables import cross_counts
    from mixgui.plots.explore_distributions import bars

    choice, name = table.choice, table.choice.variable
    categories = table.categories(name)
    parts = table.categories(choice.by) if choice.by and choice.by != name else None
    tables = [frequencies(table, name, categories)]
    if parts is not None:
        tables.insert(0, cross(table, categories, parts))
    title = table.title(name)
    heading = f"Bars of {title}" + (f" by {table.title(choice.by)}" if parts is not None else "")
    if not categories.counts.sum():
        return Explored(choice, None, f"All values of {title} are missing.", heading, tuple(tables))
    note, shown = "", categories
    if len(categories.keys) > MOST_NAMES:
        shown = categories.select(categories.most_frequent(MOST_NAMES))
        note = f"The {MOST_NAMES} most frequent of {len(categories.keys):,} categories."
    if choice.by_size:
        shown = shown.select(np.argsort(-shown.counts, kind="stable").tolist())
    total = categories.counts.sum()
    if parts is None:
        counts = shown.counts[:, None]
        columns = ["n"]
    else:
        parts = parts.used().lumped(MOST_PARTS)
        counts, columns = cross_counts(shown, parts), list(parts.names)
    frame = pd.DataFrame(counts, columns=pd.Index(range(len(columns))))
    frame.insert(0, "name", list(shown.names))
    missing = categories.n_missing
    if parts is None and note and choice.shares == "shares":
        note += f" Shares are of these, {shown.counts.sum() / total:.0%} of the rows with a value."
    plot = content(
        bars,
        f"Bars of {name}",
        counts=frame,
        variable=title,
        by=table.title(choice.by) if parts is not None else "",
        parts_of=() if parts is None else parts.names,
        shares=choice.shares,
        note=sentence(note, left_out_text(missing)),
    )
    return Explored(choice, plot, "", heading, tuple(tables))
