"""The cells for which marginal means are predicted: all combinations of factors, numbers at their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mixgui.data.expressions import Call, Expression
from mixgui.errors import ModelError
from mixgui.models.design import as_categorical
from mixgui.models.new_rows import NewRows
from mixgui.models.suggestions import nearest
from mixgui.models.terms import names_of
from mixgui.models.variables import Categorical, FloatArray, Numeric, as_factor, as_variable, level_name

if TYPE_CHECKING:
    from mixgui.models.result import ModelFit

_MOST_CELLS = 1_000_000
# What is left of a column that follows from others, relative to its size, in a cell that can be estimated.
_FOLLOWS = 1e-6


@dataclass(frozen=True, eq=False)
class Axis:
    """A column of the table and the values that it takes in the grid.

    Parameters
    ----------
    name : str
        The column.
    values : sequence
        As they stand in a row of the table.
    labels : tuple of str
        How they are called.
    factor : bool
        Whether means are taken over it (else it is a number, held at its values).
    """

    name: str
    values: Sequence[object]
    labels: tuple[str, ...]
    factor: bool


@dataclass(frozen=True, eq=False)
class Grid:
    """The cells, and their rows of X.

    Parameters
    ----------
    axes : tuple of Axis
        The first varies slowest.
    L : (cells, p) array
        X of each cell; NaN where the mean cannot be estimated (an empty cell of an interaction).
    offset : (cells,) array
        Known part of the prediction.
    """

    axes: tuple[Axis, ...]
    L: FloatArray
    offset: FloatArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values on each axis."""
        return tuple(len(axis.values) for axis in self.axes)


def reference_grid(fit: ModelFit, focal: Sequence[str], at: Mapping[str, object]) -> Grid:
    """Build the grid.

    Factors have all levels that were used, a number with two values both of them (as emmeans), another number
    its mean over the rows used, unless `at` says otherwise.

    Raises
    ------
    ModelError
        A focal column or one of `at` that is no predictor, a number without values, too many cells.
    """
    formula = fit.formula
    names = list(names_of(f for term in formula.terms for f in term.factors))
    _known([*focal, *at], names, formula.terms != ())
    expressions = [f for term in formula.terms for f in term.factors]
    offsets = [name for name in names_of(formula.offset) if name not in names]
    axes = [_axis(fit, name, expressions, at, name in focal) for name in names]
    axes += [_axis(fit, name, list(formula.offset), at, False) for name in offsets]
    cells = prod(len(axis.values) for axis in axes)
    if cells * max(len(fit.beta), 1) > 50 * _MOST_CELLS or cells > _MOST_CELLS:
        raise ModelError(
            f"The factors have {cells:,} combinations, too many to average over.",
            "Fix some of them with at={...}.",
        )
    grids = np.meshgrid(*(np.arange(len(axis.values)) for axis in axes), indexing="ij") if axes else []
    columns = {
        axis.name: pd.Series(list(axis.values)).iloc[index.ravel()].reset_index(drop=True)
        for axis, index in zip(axes, grids, strict=True)
    }
    rows = NewRows(fit.design, pd.DataFrame(columns, index=pd.RangeIndex(cells)))
    L = rows.fixed()
    if fit.dropped_columns:
        L = np.where(_estimable(fit, L, rows.fixed(dropped=True))[:, None], L, np.nan)
    return Grid(tuple(axes), L, _offset(fit, rows, cells))


def _offset(fit: ModelFit, rows: NewRows, cells: int) -> FloatArray:
    given = fit.design.offset
    if given is None:
        return np.zeros(cells)
    if not fit.formula.offset:
        return np.full(cells, float(given.mean()))
    values = rows.offset()
    assert values is not None
    return values


def _known(wanted: Sequence[str], names: Sequence[str], any_terms: bool) -> None:
    for name in wanted:
        if name in names:
            continue
        close = nearest(name, names)
        if not any_terms:
            hint = "The model has no predictors."
        else:
            hint = f"Did you mean “{close}”?" if close else f"They are {', '.join(names)}."
        raise ModelError(f"“{name}” is no predictor of the model.", hint)


def _axis(
    fit: ModelFit, name: str, expressions: Sequence[Expression], at: Mapping[str, object], focal: bool
) -> Axis:
    source = fit.design.source[name]
    used = source if fit.design.used is None else source[fit.design.used]
    variable = as_variable(name, used)
    factor = isinstance(variable, Categorical) or _made_factor(name, expressions)
    if isinstance(variable, Categorical):
        variable = variable.used()
    if name in at:
        return _given(name, variable, at[name], factor)
    if isinstance(variable, Categorical):
        return Axis(name, _values_of(used, variable), variable.levels, True)
    assert isinstance(variable, Numeric)
    distinct = np.unique(variable.values[np.isfinite(variable.values)])
    if factor or len(distinct) <= 2:
        return Axis(name, distinct.tolist(), tuple(level_name(v) for v in distinct.tolist()), True)
    if focal:
        raise ModelError(
            f"“{name}” is a number with {len(distinct):,} different values.",
            f"Say for which of them means are wanted: at={{'{name}': [{distinct[0]:g}, {distinct[-1]:g}]}}.",
        )
    mean = float(variable.values.mean())
    return Axis(name, [mean], (level_name(mean),), False)


def _made_factor(name: str, expressions: Sequence[Expression]) -> bool:
    """Whether the column is used only inside factor()."""
    inside = [e for e in expressions if name in e.variables()]
    return bool(inside) and all(isinstance(e, Call) and "factor" in e.function for e in inside)


def _values_of(used: pd.Series, variable: Categorical) -> Sequence[object]:
    """Return a value of the column for each level."""
    if isinstance(used.dtype, pd.CategoricalDtype):
        return pd.Categorical(as_categorical(variable).categories, categories=list(variable.levels))
    first = {int(code): i for i, code in reversed(list(enumerate(variable.codes)))}
    return [used.iloc[first[code]] for code in range(len(variable.levels))]


def _given(name: str, variable: object, wanted: object, factor: bool) -> Axis:
    values = [wanted] if isinstance(wanted, str) or not hasattr(wanted, "__iter__") else list(wanted)
    if not values:
        raise ModelError(f"There are no values for “{name}”.", "Give at least one.")
    labels = tuple(level_name(v) for v in np.asarray(values, dtype=object).tolist())
    if isinstance(variable, Categorical):
        unknown = [label for label in labels if label not in variable.levels]
        if unknown:
            raise ModelError(
                f"“{name}” is never “{unknown[0]}” in the rows used.",
                f"It can be {', '.join(f'“{level}”' for level in variable.levels[:12])}.",
            )
        return Axis(name, values, labels, True)
    made = as_factor(name, pd.Series(values))
    if any(isinstance(v, str) for v in values) or len(made.levels) == 0:
        raise ModelError(f"“{name}” is a number.", "Give numbers for it.")
    return Axis(name, [float(v) for v in values], labels, factor)  # type: ignore[arg-type]


def _estimable(fit: ModelFit, kept: FloatArray, dropped: FloatArray) -> np.ndarray:
    """Whether the columns that were left out follow from the others in a cell as they do in the data."""
    rows = NewRows(fit.design, fit.design.source.iloc[_positions(fit)])
    left_out = rows.fixed(dropped=True)
    follow = np.linalg.lstsq(fit.design.X, left_out, rcond=None)[0]
    size = np.maximum(np.abs(left_out).max(axis=0), 1e-300)
    return (np.abs(kept @ follow - dropped) <= _FOLLOWS * size).all(axis=1)


def _positions(fit: ModelFit) -> np.ndarray:
    used = fit.design.used
    return np.arange(fit.rows_given) if used is None else np.flatnonzero(used)
