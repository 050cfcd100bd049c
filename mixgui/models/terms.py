"""The terms of a formula and their order, which decides the names of coefficients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mixgui.data.expressions import Call, Expression, Name
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
            check_factor(factor)
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
        return names_of(self.factors)

    def rename(self, names: Mapping[str, str]) -> Term:
        """Return the same term over renamed columns (old name -> new name)."""
        return Term(tuple(factor.rename(names) for factor in self.factors))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self._set == other._set

    def __hash__(self) -> int:
        return hash(self._set)

    def __str__(self) -> str:
        return ":".join(str(factor) for factor in self.factors)


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


def appended(terms: Sequence[Term], added: Sequence[Term]) -> tuple[Term, ...]:
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


def check_factor(factor: Expression) -> None:
    """Refuse what cannot be a factor of a term; raises FormulaError."""
    if not isinstance(factor, Name | Call) or not factor.variables():
        raise FormulaError(
            f"{factor} cannot be a term.",
            "Arithmetic belongs inside I( ): I(x^2)." if factor.variables() else "A term needs a column.",
            span=factor.span or (0, 0),
        )


def names_of(expressions: Iterable[Expression]) -> tuple[str, ...]:
    """Return the columns of expressions, each once, in order."""
    return unique(name for expression in expressions for name in expression.variables())


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return names, each once, in order."""
    return tuple(dict.fromkeys(names))
