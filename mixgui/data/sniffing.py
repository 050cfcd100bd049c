"""Guess how a text file is to be read, from its first quarter of a megabyte."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mixgui.data.encodings import detect_encoding
from mixgui.data.file_formats import detect_format, words_of
from mixgui.data.header import looks_like_header
from mixgui.data.number_texts import (
    COMMA_DECIMAL,
    COMMA_MAYBE_THOUSANDS,
    COMMA_SURELY_THOUSANDS,
    POINT_DECIMAL,
    POINT_MAYBE_THOUSANDS,
    POINT_SURELY_THOUSANDS,
)
from mixgui.data.read_options import WHITESPACE, ReadNote, ReadOptions
from mixgui.errors import ReadError

_HEAD_BYTES = 1 << 20
_HEAD_CHARACTERS = 1 << 18
_HEAD_RECORDS = 300
_PREFERRED = ("\t", ";", "|", ",", WHITESPACE)  # when two would do equally well

# Blanks are what pandas' C parser takes for them: not form feeds and other exotic ones.
_PLAIN_WORD = re.compile(r"[^ \t\r\n]+")


def sniff_text(path: Path) -> ReadOptions:
    """Guess encoding, separator, quote, decimal mark, header and lines above the table.

    Parameters
    ----------
    path : Path
        A text file.

    Raises
    ------
    ReadError
        When there is no such file, it cannot be opened, is empty or is no text file.
    """
    raw = read_head(path)
    encoding = detect_encoding(path, raw).name
    text = decode_head(raw, encoding)
    refuse_controls(path, text)
    if not text.strip():
        raise ReadError(f"“{path.name}” is empty.", "Choose a file that contains a table.")
    directive = re.match(r"sep=([ -~\t])(\r\n|\r|\n)", text)  # Excel's own first line
    if directive:
        separator, quote, skip = directive[1], '"', 1
    else:
        quote = _guess_quote(text)
        separator, skip = _guess_separator(text, quote)
    options = ReadOptions(separator=separator, quote=quote, encoding=encoding, skip_lines=skip)
    rows = head_records(text, options)
    if not rows:
        raise ReadError(f"“{path.name}” is empty.", "Choose a file that contains a table.")
    decimal = _guess_decimal(rows[1:] or rows, separator)
    return replace(options, decimal=decimal, header=looks_like_header(rows, decimal))


def doubts(path: Path, options: ReadOptions) -> list[ReadNote]:
    """Return what a person should look at in options that may have been guessed."""
    text = decode_head(read_head(path), options.encoding)
    notes = []
    likely = options.encoding in ("cp1252", "utf-16-le", "utf-16-be")
    if not options.encoding.startswith("utf-8") and not text.isascii() and options.encoding != "utf-16":
        notes.append(
            ReadNote(
                "info" if likely else "warning",
                f"The file is not UTF-8; its letters were read as {options.encoding}. If names look wrong, "
                "choose another encoding.",
                doubt=not likely,
            )
        )
    if options.skip_lines and not text.startswith("sep="):
        one = options.skip_lines == 1
        lines = "first line stands" if one else f"first {options.skip_lines} lines stand"
        notes.append(ReadNote("warning", f"The {lines} above the table: left out.", 1))
    rows = head_records(text, options)
    return notes + _doubtful_marks(rows[1:] or rows, options)


def refuse_folder(path: Path) -> None:
    """Raise `ReadError` for a folder, an empty file and the lock files of spreadsheet programs."""
    try:
        if path.is_dir():
            raise ReadError(f"“{path.name}” is a folder, not a file.", "Choose a file in it.")
        empty = path.stat().st_size == 0
    except (OSError, ValueError) as error:
        raise file_error(path, error) from error
    if path.name.startswith(("~$", ".~lock.")):
        shown = path.name.removeprefix("~$").removeprefix(".~lock.").removesuffix("#")
        raise ReadError(
            f"“{path.name}” only marks that “{shown}” is open in another program.", f"Open “{shown}” itself."
        )
    if empty:
        raise ReadError(f"“{path.name}” is empty.", "Choose a file that contains a table.")


def read_head(path: Path) -> bytes:
    """Return the first megabyte of a file, or say in a sentence why not."""
    refuse_folder(path)
    try:
        with path.open("rb") as file:
            raw = file.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        raise file_error(path, error) from error
    if not raw:
        raise ReadError(f"“{path.name}” is empty.", "Choose a file that contains a table.")
    found = detect_format(path)  # refuses pictures and programs
    if found not in ("text", "html"):
        raise ReadError(
            f"“{path.name}” is no text file; it belongs to {words_of(found)}.", "Open it as what it is."
        )
    return raw


def file_error(path: Path, error: Exception) -> ReadError:
    """Return the sentence for a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return ReadError(f"There is no file “{path.name}” in {path.parent}.", "Was it moved or renamed?")
    if isinstance(error, PermissionError):
        return ReadError(
            f"“{path.name}” may not be read.", "Close it in other programs, or ask for permission to read it."
        )
    reason = getattr(error, "strerror", None) or str(error)
    return ReadError(
        f"“{path.name}” cannot be read: {reason}.", "Copy the file to another place and try again."
    )


def decode_head(raw: bytes, encoding: str, *, whole: bool = False) -> str:
    """Decode the head up to its last line end.

    Without `whole`, as much as is enough for guessing, with question marks for what is not in the
    encoding; with it, all of it or a UnicodeDecodeError.
    """
    most = len(raw) if whole else _HEAD_CHARACTERS
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict" if whole else "replace")
    text = decoder.decode(raw, final=len(raw) < _HEAD_BYTES)
    if len(raw) < _HEAD_BYTES and len(text) <= most:
        return text
    text = text[:most]
    end = max(text.rfind("\n"), text.rfind("\r"))
    return text[: end + 1] if end > 0 else text


def refuse_controls(path: Path, text: str) -> None:
    """Raise `ReadError` when the text is full of what no text contains."""
    controls = sum(1 for c in text[:65536] if c < " " and c not in "\t\n\r\f\v\x1a\x1b")
    if "\0" in text or controls > 0.01 * len(text[:65536]):
        raise ReadError(
            f"“{path.name}” is not a text file.",
            "Save the table as CSV (comma-separated values) in the program that made it.",
        )


def records(lines: Iterator[str], separator: str, quote: str) -> Iterator[list[str]]:
    """Yield the cells of each record as pandas' C parser splits them; an empty list for a blank line."""
    if separator == WHITESPACE:
        q = re.escape(quote)
        pattern = re.compile(f"{q}(?:[^{q}]|{q}{q})*{q}[^ \t\r\n]*|[^ \t\r\n]+") if quote else _PLAIN_WORD
        for line in lines:
            yield [_unquote(word, quote) for word in pattern.findall(line)]
        return
    if quote:
        reader = csv.reader(lines, delimiter=separator, quotechar=quote)
    else:
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    for record in reader:
        yield [] if len(record) == 1 and record[0] and not record[0].strip(" \t") else record


def _unquote(word: str, quote: str) -> str:
    if quote and len(word) > 1 and word[0] == quote == word[-1]:
        return word[1:-1].replace(quote * 2, quote)
    return word


def head_records(text: str, options: ReadOptions) -> list[list[str]]:
    """Return the first records after the lines above the table, blank lines left out."""
    lines = iter(io.StringIO(text, newline=""))
    for _ in range(options.skip_lines):
        next(lines, "")
    found: list[list[str]] = []
    try:
        for record in records(lines, options.separator, options.quote):
            if record:
                found.append(record)
            if len(found) >= _HEAD_RECORDS:
                break
    except csv.Error as error:
        raise ReadError(f"The file cannot be split into cells: {error}.") from error
    return found


def _guess_quote(text: str) -> str:
    if '"' in text or "'" not in text:
        return '"'
    quoted = len(re.findall(r"(?:^|[,;\t|])\s*'[^'\n]*'\s*(?=$|[,;\t|\r])", text, flags=re.M))
    return "'" if 2 * quoted >= 0.8 * text.count("'") else '"'


def _guess_separator(text: str, quote: str) -> tuple[str, int]:
    """Return the separator that gives the most even rows, and how many lines stand above the table."""
    best, best_score = (_unused_separator(text), 0), 0.0
    for separator in _PREFERRED:
        try:
            rows = head_records(text, ReadOptions(separator=separator, quote=quote))
        except ReadError:
            continue
        widths = [len(r) for r in rows]
        if max(widths, default=0) < 2:
            continue
        skip, score = _evenness(widths, separator)
        if separator == "," and widths[skip] == 1 and quote not in text:
            continue  # "x" over "1,5": one column with decimal commas
        if score > best_score + 1e-9:
            best, best_score = (separator, skip), score
    return best


def _unused_separator(text: str) -> str:
    """Return a separator for a file of one column: one that is not in its cells."""
    return next((s for s in (",", "\t", "|", ";") if s not in text), "\x1f")


def _evenness(widths: list[int], separator: str) -> tuple[int, float]:
    """Return lines above the table, and the share of rows with the usual number of cells (at least two)."""
    counts = Counter(w for w in widths[1:] or widths if w > 1)
    if not counts:
        return 0, 0.4 if widths[0] > 1 else 0.0  # a header over rows of one cell
    usual = max(counts, key=lambda w: (counts[w], w == widths[0], w))
    skip = 0
    while skip < min(len(widths) - 2, 20) and widths[skip] == 1 and usual > 2:
        skip += 1  # titles; at least two even rows must follow
    if skip and (widths[skip : skip + 2] != [usual, usual] or separator == WHITESPACE):
        skip = 0
    rest = widths[skip:]
    row_names = rest[0] == usual - 1
    even = sum(1 for w in rest[1:] if w == usual) + (rest[0] == usual or row_names)
    score = even / len(rest)
    if rest[0] == 1 and not row_names:
        score *= 0.5
    if separator == WHITESPACE:
        score *= 0.9  # blanks are also in names
    if score < 0.3:  # uneven rows: the names alone speak for a separator
        score = min(0.01 * rest[0], 0.29) if rest[0] > 1 and separator != WHITESPACE else 0.0
    return skip, score


@dataclass(frozen=True)
class _Marks:
    """Cells with a comma or a point, and how many of them can be read in one way only."""

    commas: list[str]
    points: list[str]
    sure_commas: int
    sure_points: int


def _count_marks(rows: list[list[str]]) -> _Marks:
    cells = [c.strip() for row in rows for c in row]
    commas = [c for c in cells if COMMA_DECIMAL.fullmatch(c)]
    points = [c for c in cells if POINT_DECIMAL.fullmatch(c)]
    sure_commas = sum(1 for c in commas if not COMMA_MAYBE_THOUSANDS.fullmatch(c))
    sure_points = sum(1 for c in points if not POINT_MAYBE_THOUSANDS.fullmatch(c))
    return _Marks(
        commas,
        points,
        sure_commas + sum(1 for c in cells if POINT_SURELY_THOUSANDS.fullmatch(c)),
        sure_points + sum(1 for c in cells if COMMA_SURELY_THOUSANDS.fullmatch(c)),
    )


def _guess_decimal(rows: list[list[str]], separator: str) -> str:
    """Return the decimal mark that most numbers speak for; the semicolon comes with the comma."""
    marks = _count_marks(rows)
    if marks.sure_commas > marks.sure_points:
        return ","
    european = separator == ";" and not marks.sure_points and not marks.points
    return "," if european and marks.commas else "."


def _doubtful_marks(rows: list[list[str]], options: ReadOptions) -> list[ReadNote]:
    """Say how numbers were read that could have been read in another way."""
    marks = _count_marks(rows)
    if options.decimal == "," and marks.commas and max((len(row) for row in rows), default=0) == 1:
        cell = marks.commas[0]
        value = cell.replace(",", ".")
        text = f"“{cell}” was read as {value}: the comma as the decimal mark, not as a separator."
        return [ReadNote("warning", text, doubt=True)]
    if options.separator != ";" or options.thousands or marks.sure_commas or marks.sure_points:
        return []
    cells = marks.commas if options.decimal == "," else marks.points
    if not cells or (marks.commas and marks.points):
        return []
    value, whole = cells[0].replace(",", "."), re.sub(r"[.,]", "", cells[0])
    text = (
        f"“{cells[0]}” was read as {value} (decimal mark), not as {whole} (thousands mark). "
        "If that is wrong, choose the marks yourself."
    )
    return [ReadNote("warning", text, doubt=True)]
