"""Simulation from a fitted model, and percentile intervals of refits to simulated outcomes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mixgui.engine.lmm import prepare_outcome
from mixgui.engine.optimize import Problem, descend
from mixgui.engine.portable import arrays_of, fit_of
from mixgui.engine.profile import Interval, parameters
from mixgui.engine.result import LmmFit, State
from mixgui.engine.search import snap
from mixgui.engine.shared_work import work_through
from mixgui.engine.terms import FitOptions, FloatArray
from mixgui.engine.tiny import eigh, lower_factor
from mixgui.errors import ModelError
from mixgui.observer import Observer, silent

# A refit that ends with a standard deviation (relative, in coordinates of unit scale) below this starts once more.
_NEAR_ZERO = 0.03
# It starts from no standard deviation lower than this: at 0 the criterion is flat.
_LIFTED = 0.1


def simulate(fit: LmmFit, count: int, seed: int) -> Iterator[FloatArray]:
    """Yield outcomes drawn from the fitted model, with new random effects each time.

    y = X beta + offset + Z b + e with b and e drawn from their estimated normal distributions, as lme4's
    simulate(use.u = FALSE) (Bates et al. 2015, J. Stat. Softw. 67(1), equations 2 to 4).

    Parameters
    ----------
    fit : LmmFit
        A fitted model.
    count : int
        Number of outcomes.
    seed : int
        Seed of NumPy's default generator.

    Returns
    -------
    iterator of (n,) arrays
        On the scale of the given outcome.
    """
    draw = _Drawing(fit)
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield draw(rng)


class _Drawing:
    """Draws outcomes; what does not change from one to the next is computed once."""

    def __init__(self, fit: LmmFit) -> None:
        self.fit, self.rows = fit, fit.state.rows
        self.fixed: FloatArray = self.rows.X @ fit.beta
        if self.rows.offset is not None:
            self.fixed = self.fixed + self.rows.offset
        self.roots = [_root(covariance) for covariance in fit.covariances]

    def __call__(self, rng: np.random.Generator) -> FloatArray:
        """Return one outcome (n,)."""
        rows = self.rows
        noise: FloatArray = np.asarray(rng.standard_normal(rows.n) * self.fit.sigma)
        if rows.root_weights is not None:
            noise /= rows.root_weights
        y: FloatArray = self.fixed + noise
        for term, root in zip(rows.terms, self.roots, strict=True):
            effects = rng.standard_normal((term.factor.n_levels, len(root))) @ root.T
            own = effects[term.factor.codes]
            y += own[:, 0] if term.Z is None else (term.Z * own).sum(axis=1)
        return y


def _root(covariance: FloatArray) -> FloatArray:
    """Return a square root of a covariance matrix that may be singular."""
    values, vectors = eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


class Bootstrap:
    """Refits to simulated outcomes, as tasks that may be done in any order: each has a seed of its own.

    Parameters
    ----------
    fit : LmmFit
        A fitted model; refits use its criterion (REML or ML).
    count : int
        Number of simulated outcomes.
    seed : int
        Outcome i is drawn with NumPy's default generator seeded by (seed, i).
    """

    kind = "bootstrap"

    def __init__(self, fit: LmmFit, count: int, seed: int) -> None:
        self.fit, self.count, self.seed = fit, count, seed
        self.width = len(list(parameters(fit)))
        self._draw = _Drawing(fit)

    def task(self, index: int, observer: Observer) -> FloatArray:
        """Return the estimates (width,) from simulated outcome `index`; NaN where it cannot be fitted."""
        y = self._draw(np.random.default_rng([self.seed, index]))
        try:
            refit = _refit(self.fit, prepare_outcome(self.fit.state, y), observer)
        except ModelError:
            return np.full(self.width, np.nan)
        return np.array([p.estimate for p in parameters(refit)])

    def arrays(self) -> dict[str, NDArray]:
        """Return the job as arrays."""
        own = {"kind": np.array(self.kind), "count": np.array(self.count), "seed": np.array(self.seed)}
        return {**own, **arrays_of(self.fit)}

    @classmethod
    def of(cls, arrays: dict[str, NDArray]) -> Bootstrap:
        """Return the job that `arrays` described."""
        return cls(fit_of(arrays), int(arrays["count"]), int(arrays["seed"]))


def _refit(fit: LmmFit, state: State, observer: Observer) -> LmmFit:
    """Minimise the criterion from the parameters that the outcome was drawn with, which are near the minimum."""
    problem = Problem(state.evaluator, state.template, fit.reml, observer)
    at = descend(problem, _start(state, fit.theta), FitOptions())
    if at is None or np.abs(at.lam.diagonal()).min() < _NEAR_ZERO:
        # At the boundary there may be a second minimum: look from inside as well.
        inside = (state.template.rows == state.template.cols).astype(float)
        other = descend(problem, inside, FitOptions())
        if other is not None and (at is None or other.f < at.f):
            at = other
    if at is None or at.evaluation.r2 < 1e-13 * state.rows.n:
        raise ModelError("The simulated outcome cannot be fitted.")
    at = snap(problem, at)
    return LmmFit.build(state, fit.reml, at.lam, at.evaluation, fit.convergence)


def _start(state: State, theta: FloatArray) -> FloatArray:
    """Return theta of the template for a theta of the given scale, moved away from the boundary."""
    lam = state.internal(theta)
    for term in state.template.terms:
        if term.correlated and term.size > 1:
            lam[term.block, term.block] = lower_factor(lam[term.block, term.block])
    on = np.arange(len(lam))
    lam[on, on] = np.maximum(np.abs(lam[on, on]), _LIFTED)
    return state.template.theta_of(lam)


def bootstrap_intervals(
    fit: LmmFit,
    level: float = 0.95,
    count: int = 500,
    seed: int = 1,
    observer: Observer = silent,
    processes: int | None = None,
) -> list[Interval]:
    """Return percentile intervals of the parametric bootstrap.

    The model is fitted to outcomes drawn from it; the interval of a parameter is between the quantiles of its
    estimates (Davison & Hinkley 1997, Bootstrap Methods and their Application, section 5.3.1; lme4's
    confint(method = "boot")).

    Parameters
    ----------
    fit : LmmFit
        A fitted model; refits use its criterion (REML or ML).
    level : float
        Confidence level, 0 to 1.
    count : int
        Number of simulated outcomes.
    seed : int
        Seed of the simulation. The result does not depend on the number of processes.
    observer : Observer
        Told before every refit; stops by raising `Cancelled`.
    processes : int, optional
        How many processes may work on it, as many as there are cores by default.

    Returns
    -------
    list of Interval
        In the order of `profile.parameters`; correlations without a value (an SD of 0) are left out of the quantiles.

    Raises
    ------
    ModelError
        When more than a tenth of the refits fail.
    """
    drawn = work_through(Bootstrap(fit, count, seed), "Bootstrapping", observer, processes)
    names = list(parameters(fit))
    failures = int(np.isnan(drawn).all(axis=1).sum())
    if failures * 10 > count:
        raise ModelError(
            f"{failures} of {count} simulated outcomes could not be fitted: no interval can be given.",
            "Simplify the random effects, or use profile-likelihood intervals.",
        )
    tail = 50.0 * (1.0 - level)
    out = []
    for parameter, estimates in zip(names, drawn.T, strict=True):
        known = estimates[np.isfinite(estimates)]
        lower, upper = np.percentile(known, [tail, 100.0 - tail]) if len(known) else (np.nan, np.nan)
        out.append(Interval(parameter, float(lower), float(upper)))
    return out
