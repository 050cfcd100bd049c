"""What a step would do: the table before and after, and which columns are different.

The whole table is computed and not its first rows only: means, ranks, unmatched rows and duplicates are properties of
the whole, and a preview that is right costs what the step costs (columns that the step does not touch cost nothing).
Call it in a worker; the observer cancels it.
"""

from __future__ import annotations

from dataclasses import dataclass

from mixgui.data.dataset import Dataset
from mixgui.data.read_options import ReadNote
from mixgui.data.step_base import Step, Tables, carry_out
from mixgui.errors import StepError
from mixgui.observer import Observer, silent


@dataclass(frozen=True, eq=False)
class Preview:
    """A step's effect.

    Parameters
    ----------
    before : Dataset or None
        The table that the step starts from (the left or first one of several); None if it needs no table.
    after : Dataset
        The table that it makes or changes.
    changed_columns, added_columns, removed_columns : tuple of str
        Of `after` compared with `before`, by name. A column is changed when its cells, its type or what is said of it
        is different although the rows are the same.
    notes : tuple of ReadNote
        What the step says about how it went.
    """

    before: Dataset | None
    after: Dataset
    changed_columns: tuple[str, ...] = ()
    added_columns: tuple[str, ...] = ()
    removed_columns: tuple[str, ...] = ()
    notes: tuple[ReadNote, ...] = ()


def preview(step: Step, tables: Tables, observer: Observer = silent) -> Preview:
    """Do a step without keeping what it makes.

    Raises
    ------
    MixguiError
        When it cannot be done with these tables.
    """
    outcome = carry_out(step, tables, observer)
    source = _source(step, tables)
    after = outcome.tables.get(step.output)
    if after is None:
        raise StepError(f"After this step there is no table “{step.output}”.", "There is nothing to preview.")
    if source is None:
        return Preview(None, after, added_columns=after.names, notes=outcome.notes)
    old, new = set(source.names), set(after.names)
    return Preview(
        source,
        after,
        _changed(source, after),
        tuple(name for name in after.names if name not in old),
        tuple(name for name in source.names if name not in new),
        outcome.notes,
    )


def _source(step: Step, tables: Tables) -> Dataset | None:
    """Return the (first) table that a step starts from."""
    for field in ("table", "left"):
        name = getattr(step, field, None)
        if isinstance(name, str) and name in tables:
            return tables[name]
    inputs = getattr(step, "inputs", ())
    return tables.get(inputs[0]) if inputs else None


def _changed(before: Dataset, after: Dataset) -> tuple[str, ...]:
    """Return the columns that both have and that are not the same."""
    if before is after or len(before.frame) != len(after.frame) or before.name != after.name:
        return ()
    known = {one.name: one for one in before.variables}
    changed = []
    for one in after.variables:
        old = known.get(one.name)
        if old is None or old is one:  # a column that a step does not touch keeps what is known of it
            continue
        if old != one or not before.frame[one.name].equals(after.frame[one.name]):
            changed.append(one.name)
    return tuple(changed)
