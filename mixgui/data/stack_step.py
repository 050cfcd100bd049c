"""Tables below each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixgui.data.reshape_code import stack_code
from mixgui.data.same_kind import refuse_different, stacked
from mixgui.data.step_base import (
    NotedStep,
    Outcome,
    StepCode,
    Tables,
    find_table,
    from_frame,
    note,
    plain_list,
    refuse_taken,
    repeated,
)
from mixgui.errors import StepError
from mixgui.observer import Observer, Progress, silent


@dataclass(frozen=True)
class StackRows(NotedStep):
    """Put the rows of tables below each other; columns of the same name become one.

    Parameters
    ----------
    inputs : tuple of str
        The tables, the first on top.
    output : str
        Name of the new table.
    source_column : str
        Name of a first column that says from which table each row is; "" for none.
    """

    inputs: tuple[str, ...]
    output: str = "stacked"
    source_column: str = ""

    def carry_out(self, tables: Tables, observer: Observer = silent) -> Outcome:
        """Make the table; a column that a table does not have is missing in its rows."""
        if len(self.inputs) < 2:
            raise StepError(
                "Two tables at least are needed to put rows below each other.", "Choose another table."
            )
        twice = repeated(self.inputs)
        if twice:
            raise StepError(f"The table “{twice[0]}” was chosen twice.", "Choose each table once.")
        parts = [find_table(tables, name) for name in self.inputs]
        refuse_taken(self.output, tables)
        names = list(dict.fromkeys(name for part in parts for name in part.names))
        if self.source_column in names:
            raise StepError(
                f"There is already a column “{self.source_column}”.",
                "Choose another name for the tables' names.",
            )
        cells: dict[str, object] = {}
        if self.source_column:
            rows = np.repeat(np.arange(len(parts)), [part.n_rows for part in parts])
            cells[self.source_column] = pd.Series(list(self.inputs), dtype="str").take(rows).array
        notes = []
        for i, name in enumerate(names):
            observer(Progress(f"Stacking {name}", i / len(names)))
            there = [part for part in parts if name in part.names]
            called = [(f"“{name}” of “{part.name}”", part.frame[name]) for part in there]
            refuse_different(called, "they cannot be put below each other")
            cells[name] = stacked(
                [
                    part.frame[name] if part in there else pd.Series(np.full(part.n_rows, np.nan))
                    for part in parts
                ]
            ).array
            lacking = [part.name for part in parts if name not in part.names]
            if lacking:
                text = f"“{name}” is missing in the rows of {plain_list(lacking)}, which {{}} no such column."
                notes.append(note(text.format("have" if len(lacking) > 1 else "has"), "warning", name))
        frame = pd.DataFrame(cells, index=pd.RangeIndex(sum(part.n_rows for part in parts)), copy=False)
        source = f"Rows of {plain_list(self.inputs)}"
        made = from_frame(self.output, frame, parts, observer, source=source)
        return Outcome({**tables, self.output: made}, tuple(notes))

    def describe(self) -> str:
        """Return "Put the rows of a and b below each other"."""
        return f"Put the rows of {plain_list(self.inputs)} below each other"

    def code(self) -> StepCode:
        """Return a bind_rows()."""
        return stack_code(self)
