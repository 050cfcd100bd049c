"""Orthogonal polynomials of R's `poly`, which remember the rows that they were made orthogonal over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixgui.data.values import FloatArray, Refused


@dataclass(frozen=True)
class Polynomials:
    """A recurrence of polynomials that are orthonormal over the rows of a fit.

    With t = (x - center) / spread and q_0 = 1 / sqrt(n):
    q_{k+1}(t) = (t q_k(t) - sum over j <= k of weights[k][j] q_j(t)) / weights[k][k + 1].

    Parameters
    ----------
    center, spread : float
        Mean of the rows, and their largest distance from it.
    n : int
        Number of rows.
    weights : tuple of tuple of float
        A row a degree, of length k + 2. In exact arithmetic only the last three of a row differ from zero (the
        three-term recurrence); the others take back what rounding lost
        (Brubeck, Nakatsukasa & Trefethen 2021, SIAM Review 63(2), "Vandermonde with Arnoldi").
    """

    center: float
    spread: float
    n: int
    weights: tuple[tuple[float, ...], ...]


def learn_polynomials(x: FloatArray, degree: int, text: str) -> tuple[Polynomials, FloatArray]:
    """Return the orthogonal polynomials of R's `poly` over x, and their values (n, degree).

    Rows without a value are left out and have none. The values are orthogonal to the last digits, which
    `orthogonal_polynomials` at the same rows is not when x has outliers.

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
    Q = np.empty((t.size, degree + 1))
    Q[:, 0] = 1 / np.sqrt(t.size)
    weights = []
    for k in range(degree):
        q = t * Q[:, k]
        known = Q[:, : k + 1]
        row = np.zeros(k + 2)
        for _ in range(2):  # twice is enough
            step = known.T @ q
            q = q - known @ step
            row[:-1] += step
        row[-1] = np.linalg.norm(q)
        if row[-1] <= 1e-14:
            raise Refused(
                f"{text} cannot be computed: its values lie too close together for this degree.",
                "Choose a smaller degree.",
            )
        Q[:, k + 1] = q / row[-1]
        weights.append(tuple(float(value) for value in row))
    values = np.full((x.size, degree), np.nan)
    values[np.isfinite(x)] = Q[:, 1:]
    return Polynomials(center, spread, t.size, tuple(weights)), values


def orthogonal_polynomials(x: FloatArray, basis: Polynomials) -> FloatArray:
    """Return the polynomials of degree 1, 2, ... at x, shape (n, degree); of length 1 over the fit's rows."""
    t = (x - basis.center) / basis.spread
    columns = [np.full_like(t, 1 / np.sqrt(basis.n))]
    for k, row in enumerate(basis.weights):
        q = t * columns[k]
        for weight, column in zip(row[:-1], columns, strict=True):
            q = q - weight * column
        columns.append(q / row[-1])
    return np.column_stack(columns[1:])
