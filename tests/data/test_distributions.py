"""Histograms, boxes and quantiles beside R's (r_distributions.R makes the file) and as laws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.distributions import (
    MOST_BARS,
    bandwidth,
    bars_of_freedman_diaconis,
    box_of,
    breaks_for,
    histogram,
    pretty,
)

R = json.loads((Path(__file__).parent / "r_distributions.json").read_text(encoding="utf-8"))
numbers = st.lists(
    st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=1, max_size=60
).map(np.array)


@pytest.mark.parametrize("sample", R["samples"].values(), ids=R["samples"])
def test_bars_are_those_of_r(sample: dict[str, Any]) -> None:
    x = np.array(sample["x"], dtype=float)
    n = bars_of_freedman_diaconis(x)
    assert n == sample["bars"]
    breaks = pretty(float(x.min()), float(x.max()), n)
    np.testing.assert_allclose(breaks, sample["breaks"], rtol=1e-12, atol=1e-12 * np.ptp(x))
    assert histogram(x, breaks=breaks).counts.tolist() == sample["counts"]


@pytest.mark.parametrize("sample", R["samples"].values(), ids=R["samples"])
def test_boxes_are_those_of_r(sample: dict[str, Any]) -> None:
    x = np.array(sample["x"], dtype=float)
    box = box_of(x)
    assert box is not None
    five = [box.low, box.lower, box.median, box.upper, box.high]
    np.testing.assert_allclose(five, sample["stats"], rtol=1e-12)
    np.testing.assert_allclose(box.outside, np.sort(sample["out"]), rtol=1e-15)
    assert bandwidth(x) == pytest.approx(sample["bandwidth"], rel=1e-10)


def test_round_numbers_are_those_of_r() -> None:
    for case in R["pretty"]:
        found = pretty(case["low"], case["high"], case["n"])
        span = case["high"] - case["low"]
        np.testing.assert_allclose(found, np.atleast_1d(case["breaks"]), rtol=1e-12, atol=1e-12 * span)


@given(numbers, st.integers(0, 50))
def test_every_value_is_in_one_bar(x: np.ndarray, bars: int) -> None:
    found = histogram(x, bars)
    assert found.counts.sum() == x.size
    assert found.breaks[0] <= x.min()
    assert x.max() <= found.breaks[-1] + 1e-12 * max(1.0, abs(found.breaks[-1]))
    assert found.counts.size == found.breaks.size - 1
    if bars and np.ptp(x) > 0:
        assert found.counts.size == bars


@given(numbers)
def test_a_box_leaves_out_a_quarter_at_either_end_and_its_whiskers_are_values(x: np.ndarray) -> None:
    box = box_of(x)
    assert box is not None
    assert box.low <= box.lower <= box.median <= box.upper <= box.high or box.outside.size
    assert box.median == pytest.approx(np.median(x), rel=1e-12, abs=1e-12)
    for beyond in (x < box.lower, x > box.upper):
        assert np.count_nonzero(beyond) <= (x.size + 3) / 4
    assert box.outside.size < x.size


def test_whole_numbers_have_a_bar_each() -> None:
    x = np.array([1.0, 2, 2, 5, 5, 5])
    found = histogram(x)
    assert found.rule == "whole"
    assert found.breaks.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert found.counts.tolist() == [1, 2, 0, 0, 3]
    assert histogram(x, 2).counts.tolist() == [3, 3]


def test_values_on_an_end_belong_below() -> None:
    assert histogram(np.array([0.0, 1, 1, 2]), breaks=np.array([0.0, 1, 2])).counts.tolist() == [3, 1]


def test_equal_values_are_one_bar_and_no_box_is_of_nothing() -> None:
    found = histogram(np.full(7, 3.25))
    assert found.counts.tolist() == [7]
    assert found.breaks[0] < 3.25 < found.breaks[1]
    assert box_of(np.array([np.nan, np.inf])) is None
    assert bandwidth(np.array([1.0])) == 0
    huge = breaks_for(np.full(3, 1e300))[0]
    assert huge[0] < 1e300 < huge[1]


def test_heavy_tails_do_not_make_thousands_of_bars() -> None:
    x = np.append(np.random.default_rng(1).normal(size=5000), 1e6)
    assert histogram(x).counts.size <= 2 * MOST_BARS
