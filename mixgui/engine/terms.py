"""What goes in: grouping factors, the columns of a random-effects term, and the refusals of data without
a fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mixgui.errors import ModelError

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Factor:
    """A grouping factor as integer codes.

    Parameters
    ----------
    codes : (n,) integer array
        Level of each row, 0 to n_levels - 1. Any integer type: int32 saves memory with many rows.
    n_levels : int
        Number of levels; every one must occur.
    name : str, optional
        Name for messages ("school_id").
    """

    codes: IntArray
    n_levels: int
    name: str = ""


@dataclass(frozen=True, eq=False)
class RandomTermData:
    """One random-effects term, ``(z1 + z2 | g)``.

    Parameters
    ----------
    factor : Factor
        Grouping factor. Terms that share the same `Factor` (or the same codes array) form one block.
    Z : (n, k) array or None
        Columns whose coefficients vary between the levels; None means a column of ones (random intercept).
    correlated : bool
        True: the k effects have an unstructured covariance matrix; False: they are uncorrelated (``||``).
    names : tuple of str, optional
        Names of the columns, for messages.
    """

    factor: Factor
    Z: FloatArray | None = None
    correlated: bool = True
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of columns, k."""
        return 1 if self.Z is None else int(self.Z.shape[1])

    @property
    def n_effects(self) -> int:
        """Number of random effects: levels times columns."""
        return self.size * self.factor.n_levels


@dataclass(frozen=True)
class FitOptions:
    """How hard to look for the optimum.

    Parameters
    ----------
    max_iterations : int
        Newton steps for one start.
    restarts : int
        Starts besides the first that are always made.
    extra_starts : int
        Further starts for a criterion that may have several optima (singular or large fits; cheap models
        only).
    tolerance : float
        Predicted decrease of the criterion below which a run stops (units of -2 log-likelihood).
    """

    max_iterations: int = 100
    restarts: int = 1
    extra_starts: int = 16
    tolerance: float = 1e-9


def _finite(values: FloatArray, what: str) -> None:
    # A sum is finite unless something in it is not (or it overflows, which the second look tells apart).
    if not np.isfinite(values.sum()) and not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).reshape(len(values), -1).any(axis=1).sum())
        raise ModelError(
            f"{what} has values that are missing or infinite in {bad} of {len(values)} rows.",
            "Remove those rows, or change the expression that makes them.",
        )


def check(
    y: FloatArray,
    X: FloatArray,
    terms: Sequence[RandomTermData],
    weights: FloatArray | None,
    offset: FloatArray | None,
) -> None:
    """Refuse data from which the model cannot be estimated, in sentences with the counts (as lme4 does).

    Raises
    ------
    ModelError
        Wrong lengths, values that are not finite, too few rows, levels or degrees of freedom.
    """
    n = len(y)
    if not terms:
        raise ModelError("The model has no random effects.", "Fit it by ordinary least squares.")
    if X.ndim != 2 or len(X) != n or any(len(t.factor.codes) != n for t in terms):
        raise ModelError("The outcome, the predictors and the groups have different numbers of rows.")
    if any(t.Z is not None and t.Z.shape[0] != n for t in terms):
        raise ModelError("The columns of a random-effects term have another number of rows than the outcome.")
    _finite(y, "The outcome")
    _finite(X, "A predictor")
    for t in terms:
        if t.Z is not None:
            _finite(t.Z, f"A random slope of {t.factor.name or 'a grouping factor'}")
    _check_weights(n, weights, offset)
    if n <= X.shape[1]:
        raise ModelError(
            f"The model has {X.shape[1]} fixed effects but only {n} rows.",
            "Use fewer predictors or more rows.",
        )
    for t in terms:
        _check_term(n, t)


def _check_weights(n: int, weights: FloatArray | None, offset: FloatArray | None) -> None:
    for values, what in ((weights, "The weights"), (offset, "The offset")):
        if values is None:
            continue
        if len(values) != n:
            raise ModelError(f"{what} have {len(values)} rows but the outcome has {n}.")
        _finite(values, what)
    if weights is not None and not (weights > 0).all():
        bad = int((weights <= 0).sum())
        raise ModelError(
            f"The weights are not positive in {bad} of {n} rows.",
            "Remove the rows that should not count.",
        )


def _check_term(n: int, term: RandomTermData) -> None:
    name = term.factor.name or "the grouping factor"
    levels, effects = term.factor.n_levels, term.n_effects
    if levels < 2:
        raise ModelError(
            f"{name} has only {levels} group; the variance between groups needs at least 2.",
            "Choose another grouping factor, or fit the model without random effects.",
        )
    if levels >= n:
        raise ModelError(
            f"{name} has {levels} groups in {n} rows: every row is its own group, "
            "so the variance between groups and the residual variance cannot be told apart.",
            "Choose a grouping factor whose groups have several rows.",
        )
    if effects >= n:
        raise ModelError(
            f"The term of {name} has {effects} random effects ({levels} groups times {term.size} effects) "
            f"but there are only {n} rows: its variances and the residual variance cannot be told apart.",
            "Use fewer random slopes, or groups with more rows.",
        )
