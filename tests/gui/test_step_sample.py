"""The rows that a preview shows: what is new, changed, gone or left out is marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mixgui.data.column_steps import Compute, FillDown, RemoveColumns, RenameColumns
from mixgui.data.dataset import Dataset
from mixgui.data.reshape_steps import PivotWider
from mixgui.data.row_steps import DropMissing, Filter, Sample, Sort
from mixgui.data.steps import Join
from mixgui.gui.step_sample import SHOWN, StepSample, sample, sampling
from mixgui.observer import silent


@pytest.fixture
def tables() -> dict[str, Dataset]:
    frame = pd.DataFrame({"id": [3, 1, 2], "score": [1.5, np.nan, 2.5], "who": ["c", "a", "b"]})
    return {"t": Dataset.from_frame("t", frame), "u": Dataset.from_frame("u", frame)}


def made(step: Any, tables: dict[str, Dataset]) -> StepSample:
    return sample(step, tables, silent)


def column(one: Any, name: str) -> list[Any]:
    return list(one.dataset.frame[name])


def test_a_new_column_is_marked_in_one_table(tables: dict[str, Dataset]) -> None:
    shown = made(Compute("t", "twice", "2 * id"), tables)
    assert shown.before is None
    assert shown.size == "3 rows × 3 columns → 3 rows × 4 columns"
    assert shown.after.dataset.names == ("id", "score", "who", "+ twice")
    assert shown.after.marks == ("", "", "", "added")
    assert column(shown.after, "+ twice") == [6, 2, 4]


def test_a_changed_column_stands_beside_the_old_one_and_only_its_changed_cells_are_marked(
    tables: dict[str, Dataset],
) -> None:
    shown = made(FillDown("t", ("score",)), tables)
    assert shown.after.dataset.names == ("id", "before: score", "• score", "who")
    assert shown.after.marks == ("", "old", "changed", "")
    assert shown.after.cells[2].tolist() == [False, True, False]
    assert column(shown.after, "• score") == [1.5, 1.5, 2.5]


def test_columns_that_go_stay_at_their_place(tables: dict[str, Dataset]) -> None:
    shown = made(RemoveColumns("t", ("score",)), tables)
    assert shown.after.dataset.names == ("id", "− score", "who")
    shown = made(RenameColumns("t", (("id", "key"),)), tables)
    assert shown.after.dataset.names == ("− id", "+ key", "score", "who")


def test_rows_that_are_left_out_are_struck_and_the_others_keep_their_numbers(
    tables: dict[str, Dataset],
) -> None:
    shown = made(Filter("t", "id != 1"), tables)
    assert shown.before is not None
    assert shown.before.gone == {1}
    assert shown.after.rows == (0, 2)
    assert shown.after.dataset.names == ("id", "score", "who")
    assert made(DropMissing("t", ()), tables).after.rows == (0, 2)
    assert made(Sort("t", (("id", True),)), tables).after.rows == (1, 2, 0)
    drawn = made(Sample("t", 2, "", 1, "drawn"), tables)
    assert drawn.before is not None
    assert len(drawn.before.gone) == 1
    assert drawn.after.title == "drawn"


def test_another_shape_is_shown_beside_the_old_one(tables: dict[str, Dataset]) -> None:
    shown = made(PivotWider("t", ("who",), ("score",), "wide", ("id",)), tables)
    assert shown.before is not None
    assert shown.before.dataset.names == ("id", "score", "who")
    assert shown.after.dataset.names == ("id", "c", "a", "b")
    assert shown.size == "3 rows × 3 columns → 3 rows × 4 columns"


def test_steps_without_one_input_can_be_looked_at_too(tables: dict[str, Dataset]) -> None:
    shown = sampling(Join("t", "u", (("id", "id"),), "j"), lambda observer: tables)(silent)
    assert shown.after.title == "j"


def test_no_more_than_a_hundred_rows_and_those_that_change() -> None:
    n = 10_000
    score = np.arange(n, dtype=float)
    score[5_000] = np.nan
    table = Dataset.from_frame("t", pd.DataFrame({"id": np.arange(n), "score": score}))
    shown = sample(FillDown("t", ("score",)), {"t": table}, silent)
    assert shown.after.rows == (5_000,)
    shown = sample(Filter("t", "id >= 200"), {"t": table}, silent)
    assert len(shown.after.dataset.frame) == SHOWN
    assert shown.after.rows[0] == 200
    assert shown.before is not None
    assert len(shown.before.gone) == SHOWN
    assert shown.size == "10,000 rows × 2 columns → 9,800 rows × 2 columns"


def test_a_category_that_becomes_text_is_no_change_of_its_cells() -> None:
    from mixgui.data.value_steps import SetType

    frame = pd.DataFrame({"who": pd.Categorical(["b", None, "a"])})
    shown = sample(SetType("t", "who", "text"), {"t": Dataset.from_frame("t", frame)}, silent)
    assert shown.after.marks == ("old", "changed")
    assert not shown.after.cells[1].any()
