"""pandas' C parser, led so that no cell is lost or read in two ways without its being known."""

from __future__ import annotations

import contextlib
import csv
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.errors import DtypeWarning, EmptyDataError, ParserError, ParserWarning

from mixgui.data.layout import Layout
from mixgui.data.read_options import WHITESPACE, ReadOptions
from mixgui.data.row_survey import RowSurvey, survey_rows
from mixgui.data.text_stream import THOROUGH_UP_TO, Scanner, Tally, TextStream
from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress, silent

# Between these sizes pandas reads a file on several threads if it may open it itself. Smaller files gain
# nothing; of larger ones the user wants to see the progress and be able to cancel.
_PANDAS_OPENS_FROM, _PANDAS_OPENS_TO = 5 << 20, 1 << 30
_CELLS_AT_ONCE = 500_000
_EXACT = 2.0**53
# Cells of blanks only are missing, in text too; longer ones are found when the column is repaired.
_BLANKS = (*(" " * n for n in range(1, 9)), "\t")
_MOST_COLUMNS = 100_000


@dataclass
class Parsed:
    """Cells as pandas read them (columns are numbered), and what the pass over the file counted."""

    frame: pd.DataFrame
    tally: Tally
    unsure: set[int]  # columns that must be read again as text


class _TooManyCellsError(Exception):
    """pandas met a row that is longer than the ones before."""


class TextParser:
    """One file on its way to cells.

    Parameters
    ----------
    path : Path
        The file.
    options : ReadOptions
        How to read it.
    layout : Layout
        Where its rows start. Widened when rows turn out to have more cells than there are names.
    observer : Observer
        Told the progress; may raise `Cancelled`.
    """

    def __init__(self, path: Path, options: ReadOptions, layout: Layout, observer: Observer = silent) -> None:
        self.path, self.options, self.layout, self.observer = path, options, layout, observer
        self.survey: RowSurvey | None = None

    def parse(self) -> Parsed:
        """Return the cells as numbers, yes/no or text; columns that could be misread as text."""
        parsed = self._parse_whole()
        return Parsed(self._reread(parsed.frame, parsed.unsure, parsed.tally), parsed.tally, set())

    def surveyed(self) -> RowSurvey:
        """Return the row-by-row survey of the file, made when first asked for."""
        if self.survey is None:
            watch = _part(self.observer, 0.3, 0.7)
            self.survey = survey_rows(self.path, self.options, self.layout, watch)
        return self.survey

    def _parse_whole(self) -> Parsed:
        """Parse the file; if rows are of unequal length, find out which and make room for all cells."""
        parsed: Parsed | None = None
        with contextlib.suppress(_TooManyCellsError):
            parsed = self._parse()
        if parsed is not None and self._is_rectangular(parsed):
            return parsed
        survey = self.surveyed()
        if survey.width > self.layout.width:
            if survey.width > _MOST_COLUMNS:
                raise ReadError(
                    f"A row of “{self.path.name}” has {survey.width:,} cells: this is no table, or the "
                    "separator is wrong.",
                    "Choose another separator.",
                )
            self.layout = self.layout.widened(survey.width)
            parsed = None
        if parsed is not None:
            return parsed
        try:
            return self._parse()
        except (
            _TooManyCellsError
        ) as error:  # quotes within cells, which pandas and the survey read differently
            raise self._parser_sentence("rows of unequal length") from error

    def _is_rectangular(self, parsed: Parsed) -> bool:
        if self.options.separator == WHITESPACE or ord(self.options.separator) > 127:
            return False  # separators cannot be counted: look at each row
        return parsed.tally.separators == len(parsed.frame) * (self.layout.width - 1)

    def _parse(self) -> Parsed:
        try:
            if self._pandas_may_open():
                return self._parse_by_pandas()
            return self._parse_stream()
        except EmptyDataError:
            return Parsed(self._no_rows(), Tally(), set())
        except ParserWarning as error:
            raise _TooManyCellsError from error
        except ParserError as error:
            text = str(error)
            if re.search(r"Expected \d+ fields", text):
                raise _TooManyCellsError from error
            raise self._parser_sentence(text) from error

    def _parser_sentence(self, text: str) -> ReadError:
        row = re.search(r"EOF inside string starting at row (\d+)", text)
        if row:
            number = self.layout.first_row + int(row[1])
            return ReadError(
                f"A quote ({self.options.quote}) that opens in row {number:,} or later of “{self.path.name}” "
                "is never closed.",
                "Close it in a text editor, or choose to read the file without quotes.",
            )
        return ReadError(f"“{self.path.name}” cannot be split into cells: {text.strip()}")

    def _pandas_may_open(self) -> bool:
        size = self.path.stat().st_size
        plain = self.options.encoding in ("utf-8", "utf-8-sig") and self.layout.plain
        return plain and _PANDAS_OPENS_FROM <= size <= _PANDAS_OPENS_TO

    def _settings(self) -> dict[str, Any]:
        options = self.options
        return {
            "sep": options.separator,
            "decimal": options.decimal,
            "quotechar": options.quote or None,
            "quoting": csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE,
            "header": None,
            "names": list(range(self.layout.width)),
            "index_col": False,
            "na_values": [*options.missing, *_BLANKS],
            "keep_default_na": False,
            "skip_blank_lines": True,
            "engine": "c",
        }

    def _text_types(self) -> dict[int, str] | None:
        chosen = self.options.text_columns
        return {j: "str" for j, n in enumerate(self.layout.names) if n in chosen} or None

    def _parse_by_pandas(self) -> Parsed:
        scanner = self._scanner()
        watch = _part(self.observer, 0.0, 0.3)
        encoding = self.options.encoding
        with TextStream(
            self.path, encoding, skip=self.layout.skip_bytes, scanner=scanner, observer=watch
        ) as stream:
            for _ in stream:
                pass
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DtypeWarning)  # such columns are read again
            warnings.simplefilter("error", ParserWarning)  # cells of a row that is too long were lost
            frame = pd.read_csv(
                str(self.path),
                skiprows=self.layout.skip_lines,
                encoding=encoding,
                dtype=self._text_types(),
                **self._settings(),
            )
        return Parsed(frame, scanner.tally, set())

    def _parse_stream(self) -> Parsed:
        scanner = self._scanner()
        with (
            TextStream(
                self.path,
                self.options.encoding,
                skip=self.layout.skip_bytes,
                scanner=scanner,
                observer=_part(self.observer, 0.0, 0.7),
            ) as stream,
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error", ParserWarning)  # cells of a row that is too long were lost
            chunks = list(
                pd.read_csv(
                    stream,
                    chunksize=self._rows_at_once,
                    low_memory=False,
                    dtype=self._text_types(),
                    **self._settings(),
                )
            )
        if not chunks:
            return Parsed(self._no_rows(), scanner.tally, set())
        unsure = _disagreeing(chunks)
        frame = chunks[0] if len(chunks) == 1 else _stacked(chunks, unsure)
        return Parsed(frame, scanner.tally, unsure)

    @property
    def _rows_at_once(self) -> int:
        return max(_CELLS_AT_ONCE // self.layout.width, 1000)

    def _scanner(self) -> Scanner:
        thorough = self.path.stat().st_size <= THOROUGH_UP_TO
        return Scanner(self.options.separator, self.options.quote, thorough=thorough)

    def _no_rows(self) -> pd.DataFrame:
        return pd.DataFrame({j: pd.Series(dtype="str") for j in range(self.layout.width)})

    def _reread(self, frame: pd.DataFrame, unsure: set[int], tally: Tally) -> pd.DataFrame:
        """Read columns again as text in which pandas lost the spelling: 007, TRUE with 5, 20-digit ids."""
        unsure = unsure | {j for j in frame.columns if _is_unsure(frame[j])}
        zeros = {j for j in frame.columns if _may_have_zeros(frame[j])} if tally.leading_zeros else set()
        if not (unsure | zeros):
            return frame
        texts = self._read_texts(sorted(unsure | zeros))
        for j in unsure | zeros:
            if j in unsure or texts[j].str.match(r"\s*[+-]?0\d+\s*$", na=False).any():
                frame[j] = texts[j]
        return frame

    def _read_texts(self, columns: list[int]) -> pd.DataFrame:
        with TextStream(
            self.path,
            self.options.encoding,
            skip=self.layout.skip_bytes,
            observer=_part(self.observer, 0.7, 0.9),
        ) as stream:
            # Not `usecols`: pandas refuses it when no row reaches the last of the columns. In pieces, because
            # pandas makes the texts of a column without letting go of the interpreter.
            types = dict.fromkeys(columns, "str")
            pieces = pd.read_csv(
                stream, chunksize=self._rows_at_once, dtype=types, low_memory=False, **self._settings()
            )
            return pd.concat([piece[columns] for piece in pieces], ignore_index=True)


def _part(observer: Observer, start: float, end: float) -> Observer:
    """Return an observer for a part of a job, from one fraction to another."""

    def watch(progress: Progress) -> None:
        fraction = progress.fraction
        scaled = None if fraction is None else start + (end - start) * fraction
        observer(replace(progress, fraction=scaled))

    return watch


def _disagreeing(chunks: Iterable[pd.DataFrame]) -> set[int]:
    """Return columns that are numbers (or yes/no) in one piece of the file and something else in another."""
    kinds: dict[int, set[str]] = {}
    for chunk in chunks:
        for j in chunk.columns:
            kind = _piece_kind(chunk[j])
            if kind:
                kinds.setdefault(j, set()).add(kind)
    return {j for j, found in kinds.items() if len(found) > 1}


def _piece_kind(column: pd.Series) -> str:
    if column.dtype.kind in "if" and isinstance(column.dtype, np.dtype):
        return "" if column.dtype.kind == "f" and column.isna().all() else "number"
    if column.dtype == bool:
        return "yes/no"
    if column.dtype == object:
        return "yes/no" if pd.api.types.infer_dtype(column, skipna=True) == "boolean" else "mixed"
    return str(column.dtype)


def _stacked(chunks: list[pd.DataFrame], unsure: set[int]) -> pd.DataFrame:
    """Stack the pieces; columns that are read again anyway are left missing."""
    cells: dict[int, Any] = {}
    n_rows = sum(len(chunk) for chunk in chunks)
    for j in chunks[0].columns:
        if j in unsure:
            cells[j] = np.full(n_rows, np.nan)
            continue
        text = next((c[j].dtype for c in chunks if isinstance(c[j].dtype, pd.StringDtype)), None)
        pieces = [c[j] if text is None or c[j].dtype == text else c[j].astype(text) for c in chunks]
        cells[j] = pd.concat(pieces, ignore_index=True)
    return pd.DataFrame(cells, copy=False)


def _is_unsure(column: pd.Series) -> bool:
    """Whether pandas may have lost the spelling of cells."""
    if column.dtype == object:
        return pd.api.types.infer_dtype(column, skipna=True) != "boolean"
    if column.dtype == np.uint64:
        return True
    if column.dtype == np.float64 and len(column):
        x = np.abs(column.to_numpy())
        large = x[np.isfinite(x) & (x >= _EXACT)] if np.nanmax(x, initial=0.0) >= _EXACT else x[:0]
        return bool(large.size)
    return False


def _may_have_zeros(column: pd.Series) -> bool:
    return column.dtype == np.int64 or (column.dtype == np.float64 and is_whole_floats(column, gaps=True))


def is_whole_floats(column: pd.Series, *, gaps: bool = False) -> bool:
    """Whether a column of floats holds whole numbers only (and is float because of missing cells)."""
    if column.dtype != np.float64:
        return False
    x = column.to_numpy()
    if gaps:
        x = x[~np.isnan(x)]
    return bool(x.size) and bool(
        np.isfinite(x).all() and (x == np.rint(x)).all() and (np.abs(x) < _EXACT).all()
    )
