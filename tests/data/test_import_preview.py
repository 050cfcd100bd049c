"""What a file looks like before it is opened: guesses, first rows, and the cells and rows that do not fit."""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mixgui.data.import_preview import SHOWN, ImportSource, first_verdict, glance, verdict
from mixgui.data.read_options import ReadOptions
from mixgui.data.steps import Read
from mixgui.errors import Cancelled, MixguiError, ReadError
from mixgui.observer import Progress

MESSY = "Survey 2020\nid;school;score\n" + "".join(f"{i};{'ns'[i % 2]};{i},{i % 9}5\n" for i in range(1, 301))


def source(folder: Path, text: str | bytes, name: str = "pupils.csv") -> ImportSource:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ImportSource(str(path))


def test_the_guess_and_the_first_rows(tmp_path: Path) -> None:
    found = glance(source(tmp_path, MESSY), None)
    assert found.guess is not None
    assert found.guess == found.options
    assert (found.options.separator, found.options.decimal, found.options.skip_lines) == (";", ",", 1)
    assert found.lines[:2] == ("Survey 2020", "id;school;score")
    assert found.head is not None
    assert found.head.n_rows == SHOWN
    assert found.head.frame["score"].tolist()[:2] == [1.15, 2.25]


def test_every_guess_changes_the_first_rows(tmp_path: Path) -> None:
    one = source(tmp_path, "a;b;c\n'1;x';2,5;-9\n2;3.5;31.12.2020\n")
    guess = one.sniff()

    def frame(**changes: Any) -> pd.DataFrame:
        head = glance(one, replace(guess, **changes)).head
        assert head is not None
        return head.frame

    assert frame(separator="|").shape[1] == 1
    assert frame(quote="'").iloc[0, 0] == "1;x"
    assert next(iter(frame(header=False).columns)) == "V1"
    assert frame(missing=("", "-9"))["c"].isna().tolist() == [True, False]
    assert frame(skip_lines=1).shape[0] == 1
    assert frame(types=(("b", "number"),), decimal=",")["b"].iloc[0] == 2.5
    assert str(frame(missing=("", "-9"), date_format="%d.%m.%Y")["c"].iloc[1])[:10] == "2020-12-31"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    rows = [f"{i};Zürich né;{i},25" for i in range(1, 40)]
    text = end.join(["id;Schüler;größe", *rows, ""])
    found = first_verdict(source(tmp_path, text.encode(encoding)))
    frame = found.table.frame
    assert list(frame.columns) == ["id", "Schüler", "größe"]
    assert frame["Schüler"].unique().tolist() == ["Zürich né"]
    assert frame["größe"].tolist() == [i + 0.25 for i in range(1, 40)]
    assert found.n_misfits == 0


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark(tmp_path: Path, encoding: str) -> None:
    found = first_verdict(source(tmp_path, "\ufeffid,näme\n1,é\n2,ö\n".encode(encoding)))
    assert found.table.frame.to_dict("list") == {"id": [1, 2], "näme": ["é", "ö"]}


def test_a_wrong_cell_is_listed_and_found_in_the_table(tmp_path: Path) -> None:
    text = MESSY.replace("\n200;n;200,25\n", "\n200;n;12,3x\n")
    one = source(tmp_path, text)
    kept = first_verdict(one)
    assert kept.doubtful
    (misfit,) = kept.misfits
    assert (misfit.row, misfit.column, misfit.text, misfit.lost) == (202, "score", "12,3x", False)
    lost = verdict(one, replace(kept.options, types=(("score", "number"),)))
    assert lost.n_lost == 1
    at = lost.position_of(lost.misfits[0].row)
    assert at == 199
    assert lost.row_of is not None
    assert lost.row_of(at) == 202
    assert lost.table.frame["id"].iloc[at] == 200
    assert lost.table.frame["score"].isna().tolist().index(True) == at


def test_ragged_rows_are_listed_and_no_cell_is_lost(tmp_path: Path) -> None:
    text = "a,b,c\n" + "".join(f"{i},{i},{i}\n" for i in range(50)) + "\n50,only\n51,51,51,surplus\n"
    found = first_verdict(source(tmp_path, text))
    assert [(one.row, one.column) for one in found.misfits] == [(53, ""), (53, "b"), (54, "")]
    assert found.n_lost == 0
    cells = {str(cell) for cell in found.table.frame.to_numpy().ravel()}
    assert {"only", "surplus"} <= cells
    assert [found.position_of(one.row) for one in found.misfits] == [50, 50, 51]
    assert found.position_of(52) is None, "a blank line is no row of the table"


def test_a_clean_file_is_not_in_doubt_and_the_step_reads_the_same(tmp_path: Path) -> None:
    one = source(tmp_path, "a,b\n1,x\n2,y\n")
    found = first_verdict(one)
    assert not found.doubtful
    step = one.step("pupils", found.options)
    assert isinstance(step, Read)
    pd.testing.assert_frame_equal(step.apply({})["pupils"].frame, found.table.frame)
    assert step.put(found.table, {})["pupils"].name == "pupils"


def test_several_files_and_sheets_are_a_doubt(tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pupils.csv", "a,b\n1,2\n")
        archive.writestr("schools.csv", "s;t\n1;2,5\n")
    one = ImportSource(str(path))
    found = first_verdict(one)
    assert found.doubtful
    assert "2 files" in found.notes[0].text
    other = glance(one, replace(found.options, member="schools.csv"), part=True)
    assert other.choices.members == ("pupils.csv", "schools.csv")
    assert other.options.separator == ";"
    assert other.head is not None
    assert list(other.head.names) == ["s", "t"]


def test_a_compressed_file_of_one_table_is_not(tmp_path: Path) -> None:
    assert not first_verdict(source(tmp_path, gzip.compress(b"a,b\n1,2\n"), "pupils.csv.gz")).doubtful


def test_pasted_text(tmp_path: Path) -> None:
    one = ImportSource(text="id\tx\n1\t2,5\n2\t3,5z\n3\t1,5\n")
    found = first_verdict(one)
    assert [(m.row, m.column) for m in found.misfits] == [(3, "x")]
    assert glance(one, None).lines == ("id\tx", "1\t2,5", "2\t3,5z", "3\t1,5")
    with pytest.raises(MixguiError):
        glance(ImportSource(text="\n"), None)


def test_a_wrong_encoding_is_seen_in_the_first_rows_and_refused_for_all(tmp_path: Path) -> None:
    one = source(tmp_path, "id,näme\n1,é\n".encode("cp1252"))
    wrong = replace(one.sniff(), encoding="utf-8")
    found = glance(one, wrong)
    assert found.lines[0] == "id,n\ufffdme"
    assert found.head is not None
    with pytest.raises(ReadError, match="utf-8"):
        verdict(one, wrong)


def test_what_cannot_be_read_so_is_told_beside_the_lines(tmp_path: Path) -> None:
    one = source(tmp_path, "id,x\n1,2\n")
    found = glance(one, replace(one.sniff(), skip_lines=9))
    assert found.head is None
    assert isinstance(found.error, ReadError)
    assert found.lines[0] == "id,x"


def test_the_check_can_be_stopped(tmp_path: Path) -> None:
    def observer(progress: Progress) -> None:
        raise Cancelled

    one = source(tmp_path, MESSY)
    options = one.sniff()
    with pytest.raises(Cancelled):
        verdict(one, options, observer)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    one = ImportSource(str(tmp_path / "gone.csv"))
    for options in (None, ReadOptions(), ReadOptions(format="excel"), ReadOptions(format="spss")):
        with pytest.raises(ReadError, match="gone"):
            glance(one, options)
