"""A table from the clipboard: what spreadsheets, browsers and editors put there, as text that a step can keep."""

from __future__ import annotations

from dataclasses import dataclass, field

from mixgui.data.dataset import Dataset
from mixgui.data.html_tables import parse_tables, tab_text
from mixgui.data.read_options import ReadOptions, ReadResult
from mixgui.data.readers import read_table, sniff
from mixgui.data.step_base import StepCode, Tables, refuse_taken
from mixgui.data.temporary import as_file
from mixgui.errors import ReadError
from mixgui.observer import Observer, silent

#: What the text is called in sentences.
NAME = "pasted text"
_MOST_CHARACTERS = 50_000_000


def table_text(plain: str, html: str = "") -> str:
    """Return what the clipboard holds as text with a table.

    Parameters
    ----------
    plain : str
        Its text. Spreadsheets put tabs between cells, which is preferred to their web page.
    html : str
        Its web page, if any; taken when the text is no table but the page has one, as browsers copy.

    Raises
    ------
    ReadError
        When there is no table in it, or too much.
    """
    text = plain.replace("\x00", "")
    if html and "\t" not in text:
        tables = parse_tables(html)
        largest = max(tables, key=lambda table: sum(map(len, table.rows)), default=None)
        if largest is not None and max(map(len, largest.rows)) > 1:
            text = tab_text(largest.rows)
    if not text.strip():
        raise ReadError(
            "The clipboard holds no text.", "Copy cells in a spreadsheet, or a table on a web page, first."
        )
    if len(text) > _MOST_CHARACTERS:
        raise ReadError("The clipboard holds too much.", "Save it as a file, and open that.")
    if len(text.splitlines()) < 2:
        raise ReadError(
            "The clipboard holds a single line, no table.",
            "Copy the row with the names and the rows below it.",
        )
    return text if text.endswith("\n") else text + "\n"


def sniff_pasted(text: str) -> ReadOptions:
    """Guess how pasted text is to be read."""
    with as_file(text, NAME) as path:
        return sniff(path)


def read_pasted(
    text: str, options: ReadOptions, observer: Observer = silent, *, most_rows: int | None = None
) -> ReadResult:
    """Read pasted text (see `readers.read_table`)."""
    with as_file(text, NAME, options.encoding or "utf-8") as path:
        return read_table(path, options, observer, most_rows=most_rows)


@dataclass(frozen=True)
class ReadText:
    """Open a text, such as one pasted from the clipboard, as a table.

    Parameters
    ----------
    text : str
        Kept in the project, so that it can be replayed.
    output : str
        Name of the table.
    options : ReadOptions
        How to read it.
    """

    text: str = field(repr=False)
    output: str
    options: ReadOptions = field(default_factory=ReadOptions)

    def apply(self, tables: Tables, observer: Observer = silent) -> Tables:
        """Read the text."""
        refuse_taken(self.output, tables)
        return self.put(self.made(observer)[0], tables)

    def made(self, observer: Observer = silent) -> tuple[Dataset, ReadResult]:
        """Return the table, and what the reader tells of it."""
        result = read_pasted(self.text, self.options, observer)
        made = Dataset.from_frame(
            self.output, result.frame, source="Pasted", notes=result.notes, observer=observer
        )
        return made, result

    def put(self, read: Dataset, tables: Tables) -> Tables:
        """Return the tables with what was read among them."""
        refuse_taken(self.output, tables)
        return {**tables, self.output: read if read.name == self.output else read.renamed(self.output)}

    def describe(self) -> str:
        """Return "Paste data as table"."""
        return f"Paste {self.output}"

    def code(self) -> StepCode:
        """Return the lines that read the same text."""
        from mixgui.data.read_code import pasted_code

        return pasted_code(self)
