"""Frames for tables and plots of a fitted model: variances and their shares, residuals, random effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from mixgui.errors import ModelError
from mixgui.models.ols_by_group import ols_by_group
from mixgui.models.result import ModelFit
from mixgui.models.tables import correlations, factor_name, group_columns

__all__ = [
    "group_table",
    "ols_by_group",
    "ols_summary",
    "random_effects_frame",
    "residual_frame",
    "variance_table",
]


def variance_table(fit: ModelFit) -> pd.DataFrame:
    """Return the variance components.

    Returns
    -------
    DataFrame
        A row a random effect, the residual last: `group`, `term`, `variance`, `sd`, a column
        ``Corr. with TERM`` for each effect that others are correlated with (missing where there is no
        correlation), and `share`, the variance over the sum of all (with random slopes this leaves out the
        covariances and depends on the scale and the zero of the predictor).
    """
    rows: list[dict[str, object]] = []
    if fit.lmm is not None:
        for part, covariance in zip(fit.design.random, fit.lmm.covariances, strict=True):
            correlation = correlations(covariance)
            for j, term in enumerate(part.names):
                variance = float(covariance[j, j])
                row: dict[str, object] = {
                    "group": part.label,
                    "term": term,
                    "variance": variance,
                    "sd": np.sqrt(variance),
                }
                for i in range(j):
                    row[f"Corr. with {part.names[i]}"] = float(correlation[i, j])
                rows.append(row)
    rows.append({"group": "Residual", "term": "", "variance": fit.sigma**2, "sd": fit.sigma})
    table = pd.DataFrame(rows)
    table["share"] = table["variance"] / table["variance"].sum()
    return table


def group_table(fit: ModelFit) -> pd.DataFrame:
    """Return the grouping factors: `group`, `n_levels`, `smallest`, `median`, `largest` (rows a group)."""
    return pd.DataFrame(
        {
            "group": pd.array([g.name for g in fit.groups], dtype="str"),
            "n_levels": [g.n_levels for g in fit.groups],
            "smallest": [g.smallest for g in fit.groups],
            "median": [g.median for g in fit.groups],
            "largest": [g.largest for g in fit.groups],
        }
    )


def ols_summary(fit: ModelFit) -> pd.DataFrame:
    """Return the summary of an ordinary regression in one row.

    Returns
    -------
    DataFrame
        `r_squared`, `adj_r_squared`, `sigma`, `f_statistic`, `df_model`, `df_resid`, `p_value`, `p_log10`
        (for p that underflow), `logLik`, `AIC`, `AICc`, `BIC`, `deviance` (residual sum of squares),
        `nobs`. With an offset, R^2 and F are of the outcome minus the offset (so that F is t^2 with one
        predictor).

    Raises
    ------
    ModelError
        A mixed model.
    """
    if fit.ols is None:
        raise ModelError("This summary is of an ordinary regression.", "Fit the model without random terms.")
    ols, row = fit.ols, fit.glance().iloc[0]
    return pd.DataFrame(
        {
            "r_squared": [ols.r_squared],
            "adj_r_squared": [ols.adj_r_squared],
            "sigma": [ols.sigma],
            "f_statistic": [ols.f_statistic],
            "df_model": [ols.df_model],
            "df_resid": [ols.df_resid],
            "p_value": [ols.f_p_value],
            "p_log10": [ols.f_p_log10],
            "logLik": [fit.loglik],
            "AIC": [row["AIC"]],
            "AICc": [row["AICc"]],
            "BIC": [row["BIC"]],
            "deviance": [ols.rss],
            "nobs": [fit.nobs],
        }
    )


def residual_frame(fit: ModelFit) -> pd.DataFrame:
    """Return `.fitted`, `.resid`, `.std_resid` of the rows used, and the row's group of every grouping
    factor.

    For a mixed model the residuals are those of level 1: the outcome minus fixed and random effects.
    """
    columns: dict[str, object] = {
        ".fitted": fit.fitted,
        ".resid": fit.residuals,
        ".std_resid": fit.std_residuals,
        **group_columns(fit),
    }
    return pd.DataFrame(columns, index=fit.design.used_index)


def random_effects_frame(fit: ModelFit, factor: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """Return the conditional modes of one grouping factor with their intervals, mode ± z SD.

    Parameters
    ----------
    fit : ModelFit
        A mixed model.
    factor : str, optional
        Name of the grouping factor; the first (largest) by default.
    level : float, default 0.95
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        `level`, `term`, `estimate`, `std_error`, `conf_low`, `conf_high`; all groups of a term together, in
        the order of the levels.

    Raises
    ------
    ModelError
        No such grouping factor, or no random effects at all.
    """
    name = factor_name(fit, factor)
    assert fit.lmm is not None
    width = special.ndtri(0.5 + level / 2)
    pieces = []
    for index, part in enumerate(fit.design.random):
        if part.factor.name != name:
            continue
        variances = np.diagonal(fit.lmm.mode_covariances(index), axis1=1, axis2=2)
        for j, term in enumerate(part.names):
            estimate = fit.lmm.modes[index][:, j]
            std_error = np.sqrt(np.maximum(variances[:, j], 0.0))
            pieces.append(
                pd.DataFrame(
                    {
                        "level": pd.array(list(part.factor.levels), dtype="str"),
                        "term": pd.array([term] * len(estimate), dtype="str"),
                        "estimate": estimate,
                        "std_error": std_error,
                        "conf_low": estimate - width * std_error,
                        "conf_high": estimate + width * std_error,
                    }
                )
            )
    return pd.concat(pieces, ignore_index=True)
