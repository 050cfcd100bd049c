"""The tables of the Explore tab: summary, frequencies, cross table; made in the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mixgui.gui.explore_looked import ExploreTable, LookedAt, rows_text
from mixgui.labels import SUMMARY_LABELS, ColumnLabel

if TYPE_CHECKING:  # the window must not wait for pandas
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from mixgui.data.categories import Categories

    FloatArray = npt.NDArray[np.float64]

MOST_TABLE_ROWS = 2_000
MOST_CROSS_COLUMNS = 40
_CROSS_WORDS = {"counts": "rows", "rows": "shares of rows", "columns": "shares of columns", "all": "shares"}


def summary(
    table: LookedAt, names: tuple[str, ...], by: Mapping[str, Categories], *, name: str = "summary"
) -> ExploreTable:
    """Return the summary of numbers in groups."""
    from mixgui.data.summary_tables import summary_table

    columns = {table.title(one): table.numbers(one) for one in names}
    if len(columns) < len(names):  # two variables with the same label
        columns = {one: table.numbers(one) for one in names}
    inner = {_column(one): categories for one, categories in by.items()}
    frame = summary_table(columns, inner, table.observer)
    headings: dict[str, str | ColumnLabel] = dict(SUMMARY_LABELS)
    headings |= {_column(one): ColumnLabel(table.title(one)) for one in by}
    if len(names) == 1:
        frame = frame.drop(columns="variable")
    frame, cut = cut_rows(frame, "groups")
    what = table.title(names[0]) if len(names) == 1 else "numbers"
    title = f"Summary of {what}" + (f" by {' and '.join(table.title(one) for one in by)}" if by else "")
    left_out = {one: found.n_missing for one, found in by.items() if found.n_missing}
    notes = [f"{rows_text(n)} without {table.title(one)} left out." for one, n in left_out.items()]
    return ExploreTable(name, title, frame, notes=(*cut, *notes), headings=headings)


def _column(name: str) -> str:
    """Return the column of a grouping variable: its name, unless the summary has a column of that name."""
    return f"by {name}" if name in SUMMARY_LABELS else name


def cut_rows(frame: pd.DataFrame, what: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out what nobody scrolls through, and say so."""
    if len(frame) <= MOST_TABLE_ROWS:
        return frame, ()
    return frame.iloc[:MOST_TABLE_ROWS], (f"The first {MOST_TABLE_ROWS:,} of {len(frame):,} {what}.",)


def dates_summary(table: LookedAt, name: str, days: FloatArray) -> ExploreTable:
    """Return first and last date: a mean of dates says little."""
    import numpy as np
    import pandas as pd

    present = days[np.isfinite(days)]
    ends = [
        "" if not present.size else pd.Timestamp(float(day), unit="D").strftime("%Y-%m-%d")
        for day in ((present.min(), present.max()) if present.size else (0.0, 0.0))
    ]
    frame = pd.DataFrame(
        {"n": [present.size], "missing": [days.size - present.size], "min": ends[:1], "max": ends[1:]}
    )
    headings = dict(SUMMARY_LABELS) | {"min": ColumnLabel("First"), "max": ColumnLabel("Last")}
    return ExploreTable("summary", f"Summary of {table.title(name)}", frame, headings=headings)


def frequencies(table: LookedAt, name: str, categories: Categories) -> ExploreTable:
    """Return how often each category occurs."""
    from mixgui.data.summary_tables import frequency_table

    frame = frequency_table(categories)
    cut: tuple[str, ...] = ()
    if len(frame) > MOST_TABLE_ROWS:
        kept = categories.most_frequent(MOST_TABLE_ROWS)
        cut = (f"The {MOST_TABLE_ROWS:,} most frequent of {len(frame):,} values.",)
        frame = frame.iloc[kept].drop(columns="cumulative")
    missing = categories.n_missing
    said = (
        f"{rows_text(missing)} of {categories.codes.size:,} without a value left out of the shares."
        if missing
        else ""
    )
    headings = dict(SUMMARY_LABELS) | {"value": ColumnLabel(table.title(name))}
    return ExploreTable(
        "frequencies", f"Frequencies of {table.title(name)}", frame, said, cut, headings=headings
    )


def cross(table: LookedAt, rows: Categories, columns: Categories) -> ExploreTable:
    """Return the rows, or shares, of each pair of categories."""
    from mixgui.data.summary_tables import cross_table

    choice = table.choice
    notes = []
    fewer = columns.lumped(MOST_CROSS_COLUMNS)
    if fewer is not columns:
        notes.append(
            f"The rarest of {len(columns.keys):,} categories of {table.title(choice.by)} stand together."
        )
    long = rows.lumped(MOST_TABLE_ROWS)
    frame = cross_table(long, fewer, choice.cross)  # type: ignore[arg-type]
    left_out = int(((rows.codes < 0) | (columns.codes < 0)).sum())
    if left_out:
        notes.append(f"{rows_text(left_out)} without one of the two left out.")
    headings: dict[str, str | ColumnLabel] = {"value": ColumnLabel(table.title(choice.variable))}
    for name in frame.columns[1:]:
        headings[name] = ColumnLabel(
            str(name).rstrip(), kind="count" if choice.cross == "counts" else "share"
        )
    title = f"{table.title(choice.variable)} by {table.title(choice.by)}: {_CROSS_WORDS[choice.cross]}"
    return ExploreTable("cross_table", title, frame, notes=tuple(notes), headings=headings)
