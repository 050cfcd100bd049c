"""Variances of predictions against the covariance matrix of all rows."""

from __future__ import annotations

import numpy as np
import pytest

from mixgui.engine import Factor, RandomTermData, fit_lmm
from mixgui.engine.prediction import conditional_variances


def by_hand(fit, X, Zs, S, x, z):
    """Var of x'beta + z'b about the truth from V = I + Z S Z', S relative to sigma^2."""
    Z = np.hstack(Zs)
    V = np.eye(len(X)) + Z @ S @ Z.T
    inverse = np.linalg.inv(V)
    P = np.linalg.inv(X.T @ inverse @ X)
    C = S - S @ Z.T @ inverse @ Z @ S
    left = x - z @ S @ Z.T @ inverse @ X
    return fit.sigma**2 * (np.einsum("ij,jk,ik->i", z, C, z) + np.einsum("ij,jk,ik->i", left, P, left))


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("size", [(8, 3), (60, 55)])  # dense, and the largest factor eliminated
def test_as_the_full_covariance_matrix(crossed, size):
    rng = np.random.default_rng(5)
    q, r = size
    n = 12 * q
    g, h = np.arange(n) % q, rng.permutation(np.arange(n) % r)
    x = rng.normal(50, 3, n)
    own, other = rng.normal(size=(q, 2)), rng.normal(size=r)
    y = 1 + x + own[g, 0] + 0.2 * own[g, 1] * (x - 50) + other[h] + rng.normal(size=n)
    X = np.column_stack([np.ones(n), x])
    terms = [RandomTermData(Factor(g, q), X)] + ([RandomTermData(Factor(h, r))] if crossed else [])
    fit = fit_lmm(y, X, terms)
    Zs = [np.eye(q)[g] * X[:, [j]] for j in range(2)] + ([np.eye(r)[h]] if crossed else [])
    S = np.kron(fit.covariances[0], np.eye(q))
    if crossed:
        S = np.block(
            [[S, np.zeros((2 * q, r))], [np.zeros((r, 2 * q)), fit.covariances[1][0, 0] * np.eye(r)]]
        )
    new = np.column_stack([np.ones(4), [40.0, 50.0, 55.0, 60.0]])
    levels, others = np.array([0, 3, 7, 2]), np.array([2, 0, 1, 1])
    z = np.hstack(
        [np.eye(q)[levels] * new[:, [j]] for j in range(2)] + ([np.eye(r)[others]] if crossed else [])
    )
    effects = [(levels, new)] + ([(others, np.ones((4, 1)))] if crossed else [])
    expected = by_hand(fit, X, Zs, S / fit.sigma**2, new, z)
    np.testing.assert_allclose(conditional_variances(fit, new, effects), expected, rtol=1e-6)
    # A group that is not in the data brings its whole variance; the known factor keeps what is known.
    z[:, : 2 * q] = 0.0
    unknown = [(np.full(4, -1), new), *effects[1:]]
    expected = by_hand(fit, X, Zs, S / fit.sigma**2, new, z) + np.einsum(
        "ij,jk,ik->i", new, fit.covariances[0], new
    )
    np.testing.assert_allclose(conditional_variances(fit, new, unknown), expected, rtol=1e-6)
