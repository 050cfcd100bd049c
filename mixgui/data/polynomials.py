"""Orthogonal polynomials of R's `poly`, which remember the rows that they were made orthogonal over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixgui.data.values import FloatArray, Refused


@dataclass(frozen=True)
class Polynomials:
    """The three-term recurrence of polynomials that are orthogonal over the rows of a fit.

    Parameters
    ----------
    center, spread : float
        t = (x - center) / spread.
    alpha, norms : tuple of float
        p_{k+1}(t) = (t - alpha_k) p_k(t) - norms_k / norms_{k-1} p_{k-1}(t), norms_k = sum of p_k^2 over
        the rows.
    """

    center: float
    spread: float
    alpha: tuple[float, ...]
    norms: tuple[float, ...]


def learn_polynomials(x: FloatArray, degree: int, text: str) -> Polynomials:
    """Return the orthogonal polynomials of R's `poly` over x, missing values left out.

    By the three-term recurrence of Kennedy & Gentle (1980), Statistical Computing, pp. 343-344.

    Raises
    ------
    Refused
        When x has too few different values.
    """
    present = x[np.isfinite(x)]
    if np.unique(present).size <= degree:
        raise Refused(
            f"{text} needs more than {degree} different values, but there are {np.unique(present).size}.",
            "Choose a smaller degree.",
        )
    center = float(present.mean())
    spread = float(np.abs(present - center).max())
    t = (present - center) / spread
    before, now = np.zeros_like(t), np.ones_like(t)
    alpha: list[float] = []
    norms = [float(t.size)]
    for k in range(degree):
        alpha.append(float(np.sum(t * now**2) / norms[k]))
        ratio = norms[k] / norms[k - 1] if k else 0.0
        before, now = now, (t - alpha[k]) * now - ratio * before
        norms.append(float(np.sum(now**2)))
    return Polynomials(center, spread, tuple(alpha), tuple(norms))


def orthogonal_polynomials(x: FloatArray, basis: Polynomials) -> FloatArray:
    """Return the polynomials of degree 1, 2, ... at x, shape (n, degree); of length 1 over the fit's rows."""
    t = (x - basis.center) / basis.spread
    before, now = np.zeros_like(t), np.ones_like(t)
    columns = []
    for k, alpha in enumerate(basis.alpha):
        ratio = basis.norms[k] / basis.norms[k - 1] if k else 0.0
        before, now = now, (t - alpha) * now - ratio * before
        columns.append(now / np.sqrt(basis.norms[k + 1]))
    return np.column_stack(columns)
