"""The smooth lines against R (loess, mgcv), against their definitions, and on awkward data."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from mixgui.errors import ModelError
from mixgui.models.cubic_spline import fit_cubic_spline
from mixgui.models.smoothers import GRID, loess_operator, smooth

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "r_smooth_reference.json").read_text(encoding="utf-8")
)
# Direct computation in both programs: only rounding separates them.
LOESS_TOLERANCE = 1e-10
# Both stop their search for lambda somewhere on a flat top; the share is of the band's half width.
SPLINE_TOLERANCE = 2e-4


def made_by_formula(case: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """x and y as the reference was computed for: no random numbers, so that R can make them too."""
    i = np.arange(1, case["n"] + 1)
    u = (i * (np.sqrt(5) - 1) / 2) % 1
    x = -np.log(1 - u) if case.get("skew") else 10 * u - 3
    y = np.sin(x) + (1.2 * np.sin(12.9898 * i) + np.cos(78.233 * i)) / 2
    digits = case.get("digits")
    return (np.round(x, digits) if digits is not None else x), y


def smooth_of(case: dict[str, Any], tolerance: float) -> tuple[str, float]:
    x, y = made_by_formula(case)
    result = smooth(x, y)
    row = result.frame.iloc[case["at"]]
    half = np.array(case["half"])
    assert len(result.frame) == GRID
    np.testing.assert_allclose((row["fit"] - case["fit"]) / half, 0, atol=tolerance)
    np.testing.assert_allclose((row["upper"] - row["fit"]) / half, 1, atol=tolerance)
    np.testing.assert_allclose(row["upper"] - row["fit"], row["fit"] - row["lower"], rtol=1e-9)
    return result.method, result.df


@pytest.mark.parametrize("case", REFERENCE["loess"], ids=lambda c: f"n={c['n']}")
def test_loess_is_that_of_r(case: dict[str, Any]) -> None:
    method, df = smooth_of(case, LOESS_TOLERANCE)
    assert method == "local regression"
    assert df == pytest.approx(case["trace"], rel=1e-10)


@pytest.mark.parametrize("case", REFERENCE["spline"], ids=lambda c: f"n={c['n']}")
def test_spline_is_that_of_mgcv(case: dict[str, Any]) -> None:
    method, df = smooth_of(case, SPLINE_TOLERANCE)
    assert method == "penalised spline"
    assert df == pytest.approx(case["edf"], abs=1e-3)


def test_method_changes_at_a_thousand_rows() -> None:
    x = np.linspace(0, 1, 1000)
    assert smooth(x[:999], np.sin(x[:999])).method == "local regression"
    assert smooth(x, np.sin(x)).method == "penalised spline"


def test_loess_row_is_a_weighted_quadratic_fit() -> None:
    """Against weighted least squares written out for one point."""
    rng = np.random.default_rng(1)
    x, y, at = rng.uniform(0, 1, 60), rng.normal(size=60), 0.3
    distance = np.abs(x - at)
    reach = np.sort(distance)[int(60 * 0.75) - 1]
    weight = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3
    design = np.vander(x, 3) * np.sqrt(weight)[:, None]
    coefficients = np.linalg.lstsq(design, y * np.sqrt(weight), rcond=None)[0]
    assert (loess_operator(x, np.array([at])) @ y)[0] == pytest.approx(np.polyval(coefficients, at), rel=1e-9)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3), st.integers(12, 60))
@settings(max_examples=30, deadline=None)
def test_loess_reproduces_a_parabola(a: float, b: float, c: float, n: int) -> None:
    x = np.sort(np.random.default_rng(n).uniform(-1, 1, n))
    frame = smooth(x, a + b * x + c * x**2).frame
    np.testing.assert_allclose(frame["fit"], a + b * frame["x"] + c * frame["x"] ** 2, atol=1e-8)


@given(st.sampled_from([1e-6, 0.3, 1e7]), st.sampled_from([-5.0, 0.0, 1e3]), st.sampled_from([50, 1500]))
@settings(max_examples=18, deadline=None)
def test_units_do_not_matter(scale: float, shift: float, n: int) -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=n)
    y = np.sin(x) + rng.normal(size=n)
    plain, moved = smooth(x, y).frame, smooth((x + shift) * scale, y * scale).frame
    np.testing.assert_allclose(moved["x"], (plain["x"] + shift) * scale, rtol=1e-9, atol=1e-9 * scale)
    for column in ("fit", "lower", "upper"):
        np.testing.assert_allclose(moved[column], plain[column] * scale, rtol=1e-4, atol=1e-4 * scale)


def test_band_covers_a_curve_as_often_as_it_says() -> None:
    """Average coverage over x and 60 samples; smoothing bias costs a little, hence 0.90."""
    rng = np.random.default_rng(11)
    for n in (200, 1200):
        covered = []
        for _ in range(60):
            x = rng.uniform(0, 3, n)
            frame = smooth(x, np.sin(x) + rng.normal(size=n)).frame
            truth = np.sin(frame["x"])
            covered.append(((frame["lower"] < truth) & (truth < frame["upper"])).mean())
        assert 0.90 < np.mean(covered) < 0.99


def test_spline_of_pure_noise_is_nearly_flat() -> None:
    rng = np.random.default_rng(5)
    fit = fit_cubic_spline(rng.uniform(0, 1, 5000), rng.normal(size=5000))
    assert fit.edf < 3
    assert fit.sigma2 == pytest.approx(1, abs=0.06)


def test_spline_equals_dense_penalised_least_squares() -> None:
    """The cross-products gathered by segment are those of the basis written out row by row."""
    from mixgui.models import cubic_spline as module

    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 1, 400), rng.normal(size=400)
    knots = np.quantile(np.unique(x), np.linspace(0, 1, 10))
    curvature, _ = module._curvature_and_penalty(knots)
    basis = module._basis(x, knots, curvature)
    gram, moment, sums = module._cross_products(x, y, knots, curvature)
    np.testing.assert_allclose(gram, basis.T @ basis, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(moment, basis.T @ y, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sums, basis.sum(axis=0), rtol=1e-9, atol=1e-9)
    from scipy.interpolate import CubicSpline

    values = rng.normal(size=10)
    natural = CubicSpline(knots, values, bc_type="natural")
    np.testing.assert_allclose(basis @ values, natural(x), rtol=1e-8, atol=1e-8)


def test_few_distinct_x_give_means_with_a_t_interval() -> None:
    x = np.repeat([0.0, 1.0], [10, 30])
    y = np.random.default_rng(3).normal(size=40) + x
    result = smooth(x, y)
    assert result.method == "mean at each value"
    np.testing.assert_allclose(result.frame["fit"], [y[:10].mean(), y[10:].mean()])
    pooled = np.sqrt((9 * y[:10].var(ddof=1) + 29 * y[10:].var(ddof=1)) / 38)
    half = t.ppf(0.975, 38) * pooled / np.sqrt([10, 30])
    np.testing.assert_allclose(result.frame["upper"] - result.frame["fit"], half)


def test_few_rows_give_a_straight_line() -> None:
    x, y = np.array([1.0, 2, 3, 5]), np.array([2.0, 1, 4, 6])
    result = smooth(x, y)
    slope, intercept = np.polyfit(x, y, 1)
    assert result.method == "straight line"
    np.testing.assert_allclose(result.frame["fit"], intercept + slope * result.frame["x"])


@pytest.mark.parametrize("n", [7, 8, 12, 400])
def test_heavy_ties_stay_finite(n: int) -> None:
    """Nine rows in ten share one x: the nearest three quarters would span no width at all."""
    rng = np.random.default_rng(n)
    x = np.concatenate([np.zeros(9 * n), np.arange(1, n + 1)])
    frame = smooth(x, rng.normal(size=x.size)).frame
    assert np.isfinite(frame.to_numpy()).all()
    assert frame["fit"].abs().max() < 20


def test_missing_and_infinite_rows_are_left_out() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=50), rng.normal(size=50)
    x_more, y_more = np.append(x, [np.nan, 1.0, np.inf]), np.append(y, [1.0, np.nan, 0.0])
    pd.testing.assert_frame_equal(smooth(x_more, y_more).frame, smooth(x, y).frame)


@pytest.mark.parametrize(
    ("x", "sentence"), [([1.0, 2.0], "at least 3 rows"), ([4.0, 4.0, 4.0, 4.0], "are equal")]
)
def test_refusals_are_sentences(x: list[float], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        smooth(x, np.arange(len(x), dtype=float))


@pytest.mark.parametrize("n", [20, 2000])
def test_constant_y_gives_a_flat_line(n: int) -> None:
    frame = smooth(np.linspace(0, 1, n), np.full(n, 3.0)).frame
    np.testing.assert_allclose(frame[["fit", "lower", "upper"]], 3.0, atol=1e-6)


@pytest.mark.timing
def test_a_million_rows_are_quick() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=1_000_000)
    y = np.sin(x) + rng.normal(size=x.size)
    start = time.perf_counter()
    frame = smooth(x, y).frame
    assert time.perf_counter() - start < 3.0  # 0.2 s on an idle core
    inner = frame[frame["x"].abs() < 2]
    np.testing.assert_allclose(inner["fit"], np.sin(inner["x"]), atol=0.02)
