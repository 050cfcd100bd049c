"""A file as UTF-8 blocks for pandas' C parser, looked at on the way.

pandas reads a file without telling where it is, and drops or fills cells of rows that are too long or too
short without a word. The stream reports progress, can be cancelled between two blocks, and counts what
is needed to know afterwards that every row had its cells.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress, silent

BLOCK = 1 << 18
# Leading zeros are looked for everywhere in files up to this size, and in one block of eight beyond it:
# a code with leading zeros is spread over a file, and looking costs as much as a quarter of the reading.
THOROUGH_UP_TO = 1 << 24

_LF, _CR, _ZERO, _NUL = 10, 13, 48, 0


@dataclass
class Tally:
    """What a pass over a file counted.

    Parameters
    ----------
    separators : int
        Separators outside quotes (by the parity of the quotes before them).
    quoted : bool
        Whether there is a quote at all.
    line_feeds, carriage_returns : int
        Line ends, inside quotes too.
    leading_zeros : bool
        Whether a cell starts with a zero and a second digit ("007").
    n_bytes : int
        UTF-8 bytes seen.
    ends_with_line_end : bool
        Whether the last line is ended.
    """

    separators: int = 0
    quoted: bool = False
    line_feeds: int = 0
    carriage_returns: int = 0
    leading_zeros: bool = False
    n_bytes: int = 0
    ends_with_line_end: bool = True

    @property
    def lines(self) -> int | None:
        """Number of lines, or None when line ends of several kinds make it uncertain."""
        lf, cr = self.line_feeds, self.carriage_returns
        if cr not in (0, lf) and lf != 0:
            return None
        return max(lf, cr) + (not self.ends_with_line_end)


class Scanner:
    """Counts separators, quotes and line ends block by block."""

    def __init__(self, separator: str, quote: str, *, thorough: bool) -> None:
        self.tally = Tally()
        self._separator = ord(separator) if len(separator) == 1 and ord(separator) < 128 else -1
        self._quote = ord(quote) if quote else -1
        self._inside = False  # an odd number of quotes so far
        self._tail = b""
        self._blocks = 0
        self._thorough = thorough

    def feed(self, block: bytes) -> None:
        """Count one block of UTF-8 bytes."""
        if not block:
            return
        if b"\0" in block:
            raise ReadError(
                "The file contains zero bytes: it is not a text file.",
                "Save the table as CSV (comma-separated values) in the program that made it.",
            )
        tally, data = self.tally, np.frombuffer(block, dtype=np.uint8)
        tally.n_bytes += len(block)
        tally.line_feeds += int(np.count_nonzero(data == _LF))
        if b"\r" in block:
            tally.carriage_returns += int(np.count_nonzero(data == _CR))
        tally.ends_with_line_end = block[-1] in (_LF, _CR)
        self._count_separators(block, data)
        if not tally.leading_zeros and (self._thorough or self._blocks < 16 or self._blocks % 8 == 0):
            tally.leading_zeros = self._has_leading_zero(block)
        self._tail = block[-2:]
        self._blocks += 1

    def _count_separators(self, block: bytes, data: np.ndarray) -> None:
        if self._separator < 0:
            return
        found = data == self._separator
        if self._quote >= 0 and (self._inside or self._quote in block):
            quotes = data == self._quote
            self.tally.quoted = True
            parity = np.bitwise_xor.accumulate(quotes)
            found &= parity if self._inside else ~parity
            self._inside ^= bool(parity[-1])
        self.tally.separators += int(np.count_nonzero(found))

    def _has_leading_zero(self, block: bytes) -> bool:
        data = np.frombuffer((self._tail if self._blocks else b"\n") + block, dtype=np.uint8)
        if data.size < 3:
            return False
        before, zero, after = data[:-2], data[1:-1] == _ZERO, data[2:]
        starts = (before == self._separator) | (before <= 32) | (before == self._quote)
        return bool((starts & zero & (after - np.uint8(_ZERO) < 10)).any())


class TextStream:
    """A file-like object that hands UTF-8 bytes to pandas.

    It is not a subclass of the io classes on purpose: pandas would wrap it, decode the bytes to text and
    encode them again.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str
        Its encoding.
    skip : int
        UTF-8 bytes to leave out at the start (the header, which is parsed already).
    scanner : Scanner, optional
        Looks at every block.
    observer : Observer
        Told the progress; may raise `Cancelled`.
    """

    mode = "r"

    def __init__(
        self,
        path: Path,
        encoding: str,
        *,
        skip: int = 0,
        scanner: Scanner | None = None,
        observer: Observer = silent,
    ) -> None:
        self._file: BinaryIO = path.open("rb")
        self._name = path.name
        self._size = max(path.stat().st_size, 1)
        self._decoder: codecs.IncrementalDecoder | None = None
        self._at_start = True
        self._skip = skip
        if codecs.lookup(encoding).name in ("utf-8", "utf-8-sig"):
            if self._file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
                self._file.seek(0)
        else:
            self._decoder = codecs.getincrementaldecoder(encoding)()
        self._scanner = scanner
        self._observer = observer

    def __enter__(self) -> TextStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the blocks (pandas asks only whether this method is there)."""
        while block := self.read(BLOCK):
            yield block

    def read(self, size: int = BLOCK) -> bytes:
        """Return the next block, empty at the end of the file."""
        while True:
            raw = self._file.read(size)
            block = self._decoded(raw) if self._decoder else raw
            if self._skip:
                left_out = min(self._skip, len(block))
                block, self._skip = block[left_out:], self._skip - left_out
            if block or not raw:
                break
        if self._scanner is not None:
            self._scanner.feed(block)
        self._observer(Progress(f"Reading {self._name}", min(self._file.tell() / self._size, 1.0)))
        return block

    def _decoded(self, raw: bytes) -> bytes:
        assert self._decoder is not None
        text = self._decoder.decode(raw, final=not raw)
        if text and self._at_start:  # UTF-16 with a mark, named as UTF-16-LE
            text, self._at_start = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), False
        return text.encode()
