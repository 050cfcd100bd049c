"""One grouping factor: V is block-diagonal, and each group is summarised by k x k numbers.

With A_i = Z_i'Z_i, P_i a least-squares solution of Z_i P = W_i and E the cross-products of what is left
of W,

    K_i = Z_i'V_i^-1 Z_i = A_i (I + S A_i)^-1,   H_i = Z_i'V_i^-1 W_i = K_i P_i,   F = E + sum_i P_i' K_i
    P_i,
    |V_i| = |I + S A_i|.

F is a sum of squares, so nothing cancels when the variances are large. For k = 2,
|I + S A| = 1 + tr(S A) + |S||A| and K = (A + |A| adj S) / |I + S A|, which keeps K positive definite to
the last digit.
The second derivatives are exact: d2 = -tr(P V_a P V_b) + nu [2 y'P V_a P V_b P y / r^2 - ...] reduces to
products of
(k^2, groups) matrices.
"""

from __future__ import annotations

import numpy as np

from mixgui.engine.criterion import MANY, Constants, Evaluation, factorise, failed
from mixgui.engine.small import conditional_stack, pack_two, reduce_stack, reduce_two
from mixgui.engine.terms import FloatArray


def stacked_solve(A: FloatArray, B: FloatArray) -> FloatArray:
    """Return minimum-norm solutions P (q, k, m) of A P = B for positive semidefinite A (q, k, k), B (q,
    k, m).
    """
    k = A.shape[1]
    if k == 1:
        a = A[:, :, 0]
        return np.divide(B[:, 0, :], a, out=np.zeros_like(B[:, 0, :]), where=a > 0.0)[:, None, :]
    if k == 2:
        return _solve_two(A, B)
    return _pseudo_solve(A, B)


def _solve_two(A: FloatArray, B: FloatArray) -> FloatArray:
    a, b, c = A[:, 0, 0], A[:, 0, 1], A[:, 1, 1]
    det = a * c - b * b
    good = det > 1e-10 * a * c
    if not good.all():
        P = np.empty_like(B)
        P[good] = _solve_two(A[good], B[good])
        P[~good] = _pseudo_solve(A[~good], B[~good])
        return P
    P = np.empty_like(B)
    c1, b1, a1 = (c / det)[:, None], (b / det)[:, None], (a / det)[:, None]
    P[:, 0] = c1 * B[:, 0] - b1 * B[:, 1]
    P[:, 1] = a1 * B[:, 1] - b1 * B[:, 0]
    return P


def _pseudo_solve(A: FloatArray, B: FloatArray) -> FloatArray:
    if len(A) == 0:
        return np.zeros_like(B)
    values, vectors = np.linalg.eigh(A)
    floor = values[:, -1:] * 1e-13
    inverse = np.divide(1.0, values, out=np.zeros_like(values), where=values > floor)
    return vectors @ (inverse[:, :, None] * (vectors.transpose(0, 2, 1) @ B))


def _to_abcd(X: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Return X (k, k, k, k) with its axes in the order a, b, c, d, as a (k^2, k^2) matrix of its own."""
    k2 = X.shape[0] ** 2
    return X.transpose(axes).reshape(k2, k2).copy() if k2 == 1 else X.transpose(axes).reshape(k2, k2)


class OneFactor:
    """Evaluator for a single grouping factor.

    Parameters
    ----------
    A : (q, k, k) array
        Z_i'Z_i.
    P : (q, k, m) array
        Least-squares coefficients of W_i on Z_i.
    E : (m, m) array
        Cross-products of the residuals of W within the groups, W = [X, y].
    constants : Constants
        The rest of the criterion.
    """

    def __init__(self, A: FloatArray, P: FloatArray, E: FloatArray, constants: Constants) -> None:
        self.q, self.k, self.m = P.shape
        self.constants = constants
        self.work = float(self.q * self.k**3 * self.m)
        self.E = E
        # Component first, so that one component of all groups is contiguous.
        self.A = np.ascontiguousarray(A.transpose(1, 2, 0))
        self.P = np.ascontiguousarray(P.transpose(1, 0, 2))
        self.uniform = self.q >= MANY or bool(np.ptp(self.A, axis=2).max() <= 1e-9 * np.abs(self.A).max())
        self._P_flat = self.P.reshape(-1, self.m).T
        if self.k == 2:
            self._packed, self._dets = pack_two(self.A)

    def _reduce(self, S: FloatArray) -> tuple[float, FloatArray]:
        """Return log|V| and K (k, k, q)."""
        if self.k != 2:
            return reduce_stack(self.A, S)
        return reduce_two(self._packed, self._dets, S)

    def _products(self, K: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return H (k, q, m) and F (m, m)."""
        if self.k == 1:
            H = K[0, 0][:, None] * self.P
        elif self.k == 2:
            H = (K[:, :, :, None] * self.P).sum(axis=1)
        else:
            H = np.einsum("abq,bqm->aqm", K, self.P)
        return H, self.E + self._P_flat @ H.reshape(-1, self.m)

    def evaluate(self, S: FloatArray, reml: bool, order: int) -> Evaluation:
        """Return the criterion at S (k, k); order 1 adds its first, order 2 its second derivatives."""
        log_det, K = self._reduce(S)
        H, F = self._products(K)
        factored = factorise(F)
        if factored is None or not np.isfinite(log_det):
            return failed(self.m)
        diagonal, root = factored
        value = self.constants.profiled(log_det, np.log(diagonal), reml)
        r2 = float(diagonal[-1] ** 2)
        if order == 0:
            return Evaluation(value, log_det, root, r2)
        return Evaluation(value, log_det, root, r2, *self._derivatives(K, H @ root.T, reml, order))

    def _derivatives(
        self, K: FloatArray, Y: FloatArray, reml: bool, order: int
    ) -> tuple[FloatArray, FloatArray | None, FloatArray | None]:
        """Return G, H and the expected H from K_i and Y_i = Z_i'V_i^-1 W_i root' (its last column is Z_i'P y / r)."""
        k, q, p = self.k, self.q, self.m - 1
        nu = self.constants.n - p if reml else self.constants.n
        Yf = np.ascontiguousarray(Y.transpose(0, 2, 1))  # [a, x, group]
        rows = Yf.reshape(-1, q)
        M = (rows @ rows.T).reshape(k, self.m, k, self.m)  # every sum over groups of two elements of Y
        uu = M[:, p, :, p]
        trace = K.sum(axis=2)
        reml = reml and p > 0
        if reml:
            trace -= M[:, :p, :, :p].trace(axis1=1, axis2=3)
        G = trace - nu * uu
        if order == 1:
            return G, None, None
        # quad[ab, cd] = y'P V_ab P V_cd P y / r^2; T[ab, cd] = tr(P V_ab P V_cd).
        k2 = k * k
        Kf, u, Yx = K.reshape(k2, q), Yf[:, p], Yf[:, :p]
        parts = [(u[:, None] * u).reshape(k2, q), Kf]
        if reml:
            parts.append(np.einsum("axq,bxq->abq", Yx, Yx).reshape(k2, q))
        sums = Kf @ np.concatenate(parts).T
        quad = _to_abcd(sums[:, :k2].T.reshape(k, k, k, k), (0, 2, 3, 1))  # from [a, d, b, c]
        T = sums[:, k2 : 2 * k2]
        if p:
            cross = M[:, p, :, :p]  # u on a, Yx on b: y'P V_ab ends in them
            quad -= cross.reshape(k2, p) @ cross.transpose(1, 0, 2).reshape(k2, p).T
        if reml:
            KY = sums[:, 2 * k2 :]
            T = T - KY - KY.T
        T = _to_abcd(T.reshape(k, k, k, k), (3, 0, 1, 2))  # from [b, c, d, a]
        if reml:
            YY = M[:, :p, :, :p].transpose(0, 2, 1, 3)  # [a, b, x, z]
            T += YY.transpose(1, 0, 2, 3).reshape(k2, -1) @ YY.reshape(k2, -1).T
        vec, t = uu.reshape(k2), trace.reshape(k2)
        return G, nu * (2.0 * quad - vec[:, None] * vec) - T, T - t[:, None] * (t / nu)

    def solution(self, S: FloatArray) -> OneFactorSolution:
        """Return what modes and conditional variances need at S."""
        _, K = self._reduce(S)
        H, F = self._products(K)
        factored = factorise(F)
        root = factored[1] if factored is not None else np.full((self.m, self.m), np.nan)
        return OneFactorSolution(S, self.A, H, root)


class OneFactorSolution:
    """Random-effects quantities of a single factor at one S."""

    def __init__(self, S: FloatArray, A: FloatArray, H: FloatArray, root: FloatArray) -> None:
        self.S, self.A, self.H, self.root = S, A, H, root

    def scores(self, w: FloatArray) -> list[FloatArray]:
        """Return [Z'V^-1 W w], (levels, k)."""
        return [(self.H @ w).T]

    def conditional(self, factor: int) -> FloatArray:
        """Return S (I + A_i S)^-1, (levels, k, k)."""
        return conditional_stack(self.A, self.S).transpose(2, 0, 1)

    def products(self, factor: int) -> FloatArray:
        """Return Z'V^-1 W of each level, (levels, k, m)."""
        return self.H.transpose(1, 0, 2)
