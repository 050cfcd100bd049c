"""The order in which R sorts texts, alike on every computer.

R sorts by the Unicode collation algorithm (through ICU) unless it runs in the bare C locale: letters first
without regard to accents and case, then by accents, then lower case before upper case. The first level of a
factor is the reference of its contrasts, so this order decides what coefficients mean. Here it is written
down for punctuation, digits and letters; characters of other scripts follow by code point.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Unicode's default order (CLDR root) of what precedes the digits.
_SIGNS = "\t\n\v\f\r _-–—,;:!¡?¿.…·'‘’\"“”«»()[]{}§¶@*/\\&#%`´^¯¨¸°©®→+±÷×<=>¬|¦~¤¢$£¥€"
_SIGN_RANK = {sign: rank for rank, sign in enumerate(_SIGNS)}
# Acute, grave, breve, circumflex, caron, ring, diaeresis, double acute, tilde, dot, stroke, cedilla, ogonek,
# macron.
_ACCENTS = (0x301, 0x300, 0x306, 0x302, 0x30C, 0x30A, 0x308, 0x30B, 0x303, 0x307, 0x338, 0x327, 0x328, 0x304)
_ACCENT_RANK = {chr(code): rank for rank, code in enumerate(_ACCENTS)}
# Letters that the decomposition of Unicode leaves whole although they sort with others.
_SPELT = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i"}

Key = tuple[tuple[tuple[int, int], ...], tuple[tuple[int, ...], ...], tuple[bool, ...], str]


@lru_cache(maxsize=65_536)
def collation_key(text: str) -> Key:
    """Return a key by which ``sorted`` puts texts into R's order.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    tuple
        Letters, accents, case and at last the text itself, so that different texts never have equal keys.
    """
    letters: list[tuple[int, int]] = []
    accents: list[tuple[int, ...]] = []
    capitals: list[bool] = []
    for character in unicodedata.normalize("NFKD", text):
        if unicodedata.combining(character):
            if accents:
                accents[-1] = (*accents[-1], _ACCENT_RANK.get(character, ord(character)))
            continue
        lower = character.lower()
        spelt = _SPELT.get(lower, lower)
        for letter in spelt:
            letters.append(_rank(letter))
            accents.append(() if spelt == lower else (_ACCENT_RANK[chr(0x338)],))
            capitals.append(character != lower)
    return tuple(letters), tuple(accents), tuple(capitals), text


def _rank(character: str) -> tuple[int, int]:
    """Return the class (signs, other signs, digits, letters) and the place in it."""
    sign = _SIGN_RANK.get(character)
    if sign is not None:
        return 0, sign
    digit = unicodedata.digit(character, -1)
    if digit >= 0:
        return 2, digit
    return (3 if character.isalpha() else 1), ord(character)
