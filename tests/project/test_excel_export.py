"""Tables as workbooks: what is read again is what was written."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import load_workbook

from mixgui.data.readers import read_table
from mixgui.errors import Cancelled, ExportError
from mixgui.observer import Progress
from mixgui.project.excel_export import write_workbook
from mixgui.project.export import TableFormat, export_table, format_of


def cells(frame: pd.DataFrame, title: str = "t") -> list[list[Any]]:
    file = io.BytesIO()
    write_workbook(frame, file, title)
    return load_workbook(io.BytesIO(file.getvalue())).get_sheet_by_index(0).to_python()


def test_a_table_is_read_again_as_it_was(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "whole": [1, -20, 3],
            "number": [0.1, np.nan, 1e-300],
            "text": ["=1+1", "https://x.org", None],
            "yes": [True, False, True],
            "day": pd.to_datetime(["2024-02-29", None, "1999-12-31"]),
            "kind": pd.Categorical(["b", "a", "b"]),
        }
    )
    path = tmp_path / "t.xlsx"
    assert format_of(path) is TableFormat.EXCEL
    export_table(frame, path)
    again = read_table(path).frame
    assert list(again.columns) == list(frame.columns)
    for name in ("whole", "number", "yes"):
        pd.testing.assert_series_equal(again[name], frame[name])
    assert again["text"].tolist()[:2] == ["=1+1", "https://x.org"]
    assert again["text"].isna().tolist() == [False, False, True]
    assert again["day"].astype("datetime64[s]").tolist() == frame["day"].astype("datetime64[s]").tolist()
    assert again["kind"].tolist() == ["b", "a", "b"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_numbers_keep_all_their_digits(values: list[float]) -> None:
    read = cells(pd.DataFrame({"x": values}))
    # Sixteen digits are written to a workbook, one less than some numbers need.
    assert [float(row[0]) for row in read[1:]] == pytest.approx(values, rel=1e-15, abs=0)


def test_what_excel_would_change_is_written_as_text() -> None:
    frame = pd.DataFrame(
        {
            "id": [12345678901234567, 1],
            "x": [np.inf, 0.5],
            "old": [datetime(1850, 1, 1), datetime(1850, 1, 1, 12)],
            "zero": ["007", "1e5"],
        }
    )
    assert cells(frame)[1:] == [
        ["12345678901234567", "inf", "1850-01-01", "007"],
        [1.0, 0.5, "1850-01-01 12:00:00", "1e5"],
    ]


@pytest.mark.parametrize(
    ("title", "name"),
    [("a/b: [x]?*", "a b x"), ("", "Table"), ("'q'", "q"), ("History", "Table"), ("x" * 40, "x" * 31)],
)
def test_the_sheet_has_a_name_that_excel_takes(title: str, name: str) -> None:
    file = io.BytesIO()
    write_workbook(pd.DataFrame({"a": [1]}), file, title)
    assert load_workbook(io.BytesIO(file.getvalue())).sheet_names == [name]


def test_a_table_that_no_sheet_holds_is_refused_and_no_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with pytest.raises(ExportError, match="1,048,575 rows"):
        export_table(pd.DataFrame({"a": np.zeros(1_048_576)}), path)
    with pytest.raises(ExportError, match="Row 1 of “a” has 40,000 letters"):
        export_table(pd.DataFrame({"a": ["x" * 40_000]}), path)
    assert list(tmp_path.iterdir()) == []


def test_writing_can_be_cancelled_and_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"old")

    def stop(progress: Progress) -> None:
        if progress.fraction:
            raise Cancelled

    with pytest.raises(Cancelled):
        export_table(pd.DataFrame({"a": np.arange(20_000)}), path, observer=stop)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["t.xlsx"]


def test_a_table_without_rows_or_columns() -> None:
    assert cells(pd.DataFrame({"a": pd.Series(dtype=float)})) == [["a"]]
    assert cells(pd.DataFrame()) == []
