"""Which rows a model can use, and why it cannot use the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.expressions import Expression, Name
from mixgui.errors import ModelError
from mixgui.models.variables import Categorical, Variable, VariableTable

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DroppedRows:
    """Rows that were not used for one reason. A row with two reasons is listed under both.

    Parameters
    ----------
    reason : str
        "ses missing", "income infinite", "log(income) not defined".
    count : int
        How many rows.
    rows : (count,) int array
        Their positions in the table, from 0.
    """

    reason: str
    count: int
    rows: npt.NDArray[np.intp]


def unusable_rows(table: VariableTable, extra: dict[str, BoolArray] | None = None) -> dict[str, BoolArray]:
    """Find the rows with a missing or infinite value, by reason.

    Parameters
    ----------
    table : VariableTable
        The variables of the model over all rows.
    extra : dict of str to bool array, optional
        Further reasons (weights).

    Returns
    -------
    dict of str to (n,) bool array
        Reason -> rows; only reasons that occur, in the order of the formula.
    """
    found: dict[str, BoolArray] = {}
    for variable in table.all():
        for reason, rows in _unusable(variable, table):
            found[reason] = found[reason] | rows if reason in found else rows
    found |= {reason: rows for reason, rows in (extra or {}).items() if rows.any()}
    return found


def _unusable(variable: Variable, table: VariableTable) -> list[tuple[str, BoolArray]]:
    name = variable.name
    expression = table.inputs[name]
    if isinstance(variable, Categorical):
        # Codes are -1 where missing; a minimum costs no array.
        if not len(variable.codes) or int(variable.codes.min()) >= 0:
            return []
        return _missing(expression, np.asarray(variable.codes < 0), table.frame)
    values = variable.values
    with np.errstate(over="ignore", invalid="ignore"):
        total = values.sum()
    if np.isfinite(total):
        return []
    columns = values.reshape(len(values), -1)
    infinite = np.logical_or.reduce(np.isinf(columns), axis=1)
    missing = np.logical_or.reduce(np.isnan(columns), axis=1)
    out = _missing(expression, missing, table.frame)
    if infinite.any():
        out.append((f"{_shown(expression)} infinite", infinite))
    return out


def _missing(expression: Expression, missing: BoolArray, frame: pd.DataFrame) -> list[tuple[str, BoolArray]]:
    """Blame a missing value on the column that lacks it, or on the calculation (log of a negative number)."""
    if not missing.any():
        return []
    if isinstance(expression, Name):
        return [(f"{expression.name} missing", missing)]
    out = []
    for name in expression.variables():
        blamed = np.logical_and(missing, frame[name].isna().to_numpy())
        if blamed.any():
            out.append((f"{name} missing", blamed))
            missing = np.logical_and(missing, ~blamed)
    if missing.any():
        out.append((f"{expression} not defined", missing))
    return out


def _shown(expression: Expression) -> str:
    return expression.name if isinstance(expression, Name) else str(expression)


def dropped_rows(unusable: dict[str, BoolArray]) -> tuple[DroppedRows, ...]:
    """Return what a result says about the rows that were not used."""
    return tuple(
        DroppedRows(reason, int(np.count_nonzero(rows)), np.flatnonzero(rows))
        for reason, rows in unusable.items()
    )


def usable(unusable: dict[str, BoolArray], n: int) -> BoolArray | None:
    """Return the rows that can be used, or None when all of them can.

    Raises
    ------
    ModelError
        No row is left, or there was none.
    """
    if n == 0:
        raise ModelError("The table has no rows.", "Open a table with data, or undo the last filter.")
    if not unusable:
        return None
    bad = np.zeros(n, dtype=bool)
    for rows in unusable.values():
        bad |= rows
    if not bad.all():
        return ~bad
    whole = [reason for reason, rows in unusable.items() if rows.all()]
    if whole:
        raise ModelError(
            f"No row can be used: {whole[0]} in all {n} rows.",
            "Remove that variable from the formula, or choose another table.",
        )
    counts = ", ".join(f"{reason} in {np.count_nonzero(rows)}" for reason, rows in unusable.items())
    raise ModelError(
        f"None of the {n} rows is complete: {counts}.",
        "Remove the variable with the most gaps from the formula.",
    )
