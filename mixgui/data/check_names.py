"""Names that differ in blanks, capitals, accents or punctuation only: “St. Mary” and “St Mary ”."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd

from mixgui.data.findings import MOST_SHOWN, Finding, Offer, named, plural
from mixgui.data.long_columns import count_codes
from mixgui.data.table_codes import TableCodes
from mixgui.data.value_steps import Recode

# Columns of more different texts are free text, not names.
_MOST_NAMES = 20_000
# Punctuation that says nothing between letters; between digits (1.5, 2-3) it does, and so do + and - at an end.
_DOTS = re.compile(r"(?<![0-9])[.,'’`´\"“”„](?=.|$)|(?<=[0-9])[.,'’`´\"“”„](?![0-9])")
_DASHES = re.compile(r"(?<=[^\W\d_])[-–—_/](?=[^\W\d_])")
_BLANKS = re.compile(r"\s+")
_BLANK_BESIDE_LETTER = re.compile(r"(?<![0-9]) | (?![0-9])")


def plain_name(text: str) -> str:
    """Return what is left of a name without accents, capitals, blanks and punctuation.

    Numbers keep what separates them: "1 1", "1.1" and "11" stay different.
    """
    letters = unicodedata.normalize("NFKD", text)
    letters = "".join(sign for sign in letters if not unicodedata.combining(sign)).casefold()
    letters = _DASHES.sub(" ", letters)
    letters = _DOTS.sub("", letters)
    letters = _BLANKS.sub(" ", letters).strip()
    return _BLANK_BESIDE_LETTER.sub("", letters)


def like_one_of(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return for names that are not known the known one that is alike."""
    plain = {plain_name(one): one for one in known}
    return {name: plain[key] for name in names if (key := plain_name(name)) in plain and key}


def find_alike(codes: TableCodes, name: str) -> Finding | None:
    """Return the names of a column that are probably meant to be the same."""
    variable = codes.dataset.variable(name)
    if variable.kind not in ("text", "category") or not 1 < variable.n_unique <= _MOST_NAMES:
        return None
    texts = codes.texts(name, np.arange(codes.n_levels(name)))
    same: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        same.setdefault(plain_name(text), []).append(i)
    sets = [found for key, found in same.items() if key and len(found) > 1]
    if not sets:
        return None
    own = codes.codes(name)
    sizes = count_codes(own, len(texts))
    rows, mapping = [], []
    for found in sets:
        most = max(found, key=lambda i: (sizes[i], texts[i] == texts[i].strip(), -i))
        for i in sorted(found, key=lambda i: -sizes[i]):
            rows.append(
                (quoted_blanks(texts[i]), int(sizes[i]), quoted_blanks(texts[most]) if i != most else "")
            )
            if i != most:
                mapping.append((texts[i], texts[most]))
    shown = pd.DataFrame(rows[:MOST_SHOWN], columns=[name, "rows", "probably"])
    first = [texts[i] for i in sets[0]]
    n = len(sets)
    sentence = (
        f"“{name}” has names that differ only in blanks, capitals, accents or punctuation: {named(first)}"
        + (f", and {plural(n - 1, 'other set')} like this." if n > 1 else ".")
    )
    step = Recode(codes.dataset.name, name, tuple(mapping), name)
    return Finding(
        "alike_names",
        "problem",
        sentence,
        "Each spelling is a group of its own in a model, and finds no partner in a join.",
        shown,
        "names",
        sum(len(found) for found in sets),
        (Offer("Use one spelling for each", step),),
    )


def quoted_blanks(text: str) -> str:
    """Return a text with the blanks at its ends, and double ones, made visible."""
    text = re.sub(r"^\s+|\s+$", lambda found: "␣" * len(found.group()), text)
    return re.sub(r"\s{2,}", lambda found: "␣" * len(found.group()), text)
