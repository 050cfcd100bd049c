"""Minimise the criterion over theta, and find out whether the minimum is one.

Newton's method in a trust region with exact derivatives, on the elements of the template Lambda. A
variance of 0 is an
interior point of this parametrisation (the criterion is even in it), so the boundary needs no special
steps; but for
the same reason the gradient vanishes there whether or not it is a minimum. What decides is the
derivative G with
respect to the covariance matrix S itself: at a minimum over the positive semidefinite matrices G S = 0
and G is
positive semidefinite, and an eigenvector v with v'Gv < 0 is a way down, S + eps v v'.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixgui.engine.criterion import Evaluation, Evaluator
from mixgui.engine.parameters import Template, lower_factor, semidefinite_factor
from mixgui.engine.terms import FitOptions, FloatArray
from mixgui.observer import Observer, Progress, silent

# Two runs agree when their criteria differ by less than this (units of -2 log-likelihood).
SAME = 1e-6
# A way down that promises less than this is not taken.
_WORTH = 1e-9
_LARGEST = 1e12
# Most steps of Fisher scoring before Newton steps, and the smallest variance they may propose.
_SCORING = 3
# Operations of an evaluation times extra starts that are worth it (some tenths of a second in all).
_EFFORT = 2e7
_FLOOR = 1e-4
# A promised decrease below this is rounding.
_POLISHED = 1e-14
# Relative standard deviations (in coordinates of unit scale) below this are tried as 0.
_SNAP = 1e-4


class Problem:
    """The criterion as a function of theta, with the log of its evaluations.

    Parameters
    ----------
    evaluator : Evaluator
        Criterion at S.
    template : Template
        Pattern of Lambda.
    reml : bool
        REML criterion or -2 log-likelihood.
    observer : Observer
        Told of every evaluation.
    """

    def __init__(
        self, evaluator: Evaluator, template: Template, reml: bool, observer: Observer = silent
    ) -> None:
        self.evaluator, self.template, self.reml, self.observer = evaluator, template, reml, observer
        self.log: list[tuple[int, float]] = []
        self.evaluations = 0
        self.best = np.inf

    def evaluate(self, lam: FloatArray, order: int) -> Evaluation:
        """Return the criterion at Lambda (K, K) and note it."""
        result = self.evaluator.evaluate(lam @ lam.T, self.reml, order)
        self.evaluations += 1
        if result.criterion < self.best:
            self.best = result.criterion
            self.log.append((self.evaluations, result.criterion))
        if self.observer is not silent:
            self.observer(
                Progress("Fitting the mixed model", evaluations=self.evaluations, criterion=self.best)
            )
        return result


@dataclass(frozen=True, eq=False)
class Point:
    """A place and what is known there.

    Parameters
    ----------
    theta : (t,) array
    lam : (K, K) array
        Lambda.
    evaluation : Evaluation
        With first (and second) derivatives in S.
    gradient : (t,) array
    hessian : (t, t) array
    """

    theta: FloatArray
    lam: FloatArray
    evaluation: Evaluation
    gradient: FloatArray
    hessian: FloatArray

    @property
    def f(self) -> float:
        """The criterion."""
        return self.evaluation.criterion


def point(problem: Problem, theta: FloatArray) -> Point | None:
    """Return the point at theta, or None where the criterion is not finite."""
    lam = problem.template.factor(theta)
    e = problem.evaluate(lam, 2)
    if e.G is None or e.H is None or not np.isfinite(e.criterion):
        return None
    gradient = problem.template.gradient(lam, e.G)
    return Point(theta, lam, e, gradient, problem.template.hessian(lam, e.G, e.H))


@dataclass(frozen=True, eq=False)
class Step:
    """A step of Newton's method: the move, the decrease it promises, and the lowest curvature."""

    move: FloatArray
    promise: float
    decrement: float
    lowest: float


def newton_step(at: Point, radius: float) -> Step:
    """Return the step with the eigenvalues of the Hessian made positive, no longer than the radius."""
    values, vectors = np.linalg.eigh(at.hessian)
    slope = vectors.T @ at.gradient
    size = np.abs(values)
    size = np.maximum(size, max(size.max() * 1e-10, 1e-12))
    decrement = 0.5 * float((slope * slope / size).sum())
    coefficients = -slope / size
    length = float(np.sqrt(coefficients @ coefficients))
    if length > radius:
        shift = _shift(slope, size, radius)
        coefficients = -slope / (size + shift)
    promise = -float(slope @ coefficients + 0.5 * (values * coefficients) @ coefficients)
    return Step(vectors @ coefficients, promise, decrement, float(values[0]))


def _shift(slope: FloatArray, size: FloatArray, radius: float) -> float:
    """Return mu for which the step -slope / (size + mu) has about the length of the radius (More &
    Sorensen).
    """
    mu = 0.0
    for _ in range(12):
        c = slope / (size + mu)
        length = float(np.sqrt(c @ c))
        if length <= radius * 1.01:
            break
        mu += (length / radius - 1.0) * length * length / float((c * c / (size + mu)).sum())
    return mu


def score(problem: Problem, at: Point) -> Point:
    """Return the point after steps of Fisher scoring, as long as they pay."""
    template = problem.template
    for _ in range(_SCORING):
        e = at.evaluation
        information = e.H if e.information is None else e.information
        if e.G is None or information is None:
            return at
        S = template.scoring_step(at.lam @ at.lam.T, e.G, information)
        trial = point(problem, template.theta_of(_inside(template, S)))
        if trial is None or trial.f >= at.f:
            return at
        gain, at = at.f - trial.f, trial
        if gain < 1.0:
            break
    return at


def _inside(template: Template, S: FloatArray) -> FloatArray:
    """Return Lambda of the covariance matrices nearest to S that are safely positive definite."""
    lam = np.zeros_like(S)
    for term in template.terms:
        block = S[term.block, term.block]
        if term.size == 1 or not term.correlated:
            lam[term.block, term.block] = np.diag(np.sqrt(np.maximum(block.diagonal(), _FLOOR)))
        else:
            values, vectors = np.linalg.eigh(block)
            root = np.sqrt(np.maximum(values, max(_FLOOR, 1e-3 * values[-1])))
            lam[term.block, term.block] = lower_factor(vectors * root)
    return lam


def minimise(problem: Problem, theta: FloatArray, options: FitOptions) -> Point | None:
    """Run Newton's method from theta until the step promises less than the tolerance."""
    at = point(problem, theta)
    if at is None:
        return None
    at = score(problem, at)
    radius = max(1.0, float(np.abs(at.theta).max()))
    for _ in range(options.max_iterations):
        step = newton_step(at, radius)
        if step.decrement < options.tolerance:
            break
        trial = point(problem, at.theta + step.move)
        gain = -np.inf if trial is None else at.f - trial.f
        noise = 1e-14 * (abs(at.f) + 1.0)
        ratio = (gain + noise) / (max(step.promise, 0.0) + noise)
        length = float(np.sqrt(step.move @ step.move))
        if ratio < 0.1:
            radius = 0.25 * length
            if radius < 1e-12 * (1.0 + float(np.abs(at.theta).max())):
                break
        elif ratio > 0.7 and length > 0.8 * radius:
            radius *= 3.0
        if trial is not None and gain > -noise:
            at = trial
        if float(np.abs(at.theta).max()) > _LARGEST:
            break
    return at


def _descents(problem: Problem, at: Point) -> list[tuple[float, FloatArray]]:
    """Return (slope, direction v in the template) of the ways S + eps v v' that lead down, steepest
    first.
    """
    G = at.evaluation.G
    found: list[tuple[float, FloatArray]] = []
    if G is None:
        return found
    for term in problem.template.terms:
        block = G[term.block, term.block]
        if term.correlated and term.size > 1:
            values, vectors = np.linalg.eigh(block)
        else:
            values, vectors = block.diagonal(), np.eye(term.size)
        for value, v in zip(values, vectors.T, strict=True):
            if value < 0.0:
                whole = np.zeros(problem.template.size)
                whole[term.block] = v
                if _promise(at, float(value), whole) > _WORTH:
                    found.append((float(value), whole))
    return sorted(found, key=lambda pair: pair[0])


def _promise(at: Point, slope: float, v: FloatArray) -> float:
    """Return the decrease that the way S + eps v v' promises, by the second derivative along it."""
    H = at.evaluation.H
    vv = np.outer(v, v).reshape(-1)
    curvature = 0.0 if H is None else float(vv @ H @ vv)
    return -slope if curvature <= 0.5 * -slope else 0.5 * slope * slope / curvature


def escape(problem: Problem, at: Point) -> FloatArray | None:
    """Return a theta that is lower by way of S + eps v v' with v'Gv < 0, or None when there is none."""
    S = at.lam @ at.lam.T
    for slope, v in _descents(problem, at):
        for eps in (1.0, 1e-1, 1e-2, 1e-3, 1e-5, 1e-7):
            if -slope * eps < _WORTH:
                break
            lam = _template_factor(problem.template, S + eps * np.outer(v, v))
            if problem.evaluate(lam, 0).criterion < at.f - max(1e-8, 1e-14 * abs(at.f)):
                return problem.template.theta_of(lam)
    return None


def _template_factor(template: Template, S: FloatArray) -> FloatArray:
    lam = np.zeros_like(S)
    for term in template.terms:
        block = S[term.block, term.block]
        if term.size == 1 or not term.correlated:
            lam[term.block, term.block] = np.diag(np.sqrt(np.maximum(block.diagonal(), 0.0)))
        else:
            lam[term.block, term.block] = semidefinite_factor(block)
    return lam


def descend(problem: Problem, theta: FloatArray, options: FitOptions) -> Point | None:
    """Minimise from theta, and as long as the covariance matrices offer a way down, go on from there."""
    at = minimise(problem, theta, options)
    for _ in range(10):
        if at is None:
            return None
        way = escape(problem, at)
        if way is None:
            return at
        further = minimise(problem, way, options)
        if further is None or further.f >= at.f:
            return at
        at = further
    return at


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
    """

    at: Point
    starts: tuple[float, ...]
    converged: bool
    reason: str
    decrement: float
    slope: float


def _elsewhere(template: Template, at: Point, index: int) -> FloatArray:
    """Return a start that is far from a point: other scales, other correlations."""
    sd = np.sqrt((at.lam * at.lam).sum(axis=1))[template.rows]
    on = template.rows == template.cols
    rng = np.random.default_rng(index)
    if index == 0:
        return np.where(on, 0.1 if sd.max() > 0.3 else 3.0, 0.0)
    scale = 10.0 ** rng.uniform(-2.0, 1.5, template.size)[template.rows]
    theta = np.where(on, scale, 0.0)
    if index % 3:
        theta = np.where(on, scale, scale * rng.standard_normal(template.n_theta))
    if index % 3 == 2:
        theta = np.where(on & (template.rows > template.cols.min()), 0.05 * theta, theta)
    return theta


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
    extra = min(options.extra_starts, int(_EFFORT / problem.evaluator.work))
    # More effects, more optima.
    planned, index = options.restarts + min(max(0, template.size - 2), extra), 0
    while index < planned:
        run = descend(problem, _elsewhere(template, best, index), options)
        index += 1
        if run is None:
            continue
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
            U, s, _ = np.linalg.svd(block)
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
    return bool((np.abs(at.lam[range(template.size), range(template.size)]) < 1e-4).any())


def _verdict(problem: Problem, best: Point, ends: list[float], options: FitOptions) -> Outcome:
    step = newton_step(best, np.inf)
    noise = 1e-12 * abs(best.f)
    slope = min((s for s, _ in _descents(problem, best)), default=0.0)
    agreeing = sum(f - best.f < max(SAME, 10 * noise) for f in ends)
    if step.decrement > max(1e3 * options.tolerance, noise):
        converged, reason = False, "The gradient is not zero at the lowest point that was found."
    elif agreeing < 2:
        converged, reason = False, "No second start from elsewhere ended at the same lowest point."
    else:
        converged, reason = True, "The gradient is zero and an independent start ended at the same point."
    return Outcome(best, tuple(ends), converged, reason, step.decrement, slope)
