"""Decompositions of a single small matrix by LAPACK itself.

NumPy's wrappers cost some 3 to 8 microseconds a call, LAPACK half a microsecond for a matrix of two or three rows; a
fit of a small model makes hundreds of such calls. All take float arrays that are finite.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.linalg import lapack

from mixgui.engine.terms import FloatArray


def eigh(M: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the eigenvalues (k,), ascending, and eigenvectors (k, k), in columns, of a symmetric M (k, k)."""
    values, vectors, info = lapack.dsyev(M)
    if info:
        raise np.linalg.LinAlgError("Eigenvalues did not converge")
    return values, vectors


def svd(M: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the left singular vectors U (k, k) and the singular values (k,), descending, of M (k, k)."""
    U, values, _, info = lapack.dgesdd(M)
    if info:
        raise np.linalg.LinAlgError("SVD did not converge")
    return U, values


def lower_factor(B: FloatArray) -> FloatArray:
    """Return the lower-triangular L with non-negative diagonal and L L' = B B' (B (k, k), also singular).

    By the QR decomposition of B', which keeps the digits that a Cholesky decomposition of a singular B B' loses.
    """
    qr = lapack.dgeqrf(B.T)[0]
    L: FloatArray = qr.T * _below(len(B))
    for j in range(len(L)):
        if L[j, j] < 0.0:
            L[:, j] *= -1.0
    return L


@cache
def _below(k: int) -> FloatArray:
    mask = np.tril(np.ones((k, k)))
    mask.flags.writeable = False
    return mask


def semidefinite_factor(S: FloatArray) -> FloatArray:
    """Return the lower-triangular L with L L' = S (k, k), symmetric; negative eigenvalues count as 0."""
    values, vectors = eigh(S)
    return lower_factor(vectors * np.sqrt(np.maximum(values, 0.0)))


def cholesky(M: FloatArray) -> FloatArray | None:
    """Return the lower Cholesky factor of M (k, k), or None where it is not positive definite."""
    L, info = lapack.dpotrf(M, lower=1, clean=1)
    return None if info else L


def invert_upper(R: FloatArray) -> FloatArray:
    """Return the inverse of an upper triangular R (k, k) without zeros on its diagonal."""
    inverse, info = lapack.dtrtri(R, lower=0)
    if info:
        raise np.linalg.LinAlgError("Singular matrix")
    return inverse
