"""The hypotheses of an analysis of variance: one matrix L for each term, so that L beta = 0 is what is tested.

A term is contained in another if the other has all its variables, more factors, and the same numeric ones
(SAS/STAT User's Guide, "The Four Types of Estimable Functions"): x in x:f, but not f in x:f, which is about
differences between the levels of f where x is 0.

Type III tests a term marginally: averaged over the levels of the other factors, each level counting once.
That does not depend on how factors are coded. Type II adjusts a term for all terms that do not contain it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from mixgui.errors import ModelError
from mixgui.models.contrasts import coding_of, full_factors
from mixgui.models.variables import Categorical, FloatArray, Matrix, Variable

if TYPE_CHECKING:
    from mixgui.models.design import Design
    from mixgui.models.result import ModelFit

# Numbers in the table of all indicator columns, beyond which empty cells are not looked into.
_MOST_NUMBERS = 50_000_000


@dataclass(frozen=True, eq=False)
class TermColumns:
    """A term of the fixed effects and how its columns arise.

    Parameters
    ----------
    name : str
        ``a:b``.
    variables : tuple of Variable
        What is multiplied.
    full : frozenset of str
        The factors that have a column for every level.
    columns : tuple of int
        Its columns of X, the dropped ones left out.
    """

    name: str
    variables: tuple[Variable, ...]
    full: frozenset[str]
    columns: tuple[int, ...]

    @property
    def factors(self) -> dict[str, Categorical]:
        """Its factors by name."""
        return {v.name: v for v in self.variables if isinstance(v, Categorical)}

    @property
    def numerics(self) -> frozenset[str]:
        """Its numeric variables."""
        return frozenset(v.name for v in self.variables if not isinstance(v, Categorical))

    def contains(self, other: TermColumns) -> bool:
        """Whether the other term is contained in this one."""
        return other.numerics == self.numerics and other.factors.keys() < self.factors.keys()

    def coding(self, name: str) -> FloatArray:
        """Return the columns that stand for one of its factors, (levels, k)."""
        factor = self.factors[name]
        return coding_of(factor.levels, factor.ordered, name in self.full).values


def term_columns(design: Design) -> tuple[TermColumns, ...]:
    """Return the terms of the fixed effects, in order."""
    formula, matrix = design.formula, design.matrix
    by_name = {variable.name: variable for variable in design.variables}
    variables = [tuple(by_name[str(factor)] for factor in term.factors) for term in formula.terms]
    factors = {v.name for term in variables for v in term if isinstance(v, Categorical)}
    full = full_factors([[v.name for v in term] for term in variables], factors, formula.intercept)
    return tuple(
        TermColumns(
            str(term),
            variables[i],
            full[i],
            tuple(j for j, owner in enumerate(matrix.assign) if owner == i + 1),
        )
        for i, term in enumerate(formula.terms)
    )


def type_three(fit: ModelFit) -> dict[str, FloatArray]:
    """Return L (q, p) of each term's type III hypothesis.

    Raises
    ------
    ModelError
        Empty cells in a design that is too large to look into.
    """
    terms = term_columns(fit.design)
    if fit.dropped_columns:
        return _estimable(fit, terms)
    return {term.name: _marginal(term, terms, fit) for term in terms}


def _columns_of(term: TermColumns) -> list[tuple[tuple[tuple[str, int], ...], dict[str, int]]]:
    """Return, for each column of a term: which numeric columns it multiplies, and its column of each factor."""
    widths = []
    for v in term.variables:
        if isinstance(v, Categorical):
            widths.append(term.coding(v.name).shape[1])
        else:
            widths.append(len(v.suffixes) if isinstance(v, Matrix) else 1)
    out = []
    for reverse in product(*(range(w) for w in reversed(widths))):  # the first varies fastest, as in X
        picks = dict(zip((v.name for v in term.variables), reverse[::-1], strict=True))
        numeric = tuple(sorted((name, picks[name]) for name in term.numerics))
        out.append((numeric, {name: picks[name] for name in term.factors}))
    return out


def _marginal(term: TermColumns, terms: tuple[TermColumns, ...], fit: ModelFit) -> FloatArray:
    """Contrasts between the levels of the term's factors, averaged over those of all others.

    Columns with the same numeric part are the same quantity (a mean, a slope) for different cells, so L is
    a Kronecker product: differences of levels for the term's factors, means for the others.
    """
    p = len(fit.beta)
    compare = {name: _comparison(term, name) for name in term.factors}
    widths = [len(rows) for rows in compare.values()]
    numerics = list(dict.fromkeys(numeric for numeric, _ in _columns_of(term)))
    q = int(np.prod(widths, dtype=int))
    L = np.zeros((len(numerics) * q, p))
    for other in terms:
        if other.numerics != term.numerics or not term.factors.keys() <= other.factors.keys():
            continue  # contrasts over the levels of a factor that it lacks are 0, or it is another quantity
        for j, (numeric, picks) in zip(other.columns, _columns_of(other), strict=True):
            value: FloatArray = np.ones(1)
            for name in term.factors:
                value = np.kron(value, compare[name] @ other.coding(name)[:, picks[name]])
            for name in other.factors.keys() - term.factors.keys():
                value = value * other.coding(name)[:, picks[name]].mean()
            start = numerics.index(numeric) * q
            L[start : start + q, j] = value
    if any(name in term.full for name in term.factors):
        _add_lower(L, term, terms, compare, numerics)
    return L


def _comparison(term: TermColumns, name: str) -> FloatArray:
    """Rows over the levels of a factor: differences to the first, or each level where nothing else spans it."""
    k = len(term.factors[name].levels)
    if name in term.full:
        return np.eye(k)
    return np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)])


def _add_lower(
    L: FloatArray,
    term: TermColumns,
    terms: tuple[TermColumns, ...],
    compare: dict[str, FloatArray],
    numerics: list[tuple[tuple[str, int], ...]],
) -> None:
    """Add the terms that lack some of a fully coded term's factors: there each level counts by itself.

    Of 0 + f + h the term f is tested by its levels' means over h: the columns of h take part.
    """
    q = len(L) // len(numerics)
    for other in terms:
        lacking = term.factors.keys() - other.factors.keys()
        if other.numerics != term.numerics or not lacking or not lacking <= term.full:
            continue
        for j, (numeric, picks) in zip(other.columns, _columns_of(other), strict=True):
            value: FloatArray = np.ones(1)
            for name in term.factors:
                column = (
                    np.ones(len(term.factors[name].levels))
                    if name in lacking
                    else other.coding(name)[:, picks[name]]
                )
                value = np.kron(value, compare[name] @ column)
            for name in other.factors.keys() - term.factors.keys():
                value = value * other.coding(name)[:, picks[name]].mean()
            if numeric in numerics:
                start = numerics.index(numeric) * q
                L[start : start + q, j] = value


def _estimable(fit: ModelFit, terms: tuple[TermColumns, ...]) -> dict[str, FloatArray]:
    """Type III where columns were dropped: estimable functions orthogonal to those of containing terms.

    With a column for every level, D = X B; the rows of B are the functions of D's parameters that X's
    coefficients estimate. A term's rows are made orthogonal to the rows of the terms that contain it, and
    what makes them so is L.
    """
    n, p = fit.design.X.shape
    D = _indicators(fit.design, terms)
    if n * D.shape[1] > _MOST_NUMBERS:
        raise ModelError(
            "Type III tests of a design with empty cells are not available for so large a table.",
            "Use type II, or leave out the interaction with empty cells.",
        )
    B = np.linalg.lstsq(fit.design.X, D, rcond=None)[0]
    out: dict[str, FloatArray] = {}
    for term in terms:
        own = np.zeros((len(term.columns), p))
        own[range(len(term.columns)), list(term.columns)] = 1.0
        containing = [j for other in terms if other.contains(term) for j in other.columns]
        if containing and len(own):
            other_rows = B[containing]
            share = np.linalg.lstsq(other_rows.T, (own @ B).T, rcond=None)[0]
            own[:, containing] -= share.T
        out[term.name] = own
    return out


def _indicators(design: Design, terms: tuple[TermColumns, ...]) -> FloatArray:
    """Return the columns of X with every factor coded by all its levels, (n, P)."""
    columns = [np.ones(design.n)] if design.formula.intercept else []
    for term in terms:
        parts: list[FloatArray] = []
        for v in term.variables:
            if isinstance(v, Categorical):
                parts.append(np.eye(len(v.levels))[v.codes])
            else:
                parts.append(v.values.reshape(design.n, -1))
        for picks in product(*(range(part.shape[1]) for part in parts)):
            column = np.ones(design.n)
            for part, pick in zip(parts, picks, strict=True):
                column = column * part[:, pick]
            columns.append(column)
    return np.column_stack(columns)


def type_two(fit: ModelFit) -> dict[str, FloatArray]:
    """Return L (q, p) of each term's type II hypothesis.

    A term is adjusted for the terms that do not contain it: with X = Q R, columns in the order (those, the
    term, what contains it), the term's rows of R. As lmerTest, the columns are unweighted for a mixed model;
    least squares uses its weights.
    """
    design, terms = fit.design, term_columns(fit.design)
    X = design.X
    if fit.ols is not None and design.weights is not None:
        X = X * np.sqrt(design.weights)[:, None]
    out: dict[str, FloatArray] = {}
    for term in terms:
        later = [j for other in terms if other.contains(term) for j in other.columns]
        own = list(term.columns)
        first = [j for j in range(X.shape[1]) if j not in {*later, *own}]
        order = [*first, *own, *later]
        R = np.linalg.qr(X[:, order], mode="r")
        L = np.zeros((len(own), X.shape[1]))
        if later:
            L[:, order] = R[len(first) : len(first) + len(own)]
        else:
            L[range(len(own)), own] = 1.0
        # The pooled df of Satterthwaite's F test depend a little on the basis of the hypothesis: with these
        # rows (units; Doolittle's decomposition) they are lmerTest's.
        out[term.name] = L / L[range(len(own)), own][:, None]
    return out
