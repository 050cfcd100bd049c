"""The factors that are left after the largest one was eliminated.

With F = Zb'V1^-1 Zb, V1 the covariance of the eliminated factor and the residual, and M = Lambda'F Lambda + I:

- `DenseBorder`: crossed factors fill F in; one dense Cholesky decomposition, and one inverse for the gradient;
- `StackBorder`: a single factor in which the eliminated one is nested leaves F block-diagonal: many small blocks.

Flat arrays hold F (and Q = Lambda M^-1 Lambda') as each likes it: `place` says where an element is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import scipy.sparse as sp
from scipy.linalg import blas, solve_triangular

from mixgui.engine.cholesky import cholesky_lower, inverse_from
from mixgui.engine.small import conditional_stack, reduce_stack
from mixgui.engine.terms import FloatArray, IntArray
from mixgui.engine.tiny import svd

# Rows of a dense matrix that are treated at once, with a look at the observer in between.
_ROWS = 512
# Relative standard deviations above this may be divided by (twice) without losing more than some digits.
_CLEAR = 0.05


class DenseBorder:
    """Dense F (Q, Q); columns ordered by template column, then level.

    Parameters
    ----------
    layout : sequence of (levels, columns)
        Of each factor.
    pulse : function
        Called between the steps of long decompositions.
    """

    def __init__(self, layout: Sequence[tuple[int, int]], pulse: Callable[[], None]) -> None:
        self.layout = tuple(layout)
        self.pulse = pulse
        self.slices: list[slice] = []
        self.members: list[range] = []
        start = 0
        for levels, k in self.layout:
            self.members.append(range(len(self.slices), len(self.slices) + k))
            for _ in range(k):
                self.slices.append(slice(start, start + levels))
                start += levels
        self.Q = start
        self.size = start * start
        self.scalar = all(k == 1 for _, k in self.layout)
        self.work = float(start**3) / 10.0  # BLAS does these
        self._repeats = np.array([s.stop - s.start for s in self.slices])

    def place(self, r: IntArray, c: IntArray) -> IntArray:
        """Return where element (r, c), r >= c, lies in the flat array."""
        return r.astype(np.int64) * self.Q + c

    def _times(self, lam: FloatArray, M: FloatArray, transpose: bool) -> FloatArray:
        """Return Lambda M, or Lambda' M, for M (Q, c)."""
        if self.scalar:
            return M * np.repeat(lam.diagonal(), self._repeats)[:, None]
        out = np.zeros_like(M)
        for columns in self.members:
            for a in columns:
                for b in columns:
                    value = lam[b, a] if transpose else lam[a, b]
                    if value != 0.0:
                        out[self.slices[a]] += value * M[self.slices[b]]
        return out

    def factor(self, flat: FloatArray, lam: FloatArray) -> bool:
        """Decompose M for the lower triangle of F and Lambda (K, K); False if it is not positive definite."""
        F = flat.reshape(self.Q, self.Q)
        self.lam, self.F = lam, F
        if self.scalar:
            d = np.repeat(lam.diagonal(), self._repeats)
            M: FloatArray = np.empty_like(F)
            for lo in range(0, self.Q, _ROWS):  # the lower triangle is enough
                hi = min(lo + _ROWS, self.Q)
                np.multiply(F[lo:hi, :hi], d[:hi], out=M[lo:hi, :hi])
                M[lo:hi, :hi] *= d[lo:hi, None]
                self.pulse()
        else:
            self._fill()
            M = self._times(lam, self._times(lam, F, True).T, True)
        M.flat[:: self.Q + 1] += 1.0
        self.pulse()
        self._filled = not self.scalar
        L = cholesky_lower(M, self.pulse)
        if L is None:
            return False
        self.L = L
        self.log_det = float(2.0 * np.log(L.diagonal()).sum())
        return True

    def _fill(self) -> None:
        """Copy the lower triangle of F to the upper one."""
        for lo in range(0, self.Q, _ROWS):
            hi = min(lo + _ROWS, self.Q)
            self.pulse()
            block = np.tril(self.F[lo:hi, lo:hi])
            self.F[lo:hi, lo:hi] = block + np.tril(block, -1).T
            self.F[lo:hi, hi:] = self.F[hi:, lo:hi].T
        self._filled = True

    def half(self, B: FloatArray) -> FloatArray:
        """Return L^-1 Lambda' B for B (Q, c)."""
        return solve_triangular(self.L, self._times(self.lam, B, True), lower=True, check_finite=False)

    def back(self, half: FloatArray) -> FloatArray:
        """Return Lambda L^-T half: after `half`, Q B."""
        x = solve_triangular(self.L, half, lower=True, trans=1, check_finite=False)
        return self._times(self.lam, x, False)

    def times(self, B: FloatArray) -> FloatArray:
        """Return F B for B (Q, c)."""
        if self._filled:
            return self.F @ B
        # C order lower is Fortran order upper.
        return np.asarray(blas.dsymm(1.0, self.F.T, np.asfortranarray(B), lower=0))

    def invert(self) -> None:
        """Compute M^-1, for `own` and `flat_q`."""
        self.inverse = inverse_from(self.L, self.pulse)

    def own(self) -> list[FloatArray]:
        """Return the diagonal blocks of Zb'V^-1 Zb of each factor's levels, (k, k, levels)."""
        if self.scalar and np.abs(self.lam.diagonal()).min() > _CLEAR:
            # Lambda K Lambda = I - M^-1, which cancels only where Lambda is nearly 0.
            left = 1.0 - self.inverse.diagonal()
            parts = [left[s] / self.lam[a, a] ** 2 for a, s in enumerate(self.slices)]
            return [part[None, None, :] for part in parts]
        if not self._filled:
            self._fill()
        out = []
        for columns in self.members:
            lam = self.lam[np.ix_(columns, columns)]
            if svd(lam)[1][-1] <= 1e-3:
                out.append(self._direct(columns))
                continue
            # K Lambda = F Lambda M^-1, level by level, and then Lambda^-1.
            right = np.array([[self._product_diagonal(a, b) for b in columns] for a in columns])
            blocks = np.einsum("abl,bc->acl", right, np.linalg.inv(lam))
            out.append(0.5 * (blocks + blocks.transpose(1, 0, 2)))
        return out

    def _product_diagonal(self, a: int, b: int) -> FloatArray:
        """Return the diagonal of the block (a, b) of F Lambda M^-1, (levels,)."""
        rows = self.F[self.slices[a]]
        total = np.zeros(len(rows))
        for columns in self.members:
            for c in columns:
                for d in columns:
                    if self.lam[c, d] != 0.0:
                        left, right = rows[:, self.slices[c]], self.inverse[self.slices[b], self.slices[d]]
                        total += self.lam[c, d] * np.einsum("ij,ij->i", left, right)
        return total

    def _direct(self, columns: range) -> FloatArray:
        """Return the same for a factor whose Lambda is singular, by a triangular solve with its columns of F."""
        halves = [self.half(np.ascontiguousarray(self.F[:, self.slices[a]])) for a in columns]
        return np.array(
            [
                [
                    self.F[self.slices[a], self.slices[b]].diagonal()
                    - np.einsum("ij,ij->j", halves[i], halves[j])
                    for j, b in enumerate(columns)
                ]
                for i, a in enumerate(columns)
            ]
        )

    def flat_q(self) -> FloatArray:
        """Return Q = Lambda M^-1 Lambda' as a flat array."""
        if self.scalar:
            d = np.repeat(self.lam.diagonal(), self._repeats)
            Q = self.inverse * d
            Q *= d[:, None]
            return Q.reshape(-1)
        return self._times(self.lam, self._times(self.lam, self.inverse, False).T, False).reshape(-1)

    def blocks(self, flat: FloatArray, factor: int) -> FloatArray:
        """Return the diagonal blocks of a factor's levels from a flat array, (k, k, levels)."""
        square = flat.reshape(self.Q, self.Q)
        members = self.members[factor]
        return np.array(
            [[square[self.slices[a], self.slices[b]].diagonal() for b in members] for a in members]
        )

    def right_q(self, rows: sp.csr_array, flat: FloatArray) -> FloatArray:
        """Return rows @ Q, (r, Q), for sparse rows (r, Q)."""
        return np.asarray(rows @ flat.reshape(self.Q, self.Q))

    def element(self, flat: FloatArray, r: IntArray, c: IntArray) -> FloatArray:
        """Return elements (r, c) of a full flat array."""
        return flat.reshape(self.Q, self.Q)[r, c]


class StackBorder:
    """Block-diagonal F of one factor: k x k blocks, one per level, stored as (k, k, levels).

    Parameters
    ----------
    levels, k : int
        Of the factor.
    """

    def __init__(self, levels: int, k: int) -> None:
        self.levels, self.k = levels, k
        self.layout = ((levels, k),)
        self.Q = levels * k
        self.size = levels * k * k
        self.work = float(levels * k**3)

    def place(self, r: IntArray, c: IntArray) -> IntArray:
        """Return where element (r, c) of one block lies in the flat array."""
        return ((r // self.levels) * self.k + c // self.levels).astype(
            np.int64
        ) * self.levels + r % self.levels

    def pulse(self) -> None:
        """Do nothing: no step is long."""

    def factor(self, flat: FloatArray, lam: FloatArray) -> bool:
        """Reduce all blocks of F for Lambda (K, K)."""
        F = flat.reshape(self.k, self.k, self.levels)
        for a in range(self.k):  # the lower triangle counts
            for b in range(a):
                F[b, a] = F[a, b]
        self.S = lam @ lam.T
        self.F = F
        self.log_det, self.K = reduce_stack(F, self.S)
        return bool(np.isfinite(self.log_det))

    def half(self, B: FloatArray) -> FloatArray:
        """Return B itself: the reduction has no triangular half."""
        return B

    def back(self, B: FloatArray) -> FloatArray:
        """Return Q B."""
        return self._multiply(conditional_stack(self.F, self.S), B)

    def times(self, B: FloatArray) -> FloatArray:
        """Return F B."""
        return self._multiply(self.F, B)

    def _multiply(self, blocks: FloatArray, B: FloatArray) -> FloatArray:
        b = B.reshape(self.k, self.levels, -1)
        return np.einsum("abl,blc->alc", blocks, b).reshape(B.shape)

    def invert(self) -> None:
        """Nothing more is needed."""

    def own(self) -> list[FloatArray]:
        """Return the blocks of Zb'V^-1 Zb, (k, k, levels), in a list."""
        return [self.K]

    def flat_q(self) -> FloatArray:
        """Return Q as a flat array."""
        return conditional_stack(self.F, self.S).reshape(-1)

    def blocks(self, flat: FloatArray, factor: int) -> FloatArray:
        """Return the blocks from a flat array, (k, k, levels)."""
        return flat.reshape(self.k, self.k, self.levels)

    def right_q(self, rows: sp.csr_array, flat: FloatArray) -> FloatArray:
        """Return rows @ Q, (r, Q), for sparse rows (r, Q)."""
        blocks = flat.reshape(self.k, self.k, self.levels)
        parts = [rows[:, a * self.levels : (a + 1) * self.levels] for a in range(self.k)]
        out = [
            sum(
                (parts[a] @ sp.diags_array(blocks[a, b]) for a in range(self.k)), sp.csr_array(parts[0].shape)
            )
            for b in range(self.k)
        ]
        return np.hstack([part.toarray() for part in out])

    def element(self, flat: FloatArray, r: IntArray, c: IntArray) -> FloatArray:
        """Return elements (r, c) of one block each from a flat array."""
        return flat[self.place(r, c)]
