"""The smooth line through residuals: local regression for small tables, a penalised spline for large ones.

The choice is that of ggplot2's geom_smooth(): loess below 1,000 rows, y ~ s(x, bs = "cs") by REML from there
on, each with a pointwise band. Written here because statsmodels' lowess is locally linear and has no standard
errors. The numbers agree with R's (see the tests): loess with surface = "direct", statistics = "exact" to
1e-12 (R's default interpolates between a few exact points, which moves the line by a fraction of its standard
error where x is sparse); the spline with mgcv's to 1e-4 of the band's half width for x on 0..1 (mgcv's result
itself moves by some per cent of that with the unit of x; this one does not).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from mixgui.errors import ModelError
from mixgui.models.cubic_spline import fit_cubic_spline
from mixgui.models.density import CONSTANT_TOLERANCE, FloatArray

LOESS_BELOW = 1000  # rows; as in ggplot2
LOESS_SPAN = 0.75
LEAST_DISTINCT = 7  # x values that a local quadratic over three quarters of the rows can rest on
SPLINE_KNOTS = 10
GRID = 80  # points of the line; as in ggplot2


@dataclass(frozen=True)
class Smooth:
    """A smooth line.

    Parameters
    ----------
    frame : DataFrame
        Columns x, fit, lower, upper; ascending x from the smallest to the largest.
    method : str
        What was fitted, in words for a caption ("local regression").
    df : float
        Effective degrees of freedom of the line (loess: trace of the operator).
    """

    frame: pd.DataFrame
    method: str
    df: float


def smooth(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Smooth:
    """Fit a smooth line with a pointwise confidence band.

    Rows where x or y is not finite are left out. By the number of rows and of distinct x:

    - fewer than 7 distinct x (a model with one yes/no predictor): the mean of y at each x, with a t interval
      from the pooled variance, where values repeat often enough; else a straight line by least squares.
    - fewer than 1,000 rows: local regression, degree 2, span 0.75, t quantile (Cleveland & Grosse 1991).
    - otherwise: cubic regression spline with 10 knots, REML, normal quantile (Wood 2017).

    Parameters
    ----------
    x, y : array_like (n,)
    level : float
        Confidence level, 0 to 1.

    Raises
    ------
    ModelError
        Fewer than 3 rows, or all x equal.
    """
    x = np.asarray(x, dtype=np.float64).ravel()
    y = np.asarray(y, dtype=np.float64).ravel()
    kept = np.isfinite(x) & np.isfinite(y)
    x, y = x[kept], y[kept]
    if x.size < 3:
        raise ModelError(
            "A smooth line needs at least 3 rows.", "Use a table with more rows or leave the line out."
        )
    low, high = x.min(), x.max()
    if high - low <= CONSTANT_TOLERANCE * max(abs(low), abs(high)):
        raise ModelError(
            "All values on the horizontal axis are equal, so no smooth line can be drawn.",
            "A model without predictors gives every row the same fitted value.",
        )
    distinct = np.unique(x)
    if distinct.size < LEAST_DISTINCT:
        if x.size >= 2 * distinct.size and distinct.size > 1:
            return _means(x, y, level)
        return _straight_line(x, y, level)
    # On 0..1 nothing below depends on the unit or the origin of x.
    unit = (x - low) / (high - low)
    grid = np.linspace(0.0, 1.0, GRID)
    if x.size < LOESS_BELOW:
        fit, half_width, df = _loess(unit, y, grid, level)
        method = "local regression"
    else:
        spline = fit_cubic_spline(unit, y, min(SPLINE_KNOTS, distinct.size))
        fit, se = spline.predict(grid)
        half_width, df = norm.ppf((1.0 + level) / 2.0) * se, spline.edf
        method = "penalised spline"
    frame = _frame(np.linspace(low, high, GRID), fit, half_width)
    return Smooth(frame, method, df)


def _frame(x: FloatArray, fit: FloatArray, half_width: FloatArray) -> pd.DataFrame:
    return pd.DataFrame({"x": x, "fit": fit, "lower": fit - half_width, "upper": fit + half_width})


def loess_operator(x: FloatArray, at: FloatArray, span: float = LOESS_SPAN) -> FloatArray:
    """Return L (m, n): the local quadratic fit at each of `at` (m,) is L @ y.

    The weight of a row is tricube in its distance over that of the q-th nearest row, q = floor(n span)
    (R: loess(degree = 2, family = "gaussian", surface = "direct")). One thing is ours: where ties leave
    fewer than four distinct x in reach, the reach grows to the fourth (R fails or warns of a singularity).
    """
    n = x.size
    q = min(n, int(np.floor(n * span + 1e-5)))
    distance = np.abs(at[:, None] - x)
    reach = np.partition(distance, q - 1, axis=1)[:, q - 1]
    distinct = np.unique(x)
    fourth = np.partition(np.abs(at[:, None] - distinct), 3, axis=1)[:, 3]
    reach = np.maximum(reach, fourth)[:, None]
    ratio = distance / reach
    weight = np.where(ratio < 1.0, (1.0 - np.minimum(ratio, 1.0) ** 3) ** 3, 0.0)
    offset = (x - at[:, None]) / reach
    moments = np.empty((at.size, 5))
    power = weight.copy()
    for d in range(5):
        moments[:, d] = power.sum(axis=1)
        power *= offset
    normal = moments[:, np.arange(3)[:, None] + np.arange(3)]
    # The fit at the point itself is the first coefficient: one row of the inverse is all that is needed.
    first = np.linalg.pinv(normal, rcond=1e-13, hermitian=True)[:, 0, :]
    return weight * (first[:, :1] + first[:, 1:2] * offset + first[:, 2:] * offset**2)


def _loess(
    x: FloatArray, y: FloatArray, at: FloatArray, level: float
) -> tuple[FloatArray, FloatArray, float]:
    """Return fit and half width of the band at `at`, and the trace of the operator.

    sigma^2 = RSS / delta1, df of the t quantile = delta1^2 / delta2, delta_i the trace of the i-th power
    of (I - L)(I - L)' (Cleveland, Devlin & Grosse 1988; R: predict(loess, se = TRUE)).
    """
    own = loess_operator(x, x)
    leftover = np.eye(x.size) - own
    residual = leftover @ y
    squared = leftover @ leftover.T
    delta1, delta2 = float(np.trace(squared)), float((squared * squared).sum())
    operator = loess_operator(x, at)
    if delta1 < 1e-8:  # as many local parameters as rows: no residual is left to judge the error by
        return operator @ y, np.full(at.size, np.nan), float(np.trace(own))
    sigma = np.sqrt(residual @ residual / delta1)
    se = sigma * np.sqrt((operator**2).sum(axis=1))
    quantile = t.ppf((1.0 + level) / 2.0, delta1**2 / delta2)
    return operator @ y, quantile * se, float(np.trace(own))


def _means(x: FloatArray, y: FloatArray, level: float) -> Smooth:
    distinct, code, count = np.unique(x, return_inverse=True, return_counts=True)
    mean = np.bincount(code, y) / count
    df = x.size - distinct.size
    sigma2 = ((y - mean[code]) ** 2).sum() / df
    half_width = t.ppf((1.0 + level) / 2.0, df) * np.sqrt(sigma2 / count)
    return Smooth(_frame(distinct, mean, half_width), "mean at each value", float(distinct.size))


def _straight_line(x: FloatArray, y: FloatArray, level: float) -> Smooth:
    n = x.size
    centred = x - x.mean()
    sxx = float(centred @ centred)
    slope = float(centred @ y) / sxx
    sigma2 = ((y - y.mean() - slope * centred) ** 2).sum() / (n - 2)
    grid = np.linspace(x.min(), x.max(), GRID)
    se = np.sqrt(sigma2 * (1.0 / n + (grid - x.mean()) ** 2 / sxx))
    fit = y.mean() + slope * (grid - x.mean())
    return Smooth(_frame(grid, fit, t.ppf((1.0 + level) / 2.0, n - 2) * se), "straight line", 2.0)
