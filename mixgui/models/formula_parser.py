"""Text in lme4's syntax -> `Formula`; every error knows its characters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mixgui.data.expressions import ExpressionParser, unknown_column
from mixgui.data.tokens import Kind, Span, Token, tokenize
from mixgui.errors import FormulaError
from mixgui.models.formula import Formula, RandomTerm, Term
from mixgui.models.formula_grammar import FormulaParser


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
