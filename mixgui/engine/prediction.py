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
from scipy.sparse.linalg import splu

from mixgui.engine.blocks import design_matrix
from mixgui.engine.result import LmmFit
from mixgui.engine.terms import FloatArray, IntArray
from mixgui.errors import ModelError

# Random effects of several factors: up to here a dense matrix, then a sparse one, then none.
_MOST_DENSE = 3000
_MOST_SPARSE = 60_000
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
    """Return z'C z over all factors (r,), new levels left out."""
    rows = fit.state.rows
    sizes = [(f.n_levels, f.size) for f in rows.factors]
    Q = sum(levels * k for levels, k in sizes)
    if Q > _MOST_SPARSE:
        raise ModelError(
            f"Intervals of predictions would need a matrix of {Q:,} by {Q:,} numbers here.",
            "Predict without an interval, or without the random effects.",
        )
    blocks = []
    start = 0
    for levels, k in sizes:
        own = fit.lam[start : start + k, start : start + k]
        blocks.append(sp.kron(sp.csr_array(own), sp.eye_array(levels)))
        start += k
    Lambda = sp.csc_array(sp.block_diag(blocks))
    Z = design_matrix(rows, rows.factors)
    ZL = sp.csc_array(Z @ Lambda)
    M = sp.csc_array(ZL.T @ ZL + sp.eye_array(Q))
    chol = np.linalg.cholesky(M.toarray()) if Q <= _MOST_DENSE else None
    solver = splu(M) if chol is None else None
    new = sp.csr_array(_sparse_rows(pieces, sizes) @ Lambda)
    out = np.zeros(new.shape[0])
    for lo in range(0, len(out), _CHUNK):
        right = new[lo : lo + _CHUNK].toarray().T
        if chol is not None:
            half = solve_triangular(chol, right, lower=True, check_finite=False)
            out[lo : lo + _CHUNK] = (half * half).sum(axis=0)
        elif solver is not None:
            out[lo : lo + _CHUNK] = (right * solver.solve(right)).sum(axis=0)
    return out


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
