"""Fit a linear mixed model: the door of the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixgui.engine import blocks
from mixgui.engine.coordinates import Rows
from mixgui.engine.criterion import Evaluator
from mixgui.engine.crossing import crossed
from mixgui.engine.joint import Joint
from mixgui.engine.optimize import Problem
from mixgui.engine.parameters import Template
from mixgui.engine.result import Convergence, LmmFit, State
from mixgui.engine.search import optimise
from mixgui.engine.terms import FitOptions, FloatArray, RandomTermData, check
from mixgui.errors import ModelError
from mixgui.observer import Observer, silent

# Up to this many random effects in all, several factors are one dense problem.
_DENSE = 200


def fit_lmm(
    y: FloatArray,
    X: FloatArray,
    terms: Sequence[RandomTermData],
    *,
    reml: bool = True,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
    options: FitOptions | None = None,
    observer: Observer = silent,
) -> LmmFit:
    """Fit a linear mixed model by REML or maximum likelihood.

    y = X beta + Z b + offset + e,  b ~ N(0, sigma^2 Lambda Lambda'),  e ~ N(0, sigma^2 / weights)
    (Bates et al. 2015, J. Stat. Softw. 67(1), section 2).

    Parameters
    ----------
    y : (n,) array
        Outcome.
    X : (n, p) array
        Fixed-effects columns, of full rank; p may be 0.
    terms : sequence of RandomTermData
        Random-effects terms; results come in this order.
    reml : bool
        REML criterion (True) or maximum likelihood.
    weights : (n,) array, optional
        Prior weights, positive: the residual variance of a row is sigma^2 / weight.
    offset : (n,) array, optional
        Known part of the outcome.
    options : FitOptions, optional
        How hard to look for the optimum.
    observer : Observer
        Told of progress; stops the fit by raising `Cancelled`.

    Returns
    -------
    LmmFit
        Estimates on the scale of the given data.

    Raises
    ------
    ModelError
        Data from which the model cannot be estimated.
    """
    y = np.asarray(y, dtype=float)
    X = np.asarray(X, dtype=float)
    check(y, X, terms, weights, offset)
    state = prepare(y, X, terms, weights, offset, observer)
    return fit_state(state, reml, options or FitOptions(), observer)


def prepare(
    y: FloatArray,
    X: FloatArray,
    terms: Sequence[RandomTermData],
    weights: FloatArray | None,
    offset: FloatArray | None,
    observer: Observer = silent,
) -> State:
    """Reduce checked data to cross-products, once for any number of fits (REML, ML, profiles)."""
    rows = Rows(y, X, terms, weights, offset, observer)
    sizes: list[tuple[int, int, bool]] = [(0, 0, False)] * len(terms)
    start = 0
    for factor in rows.factors:
        for index in factor.terms:
            sizes[index] = (start, terms[index].size, terms[index].correlated)
            start += terms[index].size
    return State(rows, _evaluator(rows), Template(sizes))


def prepare_outcome(state: State, y: FloatArray) -> State:
    """Return prepared data with another outcome (n,) for the same predictors and groups."""
    rows = state.rows.with_outcome(y)
    return State(rows, _evaluator(rows), state.template)


def _evaluator(rows: Rows) -> Evaluator:
    """Return the evaluator of the rows, in joint coordinates where a factor's own ones are nearly dependent."""
    if all(len(f.terms) == 1 for f in rows.factors):
        return _structured(rows)
    M = rows.own_from_joint()
    if M is None:
        return _structured(rows)
    ends = np.cumsum([f.size for f in rows.factors])
    own = tuple(slice(int(end) - f.size, int(end)) for f, end in zip(rows.factors, ends, strict=True))
    return Joint(_structured(rows.joint()), M, own)


def _structured(rows: Rows) -> Evaluator:
    if len(rows.factors) == 1:
        return blocks.one_factor(rows)
    if sum(f.n_levels * f.size for f in rows.factors) <= _DENSE:
        return blocks.dense(rows)
    return crossed(rows)


def fit_state(state: State, reml: bool, options: FitOptions, observer: Observer) -> LmmFit:
    """Optimise the criterion of prepared data."""
    state.rows.pulse = observer
    problem = Problem(state.evaluator, state.template, reml, observer)
    outcome = optimise(problem, options)
    if outcome is None:
        raise ModelError(
            "The criterion of the model cannot be computed anywhere: "
            "the columns of the predictors depend on each other.",
            "Remove a predictor that follows from the others.",
        )
    if outcome.at.evaluation.r2 < 1e-13 * state.rows.n:
        effects = sum(f.n_levels * f.size for f in state.rows.factors)
        raise ModelError(
            "The random effects reproduce the outcome exactly: no residual variance is left "
            f"({effects} random effects, {state.rows.n} rows).",
            "Check that the outcome varies within the groups, or use fewer random-effects terms.",
        )
    convergence = Convergence(
        evaluations=problem.evaluations,
        decrement=outcome.decrement,
        slope=outcome.slope,
        starts=outcome.starts,
        log=tuple(problem.log),
        converged=outcome.converged,
        reason=outcome.reason,
        flat=outcome.flat,
    )
    return LmmFit.build(state, reml, outcome.at.lam, outcome.at.evaluation, convergence)
