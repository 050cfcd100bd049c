"""Sums over the levels of the eliminated factor of products of what they touch in the other factors.

A level i of the eliminated factor touches a few columns r of the others, with coefficients p_i[a, r] for its k own
columns a. Needed again and again are, for symmetric weights K_i (k x k) and a symmetric matrix Q,

    forward:  F[r, c] = sum_i sum_ab K_i[a, b] p_i[a, r] p_i[b, c]
    backward: D_i[a, b] = sum_rc p_i[a, r] Q[r, c] p_i[b, c].

The places (r, c) never change, so their list is made once; when it would be too long, sparse products are used.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from mixgui.engine.terms import FloatArray, IntArray

# Flat arrays this many times longer than the list of pairs are mostly empty.
_SPARSE = 4


class Pairs:
    """Lists of pairs of touched columns.

    Parameters
    ----------
    pattern : (q, Q) csr_array
        Which columns each level touches (sorted indices).
    p : (nnz, k) array
        Coefficients at the pattern's entries.
    place : function
        (r, c) with r >= c -> index in the flat array that holds F.
    size : int
        Length of that flat array.
    """

    def __init__(
        self,
        pattern: sp.csr_array,
        p: FloatArray,
        place: Callable[[IntArray, IntArray], IntArray],
        size: int,
    ) -> None:
        self.k = p.shape[1]
        self.size = size
        self.q = pattern.shape[0]
        lengths = np.diff(pattern.indptr)
        local = np.arange(len(p)) - np.repeat(pattern.indptr[:-1], lengths)
        repeats = local + 1
        r = np.repeat(np.arange(len(p)), repeats)
        first = np.cumsum(repeats) - repeats
        c = np.arange(len(r)) - np.repeat(first - (np.arange(len(p)) - local), repeats)
        columns = pattern.indices
        self.place = place(columns[r], columns[c]).astype(np.intp)
        # Where most of the flat array stays as it is, sums are made for the places that occur alone.
        self.where: IntArray | None = None
        self._index = self.place
        if size > _SPARSE * len(self.place):
            self.where, self._index = np.unique(self.place, return_inverse=True)
        per_level = np.zeros(self.q, dtype=np.intp)
        np.add.at(per_level, np.repeat(np.arange(self.q), lengths), repeats)
        self.counts = per_level
        self.filled = per_level > 0
        self._starts = (np.cumsum(per_level) - per_level)[self.filled]
        off = columns[r] != columns[c]
        self.weights = []
        self._back = []
        for a in range(self.k):
            for b in range(a, self.k):
                if a == b:
                    value = p[r, a] * p[c, a]
                    self._back.append(np.where(off, 2.0, 1.0) * value)
                else:
                    value = p[r, a] * p[c, b] + p[r, b] * p[c, a]
                    self._back.append(np.where(off, 1.0, 0.5) * value)
                self.weights.append(value)

    @staticmethod
    def number(pattern: sp.csr_array) -> int:
        """Return how many pairs a pattern has."""
        lengths = np.diff(pattern.indptr).astype(np.int64)
        return int((lengths * (lengths + 1) // 2).sum())

    def forward(self, K: FloatArray) -> FloatArray:
        """Return F (size,), lower triangle, for K (k, k, q)."""
        if self.where is None:
            return self.sums(K)
        flat = np.zeros(self.size)
        flat[self.where] = self.sums(K)
        return flat

    def sums(self, K: FloatArray) -> FloatArray:
        """Return the elements of F at `where` (all of them if that is None), for K (k, k, q)."""
        total: FloatArray | None = None
        j = 0
        for a in range(self.k):
            for b in range(a, self.k):
                part = self.weights[j] * np.repeat(K[a, b], self.counts)
                total = part if total is None else total + part
                j += 1
        length = self.size if self.where is None else len(self.where)
        sums = np.bincount(self._index, weights=total, minlength=length)
        return np.asarray(sums, dtype=float)

    def backward(self, Q: FloatArray) -> FloatArray:
        """Return D (k, k, q) for the flat Q (size,), of which the lower triangle counts."""
        D = np.zeros((self.k, self.k, self.q))
        at = Q[self.place]
        j = 0
        for a in range(self.k):
            for b in range(a, self.k):
                if len(self._starts):
                    sums = np.add.reduceat(self._back[j] * at, self._starts)
                    D[a, b, self.filled] = sums
                    D[b, a, self.filled] = sums
                j += 1
        return D


class Products:
    """The same sums by matrix products, where a list of pairs would be too long.

    Parameters
    ----------
    pattern, p
        As for `Pairs`; the flat array is the (Q, Q) matrix.
    """

    _DENSE_SHARE = 0.05

    def __init__(self, pattern: sp.csr_array, p: FloatArray) -> None:
        self.k = p.shape[1]
        self.q, self.Q = pattern.shape
        self.size = self.Q * self.Q
        self.parts: list[sp.csr_array | FloatArray] = []
        share = pattern.nnz / (self.q * self.Q)
        for a in range(self.k):
            part = sp.csr_array((p[:, a].copy(), pattern.indices, pattern.indptr), shape=pattern.shape)
            fits = self.q * self.Q * self.k < 150_000_000
            self.parts.append(part.toarray() if share > self._DENSE_SHARE and fits else part)

    def forward(self, K: FloatArray) -> FloatArray:
        """Return F (Q * Q,) for K (k, k, q)."""
        total = np.zeros((self.Q, self.Q))
        for a in range(self.k):
            for b in range(a, self.k):
                left, right = self.parts[a], self.parts[b]
                if isinstance(left, np.ndarray) and a == b:
                    half = left * np.sqrt(np.maximum(K[a, a], 0.0))[:, None]
                    part = half.T @ half  # symmetric: half of the work
                elif isinstance(left, np.ndarray):
                    part = left.T @ (right * K[a, b][:, None])
                else:
                    part = (left.T @ (sp.diags_array(K[a, b]) @ right)).toarray()
                total += part
                if a != b:
                    total += part.T
        return total.reshape(-1)

    def backward(self, Q: FloatArray) -> FloatArray:
        """Return D (k, k, q) for the flat Q (Q * Q,)."""
        square = Q.reshape(self.Q, self.Q)
        D = np.zeros((self.k, self.k, self.q))
        step = max(1, 20_000_000 // self.Q)
        for lo in range(0, self.q, step):
            rows = slice(lo, min(lo + step, self.q))
            for a in range(self.k):
                left = self.parts[a][rows] @ square
                for b in range(a, self.k):
                    right = self.parts[b][rows]
                    if isinstance(right, np.ndarray):
                        sums = np.einsum("ij,ij->i", left, right)
                    else:
                        sums = np.asarray(right.multiply(left).sum(axis=1)).reshape(-1)
                    D[a, b, rows] = D[b, a, rows] = sums
        return D
