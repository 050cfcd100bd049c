"""Likelihood-ratio tests of the random effects, one at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from mixgui.errors import ModelError
from mixgui.models.formula import Formula, RandomTerm
from mixgui.models.nesting import added_variances, mixture_p
from mixgui.models.random_terms import split_uncorrelated
from mixgui.models.refit import refit
from mixgui.observer import Observer, Progress

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit


def ranova(fit: ModelFit, observer: Observer) -> pd.DataFrame:
    """Test the random effects; see `ModelFit.ranova`."""
    if fit.lmm is None:
        raise ModelError("The model has no random effects.", "Add a random term such as (1 | school).")
    terms = split_uncorrelated(fit.formula.random)
    rows = [_row("<none>", fit.npar, fit.loglik, None)]
    steps = [(i, slope) for i, term in enumerate(terms) for slope in (term.terms or (None,))]
    for number, (i, slope) in enumerate(steps):
        observer(Progress("Testing the random effects", fraction=number / len(steps)))
        term = terms[i]
        kept = tuple(t for t in term.terms if t != slope) if slope is not None else ()
        if slope is not None and (term.intercept or kept):
            label = f"{slope} in {term!s}"
            changed: tuple[RandomTerm, ...] = (*terms[:i], replace(term, terms=kept), *terms[i + 1 :])
        else:
            label, changed = str(term), (*terms[:i], *terms[i + 1 :])
        smaller, loglik = _without(fit, replace(fit.formula, random=tuple(dict.fromkeys(changed))), observer)
        rows.append(_row(label, smaller.npar, loglik, fit, added_variances(smaller, fit)[0] == 1))
    return pd.DataFrame(rows).astype({"term": "str"})


def _row(
    label: str, npar: int, loglik: float, full: ModelFit | None, single: bool = False
) -> dict[str, object]:
    row: dict[str, object] = {
        "term": label, "npar": npar, "logLik": loglik, "AIC": 2 * npar - 2 * loglik,
        "chisq": np.nan, "df": np.nan, "p_value": np.nan, "p_mixture": np.nan,
    }  # fmt: skip
    if full is not None:
        chisq, df = max(2 * (full.loglik - loglik), 0.0), full.npar - npar
        row |= {"chisq": chisq, "df": float(df)}
        if df > 0:
            row["p_value"] = float(special.chdtrc(df, chisq))
            row["p_mixture"] = mixture_p(chisq, df) if single else np.nan
    return row


def _without(fit: ModelFit, formula: Formula, observer: Observer) -> tuple[ModelFit, float]:
    """Return a reduced model and its log-likelihood (restricted if the model's is)."""
    smaller = refit(fit, formula=formula, reml=fit.reml, observer=observer)
    if smaller.ols is None or not fit.reml:
        return smaller, smaller.loglik
    # The restricted likelihood of least squares, as that of a mixed model without random effects.
    X, weights = smaller.design.X, smaller.design.weights
    log_weights = 0.0
    if weights is not None:
        X = X * np.sqrt(weights)[:, None]
        log_weights = float(np.log(weights).sum())
    n, p = X.shape
    log_det = 2 * float(np.log(np.abs(np.diagonal(np.linalg.qr(X, mode="r")))).sum())
    criterion = (n - p) * (1 + np.log(2 * np.pi * smaller.ols.rss / (n - p))) + log_det - log_weights
    return smaller, -criterion / 2
