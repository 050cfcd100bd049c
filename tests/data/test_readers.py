from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mixgui.data.read_options import WHITESPACE, ReadOptions, ReadResult
from mixgui.data.readers import read_table, sniff
from mixgui.errors import Cancelled, ReadError
from mixgui.observer import Progress

Write = Callable[[bytes | str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: bytes | str) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def cells(result: ReadResult) -> dict[str, list[object]]:
    return {
        name: [None if pd.isna(value) else value for value in result.frame[name]]
        for name in result.frame.columns
    }


def warnings_of(result: ReadResult) -> str:
    return " ".join(note.text for note in result.notes if note.severity == "warning")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_line_ends_and_separators(write: Write, end: str, last: str, separator: str) -> None:
    lines = ["id,name,score", "1,Ann,2.5", "2,Bob,3.5"]
    text = end.join(lines).replace(",", separator) + (end if last else "")
    result = read_table(write(text))
    assert cells(result) == {"id": [1, 2], "name": ["Ann", "Bob"], "score": [2.5, 3.5]}
    assert result.notes == ()
    assert result.options.separator == separator


def test_mixed_line_ends(write: Write) -> None:
    assert cells(read_table(write("a,b\r\n1,2\n3,4\r5,6"))) == {"a": [1, 3, 5], "b": [2, 4, 6]}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings(write: Write, encoding: str) -> None:
    text = "naam,score\nJosé,1\nZoë,2\nMüller,3\n"
    result = read_table(write(text.encode(encoding)))
    assert cells(result) == {"naam": ["José", "Zoë", "Müller"], "score": [1, 2, 3]}


def test_cyrillic_and_late_letters(write: Write) -> None:
    text = "имя,x\n" + "Москва город,1\nКиев и область,2\n" * 20
    result = read_table(write(text.encode("cp1251")))
    assert result.frame["имя"].iloc[1] == "Киев и область"
    assert "cp1251" in warnings_of(result)
    late = b"name,x\n" + b"Anna,1\n" * 300_000 + "Zoë,2\n".encode("cp1252")
    assert read_table(write(late)).frame["name"].iloc[-1] == "Zoë"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b\n1,5;2\n2,25;3\n", {"a": [1.5, 2.25], "b": [2, 3]}),
        ("a\tb\n1,5\tx y\n2,25\tz\n", {"a": [1.5, 2.25], "b": ["x y", "z"]}),
        ('a,b\n"1,5",2\n"2,25",3\n', {"a": [1.5, 2.25], "b": [2, 3]}),
        ("x\n1,5\n2,5\n", {"x": [1.5, 2.5]}),
        ("a;b\n1.234,5;2\n2.000,5;3\n", {"a": [1234.5, 2000.5], "b": [2, 3]}),
        ('a,b\n"1,234,567",2\n"1,200",3\n', {"a": [1234567, 1200], "b": [2, 3]}),
        ('a,b\n"1,234",2\n"1,200",3\n', {"a": ["1,234", "1,200"], "b": [2, 3]}),
        ("a;b\n1.234;1,5\n2.345;2,5\n", {"a": ["1.234", "2.345"], "b": [1.5, 2.5]}),
        ("a;b\n1.234;2\n2.345;3\n", {"a": [1.234, 2.345], "b": [2, 3]}),
        ("a;b\n1,234;2\n2,345;3\n", {"a": [1.234, 2.345], "b": [2, 3]}),
        ("a,b\n1.234,x\n2.345,y\n", {"a": [1.234, 2.345], "b": ["x", "y"]}),
    ],
)
def test_decimal_marks(write: Write, text: str, expected: dict[str, list[object]]) -> None:
    result = read_table(write(text))
    assert cells(result) == expected


@pytest.mark.parametrize(
    "text", ["a;b\n1.234;2\n2.345;3\n", "a;b\n1,234;2\n2,345;3\n", 'a,b\n"1,234",2\n"5,300",3\n']
)
def test_ambiguous_numbers_are_never_silent(write: Write, text: str) -> None:
    path = write(text)
    assert "thousands mark" in warnings_of(read_table(path))
    assert "thousands mark" in warnings_of(read_table(path, sniff(path)))


def test_thousands_mark_when_chosen(write: Write) -> None:
    path = write("a;b;d\n1.234;2,5;12.05.2020\n2.345.678;3,5;13.05.2020\n")
    result = read_table(path, ReadOptions(separator=";", decimal=",", thousands="."))
    days = [pd.Timestamp(2020, 5, 12), pd.Timestamp(2020, 5, 13)]  # 13 is no month
    assert cells(result) == {"a": [1234, 2345678], "b": [2.5, 3.5], "d": days}


def test_quotes(write: Write) -> None:
    result = read_table(write('"a","b, c"\n"1","x, ""y"""\n"2","two\nlines"\n'))
    assert cells(result) == {"a": [1, 2], "b, c": ['x, "y"', "two\nlines"]}
    assert cells(read_table(write("a,b\n'1','x, y'\n'2','z'\n"))) == {"a": [1, 2], "b": ["x, y", "z"]}


def test_missing_cells(write: Write) -> None:
    result = read_table(write("x,y,z\n1,NA,None\n ,2,High\n.,3,NA\n4,NULL,low\n"))
    assert cells(result) == {
        "x": [1, None, None, 4],
        "y": [None, 2, 3, None],
        "z": ["None", "High", None, "low"],  # an answer, unless all others are numbers
    }
    notes = {(note.column, note.row) for note in result.notes}
    assert notes == {("x", 4), ("y", 5)}


def test_mixed_column_stays_text_and_names_the_cells(write: Write) -> None:
    text = "x,y\n" + "".join(f"{i},1\n" for i in range(5)) + "ten,2\n6,3\n?7,4\n"
    result = read_table(write(text))
    assert result.frame["x"].tolist()[5:] == ["ten", "6", "?7"]
    (note,) = result.notes
    assert (note.severity, note.row, note.column) == ("warning", 7, "x")
    assert "“ten” in row 7, “?7” in row 9" in note.text


def test_mixed_far_below(write: Write) -> None:
    n = 300_000  # in another piece of the file than the first cells
    text = "x,y\n" + "007,1\n" * 1 + "1.50,1\n" * n + "ten,2\n"
    result = read_table(write(text))
    assert result.frame["x"].iloc[[0, 1, -1]].tolist() == ["007", "1.50", "ten"]
    assert f"“ten” in row {n + 3:,}" in warnings_of(result)


def test_codes_are_not_numbers(write: Write) -> None:
    result = read_table(write("id,zip,big,gap\n007,1,12345678901234567890,9007199254740993\n010,22,5,\n"))
    assert cells(result) == {
        "id": ["007", "010"],
        "zip": [1, 22],
        "big": ["12345678901234567890", "5"],
        "gap": ["9007199254740993", None],
    }
    assert {note.column for note in result.notes} == {"id", "big", "gap"}


def test_decimals_with_leading_zero_are_numbers(write: Write) -> None:
    assert cells(read_table(write("a,b\n0.5,0\n-0.25,1\n00.5,0\n"))) == {
        "a": [0.5, -0.25, 0.5],
        "b": [0, 1, 0],
    }


def test_yes_no_dates_and_infinite(write: Write) -> None:
    result = read_table(write("b,c,d,x\nTRUE,false,2020-01-31,Inf\n,true,,1\nFALSE,true,2020-02-29,-inf\n"))
    assert [str(t) for t in result.frame.dtypes] == ["boolean", "bool", "datetime64[us]", "float64"]
    assert cells(result)["b"] == [True, None, False]
    assert result.frame["d"].iloc[2] == pd.Timestamp(2020, 2, 29)
    assert "2 cells are infinite in “x”" in warnings_of(result)
    impossible = read_table(write("d,x\n2020-02-30,1\n2020-01-01,2\n"))
    assert impossible.frame["d"].tolist() == ["2020-02-30", "2020-01-01"]


@pytest.mark.parametrize("text", ["a,b\nTRUE,1\n5,2\n", "a,b\n" + "TRUE,1\n" * 300_000 + "5,2\n"])
def test_yes_no_with_numbers_is_text(write: Write, text: str) -> None:
    result = read_table(write(text))
    assert result.frame["a"].iloc[[0, -1]].tolist() == ["TRUE", "5"]


def test_names(write: Write) -> None:
    result = read_table(write("x, x ,x_2,,x\n1,2,3,4,5\n"))
    assert list(result.frame.columns) == ["x", "x_3", "x_2", "column_4", "x_4"]
    assert len(result.notes) == 3
    assert list(read_table(write('"","a"\n"r1",1\n"r2",2\n')).frame.columns) == ["row", "a"]


def test_row_names_without_a_heading(write: Write) -> None:
    result = read_table(write('"x" "y"\n"1" 2.5 3\n"2" 3.5 4\n'))  # R's write.table
    assert cells(result) == {"row": [1, 2], "x": [2.5, 3.5], "y": [3, 4]}
    assert result.options.separator == WHITESPACE
    assert "one cell more" in warnings_of(result)


def test_no_header(write: Write) -> None:
    result = read_table(write("1,Ann,2.5\n2,Bob,3.5\n"))
    assert cells(result) == {"V1": [1, 2], "V2": ["Ann", "Bob"], "V3": [2.5, 3.5]}
    assert "no line with names" in warnings_of(result)
    years = read_table(write("country,2008,2009\nNL,1,2\nBE,3,4\n"))
    assert list(years.frame.columns) == ["country", "2008", "2009"]


def test_lines_above_the_table(write: Write) -> None:
    result = read_table(write("Report of 2020\n\na,b,c\n1,2,3\n4,x,6\n5,7,8\n"))
    assert cells(result) == {"a": [1, 4, 5], "b": ["2", "x", "7"], "c": [3, 6, 8]}
    assert [note.row for note in result.notes] == [1, 5]
    assert cells(read_table(write("sep=;\na;b\n1;2\n"))) == {"a": [1], "b": [2]}


@pytest.mark.parametrize("n", [1, 200_000])
def test_ragged_rows_are_listed_and_nothing_is_lost(write: Write, n: int) -> None:
    middle = "1,2,x\n" * n
    result = read_table(write(f"a,b,c\n{middle}3\n4,5,6,7\n8,9,y,,10\n"))
    last = result.frame.iloc[-3:]
    assert list(result.frame.columns) == ["a", "b", "c", "column_4", "column_5"]
    assert last["a"].tolist() == [3, 4, 8]
    assert last["column_4"].iloc[1] == 7
    assert last["column_5"].iloc[2] == 10
    assert {note.row for note in result.notes} == {n + 2, n + 3}
    assert f"Row {n + 2:,} has fewer cells" in warnings_of(result)
    assert f"2 rows ({n + 3:,}, {n + 4:,}) have more cells" in warnings_of(result)


def test_a_quoted_separator_does_not_hide_a_short_row(write: Write) -> None:
    result = read_table(write('a,b\n"x,y",1\n5\n'))
    assert cells(result) == {"a": ["x,y", "5"], "b": [1, None]}
    assert "Row 3 has fewer cells" in warnings_of(result)


def test_what_spreadsheets_leave_behind(write: Write) -> None:
    result = read_table(write("a,b,,\n1,2,,\n3,4,,\n,,,\n,,,\n"))
    assert cells(result) == {"a": [1, 3], "b": [2, 4]}
    assert str(result.frame["a"].dtype) == "int64"
    assert [note.severity for note in result.notes] == ["info", "info"]
    assert cells(read_table(write("a,b\n1,2,\n3,4,\n"))) == {"a": [1, 3], "b": [2, 4]}


def test_rows_are_counted_as_a_spreadsheet_does(write: Write) -> None:
    result = read_table(write('a,b\n\n1,"two\nlines"\n\n\nx,3\n4,4\n5,5\n'))
    assert [note.row for note in result.notes if note.column == "a"] == [6]


def test_header_only(write: Write) -> None:
    for text in ("a,b\n", "a,b"):
        result = read_table(write(text))
        assert result.frame.shape == (0, 2)
        assert "no rows" in warnings_of(result)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (bytes(range(256)) * 20, "not a text file"),
        (b"PK\x03\x04" + b"\0" * 100, "archive “table.csv” is damaged"),
        (b"\x1f\x8b\x08\x00abc", "compressed"),
        (b"a,b\n1,2\n" * 200_000 + b"3,\x004\n", "not a text file"),
        (b'a,b\n1,"x\n2,3\n', "never closed"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(write: Write, content: bytes, words: str) -> None:
    with pytest.raises(ReadError, match=words) as caught:
        read_table(write(content))
    assert caught.value.hint


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="There is no file “nowhere"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(ReadError, match="is a folder"):
        read_table(tmp_path)


def test_wrong_options_are_refused_in_a_sentence(write: Write) -> None:
    path = write("naam,x\nZoë,1\n".encode("cp1252"))
    with pytest.raises(ReadError, match="not written in utf-8") as caught:
        read_table(path, ReadOptions())
    assert "cp1252" in caught.value.hint
    with pytest.raises(ReadError, match="no encoding “klingon”"):
        read_table(path, ReadOptions(encoding="klingon"))
    with pytest.raises(ReadError, match="single plain character"):
        read_table(path, ReadOptions(separator="::"))


def test_columns_kept_as_text(write: Write) -> None:
    result = read_table(write("id,x\n1,1.50\n2,2\n"), ReadOptions(as_text=("id", "x")))
    assert cells(result) == {"id": ["1", "2"], "x": ["1.50", "2"]}


@pytest.mark.parametrize("rows", [10, 400_000])  # the larger is read by pandas on several threads
def test_progress_and_cancel(write: Write, rows: int) -> None:
    path = write("abcdef,b\n" + "123456789,1.5\n" * rows)
    seen: list[float] = []
    read_table(path, observer=lambda p: seen.append(p.fraction or 0.0))
    assert seen
    assert all(0 <= fraction <= 1 for fraction in seen)

    def cancel(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_table(path, observer=cancel)


def test_large_file_equals_pandas(write: Write) -> None:
    random = np.random.default_rng(1)
    n = 150_000
    frame = pd.DataFrame(
        {
            "id": np.arange(n),
            "x": random.normal(size=n),
            "g": random.choice(["Public", "Catholic", None], n),
            "y": np.where(random.random(n) < 0.1, np.nan, random.normal(size=n).round(3)),
            "k": np.where(random.random(n) < 0.1, np.nan, random.integers(0, 9, n)),
        }
    )
    path = write(frame.to_csv(index=False))
    assert path.stat().st_size > 5 << 20
    result = read_table(path)
    assert result.notes == ()
    pd.testing.assert_frame_equal(result.frame, pd.read_csv(path))


def test_course_files(reference_dir: Path) -> None:
    shapes = {
        "netherlands-students": (2287, 8),
        "netherlands-schools": (131, 6),
        "nba-player-data": (300, 4),
        "nba-team-data": (30, 3),
    }
    for name, shape in shapes.items():
        path = reference_dir / "data" / f"{name}.csv"
        result = read_table(path)
        assert result.frame.shape == shape
        assert result.notes == ()
        pd.testing.assert_frame_equal(result.frame, pd.read_csv(path))
