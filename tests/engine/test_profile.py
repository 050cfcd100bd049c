"""Profile-likelihood intervals against lme4's, and against their definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mixgui.engine import Factor, LmmFit, RandomTermData, fit_lmm
from mixgui.engine.profile import Interval, parameters, profile_intervals
from mixgui.errors import Cancelled
from mixgui.observer import Progress

from . import cases

# lme4 interpolates its profile with a spline: it is itself right to about this share of a standard error.
TOLERANCE = 1e-3


def one_way(seed: int, between: float, *, groups: int = 12, each: int = 6) -> LmmFit:
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), each)
    y = between * rng.normal(size=groups)[g] + rng.normal(size=groups * each)
    return fit_lmm(y, np.ones((len(y), 1)), [RandomTermData(Factor(g, groups), None)])


def test_reference(reference_dir: Path) -> None:
    """Every interval that R found, SDs, correlations, sigma and fixed effects."""
    checked = 0
    for name, _, model in cases.reference_models(reference_dir):
        if not model.get("profile_ci95"):
            continue
        fit = cases.reference_case(reference_dir, name, model).fit(reml=model["REML"])
        for ours, r in zip(profile_intervals(fit), model["profile_ci95"], strict=True):
            lower = np.nan if r["lower"] is None else r["lower"]
            upper = np.nan if r["upper"] is None else r["upper"]
            width = TOLERANCE * (upper - lower) / (2 * 1.96)
            where = f"{name}: {model['formula']}: {r['param']}"
            if np.isfinite(lower):
                assert ours.lower == pytest.approx(lower, abs=width), where
            if np.isfinite(upper):
                assert ours.upper == pytest.approx(upper, abs=width), where
            checked += 1
    assert checked > 60


def test_balanced_mean_has_its_closed_form() -> None:
    """For the mean of a balanced design: deviance of mu in closed form on a grid of the two variances."""
    fit = one_way(3, 1.0)
    interval = profile_intervals(fit, which=lambda p: p.kind == "beta")[0]
    rows = fit.state.rows
    y = rows.y.reshape(12, 6)
    within = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum()

    def deviance(mu: float) -> float:
        # The ML estimates of sigma^2 and of tau = sigma^2 + 6 sigma_b^2 separate, as long as sigma_b^2 >= 0.
        sigma2 = within / (12 * 5)
        tau = 6 * ((y.mean(axis=1) - mu) ** 2).sum() / 12
        assert tau > sigma2
        return 60 * np.log(sigma2) + 12 * np.log(tau)

    rise = stats.chi2.ppf(0.95, 1)
    for bound in (interval.lower, interval.upper):
        assert deviance(bound) - deviance(y.mean()) == pytest.approx(rise, rel=1e-4)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_higher_level_is_wider(level: float) -> None:
    fit = one_way(5, 0.8)
    for narrow, wide in zip(profile_intervals(fit, 0.4), profile_intervals(fit, level), strict=True):
        assert wide.lower <= narrow.lower
        assert wide.upper >= narrow.upper


def test_variance_of_zero_has_a_lower_bound_of_zero() -> None:
    fit = one_way(11, 0.0)
    found = profile_intervals(fit, which=lambda p: p.kind == "sd")[0]
    assert found.lower == 0.0
    assert 0.0 < found.upper < 1.0


def test_scale_of_the_outcome() -> None:
    """Intervals of a + b y are those of y, mapped."""
    fit = one_way(8, 1.0)
    rows = fit.state.rows
    other = fit_lmm(1e6 + 1e3 * rows.y, rows.X, rows.terms)
    ours: list[Interval] = profile_intervals(fit)
    for a, b in zip(ours, profile_intervals(other), strict=True):
        shift = 1e6 if a.parameter.kind == "beta" else 0.0
        assert b.lower == pytest.approx(shift + 1e3 * a.lower, rel=1e-4, abs=1e-2)
        assert b.upper == pytest.approx(shift + 1e3 * a.upper, rel=1e-4, abs=1e-2)


def test_order_of_parameters() -> None:
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(10), 8)
    x = rng.normal(size=80)
    Z = np.column_stack([np.ones(80), x])
    y = rng.normal(size=10)[g] + rng.normal(size=10)[g] * x + rng.normal(size=80)
    fit = fit_lmm(y, Z, [RandomTermData(Factor(g, 10), Z)])
    kinds = [(p.kind, p.first, p.second) for p in parameters(fit)]
    assert kinds == [
        ("sd", 0, -1),
        ("cor", 0, 1),
        ("sd", 1, -1),
        ("sigma", -1, -1),
        ("beta", 0, -1),
        ("beta", 1, -1),
    ]


def test_cancel() -> None:
    fit = one_way(2, 1.0)
    seen = []

    def observer(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) > 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        profile_intervals(fit, observer=observer)
    assert seen[-1].message
