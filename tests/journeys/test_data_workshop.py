"""The preparation of data by clicking: wide to long with time, earlier steps changed, breaks told, undo and redo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QTreeWidget

from mixgui.data.dataset import Dataset
from mixgui.gui.step_dialog import StepDialog
from mixgui.gui.step_forms.expression_edit import ExpressionEdit
from mixgui.models import fit
from mixgui.observer import Observer, silent

from .traveller import CONTROL, LEFT, Traveller

N = 40


@dataclass(frozen=True, eq=False)
class GivenTable:
    """A step that makes a table from a frame at hand."""

    output: str
    frame: pd.DataFrame

    def apply(self, tables: Mapping[str, Dataset], observer: Observer = silent) -> Mapping[str, Dataset]:
        return {**tables, self.output: Dataset.from_frame(self.output, self.frame)}

    def describe(self) -> str:
        return f"Make {self.output}"


@pytest.fixture
def wide() -> pd.DataFrame:
    """Vocabulary of forty pupils in grades 8 to 11, in four columns; some were absent."""
    rng = np.random.default_rng(3)
    start, slope = rng.normal(1, 0.8, N), rng.normal(0.75, 0.2, N)
    columns = {
        f"vocab_{grade:02d}": np.round(start + slope * (grade - 8) + rng.normal(0, 0.4, N), 3)
        for grade in range(8, 12)
    }
    frame = pd.DataFrame({"id": np.arange(1, N + 1), "female": np.arange(N) % 2, **columns})
    frame.loc[[4, 17, 30], "vocab_10"] = np.nan
    return frame


@pytest.fixture
def user(traveller: Traveller, wide: pd.DataFrame, tmp_path: Path) -> Traveller:
    """A user who has opened the wide file."""
    path = tmp_path / "vocabulary.csv"
    wide.to_csv(path, index=False)
    traveller.drop(path)
    traveller.wait(lambda: "vocabulary" in traveller.session.document.tables)
    traveller.rest()
    return traveller


def dialog(user: Traveller) -> StepDialog:
    found = user.find("step_dialog")
    assert isinstance(found, StepDialog)
    return found


def expression(user: Traveller) -> ExpressionEdit:
    found = user.find("step_expression")
    assert isinstance(found, ExpressionEdit)
    return found


def preview(user: Traveller) -> str:
    """Wait for the preview of what is typed now and return its size."""
    shown = dialog(user)
    user.wait(lambda: shown.preview.holds_for(shown.step))
    return user.text("preview_size")


def apply(user: Traveller) -> None:
    """Press "Apply step" and wait until the dialog has gone."""
    user.wait(lambda: user.find("step_apply").isEnabled())
    user.click("step_apply")
    user.wait(lambda: not user.sees("step_dialog"))
    user.rest()


def steps(user: Traveller) -> list[str]:
    return user.window.side_list.texts("Steps")


def double_click_step(user: Traveller, number: int) -> None:
    tree = user.find("project_tree")
    assert isinstance(tree, QTreeWidget)
    entry = user.window.side_list.item("Steps", number)
    place = tree.visualItemRect(entry).center()
    user.qtbot.mouseClick(tree.viewport(), LEFT, pos=place)
    user.qtbot.mouseDClick(tree.viewport(), LEFT, pos=place)
    user.wait(lambda: user.sees("step_dialog") and dialog(user).form.isEnabled())


def to_long(user: Traveller) -> None:
    user.action("action_step_pivot_longer")
    assert preview(user) == f"{N} rows × 6 columns → {4 * N} rows × 4 columns"
    user.type("step_part_name_1", "grade")
    user.type("step_values_to", "score")
    user.type("step_output", "long")
    apply(user)


def compute(user: Traveller, name: str, text: str) -> None:
    user.action("action_step_compute")
    user.type("step_column", name)
    user.type("step_expression", text)
    expression(user)._popup().hide()
    apply(user)


def test_wide_to_long_with_time_to_a_model(user: Traveller, wide: pd.DataFrame) -> None:
    to_long(user)
    compute(user, "time", "grade - 8")
    user.action("action_step_sort")
    user.type("step_sort_column_1", "id")
    user.click("step_by_add")
    user.type("step_sort_column_2", "time")
    apply(user)
    assert steps(user)[1:] == [
        "2  Put vocab_08, vocab_09 and 2 more of vocabulary below each other",
        "3  Compute time = grade - 8 in long",
        "4  Sort long by id and time",
    ]
    made = user.session.document.tables["long"].frame
    expected = wide.melt(["id", "female"], value_name="score").sort_values(["id", "variable"])
    assert made["score"].tolist() == pytest.approx(expected["score"].tolist(), nan_ok=True)
    assert made["time"].tolist() == [0, 1, 2, 3] * N

    user.tab("main_tabs", "Model")
    user.fit("score ~ time + (time | id)")
    shown = user.row("fixed_effects_table", "time")["Estimate"]
    frame = pd.DataFrame(
        {"id": np.repeat(wide["id"], 4), "time": [0, 1, 2, 3] * N, "score": expected["score"].to_numpy()}
    )
    own = fit("score ~ time + (time | id)", frame).tidy("fixed").set_index("term")
    assert float(shown.replace("−", "-")) == pytest.approx(own.loc["time", "estimate"], rel=2e-3)
    assert "157" in user.text("results_facts")  # 160 rows, three of them without a score
    assert not user.refusals


def test_an_early_step_is_changed_and_the_later_ones_follow(user: Traveller) -> None:
    to_long(user)
    compute(user, "time", "grade - 8")
    compute(user, "late", "time > 1")
    double_click_step(user, 3)
    assert dialog(user).windowTitle() == "Edit step 3: compute a column"
    assert expression(user).text() == "grade - 8"
    user.type("step_expression", "grade - 10")
    expression(user)._popup().hide()
    assert preview(user) == f"{4 * N} rows × 4 columns → {4 * N} rows × 5 columns"
    apply(user)
    made = user.session.document.tables["long"].frame
    assert made["time"].tolist() == [-2, -1, 0, 1] * N
    assert not made["late"].any()
    assert steps(user)[2:] == ["3  Compute time = grade - 10 in long", "4  Compute late = time > 1 in long"]
    user.key(Qt.Key.Key_Z, CONTROL)
    user.rest()
    made = user.session.document.tables["long"].frame
    assert made["time"].tolist() == [0, 1, 2, 3] * N
    assert made["late"].sum() == 2 * N
    user.key(Qt.Key.Key_Y, CONTROL)
    user.rest()
    assert user.session.document.tables["long"].frame["time"].tolist() == [-2, -1, 0, 1] * N


def test_a_later_step_that_breaks_is_told_with_its_number_and_reason(user: Traveller) -> None:
    to_long(user)
    compute(user, "time", "grade - 8")
    compute(user, "late", "time > 1")
    double_click_step(user, 3)
    user.type("step_column", "years")
    user.wait(lambda: user.find("step_apply").isEnabled())
    user.click("step_apply")
    user.wait(lambda: user.sees("step_apply_dropping"))
    notes = dialog(user).preview.notes.texts
    assert len(notes) == 1
    assert notes[0].startswith(
        "Step 4 (“Compute late = time > 1 in long”) cannot be done: There is no column"
    )
    assert user.window.messages.severity != "error"  # it is told once, where it can be corrected
    assert "time" in user.session.document.tables["long"].frame.columns  # nothing is different
    assert user.text("step_column") == "years"
    user.click("step_apply_dropping")
    user.wait(lambda: not user.sees("step_dialog"))
    user.rest()
    assert steps(user)[2:] == ["3  Compute years = grade - 8 in long"]
    assert "late" not in user.session.document.tables["long"].frame.columns
    user.refusals.clear()
    user.key(Qt.Key.Key_Z, CONTROL)
    user.rest()
    assert len(steps(user)) == 4


def test_a_step_is_removed_and_what_needs_it_can_go_too(user: Traveller) -> None:
    to_long(user)
    compute(user, "time", "grade - 8")
    compute(user, "late", "time > 1")
    menu = user.window.side_list.menu_of(user.window.side_list.item("Steps", 3))
    assert menu is not None
    next(one for one in menu.actions() if one.text() == "Remove").trigger()
    user.wait(lambda: user.sees("message_action"))
    assert user.window.messages.text.startswith("Step 4 (“Compute late = time > 1 in long”) cannot be done")
    assert len(steps(user)) == 4
    user.click("message_action")
    user.wait(lambda: len(user.session.document.project.steps) == 2)
    user.rest()
    assert list(user.session.document.tables["long"].frame.columns) == ["id", "female", "grade", "score"]


def test_a_bad_expression_keeps_the_last_preview_and_is_marked(user: Traveller) -> None:
    user.action("action_step_compute")
    user.type("step_column", "start")
    user.type("step_expression", "vocab_08 * 2")
    preview(user)
    expression(user)._popup().hide()
    user.type("step_expression", "vocab_8 * 2")
    expression(user)._popup().hide()
    user.rest()
    shown = dialog(user)
    assert user.text("error_expression") == "There is no column 'vocab_8'. Did you mean 'vocab_08'?"
    assert expression(user).error_spans() == ((0, 7),)
    assert user.sees("preview_after")
    assert user.text("preview_state") == "The preview is that of the last settings that were right."
    assert not user.find("step_apply").isEnabled()
    user.qtbot.keyClick(shown, Qt.Key.Key_Escape)
    user.wait(lambda: not user.sees("step_dialog"))
    assert len(steps(user)) == 1
    assert not user.refusals


def test_a_heading_offers_what_can_be_done_with_its_column(user: Traveller) -> None:
    view = user.window.data_tab.view
    actions = {one.objectName(): one for one in view.menu_of("vocab_09").actions() if one.text()}
    actions["column_sort_down"].trigger()
    user.rest()
    column = user.session.document.tables["vocabulary"].frame["vocab_09"]
    assert column.is_monotonic_decreasing
    actions["column_remove"].trigger()
    user.rest()
    assert "vocab_09" not in user.session.document.tables["vocabulary"].frame
    assert steps(user)[1:] == [
        "2  Sort vocabulary by vocab_09 (descending)",
        "3  Remove vocab_09 from vocabulary",
    ]
    actions = {one.objectName(): one for one in view.menu_of("female").actions() if one.text()}
    actions["column_filter"].trigger()
    user.choose("step_quick_operator", "is")
    user.type("step_quick_value", "1")
    user.click("step_quick_set")
    assert preview(user) == f"{N} rows × 5 columns → {N // 2} rows × 5 columns"
    user.key(Qt.Key.Key_Return, name="step_condition")  # Enter applies
    user.wait(lambda: not user.sees("step_dialog"))
    user.rest()
    assert steps(user)[-1] == "4  Keep rows of vocabulary where female == 1"


def test_a_join_is_edited_and_what_follows_is_done_again(traveller: Traveller, tmp_path: Path) -> None:
    user = traveller
    pd.DataFrame({"school": [1, 1, 2, 9], "score": [1.0, 2.0, 3.0, 4.0]}).to_csv(
        tmp_path / "pupils.csv", index=False
    )
    pd.DataFrame({"school": [1, 2, 3], "size": [10, 20, 30]}).to_csv(tmp_path / "schools.csv", index=False)
    user.drop(tmp_path / "pupils.csv", tmp_path / "schools.csv")
    user.wait(lambda: len(user.session.document.tables) == 2)
    user.rest()
    user.key(Qt.Key.Key_J, CONTROL)
    user.wait(lambda: user.sees("join_run") and user.find("join_run").isEnabled())
    user.click("join_run")
    user.wait(lambda: len(user.session.document.tables) == 3)
    user.rest()
    compute(user, "big", "size > 15")
    user.window.side_list.edit_step_requested.emit(3)
    user.wait(lambda: user.sees("join_run") and user.find("join_run").isEnabled())
    key = user.find("join_key_left_1")
    assert isinstance(key, QComboBox)
    assert key.currentText() == "school"
    user.click("join_kind_inner")
    user.wait(lambda: user.text("join_run") == "Apply: 3 rows × 3 columns")
    user.click("join_run")
    user.wait(lambda: not user.sees("join_run"))
    user.rest()
    made = user.session.document.tables["pupils with schools"].frame
    assert made["big"].tolist() == [False, False, True]
    assert not user.refusals


def test_a_long_table_is_previewed_beside_the_window(traveller: Traveller) -> None:
    """The whole table is computed in the worker; a hundred rows of it are shown, and Esc lets go of it."""
    user, n = traveller, 300_000
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"id": np.arange(n), **{f"x{i}": rng.normal(size=n) for i in range(10)}})
    user.session.document.run_step(GivenTable("big", frame))
    user.wait(lambda: "big" in user.session.document.tables)
    user.rest()
    user.action("action_step_compute")
    user.type("step_column", "y")
    user.type("step_expression", "x1 + x2")
    assert preview(user) == f"{n:,} rows × 11 columns → {n:,} rows × 12 columns"
    assert dialog(user).preview.after.model.rowCount() == 100
    user.qtbot.keyClick(dialog(user), Qt.Key.Key_Escape)
    user.wait(lambda: not user.sees("step_dialog"))
    assert len(steps(user)) == 1
