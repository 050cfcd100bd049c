from __future__ import annotations

import contextlib
import datetime
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.read_options import ReadOptions
from mixgui.data.readers import file_choices, read_table, sniff
from mixgui.errors import MixguiError, ReadError

_SPEC = importlib.util.spec_from_file_location("old_excel", Path(__file__).parent / "old_excel.py")
assert _SPEC is not None
assert _SPEC.loader is not None
old_excel = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(old_excel)

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function: sheets as lists of rows (by name) -> a workbook."""

    def make(name: str = "book.xlsx", /, **sheets: Sequence[Sequence[Any]]) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
            for title, rows in sheets.items():
                sheet = book.add_worksheet(title)
                for i, row in enumerate(rows):
                    for j, cell in enumerate(row):
                        if isinstance(cell, str) and cell.startswith("="):
                            formula, _, value = cell.partition(" -> ")
                            sheet.write_formula(i, j, formula, None, value)
                        elif isinstance(cell, str):
                            sheet.write_string(i, j, cell)
                        elif cell is not None:
                            sheet.write(i, j, cell)
        return path

    return make


def test_types(make: Make) -> None:
    day, moment = datetime.date(2020, 1, 31), datetime.datetime(2020, 5, 1, 12, 30)
    path = make(
        Data=[
            ["id", "x", "name", "day", "when", "ok", "gap"],
            [1, 1.5, "Ann", day, moment, True, True],
            [2, None, "Bob", None, moment, False, None],
        ]
    )
    frame = read_table(path).frame
    assert frame["id"].tolist() == [1, 2]
    assert frame["id"].dtype == np.int64
    np.testing.assert_array_equal(frame["x"], [1.5, np.nan])
    assert frame["day"].tolist() == [pd.Timestamp(day), pd.NaT]
    assert frame["ok"].dtype == bool
    assert frame["gap"].dtype == "boolean"


def test_the_sheet_with_the_table_is_found_and_others_are_a_choice(make: Make) -> None:
    path = make(Empty=[], First=[["a"], [1]], Second=[["b", "c"], [2, 3]])
    assert sniff(path).sheet == "First"
    assert file_choices(path, sniff(path)).sheets == ("Empty", "First", "Second")
    second = read_table(path, ReadOptions(format="excel", sheet="Second"))
    assert second.frame.to_dict("list") == {"b": [2], "c": [3]}
    with pytest.raises(ReadError, match="has no sheet “Third”") as caught:
        read_table(path, ReadOptions(format="excel", sheet="Third"))
    assert "“Second”" in caught.value.hint
    with pytest.raises(ReadError, match=r"“Empty” of “book.xlsx” is empty"):
        read_table(path, ReadOptions(format="excel", sheet="Empty"))


def test_titles_above_and_empty_rows_and_columns_around_the_table(make: Make) -> None:
    path = make(
        Data=[[], [None, "Results of 2020"], [], [None, "id", "x", None, "y"], [None, 1, 2.5, None, 3], [],
              [None, 2, 3.5, None, 4]],
    )  # fmt: skip
    result = read_table(path)
    assert result.options.skip_lines == 3
    assert result.frame.to_dict("list") == {"id": [1, 2], "x": [2.5, 3.5], "y": [3, 4]}
    assert any("above the table" in note.text for note in result.notes)
    assert any("One empty row" in note.text for note in result.notes)


def test_no_row_with_names(make: Make) -> None:
    result = read_table(make(Data=[[1, 2.5], [2, 3.5], [3, 4.5]]))
    assert not result.options.header
    assert result.frame.columns.tolist() == ["V1", "V2"]
    assert len(result.frame) == 3


def test_errors_are_listed_with_row_and_column(make: Make) -> None:
    path = make(
        Data=[["id", "x"], [1, 2.5], [2, "=1/0 -> #DIV/0!"], [3, "=NA() -> #N/A"], [4, "=foo -> #NAME?"]]
    )
    result = read_table(path)
    np.testing.assert_array_equal(result.frame["x"], [2.5, np.nan, np.nan, np.nan])
    assert [(m.row, m.column, m.text) for m in result.misfits] == [(3, "x", "#DIV/0!"), (5, "x", "#NAME?")]
    assert result.doubtful
    assert "2 cells (“#DIV/0!” in row 3, …) are errors of the spreadsheet" in result.notes[0].text


def test_numbers_stored_as_text(make: Make) -> None:
    result = read_table(make(Data=[["id", "x", "code"], [1, "12", "007"], [2, 13.5, "008"]]))
    assert result.frame["x"].tolist() == [12, 13.5]
    assert any("stored as text" in note.text and note.column == "x" for note in result.notes)
    assert result.frame["code"].tolist() == ["007", "008"]


def test_a_text_among_numbers_keeps_the_column_as_text_and_can_be_given_up(make: Make) -> None:
    path = make(Data=[["id", "x"], [1, 2], [2, 3.5], [3, "12,5x"]])
    result = read_table(path)
    assert result.frame["x"].tolist() == ["2", "3.5", "12,5x"]
    assert [(m.row, m.text, m.lost) for m in result.misfits] == [(4, "12,5x", False)]
    options = ReadOptions(format="excel", types=(("x", "number"),))
    result = read_table(path, options)
    np.testing.assert_array_equal(result.frame["x"], [2, 3.5, np.nan])
    assert [(m.row, m.text, m.lost) for m in result.misfits] == [(4, "12,5x", True)]


def test_missing_codes_in_numbers(make: Make) -> None:
    path = make(Data=[["x"], [1], [-99], [3]])
    frame = read_table(path, ReadOptions(format="excel", missing=("", "-99"))).frame
    np.testing.assert_array_equal(frame["x"], [1, np.nan, 3])


def test_merged_cells_beside_several_rows(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["school", "x"])
        sheet.merge_range(1, 0, 3, 0, "north")
        sheet.write_column(1, 1, [1, 2, 3])
        sheet.write_row(4, 0, ["south", 4])
    result = read_table(path)
    assert result.frame["school"].tolist() == ["north", "north", "north", "south"]
    assert any(note.doubt and "merged cell (row 2)" in note.text for note in result.notes)


def test_old_excel_and_open_document(tmp_path: Path) -> None:
    rows = [["id", "x", "name"], [1.0, 2.5, "Ann"], [2.0, None, "Bob"]]
    old_excel.write_xls(tmp_path / "old.xls", "Data", rows)
    old_excel.write_ods(tmp_path / "open.ods", "Data", rows)
    for name in ("old.xls", "open.ods"):
        frame = read_table(tmp_path / name).frame
        assert frame["id"].tolist() == [1, 2]
        np.testing.assert_array_equal(frame["x"], [2.5, np.nan])
        assert frame["name"].tolist() == ["Ann", "Bob"]


def test_open_document_dates_and_errors(tmp_path: Path) -> None:
    path = tmp_path / "open.ods"
    old_excel.write_ods(path, "A & B", [["day", "x"], ["2020-01-31", 1.0], ["2020-02-01", "#DIV/0!"]])
    result = read_table(path)
    assert result.frame["day"].tolist() == [pd.Timestamp(2020, 1, 31), pd.Timestamp(2020, 2, 1)]
    assert [(m.row, m.column, m.text) for m in result.misfits] == [(3, "x", "#DIV/0!")]


def test_the_ending_may_mislead(make: Make, tmp_path: Path) -> None:
    path = make("book.csv", Data=[["a"], [1]])
    assert read_table(path).frame["a"].tolist() == [1]
    page = tmp_path / "page.xls"
    page.write_text(
        "<html><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2,5</td></tr></table></html>"
    )
    assert read_table(page).frame.to_dict("list") == {"a": [1], "b": [2.5]}
    text = tmp_path / "text.xls"
    text.write_text("a\tb\n1\t2\n")
    assert read_table(text).frame.to_dict("list") == {"a": [1], "b": [2]}


def test_what_cannot_be_read_is_said(make: Make, tmp_path: Path) -> None:
    whole = make(Data=[["a"], [1]]).read_bytes()
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ReadError, match=r"spreadsheet “cut.xlsx” is damaged"):
        read_table(cut)
    locked = tmp_path / "locked.xlsx"
    locked.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    )
    with pytest.raises(ReadError, match="protected by a password"):
        read_table(locked)
    mark = tmp_path / "~$book.xlsx"
    mark.write_bytes(b"x" * 165)
    with pytest.raises(ReadError, match=r"only marks that “book.xlsx” is open"):
        read_table(mark)
    with pytest.raises(ReadError, match="has no cells"):
        read_table(make("none.xlsx", Data=[]))


def test_a_preview_reads_the_first_rows(make: Make) -> None:
    path = make(Data=[["a"], *[[i] for i in range(100)]])
    result = read_table(path, sniff(path), most_rows=10)
    assert result.frame["a"].tolist() == list(range(10))


@given(
    rows=st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False, width=32),
            st.text(
                st.characters(codec="ascii", min_codepoint=97, max_codepoint=122), min_size=1, max_size=5
            ),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_was_written_is_read(
    rows: list[tuple[float, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("books") / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["number", "text"])
        for i, (number, text) in enumerate(rows, start=1):
            sheet.write_number(i, 0, number)
            sheet.write_string(i, 1, f"t{text}")
    frame = read_table(path).frame
    np.testing.assert_allclose(frame["number"].to_numpy(), [number for number, _ in rows], rtol=1e-15)
    assert frame["text"].tolist() == [f"t{text}" for _, text in rows]


@given(data=st.data())
def test_damaged_bytes_give_a_sentence_or_a_table(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    old_excel.write_xls(folder / "x.xls", "Data", [["id", "x"], [1.0, 2.5], [2.0, 3.5]])
    whole = bytearray((folder / "x.xls").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (folder / "x.xls").write_bytes(bytes(whole))
    with contextlib.suppress(MixguiError):  # anything else is a defect
        read_table(folder / "x.xls")
