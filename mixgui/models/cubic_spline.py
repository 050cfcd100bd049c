"""A penalised cubic regression spline of one predictor, its smoothness chosen by REML.

What mgcv fits for y ~ s(x, bs = "cs") with method = "REML": a natural cubic spline written in its values at
k knots (quantiles of the distinct x), a penalty on its curvature that also shrinks its straight part a
little, and a smoothing parameter at the maximum of the restricted likelihood.
Sources: Wood (2017), Generalized Additive Models, 2nd ed., sections 5.3.1 (basis), 5.4.3 (shrinkage),
6.2.6 (REML); nothing here grows with the rows but four passes of bincount.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, eigh, solve_triangular
from scipy.optimize import minimize_scalar

from mixgui.models.density import FloatArray

# Each direction that curvature leaves unpenalised (constant, slope) gets this share of the next penalty.
SHRINKAGE = 0.1


@dataclass(frozen=True)
class CubicSpline:
    """A fitted spline.

    Parameters
    ----------
    knots : array (k,)
        Ascending, from the smallest to the largest x.
    curvature : array (k, k)
        Maps values at the knots to second derivatives there.
    mean : float
        Mean of y: the spline's values sum to zero over the rows.
    values : array (k,)
        Height at the knots above the mean.
    covariance : array (k, k)
        Bayesian covariance of `values`; the mean adds sigma2 / n.
    sigma2 : float
        REML estimate of the residual variance.
    edf : float
        Effective degrees of freedom, the mean included.
    n : int
        Rows.
    """

    knots: FloatArray
    curvature: FloatArray
    mean: float
    values: FloatArray
    covariance: FloatArray
    sigma2: float
    edf: float
    n: int

    def predict(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the curve and its standard error at each x within the range of the knots."""
        basis = _basis(x, self.knots, self.curvature)
        variance = np.einsum("ij,jk,ik->i", basis, self.covariance, basis) + self.sigma2 / self.n
        return self.mean + basis @ self.values, np.sqrt(np.maximum(variance, 0.0))


def fit_cubic_spline(x: FloatArray, y: FloatArray, k: int = 10) -> CubicSpline:
    """Fit the spline to finite x (n,) and y (n,); x needs at least k >= 4 distinct values."""
    knots = np.quantile(np.unique(x), np.linspace(0.0, 1.0, k))
    curvature, penalty = _curvature_and_penalty(knots)
    gram, moment, column_sums = _cross_products(x, y - y.mean(), knots, curvature)
    # The spline sums to zero over the rows: its coefficients live orthogonally to the column sums.
    free = np.linalg.qr(column_sums[:, None], mode="complete")[0][:, 1:]
    gram, penalty = free.T @ gram @ free, free.T @ penalty @ free
    moment = free.T @ moment
    total = float(((y - y.mean()) ** 2).sum())
    lam, sigma2, edf = _choose_smoothness(gram, penalty, moment, total, x.size)
    factor = cho_factor(gram + lam * penalty)
    inverse = cho_solve(factor, np.eye(k - 1))
    return CubicSpline(
        knots=knots,
        curvature=curvature,
        mean=float(y.mean()),
        values=free @ (inverse @ moment),
        covariance=sigma2 * free @ inverse @ free.T,
        sigma2=sigma2,
        edf=edf,
        n=x.size,
    )


def _curvature_and_penalty(knots: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return F (values at knots -> second derivatives) and the integrated squared curvature, shrunk."""
    k = knots.size
    h = np.diff(knots)
    differences = np.zeros((k - 2, k))
    rows = np.arange(k - 2)
    differences[rows, rows] = 1.0 / h[:-1]
    differences[rows, rows + 1] = -1.0 / h[:-1] - 1.0 / h[1:]
    differences[rows, rows + 2] = 1.0 / h[1:]
    banded = np.diag((h[:-1] + h[1:]) / 3.0) + np.diag(h[1:-1] / 6.0, 1) + np.diag(h[1:-1] / 6.0, -1)
    inner = np.linalg.solve(banded, differences)
    curvature = np.vstack([np.zeros(k), inner, np.zeros(k)])
    penalty = differences.T @ inner
    smallest = eigh((penalty + penalty.T) / 2.0, eigvals_only=True)[2]
    constant = np.full(k, 1.0 / np.sqrt(k))
    slope = knots - knots.mean()
    slope /= np.linalg.norm(slope)
    penalty += SHRINKAGE * smallest * (np.outer(slope, slope) + SHRINKAGE * np.outer(constant, constant))
    return curvature, (penalty + penalty.T) / 2.0


def _segments(knots: FloatArray, curvature: FloatArray) -> FloatArray:
    """Return (k - 1, 4, k): on segment j the basis row is the cubic sum over d of t^d [j, d], t in 0..1."""
    k = knots.size
    h2 = (np.diff(knots) ** 2)[:, None] / 6.0
    left, right = np.eye(k)[:-1], np.eye(k)[1:]
    bend_left, bend_right = h2 * curvature[:-1], h2 * curvature[1:]
    return np.stack(
        [left, right - left - 2.0 * bend_left - bend_right, 3.0 * bend_left, bend_right - bend_left], axis=1
    )


def _locate(x: FloatArray, knots: FloatArray) -> tuple[np.ndarray, FloatArray]:
    segment = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, knots.size - 2)
    t = (x - knots[segment]) / np.diff(knots)[segment]
    return segment, t


def _basis(x: FloatArray, knots: FloatArray, curvature: FloatArray) -> FloatArray:
    segment, t = _locate(x, knots)
    powers = np.vander(t, 4, increasing=True)
    return np.einsum("nd,ndk->nk", powers, _segments(knots, curvature)[segment])


def _cross_products(
    x: FloatArray, y: FloatArray, knots: FloatArray, curvature: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return X'X (k, k), X'y (k,) and 1'X (k,) without forming X.

    On a segment the basis is a cubic, so sums of t^0 .. t^6 and of y t^0 .. t^3 are all that a row gives.
    """
    segment, t = _locate(x, knots)
    n_segments = knots.size - 1
    powers, weighted = np.empty((n_segments, 7)), np.empty((n_segments, 4))
    t_power = np.ones_like(t)
    for d in range(7):
        powers[:, d] = np.bincount(segment, t_power, n_segments)
        if d < 4:
            weighted[:, d] = np.bincount(segment, t_power * y, n_segments)
        t_power *= t
    coefficients = _segments(knots, curvature)
    hankel = powers[:, np.arange(4)[:, None] + np.arange(4)]
    gram = np.einsum("jak,jab,jbl->kl", coefficients, hankel, coefficients)
    moment = np.einsum("jak,ja->k", coefficients, weighted)
    return gram, moment, np.einsum("jak,ja->k", coefficients, powers[:, :4])


def _choose_smoothness(
    gram: FloatArray, penalty: FloatArray, moment: FloatArray, total: float, n: int
) -> tuple[float, float, float]:
    """Return lambda at the maximum of the restricted likelihood, sigma^2 there and the effective df.

    With the penalty's Cholesky factor both matrices become diagonal at once, so that the criterion is a
    sum over k - 1 numbers: (n - 1) log D + sum log(d + lambda) - (k - 1) log lambda, D the penalised sum
    of squares total - sum c^2 / (d + lambda).
    """
    root = cholesky(penalty, lower=True)
    half = solve_triangular(root, gram, lower=True)
    d, vectors = eigh(solve_triangular(root, half.T, lower=True))
    d = np.maximum(d, 0.0)
    c2 = (vectors.T @ solve_triangular(root, moment, lower=True)) ** 2
    least = np.finfo(float).tiny + 1e-14 * total  # a curve through every point: no residual variance is left

    def penalised_sum(lam: float) -> float:
        return max(total - float((c2 / (d + lam)).sum()), least)

    def criterion(log_lam: float) -> float:
        lam = np.exp(log_lam)
        log_det = np.log(d + lam).sum() - d.size * log_lam
        return float((n - 1) * np.log(penalised_sum(lam)) + log_det)

    centre = np.log(max(d.max(), np.finfo(float).tiny))
    grid = centre + np.linspace(-30.0, 12.0, 85)
    best = int(np.argmin([criterion(g) for g in grid]))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)])
    lam = float(np.exp(minimize_scalar(criterion, bounds=bounds, method="bounded").x))
    return lam, penalised_sum(lam) / (n - 1), 1.0 + float((d / (d + lam)).sum())
