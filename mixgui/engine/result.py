"""What comes out: a fitted linear mixed model on the scale of the given data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mixgui.engine.coordinates import Rows
from mixgui.engine.criterion import Evaluation, Evaluator, Solution
from mixgui.engine.parameters import Template
from mixgui.engine.terms import FloatArray
from mixgui.engine.tiny import lower_factor, svd

# lme4's isSingular: a diagonal element of Lambda below this is at the boundary.
_SINGULAR = 1e-4
# A correlation this close to 1 is one.
_CORRELATION = 1e-4


@dataclass(frozen=True)
class Convergence:
    """How the fit went.

    Parameters
    ----------
    evaluations : int
        Evaluations of the criterion, of all starts.
    decrement : float
        Decrease of the criterion that one more Newton step promises (0 at a minimum).
    slope : float
        Steepest derivative of the criterion into the cone of covariance matrices, v'Gv (0 at a minimum).
    starts : tuple of float
        Criterion at which each independent start ended.
    log : tuple of (int, float)
        (evaluation, criterion) whenever the criterion became lower.
    converged : bool
        The derivatives and an independent start confirm the minimum.
    reason : str
        Why it is (not) confirmed, as a sentence.
    flat : tuple of int
        Terms that the data do not identify: other covariance matrices fit as well.
    """

    evaluations: int
    decrement: float
    slope: float
    starts: tuple[float, ...]
    log: tuple[tuple[int, float], ...]
    converged: bool
    reason: str
    flat: tuple[int, ...] = ()

    @property
    def restarts(self) -> int:
        """Starts after the first."""
        return len(self.starts) - 1


@dataclass(frozen=True)
class Boundary:
    """A parameter at the boundary of its range.

    Parameters
    ----------
    term : int
        Index of the random-effects term.
    kind : str
        "variance" (the variance of column `columns[0]` is 0), "correlation" (of the two columns; `value`
        is -1 or 1)
        or "rank" (the term's covariance matrix is singular in another way).
    columns : tuple of int
        Columns of the term's Z.
    value : float
        The value at the boundary.
    """

    term: int
    kind: str
    columns: tuple[int, ...]
    value: float


@dataclass(frozen=True, eq=False)
class State:
    """Prepared data: rows in internal coordinates, cross-products, pattern of Lambda.

    `evaluate(theta)` gives the criterion at any theta of the given scale, for profiles and finite
    differences.
    """

    rows: Rows
    evaluator: Evaluator
    template: Template

    def _maps(self) -> list[FloatArray]:
        return [np.ones((1, 1)) if m is None else m.full for m in self.rows.z_maps]

    def covariance_factors(self, lam: FloatArray) -> tuple[FloatArray, ...]:
        """Return Lambda of each term on the given scale (k, k), lower triangular, from the internal one
        (K, K).
        """
        out = []
        for term, T in zip(self.template.terms, self._maps(), strict=True):
            block = T @ lam[term.block, term.block]
            out.append(np.abs(block) if term.size == 1 else lower_factor(block))
        return tuple(out)

    def theta_of(self, lam: FloatArray) -> FloatArray:
        """Return theta (t,) on the given scale, term by term, columns of the lower triangle (diagonal
        for ``||``).
        """
        parts = []
        for term, factor in zip(self.template.terms, self.covariance_factors(lam), strict=True):
            parts.append(factor.T[np.triu_indices(term.size)] if term.correlated else factor.diagonal())
        return np.concatenate(parts)

    def internal(self, theta: FloatArray) -> FloatArray:
        """Return the internal Lambda (K, K), block-diagonal but not triangular, of a theta on the given
        scale.
        """
        lam = np.zeros((self.template.size, self.template.size))
        for term, T in zip(self.template.terms, self._maps(), strict=True):
            k, part = term.size, theta[term.theta]
            own = np.zeros((k, k))
            if term.correlated:
                own.T[np.triu_indices(k)] = part
            else:
                own[np.diag_indices(k)] = part
            lam[term.block, term.block] = np.linalg.solve(T, own)
        return lam

    def evaluate(self, theta: FloatArray, reml: bool, order: int = 0) -> Evaluation:
        """Return the internal evaluation at a theta of the given scale."""
        lam = self.internal(np.asarray(theta, dtype=float))
        return self.evaluator.evaluate(lam @ lam.T, reml, order)

    def criterion(self, theta: FloatArray, reml: bool) -> float:
        """Return the profiled criterion at theta (t,): REML criterion or -2 log-likelihood."""
        return self.evaluate(theta, reml).criterion

    def gradient(self, theta: FloatArray, reml: bool) -> tuple[float, FloatArray]:
        """Return the profiled criterion and its derivative with respect to theta (t,)."""
        theta = np.asarray(theta, dtype=float)
        lam = self.internal(theta)
        e = self.evaluator.evaluate(lam @ lam.T, reml, 1)
        assert e.G is not None
        out = np.empty(len(theta))
        for term, T in zip(self.template.terms, self._maps(), strict=True):
            # d S~ = T^-1 (dL L' + L dL') T^-T, so d f = 2 tr(T^-T G~ T^-1 L dL').
            G = e.G[term.block, term.block]
            inner = np.linalg.solve(T.T, G if term.correlated else np.diag(G.diagonal()))
            full = 2.0 * inner @ lam[term.block, term.block]
            out[term.theta] = full.T[np.triu_indices(term.size)] if term.correlated else full.diagonal()
        return e.criterion, out

    def deviance(self, theta: FloatArray, sigma: float, reml: bool) -> float:
        """Return -2 log-likelihood (or the REML criterion) at theta and sigma, only beta profiled out."""
        e = self.evaluate(theta, reml)
        log_root = -np.log(e.root.diagonal())
        return self.evaluator.constants.at_sigma(e.log_det, log_root, sigma, reml)

    def vcov_beta(self, theta: FloatArray, sigma: float) -> FloatArray:
        """Return sigma^2 (X'V^-1 X)^-1 at theta, (p, p)."""
        return self.vcov_of(self.evaluate(theta, True), sigma)

    def vcov_of(self, e: Evaluation, sigma: float) -> FloatArray:
        """Return sigma^2 (X'V^-1 X)^-1 at an evaluation, (p, p)."""
        p = self.rows.p
        half = self.rows.x_map.full @ e.root[:p, :p].T
        return sigma**2 * (half @ half.T)

    def beta_of(self, e: Evaluation) -> FloatArray:
        """Return the fixed effects (p,) at an evaluation."""
        p = self.rows.p
        return self.rows.coefficients(-e.root[p, :p] / e.root[p, p])


@dataclass(frozen=True, eq=False)
class LmmFit:
    """A fitted linear mixed model, on the scale of the given y, X and Z.

    Parameters
    ----------
    reml : bool
        Fitted by REML (True) or maximum likelihood.
    beta : (p,) array
        Fixed effects.
    vcov_beta : (p, p) array
        Their covariance matrix, sigma^2 (X'V^-1 X)^-1.
    sigma : float
        Residual standard deviation.
    criterion : float
        REML criterion, or -2 log-likelihood.
    theta : (t,) array
        Elements of the terms' relative covariance factors, in the order of the terms; within a term the
        lower
        triangle column by column (the diagonal for uncorrelated effects), as lme4.
    covariances : tuple of (k, k) arrays
        Covariance matrix of the random effects of each term.
    singular : bool
        A covariance matrix is (nearly) singular.
    boundaries : tuple of Boundary
        Which parameters are at the boundary.
    converged : bool
        The minimum was verified.
    convergence : Convergence
        How the fit went.
    state : State
        Prepared data; evaluates the criterion anywhere.
    lam : (K, K) array
        Lambda in internal coordinates.
    """

    reml: bool
    beta: FloatArray
    vcov_beta: FloatArray
    sigma: float
    criterion: float
    theta: FloatArray
    covariances: tuple[FloatArray, ...]
    singular: bool
    boundaries: tuple[Boundary, ...]
    converged: bool
    convergence: Convergence
    state: State
    lam: FloatArray
    _gamma: FloatArray  # (-mapped fixed effects, 1): W @ _gamma leaves out the random effects

    @classmethod
    def build(
        cls, state: State, reml: bool, lam: FloatArray, e: Evaluation, convergence: Convergence
    ) -> LmmFit:
        """Map an optimum in internal coordinates back to the given scale."""
        rows = state.rows
        nu = rows.n - rows.p if reml else rows.n
        sigma = rows.y_scale * float(np.sqrt(e.r2 / nu))
        factors = state.covariance_factors(lam)
        boundaries = find_boundaries(state, lam)
        return cls(
            reml=reml,
            beta=state.beta_of(e),
            vcov_beta=state.vcov_of(e, sigma),
            sigma=sigma,
            criterion=e.criterion,
            theta=state.theta_of(lam),
            covariances=tuple(sigma**2 * (L @ L.T) for L in factors),
            singular=bool(boundaries),
            boundaries=boundaries,
            converged=convergence.converged,
            convergence=convergence,
            state=state,
            lam=lam,
            _gamma=e.root[-1] / e.root[-1, -1],
        )

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.state.rows.n

    @cached_property
    def _solution(self) -> Solution:
        return self.state.evaluator.solution(self.lam @ self.lam.T)

    @cached_property
    def _mapped_modes(self) -> tuple[FloatArray, ...]:
        """Modes of each factor in internal coordinates, (levels, k)."""
        out = []
        for factor, u in zip(self.state.rows.factors, self._solution.scores(self._gamma), strict=True):
            S = self._own(factor.terms)
            out.append(u @ S)
        return tuple(out)

    def _own(self, terms: tuple[int, ...]) -> FloatArray:
        shapes = [self.state.template.terms[t] for t in terms]
        own = np.concatenate([np.arange(s.start, s.start + s.size) for s in shapes])
        lam = self.lam[np.ix_(own, own)]
        return lam @ lam.T

    def _place(self, term: int) -> tuple[int, slice, FloatArray]:
        """Return the factor of a term, its columns within the factor, and the map of its coefficients."""
        for index, factor in enumerate(self.state.rows.factors):
            if term in factor.terms:
                first = 0
                for t in factor.terms:
                    k = self.state.rows.terms[t].size
                    if t == term:
                        z_map = self.state.rows.z_maps[term]
                        return (
                            index,
                            slice(first, first + k),
                            np.ones((1, 1)) if z_map is None else z_map.full,
                        )
                    first += k
        raise IndexError(term)

    @cached_property
    def modes(self) -> tuple[FloatArray, ...]:
        """Conditional modes of the random effects of each term, (levels, k)."""
        out = []
        for t in range(len(self.state.rows.terms)):
            factor, columns, T = self._place(t)
            out.append(self.state.rows.y_scale * self._mapped_modes[factor][:, columns] @ T.T)
        return tuple(out)

    def mode_covariances(self, term: int) -> FloatArray:
        """Return the conditional covariance matrices of a term's random effects given beta.

        sigma^2 Lambda (Lambda'Z'Z Lambda + I)^-1 Lambda' (Bates et al. 2015, J. Stat. Softw. 67(1), equation 59), as
        lme4's ranef(condVar = TRUE).

        Parameters
        ----------
        term : int
            Index of the random-effects term.

        Returns
        -------
        (levels, k, k) array
            A block a level, in squared units of the effects.
        """
        factor, columns, T = self._place(term)
        block = self._solution.conditional(factor)[:, columns, columns]
        return self.sigma**2 * (T @ block @ T.T)

    @cached_property
    def residuals(self) -> FloatArray:
        """Y - X beta - Z b - offset, (n,)."""
        rows = self.state.rows
        out = np.empty(rows.n)
        for lo, hi in rows.chunks():
            left = rows.w_part(lo, hi) @ self._gamma
            for factor, modes in zip(rows.factors, self._mapped_modes, strict=True):
                Z = rows.z_part(factor, lo, hi)
                left -= (Z * modes[factor.codes[lo:hi]]).sum(axis=1)
            if rows.root_weights is not None:
                left /= rows.root_weights[lo:hi]
            out[lo:hi] = rows.y_scale * left
        return out

    @cached_property
    def fitted(self) -> FloatArray:
        """X beta + Z b + offset, (n,)."""
        return self.state.rows.y - self.residuals

    def hat(self) -> FloatArray:
        """Return the leverages, the diagonal of the matrix H that maps y to the fitted values.

        Returns
        -------
        (n,) array
            Diagonal of H (Bates et al. 2015, J. Stat. Softw. 67(1), equations 60 and 64).
        """
        from mixgui.engine.leverage import leverages

        return leverages(self)


def find_boundaries(state: State, lam: FloatArray) -> tuple[Boundary, ...]:
    """Return the parameters at the boundary; judged in internal coordinates, so that units do not
    matter.
    """
    found: list[Boundary] = []
    for index, (term, factor) in enumerate(
        zip(state.template.terms, state.covariance_factors(lam), strict=True)
    ):
        inner = lam[term.block, term.block]
        if svd(inner)[1][-1] >= _SINGULAR:
            continue
        found.extend(_of_term(index, term.correlated, inner, factor))
    return tuple(found)


def _of_term(index: int, correlated: bool, inner: FloatArray, factor: FloatArray) -> list[Boundary]:
    k = len(factor)
    if not correlated or k == 1:
        small = np.flatnonzero(np.abs(inner.diagonal()) < _SINGULAR)
        return [Boundary(index, "variance", (int(j),), 0.0) for j in small]
    # Size of each column's SD in units in which the columns of Z are comparable.
    sd = np.sqrt((factor * factor).sum(axis=1))
    inner_sd = np.sqrt((inner * inner).sum(axis=1))
    zero = [j for j in range(k) if sd[j] <= 1e-10 * sd.max() or (inner_sd[j] < _SINGULAR and j > 0)]
    found = [Boundary(index, "variance", (j,), 0.0) for j in zero]
    rest = [j for j in range(k) if j not in zero]
    for i, a in enumerate(rest):
        for b in rest[i + 1 :]:
            r = float(factor[a] @ factor[b]) / (sd[a] * sd[b])
            if abs(r) > 1.0 - _CORRELATION:
                found.append(Boundary(index, "correlation", (a, b), float(np.sign(r))))
    return found or [Boundary(index, "rank", tuple(range(k)), 0.0)]
