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
from scipy.linalg import lapack

from mixgui.engine.criterion import Evaluation, Evaluator
from mixgui.engine.parameters import Template
from mixgui.engine.terms import FitOptions, FloatArray
from mixgui.engine.tiny import eigh, lower_factor, semidefinite_factor
from mixgui.observer import Observer, Progress, silent

_LARGEST = 1e12
# Most steps of Fisher scoring before Newton steps, and the smallest variance they may propose.
_SCORING = 3
_FLOOR = 1e-4


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
    values, vectors, _ = lapack.dsyev(at.hessian)
    lowest, highest = float(values[0]), float(values[-1])
    slope = at.gradient @ vectors
    size = np.maximum(np.abs(values), max(1e-10 * max(-lowest, highest), 1e-12))
    back = slope / size
    decrement = 0.5 * float(slope @ back)
    if float(back @ back) > radius * radius:
        back = slope / (size + _shift(slope, size, radius))
    promise = float(slope @ back - 0.5 * (values * back) @ back)
    return Step(-(vectors @ back), promise, decrement, lowest)


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
            values, vectors = eigh(block)
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


def descents(problem: Problem, at: Point, worth: float = 1e-9) -> list[tuple[float, FloatArray]]:
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
            values, vectors = eigh(block)
        else:
            values, vectors = block.diagonal(), np.eye(term.size)
        for value, v in zip(values, vectors.T, strict=True):
            if value < 0.0:
                whole = np.zeros(problem.template.size)
                whole[term.block] = v
                if _promise(at, float(value), whole) > worth:
                    found.append((float(value), whole))
    return sorted(found, key=lambda pair: pair[0])


def _promise(at: Point, slope: float, v: FloatArray) -> float:
    """Return the decrease that the way S + eps v v' promises, by the second derivative along it."""
    H = at.evaluation.H
    vv = np.outer(v, v).reshape(-1)
    curvature = 0.0 if H is None else float(vv @ H @ vv)
    return -slope if curvature <= 0.5 * -slope else 0.5 * slope * slope / curvature


def escape(problem: Problem, at: Point, worth: float) -> FloatArray | None:
    """Return a theta that is lower by way of S + eps v v' with v'Gv < 0, or None when there is none."""
    S = at.lam @ at.lam.T
    for slope, v in descents(problem, at, worth):
        for eps in (1.0, 1e-1, 1e-2, 1e-3, 1e-5, 1e-7):
            if -slope * eps < worth:
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
        way = escape(problem, at, 10.0 * options.tolerance)
        if way is None:
            return at
        further = minimise(problem, way, options)
        if further is None or further.f >= at.f:
            return at
        at = further
    return at
