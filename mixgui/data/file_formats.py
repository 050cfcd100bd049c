"""The kinds of files that are read: what they are called, how they end, how their first bytes look.

Knows no pandas and loads nothing: file dialogs ask it before the first table is opened.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from mixgui.data.read_options import FormatName
from mixgui.errors import ReadError


@dataclass(frozen=True)
class FileFormat:
    """A kind of file.

    Parameters
    ----------
    name : str
        As in `ReadOptions.format`.
    words : str
        What people call it.
    endings : tuple of str
        Of its files, in lower case, with the point.
    """

    name: FormatName
    words: str
    endings: tuple[str, ...]


FORMATS: tuple[FileFormat, ...] = (
    FileFormat("text", "Text tables", (".csv", ".tsv", ".txt", ".dat", ".tab")),
    FileFormat("excel", "Excel and OpenDocument", (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")),
    FileFormat("spss", "SPSS", (".sav", ".zsav", ".por")),
    FileFormat("stata", "Stata", (".dta",)),
    FileFormat("sas", "SAS", (".sas7bdat", ".xpt")),
    FileFormat("r", "R", (".rds", ".rdata", ".rda")),
    FileFormat("html", "Web pages with a table", (".html", ".htm")),
)
#: Compressed files with one of the above inside.
ARCHIVE_ENDINGS = (".zip", ".gz", ".bz2", ".xz")

_OPENERS: dict[str, Callable[..., Any]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
_COMPRESSED = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"))
_HEAD = 4096

# First bytes of files that people open by mistake, and what they are.
_FOREIGN = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"{\\rtf", "a formatted text (RTF)"),
)
_SAVE_AS_CSV = "Save the table as CSV (comma-separated values) in the program that made it."
_OLE = b"\xd0\xcf\x11\xe0"
_PORTABLE = re.compile(rb"SPSS ?PORT")
# XDR, native binary or text, each with the format's version; a text table may have a column "X", but no zeros.
_R_START = re.compile(rb"(?:RD[AXB][23]\n)?(?:X\n\0\0\0[\2\3]|B\n[\2\3]\0\0\0|A\n[23]\n\d{5,6}\n\d{5,6}\n)")


def words_of(name: str) -> str:
    """Return what people call a format."""
    return next(one.words for one in FORMATS if one.name == name)


def all_endings() -> tuple[str, ...]:
    """Return the endings of all files that can be opened, archives too."""
    return (*(ending for one in FORMATS for ending in one.endings), *ARCHIVE_ENDINGS)


def dialog_filter() -> str:
    """Return the choices of a file dialog, in Qt's spelling."""
    kinds = [(one.words, one.endings) for one in FORMATS] + [("Compressed files", ARCHIVE_ENDINGS)]
    every = f"All tables ({_stars(all_endings())})"
    return ";;".join([every, *(f"{words} ({_stars(endings)})" for words, endings in kinds), "All files (*)"])


def _stars(endings: tuple[str, ...]) -> str:
    return " ".join(f"*{ending}" for ending in endings)


def compression_of(path: Path) -> str:
    """Return "gzip", "bzip2", "xz" or "zip" for a compressed file that holds a table, else "".

    Workbooks are zip files and R's files are compressed ones: both are formats of their own, no archives.
    """
    head = _first_bytes(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "" if workbook_kind(path) else "zip"
    name = packing_of(head)
    return "" if not name or is_r(_unpacked_head(path, name)) else name


def detect_format(path: Path) -> FormatName:
    """Return the format of a file that is no archive, by its first bytes; text if nothing else is recognised.

    Raises
    ------
    ReadError
        For files that hold no table: pictures, programs, databases and others.
    """
    head = _first_bytes(path)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise ReadError(f"“{path.name}” is {what}, not a table.", _SAVE_AS_CSV)
    if head.startswith((_OLE, b"PK\x03\x04")) or _is_old_excel(head):
        return "excel"
    if head.startswith((b"$FL2", b"$FL3")) or _PORTABLE.search(head):
        return "spss"
    if head.startswith(b"<stata_dta>") or _is_old_stata(path, head):
        return "stata"
    if head.startswith(b"HEADER RECORD*******LIBRARY HEADER") or head[12:16] == b"\xc2\xea\x81\x60":
        return "sas"
    if head.startswith(b"HEADER RECORD*******LIBV8"):
        return "sas"
    if packing_of(head) or is_r(head):
        return "r"
    text = _as_text(head).lstrip("\ufeff \t\r\n").lower()
    if text.startswith("<?xml") and "urn:schemas-microsoft-com:office:spreadsheet" in text:
        raise ReadError(
            f"“{path.name}” is an Excel 2003 XML table.", "Open it in Excel and save it as .xlsx."
        )
    if text.startswith(("<!doctype html", "<html", "<table")) or ("<table" in text and text[:1] == "<"):
        return "html"
    return "text"


def workbook_kind(path: Path) -> str:
    """Return "xlsx" or "ods" for a zip file that is a workbook, "document" for another office file, else ""."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            mime = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, zlib.error, RuntimeError, NotImplementedError, EOFError):
        return ""
    if mime.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    if any(name.startswith("xl/workbook") for name in names):
        return "xlsx"
    office = mime.startswith(b"application/vnd.oasis") or "[Content_Types].xml" in names
    return "document" if office else ""


def is_r(head: bytes) -> bool:
    """Tell whether uncompressed bytes are R's."""
    return _R_START.match(head) is not None


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def open_compressed(path: Path, compression: str) -> BinaryIO:
    """Open a file for reading what is compressed in it ("gzip", "bzip2" or "xz"; "" for a plain file)."""
    opened: BinaryIO = _OPENERS[compression](path, "rb") if compression else path.open("rb")
    return opened


def packing_of(head: bytes) -> str:
    """Return how a file is compressed by its first bytes: "gzip", "bzip2", "xz" or ""."""
    return next((name for magic, name in _COMPRESSED if head.startswith(magic)), "")


def _unpacked_head(path: Path, compression: str) -> bytes:
    try:
        with open_compressed(path, compression) as file:
            return file.read(64)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return b""


def _is_old_excel(head: bytes) -> bool:
    """Recognise Excel 2 to 4, which wrote no container."""
    return re.match(rb"\x09[\x00\x02\x04]\x06\x00", head) is not None or head[:4] == b"\x09\x08\x08\x00"


def _is_old_stata(path: Path, head: bytes) -> bool:
    """Recognise Stata before 13: release, byte order, the number 1, a zero."""
    known = len(head) > 60 and 102 <= head[0] <= 115 and head[1] in (1, 2) and head[2] == 1
    return known and path.suffix.lower() == ".dta"


def _as_text(head: bytes) -> str:
    return head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", errors="replace")
