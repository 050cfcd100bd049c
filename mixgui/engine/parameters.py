"""From the parameter vector theta to relative covariance factors, and derivatives by the chain rule.

All terms share one template: a block-diagonal K x K matrix Lambda with one lower-triangular block (or a
diagonal, for
uncorrelated effects) per term, so that the relative covariance matrix of all terms is Lambda Lambda'
(Bates et al. 2015, J. Stat. Softw. 67(1), section 2.2; there Lambda is repeated for each level).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from mixgui.engine.terms import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class TermShape:
    """Where a term lies in the template.

    Parameters
    ----------
    start : int
        First row and column of its block.
    size : int
        Number of its columns, k.
    correlated : bool
        Lower triangle (True) or diagonal (False).
    theta : slice
        Its part of the parameter vector.
    """

    start: int
    size: int
    correlated: bool
    theta: slice

    @property
    def block(self) -> slice:
        """Rows (and columns) of its block in the template."""
        return slice(self.start, self.start + self.size)


class Template:
    """The pattern of Lambda.

    Parameters
    ----------
    sizes : sequence of (start, size, correlated)
        One per term, in the order in which theta lists them. Starts must tile 0..K-1.

    Attributes
    ----------
    size : int
        K, columns of all terms together.
    rows, cols : (t,) int arrays
        Position of each theta in the template; within a term column by column of the lower triangle, as
        lme4.
    """

    def __init__(self, sizes: Sequence[tuple[int, int, bool]]) -> None:
        rows: list[int] = []
        cols: list[int] = []
        shapes: list[TermShape] = []
        for start, k, correlated in sizes:
            first = len(rows)
            for c in range(k):
                for r in range(c, k if correlated else c + 1):
                    rows.append(start + r)
                    cols.append(start + c)
            shapes.append(TermShape(start, k, correlated, slice(first, len(rows))))
        self.size = sum(k for _, k, _ in sizes)
        self.rows: IntArray = np.array(rows)
        self.cols: IntArray = np.array(cols)
        self.terms = tuple(shapes)
        self.n_theta = len(rows)
        self._each = np.arange(self.n_theta)
        # d2 S / d theta_i d theta_j is not zero only for two elements of one column of Lambda.
        self._same_column = 2.0 * (self.cols[:, None] == self.cols)
        # Where vec(dS / d theta) = vec(e_r l_c' + l_c e_r') takes its elements from Lambda (K*K: a zero).
        K = self.size
        sources = np.full((2, self.n_theta, K, K), K * K)
        for t, (r, c) in enumerate(zip(rows, cols, strict=True)):
            column = np.arange(K) * K + c
            sources[0, t, r], sources[1, t, :, r] = column, column
        self._sources = sources.reshape(2, self.n_theta, K * K)
        basis = np.zeros((self.n_theta, self.size, self.size))
        basis[self._each, self.rows, self.cols] = 1.0
        basis[self._each, self.cols, self.rows] = 1.0
        self._basis = basis.reshape(self.n_theta, -1)
        self._pairs = (self.rows[:, None], self.rows)

    def factor(self, theta: FloatArray) -> FloatArray:
        """Return Lambda (K, K) at theta (t,)."""
        lam = np.zeros((self.size, self.size))
        lam[self.rows, self.cols] = theta
        return lam

    def gradient(self, lam: FloatArray, G: FloatArray) -> FloatArray:
        """Return d f / d theta (t,) from G = d f / d S (K, K), symmetric: 2 G Lambda at theta's
        positions.
        """
        return 2.0 * (G @ lam)[self.rows, self.cols]

    def hessian(self, lam: FloatArray, G: FloatArray, H: FloatArray) -> FloatArray:
        """Return d2 f / d theta d theta' (t, t) from G (K, K) and H = d2 f / d vec(S) d vec(S)' (K*K,
        K*K).
        """
        padded = np.zeros(lam.size + 1)
        padded[:-1] = lam.reshape(-1)
        J = padded[self._sources[0]]
        J += padded[self._sources[1]]
        return J @ H @ J.T + self._same_column * G[self._pairs]

    def scoring_step(self, S: FloatArray, G: FloatArray, information: FloatArray) -> FloatArray:
        """Return S after a step of Fisher scoring, (K, K); it need not be positive semidefinite.

        In the elements of S itself the criterion is nearly quadratic, and for balanced data one step is all.
        """
        B = self._basis
        A = B @ information @ B.T
        A.flat[:: len(A) + 1] *= 1.0 + 1e-9
        right = -(B @ G.reshape(-1))
        _, step, info = lapack.dposv(A, right)
        if info:
            step = np.linalg.lstsq(A, right, rcond=None)[0]
        return S + (step @ B).reshape(S.shape)

    def theta_of(self, lam: FloatArray) -> FloatArray:
        """Return theta (t,) of a Lambda (K, K) of this pattern."""
        return lam[self.rows, self.cols]
