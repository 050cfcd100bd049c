"""What the estimates would be without one group: leave-one-group-out, without starting from scratch.

For a single grouping factor a group enters the criterion by its cross-products alone (`one_factor`): they are
subtracted and the criterion is minimised from the present theta, a Newton step or two. For other structures the
remaining rows are summed up anew, and the same start is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mixgui.engine.blocks import group_sums
from mixgui.engine.coordinates import Rows
from mixgui.engine.criterion import Evaluation, Evaluator
from mixgui.engine.joint import Joint
from mixgui.engine.lmm import prepare
from mixgui.engine.one_factor import OneFactor
from mixgui.engine.optimize import Problem, descend
from mixgui.engine.result import LmmFit, State
from mixgui.engine.terms import Factor, FitOptions, FloatArray, IntArray, RandomTermData
from mixgui.errors import ModelError
from mixgui.observer import Observer, Progress, silent

# A column of X whose sum of squares beside the others falls below this share of the whole has gone with the group.
_GONE = 1e-9
# Changes are differences of estimates, so these are made more exact than a single fit needs.
_OPTIONS = FitOptions(tolerance=1e-12)


@dataclass(frozen=True, eq=False)
class Deletion:
    """Estimates without one group.

    Parameters
    ----------
    group : int
        Code of the group that was left out.
    rows : int
        How many rows it has.
    beta : (p,) array
        Fixed effects; NaN where the rest cannot be estimated (a coefficient that lives in this group alone).
    sigma : float
        Residual standard deviation.
    theta : (t,) array
        Elements of the relative covariance factors, as in `LmmFit`.
    covariances : tuple of (k, k) arrays
        Covariance matrix of the random effects of each term.
    """

    group: int
    rows: int
    beta: FloatArray
    sigma: float
    theta: FloatArray
    covariances: tuple[FloatArray, ...]


def leave_one_out(fit: LmmFit, codes: IntArray, observer: Observer = silent) -> Iterator[Deletion]:
    """Yield the estimates without each group in turn.

    Parameters
    ----------
    fit : LmmFit
        A fitted model; its criterion (REML or ML) is used.
    codes : (n,) integer array
        Group of each row, 0 to the number of groups - 1, every one occurring. A factor of the model or any
        other grouping.
    observer : Observer
        Told of every group; stops by raising `Cancelled`.

    Returns
    -------
    iterator of Deletion
        One a group, in the order of the codes.

    Raises
    ------
    ModelError
        Fewer than two groups.
    """
    codes = np.asarray(codes)
    sizes = np.bincount(codes)
    q = len(sizes)
    if q < 2:
        raise ModelError("There is only one group: nothing is left without it.", "Choose another grouping.")
    states = _by_subtraction(fit, codes) if _is_own(fit, codes) else _by_rows(fit, codes, q)
    for group, state in enumerate(states):
        observer(Progress(f"Leaving out group {group + 1:,} of {q:,}", fraction=group / q))
        yield _deletion(fit, group, int(sizes[group]), state, observer)


def _is_own(fit: LmmFit, codes: IntArray) -> bool:
    """Whether the grouping is the model's single factor."""
    factors = fit.state.rows.factors
    return len(factors) == 1 and np.array_equal(factors[0].codes, codes)


@dataclass(frozen=True, eq=False)
class _Remainder:
    """The rows that are left: their evaluator, and the state that maps its results back."""

    state: State
    evaluator: Evaluator
    n: int


def _deletion(fit: LmmFit, group: int, rows: int, left: _Remainder | None, observer: Observer) -> Deletion:
    found = None if left is None else _estimates(fit, left, observer)
    if found is None:
        nothing = np.full(len(fit.beta), np.nan)
        unknown = tuple(np.full_like(c, np.nan) for c in fit.covariances)
        return Deletion(group, rows, nothing, np.nan, np.full(len(fit.theta), np.nan), unknown)
    return Deletion(group, rows, *found)


def _estimates(
    fit: LmmFit, left: _Remainder, observer: Observer
) -> tuple[FloatArray, float, FloatArray, tuple[FloatArray, ...]] | None:
    """Minimise from the present theta; None when the criterion cannot be computed."""
    state = left.state

    def pulse(progress: Progress) -> None:
        observer(Progress("Leaving out one group at a time"))

    problem = Problem(left.evaluator, state.template, fit.reml, silent if observer is silent else pulse)
    start = state.template.theta_of(state.internal(fit.theta))
    at = descend(problem, start, _OPTIONS)
    if at is None:
        return None
    e: Evaluation = at.evaluation
    nu = left.n - state.rows.p if fit.reml else left.n
    sigma = state.rows.y_scale * float(np.sqrt(e.r2 / nu))
    factors = state.covariance_factors(at.lam)
    return (
        state.beta_of(e),
        sigma,
        state.theta_of(at.lam),
        tuple(sigma**2 * (L @ L.T) for L in factors),
    )


# --- one factor: cross-products are subtracted ---


def _by_subtraction(fit: LmmFit, codes: IntArray) -> Iterator[_Remainder | None]:
    state = fit.state
    joint = state.evaluator if isinstance(state.evaluator, Joint) else None
    one = joint.inner if joint is not None else state.evaluator
    assert isinstance(one, OneFactor)
    rows = state.rows.joint() if joint is not None else state.rows
    p = rows.p
    A, P = one.A.transpose(2, 0, 1), one.P.transpose(1, 0, 2)
    own_E, sizes, log_weights = _within_by_group(rows, P, codes)
    upper = [(a, b) for a in range(one.m) for b in range(a, one.m)]
    whole = one.E[:p, :p] + np.einsum("qax,qab,qby->xy", P[:, :, :p], A, P[:, :, :p])
    for group in range(len(A)):
        E_group = np.zeros((one.m, one.m))
        for value, (a, b) in zip(own_E[group], upper, strict=True):
            E_group[a, b] = E_group[b, a] = value
        Pg = P[group, :, :p]
        if _singular(whole - E_group[:p, :p] - Pg.T @ A[group] @ Pg, whole):
            yield None
            continue
        n = one.constants.n - int(sizes[group])
        if n <= p or len(A) < 3:
            yield None
            continue
        constants = replace(
            one.constants, n=n, log_weights=one.constants.log_weights - float(log_weights[group])
        )
        rest = OneFactor(np.delete(A, group, axis=0), np.delete(P, group, axis=0), one.E - E_group, constants)
        evaluator = rest if joint is None else Joint(rest, joint.M, joint.blocks)
        yield _Remainder(state, evaluator, n)


def _within_by_group(rows: Rows, P: FloatArray, codes: IntArray) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return cross-products of what is left of W within each group (q, upper triangle), rows, log weights."""
    factor = rows.factors[0]
    q, m = len(P), rows.p + 1
    upper = [(a, b) for a in range(m) for b in range(a, m)]
    sums = np.zeros((q, len(upper)))
    for lo, hi in rows.chunks():
        W = rows.w_part(lo, hi)
        W -= np.einsum("nk,nkm->nm", rows.z_part(factor, lo, hi), P[codes[lo:hi]])
        products = np.array([W[:, a] * W[:, b] for a, b in upper]).T
        sums += group_sums(factor, codes[lo:hi], products)
    sizes = np.bincount(codes, minlength=q)
    logs: FloatArray = np.zeros(rows.n) if rows.weights is None else np.log(rows.weights)
    log_weights: FloatArray = np.zeros(q)
    np.add.at(log_weights, codes, logs)
    return sums, sizes, log_weights


def _singular(left: FloatArray, whole: FloatArray) -> bool:
    """Whether a direction of X has vanished: the smallest eigenvalue of what is left relative to the whole."""
    if not len(whole):
        return False
    root = np.linalg.inv(np.linalg.cholesky(whole))
    return bool(np.linalg.eigvalsh(root @ left @ root.T)[0] < _GONE)


# --- other structures: the remaining rows are summed up anew ---


def _by_rows(fit: LmmFit, codes: IntArray, q: int) -> Iterator[_Remainder | None]:
    rows = fit.state.rows
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(q + 1))
    for group in range(q):
        keep = np.ones(rows.n, dtype=bool)
        keep[order[bounds[group] : bounds[group + 1]]] = False
        yield _remaining(rows, keep)


def _remaining(rows: Rows, keep: np.ndarray) -> _Remainder | None:
    n = int(keep.sum())
    X = rows.X[keep]
    if n <= rows.p or _dependent(X):
        return None
    factors: dict[int, Factor] = {}
    terms = []
    for term in rows.terms:
        if id(term.factor) not in factors:
            levels, codes = np.unique(term.factor.codes[keep], return_inverse=True)
            factors[id(term.factor)] = Factor(codes, len(levels), term.factor.name)
        factor = factors[id(term.factor)]
        if factor.n_levels < 2 or factor.n_levels * term.size >= n:
            return None
        Z = None if term.Z is None else term.Z[keep]
        terms.append(RandomTermData(factor, Z, term.correlated, term.names))
    weights = None if rows.weights is None else rows.weights[keep]
    offset = None if rows.offset is None else rows.offset[keep]
    try:
        state = prepare(rows.y[keep], X, terms, weights, offset)
    except ModelError:  # what is left of the outcome does not vary, or is reproduced exactly
        return None
    return _Remainder(state, state.evaluator, n)


def _dependent(X: FloatArray) -> bool:
    size = np.sqrt((X * X).sum(axis=0))
    if (size == 0.0).any():
        return True
    R = np.linalg.qr(X / size, mode="r")
    return bool((np.abs(np.diagonal(R)) < 1e-9).any())
