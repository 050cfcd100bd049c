"""Tables for SPSS and Stata: what is written is read again, with labels, value labels and missing codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset
from mixgui.data.describe_step import Describe
from mixgui.data.readers import read_table
from mixgui.errors import ExportError
from mixgui.project.stat_export import StatFormat, write_stat_file

FORMATS = list(StatFormat)
FRAME = pd.DataFrame(
    {
        "pupil": [1, 2, 3, 4],
        "sex": [1, 2, 9, 1],
        "score": [0.1, np.nan, -3.25, 1e10],
        "name": ["Zoë", None, "Ann", "Bo"],
        "born": pd.to_datetime(["2001-02-03", None, "1999-12-31", "2000-02-29"]),
        "seen": pd.to_datetime(["2001-02-03 10:11:12", None, "1999-12-31 23:59:59", "2000-02-29 00:00:00"]),
        "public": [True, False, True, True],
        "size": pd.Categorical(["small", "large", None, "small"], ["small", "middle", "large"]),
    }
)
BOOK = (
    ("sex", VariableInfo("Sex of the pupil", value_labels=(("1", "Girl"), ("2", "Böy"), ("9", "Refused")),
                         missing_codes=("9",))),
    ("score", VariableInfo("Score", "points")),
    ("public", VariableInfo(value_labels=(("FALSE", "Catholic"), ("TRUE", "Public")))),
)  # fmt: skip


def described(frame: pd.DataFrame = FRAME, book: object = BOOK) -> Dataset:
    return Describe("pupils", book).apply({"pupils": Dataset.from_frame("pupils", frame)})["pupils"]  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", FORMATS)
def test_what_is_written_is_read_again(tmp_path: Path, wanted: StatFormat) -> None:
    path = tmp_path / f"pupils.{wanted.value}"
    assert write_stat_file(described(), path, wanted) == ()
    found = read_table(path)
    frame, book = found.frame, dict(found.codebook)
    assert list(frame.columns) == list(FRAME.columns)
    assert frame["pupil"].tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(frame["sex"], [1, 2, np.nan, 1])
    np.testing.assert_array_equal(frame["score"], FRAME["score"])  # to the bit
    assert frame["name"].fillna("-").tolist() == ["Zoë", "-", "Ann", "Bo"]
    for name in ("born", "seen"):
        assert frame[name].isna().tolist() == [False, True, False, False]
        assert (frame[name].dropna() == FRAME[name].dropna()).all()
    assert frame["public"].tolist() == [1, 0, 1, 1]
    np.testing.assert_array_equal(frame["size"], [1, 3, np.nan, 1])
    assert book["sex"].label == "Sex of the pupil"
    assert book["sex"].value_labels == (("1", "Girl"), ("2", "Böy"), ("9", "Refused"))
    assert book["score"].label == "Score (points)"
    assert book["public"].value_labels == (("0", "Catholic"), ("1", "Public"))
    assert book["size"].value_labels == (("1", "small"), ("2", "middle"), ("3", "large"))
    if wanted is StatFormat.SPSS:
        assert book["sex"].missing_codes == ("9",)
        _, meta = pyreadstat.read_sav(path)
        assert meta.variable_measure["size"] == "nominal"
        assert meta.variable_measure["score"] == "scale"


def test_categories_of_numbers_keep_their_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"g": [3, 1, 7, 3]})
    info = VariableInfo(kind="category", levels=("7", "1", "3"), value_labels=(("1", "one"), ("7", "seven")))
    write_stat_file(described(frame, (("g", info),)), tmp_path / "x.sav", StatFormat.SPSS)
    found = read_table(tmp_path / "x.sav")
    assert found.frame["g"].tolist() == [3, 1, 7, 3]
    assert dict(found.codebook)["g"].value_labels == (("1", "one"), ("7", "seven"))


def test_labels_of_texts_are_for_spss_only(tmp_path: Path) -> None:
    table = described(pd.DataFrame({"s": ["m", "f"]}), (("s", VariableInfo(value_labels=(("m", "Male"),))),))
    assert write_stat_file(table, tmp_path / "x.sav", StatFormat.SPSS) == ()
    assert dict(read_table(tmp_path / "x.sav").codebook)["s"].value_labels == (("m", "Male"),)
    (left_out,) = write_stat_file(table, tmp_path / "x.dta", StatFormat.STATA)
    assert "no value labels for texts: those of “s”" in left_out
    assert read_table(tmp_path / "x.dta").frame["s"].tolist() == ["m", "f"]


@pytest.mark.parametrize(
    ("columns", "wanted", "words"),
    [
        (["vocab 08"], StatFormat.SPSS, "SPSS cannot have a column named “vocab 08”"),
        (["vocab 08"], StatFormat.STATA, "for instance to “vocab_08”"),
        (["1st", "2nd"], StatFormat.STATA, "columns named “1st”, “2nd”"),
        (["with"], StatFormat.SPSS, "“with”"),
        (["if"], StatFormat.STATA, "“if”"),
        (["a.b"], StatFormat.STATA, "“a.b”"),
        (["x" * 33], StatFormat.STATA, "cannot have"),
        (["x" * 65], StatFormat.SPSS, "cannot have"),
        (["Score", "score"], StatFormat.SPSS, "“Score” and “score” are the same name"),
    ],
)
def test_names_that_a_format_cannot_have(
    tmp_path: Path, columns: list[str], wanted: StatFormat, words: str
) -> None:
    table = Dataset.from_frame("t", pd.DataFrame({name: [1.0] for name in columns}))
    path = tmp_path / f"x.{wanted.value}"
    with pytest.raises(ExportError) as caught:
        write_stat_file(table, path, wanted)
    assert words in f"{caught.value.message} {caught.value.hint}"
    assert not path.exists()


@pytest.mark.parametrize("wanted", FORMATS)
@pytest.mark.parametrize(
    ("cells", "words"), [([1.0, np.inf], "1 infinite value,"), ([2**60 + 1, 1], "so long")]
)
def test_cells_that_would_be_changed(
    tmp_path: Path, wanted: StatFormat, cells: list[float], words: str
) -> None:
    table = Dataset.from_frame("t", pd.DataFrame({"x": cells}))
    with pytest.raises(ExportError, match=words):
        write_stat_file(table, tmp_path / "x", wanted)


def test_a_file_that_is_there_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "x.sav"
    path.write_bytes(b"old")
    with pytest.raises(ExportError):
        write_stat_file(Dataset.from_frame("t", pd.DataFrame({"a b": [1]})), path, StatFormat.SPSS)
    assert path.read_bytes() == b"old"
    with pytest.raises(ExportError):
        write_stat_file(described(), tmp_path / "no such folder" / "x.sav", StatFormat.SPSS)


LABELS = st.dictionaries(
    st.integers(-99, 99), st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(LABELS, st.sampled_from(FORMATS))
def test_any_value_labels_come_back(
    tmp_path_factory: pytest.TempPathFactory, labels: dict[int, str], wanted: StatFormat
) -> None:
    pairs = tuple((str(code), label) for code, label in sorted(labels.items()))
    table = described(pd.DataFrame({"x": list(labels)}), (("x", VariableInfo(value_labels=pairs)),))
    path = tmp_path_factory.mktemp("labels") / f"x.{wanted.value}"
    assert write_stat_file(table, path, wanted) == ()
    found = read_table(path)
    assert found.frame["x"].tolist() == list(labels)
    assert dict(found.codebook)["x"].value_labels == pairs
