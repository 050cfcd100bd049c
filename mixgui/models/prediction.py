"""Predictions for the rows of the fit or for new ones, with intervals; simulated outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import special

from mixgui.engine.bootstrap import simulate as simulate_lmm
from mixgui.engine.prediction import conditional_variances
from mixgui.errors import ModelError
from mixgui.models.hypotheses import check_level
from mixgui.models.new_rows import NewEffects, NewRows, unknown_groups
from mixgui.models.terms import names_of
from mixgui.models.variables import FloatArray

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit


def predict(
    fit: ModelFit,
    new: pd.DataFrame | None,
    random: bool,
    interval: Literal["confidence", "prediction"] | None,
    level: float,
    allow_new_levels: bool,
) -> pd.Series | pd.DataFrame:
    """Predict; see `ModelFit.predict`."""
    check_level(level)
    if interval not in (None, "confidence", "prediction"):
        raise ValueError(f'interval is "confidence", "prediction" or None, not {interval!r}')
    mixed = fit.lmm is not None
    wanted = mixed and (random or interval == "prediction")
    if new is None:
        X, offset, index = fit.design.X, fit.design.offset, fit.design.used_index
        effects = _own_effects(fit) if wanted else ()
    else:
        rows = NewRows(fit.design, new)
        X, offset, index = rows.fixed(), rows.offset(), new.index
        effects = _new_effects(fit, rows, random, allow_new_levels) if wanted else ()
    mean = X @ fit.beta
    if offset is not None:
        mean = mean + offset
    if mixed and random:
        mean = mean + _random_part(fit, effects)
        if not allow_new_levels:
            for effect in effects:
                mean[effect.missing] = np.nan
    if interval is None:
        return pd.Series(mean, index=index, name=".fitted")
    variance = _variance(fit, X, effects, random)
    if interval == "prediction":
        weights = fit.design.weights if new is None and fit.design.weights is not None else 1.0
        variance = variance + fit.sigma**2 / weights
        if mixed and not random:
            variance = variance + _population(fit, effects)
    std_error = np.sqrt(variance)
    if fit.ols is not None:
        width = special.stdtrit(fit.ols.df_resid, 0.5 + level / 2) * std_error
    else:
        width = special.ndtri(0.5 + level / 2) * std_error
    return pd.DataFrame(
        {
            ".fitted": mean,
            "std_error": np.where(np.isnan(mean), np.nan, std_error),
            "conf_low": mean - width,
            "conf_high": mean + width,
        },
        index=index,
    )


def _own_effects(fit: ModelFit) -> tuple[NewEffects, ...]:
    none = np.zeros(fit.nobs, dtype=bool)
    return tuple(
        NewEffects(part.factor.codes, np.ones((fit.nobs, 1)) if part.data.Z is None else part.data.Z, none)
        for part in fit.design.random
    )


def _new_effects(
    fit: ModelFit, rows: NewRows, random: bool, allow_new_levels: bool
) -> tuple[NewEffects, ...]:
    if not random:  # only the columns count, not the groups
        rows.require(names_of(f for part in fit.formula.random for term in part.terms for f in term.factors))
        return rows.random(groups=False)
    effects = rows.random()
    if not allow_new_levels:
        sentence = unknown_groups(fit.design, effects, rows.frame)
        if sentence:
            raise ModelError(
                sentence,
                "Predict without random effects (random=False), or let new groups be average ones "
                "(allow_new_levels=True).",
            )
    return effects


def _random_part(fit: ModelFit, effects: tuple[NewEffects, ...]) -> FloatArray:
    assert fit.lmm is not None
    total = 0.0
    for effect, modes in zip(effects, fit.lmm.modes, strict=True):
        own = np.where((effect.codes >= 0)[:, None], modes[effect.codes], 0.0)
        total = total + (effect.Z * own).sum(axis=1)
    return np.asarray(total)


def _variance(fit: ModelFit, X: FloatArray, effects: tuple[NewEffects, ...], random: bool) -> FloatArray:
    if fit.lmm is None or not random:
        return np.einsum("ij,jk,ik->i", X, fit.vcov, X)
    usable = np.isfinite(X).all(axis=1)
    for effect in effects:
        usable &= np.isfinite(effect.Z).all(axis=1)
    out = np.full(len(X), np.nan)
    pairs = [(effect.codes[usable], effect.Z[usable]) for effect in effects]
    out[usable] = conditional_variances(fit.lmm, X[usable], pairs)
    return out


def _population(fit: ModelFit, effects: tuple[NewEffects, ...]) -> FloatArray:
    """Return the variance of the random effects of a row in new groups, z'Sigma z summed over the terms."""
    assert fit.lmm is not None
    parts = [
        np.einsum("rk,kl,rl->r", effect.Z, covariance, effect.Z)
        for effect, covariance in zip(effects, fit.lmm.covariances, strict=True)
    ]
    return np.sum(parts, axis=0)


def simulate(fit: ModelFit, n: int, seed: int) -> pd.DataFrame:
    """Draw outcomes from the model; see `ModelFit.simulate`."""
    if n < 1:
        raise ValueError(f"n is at least 1, not {n}")
    if fit.lmm is not None:
        columns = list(simulate_lmm(fit.lmm, n, seed))
    else:
        rng = np.random.default_rng(seed)
        sd = fit.sigma if fit.design.weights is None else fit.sigma / np.sqrt(fit.design.weights)
        columns = [fit.fitted + sd * rng.standard_normal(fit.nobs) for _ in range(n)]
    names = [f"sim_{i + 1}" for i in range(n)]
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=fit.design.used_index)
