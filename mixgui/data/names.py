"""Names and texts as both languages of the scripts can write them."""

from __future__ import annotations

import keyword
from collections.abc import Iterable

# Words that a variable cannot be called in one of the languages, or that the lines themselves use.
_RESERVED = frozenset(
    (
        *keyword.kwlist,
        *("function", "next", "repeat", "c", "T", "F", "NA", "pd", "np", "re", "list", "str", "range", "len"),
    )
)


def variable(name: str) -> str:
    """Return a table's name as a variable that both languages allow.

    Different names can give the same variable ("a b" and "a_b"): the steps refuse such a pair.
    """
    word = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name)
    return word if word[:1].isalpha() and word not in _RESERVED else f"table_{word.lstrip('_')}"


def quoted(text: str) -> str:
    """Return a text in double quotes that R and Python read alike."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r") + '"'


def quoted_list(texts: Iterable[str]) -> str:
    """Return texts in double quotes with commas between them."""
    return ", ".join(quoted(text) for text in texts)
