"""Every kind of step: recorded, described, with lines of code, edited in its dialog, undone and redone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit

from mixgui.data.codebook import VariableInfo
from mixgui.data.describe_step import Describe
from mixgui.data.step_dict import VERBS
from mixgui.data.steps import (
    Aggregate,
    Center,
    Compute,
    DropMissing,
    FillDown,
    Filter,
    Join,
    LookUp,
    PivotLonger,
    PivotWider,
    Recode,
    RemoveColumns,
    RemoveTable,
    RenameColumns,
    RenameTable,
    Sample,
    SetType,
    Sort,
    StackRows,
)
from mixgui.gui.codebook_model import LABEL, LEVEL
from mixgui.gui.step_dialog import StepDialog

PUPILS = pd.DataFrame(
    {
        "pupil": range(6),
        "school": [1, 1, 2, 2, 3, 3],
        "score": [5.0, 6.0, 7.0, None, 9.0, 4.0],
        "wave": list("abcabc"),
    }
)
SCHOOLS = pd.DataFrame({"school": [1, 2, 3], "size": [100, 200, 300]})
WIDE = pd.DataFrame({"id": [1, 2], "t1": [1.0, 2.0], "t2": [3.0, 4.0]})
N_TABLES = 3

# A step of every kind, and what it is changed to.
STEPS: dict[str, tuple[Any, Any]] = {
    "join": (
        Join("pupils", "schools", (("school", "school"),), "both"),
        Join("pupils", "schools", (("school", "school"),), "both", kind="inner"),
    ),
    "rename_table": (RenameTable("pupils", "children"), RenameTable("pupils", "kids")),
    "remove_table": (RemoveTable("wide"), RemoveTable("schools")),
    "describe": (
        Describe("pupils", (("score", VariableInfo("Score")),)),
        Describe("pupils", (("score", VariableInfo("Points", level="row")),)),
    ),
    "pivot_longer": (
        PivotLonger("wide", ("t1", "t2"), ("time",), "y", "long"),
        PivotLonger("wide", ("t1", "t2"), ("wave",), "y", "long"),
    ),
    "pivot_wider": (
        PivotWider("pupils", ("wave",), ("score",), "made", ("pupil",)),
        PivotWider("pupils", ("wave",), ("score",), "made", ("school",)),
    ),
    "stack_rows": (
        StackRows(("pupils", "schools"), "all"),
        StackRows(("pupils", "wide", "schools"), "all", "from"),
    ),
    "compute": (Compute("pupils", "z", "score * 2"), Compute("pupils", "z", "score * 3")),
    "recode": (
        Recode("pupils", "wave", (("a", "A"),), "w"),
        Recode("pupils", "wave", (("a", "A"), ("b", "B")), "w"),
    ),
    "look_up": (
        LookUp("pupils", "school", "schools", "school", "size", "size"),
        LookUp("pupils", "school", "schools", "school", "size", "n"),
    ),
    "set_type": (SetType("pupils", "wave", "category"), SetType("pupils", "school", "category")),
    "center": (Center("pupils", ("score",)), Center("pupils", ("score",), "group_mean", "school")),
    "aggregate": (
        Aggregate("pupils", ("school",), (("score", "mean", "m"),), "groups"),
        Aggregate("pupils", ("school",), (("score", "max", "m"),), "groups"),
    ),
    "filter": (Filter("pupils", "score > 4"), Filter("pupils", "score > 5")),
    "drop_missing": (DropMissing("pupils", ("score",)), DropMissing("pupils", ("score", "wave"))),
    "sort": (Sort("pupils", (("score", True),)), Sort("pupils", (("score", False),))),
    "sample": (Sample("pupils", 3, "", 1, "some"), Sample("pupils", 3, "", 2, "some")),
    "rename_columns": (
        RenameColumns("pupils", (("score", "points"),)),
        RenameColumns("pupils", (("score", "y"),)),
    ),
    "remove_columns": (RemoveColumns("pupils", ("wave",)), RemoveColumns("pupils", ("score",))),
    "fill_down": (FillDown("pupils", ("score",)), FillDown("pupils", ("score",), ("school",))),
}
_READING = {"read", "read_text"}  # they are held in the tests of the import


@pytest.fixture
def rig(app_window: Any) -> Any:
    app_window.give(wide=WIDE, schools=SCHOOLS, pupils=PUPILS)
    return app_window


def frames(rig: Any) -> dict[str, pd.DataFrame]:
    return {name: table.frame for name, table in rig.document.tables.items()}


def edit(rig: Any, number: int) -> Any:
    """Open the dialog of a step from the side list."""
    rig.window.side_list.edit_step_requested.emit(number)
    rig.settle()
    found = [one for one in rig.window.findChildren(QDialog) if one.isVisible()]
    assert len(found) == 1
    return found[0]


def rest(rig: Any, dialog: Any) -> None:
    if isinstance(dialog, StepDialog):
        rig.qtbot.waitUntil(lambda: not dialog._rest.isActive(), timeout=5000)
    rig.settle()


def apply(rig: Any, dialog: StepDialog) -> None:
    rest(rig, dialog)
    assert dialog.apply_button.isEnabled()
    rig.qtbot.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    rig.settle()
    assert not shiboken6.isValid(dialog) or not dialog.isVisible()


def test_every_kind_is_tried() -> None:
    assert set(STEPS) | _READING == set(VERBS)
    for verb, (first, second) in STEPS.items():
        assert type(first) is type(second) is VERBS[verb]


@pytest.mark.parametrize("verb", STEPS)
def test_recorded_described_coded_edited_and_undone(rig: Any, verb: str) -> None:
    step, other = STEPS[verb]
    rig.document.run_step(step)
    rig.settle()
    assert rig.document.project.steps[N_TABLES:] == (step,)
    assert rig.window.side_list.texts("Steps")[-1] == f"{N_TABLES + 1}  {step.describe()}"
    lines = step.code()
    assert lines.r.strip()
    assert lines.python.strip()
    made = frames(rig)

    assert rig.window.steps.can_edit(step)
    dialog = edit(rig, N_TABLES + 1)
    assert dialog.windowTitle().startswith(f"Edit step {N_TABLES + 1}: ")
    if isinstance(dialog, StepDialog):
        rest(rig, dialog)
        assert dialog.step == step  # the form says what the step says
        dialog.form.load(other)
        apply(rig, dialog)
        assert rig.document.project.steps[-1] == other
    else:
        dialog.reject()
        rig.document.replace_step(N_TABLES, other)
        rig.settle()
    changed = frames(rig)

    rig.trigger("undo")
    assert rig.document.project.steps[-1] == step
    assert all(frames(rig)[name] is made[name] for name in made)
    rig.trigger("undo")
    assert list(frames(rig)) == ["wide", "schools", "pupils"]
    rig.trigger("redo")
    rig.trigger("redo")
    assert rig.document.project.steps[-1] == other
    assert all(frames(rig)[name] is changed[name] for name in changed)


def test_a_codebook_step_is_changed_at_its_place(rig: Any) -> None:
    rig.document.run_step(Describe("pupils", (("score", VariableInfo("Score")),)))
    rig.document.run_step(Compute("pupils", "z", "score * 2"))
    rig.document.run_step(Describe("pupils", (("z", VariableInfo("Double")),)))
    rig.settle()
    dialog = edit(rig, N_TABLES + 1)
    rest(rig, dialog)
    model = dialog.form.model
    assert model.rowCount() == 4  # the columns of then: z was not there
    row = model.row_of("score")
    assert model.index(row, LABEL).data() == "Score"
    assert dialog.form.view.currentIndex().row() == row
    dialog.form.view.edit(model.index(row, LABEL))
    field = rig.find("codebook_field", QLineEdit)
    rig.qtbot.keyClicks(field, "Reading")
    rig.qtbot.keyClick(field, Qt.Key.Key_Return)
    rig.qtbot.waitUntil(lambda: model.index(row, LABEL).data() == "Reading", timeout=5000)
    assert model.setData(model.index(model.row_of("school"), LEVEL), "row")
    apply(rig, dialog)
    table = rig.document.tables["pupils"]
    assert table.variable("score").label == "Reading"
    assert table.variable("school").level == "row"
    assert table.variable("z").label == "Double"  # later steps were done again
    assert len(rig.document.project.steps) == N_TABLES + 3


def test_a_codebook_step_that_says_nothing_new_waits(rig: Any) -> None:
    rig.document.run_step(Describe("pupils", (("score", VariableInfo("Score")),)))
    rig.settle()
    dialog = edit(rig, N_TABLES + 1)
    model = dialog.form.model
    assert model.setData(model.index(model.row_of("score"), LABEL), "")
    rest(rig, dialog)
    assert not dialog.apply_button.isEnabled()
    dialog.reject()


def test_later_steps_follow_the_other_name_of_a_table(rig: Any) -> None:
    rig.document.run_step(RenameTable("pupils", "children"))
    rig.document.run_step(Compute("children", "z", "score * 2"))
    rig.settle()
    dialog = edit(rig, N_TABLES + 1)
    rest(rig, dialog)
    rig.find("step_name", QLineEdit).setText("kids")
    apply(rig, dialog)
    assert rig.document.project.steps[-1] == Compute("kids", "z", "score * 2")
    assert "z" in rig.document.tables["kids"].names


def test_a_name_that_is_taken_is_told_at_its_field(rig: Any) -> None:
    rig.document.run_step(RenameTable("pupils", "children"))
    rig.settle()
    dialog = edit(rig, N_TABLES + 1)
    rig.find("step_name", QLineEdit).setText("wide")
    rest(rig, dialog)
    assert "wide" in dialog.form.fields["name"].error.text()
    assert not dialog.apply_button.isEnabled()
    dialog.reject()


def test_a_removal_that_a_later_step_needs_is_refused_with_its_number(rig: Any) -> None:
    rig.document.run_step(RemoveTable("wide"))
    rig.document.run_step(LookUp("pupils", "school", "schools", "school", "size", "size"))
    rig.settle()
    before = rig.document.state
    dialog = edit(rig, N_TABLES + 1)
    rest(rig, dialog)
    assert "no table" in rig.find("preview_size").text()
    dialog.form.table_box.setCurrentText("schools")
    dialog.form.table_box.chosen.emit("schools")
    rest(rig, dialog)
    rig.qtbot.mouseClick(dialog.apply_button, Qt.MouseButton.LeftButton)
    rig.settle()
    assert dialog.isVisible()
    assert dialog.drop_button.isVisible()
    told = " ".join(dialog.preview.notes.texts)
    assert f"Step {N_TABLES + 2}" in told
    assert "schools" in told
    assert rig.document.state is before
    dialog.reject()


def test_another_name_of_a_column_breaks_a_later_step_with_number_and_remedy(rig: Any) -> None:
    rig.document.run_step(RenameColumns("pupils", (("score", "points"),)))
    rig.document.run_step(Compute("pupils", "z", "points * 2"))
    rig.settle()
    before = rig.document.state
    rig.document.replace_step(N_TABLES, replace(STEPS["rename_columns"][1], names=(("score", "pointes"),)))
    rig.settle()
    text = rig.window.messages.text
    assert f"Step {N_TABLES + 2} (“Compute z = points * 2 in pupils”) cannot be done" in text
    assert "points" in text
    assert "Did you mean 'pointes'?" in text
    assert rig.document.state is before


def test_the_preview_of_value_labels_shows_them(rig: Any) -> None:
    info = VariableInfo(value_labels=(("1", "Hilltop"),))
    rig.document.run_step(Describe("pupils", (("school", info),)))
    rig.settle()
    dialog = edit(rig, N_TABLES + 1)
    rest(rig, dialog)
    cells = dialog.preview.after.view.model()
    shown = [cells.index(0, column).data() for column in range(cells.columnCount())]
    assert "Hilltop" in shown
    assert "1" in shown  # as it was before
    assert dialog.form.width() < 0.6 * dialog.width()
    dialog.reject()
