"""The join dialog: the report before, the join after, the refusals between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


@pytest.fixture
def pupils() -> pd.DataFrame:
    """Six pupils in four schools; school 9 is in no table of schools, and one pupil has none."""
    return pd.DataFrame(
        {
            "pupil": range(6),
            "school": [2, 1, 2, 9, np.nan, 1],
            "score": [5.5, 6.5, 7, 8, 9, 4],
            "size": range(6),
        }
    )


@pytest.fixture
def school_table() -> pd.DataFrame:
    return pd.DataFrame({"school": [1, 2, 3], "sector": ["a", "b", "c"], "size": [10, 20, 30]})


@pytest.fixture
def rig(app_window: Any, pupils: pd.DataFrame, school_table: pd.DataFrame) -> Any:
    app_window.give(pupils=pupils, schools=school_table)
    return app_window


def open_dialog(rig: Any) -> Any:
    rig.trigger("join")
    return rig.dialog("join_dialog")


def choose(rig: Any, box_name: str, text: str) -> None:
    """Choose an entry of a list by the keyboard."""
    box = rig.find(box_name)
    assert box.findText(text) >= 0, [box.itemText(i) for i in range(box.count())]
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())
    rig.settle()


def text_of(rig: Any, name: str) -> str:
    return str(rig.find(name, QLabel).text())


def test_it_begins_with_the_longer_table_at_the_left_and_a_suggested_key(rig: Any) -> None:
    open_dialog(rig)
    assert rig.find("join_left").currentText() == "pupils"
    assert rig.find("join_right").currentText() == "schools"
    assert rig.find("join_key_left_1").currentText() == "school"
    assert rig.find("join_key_right_1").currentText() == "school"
    assert rig.find("join_kind_left").isChecked()


def test_the_report_counts_rows_and_keys_of_either_side(rig: Any) -> None:
    open_dialog(rig)
    assert text_of(rig, "join_numbers_left") == "4 of 6 rows match · 2 of 3 different keys"
    assert text_of(rig, "join_numbers_right") == "2 of 3 rows match · 2 of 3 different keys"
    assert "many-to-one" in text_of(rig, "join_sentence")
    assert text_of(rig, "join_headline") == "6 rows × 6 columns"
    assert rig.find("join_run").text() == "Join: 6 rows × 6 columns"


def test_the_keys_without_a_match_are_listed(rig: Any) -> None:
    dialog = open_dialog(rig)
    rig.click("join_unmatched_left")
    listing = dialog.report.listing
    assert listing.isVisible()
    assert listing.frame.to_numpy().tolist() == [[9, 1]]
    rig.click("join_unmatched_right")
    assert listing.frame.to_numpy().tolist() == [[3, 1]]
    rig.click("join_repeated_left")
    assert listing.frame.to_numpy().tolist() == [[2, 2], [1, 2]]
    assert "several times" in listing.heading.text()


@pytest.mark.parametrize(
    ("kind", "rows", "columns"),
    [("left", 6, 6), ("inner", 4, 6), ("right", 5, 6), ("full", 7, 6), ("semi", 4, 4), ("anti", 2, 4)],
)
def test_each_kind_says_its_size_and_makes_it(rig: Any, kind: str, rows: int, columns: int) -> None:
    open_dialog(rig)
    rig.click(f"join_kind_{kind}")
    assert rig.find("join_run").text() == f"Join: {rows} rows × {columns} columns"
    rig.click("join_run")
    made = rig.document.tables["pupils with schools"].frame
    assert made.shape == (rows, columns)


def test_a_left_join_keeps_rows_and_order_and_becomes_one_undo_step(rig: Any, pupils: pd.DataFrame) -> None:
    open_dialog(rig)
    rig.click("join_run")
    made = rig.document.tables["pupils with schools"].frame
    assert made["pupil"].tolist() == pupils["pupil"].tolist()
    assert made["sector"].fillna("").tolist() == ["b", "a", "b", "", "", "a"]
    assert rig.window.table == "pupils with schools"
    assert rig.window.side_list.texts("Steps")[-1] == "3  Join pupils with schools"
    rig.trigger("undo")
    assert list(rig.document.tables) == ["pupils", "schools"]
    rig.trigger("redo")
    assert list(rig.document.tables) == ["pupils", "schools", "pupils with schools"]


def test_clashing_columns_are_told_and_their_ending_can_be_chosen(rig: Any) -> None:
    dialog = open_dialog(rig)
    assert any("size → size_right" in text for text in dialog.report.notes.texts)
    field = rig.find("join_suffix")
    field.clear()
    rig.qtbot.keyClicks(field, "_school")
    rig.settle()
    assert any("size → size_school" in text for text in dialog.report.notes.texts)
    rig.click("join_run")
    assert "size_school" in rig.document.tables["pupils with schools"].frame.columns


def test_an_ending_that_leaves_a_clash_can_still_be_corrected(rig: Any) -> None:
    dialog = open_dialog(rig)
    field = rig.find("join_suffix")
    field.setFocus()
    field.selectAll()
    rig.qtbot.keyClick(field, Qt.Key.Key_Delete)
    rig.settle()
    assert not rig.find("join_run").isEnabled()
    assert any("would be named “size”" in text for text in dialog.report.notes.texts)
    assert field.isVisible()
    rig.qtbot.keyClicks(field, "2")
    rig.settle()
    assert rig.find("join_run").isEnabled()


def test_rows_that_will_have_missing_values_are_counted(rig: Any) -> None:
    dialog = open_dialog(rig)
    expected = (
        "2 rows of “pupils” (1 key) have no match in “schools”: the columns of “schools” are missing there."
    )
    assert expected in dialog.report.notes.texts
    assert "In 1 row of “pupils” the key is missing: no match." in dialog.report.notes.texts


def test_many_to_many_is_refused_until_it_is_allowed(rig: Any, school_table: pd.DataFrame) -> None:
    rig.give(visits=pd.concat([school_table, school_table]))
    dialog = open_dialog(rig)
    choose(rig, "join_left", "pupils")
    choose(rig, "join_right", "visits")
    assert not rig.find("join_run").isEnabled()
    assert any("many-to-many" in text for text in dialog.report.notes.texts)
    allow = rig.find("join_many_to_many")
    assert "10 rows" in allow.text()
    rig.click("join_many_to_many")
    assert rig.find("join_run").text() == "Join: 10 rows × 6 columns"
    rig.click("join_run")
    assert len(rig.document.tables["pupils with visits"].frame) == 10


def test_a_permission_does_not_outlive_its_tables(rig: Any, school_table: pd.DataFrame) -> None:
    rig.give(visits=pd.concat([school_table, school_table]))
    open_dialog(rig)
    choose(rig, "join_right", "visits")
    choose(rig, "join_left", "pupils")
    rig.click("join_many_to_many")
    choose(rig, "join_right", "schools")
    choose(rig, "join_right", "visits")
    assert not rig.find("join_many_to_many").isChecked()
    assert not rig.find("join_run").isEnabled()


def test_keys_that_differ_only_in_writing_are_pointed_out(app_window: Any) -> None:
    app_window.give(
        left=pd.DataFrame({"city": ["Zürich", "Bern", "Bern", "basel"], "x": [1.5, 2, 3, 4]}),
        right=pd.DataFrame({"city": ["Zurich", "Bern", "Basel"], "y": [1.5, 2, 3]}),
    )
    dialog = open_dialog(app_window)
    assert any("2 unmatched keys differ only in case" in text for text in dialog.report.notes.texts)


def test_more_keys_than_are_listed_are_counted(app_window: Any) -> None:
    app_window.give(left=pd.DataFrame({"id": range(1500)}), right=pd.DataFrame({"id": range(1400, 1600)}))
    dialog = open_dialog(app_window)
    assert app_window.find("join_unmatched_left").text() == "Show the 1,400 keys without a match"
    app_window.click("join_unmatched_left")
    assert len(dialog.report.listing.frame) == 1000
    assert dialog.report.listing.notes.texts == ("400 more keys are not listed.",)


def test_keys_of_different_type_are_told_and_can_be_compared_as_text(
    rig: Any, school_table: pd.DataFrame
) -> None:
    rig.give(texts=school_table.assign(school=["1", "2", "3"]))
    dialog = open_dialog(rig)
    choose(rig, "join_left", "pupils")
    choose(rig, "join_right", "texts")
    choose(rig, "join_key_left_1", "school")
    choose(rig, "join_key_right_1", "school")
    assert not rig.find("join_run").isEnabled()
    assert any("holds numbers" in text for text in dialog.report.notes.texts)
    assert text_of(rig, "join_numbers_left").startswith("Compared as text: 4 of 6 rows match")
    rig.click("join_convert")
    assert rig.find("join_run").isEnabled()
    rig.click("join_run")
    made = rig.document.tables["pupils with texts"].frame
    assert made["sector"].notna().sum() == 4


def test_other_keys_can_be_chosen_added_and_removed(rig: Any) -> None:
    dialog = open_dialog(rig)
    rig.click("join_key_add")
    assert dialog.keys.pairs() == (("school", "school"),)
    choose(rig, "join_key_left_2", "size")
    assert dialog.keys.pairs() == (("school", "school"), ("size", "size"))
    assert "0 of 6 rows match" in text_of(rig, "join_numbers_left")
    rig.click("join_key_remove_2")
    assert "4 of 6 rows match" in text_of(rig, "join_numbers_left")
    rig.click("join_key_remove_1")
    assert dialog.keys.pairs() == ()
    assert not rig.find("join_run").isEnabled()
    assert "Choose the columns" in text_of(rig, "join_sentence")


def test_swap_turns_the_tables_around(rig: Any) -> None:
    open_dialog(rig)
    rig.click("join_swap")
    assert rig.find("join_left").currentText() == "schools"
    assert any("one-to-many" in text for text in rig.dialog("join_dialog").report.notes.texts)
    assert rig.find("join_name").text() == "schools with pupils"
    assert rig.find("join_run").text() == "Join: 5 rows × 6 columns"


def test_a_name_that_is_taken_or_empty_is_refused(rig: Any) -> None:
    open_dialog(rig)
    name = rig.find("join_name")
    name.selectAll()
    rig.qtbot.keyClicks(name, "schools")
    assert not rig.find("join_run").isEnabled()
    rig.qtbot.keyClicks(name, "2")
    assert rig.find("join_run").isEnabled()
    rig.click("join_run")
    assert "schools2" in rig.document.tables


def test_enter_joins_and_escape_closes(rig: Any) -> None:
    dialog = open_dialog(rig)
    rig.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert len(rig.document.tables) == 2
    dialog = open_dialog(rig)
    rig.qtbot.keyClick(rig.find("join_name"), Qt.Key.Key_Return)
    rig.settle()
    assert "pupils with schools" in rig.document.tables


def test_it_follows_tables_that_come_and_go(rig: Any, school_table: pd.DataFrame) -> None:
    dialog = open_dialog(rig)
    rig.give(more=school_table)
    box = rig.find("join_right")
    assert [box.itemText(i) for i in range(box.count())] == ["pupils", "schools", "more"]
    assert box.currentText() == "schools"
    rig.trigger("undo")
    rig.trigger("undo")
    assert not dialog.isVisible()


def test_one_table_cannot_be_joined(app_window: Any, pupils: pd.DataFrame) -> None:
    app_window.give(pupils=pupils)
    assert not app_window.window.actions_by_id["join"].isEnabled()
    assert not app_window.find("data_join").isEnabled()
    app_window.window.show_join()
    assert "two tables" in app_window.window.messages.text


def test_tables_without_a_likely_key_ask_for_one(app_window: Any) -> None:
    app_window.give(a=pd.DataFrame({"x": [0.5, 1.5, 2.5]}), b=pd.DataFrame({"q": ["u", "v"]}))
    dialog = open_dialog(app_window)
    assert dialog.keys.pairs() == ()
    assert "Choose the columns" in text_of(app_window, "join_sentence")
    assert not app_window.find("join_run").isEnabled()


def test_the_netherlands_join_of_the_notes(app_window: Any, netherlands: dict[str, pd.DataFrame]) -> None:
    app_window.give(students=netherlands["students"], schools=netherlands["schools"])
    open_dialog(app_window)
    assert app_window.find("join_run").text() == "Join: 2,287 rows × 13 columns"
    app_window.click("join_run")
    made = app_window.document.tables["students with schools"].frame
    pd.testing.assert_frame_equal(made, netherlands["joined"], check_dtype=False)


def test_the_keyboard_goes_through_the_choices_as_they_are_read(rig: Any) -> None:
    dialog = open_dialog(rig)
    rig.click("join_key_add")
    names, one = [dialog.left.objectName()], dialog.left.nextInFocusChain()
    while one is not dialog.left:
        names.append(one.objectName())
        one = one.nextInFocusChain()
    wanted = [
        "join_left",
        "join_swap",
        "join_right",
        *(f"join_key_{part}_{number}" for number in (1, 2) for part in ("left", "right", "remove")),
        "join_key_add",
        "join_kind_left",
        "join_kind_anti",
        "join_name",
        "join_cancel",
        "join_run",
    ]
    assert [name for name in names if name in wanted] == wanted
