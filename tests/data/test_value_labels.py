"""Labels in place of codes: shown, never stored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset
from mixgui.data.describe_step import Describe
from mixgui.data.value_labels import label_of, labelled

LABELS = (("1", "Girl"), ("2", "Boy"))


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([1, 2, 3, 1]),
        pd.Series([1.0, 2.0, 3.0, 1.0]),
        pd.Series([1, 2, 3, 1], dtype="Int64"),
        pd.Series(["1", "2", "3", "1"]),
        pd.Series(pd.Categorical(["1", "2", "3", "1"])),
    ],
)
def test_a_code_has_its_label_whatever_holds_it(cells: pd.Series) -> None:
    frame = pd.DataFrame({"sex": cells, "x": np.arange(4)})
    table = Dataset.from_frame("t", frame).with_words((("sex", VariableInfo(value_labels=LABELS)),))
    shown = labelled(table.frame, table.variables)
    assert [str(cell) for cell in shown["sex"]] == ["Girl", "Boy", str(cells[2]), "Girl"]
    assert shown["x"].equals(frame["x"])
    pd.testing.assert_frame_equal(table.frame, frame)


def test_missing_stays_missing_and_yes_or_no_has_labels() -> None:
    frame = pd.DataFrame({"sex": [1.0, np.nan, 2.0], "public": [True, False, True]})
    tables = {"t": Dataset.from_frame("t", frame)}
    book = (
        ("sex", VariableInfo(value_labels=LABELS)),
        ("public", VariableInfo(kind="boolean", value_labels=(("0", "Catholic"), ("1", "Public")))),
    )
    table = Describe("t", book).apply(tables)["t"]
    shown = labelled(table.frame, table.variables)
    assert shown["sex"].isna().tolist() == [False, True, False]
    assert shown["public"].tolist() == ["Public", "Catholic", "Public"]


def test_without_labels_nothing_is_copied() -> None:
    table = Dataset.from_frame("t", pd.DataFrame({"x": [1, 2]}))
    assert labelled(table.frame, table.variables) is table.frame
    assert label_of(3.0, {"1": "Girl"}) == ""
