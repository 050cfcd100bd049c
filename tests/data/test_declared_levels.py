"""Levels that somebody said: they go first, are held against the data and change no number."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from mixgui.data.checks import check_table
from mixgui.data.codebook import VariableInfo, level_by, level_group
from mixgui.data.column_steps import RenameColumns
from mixgui.data.dataset import Dataset
from mixgui.data.declared_levels import level_within, said_factor, varying_groups
from mixgui.data.describe_step import Describe, described
from mixgui.data.step_dict import step_from_dict, step_to_dict
from mixgui.errors import StepError

FRAME = pd.DataFrame(
    {
        "school": ["a", "a", "b", "b", "c", "c"] * 3,
        "sector": ["pub", "pub", "pri", "pri", "pub", "pri"] * 3,
        "size": [10, 10, 20, 20, 30, 30] * 3,
        "score": range(18),
    }
)


def said(**levels: str) -> tuple[Dataset, list[str]]:
    book = tuple((name, VariableInfo(level=level)) for name, level in levels.items())
    table, notes = described(Dataset.from_frame("pupils", FRAME), book)
    return table, [note.text for note in notes]


def test_what_was_said_goes_before_what_is_found() -> None:
    table, notes = said(size="row", sector="by school")
    assert level_within(table, "size", "school") == "row"
    assert level_within(table, "sector", "school") == "group"
    assert level_within(table, "score", "school") == "row"
    assert said_factor(table, "size", ["school"]) == (True, None)
    assert said_factor(table, "sector", ["school"]) == (True, "school")
    assert said_factor(table, "sector", ["region"]) == (False, None)
    assert said_factor(table, "score", ["school"]) == (False, None)
    assert notes == ["“sector” is said to belong to the groups of “school”, but varies within one group: c."]
    assert table.frame is FRAME or table.frame.equals(FRAME)


def test_the_checks_name_the_groups_that_contradict() -> None:
    table, _ = said(sector="by school", size="by school")
    (one,) = [finding for finding in check_table(table) if finding.kind == "said_level"]
    assert one.severity == "problem"
    assert "“sector” is said to belong to the groups of “school”" in one.sentence
    assert one.shown is not None
    assert one.shown["school"].tolist() == ["c"]
    assert one.shown["sector"].tolist() == ["pub, pri"]


def test_groups_with_several_values() -> None:
    frame = pd.DataFrame({"g": [1, 1, 2, 2, None, 3], "x": ["u", "u", "u", "v", "w", None]})
    found = varying_groups(frame, "x", "g")
    assert found["g"].tolist() == ["2"]
    assert found["x"].tolist() == ["u, v"]
    assert varying_groups(frame.iloc[:0], "x", "g").empty


def test_groups_that_are_not_there() -> None:
    table, notes = said(size="by region")
    assert "“region”, a column that “pupils” does not have" in notes[0]
    assert level_within(table, "size", "school") == "group"  # as found


def test_a_level_follows_the_new_name_of_its_groups() -> None:
    table, _ = said(size="by school", score="row")
    after = RenameColumns("pupils", (("school", "unit"),)).apply({"pupils": table})["pupils"]
    assert after.variable("size").level == level_by("unit")
    assert after.variable("score").level == "row"
    assert level_group(level_by("by day")) == "by day"


def test_it_is_saved_with_the_step_and_may_be_absent() -> None:
    step = Describe("pupils", (("size", VariableInfo("Size", level="by school")),))
    data = step_to_dict(step)
    assert step_from_dict(data) == step
    del data["codebook"][0][1]["level"]  # a project of before
    assert step_from_dict(data) == replace(step, codebook=(("size", VariableInfo("Size")),))
    data["codebook"][0][1]["level"] = "sideways"
    with pytest.raises(StepError, match="wrong value"):
        step_from_dict(data)
    assert step.describe() == "Set the label and level of size in pupils"
    assert 'attr(pupils[["size"]], "level") <- "by school"' in step.code().r
