"""The profiled criterion from the cross-products F = W' V^-1 W with W = [X, y], and its derivatives.

V = I + Z S Z' is the covariance matrix of y relative to sigma^2. With nu = n - p for REML and n for ML,

    criterion = log|V| + [REML] log|X'V^-1 X| + nu (1 + log(2 pi r^2 / nu)),    r^2 = y'P y,

which is -2 log-likelihood (or the REML criterion) with beta and sigma profiled out
(Bates et al. 2015, J. Stat. Softw. 67(1), equations 35 and 42; there log|V| is log|L|^2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import lapack

from mixgui.engine.terms import FloatArray

# So many groups average out what is peculiar to some: of 2,500 simulated designs with 60 to 220 groups and a random
# slope none needed further starts, of those with fewer than 60 groups one in 800.
MANY = 100


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The criterion at one S, in the internal coordinates.

    Parameters
    ----------
    criterion : float
        Criterion on the scale of the given data; infinite where it cannot be computed.
    log_det : float
        log|V|.
    root : (m, m) array
        Inverse of the lower Cholesky factor of F; its last row is (-beta', 1) / r.
    r2 : float
        Penalised residual sum of squares of the mapped y.
    G : (K, K) array or None
        Derivative with respect to S (symmetric; only the terms' blocks mean anything).
    H : (K*K, K*K) array or None
        Second derivative with respect to vec(S).
    information : (K*K, K*K) array or None
        Expected value of H when the data follow the model at S: tr(P V_a P V_b) - tr(P V_a) tr(P V_b) / nu.
    """

    criterion: float
    log_det: float
    root: FloatArray
    r2: float
    G: FloatArray | None = None
    H: FloatArray | None = None
    information: FloatArray | None = None


class Evaluator(Protocol):
    """What a structure (one factor, a few small ones, crossed ones) must be able to do.

    `work` is the order of the number of operations of an evaluation; `uniform` says that every group tells the same
    (Z_i'Z_i are equal), or that there are so many that their differences average out.
    """

    constants: Constants
    work: float
    uniform: bool

    def evaluate(self, S: FloatArray, reml: bool, order: int) -> Evaluation:
        """Return the criterion at S = Lambda Lambda' (K, K); order 1 adds G, order 2 also H."""

    def solution(self, S: FloatArray) -> Solution:
        """Return what modes, conditional variances and leverages need at S."""


class Solution(Protocol):
    """Quantities of the random effects at one S, in the internal coordinates."""

    root: FloatArray

    def scores(self, w: FloatArray) -> list[FloatArray]:
        """Return Z'V^-1 W w for each factor, (levels, k) each."""

    def products(self, factor: int) -> FloatArray:
        """Return Z'V^-1 W of each level of a factor, (levels, k, m)."""

    def conditional(self, factor: int) -> FloatArray:
        """Return the blocks of Lambda (Lambda'Z'Z Lambda + I)^-1 Lambda' of a factor's levels, (levels,
        k, k).
        """


@dataclass(frozen=True)
class Constants:
    """The parts of the criterion that do not depend on S.

    Parameters
    ----------
    n, p : int
        Rows and fixed effects.
    log_scale : float
        log of the scale that was taken off y.
    log_det_x : float
        log|det T|, T the map of X's columns.
    log_weights : float
        Sum of the log weights.
    """

    n: int
    p: int
    log_scale: float
    log_det_x: float
    log_weights: float

    def profiled(self, log_det: float, log_root: FloatArray, reml: bool) -> float:
        """Return the criterion from log|V| and the logs of the diagonal of F's Cholesky factor (m,)."""
        nu = self.n - self.p if reml else self.n
        value = log_det + nu * (1.0 + np.log(2.0 * np.pi / nu) + 2.0 * (log_root[-1] + self.log_scale))
        if reml:
            value += 2.0 * (log_root[:-1].sum() - self.log_det_x)
        return float(value - self.log_weights)

    def at_sigma(self, log_det: float, log_root: FloatArray, sigma: float, reml: bool) -> float:
        """Return -2 log-likelihood (or the REML criterion) at a sigma that is not the profiled one."""
        nu = self.n - self.p if reml else self.n
        r2 = float(np.exp(2.0 * (log_root[-1] + self.log_scale)))
        value = log_det + nu * np.log(2.0 * np.pi * sigma**2) + r2 / sigma**2
        if reml:
            value += 2.0 * (log_root[:-1].sum() - self.log_det_x)
        return float(value - self.log_weights)


def failed(m: int) -> Evaluation:
    """Return the evaluation at a place where the cross-products are not positive definite."""
    return Evaluation(np.inf, np.inf, np.full((m, m), np.nan), np.nan)


def factorise(F: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Return (diagonal of the Cholesky factor, its inverse) of F (m, m), or None if it is not positive
    definite.
    """
    # LAPACK without numpy's wrappers: the matrix is tiny and this is done at every evaluation.
    L, info = lapack.dpotrf(F, lower=1, clean=1)
    if info:
        return None
    inverse, info = lapack.dtrtri(L, lower=1)
    return None if info else (L.diagonal(), inverse)
