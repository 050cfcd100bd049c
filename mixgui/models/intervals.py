"""Confidence intervals of all parameters, under lme4's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import special

from mixgui.engine.bootstrap import bootstrap_intervals
from mixgui.engine.profile import parameters, profile_intervals
from mixgui.engine.profile_surface import Parameter
from mixgui.errors import ModelError
from mixgui.models.hypotheses import Ddf, check_level, inference_of, t_quantile
from mixgui.models.variables import FloatArray
from mixgui.observer import Observer

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit

_METHODS = ("wald", "profile", "boot")


def confint(
    fit: ModelFit,
    method: Literal["wald", "profile", "boot"],
    level: float,
    ddf: Ddf,
    count: int,
    seed: int,
    observer: Observer,
    processes: int | None = None,
) -> pd.DataFrame:
    """Return confidence intervals; see `ModelFit.confint`."""
    check_level(level)
    if method not in _METHODS:
        raise ValueError(f"method is one of {', '.join(_METHODS)}, not {method!r}")
    if method == "wald":
        return _wald(fit, level, ddf)
    if fit.lmm is None:
        raise ModelError(
            "The intervals of an ordinary regression are exact; there is nothing to profile or to bootstrap.",
            'Use method="wald".',
        )
    if method == "profile":
        found = profile_intervals(fit.lmm, level, observer=observer, processes=processes)
    else:
        found = bootstrap_intervals(fit.lmm, level, count, seed, observer, processes)
    names = [parameter_name(fit, interval.parameter) for interval in found]
    return _table(names, np.array([i.lower for i in found]), np.array([i.upper for i in found]))


def parameter_name(fit: ModelFit, parameter: Parameter) -> str:
    """Return lme4's name: ``sd_(Intercept)|school``, ``cor_x.(Intercept)|school``, ``sigma``, ``x``."""
    if parameter.kind == "sigma":
        return "sigma"
    if parameter.kind == "beta":
        return fit.fixed_names[parameter.first]
    part = fit.design.random[parameter.term]
    if parameter.kind == "sd":
        return f"sd_{part.names[parameter.first]}|{part.factor.name}"
    return f"cor_{part.names[parameter.second]}.{part.names[parameter.first]}|{part.factor.name}"


def variance_names(fit: ModelFit) -> tuple[str, ...]:
    """Return the names of standard deviations, correlations and sigma, in lme4's order."""
    if fit.lmm is None:
        return ("sigma",)
    return tuple(parameter_name(fit, p) for p in parameters(fit.lmm) if p.kind != "beta")


def _wald(fit: ModelFit, level: float, ddf: Ddf) -> pd.DataFrame:
    inference = inference_of(fit, ddf)
    df = inference.df(np.eye(len(fit.beta)))
    width = t_quantile(0.5 + level / 2, df) * np.sqrt(np.diagonal(inference.vcov))
    variances = variance_names(fit)
    lower = np.full(len(variances), np.nan)
    upper = lower.copy()
    if fit.ols is not None:  # (n - p) s^2 / sigma^2 is chi-square: exact
        tail, room = 0.5 - level / 2, fit.ols.df_resid
        lower[0], upper[0] = np.sqrt(fit.ols.rss / special.chdtri(room, np.array([tail, 1 - tail])))
    return _table(
        [*variances, *fit.fixed_names],
        np.concatenate([lower, fit.beta - width]),
        np.concatenate([upper, fit.beta + width]),
    )


def _table(names: list[str], lower: FloatArray, upper: FloatArray) -> pd.DataFrame:
    return pd.DataFrame({"param": pd.array(names, dtype="str"), "lower": lower, "upper": upper})
