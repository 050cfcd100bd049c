"""Comparison of models: AICc table and likelihood-ratio ladder, with guards against what cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from mixgui.errors import ModelError
from mixgui.models.nesting import added_variances, mixture_p, nested, same_fixed
from mixgui.models.notes import Note
from mixgui.models.refit import refit as fit_again
from mixgui.models.refit import used_rows
from mixgui.models.result import ModelFit
from mixgui.observer import Observer, Progress, silent

_REFIT = "Fit them all by ML to the rows that they have in common: refit=True."


@dataclass(frozen=True, eq=False)
class Comparison:
    """Models side by side.

    Parameters
    ----------
    table : DataFrame
        By AICc, the best first: model, npar (K), logLik, AICc, delta, weight, cum_weight, evidence_ratio (of
        the best model to this one).
    tests : DataFrame
        By npar: model, npar, logLik, deviance, against (the model before), chisq, df, p_value, p_mixture
        (where a single variance is tested at 0). The tests are missing where the models are not nested.
    notes : tuple of Note
        What a reader has to know.
    fits : dict of str to ModelFit
        The models that were compared, refitted ones in place of the given.
    """

    table: pd.DataFrame
    tests: pd.DataFrame
    notes: tuple[Note, ...]
    fits: dict[str, ModelFit]


def compare(
    *models: ModelFit,
    names: Sequence[str] | None = None,
    refit: bool = False,
    observer: Observer = silent,
) -> Comparison:
    """Compare models of the same outcome and rows.

    AICc = -2LL + 2K n / (n - K - 1); weight = exp(-delta / 2) over its sum (Burnham & Anderson 2002, Model
    Selection and Multimodel Inference, sections 2.4 and 2.9). The ladder tests each model against the next
    smaller one, chisq = -2 (LL0 - LL1) on the difference of K degrees of freedom.

    Parameters
    ----------
    models : ModelFit
        Two or more, mixed or ordinary.
    names : sequence of str, optional
        What to call them; "Model 1", ... by default.
    refit : bool, default False
        Fit all of them again by ML to the rows that all of them can use.
    observer : Observer, optional
        Told of the refits; stops by raising `Cancelled`.

    Returns
    -------
    Comparison
        The table by AICc, the ladder of likelihood-ratio tests, and notes.

    Raises
    ------
    ModelError
        Fewer than two models, different outcomes or rows, ML beside REML, REML with different fixed effects.
    """
    labels = _labels(models, names)
    _check_outcomes(models, labels)
    if refit:
        models = _refitted(models, observer)
    else:
        _check_rows(models, labels)
        _check_criteria(models, labels)
    fits = dict(zip(labels, models, strict=True))
    tests, notes = _ladder(fits)
    return Comparison(_table(fits), tests, tuple(notes), fits)


def _labels(models: Sequence[ModelFit], names: Sequence[str] | None) -> list[str]:
    if len(models) < 2:
        raise ModelError("A comparison needs at least two models.", "Add another model.")
    if names is None:
        return [f"Model {i + 1}" for i in range(len(models))]
    labels = [str(name) for name in names]
    if len(labels) != len(models) or len(set(labels)) < len(labels):
        raise ModelError(
            f"There are {len(models)} models and {len(set(labels))} different names.",
            "Give each model a name of its own.",
        )
    return labels


def _check_outcomes(models: Sequence[ModelFit], labels: Sequence[str]) -> None:
    first = models[0]
    for model, label in zip(models, labels, strict=True):
        if model.formula.outcome != first.formula.outcome:
            raise ModelError(
                f"The models have different outcomes: {first.outcome_name} in {labels[0]}, "
                f"{model.outcome_name} in {label}. Their likelihoods cannot be compared.",
                "Compare models of one outcome.",
            )
        y = model.outcome_name
        if model.rows_given != first.rows_given or not _same_column(model, first):
            raise ModelError(
                f"{labels[0]} and {label} were fitted to different tables: their values of {y} differ.",
                "Fit both to the same table.",
            )


def _same_column(a: ModelFit, b: ModelFit) -> bool:
    """Whether the outcome agrees in the rows that both used."""
    both = used_rows(a) & used_rows(b)
    return bool(
        np.array_equal(a.design.y[both[used_rows(a)]], b.design.y[both[used_rows(b)]])
        and a.design.index.equals(b.design.index)
    )


def _check_rows(models: Sequence[ModelFit], labels: Sequence[str]) -> None:
    first = used_rows(models[0])
    for model, label in zip(models, labels, strict=True):
        if not np.array_equal(used_rows(model), first):
            raise ModelError(
                f"The models were fitted to different rows: {models[0].nobs:,} in {labels[0]}, "
                f"{model.nobs:,} in {label}, because other rows have missing values.",
                _REFIT,
            )


def _check_criteria(models: Sequence[ModelFit], labels: Sequence[str]) -> None:
    reml = [label for model, label in zip(models, labels, strict=True) if model.reml]
    if not reml:
        return
    other = [label for label in labels if label not in reml]
    if other:
        raise ModelError(
            f"{reml[0]} was fitted by REML and {other[0]} was not. Their likelihoods cannot be compared.",
            _REFIT,
        )
    for model, label in zip(models, labels, strict=True):
        if not same_fixed(models[0], model):
            raise ModelError(
                f"{labels[0]} and {label} have different fixed effects and were fitted by REML, "
                "whose likelihood depends on them.",
                _REFIT,
            )


def _refitted(models: Sequence[ModelFit], observer: Observer) -> tuple[ModelFit, ...]:
    common = np.logical_and.reduce([used_rows(model) for model in models])
    if not common.any():
        raise ModelError("The models have no row in common.", "Compare models of overlapping rows.")
    out = []
    for index, model in enumerate(models):
        observer(Progress(f"Fitting model {index + 1} of {len(models)} by ML", fraction=index / len(models)))
        done = np.array_equal(common, used_rows(model)) and not model.reml
        out.append(model if done else fit_again(model, rows=common, reml=False, observer=observer))
    return tuple(out)


def _table(fits: dict[str, ModelFit]) -> pd.DataFrame:
    rows = [fit.glance().iloc[0] for fit in fits.values()]
    aicc = np.array([float(row["AICc"]) for row in rows])
    table = pd.DataFrame(
        {
            "model": pd.array(list(fits), dtype="str"),
            "npar": [int(row["npar"]) for row in rows],
            "logLik": [float(row["logLik"]) for row in rows],
            "AICc": aicc,
        }
    )
    table = table.sort_values("AICc", kind="stable", ignore_index=True)
    delta = (table["AICc"] - table["AICc"].min()).to_numpy()
    weight = np.exp(-delta / 2)
    weight = weight / np.nansum(weight)
    table["delta"] = delta
    table["weight"] = weight
    table["cum_weight"] = np.cumsum(weight)
    with np.errstate(divide="ignore", over="ignore"):
        table["evidence_ratio"] = np.exp(delta / 2)
    return table


def _ladder(fits: dict[str, ModelFit]) -> tuple[pd.DataFrame, list[Note]]:
    order = sorted(fits, key=lambda name: fits[name].npar)
    rows: list[dict[str, object]] = []
    notes: list[Note] = []
    apart: list[str] = []
    boundary = False
    for index, name in enumerate(order):
        fit = fits[name]
        row: dict[str, object] = {
            "model": name, "npar": fit.npar, "logLik": fit.loglik, "deviance": fit.criterion,
            "against": "", "chisq": np.nan, "df": np.nan, "p_value": np.nan, "p_mixture": np.nan,
        }  # fmt: skip
        if index:
            before = order[index - 1]
            row["against"] = before
            small = fits[before]
            if fit.npar > small.npar and nested(small, fit):
                row |= likelihood_ratio(small, fit)
                boundary |= added_variances(small, fit)[0] > 0
            else:
                apart.append(f"{name} and {before}")
        rows.append(row)
    if boundary:
        notes.append(BOUNDARY)
    if apart:
        notes.append(
            Note(
                "info",
                "Not nested",
                f"No test of {'; '.join(apart)}: neither is a special case of the other, or they are the "
                "same model. AICc compares them all the same.",
            )
        )
    if any(fit.reml for fit in fits.values()):
        notes.append(
            Note(
                "info",
                "REML",
                "The models have the same fixed effects, so their restricted likelihoods can be compared. "
                "Models with different fixed effects need ML.",
            )
        )
    table = pd.DataFrame(rows).astype({"model": "str", "against": "str"})
    return table, notes


BOUNDARY = Note(
    "info",
    "Variance tested at 0",
    "A variance cannot be negative, so the chi-square p of such a test is too large (conservative). Where a "
    "single variance is tested, p (mixture) uses half chi-square with df − 1 and half with df.",
)


def likelihood_ratio(small: ModelFit, large: ModelFit) -> dict[str, object]:
    """Return chisq, df, p_value and p_mixture of nested models by the same criterion."""
    chisq = max(small.criterion - large.criterion, 0.0)
    df = large.npar - small.npar
    effects, parameters = added_variances(small, large)
    single = effects == 1 and parameters == df
    return {
        "chisq": chisq,
        "df": float(df),
        "p_value": float(special.chdtrc(df, chisq)),
        "p_mixture": mixture_p(chisq, df) if single else np.nan,
    }
