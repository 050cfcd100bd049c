"""The formula of a model: an immutable value behind the text field, the click builder and the equation.

``str(formula)`` is canonical lme4 syntax with the intercept written out, and parsing it gives the same
formula again. Every edit returns a new formula. Terms stand in the order of R's ``terms()``: by degree,
then by first appearance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from mixgui.data.expressions import Call, Expression, Name
from mixgui.data.tokens import Span
from mixgui.errors import FormulaError

# Interactions of more factors are refused, before their number takes the memory.
MAX_DEGREE = 20


@dataclass(frozen=True, eq=False)
class Term:
    """A product of expressions: ``x``, ``log(x)``, ``a:b``.

    Two terms are equal when they have the same factors in any order; the order is kept for the name.

    Parameters
    ----------
    factors : tuple of Expression
        Names and calls, each once; anything else belongs inside ``I( )``.
    """

    factors: tuple[Expression, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", tuple(dict.fromkeys(self.factors)))
        if not self.factors:
            raise FormulaError("A term needs at least one column.")
        if len(self.factors) > MAX_DEGREE:
            raise FormulaError(
                f"An interaction may have at most {MAX_DEGREE} factors.",
                "Write only the interactions that are meant.",
                span=self.factors[-1].span or (0, 0),
            )
        for factor in self.factors:
            _check_factor(factor)
        object.__setattr__(self, "_set", frozenset(self.factors))

    _set: frozenset[Expression] = field(init=False, repr=False)

    @property
    def degree(self) -> int:
        """How many factors are multiplied: 1 for a main effect."""
        return len(self.factors)

    def contains(self, other: Term) -> bool:
        """Whether all factors of the other term are among those of this one."""
        return other._set <= self._set

    def variables(self) -> tuple[str, ...]:
        """Return the columns used, in order."""
        return _names(self.factors)

    def rename(self, names: Mapping[str, str]) -> Term:
        """Return the same term over renamed columns (old name -> new name)."""
        return Term(tuple(factor.rename(names) for factor in self.factors))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self._set == other._set

    def __hash__(self) -> int:
        return hash(self._set)

    def __str__(self) -> str:
        return ":".join(str(factor) for factor in self.factors)


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
            _check_factor(factor)
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
        return _unique(name for part in (*self.terms,) for name in part.variables()) + tuple(
            name for name in _names(self.group) if not any(name in term.variables() for term in self.terms)
        )

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
        return _unique(name for part in parts for name in part)

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
        return replace(self, terms=_appended(self.terms, [as_term(term)]))

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
        return replace(self, terms=_appended(self.terms, added))

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


# The order of terms and of the factors in them ---------------------------------------------------------


def ordered(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return terms in R's order, each once, with factors in an order that their text gives back.

    R orders the factors of an interaction by where they first occur in the formula (``b:a + a`` has the
    coefficients ``a`` and ``b:a``). The orders given are kept when some text gives them; otherwise they are
    made to agree.
    """
    by_degree = sorted(dict.fromkeys(terms), key=lambda term: term.degree)
    if _emission(by_degree) is not None:
        return tuple(by_degree)
    rank: dict[Expression, int] = {}
    for term in by_degree:
        for factor in term.factors:
            rank.setdefault(factor, len(rank))
    return tuple(Term(tuple(sorted(term.factors, key=rank.__getitem__))) for term in by_degree)


def printing_order(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return terms in the order of writing from which R reads the same order of factors within each."""
    return tuple(_emission(terms) or terms)


def _appended(terms: Sequence[Term], added: Sequence[Term]) -> tuple[Term, ...]:
    """Add terms, their factors in the order of the text before them: b:a behind a + b is a:b."""
    rank: dict[Expression, int] = {}
    for term in (*printing_order(terms), *added):
        for factor in term.factors:
            rank.setdefault(factor, len(rank))
    return (*terms, *(Term(tuple(sorted(term.factors, key=rank.__getitem__))) for term in added))


def _emission(terms: Sequence[Term]) -> list[Term] | None:
    """Order terms so that each factor is first met after those that precede it in any term; None if
    impossible.

    Of the terms that may come next, the one of lowest degree is taken, so that ordinary formulas stay as
    they are.
    """
    if all(term.degree == 1 for term in terms):
        return list(terms)
    before: dict[Expression, set[Expression]] = {}
    for term in terms:
        for position, factor in enumerate(term.factors):
            before.setdefault(factor, set()).update(term.factors[:position])
    queues: dict[int, list[Term]] = {}
    for term in terms:
        queues.setdefault(term.degree, []).append(term)
    seen: set[Expression] = set()
    done: list[Term] = []
    at = dict.fromkeys(queues, 0)
    while len(done) < len(terms):
        heads = (queues[degree][at[degree]] for degree in sorted(queues) if at[degree] < len(queues[degree]))
        found = next((term for term in heads if _may_come(term, seen, before)), None)
        if found is None:
            return None
        at[found.degree] += 1
        seen.update(found.factors)
        done.append(found)
    return done


def _may_come(term: Term, seen: set[Expression], before: dict[Expression, set[Expression]]) -> bool:
    known = set(seen)
    for factor in term.factors:
        if factor not in known and not before[factor] <= known:
            return False
        known.add(factor)
    return True


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


def _check_factor(factor: Expression) -> None:
    if not isinstance(factor, Name | Call) or not factor.variables():
        raise FormulaError(
            f"{factor} cannot be a term.",
            "Arithmetic belongs inside I( ): I(x^2)." if factor.variables() else "A term needs a column.",
            span=factor.span or (0, 0),
        )


def _names(expressions: Iterable[Expression]) -> tuple[str, ...]:
    return _unique(name for expression in expressions for name in expression.variables())


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
