"""The door of this room: a formula and a table in, a finished model out."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mixgui.data.dataset import Dataset
from mixgui.engine import FitOptions, fit_lmm
from mixgui.models.design import RowValues, build_design
from mixgui.models.formula import Formula
from mixgui.models.formula_parser import parse_formula
from mixgui.models.model_matrix import INTERCEPT
from mixgui.models.ols import fit_ols
from mixgui.models.result import ModelFit
from mixgui.models.spec import ModelSpec
from mixgui.observer import Observer, Progress, silent


def fit(
    formula: str | Formula | ModelSpec,
    data: pd.DataFrame | Dataset,
    *,
    reml: bool = True,
    weights: RowValues = None,
    offset: RowValues = None,
    options: FitOptions | None = None,
    observer: Observer = silent,
) -> ModelFit:
    """Fit an ordinary regression or a linear mixed model.

    Parameters
    ----------
    formula : str, Formula or ModelSpec
        lme4's syntax, ``score ~ 1 + hours + (1 | school)``; without random terms, an ordinary regression. A
        ModelSpec says itself whether REML is used and which column holds the weights.
    data : DataFrame or Dataset
        The table; not changed. Rows with missing or infinite values are left out and accounted for.
    reml : bool, default True
        Restricted maximum likelihood, or maximum likelihood (mixed models only).
    weights : str or array of length n, optional
        Prior weights (the residual variance of a row is sigma^2 / weight), or the column that holds them.
    offset : str or array of length n, optional
        Known part of the outcome, or the column that holds it; added to ``offset()`` of the formula.
    options : FitOptions, optional
        How hard the engine looks for the optimum.
    observer : Observer, optional
        Told of progress; stops the fit by raising `Cancelled`.

    Returns
    -------
    ModelFit
        Estimates, tables and notes.

    Raises
    ------
    FormulaError
        A formula that is not understood, or names that are no columns.
    ModelError
        Data from which the model cannot be estimated.
    """
    spec = _spec(formula, reml, weights)
    frame = data if isinstance(data, pd.DataFrame) else data.frame
    observer(Progress("Preparing the data"))
    design = build_design(
        spec.formula, frame, weights=weights if weights is not None else spec.weights, offset=offset
    )
    observer(Progress("Estimating the model"))
    if not design.random:
        ols = fit_ols(
            design.y,
            design.X,
            intercept=design.matrix.names[0] == INTERCEPT,
            weights=design.weights,
            offset=design.offset,
        )
        return ModelFit(spec, design, ols, None)
    lmm = fit_lmm(
        design.y,
        design.X,
        [part.data for part in design.random],
        reml=spec.reml,
        weights=design.weights,
        offset=design.offset,
        options=options,
        observer=observer,
    )
    return ModelFit(spec, design, None, lmm)


def _spec(formula: str | Formula | ModelSpec, reml: bool, weights: RowValues) -> ModelSpec:
    if isinstance(formula, ModelSpec):
        return replace(formula, weights=weights) if isinstance(weights, str) else formula
    parsed = parse_formula(formula) if isinstance(formula, str) else formula
    return ModelSpec(parsed, reml, weights=weights if isinstance(weights, str) else "")
