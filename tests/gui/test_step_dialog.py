"""The frame of the steps' dialogs: previews follow, the last good one stays, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMenu

from mixgui.data.column_steps import Compute
from mixgui.data.row_steps import Filter
from mixgui.gui.step_dialog import StepDialog
from mixgui.gui.step_forms.kinds import KINDS, kind


@pytest.fixture
def rig(app_window: Any) -> Any:
    pupils = pd.DataFrame(
        {
            "pupil": range(6),
            "school": [1, 1, 2, 2, 3, 3],
            "score": [5.0, 6, 7, np.nan, 9, 4],
            "wave": list("abcabc"),
        }
    )
    app_window.give(other=pd.DataFrame({"wave": ["a", "b"], "year": [1, 2]}), pupils=pupils)
    return app_window


def settle(rig: Any, dialog: StepDialog) -> None:
    rig.qtbot.waitUntil(lambda: not dialog._rest.isActive(), timeout=5000)
    rig.settle()


def gone(dialog: QDialog) -> bool:
    """Whether a dialog was closed; it is deleted then, sooner or later."""
    return not shiboken6.isValid(dialog) or not dialog.isVisible()


def opened(rig: Any, kind_id: str, column: str = "") -> StepDialog:
    dialog = rig.window.steps.open(kind(kind_id), column)
    settle(rig, dialog)
    return dialog


def fill_compute(rig: Any, dialog: StepDialog, name: str, text: str) -> None:
    form: Any = dialog.form
    form.name.set_name(name)
    form.expression.set_text(text)
    settle(rig, dialog)


@pytest.mark.parametrize("one", KINDS, ids=lambda one: one.id)
def test_every_dialog_opens_from_the_menu_and_closes_by_escape(rig: Any, one: Any) -> None:
    rig.trigger(f"step_{one.id}")
    dialog = rig.dialog("step_dialog")
    assert dialog.windowTitle() == one.title
    assert not dialog.isModal()
    assert one.id in ("stack_rows",) or dialog.form.table == "pupils"  # the table that is looked at
    rig.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert gone(dialog)
    rig.settle()


def test_the_preview_follows_and_the_step_is_done_once(rig: Any) -> None:
    dialog = opened(rig, "compute")
    assert dialog.preview.hint.text() == "Type how the new column is calculated."
    assert not dialog.apply_button.isEnabled()
    fill_compute(rig, dialog, "double", "2 * score")
    assert dialog.sentence.text() == "Compute double = 2 * score in pupils."
    assert dialog.preview.facts.text() == "6 rows × 4 columns → 6 rows × 5 columns"
    assert dialog.preview.after.model.dataset.names[-1] == "+ double"  # type: ignore[union-attr]
    assert list(rig.document.tables["pupils"].frame) == ["pupil", "school", "score", "wave"]
    rig.qtbot.keyClick(dialog.form.name, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    rig.settle()
    assert rig.document.tables["pupils"].frame["double"].tolist()[:3] == [10, 12, 14]
    assert gone(dialog)
    assert rig.window.messages.text.startswith("Compute double = 2 * score in pupils: 6 rows × 5 columns")
    rig.trigger("undo")
    assert "double" not in rig.document.tables["pupils"].frame


def test_enter_in_the_list_of_functions_writes_one_and_does_not_apply(rig: Any) -> None:
    dialog = opened(rig, "compute")
    fill_compute(rig, dialog, "y", "score")
    functions = dialog.form.functions  # type: ignore[attr-defined]
    functions.toggle.click()
    rig.qtbot.keyClicks(functions.search, "square root")
    rig.qtbot.keyClick(functions.search, Qt.Key.Key_Return)
    dialog.form.expression.selectAll()  # type: ignore[attr-defined]
    rig.qtbot.keyClick(functions.list, Qt.Key.Key_Return)
    assert dialog.form.expression.text() == "sqrt(score)"  # type: ignore[attr-defined]
    assert dialog.isVisible()
    assert len(rig.document.project.steps) == 2
    dialog.reject()


def test_a_refusal_stands_at_its_field_and_the_last_preview_stays(rig: Any) -> None:
    dialog = opened(rig, "pivot_wider")
    form: Any = dialog.form
    form.names_from.set_columns(["wave"])
    form.values_from.set_columns(["score"])
    form.ids_fold.set_open(True)
    form.ids.set_columns(["pupil"])
    form.emit_changed()
    settle(rig, dialog)
    assert dialog.preview.facts.text() == "6 rows × 4 columns → 6 rows × 4 columns"
    form.output.set_name("other")
    settle(rig, dialog)
    assert form.fields["output"].error.text().startswith("There is already a table named “other”.")
    assert dialog.preview.state.text() == "The preview is that of the last settings that were right."
    assert not dialog.apply_button.isEnabled()
    form.output.set_name("made")
    settle(rig, dialog)
    assert form.fields["output"].error.text() == ""
    assert not dialog.preview.state.isVisible()
    assert dialog.apply_button.isEnabled()
    form.ids.set_columns(["school"])
    form.names_from.set_columns(["school"])
    form.emit_changed()
    settle(rig, dialog)
    assert any(field.error.text() for field in form.fields.values())
    dialog.reject()


def test_only_the_latest_question_is_answered(rig: Any) -> None:
    dialog = opened(rig, "compute")
    form: Any = dialog.form
    form.name.set_name("x")
    for number in range(20):
        form.expression.set_text(f"score + {number}")
    settle(rig, dialog)
    assert dialog.preview.sample is not None
    assert dialog.preview.sample.step.expression == "score + 19"
    dialog.reject()


def test_an_open_dialog_follows_the_tables_and_keeps_what_was_typed(rig: Any) -> None:
    dialog = opened(rig, "compute")
    fill_compute(rig, dialog, "z", "score * 2")
    rig.document.run_step(Filter("pupils", "school < 3"))
    rig.settle()
    settle(rig, dialog)
    assert dialog.preview.facts.text() == "4 rows × 4 columns → 4 rows × 5 columns"
    assert dialog.form.expression.text() == "score * 2"  # type: ignore[attr-defined]
    rig.document.clear()
    rig.settle()
    assert gone(dialog)


def test_the_dialog_of_a_step_that_is_undone_closes(rig: Any) -> None:
    rig.document.run_step(Compute("pupils", "z", "score * 2"))
    rig.settle()
    rig.window.steps.edit(3)
    rig.settle()
    dialog = rig.dialog("step_dialog")
    assert dialog.windowTitle() == "Edit step 3: compute a column"
    assert dialog.form.name.text() == "z"
    rig.trigger("undo")
    assert gone(dialog)


def test_a_step_that_is_not_changed_is_not_done_again(rig: Any) -> None:
    rig.document.run_step(Compute("pupils", "z", "score * 2"))
    rig.settle()
    before = rig.document.state
    rig.window.steps.edit(3)
    rig.settle()
    dialog = rig.dialog("step_dialog")
    settle(rig, dialog)
    dialog.apply()
    rig.settle()
    assert gone(dialog)
    assert rig.document.state is before


def test_a_dialog_asked_for_again_comes_to_the_front_with_the_new_column(rig: Any) -> None:
    dialog = opened(rig, "recode", "wave")
    assert dialog.form.source.column() == "wave"  # type: ignore[attr-defined]
    assert rig.window.steps.open(kind("recode"), "school") is dialog
    assert dialog.form.source.column() == "school"
    dialog.reject()


def test_a_step_without_a_dialog_says_so(rig: Any) -> None:
    rig.window.steps.edit(1)
    assert rig.window.messages.text.startswith("Step 1 (“Make other”) cannot be edited.")


def column_actions(menu: QMenu) -> Mapping[str, QAction]:
    return {one.text(): one for one in menu.actions() if one.text()}


def test_the_list_of_columns_has_the_same_menu_as_the_headings(rig: Any) -> None:
    view = rig.window.data_tab.columns.view
    place = view.visualRect(view.model().index(2, 0)).center()
    view.customContextMenuRequested.emit(place)
    menu = view.findChild(QMenu, "column_menu")
    actions = column_actions(menu)
    heading = column_actions(rig.window.data_tab.view.menu_of("score"))
    assert list(actions) == list(heading)
    assert list(actions)[-3:] == ["Sort ascending", "Sort descending", "Remove"]
    actions["Sort ascending"].trigger()
    menu.close()
    rig.settle()
    assert rig.document.tables["pupils"].frame["score"].tolist()[:5] == [4, 5, 6, 7, 9]


def test_the_button_above_the_data_offers_every_step(rig: Any) -> None:
    menu = rig.window.data_tab.steps_button.menu()
    assert [one.text() for one in menu.actions() if one.text()] == [one.text for one in KINDS]


def test_the_join_dialog_has_no_empty_stops(rig: Any) -> None:
    rig.trigger("join")
    dialog = rig.dialog("join_dialog")
    widget, stops = dialog.left, []
    for _ in range(200):
        widget = widget.nextInFocusChain()
        if widget is dialog.left:
            break
        if (
            dialog.isAncestorOf(widget)
            and widget.isVisible()
            and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        ):
            stops.append(widget)
    assert all(one.accessibleName() or getattr(one, "text", str)() for one in stops)
    assert not [one.objectName() for one in stops if one.inherits("QScrollArea")]
