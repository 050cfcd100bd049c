"""The formula of a model: an immutable value behind the text field, the click builder and the equation.

``str(formula)`` is canonical lme4 syntax with the intercept written out, and parsing it gives the same
formula again. Every edit returns a new formula. Terms stand in the order of R's ``terms()``: by degree,
then by first appearance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from mixgui.data.expressions import Expression, Name
from mixgui.data.tokens import Span
from mixgui.errors import FormulaError
from mixgui.models.terms import Term, appended, check_factor, names_of, ordered, printing_order, unique


@dataclass(frozen=True, eq=False)
class RandomTerm:
    """Effects that vary over the groups of one factor: ``(1 + x | g)``.

    Parameters
    ----------
    group : tuple of Expression
        The grouping factor; several are an interaction, ``a:b``. Their order matters only for the name.
    intercept : bool
        Whether the intercept varies.
    terms : tuple of Term
        The slopes that vary.
    correlated : bool
        False for ``||``: the effects are estimated without correlations.
    span : tuple of int, optional
        Where it stood in the text that was parsed; not part of the value.
    """

    group: tuple[Expression, ...]
    intercept: bool = True
    terms: tuple[Term, ...] = ()
    correlated: bool = True
    span: Span | None = field(default=None, repr=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", tuple(dict.fromkeys(self.group)))
        object.__setattr__(self, "terms", ordered(self.terms))
        where = self.span or (0, 0)
        if not self.group:
            raise FormulaError(
                "A random term needs a grouping factor.", "Write for instance (1 | school).", span=where
            )
        for factor in self.group:
            check_factor(factor)
        if not self.intercept and not self.terms:
            raise FormulaError(
                "Nothing varies in this random term.",
                "Write 1 for a random intercept: (1 | group).",
                span=where,
            )

    @property
    def group_name(self) -> str:
        """The grouping factor as lme4 names it in its results: ``school``, ``cask:batch``."""
        if len(self.group) == 1 and isinstance(self.group[0], Name):
            return self.group[0].name
        return ":".join(str(factor) for factor in self.group)

    def variables(self) -> tuple[str, ...]:
        """Return the columns used, slopes first."""
        return unique((*(name for term in self.terms for name in term.variables()), *names_of(self.group)))

    def rename(self, names: Mapping[str, str]) -> RandomTerm:
        """Return the same term over renamed columns (old name -> new name)."""
        return replace(
            self,
            group=tuple(factor.rename(names) for factor in self.group),
            terms=tuple(term.rename(names) for term in self.terms),
        )

    def _key(self) -> tuple[object, ...]:
        return (frozenset(self.group), self.intercept, self.terms, self.correlated)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RandomTerm) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        effects = " + ".join(["1" if self.intercept else "0", *map(str, printing_order(self.terms))])
        return (
            f"({effects} {'|' if self.correlated else '||'} {':'.join(str(factor) for factor in self.group)})"
        )


@dataclass(frozen=True)
class Formula:
    """Outcome, fixed effects and random terms of a model.

    Parameters
    ----------
    outcome : Expression
        ``language``, ``log(income)``.
    intercept : bool
        Whether there is a fixed intercept.
    terms : tuple of Term
        The fixed effects; repeated ones are kept once, in R's order.
    random : tuple of RandomTerm
        Empty for an ordinary regression.
    offset : tuple of Expression
        Columns that enter with a coefficient of one: x of ``offset(x)``.

    Raises
    ------
    FormulaError
        When the outcome is among the predictors or holds no column, or a random term occurs twice.
    """

    outcome: Expression
    intercept: bool = True
    terms: tuple[Term, ...] = ()
    random: tuple[RandomTerm, ...] = ()
    offset: tuple[Expression, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", ordered(self.terms))
        object.__setattr__(self, "random", tuple(self.random))
        object.__setattr__(self, "offset", tuple(self.offset))
        if not self.outcome.variables():
            raise FormulaError(
                f"The outcome {self.outcome} is no column.",
                "Write the name of the outcome before ~.",
                span=self.outcome.span or (0, 0),
            )
        self._check_outcome_apart()
        for index, term in enumerate(self.random):
            if term in self.random[:index]:
                raise FormulaError(
                    f"The random term {term} is there twice.",
                    "Remove one of the two.",
                    span=term.span or (0, 0),
                )

    def _check_outcome_apart(self) -> None:
        used = [factor for term in self.terms for factor in term.factors]
        for part in self.random:
            used += [factor for term in part.terms for factor in term.factors]
            used += part.group
        for factor in used:
            if factor == self.outcome:
                raise FormulaError(
                    f"The outcome {self.outcome} cannot explain itself.",
                    "Remove it from one side of ~.",
                    span=factor.span or (0, 0),
                )

    # What it says ------------------------------------------------------------------------------------------

    @property
    def is_mixed(self) -> bool:
        """Whether there are random effects."""
        return bool(self.random)

    def variables(self) -> tuple[str, ...]:
        """Return all columns used, each once: outcome, fixed effects, offset, random slopes and groups."""
        parts: list[tuple[str, ...]] = [self.outcome.variables()]
        parts += [term.variables() for term in self.terms]
        parts += [expression.variables() for expression in self.offset]
        parts += [term.variables() for term in self.random]
        return unique(name for part in parts for name in part)

    def __str__(self) -> str:
        parts = ["1" if self.intercept else "0", *map(str, printing_order(self.terms))]
        parts += [f"offset({expression})" for expression in self.offset]
        parts += [str(term) for term in self.random]
        return f"{self.outcome} ~ {' + '.join(parts)}"

    # Edits: each returns a new formula ---------------------------------------------------------------------

    def with_outcome(self, outcome: Expression | str) -> Formula:
        """Replace the outcome; terms with the new one as a factor are dropped: it cannot explain itself."""
        new = _expression(outcome)

        def clash(term: Term) -> bool:
            return new in term.factors

        random = []
        for part in self.random:
            slopes = tuple(term for term in part.terms if not clash(term))
            if new not in part.group and (part.intercept or slopes):
                random.append(replace(part, terms=slopes))
        terms = tuple(term for term in self.terms if not clash(term))
        return replace(self, outcome=new, terms=terms, random=tuple(dict.fromkeys(random)))

    def with_term(self, term: Term | Expression | str) -> Formula:
        """Add a fixed effect (no change when it is there)."""
        return replace(self, terms=appended(self.terms, [as_term(term)]))

    def without_term(self, term: Term | Expression | str, *, with_interactions: bool = False) -> Formula:
        """Remove a fixed effect.

        Interactions in which it takes part stay, as in R (``a*b - a``), unless `with_interactions` is set.
        """
        gone = as_term(term)
        kept = (
            other
            for other in self.terms
            if not (other.contains(gone) if with_interactions else other == gone)
        )
        return replace(self, terms=tuple(kept))

    def with_interaction(self, *factors: Expression | str, main_effects: bool = True) -> Formula:
        """Add the interaction of factors, by default with all effects of lower degree: ``a*b*c``."""
        found = [_expression(factor) for factor in factors]
        lowest = 1 if main_effects else len(found)
        added = [
            Term(choice) for size in range(lowest, len(found) + 1) for choice in combinations(found, size)
        ]
        return replace(self, terms=appended(self.terms, added))

    def with_random(self, term: RandomTerm | str) -> Formula:
        """Add a random term, given as a value or as text: ``(1 + x | g)``; a nested one adds two."""
        return replace(self, random=(*self.random, *_random_terms(term)))

    def without_random(self, index: int) -> Formula:
        """Remove the random term at a position."""
        return replace(self, random=self.random[:index] + self.random[index + 1 :])

    def replace_random(self, index: int, term: RandomTerm | str) -> Formula:
        """Put another random term in the place of the one at a position."""
        return replace(self, random=(*self.random[:index], *_random_terms(term), *self.random[index + 1 :]))

    def with_intercept(self, intercept: bool) -> Formula:
        """Set whether there is a fixed intercept."""
        return replace(self, intercept=intercept)

    def fixed_only(self) -> Formula:
        """Return the ordinary regression with the same fixed effects."""
        return replace(self, random=())

    def rename(self, names: Mapping[str, str]) -> Formula:
        """Return the same formula over renamed columns (old name -> new name)."""
        return Formula(
            outcome=self.outcome.rename(names),
            intercept=self.intercept,
            terms=tuple(term.rename(names) for term in self.terms),
            random=tuple(term.rename(names) for term in self.random),
            offset=tuple(expression.rename(names) for expression in self.offset),
        )


# Helpers -----------------------------------------------------------------------------------------------


def as_term(value: Term | Expression | str) -> Term:
    """Return a term given as such, as an expression, or as text (``log(x)``, ``a:b``)."""
    if isinstance(value, Term):
        return value
    if isinstance(value, Expression):
        return Term((value,))
    from mixgui.models.formula_parser import parse_term  # here: the parser builds what this file defines

    return parse_term(value)


def _expression(value: Expression | str) -> Expression:
    if isinstance(value, Expression):
        return value
    from mixgui.data.expressions import parse_expression

    return parse_expression(value)


def _random_terms(value: RandomTerm | str) -> tuple[RandomTerm, ...]:
    if isinstance(value, RandomTerm):
        return (value,)
    from mixgui.models.formula_parser import parse_random

    return parse_random(value)
