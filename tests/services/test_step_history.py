"""Any sequence of steps, changes of steps, undo and redo ends where a fresh replay ends."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest
import shiboken6
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixgui.data.dataset import Dataset
from mixgui.data.pipeline import Pipeline
from mixgui.data.steps import (
    Aggregate,
    Center,
    Compute,
    Filter,
    Join,
    PivotLonger,
    Read,
    Recode,
    RemoveColumns,
    RenameColumns,
    Sample,
    SetType,
    Sort,
)
from mixgui.errors import MixguiError
from mixgui.project.project import Project
from mixgui.services.document import Document, State
from mixgui.services.worker import Worker

FRAME = pd.DataFrame(
    {
        "id": range(8),
        "g": ["a", "b", "a", None, "c", "b", "a", "c"],
        "x": [1.5, None, 0.1, 4.0, 2.0, -1.0, 0.3, 7.0],
        "y": [3, 1, 4, 1, 5, 9, 2, 6],
    }
)
TABLE = Dataset.from_frame("t", FRAME)
READ = Read("t.csv", "t")

STEPS = (
    Compute("t", "z", "x / 3 + y"),
    Compute("t", "m", "mean(x, na.rm = TRUE)", ("g",)),
    Compute("t", "d", "lag(y) - y", ("g",)),
    Compute("t", "x", "x * 1.1"),
    Center("t", ("x", "y"), "group_mean", "g"),
    Center("t", ("z",)),
    Filter("t", "y > 1"),
    Filter("t", "z > 3"),
    Sort("t", (("y", False), ("g", True))),
    Recode("t", "g", (("a", "A"),), "h"),
    SetType("t", "g", "category", ("c", "b")),
    RenameColumns("t", (("x", "u"),)),
    RemoveColumns("t", ("y",)),
    Aggregate("t", ("g",), (("y", "mean", "level"),), "groups"),
    Join("t", "groups", (("g", "g"),), "both"),
    Sample("both", 3, "", 5, "few"),
    PivotLonger("t", ("x", "y"), output="long"),
    Compute("long", "n", "row_number()", ("id",)),
)

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(STEPS), st.just(0)),
        st.tuples(st.just("add"), st.sampled_from(STEPS), st.just(0)),
        st.tuples(st.just("replace"), st.sampled_from(STEPS), st.integers(1, 8)),
        st.tuples(st.just("insert"), st.sampled_from(STEPS), st.integers(1, 8)),
        st.tuples(st.sampled_from(["remove", "undo", "redo"]), st.none(), st.integers(1, 8)),
    ),
    max_size=14,
)


class Book:
    """What a document should hold, kept by the simplest means: a list of tuples of steps."""

    def __init__(self) -> None:
        self.history: list[tuple[Any, ...]] = [(READ,)]
        self.place = 0

    @property
    def steps(self) -> tuple[Any, ...]:
        return self.history[self.place]

    def record(self, steps: tuple[Any, ...]) -> None:
        if tables_of(steps) is not None:
            self.history = [*self.history[: self.place + 1], steps]
            self.place += 1

    def step(self, by: int) -> None:
        self.place = min(max(self.place + by, 0), len(self.history) - 1)


def tables_of(steps: tuple[Any, ...]) -> Any:
    """Return the tables of a fresh replay, None if a step cannot be done."""
    try:
        return Pipeline().run(steps, sources={READ: TABLE})
    except MixguiError:
        return None


@pytest.fixture
def worker(qapp: Any) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.shutdown()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTIONS)
def test_any_history_ends_where_a_replay_ends(worker: Worker, qtbot: Any, actions: list[Any]) -> None:
    document = Document(worker)
    try:
        go_through(document, worker, qtbot, actions)
    finally:  # here and now: many documents that a collector finds together are destroyed in any order
        document.undo_stack.clear()
        shiboken6.delete(document)


def go_through(document: Document, worker: Worker, qtbot: Any, actions: list[Any]) -> None:
    book = Book()
    document.load(State(Project((READ,)), MappingProxyType({"t": TABLE}), MappingProxyType({READ: TABLE})))
    for verb, step, place in actions:
        n = len(book.steps)
        at = min(place, n if verb == "insert" else n - 1)
        if verb == "undo":
            document.undo_stack.undo()
            book.step(-1)
        elif verb == "redo":
            document.undo_stack.redo()
            book.step(1)
        elif verb == "add":
            document.run_step(step)
            book.record((*book.steps, step))
        elif verb == "insert":
            document.insert_step(at, step)
            book.record((*book.steps[:at], step, *book.steps[at:]))
        elif at > 0:  # the file itself stays
            new = (step,) if verb == "replace" else ()
            if verb == "replace":
                document.replace_step(at, step)
            else:
                document.remove_step(at)
            book.record((*book.steps[:at], *new, *book.steps[at + 1 :]))
        qtbot.waitUntil(lambda: not worker.busy)
        assert document.project.steps == book.steps
    wanted = tables_of(book.steps)
    assert list(document.tables) == list(wanted)
    for name, table in wanted.items():
        assert document.tables[name].variables == table.variables
        pd.testing.assert_frame_equal(document.tables[name].frame, table.frame, check_exact=True)
    for _ in range(document.undo_stack.count()):
        document.undo_stack.undo()
    assert document.tables["t"] is TABLE
    assert list(document.tables) == ["t"]
