"""Normal quantile-quantile frames: points, the line through the quartiles and a pointwise band."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from mixgui.models.density import FloatArray, finite_values, require_spread


def plotting_positions(n: int) -> FloatArray:
    """Return the n probabilities (i - a) / (n + 1 - 2a), a = 3/8 for n <= 10 and 1/2 above (R: ppoints)."""
    a = 0.375 if n <= 10 else 0.5
    return (np.arange(1, n + 1, dtype=np.float64) - a) / (n + 1 - 2 * a)


def qq_frame(values: ArrayLike, level: float = 0.95) -> pd.DataFrame:
    """Return the ordered sample beside standard normal quantiles.

    The line runs through the points of the first and third quartiles (R: qqline), which a few extreme
    values do not move. The band is pointwise: at probability P and quantile z the standard error of an
    order statistic is (slope / phi(z)) sqrt(P (1 - P) / n), and the band is line ± z(level) standard
    errors (R: car::qqPlot with envelope = "pointwise"; Fox 2016, Applied Regression Analysis, section 3.1.3).
    Some of many points outside a pointwise band are to be expected: 5 % of them on average.

    Parameters
    ----------
    values : array_like
        The sample; values that are not finite are left out.
    level : float
        Pointwise confidence level of the band, 0 to 1.

    Returns
    -------
    DataFrame
        Columns theoretical, sample, lower, upper, line in ascending order of `sample`; the index is the
        position of each value in `values` (before anything was left out), so that a point can be named.

    Raises
    ------
    ModelError
        Fewer than 3 finite values, or all equal.
    """
    given = np.asarray(values, dtype=np.float64).ravel()
    require_spread(finite_values(given), what="a Q-Q plot")
    kept = np.flatnonzero(np.isfinite(given))
    order = kept[np.argsort(given[kept], kind="stable")]
    sample = given[order]
    n = sample.size
    p = plotting_positions(n)
    z = norm.ppf(p)
    quartiles = np.quantile(sample, [0.25, 0.75])
    z_quartiles = norm.ppf([0.25, 0.75])
    slope = (quartiles[1] - quartiles[0]) / (z_quartiles[1] - z_quartiles[0])
    line = quartiles[0] + slope * (z - z_quartiles[0])
    half_width = norm.ppf((1.0 + level) / 2.0) * slope / norm.pdf(z) * np.sqrt(p * (1.0 - p) / n)
    return pd.DataFrame(
        {
            "theoretical": z,
            "sample": sample,
            "lower": line - half_width,
            "upper": line + half_width,
            "line": line,
        },
        index=pd.Index(order, name="position"),
    )
