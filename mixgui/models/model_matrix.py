"""The columns of X (or Z) from terms and variables, named and ordered as R's model.matrix does; and their
rank.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from mixgui.data.expressions import Expression
from mixgui.errors import ModelError
from mixgui.models.contrasts import full_factors, polynomial_coding
from mixgui.models.formula import Term
from mixgui.models.variables import Categorical, Matrix, Numeric, Variable

FloatArray = npt.NDArray[np.floating[Any]]
INTERCEPT = "(Intercept)"

# R's tolerance (lm, and lme4 for its X): a column is dependent if less than this share of its length is left
# after projecting on the columns before it.
_DEPENDENT = 1e-7
# A pivot above this proves independence although a Gram matrix squares the rounding errors.
_SURELY_INDEPENDENT = 1e-4
# A column whose deviations from its mean are this small relative to it is constant up to rounding.
_CONSTANT = 1e-12
# Numbers (8 bytes each) and columns beyond which a matrix is refused instead of filling the memory and the day.
_MOST_NUMBERS = 500_000_000
_MOST_COLUMNS = 5_000


@dataclass(frozen=True, eq=False)
class ModelMatrix:
    """Columns with their names.

    Parameters
    ----------
    values : (n, p) array
        The columns.
    names : tuple of str
        R's names: ``(Intercept)``, ``x``, ``fB``, ``x:fB``.
    assign : tuple of int
        The term of each column: 0 for the intercept, 1 for the first term.
    """

    values: FloatArray
    names: tuple[str, ...]
    assign: tuple[int, ...]

    def keep(self, columns: Sequence[int]) -> ModelMatrix:
        """Return some of the columns."""
        return ModelMatrix(
            np.ascontiguousarray(self.values[:, columns]),
            tuple(self.names[j] for j in columns),
            tuple(self.assign[j] for j in columns),
        )


@dataclass(frozen=True, eq=False)
class _Part:
    """The columns of one variable within a term; factors stay codes until they are multiplied."""

    suffixes: tuple[str, ...]
    columns: Callable[[int], npt.NDArray[Any]]


def model_matrix(
    terms: Sequence[Term],
    intercept: bool,
    variable: Callable[[Expression], Variable],
    n: int,
) -> ModelMatrix:
    """Build the columns of a model.

    Parameters
    ----------
    terms : sequence of Term
        In R's order.
    intercept : bool
        Whether a column of ones comes first.
    variable : callable
        Returns the variable of an expression; n rows, nothing missing.
    n : int
        Number of rows.

    Raises
    ------
    ModelError
        A factor with one level, or a matrix too large for any memory.
    """
    found = [[variable(factor) for factor in term.factors] for term in terms]
    factors = {v.name for term in found for v in term if isinstance(v, Categorical)}
    full = full_factors([[v.name for v in term] for term in found], factors, intercept)
    parts = [[_part(v, v.name in coded) for v in term] for term, coded in zip(found, full, strict=True)]
    widths = [prod(len(part.suffixes) for part in term) for term in parts]
    p = int(intercept) + sum(widths)
    if n * p > _MOST_NUMBERS or p > _MOST_COLUMNS:
        _refuse_size(n, p, found, widths)
    values = np.empty((n, p))
    names, assign = [], []
    if intercept:
        values[:, 0] = 1.0
        names.append(INTERCEPT)
        assign.append(0)
    for number, term in enumerate(parts, start=1):
        # The first factor varies fastest, as in R.
        for reverse in product(*(range(len(part.suffixes)) for part in reversed(term))):
            picks = reverse[::-1]
            target = values[:, len(names)]
            target[:] = term[0].columns(picks[0])
            for part, pick in zip(term[1:], picks[1:], strict=True):
                target *= part.columns(pick)
            names.append(":".join(part.suffixes[pick] for part, pick in zip(term, picks, strict=True)))
            assign.append(number)
    return ModelMatrix(values, tuple(names), tuple(assign))


def _part(variable: Variable, full: bool) -> _Part:
    if isinstance(variable, Numeric):
        return _Part((variable.name,), lambda _: variable.values)
    if isinstance(variable, Matrix):
        suffixes = tuple(variable.name + suffix for suffix in variable.suffixes)
        return _Part(suffixes, lambda j: variable.values[:, j])
    if len(variable.levels) < 2 and not full:
        only = variable.levels[0] if variable.levels else ""
        raise ModelError(
            f"“{variable.name}” has the single value “{only}” in the rows that are used, "
            "so it can explain nothing.",
            "Remove it from the formula, or use rows in which it differs.",
        )
    if variable.ordered and not full:
        coding = polynomial_coding(variable.levels)
        names = tuple(variable.name + suffix for suffix in coding.suffixes)
        return _Part(names, lambda j: coding.values[:, j][variable.codes])
    # Indicators are compared, not looked up: a table of levels by levels could be huge.
    first = 0 if full else 1
    names = tuple(variable.name + level for level in variable.levels[first:])
    return _Part(names, lambda j: variable.codes == j + first)


def _refuse_size(n: int, p: int, found: list[list[Variable]], widths: list[int]) -> None:
    widest = max(range(len(widths)), key=widths.__getitem__)
    name = ":".join(v.name for v in found[widest])
    raise ModelError(
        f"The model has {p:,} coefficients for {n:,} rows; {widths[widest]:,} of them are for “{name}”.",
        f"If “{name}” names groups, use it as a grouping factor: (1 | {name}).",
    )


def independent_columns(X: FloatArray, constant: int | None) -> list[int]:
    """Return the columns that do not follow from those before them.

    The rule is R's (dqrdc2 with tolerance 1e-7), except that the lengths are those of the deviations from
    the mean where the model has an intercept: a predictor such as 1e8 + noise is then no copy of the
    intercept.

    Parameters
    ----------
    X : (n, p) array
        Finite values.
    constant : int or None
        Index of the column of ones, if there is one before all others.
    """
    n, p = X.shape
    if p == 0:
        return []
    if _clearly_independent(X):
        return list(range(p))
    largest = np.abs(X).max(axis=0)
    kept: list[int] = []
    basis = np.empty((n, min(n, p)))
    for j in range(p):
        if largest[j] == 0.0 or len(kept) == basis.shape[1]:
            continue
        v = X[:, j] / largest[j]
        if constant is not None and constant in kept:
            v = v - v.mean()
            v = v - v.mean()
            length = np.linalg.norm(v)
            if length <= _CONSTANT * np.sqrt(n):
                continue
        else:
            length = np.linalg.norm(v)
        Q = basis[:, : len(kept)]
        for _ in range(2):
            v = v - Q @ (Q.T @ v)
        left = np.linalg.norm(v)
        if left < _DEPENDENT * length:
            continue
        basis[:, len(kept)] = v / left
        kept.append(j)
    return kept


def _clearly_independent(X: FloatArray) -> bool:
    """Whether the Gram matrix of the columns, scaled to unit length, has only large pivots."""
    with np.errstate(over="ignore", invalid="ignore"):
        gram = X.T @ X
    squares = gram.diagonal()
    if not np.isfinite(squares).all() or not (squares > 0).all():
        return False
    lengths = np.sqrt(squares)
    try:
        pivots = np.linalg.cholesky(gram / np.outer(lengths, lengths)).diagonal()
    except np.linalg.LinAlgError:
        return False
    return bool(pivots.min() > _SURELY_INDEPENDENT)
