"""Where in a file the table starts, and what its columns are called."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mixgui.data.header import column_names, has_unnamed_row_names
from mixgui.data.read_options import WHITESPACE, ReadNote, ReadOptions
from mixgui.data.sniffing import decode_head, head_records, read_head, records, refuse_controls
from mixgui.errors import ReadError


@dataclass(frozen=True)
class Layout:
    """Where the rows of a file start.

    Parameters
    ----------
    names : tuple of str
        Unique names of the columns.
    skip_bytes : int
        UTF-8 bytes (the byte-order mark not counted) before the first row.
    skip_lines : int
        Lines before the first row.
    first_row : int
        Number of the first row as a spreadsheet counts: rows above it, header and blank ones too, plus one.
    plain : bool
        Whether each of those lines is one row above the table or the header: pandas can then skip them.
    n_named : int
        Columns up to the last one that has a name in the file.
    notes : tuple of ReadNote
        About the names.
    """

    names: tuple[str, ...]
    skip_bytes: int
    skip_lines: int
    first_row: int
    plain: bool
    n_named: int
    notes: tuple[ReadNote, ...]

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.names)

    def widened(self, width: int) -> Layout:
        """Return the layout with made-up names for cells beyond the last named column."""
        names, _ = column_names(list(self.names), width)
        return replace(self, names=tuple(names))


def find_layout(path: Path, options: ReadOptions) -> Layout:
    """Parse the lines above the first row.

    Raises
    ------
    ReadError
        When the file cannot be opened, is no text, or has no line where the table should start.
    """
    check_options(options)
    text = _head_text(path, options)
    refuse_controls(path, text)
    rows = head_records(text, options)
    if not rows:
        raise ReadError(
            f"“{path.name}” contains no table.", "Look at it in a text editor, or choose another file."
        )
    lines = _CountedLines(text)
    for _ in range(options.skip_lines):
        next(lines, "")
    n_records = 0
    if options.header:
        for record in _some_records(lines, options):
            n_records += 1
            if record:
                break
    names, notes = _names(rows, options)
    made_up = {note.column for note in notes if note.severity == "info"}
    return Layout(
        names=tuple(names),
        skip_bytes=len(text[: lines.characters].encode()),
        skip_lines=lines.count,
        first_row=options.skip_lines + n_records + 1,
        plain=lines.count == options.skip_lines + n_records and n_records <= 1 and not lines.blank,
        n_named=max((j + 1 for j, name in enumerate(names) if name not in made_up), default=0),
        notes=tuple(notes),
    )


def check_options(options: ReadOptions) -> None:
    """Raise `ReadError` for options that contradict each other or name an unknown encoding."""
    try:
        codecs.lookup(options.encoding)
    except LookupError as error:
        raise ReadError(f"There is no encoding “{options.encoding}”.", "Try utf-8 or cp1252.") from error
    if options.separator != WHITESPACE and not _is_mark(options.separator):
        raise ReadError("The separator must be a single plain character.", "Choose comma, semicolon or tab.")
    if options.quote and not _is_mark(options.quote):
        raise ReadError(
            "The quote must be a single plain character.", "Choose the double or the single quote."
        )
    if options.separator in (options.decimal, options.quote) and options.separator != ",":
        raise ReadError("The separator is also the decimal mark or the quote.", "Choose another separator.")
    if options.thousands and options.thousands == options.decimal:
        raise ReadError("The thousands mark is also the decimal mark.", "Choose another thousands mark.")


def _is_mark(text: str) -> bool:
    """Whether pandas' C parser takes the text as a separator or quote."""
    return len(text) == 1 and text.isascii() and text not in "\r\n\0"


def _head_text(path: Path, options: ReadOptions) -> str:
    text = decode_head(read_head(path), options.encoding, whole=True)
    return text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")


def _names(rows: list[list[str]], options: ReadOptions) -> tuple[list[str], list[ReadNote]]:
    if not options.header:
        width = len(rows[0])
        called = f"columns are called V1 to V{width}" if width > 1 else "column is called V1"
        note = ReadNote("warning", f"The file has no line with names; the {called}.", 1)
        return [f"V{j + 1}" for j in range(width)], [note]
    header = rows[0]
    if has_unnamed_row_names(rows):
        names, notes = column_names(["", *header], len(header) + 1)
        text = f"Rows have one cell more than there are names; the first cells are called “{names[0]}”."
        return names, [ReadNote("warning", text, 1, names[0]), *notes[1:]]
    return column_names(header, len(header))


def _some_records(lines: Iterator[str], options: ReadOptions) -> Iterator[list[str]]:
    try:
        yield from records(lines, options.separator, options.quote)
    except csv.Error as error:
        raise ReadError(f"The line with the names cannot be split into cells: {error}.") from error


class _CountedLines:
    """The lines of a text with all kinds of line ends, and how far they were read."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.count = 0
        self.characters = 0
        self.blank = False

    def __iter__(self) -> _CountedLines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        self.characters += len(line)
        self.blank |= not line.strip()
        return line
