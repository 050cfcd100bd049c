"""Several grouping factors with few random effects in all: everything as one dense Q x Q problem.

With A = Z'Z = R'R (R of full row rank) and c the coordinates of W in the space of Z, and E the
cross-products of what
is left of W,

    V-part M = I + R S R' = L L',   F = E + (L^-1 c)'(L^-1 c),   Z'V^-1 Z = (L^-1 R)'(L^-1 R),   Z'V^-1 W
    = (L^-1 R)'L^-1 c,

sums of squares again. Columns of Z are ordered by template column (all levels of the first column, then
of the next).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import lapack

from mixgui.engine.criterion import Constants, Evaluation, factorise, failed
from mixgui.engine.terms import FloatArray
from mixgui.engine.tiny import eigh


class Dense:
    """Evaluator for a few small factors.

    Parameters
    ----------
    A : (Q, Q) array
        Z'Z.
    B : (Q, m) array
        Z'W.
    W2 : (m, m) array
        W'W.
    layout : sequence of (levels, columns)
        Of each factor, in the order of the columns of Z.
    constants : Constants
        The rest of the criterion.
    """

    def __init__(
        self,
        A: FloatArray,
        B: FloatArray,
        W2: FloatArray,
        layout: Sequence[tuple[int, int]],
        constants: Constants,
    ) -> None:
        self.constants = constants
        self.layout = tuple(layout)
        self.m = B.shape[1]
        values, vectors = eigh(A)
        keep = values > values[-1] * len(A) * 1e-14
        roots = np.sqrt(values[keep])
        self.R = np.ascontiguousarray((vectors[:, keep] * roots).T)
        c = (vectors[:, keep].T @ B) / roots[:, None]
        self.rank = len(roots)
        self.E = W2 - c.T @ c
        # Slices of Z's columns, one per template column; factor and its columns in the template.
        self.slices: list[slice] = []
        self.members: list[range] = []
        start = 0
        for levels, k in self.layout:
            self.members.append(range(len(self.slices), len(self.slices) + k))
            for _ in range(k):
                self.slices.append(slice(start, start + levels))
                start += levels
        self.K = len(self.slices)
        self.Q = start
        self.uniform = False
        self.work = float(self.rank**2 * self.Q) / 10.0  # BLAS does these
        self.scalar = all(k == 1 for _, k in self.layout)
        self._repeats = np.array([s.stop - s.start for s in self.slices])
        self._column_of = np.repeat(np.arange(self.K), self._repeats)
        self._sum = (self._column_of == np.arange(self.K)[:, None]).astype(float)
        # LAPACK wants columns contiguous.
        self._right = np.asfortranarray(np.hstack([self.R, c]))
        on = np.arange(self.K) * (self.K + 1)
        self._diagonal = np.ix_(on, on)

    def _scaled(self, S: FloatArray) -> FloatArray:
        """Return R S, with S (K, K) repeated over the levels."""
        if self.scalar:
            return self.R * S.diagonal()[self._column_of]
        out = np.zeros_like(self.R)
        for columns in self.members:
            for a in columns:
                for b in columns:
                    if S[a, b] != 0.0:
                        out[:, self.slices[b]] += self.R[:, self.slices[a]] * S[a, b]
        return out

    def _whiten(self, S: FloatArray) -> tuple[float, FloatArray] | None:
        """Return log|V| and L^-1 [R, c]."""
        M = self._scaled(S) @ self.R.T
        M.flat[:: len(M) + 1] += 1.0
        # M is symmetric: its transpose is the same matrix with contiguous columns.
        L, info = lapack.dpotrf(M.T, lower=1, clean=0, overwrite_a=1)
        if info:
            return None
        white, info = lapack.dtrtrs(L, self._right, lower=1)
        return None if info else (2.0 * float(np.log(L.diagonal()).sum()), white)

    def evaluate(self, S: FloatArray, reml: bool, order: int) -> Evaluation:
        """Return the criterion at S (K, K); order 1 adds its first, order 2 its second derivatives."""
        whitened = self._whiten(S)
        if whitened is None:
            return failed(self.m)
        log_det, white = whitened
        Q = self.Q
        gram = white.T @ white  # [Z'V^-1 Z, Z'V^-1 W], and (L^-1 c)'(L^-1 c)
        factored = factorise(self.E + gram[Q:, Q:])
        if factored is None:
            return failed(self.m)
        diagonal, root = factored
        value = self.constants.profiled(log_det, np.log(diagonal), reml)
        r2 = float(diagonal[-1] ** 2)
        if order == 0:
            return Evaluation(value, log_det, root, r2)
        parts = self._derivatives(gram[:Q, :Q], gram[:Q, Q:] @ root.T, reml, order)
        return Evaluation(value, log_det, root, r2, *parts)

    def _derivatives(
        self, Kz: FloatArray, Y: FloatArray, reml: bool, order: int
    ) -> tuple[FloatArray, FloatArray | None, FloatArray | None]:
        p = self.m - 1
        nu = self.constants.n - p if reml else self.constants.n
        Yx, u = Y[:, :p], Y[:, p]
        # Z'PZ: what the quadratic forms need always, the traces only for REML.
        KP = Kz - Yx @ Yx.T
        KT = KP if reml else Kz
        first = self._scalar_first if self.scalar else self._general_first
        gu, trace = first(KT, u)
        G = trace - nu * gu
        if order == 1:
            return G, None, None
        second = self._scalar_second if self.scalar else self._general_second
        quad, T = second(KP, KT, u)
        vec, t = gu.reshape(-1), trace.reshape(-1)
        return G, nu * (2.0 * quad - vec[:, None] * vec) - T, T - t[:, None] * (t / nu)

    def _scalar_first(self, KT: FloatArray, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return u_a'u_b and tr KT_ab (K, K), of terms with one column each: only a = b means anything."""
        return np.diag(self._sum @ (u * u)), np.diag(self._sum @ KT.diagonal())

    def _general_first(self, KT: FloatArray, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        trace, gu = np.zeros((self.K, self.K)), np.zeros((self.K, self.K))
        for columns in self.members:
            for a in columns:
                for b in columns:
                    sa, sb = self.slices[a], self.slices[b]
                    gu[a, b] = u[sa] @ u[sb]
                    trace[a, b] = KT[sa, sb].trace()
        return gu, trace

    def _scalar_second(self, KP: FloatArray, KT: FloatArray, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        K2 = self.K * self.K
        quad, T = np.zeros((K2, K2)), np.zeros((K2, K2))
        own = self._sum * u
        quad[self._diagonal] = own @ KP @ own.T
        T[self._diagonal] = self._sum @ (KT * KT) @ self._sum.T
        return quad, T

    def _general_second(self, KP: FloatArray, KT: FloatArray, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        K = self.K
        quad, T = np.zeros((K, K, K, K)), np.zeros((K, K, K, K))
        s = self.slices
        for f in self.members:
            for g in self.members:
                for b in f:
                    for c in g:
                        KT_bc, KP_bc = KT[s[b], s[c]], KP[s[b], s[c]]
                        for a in f:
                            left = u[s[a]] @ KP_bc
                            for d in g:
                                quad[a, b, c, d] = left @ u[s[d]]
                                T[a, b, c, d] = np.vdot(KT_bc, KT[s[a], s[d]])
        return quad.reshape(K * K, K * K), T.reshape(K * K, K * K)

    def solution(self, S: FloatArray) -> DenseSolution:
        """Return what modes and conditional variances need at S."""
        whitened = self._whiten(S)
        if whitened is None:
            raise FloatingPointError("the covariance matrix is not positive definite")
        Q, white = self.Q, whitened[1]
        gram = white.T @ white
        factored = factorise(self.E + gram[Q:, Q:])
        root = factored[1] if factored is not None else np.full((self.m, self.m), np.nan)
        return DenseSolution(self, S, gram[:Q, :Q], gram[:Q, Q:], root)


class DenseSolution:
    """Random-effects quantities of a few small factors at one S."""

    def __init__(self, dense: Dense, S: FloatArray, Kz: FloatArray, H: FloatArray, root: FloatArray) -> None:
        self.dense, self.S, self.Kz, self.H, self.root = dense, S, Kz, H, root

    def _levels(self, factor: int, columns: FloatArray) -> FloatArray:
        """Return rows of (Q, ...) that belong to a factor as (levels, k, ...)."""
        parts = [columns[self.dense.slices[a]] for a in self.dense.members[factor]]
        return np.stack(parts, axis=1)

    def scores(self, w: FloatArray) -> list[FloatArray]:
        """Return Z'V^-1 W w of each factor, (levels, k)."""
        u = self.H @ w
        return [self._levels(f, u) for f in range(len(self.dense.layout))]

    def products(self, factor: int) -> FloatArray:
        """Return Z'V^-1 W of each level, (levels, k, m)."""
        return self._levels(factor, self.H)

    def conditional(self, factor: int) -> FloatArray:
        """Return S - S Z'V^-1 Z S of each level, (levels, k, k)."""
        members = self.dense.members[factor]
        own = np.ix_(members, members)
        levels, k = self.dense.layout[factor]
        K = np.empty((levels, k, k))
        for i, a in enumerate(members):
            for j, b in enumerate(members):
                K[:, i, j] = self.Kz[self.dense.slices[a], self.dense.slices[b]].diagonal()
        S = self.S[own]
        return S - S @ K @ S

    def joint(self) -> FloatArray:
        """Return Lambda (Lambda'Z'Z Lambda + I)^-1 Lambda' of all random effects, (Q, Q)."""
        full = np.zeros((self.dense.Q, self.dense.Q))
        for columns in self.dense.members:
            for a in columns:
                for b in columns:
                    sa, sb = self.dense.slices[a], self.dense.slices[b]
                    full[sa, sb][np.diag_indices(sa.stop - sa.start)] = self.S[a, b]
        return full - full @ self.Kz @ full
