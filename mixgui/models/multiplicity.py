"""Adjustment of p-values and intervals for many comparisons."""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from scipy import optimize, special

from mixgui.models.hypotheses import t_quantile
from mixgui.models.variables import FloatArray

Adjust: TypeAlias = Literal["tukey", "holm", "bonferroni", "none"]
ADJUSTMENTS = ("tukey", "holm", "bonferroni", "none")


def adjusted_p(
    p: FloatArray, statistic: FloatArray, df: FloatArray, adjust: Adjust, means: int
) -> FloatArray:
    """Return p-values adjusted within one family of comparisons.

    Parameters
    ----------
    p, statistic, df : (c,) arrays
        Unadjusted; df may be infinite.
    adjust : str
        "tukey": studentized range of `means` means (Tukey-Kramer); "holm" (Holm 1979), "bonferroni", "none".
    means : int
        Number of means that are compared (also those whose differences cannot be estimated, as emmeans).
    """
    c = len(p)
    if adjust == "none":
        return p
    if adjust == "bonferroni":
        return np.minimum(p * c, 1.0)
    if adjust == "holm":
        order = np.argsort(p, kind="stable")
        stepped = np.maximum.accumulate(np.minimum(p[order] * (c - np.arange(c)), 1.0))
        out = np.empty(c)
        out[order] = stepped
        return out
    q = np.abs(statistic) * np.sqrt(2.0)
    return np.array([range_tail(a, means, b) for a, b in zip(q, df, strict=True)])


def critical_values(level: float, df: FloatArray, adjust: Adjust, means: int) -> FloatArray:
    """Return what multiplies the standard errors in simultaneous intervals, (c,).

    Holm's procedure has no intervals of its own; Bonferroni's are given.
    """
    c = len(df)
    if adjust == "none":
        return t_quantile(0.5 + level / 2, df)
    if adjust in ("holm", "bonferroni"):
        return t_quantile(1 - (1 - level) / (2 * c), df)
    return np.array([_range_quantile(level, means, float(d)) / np.sqrt(2.0) for d in df])


@cache
def _range_quantile(level: float, means: int, df: float) -> float:
    def excess(q: float) -> float:
        return range_tail(q, means, df) - (1.0 - level)

    if np.isnan(df):
        return np.nan
    high = 4.0
    while excess(high) > 0.0 and high < 1e8:
        high *= 2.0
    return float(optimize.brentq(excess, 0.0, high, xtol=1e-10))


def range_tail(q: float, means: int, df: float) -> float:
    """Return P(Q > q) of the studentized range of `means` normal means with `df` degrees of freedom.

    P(Q <= q) is the mean over s of k int phi(z) [Phi(z) - Phi(z - q s)]^(k - 1) dz, s^2 being chi-square over
    its df (Lund & Lund 1983, Applied Statistics 32:204), by Gauss-Legendre quadrature.
    """
    if not np.isfinite(q) or np.isnan(df):
        return np.nan if np.isnan(q) or np.isnan(df) else 0.0
    x, w = _nodes(128)
    z, wz = 9.0 * x, 9.0 * w
    density = wz * np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    if np.isinf(df):
        s, ws = np.ones(1), np.ones(1)
    else:
        # Between far quantiles of s, on the log scale, where its density is smooth.
        low, high = np.log(np.sqrt(special.chdtri(df, np.array([1 - 1e-15, 1e-15])) / df))
        t = 0.5 * (high + low) + 0.5 * (high - low) * x
        s = np.exp(t)
        log_density = (
            np.log(2.0) + 0.5 * df * np.log(0.5 * df) - special.gammaln(0.5 * df) + df * t - 0.5 * df * s * s
        )
        ws = 0.5 * (high - low) * w * np.exp(log_density)
    width = q * s[:, None]
    # Phi(z) - Phi(z - w), from the tail in which it keeps its digits.
    between = np.where(
        z > 0, special.ndtr(-(z - width)) - special.ndtr(-z), special.ndtr(z) - special.ndtr(z - width)
    )
    # 1 - P, not P: k int phi Phi^(k-1) = 1, so the difference of the two integrands keeps small tails.
    outside = special.ndtr(z) ** (means - 1) - np.maximum(between, 0.0) ** (means - 1)
    tail = means * (outside @ density)
    return float(np.clip(ws @ tail, 0.0, 1.0))


@cache
def _nodes(n: int) -> tuple[FloatArray, FloatArray]:
    x, w = np.polynomial.legendre.leggauss(n)
    return x, w
