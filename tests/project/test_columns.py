"""Columns come back to the bit."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.errors import ProjectFileError
from mixgui.project import columns
from mixgui.project.columns import decode, encode

from .projects import frame, same_bits


def through(series: pd.Series) -> pd.Series:
    """Return the series after writing and reading."""
    stored: dict[str, Any] = {}

    def store(name: str, array: Any) -> str:
        assert array.dtype != object
        assert name not in stored
        stored[name] = array.copy()
        return name

    def fetch(name: str, length: int | None) -> Any:
        assert length is None or len(stored[name]) == length
        return stored[name]

    return pd.Series(decode(encode(series, store), len(series), fetch), name=series.name, copy=False)


def check(series: pd.Series) -> None:
    assert same_bits(series.to_frame("a"), through(series).to_frame("a"))


@pytest.mark.parametrize("name", frame(1).columns)
@pytest.mark.parametrize("rows", [0, 1, 60])
def test_every_kind_of_column(name: str, rows: int) -> None:
    whole = frame()[name]
    check(whole.iloc[:rows].reset_index(drop=True))


@given(st.lists(st.none() | st.text(st.characters(codec=None)), max_size=40))
def test_any_text(cells: list[str | None]) -> None:
    check(pd.Series(pd.array(cells, dtype="str")))
    check(pd.Series(pd.array(cells, dtype="string")))


@given(st.lists(st.text(max_size=3), min_size=1, max_size=5), st.data())
def test_long_texts_in_pieces(words: list[str], data: st.DataObject) -> None:
    """The seams between pieces lie anywhere, also where letters have several bytes."""
    piece, fewest = columns._PIECE, columns._FEWEST_WORDS
    columns._PIECE, columns._FEWEST_WORDS = data.draw(st.integers(1, 7)), data.draw(st.integers(0, 3))
    try:
        check(pd.Series(pd.array([*words, None] * 6, dtype="str")))  # type: ignore[list-item]
    finally:
        columns._PIECE, columns._FEWEST_WORDS = piece, fewest


@given(st.lists(st.floats(width=64), max_size=20), st.sampled_from(["f8", "f4", "c16", ">f8"]))
def test_any_number(cells: list[float], dtype: str) -> None:
    with np.errstate(over="ignore"):
        check(pd.Series(np.array(cells).astype(dtype)))


def test_the_bits_of_nan_stay() -> None:
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000, 0x7FF0000000000001], dtype=np.uint64).view(
        np.float64
    )
    assert through(pd.Series(odd)).to_numpy().tobytes() == odd.tobytes()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates(unit: str) -> None:
    dates = pd.Series(
        pd.to_datetime(["1969-07-20", None, "2200-01-01 12:30:15"], format="ISO8601").as_unit(unit)
    )
    check(dates)
    check(dates - dates.iloc[0])
    check(dates.dt.tz_localize("America/New_York"))


@pytest.mark.parametrize(
    "categories",
    [["b", "a", "é"], [3, 1, 2], [0.5, -0.0], pd.to_datetime(["2024-01-01", "2023-01-01"])],
)
@pytest.mark.parametrize("ordered", [True, False])
def test_categories_keep_order_and_type(categories: Any, ordered: bool) -> None:
    codes = [0, 1, -1, len(categories) - 1]
    check(pd.Series(pd.Categorical.from_codes(codes, categories=categories, ordered=ordered)))


def test_cells_of_several_types() -> None:
    cells = ["a", True, 1, 2**70, 0.1, -0.0, None, pd.NaT, pd.NA, datetime.date(2024, 2, 29), Decimal("1.10")]
    cells += [datetime.time(1, 2, 3, 4), datetime.datetime(1, 2, 3), pd.Timestamp("2024-01-01").as_unit("s")]
    series = pd.Series(cells, dtype=object)
    back = through(series)
    for before, after in zip(series, back, strict=True):
        assert type(before) is type(after)
        assert before is after or before == after
    assert str(through(pd.Series([-0.0, "x"], dtype=object)).iloc[0]) == "-0.0"


def test_what_has_no_place_in_a_file_is_named() -> None:
    with pytest.raises(ProjectFileError, match="list"):
        through(pd.Series([[1], "a"], dtype=object))
    with pytest.raises(ProjectFileError, match="period"):
        through(pd.Series(pd.period_range("2024", periods=2, freq="Y")))
