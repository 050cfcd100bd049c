"""X, Z and groups for rows that the model has not seen, treated as the rows of the fit were.

Expressions use what they learnt then (the mean of scale(x), the polynomials of poly(x)), factors keep their
levels and contrasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.expressions import Expression, Name, evaluate
from mixgui.errors import ModelError
from mixgui.models.model_matrix import ModelMatrix, model_matrix
from mixgui.models.random_terms import lme4_order, split_uncorrelated
from mixgui.models.suggestions import nearest
from mixgui.models.terms import Term, names_of
from mixgui.models.variables import (
    Categorical,
    FloatArray,
    IntArray,
    Numeric,
    Variable,
    as_factor,
    as_variable,
    column,
)

if TYPE_CHECKING:
    from mixgui.models.design import Design
    from mixgui.models.formula import RandomTerm

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class NewEffects:
    """One block of random effects for the new rows.

    Parameters
    ----------
    codes : (r,) integer array
        Level of the grouping factor in the fit; -1 for a group that was not in it, or none given.
    Z : (r, k) array
        The effects' columns.
    missing : (r,) bool array
        Rows without a group.
    """

    codes: IntArray
    Z: FloatArray
    missing: BoolArray


class NewRows:
    """The variables of a model over new rows.

    Parameters
    ----------
    design : Design
        Of the fit.
    frame : DataFrame
        The new rows, (r, ...); not changed.
    """

    def __init__(self, design: Design, frame: pd.DataFrame) -> None:
        self.design, self.frame, self.n = design, frame, len(frame)
        self._trained = {variable.name: variable for variable in design.variables}
        self._memory = dict(design.memory)
        self._variables: dict[str, Variable] = {}

    def require(self, names: Iterable[str]) -> None:
        """Refuse a table that lacks columns (ModelError with the nearest name)."""
        known = [str(c) for c in self.frame.columns]
        lacking = [name for name in dict.fromkeys(names) if name not in known]
        if not lacking:
            return
        listed = ", ".join(f"“{name}”" for name in lacking)
        close = nearest(lacking[0], known)
        hint = f"Is it the column “{close}”?" if close else "Add it to the new rows."
        raise ModelError(
            f"The new rows have no column {listed}, which the model uses."
            if len(lacking) == 1
            else f"The new rows have no columns {listed}, which the model uses.",
            hint,
        )

    def variable(self, expression: Expression) -> Variable:
        """Return an expression over the new rows, of the type and with the levels of the fit."""
        name = str(expression)
        if name not in self._variables:
            self._variables[name] = self._as_trained(name, expression)
        return self._variables[name]

    def _evaluate(self, expression: Expression) -> pd.Series | npt.NDArray[np.generic]:
        if isinstance(expression, Name):
            return column(self.frame, expression)
        return evaluate(expression, self.frame, self._memory)

    def _as_trained(self, name: str, expression: Expression) -> Variable:
        values = self._evaluate(expression)
        trained = self._trained.get(name)
        if isinstance(trained, Categorical):
            given = as_factor(name, values)
            codes = recode(given, trained.levels)
            unknown = np.unique(given.codes[(codes < 0) & (given.codes >= 0)])
            if len(unknown):
                raise ModelError(
                    f"“{name}” is “{given.levels[unknown[0]]}” in a new row, which did not occur when the "
                    "model was fitted.",
                    f"It can be {_listed(trained.levels)}.",
                )
            return Categorical(name, codes, trained.levels, trained.ordered)
        made = as_variable(name, values)
        if trained is not None and type(made) is not type(trained):
            if isinstance(made, Categorical) and not len(made.levels):  # all missing
                return Numeric(name, np.full(self.n, np.nan))
            what = "numbers" if isinstance(trained, Numeric) else "a matrix of numbers"
            raise ModelError(
                f"“{name}” held {what} when the model was fitted; the new rows have other values.",
                "Give numbers for it.",
            )
        return made

    def matrix(self, terms: tuple[Term, ...], intercept: bool) -> ModelMatrix:
        """Return the columns of some terms; NaN in rows with a missing value."""
        missing = np.zeros(self.n, dtype=bool)

        def get(expression: Expression) -> Variable:
            variable = self.variable(expression)
            if not isinstance(variable, Categorical):
                return variable
            missing[variable.codes < 0] = True
            return Categorical(
                variable.name, np.maximum(variable.codes, 0), variable.levels, variable.ordered
            )

        made = model_matrix(terms, intercept, get, self.n)
        if missing.any():
            made.values[missing] = np.nan
        return made

    def fixed(self, *, dropped: bool = False) -> FloatArray:
        """Return X (r, p) for the fit's coefficients; with `dropped`, the columns that were left out."""
        formula = self.design.formula
        self.require(names_of(factor for term in formula.terms for factor in term.factors))
        made = self.matrix(formula.terms, formula.intercept)
        left_out = set(self.design.dropped_columns)
        chosen = [j for j, name in enumerate(made.names) if (name in left_out) == dropped]
        return made.values[:, chosen]

    def offset(self) -> FloatArray | None:
        """Return the offset (r,), None without one; raises ModelError if it was no part of the formula."""
        expressions = self.design.formula.offset
        if self.design.offset is None:
            return None
        if not expressions:
            raise ModelError(
                "The model was fitted with an offset that is not part of its formula, "
                "so that of the new rows is not known.",
                "Write the offset into the formula: offset(column).",
            )
        self.require(names_of(expressions))
        total = np.zeros(self.n)
        for expression in expressions:
            variable = self.variable(expression)
            if isinstance(variable, Numeric):
                total = total + variable.values
        return total

    def random(self, *, groups: bool = True) -> tuple[NewEffects, ...]:
        """Return the blocks of random effects in the order of the fit's; without `groups`, all groups are new."""
        terms = split_uncorrelated(self.design.formula.random)
        sizes = {part.factor.name: len(part.factor.levels) for part in self.design.random}
        order = lme4_order([sizes[_name(self.design, term)] for term in terms])
        return tuple(self._effects(terms[i], groups) for i in order)

    def _effects(self, term: RandomTerm, groups: bool) -> NewEffects:
        codes: IntArray = np.full(self.n, -1)
        missing = np.zeros(self.n, dtype=bool)
        if groups:
            self.require(term.variables())
            codes, missing = self._groups(term, self.design.factors[_name(self.design, term)])
        if not term.terms:
            return NewEffects(codes, np.ones((self.n, 1)), missing)
        return NewEffects(codes, self.matrix(term.terms, term.intercept).values, missing)

    def _groups(self, term: RandomTerm, factor: Categorical) -> tuple[IntArray, BoolArray]:
        parts = [as_factor(str(e), self._evaluate(e)) for e in term.group]
        missing = np.zeros(self.n, dtype=bool)
        for part in parts:
            missing |= part.codes < 0
        if len(parts) == 1:
            return recode(parts[0], factor.levels), missing
        place = {level: code for code, level in enumerate(factor.levels)}
        codes = np.full(self.n, -1)
        for i in np.flatnonzero(~missing):
            codes[i] = place.get(":".join(part.levels[part.codes[i]] for part in parts), -1)
        return codes, missing


def _name(design: Design, term: RandomTerm) -> str:
    """The factor's name in the fit: of terms with the same factors in another order, the first one's."""
    if term.group_name in design.factors:
        return term.group_name
    key = frozenset(map(str, term.group))
    return next(t.group_name for t in design.formula.random if frozenset(map(str, t.group)) == key)


def recode(factor: Categorical, levels: tuple[str, ...]) -> IntArray:
    """Return a factor's codes by other levels of the same names; -1 for levels that are not among them."""
    place = {level: code for code, level in enumerate(levels)}
    table = np.array([*(place.get(level, -1) for level in factor.levels), -1])
    return table[factor.codes]


def _listed(levels: tuple[str, ...]) -> str:
    shown = ", ".join(f"“{level}”" for level in levels[:8])
    return shown + (f" and {len(levels) - 8} more" if len(levels) > 8 else "")


def unknown_groups(design: Design, effects: tuple[NewEffects, ...], frame: pd.DataFrame) -> str:
    """Return a sentence about the first group that the model does not know; empty when it knows all."""
    for part, new in zip(design.random, effects, strict=True):
        unknown = np.flatnonzero((new.codes < 0) & ~new.missing)
        if len(unknown):
            names = part.factor.name.split(":")
            value = (
                ":".join(str(frame[name].iloc[unknown[0]]) for name in names)
                if all(name in frame.columns for name in names)
                else ""
            )
            what = f"the group “{value}”" if value else "a group"
            return (
                f"{len(unknown)} of the {len(frame)} new rows belong to groups of “{part.factor.name}” "
                f"that were not in the data, such as {what}."
                if len(unknown) > 1
                else f"A new row belongs to {what} of “{part.factor.name}”, which was not in the data."
            )
    return ""
