"""The functions that an expression may call: an allow-list, with R's names, values and rules.

Each entry says how R names its values, so that a wrong call is a sentence while it is typed. Functions that
depend on all rows (`scale`, `poly`, `mean`, ...) keep what they learnt in a memory, so that new rows get
the old rows' treatment.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from mixgui.data.choice_functions import CHOICE_FUNCTIONS
from mixgui.data.collation import collation_key
from mixgui.data.function_types import Context, Function, Memory
from mixgui.data.groups import reduce
from mixgui.data.polynomials import Polynomials, learn_polynomials, orthogonal_polynomials
from mixgui.data.row_functions import ROW_FUNCTIONS
from mixgui.data.text_functions import TEXT_FUNCTIONS, days_of
from mixgui.data.values import (
    FloatArray,
    Refused,
    Value,
    coded,
    describe,
    kind,
    labels,
    logicals,
    numbers,
    spell,
)


def _elementwise(compute: Callable[[FloatArray], FloatArray], text: str) -> Function:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        with np.errstate(all="ignore"):
            return compute(np.asarray(numbers(values["x"], context.text)))

    return Function(("x",), 1, apply, text)


def _log(context: Context, values: dict[str, Value]) -> Value:
    x = np.asarray(numbers(values["x"], context.text))
    with np.errstate(all="ignore"):
        if "base" not in values:
            return np.log(x)
        base = numbers(values["base"], context.text)
        if np.ndim(base) == 0 and base in (2, 10):  # exact at powers, as in R
            return np.log2(x) if base == 2 else np.log10(x)
        return np.log(x) / np.log(base)


def _digits(values: dict[str, Value], default: int, context: Context) -> int:
    digits = values.get("digits", float(default))
    if kind(digits) != "number" or isinstance(digits, pd.Series) or not -308 <= digits <= 308:
        raise Refused(f"The digits in {context.text} must be one whole number from -308 to 308.")
    return int(digits)


def _round(context: Context, values: dict[str, Value]) -> Value:
    digits = _digits(values, 0, context)
    x = np.asarray(numbers(values["x"], context.text))
    if digits == 0:
        return np.rint(x)
    flat = [_rounded(float(value), digits) for value in np.ravel(x)]
    return np.reshape(np.array(flat, dtype=np.float64), x.shape)


def _rounded(value: float, digits: int) -> float:
    """Round the exact binary value, as R does since 4.0; multiplying by a power of ten would not."""
    try:
        return round(value, digits) if np.isfinite(value) else value
    except OverflowError:
        return float(np.copysign(np.inf, value))


def _signif(context: Context, values: dict[str, Value]) -> Value:
    digits = max(_digits(values, 6, context), 1)
    x = np.asarray(numbers(values["x"], context.text))
    flat = [
        value if not np.isfinite(value) else float(f"{value:.{min(digits, 22) - 1}e}")
        for value in np.ravel(x)
    ]
    return np.reshape(np.array(flat, dtype=np.float64), x.shape)


def _flag(values: dict[str, Value], name: str, default: bool, context: Context) -> bool:
    value = values.get(name, default)
    if kind(value) == "logical" and not isinstance(value, pd.Series):
        return bool(value)
    raise Refused(f"{name} in {context.text} must be TRUE or FALSE.")


# Depend on all rows ----------------------------------------------------------------------------------


def _present(values: Value, context: Context) -> FloatArray:
    x = np.atleast_1d(numbers(values, context.text))
    return x[~np.isnan(x)]


def _scale(context: Context, values: dict[str, Value]) -> Value:
    x = np.asarray(numbers(values["x"], context.text))
    if context.groups is not None:
        return _scale_by_group(context, x, values)

    def learn() -> tuple[float, float]:
        present = _present(values["x"], context)
        center = _scale_option(values.get("center", True), "center", context)
        if center is True:
            center = float(present.mean()) if present.size else np.nan
        shifted = present - float(center)
        spread = _scale_option(values.get("scale", True), "scale", context)
        if (
            spread is True
        ):  # R: root mean square with n - 1; the standard deviation when x was centred by its mean
            spread = float(np.sqrt(np.sum(shifted**2) / max(present.size - 1, 1)))
            if present.size and spread <= 4 * np.finfo(float).eps * float(np.abs(present).max()):
                raise Refused(f"{context.text} divides by zero, because all values are equal.", "Remove it.")
        elif spread is False:
            spread = 1.0
        return float(center), float(spread)

    center, spread = context.learnt(learn)
    with np.errstate(all="ignore"):
        return (x - center) / spread


def _scale_by_group(context: Context, x: FloatArray, values: dict[str, Value]) -> Value:
    """Centre and scale within groups; a group whose values are all equal has no SD to divide by: NaN."""
    groups = context.groups
    assert groups is not None
    x = np.broadcast_to(x, groups.codes.shape)
    center, spread = (_flag(values, name, True, context) for name in ("center", "scale"))
    shifted = x - groups.spread(reduce(x, groups, "mean")) if center else x
    if not spread:
        return shifted
    squares = reduce(np.square(shifted), groups, "sum")
    with np.errstate(all="ignore"):
        roots = np.sqrt(squares / np.maximum(reduce(x, groups, "n") - 1, 1))
        return shifted / groups.spread(roots)


def _scale_option(value: Value, name: str, context: Context) -> float | bool:
    if isinstance(value, pd.Series) or kind(value) not in ("logical", "number"):
        raise Refused(f"{name} in {context.text} must be TRUE, FALSE or one number.")
    return bool(value) if kind(value) == "logical" else float(value)


def _center(context: Context, values: dict[str, Value]) -> Value:
    return _scale(context, {"x": values["x"], "scale": False})


def _poly(context: Context, values: dict[str, Value]) -> Value:
    x = np.atleast_1d(numbers(values["x"], context.text))
    degree = values.get("degree", 1.0)
    if (
        isinstance(degree, pd.Series)
        or kind(degree) != "number"
        or not 1 <= degree <= 30
        or degree != int(degree)
    ):
        raise Refused(
            f"The degree in {context.text} must be a whole number from 1 to 30.",
            "Write for instance poly(x, 2).",
        )
    with np.errstate(all="ignore"):
        if _flag(values, "raw", False, context):
            return x[:, None] ** np.arange(1, int(degree) + 1)
        fresh: list[FloatArray] = []

        def learn() -> Polynomials:
            basis, made = learn_polynomials(x, int(degree), context.text)
            fresh.append(made)
            return basis

        basis = context.learnt(learn)
        return fresh[0] if fresh else orthogonal_polynomials(x, basis)


def _summary(compute: Callable[[FloatArray], float], name: str, text: str, needed: int = 1) -> Function:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        leave_out = _flag(values, "na.rm", False, context)
        if context.groups is not None:
            return _by_group(context, values["x"], name, leave_out)

        def learn() -> float:
            x = np.atleast_1d(numbers(values["x"], context.text))
            if leave_out:
                x = x[~np.isnan(x)]
            return float(compute(x)) if x.size >= needed and not np.isnan(x).any() else np.nan

        return context.learnt(learn)

    return Function(("x", "na.rm"), 1, apply, text)


def _by_group(context: Context, value: Value, name: str, leave_out: bool) -> Value:
    groups = context.groups
    assert groups is not None
    x = np.broadcast_to(np.asarray(numbers(value, context.text)), groups.codes.shape)
    found = reduce(x, groups, name)
    if not leave_out:
        found = np.where(reduce(x, groups, "n") == groups.sizes, found, np.nan)
    return groups.spread(found)


# Categories -------------------------------------------------------------------------------------------


def sorted_levels(values: pd.Series) -> list[Any]:
    """Return the different values in the order of R's `factor`: numbers by size, texts as R sorts them."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        occurring = set(values.cat.codes)
        return [level for code, level in enumerate(values.cat.categories) if code in occurring]
    different = list(pd.unique(values.dropna()))
    if all(isinstance(value, str) for value in different):
        return sorted(different, key=collation_key)
    try:
        return sorted(different)
    except TypeError:
        return sorted(different, key=lambda value: collation_key(spell(value)))


def make_factor(values: pd.Series, levels: Sequence[Any] | None = None) -> pd.Series:
    """Return values as a categorical column; categories are texts, spelt and ordered as R's `factor` does."""
    order = list(
        dict.fromkeys(spell(level) for level in (sorted_levels(values) if levels is None else levels))
    )
    codes = {level: code for code, level in enumerate(order)}
    old, texts = coded(values)
    found = np.array([*(codes.get(text, -1) for text in texts), -1], dtype=np.intp)[old]
    dtype = pd.CategoricalDtype(pd.Index(order, dtype="str"))
    return pd.Series(pd.Categorical.from_codes(found, dtype=dtype), index=values.index)


def _need_column(value: Value, context: Context) -> pd.Series:
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return pd.Series(value, index=context.index)
    if isinstance(value, pd.Series):
        return value
    raise Refused(f"{context.text} needs a column, but it is given {describe(value)}.")


def _as_list(value: Value) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _factor(context: Context, values: dict[str, Value]) -> Value:
    x = _need_column(values["x"], context)
    levels = _as_list(values["levels"]) if "levels" in values else context.learnt(lambda: sorted_levels(x))
    made = make_factor(x, levels)
    if "labels" not in values:
        return made
    names = [spell(name) for name in _as_list(values["labels"])]
    if len(names) != len(made.cat.categories) or len(set(names)) != len(names):
        raise Refused(
            f"{context.text} has {len(made.cat.categories)} levels but {len(set(names))} different labels.",
            "Give each level a label of its own.",
        )
    return made.cat.rename_categories(pd.Index(names, dtype="str"))


def _relevel(context: Context, values: dict[str, Value]) -> Value:
    x = values["x"] if kind(values["x"]) == "factor" else _factor(context, {"x": values["x"]})
    x = make_factor(x, list(x.cat.categories))
    reference = spell(values["ref"])
    levels = list(x.cat.categories)
    if reference not in levels:
        close = difflib.get_close_matches(reference, levels, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"The levels are {', '.join(levels[:10])}."
        raise Refused(f"{context.text} has no level {reference!r}.", hint)
    return x.cat.reorder_categories([reference, *(level for level in levels if level != reference)])


def _as_numeric(context: Context, values: dict[str, Value]) -> Value:
    x = values["x"]
    if kind(x) == "factor":
        raise Refused(
            f"{context.text} is refused: R would give the positions of the levels instead of their numbers.",
            "Write as.numeric(as.character(...)) for the numbers.",
        )
    if kind(x) == "date":
        return days_of(x)
    if kind(x) != "text":
        return np.asarray(numbers(x, context.text))
    if not isinstance(x, pd.Series):
        return float(_numbers_of([x])[0])
    codes, texts = coded(x)
    return np.append(_numbers_of(texts), np.nan)[codes]


def _numbers_of(texts: list[str]) -> FloatArray:
    found = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    return found.to_numpy(dtype=np.float64, na_value=np.nan)


def _as_character(context: Context, values: dict[str, Value]) -> Value:
    return labels(values["x"], context.text)


def _ifelse(context: Context, values: dict[str, Value]) -> Value:
    test = logicals(values["test"], context.text)
    if not isinstance(test, pd.arrays.BooleanArray):
        test = pd.array([test] * len(context.index), dtype="boolean")
    truth, missing = test.to_numpy(dtype=bool, na_value=False), np.asarray(test.isna())
    kinds = {kind(values["yes"]), kind(values["no"])} - {"missing"}
    if kinds <= {"number", "logical"}:
        result = np.where(truth, numbers(values["yes"], context.text), numbers(values["no"], context.text))
        result = np.where(missing, np.nan, result)
        return (
            pd.arrays.BooleanArray(np.nan_to_num(result) != 0, np.isnan(result))
            if kinds == {"logical"}
            else result
        )
    if not kinds <= {"text", "factor"}:
        raise Refused(
            f"{context.text} would mix text with numbers.", "Give both values as text or both as numbers."
        )
    yes, no = (np.asarray(labels(values[name], context.text), dtype=object) for name in ("yes", "no"))
    result = np.where(truth, yes, no)
    result[missing] = None
    return result


def _is_na(context: Context, values: dict[str, Value]) -> Value:
    x = values["x"]
    if isinstance(x, list) or kind(x) == "matrix":
        raise Refused(f"{context.text} needs one column.")
    return pd.array(np.asarray(pd.isna(x)), dtype="boolean") if isinstance(x, pd.Series) else bool(pd.isna(x))


def _combine(context: Context, values: dict[str, Value]) -> Value:
    items: list[Any] = []
    for value in values["..."]:
        if isinstance(value, pd.Series) or kind(value) == "matrix":
            raise Refused(f"{context.text} can hold single values only, not a column.")
        items.extend(_as_list(value))
    return items


def _extreme(compute: Callable[[Any, Any], Any], text: str) -> Function:
    def apply(context: Context, values: dict[str, Value]) -> Value:
        result = np.asarray(numbers(values["..."][0], context.text))
        for value in values["..."][1:]:
            result = compute(result, np.asarray(numbers(value, context.text)))
        return result

    return Function((), 1, apply, text, many=True)


def _identity(context: Context, values: dict[str, Value]) -> Value:
    return values["x"]


__all__ = ["FUNCTIONS", "Context", "Function", "Memory", "make_factor", "sorted_levels"]

FUNCTIONS: dict[str, Function] = {
    "I": Function(("x",), 1, _identity, "keeps arithmetic together: I(x^2)"),
    "log": Function(("x", "base"), 1, _log, "natural logarithm, or to another base"),
    "log2": _elementwise(np.log2, "logarithm to base 2"),
    "log10": _elementwise(np.log10, "logarithm to base 10"),
    "log1p": _elementwise(np.log1p, "log(1 + x)"),
    "exp": _elementwise(np.exp, "exponential function"),
    "expm1": _elementwise(np.expm1, "exp(x) - 1"),
    "sqrt": _elementwise(np.sqrt, "square root"),
    "abs": _elementwise(np.abs, "absolute value"),
    "sign": _elementwise(np.sign, "-1, 0 or 1"),
    "floor": _elementwise(np.floor, "rounded down"),
    "ceiling": _elementwise(np.ceil, "rounded up"),
    "trunc": _elementwise(np.trunc, "rounded towards zero"),
    "round": Function(("x", "digits"), 1, _round, "rounded to so many digits"),
    "signif": Function(("x", "digits"), 1, _signif, "rounded to so many significant digits"),
    "sin": _elementwise(np.sin, "sine"),
    "cos": _elementwise(np.cos, "cosine"),
    "tan": _elementwise(np.tan, "tangent"),
    "asin": _elementwise(np.arcsin, "inverse sine"),
    "acos": _elementwise(np.arccos, "inverse cosine"),
    "atan": _elementwise(np.arctan, "inverse tangent"),
    "qlogis": _elementwise(special.logit, "logit of a probability"),
    "plogis": _elementwise(special.expit, "probability of a logit"),
    "scale": Function(("x", "center", "scale"), 1, _scale, "centred at the mean, divided by the SD"),
    "center": Function(("x",), 1, _center, "centred at the mean (not a function of R)"),
    "poly": Function(("x", "degree", "raw"), 1, _poly, "polynomial: poly(x, 2)"),
    "mean": _summary(np.mean, "mean", "mean of all rows"),
    "median": _summary(np.median, "median", "median of all rows"),
    "sd": _summary(lambda x: float(np.std(x, ddof=1)), "sd", "standard deviation of all rows", 2),
    "var": _summary(lambda x: float(np.var(x, ddof=1)), "var", "variance of all rows", 2),
    "min": _summary(np.min, "min", "smallest value"),
    "max": _summary(np.max, "max", "largest value"),
    "sum": _summary(np.sum, "sum", "sum of all rows", 0),
    "pmin": _extreme(np.minimum, "the smaller value, row by row"),
    "pmax": _extreme(np.maximum, "the larger value, row by row"),
    "factor": Function(("x", "levels", "labels"), 1, _factor, "categories"),
    "as.factor": Function(("x",), 1, _factor, "categories"),
    "relevel": Function(("x", "ref"), 2, _relevel, 'another reference level: relevel(x, ref = "b")'),
    "as.numeric": Function(("x",), 1, _as_numeric, "numbers"),
    "as.character": Function(("x",), 1, _as_character, "text"),
    "ifelse": Function(("test", "yes", "no"), 3, _ifelse, "one value where TRUE, another where FALSE"),
    "is.na": Function(("x",), 1, _is_na, "whether a value is missing"),
    "if_else": Function(("test", "yes", "no"), 3, _ifelse, "one value where TRUE, another where FALSE"),
    "c": Function((), 1, _combine, 'a list: x %in% c("a", "b")', many=True),
    "zscore": Function(("x",), 1, _scale, "centred at the mean, divided by the SD (not a function of R)"),
    **CHOICE_FUNCTIONS,
    **TEXT_FUNCTIONS,
    **ROW_FUNCTIONS,
}
