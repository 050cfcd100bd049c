"""Where a sheet of a workbook (.xlsx, .ods) has errors (#DIV/0!): they are looked for in its XML."""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from mixgui.data.ods_errors import ods_errors
from mixgui.observer import Observer, Progress, silent

ERROR_TEXT = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|GETTING_DATA)|Err:\d{3}")

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_BLOCK = 1 << 20
_LONGEST_CELL = 1 << 16
_MOST_BYTES = 2 << 30
_MOST_XML = 16 << 20


def sheet_errors(path: Path, sheet: str, observer: Observer = silent) -> dict[tuple[int, int], str]:
    """Return the errors of a sheet by row (from 1) and column (from 0); nothing for other kinds of workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            if "content.xml" in archive.namelist():
                return ods_errors(archive, sheet, observer)
            part = _part_of(archive, sheet)
            return dict(_errors(archive, part, observer)) if part else {}
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, zlib.error, EOFError):
        return {}  # an .xls or .xlsb: calamine has read it all the same


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the part of the archive that holds a sheet, or "" if there is none."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return ""
    relation = next(
        (
            _attribute(tag, rb"(?:\w+:)?id")
            for tag in _SHEET.findall(_small(archive, "xl/workbook.xml"))
            if _attribute(tag, b"name") == sheet
        ),
        "",
    )
    target = next(
        (
            _attribute(tag, b"Target")
            for tag in _RELATION.findall(_small(archive, "xl/_rels/workbook.xml.rels"))
            if _attribute(tag, b"Id") == relation
        ),
        "",
    )
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in names else ""


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(_MOST_XML)


def _attribute(tag: bytes, name: bytes) -> str:
    match = re.search(rb"\s" + name + rb"\s*=\s*\"([^\"]*)\"", tag)
    return html.unescape(match[1].decode("utf-8", errors="replace")) if match else ""


def _errors(archive: zipfile.ZipFile, part: str, observer: Observer) -> Iterator[tuple[tuple[int, int], str]]:
    rest, done = b"", 0
    with archive.open(part) as file:
        while (block := file.read(_BLOCK)) and done < _MOST_BYTES:
            done += len(block)
            text = rest + block
            end = 0
            if b't="e"' in text:
                for match in _CELL.finditer(text):
                    end = match.end()
                    place, value = _PLACE.search(match[1]), _VALUE.search(match[2])
                    if place:
                        shown = value[1].decode("utf-8", errors="replace") if value else "#VALUE!"
                        yield (int(place[2]), _column(place[1])), shown
            rest = text[max(end, len(text) - _LONGEST_CELL) :]
            observer(Progress("Looking for errors in the sheet"))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1
