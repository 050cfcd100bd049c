"""The random terms of a formula as arrays for the engine, in lme4's order and under lme4's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from mixgui.engine import Factor, RandomTermData
from mixgui.models.formula import Formula, RandomTerm
from mixgui.models.model_matrix import INTERCEPT, ModelMatrix, model_matrix
from mixgui.models.variables import Categorical, VariableTable, cross


@dataclass(frozen=True, eq=False)
class RandomPart:
    """One block of random effects with its own covariance matrix.

    Parameters
    ----------
    label : str
        Name in tables of variance components: the grouping factor, with ``.1``, ``.2`` for further blocks
        of the same factor, as lme4 writes it ("Subject", "Subject.1").
    factor : Categorical
        The grouping factor; blocks of the same factor share it.
    names : tuple of str
        Names of the effects: "(Intercept)", "Days".
    data : RandomTermData
        What the engine gets.
    """

    label: str
    factor: Categorical
    names: tuple[str, ...]
    data: RandomTermData


def split_uncorrelated(terms: Sequence[RandomTerm]) -> tuple[RandomTerm, ...]:
    """Write ``(1 + x + f || g)`` as ``(1 | g) + (0 + x | g) + (0 + f | g)``, as lme4 does.

    A factor f keeps one block in which its levels' effects are correlated: the bar separates terms, not
    columns.
    """
    out: list[RandomTerm] = []
    for term in terms:
        if term.correlated:
            out.append(term)
            continue
        if term.intercept:
            out.append(replace(term, terms=(), correlated=True))
        out.extend(replace(term, intercept=False, terms=(slope,), correlated=True) for slope in term.terms)
    return tuple(out)


def random_parts(
    terms: Sequence[RandomTerm],
    table: VariableTable,
    n: int,
    fixed: tuple[Formula, ModelMatrix] | None = None,
) -> tuple[RandomPart, ...]:
    """Build the blocks.

    Parameters
    ----------
    terms : sequence of RandomTerm
        Of the formula.
    table : VariableTable
        Variables over the rows used, nothing missing, unused levels dropped.
    n : int
        Number of rows.
    fixed : (Formula, ModelMatrix), optional
        The fixed effects' columns, all of them: a term with the same columns shares their memory.

    Returns
    -------
    tuple of RandomPart
        Largest grouping factors first (lme4's mkReTrms; ties are turned round when anything has to move, as
        there).
    """
    factors: dict[frozenset[str], Categorical] = {}
    engine_factors: dict[frozenset[str], Factor] = {}
    found: list[tuple[Categorical, tuple[str, ...], RandomTermData]] = []
    for term in split_uncorrelated(terms):
        key = frozenset(map(str, term.group))
        if key not in factors:
            factors[key] = _grouping_factor(term, table)
            engine_factors[key] = Factor(factors[key].codes, len(factors[key].levels), factors[key].name)
        names: tuple[str, ...] = (INTERCEPT,)
        Z = None
        if term.terms:
            if fixed and _same_columns(term, fixed[0]):
                matrix = fixed[1]
            else:
                matrix = model_matrix(term.terms, term.intercept, table.get, n)
            names, Z = matrix.names, matrix.values
        found.append((factors[key], names, RandomTermData(engine_factors[key], Z, True, names)))
    found = [found[i] for i in lme4_order([len(factor.levels) for factor, _, _ in found])]
    seen: dict[str, int] = {}
    parts = []
    for factor, names, data in found:
        times = seen.get(factor.name, 0)
        seen[factor.name] = times + 1
        parts.append(RandomPart(f"{factor.name}.{times}" if times else factor.name, factor, names, data))
    return tuple(parts)


def _same_columns(term: RandomTerm, formula: Formula) -> bool:
    """Whether a random term has the columns of the fixed effects; a:b and b:a are equal, but not column by column."""
    mine, theirs = ([str(t) for t in terms] for terms in (term.terms, formula.terms))
    return term.intercept == formula.intercept and mine == theirs


def lme4_order(n_levels: Sequence[int]) -> list[int]:
    """Return lme4's order of terms: as written if their factors' sizes never grow, else largest first."""
    order = list(range(len(n_levels)))
    if all(a >= b for a, b in pairwise(n_levels)):
        return order
    return [int(i) for i in np.argsort(n_levels, kind="stable")[::-1]]


def _grouping_factor(term: RandomTerm, table: VariableTable) -> Categorical:
    parts = [table.grouping(expression) for expression in term.group]
    if len(parts) == 1:
        return replace(parts[0], name=term.group_name)
    return cross(term.group_name, parts)
