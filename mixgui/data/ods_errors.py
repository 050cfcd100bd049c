"""Where a sheet of an .ods workbook has errors (#DIV/0!): they are looked for in its XML."""

from __future__ import annotations

import zipfile
from xml.parsers import expat

from mixgui.observer import Observer, Progress, silent

_BLOCK = 1 << 20
_MOST_BYTES = 2 << 30
_MARK = b'value-type="error"'


def ods_errors(
    archive: zipfile.ZipFile, sheet: str, observer: Observer = silent
) -> dict[tuple[int, int], str]:
    """Return the errors of a sheet by row (from 1) and column (from 0)."""
    if not _mentions_error(archive, observer):
        return {}
    finder = _Finder(sheet)
    with archive.open("content.xml") as file:
        try:
            done = 0
            while (block := file.read(_BLOCK)) and done < _MOST_BYTES:
                finder.parser.Parse(block, False)
                done += len(block)
                observer(Progress("Looking for errors in the sheet"))
        except expat.ExpatError:
            return {}  # calamine has read it all the same
    return finder.found


def _mentions_error(archive: zipfile.ZipFile, observer: Observer) -> bool:
    tail = b""
    with archive.open("content.xml") as file:
        while block := file.read(_BLOCK):
            if _MARK in tail + block:
                return True
            tail = block[-len(_MARK) :]
            observer(Progress("Looking for errors in the sheet"))
    return False


class _Finder:
    """Counts rows and cells, those that stand for several at once too."""

    def __init__(self, sheet: str) -> None:
        self.found: dict[tuple[int, int], str] = {}
        self._sheet = sheet
        self._inside = False
        self._row = self._column = self._rows = self._columns = 0
        self._text: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self._inside = attributes.get("table:name") == self._sheet
            self._row = 0
        elif self._inside and tag == "table:table-row":
            self._rows = _count(attributes.get("table:number-rows-repeated"))
            self._column = 0
        elif self._inside and tag in ("table:table-cell", "table:covered-table-cell"):
            self._columns = _count(attributes.get("table:number-columns-repeated"))
            if attributes.get("calcext:value-type") == "error":
                self._text = []

    def _end(self, tag: str) -> None:
        if not self._inside:
            return
        if tag == "table:table":
            self._inside = False
        elif tag == "table:table-row":
            self._row += self._rows
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            if self._text is not None:
                shown = "".join(self._text).strip() or "#VALUE!"
                self.found |= {
                    (self._row + i + 1, self._column + j): shown
                    for i in range(min(self._rows, 1000))
                    for j in range(min(self._columns, 1000))
                }
                self._text = None
            self._column += self._columns

    def _data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _count(text: str | None) -> int:
    return max(int(text), 1) if text and text.isdecimal() else 1
