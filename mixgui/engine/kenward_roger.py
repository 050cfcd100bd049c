"""Kenward and Roger's adjusted covariance matrix and degrees of freedom, without any n x n matrix.

Kenward & Roger (1997, Biometrics 53) as in pbkrtest (Halekoh & Hojsgaard 2014, J. Stat. Softw. 59(9),
section 4). With Sigma = s V = sum_r gamma_r G_r, the gamma being s and the elements of the random effects'
covariance matrices,

    P_r = -X'Sigma^-1 G_r Sigma^-1 X,   Q_rs = X'Sigma^-1 G_r Sigma^-1 G_s Sigma^-1 X,
    W = 2 [tr(Sigma^-1 G_r Sigma^-1 G_s) - 2 tr(Phi Q_rs) + tr(Phi P_r Phi P_s)]^-1,
    Phi_A = Phi + 2 Phi [sum_rs W_rs (Q_rs - P_r Phi P_s)] Phi.

G_r = Z E_r Z' or I, so everything reduces to K = Z'V^-1 Z, H = Z'V^-1 X and their like with V^-2: blocks of
one level for a single grouping factor, one dense matrix for several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mixgui.engine import blocks
from mixgui.engine.dense import Dense
from mixgui.engine.inference import FTest
from mixgui.engine.one_factor import OneFactor
from mixgui.engine.result import LmmFit
from mixgui.engine.terms import FloatArray
from mixgui.errors import ModelError

# Random effects of several factors that a dense matrix may hold: 6,000 are 300 MB.
_MOST_EFFECTS = 6000


@dataclass(frozen=True)
class _Component:
    """A parameter gamma_r: element (a, b) of the template's covariance matrix."""

    a: int
    b: int


class KenwardRoger:
    """Kenward and Roger's method for one model fitted by REML.

    Parameters
    ----------
    fit : LmmFit
        A model fitted by REML.

    Attributes
    ----------
    vcov : (p, p) array
        Adjusted covariance matrix of the fixed effects, Phi_A.

    Raises
    ------
    ModelError
        A fit by ML, or several grouping factors with too many levels.
    """

    def __init__(self, fit: LmmFit) -> None:
        if not fit.reml:
            raise ModelError(
                "Kenward and Roger's method is defined for REML only; this model was fitted by ML.",
                "Fit it by REML, or choose Satterthwaite's degrees of freedom.",
            )
        self.fit = fit
        self.components = list(_components(fit))
        self._map = fit.state.rows.x_map.full
        self._sigma = fit.sigma / fit.state.rows.y_scale  # in internal units
        S = fit.lam @ fit.lam.T
        evaluator = fit.state.evaluator
        if isinstance(evaluator, OneFactor):
            pieces = _one_factor_pieces(evaluator, S, self.components)
        else:
            pieces = _dense_pieces(_as_dense(fit), S, self.components)
        self._adjust(*pieces)

    def _adjust(self, F: FloatArray, P: FloatArray, Q: FloatArray, traces: FloatArray) -> None:
        """Form W and Phi_A from the pieces of V: P (r, p, p), Q (r, r, p, p), traces (r, r)."""
        s = self._sigma**2
        C = np.linalg.inv(F)
        self._phi = s * C
        # With Sigma = s V: each inverse of Sigma takes a factor s off.
        self._P = -P / s**2
        Q = Q / s**3
        phi = self._phi
        phi_P = phi @ self._P
        information = traces / s**2
        information = information - 2.0 * np.einsum("xy,rsyx->rs", phi, Q)
        information = information + np.einsum("rxy,syx->rs", phi_P, phi_P)
        self._W = 2.0 * _inverse(information)
        U = np.einsum("rs,rsxy->xy", self._W, Q)
        U = U - np.einsum("rs,rxy,syz->xz", self._W, self._P, phi_P)
        adjusted = phi + 2.0 * phi @ U @ phi
        unit = self._map * self.fit.state.rows.y_scale
        self.vcov = unit @ (0.5 * (adjusted + adjusted.T)) @ unit.T

    def f_test(self, L: FloatArray) -> FTest:
        """Test L beta = 0 for all rows of L (q, p) at once; redundant rows count once.

        The scaled statistic lambda F with F = (L beta)' (L Phi_A L')^-1 L beta / q and Phi_A the adjusted covariance
        matrix; lambda and the denominator df m match its first two moments with those of F(q, m) (Kenward & Roger 1997,
        Biometrics 53:983, section 3), with pbkrtest's care for 0 / 0.

        Parameters
        ----------
        L : (q, p) array
            Hypotheses, one per row.

        Returns
        -------
        FTest
            `statistic` is scaled by lambda.
        """
        L = np.atleast_2d(np.asarray(L, dtype=float))
        values, vectors = np.linalg.eigh(L @ self.fit.vcov_beta @ L.T)
        keep = values > max(values[-1], 0.0) * 1e-8
        L = vectors[:, keep].T @ L
        q = len(L)
        if q == 0:
            return FTest(np.nan, 0.0, np.nan, np.nan)
        wald = float(self.fit.beta @ L.T @ np.linalg.solve(L @ self.vcov @ L.T, L @ self.fit.beta)) / q
        df2, scale = self._moments(L @ self._map)
        return FTest.of(scale * wald, float(q), df2)

    def _moments(self, L: FloatArray) -> tuple[float, float]:
        """Return (denominator df, scale of F) by matching the first two moments; L (q, p), internal."""
        q, phi = len(L), self._phi
        theta = L.T @ np.linalg.solve(L @ phi @ L.T, L)
        parts = theta @ phi @ self._P @ phi
        trace = np.trace(parts, axis1=1, axis2=2)
        a1 = float(trace @ self._W @ trace)
        a2 = float(np.einsum("rs,rxy,syx->", self._W, parts, parts))
        if a2 == 0.0:  # the covariance parameters do not matter for this contrast
            return np.inf, 1.0
        b = (a1 + 6.0 * a2) / (2.0 * q)
        g = ((q + 1.0) * a1 - (q + 4.0) * a2) / ((q + 2.0) * a2)
        c = 3.0 * q + 2.0 * (1.0 - g)
        v0 = 1.0 + g / c * b
        v1 = 1.0 - (q - g) / c * b
        v2 = 1.0 - (q + 2.0 - g) / c * b
        v0 = 0.0 if abs(v0) < 1e-10 else v0
        rho = (_ratio(1.0 - a2 / q, v1)) ** 2 * v0 / (q * v2)
        df2 = 4.0 + (q + 2.0) / (q * rho - 1.0)
        # For df2 = 2 the limit: pbkrtest sets the scale to 1.
        scale = 1.0 if abs(df2 - 2.0) < 1e-2 else df2 * (1.0 - a2 / q) / (df2 - 2.0)
        return float(df2), float(scale)

    def df(self, L: FloatArray) -> FloatArray:
        """Return the df of each row of L beta, each tested alone.

        Parameters
        ----------
        L : (c, p) array
            Contrasts, one per row.

        Returns
        -------
        (c,) array
            The m of F(1, m) with the first two moments of the scaled statistic; NaN for a row of zeros.
        """
        L = np.atleast_2d(np.asarray(L, dtype=float))
        return np.array([self._moments(row[None] @ self._map)[0] if row.any() else np.nan for row in L])


def _ratio(x: float, y: float) -> float:
    return 1.0 if abs(x) < 1e-14 and abs(y) < 1e-14 else x / y


def _inverse(information: FloatArray) -> FloatArray:
    """Invert a symmetric positive semidefinite matrix; directions without information get no variance."""
    scale = np.sqrt(np.abs(information.diagonal()))
    scale[scale == 0.0] = 1.0
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    keep = values > 1e-10
    half = vectors[:, keep] / np.sqrt(values[keep]) / scale[:, None]
    return half @ half.T


def _components(fit: LmmFit) -> Iterator[_Component]:
    for term in fit.state.template.terms:
        for b in range(term.size):
            for a in range(b, term.size if term.correlated else b + 1):
                yield _Component(term.start + a, term.start + b)


def _as_dense(fit: LmmFit) -> Dense:
    evaluator = fit.state.evaluator
    if isinstance(evaluator, Dense):
        return evaluator
    effects = sum(f.n_levels * f.size for f in fit.state.rows.factors)
    if effects > _MOST_EFFECTS:
        raise ModelError(
            f"Kenward and Roger's method would need a matrix of {effects:,} by {effects:,} numbers here.",
            "Choose Satterthwaite's degrees of freedom; with so many groups the two agree.",
        )
    return blocks.dense(fit.state.rows)


def _one_factor_pieces(
    one: OneFactor, S: FloatArray, components: list[_Component]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return F, P, Q and traces, the last component being the residual variance (G = I)."""
    k, p, n = one.k, one.m - 1, one.constants.n
    A = one.A.transpose(2, 0, 1)
    N = np.linalg.inv(np.eye(k) + S @ A)
    solution = one.solution(S)
    H = solution.products(0)[:, :, :p]
    K = A @ N
    K = 0.5 * (K + K.transpose(0, 2, 1))
    K2 = N.transpose(0, 2, 1) @ A @ N  # Z'V^-2 Z
    H2 = H - K @ (S @ H)  # Z'V^-2 X
    F = np.linalg.inv(solution.root[:p, :p].T @ solution.root[:p, :p])
    SH = S @ H
    F2 = F - np.einsum("iax,iay->xy", H, SH)
    F3 = F2 - np.einsum("iax,iay->xy", SH, H2)
    r = len(components)
    P = np.empty((r + 1, p, p))
    Q = np.empty((r + 1, r + 1, p, p))
    traces = np.empty((r + 1, r + 1))
    E = [_element(k, c.a, c.b) for c in components]
    for i in range(r):
        EH = E[i] @ H
        P[i] = np.einsum("iax,iay->xy", H, EH)
        Q[i, r] = np.einsum("iax,iay->xy", EH, H2)
        Q[r, i] = Q[i, r].T
        traces[i, r] = traces[r, i] = float((E[i] * K2.sum(axis=0)).sum())
        KE = K @ E[i]
        KEH = K @ EH
        for j in range(i + 1):
            Q[j, i] = np.einsum("iax,iay->xy", E[j] @ H, KEH)
            Q[i, j] = Q[j, i].T
            traces[i, j] = traces[j, i] = float(np.einsum("iab,iba->", KE, K @ E[j]))
    P[r], Q[r, r] = F2, F3
    traces[r, r] = n - len(A) * k + float(np.einsum("iab,iba->", N, N))
    return F, P, Q, traces


def _dense_pieces(
    dense: Dense, S: FloatArray, components: list[_Component]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return F, P, Q and traces as `_one_factor_pieces`, with one matrix K for all random effects."""
    p, n = dense.m - 1, dense.constants.n
    solution = dense.solution(S)
    K, H = solution.Kz, solution.H[:, :p]
    slices: list[slice] = dense.slices
    full = np.zeros((dense.Q, dense.Q))
    for columns in dense.members:
        for row in columns:
            for column in columns:
                block = full[slices[row], slices[column]]
                block[np.diag_indices(len(block))] = S[row, column]
    SK = full @ K
    K2 = K - K @ SK
    H2 = H - K @ (full @ H)
    F = np.linalg.inv(solution.root[:p, :p].T @ solution.root[:p, :p])
    SH = full @ H
    F2 = F - H.T @ SH
    F3 = F2 - SH.T @ H2
    r = len(components)
    P = np.empty((r + 1, p, p))
    Q = np.empty((r + 1, r + 1, p, p))
    traces = np.empty((r + 1, r + 1))
    # Both places of an off-diagonal element, the one place of a diagonal one.
    places = [{(c.a, c.b), (c.b, c.a)} for c in components]
    pairs = [[(slices[a], slices[b]) for a, b in sorted(place)] for place in places]
    for i in range(r):
        P[i] = sum(H[a].T @ H[b] for a, b in pairs[i])
        Q[i, r] = sum(H[a].T @ H2[b] for a, b in pairs[i])
        Q[r, i] = Q[i, r].T
        traces[i, r] = traces[r, i] = float(sum(K2[a, b].trace() for a, b in pairs[i]))
        for j in range(i + 1):
            quad = np.zeros((p, p))
            trace = 0.0
            for a, b in pairs[i]:
                for other, d in pairs[j]:
                    quad += H[a].T @ K[b, other] @ H[d]
                    trace += float(np.vdot(K[b, other], K[a, d]))
            Q[i, j], Q[j, i] = quad, quad.T
            traces[i, j] = traces[j, i] = trace
    P[r], Q[r, r] = F2, F3
    # V^-1 = I - Z S Z'V^-1, so tr V^-2 = n - tr(S K) - tr(S K2).
    traces[r, r] = n - float(SK.trace()) - float((full * K2).sum())
    return F, P, Q, traces


def _element(k: int, a: int, b: int) -> FloatArray:
    E = np.zeros((k, k))
    E[a, b] = E[b, a] = 1.0
    return E
