"""The values of an expression over the rows of a table, by walking its tree; `eval` is never called."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from mixgui.data.calls import match_values
from mixgui.data.function_types import Context, Memory
from mixgui.data.functions import FUNCTIONS
from mixgui.data.groups import Groups
from mixgui.data.nodes import Binary, Call, Constant, Expression, Name, Number, Paren, String, Unary
from mixgui.data.tokens import Span
from mixgui.data.values import (
    Refused,
    Value,
    coded,
    column,
    describe,
    fail,
    kind,
    labels,
    logicals,
    numbers,
    spell,
)
from mixgui.errors import FormulaError

_CONSTANTS: dict[str, Value] = {
    "TRUE": True, "FALSE": False, "NA": None, "NaN": float("nan"), "Inf": float("inf"), "pi": float(np.pi),
}  # fmt: skip
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": np.divide,
    "%%": np.mod, "%/%": np.floor_divide,
}  # fmt: skip
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_LONGEST_SEQUENCE = 10_000


def evaluate(
    expr: Expression,
    frame: pd.DataFrame,
    memory: Memory | None = None,
    *,
    in_step: bool = False,
    groups: Groups | None = None,
) -> pd.Series | np.ndarray:
    """Evaluate an expression over the rows of a frame.

    Parameters
    ----------
    expr : Expression
        From `parse_expression`.
    frame : pd.DataFrame
        The columns; never changed.
    memory : MutableMapping, optional
        What data-dependent functions (`scale`, `poly`, `factor`, `mean`, ...) learnt, by call. Pass an
        empty dict with the rows of a fit, and the same dict again with new rows: they are then treated as
        the rows of the fit were.
    in_step : bool, optional
        Whether functions are allowed that depend on the order or number of the rows (`Function.steps_only`).
    groups : Groups, optional
        Within which summaries, ranks and neighbouring rows are meant (steps only).

    Returns
    -------
    pd.Series or np.ndarray
        A column with the frame's index (numbers as float64, comparisons as bool or, with missing values, as
        nullable boolean, `factor` as categorical with texts as categories, a bare name as it is in the
        frame); for `poly` an array of shape (n, degree). Missing wherever R gives NA or NaN.

    Raises
    ------
    FormulaError
        A sentence, with the characters in the text that the expression was parsed from.
    """
    with np.errstate(all="ignore"):  # what overflows or is not defined is Inf or NaN, as in R
        result = _Evaluator(frame, memory, in_step, groups).value(expr)
    if kind(result) == "matrix" and result.ndim == 2:
        return result
    if isinstance(result, list):
        raise FormulaError(
            f"{expr} is a list and not a column.",
            "Use it inside a function or after %in%.",
            span=expr.span or (0, 0),
        )
    made = column(result, frame.index)
    return made.rename(str(expr)) if not isinstance(expr, Name) else made


def unknown_column(name: str, columns: Iterable[str], span: Span | None = None) -> FormulaError:
    """Return the error for a name that is no column, with the nearest one that is."""
    known = [str(column) for column in columns]
    by_lower = {column.lower(): column for column in known}
    close = difflib.get_close_matches(name, known, 1) or [
        by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, 1)
    ]
    if close:
        hint = f"Did you mean '{close[0]}'?"
    elif name in ("T", "F"):
        hint = f"Write {'TRUE' if name == 'T' else 'FALSE'} in full."
    else:
        hint = (
            f"The columns are {', '.join(known[:12])}{', ...' if len(known) > 12 else '.'}" if known else ""
        )
    return FormulaError(f"There is no column '{name}'.", hint, span=span or (0, 0))


class _Evaluator:
    """Walks one tree over one frame."""

    def __init__(
        self, frame: pd.DataFrame, memory: Memory | None, in_step: bool, groups: Groups | None
    ) -> None:
        self.frame = frame
        self.in_step = in_step
        self.groups = groups
        self.memory: Memory = {} if memory is None else memory

    def value(self, node: Expression) -> Value:
        try:
            return self._dispatch(node)
        except Refused as refused:
            raise fail(refused, node.span) from None

    def _dispatch(self, node: Expression) -> Value:
        match node:
            case Name():
                return self._column(node)
            case Number() | String():
                return node.value
            case Constant():
                return _CONSTANTS[node.name]
            case Paren():
                return self.value(node.inner)
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)
        raise AssertionError(f"no such expression: {node!r}")

    def _column(self, node: Name) -> pd.Series:
        if node.name not in self.frame.columns:
            raise unknown_column(node.name, self.frame.columns, node.span)
        found = self.frame[node.name]
        if isinstance(found, pd.DataFrame):
            raise Refused(f"There are several columns called '{node.name}'.", "Rename them first.")
        return found

    def _wrap(self, result: Any) -> Value:
        """Make arrays of one value a row into columns, and arrays without dimension into numbers."""
        if isinstance(result, pd.arrays.BooleanArray):
            return column(result, self.frame.index)
        if isinstance(result, np.ndarray) and result.ndim < 2:
            return column(result, self.frame.index) if result.ndim else float(result)
        return None if result is pd.NA else result

    def _unary(self, node: Unary) -> Value:
        value = self.value(node.operand)
        if node.operator == "!":
            truth = logicals(value, "!")
            return self._wrap(not truth if isinstance(truth, bool) else (truth if truth is pd.NA else ~truth))
        if isinstance(value, list):
            return [-item if node.operator == "-" else item for item in map(_one_number, value)]
        found = numbers(value, f"The sign {node.operator}")
        return self._wrap(np.negative(found) if node.operator == "-" else found)

    def _binary(self, node: Binary) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator in _ARITHMETIC or node.operator == "^":
            return self._arithmetic(node.operator, left, right)
        if node.operator in _COMPARE:
            return self._wrap(_compare(node.operator, left, right))
        if node.operator in ("&", "|"):
            return self._connect(node.operator, left, right)
        if node.operator == "%in%":
            return self._wrap(_member(left, right, self.frame.index))
        if node.operator == ":":
            return _sequence(left, right)
        raise Refused(f"{node.operator} is not understood here.", f"Write {node.operator[0]} instead.")

    def _arithmetic(self, sign: str, left: Value, right: Value) -> Value:
        x, y = (np.asarray(numbers(value, sign)) for value in (left, right))
        with np.errstate(all="ignore"):
            return self._wrap(np.asarray(_power(x, y) if sign == "^" else _ARITHMETIC[sign](x, y)))

    def _connect(self, sign: str, left: Value, right: Value) -> Value:
        x, y = logicals(left, sign), logicals(right, sign)
        if sign == "&":
            return self._wrap(x & y if not (x is pd.NA and y is pd.NA) else pd.NA)
        return self._wrap(x | y if not (x is pd.NA and y is pd.NA) else pd.NA)

    def _call(self, node: Call) -> Value:
        # The function first: its name may be wrong although its values are right.
        match_values(node.function, node.args, node.kwargs)
        if FUNCTIONS[node.function].steps_only and not self.in_step:
            raise Refused(
                f"{node.function}() cannot stand in a formula: it depends on which rows the table has.",
                "Compute a column with it first, and use that column.",
            )
        args = [self.value(arg) for arg in node.args]
        kwargs = [(name, self.value(value)) for name, value in node.kwargs]

        def learnt(compute: Callable[[], Any]) -> Any:
            if node not in self.memory:
                self.memory[node] = compute()
            return self.memory[node]

        context = Context(str(node), self.frame.index, learnt, self.groups)
        values = match_values(node.function, args, kwargs)
        if node.function == "as.factor" and kind(values["x"]) == "factor":
            return values["x"]
        return self._wrap(FUNCTIONS[node.function].apply(context, values))


def _one_number(item: Any) -> float:
    if isinstance(item, bool | int | float):
        return float(item)
    raise Refused("The sign needs numbers, but the list holds others.")


def _power(x: Any, y: Any) -> Any:
    # R: 1^NA and NA^0 are 1, as in IEEE; numpy agrees. Negative numbers to a broken power are NaN.
    return np.power(x, y)


def _compare(sign: str, left: Value, right: Value) -> Any:
    kinds = {kind(left), kind(right)} - {"missing"}
    if kinds <= {"number", "logical"}:
        x, y = np.asarray(numbers(left, sign)), np.asarray(numbers(right, sign))
        missing = np.isnan(x) | np.isnan(y)
        found = np.asarray(_COMPARE[sign](x, y))
        return pd.arrays.BooleanArray(found, missing) if found.ndim else (pd.NA if missing else bool(found))
    if kinds & {"list", "matrix", "date", "other"}:
        both = f"{describe(left)} and {describe(right)}"
        raise Refused(
            f"{sign} cannot compare {both}.", "To compare with several values write x %in% c(1, 2)."
        )
    if ("number" in kinds and "factor" not in kinds) or "logical" in kinds:
        raise Refused(
            f"{sign} cannot compare {describe(left)} with {describe(right)}.",
            "Put quotation marks around a text, and none around a number.",
        )
    if sign not in ("==", "!="):
        raise Refused(f"{sign} cannot put texts into an order.", "Texts are compared with == and !=.")
    return _compare_texts(sign, left, right)


def _compare_texts(sign: str, left: Value, right: Value) -> Any:
    if isinstance(left, pd.Series) and isinstance(right, pd.Series):
        x, y = labels(left, sign), labels(right, sign)
        missing = np.asarray(left.isna()) | np.asarray(right.isna())
        return pd.arrays.BooleanArray(np.asarray(_COMPARE[sign](x, y), dtype=bool), missing)
    if isinstance(right, pd.Series):
        left, right = right, left
    one = labels(right, sign)
    if not isinstance(left, pd.Series):
        return pd.NA if left is None or one is None else _COMPARE[sign](labels(left, sign), one)
    codes, texts = coded(left)
    holds = np.array([*(_COMPARE[sign](text, one) for text in texts), False], dtype=bool)
    missing = codes < 0 if one is not None else np.ones(len(codes), dtype=bool)
    return pd.arrays.BooleanArray(holds[codes], missing)


def _member(left: Value, right: Value, index: pd.Index) -> Any:
    if isinstance(right, pd.Series) or kind(right) == "matrix":
        raise Refused("%in% needs a list behind it.", 'Write for instance x %in% c("a", "b").')
    items = right if isinstance(right, list) else [right]
    found = kind(left)
    if found in ("matrix", "list", "date", "other"):
        raise Refused(f"%in% cannot look for {describe(left)}.")
    has_text = any(isinstance(item, str) for item in items)
    plain = any(isinstance(item, int | float) for item in items)
    if (found in ("number", "logical") and has_text) or (found == "text" and plain):
        raise Refused(
            f"%in% cannot look for {describe(left)} in a list of others.",
            "Put quotation marks around a text, and none around a number.",
        )
    wanted = {None if item is None else spell(item) for item in items}
    if found == "logical":
        wanted = {spell(bool(item)) if isinstance(item, bool | int | float) else item for item in items}
    if not isinstance(left, pd.Series):
        return labels(left, "%in%") in wanted
    codes, texts = coded(left)
    holds = np.array([*(text in wanted for text in texts), None in wanted], dtype=bool)
    return pd.array(holds[codes], dtype="boolean")


def _sequence(left: Value, right: Value) -> list[float]:
    ends = []
    for value in (left, right):
        if isinstance(value, pd.Series) or kind(value) != "number" or not np.isfinite(value):
            raise Refused(
                ": makes a sequence such as 1:3 from two numbers.",
                "An interaction a:b can stand only in a formula.",
            )
        ends.append(float(value))
    first, last = ends
    if abs(last - first) > _LONGEST_SEQUENCE:
        raise Refused(f"A sequence may have at most {_LONGEST_SEQUENCE} numbers.")
    step = 1.0 if last >= first else -1.0
    return [first + step * k for k in range(int(abs(last - first) + 1e-10) + 1)]
