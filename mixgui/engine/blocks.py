"""Cross-products of Z, X and y by grouping factor, in one pass over the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from mixgui.engine.coordinates import FactorColumns, Rows
from mixgui.engine.criterion import Constants
from mixgui.engine.dense import Dense
from mixgui.engine.one_factor import OneFactor, stacked_solve
from mixgui.engine.terms import FloatArray, IntArray

# One-hot products are faster than sums by index up to this many (levels x rows).
_ONE_HOT = 30_000
# What is left of W within groups is summed anew below this share of W'W, where the difference has lost
# digits.
_LOST = 1e-5


def constants_of(rows: Rows) -> Constants:
    """Return the parts of the criterion that the data alone determine."""
    log_weights = 0.0 if rows.weights is None else float(np.log(rows.weights).sum())
    return Constants(rows.n, rows.p, float(np.log(rows.y_scale)), rows.x_map.log_det, log_weights)


def _chunk_rows(rows: Rows, levels: int) -> int:
    # A chunk costs one pass over the levels as well, so it has many more rows than there are levels.
    return max(1 << 16, 4 * levels)


def group_sums(factor: FactorColumns, codes: IntArray, columns: FloatArray) -> FloatArray:
    """Return sums of columns (n, c) by level, (q, c)."""
    q, n = factor.n_levels, len(codes)
    if q * n <= _ONE_HOT:
        return (codes == np.arange(q)[:, None]).astype(float) @ columns
    out = np.empty((columns.shape[1], q))
    for j in range(columns.shape[1]):
        out[j] = np.bincount(codes, weights=columns[:, j], minlength=q)
    return out.T


def gather(rows: Rows, factor: FactorColumns) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return Z'Z (q, k, k) and Z'W (q, k, m) by level of a factor, and W'W (m, m), W = [X, y]."""
    q, k, m = factor.n_levels, factor.size, rows.p + 1
    upper = [(a, b) for a in range(k) for b in range(a, k)]
    sums = np.zeros((q, len(upper) + k * m))
    W2: FloatArray = np.zeros((m, m))
    for lo, hi in rows.chunks(_chunk_rows(rows, q)):
        W = rows.w_part(lo, hi)
        W2 += W.T @ W
        codes = factor.codes[lo:hi]
        if factor.plain:
            sums[:, 0] += np.bincount(codes, minlength=q)
            sums[:, 1:] += group_sums(factor, codes, W)
            continue
        Z = rows.z_part(factor, lo, hi)
        products = [Z[:, a] * Z[:, b] for a, b in upper] + [
            Z[:, a] * W[:, j] for a in range(k) for j in range(m)
        ]
        sums += group_sums(factor, codes, np.array(products).T)
    A = np.empty((q, k, k))
    for j, (a, b) in enumerate(upper):
        A[:, a, b] = A[:, b, a] = sums[:, j]
    return A, sums[:, len(upper) :].reshape(q, k, m), W2


def one_factor(rows: Rows) -> OneFactor:
    """Return the evaluator for data with a single grouping factor."""
    A, B, W2 = gather(rows, rows.factors[0])
    m = rows.p + 1
    P = stacked_solve(A, B)
    E: FloatArray = W2 - P.reshape(-1, m).T @ B.reshape(-1, m)
    if (np.diagonal(E) < _LOST * np.maximum(np.diagonal(W2), 1e-300)).any():
        E = _within(rows, P)
    return OneFactor(A, P, E, constants_of(rows))


def _within(rows: Rows, P: FloatArray) -> FloatArray:
    """Return the cross-products of the residuals W - Z P, from the residuals themselves."""
    factor = rows.factors[0]
    m = P.shape[2]
    E = np.zeros((m, m))
    for lo, hi in rows.chunks():
        W = rows.w_part(lo, hi)
        Z = rows.z_part(factor, lo, hi)
        W -= np.einsum("nk,nkm->nm", Z, P[factor.codes[lo:hi]])
        E += W.T @ W
    return E


def design_matrix(rows: Rows, factors: Sequence[FactorColumns]) -> sp.csr_array:
    """Return Z of some factors (n, Q), sparse; columns ordered by template column, then level."""
    n = rows.n
    Q = sum(f.n_levels * f.size for f in factors)
    each = sum(f.size for f in factors)
    data = np.empty((n, each))
    columns = np.empty((n, each), dtype=np.int32)
    start = j = 0
    for factor in factors:
        Z = rows.z_part(factor, 0, n)
        for a in range(factor.size):
            data[:, j] = Z[:, a]
            columns[:, j] = factor.codes
            columns[:, j] += start
            start += factor.n_levels
            j += 1
    pointer = np.arange(0, n * each + 1, each)
    return sp.csr_array((data.reshape(-1), columns.reshape(-1), pointer), shape=(n, Q))


def dense(rows: Rows) -> Dense:
    """Return the evaluator for data with a few small grouping factors."""
    Z = design_matrix(rows, rows.factors)
    W = rows.w_part(0, rows.n)
    ZT = Z.T.tocsr()
    A = (ZT @ Z).toarray()
    layout = [(f.n_levels, f.size) for f in rows.factors]
    return Dense(A, np.asarray(ZT @ W), W.T @ W, layout, constants_of(rows))
