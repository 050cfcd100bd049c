"""Simulation from a fitted model and the parametric bootstrap."""

from __future__ import annotations

import numpy as np
import pytest

from mixgui.engine import Factor, LmmFit, RandomTermData, fit_lmm
from mixgui.engine.bootstrap import bootstrap_intervals, simulate
from mixgui.errors import Cancelled
from mixgui.observer import Progress


def small(weights: np.ndarray | None = None) -> LmmFit:
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(20), 6)
    x = rng.normal(size=120)
    Z = np.column_stack([np.ones(120), x])
    b = rng.multivariate_normal([0, 0], [[4.0, 1.0], [1.0, 1.0]], size=20)
    y = 3 + 2 * x + (Z * b[g]).sum(axis=1) + rng.normal(size=120)
    return fit_lmm(y, Z, [RandomTermData(Factor(g, 20), Z)], weights=weights)


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2.0, 120)])
def test_simulated_outcomes_have_the_models_moments(weights: np.ndarray | None) -> None:
    fit = small(weights)
    draws = np.array(list(simulate(fit, 4000, 1)))
    rows = fit.state.rows
    term = rows.terms[0]
    assert term.Z is not None
    w = np.ones(120) if weights is None else weights
    V = (term.Z @ fit.covariances[0] @ term.Z.T) * (term.factor.codes[:, None] == term.factor.codes)
    V = V + np.diag(fit.sigma**2 / w)
    spread = np.sqrt(V.diagonal())
    # Four standard errors of a mean and of a variance over 4,000 draws; 120 of each are compared.
    assert np.abs((draws.mean(axis=0) - rows.X @ fit.beta) / spread).max() < 4.5 / np.sqrt(4000)
    assert np.abs(draws.var(axis=0) / V.diagonal() - 1).max() < 4.5 * np.sqrt(2 / 4000)
    own = np.corrcoef(draws.T)[0, 1]
    assert own == pytest.approx(V[0, 1] / (spread[0] * spread[1]), abs=0.06)


def test_same_seed_same_draws() -> None:
    fit = small()
    first, second = (np.array(list(simulate(fit, 3, 9))) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, np.array(list(simulate(fit, 3, 10))))


def test_intervals_hold_the_estimates_and_are_about_wald() -> None:
    fit = small()
    found = bootstrap_intervals(fit, count=200, seed=2)
    assert [i.parameter.kind for i in found] == ["sd", "cor", "sd", "sigma", "beta", "beta"]
    for interval in found:
        assert interval.lower < interval.parameter.estimate < interval.upper
    for interval, se in zip(found[-2:], np.sqrt(fit.vcov_beta.diagonal()), strict=True):
        assert (interval.upper - interval.lower) / (2 * 1.96 * se) == pytest.approx(1.0, abs=0.2)


def test_cancel() -> None:
    def observer(progress: Progress) -> None:
        if progress.fraction:
            raise Cancelled

    with pytest.raises(Cancelled):
        bootstrap_intervals(small(), count=50, observer=observer)
