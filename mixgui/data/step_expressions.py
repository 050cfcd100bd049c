"""Expressions in steps: a column for Compute, a condition for Filter, and what has to be said about them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.evaluation import evaluate
from mixgui.data.expressions import Expression, parse_expression
from mixgui.data.groups import Groups
from mixgui.data.nodes import Call, Constant
from mixgui.data.read_options import ReadNote
from mixgui.data.step_base import listed, note, rows_text
from mixgui.data.values import describe, kind
from mixgui.errors import FormulaError, StepError

# Summaries that one missing value makes missing, unless they are told to leave it out.
_GIVES_GAPS = frozenset({"lag", "lead", "case", "cut"})
_SUMMARIES = frozenset({"mean", "median", "sd", "var", "min", "max", "sum"})


def parse_step_expression(text: str) -> Expression:
    """Read the expression of a step; refusals know their characters."""
    if not text.strip():
        raise FormulaError("The expression is empty.", "Write for instance log(grade + 1).")
    return parse_expression(text)


def compute_values(
    expression: Expression, frame: pd.DataFrame, by: Sequence[str] = ()
) -> tuple[pd.Series, list[ReadNote]]:
    """Return the cells of a new column and notes about missing and infinite ones.

    Parameters
    ----------
    expression : Expression
    frame : pandas.DataFrame
    by : sequence of str
        Columns that make groups.

    Raises
    ------
    FormulaError
        When the expression cannot be computed with these columns.
    """
    groups = Groups.of(frame, by) if by else None
    found = evaluate(expression, frame, in_step=True, groups=groups)
    if isinstance(found, np.ndarray):
        raise FormulaError(
            f"{expression} gives {found.shape[1]} columns and not one.",
            "Write x^2 for a power, or use poly() in the formula of a model.",
            span=expression.span or (0, 0),
        )
    notes: list[ReadNote] = []
    if groups is not None and (groups.codes < 0).any():
        found = found.mask(groups.codes < 0) if found.dtype != np.bool_ else _without(found, groups)
        n = int((groups.codes < 0).sum())
        notes.append(note(f"{rows_text(n)} without a group {'gets' if n == 1 else 'get'} a missing value."))
    if found.dtype == object:
        found = found.infer_objects()
    return found, notes + _notes(expression, frame, found)


def _without(found: pd.Series, groups: Groups) -> pd.Series:
    return pd.Series(pd.arrays.BooleanArray(found.to_numpy(), groups.codes < 0), index=found.index)


def _notes(expression: Expression, frame: pd.DataFrame, found: pd.Series) -> list[ReadNote]:
    notes = []
    missing = found.isna().to_numpy()
    if missing.any():
        used = [frame[name] for name in expression.variables() if name in frame.columns]
        gaps = [str(column.name) for column in used if column.hasnans]
        explained = np.zeros(len(frame), dtype=bool)
        for column in used:
            explained |= column.isna().to_numpy()
        new = int((missing & ~explained).sum())
        if any(isinstance(node, Call) and node.function in _GIVES_GAPS for node in expression.walk()):
            new = 0  # a first row has no row before it: nothing went wrong
        text = f"{int(missing.sum()):,} of {len(frame):,} cells are missing"
        because = (
            f", {new:,} of them although {listed(expression.variables())} are known" if new and used else ""
        )
        notes.append(note(f"{text}{because}.", "warning" if new and used else "info"))
        summaries = _easily_missing(expression) if gaps else []
        if summaries:
            advice = f"write {summaries[0]}(..., na.rm = TRUE) to leave them out"
            notes.append(
                note(f"{listed(gaps)} has missing cells, which make {summaries[0]}() missing: {advice}.")
            )
    if pd.api.types.is_float_dtype(found.dtype):
        infinite = int(np.isinf(found.to_numpy(dtype=np.float64, na_value=np.nan)).sum())
        if infinite:
            notes.append(
                note(f"{infinite:,} cells are infinite (a logarithm of 0, a division by 0).", "warning")
            )
    return notes


def _easily_missing(expression: Expression) -> list[str]:
    """Return the summaries that are not told to leave missing values out."""
    return [
        node.function
        for node in expression.walk()
        if isinstance(node, Call)
        and node.function in _SUMMARIES
        and ("na.rm", Constant("TRUE")) not in node.kwargs
        and len(node.args) < 2
    ]


def condition_values(text: str, frame: pd.DataFrame) -> tuple[npt.NDArray[np.bool_], int]:
    """Return the rows for which a condition is TRUE, and for how many it is missing.

    Raises
    ------
    StepError
        When the expression is no condition (does not give yes or no).
    FormulaError
        When it cannot be computed.
    """
    expression = parse_step_expression(text)
    found = evaluate(expression, frame, in_step=True)
    if isinstance(found, np.ndarray) or kind(found) not in ("logical", "missing"):
        what = "several columns" if isinstance(found, np.ndarray) else describe(found)
        raise StepError(
            f"The condition {expression} gives {what} instead of yes or no.",
            'Compare with something, for instance grade > 8 or sex == "female".',
        )
    missing = found.isna().to_numpy()
    if kind(found) == "missing":
        return np.zeros(len(frame), dtype=bool), int(missing.sum())
    truth = found.astype("boolean").to_numpy(dtype=bool, na_value=False)
    return truth, int(missing.sum())
