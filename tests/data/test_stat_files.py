from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from mixgui.data.read_options import ReadOptions
from mixgui.data.readers import read_table, sniff
from mixgui.data.steps import Read
from mixgui.errors import Cancelled, ReadError
from mixgui.observer import Progress


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [1, 2, 3, 4, 5],
            "sex": [1.0, 2.0, 1.0, 9.0, np.nan],
            "town": ["Ulm", "Bonn", "", "Köln", "XX"],
            "income": [100.5, -99.0, -98.0, 5.0, 7.0],
            "day": [datetime.date(2020, 1, 1), None, *[datetime.date(2020, 1, d) for d in (2, 3, 4)]],
            "moment": pd.to_datetime(["2020-01-01 12:30:00", None, *["2021-05-06 00:00:01"] * 3]),
        }
    )


def write_sav(frame: pd.DataFrame, path: Path) -> None:
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"sex": "Sex of respondent", "income": "Monthly income"},
        variable_value_labels={"sex": {1: "Male", 2: "Female", 9: "Refused"}, "income": {-99: "no answer"}},
        missing_ranges={"sex": [9], "income": [{"lo": -99, "hi": -98}], "town": ["XX"]},
        variable_measure={"sex": "nominal"},
        compress=path.suffix == ".zsav",
    )


@pytest.mark.parametrize("name", ["x.sav", "x.zsav"])
def test_spss(frame: pd.DataFrame, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_sav(frame, path)
    assert sniff(path).format == "spss"
    result = read_table(path)
    found = result.frame
    assert found["id"].dtype == np.int64
    np.testing.assert_array_equal(found["sex"], [1, 2, 1, np.nan, np.nan])
    np.testing.assert_array_equal(found["income"], [100.5, np.nan, np.nan, 5, 7])
    assert found["town"].fillna("-").tolist() == ["Ulm", "Bonn", "-", "Köln", "-"]
    assert found["day"].iloc[0] == pd.Timestamp(2020, 1, 1)
    assert found["moment"].iloc[0] == pd.Timestamp(2020, 1, 1, 12, 30)
    book = dict(result.codebook)
    assert book["sex"].label == "Sex of respondent"
    assert book["sex"].value_labels == (("1", "Male"), ("2", "Female"), ("9", "Refused"))
    assert book["sex"].missing_codes == ("9",)
    assert book["income"].missing_codes == ("-99", "-98")
    notes = " ".join(note.text for note in result.notes)
    assert "In “sex” 1 cell was declared as missing (9)" in notes
    assert "In “income” 2 cells were declared as missing (-99, -98)" in notes


def test_user_missing_codes_can_be_kept(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "x.sav"
    write_sav(frame, path)
    kept = read_table(path, ReadOptions(format="spss", encoding="", user_missing=False))
    np.testing.assert_array_equal(kept.frame["sex"], [1, 2, 1, 9, np.nan])
    assert dict(kept.codebook)["sex"].missing_codes == ()


def test_value_labels_as_categories(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "x.sav"
    write_sav(frame, path)
    result = read_table(path, ReadOptions(format="spss", encoding="", use_labels=True))
    sex = result.frame["sex"]
    assert list(sex.cat.categories)[:2] == ["Male", "Female"]
    assert sex.astype("str").fillna("-").tolist() == ["Male", "Female", "Male", "-", "-"]
    assert "100.5" in result.frame["income"].astype("str").tolist()  # a value without a label is a level too


def test_the_step_keeps_what_the_file_says(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "x.sav"
    write_sav(frame, path)
    step = Read(str(path), "people", sniff(path))
    table = step.apply({})["people"]
    assert table.variable("sex").title == "Sex of respondent"
    assert table.variable("sex").value_labels[0] == ("1", "Male")
    assert "haven::read_sav" in step.code().r
    assert "pyreadstat.read_sav" in step.code().python


@pytest.mark.parametrize("version", [8, 10, 12, 13, 14, 15])
def test_stata(frame: pd.DataFrame, tmp_path: Path, version: int) -> None:
    path = tmp_path / "x.dta"
    plain = frame.assign(town=["Ulm", "Bonn", "", "Aachen", "XX"])
    pyreadstat.write_dta(
        plain,
        str(path),
        version=version,
        column_labels={"sex": "Sex of respondent"},
        variable_value_labels={"sex": {1: "Male", 2: "Female"}},
    )
    result = read_table(path)
    np.testing.assert_array_equal(result.frame["sex"], [1, 2, 1, 9, np.nan])
    assert dict(result.codebook)["sex"].value_labels == (("1", "Male"), ("2", "Female"))
    other = pd.read_stata(path, convert_categoricals=False)  # another reader of the same file
    np.testing.assert_array_equal(result.frame["income"], other["income"])
    assert result.frame["day"].tolist() == pd.to_datetime(other["day"]).tolist()
    assert result.frame["town"].fillna("").tolist() == other["town"].tolist()


def test_lettered_missing_values_of_stata_are_missing_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.dta"
    cells = pd.DataFrame(
        {"id": [1, 2, 3, 4, 5], "x": [1, 2, "a", "b", np.nan], "y": [1.5, 2.5, np.nan, 4, 5]}
    )
    pyreadstat.write_dta(
        cells, str(path), missing_user_values={"x": ["a", "b"]}, variable_value_labels={"x": {1: "one"}}
    )
    result = read_table(path)
    np.testing.assert_array_equal(result.frame["x"], [1, 2, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(result.frame["y"], [1.5, 2.5, np.nan, 4, 5])
    assert any("2 cells have missing values of several kinds (.a, .b)" in note.text for note in result.notes)


def test_pandas_own_stata_files(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "x.dta"
    small = pd.DataFrame(
        {
            "i8": np.array([1, 2, 100], dtype=np.int8),
            "i16": np.array([-32000, 0, 32000], dtype=np.int16),
            "i32": np.array([-(2**30), 0, 2**30], dtype=np.int32),
            "f32": np.array([1.5, np.nan, -2.25], dtype=np.float32),
            "f64": [1e300, np.nan, -1e-300],
            "text": ["a", "b", "ccc"],
        }
    )
    small.to_stata(path, write_index=False, variable_labels={"i16": "An integer"})
    result = read_table(path)
    for name in small.columns:
        np.testing.assert_array_equal(result.frame[name], small[name])
    assert dict(result.codebook)["i16"].label == "An integer"


def test_portable_spss_and_sas_transport(frame: pd.DataFrame, tmp_path: Path) -> None:
    plain = frame.assign(town=["Ulm", "Bonn", "", "Aachen", "XX"])
    pyreadstat.write_por(plain, str(tmp_path / "x.por"))
    portable = read_table(tmp_path / "x.por")
    assert portable.options.format == "spss"
    np.testing.assert_allclose(portable.frame["INCOME"], frame["income"])
    pyreadstat.write_xport(plain, str(tmp_path / "x.xpt"), column_labels={"sex": "Sex of respondent"})
    transport = read_table(tmp_path / "x.xpt")
    assert transport.options.format == "sas"
    np.testing.assert_array_equal(transport.frame["sex"], frame["sex"])
    assert dict(transport.codebook)["sex"].label == "Sex of respondent"


def test_many_rows_are_read_in_pieces_with_progress(tmp_path: Path) -> None:
    path = tmp_path / "long.sav"
    rows = 250_000
    x = np.arange(rows, dtype=float)
    x[:150_000] = np.nan  # the first piece has no number
    pyreadstat.write_sav(pd.DataFrame({"x": x, "g": ["a", "b"] * (rows // 2)}), str(path))
    seen: list[float] = []

    def watch(progress: Progress) -> None:
        if progress.fraction is not None:
            seen.append(progress.fraction)

    result = read_table(path, None, watch)
    np.testing.assert_array_equal(result.frame["x"], x)
    assert len({fraction for fraction in seen if 0 < fraction < 0.7}) >= 2
    assert len(read_table(path, sniff(path), most_rows=7).frame) == 7

    def stop(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_table(path, None, stop)


@pytest.mark.parametrize("name", ["x.sav", "x.dta"])
def test_cut_files_are_refused(frame: pd.DataFrame, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    plain = frame.assign(town=["Ulm", "Bonn", "", "Aachen", "XX"])
    (pyreadstat.write_sav if name == "x.sav" else pyreadstat.write_dta)(plain, str(path))
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(ReadError, match="is damaged or of a version") as caught:
        read_table(path)
    assert "CSV" in caught.value.hint
