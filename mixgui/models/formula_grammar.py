"""The grammar of the right-hand side of a formula: what its operators mean.

The operators are Wilkinson & Rogers' (1973) as R reads them: ``a*b`` is ``a + b + a:b``, ``a/b`` is
``a + a:b``, ``(a + b)^2`` goes up to interactions of two, ``%in%`` is ``:``, ``-`` removes. ``(x | g)`` varies
over the groups of g.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mixgui.data.expressions import Expression, ExpressionParser, number_value
from mixgui.data.precedence import COMPARISONS, PrecedenceParser, joined
from mixgui.data.tokens import Kind, Span, Token
from mixgui.errors import FormulaError
from mixgui.models.formula import RandomTerm, Term

# Expanding (a + b + ...)^n is refused beyond this, before it takes the memory.
MAX_TERMS = 2000


@dataclass(frozen=True)
class Bar:
    """What stands on the two sides of a bar; `span` is the bar itself."""

    intercept: bool
    terms: tuple[Term, ...]
    groups: tuple[tuple[Expression, ...], ...]
    correlated: bool
    span: Span

    def random_terms(self, terms: tuple[Term, ...], span: Span) -> tuple[RandomTerm, ...]:
        """Return a random term for each grouping factor; `terms` are the slopes in their order."""
        return tuple(
            RandomTerm(group, self.intercept, terms, self.correlated, span=span) for group in self.groups
        )


@dataclass(frozen=True)
class Part:
    """What a piece of the right-hand side means.

    Parameters
    ----------
    terms, random, offset
        As in `Formula`, in the order of the text, terms not yet made unique.
    intercept : bool, optional
        What the piece says about the intercept, None when nothing.
    number : float, optional
        The number that the piece consists of.
    bare : Bar, optional
        ``x | g`` that still waits for its parentheses.
    operators : frozenset of str
        Those used in it.
    """

    span: Span
    terms: tuple[Term, ...] = ()
    random: tuple[RandomTerm, ...] = ()
    offset: tuple[Expression, ...] = ()
    intercept: bool | None = None
    number: float | None = None
    bare: Bar | None = None
    operators: frozenset[str] = frozenset()


class FormulaParser(PrecedenceParser[Part]):
    """Reads the right-hand side.

    Attributes
    ----------
    names : list of (str, Span)
        The columns read so far with their characters.
    """

    def __init__(self, tokens: tuple[Token, ...], position: int = 0, depth: int = 0) -> None:
        super().__init__(tokens, position, depth)
        self.names: list[tuple[str, Span]] = []
        self._factors: list[Expression] = []

    def read(self) -> Part:
        """Read everything."""
        part = self.parse()
        self.finish()
        self._plain(part)
        return part

    def in_order(self, terms: Iterable[Term]) -> tuple[Term, ...]:
        """Return terms with their factors in the order in which R met them, removed terms included."""
        return _in_order(terms, self._factors)

    # Operands ----------------------------------------------------------------------------------------------

    def operand(self) -> Part:
        """Read a column, a call, 0 or 1, or something between parentheses."""
        token = self.current
        if token.kind is Kind.NAME:
            return self._factor()
        if token.kind is Kind.NUMBER:
            self.advance()
            value = number_value(token)
            return Part(token.span, intercept=bool(value) if value in (0, 1) else None, number=value)
        if token.kind is Kind.LEFT:
            return self._parenthesis()
        if token.kind is Kind.STRING:
            hint = "The name of a column stands without quotation marks, or between backquotes: `like this`."
            raise FormulaError("A text cannot be a predictor.", hint, span=token.span)
        if token.kind is Kind.CONSTANT:
            hint = f"If it is the name of a column, put backquotes around it: `{token.text}`."
            raise FormulaError(f"{token.text} cannot be a predictor.", hint, span=token.span)
        if token.is_operator("|", "||"):
            raise FormulaError(
                "Nothing stands before the bar.",
                "Write 1 for a random intercept: (1 | group).",
                span=token.span,
            )
        before = self.tokens[self.position - 1] if self.position else None
        if before is not None and before.is_operator("|", "||"):
            raise FormulaError(
                "The grouping factor is missing.", "Write the column that names the groups.", span=before.span
            )
        raise self.unexpected()

    def _factor(self) -> Part:
        token = self.current
        following = self.tokens[self.position + 1]
        if following.kind is Kind.LEFT and token.text == "offset" and not token.quoted:
            return self._offset()
        if following.kind is Kind.LEFT and token.text == "cbind":
            raise FormulaError(
                "A model has one outcome here.", "Fit a model for each outcome.", span=token.span
            )
        if token.text == "." and not token.quoted:
            raise FormulaError(
                "The point for 'all other columns' is not understood.", "Name the columns.", span=token.span
            )
        expression = self._sub_expression()
        self._factors.append(expression)
        return Part(expression.span or token.span, terms=(Term((expression,)),))

    def _sub_expression(self, *, whole: bool = False) -> Expression:
        inner = ExpressionParser(self.tokens, self.position, self.depth)
        expression = inner.parse() if whole else inner.operand()
        self.position = inner.position
        self.names += inner.names
        return expression

    def _offset(self) -> Part:
        token, opened = self.advance(), self.advance()
        if self.current.kind is Kind.RIGHT:
            raise FormulaError("offset() needs a column.", "Write offset(x).", span=token.span)
        expression = self._sub_expression(whole=True)
        span = joined(token.span, self.close(opened).span) or token.span
        if not expression.variables():
            raise FormulaError("offset() needs a column.", "Write offset(x).", span=span)
        return Part(span, offset=(expression,))

    def _parenthesis(self) -> Part:
        opened = self.advance()
        if self.current.kind is Kind.RIGHT:
            span = (opened.span[0], self.current.span[1])
            raise FormulaError(
                "There is nothing between the parentheses.",
                "Write a random term, for instance (1 | group).",
                span=span,
            )
        known = len(self._factors)
        part = self.parse()
        span = joined(opened.span, self.close(opened).span) or opened.span
        if part.bare is not None:
            # As in lme4, fixed and random terms play no part in the order of each other's factors.
            terms = _in_order(part.bare.terms, self._factors[known:])
            del self._factors[known:]
            return Part(span, random=part.bare.random_terms(terms, span))
        return replace(part, span=span)

    # Operators ---------------------------------------------------------------------------------------------

    def prefixed(self, operator: Token, value: Part) -> Part:
        """Apply a sign: ``-1``."""
        span = joined(operator.span, value.span) or operator.span
        if operator.text == "!":
            raise _inside_i(operator)
        if value.bare is not None:
            return replace(value, span=span) if operator.text == "+" else self._cannot_remove(value)
        self._plain(value)
        if operator.text == "+":
            return replace(value, span=span, number=None)
        self._cannot_remove(value)
        return Part(span, intercept=None if value.intercept is None else not value.intercept)

    def combined(self, operator: Token, left: Part, right: Part) -> Part:
        """Apply an operator of the formula."""
        span = joined(left.span, right.span) or operator.span
        if operator.text in COMPARISONS or operator.text in ("&", "&&", "%%", "%/%"):
            raise _inside_i(operator)
        if operator.text in ("|", "||"):
            return self._bar(operator, left, right, span)
        if operator.text == "^":
            return self._power(left, right, span)
        for part in (left, right):
            self._plain(part)
        if operator.text == "+":
            terms = (*left.terms, *right.terms)
        elif operator.text == "-":
            self._cannot_remove(right)
            gone = set(right.terms)
            terms = tuple(term for term in left.terms if term not in gone)
        else:
            terms = self._product(operator, left, right, span)
        says = right.intercept
        if operator.text == "-" and says is not None:
            says = not says
        return Part(
            span,
            terms=terms,
            random=left.random + right.random,
            offset=left.offset + right.offset,
            intercept=left.intercept if says is None else says,
            operators=left.operators | right.operators | {operator.text},
        )

    def _product(self, operator: Token, left: Part, right: Part, span: Span) -> tuple[Term, ...]:
        for part in (left, right):
            self._multipliable(operator, part)
        if len(left.terms) * len(right.terms) > MAX_TERMS:
            raise _too_many(span)
        if operator.text == "/":  # within every combination of the left-hand side
            outer = _all_factors(left.terms)
            return _unique((*left.terms, *(Term((*outer, *term.factors)) for term in right.terms)), span)
        if operator.text == "%in%":
            outer = _all_factors(right.terms)
            return _unique((Term((*term.factors, *outer)) for term in left.terms), span)
        products = (Term(a.factors + b.factors) for a in left.terms for b in right.terms)
        return _unique((*left.terms, *right.terms, *products) if operator.text == "*" else products, span)

    def _multipliable(self, operator: Token, part: Part) -> None:
        if part.random:
            raise FormulaError(
                f"A random term cannot be combined by {operator.text}.",
                "Random terms are added by +.",
                span=part.span,
            )
        if part.offset:
            raise FormulaError(
                f"An offset cannot be combined by {operator.text}.", "Offsets are added by +.", span=part.span
            )
        if part.terms:
            return
        if part.number is not None:
            raise FormulaError(
                f"A number cannot be combined by {operator.text}.",
                "Arithmetic belongs inside I( ): I(2 * x).",
                span=part.span,
            )
        raise FormulaError(f"There is no column to combine by {operator.text}.", "Name one.", span=part.span)

    def _power(self, base: Part, power: Part, span: Span) -> Part:
        self._plain(base)
        if not base.terms or base.random or base.offset:
            raise FormulaError(
                "Only columns can be raised to a power.",
                "Write (a + b)^2, or I(x^2) for a square.",
                span=base.span,
            )
        if power.number is None or power.number != int(power.number) or power.number < 1:
            raise FormulaError(
                "The power in a formula must be a whole number from 1 on.",
                "(a + b)^2 adds the interaction; for a square write I(x^2).",
                span=power.span,
            )
        terms = _unique(base.terms, span)
        # Once a power adds no term, none of the higher ones does.
        for _ in range(int(min(power.number, len(base.terms))) - 1):
            if len(terms) * len(base.terms) > 50 * MAX_TERMS:
                raise _too_many(span)
            more = _unique((*terms, *(Term(a.factors + b.factors) for a in terms for b in base.terms)), span)
            if len(more) == len(terms):
                break
            terms = more
        return Part(span, terms=terms, intercept=base.intercept, operators=base.operators | {"^"})

    def _bar(self, operator: Token, left: Part, right: Part, span: Span) -> Part:
        nested = left.bare or right.bare or left.random or right.random
        if nested:
            raise FormulaError(
                "One random term cannot stand inside another.",
                "Write each between parentheses of its own: (1 | a) + (1 | b).",
                span=operator.span,
            )
        self._plain(left)
        if left.offset or right.offset:
            raise FormulaError(
                "An offset cannot vary over groups.", "Put it outside the parentheses.", span=span
            )
        groups = self._groups(right)
        correlated = operator.text == "|"
        bar = Bar(left.intercept is not False, left.terms, tuple(groups), correlated, operator.span)
        return Part(span, bare=bar)

    def _groups(self, part: Part) -> list[tuple[Expression, ...]]:
        if part.number is not None or not part.terms or part.intercept is not None:
            raise FormulaError(
                "The grouping factor must be a column.", "Write for instance (1 | school).", span=part.span
            )
        strange = sorted(part.operators - {":", "/"})
        if strange:
            raise FormulaError(
                f"Grouping factors cannot be combined by {strange[0]}.",
                "Write (1 | a) + (1 | b) for crossed and (1 | a/b) for nested groups.",
                span=part.span,
            )
        # lme4 names the groups of b within a "b:a".
        backwards = "/" in part.operators
        return [tuple(reversed(term.factors)) if backwards else term.factors for term in part.terms]

    def _plain(self, part: Part) -> None:
        """Refuse what cannot be a summand: a bar without parentheses, a number other than 0 and 1."""
        if part.bare is not None:
            raise FormulaError(
                "A random term needs parentheses.", "Write + (1 | group).", span=part.bare.span
            )
        if part.number is not None and part.number not in (0, 1):
            raise FormulaError(
                f"The number {part.number:g} cannot be a term.",
                "1 is the intercept and 0 removes it; arithmetic belongs inside I( ).",
                span=part.span,
            )

    @staticmethod
    def _cannot_remove(part: Part) -> Part:
        if part.random or part.offset or part.bare:
            what = "An offset" if part.offset else "A random term"
            raise FormulaError(f"{what} cannot be removed by -.", "Leave it out instead.", span=part.span)
        return part


def _all_factors(terms: Iterable[Term]) -> list[Expression]:
    return [factor for term in terms for factor in term.factors]


def _in_order(terms: Iterable[Term], factors: Iterable[Expression]) -> tuple[Term, ...]:
    rank: dict[Expression, int] = {}
    for factor in factors:
        rank.setdefault(factor, len(rank))
    return tuple(Term(tuple(sorted(term.factors, key=rank.__getitem__))) for term in terms)


def _inside_i(operator: Token) -> FormulaError:
    return FormulaError(
        f"{operator.text} has no meaning between predictors.",
        "Put the calculation inside I( ): I(x > 3).",
        span=operator.span,
    )


def _unique(terms: Iterable[Term], span: Span) -> tuple[Term, ...]:
    found = tuple(dict.fromkeys(terms))
    if len(found) > MAX_TERMS:
        raise _too_many(span)
    return found


def _too_many(span: Span) -> FormulaError:
    return FormulaError(
        f"This makes more than {MAX_TERMS} terms.", "Write only the interactions that are meant.", span=span
    )
