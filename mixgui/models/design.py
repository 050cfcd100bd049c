"""From formula and table to arrays: y, X, the random terms, and an account of rows and columns that were
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.expressions import Name
from mixgui.data.functions import Memory
from mixgui.errors import ModelError
from mixgui.models.formula import Formula
from mixgui.models.model_matrix import INTERCEPT, ModelMatrix, independent_columns, model_matrix
from mixgui.models.random_terms import RandomPart, random_parts
from mixgui.models.rows import DroppedRows, dropped_rows, unusable_rows, usable
from mixgui.models.variables import Categorical, FloatArray, Matrix, Numeric, Variable, VariableTable

# A value for each row of the table, or the name of a column that holds them.
RowValues: TypeAlias = str | Sequence[float] | FloatArray | pd.Series | None


@dataclass(frozen=True, eq=False)
class Design:
    """A formula's arrays over the rows that can be used.

    Parameters
    ----------
    formula : Formula
        What was asked for.
    y : (n,) array
        Outcome.
    matrix : ModelMatrix
        The fixed effects' columns X (n, p), of full rank, with names and the term of each.
    random : tuple of RandomPart
        Blocks of random effects, in lme4's order.
    outcome_name : str
        The outcome as R writes it: ``log(y)``.
    rows_given : int
        Rows of the table.
    used : (rows_given,) bool array or None
        The rows that were used; None for all.
    dropped : tuple of DroppedRows
        Why the others were not.
    dropped_columns : tuple of str
        Columns of X that follow from those before them and were left out, as R does.
    variables : tuple of Variable
        Outcome, predictors and grouping factors over the rows used: the model frame.
    weights, offset : (n,) array or None
        Prior weights; the sum of the offsets.
    memory : Memory
        What scale(), poly() ... learnt from the rows, to treat new rows alike.
    source : DataFrame
        The table itself (a view, which later edits of the original do not reach): for refits and for the
        columns behind an expression such as log(x).
    """

    formula: Formula
    y: FloatArray
    matrix: ModelMatrix
    random: tuple[RandomPart, ...]
    outcome_name: str
    rows_given: int
    used: npt.NDArray[np.bool_] | None
    dropped: tuple[DroppedRows, ...]
    dropped_columns: tuple[str, ...]
    variables: tuple[Variable, ...]
    weights: FloatArray | None
    offset: FloatArray | None
    memory: Memory
    source: pd.DataFrame

    @property
    def index(self) -> pd.Index:
        """The table's row names."""
        return self.source.index

    @property
    def n(self) -> int:
        """Number of rows used."""
        return len(self.y)

    @property
    def X(self) -> FloatArray:  # noqa: N802 - the literature's name
        """The fixed effects' columns, (n, p)."""
        return self.matrix.values

    @cached_property
    def used_index(self) -> pd.Index:
        """The row names of the rows used, in the table's order."""
        return self.index if self.used is None else self.index[self.used]

    @cached_property
    def factors(self) -> dict[str, Categorical]:
        """The grouping factors by name, in the order of the random terms."""
        return {part.factor.name: part.factor for part in self.random}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The model frame: outcome, predictors and grouping variables over the rows used, named as in the
        formula.
        """
        columns: dict[str, object] = {}
        for variable in self.variables:
            if isinstance(variable, Categorical):
                columns[variable.name] = as_categorical(variable)
            elif isinstance(variable, Matrix):
                for j, suffix in enumerate(variable.suffixes):
                    columns[variable.name + suffix] = variable.values[:, j]
            else:
                columns[variable.name] = variable.values
        return pd.DataFrame(columns, index=self.used_index)


def as_categorical(factor: Categorical) -> pd.Categorical:
    """Return a factor as pandas' categorical with text categories."""
    dtype = pd.CategoricalDtype(pd.Index(factor.levels, dtype="str"), ordered=factor.ordered)
    return pd.Categorical.from_codes(factor.codes, dtype=dtype)


def build_design(
    formula: Formula, frame: pd.DataFrame, *, weights: RowValues = None, offset: RowValues = None
) -> Design:
    """Turn a formula and a table into arrays.

    Expressions are evaluated over all rows, then incomplete rows are dropped (as R: ``scale(x)`` uses the
    mean of all rows that have x).

    Parameters
    ----------
    formula : Formula
        The model.
    frame : DataFrame
        The table, (rows_given, ...); not changed.
    weights, offset : str or (rows_given,) array, optional
        Prior weights; a known part of the outcome (added to ``offset()`` in the formula). A text names a
        column.

    Raises
    ------
    ModelError
        An outcome that is not numeric or does not vary, no usable rows, more coefficients than rows.
    FormulaError
        A name that is no column, or an expression that cannot be evaluated.
    """
    n = len(frame)
    table = VariableTable(frame)
    outcome = table.get(formula.outcome)
    for term in formula.terms:
        for factor in term.factors:
            table.get(factor)
    for random in formula.random:
        for slope in random.terms:
            for factor in slope.factors:
                table.get(factor)
        for group in random.group:
            table.grouping(group)
    _check_outcome_type(outcome, frame)
    weight_values = _row_values(weights, frame, "weights")
    shift = _offset(formula, table, _row_values(offset, frame, "offset"))
    unusable = unusable_rows(table, _unusable_extra(weight_values, shift))
    used = usable(unusable, n)
    if used is not None:
        table.select(used)
        n = int(np.count_nonzero(used))
        weight_values = None if weight_values is None else weight_values[used]
        shift = None if shift is None else shift[used]
    table.drop_unused_levels()
    y = _outcome_values(table.get(formula.outcome))
    _check_variation(y, formula)
    columns = model_matrix(formula.terms, formula.intercept, table.get, n)
    matrix, dropped_columns = _full_rank(columns, formula)
    return Design(
        formula=formula,
        y=y,
        matrix=matrix,
        random=random_parts(formula.random, table, n, (formula, columns)),
        outcome_name=str(formula.outcome),
        rows_given=len(frame),
        used=used,
        dropped=dropped_rows(unusable),
        dropped_columns=dropped_columns,
        variables=tuple(table.all()),
        weights=weight_values,
        offset=shift,
        memory=table.memory,
        source=frame.copy(deep=False),
    )


def _check_outcome_type(outcome: Variable, frame: pd.DataFrame) -> None:
    if isinstance(outcome, Numeric) or (
        isinstance(outcome, Categorical) and outcome.levels == ("FALSE", "TRUE")
    ):
        return
    if isinstance(outcome, Matrix):
        raise ModelError(
            f"The outcome {outcome.name} has {len(outcome.suffixes)} columns.",
            "Use a single column as the outcome.",
        )
    message = f"The outcome {outcome.name} is not numeric: it has values such as {_examples(outcome)}."
    hint = "Choose a numeric outcome."
    if outcome.name in frame.columns:
        numbers = pd.to_numeric(frame[outcome.name].astype("str"), errors="coerce")
        given = frame[outcome.name].notna()
        share = float(numbers[given].notna().mean()) if given.any() else 0.0
        if share >= 0.5:
            bad = given & numbers.isna()
            texts = ", ".join(f"“{v}”" for v in frame.loc[bad, outcome.name].astype("str").unique()[:3])
            message = f"The outcome {outcome.name} is not numeric" + (
                f": {int(bad.sum())} of its {int(given.sum())} values are text, such as {texts}."
                if texts
                else "."
            )
            hint = "Convert the column to numbers first, with such values as missing."
    raise ModelError(message, hint)


def _examples(factor: Categorical) -> str:
    return ", ".join(f"“{level}”" for level in factor.levels[:3]) or "no value at all"


def _row_values(given: RowValues, frame: pd.DataFrame, what: str) -> FloatArray | None:
    """Weights or offset as an array over all rows of the table."""
    if given is None or (isinstance(given, str) and not given):
        return None
    if isinstance(given, str):
        variable = VariableTable(frame).get(Name(given))
        if not isinstance(variable, Numeric):
            raise ModelError(f"The {what} “{given}” are not numbers.", "Choose a numeric column.")
        return variable.values
    values = (
        given.to_numpy(dtype=float, na_value=np.nan)
        if isinstance(given, pd.Series)
        else np.asarray(given, float)
    )
    if values.shape != (len(frame),):
        raise ModelError(
            f"There are {values.size:,} {what} for {len(frame):,} rows.",
            "Give one value for each row of the table.",
        )
    return values


def _offset(formula: Formula, table: VariableTable, given: FloatArray | None) -> FloatArray | None:
    total = given
    for expression in formula.offset:
        variable = table.get(expression)
        if not isinstance(variable, Numeric):
            raise ModelError(
                f"The offset {variable.name} is not a column of numbers.", "Choose a numeric column."
            )
        total = variable.values if total is None else total + variable.values
    return total


def _unusable_extra(
    weights: FloatArray | None, offset: FloatArray | None
) -> dict[str, npt.NDArray[np.bool_]]:
    extra: dict[str, npt.NDArray[np.bool_]] = {}
    if weights is not None:
        negative = int(np.count_nonzero(weights < 0))
        if negative:
            raise ModelError(
                f"{negative} of the {len(weights)} weights are negative.",
                "A weight says how much a row counts: 0 or more.",
            )
        extra["weight missing"] = np.isnan(weights)
        extra["weight infinite"] = np.isinf(weights)
        extra["weight 0"] = weights == 0
    if offset is not None:
        extra["offset missing"] = ~np.isfinite(offset)
    return extra


def _outcome_values(outcome: Variable) -> FloatArray:
    if isinstance(outcome, Categorical):  # true/false, as 0/1
        return np.asarray([float(level == "TRUE") for level in outcome.levels])[outcome.codes]
    return np.asarray(outcome.values)


def _check_variation(y: FloatArray, formula: Formula) -> None:
    if len(y) == 1:
        raise ModelError("Only one row can be used.", "A model needs several rows.")
    if y[0] == y[-1] and np.ptp(y) == 0:
        raise ModelError(
            f"The outcome {formula.outcome} is {y[0]:g} in all {len(y):,} rows that are used, "
            "so there is nothing to explain.",
            "Choose an outcome that varies.",
        )


def _full_rank(matrix: ModelMatrix, formula: Formula) -> tuple[ModelMatrix, tuple[str, ...]]:
    n, p = matrix.values.shape
    if p == 0 and not formula.random:
        raise ModelError("The model has no coefficients.", "Add the intercept (1) or a predictor.")
    kept = independent_columns(matrix.values, 0 if matrix.names[:1] == (INTERCEPT,) else None)
    if len(kept) >= n:
        given = p if p > n else len(kept)
        raise ModelError(
            f"The model has {given:,} coefficients but only {n:,} rows.",
            "Use fewer predictors, or more rows.",
        )
    if len(kept) == p:
        return matrix, ()
    names = tuple(name for j, name in enumerate(matrix.names) if j not in set(kept))
    return matrix.keep(kept), names
