"""What a file looks like, and what comes of it, before it is opened: the first rows at once, then all of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mixgui.data.archives import choose_member, members, unpacked
from mixgui.data.clipboard_text import NAME, ReadText, read_pasted, sniff_pasted, table_text
from mixgui.data.codebook import Codebook
from mixgui.data.dataset import Dataset
from mixgui.data.read_options import Misfit, ReadNote, ReadOptions, ReadResult
from mixgui.data.readers import FileChoices, file_choices, read_table, sniff, sniff_member
from mixgui.data.sniffing import decode_head, file_error, read_head
from mixgui.data.steps import Read
from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress, silent

#: Rows that the preview shows.
SHOWN = 100
_LINES = 200
_LONGEST_LINE = 2_000


@dataclass(frozen=True)
class ImportSource:
    """What is to be read: a file, or text that was pasted.

    Parameters
    ----------
    path : str
        The file, absolute; "" for pasted text.
    text : str
        The pasted text.
    codebook : Codebook
        Kept in the step when one is edited.
    """

    path: str = ""
    text: str = ""
    codebook: Codebook = ()

    @classmethod
    def of(cls, step: Any) -> ImportSource:
        """Return what a step reads."""
        if isinstance(step, ReadText):
            return cls(text=step.text)
        return cls(path=step.path, codebook=step.codebook)

    @classmethod
    def copied(cls, plain: str, html: str = "") -> ImportSource:
        """Return the table of the clipboard's text, or of the web page beside it.

        Raises
        ------
        ReadError
            When there is none.
        """
        return cls(text=table_text(plain, html))

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return Path(self.path).name if self.path else NAME

    def step(self, output: str, options: ReadOptions) -> Read | ReadText:
        """Return the step that reads it."""
        if not self.path:
            return ReadText(self.text, output, options)
        return Read(self.path, output, options, codebook=self.codebook)

    def sniff(self, observer: Observer = silent) -> ReadOptions:
        """Guess how it is to be read."""
        return sniff(self.path, observer) if self.path else sniff_pasted(self.text)

    def sniff_part(self, options: ReadOptions, observer: Observer = silent) -> ReadOptions:
        """Guess how another file of the archive, sheet, data frame or table is to be read.

        Parameters
        ----------
        options : ReadOptions
            Whose `member`, `sheet` and `object_name` say which part.
        """
        if not self.path:
            return self.sniff(observer)
        found = sniff_member(self.path, options.member, observer)
        if options.format == found.format == "excel" and options.sheet and options.sheet != found.sheet:
            from mixgui.data.excel_files import sniff_workbook

            with unpacked(Path(self.path), options.member, observer) as inner:
                return replace(sniff_workbook(inner, options.sheet), member=options.member)
        if options.format == found.format in ("r", "html") and options.object_name:
            return replace(found, object_name=options.object_name)
        return found

    def choices(self, options: ReadOptions, observer: Observer = silent) -> FileChoices:
        """Return the tables that it offers."""
        if not self.path:
            return FileChoices()
        if options.format in ("excel", "r", "html"):
            return file_choices(self.path, options, observer)
        path = Path(self.path)
        try:
            return FileChoices(members(path))  # nothing of an archive is unpacked for this
        except OSError as error:
            raise file_error(path, error) from error

    def read(
        self, options: ReadOptions, observer: Observer = silent, most_rows: int | None = None
    ) -> ReadResult:
        """Read it."""
        if self.path:
            return read_table(self.path, options, observer, most_rows=most_rows)
        return read_pasted(self.text, options, observer, most_rows=most_rows)

    def lines(self, options: ReadOptions, observer: Observer = silent) -> tuple[str, ...]:
        """Return the first lines of a text file, or rows of a sheet, as they are; nothing for other files."""
        if options.format == "excel":
            from mixgui.data.excel_files import raw_rows

            with unpacked(Path(self.path), options.member, observer) as inner:
                return tuple(line[:_LONGEST_LINE] for line in raw_rows(inner, options.sheet, _LINES))
        if options.format not in ("text", "html"):
            return ()
        if not self.path:
            text = self.text
        else:
            path = Path(self.path)
            try:
                with unpacked(path, options.member, observer) as inner:
                    text = decode_head(read_head(inner), options.encoding)
            except OSError as error:
                raise file_error(path, error) from error
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        shown = text.removesuffix("\n").split("\n")[:_LINES]
        return tuple(line[:_LONGEST_LINE] for line in shown)


@dataclass(frozen=True, eq=False)
class Glance:
    """The first rows of a table, and what can be chosen.

    Parameters
    ----------
    options : ReadOptions
        How it was read: those that were asked for, or the guess.
    guess : ReadOptions or None
        What was guessed, if it was.
    choices : FileChoices
    lines : tuple of str
        The first lines of a text file.
    head : Dataset or None
        The first rows; None when they cannot be read so.
    error : ReadError or None
        Why not.
    """

    options: ReadOptions
    guess: ReadOptions | None
    choices: FileChoices
    lines: tuple[str, ...]
    head: Dataset | None
    error: ReadError | None = None


@dataclass(frozen=True, eq=False)
class Verdict:
    """What came of reading all of it.

    Parameters
    ----------
    options : ReadOptions
    n_rows, n_columns : int
    notes : tuple of ReadNote
    misfits : tuple of Misfit
        Cells and rows that do not fit, the first of them.
    n_misfits : int
    n_lost : int
        How many of those that are listed are lost, and not only kept in another way.
    table : Dataset
        All of it: what is opened if the user takes it so.
    row_of : callable or None
        Position of a row of the table, from 0 -> its row in the file; None where this is not known.
    """

    options: ReadOptions
    n_rows: int
    n_columns: int
    notes: tuple[ReadNote, ...]
    misfits: tuple[Misfit, ...]
    n_misfits: int
    n_lost: int
    table: Dataset
    row_of: Callable[[int], int] | None = None

    @property
    def doubtful(self) -> bool:
        """Whether the user should be asked before the table is taken as it is."""
        return self.n_misfits > 0 or any(note.doubt for note in self.notes)

    def position_of(self, row: int) -> int | None:
        """Return the position in the table, from 0, of a row of the file; None if it is not there."""
        row_of = self.row_of
        if row_of is None:
            return None
        at = bisect_left(range(self.n_rows), row, key=row_of)
        return at if at < self.n_rows and row_of(at) == row else None


def glance(
    source: ImportSource,
    options: ReadOptions | None,
    observer: Observer = silent,
    *,
    part: bool = False,
) -> Glance:
    """Read the first rows.

    Parameters
    ----------
    source : ImportSource
    options : ReadOptions or None
        How; None to guess it.
    observer : Observer
    part : bool
        Only the `member`, `sheet` and `object_name` of the options count: guess the rest for this part.

    Raises
    ------
    ReadError
        When there is nothing to guess: no such file, no table in it.
    """
    guess = None
    if options is None:
        guess = options = source.sniff(observer)
    elif part:
        guess = options = source.sniff_part(options, observer)
    choices = source.choices(options, observer)
    lines = source.lines(options, observer)
    try:
        result = source.read(options, observer, SHOWN)
    except ReadError as error:
        return Glance(options, guess, choices, lines, None, error.with_traceback(None))
    head = Dataset.from_frame("preview", result.frame.head(SHOWN)).with_words(result.codebook)
    return Glance(options, guess, choices, lines, head)


def verdict(source: ImportSource, options: ReadOptions, observer: Observer = silent) -> Verdict:
    """Read all of it and tell what does not fit."""
    table, result = source.step("preview", options).made(observer)
    observer(Progress("Checking the table", 1.0))
    lost = sum(misfit.lost for misfit in result.misfits)
    return Verdict(
        options,
        table.n_rows,
        len(table.names),
        table.notes,
        result.misfits,
        result.n_misfits,
        lost,
        table,
        result.row_of,
    )


def first_verdict(source: ImportSource, observer: Observer = silent) -> Verdict:
    """Guess how it is to be read, and read all of it so; which of several tables was taken is a doubt, too."""
    options = source.sniff(observer)
    found = verdict(source, options, observer)
    doubts = _doubts_of_parts(source, options, observer)
    return replace(found, notes=(*doubts, *found.notes)) if doubts else found


def _doubts_of_parts(source: ImportSource, options: ReadOptions, observer: Observer) -> list[ReadNote]:
    """Return doubts about which file of an archive, and which sheet, was meant."""
    if not source.path:
        return []
    doubts = choose_member(Path(source.path))[1]
    sheets = source.choices(options, observer).sheets if options.format == "excel" else ()
    if len(sheets) > 1:
        text = f"“{source.name}” has {len(sheets)} sheets; “{options.sheet}” was read."
        doubts = [*doubts, ReadNote("warning", text, doubt=True)]
    return doubts
