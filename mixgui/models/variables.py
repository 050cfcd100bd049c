"""The variables of a model: an expression evaluated over a table, as numbers, a matrix or a factor.

R decides by type what a variable is, and so does this module: numbers stay numbers (0/1 too), text,
categories and true/false are factors. Levels are sorted by value (numbers) or as `mixgui.data.collation`
sorts texts: as R does in the locales that people use, and the same on every machine. A categorical column
keeps the order that it brings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.collation import collation_key
from mixgui.data.expressions import Expression, Name, evaluate, unknown_column
from mixgui.data.functions import Memory
from mixgui.data.long_columns import factorize
from mixgui.errors import FormulaError, ModelError

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

# From this many rows on, codes are kept in four bytes instead of eight.
_MANY_ROWS = 1_000_000


@dataclass(frozen=True, eq=False)
class Numeric:
    """A variable of numbers: `values` (n,) float; NaN where missing."""

    name: str
    values: FloatArray

    def take(self, rows: npt.NDArray[np.bool_]) -> Numeric:
        """Return the variable over some of its rows."""
        return Numeric(self.name, self.values[rows])


@dataclass(frozen=True, eq=False)
class Matrix:
    """A variable of several columns, such as poly(x, 2): `values` (n, k), named by `suffixes` as in R."""

    name: str
    values: FloatArray
    suffixes: tuple[str, ...]

    def take(self, rows: npt.NDArray[np.bool_]) -> Matrix:
        """Return the variable over some of its rows."""
        return Matrix(self.name, self.values[rows], self.suffixes)


@dataclass(frozen=True, eq=False)
class Categorical:
    """A factor.

    Parameters
    ----------
    name : str
        The expression that it came from.
    codes : (n,) integer array
        Index of the level of each row; -1 where missing.
    levels : tuple of str
        Names of the levels, in order.
    ordered : bool
        Ordered factors get polynomial contrasts, as in R.
    """

    name: str
    codes: IntArray
    levels: tuple[str, ...]
    ordered: bool = False

    def take(self, rows: npt.NDArray[np.bool_]) -> Categorical:
        """Return the factor over some of its rows; levels that no longer occur remain until `used`."""
        return Categorical(self.name, self.codes[rows], self.levels, self.ordered)

    def used(self) -> Categorical:
        """Return the factor without the levels that do not occur (no code may be missing)."""
        present = np.bincount(self.codes, minlength=len(self.levels)) > 0
        if present.all():
            return self
        new_code = np.cumsum(present) - 1
        levels = tuple(level for level, used in zip(self.levels, present, strict=True) if used)
        return Categorical(self.name, new_code[self.codes], levels, self.ordered)


Variable = Numeric | Matrix | Categorical


@dataclass
class VariableTable:
    """Evaluates the expressions of one model over one table, each once.

    Parameters
    ----------
    frame : DataFrame
        The table; not changed.
    inputs : dict
        The expression behind each name, in the order in which they were asked for.
    memory : dict
        What scale(), poly(), factor() ... learnt from the rows, for predictions later.
    """

    frame: pd.DataFrame
    inputs: dict[str, Expression] = field(default_factory=dict)
    memory: Memory = field(default_factory=dict)
    _variables: dict[str, Variable] = field(default_factory=dict)
    _factors: dict[str, Categorical] = field(default_factory=dict)

    def get(self, expression: Expression) -> Variable:
        """Return the variable of an expression as a predictor (or outcome)."""
        name = str(expression)
        if name not in self._variables:
            self.inputs[name] = expression
            self._variables[name] = as_variable(name, self._evaluate(expression))
        return self._variables[name]

    def grouping(self, expression: Expression) -> Categorical:
        """Return the variable of an expression as a grouping factor: numbers become levels too."""
        name = str(expression)
        if name not in self._factors:
            self.inputs[name] = expression
            known = self._variables.get(name)
            self._factors[name] = (
                known if isinstance(known, Categorical) else as_factor(name, self._evaluate(expression))
            )
        return self._factors[name]

    def all(self) -> list[Variable]:
        """Return every variable so far, predictors before grouping factors, each name once."""
        return [*self._variables.values(), *(f for n, f in self._factors.items() if n not in self._variables)]

    def select(self, rows: npt.NDArray[np.bool_]) -> None:
        """Keep some of the rows of every variable."""
        shared = {id(v): v.take(rows) for v in (*self._variables.values(), *self._factors.values())}
        self._variables = {n: shared[id(v)] for n, v in self._variables.items()}
        self._factors = {
            n: f for n, v in self._factors.items() if isinstance(f := shared[id(v)], Categorical)
        }

    def drop_unused_levels(self) -> None:
        """Forget the levels that do not occur, as R's model functions do."""
        shared = {
            id(f): f.used()
            for f in (*self._variables.values(), *self._factors.values())
            if isinstance(f, Categorical)
        }
        self._variables = {n: shared.get(id(v), v) for n, v in self._variables.items()}
        self._factors = {n: shared[id(f)] for n, f in self._factors.items()}

    def _evaluate(self, expression: Expression) -> Any:
        if isinstance(expression, Name):  # the usual case, without the machinery
            return column(self.frame, expression)
        return evaluate(expression, self.frame, self.memory)


def column(frame: pd.DataFrame, name: Name) -> pd.Series:
    """Return a column of a table.

    Raises
    ------
    FormulaError
        No column of that name (with the nearest name), or several.
    """
    try:
        found = frame[name.name]
    except KeyError:
        raise unknown_column(name.name, map(str, frame.columns), name.span) from None
    if isinstance(found, pd.DataFrame):
        raise FormulaError(
            f"There are {found.shape[1]} columns called '{name.name}'.",
            "Rename them first.",
            span=name.span or (0, 0),
        )
    return found


def as_variable(name: str, values: Any) -> Variable:
    """Turn evaluated values into a variable by their type.

    Parameters
    ----------
    name : str
        The expression, for names and messages.
    values : Series or array
        (n,) or (n, k).

    Raises
    ------
    ModelError
        Values that are neither numbers nor categories (dates, complex numbers).
    """
    if getattr(values, "ndim", 1) == 2:
        return _as_matrix(name, values)
    kind = values.dtype.kind
    if kind in "fiu":
        return Numeric(name, _to_float(values))
    if isinstance(values.dtype, pd.CategoricalDtype) or kind == "b":
        return as_factor(name, values)
    if kind in "Mm":
        what = "dates" if kind == "M" else "time spans"
        raise ModelError(
            f"“{name}” holds {what}, which a model cannot use as they are.",
            "Compute a number from it first, such as the years since the start of the study.",
        )
    if kind == "c":
        raise ModelError(f"“{name}” holds complex numbers.", "Use a column of real numbers.")
    if kind == "O" and not isinstance(values.dtype, pd.StringDtype):
        inferred = pd.api.types.infer_dtype(values, skipna=True)
        if inferred in {"integer", "floating", "mixed-integer-float", "decimal", "empty"}:
            return Numeric(name, pd.to_numeric(pd.Series(values)).to_numpy(dtype=float, na_value=np.nan))
    return as_factor(name, values)


def _to_float(values: Any) -> FloatArray:
    if isinstance(values, pd.Series):
        array = values.array
        if isinstance(array, pd.arrays.NumpyExtensionArray):
            return np.asarray(array.to_numpy(), dtype=np.float64)
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(values, dtype=np.float64)


def _as_matrix(name: str, values: Any) -> Variable:
    if isinstance(values, pd.DataFrame):
        suffixes = tuple(str(c) for c in values.columns)
        array = values.to_numpy(dtype=np.float64)
    else:
        array = np.asarray(values, dtype=np.float64)
        suffixes = tuple(str(j + 1) for j in range(array.shape[1]))
    if array.shape[1] == 1:  # R names the column of a one-column matrix after the expression alone
        return Numeric(name, np.ascontiguousarray(array[:, 0]))
    return Matrix(name, array, suffixes)


def as_factor(name: str, values: Any) -> Categorical:
    """Turn values of any one-dimensional type into a factor with sorted levels.

    Raises
    ------
    ModelError
        A matrix.
    """
    if getattr(values, "ndim", 1) != 1:
        raise ModelError(f"“{name}” has several columns and cannot be a factor.", "Use a single column.")
    if isinstance(values.dtype, pd.CategoricalDtype):
        cat = values.cat if isinstance(values, pd.Series) else values
        levels = level_names(cat.categories)
        return Categorical(name, _compact(np.asarray(cat.codes)), levels, bool(cat.ordered))
    if values.dtype.kind == "b":
        return _factor_of_booleans(name, values)
    if values.dtype.kind in "iu" and isinstance(values.dtype, np.dtype):
        found = _factor_of_small_integers(name, np.asarray(values))
        if found is not None:
            return found
    codes, uniques = factorize(values if isinstance(values, pd.Series) else pd.Series(np.asarray(values)))
    uniques = np.asarray(uniques)
    if uniques.dtype.kind != "O":  # numbers and dates sort as they are
        order = np.argsort(uniques, kind="stable")
        return Categorical(name, _recode(codes, order), level_names(uniques[order]))
    # Text, or several types in one column, which are compared as text.
    texts = level_names(uniques)
    levels = sort_texts(set(texts))
    place = {level: code for code, level in enumerate(levels)}
    new_codes = np.array([*map(place.__getitem__, texts), -1], dtype=np.intp)
    return Categorical(name, _compact(new_codes[codes]), levels)


def _recode(codes: IntArray, order: IntArray) -> IntArray:
    """Codes of the sorted levels; code -1, missing, stays -1."""
    rank = np.empty(len(order) + 1, dtype=np.intp)
    rank[order] = np.arange(len(order))
    rank[-1] = -1
    return _compact(rank[codes])


def sort_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Sort texts as `mixgui.data.collation` does, without its keys where code points give the same order."""
    plain = sorted(texts)
    joined = "".join(plain)
    if joined.isascii() and joined.isalnum() and (joined.lower() == joined or joined.upper() == joined):
        return tuple(plain)
    return tuple(sorted(plain, key=collation_key))


def _factor_of_booleans(name: str, values: Any) -> Categorical:
    missing = np.asarray(pd.isna(values))
    if missing.any():
        codes = np.full(len(values), -1, dtype=np.int8)
        codes[~missing] = np.asarray(values[~missing], dtype=bool)
    else:
        codes = np.asarray(values, dtype=bool).astype(np.int8)
    return Categorical(name, codes, ("FALSE", "TRUE"))


def _factor_of_small_integers(name: str, values: IntArray) -> Categorical | None:
    """Codes by a look-up table: ids 1, 2, 3 ... cost one pass and no sorting; None if they spread too far."""
    if not len(values):
        return None
    low, high = int(values.min()), int(values.max())
    if high - low > max(4 * len(values), 1000):
        return None
    shifted = values - low
    present = np.zeros(high - low + 1, dtype=bool)
    present[shifted] = True
    code_of = np.cumsum(present, dtype=np.int32) - 1
    codes = code_of[shifted]
    return Categorical(name, _compact(codes), tuple(map(str, (np.flatnonzero(present) + low).tolist())))


def _compact(codes: IntArray) -> IntArray:
    """Codes as int64, or as int32 where there are many of them."""
    return codes.astype(np.int32 if len(codes) >= _MANY_ROWS else np.intp, copy=False)


def level_names(levels: pd.Index | npt.NDArray[Any]) -> tuple[str, ...]:
    """Return how levels are named."""
    return tuple(level_name(value) for value in levels.tolist())


def level_name(value: Any) -> str:
    """Return a level's name: text as it is, TRUE, whole numbers in full, others with 15 digits, as in R."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):  # numpy's float64 is one
        if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
            return str(int(value))
        return f"{value:.15g}"
    return str(value)


def cross(name: str, factors: Sequence[Categorical]) -> Categorical:
    """Return the factor of the combinations that occur, as lme4 makes it for ``a:b``.

    Levels are spelt "a1:b1" and sorted with the first factor slowest. No code may be missing.
    """
    first, *rest = factors
    codes: IntArray = first.codes.astype(np.int64)
    levels: list[str] = list(first.levels)
    for factor in rest:
        combined = codes * len(factor.levels) + factor.codes
        present, codes = np.unique(combined, return_inverse=True)
        left, right = np.divmod(present, len(factor.levels))
        levels = [f"{levels[i]}:{factor.levels[j]}" for i, j in zip(left, right, strict=True)]
    return Categorical(name, _compact(codes), tuple(levels))
