"""-2 log-likelihood with one parameter held, and its minimum over the others, with the exact gradient.

A standard deviation or a correlation is held by permuting its columns to the front: there it is one element of
the Cholesky factor, and all others stay free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from mixgui.engine.result import LmmFit
from mixgui.engine.terms import FloatArray, IntArray
from mixgui.engine.tiny import lower_factor


@dataclass(frozen=True)
class Parameter:
    """What an interval is of.

    Parameters
    ----------
    kind : str
        "sd" (of column `first` of a term), "cor" (of its columns `first` and `second`), "sigma" or "beta".
    term : int
        Index of the random-effects term; -1 for sigma and fixed effects.
    first, second : int
        Columns of the term, or the fixed effect's index (`first`).
    estimate : float
        Its maximum-likelihood estimate, at the centre of the profile.
    """

    kind: str
    term: int = -1
    first: int = -1
    second: int = -1
    estimate: float = np.nan


class _Shape:
    """Lambda as a linear function of free numbers, columns permuted so that a constraint is simple."""

    def __init__(self, fit: LmmFit, parameter: Parameter) -> None:
        self.state = fit.state
        self.parameter = parameter
        self.maps = self.state._maps()
        self.units = [np.sqrt((T * T).sum(axis=1)) for T in self.maps]
        self.orders: list[IntArray] = []
        self.slots: list[tuple[int, int, int]] = []  # (term, row, column) of each free number
        for index, term in enumerate(self.state.template.terms):
            order = np.arange(term.size)
            if index == parameter.term:
                front = [parameter.first] + ([parameter.second] if parameter.kind == "cor" else [])
                order = np.array(front + [j for j in range(term.size) if j not in front])
            self.orders.append(order)
            for c in range(term.size):
                for r in range(c, term.size if term.correlated else c + 1):
                    self.slots.append((index, r, c))

    def start(self, theta: FloatArray) -> FloatArray:
        """Return the free numbers at a theta of the given scale, all of them, the constrained too."""
        factors = self.state.covariance_factors(self.state.internal(theta))
        scaled = []
        for L, unit, order in zip(factors, self.units, self.orders, strict=True):
            rows = (L / unit[:, None])[order]
            scaled.append(lower_factor(rows))
        return np.array([scaled[t][r, c] for t, r, c in self.slots])

    def where(self, row: int, column: int) -> int:
        """Return the index of an element of the constrained term's permuted factor."""
        return self.slots.index((self.parameter.term, row, column))

    def factors(self, v: FloatArray) -> list[FloatArray]:
        """Return Lambda (k, k) of each term in permuted, scaled rows."""
        out: list[FloatArray] = [np.zeros((t.size, t.size)) for t in self.state.template.terms]
        for value, (t, r, c) in zip(v, self.slots, strict=True):
            out[t][r, c] = value
        return out

    def internal(self, factors: list[FloatArray]) -> FloatArray:
        """Return S = Lambda Lambda' (K, K) in the engine's coordinates."""
        K = self.state.template.size
        S = np.zeros((K, K))
        for term, T, unit, order, L in zip(
            self.state.template.terms, self.maps, self.units, self.orders, factors, strict=True
        ):
            rows = np.empty_like(L)
            rows[order] = L
            block = np.linalg.solve(T, unit[:, None] * rows)
            S[term.block, term.block] = block @ block.T
        return S

    def gradient(self, factors: list[FloatArray], dS: FloatArray) -> FloatArray:
        """Return the derivative with respect to the free numbers from that with respect to S."""
        full = []
        for term, T, unit, order, L in zip(
            self.state.template.terms, self.maps, self.units, self.orders, factors, strict=True
        ):
            rows = np.empty_like(L)
            rows[order] = L
            half = np.linalg.solve(T, np.diag(unit))
            inner = half.T @ dS[term.block, term.block] @ half
            full.append(2.0 * (inner @ rows)[order])
        return np.array([full[t][r, c] for t, r, c in self.slots])


class Surface:
    """-2 log-likelihood with one parameter held, and its minimum over the others."""

    def __init__(self, fit: LmmFit, parameter: Parameter, tell: Callable[[], None]) -> None:
        self.fit, self.parameter, self.tell = fit, parameter, tell
        self.shape = _Shape(fit, parameter)
        self.n = fit.n
        self.y_scale = fit.state.rows.y_scale
        self.best = np.append(self.shape.start(fit.theta), np.log(fit.sigma / self.y_scale))

    def _common(self, S: FloatArray) -> tuple:
        """Return evaluation, Z'V^-1 W by factor, and the derivative of log|V|."""
        evaluator = self.fit.state.evaluator
        e = evaluator.evaluate(S, False, 1)
        if e.G is None:
            return e, None, None
        solution = evaluator.solution(S)
        products = [solution.products(f) for f in range(len(self.fit.state.rows.factors))]
        return e, products, e.G + self.n * self._outer(products, e.root[-1])

    def _outer(self, products: list[FloatArray], w: FloatArray) -> FloatArray:
        K = self.fit.state.template.size
        out = np.zeros((K, K))
        start = 0
        for part in products:
            u = part @ w
            out[start : start + u.shape[1], start : start + u.shape[1]] = u.T @ u
            start += u.shape[1]
        return out

    def minimum(self, value: float) -> float:
        """Return the minimum over the other parameters with this one held at a value."""
        free, assemble = self._layout(value)
        bounds = [(0.0, None) if j < len(self.best) - 1 and self._diagonal(j) else (None, None) for j in free]

        def objective(x: FloatArray) -> tuple[float, FloatArray]:
            self.tell()
            return assemble(x)

        starts = [self.best[free]]
        lifted = self.best.copy()
        small = [j for j in free if j < len(lifted) - 1 and self._diagonal(j) and lifted[j] < 0.02]
        lifted[small] = 0.3  # a variance of 0 has no slope: look from inside as well
        if small:
            starts.append(lifted[free])
        found = None
        for start in starts:
            if not len(free):
                return assemble(start)[0]
            r = optimize.minimize(
                objective, start, jac=True, method="L-BFGS-B", bounds=bounds,
                options={"maxiter": 300, "ftol": 1e-13, "gtol": 1e-7},
            )  # fmt: skip
            if found is None or r.fun < found.fun:
                found = r
        assert found is not None
        self.best[free] = found.x
        return float(found.fun)

    def _diagonal(self, j: int) -> bool:
        _, r, c = self.shape.slots[j]
        return r == c

    def _layout(self, value: float) -> tuple[list[int], Callable[[FloatArray], tuple[float, FloatArray]]]:
        """Return the indices of the free numbers and the function that is minimised over them."""
        kind = self.parameter.kind
        size = len(self.best) - 1
        every = list(range(size))
        if kind == "sd":
            fixed = self.shape.where(0, 0)
            free = [j for j in every if j != fixed] + [size]
            return free, lambda x: self._sd(value, fixed, free, x)
        if kind == "cor":
            fixed = self.shape.where(1, 0)
            free = [j for j in every if j != fixed]
            return free, lambda x: self._cor(value, fixed, free, x)
        if kind == "sigma":
            return every, lambda x: self._sigma(value, x)
        return every, lambda x: self._beta(value, x)

    def _at_sigma(self, v: FloatArray, sigma: float) -> tuple[float, FloatArray, float]:
        """Return the deviance, its gradient in v and in log sigma; sigma in internal units."""
        factors = self.shape.factors(v)
        e, products, dlog = self._common(self.shape.internal(factors))
        if products is None:
            return np.inf, np.zeros_like(v), 0.0
        ratio = e.r2 / sigma**2
        constants = self.fit.state.evaluator.constants
        value = constants.at_sigma(e.log_det, -np.log(e.root.diagonal()), sigma * self.y_scale, False)
        dS = dlog - ratio * self._outer(products, e.root[-1])
        return value, self.shape.gradient(factors, dS), 2.0 * (self.n - ratio)

    def _sd(self, value: float, fixed: int, free: list[int], x: FloatArray) -> tuple[float, FloatArray]:
        v = np.empty(len(self.best))
        v[free] = x
        sigma = float(np.exp(v[-1]))
        unit = self.shape.units[self.parameter.term][self.parameter.first]
        v[fixed] = value / (self.y_scale * sigma * unit)
        f, g, d_sigma = self._at_sigma(v[:-1], sigma)
        gradient = np.append(g, d_sigma - v[fixed] * g[fixed])
        return f, gradient[free]

    def _sigma(self, value: float, x: FloatArray) -> tuple[float, FloatArray]:
        f, g, _ = self._at_sigma(x, value / self.y_scale)
        return f, g

    def _cor(self, value: float, fixed: int, free: list[int], x: FloatArray) -> tuple[float, FloatArray]:
        """Second row of the permuted factor: m (rho, sqrt(1 - rho^2)); the number on the diagonal is m."""
        v = np.empty(len(self.best) - 1)
        v[free] = x
        second = self.shape.where(1, 1)
        m, side = v[second], np.sqrt(1.0 - value**2)
        v[fixed], v[second] = m * value, m * side
        f, g = self._profiled(v)
        g = g.copy()
        g[second] = value * g[fixed] + side * g[second]
        return f, g[free]

    def _profiled(self, v: FloatArray) -> tuple[float, FloatArray]:
        factors = self.shape.factors(v)
        e = self.fit.state.evaluator.evaluate(self.shape.internal(factors), False, 1)
        if e.G is None:
            return np.inf, np.zeros_like(v)
        return e.criterion, self.shape.gradient(factors, e.G)

    def _beta(self, value: float, v: FloatArray) -> tuple[float, FloatArray]:
        """With a'beta held, r^2 rises by delta^2 / a'Ca and beta moves by C a delta / a'Ca.

        C = (X'V^-1 X)^-1; delta is how far a'beta is held from its estimate at the same theta.
        """
        factors = self.shape.factors(v)
        e, products, dlog = self._common(self.shape.internal(factors))
        if products is None:
            return np.inf, np.zeros_like(v)
        rows = self.fit.state.rows
        p, j = rows.p, self.parameter.first
        a = rows.x_map.full[j]
        beta = -e.root[p, :p] / e.root[p, p]
        delta = (value - rows.coefficients(beta)[j]) / rows.y_scale
        Ca = e.root[:p, :p].T @ (e.root[:p, :p] @ a)
        size = float(a @ Ca)
        r2 = e.r2 + delta**2 / size
        w = np.append(-(beta + Ca * (delta / size)), 1.0)
        log_root = -np.log(e.root.diagonal())
        log_root[-1] = 0.5 * np.log(r2)
        f = self.fit.state.evaluator.constants.profiled(e.log_det, log_root, False)
        return f, self.shape.gradient(factors, dlog - self.n * self._outer(products, w) / r2)
