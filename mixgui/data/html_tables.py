"""Tables of web pages: saved pages, .xls files that are web pages inside, and what a browser copies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

from mixgui.data.encodings import detect_encoding
from mixgui.data.read_options import ReadNote, ReadOptions, ReadResult
from mixgui.data.sniffing import read_head, sniff_text
from mixgui.data.temporary import as_file
from mixgui.data.text_files import read_text
from mixgui.errors import ReadError
from mixgui.observer import Observer, silent

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_MOST_SPAN = 1000
_MOST_BYTES = 256 << 20


@dataclass
class HtmlTable:
    """The texts of a table's cells; one that spans several rows or columns stands in each of them."""

    title: str = ""
    rows: list[list[str]] = field(default_factory=list)


def parse_tables(text: str) -> list[HtmlTable]:
    """Return the tables of a page that have at least one cell, in order; tables within tables are not taken apart."""
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    parser.finish()
    return [table for table in parser.tables if any(any(row) for row in table.rows)]


def sniff_html(path: Path) -> ReadOptions:
    """Guess how the first table of a page is to be read."""
    tables = _tables(path, "")
    number = max(range(len(tables)), key=lambda i: (len(tables[i].rows) > 1, -i)) if tables else 0
    return _sniffed(path, tables[number], number) if tables else _refuse(path)


def table_names(path: Path) -> tuple[str, ...]:
    """Return the tables of a page as "1", "2", ..."""
    return tuple(str(i + 1) for i in range(len(_tables(path, ""))))


def read_html(
    path: Path, options: ReadOptions, observer: Observer = silent, most_rows: int | None = None
) -> ReadResult:
    """Read a table of a web page (see `readers.read_table`)."""
    tables = _tables(path, options.encoding)
    if not tables:
        _refuse(path)
    number = int(options.object_name) - 1 if options.object_name.isdecimal() else 0
    if not 0 <= number < len(tables):
        raise ReadError(f"“{path.name}” has no table {options.object_name}.", f"It has {len(tables)} tables.")
    with as_file(tab_text(tables[number].rows), path.name) as copy:
        inner = replace(options, format="text", separator="\t", encoding="utf-8", quote='"')
        result = read_text(copy, inner, observer, most_rows)
    notes = result.notes
    if len(tables) > 1:
        text = f"“{path.name}” has {len(tables)} tables; table {number + 1} was read."
        notes = (ReadNote("warning", text, doubt=True), *notes)
    return replace(result, options=options, notes=notes)


def tab_text(rows: list[list[str]]) -> str:
    """Return rows as text with tabs between the cells, quoted where a cell needs it."""
    width = max((len(row) for row in rows), default=0)
    lines = ("\t".join(_quoted(cell) for cell in [*row, *[""] * (width - len(row))]) for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell


def _refuse(path: Path) -> ReadOptions:
    raise ReadError(f"The web page “{path.name}” contains no table.", "Choose a page with a table.")


def _sniffed(path: Path, table: HtmlTable, number: int) -> ReadOptions:
    with as_file(tab_text(table.rows), path.name) as copy:
        found = sniff_text(copy)
    return replace(
        found,
        format="html",
        separator="\t",
        quote='"',
        encoding=_encoding(path),
        object_name=str(number + 1),
    )


def _encoding(path: Path) -> str:
    head = read_head(path)
    named = _CHARSET.search(head[:4096])
    found = detect_encoding(path, head)
    if found.guessed and named:
        name = named[1].decode("ascii", "replace").lower()
        try:
            "".encode(name)
        except LookupError:
            return found.name
        return name
    return found.name


def _tables(path: Path, encoding: str) -> list[HtmlTable]:
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES)
    text = raw.decode(encoding or _encoding(path), errors="replace")
    return parse_tables(text)


class _TableParser(HTMLParser):
    """Collects cells; forgiving, as browsers are, of tags that are never closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[HtmlTable] = []
        self._depth = 0  # of tables in tables
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._hidden = 0
        self._carried: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "title", "caption"):
            self._hidden += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(HtmlTable())
                self._carried = {}
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
            if self._row is None:
                self._row = []
            self._cell = []
            spans = dict(attrs)
            self._span = (_span(spans.get("rowspan")), _span(spans.get("colspan")))
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title", "caption"):
            self._hidden = max(self._hidden - 1, 0)
        elif tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def finish(self) -> None:
        """End what the page left open."""
        if self._depth:
            self._end_row()

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        text = " ".join("".join(self._cell).replace("\N{MINUS SIGN}", "-").split())
        self._cell = None
        self._fill_carried()
        rows, columns = self._span
        for _ in range(columns):
            if rows > 1:
                self._carried[len(self._row)] = (rows - 1, text)
            self._row.append(text)

    def _fill_carried(self) -> None:
        """Put in the cells of earlier rows that reach into this one."""
        assert self._row is not None
        while (place := len(self._row)) in self._carried:
            left, text = self._carried.pop(place)
            self._row.append(text)
            if left > 1:
                self._carried[place] = (left - 1, text)

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        self._fill_carried()
        self.tables[-1].rows.append(self._row)
        self._row = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), _MOST_SPAN) if text and text.strip().isdecimal() else 1
