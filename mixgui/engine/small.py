"""Many small symmetric systems at once: (I + A_i S)^-1 for a stack of k x k matrices A_i and one S."""

from __future__ import annotations

import numpy as np

from mixgui.engine.terms import FloatArray


def reduce_stack(A: FloatArray, S: FloatArray) -> tuple[float, FloatArray]:
    """Return sum log|I + S A_i| and K_i = A_i (I + S A_i)^-1.

    Parameters
    ----------
    A : (k, k, q) array
        Positive semidefinite matrices, component first.
    S : (k, k) array
        Positive semidefinite.

    Returns
    -------
    log_det : float
        Infinite if the rounding made a determinant negative.
    K : (k, k, q) array

    Notes
    -----
    For k = 2, |I + S A| = 1 + tr(S A) + |S||A| and K = (A + |A| adj S) / |I + S A|: no inverse, and K stays positive
    definite to the last digit.
    """
    k = len(S)
    if k == 1:
        d = 1.0 + S[0, 0] * A
        return float(np.log(d).sum()), A / d
    if k == 2:
        return reduce_two(*pack_two(A), S)
    stack = A.transpose(2, 0, 1)
    N = S @ stack
    N += np.eye(k)
    sign, log_det = np.linalg.slogdet(N)
    if not (sign > 0.0).all():
        return np.inf, A
    try:
        K = np.linalg.solve(N.transpose(0, 2, 1), stack)
    except np.linalg.LinAlgError:
        return np.inf, A
    K = 0.5 * (K + K.transpose(0, 2, 1))
    return float(log_det.sum()), np.ascontiguousarray(K.transpose(1, 2, 0))


def pack_two(A: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the distinct elements (3, q) and determinants (q,) of 2 x 2 matrices (2, 2, q)."""
    packed = np.ascontiguousarray(A.reshape(4, -1)[[0, 1, 3]])
    a, b, c = packed
    return packed, np.maximum(a * c - b * b, 0.0)


def reduce_two(packed: FloatArray, dets: FloatArray, S: FloatArray) -> tuple[float, FloatArray]:
    """Return what `reduce_stack` does, for matrices packed by `pack_two`."""
    s11, s12, s22 = S[0, 0], S[0, 1], S[1, 1]
    d = np.array((s11, 2.0 * s12, s22)) @ packed
    d += max(s11 * s22 - s12 * s12, 0.0) * dets
    d += 1.0
    K = np.multiply.outer(np.array((s22, -s12, s11)), dets)
    K += packed
    K /= d
    return float(np.log(d).sum()), K[[0, 1, 1, 2]].reshape(2, 2, -1)


def conditional_stack(A: FloatArray, S: FloatArray) -> FloatArray:
    """Return (I + S A_i)^-1 S, (k, k, q), for A (k, k, q) and S (k, k): Lambda (Lambda'A Lambda + I)^-1 Lambda'."""
    k = len(S)
    if k == 1:
        return S[0, 0] / (1.0 + S[0, 0] * A)
    N = np.eye(k) + S @ A.transpose(2, 0, 1)
    C = np.linalg.solve(N, np.broadcast_to(S, N.shape))
    return np.ascontiguousarray((0.5 * (C + C.transpose(0, 2, 1))).transpose(1, 2, 0))
