"""Shares of variance: R^2 marginal and conditional, intraclass correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mixgui.errors import ModelError

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit


def random_variance(fit: ModelFit) -> float:
    """Return the mean over the rows of z'Sigma z, summed over the terms.

    The variance of the outcome that comes from random effects, slopes included (Johnson 2014, Methods in
    Ecology and Evolution 5, equation 10; Nakagawa, Johnson & Schielzeth 2017, J. R. Soc. Interface 14).
    """
    assert fit.lmm is not None
    total = 0.0
    for part, covariance in zip(fit.design.random, fit.lmm.covariances, strict=True):
        Z = part.data.Z
        if Z is None:
            total += float(covariance[0, 0])
        else:
            total += float(np.vdot(Z.T @ Z / len(Z), covariance))
    return total


def fixed_variance(fit: ModelFit) -> float:
    """Return the variance of X beta over the rows (divisor n - 1, as R)."""
    values = fit.design.X @ fit.beta
    return float(np.var(values, ddof=1)) if len(fit.beta) else 0.0


def r2(fit: ModelFit) -> pd.DataFrame:
    """Return R^2; see `ModelFit.r2`."""
    if fit.ols is not None:
        return pd.DataFrame({"r_squared": [fit.ols.r_squared], "adj_r_squared": [fit.ols.adj_r_squared]})
    fixed, random = fixed_variance(fit), random_variance(fit)
    total = fixed + random + fit.sigma**2
    return pd.DataFrame({"r2_marginal": [fixed / total], "r2_conditional": [(fixed + random) / total]})


def icc(fit: ModelFit) -> pd.DataFrame:
    """Return the intraclass correlation; see `ModelFit.icc`."""
    if fit.lmm is None:
        raise ModelError(
            "An ordinary regression has no intraclass correlation: it has no groups.",
            "Add a random term such as (1 | school).",
        )
    fixed, random, residual = fixed_variance(fit), random_variance(fit), fit.sigma**2
    return pd.DataFrame(
        {
            "icc_adjusted": [random / (random + residual)],
            "icc_unadjusted": [random / (fixed + random + residual)],
        }
    )
