"""The density and its normal band: against R's sm, the definition, and under changes of unit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gaussian_kde

from mixgui.errors import ModelError
from mixgui.models.density import density_with_reference, normal_bandwidth, share_outside

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "r_smooth_reference.json").read_text(encoding="utf-8")
)


def made_by_formula(n: int) -> np.ndarray:
    i = np.arange(1, n + 1)
    x = 10 * ((i * (np.sqrt(5) - 1) / 2) % 1) - 3
    return np.sin(x) + (1.2 * np.sin(12.9898 * i) + np.cos(78.233 * i)) / 2


@pytest.mark.parametrize("case", REFERENCE["density"], ids=lambda c: f"n={c['n']}")
def test_numbers_of_r(case: dict[str, Any]) -> None:
    row = density_with_reference(made_by_formula(case["n"])).iloc[case["at"]]
    for column in ("density", "reference", "lower", "upper"):
        np.testing.assert_allclose(row[column], case[column], rtol=1e-10, atol=1e-14)


def test_estimate_is_scipys_with_the_same_bandwidth() -> None:
    sample = np.random.default_rng(0).normal(size=200)
    kde = gaussian_kde(sample, bw_method=normal_bandwidth(sample) / sample.std(ddof=1))
    frame = density_with_reference(sample)
    np.testing.assert_allclose(frame["density"], kde(frame["x"]), rtol=1e-9)
    assert len(frame) == 100
    assert frame["x"].iloc[[0, -1]].tolist() == [sample.min(), sample.max()]


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3), st.integers(0, 5), st.booleans())
@settings(max_examples=60, deadline=None)
def test_shape_does_not_change_with_the_unit(scale: float, shift: float, seed: int, mirror: bool) -> None:
    sample = np.random.default_rng(seed).gamma(2, size=60)
    factor = -scale if mirror else scale
    plain, scaled = density_with_reference(sample), density_with_reference(factor * (sample + shift))
    if mirror:
        scaled = scaled.iloc[::-1].reset_index(drop=True)
    np.testing.assert_allclose(scaled["x"] / factor - shift, plain["x"], rtol=1e-7, atol=1e-7)
    for column in ("density", "reference", "lower", "upper"):
        np.testing.assert_allclose(scaled[column] * scale, plain[column], rtol=1e-6, atol=1e-9)


def test_band_holds_normal_samples_and_not_skewed_ones() -> None:
    """Pointwise ±2 standard errors: a normal line is outside at about one point in twenty."""
    rng = np.random.default_rng(4)
    normal = [share_outside(density_with_reference(rng.normal(size=300))) for _ in range(200)]
    skewed = [share_outside(density_with_reference(rng.exponential(size=300))) for _ in range(20)]
    assert np.mean(normal) < 0.08
    assert min(skewed) > 0.2


def test_large_samples_are_summed_exactly() -> None:
    sample = np.random.default_rng(9).normal(size=200_000)
    h = normal_bandwidth(sample)
    frame = density_with_reference(sample)
    for i in (0, 37, 99):
        z = (sample - frame["x"][i]) / h
        direct = np.exp(-0.5 * z * z).sum() / (sample.size * h * np.sqrt(2 * np.pi))
        assert frame["density"][i] == pytest.approx(direct, rel=1e-9)


def test_values_that_are_not_finite_are_left_out() -> None:
    sample = np.array([1.0, 2, 4, 7])
    with_gaps = np.array([np.nan, 1.0, 2, np.inf, 4, 7, -np.inf])
    assert density_with_reference(with_gaps).equals(density_with_reference(sample))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([], "there are none"),
        ([1.0, 2.0], "there are two"),
        ([np.nan, 1.0], "there is one"),
        ([5.0] * 8, "All 8 values are equal"),
        ([0.0] * 8, "All 8 values are equal"),
        (1e8 + np.arange(5) * 1e-8, "All 5 values are equal"),
    ],
)
def test_refusals_are_sentences(values: list[float], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence) as caught:
        density_with_reference(values)
    assert caught.value.hint.endswith(".")
