"""The one door for files: text, workbooks, statistics programs, R, web pages, and all of these compressed.

Each format has a module of its own, which is loaded when such a file is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from mixgui.data.archives import choose_member, members, unpacked
from mixgui.data.file_formats import detect_format
from mixgui.data.read_options import (
    MISSING,
    SEPARATORS,
    WHITESPACE,
    ReadNote,
    ReadOptions,
    ReadResult,
)
from mixgui.data.sniffing import file_error, refuse_folder, sniff_text
from mixgui.errors import ReadError
from mixgui.observer import Observer, silent

T = TypeVar("T")

__all__ = [
    "MISSING",
    "SEPARATORS",
    "WHITESPACE",
    "FileChoices",
    "ReadNote",
    "ReadOptions",
    "ReadResult",
    "file_choices",
    "read_table",
    "sniff",
]


@dataclass(frozen=True)
class FileChoices:
    """What a file offers when it holds more than one table.

    Parameters
    ----------
    members : tuple of str
        Files in an archive.
    sheets : tuple of str
        Sheets of a workbook.
    objects : tuple of str
        Data frames of an R file; tables of a web page.
    """

    members: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


def sniff(path: str | Path, observer: Observer = silent) -> ReadOptions:
    """Guess how a file is to be read: its format, and what this format leaves open.

    Parameters
    ----------
    path : str or Path
        A file of any of the known formats, or a compressed one.
    observer : Observer
        Told the progress; may raise `Cancelled`.

    Raises
    ------
    ReadError
        When there is no such file, it cannot be opened, is empty, or holds no table.
    """
    path = Path(path)

    def work() -> ReadOptions:
        member, _ = choose_member(path)
        with unpacked(path, member, observer) as inner:
            options = _sniff_plain(inner)
        return replace(options, member=member)

    return _in_words(path, work)


def sniff_member(path: str | Path, member: str, observer: Observer = silent) -> ReadOptions:
    """Guess how another file of an archive is to be read."""
    path = Path(path)

    def work() -> ReadOptions:
        with unpacked(path, member, observer) as inner:
            return replace(_sniff_plain(inner), member=member)

    return _in_words(path, work)


def file_choices(path: str | Path, options: ReadOptions, observer: Observer = silent) -> FileChoices:
    """Return the tables among which a file lets choose."""
    path = Path(path)

    def work() -> FileChoices:
        with unpacked(path, options.member, observer) as inner:
            sheets, objects = _parts(inner, options, observer)
        return FileChoices(members(path), sheets, objects)

    return _in_words(path, work)


def read_table(
    path: str | Path,
    options: ReadOptions | None = None,
    observer: Observer = silent,
    *,
    most_rows: int | None = None,
) -> ReadResult:
    """Read a file with a table, of any known format.

    Parameters
    ----------
    path : str or Path
        The file.
    options : ReadOptions, optional
        How to read it; guessed (`sniff`) when not given.
    observer : Observer
        Told the progress; may raise `Cancelled`.
    most_rows : int, optional
        Read about as many rows from the top, for a preview.

    Returns
    -------
    ReadResult
        Frame, options, notes, what does not fit, and the codebook that the file brings along. Whole numbers
        are int64, other numbers float64, text is pandas' "str", TRUE/FALSE is bool ("boolean" with missing
        cells), dates are datetime64, R's factors are categories. A header without rows gives a table of no
        rows, with a warning.

    Raises
    ------
    ReadError
        With a sentence: no such file, not readable, empty, damaged, protected by a password, not of its
        format, not in the encoding, a quote that is never closed.
    """
    path = Path(path)

    def work() -> ReadResult:
        member, doubts = choose_member(path) if options is None else (options.member, [])
        with unpacked(path, member, observer) as inner:
            chosen = replace(_sniff_plain(inner), member=member) if options is None else options
            result = _reader(chosen)(inner, chosen, observer, most_rows)
        return replace(result, notes=(*doubts, *result.notes)) if doubts else result

    return _in_words(path, work)


_Reader = Callable[[Path, ReadOptions, Observer, int | None], ReadResult]


def _reader(options: ReadOptions) -> _Reader:
    if options.format == "text":
        from mixgui.data.text_files import read_text as reader
    elif options.format == "excel":
        from mixgui.data.excel_files import read_workbook as reader
    elif options.format in ("spss", "stata", "sas"):
        from mixgui.data.stat_files import read_stat as reader
    elif options.format == "r":
        from mixgui.data.r_files import read_r as reader
    elif options.format == "html":
        from mixgui.data.html_tables import read_html as reader
    else:
        raise ReadError(
            f"Files of the kind “{options.format}” are not known.", "A newer version may read it."
        )
    return reader


def _sniff_plain(path: Path) -> ReadOptions:
    """Guess the options of a file that is no archive."""
    refuse_folder(path)
    found = detect_format(path)
    if found == "text":
        return sniff_text(path)
    if found == "excel":
        from mixgui.data.excel_files import sniff_workbook

        return sniff_workbook(path)
    if found == "r":
        from mixgui.data.r_files import sniff_r

        return sniff_r(path)
    if found == "html":
        from mixgui.data.html_tables import sniff_html

        return sniff_html(path)
    return ReadOptions(format=found, encoding="")


def _parts(path: Path, options: ReadOptions, observer: Observer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sheets and the objects of a file."""
    if options.format == "excel":
        from mixgui.data.excel_files import sheet_names

        return sheet_names(path), ()
    if options.format == "r":
        from mixgui.data.r_files import frame_names

        return (), frame_names(path, observer)
    if options.format == "html":
        from mixgui.data.html_tables import table_names

        return (), table_names(path)
    return (), ()


def _in_words(path: Path, work: Callable[[], T]) -> T:
    """Do the work; what the system or the memory refuses becomes a sentence."""
    try:
        refuse_folder(path)
        return work()
    except OSError as error:
        raise file_error(path, error) from error
    except MemoryError as error:
        raise ReadError(f"“{path.name}” does not fit into the memory.", "Close other programs.") from error
