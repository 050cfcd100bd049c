"""Expressions such as ``log(x + 1)`` or ``score > 10 & !is.na(iq)``: text -> tree -> values.

The door of the room for expressions: what steps (Compute, Filter) and formulas need is imported from here.
"""

from __future__ import annotations

from mixgui.data.calls import match_values, unknown_function
from mixgui.data.evaluation import evaluate, unknown_column
from mixgui.data.function_types import Memory
from mixgui.data.functions import FUNCTIONS
from mixgui.data.nodes import (
    Binary,
    Call,
    Constant,
    Expression,
    Name,
    Number,
    Paren,
    String,
    Unary,
    number,
    spell_number,
)
from mixgui.data.precedence import PrecedenceParser, joined
from mixgui.data.tokens import Kind, Span, Token, spell_name, tokenize
from mixgui.data.values import Refused, fail
from mixgui.errors import FormulaError

__all__ = [
    "FUNCTIONS",
    "Binary",
    "Call",
    "Constant",
    "Expression",
    "ExpressionParser",
    "Memory",
    "Name",
    "Number",
    "Paren",
    "String",
    "Unary",
    "evaluate",
    "number",
    "number_value",
    "parse_expression",
    "spell_name",
    "spell_number",
    "unknown_column",
]


def parse_expression(text: str) -> Expression:
    """Read an expression in R's notation.

    Parameters
    ----------
    text : str
        For instance ``log(x + 1)``, ``ifelse(type == "Public", 1, 0)``.

    Raises
    ------
    FormulaError
        With the offending characters, also for functions that are not in `FUNCTIONS`.
    """
    parser = ExpressionParser(tokenize(text))
    expression = parser.parse()
    parser.finish()
    return expression


class ExpressionParser(PrecedenceParser[Expression]):
    """Builds the tree of an expression.

    Attributes
    ----------
    names : list of (str, Span)
        The columns that were read, with their characters, in the order of the text.
    """

    def __init__(self, tokens: tuple[Token, ...], position: int = 0, depth: int = 0) -> None:
        super().__init__(tokens, position, depth)
        self.names: list[tuple[str, Span]] = []

    def operand(self) -> Expression:
        """Read a name, number, text, call or parenthesis."""
        token = self.current
        if token.kind is Kind.NAME:
            return self._name_or_call()
        if token.kind is Kind.NUMBER:
            return self._number(self.advance())
        if token.kind is Kind.STRING:
            return String(self.advance().text, span=token.span)
        if token.kind is Kind.CONSTANT:
            return Constant(self.advance().text, span=token.span)
        if token.kind is Kind.LEFT:
            self.advance()
            if self.current.kind is Kind.RIGHT:
                raise FormulaError(
                    "There is nothing between the parentheses.",
                    "Write something there or remove them.",
                    span=(token.span[0], self.current.span[1]),
                )
            inner = self.parse()
            return Paren(inner, span=joined(token.span, self.close(token).span))
        raise self.unexpected()

    def prefixed(self, operator: Token, value: Expression) -> Expression:
        """Make the node of a sign or ``!``."""
        return Unary(operator.text, value, span=joined(operator.span, value.span))

    def combined(self, operator: Token, left: Expression, right: Expression) -> Expression:
        """Make the node of an operator between two operands."""
        if operator.text in ("&&", "||"):
            raise FormulaError(
                f"{operator.text} is not understood here.",
                f"Write {operator.text[0]} instead.",
                span=operator.span,
            )
        return Binary(operator.text, left, right, span=joined(left.span, right.span))

    def _name_or_call(self) -> Expression:
        token = self.advance()
        if self.current.kind is not Kind.LEFT:
            self.names.append((token.text, token.span))
            return Name(token.text, span=token.span)
        if token.text not in FUNCTIONS:
            raise fail(unknown_function(token.text), token.span)
        opened = self.advance()
        args, kwargs = self._values()
        span = joined(token.span, self.close(opened).span)
        try:
            match_values(token.text, args, kwargs)
        except Refused as refused:
            raise fail(refused, span) from None
        return Call(token.text, tuple(args), tuple(kwargs), span=span)

    def _values(self) -> tuple[list[Expression], list[tuple[str, Expression]]]:
        args: list[Expression] = []
        kwargs: list[tuple[str, Expression]] = []
        if self.current.kind is Kind.RIGHT:
            return args, kwargs
        while True:
            if self.tokens[self.position].kind in (Kind.COMMA, Kind.RIGHT):
                raise FormulaError(
                    "A value is missing here.", "Write a value or remove the comma.", span=self.current.span
                )
            following = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
            if self.current.kind is Kind.NAME and following.is_operator("="):
                key = self.advance().text
                self.advance()
                kwargs.append((key, self.parse()))
            else:
                args.append(self.parse())
            if self.current.kind is not Kind.COMMA:
                return args, kwargs
            self.advance()

    @staticmethod
    def _number(token: Token) -> Expression:
        value = number_value(token)
        if value == float("inf"):
            return Constant("Inf", span=token.span)
        whole = token.text.endswith("L") and value == int(value) and value < 2**31
        return Number(value, whole, span=token.span)


def number_value(token: Token) -> float:
    """Return the value of a token of kind NUMBER; infinite when it is too large."""
    text = token.text.removesuffix("L")
    if text[:2] not in ("0x", "0X"):
        return float(text)
    return float(int(text, 16)) if len(text) < 200 else float("inf")
