"""The document: verbs, undo and redo, late results, refusals."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixgui.data.steps import RenameTable
from mixgui.errors import MixguiError
from mixgui.project.project import ModelEntry, Project
from mixgui.services.document import Document, State
from mixgui.services.worker import Worker

from .fakes import Make, SlowMake, Spec


@pytest.fixture
def worker(qapp: Any) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.shutdown()


@pytest.fixture
def document(worker: Worker) -> Document:
    return Document(worker)


@pytest.fixture
def errors(document: Document) -> list[MixguiError]:
    seen: list[MixguiError] = []
    document.failed.connect(seen.append)
    return seen


@pytest.fixture
def idle(worker: Worker, qtbot: Any) -> Any:
    return lambda: qtbot.waitUntil(lambda: not worker.busy)


def test_a_step_becomes_a_table_and_an_undo_command(document: Document, idle: Any) -> None:
    added: list[str] = []
    document.table_added.connect(added.append)
    document.run_step(Make("a"))
    assert document.tables == {}  # it runs beside the window
    idle()
    assert list(document.tables) == ["a"]
    assert document.project.steps == (Make("a"),)
    assert document.undo_stack.undo_text() == "Make a"
    assert added == ["a"]
    assert document.dirty


def test_steps_that_are_asked_for_at_once_see_each_other(document: Document, errors: Any, idle: Any) -> None:
    document.run_step(Make("a"))
    document.run_step(Make("b", needs=("a",)))
    document.run_step(Make("c", needs=("a", "b")))
    idle()
    assert errors == []
    assert list(document.tables) == ["a", "b", "c"]


def test_undo_and_redo_bring_the_very_same_objects_back(document: Document, idle: Any) -> None:
    document.run_step(Make("a"))
    idle()
    first = document.state
    document.run_step(Make("b"))
    idle()
    second = document.state
    document.undo_stack.undo()
    assert document.state is first
    document.undo_stack.redo()
    assert document.state is second
    assert second.tables["a"] is first.tables["a"]


def test_tables_cannot_be_changed_from_outside(document: Document, idle: Any) -> None:
    document.run_step(Make("a"))
    idle()
    with pytest.raises(TypeError):
        document.tables["a"] = None  # type: ignore[index]


def test_a_refused_step_changes_nothing(document: Document, errors: Any, idle: Any) -> None:
    document.run_step(Make("b", needs=("a",)))
    idle()
    assert "does not exist" in str(errors[0])
    assert document.tables == {}
    assert document.undo_stack.count() == 0
    assert not document.dirty


def test_a_cancelled_step_changes_nothing(document: Document, errors: Any, qtbot: Any, idle: Any) -> None:
    step = SlowMake("a")
    job = document.run_step(step)
    qtbot.waitUntil(step.entered.is_set)
    job.cancel()
    idle()
    assert (document.tables, errors) == ({}, [])


def test_a_step_is_applied_anew_to_data_that_changed_meanwhile(
    document: Document, errors: Any, qtbot: Any, idle: Any
) -> None:
    document.run_step(Make("a"))
    idle()
    step = SlowMake("b", needs=("a",))
    document.run_step(step)
    qtbot.waitUntil(step.entered.is_set)
    document.undo_stack.undo()  # the table that the step is using is gone
    step.gate.set()
    idle()
    assert "“a” does not exist" in str(errors[0])
    assert document.tables == {}
    document.undo_stack.redo()
    assert list(document.tables) == ["a"]  # the late result did not destroy what can be redone


def test_a_model_added_while_a_step_runs_is_kept(document: Document, qtbot: Any, idle: Any) -> None:
    step = SlowMake("a")
    document.run_step(step)
    qtbot.waitUntil(step.entered.is_set)
    document.add_model(Spec("y ~ 1"))
    step.gate.set()
    idle()
    assert list(document.tables) == ["a"]
    assert [entry.name for entry in document.project.models] == ["A"]


def test_models_get_letters_and_ids_that_are_never_used_again(document: Document) -> None:
    first = document.add_model(Spec("y ~ 1"))
    document.undo_stack.undo()
    second = document.add_model(Spec("y ~ x"))
    third = document.add_model(Spec("y ~ x + z"), "Full")
    fourth = document.duplicate_model(third)
    assert len({first, second, third, fourth}) == 4
    assert [entry.name for entry in document.project.models] == ["A", "Full", "B"]
    assert document.project.model(fourth).spec == Spec("y ~ x + z")


def test_model_verbs_are_undone_one_by_one(document: Document) -> None:
    model = document.add_model(Spec("y ~ 1"))
    document.update_model(model, Spec("y ~ x"))
    document.update_model(model, Spec("y ~ x"))  # no change, no command
    assert document.rename_model(model, " Slope ")
    document.remove_model(model)
    texts = [document.undo_stack.text(i) for i in range(document.undo_stack.count())]
    assert texts == ["Add model A", "Change model A", "Rename model A to Slope", "Remove model Slope"]
    document.undo_stack.undo()
    assert document.project.model(model).name == "Slope"
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.project.model(model).spec == Spec("y ~ 1")


def test_keystrokes_of_one_edit_are_undone_together(document: Document) -> None:
    model = document.add_model(Spec("y ~ 1"))
    for formula in ("y ~ a", "y ~ ab", "y ~ abc"):
        document.update_model(model, Spec(formula), merge_key="typing-1")
    document.update_model(model, Spec("y ~ z"), merge_key="typing-2")
    document.undo_stack.undo()
    assert document.project.model(model).spec.formula == "y ~ abc"
    document.undo_stack.undo()
    assert document.project.model(model).spec.formula == "y ~ 1"


@pytest.mark.parametrize("name", ["A", "", "  "])
def test_a_name_that_is_taken_or_empty_is_refused(document: Document, errors: Any, name: str) -> None:
    document.add_model(Spec("y ~ 1"))
    second = document.add_model(Spec("y ~ x"))
    assert not document.rename_model(second, name)
    assert document.project.model(second).name == "B"
    assert "name" in errors[0].message


def test_a_model_that_is_gone_is_a_sentence(document: Document) -> None:
    with pytest.raises(MixguiError, match="no longer part"):
        document.update_model("m7", Spec("y ~ 1"))


def test_signals_tell_what_is_different(document: Document, idle: Any) -> None:
    told: list[str] = []
    document.project_changed.connect(lambda: told.append("project"))
    document.tables_changed.connect(lambda: told.append("tables"))
    document.models_changed.connect(lambda: told.append("models"))
    document.run_step(Make("a"))
    idle()
    document.add_model(Spec("y ~ 1"))
    document.undo_stack.undo()
    assert told == ["tables", "project", "models", "project", "models", "project"]


def test_clean_and_dirty(document: Document) -> None:
    assert not document.dirty
    document.add_model(Spec("y ~ 1"))
    assert document.dirty
    document.mark_saved()
    assert not document.dirty
    document.undo_stack.undo()
    assert document.dirty
    document.undo_stack.redo()
    assert not document.dirty


def test_clear_stops_what_runs(document: Document, qtbot: Any, idle: Any) -> None:
    document.run_step(Make("a"))
    idle()
    step = SlowMake("b")
    document.run_step(step)
    qtbot.waitUntil(step.entered.is_set)
    document.clear()
    step.gate.set()
    idle()
    assert document.tables == {}
    assert not document.dirty
    assert not document.undo_stack.can_undo()


_VERBS = st.lists(
    st.sampled_from(["step", "add", "update", "rename", "remove", "undo", "redo"]), min_size=1, max_size=25
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=_VERBS)
def test_any_sequence_of_verbs_undoes_to_the_start_and_redoes_to_the_end(qapp: Any, verbs: list[str]) -> None:
    worker = Worker()
    document = Document(worker)
    try:
        for number, verb in enumerate(verbs):
            _do(document, verb, number)
            while worker.busy:
                qapp.processEvents()
        stack, end, index = document.undo_stack, document.state, document.undo_stack.index()
        assert [step.output for step in document.project.steps] == list(document.tables)
        stack.go_to(0)
        assert (document.project, dict(document.tables)) == (Project(), {})
        stack.go_to(stack.count())
        stack.go_to(index)
        assert document.state is end or index == 0
    finally:
        worker.shutdown()


def _do(document: Document, verb: str, number: int) -> None:
    models = document.project.models
    if verb == "step":
        document.run_step(Make(f"t{number}"))
    elif verb == "add":
        document.add_model(Spec(f"y ~ {number}"))
    elif verb == "undo":
        document.undo_stack.undo()
    elif verb == "redo":
        document.undo_stack.redo()
    elif models:
        if verb == "update":
            document.update_model(models[-1].id, Spec(f"y ~ x{number}"))
        elif verb == "rename":
            document.rename_model(models[-1].id, f"N{number}")
        else:
            document.remove_model(models[0].id)


def test_nothing_arrives_after_the_worker_was_shut_down(document: Document, worker: Worker) -> None:
    gate = threading.Event()
    document.run_step(SlowMake("a", gate=gate))
    worker.shutdown()
    assert document.tables == {}


def test_dirty_is_a_question_of_value(document: Document, idle: Any) -> None:
    told: list[bool] = []
    document.dirty_changed.connect(told.append)
    document.run_step(Make("a"))
    idle()
    document.mark_saved()
    document.add_model(Spec("y ~ 1"))  # type: ignore[arg-type]
    assert document.dirty
    document.undo_stack.undo()
    assert not document.dirty
    document.undo_stack.redo()
    written = document.project
    document.rename_model("m1", "null")
    document.mark_saved(written)  # what was written is not what is there now
    assert document.dirty
    document.rename_model("m1", "A")  # another command, but the value that was written
    assert not document.dirty
    assert told == [True, False, True, False, True, False]


def test_what_a_file_held_is_kept_with_the_state(document: Document, idle: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    document.open_files([path])
    idle()
    step = document.project.steps[0]
    assert document.state.sources[step] is document.tables["t"]
    document.run_step(RenameTable("t", "old"))
    idle()
    path.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    document.open_files([path])
    idle()
    again = document.project.steps[2]
    assert (again.edition, len(document.state.sources[again].frame)) == (1, 2)  # type: ignore[attr-defined]
    assert len(document.state.sources[step].frame) == 1
    document.undo_stack.undo()
    assert list(document.state.sources) == [step]


def test_another_project_takes_the_place(document: Document, idle: Any) -> None:
    changes: list[bool] = []
    entry = ModelEntry("m7", "A", Spec("y ~ 1"))  # type: ignore[arg-type]
    document.dirty_changed.connect(changes.append)
    document.load(State(Project(models=(entry,))))
    assert not document.dirty
    assert not document.undo_stack.can_undo()
    assert document.add_model(Spec("y ~ x")) == "m8"  # type: ignore[arg-type]
    document.load(State(Project(models=(entry,))), saved=False)
    assert document.dirty
    document.mark_saved()
    assert changes == [True, False]
