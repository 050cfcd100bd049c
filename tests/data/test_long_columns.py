from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data import long_columns

CELLS = st.lists(
    st.one_of(st.none(), st.sampled_from(["a", "b", "Ä", "", "a "]), st.text(max_size=3)), max_size=40
)


@pytest.fixture(autouse=True)
def _short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_columns, "_PIECE", 7)


def _same(column: pd.Series) -> None:
    codes, values = long_columns.factorize(column)
    expected, different = pd.factorize(column)
    np.testing.assert_array_equal(codes, expected)
    assert list(values) == list(different)
    np.testing.assert_array_equal(long_columns.missing(column), column.isna())
    pd.testing.assert_series_equal(long_columns.as_text(column), column.astype("str"))


@given(CELLS)
def test_pieces_of_text_give_what_the_whole_gives(cells: list[str | None]) -> None:
    _same(pd.Series(cells, dtype="str"))


@given(st.integers(0, 60), st.integers(1, 20))
def test_an_array_that_is_filled_in_pieces(n: int, size: int) -> None:
    made = long_columns.fill(n, size, lambda part: [f"{i}" for i in range(part.start, part.stop)])
    assert made.dtype == object
    assert made.tolist() == [f"{i}" for i in range(n)]


def test_missing_texts_that_are_different_objects() -> None:
    column = pd.Series(["a", None, "b"] * 5, dtype="str")
    cells = np.asarray(column.array, dtype=object).copy()
    cells[4] = float("nan")  # not pandas' own
    odd = pd.Series(column.array._from_backing_data(cells))
    codes, values = long_columns.factorize(odd)
    np.testing.assert_array_equal(codes, pd.factorize(column)[0])
    assert list(values) == ["a", "b"]


@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text(max_size=2)), max_size=40))
def test_pieces_of_objects_give_what_the_whole_gives(cells: list[object]) -> None:
    column = pd.Series(cells, dtype=object)
    codes, values = long_columns.factorize(column)
    again = values.to_numpy(dtype=object).take(codes[codes >= 0])
    assert list(again) == [cell for cell in cells if cell is not None]
    np.testing.assert_array_equal(long_columns.missing(column), column.isna())


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False), st.integers(-5, 5)), max_size=40))
def test_numbers(cells: list[float | None]) -> None:
    _same(pd.Series(cells, dtype=float))


@given(st.lists(st.integers(-1, 9), max_size=60), st.integers(10, 12), st.integers(1, 20))
def test_counts_of_codes_leave_out_what_is_missing(codes: list[int], n: int, room: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_columns, "_ROOM", room)
        counted = long_columns.count_codes(np.array(codes, dtype=np.intp), n)
    assert counted.tolist() == [codes.count(code) for code in range(n)]


def test_categories_and_other_indexes() -> None:
    column = pd.Series(list("abcabcabcabc"), index=range(5, 17), dtype="category")
    codes, values = long_columns.factorize(column)
    np.testing.assert_array_equal(codes, pd.factorize(column)[0])
    assert list(values) == ["a", "b", "c"]


@given(CELLS.filter(bool), st.lists(st.integers(0, 10_000), max_size=60))
def test_rows_that_are_taken_in_pieces_are_those_of_pandas(
    cells: list[str | None], places: list[int]
) -> None:
    rows = np.array(places, dtype=np.intp) % len(cells)
    frame = pd.DataFrame(
        {
            "text": pd.Series(cells, dtype="str"),
            "any": pd.Series(cells, dtype=object),
            "x": np.arange(len(cells)),
        }
    )
    taken, expected = long_columns.take_rows(frame, rows), frame.take(rows).reset_index(drop=True)
    pd.testing.assert_frame_equal(taken, expected)
