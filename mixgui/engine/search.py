"""Several starts, and what to believe of where they end.

No run's own word is taken for convergence: the derivatives must say that the point is a minimum over the covariance
matrices, and a start from elsewhere must not end lower. The criterion can have several minima, the more so the more
effects a factor has and the fewer rows tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mixgui.engine.optimize import Point, Problem, descend, descents, newton_step, point
from mixgui.engine.parameters import Template
from mixgui.engine.terms import FitOptions, FloatArray
from mixgui.engine.tiny import eigh, lower_factor, svd

# Two runs agree when their criteria differ by less than this (units of -2 log-likelihood).
SAME = 1e-6
# Operations of an evaluation times extra starts that are worth it (some tenths of a second in all).
_EFFORT = 2e7
# A promised decrease below this is rounding.
_POLISHED = 1e-14
# Relative standard deviations (in coordinates of unit scale) below this are tried as 0.
_SNAP = 1e-4
# A criterion that changes by less when theta moves by its own length is flat.
_FLAT = 1e-4
# A diagonal element of Lambda below this is close enough to the boundary for other optima to be looked for.
_NEARLY = 0.03


@dataclass(frozen=True, eq=False)
class Outcome:
    """The best point and how far it was verified.

    Parameters
    ----------
    at : Point
    starts : tuple of float
        Criterion at which each start ended.
    converged : bool
    reason : str
        Why it is (not) believed, as a sentence.
    decrement : float
        Decrease that a further Newton step promises.
    slope : float
        Steepest way down into the cone of covariance matrices, v'Gv (0 when there is none).
    flat : tuple of int
        Terms whose covariance matrices other values would fit as well.
    """

    at: Point
    starts: tuple[float, ...]
    converged: bool
    reason: str
    decrement: float
    slope: float
    flat: tuple[int, ...] = ()


def _elsewhere(template: Template, at: Point, index: int) -> FloatArray:
    """Return a start that is far from a point.

    The first has another scale. Then come those from which second optima were found in simulated designs (for more than
    two effects: one effect without variance, and the signs of one effect's correlations reversed). The rest are random.
    """
    K, on = template.size, template.rows == template.cols
    low = np.abs(at.lam).max() > 0.3
    if index == 0:
        return np.where(on, 0.1 if low else 3.0, 0.0)
    if K == 2 and template.n_theta == 3:
        starts = _two_correlated(at.lam, 3.0 if low else 0.1)
        if index <= len(starts):
            return np.array(starts[index - 1])
    elif index <= K:
        return np.where(on, np.where(template.rows == index - 1, 0.01, 1.0), 0.0)
    else:
        correlated = [
            r for term in template.terms if term.correlated and term.size > 1 for r in range(K)[term.block]
        ]
        if index - K <= len(correlated):
            signs = np.where(np.arange(K) == correlated[index - K - 1], -1.0, 1.0)
            return template.theta_of(signs[:, None] * at.lam) + 0.01 * on
    rng = np.random.default_rng(index)
    scale = 10.0 ** rng.uniform(-2.0, 1.5, K)[template.rows]
    return np.where(on, scale, scale * rng.standard_normal(template.n_theta) * (index % 2))


def _two_correlated(lam: FloatArray, other: float) -> list[tuple[float, float, float]]:
    """Return starts for two correlated effects: those that found most of some hundred second optima, in that order."""
    a, b = (max(float(np.hypot(*row)), 0.3) for row in lam)
    return [
        (30.0, 0.0, 30.0),
        (1.0, 0.0, 10.0),
        (0.01, 0.0, 1.0),
        (a, 0.99 * b, 0.14 * b),
        (10.0, 0.0, 0.01),
        (other, 0.0, other),
        (1.0, 0.0, 0.01),
        (3.0, -3.0, 0.1),
        (10.0, 10.0, 0.3),
        (a, -0.99 * b, 0.14 * b),
        (100.0, 0.0, 100.0),
        (10.0, 0.0, 1.0),
        (10.0, -10.0, 0.3),
    ]


def _planned(problem: Problem, options: FitOptions, extra: int) -> int:
    """Return how many starts besides the first are made in any case."""
    template, evaluator = problem.template, problem.evaluator
    planned = options.restarts + min(max(0, template.size - 2), extra)  # more effects, more optima
    correlated = any(term.correlated and term.size > 1 for term in template.terms)
    if correlated and not evaluator.uniform:
        # Groups that differ in what they tell may disagree: second optima are rare but not unheard of.
        planned = max(planned, options.restarts + min(4, extra))
    return planned


def optimise(problem: Problem, options: FitOptions) -> Outcome | None:
    """Minimise from several starts; believe the best when its derivatives and another start say so."""
    template = problem.template
    diagonal = (template.rows == template.cols).astype(float)
    first = descend(problem, diagonal, options)
    if first is None:
        first = descend(problem, 0.01 * diagonal, options)
    if first is None:
        return None
    best, ends = first, [first.f]
    brief = replace(options, tolerance=max(options.tolerance, 0.1 * SAME))
    size = max(template.size, 4)
    extra = min(options.extra_starts, 4 * size, int(_EFFORT / problem.evaluator.work))
    planned, index = _planned(problem, options, extra), 0
    while index < planned:
        run = descend(problem, _elsewhere(template, best, index), brief)
        index += 1
        if run is None:
            continue
        if run.f < best.f - SAME:
            run = descend(problem, run.theta, options) or run
        ends.append(run.f)
        doubtful = abs(run.f - best.f) > SAME or _singular(template, best)
        if doubtful:
            planned = options.restarts + extra
        if run.f < best.f - 1e-10 * abs(best.f):
            best = run
    best = _confirm(problem, best, ends, options)
    return _verdict(problem, snap(problem, _polish(problem, best)), ends, options)


def _polish(problem: Problem, at: Point) -> Point:
    """Return the point after one more Newton step: estimates get the digits that the flat criterion does not need."""
    step = newton_step(at, np.inf)
    if step.decrement < _POLISHED or problem.evaluator.work > _EFFORT:
        return at
    trial = point(problem, at.theta + step.move)
    return at if trial is None or trial.f > at.f + 1e-13 * abs(at.f) else trial


def snap(problem: Problem, at: Point) -> Point:
    """Return the point with variances that are 0 but for rounding set to 0, if the criterion agrees."""
    lam = np.zeros_like(at.lam)
    changed = False
    for term in problem.template.terms:
        block = at.lam[term.block, term.block]
        if term.correlated and term.size > 1:
            U, s = svd(block)
            tiny = s < _SNAP
            new = lower_factor(U * np.where(tiny, 0.0, s)) if tiny.any() else block
        else:
            tiny = np.abs(block.diagonal()) < _SNAP
            new = np.diag(np.where(tiny, 0.0, block.diagonal()))
        changed = changed or bool((tiny & (block.diagonal() != 0.0)).any())
        lam[term.block, term.block] = new
    if not changed:
        return at
    other = point(problem, problem.template.theta_of(lam))
    return other if other is not None and other.f <= at.f + max(1e-9, 1e-14 * abs(at.f)) else at


def _confirm(problem: Problem, best: Point, ends: list[float], options: FitOptions) -> Point:
    """Start again from the doubled and the halved best point when no other start ended there."""
    for factor in (0.5, 2.0):
        if sum(f - best.f < SAME for f in ends) > 1:
            break
        run = descend(problem, factor * best.theta, options)
        if run is not None:
            ends.append(run.f)
            best = run if run.f < best.f else best
    return best


def _singular(template: Template, at: Point) -> bool:
    return bool((np.abs(at.lam.diagonal()) < _NEARLY).any())


def _verdict(problem: Problem, best: Point, ends: list[float], options: FitOptions) -> Outcome:
    step = newton_step(best, np.inf)
    noise = 1e-12 * abs(best.f)
    slope = min((s for s, _ in descents(problem, best)), default=0.0)
    agreeing = sum(f - best.f < max(SAME, 10 * noise) for f in ends)
    if step.decrement > max(1e3 * options.tolerance, noise):
        converged, reason = False, "The gradient is not zero at the lowest point that was found."
    elif agreeing < 2:
        converged, reason = False, "No second start from elsewhere ended at the same lowest point."
    else:
        converged, reason = True, "The gradient is zero and an independent start ended at the same point."
    return Outcome(
        best, tuple(ends), converged, reason, step.decrement, slope, flat_terms(problem.template, best)
    )


def flat_terms(template: Template, at: Point) -> tuple[int, ...]:
    """Return the terms that the data do not identify: along a direction of theta of its own size nothing changes.

    Parameters
    ----------
    template : Template
        Pattern of Lambda.
    at : Point
        The minimum.

    Returns
    -------
    tuple of int
        Indices of terms, empty in all but degenerate models.
    """
    size = float(np.sqrt(at.theta @ at.theta))
    values, vectors = eigh(at.hessian)
    found: set[int] = set()
    for value, v in zip(values, vectors.T, strict=True):
        if 0.5 * abs(float(value)) * size * size > _FLAT * (1.0 + 1e-8 * abs(at.f)):
            continue
        half = template.factor(v) @ at.lam.T
        change = half + half.T  # of Lambda Lambda': some directions of theta leave it as it is
        for index, term in enumerate(template.terms):
            if np.abs(change[term.block, term.block]).max() > 0.1 * size:
                found.add(index)
    return tuple(sorted(found))
