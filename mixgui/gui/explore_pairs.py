"""Several variables at a time: scatter, lines over time, missing cells; made in the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixgui.errors import ModelError
from mixgui.gui.explore_looked import (
    Explored,
    ExploreTable,
    LookedAt,
    content,
    left_out_text,
    sample,
    sentence,
    together,
)
from mixgui.gui.explore_tables import cut_rows, summary
from mixgui.labels import SUMMARY_LABELS, ColumnLabel
from mixgui.observer import Progress

if TYPE_CHECKING:  # the window must not wait for pandas and matplotlib
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from mixgui.data.categories import Categories

    FloatArray = npt.NDArray[np.float64]

MOST_PANELS = 12
MOST_COLOURS = 7
MOST_ROWS_DRAWN = 20_000  # points that have a colour of their own, and so cannot be counted in cells
MOST_LINES = 1_000
MOST_MEANS = 60  # times at each of which a mean is drawn
MOST_TIMES = 500  # rows of the summary at each time
MOST_PATTERNS, MOST_VARIABLES = 30, 40


def scatter_of(table: LookedAt) -> Explored:
    """Return one number against another."""
    import numpy as np
    import pandas as pd

    from mixgui.plots.explore_scatter import scatter

    choice = table.choice
    x, y = table.numbers(choice.x), table.numbers(choice.variable)
    up, across = table.title(choice.variable), table.title(choice.x)
    dates = table.is_date(choice.x)
    colours = table.categories(choice.by).used().lumped(MOST_COLOURS) if choice.by else None
    kept = np.isfinite(x) & np.isfinite(y)
    if colours is not None:
        kept &= colours.codes >= 0
    numeric = [name for name in (choice.variable, choice.x) if not table.is_date(name)]
    tables = (summary(table, tuple(dict.fromkeys(numeric)), table.by()),)
    heading = f"{up} against {across}"
    if not kept.any():
        return Explored(choice, None, f"No row has both {up} and {across}.", heading, tables)
    left_out = int((~kept).sum())
    rows = np.flatnonzero(kept)
    lines: dict[int, pd.DataFrame] = {}
    said: list[str] = []
    if choice.smooth:
        lines, said = _smooth_lines(table, x[rows], y[rows], None if colours is None else colours.take(rows))
    note = ""
    if colours is not None and rows.size > MOST_ROWS_DRAWN:
        note = f"{MOST_ROWS_DRAWN:,} of {rows.size:,} rows drawn."
        rows = rows[sample(rows.size, MOST_ROWS_DRAWN)]
    frame = pd.DataFrame(
        {"x": x[rows], "y": y[rows], "colour": 0 if colours is None else colours.codes[rows]}
    )
    plot = content(
        scatter,
        f"{choice.variable} against {choice.x}",
        points=frame,
        x=across,
        y=up,
        categories=() if colours is None else colours.names,
        by=table.title(choice.by),
        curves=lines,
        dates=dates,
        note=sentence(note, *said, left_out_text(left_out)),
    )
    return Explored(choice, plot, "", heading, tables)


def _smooth_lines(
    table: LookedAt, x: FloatArray, y: FloatArray, colours: Categories | None
) -> tuple[dict[int, pd.DataFrame], list[str]]:
    """Return a smooth line for all rows or for each category, and what the caption says of them."""
    from mixgui.models.smoothers import smooth

    lines, methods = {}, []
    why_not = ""
    for place in range(1 if colours is None else len(colours.keys)):
        table.observer(Progress("Smoothing"))
        mine = slice(None) if colours is None else colours.codes == place
        try:
            line = smooth(x[mine], y[mine])
        except ModelError as error:
            why_not = error.message
            continue
        lines[place] = line.frame
        methods.append(line.method)
    if not methods:
        return {}, [why_not]
    words = " or ".join(dict.fromkeys(methods))
    return lines, [f"{'Line' if len(lines) == 1 else 'Lines'}: {words} with 95\N{NO-BREAK SPACE}% band."]


def lines_of(table: LookedAt) -> Explored:
    """Return a line for each group over time."""
    import numpy as np

    from mixgui.data.profiles import profile_lines
    from mixgui.plots.explore_profiles import spaghetti

    choice = table.choice
    x, y = table.numbers(choice.x), table.numbers(choice.variable)
    up, across = table.title(choice.variable), table.title(choice.x)
    lines = table.categories(choice.lines)
    colours = table.categories(choice.by).used().lumped(MOST_COLOURS) if choice.by else None
    panels = table.categories(choice.second).used().lumped(MOST_PANELS) if choice.second else None
    table.observer(Progress("Following the groups over time"))
    points = profile_lines(x, y, lines, colours, panels)
    heading = f"{up} over {across}"
    by, tables = table.by(), []
    if table.dataset.variable(choice.x).n_unique <= MOST_TIMES:
        times = {choice.x: table.categories(choice.x)}
        tables.append(summary(table, (choice.variable,), times, name="summary_by_time"))
    if by or not tables:
        tables.append(summary(table, (choice.variable,), by))
    groups = tuple(zip(lines.keys, lines.names, strict=True))
    if points.empty:
        return Explored(
            choice, None, f"No row has {up}, {across} and {choice.lines} at once.", heading, tuple(tables)
        )
    means, thick = _mean_lines(table, points) if choice.mean else (None, "")
    lit = [name for key, name in groups if key in choice.chosen]
    n_lines, left_out = int(points["line"].iloc[-1]) + 1, int(x.size - len(points))
    note = ""
    if n_lines > MOST_LINES:
        some = sample(n_lines, MOST_LINES)
        always = np.isin(points["group"], [i for i, (key, _) in enumerate(groups) if key in choice.chosen])
        points = points[np.isin(points["line"], some) | always]
        if choice.all_lines:
            note = f"{MOST_LINES:,} of {n_lines:,} lines drawn; the mean is of all."
    plot = content(
        spaghetti,
        f"{choice.variable} over {choice.x}",
        pickable=True,
        points=points,
        means=means,
        x=across,
        y=up,
        groups=lines.names,
        factor=table.title(choice.lines),
        categories=() if colours is None else colours.names,
        by=table.title(choice.by),
        panels=() if panels is None else panels.names,
        chosen=tuple(lit),
        all_lines=choice.all_lines,
        dates=table.is_date(choice.x),
        note=sentence(thick, note, left_out_text(left_out)),
    )
    return Explored(choice, plot, "", heading, tuple(tables), groups)


def _mean_lines(table: LookedAt, points: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the mean at each time, or a smooth line where there are too many times, and what it is."""
    import pandas as pd

    from mixgui.data.profiles import mean_profile
    from mixgui.models.smoothers import smooth

    if points["x"].nunique() <= MOST_MEANS:
        return mean_profile(points), "Thick line: mean at each time."
    table.observer(Progress("Smoothing"))
    parts, methods = [], []
    for (panel, colour), mine in points.groupby(["panel", "colour"], sort=True):
        try:
            line = smooth(mine["x"], mine["y"])
        except ModelError:  # one time, or two rows: there is no line to draw
            continue
        parts.append(
            pd.DataFrame({"panel": panel, "colour": colour, "x": line.frame["x"], "mean": line.frame["fit"]})
        )
        methods.append(line.method)
    if not parts:
        return mean_profile(points), "Thick line: mean at each time."
    return together(parts), f"Thick line: mean over time ({' or '.join(dict.fromkeys(methods))})."


def missing_of(table: LookedAt) -> Explored:
    """Return which cells are missing together."""
    import numpy as np

    from mixgui.data.summary_tables import missing_patterns, missing_table, pattern_table
    from mixgui.plots.explore_missing import missing_pattern

    names = table.dataset.names
    titles = {name: table.title(name) for name in names}
    found = missing_patterns(table.dataset.frame, names, table.observer)
    headings = dict(SUMMARY_LABELS) | {"proportion": ColumnLabel("Share of rows", kind="share")}
    patterns, cut = cut_rows(pattern_table(found, titles), "combinations")
    headings["n"] = ColumnLabel("Rows", "Rows with this combination.", "count")
    tables = (
        ExploreTable("missing", "Missing cells", missing_table(found, titles), headings=SUMMARY_LABELS),
        ExploreTable("missing_patterns", "Missing together", patterns, notes=cut, headings=headings),
    )
    heading = f"Missing cells of {table.dataset.name}"
    if not found.missing.sum():
        return Explored(table.choice, None, "No cell of this table is missing.", heading, tables)
    order = np.argsort(-found.missing, kind="stable")
    order = order[found.missing[order] > 0][:MOST_VARIABLES]
    shown = found.patterns[:MOST_PATTERNS]
    notes = []
    if (found.missing > 0).sum() > order.size:
        notes.append(f"The {order.size} variables with most missing cells.")
    elif order.size < len(names):
        notes.append(f"{len(names) - order.size:,} variables without missing cells are not drawn.")
    if len(found.counts) > MOST_PATTERNS:
        notes.append(f"The {MOST_PATTERNS} most frequent of {len(found.counts):,} combinations.")
    plot = content(
        missing_pattern,
        f"Missing cells of {table.dataset.name}",
        names=tuple(titles[names[i]] for i in order),
        shares=tuple((found.missing[order] / found.n_rows).tolist()),
        patterns=shown[:, order],
        counts=found.counts[:MOST_PATTERNS],
        n_rows=found.n_rows,
        complete=found.complete,
        note=sentence(*notes),
    )
    return Explored(table.choice, plot, "", heading, tables)
