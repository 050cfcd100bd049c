"""The chosen group."""

from __future__ import annotations

from typing import Any

from mixgui.services.selection import Selection


def test_only_a_real_change_is_told(qtbot: Any) -> None:
    selection = Selection()
    told: list[Any] = []
    selection.changed.connect(lambda factor, level: told.append((factor, level)))
    selection.choose("school_id", "12")
    selection.choose("school_id", "12")
    selection.choose("team", "12")
    selection.clear()
    selection.choose("team", None)
    assert told == [("school_id", "12"), ("team", "12"), ("", None)]


def test_a_choice_belongs_to_its_factor(qtbot: Any) -> None:
    selection = Selection()
    assert selection.chosen("") is None
    selection.choose("school_id", "12")
    assert (selection.factor, selection.level) == ("school_id", "12")
    assert selection.chosen("school_id") == "12"
    assert selection.chosen("class_id") is None


def test_a_level_that_is_false_is_a_level(qtbot: Any) -> None:
    selection = Selection()
    selection.choose("g", 0)
    assert selection.chosen("g") == 0
