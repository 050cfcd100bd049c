"""What bytes a text file is written in."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

_BLOCK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNDEFINED_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")


@dataclass(frozen=True)
class Encoding:
    """A codec name of Python, and whether it is a guess rather than certain."""

    name: str
    guessed: bool = False


def detect_encoding(path: Path, head: bytes) -> Encoding:
    """Return the encoding of a text file.

    A byte-order mark decides; else UTF-8 if the whole file is valid UTF-8 (which no other encoding is
    by accident); else a guess: Windows-1252 if its letters stand alone between plain ones, as in the
    languages of western Europe, or what charset-normalizer finds.

    Parameters
    ----------
    path : Path
        The file.
    head : bytes
        Its first bytes (a megabyte is enough).
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name)
    wide = _wide_without_mark(head)
    if wide:
        return Encoding(wide, guessed=True)
    sample = _first_bytes_that_are_not_utf8(path)
    return Encoding("utf-8") if sample is None else Encoding(guess_legacy(sample), guessed=True)


def _wide_without_mark(head: bytes) -> str:
    """Recognise UTF-16 without a mark: every second byte of mostly plain text is zero."""
    part = head[: 4096 - len(head) % 2]
    if len(part) < 4:
        return ""
    even, odd = part[0::2], part[1::2]
    if odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.7 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return ""


def _first_bytes_that_are_not_utf8(path: Path) -> bytes | None:
    """Return a piece of the file around its first invalid UTF-8, or None when all of it is valid."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    pending = False  # a character that the last block cut in two
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if not pending and block.isascii():
                continue
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                start = max(min(error.start, len(block) - 1) - _BLOCK // 8, 0)
                return block[start : start + _BLOCK // 4]
            pending = bool(decoder.getstate()[0])
        return b"\xff" if pending else None


def guess_legacy(sample: bytes) -> str:
    """Guess the encoding of bytes that are not UTF-8."""
    high = [i for i, byte in enumerate(sample) if byte >= 0x80]
    if not high:
        return "cp1252"
    letters = {i for i in high if sample[i] >= 0xC0}
    runs = sum(1 for i in letters if i + 1 in letters)
    western = not _UNDEFINED_IN_CP1252.intersection(sample[i] for i in high)
    if western and runs <= 0.15 * len(high):
        return "cp1252"
    best = charset_normalizer.from_bytes(b"\n".join(_lines_with(sample, high))).best()
    return best.encoding if best is not None else "latin-1"


def _lines_with(sample: bytes, positions: list[int]) -> list[bytes]:
    """Return the lines around the telling bytes: plain digits would only blur the guess."""
    lines, last = [], -1
    for i in positions:
        if i < last:
            continue
        start = sample.rfind(b"\n", 0, i) + 1
        end = sample.find(b"\n", i)
        last = end if end >= 0 else len(sample)
        lines.append(sample[start:last])
        if len(lines) >= 400:
            break
    return lines
