"""The model of the data view: cells as they are, in constant time, nothing copied."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset
from mixgui.gui.colours import colors
from mixgui.gui.frame_model import MISSING_TEXT, FrameModel, cell_text

ROLE = Qt.ItemDataRole


def make(frame: pd.DataFrame) -> FrameModel:
    model = FrameModel()
    model.set_dataset(Dataset.from_frame("t", frame))
    return model


def column_texts(model: FrameModel, column: int) -> list[str]:
    return [model.data(model.index(row, column)) for row in range(model.rowCount())]


def test_it_keeps_the_rules_of_qts_models(qapp: object) -> None:
    model = make(pd.DataFrame({"a": [1, 2], "b": ["x", None]}))
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_dataset(Dataset.from_frame("u", pd.DataFrame({"c": [1.5]})))
    model.set_dataset(None)
    assert model.rowCount() == model.columnCount() == 0


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pd.Series([1, 17001, -3]), ["1", "17001", "−3"]),
        (pd.Series([1.0, np.nan, 258.0]), ["1", MISSING_TEXT, "258"]),
        (pd.Series([3.165937909925667, -0.5, 40.0]), ["3.165938", "−0.5", "40"]),
        (pd.Series([1.5, np.inf, -np.inf]), ["1.5", "Inf", "−Inf"]),
        (pd.Series([True, False, True]), ["yes", "no", "yes"]),
        (pd.Series([True, None, False], dtype="boolean"), ["yes", MISSING_TEXT, "no"]),
        (pd.Series([1, None, 2**60 + 1], dtype="Int64"), ["1", MISSING_TEXT, str(2**60 + 1)]),
        (pd.Series(["Public", None, "a\nb"], dtype="str"), ["Public", MISSING_TEXT, "a b"]),
        (pd.Series(["u", "v", None], dtype="category"), ["u", "v", MISSING_TEXT]),
        (
            pd.Series(pd.to_datetime(["2024-01-31", None, "2024-02-01"])),
            ["2024-01-31", MISSING_TEXT, "2024-02-01"],
        ),
        (pd.Series([1, "two", None], dtype=object), ["1", "two", MISSING_TEXT]),
        (pd.Series([123456789.25, 0.1, 1.0]), ["1.234568e+08", "0.1", "1"]),
    ],
    ids=[
        "int",
        "whole-float",
        "float",
        "inf",
        "bool",
        "nullable-bool",
        "big-int",
        "str",
        "cat",
        "date",
        "mixed",
        "long",
    ],
)
def test_cells_are_written_as_their_kind(values: pd.Series, texts: list[str], qapp: object) -> None:
    assert column_texts(make(values.to_frame("x")), 0) == texts


def test_a_missing_cell_is_shown_apart_and_said(qapp: object) -> None:
    model = make(pd.DataFrame({"x": [1.5, np.nan]}))
    there, gone = model.index(0, 0), model.index(1, 0)
    assert model.data(there, ROLE.BackgroundRole) is None
    assert model.data(gone, ROLE.BackgroundRole).color().name() == colors().missing
    assert model.data(gone, ROLE.AccessibleTextRole) == "missing"
    assert "Missing" in model.data(gone, ROLE.ToolTipRole)


def test_the_tooltip_has_all_digits(qapp: object) -> None:
    model = make(pd.DataFrame({"x": [3.165937909925667]}))
    assert model.data(model.index(0, 0), ROLE.ToolTipRole) == "3.165937909925667"


def test_numbers_stand_at_the_right_and_texts_at_the_left(qapp: object) -> None:
    model = make(pd.DataFrame({"x": [1.5], "t": ["a"]}))
    assert model.data(model.index(0, 0), ROLE.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert model.data(model.index(0, 1), ROLE.TextAlignmentRole) & Qt.AlignmentFlag.AlignLeft


def test_headings_have_names_kinds_and_facts(qapp: object) -> None:
    model = make(pd.DataFrame({"iq": [1.5, np.nan]}))
    across = Qt.Orientation.Horizontal
    assert model.headerData(0, across) == "iq"
    assert model.headerData(0, across, ROLE.AccessibleTextRole) == "iq, number"
    assert not model.headerData(0, across, ROLE.DecorationRole).isNull()
    assert "1 missing" in model.headerData(0, across, ROLE.ToolTipRole)
    assert model.headerData(1, Qt.Orientation.Vertical) == "2"


@pytest.mark.timing
def test_a_million_rows_cost_no_more_than_ten(qapp: object) -> None:
    n = 1_000_000
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"x": rng.normal(size=n), "g": rng.integers(0, 9, n), "t": np.repeat(["a", "b"], n // 2)}
    )
    dataset = Dataset.from_frame("big", frame)
    model = FrameModel()
    start = time.perf_counter()
    model.set_dataset(dataset)
    rows = rng.integers(0, n, 200)
    for row in [0, n - 1, *rows]:
        for column in range(3):
            model.data(model.index(int(row), column))
    assert time.perf_counter() - start < 0.4  # 600 cells; a copy or a search of a column would take longer
    assert np.shares_memory(frame["x"].to_numpy(), dataset.frame["x"].to_numpy())


def test_a_long_text_is_cut_where_it_is_shown() -> None:
    assert len(cell_text("x" * 5000, "text")) == 200


def test_labels_in_place_of_codes(qapp: object) -> None:
    info = VariableInfo(value_labels=(("1", "Girl"), ("2", "Boy")))
    frame = pd.DataFrame({"sex": [1.0, 2.0, np.nan, 9.0], "x": [1, 2, 3, 4]})
    model = FrameModel()
    model.set_dataset(Dataset.from_frame("t", frame).with_words((("sex", info),)))

    def cells() -> list[str]:
        return [model.index(row, 0).data() for row in range(4)]

    assert cells() == ["1", "2", "NA", "9"]
    model.show_labels(True)
    assert cells() == ["Girl", "Boy", "NA", "9"]  # a code without a label is shown as it is
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "1 = Girl"
    assert model.index(0, 1).data() == "1"
    assert model.value(0, 0) == 1.0


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([29.7, 34.0, 0.0, -2.5], ["29.7", "34.0", "0.0", "−2.5"]),
        ([29.75, 34.0, None], ["29.75", "34.00", "NA"]),
        ([1 / 3, 34.0], ["0.3333333", "34"]),  # decimals that no column of paper would hold
        ([1.0, 2.0], ["1", "2"]),
        ([0.25, 12345.75], ["0.25", "12345.75"]),
        ([0.5, 12345.75], ["0.50", "12345.75"]),
        ([0.25, 123456.789], ["0.25", "123456.8"]),  # rounded: no zeros that are not its own
        ([0.5, 0.00001, 2e9], ["0.5", "1.000000e−05", "2.000000e+09"]),
    ],
)
def test_the_cells_of_a_column_have_as_many_decimals(cells: list[float | None], shown: list[str]) -> None:
    model = FrameModel()
    model.set_dataset(Dataset.from_frame("t", pd.DataFrame({"x": pd.Series(cells, dtype=float)})))
    assert [model.text(row, 0) for row in range(len(cells))] == shown
