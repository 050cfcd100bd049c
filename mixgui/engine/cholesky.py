"""Dense Cholesky decomposition and inverse in steps, so that a cancel acts while a large one is under way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import blas, lapack

from mixgui.engine.terms import FloatArray

# Up to this size LAPACK does all in one call (some 0.1 s).
_ONE_CALL = 2000
_PANEL = 512
_BLOCK = 128


def cholesky_lower(M: FloatArray, pulse: Callable[[], None]) -> FloatArray | None:
    """Return the lower Cholesky factor of M (Q, Q), from its lower triangle, or None if it is not positive definite.

    M is overwritten when large. Above the diagonal the result may hold rubbish for large Q; nothing reads it.
    """
    Q = len(M)
    if Q <= _ONE_CALL:
        # C order lower is Fortran order upper.
        U, info = lapack.dpotrf(M.T, lower=0, clean=0, overwrite_a=1)
        return None if info else U.T
    for lo in range(0, Q, _PANEL):
        hi = min(lo + _PANEL, Q)
        pulse()
        U, info = lapack.dpotrf(M[lo:hi, lo:hi].T, lower=0, clean=1)
        if info:
            return None
        M[lo:hi, lo:hi] = U.T
        if hi == Q:
            break
        # The panel below: X L' = M is solved transposed, in Fortran order without a copy.
        panel = blas.dtrsm(1.0, U, M[hi:, lo:hi].T, side=0, lower=0, trans_a=1).T
        M[hi:, lo:hi] = panel
        for top in range(hi, Q, _PANEL):
            bottom = min(top + _PANEL, Q)
            M[top:bottom, hi:bottom] -= panel[top - hi : bottom - hi] @ panel[: bottom - hi].T
            pulse()
    return M


def inverse_from(L: FloatArray, pulse: Callable[[], None]) -> FloatArray:
    """Return (L L')^-1 (Q, Q), both triangles, from the lower Cholesky factor."""
    Q = len(L)
    if Q <= _ONE_CALL:
        U, _ = lapack.dpotri(L.T, lower=0)
        return mirrored(U.T)
    X = _inverse_lower(L, pulse)
    out = np.empty((Q, Q))
    for lo in range(0, Q, _PANEL):
        hi = min(lo + _PANEL, Q)
        for left in range(0, hi, _PANEL):
            right = min(left + _PANEL, hi)
            out[lo:hi, left:right] = X[lo:, lo:hi].T @ X[lo:, left:right]
            out[left:right, lo:hi] = out[lo:hi, left:right].T
            pulse()
    return out


def mirrored(M: FloatArray) -> FloatArray:
    """Return M (Q, Q) itself, C order, after its lower triangle was copied to the upper one, by blocks."""
    for lo in range(0, len(M), _BLOCK):
        hi = min(lo + _BLOCK, len(M))
        own = np.tril(M[lo:hi, lo:hi])
        M[lo:hi, lo:hi] = own + np.tril(own, -1).T
        M[lo:hi, hi:] = M[hi:, lo:hi].T
    return M


def _inverse_lower(L: FloatArray, pulse: Callable[[], None]) -> FloatArray:
    """Return the inverse of the lower triangle of L (Q, Q), by panels of rows."""
    Q = len(L)
    X = np.zeros((Q, Q))
    for lo in range(0, Q, _PANEL):
        hi = min(lo + _PANEL, Q)
        D = np.tril(lapack.dtrtri(L[lo:hi, lo:hi].T, lower=0)[0].T)
        X[lo:hi, lo:hi] = D
        for left in range(0, lo, _PANEL):
            right = min(left + _PANEL, lo)
            X[lo:hi, left:right] = -D @ (L[lo:hi, left:lo] @ X[left:lo, left:right])
            pulse()
        pulse()
    return X
