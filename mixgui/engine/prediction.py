"""Uncertainty of predictions that use the random effects.

With C = Lambda (Lambda'Z'Z Lambda + I)^-1 Lambda', the error of x'beta + z'b as an estimate of what it stands for has

    Var / sigma^2 = z'C z + (x - X'Z C z)' (X'V^-1 X)^-1 (x - X'Z C z)

(Henderson 1975, Biometrics 31:423; McLean, Sanders & Stroup 1991, The American Statistician 45, section 3), taking
the variance parameters as known. C Z'X = S Z'V^-1 X, so that it needs no more than the fit has.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from scipy.linalg import solve_triangular

from mixgui.engine.blocks import design_matrix
from mixgui.engine.result import LmmFit
from mixgui.engine.terms import FloatArray, IntArray
from mixgui.errors import ModelError

# Random effects besides the largest factor's: a dense matrix of so many is 1.2 GB.
_MOST_DENSE = 12_000
_CHUNK = 512


def conditional_variances(
    fit: LmmFit, X: FloatArray, effects: Sequence[tuple[IntArray, FloatArray]]
) -> FloatArray:
    """Return the variance of x'beta + z'b about the truth for some rows, (r,).

    Parameters
    ----------
    fit : LmmFit
        A fitted model.
    X : (r, p) array
        Fixed-effects columns of the rows.
    effects : sequence of ((r,) int array, (r, k) array)
        For each random-effects term, in order: the level of each row and its columns. A level of -1 is a
        group that was not in the data: its effects are predicted as 0, and their whole variance counts.

    Returns
    -------
    (r,) array
        Variances in squared units of the outcome, by the formula above.

    Raises
    ------
    ModelError
        Too many random effects of several factors.
    """
    state, p = fit.state, fit.state.rows.p
    rows = state.rows
    S = fit.lam @ fit.lam.T
    solution = fit._solution
    left = X @ rows.x_map.full
    total = np.zeros(len(X))
    pieces: list[tuple[IntArray, FloatArray, FloatArray]] = []
    start = 0
    for index, factor in enumerate(rows.factors):
        own = slice(start, start + factor.size)
        start += factor.size
        codes, Z = _of_factor(fit, factor.terms, effects)
        known = codes >= 0
        SH = S[own, own] @ solution.products(index)[:, :, :p]
        left[known] -= np.einsum("rk,rkp->rp", Z[known], SH[codes[known]])
        total[~known] += np.einsum("rk,kl,rl->r", Z[~known], S[own, own], Z[~known])
        if len(rows.factors) == 1:
            C = solution.conditional(index)[codes[known]]
            total[known] += np.einsum("rk,rkl,rl->r", Z[known], C, Z[known])
        pieces.append((codes, Z, S[own, own]))
    if len(rows.factors) > 1:
        total += _joint(fit, pieces)
    half = left @ solution.root[:p, :p].T
    return fit.sigma**2 * (total + (half * half).sum(axis=1))


def _of_factor(
    fit: LmmFit, terms: tuple[int, ...], effects: Sequence[tuple[IntArray, FloatArray]]
) -> tuple[IntArray, FloatArray]:
    """Return levels and mapped columns of all terms of a factor, (r,) and (r, k)."""
    parts = []
    for t in terms:
        z_map = fit.state.rows.z_maps[t]
        Z = effects[t][1]
        parts.append(Z if z_map is None else Z @ z_map.full)
    return effects[terms[0]][0], np.hstack(parts)


def _joint(fit: LmmFit, pieces: list[tuple[IntArray, FloatArray, FloatArray]]) -> FloatArray:
    """Return z'C z over all factors (r,), new levels left out: z'C z = w' M^-1 w with w = Lambda'z.

    M = Lambda'Z'Z Lambda + I is block-diagonal in the largest factor, which is eliminated.
    """
    rows = fit.state.rows
    sizes = [(f.n_levels, f.size) for f in rows.factors]
    first = sizes[0][0] * sizes[0][1]
    border = sum(levels * k for levels, k in sizes[1:])
    if border > _MOST_DENSE:
        raise ModelError(
            f"Intervals of predictions would need a matrix of {border:,} by {border:,} numbers here.",
            "Predict without an interval, or without the random effects.",
        )
    Lambda = _lambda(fit.lam, sizes)
    ZL = sp.csc_array(design_matrix(rows, rows.factors) @ Lambda)
    M = sp.csr_array(ZL.T @ ZL + sp.eye_array(first + border))
    inverse = _block_inverse(M[:first, :first], *sizes[0])
    T = inverse @ M[:first, first:]
    chol = np.linalg.cholesky((M[first:, first:] - M[first:, :first] @ T).toarray())
    w = sp.csr_array(_sparse_rows(pieces, sizes) @ Lambda)
    w1, w2 = w[:, :first], w[:, first:]
    out = np.asarray((w1 * (w1 @ inverse)).sum(axis=1)).ravel()
    left = sp.csr_array(w2 - w1 @ T)
    for lo in range(0, len(out), _CHUNK):
        right = left[lo : lo + _CHUNK].toarray().T
        half = solve_triangular(chol, right, lower=True, check_finite=False)
        out[lo : lo + _CHUNK] += (half * half).sum(axis=0)
    return out


def _lambda(lam: FloatArray, sizes: list[tuple[int, int]]) -> sp.csc_array:
    """Return Lambda of all random effects, (Q, Q); columns as `blocks.design_matrix`."""
    parts = []
    start = 0
    for levels, k in sizes:
        own = lam[start : start + k, start : start + k]
        parts.append(sp.kron(sp.csr_array(own), sp.eye_array(levels)))
        start += k
    return sp.csc_array(sp.block_diag(parts))


def _block_inverse(D: sp.csr_array, levels: int, k: int) -> sp.csr_array:
    """Return the inverse of a matrix whose k x k blocks lie levels apart."""
    each = np.arange(levels)
    stack: FloatArray = np.empty((levels, k, k))
    for a in range(k):
        for b in range(k):
            stack[:, a, b] = D[a * levels : (a + 1) * levels, b * levels : (b + 1) * levels].diagonal()
    stack = np.linalg.inv(stack)
    row = np.concatenate([a * levels + each for a in range(k) for _ in range(k)])
    column = np.concatenate([b * levels + each for _ in range(k) for b in range(k)])
    data = np.concatenate([stack[:, a, b] for a in range(k) for b in range(k)])
    return sp.csr_array((data, (row, column)), shape=(levels * k, levels * k))


def _sparse_rows(
    pieces: list[tuple[IntArray, FloatArray, FloatArray]], sizes: list[tuple[int, int]]
) -> sp.csr_array:
    """Return the rows' z of all factors, (r, Q); columns as `blocks.design_matrix`."""
    r = len(pieces[0][0])
    row: list[IntArray] = []
    column: list[IntArray] = []
    data: list[FloatArray] = []
    start = 0
    for (codes, Z, _), (levels, k) in zip(pieces, sizes, strict=True):
        known = np.flatnonzero(codes >= 0)
        for a in range(k):
            row.append(known)
            column.append(start + codes[known])
            data.append(Z[known, a])
            start += levels
    return sp.csr_array(
        (np.concatenate(data), (np.concatenate(row), np.concatenate(column))), shape=(r, start)
    )
