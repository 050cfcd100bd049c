"""Steps changed, put in and taken out: what is done again, what is refused, what follows."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mixgui.data.pipeline import Pipeline
from mixgui.data.steps import (
    Aggregate,
    Compute,
    Filter,
    Join,
    LookUp,
    PivotLonger,
    RemoveColumns,
    RenameColumns,
    RenameTable,
    Sort,
    StackRows,
)
from mixgui.errors import MixguiError
from mixgui.models.spec import ModelSpec
from mixgui.observer import silent
from mixgui.services.document import Document
from mixgui.services.replay import Edit, follow, renamed_table
from mixgui.services.worker import JobState, Worker


@pytest.fixture
def worker(qapp: Any) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.shutdown()


@pytest.fixture
def document(worker: Worker, tmp_path: Path, idle: Any) -> Document:
    """A document with the table pupils."""
    document = Document(worker)
    (tmp_path / "pupils.csv").write_text(
        "id,school,score\n1,a,2\n2,a,4\n3,b,6\n4,b,8\n5,c,10\n", encoding="utf-8"
    )
    document.open_files([tmp_path / "pupils.csv"])
    idle()
    (tmp_path / "pupils.csv").unlink()  # a replay needs no file
    return document


@pytest.fixture
def idle(worker: Worker, qtbot: Any) -> Any:
    return lambda: qtbot.waitUntil(lambda: not worker.busy)


@pytest.fixture
def errors(document: Document) -> list[MixguiError]:
    seen: list[MixguiError] = []
    document.failed.connect(seen.append)
    return seen


@pytest.fixture
def done(document: Document, idle: Any) -> Any:
    def do(*steps: Any) -> None:
        for step in steps:
            document.run_step(step)
        idle()

    return do


def column(document: Document, name: str, table: str = "pupils") -> list[Any]:
    return document.tables[table].frame[name].tolist()


def test_later_steps_are_done_again(document: Document, done: Any, idle: Any, errors: Any) -> None:
    done(
        Compute("pupils", "x", "score + 1"), Compute("pupils", "y", "x * 2"), Sort("pupils", (("y", False),))
    )
    before = document.state
    document.replace_step(1, Compute("pupils", "x", "score * 10"))
    idle()
    assert errors == []
    assert column(document, "y") == [200, 160, 120, 80, 40]
    assert len(document.project.steps) == 4
    assert document.undo_stack.undo_text() == "Change step 2 to “Compute x = score * 10 in pupils”"
    document.undo_stack.undo()
    assert document.state is before
    document.undo_stack.redo()
    assert column(document, "x") == [100, 80, 60, 40, 20]


def test_a_break_is_refused_with_number_sentence_and_reason(
    document: Document, done: Any, idle: Any, errors: list[MixguiError]
) -> None:
    done(Compute("pupils", "x", "score + 1"), Compute("pupils", "y", "x * 2"))
    before, commands = document.state, document.undo_stack.count()
    job = document.replace_step(1, Compute("pupils", "z", "score + 1"))
    idle()
    assert job.state is JobState.FAILED
    assert (
        errors[0].message == "Step 3 (“Compute y = x * 2 in pupils”) cannot be done: There is no column 'x'."
    )
    assert document.state is before
    assert document.undo_stack.count() == commands


def test_what_breaks_can_be_left_out(document: Document, done: Any, idle: Any, errors: Any) -> None:
    done(
        Compute("pupils", "x", "score + 1"),
        Compute("pupils", "y", "x * 2"),
        Compute("pupils", "w", "score / 2"),
        Compute("pupils", "v", "y + w"),
    )
    notes: list[Any] = []
    document.step_notes.connect(lambda table, found: notes.extend(found))
    document.replace_step(1, Compute("pupils", "z", "score + 1"), drop_broken=True)
    idle()
    assert errors == []
    assert [step.describe() for step in document.project.steps[1:]] == [
        "Compute z = score + 1 in pupils",
        "Compute w = score / 2 in pupils",
    ]
    assert document.tables["pupils"].names == ("id", "school", "score", "z", "w")
    assert [note.text for note in notes] == [
        "The step “Compute y = x * 2 in pupils” was left out: There is no column 'x'.",
        "The step “Compute v = y + w in pupils” was left out: There is no column 'y'.",
    ]


def test_a_step_is_taken_out_and_put_in(document: Document, done: Any, idle: Any, errors: Any) -> None:
    done(Filter("pupils", "score > 4"), Compute("pupils", "n", "n()"))
    document.remove_step(1)
    idle()
    assert column(document, "n") == [5] * 5
    document.insert_step(1, Filter("pupils", 'school != "c"'))
    idle()
    assert column(document, "n") == [4] * 4
    assert errors == []
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert column(document, "n") == [3] * 3


def test_what_comes_before_is_not_done_again(document: Document, done: Any, idle: Any) -> None:
    done(Compute("pupils", "x", "score + 1"), Sort("pupils", (("x", False),)), Compute("pupils", "y", "x"))
    early = document.tables_before(2)
    document.replace_step(2, Sort("pupils", (("x", True),)))
    idle()
    assert document.tables_before(2)["pupils"] is early["pupils"]
    assert list(document.tables_before(0)) == []
    assert document.tables_before(1)["pupils"].names == ("id", "school", "score")


def test_later_steps_and_models_follow_a_new_name_of_a_table(
    document: Document, done: Any, idle: Any, errors: Any
) -> None:
    schools = Aggregate("pupils", ("school",), (("score", "mean", "level"),), "schools")
    joined = Join("pupils", "schools", (("school", "school"),), "both")
    done(schools, joined)
    model = document.add_model(ModelSpec.from_text("level ~ 1", table="schools"))
    document.replace_step(1, Aggregate("pupils", ("school",), (("score", "mean", "level"),), "places"))
    idle()
    assert errors == []
    assert list(document.tables) == ["pupils", "places", "both"]
    assert document.project.steps[2] == Join("pupils", "places", (("school", "school"),), "both")
    assert document.project.model(model).spec.table == "places"
    document.undo_stack.undo()
    assert document.project.model(model).spec.table == "schools"


def test_without_a_new_name_all_goes_by_the_old_one(
    document: Document, done: Any, idle: Any, errors: Any
) -> None:
    done(RenameTable("pupils", "children"), Compute("children", "x", "score + 1"))
    model = document.add_model(ModelSpec.from_text("x ~ 1", table="children"))
    document.replace_step(1, RenameTable("pupils", "kids"))
    idle()
    assert (list(document.tables), document.project.model(model).spec.table) == (["kids"], "kids")
    document.remove_step(1)
    idle()
    assert errors == []
    assert (list(document.tables), document.project.model(model).spec.table) == (["pupils"], "pupils")
    assert column(document, "x") == [3, 5, 7, 9, 11]


def test_a_model_that_would_lose_its_table_is_named(
    document: Document, done: Any, idle: Any, errors: list[MixguiError]
) -> None:
    done(Aggregate("pupils", ("school",), (("score", "mean", "level"),), "schools"))
    document.add_model(ModelSpec.from_text("level ~ 1", table="schools"), "Means")
    before = document.state
    document.remove_step(1)
    idle()
    assert "“Means”" in errors[0].message
    assert document.state is before
    notes: list[Any] = []
    document.step_notes.connect(lambda table, found: notes.extend(found))
    document.remove_step(1, drop_broken=True)
    idle()
    assert list(document.tables) == ["pupils"]
    assert "“Means”" in notes[0].text


def test_formulas_follow_new_names_of_columns(document: Document, done: Any, idle: Any, errors: Any) -> None:
    model = document.add_model(
        ModelSpec.from_text("log(score) ~ 1 + (1 | school)", table="pupils", weights="id")
    )

    def formula() -> str:
        return str(document.project.model(model).spec.formula)

    done(RenameColumns("pupils", (("score", "points"), ("school", "place"), ("id", "weight"))))
    assert formula() == "log(points) ~ 1 + (1 | place)"
    assert document.project.model(model).spec.weights == "weight"
    document.replace_step(1, RenameColumns("pupils", (("score", "marks"), ("id", "weight"))))
    idle()
    assert formula() == "log(marks) ~ 1 + (1 | school)"
    document.remove_step(1)
    idle()
    assert formula() == "log(score) ~ 1 + (1 | school)"
    assert document.project.model(model).spec.weights == "id"
    document.undo_stack.undo()
    assert formula() == "log(marks) ~ 1 + (1 | school)"
    assert errors == []


def test_names_may_be_swapped(document: Document, done: Any) -> None:
    model = document.add_model(ModelSpec.from_text("score ~ id", table="pupils"))
    done(RenameColumns("pupils", (("score", "id"), ("id", "score"))))
    assert str(document.project.model(model).spec.formula) == "id ~ 1 + score"


def test_notes_of_a_step_are_told(document: Document, done: Any) -> None:
    told: list[tuple[str, str]] = []
    document.step_notes.connect(lambda table, notes: told.extend((table, note.text) for note in notes))
    done(Filter("pupils", "score > 4"), RenameTable("pupils", "p"))
    assert told == [("pupils", "3 rows of 5 are kept, 2 dropped.")]


def test_a_change_that_comes_too_late_is_refused(
    document: Document, done: Any, idle: Any, errors: list[MixguiError]
) -> None:
    done(Compute("pupils", "x", "score + 1"))
    document.remove_step(1)
    document.replace_step(1, Compute("pupils", "x", "score + 2"))
    idle()
    assert "changed meanwhile" in errors[0].message
    assert len(document.project.steps) == 1


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (
            [Compute("t", "x", "1"), Join("t", "o", (("k", "k"),), "j")],
            [Compute("new", "x", "1"), Join("new", "o", (("k", "k"),), "j")],
        ),
        (
            [StackRows(("o", "t"), "s"), LookUp("o", "a", "t", "k", "v", "w")],
            [StackRows(("o", "new"), "s"), LookUp("o", "a", "new", "k", "v", "w")],
        ),
        (
            [RenameTable("t", "u"), RenameTable("o", "t"), Compute("t", "x", "1")],
            [RenameTable("new", "u"), RenameTable("o", "t"), Compute("t", "x", "1")],
        ),
        ([Compute("o", "x", "1")], [Compute("o", "x", "1")]),
    ],
)
def test_names_are_followed_until_they_mean_something_else(steps: list[Any], wanted: list[Any]) -> None:
    assert follow(steps, "t", "new") == wanted


def test_when_a_table_gets_another_name() -> None:
    long = PivotLonger("w", ("a",), output="long")
    assert renamed_table(Edit(0, long, PivotLonger("w", ("a",), output="l2"))) == ("long", "l2")
    assert renamed_table(Edit(0, long, None)) is None
    assert renamed_table(Edit(0, Compute("a", "x", "1"), Compute("b", "x", "1"))) is None
    assert renamed_table(Edit(0, RenameTable("a", "b"), None)) == ("b", "a")
    assert renamed_table(Edit(0, None, long)) is None


def test_a_renamed_table_keeps_its_fits(document: Document, worker: Worker, done: Any, idle: Any) -> None:
    from mixgui.services.model_service import ModelService

    calls: list[str] = []

    def fitter(spec: Any, dataset: Any, observer: Any) -> Any:
        from mixgui.models import fit

        calls.append(spec.table)
        return fit(spec, dataset, observer=observer)

    service = ModelService(document, worker, fitter=fitter)
    model = document.add_model(ModelSpec.from_text("score ~ id", table="pupils"))
    service.fit(model)
    idle()
    first = service.result(model)
    assert first is not None
    done(RenameTable("pupils", "children"))
    renamed = service.result(model)
    assert renamed is not None
    assert calls == ["pupils"]
    assert renamed.spec.table == "children"
    assert math.isclose(renamed.tidy()["estimate"].iloc[1], first.tidy()["estimate"].iloc[1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        service.fit(model)
    idle()
    assert calls == ["pupils"]


def test_the_same_steps_make_the_same_tables(document: Document, done: Any) -> None:
    done(Compute("pupils", "x", "rank(score)"), RemoveColumns("pupils", ("id",)))
    fresh = Pipeline().run(document.project.steps, silent, dict(document.state.sources))  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(fresh["pupils"].frame, document.tables["pupils"].frame)
