"""A column of texts as the kind that a person chose for it; what does not fit becomes missing and is listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data import number_texts as nt
from mixgui.data.column_repair import MISSING_AMONG_VALUES, Levels, RowOf
from mixgui.data.column_types import as_kind
from mixgui.data.dates import iso_days, written_days
from mixgui.data.long_columns import factorize
from mixgui.data.misfits import MisfitList
from mixgui.data.read_options import MOST_MISFITS, Misfit, ReadNote, ReadOptions
from mixgui.errors import ReadError

_TRUE = frozenset({"true", "yes", "y", "t", "1"})
_FALSE = frozenset({"false", "no", "n", "f", "0"})


def chosen_type(
    column: pd.Series, name: str, options: ReadOptions, row_of: RowOf, misfits: MisfitList
) -> tuple[pd.Series, list[ReadNote]]:
    """Return a column of texts as the kind that the options have for it.

    Parameters
    ----------
    column : pandas.Series
        Of dtype str, spelt as in the file.
    name : str
        Its name in the frame.
    options : ReadOptions
    row_of : callable
        Position of a cell -> its row in the file.
    misfits : MisfitList
        Takes the cells that do not fit.

    Raises
    ------
    ReadError
        When the kind is unknown.
    """
    kind = options.kind_of(name)
    if kind == "text":
        return column, []
    codes, uniques = factorize(column)
    levels = Levels(codes, [str(text) for text in uniques])
    if kind == "category":
        blank = _where(levels.texts, lambda text: not text.strip())
        cleared = column.mask(np.append(blank, False)[levels.codes]) if blank.any() else column
        return as_kind(cleared, name, "category"), []
    if kind not in _CONVERTERS:
        raise ReadError(f"“{kind}” is no type of a column.", "Choose another type for it.")
    return _Conversion(column, name, options, row_of, levels, misfits).result(kind)


class _Conversion:
    """One column on its way."""

    def __init__(
        self,
        column: pd.Series,
        name: str,
        options: ReadOptions,
        row_of: RowOf,
        levels: Levels,
        misfits: MisfitList,
    ) -> None:
        self.column, self.name, self.options, self.row_of = column, name, options, row_of
        self.levels, self.misfits = levels, misfits

    def result(self, kind: str) -> tuple[pd.Series, list[ReadNote]]:
        """Convert, list what does not fit, say how many cells that were."""
        convert, word = _CONVERTERS[kind]
        values, fits = convert(self.levels.texts, self.options)
        blank = _where(self.levels.texts, lambda text: not text.strip())
        missing = blank | (_where(self.levels.texts, _is_missing_word) & ~fits)
        cells = self.levels.cells(~fits & ~missing)
        notes = []
        if len(cells):
            self._list(cells, word)
            notes.append(self._note(cells, word))
        absent = np.datetime64("NaT", "us") if values.dtype.kind == "M" else np.nan
        made = self.levels.mapped(values, absent)
        return pd.Series(_tidy(made, kind), index=self.column.index), notes

    def _list(self, cells: npt.NDArray[np.intp], word: str) -> None:
        texts, codes = self.levels.texts, self.levels.codes
        found = (
            Misfit(self.row_of(int(i)), self.name, texts[codes[i]], f"is {word}: becomes missing")
            for i in cells[:MOST_MISFITS]
        )
        self.misfits.add(found, len(cells))

    def _note(self, cells: npt.NDArray[np.intp], word: str) -> ReadNote:
        first = self.row_of(int(cells[0]))
        text = self.levels.texts[self.levels.codes[cells[0]]]
        which = f"“{text}” in row {first:,}"
        if len(cells) == 1:
            sentence = f"In “{self.name}” {which} is {word}: it became missing."
        else:
            sentence = f"In “{self.name}” {len(cells):,} cells ({which}, …) are {word}: they became missing."
        return ReadNote("warning", sentence, first, self.name)


_Converted = tuple[npt.NDArray, npt.NDArray[np.bool_]]


def _numbers(texts: Sequence[str], options: ReadOptions) -> _Converted:
    decimal, mark = options.decimal, options.thousands
    grouped = (
        re.compile(rf"[+-]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+(?:{re.escape(decimal)}\d*)?")
        if mark
        else None
    )
    values = np.full(len(texts), np.nan)
    fits = np.zeros(len(texts), dtype=bool)
    for i, text in enumerate(texts):
        if nt.is_number(text, decimal):
            values[i], fits[i] = nt.to_float(text, decimal), True
        elif grouped is not None and grouped.fullmatch(text.strip()):
            values[i], fits[i] = nt.to_float(text, decimal, mark), True
    return values, fits


def _whole_numbers(texts: Sequence[str], options: ReadOptions) -> _Converted:
    values, fits = _numbers(texts, options)
    whole = fits & (values == np.rint(values)) & (np.abs(values) < 2.0**53)
    return np.where(whole, values, np.nan), whole


def _truths(texts: Sequence[str], options: ReadOptions) -> _Converted:
    words = [text.strip().lower() for text in texts]
    values = np.array([1.0 if w in _TRUE else 0.0 if w in _FALSE else np.nan for w in words], dtype=float)
    return values, ~np.isnan(values)


def _dates(texts: Sequence[str], options: ReadOptions) -> _Converted:
    days = iso_days(texts)
    if options.date_format:
        days = np.where(np.isnat(days), written_days(texts, options.date_format), days)
    return days, ~np.isnat(days)


_CONVERTERS: dict[str, tuple[Callable[[Sequence[str], ReadOptions], _Converted], str]] = {
    "number": (_numbers, "no number"),
    "integer": (_whole_numbers, "no whole number"),
    "boolean": (_truths, "neither yes nor no"),
    "date": (_dates, "no date"),
}


def _tidy(values: npt.NDArray, kind: str) -> npt.NDArray | pd.api.extensions.ExtensionArray:
    """Return numbers as whole numbers and yes/no where no cell is missing."""
    if kind == "boolean":
        gaps = np.isnan(values)
        return pd.arrays.BooleanArray(values == 1, gaps) if gaps.any() else values == 1
    if kind == "integer" and values.size and not np.isnan(values).any():
        return values.astype(np.int64)
    if kind == "number" and values.size and np.isfinite(values).all() and (np.abs(values) < 2.0**53).all():
        return values.astype(np.int64) if (values == np.rint(values)).all() else values
    return values


def _is_missing_word(text: str) -> bool:
    return text.strip().lower() in MISSING_AMONG_VALUES


def _where(texts: Sequence[str], test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
    return np.fromiter((test(text) for text in texts), dtype=np.bool_, count=len(texts))
