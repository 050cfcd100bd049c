"""Leverages of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mixgui.engine.dense import DenseSolution
from mixgui.engine.terms import FloatArray

if TYPE_CHECKING:
    from mixgui.engine.result import LmmFit


def leverages(fit: LmmFit) -> FloatArray:
    """Return the diagonal of H = I - P, which maps y - offset to the fitted values, (n,).

    With C = Lambda (Lambda'Z'Z Lambda + I)^-1 Lambda', a row's leverage is z'C z + |(x - X'Z C z)' L^-T|^2,
    L L' = X'V^-1 X (Bates et al. 2015, J. Stat. Softw. 67(1), section 3.4; weighted rows).
    """
    rows = fit.state.rows
    solution = fit._solution
    p = rows.p
    half = solution.root[:p, :p].T
    out = np.empty(rows.n)
    if isinstance(solution, DenseSolution):
        return _dense(fit, solution)
    factor = rows.factors[0]
    C = solution.conditional(0)
    # X - Z C Z'X = V^-1 X; Z'V^-1 X = (I + A S)^-1 Z'X, so C Z'X = S Z'V^-1 X.
    SH = fit._own(factor.terms) @ solution.products(0)[:, :, :p]
    for lo, hi in rows.chunks():
        codes = factor.codes[lo:hi]
        Z = rows.z_part(factor, lo, hi)
        out[lo:hi] = np.einsum("nk,nkl,nl->n", Z, C[codes], Z)
        left = rows.fixed_part(lo, hi) - np.einsum("nk,nkp->np", Z, SH[codes])
        left = left @ half
        out[lo:hi] += (left * left).sum(axis=1)
    return out


def _dense(fit: LmmFit, solution: DenseSolution) -> FloatArray:
    from mixgui.engine.blocks import design_matrix

    rows = fit.state.rows
    p = rows.p
    Z = design_matrix(rows)
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
