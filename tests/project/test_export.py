"""Tables taken away: every digit where programs read, escaped where people read, whole files or none."""

from __future__ import annotations

import errno
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.errors import Cancelled, ExportError
from mixgui.observer import Progress
from mixgui.project.export import (
    TableFormat,
    clipboard_payload,
    csv_text,
    export_table,
    html_fragment,
    latex_table,
    plain_label,
    tsv_text,
)
from mixgui.project.latex import latex_escape


@pytest.fixture
def fixed() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["(Intercept)", "a<b & c_d"],
            "estimate": [40.60823196574123, -2.4875911234567e-05],
            "df": [np.nan, 12.0],
            "p_value": [1e-12, 0.0312],
        }
    )


class Cells(HTMLParser):
    """Read the cells of a table back."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.numbers: list[str | None] = []
        self.open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.open = True
            self.rows[-1].append("")
            self.numbers.append(dict(attrs).get("x:num"))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.rows[-1][-1] += data


def test_csv_reads_back_to_the_same_frame_to_the_bit(tmp_path: Path, fixed: pd.DataFrame) -> None:
    path = tmp_path / "table.csv"
    export_table(fixed, path)
    pd.testing.assert_frame_equal(pd.read_csv(path), fixed, check_exact=True)
    assert path.read_bytes()[:4] == b"term"


_FLOATS = st.lists(st.floats(allow_nan=False), min_size=1, max_size=20)


@given(values=_FLOATS)
def test_no_digit_is_lost_on_any_way_out(values: list[float]) -> None:
    frame = pd.DataFrame({"estimate": values})
    assert [float(line) for line in csv_text(frame).splitlines()[1:]] == values
    payload = clipboard_payload(frame)
    assert [float(line) for line in payload.tsv.splitlines()[1:]] == values
    assert [float(number) for number in Cells(payload.html).numbers if number is not None] == values


@pytest.mark.parametrize("bom", [False, True])
def test_letters_survive_and_excel_gets_its_mark(tmp_path: Path, bom: bool) -> None:
    frame = pd.DataFrame({"Schüler": ["Ångström", "漢字", 'a "b", c', "two\nlines"]})
    path = tmp_path / "table.csv"
    export_table(frame, path, excel_bom=bom)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") is bom
    pd.testing.assert_frame_equal(pd.read_csv(path, encoding="utf-8-sig"), frame)


def test_many_rows_are_written_in_pieces_with_one_header(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.arange(120_001)})
    seen: list[Progress] = []
    path = tmp_path / "big.tsv"
    export_table(frame, path, observer=seen.append)
    pd.testing.assert_frame_equal(pd.read_csv(path, sep="\t"), frame)
    assert [round(report.fraction or 0, 2) for report in seen] == [0, 0.42, 0.83]


def test_an_empty_table_still_has_its_header(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [], "b": []})
    for ending in TableFormat:
        export_table(frame, tmp_path / f"t.{ending.value}")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "a,b\n"


def test_html_has_headings_escaped_cells_and_rounded_numbers(fixed: pd.DataFrame) -> None:
    text = html_fragment(fixed, caption="Fixed effects <REML>", notes=["n = 2,287"])
    rows = Cells(text).rows
    assert rows[0] == ["Term", "Estimate", "df", "p"]
    assert rows[1] == ["(Intercept)", "40.61", "", "< .001"]
    assert rows[2][0] == "a<b & c_d"
    assert "a&lt;b &amp; c_d" in text
    assert "Fixed effects &lt;REML&gt;" in text
    assert "n = 2,287" in text


def test_the_clipboard_has_all_digits_and_tabs(fixed: pd.DataFrame) -> None:
    payload = clipboard_payload(fixed)
    lines = payload.tsv.split("\n")
    assert lines[0] == "Term\tEstimate\tdf\tp"
    assert lines[1] == "(Intercept)\t40.60823196574123\t\t1e-12"
    assert Cells(payload.html).rows[1][1] == "40.60823196574123"
    assert Cells(clipboard_payload(fixed, digits=4).html).rows[1][1] == "40.61"


def test_a_cell_with_a_tab_or_line_break_stays_one_cell() -> None:
    assert tsv_text(pd.DataFrame({"x": ['a\tb\r\nc "d"']})) == 'x\na b c "d"\n'


def test_columns_of_data_keep_their_own_names() -> None:
    frame = pd.DataFrame({"level": [1.23456789], "group": ["a"]})
    assert tsv_text(frame, labels=plain_label).startswith("level\tgroup\n")
    assert tsv_text(frame).startswith("Name\tGroup\n")
    assert Cells(html_fragment(frame, labels=plain_label)).rows[1] == ["1.235", "a"]


def test_latex_is_escaped_and_uses_booktabs(fixed: pd.DataFrame) -> None:
    text = latex_table(fixed, caption="50 % of R²")
    assert "\\begin{tabular}{lrrr}" in text
    assert "\\caption{50 \\% of R$^2$}" in text
    assert "(Intercept) & 40.61 &  & $<$ .001 \\\\" in text
    assert "a$<$b \\& c\\_d & $-$2.488e-05 & 12 & .031 \\\\" in text
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{rule}") == 1


@given(text=st.text(max_size=30))
def test_no_character_of_a_cell_reaches_latex_as_a_command(text: str) -> None:
    escaped = latex_escape(text)
    for allowed in ("\\textbackslash{}", "\\textasciitilde{}", "\\textasciicircum{}", "\\textquotedbl{}"):
        escaped = escaped.replace(allowed, "")
    for character in "&%$#_{}":
        escaped = escaped.replace(f"\\{character}", "")
    assert not set("&%#") & set(escaped)
    assert "\n" not in escaped
    assert escaped.count("$") % 2 == 0


def test_duplicate_column_names_are_no_problem(tmp_path: Path) -> None:
    frame = pd.DataFrame([[1.5, 2.5]], columns=["x", "x"])
    for ending in TableFormat:
        export_table(frame, tmp_path / f"t.{ending.value}")
    assert clipboard_payload(frame).tsv == "x\tx\n1.5\t2.5\n"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.array([1, None], dtype="Int64"), ["1", ""]),
        (pd.Categorical(["a", None]), ["a", ""]),
        (pd.to_datetime(["2020-01-02", None]), ["2020-01-02 00:00:00", ""]),
        ([True, False], ["True", "False"]),
        ([np.inf, -np.inf], ["Inf", "-Inf"]),
    ],
)
def test_kinds_of_columns(values: Any, expected: list[str]) -> None:
    frame = pd.DataFrame({"v": values})
    assert [row[0] for row in Cells(clipboard_payload(frame).html).rows[1:]] == expected


def test_an_unknown_ending_is_a_sentence(tmp_path: Path, fixed: pd.DataFrame) -> None:
    with pytest.raises(ExportError, match=r"“\.xyz”.*\.csv"):
        export_table(fixed, tmp_path / "t.xyz")


def test_a_missing_folder_and_a_folder_in_the_way_are_sentences(tmp_path: Path, fixed: pd.DataFrame) -> None:
    with pytest.raises(ExportError, match="does not exist"):
        export_table(fixed, tmp_path / "no" / "t.csv")
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        export_table(fixed, tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left"), "disk is full"),
        (PermissionError(errno.EACCES, "denied"), "open in another program"),
        (OSError(errno.EROFS, "read-only"), "cannot be written"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
    ],
)
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, fixed: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, error: OSError, words: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("old", encoding="utf-8")

    def fail(descriptor: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ExportError, match=words):
        export_table(fixed, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_cancelling_leaves_no_file(tmp_path: Path, fixed: pd.DataFrame) -> None:
    def stop(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        export_table(fixed, tmp_path / "t.csv", observer=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="links and modes of this kind are not on Windows")
def test_a_link_stays_a_link_and_the_mode_is_kept(tmp_path: Path, fixed: pd.DataFrame) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    export_table(fixed, link)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert "Intercept" in real.read_text(encoding="utf-8")
