"""Cross-products for several grouping factors, and the choice of how to treat them."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from mixgui.engine.blocks import constants_of, design_matrix, gather
from mixgui.engine.border import DenseBorder, StackBorder
from mixgui.engine.coordinates import Rows
from mixgui.engine.crossed import Crossed
from mixgui.engine.one_factor import stacked_solve
from mixgui.engine.pairs import Pairs, Products
from mixgui.engine.terms import FloatArray
from mixgui.errors import ModelError
from mixgui.observer import Progress, silent

# A list of more pairs than this takes more memory and time than matrix products.
_MOST_PAIRS = 8_000_000
# A dense border of more columns than this does not fit into the memory of an ordinary computer.
_MOST_DENSE = 20_000
# Numbers that are written between two looks at the observer.
_NUMBERS = 4_000_000


def crossed(rows: Rows) -> Crossed:
    """Return the evaluator for data with several grouping factors."""
    first, others = rows.factors[0], rows.factors[1:]
    k, q = first.size, first.n_levels
    A, B, W2 = gather(rows, first)
    Zb = design_matrix(rows, others)
    _pulse(rows)
    C = _coupling(rows, Zb)
    _pulse(rows)
    pattern = C[0]
    _pulse(rows)
    row_of = np.repeat(np.arange(q), np.diff(pattern.indptr))
    generalised = stacked_solve(A, np.broadcast_to(np.eye(k), A.shape))
    touching = np.stack([part.data for part in C], axis=1)
    p = np.einsum("nab,nb->na", generalised[row_of], touching)
    parts = [
        sp.csr_array((p[:, a].copy(), pattern.indices, pattern.indptr), shape=pattern.shape) for a in range(k)
    ]
    P = stacked_solve(A, B)
    border = _border(rows, pattern)
    _pulse(rows)
    sums: Pairs | Products
    if isinstance(border, StackBorder) or Pairs.number(pattern) <= _MOST_PAIRS:
        sums = Pairs(pattern, p, border.place, border.size)
    else:
        sums = Products(pattern, p)
    _pulse(rows)
    A_first = np.ascontiguousarray(A.transpose(1, 2, 0))
    E_bb = _flat(rows, border, Zb)
    _pulse(rows)
    if isinstance(sums, Pairs) and sums.where is not None:
        E_bb[sums.where] -= sums.sums(A_first)
    else:
        E_bb -= sums.forward(A_first)
    _pulse(rows)
    AP = (A @ P).transpose(1, 0, 2)
    E_bw = np.asarray(Zb.T @ rows.w_part(0, rows.n))
    for a in range(k):
        E_bw = E_bw - np.asarray(parts[a].T @ AP[a])
    E_ww = W2 - P.reshape(-1, rows.p + 1).T @ B.reshape(-1, rows.p + 1)
    P_first = np.ascontiguousarray(P.transpose(1, 0, 2))
    return Crossed(A_first, P_first, parts, sums, border, E_bb, E_bw, E_ww, constants_of(rows))


def _coupling(rows: Rows, Zb: sp.csr_array) -> list[sp.csr_array]:
    """Return Z1'Zb of each column of the first factor, (levels, Q), all with one pattern."""
    first = rows.factors[0]
    each = int(Zb.indptr[1])
    Z = rows.z_part(first, 0, rows.n)
    levels = np.repeat(first.codes, each)
    out = []
    for a in range(first.size):
        data = Zb.data * np.repeat(Z[:, a], each)
        part = sp.coo_array((data, (levels, Zb.indices)), shape=(first.n_levels, Zb.shape[1])).tocsr()
        part.sort_indices()
        _pulse(rows)
        out.append(part)
    return out


def _border(rows: Rows, pattern: sp.csr_array) -> DenseBorder | StackBorder:
    others = rows.factors[1:]
    if len(others) == 1 and pattern.nnz == pattern.shape[0] * others[0].size:
        return StackBorder(others[0].n_levels, others[0].size)
    Q = pattern.shape[1]
    if Q > _MOST_DENSE:
        raise ModelError(
            f"The crossed grouping factors have {Q} random effects besides the largest factor's; "
            f"more than {_MOST_DENSE} do not fit into memory.",
            "Leave out the slopes of a factor with many levels, or one of the factors.",
        )

    return DenseBorder([(f.n_levels, f.size) for f in others], lambda: _pulse(rows))


def _pulse(rows: Rows) -> None:
    """Let a cancel act."""
    if rows.pulse is not silent:
        rows.pulse(Progress("Fitting the mixed model"))


def _flat(rows: Rows, border: DenseBorder | StackBorder, Zb: sp.csr_array) -> FloatArray:
    """Return Zb'Zb as the border's flat array, lower triangle."""
    product = sp.tril(Zb.T.tocsr() @ Zb).tocoo()
    _pulse(rows)
    flat = np.empty(border.size)
    for lo in range(0, border.size, _NUMBERS):  # getting memory takes a while
        flat[lo : lo + _NUMBERS] = 0.0
        _pulse(rows)
    flat[border.place(product.row, product.col)] = product.data
    return flat
