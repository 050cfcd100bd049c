"""How a factor becomes columns of X: R's contrasts, and R's rule of where they are used."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mixgui.errors import ModelError

FloatArray = npt.NDArray[np.floating[Any]]

_POLY_NAMES = (".L", ".Q", ".C")
# As in R: beyond this the polynomials cannot be represented accurately.
_MOST_SCORES = 95


@dataclass(frozen=True, eq=False)
class Coding:
    """Columns that stand for a factor.

    Parameters
    ----------
    values : (levels, k) array
        Row of the columns for each level.
    suffixes : tuple of str
        What R appends to the factor's name for each column.
    """

    values: FloatArray
    suffixes: tuple[str, ...]


def dummy_coding(levels: Sequence[str]) -> Coding:
    """Return one indicator column a level (R's contrasts = FALSE)."""
    return Coding(np.eye(len(levels)), tuple(levels))


def treatment_coding(levels: Sequence[str]) -> Coding:
    """Return one indicator column a level but the first (R's contr.treatment)."""
    return Coding(np.eye(len(levels))[:, 1:], tuple(levels[1:]))


def polynomial_coding(levels: Sequence[str]) -> Coding:
    """Return orthonormal polynomials over the scores 1, 2, ... (R's contr.poly), for ordered factors.

    Raises
    ------
    ModelError
        More than 95 levels.
    """
    n = len(levels)
    if n > _MOST_SCORES:
        raise ModelError(
            f"An ordered factor with {n} levels cannot be written as polynomials.",
            "Use its numbers as a predictor, or make it an unordered factor.",
        )
    names = tuple(_POLY_NAMES[j] if j < len(_POLY_NAMES) else f"^{j + 1}" for j in range(n - 1))
    return Coding(_orthonormal_polynomials(n), names)


@cache
def _orthonormal_polynomials(n: int) -> FloatArray:
    """Orthonormal polynomials of degree 1 to n - 1 over n equidistant scores, (n, n - 1), leading
    coefficients > 0.
    """
    scores = np.arange(n) - (n - 1) / 2
    columns = [np.full(n, 1 / np.sqrt(n))]
    for _ in range(
        n - 1
    ):  # x times the last polynomial, orthogonalised twice: powers would lose their digits
        new = scores * columns[-1]
        for _ in range(2):
            for old in columns:
                new = new - (old @ new) * old
        columns.append(new / np.sqrt(new @ new))
    out = np.column_stack(columns[1:]) if n > 1 else np.empty((n, 0))
    out.flags.writeable = False
    return out


def coding_of(levels: Sequence[str], ordered: bool, full: bool) -> Coding:
    """Return the coding that R uses by default: treatment, polynomial if ordered, or indicators of all levels.

    Tables of levels by levels: for equations and contrasts, not for X (`model_matrix` makes no such table).
    """
    if full:
        return dummy_coding(levels)
    return polynomial_coding(levels) if ordered else treatment_coding(levels)


def full_factors(
    terms: Sequence[Sequence[str]], factors: Collection[str], intercept: bool
) -> tuple[frozenset[str], ...]:
    """Return, for each term, the factors that get a column for every level.

    R's rule (TermCode and modelmatrix in its sources; Chambers & Hastie 1992, Statistical Models in S,
    section 2.4.1): within a term T a factor f is coded by contrasts if the rest of T, without f, is
    contained in a term before T, or is empty; else by indicators of all levels, because nothing else spans
    what the contrasts leave out. Without an intercept the first factor of the first term that has one is
    coded by all its indicators.

    Parameters
    ----------
    terms : sequence of sequences of str
        Names of the variables of each term, in R's order.
    factors : collection of str
        Which of the variables are factors.
    intercept : bool
        Whether the model has one.
    """
    sets = [frozenset(term) for term in terms]
    out: list[set[str]] = []
    for i, term in enumerate(terms):
        full = set()
        for name in term:
            rest = sets[i] - {name}
            if name in factors and rest and not any(rest <= earlier for earlier in sets[:i]):
                full.add(name)
        out.append(full)
    if not intercept:
        for term, full in zip(terms, out, strict=True):
            first = next((name for name in term if name in factors), None)
            if first is not None:
                full.add(first)
                break
    return tuple(frozenset(full) for full in out)
