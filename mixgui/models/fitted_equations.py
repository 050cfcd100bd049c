"""The equations of a fit, with its numbers: of all groups, and of one group with its random effects."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mixgui.errors import ModelError
from mixgui.models.contrasts import coding_of
from mixgui.models.equation_columns import Categories, Column, Notation, Part, columns_of
from mixgui.models.equation_markup import (
    Equation,
    bracketed,
    decimals_for,
    joined,
    literal,
    number,
    parenthesised,
    signed_sum,
)
from mixgui.models.formula import Formula
from mixgui.models.random_terms import split_uncorrelated
from mixgui.models.variables import Categorical, Matrix, Variable

if TYPE_CHECKING:
    from mixgui.models.result import ModelFit

Labels = Mapping[str, str]
_EQUALS = literal(" = ")
_NOTHING = literal("")


def fitted_equation(fit: ModelFit, labels: Labels | None = None) -> Equation:
    """Return the fitted equation: Predicted Language = 40.61 + 2.49(Verbal IQ).

    Parameters
    ----------
    fit : ModelFit
        An ordinary regression or a mixed model (then of a group whose random effects are zero).
    labels : mapping, optional
        Column -> what to call it.
    """
    variables = {variable.name: variable for variable in fit.design.variables}
    columns = _columns(fit, variables)
    estimates = dict(zip(fit.fixed_names, map(float, fit.beta), strict=True))
    return fitted_from(fit.formula, columns, estimates, labels or {})


def fitted_from(
    formula: Formula, columns: Sequence[Column], estimates: Mapping[str, float], labels: Labels
) -> Equation:
    """Return the fitted equation from plain values.

    Parameters
    ----------
    formula : Formula
        For the outcome and offsets.
    columns : sequence of Column
        What each coefficient is multiplied by.
    estimates : mapping
        R's name of a coefficient -> its estimate.
    labels : mapping
        Column of the table -> what to call it.
    """
    notation = Notation((), {}, labels, show_index=False)
    decimals = decimals_for(estimates.values())
    summands = [
        (estimates[column.name], _times(notation, column)) for column in columns if column.name in estimates
    ]
    return (
        _predicted(formula, notation)
        + _EQUALS
        + _with_offset(signed_sum(summands, decimals), formula, notation)
    )


def group_equation(fit: ModelFit, factor: str, level: str, labels: Labels | None = None) -> Equation:
    """Return the equation of one group: Predicted Language = [40.61 − 0.38] + 2.49(Verbal IQ) = 40.23 + ...

    Predictors of the groups enter with the group's own values. When the group lies within groups of other
    factors, their random effects count too; those of crossed factors are left at zero.

    Parameters
    ----------
    fit : ModelFit
        A mixed model.
    factor : str
        Name of the grouping factor.
    level : str
        Name of the group.
    labels : mapping, optional
        Column -> what to call it.

    Raises
    ------
    ModelError
        No such factor or group.
    """
    groups = _groups_of(fit, factor, str(level))
    codes = fit.design.factors[factor].codes
    row = int(np.flatnonzero(codes == groups[factor])[0])
    variables = {variable.name: variable for variable in fit.design.variables}
    fixed, varying = _columns(fit, variables), _random_columns(fit, variables)
    effects = _effects(fit, groups, varying)
    estimates = dict(zip(fit.fixed_names, map(float, fit.beta), strict=True))
    members = []
    for column in {column.key: column for column in (*varying, *fixed)}.values():
        free, constant, value = [], [], 1.0
        for part in column.parts:
            variable = variables[str(part.expression)]
            if _constant_within(variable, codes):
                constant.append(part)
                value *= _value(part, variable, row)
            else:
                free.append(part)
        own = effects.get(column.key, ())
        if own or column.name in estimates:
            estimate = estimates.get(column.name)
            members.append(
                GroupMember(column, estimate, own, value, Column(tuple(constant)), Column(tuple(free)))
            )
    order = {column.key: place for place, column in enumerate(fixed)}
    members.sort(key=lambda member: order.get(member.column.key, len(order) if member.column.parts else -1))
    return group_from(fit.formula, members, labels or {})


@dataclass(frozen=True)
class GroupMember:
    """A column in the equation of one group.

    Parameters
    ----------
    column : Column
        What it is.
    fixed : float, optional
        The fixed effect.
    effects : tuple of float
        The group's random effects.
    value : float
        Product of those of its variables that are constant within the group.
    constant, free : Column
        The variables that are constant within the group, and the others.
    """

    column: Column
    fixed: float | None
    effects: tuple[float, ...]
    value: float
    constant: Column
    free: Column


def group_from(formula: Formula, members: Sequence[GroupMember], labels: Labels) -> Equation:
    """Return the equation of a group from plain values, columns with the same free variables taken together."""
    notation = Notation((), {}, labels, show_index=False)
    decimals = decimals_for(member.fixed or 0.0 for member in members)
    together: dict[frozenset[str], list[GroupMember]] = {}
    for member in members:
        together.setdefault(member.free.key, []).append(member)
    taken_apart, summed_up = [], []
    for same in together.values():
        summands = [pair for member in same for pair in _summands(member, decimals)]
        total = sum(member.value * sum([member.fixed or 0.0, *member.effects]) for member in same)
        times = _times(notation, same[0].free)
        taken_apart.append((summands, times))
        summed_up.append((total, times))
    short = _with_offset(signed_sum(summed_up, decimals), formula, notation)
    out = _predicted(formula, notation) + _EQUALS
    if any(len(summands) > 1 for summands, _ in taken_apart):
        out = out + _with_offset(_sum_of_sums(taken_apart, decimals), formula, notation) + _EQUALS
    return out + short


def _sum_of_sums(parts: Sequence[tuple[list[tuple[float, Equation]], Equation]], decimals: int) -> Equation:
    """Return [40.61 − 0.38] + 2.49(x): several numbers in brackets, a single one with its sign."""
    out = _NOTHING
    for place, (summands, times) in enumerate(parts):
        if len(summands) > 1:
            piece = bracketed(signed_sum(summands, decimals)) + times
            out = out + literal(" + ") + piece if place else piece
        else:
            value, thing = summands[0]
            out = out + signed_sum([(value, thing + times)], decimals, first=not place)
    return out


def _summands(member: GroupMember, decimals: int) -> list[tuple[float, Equation]]:
    """Return the numbers of a column, each times the group's own values: 3.20(1)."""
    times = parenthesised(_own_value(member.value)) if member.constant.parts else _NOTHING
    fixed = [] if member.fixed is None else [member.fixed]
    # A random effect that rounds to zero is shown as zero, and not as a power of ten.
    effects = [0.0 if abs(effect) < 0.5 * 10.0**-decimals else effect for effect in member.effects]
    return [(value, times) for value in (*fixed, *effects)]


def _own_value(value: float) -> Equation:
    if value == int(value) and abs(value) < 1e7:
        return number(value, 0)
    return number(value, decimals_for([value]))


# From a fit to plain values -----------------------------------------------------------------------------


def _categories(variables: Mapping[str, Variable]) -> dict[str, Categories]:
    return {
        name: Categories(variable.levels, variable.ordered)
        for name, variable in variables.items()
        if isinstance(variable, Categorical)
    }


def _columns(fit: ModelFit, variables: Mapping[str, Variable]) -> tuple[Column, ...]:
    return columns_of(fit.formula.terms, fit.formula.intercept, _categories(variables))


def _random_columns(fit: ModelFit, variables: Mapping[str, Variable]) -> tuple[Column, ...]:
    """Return the columns of all random terms, each once."""
    known = _categories(variables)
    found = [
        column
        for term in split_uncorrelated(fit.formula.random)
        for column in columns_of(term.terms, term.intercept, known)
    ]
    return tuple({column.key: column for column in found}.values())


def _groups_of(fit: ModelFit, factor: str, level: str) -> dict[str, int]:
    """Return the code of the group, and of the groups of other factors that it lies within."""
    factors = fit.design.factors
    if factor not in factors:
        raise ModelError(
            f"“{factor}” is no grouping factor of the model.", f"Those are: {', '.join(factors) or 'none'}."
        )
    levels = factors[factor].levels
    if level not in levels:
        close = difflib.get_close_matches(level, levels, 1)
        hint = f"Did you mean “{close[0]}”?" if close else f"The first ones are {', '.join(levels[:5])}."
        raise ModelError(f"“{factor}” has no group “{level}”.", hint)
    code = levels.index(level)
    row = int(np.flatnonzero(factors[factor].codes == code)[0])
    out = {factor: code}
    for name, other in factors.items():
        if name != factor and _constant_within(other, factors[factor].codes):
            out[name] = int(other.codes[row])
    return out


def _effects(
    fit: ModelFit, groups: Mapping[str, int], columns: Sequence[Column]
) -> dict[frozenset[str], tuple[float, ...]]:
    """Return the conditional modes of the groups by column."""
    assert fit.lmm is not None
    key_of = {column.name: column.key for column in columns}
    out: dict[frozenset[str], tuple[float, ...]] = {}
    for part, modes in zip(fit.design.random, fit.lmm.modes, strict=True):
        if part.factor.name in groups:
            for place, name in enumerate(part.names):
                key = key_of[name]
                out[key] = (*out.get(key, ()), float(modes[groups[part.factor.name], place]))
    return out


def _constant_within(variable: Variable, codes: np.ndarray) -> bool:
    """Whether a variable has one value in every group."""
    values = variable.codes if isinstance(variable, Categorical) else variable.values
    _, first = np.unique(codes, return_index=True)
    groups = np.zeros(int(codes.max()) + 1, dtype=np.intp)
    groups[codes[first]] = first
    return bool(np.array_equal(values, values[groups[codes]]))


def _value(part: Part, variable: Variable, row: int) -> float:
    """Return the value of one variable of a column in a row."""
    if isinstance(variable, Matrix):
        return float(variable.values[row, int(part.suffix) - 1])
    if not isinstance(variable, Categorical):
        return float(variable.values[row])
    if part.kind == "dummy":
        return float(variable.levels[variable.codes[row]] == part.suffix)
    coding = coding_of(variable.levels, variable.ordered, False)
    return float(coding.values[variable.codes[row], coding.suffixes.index(part.suffix)])


# Pieces -------------------------------------------------------------------------------------------------


def _predicted(formula: Formula, notation: Notation) -> Equation:
    outcome = notation.spell(formula.outcome)
    return Equation(f"Predicted {outcome.html}", rf"\widehat{{{outcome.latex}}}", f"Predicted {outcome.text}")


def _times(notation: Notation, column: Column) -> Equation:
    return parenthesised(notation.spell_column(column.parts)) if column.parts else _NOTHING


def _with_offset(total: Equation, formula: Formula, notation: Notation) -> Equation:
    return joined([total, *(notation.spell(expression) for expression in formula.offset)], literal(" + "))
