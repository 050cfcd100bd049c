from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.read_options import ReadOptions
from mixgui.data.readers import file_choices, read_table, sniff
from mixgui.errors import Cancelled, MixguiError, ReadError
from mixgui.observer import Progress

FILES = Path(__file__).parent / "r_files"  # made by make.R in the same folder


def test_a_data_frame_keeps_types_levels_and_missing_cells() -> None:
    result = read_table(FILES / "small.rds")
    frame = result.frame
    assert sniff(FILES / "small.rds").format == "r"
    assert list(frame["id"]) == [1, 2, 3, 4]
    assert frame["id"].dtype == np.int64
    np.testing.assert_array_equal(frame["whole"], [1, np.nan, 3, 4])
    np.testing.assert_array_equal(frame["x"], [1.5, np.nan, np.nan, np.inf])
    assert frame["text"].isna().tolist() == [False, True, False, False]  # "NA" is a text, NA is none
    assert frame["text"].dropna().tolist() == ["a", "NA", "été"]
    assert list(frame["grade"].cat.categories) == ["lo", "mid", "hi"]
    assert not frame["grade"].cat.ordered
    assert frame["rank"].cat.ordered
    assert list(frame["rank"].cat.categories) == ["b", "a"]
    assert frame["rank"].astype("str").fillna("-").tolist() == ["b", "a", "b", "-"]
    assert frame["gap"].dtype == "boolean"
    assert frame["yes"].tolist() == [True, False, True, True]
    assert frame["day"].tolist() == [
        pd.Timestamp(2020, 1, 1), pd.NaT, pd.Timestamp(1950, 5, 5), pd.Timestamp(2021, 2, 3),
    ]  # fmt: skip
    assert frame["time"].iloc[1] == pd.Timestamp(2020, 6, 1, 12)  # as the clock in Berlin shows it
    np.testing.assert_allclose(
        frame["z"], [-1.161895003862225, -0.3872983346207417, 0.3872983346207417, 1.161895]
    )
    assert frame["m.V2"].tolist() == [5, 6, 7, 8]
    assert "parts" not in frame
    assert any("column of lists" in note.text and note.doubt for note in result.notes)


def test_words_of_labelled_columns_go_into_the_codebook() -> None:
    result = read_table(FILES / "small.rds")
    book = dict(result.codebook)
    assert book["sex"].label == "Sex"
    assert book["sex"].value_labels == (("1", "Male"), ("2", "Female"), ("9", "Refused"))
    assert book["lasts"].unit == "mins"
    np.testing.assert_array_equal(result.frame["sex"], [1, 2, np.nan, 1])
    assert any("1 cell was declared as missing" in note.text for note in result.notes)
    kept = read_table(FILES / "small.rds", ReadOptions(format="r", user_missing=False))
    assert kept.frame["sex"].tolist() == [1, 2, 9, 1]


@pytest.mark.parametrize("way", ["ascii", "xz", "bzip2", "plain", "v2", "native"])
def test_all_ways_of_writing_give_the_same_frame(way: str) -> None:
    pd.testing.assert_frame_equal(
        read_table(FILES / f"small_{way}.rds").frame, read_table(FILES / "small.rds").frame
    )


def test_the_text_form_without_compression(tmp_path: Path) -> None:
    path = tmp_path / "plain.rds"
    path.write_bytes(gzip.decompress((FILES / "small_ascii.rds").read_bytes()))
    pd.testing.assert_frame_equal(read_table(path).frame, read_table(FILES / "small.rds").frame)


def test_several_data_frames_are_a_choice() -> None:
    path = FILES / "many.RData"
    result = read_table(path)
    assert result.frame.columns.tolist() == ["row", "mpg", "cyl", "disp"]
    assert result.doubtful
    assert "Others are “tibble”" in result.notes[0].text
    options = sniff(path)
    assert file_choices(path, options).objects[:2] == ("cars", "tibble")
    assert "several$second$inner" in file_choices(path, options).objects
    inner = read_table(path, ReadOptions(format="r", object_name="several$second$inner"))
    assert inner.frame["school"].tolist() == ["north", "south"]
    with pytest.raises(ReadError, match="holds no data frame “other”"):
        read_table(path, ReadOptions(format="r", object_name="other"))


@pytest.mark.parametrize("name", ["one.rda", "one_ascii.RData"])
def test_one_data_frame_among_named_objects(name: str) -> None:
    result = read_table(FILES / name)
    assert result.frame.to_dict("list") == {"school": ["north", "south"], "n": [10, 12]}
    assert not result.doubtful


def test_names_of_rows_are_a_column() -> None:
    result = read_table(FILES / "row_names.rds")
    assert result.frame["row"].tolist() == ["Mazda RX4", "Mazda RX4 Wag", "Datsun 710"]


def test_matrices_short_forms_and_no_rows() -> None:
    assert read_table(FILES / "matrix.rds").frame.to_dict("list") == {"a": [1, 2], "b": [3, 4], "c": [5, 6]}
    short = read_table(FILES / "short_forms.rds").frame
    assert short.to_dict("list") == {"a": [1, 2, 3, 4, 5], "b": ["1", "2", "3", "4", "5"]}
    empty = read_table(FILES / "no_rows.rds")
    assert empty.frame.shape == (0, 5)
    assert "no rows" in empty.notes[0].text


def test_what_is_no_data_frame_is_refused() -> None:
    with pytest.raises(ReadError, match="holds no data frame") as caught:
        read_table(FILES / "no_frame.rds")
    assert "saveRDS" in caught.value.hint


def test_chosen_types_list_what_is_lost() -> None:
    options = ReadOptions(format="r", types=(("text", "number"),))
    result = read_table(FILES / "small.rds", options)
    assert result.frame["text"].isna().all()
    assert [(m.row, m.text) for m in result.misfits] == [(1, "a"), (4, "été")]


def test_cancelling() -> None:
    def stop(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_table(FILES / "small.rds", None, stop)


@given(data=st.data())
def test_damaged_bytes_give_a_sentence_or_a_table(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = bytearray(gzip.decompress((FILES / "small.rds").read_bytes()))
    if data.draw(st.booleans()):
        del whole[data.draw(st.integers(14, len(whole) - 1)) :]
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(14, len(whole) - 1)) if len(whole) > 15 else 14
        if at < len(whole):
            whole[at] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "x.rds"
    path.write_bytes(bytes(whole))
    with contextlib.suppress(MixguiError):  # anything else is a defect
        read_table(path)
