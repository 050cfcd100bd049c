"""Kernel density of a sample beside the density that a normal sample of its size would show."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mixgui.errors import ModelError

FloatArray = NDArray[np.float64]

# Integral of the squared standard normal kernel, 1 / (2 sqrt(pi)): alpha of Bowman & Azzalini.
KERNEL_ROUGHNESS = 1.0 / (2.0 * math.sqrt(math.pi))
# Beyond eight bandwidths a Gaussian kernel is below 1.3e-14 of its peak: nothing is lost by stopping there.
KERNEL_REACH = 8.0
# A spread below this share of the largest value is rounding error and no variation.
CONSTANT_TOLERANCE = 1e-13


def finite_values(values: ArrayLike) -> FloatArray:
    """Return the finite ones of `values` as a one-dimensional array of floats, in their order.

    Missing and infinite values have no place on an axis (a standardized residual is missing where a row
    has leverage 1); plots tell how many were left out.
    """
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.isfinite(array)]


def require_spread(values: FloatArray, *, what: str, least: int = 3) -> None:
    """Refuse a sample without a distribution: fewer than `least` values, or all of them equal.

    Raises
    ------
    ModelError
        With `what` (for example "a density") in its sentence.
    """
    n = values.size
    if n < least:
        found = {0: "there are none", 1: "there is one", 2: "there are two"}.get(n, f"there are {n}")
        raise ModelError(
            f"For {what} at least {least} values are needed, and {found}.",
            "Use a grouping factor with more groups or a table with more rows.",
        )
    if np.ptp(values) <= CONSTANT_TOLERANCE * np.abs(values).max():
        raise ModelError(
            f"All {n:,} values are equal, so there is no distribution to draw {what} of.",
            "A variance that is estimated at 0 does this: it gives every group the same random effect.",
        )


def normal_bandwidth(values: FloatArray) -> float:
    """Return the bandwidth that is optimal for normal data, (4 / (3 n))^(1/5) s (R: sm::hnorm)."""
    return float((4.0 / (3.0 * values.size)) ** 0.2 * values.std(ddof=1))


def kernel_density(values: FloatArray, x: FloatArray, bandwidth: float) -> FloatArray:
    """Return the Gaussian kernel estimate at each x.

    No binning: the sample is sorted once and each point sums over the values within `KERNEL_REACH`
    bandwidths, so that a million values take a fraction of a second and the result is exact.
    """
    ordered = np.sort(values)
    first = np.searchsorted(ordered, x - KERNEL_REACH * bandwidth, side="left")
    last = np.searchsorted(ordered, x + KERNEL_REACH * bandwidth, side="right")
    total = np.empty(x.size)
    for i, (start, stop) in enumerate(zip(first, last, strict=True)):
        z = (ordered[start:stop] - x[i]) / bandwidth
        total[i] = np.exp(-0.5 * z * z).sum()
    return total / (values.size * bandwidth * math.sqrt(2.0 * math.pi))


def density_with_reference(values: ArrayLike, n: int = 100) -> pd.DataFrame:
    """Return a kernel density estimate and the band that a normal sample would stay in.

    The estimate has a Gaussian kernel of bandwidth h = (4 / (3 n))^(1/5) s. The reference is what such an
    estimate shows on average when the sample is normal: a normal density with the sample's mean and
    variance s^2 + h^2. Its standard error on the square-root scale is sqrt(alpha / (4 n h)), alpha being
    the integral of the squared kernel, and the band is max(sqrt(reference) ± 2 se, 0)^2. A line that
    leaves the band is further from a normal shape than samples of this size usually are.

    Parameters
    ----------
    values : array_like
        The sample; values that are not finite are left out.
    n : int
        Points, evenly spaced from the smallest to the largest value.

    Returns
    -------
    DataFrame
        Columns x, density, reference, lower, upper; `n` rows. Densities are in 1 / (unit of the values):
        when the values are multiplied by c, x is too and the other columns are divided by |c|.

    Raises
    ------
    ModelError
        Fewer than 3 finite values, or all equal.

    References
    ----------
    Bowman & Azzalini (1997), Applied Smoothing Techniques for Data Analysis, section 2.4; the same band as
    sm.density(model = "normal") of R's package sm.
    """
    sample = finite_values(values)
    require_spread(sample, what="a density")
    h = normal_bandwidth(sample)
    x = np.linspace(sample.min(), sample.max(), n)
    variance = sample.var(ddof=1) + h * h
    z2 = (x - sample.mean()) ** 2 / variance
    reference = np.exp(-0.5 * z2) / math.sqrt(2.0 * math.pi * variance)
    se = math.sqrt(KERNEL_ROUGHNESS / (4.0 * sample.size * h))
    root = np.sqrt(reference)
    return pd.DataFrame(
        {
            "x": x,
            "density": kernel_density(sample, x, h),
            "reference": reference,
            "lower": np.maximum(root - 2.0 * se, 0.0) ** 2,
            "upper": (root + 2.0 * se) ** 2,
        }
    )


def share_outside(frame: pd.DataFrame) -> float:
    """Return the share (0 to 1) of the points of `density_with_reference` whose density leaves the band."""
    outside = (frame["density"] < frame["lower"]) | (frame["density"] > frame["upper"])
    return float(outside.mean())
