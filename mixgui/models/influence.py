"""How much each group matters: the change of all estimates when it is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mixgui.engine.influence import leave_one_out
from mixgui.engine.profile import parameters
from mixgui.errors import ModelError
from mixgui.models.intervals import variance_names
from mixgui.models.model_matrix import INTERCEPT, independent_columns
from mixgui.models.ols import fit_ols
from mixgui.models.variables import Categorical, FloatArray, IntArray, as_factor
from mixgui.observer import Observer, Progress

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit


def influence(fit: ModelFit, by: str | None, observer: Observer) -> pd.DataFrame:
    """Leave out one group at a time; see `ModelFit.influence`."""
    factor = _grouping(fit, by)
    beta, variances = _without(fit, factor, observer)
    change = beta - fit.beta
    columns: dict[str, object] = {
        "level": pd.array(list(factor.levels), dtype="str"),
        "rows": np.bincount(factor.codes, minlength=len(factor.levels)),
        "cooksd": _distance(change, fit.vcov),
    }
    columns |= {f"change_{name}": change[:, j] for j, name in enumerate(fit.fixed_names)}
    now = _variances(fit)
    columns |= {
        f"change_{name}": variances[:, j] - now[j] for j, name in enumerate(_distinct(variance_names(fit)))
    }
    return pd.DataFrame(columns)


def _grouping(fit: ModelFit, by: str | None) -> Categorical:
    """Return the groups that are left out, unused levels dropped."""
    design = fit.design
    factors = design.factors
    if by is None:
        if not factors:
            raise ModelError(
                "An ordinary regression has no groups of its own.", 'Name a column: by="school".'
            )
        return next(iter(factors.values()))
    if by in factors:
        return factors[by]
    if by not in design.source.columns:
        raise ModelError(
            f"“{by}” is neither a grouping factor of the model nor a column of the table.",
            f"The grouping factors are: {', '.join(factors)}." if factors else "",
        )
    values = design.source[by]
    found = as_factor(by, values if design.used is None else values[design.used])
    if (found.codes < 0).any():
        raise ModelError(
            f"“{by}” is missing in {int((found.codes < 0).sum())} of the rows used.",
            "Choose a grouping that every row has.",
        )
    return found.used()


def _without(fit: ModelFit, factor: Categorical, observer: Observer) -> tuple[FloatArray, FloatArray]:
    """Return fixed effects (q, p) and SDs, correlations and sigma (q, v) without each group."""
    if fit.lmm is None:
        return _without_ols(fit, factor.codes, len(factor.levels), observer)
    beta, variances = [], []
    for deletion in leave_one_out(fit.lmm, factor.codes, observer):
        beta.append(deletion.beta)
        parts = []
        for covariance in deletion.covariances:
            parts += _sd_and_correlations(covariance)
        variances.append([*parts, deletion.sigma])
    return np.array(beta), np.array(variances)


def _variances(fit: ModelFit) -> list[float]:
    if fit.lmm is None:
        return [fit.sigma]
    return [p.estimate for p in parameters(fit.lmm) if p.kind != "beta"]


def _sd_and_correlations(covariance: FloatArray) -> list[float]:
    """Return SDs and correlations column by column, as `parameters` names them."""
    sd = np.sqrt(covariance.diagonal())
    out = []
    for a in range(len(sd)):
        out.append(float(sd[a]))
        for b in range(a + 1, len(sd)):
            size = sd[a] * sd[b]
            out.append(float(covariance[a, b] / size) if size > 0 else np.nan)
    return out


def _without_ols(fit: ModelFit, codes: IntArray, q: int, observer: Observer) -> tuple[FloatArray, FloatArray]:
    design = fit.design
    intercept = design.matrix.names[0] == INTERCEPT
    beta, sigma = np.full((q, len(fit.beta)), np.nan), np.full((q, 1), np.nan)
    for group in range(q):
        observer(Progress(f"Leaving out group {group + 1:,} of {q:,}", fraction=group / q))
        keep = codes != group
        X = design.X[keep]
        if len(X) <= X.shape[1] or len(independent_columns(X, 0 if intercept else None)) < X.shape[1]:
            continue
        rest = fit_ols(
            design.y[keep],
            X,
            intercept=intercept,
            weights=None if design.weights is None else design.weights[keep],
            offset=None if design.offset is None else design.offset[keep],
        )
        beta[group], sigma[group] = rest.beta, rest.sigma
    return beta, sigma


def _distance(change: FloatArray, vcov: FloatArray) -> FloatArray:
    """Return Cook's distances, change' Cov^-1 change / p, (q,)."""
    p = len(vcov)
    if p == 0:
        return np.full(len(change), np.nan)
    scale = np.sqrt(np.diagonal(vcov))
    root = np.linalg.cholesky(vcov / np.outer(scale, scale))
    half = np.linalg.solve(root, (change / scale).T)
    return (half * half).sum(axis=0) / p


def _distinct(names: tuple[str, ...]) -> list[str]:
    """Number names that occur twice, as (1 | g) + (1 | g) would give."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}.{seen[name] - 1}")
    return out
