"""Simulation from a fitted model, and percentile intervals of refits to simulated outcomes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mixgui.engine.lmm import fit_state, prepare
from mixgui.engine.profile import Interval, parameters
from mixgui.engine.result import LmmFit
from mixgui.engine.terms import FitOptions, FloatArray
from mixgui.errors import ModelError
from mixgui.observer import Observer, Progress, silent


def simulate(fit: LmmFit, count: int, seed: int) -> Iterator[FloatArray]:
    """Yield outcomes (n,) drawn from the fitted model, with new random effects each time.

    y = X beta + offset + Z b + e with b and e drawn from their estimated normal distributions, as lme4's
    simulate(use.u = FALSE).

    Parameters
    ----------
    fit : LmmFit
        A fitted model.
    count : int
        Number of outcomes.
    seed : int
        Seed of NumPy's default generator.
    """
    rows = fit.state.rows
    rng = np.random.default_rng(seed)
    fixed = rows.X @ fit.beta
    if rows.offset is not None:
        fixed = fixed + rows.offset
    roots = [_root(covariance) for covariance in fit.covariances]
    for _ in range(count):
        y = fixed + _noise(fit, rng)
        for term, root in zip(rows.terms, roots, strict=True):
            effects = rng.standard_normal((term.factor.n_levels, len(root))) @ root.T
            own = effects[term.factor.codes]
            y += own[:, 0] if term.Z is None else (term.Z * own).sum(axis=1)
        yield y


def _noise(fit: LmmFit, rng: np.random.Generator) -> FloatArray:
    rows = fit.state.rows
    noise: FloatArray = np.asarray(rng.standard_normal(rows.n) * fit.sigma)
    return noise if rows.root_weights is None else noise / rows.root_weights


def _root(covariance: FloatArray) -> FloatArray:
    """Return a square root of a covariance matrix that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def bootstrap_intervals(
    fit: LmmFit, level: float = 0.95, count: int = 500, seed: int = 1, observer: Observer = silent
) -> list[Interval]:
    """Return percentile intervals of the parametric bootstrap.

    Parameters
    ----------
    fit : LmmFit
        A fitted model; refits use its criterion (REML or ML).
    level : float
        Confidence level, 0 to 1.
    count : int
        Number of simulated outcomes.
    seed : int
        Seed of the simulation.
    observer : Observer
        Told after every refit; stops by raising `Cancelled`.

    Returns
    -------
    list of Interval
        In the order of `profile.parameters`; correlations without a value (an SD of 0) are left out of the quantiles.

    Raises
    ------
    ModelError
        When more than a tenth of the refits fail.
    """
    rows = fit.state.rows
    names = list(parameters(fit))
    drawn = np.full((count, len(names)), np.nan)
    failures = 0
    for index, y in enumerate(simulate(fit, count, seed)):
        observer(Progress("Bootstrapping", fraction=index / count))
        try:
            state = prepare(y, rows.X, rows.terms, rows.weights, rows.offset)
            refit = fit_state(state, fit.reml, FitOptions(), silent)
        except ModelError:
            failures += 1
            continue
        drawn[index] = [p.estimate for p in parameters(refit)]
    if failures * 10 > count:
        raise ModelError(
            f"{failures} of {count} simulated outcomes could not be fitted: no interval can be given.",
            "Simplify the random effects, or use profile-likelihood intervals.",
        )
    tail = 50.0 * (1.0 - level)
    lower, upper = np.nanpercentile(drawn, [tail, 100.0 - tail], axis=0)
    return [Interval(p, float(a), float(b)) for p, a, b in zip(names, lower, upper, strict=True)]
