"""Coordinates in which the numbers are tame, and the way back.

The model is invariant to any invertible linear map of the columns of X and of the columns of an
unstructured
random-effects term, and to scaling a column of an uncorrelated one. Here X and Z are centred (where a
column is
constant), scaled and made nearly orthonormal, and y becomes its least-squares residual of unit variance,
before any
cross-product is formed: a predictor of scale 1e8 or a year 2024 +- 1 then costs no digits. The rows are
visited in
chunks, so that many millions of them need no second copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from mixgui.engine.terms import FloatArray, IntArray, RandomTermData
from mixgui.engine.tiny import cholesky, invert_upper
from mixgui.errors import ModelError
from mixgui.observer import Observer, Progress, silent

_CHUNK = 1 << 16
# Below this pivot (columns have unit length) a Gram matrix has lost the digits that a QR decomposition
# keeps.
_GRAM_PIVOT = 1e-5
# Columns closer to dependent than this are only scaled, not made orthonormal.
_DEPENDENT = 1e-13
# Terms of one factor whose columns are further from orthonormal than this get joint coordinates.
_ILL_CONDITIONED = 50.0
# Numbers beyond these have squares that leave the range of floating point.
_TINY, _HUGE = 1e-120, 1e120


@dataclass(frozen=True, eq=False)
class ColumnMap:
    """A linear map of columns: mapped = (columns - centre) @ T.

    Parameters
    ----------
    centre : (k,) array
        Subtracted from the columns; 0 for the constant column and wherever there is none to absorb it.
    T : (k, k) array
        Upper triangular.
    full : (k, k) array
        The same map without centring: mapped = columns @ full in exact arithmetic, because the constant
        column
        absorbs the centres. Coefficients map back as full @ mapped coefficients.
    log_det : float
        log |det T|.
    """

    centre: FloatArray
    T: FloatArray
    full: FloatArray
    log_det: float

    def __call__(self, columns: FloatArray) -> FloatArray:
        """Return the mapped columns (n, k)."""
        return (columns - self.centre) @ self.T


def constant_column(columns: FloatArray) -> int | None:
    """Return the index of a constant column that is not 0, or None."""
    if columns.shape[1] == 0:
        return None
    for j in np.flatnonzero(columns[0] == columns[-1]):
        column = columns[:, j]
        if column[0] != 0.0 and (column == column[0]).all():
            return int(j)
    return None


def _orthonormalising(
    gram: FloatArray,
    columns: FloatArray,
    centre: FloatArray,
    root_weights: FloatArray | None,
) -> FloatArray:
    """Return T (upper triangular) with T' gram T about n I, from the Gram matrix if it has the digits."""
    n = len(columns)
    scale = np.sqrt(np.maximum(np.diagonal(gram), 0.0))
    scale[scale == 0.0] = 1.0
    L = cholesky(gram / (scale[:, None] * scale))
    if L is not None and L.diagonal().min() >= _GRAM_PIVOT:
        R = L.T
    else:
        exact = (columns - centre) / scale
        if root_weights is not None:
            exact *= root_weights[:, None]
        R = np.asarray(np.linalg.qr(exact, mode="r"))
        if np.abs(np.diagonal(R)).min(initial=1.0) < _DEPENDENT:
            return np.diag(np.sqrt(n) / scale)
    return invert_upper(R * scale) * np.sqrt(n)


def _column_map(centre: FloatArray, T: FloatArray, constant: int | None, value: float) -> ColumnMap:
    full = T
    if constant is not None:
        C = np.eye(len(T))
        C[constant] -= centre / value
        full = C @ T
    log_det = float(np.log(np.abs(np.diagonal(T))).sum())
    return ColumnMap(centre, T, full, log_det)


def _fit_map(
    columns: FloatArray, root_weights: FloatArray | None, mix: bool, report: Callable[[int], None]
) -> ColumnMap:
    """Return the map of some columns: orthonormalising (mix), or scaling each of them alone."""
    n, k = columns.shape
    constant = constant_column(columns) if mix else None
    centre = np.zeros(k)
    value = 1.0
    report(0)
    if constant is not None:
        for lo in range(0, n, _CHUNK):
            report(lo)
            part = columns[lo : lo + _CHUNK]
            centre += np.ones(len(part)) @ part
        centre /= n
        centre[constant] = 0.0
        value = float(columns[0, constant])
    report(0)
    _refuse_extreme(columns, "A predictor")
    gram = np.zeros((k, k))
    for lo in range(0, n, _CHUNK):
        report(lo)
        part = columns[lo : lo + _CHUNK] - centre
        if root_weights is not None:
            part *= root_weights[lo : lo + _CHUNK, None]
        gram += part.T @ part
    if mix and k:
        T = _orthonormalising(gram, columns, centre, root_weights)
    else:
        scale = np.sqrt(np.diagonal(gram) / n)
        T = np.diag(1.0 / np.where(scale > 0.0, scale, 1.0))
    return _column_map(centre, T, constant, value)


def _refuse_extreme(columns: FloatArray, what: str) -> None:
    """Refuse columns whose variances or coefficients would leave the range of floating point."""
    # Some rows tell the size of a column well enough, except where they are all 0.
    size = np.abs(columns[:: max(1, len(columns) // 64)]).max(axis=0, initial=0.0)
    if ((size > _TINY) & (size < _HUGE)).all():
        return
    size = np.abs(columns).max(axis=0, initial=0.0)
    wrong = size[(size > 0.0) & ((size < _TINY) | (size > _HUGE))]
    if wrong.size:
        raise ModelError(
            f"{what} has values of the size of {wrong[0]:.0e}: its variance is beyond what a computer can represent.",
            "Use another unit of measurement.",
        )


@dataclass(frozen=True, eq=False)
class FactorColumns:
    """The terms of one grouping factor, side by side.

    Parameters
    ----------
    codes : (n,) integer array
        Level of each row.
    n_levels : int
        Number of levels, q.
    terms : tuple of int
        Which of the model's terms they are, in the order of the columns.
    size : int
        Number of columns of all of them, k.
    plain : bool
        A single column of ones without weights: sums of it are counts.
    """

    codes: IntArray
    n_levels: int
    terms: tuple[int, ...]
    size: int
    plain: bool


class Rows:
    """The data in tame coordinates, by chunks of rows: W = [X, y] mapped and Z of each factor mapped.

    Parameters
    ----------
    y, X, terms, weights, offset
        As given to `fit_lmm`, checked.
    observer : Observer
        Called between chunks, so that a cancel acts.

    Attributes
    ----------
    n, p : int
        Rows and fixed effects.
    x_map : ColumnMap
        Map of X.
    z_maps : tuple of ColumnMap or None
        Map of each term's columns; None for a plain intercept.
    factors : tuple of FactorColumns
        Distinct grouping factors, most columns first.
    y_scale : float
        y (n,) = X beta0 + y_scale * (mapped y) + offset.
    beta0 : (p,) array
        Least-squares part of the fixed effects that was taken off y, in the mapped coordinates.
    """

    def __init__(
        self,
        y: FloatArray,
        X: FloatArray,
        terms: Sequence[RandomTermData],
        weights: FloatArray | None = None,
        offset: FloatArray | None = None,
        observer: Observer = silent,
    ) -> None:
        self.y, self.X, self.terms, self.offset = y, X, tuple(terms), offset
        self.n, self.p = X.shape
        self.observer = observer
        self.pulse = observer  # what long decompositions call; a fit may set its own
        self.weights = weights
        self.root_weights = None if weights is None else np.sqrt(weights)
        self.x_constant = constant_column(X)
        self._report(0)
        self.x_map = _fit_map(X, self.root_weights, True, self._report)
        self._map_outcome()
        self.z_maps = tuple(self._map_term(t) for t in terms)
        self.factors = _merge(terms, self.root_weights is None)
        self._joint = False

    def with_outcome(self, y: FloatArray) -> Rows:
        """Return the same rows with another outcome (n,), finite; what does not depend on it is shared."""
        other = copy(self)
        other.y = y
        other._map_outcome()
        return other

    def _map_outcome(self) -> None:
        y = self.y if self.offset is None else self.y - self.offset
        # The mean goes first: a large offset of y would else be the size of what is left.
        self._report(0)
        self.y_mean = float(y.mean()) if self.x_constant is not None else 0.0
        y = y - self.y_mean
        self._report(0)
        _refuse_extreme(y[:, None], "The outcome")
        if self.root_weights is not None:
            y *= self.root_weights
        gram = np.zeros((self.p, self.p))
        self.beta0: FloatArray = np.zeros(self.p)
        if self.p:
            # T' gram T is only about n I: one least-squares step with the mapped columns themselves.
            right = np.zeros(self.p)
            for lo, hi in self.chunks():
                part = self.fixed_part(lo, hi)
                gram += part.T @ part
                right += part.T @ y[lo:hi]
            self.beta0 = np.asarray(np.linalg.solve(gram, right), dtype=float)
        total = float(y @ y)
        left = 0.0
        for lo, hi in self.chunks():
            part = y[lo:hi] - self.fixed_part(lo, hi) @ self.beta0
            left += float(part @ part)
        size = max(abs(float(self.y.max())), abs(float(self.y.min())))
        self._report(self.n)
        if left <= max(total * 1e-24, self.n * (size * 1e-15) ** 2):
            self._refuse_constant(total, size)
        self.y_scale = float(np.sqrt(left / self.n))

    def _refuse_constant(self, total: float, size: float) -> None:
        if total <= self.n * (size * 1e-15) ** 2 and self.x_constant is not None:
            raise ModelError(
                f"The outcome has the same value in all {self.n} rows: there is nothing to explain.",
                "Choose an outcome that varies.",
            )
        raise ModelError(
            "The predictors reproduce the outcome exactly: no residual variance is left.",
            "Check that the outcome, or a copy of it, is not among the predictors.",
        )

    def _map_term(self, term: RandomTermData) -> ColumnMap | None:
        if term.Z is None:
            return None
        same = term.Z is self.X or (term.Z.shape == self.X.shape and np.array_equal(term.Z, self.X))
        if same and term.correlated:
            return self.x_map  # the usual model: slopes of all predictors
        return _fit_map(term.Z, self.root_weights, term.correlated, self._report)

    def _report(self, row: int) -> None:
        if self.n > _CHUNK and self.observer is not silent:
            self.observer(Progress("Summing up the data", fraction=row / self.n))

    def chunks(self, rows: int = _CHUNK) -> Iterator[tuple[int, int]]:
        """Yield (first, last + 1) of consecutive chunks, reporting between them."""
        for lo in range(0, self.n, rows):
            self._report(lo)
            yield lo, min(lo + rows, self.n)

    def fixed_part(self, lo: int, hi: int) -> FloatArray:
        """Return the mapped, weighted columns of X for some rows (hi - lo, p)."""
        part = self.x_map(self.X[lo:hi])
        if self.root_weights is not None:
            part *= self.root_weights[lo:hi, None]
        return part

    def w_part(self, lo: int, hi: int) -> FloatArray:
        """Return [X, y] mapped and weighted for some rows (hi - lo, p + 1)."""
        W = np.empty((hi - lo, self.p + 1))
        W[:, :-1] = self.fixed_part(lo, hi)
        y = self.y[lo:hi] - self.y_mean
        if self.offset is not None:
            y -= self.offset[lo:hi]
        if self.root_weights is not None:
            y *= self.root_weights[lo:hi]
        W[:, -1] = (y - W[:, :-1] @ self.beta0) / self.y_scale
        return W

    def z_part(self, factor: FactorColumns, lo: int, hi: int) -> FloatArray:
        """Return the mapped, weighted columns of a factor's terms for some rows (hi - lo, k)."""
        if self._joint and len(factor.terms) > 1:
            out = self.joint_maps[factor.terms](self._given(factor, lo, hi))
            if self.root_weights is not None:
                out *= self.root_weights[lo:hi, None]
            return out
        parts = []
        for index in factor.terms:
            Z, z_map = self.terms[index].Z, self.z_maps[index]
            parts.append(np.ones((hi - lo, 1)) if Z is None or z_map is None else z_map(Z[lo:hi]))
        out = parts[0] if len(parts) == 1 else np.hstack(parts)
        if self.root_weights is not None:
            out *= self.root_weights[lo:hi, None]
        return out

    def _given(self, factor: FactorColumns, lo: int, hi: int) -> FloatArray:
        """Return the given columns of all terms of a factor for some rows (hi - lo, k)."""
        parts = [self.terms[t].Z for t in factor.terms]
        return np.hstack([np.ones((hi - lo, 1)) if Z is None else Z[lo:hi] for Z in parts])

    def own_from_joint(self) -> FloatArray | None:
        """Return M (K, K) for which own columns are joint columns @ M, or None when own ones are well conditioned.

        Joint coordinates mix all terms of a factor; `joint` then gives the rows in them.
        """
        K = sum(f.size for f in self.factors)
        M = np.eye(K)
        self.joint_maps: dict[tuple[int, ...], ColumnMap] = {}
        worst, start = 1.0, 0
        for factor in self.factors:
            own = slice(start, start + factor.size)
            start += factor.size
            if len(factor.terms) < 2:
                continue
            columns = self._given(factor, 0, self.n)
            z_map = _fit_map(columns, self.root_weights, True, self._report)
            maps = [self.z_maps[t] for t in factor.terms]
            M[own, own] = np.linalg.solve(
                z_map.full, block_diag(*[np.ones((1, 1)) if m is None else m.full for m in maps])
            )
            worst = max(worst, float(np.linalg.cond(M[own, own])))
            self.joint_maps[factor.terms] = z_map
        return M if worst > _ILL_CONDITIONED else None

    def joint(self) -> Rows:
        """Return the same rows with the columns of each factor in joint coordinates."""
        other = copy(self)
        other._joint = True
        return other

    def coefficients(self, mapped: FloatArray) -> FloatArray:
        """Return beta (p,) on the given scale from the mapped coefficients of the mapped y."""
        beta = self.x_map.full @ (self.beta0 + self.y_scale * mapped)
        if self.x_constant is not None:
            beta[self.x_constant] += self.y_mean / float(self.X[0, self.x_constant])
        return beta


def _merge(terms: Sequence[RandomTermData], unweighted: bool) -> tuple[FactorColumns, ...]:
    groups: dict[int, list[int]] = {}
    keys: list[IntArray] = []
    for index, term in enumerate(terms):
        codes = term.factor.codes
        for j, other in enumerate(keys):
            if codes is other or (
                term.factor.n_levels == terms[groups[j][0]].factor.n_levels and np.array_equal(codes, other)
            ):
                groups[j].append(index)
                break
        else:
            groups[len(keys)] = [index]
            keys.append(codes)
    factors = []
    for j, codes in enumerate(keys):
        members = tuple(groups[j])
        k = sum(terms[i].size for i in members)
        plain = unweighted and k == 1 and terms[members[0]].Z is None
        factors.append(FactorColumns(codes, terms[members[0]].factor.n_levels, members, k, plain))
    return tuple(sorted(factors, key=lambda f: -f.n_levels * f.size))
