"""R's operators and their order of precedence, read by one parser for expressions and for formulas.

The two differ in what an operator means (`a:b` is a sequence in one, an interaction in the other), never in
how the text is cut up; so the cutting up is written once (top-down operator precedence, Pratt 1973) and what
to make of it is left to the child classes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from mixgui.data.tokens import Kind, Span, Token
from mixgui.errors import FormulaError

T = TypeVar("T")

# Binding power of the operators between two operands, as in R's help page "Syntax"; more binds tighter.
BINARY = {
    "^": 100, ":": 80, "%%": 70, "%/%": 70, "%in%": 70, "*": 60, "/": 60, "+": 50, "-": 50,
    "<": 40, ">": 40, "<=": 40, ">=": 40, "==": 40, "!=": 40, "&": 20, "&&": 20, "|": 10, "||": 10,
}  # fmt: skip
# Of the operators before an operand.
PREFIX = {"-": 90, "+": 90, "!": 30}
COMPARISONS = frozenset({"<", ">", "<=", ">=", "==", "!="})
# Deep nesting is refused, because a stranger's text must not exhaust the stack.
MAX_NESTING = 60

_HINTS = {
    "=": "To compare two values write ==.",
    "<-": "If 'less than minus' is meant, put a space between < and -.",
    "->": "If 'minus, greater than' is meant, put a space between - and >.",
    "~": "A formula has one ~, between the outcome and the predictors.",
    "[": "Square brackets are not understood: choose columns by their names.",
    "$": "Write the name of the column alone, without its table.",
    "@": "Write the name of the column alone, without its table.",
    "::": "Write the name of the function alone, without its package.",
    "{": "Braces are not understood: use round parentheses.",
}


class PrecedenceParser(ABC, Generic[T]):
    """Reads operands and operators; what they mean is said by the child class.

    Parameters
    ----------
    tokens : tuple of Token
        From `tokens.tokenize`, the last of kind END.
    """

    def __init__(self, tokens: tuple[Token, ...], position: int = 0, depth: int = 0) -> None:
        self.tokens = tokens
        self.position = position
        self._depth = depth

    # What the child class says -----------------------------------------------------------------------------

    @abstractmethod
    def operand(self) -> T:
        """Read one operand that does not begin with a prefix operator (a name, a call, a parenthesis)."""

    @abstractmethod
    def prefixed(self, operator: Token, value: T) -> T:
        """Make a value of a prefix operator and its operand."""

    @abstractmethod
    def combined(self, operator: Token, left: T, right: T) -> T:
        """Make a value of an operator between two operands."""

    # The reading -------------------------------------------------------------------------------------------

    @property
    def current(self) -> Token:
        """The token that is read next."""
        return self.tokens[self.position]

    @property
    def depth(self) -> int:
        """How deep the nesting is at present."""
        return self._depth

    def advance(self) -> Token:
        """Take the current token."""
        token = self.current
        if token.kind is not Kind.END:
            self.position += 1
        return token

    def parse(self, power: int = 0) -> T:
        """Read an operand and the operators behind it that bind tighter than `power`."""
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise FormulaError(
                "This is nested too deeply.",
                f"At most {MAX_NESTING} parentheses, calls or signs may stand inside each other.",
                span=self.current.span,
            )
        value = self._first()
        while True:
            operator = self.current
            binding = BINARY.get(operator.text) if operator.kind is Kind.OPERATOR else None
            if binding is None or binding <= power:
                break
            self.advance()
            # `^` groups from the right, comparisons do not group (as in R), all others from the left.
            right = self.parse(binding - 1 if operator.text == "^" else binding)
            value = self.combined(operator, value, right)
            if operator.text in COMPARISONS and self.current.is_operator(*COMPARISONS):
                raise FormulaError(
                    "Two comparisons cannot follow each other.",
                    "Write a < x & x < b for a < x < b.",
                    span=self.current.span,
                )
        self._depth -= 1
        return value

    def _first(self) -> T:
        token = self.current
        if token.kind is Kind.OPERATOR and token.text in PREFIX:
            self.advance()
            return self.prefixed(token, self.parse(PREFIX[token.text]))
        return self.operand()

    def close(self, opened: Token) -> Token:
        """Take the parenthesis that closes `opened`, or say which one is not closed."""
        if self.current.kind is Kind.RIGHT:
            return self.advance()
        if self.current.kind is Kind.END:
            raise FormulaError(
                "This parenthesis is not closed.", "Add the missing ) at its place.", span=opened.span
            )
        raise self.unexpected()

    def finish(self) -> None:
        """Refuse whatever stands behind what was read."""
        if self.current.kind is not Kind.END:
            raise self.unexpected()

    def unexpected(self) -> FormulaError:
        """The error for the current token, which cannot stand here."""
        token = self.current
        before = self.tokens[self.position - 1] if self.position else None
        dangling = (
            before is not None and before.kind is Kind.OPERATOR and token.kind in (Kind.RIGHT, Kind.COMMA)
        )
        if token.kind is Kind.END or dangling:
            return self._unfinished()
        if token.kind is Kind.RIGHT:
            return FormulaError(
                "This parenthesis closes nothing.",
                "Remove it, or add the ( that it belongs to.",
                span=token.span,
            )
        if token.kind is Kind.COMMA:
            return FormulaError(
                "A comma can stand only between the values given to a function.",
                "Predictors are joined by +.",
                span=token.span,
            )
        if token.kind is Kind.OPERATOR:
            hint = _HINTS.get(token.text, "Something is missing before it, or it is one too many.")
            return FormulaError(f"{token.text} cannot stand here.", hint, span=token.span)
        after = f" between {_show(before)} and {_show(token)}" if before is not None else ""
        return FormulaError(
            f"An operator is missing{after}.",
            "Join predictors by +; a name with spaces needs backquotes, for instance `verbal iq`.",
            span=token.span,
        )

    def _unfinished(self) -> FormulaError:
        before = self.tokens[self.position - 1] if self.position else None
        if before is None:
            return FormulaError("There is nothing to read.", "Write the name of a column.", span=(0, 0))
        return FormulaError(
            f"Something is missing after {_show(before)}.",
            "Write what belongs there, or remove it.",
            span=before.span,
        )


def _show(token: Token) -> str:
    return repr(token.text) if token.kind in (Kind.NAME, Kind.STRING, Kind.NUMBER) else token.text


def joined(*spans: Span | None) -> Span | None:
    """Return the span from the first to the last of those given."""
    known = [span for span in spans if span is not None]
    return (min(span[0] for span in known), max(span[1] for span in known)) if known else None
