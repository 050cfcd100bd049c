"""The equations of a model, from its formula: composite, by levels, and what is assumed of the random parts.

Notation: rows i within groups j (k, ... for further grouping factors; jk where groups lie within groups), fixed effects
β0, β1, ... in R's order, random effects b0j, b1j (c, d, ... for further factors) with the number of the fixed effect
that they vary around, residuals ε. Level-1 coefficients are starred: β*0j = β0 + b0j.

The equations of a fit are in `fitted_equations` and can be imported from here too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mixgui.models.equation_columns import (
    Categories,
    Column,
    Grouping,
    Notation,
    Part,
    columns_of,
    notation_of,
)
from mixgui.models.equation_markup import (
    Equation,
    bracketed,
    joined,
    lines,
    literal,
    parenthesised,
    summed,
    symbol,
)
from mixgui.models.fitted_equations import fitted_equation, group_equation
from mixgui.models.formula import Formula
from mixgui.models.random_terms import split_uncorrelated

__all__ = [
    "Categories",
    "Equation",
    "assumptions",
    "equations",
    "fitted_equation",
    "group_equation",
    "level_equations",
    "statistical_equation",
]

Levels = Mapping[str, str | None]
Labels = Mapping[str, str]
_EQUALS = literal(" = ")


@dataclass(frozen=True)
class _Effect:
    """A random effect: the factor over whose groups it varies, and its symbol."""

    grouping: Grouping
    symbol: Equation
    block: int


@dataclass(frozen=True)
class _Coefficient:
    """What multiplies a column: a fixed effect, random effects, or both."""

    number: int
    column: Column
    fixed: bool
    effects: tuple[_Effect, ...]

    def value(self) -> list[Equation]:
        """Return its summands: β1, b1j."""
        own = [symbol("β", str(self.number))] if self.fixed else []
        return own + [effect.symbol for effect in self.effects]


def statistical_equation(
    formula: Formula,
    levels: Levels | None = None,
    labels: Labels | None = None,
    *,
    categories: Mapping[str, Categories] | None = None,
) -> Equation:
    """Return the composite equation: Language_ij = [β0 + b0j] + β1(Verbal IQ_ij) + ε_ij.

    Parameters
    ----------
    formula : Formula
        The model.
    levels : mapping, optional
        Column -> grouping factor within whose groups it is constant, None for those that vary by row.
    labels : mapping, optional
        Column -> what to call it; others go by their names.
    categories : mapping, optional
        ``str(expression)`` -> levels of a factor, so that its dummy variables are shown.

    Returns
    -------
    Equation
    """
    notation = notation_of(formula, levels or {}, labels or {})
    pieces = []
    for coefficient in _coefficients(formula, notation, categories or {}):
        value = coefficient.value()
        several = len(value) > 1
        shown = bracketed(summed(value)) if several else value[0]
        pieces.append(shown + _times(notation, coefficient.column.parts))
    return _outcome(formula, notation) + _EQUALS + summed([*pieces, *_tail(formula, notation)])


def level_equations(
    formula: Formula,
    levels: Levels | None = None,
    labels: Labels | None = None,
    *,
    categories: Mapping[str, Categories] | None = None,
) -> Equation:
    """Return a Level-1 equation, and a Level-2 equation for each of its coefficients.

    Predictors of the groups stand in the Level-2 equations, cross-level interactions in that of the slope. With several
    grouping factors the Level-2 equations hold the effects of all of them. Parameters as in `statistical_equation`.
    """
    notation = notation_of(formula, levels or {}, labels or {})
    coefficients = _coefficients(formula, notation, categories or {})
    if not notation.groupings:
        return statistical_equation(formula, levels, labels, categories=categories)
    carriers: dict[frozenset[str], list[_Coefficient]] = {}
    for coefficient in coefficients:
        key = frozenset(part.name for part in _row_parts(coefficient.column, notation))
        carriers.setdefault(key, []).append(coefficient)
    index = "".join(grouping.index[0] for grouping in notation.groupings)
    first, second = [], []
    for key, members in carriers.items():
        main = next((one for one in members if one.column.key == key), members[0])
        starred = symbol("β", f"{main.number}{index}", starred=True)
        first.append(starred + _times(notation, _row_parts(main.column, notation)))
        second.append((starred, _EQUALS + summed(_second_level(members, notation))))
    outcome = _outcome(formula, notation)
    heading = [literal("Level 1:", r"\text{Level 1:}"), literal("Level 2:", r"\text{Level 2:}")]
    top = (outcome, _EQUALS + summed([*first, *_tail(formula, notation)]))
    return lines([heading[0], top, heading[1], *second])


def assumptions(
    formula: Formula,
    levels: Levels | None = None,
    labels: Labels | None = None,
    *,
    categories: Mapping[str, Categories] | None = None,
) -> Equation:
    """Return the distributions of residuals and random effects. Parameters as in `statistical_equation`."""
    notation = notation_of(formula, levels or {}, labels or {})
    residual = symbol("ε", notation.rows)
    rows = [(residual, _normal(symbol("σ", "ε", squared=True)))]
    blocks: dict[int, list[_Effect]] = {}
    for coefficient in _coefficients(formula, notation, categories or {}):
        for effect in coefficient.effects:
            blocks.setdefault(effect.block, []).append(effect)
    for block in sorted(blocks):
        rows += _block(blocks[block])
    return lines(rows)


def equations(
    formula: Formula,
    levels: Levels | None = None,
    labels: Labels | None = None,
    *,
    categories: Mapping[str, Categories] | None = None,
) -> dict[str, Equation]:
    """Return the equation in each form: "composite", "levels" (mixed models only) and "assumptions"."""
    out = {"composite": statistical_equation(formula, levels, labels, categories=categories)}
    if formula.is_mixed:
        out["levels"] = level_equations(formula, levels, labels, categories=categories)
    out["assumptions"] = assumptions(formula, levels, labels, categories=categories)
    return out


# Pieces -------------------------------------------------------------------------------------------------


def _outcome(formula: Formula, notation: Notation) -> Equation:
    return notation.spell(formula.outcome)


def _tail(formula: Formula, notation: Notation) -> list[Equation]:
    """Return what has no coefficient: offsets and the residual."""
    return [*(notation.spell(expression) for expression in formula.offset), symbol("ε", notation.rows)]


def _times(notation: Notation, parts: Sequence[Part]) -> Equation:
    """Return the column in parentheses behind its coefficient; nothing for the intercept."""
    return parenthesised(notation.spell_column(parts)) if parts else literal("")


def _row_parts(column: Column, notation: Notation) -> tuple[Part, ...]:
    return tuple(part for part in column.parts if notation.level(part.expression) is None)


def _second_level(members: Sequence[_Coefficient], notation: Notation) -> list[Equation]:
    """Return the summands of a Level-2 equation: fixed effects with group predictors, then random effects."""
    out = []
    for one in members:
        group = tuple(part for part in one.column.parts if notation.level(part.expression) is not None)
        if one.fixed and (not one.effects or not group):
            out.append(symbol("β", str(one.number)) + _times(notation, group))
    for one in members:
        group = tuple(part for part in one.column.parts if notation.level(part.expression) is not None)
        if not group:
            out += [effect.symbol for effect in one.effects]
        elif one.effects:
            value = one.value()
            out.append((bracketed(summed(value)) if len(value) > 1 else value[0]) + _times(notation, group))
    return out


def _normal(variance: Equation) -> Equation:
    distribution = literal(" ~ N", r" \sim \mathcal{N}")
    return distribution + parenthesised(literal("0, ") + variance)


def _block(effects: Sequence[_Effect]) -> list[tuple[Equation, Equation]]:
    """Return the distribution of random effects that share a covariance matrix."""
    variances = [symbol("σ", _plain(effect), squared=True) for effect in effects]
    if len(effects) == 1:
        return [(effects[0].symbol, _normal(variances[0]))]
    k = len(effects)
    covariances = {
        (row, column): symbol("σ", f"{_plain(effects[column])},{_plain(effects[row])}")
        for row in range(k)
        for column in range(row)
    }
    vector = joined([effect.symbol for effect in effects], literal(", "))
    table = [
        [variances[r].latex if r == c else covariances[max(r, c), min(r, c)].latex for c in range(k)]
        for r in range(k)
    ]
    matrix = r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in table) + r" \end{pmatrix}"
    zeros = r"\begin{pmatrix} " + r" \\ ".join("0" for _ in effects) + r" \end{pmatrix}"
    stacked = (
        r"\begin{pmatrix} " + r" \\ ".join(effect.symbol.latex for effect in effects) + r" \end{pmatrix}"
    )
    name = symbol("Σ", effects[0].grouping.letter)
    head = (
        replace(parenthesised(vector), latex=stacked),
        replace(_normal(name), latex=rf" \sim \mathcal{{N}}\left({zeros}, {matrix}\right)"),
    )
    said = [
        literal("Var") + parenthesised(e.symbol) + _EQUALS + v
        for e, v in zip(effects, variances, strict=True)
    ]
    said += [
        literal("Cov")
        + parenthesised(effects[c].symbol + literal(", ") + effects[r].symbol)
        + _EQUALS
        + value
        for (r, c), value in covariances.items()
    ]
    # The matrix says it all in LaTeX; rich and plain text have no matrices and list its elements.
    details = replace(joined(said, literal("; ")), latex="")
    return [(head[0], head[1] + replace(literal(", where "), latex="") + details)]


def _plain(effect: _Effect) -> str:
    """Return the symbol of an effect without the index of its groups: b0."""
    return effect.symbol.text.removesuffix(effect.grouping.index)


def _coefficients(
    formula: Formula, notation: Notation, categories: Mapping[str, Categories]
) -> list[_Coefficient]:
    """Return all coefficients in order: those with a fixed effect, then those that only vary."""
    fixed = columns_of(formula.terms, formula.intercept, categories)
    start = 0 if formula.intercept else 1
    numbers = {column.key: start + place for place, column in enumerate(fixed)}
    columns = {column.key: column for column in fixed}
    effects: dict[frozenset[str], list[_Effect]] = {}
    for block, term in enumerate(split_uncorrelated(formula.random)):
        grouping = notation.grouping(term.group_name)
        for column in columns_of(term.terms, term.intercept, categories):
            if column.key not in numbers:
                # A random intercept without a fixed one keeps its number 0.
                numbers[column.key] = max(numbers.values(), default=0) + 1 if column.parts else 0
                columns[column.key] = column
            letter = symbol(grouping.letter, f"{numbers[column.key]}{grouping.index}")
            effects.setdefault(column.key, []).append(_Effect(grouping, letter, block))
    known = {column.key for column in fixed}
    found = [
        _Coefficient(numbers[key], column, key in known, _finest_first(effects.get(key, []), notation))
        for key, column in columns.items()
    ]
    return sorted(found, key=lambda one: one.number)


def _finest_first(effects: Sequence[_Effect], notation: Notation) -> tuple[_Effect, ...]:
    return tuple(sorted(effects, key=lambda effect: notation.groupings.index(effect.grouping)))
