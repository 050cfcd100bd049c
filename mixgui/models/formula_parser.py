"""Text in lme4's syntax -> `Formula`; every error knows its characters.

The operators are Wilkinson & Rogers' (1973) as R reads them: ``a*b`` is ``a + b + a:b``, ``a/b`` is ``a +
a:b``, ``(a + b)^2`` goes up to interactions of two, ``%in%`` is ``:``, ``-`` removes. ``(x | g)`` varies
over the groups of g.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mixgui.data.expressions import Expression, ExpressionParser, number_value, unknown_column
from mixgui.data.precedence import COMPARISONS, PrecedenceParser, joined
from mixgui.data.tokens import Kind, Span, Token, tokenize
from mixgui.errors import FormulaError
from mixgui.models.formula import Formula, RandomTerm, Term

# Expanding (a + b + ...)^n is refused beyond this, before it takes the memory.
MAX_TERMS = 2000


@dataclass(frozen=True)
class ParsedFormula:
    """A formula and where its columns stand in the text.

    Parameters
    ----------
    formula : Formula
        What was read.
    text : str
        What it was read from.
    name_spans : tuple of (str, (int, int))
        Each occurrence of a column with its characters (backquotes included), in the order of the text.
    """

    formula: Formula
    text: str
    name_spans: tuple[tuple[str, Span], ...]


def parse_formula(text: str) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        For instance ``language ~ iq * ses + (1 + iq | school/class)``.

    Returns
    -------
    Formula
        With ``*``, ``^`` and ``/`` expanded and an explicit intercept.

    Raises
    ------
    FormulaError
        With the characters that are wrong, a sentence and what to do.
    """
    return parse_formula_with_spans(text).formula


def parse_formula_with_spans(text: str) -> ParsedFormula:
    """Read a formula and keep where its columns stand (to mark them); raises as `parse_formula`."""
    tokens = tokenize(text)
    if len(tokens) == 1:
        raise FormulaError(
            "There is no formula yet.", "Write for instance score ~ 1 + hours.", span=(0, len(text))
        )
    tilde = _find_tilde(tokens, text)
    where = tokens[tilde].span
    left = ExpressionParser((*tokens[:tilde], Token(Kind.END, "", (where[0], where[0]))))
    if tilde == 0:
        raise FormulaError("The outcome is missing.", "Write the name of the outcome before ~.", span=where)
    outcome = left.parse()
    left.finish()
    if tokens[tilde + 1].kind is Kind.END:
        raise FormulaError("Nothing stands after ~.", "Write 1 for a model without predictors.", span=where)
    right = FormulaParser(tokens[tilde + 1 :])
    part = right.read()
    formula = Formula(
        outcome=outcome,
        intercept=part.intercept is not False,
        terms=right.in_order(part.terms),
        random=part.random,
        offset=part.offset,
    )
    return ParsedFormula(formula, text, (*left.names, *right.names))


def parse_term(text: str) -> Term:
    """Read one fixed effect: ``log(x)``, ``a:b``. Raises FormulaError, also when it is more than one term."""
    parser = FormulaParser(tokenize(text))
    part = parser.read()
    if len(part.terms) != 1 or part.random or part.offset or part.intercept is not None:
        raise FormulaError(f"{text} is not one term.", "Write a column, a call or a:b.", span=(0, len(text)))
    return parser.in_order(part.terms)[0]


def parse_random(text: str) -> tuple[RandomTerm, ...]:
    """Read random terms: ``(1 + x | g)``; ``(1 | a/b)`` gives two. Raises FormulaError."""
    part = FormulaParser(tokenize(text)).read()
    if not part.random or part.terms or part.offset or part.intercept is not None:
        raise FormulaError(
            f"{text} is not a random term.", "Write for instance (1 | group).", span=(0, len(text))
        )
    return part.random


def check_names(formula: Formula | ParsedFormula, columns: Iterable[str]) -> tuple[FormulaError, ...]:
    """Return an error for each occurrence of a name that is no column.

    Parameters
    ----------
    formula : ParsedFormula or Formula
        The spans refer to the text that was parsed; for a `Formula` to ``str(formula)``.
    columns : iterable of str
        The columns of the table.
    """
    parsed = parse_formula_with_spans(str(formula)) if isinstance(formula, Formula) else formula
    known = list(columns)
    found = set(known)
    return tuple(unknown_column(name, known, span) for name, span in parsed.name_spans if name not in found)


def _find_tilde(tokens: tuple[Token, ...], text: str) -> int:
    tildes = [index for index, token in enumerate(tokens) if token.is_operator("~")]
    if len(tildes) > 1:
        raise FormulaError(
            "A formula has only one ~.",
            "Join predictors by + and remove this one.",
            span=tokens[tildes[1]].span,
        )
    if tildes:
        return tildes[0]
    equals = next((token for token in tokens if token.is_operator("=", "==", "<-")), None)
    if equals is not None:
        hint = f"Write ~ in place of {equals.text}."
        raise FormulaError("The ~ between outcome and predictors is missing.", hint, span=equals.span)
    raise FormulaError(
        "The ~ between outcome and predictors is missing.",
        "Write for instance score ~ 1 + hours.",
        span=(tokens[0].span[0], tokens[-2].span[1]),
    )


@dataclass(frozen=True)
class _Part:
    """What a piece of the right-hand side means.

    Parameters
    ----------
    terms, random, offset
        As in `Formula`, in the order of the text, terms not yet made unique.
    intercept : bool, optional
        What the piece says about the intercept, None when nothing.
    number : float, optional
        The number that the piece consists of.
    bare : tuple of RandomTerm
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
    bare: tuple[RandomTerm, ...] = ()
    bar: Span | None = None
    operators: frozenset[str] = frozenset()


class FormulaParser(PrecedenceParser[_Part]):
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

    def read(self) -> _Part:
        """Read everything."""
        part = self.parse()
        self.finish()
        self._plain(part)
        return part

    def in_order(self, terms: Iterable[Term]) -> tuple[Term, ...]:
        """Return terms with their factors in the order in which R met them, removed terms included."""
        rank: dict[Expression, int] = {}
        for factor in self._factors:
            rank.setdefault(factor, len(rank))
        return tuple(Term(tuple(sorted(term.factors, key=rank.__getitem__))) for term in terms)

    # Operands ----------------------------------------------------------------------------------------------

    def operand(self) -> _Part:
        """Read a column, a call, 0 or 1, or something between parentheses."""
        token = self.current
        if token.kind is Kind.NAME:
            return self._factor()
        if token.kind is Kind.NUMBER:
            self.advance()
            value = number_value(token)
            return _Part(token.span, intercept=bool(value) if value in (0, 1) else None, number=value)
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

    def _factor(self) -> _Part:
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
        return _Part(expression.span or token.span, terms=(Term((expression,)),))

    def _sub_expression(self, *, whole: bool = False) -> Expression:
        inner = ExpressionParser(self.tokens, self.position, self.depth)
        expression = inner.parse() if whole else inner.operand()
        self.position = inner.position
        self.names += inner.names
        return expression

    def _offset(self) -> _Part:
        token, opened = self.advance(), self.advance()
        if self.current.kind is Kind.RIGHT:
            raise FormulaError("offset() needs a column.", "Write offset(x).", span=token.span)
        expression = self._sub_expression(whole=True)
        span = joined(token.span, self.close(opened).span) or token.span
        if not expression.variables():
            raise FormulaError("offset() needs a column.", "Write offset(x).", span=span)
        return _Part(span, offset=(expression,))

    def _parenthesis(self) -> _Part:
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
        if part.bare:
            # As in lme4, the columns of random terms play no part in the order of the fixed ones.
            del self._factors[known:]
            return _Part(span, random=tuple(replace(term, span=span) for term in part.bare))
        return replace(part, span=span)

    # Operators ---------------------------------------------------------------------------------------------

    def prefixed(self, operator: Token, value: _Part) -> _Part:
        """Apply a sign: ``-1``."""
        span = joined(operator.span, value.span) or operator.span
        if operator.text == "!":
            raise _inside_i(operator)
        if value.bare:
            return replace(value, span=span) if operator.text == "+" else self._cannot_remove(value)
        self._plain(value)
        if operator.text == "+":
            return replace(value, span=span, number=None)
        self._cannot_remove(value)
        return _Part(span, intercept=None if value.intercept is None else not value.intercept)

    def combined(self, operator: Token, left: _Part, right: _Part) -> _Part:
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
        return _Part(
            span,
            terms=terms,
            random=left.random + right.random,
            offset=left.offset + right.offset,
            intercept=left.intercept if says is None else says,
            operators=left.operators | right.operators | {operator.text},
        )

    def _product(self, operator: Token, left: _Part, right: _Part, span: Span) -> tuple[Term, ...]:
        for part in (left, right):
            self._multipliable(operator, part)
        if len(left.terms) * len(right.terms) > MAX_TERMS:
            raise _too_many(span)
        products = tuple(Term(a.factors + b.factors) for a in left.terms for b in right.terms)
        if operator.text == "*":
            return _unique((*left.terms, *right.terms, *products), span)
        if operator.text == ":":
            return _unique(products, span)
        everything = [
            factor for term in (left if operator.text == "/" else right).terms for factor in term.factors
        ]
        if operator.text == "/":  # within every combination of the left-hand side
            return _unique((*left.terms, *(Term((*everything, *term.factors)) for term in right.terms)), span)
        return _unique((Term((*term.factors, *everything)) for term in left.terms), span)

    def _multipliable(self, operator: Token, part: _Part) -> None:
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

    def _power(self, base: _Part, power: _Part, span: Span) -> _Part:
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
        return _Part(span, terms=terms, intercept=base.intercept, operators=base.operators | {"^"})

    def _bar(self, operator: Token, left: _Part, right: _Part, span: Span) -> _Part:
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
        terms = self.in_order(left.terms)
        bare = tuple(
            RandomTerm(group, left.intercept is not False, terms, operator.text == "|", span=span)
            for group in groups
        )
        return _Part(span, bare=bare, bar=operator.span)

    def _groups(self, part: _Part) -> list[tuple[Expression, ...]]:
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

    def _plain(self, part: _Part) -> None:
        """Refuse what cannot be a summand: a bar without parentheses, a number other than 0 and 1."""
        if part.bare:
            raise FormulaError(
                "A random term needs parentheses.", "Write + (1 | group).", span=part.bar or part.span
            )
        if part.number is not None and part.number not in (0, 1):
            raise FormulaError(
                f"The number {part.number:g} cannot be a term.",
                "1 is the intercept and 0 removes it; arithmetic belongs inside I( ).",
                span=part.span,
            )

    @staticmethod
    def _cannot_remove(part: _Part) -> _Part:
        if part.random or part.offset or part.bare:
            what = "An offset" if part.offset else "A random term"
            raise FormulaError(f"{what} cannot be removed by -.", "Leave it out instead.", span=part.span)
        return part


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
