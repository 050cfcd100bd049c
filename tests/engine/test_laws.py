"""Laws that hold for every data set: invariances with their Jacobians, derivatives, structures that agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.engine import Factor, LmmFit, RandomTermData, fit_lmm, lmm
from mixgui.engine.coordinates import Rows

# Criterion after the known Jacobian, relative to its size.
INVARIANT = 1e-8
scales = st.floats(-8.0, 8.0).map(lambda e: 10.0**e)
seeds = st.integers(0, 10_000)


def data(seed: int, n: int = 90) -> tuple[np.ndarray, np.ndarray, Factor, Factor]:
    rng = np.random.default_rng(seed)
    g = np.concatenate([np.arange(12), rng.integers(0, 12, n - 12)]).astype(np.int32)
    h = np.concatenate([np.arange(5), rng.integers(0, 5, n - 5)]).astype(np.int32)
    x = rng.standard_normal(n) + 0.5 * g / 12
    y = (
        1.0
        + x
        + rng.standard_normal(12)[g] * (0.7 + 0.4 * x)
        + 0.5 * rng.standard_normal(5)[h]
        + rng.standard_normal(n)
    )
    return y, x, Factor(g, 12, "g"), Factor(h, 5, "h")


def model(y: np.ndarray, x: np.ndarray, g: Factor, h: Factor, *, reml: bool, slope: bool = True) -> LmmFit:
    X = np.column_stack([np.ones(len(y)), x])
    terms = [RandomTermData(g, X if slope else None), RandomTermData(h)]
    return fit_lmm(y, X, terms, reml=reml)


def close(a: float, b: float, size: float) -> None:
    assert abs(a - b) <= INVARIANT * max(abs(size), abs(a), 1.0)


@settings(max_examples=25, deadline=None)
@given(seeds, scales, st.floats(-1e3, 1e3), st.booleans())
def test_predictor_shift_and_scale(seed: int, scale: float, shift: float, reml: bool) -> None:
    y, x, g, h = data(seed)
    base = model(y, x, g, h, reml=reml)
    moved = model(y, scale * (x + shift), g, h, reml=reml)
    # |X'V^-1 X| is multiplied by scale^2.
    jacobian = 2.0 * np.log(scale) if reml else 0.0
    close(moved.criterion - jacobian, base.criterion, moved.criterion)
    assert moved.beta[1] * scale == pytest.approx(base.beta[1], rel=1e-4, abs=1e-6)
    assert moved.sigma == pytest.approx(base.sigma, rel=1e-4)
    assert moved.singular == base.singular


@settings(max_examples=25, deadline=None)
@given(seeds, scales, st.floats(-1e4, 1e4), st.booleans())
def test_outcome_shift_and_scale(seed: int, scale: float, shift: float, reml: bool) -> None:
    y, x, g, h = data(seed)
    base = model(y, x, g, h, reml=reml)
    moved = model(scale * (y + shift), x, g, h, reml=reml)
    nu = len(y) - 2 if reml else len(y)
    close(moved.criterion - 2.0 * nu * np.log(scale), base.criterion, moved.criterion)
    assert moved.theta == pytest.approx(base.theta, rel=1e-3, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(seeds, st.booleans())
def test_order_of_rows_and_groups(seed: int, reml: bool) -> None:
    y, x, g, h = data(seed)
    rng = np.random.default_rng(seed + 1)
    base = model(y, x, g, h, reml=reml)
    rows, names = rng.permutation(len(y)), rng.permutation(12).astype(np.int32)
    other = model(y[rows], x[rows], Factor(names[g.codes[rows]], 12), Factor(h.codes[rows], 5), reml=reml)
    close(other.criterion, base.criterion, base.criterion)
    assert other.modes[0][names] == pytest.approx(base.modes[0], rel=1e-4, abs=1e-5)
    assert other.fitted == pytest.approx(base.fitted[rows], rel=1e-5, abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0.1, 10.0))
def test_equal_weights_only_scale_sigma(seed: int, weight: float) -> None:
    y, x, g, _ = data(seed)
    X = np.column_stack([np.ones(len(y)), x])
    base = fit_lmm(y, X, [RandomTermData(g)])
    weighted = fit_lmm(y, X, [RandomTermData(g)], weights=np.full(len(y), weight))
    close(weighted.criterion, base.criterion, base.criterion)
    assert weighted.sigma == pytest.approx(base.sigma * np.sqrt(weight), rel=1e-4)
    assert weighted.hat() == pytest.approx(base.hat(), abs=1e-5)


def test_offset_is_taken_off() -> None:
    y, x, g, _ = data(3)
    off = 5.0 * np.sin(np.arange(len(y)))
    X = np.column_stack([np.ones(len(y)), x])
    base = fit_lmm(y, X, [RandomTermData(g)])
    other = fit_lmm(y + off, X, [RandomTermData(g)], offset=off)
    assert other.criterion == pytest.approx(base.criterion, rel=1e-12)
    assert other.fitted == pytest.approx(base.fitted + off, abs=1e-8)


STRUCTURES = ["one", "one slope", "diagonal", "three", "crossed", "crossed slopes", "nested", "nested slopes"]


def structure(kind: str, x: np.ndarray, g: Factor, h: Factor) -> list[RandomTermData]:
    X = np.column_stack([np.ones(len(x)), x])
    X3 = np.column_stack([X, x**2])
    outer = Factor(g.codes % 4, 4, "outer")
    return {
        "one": [RandomTermData(g)],
        "one slope": [RandomTermData(g, X)],
        "diagonal": [RandomTermData(g), RandomTermData(g, X[:, 1:] + 300.0)],
        "three": [RandomTermData(g, X3)],
        "crossed": [RandomTermData(h), RandomTermData(g)],
        "crossed slopes": [RandomTermData(g, X), RandomTermData(h, X)],
        "nested": [RandomTermData(g), RandomTermData(outer)],
        "nested slopes": [RandomTermData(g, X), RandomTermData(outer, X)],
    }[kind]


@pytest.mark.parametrize("kind", STRUCTURES)
@pytest.mark.parametrize("dense", [0, 10_000], ids=["blocks", "dense"])
@pytest.mark.parametrize("reml", [True, False])
def test_gradient(kind: str, dense: int, reml: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmm, "_DENSE", dense)
    y, x, g, h = data(7)
    X = np.column_stack([np.ones(len(y)), x])
    state = lmm.prepare(y, X, structure(kind, x, g, h), None, None)
    theta = np.random.default_rng(1).uniform(0.3, 1.2, state.template.n_theta)
    value, gradient = state.gradient(theta, reml)
    assert value == state.criterion(theta, reml)
    step = 1e-5
    for j in range(len(theta)):
        move = step * np.eye(len(theta))[j]
        slope = (state.criterion(theta + move, reml) - state.criterion(theta - move, reml)) / (2 * step)
        assert gradient[j] == pytest.approx(slope, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("kind", STRUCTURES)
@pytest.mark.parametrize("dense", [0, 10_000], ids=["blocks", "dense"])
def test_criterion_is_the_definition(kind: str, dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against V itself, n x n, with weights."""
    monkeypatch.setattr(lmm, "_DENSE", dense)
    y, x, g, h = data(8)
    n = len(y)
    X = np.column_stack([np.ones(n), x])
    terms = structure(kind, x, g, h)
    weights = np.random.default_rng(2).uniform(0.5, 2.0, n)
    state = lmm.prepare(y, X, terms, weights, None)
    theta = np.random.default_rng(1).uniform(0.3, 1.2, state.template.n_theta)
    V = np.diag(1.0 / weights)
    start = 0
    for term in terms:
        Z = np.ones((n, 1)) if term.Z is None else term.Z
        k = term.size
        L = np.zeros((k, k))
        L.T[np.triu_indices(k)] = theta[start : start + k * (k + 1) // 2]
        start += k * (k + 1) // 2
        same = term.factor.codes[:, None] == term.factor.codes
        V += same * (Z @ L @ L.T @ Z.T)
    Vi = np.linalg.inv(V)
    XtVX = X.T @ Vi @ X
    beta = np.linalg.solve(XtVX, X.T @ Vi @ y)
    r2 = (y - X @ beta) @ Vi @ (y - X @ beta)
    log_v, log_x = np.linalg.slogdet(V)[1], np.linalg.slogdet(XtVX)[1]
    ml = log_v + n * (1 + np.log(2 * np.pi * r2 / n))
    reml = log_v + log_x + (n - 2) * (1 + np.log(2 * np.pi * r2 / (n - 2)))
    assert state.criterion(theta, False) == pytest.approx(ml, rel=1e-11)
    assert state.criterion(theta, True) == pytest.approx(reml, rel=1e-11)
    sigma = 1.3
    at_sigma = log_v + n * np.log(2 * np.pi * sigma**2) + r2 / sigma**2
    assert state.deviance(theta, sigma, False) == pytest.approx(at_sigma, rel=1e-11)
    assert state.vcov_beta(theta, sigma) == pytest.approx(sigma**2 * np.linalg.inv(XtVX), rel=1e-8)
    assert state.beta_of(state.evaluate(theta, True)) == pytest.approx(beta, rel=1e-8)


@pytest.mark.parametrize("kind", STRUCTURES)
def test_structures_agree(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    y, x, g, h = data(11)
    X = np.column_stack([np.ones(len(y)), x])
    fits: list[Any] = []
    for dense in (0, 10_000):
        monkeypatch.setattr(lmm, "_DENSE", dense)
        fits.append(fit_lmm(y, X, structure(kind, x, g, h)))
    a, b = fits
    close(a.criterion, b.criterion, a.criterion)
    assert a.hat() == pytest.approx(b.hat(), abs=1e-4)
    for t in range(len(a.modes)):
        assert a.modes[t] == pytest.approx(b.modes[t], rel=1e-3, abs=1e-4)
        assert a.mode_covariances(t) == pytest.approx(b.mode_covariances(t), rel=1e-3, abs=1e-4)


def test_hat_is_the_derivative_of_the_fitted_values() -> None:
    """At fixed theta the fitted values are linear in y, with the leverages on the diagonal."""
    y, x, g, h = data(12)
    X = np.column_stack([np.ones(len(y)), x])
    fit = fit_lmm(y, X, structure("crossed slopes", x, g, h))
    assert fit.hat().sum() > 2.0
    V = np.eye(len(y))
    for term, covariance in zip(fit.state.rows.terms, fit.covariances, strict=True):
        same = term.factor.codes[:, None] == term.factor.codes
        V += same * (term.Z @ (covariance / fit.sigma**2) @ term.Z.T)
    Vi = np.linalg.inv(V)
    P = Vi - Vi @ X @ np.linalg.solve(X.T @ Vi @ X, X.T @ Vi)
    assert fit.hat() == pytest.approx(1.0 - np.diag(P), abs=1e-8)
    assert fit.residuals == pytest.approx(P @ y, abs=1e-8)


def test_balanced_one_way_has_a_closed_form() -> None:
    """Searle, Casella & McCulloch (1992), section 3.8: REML equals ANOVA when that is not negative."""
    rng = np.random.default_rng(5)
    a, m = 15, 6
    g = np.repeat(np.arange(a), m)
    y = 3.0 * rng.standard_normal(a)[g] + rng.standard_normal(a * m)
    fit = fit_lmm(y, np.ones((a * m, 1)), [RandomTermData(Factor(g, a))])
    means = y.reshape(a, m).mean(axis=1)
    msa = m * means.var(ddof=1)
    mse = ((y - means[g]) ** 2).sum() / (a * (m - 1))
    assert fit.sigma**2 == pytest.approx(mse, rel=1e-7)
    assert fit.covariances[0][0, 0] == pytest.approx((msa - mse) / m, rel=1e-7)
    assert fit.beta[0] == pytest.approx(y.mean(), rel=1e-12)
    assert fit.vcov_beta[0, 0] == pytest.approx(msa / (a * m), rel=1e-7)


def test_no_fixed_effects() -> None:
    y, _, g, h = data(13)
    X, terms = np.zeros((len(y), 0)), [RandomTermData(g), RandomTermData(h)]
    fit = fit_lmm(y, X, terms)
    assert fit.beta.shape == (0,)
    assert fit.converged
    assert (
        fit.criterion
        == fit_lmm(y, np.zeros((len(y), 0)), [RandomTermData(g), RandomTermData(h)], reml=False).criterion
    )


def test_integer_codes_of_any_size() -> None:
    y, x, g, _ = data(14)
    X = np.column_stack([np.ones(len(y)), x])
    base = fit_lmm(y, X, [RandomTermData(g)])
    small = fit_lmm(y, X, [RandomTermData(Factor(g.codes.astype(np.uint8), 12))])
    assert small.criterion == base.criterion
    assert Rows(y, X, [RandomTermData(g), RandomTermData(Factor(g.codes.copy(), 12))]).factors[0].size == 2
