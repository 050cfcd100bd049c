"""Degrees of freedom of fixed effects: Satterthwaite, and F tests of linear hypotheses L beta = 0.

Satterthwaite's df of l'beta are 2 v^2 / Var(v), with v = l'Cov(beta)l and Var(v) by the delta method from the
asymptotic covariance matrix of the variance parameters, twice the inverse Hessian of the deviance
(Giesbrecht & Burns 1985; Kuznetsova, Brockhoff & Christensen 2017, J. Stat. Softw. 82(13), section 2.2).
Everything is exact here: v, its gradient and the Hessian come from the cross-products, without differencing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from mixgui.engine.result import LmmFit
from mixgui.engine.terms import FloatArray

# lmerTest's tolerance: eigenvalues of the Hessian below it carry no information.
_FLAT = 1e-8


@dataclass(frozen=True)
class FTest:
    """An F test of q linear hypotheses.

    Parameters
    ----------
    statistic : float
        F (scaled, for Kenward-Roger).
    df1, df2 : float
        Numerator and denominator degrees of freedom.
    p_value : float
        P(F(df1, df2) > statistic).
    """

    statistic: float
    df1: float
    df2: float
    p_value: float

    @classmethod
    def of(cls, statistic: float, df1: float, df2: float) -> FTest:
        """Complete the test with its p-value."""
        return cls(statistic, df1, df2, float(special.fdtrc(df1, df2, statistic)))


def t_p_value(t: FloatArray, df: FloatArray) -> FloatArray:
    """Return the two-sided p-values of t statistics.

    Parameters
    ----------
    t : (c,) array
        Statistics.
    df : (c,) array or float
        Degrees of freedom; infinite for the normal distribution.

    Returns
    -------
    (c,) array
        2 P(T_df > |t|).
    """
    return 2.0 * special.stdtr(df, -np.abs(t))


class Satterthwaite:
    """Satterthwaite's method for one fitted model; the Hessian is formed once.

    Parameters
    ----------
    fit : LmmFit
        A fitted model, REML or ML.
    """

    def __init__(self, fit: LmmFit) -> None:
        self.fit = fit
        state = fit.state
        self.S = fit.lam @ fit.lam.T
        self.p = state.rows.p
        e = state.evaluator.evaluate(self.S, fit.reml, 2)
        assert e.G is not None
        assert e.H is not None
        self.root = e.root[: self.p, : self.p]
        self.variance = (fit.sigma / state.rows.y_scale) ** 2
        solution = state.evaluator.solution(self.S)
        self._products = [solution.products(f) for f in range(len(state.rows.factors))]
        self._vcov_parameters = self._invert(e.G, e.H, e.root[-1])

    def _invert(self, G: FloatArray, H: FloatArray, last: FloatArray) -> FloatArray:
        """Return twice the inverse Hessian of the deviance in (theta, sigma^2), internal units."""
        fit, template = self.fit, self.fit.state.template
        n, p = fit.n, self.p
        nu, s = (n - p if fit.reml else n), self.variance
        profiled = template.hessian(fit.lam, G, H)
        # d r^2 / d S = -r^2 u u' with u = Z'P y / r, so that the mixed derivative is r^2 / s^2 times u u'.
        uu = self._template(last)
        mixed = (nu / s) * template.gradient(fit.lam, uu)
        size = len(profiled)
        joint = np.empty((size + 1, size + 1))
        joint[size, size] = nu / s**2
        joint[:size, size] = joint[size, :size] = mixed
        joint[:size, :size] = profiled + np.outer(mixed, mixed) / joint[size, size]
        # Scaled to a unit diagonal: theta and sigma^2 have different units.
        scale = np.sqrt(np.abs(joint.diagonal()))
        scale[scale == 0.0] = 1.0
        values, vectors = np.linalg.eigh(joint / np.outer(scale, scale))
        keep = values > _FLAT
        half = vectors[:, keep] / np.sqrt(values[keep]) / scale[:, None]
        return 2.0 * half @ half.T

    def _template(self, w: FloatArray) -> FloatArray:
        """Return the sum over levels of (Z_i'V^-1 W w)(Z_i'V^-1 W w)' in the factors' blocks, (K, K)."""
        K = self.fit.state.template.size
        out = np.zeros((K, K))
        start = 0
        for products in self._products:
            part = products[:, :, : len(w)] @ w
            k = part.shape[1]
            out[start : start + k, start : start + k] = part.T @ part
            start += k
        return out

    def df(self, L: FloatArray) -> FloatArray:
        """Return the df of each row of L beta.

        Parameters
        ----------
        L : (c, p) array
            Contrasts, one per row.

        Returns
        -------
        (c,) array
            2 v^2 / (g' A g) for each contrast.
        """
        L = np.atleast_2d(np.asarray(L, dtype=float))
        return np.array([self._df(row) for row in L])

    def _df(self, row: FloatArray) -> float:
        state, s = self.fit.state, self.variance
        half = self.root @ (state.rows.x_map.full.T @ row)
        size = float(half @ half)
        if size == 0.0:
            return np.nan
        # v = s l'C l and dC = C X'V^-1 Z dS Z'V^-1 X C.
        inner = self._template(self.root.T @ half)
        gradient = np.append(s * state.template.gradient(self.fit.lam, inner), size)
        return float(2.0 * (s * size) ** 2 / (gradient @ self._vcov_parameters @ gradient))

    def f_test(self, L: FloatArray) -> FTest:
        """Test L beta = 0 for all rows of L (q, p) at once; redundant rows count once.

        The contrasts are rotated to independent ones, F = sum t_m^2 / q; their df nu_m are pooled to
        df2 = 2 E / (E - q) with E = sum nu_m / (nu_m - 2), as in lmerTest's contestMD (Fai & Cornelius 1996, J. Stat.
        Comput. Simul. 54:363, their first method; Kuznetsova et al. 2017, section 2.2).

        Parameters
        ----------
        L : (q, p) array
            Hypotheses, one per row.

        Returns
        -------
        FTest
            df1 is the number of independent hypotheses.
        """
        L = np.atleast_2d(np.asarray(L, dtype=float))
        values, vectors = np.linalg.eigh(L @ self.fit.vcov_beta @ L.T)
        keep = values > max(values[-1], 0.0) * 1e-8
        rotated = vectors[:, keep].T @ L
        t2 = (rotated @ self.fit.beta) ** 2 / values[keep]
        q = int(keep.sum())
        if q == 0:
            return FTest(np.nan, 0.0, np.nan, np.nan)
        return FTest.of(float(t2.sum() / q), float(q), _pooled(self.df(rotated)))


def _pooled(df: FloatArray) -> float:
    if len(df) == 1 or np.ptp(df) < 1e-8:
        return float(df.mean())
    if (df <= 2.0).any():
        return 2.0
    expected = float((df / (df - 2.0)).sum())
    return 2.0 * expected / (expected - len(df))
