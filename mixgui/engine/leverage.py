"""Leverages of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mixgui.engine.blocks import design_matrix
from mixgui.engine.crossed import CrossedSolution
from mixgui.engine.dense import DenseSolution
from mixgui.engine.joint import JointSolution
from mixgui.engine.one_factor import OneFactorSolution
from mixgui.engine.terms import FloatArray

if TYPE_CHECKING:
    from mixgui.engine.coordinates import Rows
    from mixgui.engine.result import LmmFit


def leverages(fit: LmmFit) -> FloatArray:
    """Return the diagonal of H = I - P, which maps y - offset to the fitted values, (n,).

    With C = Lambda (Lambda'Z'Z Lambda + I)^-1 Lambda', a row's leverage is z'C z + |(x - X'Z C z)' L^-T|^2,
    L L' = X'V^-1 X: equation 64 of Bates et al. (2015, J. Stat. Softw. 67(1)) without its n columns; rows are weighted.

    Parameters
    ----------
    fit : LmmFit
        A fitted model.

    Returns
    -------
    (n,) array
        Between 0 and 1; their sum is the effective number of parameters of the fitted values (equation 67).
    """
    rows = fit.state.rows
    solution = fit._solution
    if isinstance(solution, JointSolution):
        rows, solution = rows.joint(), solution.inner
    p = rows.p
    half = solution.root[:p, :p].T
    out = np.empty(rows.n)
    if isinstance(solution, DenseSolution):
        return _dense(rows, solution)
    if isinstance(solution, CrossedSolution):
        return _crossed(rows, solution)
    factor = rows.factors[0]
    C = solution.conditional(0)
    # X - Z C Z'X = V^-1 X; Z'V^-1 X = (I + A S)^-1 Z'X, so C Z'X = S Z'V^-1 X.
    assert isinstance(solution, OneFactorSolution)
    SH = solution.S @ solution.products(0)[:, :, :p]
    for lo, hi in rows.chunks():
        codes = factor.codes[lo:hi]
        Z = rows.z_part(factor, lo, hi)
        out[lo:hi] = np.einsum("nk,nkl,nl->n", Z, C[codes], Z)
        left = rows.fixed_part(lo, hi) - np.einsum("nk,nkp->np", Z, SH[codes])
        left = left @ half
        out[lo:hi] += (left * left).sum(axis=1)
    return out


def _dense(rows: Rows, solution: DenseSolution) -> FloatArray:
    p = rows.p
    Z = design_matrix(rows, rows.factors)
    C = solution.joint()
    full = C @ (Z.T @ rows.fixed_part(0, rows.n))
    each = Z.indptr[1]
    columns = Z.indices.reshape(rows.n, each)
    values = Z.data.reshape(rows.n, each)
    out = np.zeros(rows.n)
    for a in range(each):
        for b in range(each):
            out += values[:, a] * values[:, b] * C[columns[:, a], columns[:, b]]
    left = (rows.fixed_part(0, rows.n) - Z @ full) @ solution.root[:p, :p].T
    return out + (left * left).sum(axis=1)


def _crossed(rows: Rows, solution: CrossedSolution) -> FloatArray:
    p, first, others = rows.p, rows.factors[0], rows.factors[1:]
    out = np.zeros(rows.n)
    own = solution.conditional(0)
    Zb = design_matrix(rows, others)
    each = int(Zb.indptr[1])
    columns = Zb.indices.reshape(rows.n, each)
    values = Zb.data.reshape(rows.n, each)
    # V^-1 X = X - Z C Z'X, and C Z'X = S Z'V^-1 X for every factor.
    part = [solution.products(f)[:, :, :p] for f in range(len(rows.factors))]
    ends = np.cumsum([f.size for f in rows.factors])
    owns = [slice(end - f.size, end) for f, end in zip(rows.factors, ends, strict=True)]
    modes = [np.einsum("ab,qbp->qap", solution.S[o, o], H) for o, H in zip(owns, part, strict=True)]
    for lo, hi in rows.chunks():
        left = rows.fixed_part(lo, hi)
        for f, mode in zip(rows.factors, modes, strict=True):
            left -= np.einsum("nk,nkp->np", rows.z_part(f, lo, hi), mode[f.codes[lo:hi]])
        left = left @ solution.root[:p, :p].T
        out[lo:hi] = (left * left).sum(axis=1)
    # Rows in the order of the eliminated factor's levels, so that the coupling C_1b is made for some levels at a time.
    order = np.argsort(first.codes, kind="stable")
    bounds = np.searchsorted(first.codes[order], np.arange(first.n_levels + 1))
    step = max(1, 10_000_000 // max(1, Zb.shape[1] * first.size))
    Z = rows.z_part(first, 0, rows.n)
    for start in range(0, first.n_levels, step):
        stop = min(start + step, first.n_levels)
        chosen = order[bounds[start] : bounds[stop]]
        level = first.codes[chosen]
        z = Z[chosen]
        out[chosen] += np.einsum("nk,nkl,nl->n", z, own[level], z)
        coupling = solution.coupling(start, stop)
        for a in range(each):
            at, value = columns[chosen, a], values[chosen, a]
            cross = coupling[:, level - start, at]  # (k, rows)
            out[chosen] += 2.0 * value * np.einsum("nk,kn->n", z, cross)
            for b in range(each):
                out[chosen] += value * values[chosen, b] * solution.border_element(at, columns[chosen, b])
    return out
