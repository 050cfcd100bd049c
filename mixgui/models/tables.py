"""The tables of a fitted model: tidy, glance, augment and the groups' own coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from mixgui.errors import ModelError
from mixgui.models.design import as_categorical
from mixgui.models.hypotheses import Ddf, inference_of, linear_functions
from mixgui.models.variables import FloatArray

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit


def fixed(fit: ModelFit, conf_level: float) -> pd.DataFrame:
    """Coefficients with standard errors, t, and (for an ordinary regression) df and p."""
    p = len(fit.beta)
    std_error = np.sqrt(np.diagonal(fit.vcov))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = fit.beta / std_error
    if fit.ols is not None:
        df = np.full(p, fit.ols.df_resid)
        p_value = two_sided_p(statistic, df)
        width = special.stdtrit(fit.ols.df_resid, 0.5 + conf_level / 2)
    else:
        df = p_value = np.full(p, np.nan)
        width = special.ndtri(0.5 + conf_level / 2)
    return pd.DataFrame(
        {
            "effect": pd.array(["fixed"] * p, dtype="str"),
            "group": pd.array([None] * p, dtype="str"),
            "term": pd.array(list(fit.fixed_names), dtype="str"),
            "estimate": fit.beta,
            "std_error": std_error,
            "statistic": statistic,
            "df": df,
            "p_value": p_value,
            "conf_low": fit.beta - width * std_error,
            "conf_high": fit.beta + width * std_error,
        }
    )


def fixed_tested(fit: ModelFit, conf_level: float, ddf: Ddf) -> pd.DataFrame:
    """Coefficients with df, p and t intervals by Satterthwaite's or Kenward and Roger's method."""
    inference = inference_of(fit, ddf)
    table = fixed(fit, conf_level)
    for name, values in linear_functions(inference, fit.beta, np.eye(len(fit.beta)), conf_level).items():
        table[name] = values
    return table


def two_sided_p(statistic: FloatArray, df: FloatArray) -> FloatArray:
    """Return the probability of a t statistic at least as far from 0."""
    return 2 * special.stdtr(df, -np.abs(statistic))


def ran_pars(fit: ModelFit, conf_level: float) -> pd.DataFrame:
    """Standard deviations, then correlations, of each block; the residual standard deviation last (as
    lme4).
    """
    groups: list[str] = []
    terms: list[str] = []
    estimates: list[float] = []
    if fit.lmm is not None:
        for part, covariance in zip(fit.design.random, fit.lmm.covariances, strict=True):
            sd = np.sqrt(np.diagonal(covariance))
            correlation = correlations(covariance)
            pairs = [(i, j) for i in range(len(sd)) for j in range(i + 1, len(sd))]
            groups += [part.label] * (len(sd) + len(pairs))
            terms += [f"sd__{name}" for name in part.names]
            terms += [f"cor__{part.names[i]}.{part.names[j]}" for i, j in pairs]
            estimates += [*sd.tolist(), *(float(correlation[i, j]) for i, j in pairs)]
    groups.append("Residual")
    terms.append("sd__Observation")
    estimates.append(fit.sigma)
    return pd.DataFrame(
        {
            "effect": pd.array(["ran_pars"] * len(terms), dtype="str"),
            "group": pd.array(groups, dtype="str"),
            "term": pd.array(terms, dtype="str"),
            "estimate": estimates,
        }
    )


def correlations(covariance: FloatArray) -> FloatArray:
    """Return the correlation matrix, (k, k); NaN where a variance is 0."""
    sd = np.sqrt(np.diagonal(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = covariance / np.outer(sd, sd)
    return np.clip(correlation, -1.0, 1.0)


def ran_vals(fit: ModelFit, conf_level: float) -> pd.DataFrame:
    """Conditional modes with conditional SDs and mode ± z SD intervals; by block, term, level."""
    columns: dict[str, list[FloatArray]] = {"estimate": [], "std_error": []}
    groups: list[str] = []
    levels: list[str] = []
    terms: list[str] = []
    if fit.lmm is not None:
        for index, part in enumerate(fit.design.random):
            modes = fit.lmm.modes[index]
            variances = np.diagonal(fit.lmm.mode_covariances(index), axis1=1, axis2=2)
            for j, name in enumerate(part.names):
                columns["estimate"].append(modes[:, j])
                columns["std_error"].append(np.sqrt(np.maximum(variances[:, j], 0.0)))
                groups += [part.factor.name] * len(modes)
                terms += [name] * len(modes)
                levels += part.factor.levels
    estimate, std_error = (
        np.concatenate(columns[name]) if columns[name] else np.empty(0) for name in ("estimate", "std_error")
    )
    width = special.ndtri(0.5 + conf_level / 2) * std_error
    return pd.DataFrame(
        {
            "effect": pd.array(["ran_vals"] * len(terms), dtype="str"),
            "group": pd.array(groups, dtype="str"),
            "level": pd.array(levels, dtype="str"),
            "term": pd.array(terms, dtype="str"),
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": estimate - width,
            "conf_high": estimate + width,
        }
    )


def glance(fit: ModelFit) -> pd.DataFrame:
    """One row: size, fit and state of the model."""
    n, k, criterion = fit.nobs, fit.npar, fit.criterion
    room = n - k - 1
    return pd.DataFrame(
        {
            "nobs": [n],
            "npar": [k],
            "sigma": [fit.sigma],
            "logLik": [fit.loglik],
            "AIC": [criterion + 2 * k],
            "AICc": [criterion + 2 * k * n / room if room > 0 else np.nan],
            "BIC": [criterion + k * np.log(n)],
            "criterion": [criterion],
            "REML": [fit.reml],
            "singular": [fit.singular],
            "converged": [fit.converged],
        }
    )


def augment(fit: ModelFit) -> pd.DataFrame:
    """The model frame with a value a row for everything that the model says about it."""
    added: dict[str, FloatArray] = {
        ".fitted": fit.fitted,
        ".resid": fit.residuals,
        ".std_resid": fit.std_residuals,
        ".fixed": fit.fixed_part,
        ".hat": fit.leverage,
        ".cooksd": cooks_distance(fit),
    }
    if fit.ols is not None:
        added[".sigma"] = fit.ols.sigma_without
        added[".student_resid"] = fit.ols.student_residuals
    if fit.design.weights is not None:
        added[".weights"] = fit.design.weights
    if fit.design.offset is not None:
        added[".offset"] = fit.design.offset
    return pd.concat([fit.frame, pd.DataFrame(added, index=fit.frame.index)], axis=1)


def cooks_distance(fit: ModelFit) -> FloatArray:
    """Cook's distance; for a mixed model as lme4: (e / (1 - h))^2 h / (p sigma^2), e the Pearson residual,
    (n,).
    """
    if fit.ols is not None:
        return fit.ols.cooks_distance
    h = fit.leverage
    p = len(fit.beta)
    if p == 0:
        return np.full(len(h), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (fit.std_residuals / (1 - h)) ** 2 * h / p


def ran_coefs(fit: ModelFit, factor: str | None) -> pd.DataFrame:
    """Fixed plus random effects of each group of a factor."""
    name = factor_name(fit, factor)
    levels = fit.design.factors[name].levels
    columns = {
        term: np.full(len(levels), value) for term, value in zip(fit.fixed_names, fit.beta, strict=True)
    }
    assert fit.lmm is not None
    for part, modes in zip(fit.design.random, fit.lmm.modes, strict=True):
        if part.factor.name != name:
            continue
        for j, term in enumerate(part.names):
            columns[term] = columns.get(term, 0.0) + modes[:, j]
    return pd.DataFrame({"level": pd.array(list(levels), dtype="str"), **columns})


def factor_name(fit: ModelFit, factor: str | None) -> str:
    """Return the name of a grouping factor of the model, the first one by default; raises ModelError."""
    names = list(fit.design.factors)
    if not names:
        raise ModelError("The model has no random effects.", "Add a random term such as (1 | school).")
    if factor is None:
        return names[0]
    if factor not in names:
        raise ModelError(f"“{factor}” is no grouping factor of the model.", f"Those are: {', '.join(names)}.")
    return factor


def group_columns(fit: ModelFit) -> dict[str, pd.Categorical]:
    """Return the group of each row used, for every grouping factor."""
    return {name: as_categorical(factor) for name, factor in fit.design.factors.items()}
