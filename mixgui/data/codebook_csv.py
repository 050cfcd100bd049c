r"""Codebooks as CSV files that people write in a spreadsheet.

One row a column of the data, with these headings (only `variable` is needed; case and order are free):

table
    Name of the table, for a file about several tables; may be left out.
variable
    Name of the column.
label, unit, description
    Words.
type
    number, whole number, category, yes or no, text, date, identifier; empty: as found in the data.
levels
    Levels of a category in their order, separated by " | ".
reference
    Reference level.
missing_codes
    Values that mean missing, separated by " | ".
value_labels
    code = label, separated by " | ".
level
    row, or the column to whose groups the column belongs ("by school"); empty: as found in the data.

A vertical bar, an equals sign or a backslash that belongs to a value is written with a backslash before it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mixgui.data.codebook import KIND_WORDS, ROW_LEVEL, Codebook, VariableInfo, is_level, level_by, merged
from mixgui.errors import ReadError

COLUMNS = (
    *("table", "variable", "label", "unit", "description"),
    *("type", "levels", "reference", "missing_codes", "value_labels", "level"),
)
# Other headings that people and programs give to the same things.
_HEADINGS = {
    "name": "variable",
    "column": "variable",
    "variable name": "variable",
    "variable label": "label",
    "title": "label",
    "units": "unit",
    "notes": "description",
    "kind": "type",
    "missing": "missing_codes",
    "missing codes": "missing_codes",
    "missing values": "missing_codes",
    "reference level": "reference",
    "values": "value_labels",
    "value labels": "value_labels",
    "labels": "value_labels",
}
_KINDS = {
    **{word: kind for kind, word in KIND_WORDS.items()},
    **{kind: kind for kind in KIND_WORDS},
    "numeric": "number",
    "float": "number",
    "double": "number",
    "int": "integer",
    "factor": "category",
    "categorical": "category",
    "nominal": "category",
    "ordinal": "category",
    "logical": "boolean",
    "yes/no": "boolean",
    "bool": "boolean",
    "string": "text",
    "character": "text",
    "identifier": "id",
}
_BAR = " | "


@dataclass(frozen=True)
class CodebookFile:
    """What a codebook file says.

    Parameters
    ----------
    entries : tuple of (str, str, VariableInfo)
        Table ("" where the file names none), column, what is said of it; in the order of the file.
    """

    entries: tuple[tuple[str, str, VariableInfo], ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the file is about."""
        return tuple(dict.fromkeys(table for table, _, _ in self.entries if table))

    def of(self, table: str) -> Codebook:
        """Return what is said of a table: of rows without a table, and of those with its name.

        If the file names tables, but not this one, all that is said of the only other one is returned: a table may
        have been renamed.
        """
        chosen = {"", table}
        if table not in self.tables and len(self.tables) == 1:
            chosen.add(self.tables[0])
        found: Codebook = ()
        for one, variable, info in self.entries:
            if one in chosen:
                found = merged(found, ((variable, info),))
        return found


def read_codebook(path: Path) -> CodebookFile:
    """Read a codebook file.

    Raises
    ------
    ReadError
        When it cannot be read, has no column of names, or a type that does not exist.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise ReadError(
            f"The codebook {path.name} could not be read: {reason}.", "Choose another file."
        ) from error
    return codebook_from_text(_decoded(data, path.name), path.name)


def codebook_from_text(text: str, name: str) -> CodebookFile:
    """Return the codebook that a text in CSV holds; commas, semicolons or tabs between the cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    # Quoted cells may hold line ends of any kind, which splitlines would change.
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(row)]
    if not rows:
        raise ReadError(f"The codebook {name} is empty.", "Its first line needs the heading “variable”.")
    headings = [_heading(cell) for cell in rows[0]]
    if "variable" not in headings:
        raise ReadError(
            f"The codebook {name} has no column “variable”.",
            f"Its first line should have some of these headings: {', '.join(COLUMNS)}.",
        )
    twice = next((h for h in headings if h in COLUMNS and headings.count(h) > 1), None)
    if twice:
        raise ReadError(f"The codebook {name} has the column “{twice}” twice.", "Remove one of the two.")
    entries = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {h: c.strip() for h, c in zip(headings, row, strict=False)}
        if cells.get("variable"):
            entries.append((cells.get("table", ""), cells["variable"], _info(cells, name, number)))
    return CodebookFile(tuple(entries))


def codebook_text(tables: Mapping[str, Codebook]) -> str:
    """Return codebooks of tables as CSV, with all headings."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for table, codebook in tables.items():
        for variable, info in codebook:
            labels = _BAR.join(f"{_escaped(code)} = {_escaped(label)}" for code, label in info.value_labels)
            writer.writerow(
                (
                    *(table, variable, info.label, info.unit, info.description),
                    *(KIND_WORDS.get(info.kind, info.kind), _joined(info.levels), info.reference),
                    *(_joined(info.missing_codes), labels, info.level),
                )
            )
    return out.getvalue()


def _info(cells: Mapping[str, str], name: str, row: int) -> VariableInfo:
    kind = cells.get("type", "").lower()
    if kind and kind not in _KINDS:
        raise ReadError(
            f"The codebook {name} gives “{cells['variable']}” the type “{cells['type']}” (row {row}).",
            f"The types are {', '.join(KIND_WORDS.values())}.",
        )
    labels = []
    for part in split_list(cells.get("value_labels", "")):
        code, found, label = _parted(part)
        if not found:
            raise ReadError(
                f"The codebook {name} has a value label without “=” for “{cells['variable']}”: {part} (row {row}).",
                "Write value labels as 0 = no | 1 = yes.",
            )
        labels.append((_plain(code).strip(), _plain(label).strip()))
    return VariableInfo(
        label=cells.get("label", ""),
        unit=cells.get("unit", ""),
        description=cells.get("description", ""),
        kind=_KINDS[kind] if kind else "",
        levels=_values(cells.get("levels", "")),
        reference=cells.get("reference", ""),
        missing_codes=_values(cells.get("missing_codes", "")),
        value_labels=tuple(labels),
        level=_level(cells.get("level", "")),
    )


def _level(cell: str) -> str:
    """Return a level as it is said in a file: "row", "by school" or only "school"."""
    if cell.lower() in ("row", "rows", "row level"):
        return ROW_LEVEL
    return cell if is_level(cell) else level_by(cell)


def _heading(cell: str) -> str:
    word = " ".join(cell.strip().lower().replace("_", " ").split())
    return _HEADINGS.get(word, word)


def _values(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_plain(part) for part in split_list(text)))


def split_list(text: str) -> list[str]:
    """Return the parts of a text between vertical bars, escapes still in them; empty parts are left out."""
    parts = [""]
    for piece in _tokens(text):
        if piece == "|":
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts if part.strip()]


def _tokens(text: str) -> Iterator[str]:
    """Yield the characters of a text, a backslash together with what it escapes."""
    position = 0
    while position < len(text):
        if text[position] == "\\" and position + 1 < len(text):
            yield text[position : position + 2]
            position += 2
        else:
            yield text[position]
            position += 1


def _parted(text: str) -> tuple[str, bool, str]:
    """Return what is before and after the first equals sign that is not escaped."""
    before: list[str] = []
    pieces = list(_tokens(text))
    for i, piece in enumerate(pieces):
        if piece == "=":
            return "".join(before), True, "".join(pieces[i + 1 :])
        before.append(piece)
    return text, False, ""


def _plain(text: str) -> str:
    """Return a text without its escapes."""
    return "".join(piece[1:] if len(piece) == 2 and piece[1] in "|=\\" else piece for piece in _tokens(text))


def _escaped(text: str) -> str:
    return re.sub(r"([\\|=])", r"\\\1", text)


def _joined(values: Iterable[str]) -> str:
    return _BAR.join(_escaped(value) for value in values)


def _decoded(data: bytes, name: str) -> str:
    """Return the text of a file in UTF-8 or UTF-16 with mark, or else in Windows' own encoding."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise ReadError(f"{name} is no text file.", "A codebook is a CSV file, as a spreadsheet can save it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
