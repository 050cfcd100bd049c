"""Text of a formula or expression -> tokens that know their characters.

The words are R's (names, numbers, strings, operators): a formula that works in lme4 works here, and every
mistake can be marked at the characters where it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from mixgui.errors import FormulaError

Span = tuple[int, int]

# Words that R keeps for itself: a column of that name needs backquotes. `pi` is ours (a variable in R).
# So is `.`, which stands for all other columns in R's formulas.
RESERVED = frozenset(
    (
        *("if", "else", "repeat", "while", "function", "for", "next", "break", "in", ".", "..."),
        *("TRUE", "FALSE", "NULL", "Inf", "NaN", "NA", "pi"),
        *("NA_integer_", "NA_real_", "NA_character_", "NA_complex_"),
    )
)
# The reserved words that are values.
CONSTANTS = frozenset({"TRUE", "FALSE", "NA", "NaN", "Inf", "pi"})

# Longest first, so that `<=` is not read as `<` and `=`.
_OPERATORS = (
    "<<-", "->>", "%in%", "%/%", "%%", "**", "||", "&&", "<=", ">=", "==", "!=", "<-", "->", ":::", "::",
    "|>",
    "^", "*", "/", "+", "-", ":", "<", ">", "=", "!", "&", "|", "~", "[", "]", "{", "}", "$", "@", "?",
)  # fmt: skip
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+L?|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?L?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_ESCAPE_OF = {character: letter for letter, character in _ESCAPES.items() if letter != "0"}
_HEX_ESCAPE = re.compile(
    r"x([0-9a-fA-F]{1,2})|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{1,4})|U\{([0-9a-fA-F]{1,8})\}|U([0-9a-fA-F]{1,8})"
)
# Typographic characters that word processors put in place of those of a keyboard.
_LOOKALIKES = {
    "−": "-", "–": "-", "—": "-", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "∼": "~", "˜": "~",
    "×": "*", "·": "*", "∶": ":", "∣": "|", "≤": "<=", "≥": ">=", "≠": "!=",
}  # fmt: skip


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    CONSTANT = "constant"
    OPERATOR = "operator"
    LEFT = "("
    RIGHT = ")"
    COMMA = ","
    END = "end"


@dataclass(frozen=True)
class Token:
    """One word of the text.

    Parameters
    ----------
    kind : Kind
        What it is.
    text : str
        The operator, the name without backquotes, the string without quotes, the number as it is written.
    span : tuple of int
        Start and end (exclusive) in the text.
    quoted : bool
        Whether a name stands between backquotes.
    """

    kind: Kind
    text: str
    span: Span
    quoted: bool = False

    def is_operator(self, *texts: str) -> bool:
        """Whether this is one of the given operators."""
        return self.kind is Kind.OPERATOR and self.text in texts


def tokenize(text: str) -> tuple[Token, ...]:
    """Split a text into tokens, the last of kind `Kind.END`.

    Raises
    ------
    FormulaError
        For a character that R does not know, a string or backquote that is not closed, a bad escape.
    """
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        character = text[at]
        if character.isspace() or character in "\u200b\ufeff":
            at += 1
            continue
        token = _token(text, at, character)
        yield token
        at = token.span[1]
    yield Token(Kind.END, "", (len(text), len(text)))


def _token(text: str, at: int, character: str) -> Token:
    single = {"(": Kind.LEFT, ")": Kind.RIGHT, ",": Kind.COMMA}.get(character)
    if single is not None:
        return Token(single, character, (at, at + 1))
    if character in "`\"'":
        return _quoted(text, at, character)
    if "0" <= character <= "9" or (character == "." and text[at + 1 : at + 2] in tuple("0123456789")):
        return _number(text, at)
    if _starts_name(character):
        return _name(text, at)
    for operator in _OPERATORS:
        if text.startswith(operator, at):
            return Token(Kind.OPERATOR, "^" if operator == "**" else operator, (at, at + len(operator)))
    raise _stray(character, (at, at + 1))


def _stray(character: str, span: Span) -> FormulaError:
    if character in _LOOKALIKES:
        hint = f"Type {_LOOKALIKES[character]} instead: word processors change characters."
    elif character == "%":
        hint = "The operators with a per cent sign are %in%, %% and %/%."
    elif character == "_":
        hint = "A name cannot begin with _: put backquotes around it, for instance `_x`."
    else:
        hint = "If it belongs to the name of a column, put backquotes around the whole name: `like this`."
    return FormulaError(f"The character {character!r} has no meaning here.", hint, span=span)


def _starts_name(character: str) -> bool:
    return character.isalpha() or character == "."


def _continues_name(character: str) -> bool:
    return character.isalpha() or character.isdecimal() or character in "._"


def _number(text: str, at: int) -> Token:
    match = _NUMBER.match(text, at)
    assert match is not None
    end = match.end()
    if end < len(text) and _continues_name(text[end]):
        stop = end
        while stop < len(text) and _continues_name(text[stop]):
            stop += 1
        word = text[at:stop]
        raise FormulaError(
            f"{word!r} is neither a number nor a name.",
            f"If it is a column, put backquotes around it: `{word}`. Multiplication is written with *.",
            span=(at, stop),
        )
    return Token(Kind.NUMBER, match.group(), (at, end))


def _name(text: str, at: int) -> Token:
    end = at
    # Combining marks are read as part of a name (macOS decomposes accents) although R asks for backquotes.
    while end < len(text) and (_continues_name(text[end]) or unicodedata.category(text[end]) in ("Mn", "Mc")):
        end += 1
    word = text[at:end]
    if word in CONSTANTS:
        return Token(Kind.CONSTANT, word, (at, end))
    if word in RESERVED and word != ".":
        raise FormulaError(
            f"{word!r} is a word that R keeps for itself.",
            f"If it is the name of a column, put backquotes around it: `{word}`.",
            span=(at, end),
        )
    return Token(Kind.NAME, word, (at, end))


def _quoted(text: str, at: int, quote: str) -> Token:
    parts: list[str] = []
    end = at + 1
    while end < len(text) and text[end] != quote:
        if text[end] == "\\":
            part, end = _unescape(text, end)
        else:
            part, end = text[end], end + 1
        parts.append(part)
    what = "backquote" if quote == "`" else "quotation mark"
    if end >= len(text):
        raise FormulaError(
            f"The {what} that is opened here is not closed.",
            f"Put a second {quote} at the end of the {'name' if quote == '`' else 'text'}.",
            span=(at, len(text)),
        )
    span = (at, end + 1)
    value = "".join(parts)
    if quote != "`":
        return Token(Kind.STRING, value, span)
    if not value:
        raise FormulaError(
            "There is nothing between the backquotes.", "Write the name of a column between them.", span=span
        )
    return Token(Kind.NAME, value, span, quoted=True)


def _unescape(text: str, at: int) -> tuple[str, int]:
    """Return the character that the backslash at `at` stands for, and where the text goes on."""
    following = text[at + 1 : at + 2]
    if following and following in "\\`\"' \n":
        return following, at + 2
    if following in _ESCAPES and following:
        return _ESCAPES[following], at + 2
    match = _HEX_ESCAPE.match(text, at + 1)
    if match is not None:
        code = int(next(group for group in match.groups() if group), 16)
        if code <= 0x10FFFF:
            return chr(code), match.end()
    raise FormulaError(
        f"'\\{following}' is not a character that R knows.",
        "Write a backslash itself as two backslashes.",
        span=(at, min(at + 2, len(text))),
    )


def escape(value: str, quote: str) -> str:
    """Write a text between quotes as R does, so that `tokenize` reads the same text again.

    Parameters
    ----------
    value : str
        Any text.
    quote : str
        One of ``"``, ``'`` and the backquote.
    """
    parts = []
    for character in value:
        if character == "\\" or character == quote:
            parts.append("\\" + character)
        elif character in _ESCAPE_OF:
            parts.append("\\" + _ESCAPE_OF[character])
        elif character != " " and unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp", "Cn"):
            parts.append(
                f"\\U{{{ord(character):x}}}" if ord(character) > 0xFFFF else f"\\u{{{ord(character):x}}}"
            )
        else:
            parts.append(character)
    return quote + "".join(parts) + quote


def is_syntactic(name: str) -> bool:
    """Whether R reads the name without backquotes (letters, digits, ``.`` and ``_``; not a reserved word)."""
    if not name or name in RESERVED or not _starts_name(name[0]):
        return False
    if name[0] == "." and name[1:2].isdecimal():
        return False
    if re.fullmatch(r"\.\.[0-9]+", name):
        return False
    return all(_continues_name(character) for character in name)


def spell_name(name: str) -> str:
    """Write a column's name as R does in a formula: between backquotes only when it needs them."""
    return name if is_syntactic(name) else escape(name, "`")
