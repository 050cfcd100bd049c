"""Q-Q frames against R's numbers (ppoints, qqline, the band of car::qqPlot)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from mixgui.errors import ModelError
from mixgui.models.quantiles import plotting_positions, qq_frame

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "r_smooth_reference.json").read_text(encoding="utf-8")
)


def made_by_formula(n: int) -> np.ndarray:
    i = np.arange(1, n + 1)
    x = 10 * ((i * (np.sqrt(5) - 1) / 2) % 1) - 3
    return np.sin(x) + (1.2 * np.sin(12.9898 * i) + np.cos(78.233 * i)) / 2


@pytest.mark.parametrize("case", REFERENCE["qq"], ids=lambda c: f"n={c['n']}")
def test_numbers_of_r(case: dict[str, Any]) -> None:
    row = qq_frame(made_by_formula(case["n"])).iloc[case["at"]]
    for column in ("theoretical", "line", "lower", "upper"):
        np.testing.assert_allclose(row[column], case[column], rtol=1e-10, atol=1e-12)


def test_positions_of_small_and_large_samples() -> None:
    np.testing.assert_allclose(plotting_positions(10), (np.arange(1, 11) - 0.375) / 10.25)
    np.testing.assert_allclose(plotting_positions(11), (np.arange(1, 12) - 0.5) / 11)


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=50, unique=True))
def test_points_are_the_sample_in_order_and_the_index_names_them(values: list[float]) -> None:
    try:
        frame = qq_frame(values)
    except ModelError:
        return  # a spread at rounding level
    np.testing.assert_array_equal(frame["sample"], np.sort(values))
    np.testing.assert_array_equal(np.array(values)[frame.index], frame["sample"])
    assert frame["theoretical"].is_monotonic_increasing


def test_index_counts_the_values_left_out() -> None:
    values = np.array([np.nan, 3.0, 1.0, np.inf, 2.0])
    assert qq_frame(values).index.tolist() == [2, 4, 1]


def test_band_is_pointwise_and_follows_its_level() -> None:
    rng = np.random.default_rng(2)
    outside = []
    for _ in range(300):
        frame = qq_frame(rng.normal(3, 2, size=80))
        outside.append(((frame["sample"] < frame["lower"]) | (frame["sample"] > frame["upper"])).mean())
    assert np.mean(outside) < 0.07
    sample = rng.normal(size=50)
    wide, narrow = qq_frame(sample, 0.99), qq_frame(sample, 0.5)
    ratio = (wide["upper"] - wide["line"]) / (narrow["upper"] - narrow["line"])
    np.testing.assert_allclose(ratio, norm.ppf(0.995) / norm.ppf(0.75))


@pytest.mark.parametrize("values", [[], [1.0, 2.0], [2.0, 2.0, 2.0]])
def test_refusals_are_sentences(values: list[float]) -> None:
    with pytest.raises(ModelError, match="Q-Q plot"):
        qq_frame(values)
