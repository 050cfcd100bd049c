"""Pieces of an equation in three spellings at once: rich text for Qt, LaTeX and plain Unicode.

Whatever comes from the user (names, labels, levels) passes through `words`, which escapes it.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mixgui.data.expressions import Binary, Call, Constant, Expression, Name, Number, Paren, String, Unary
from mixgui.formatting import MINUS

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}",
}  # fmt: skip
_GREEK = {"β": r"\beta", "ε": r"\varepsilon", "σ": r"\sigma", "Σ": r"\Sigma"}
_SIGNS = {
    "+": ("+", "+"), "-": (MINUS, "-"), "*": ("×", r"\times"), "/": ("/", "/"), "%%": ("mod", r"\operatorname{mod}"),
    "%/%": ("div", r"\operatorname{div}"), "==": ("=", "="), "!=": ("≠", r"\neq"), "<=": ("≤", r"\leq"),
    ">=": ("≥", r"\geq"), "<": ("<", "<"), ">": (">", ">"), "&": ("and", r"\wedge"), "|": ("or", r"\vee"),
    ":": ("to", r"\ldots"), "%in%": ("in", r"\in"),
}  # fmt: skip
_NAMED = frozenset({"log", "exp", "sin", "cos", "tan", "min", "max"})


@dataclass(frozen=True)
class Equation:
    """An equation, or a piece of one.

    Parameters
    ----------
    html : str
        Qt's rich text: sub, sup, i; line breaks as ``<br>``.
    latex : str
        For mathematics mode (amsmath); several lines are an ``aligned`` environment.
    text : str
        Plain Unicode; lines separated by newlines.
    """

    html: str
    latex: str
    text: str

    def __add__(self, other: Equation) -> Equation:
        return Equation(self.html + other.html, self.latex + other.latex, self.text + other.text)


# Smaller numbers are written as powers of ten instead of asking for more decimals of all others.
TINY = 1e-4
NOTHING = Equation("", "", "")


def literal(text: str, latex: str | None = None) -> Equation:
    """Return a piece of our own: signs, parentheses."""
    return Equation(html.escape(text, quote=False), text if latex is None else latex, text)


def words(text: str) -> Equation:
    """Return a name or label, escaped; control characters and line ends become spaces."""
    clean = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
    latex = "".join(_LATEX.get(character, character) for character in clean)
    return Equation(html.escape(clean, quote=False), rf"\text{{{latex}}}", clean)


def subscripted(base: Equation, subscript: str) -> Equation:
    """Return a name with an index: Language_ij."""
    if not subscript:
        return base
    return base + Equation(
        f"<sub><i>{html.escape(subscript, quote=False)}</i></sub>", f"_{{{subscript}}}", f"_{subscript}"
    )


def symbol(letter: str, subscript: str = "", *, starred: bool = False, squared: bool = False) -> Equation:
    """Return a parameter: β0, b0j, ε_ij, β*0j, σ²_b0."""
    html_sub = re.sub(r"([a-z]+)", r"<i>\1</i>", subscript)
    latex = _GREEK.get(letter, letter) + ("^{*}" if starred else "") + ("^{2}" if squared else "")
    text = letter + ("*" if starred else "") + ("²" if squared else "")
    between = "_" if subscript and not subscript[0].isdigit() else ""
    return Equation(
        f"<i>{letter}</i>"
        + ("*" if starred else "")
        + ("<sup>2</sup>" if squared else "")
        + (f"<sub>{html_sub}</sub>" if subscript else ""),
        latex + (f"_{{{subscript.replace('ε', _GREEK['ε'])}}}" if subscript else ""),
        f"{text}{between}{subscript}",
    )


def joined(pieces: Iterable[Equation], separator: Equation) -> Equation:
    """Return pieces with a separator between them."""
    out = NOTHING
    for place, piece in enumerate(pieces):
        out = out + separator + piece if place else piece
    return out


def summed(pieces: Sequence[Equation]) -> Equation:
    """Return a sum: a + b + c; 0 when there is nothing."""
    return joined(pieces, literal(" + ")) if pieces else literal("0")


def bracketed(piece: Equation) -> Equation:
    """Return a piece between square brackets."""
    return literal("[", r"\left[") + piece + literal("]", r"\right]")


def parenthesised(piece: Equation) -> Equation:
    """Return a piece between parentheses."""
    return literal("(", r"\left(") + piece + literal(")", r"\right)")


def lines(rows: Sequence[Equation | tuple[Equation, Equation]]) -> Equation:
    """Return equations below each other; of a pair, the second part is aligned with those of the others."""
    pairs = [row if isinstance(row, tuple) else (row, NOTHING) for row in rows]
    body = " \\\\\n".join(f"{left.latex} & {right.latex}".rstrip() for left, right in pairs)
    return Equation(
        "<br>".join(left.html + right.html for left, right in pairs),
        "\\begin{aligned}\n" + body + "\n\\end{aligned}",
        "\n".join(left.text + right.text for left, right in pairs),
    )


# Numbers ------------------------------------------------------------------------------------------------


def decimals_for(values: Iterable[float]) -> int:
    """Return how many decimals show each value with two digits, at least 2; tiny ones become powers of ten."""
    sizes = [abs(value) for value in values if math.isfinite(value) and abs(value) >= TINY]
    needed = [1 - math.floor(math.log10(size)) for size in sizes]
    return max([2, *needed])


def number(value: float, decimals: int) -> Equation:
    """Return a number with its sign: 40.61, −0.38; very large and very small ones as powers of ten."""
    sign = MINUS if value < 0 else ""
    size = abs(value)
    if not math.isfinite(size):
        shown = "∞" if math.isinf(size) else "?"
        return literal(sign + shown, ("-" if sign else "") + (r"\infty" if math.isinf(size) else "?"))
    if size and (size >= 1e7 or size < 0.95 * 10.0**-decimals):
        mantissa, exponent = f"{size:.2e}".split("e")
        power = int(exponent)
        shown = f"{power}".replace("-", MINUS)
        return Equation(
            f"{sign}{mantissa} × 10<sup>{shown}</sup>",
            f"{'-' if sign else ''}{mantissa} \\times 10^{{{power}}}",
            f"{sign}{mantissa}×10^{shown}",
        )
    return literal(f"{sign}{size:.{decimals}f}", f"{'-' if sign else ''}{size:.{decimals}f}")


def signed_sum(pieces: Sequence[tuple[float, Equation]], decimals: int, *, first: bool = True) -> Equation:
    """Return numbers times things: 40.61 − 0.38 + 2.49(x); a minus sign never follows a plus sign.

    Without `first` it is the rest of a sum and begins with a sign: + 2.49(x).
    """
    out = NOTHING
    for place, (value, thing) in enumerate(pieces):
        if first and not place:
            out = number(value, decimals) + thing
            continue
        sign = literal(f" {MINUS} ", " - ") if value < 0 else literal(" + ")
        out = out + sign + number(abs(value), decimals) + thing
    return out if pieces else literal("0")


# Expressions --------------------------------------------------------------------------------------------


def spelt(expression: Expression, variable: dict[str, Equation]) -> Equation:
    """Return an expression as mathematics: log(Verbal IQ_ij + 1), Days_ij².

    Parameters
    ----------
    expression : Expression
        Of a term or an outcome.
    variable : dict
        How each column is written; others are written by name.
    """
    match expression:
        case Name():
            return variable.get(expression.name) or words(expression.name)
        case Number():
            return _power_of_ten(str(expression).removesuffix("L"))
        case Constant():
            return {"pi": literal("π", r"\pi"), "Inf": literal("∞", r"\infty")}.get(
                expression.name, words(expression.name)
            )
        case String():
            return words(f"“{expression.value}”")
        case Paren():
            return parenthesised(spelt(expression.inner, variable))
        case Unary():
            sign = {"-": literal(MINUS, "-"), "+": literal("+"), "!": literal("not ", r"\neg ")}
            return sign[expression.operator] + spelt(expression.operand, variable)
        case Binary():
            return _binary(expression, variable)
        case Call():
            return _call(expression, variable)
    raise AssertionError(f"no such expression: {expression!r}")


def _power_of_ten(text: str) -> Equation:
    if "e" not in text:
        return literal(text)
    mantissa, exponent = text.split("e")
    power = str(int(exponent))
    shown = power.replace("-", MINUS)
    return Equation(
        f"{mantissa} × 10<sup>{shown}</sup>", rf"{mantissa} \times 10^{{{power}}}", f"{mantissa}×10^{shown}"
    )


def _binary(expression: Binary, variable: dict[str, Equation]) -> Equation:
    left, right = spelt(expression.left, variable), spelt(expression.right, variable)
    if expression.operator == "^":
        raised = {"2": "²", "3": "³"}.get(right.text, f"^{right.text}")
        return Equation(
            f"{left.html}<sup>{right.html}</sup>",
            f"{{{left.latex}}}^{{{right.latex}}}",
            f"{left.text}{raised}",
        )
    shown, latex = _SIGNS[expression.operator]
    space = "" if expression.operator == "/" else " "
    return left + literal(f"{space}{shown}{space}", f" {latex} ") + right


def _call(call: Call, variable: dict[str, Equation]) -> Equation:
    values = [spelt(arg, variable) for arg in call.args]
    values += [words(name) + literal(" = ") + spelt(value, variable) for name, value in call.kwargs]
    inside = joined(values, literal(", "))
    if call.function == "I":
        return inside
    if call.function == "sqrt" and len(values) == 1:
        return Equation(f"√({inside.html})", rf"\sqrt{{{inside.latex}}}", f"√({inside.text})")
    if call.function == "abs" and len(values) == 1:
        return literal("|", r"\left|") + inside + literal("|", r"\right|")
    name = rf"\{call.function}" if call.function in _NAMED else rf"\operatorname{{{call.function}}}"
    return literal(call.function, name.replace("_", r"\_")) + parenthesised(inside)
