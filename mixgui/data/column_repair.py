"""Columns that pandas left as text although they may hold numbers, dates or yes/no.

Nothing ambiguous is converted: such a column stays text, with a note that says which cells stood in the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data import number_texts as nt
from mixgui.data.dates import WRITTEN, is_iso, looks_written, possible_forms, written_days
from mixgui.data.long_columns import factorize
from mixgui.data.misfits import MisfitList
from mixgui.data.read_options import DATE_FORMATS, MOST_MISFITS, Misfit, ReadNote, ReadOptions, Severity

#: Missing in a column whose other cells are all numbers, dates or yes/no; an answer anywhere else.
MISSING_AMONG_VALUES = frozenset(
    {".", "-", "--", "?", "null", "none", "<na>", "nan", "n/a", "na", "#n/a", "#null!", "#na", "missing"}
)
_TRUE, _FALSE = frozenset({"TRUE", "True", "true"}), frozenset({"FALSE", "False", "false"})
_YES_NO = _TRUE | _FALSE
# Of a long column a sample decides whether to look at all cells. It cannot err: what is converted or noted
# are columns of which at least half of the cells are numbers, dates or yes/no.
_LONG, _SAMPLE, _ENOUGH = 50_000, 5_000, 200
_SHOWN = 3

RowOf = Callable[[int], int]


@dataclass(frozen=True)
class Levels:
    """The different texts of a column.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Level of each cell, -1 where missing.
    texts : list of str
        The levels, in order of first appearance.
    """

    codes: npt.NDArray[np.intp]
    texts: list[str]

    def cells(self, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        """Return the positions of the cells whose level is chosen."""
        return np.flatnonzero(np.append(chosen, False)[self.codes])

    def mapped(self, values: npt.NDArray, missing: object) -> npt.NDArray:
        """Return one value a cell from one value a level."""
        return np.append(values, np.array([missing], dtype=values.dtype))[self.codes]


def repair_text(
    column: pd.Series, name: str, options: ReadOptions, row_of: RowOf, misfits: MisfitList
) -> tuple[pd.Series, list[ReadNote]]:
    """Return a text column as what it is, and what has to be said about it.

    Parameters
    ----------
    column : pandas.Series
        Text, missing cells NaN.
    name : str
        Its name, for the notes.
    options : ReadOptions
        How the file was read.
    row_of : callable
        Position of a cell -> its row in the file.
    misfits : MisfitList
        Takes the cells that keep a column from being numbers.
    """
    if len(column) > _LONG and not options.thousands:
        sample = column.iloc[:: len(column) // _SAMPLE].dropna()
        if len(sample) >= _ENOUGH and not _worth_a_look(sample.unique(), options.decimal):
            return column, []
    codes, uniques = factorize(column)
    levels = Levels(codes, [str(text) for text in uniques])
    if not levels.texts:
        return column, []
    return _Repair(column, name, options, row_of, levels, misfits).result()


def _worth_a_look(texts: Sequence[str], decimal: str) -> bool:
    known = (
        nt.is_number(t, decimal) or _other_number(t) or _is_date(t) or t.strip() in _YES_NO for t in texts
    )
    return any(known)


def _other_number(text: str) -> bool:
    text = text.strip()
    return any(
        p.fullmatch(text)
        for p in (nt.COMMA_DECIMAL, nt.POINT_DECIMAL, nt.COMMA_THOUSANDS, nt.POINT_THOUSANDS)
    )


def _is_date(text: str) -> bool:
    return is_iso(text) or WRITTEN.fullmatch(text.strip()) is not None


def _is_missing_word(text: str) -> bool:
    return text.strip().lower() in MISSING_AMONG_VALUES


class _Repair:
    """One column on its way: each method tries one reading of it."""

    def __init__(
        self,
        column: pd.Series,
        name: str,
        options: ReadOptions,
        row_of: RowOf,
        levels: Levels,
        misfits: MisfitList,
    ) -> None:
        self.misfits = misfits
        self.column, self.name, self.options, self.row_of, self.levels = column, name, options, row_of, levels
        texts = levels.texts
        self.number = _flags(texts, lambda t: nt.is_number(t, options.decimal))
        self.blank = _flags(texts, lambda t: not t.strip())
        self.word = _flags(texts, _is_missing_word) & ~self.number
        self.rest = ~(self.number | self.blank | self.word)

    def result(self) -> tuple[pd.Series, list[ReadNote]]:
        """Return the column by the first reading that fits all its cells."""
        if not self.rest.any() and self.number.any():
            return self._numbers()
        if not self.rest.any() and not self.word.any():
            return self._all_missing()
        values = ~(self.blank | self.word)
        if values.any():
            for reading in (self._chosen_marks, self._other_marks, self._dates, self._yes_no):
                found = reading(values)
                if found is not None:
                    return found
        return self._text()

    def _numbers(self) -> tuple[pd.Series, list[ReadNote]]:
        texts = [t for t, is_number in zip(self.levels.texts, self.number, strict=True) if is_number]
        zeros = [t for t in texts if nt.LEADING_ZERO.fullmatch(t.strip())]
        if zeros:
            return self._as_text(
                f"“{self.name}” has numbers that start with a zero (“{zeros[0]}”): kept as text, as codes are.",
                zeros[0],
                "info",
            )
        long = next((t for t in texts if _loses_digits(t)), None)
        if long is not None:
            return self._as_text(
                f"“{self.name}” has numbers with more digits than can be calculated with (“{long}”): "
                "kept as text.",
                long,
                "warning",
            )
        return self._converted(lambda t: nt.to_float(t, self.options.decimal), self.number)

    def _chosen_marks(self, values: npt.NDArray[np.bool_]) -> tuple[pd.Series, list[ReadNote]] | None:
        """Numbers with the thousands mark that the user chose (pandas would take 12.05.2020 for one)."""
        mark, decimal = self.options.thousands, self.options.decimal
        if not mark:
            return None
        grouped = re.compile(rf"[+-]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+(?:{re.escape(decimal)}\d*)?")
        texts = (t.strip() for t, wanted in zip(self.levels.texts, values, strict=True) if wanted)
        if not all(grouped.fullmatch(t) or nt.is_number(t, decimal) for t in texts):
            return None
        return self._converted(lambda t: nt.to_float(t, decimal, mark), values, thousands=mark)

    def _other_marks(self, values: npt.NDArray[np.bool_]) -> tuple[pd.Series, list[ReadNote]] | None:
        """Numbers with another decimal mark than the file's, or with thousands marks."""
        texts = [t.strip() for t, wanted in zip(self.levels.texts, values, strict=True) if wanted]
        other = "." if self.options.decimal == "," else ","
        decimal, maybe, grouped, surely = (
            (nt.POINT_DECIMAL, nt.POINT_MAYBE_THOUSANDS, nt.POINT_THOUSANDS, nt.POINT_SURELY_THOUSANDS)
            if other == "."
            else (nt.COMMA_DECIMAL, nt.COMMA_MAYBE_THOUSANDS, nt.COMMA_THOUSANDS, nt.COMMA_SURELY_THOUSANDS)
        )
        if any(nt.LEADING_ZERO.fullmatch(t) for t in texts):
            return None
        marked = [t for t in texts if other in t]
        if marked and all(decimal.fullmatch(t) or nt.WHOLE.fullmatch(t) for t in texts):
            if any(not maybe.fullmatch(t) for t in marked):
                note = f"In “{self.name}” the {_mark(other)} was read as the decimal mark (“{marked[0]}”)."
                return self._converted(lambda t: nt.to_float(t, other), values, note)
            return self._as_text(
                f"“{marked[0]}” in “{self.name}” may have a decimal or a thousands mark: the column was kept "
                "as text. Choose the marks yourself to read it as numbers.",
                self._original(marked[0]),
                "warning",
                doubt=True,
            )
        own = self.options.decimal
        if any(surely.fullmatch(t) for t in texts) and all(
            grouped.fullmatch(t) or (nt.is_number(t, own) and not _long_whole(t)) for t in texts
        ):
            example = next(t for t in texts if surely.fullmatch(t))
            value = nt.to_float(example, own, other)
            mark = f"the {_mark(other)} was read as the thousands mark"
            note = f"In “{self.name}” {mark}: “{example}” is {value:.15g}."
            return self._converted(lambda t: nt.to_float(t, own, other), values, note, thousands=other)
        return None

    def _dates(self, values: npt.NDArray[np.bool_]) -> tuple[pd.Series, list[ReadNote]] | None:
        wanted = [t for t, is_value in zip(self.levels.texts, values, strict=True) if is_value]
        if not all(is_iso(t) for t in wanted):
            return self._written_dates(wanted, values)
        texts = pd.Series(self.levels.texts, dtype="str").str.strip().where(pd.Series(values))
        days = pd.to_datetime(texts, format="ISO8601", errors="coerce").to_numpy(dtype="datetime64[us]")
        if np.isnat(days[values]).any():  # 2020-02-30
            return None
        column = pd.Series(self.levels.mapped(days, np.datetime64("NaT")), index=self.column.index)
        return column, self._missing_note()

    def _written_dates(
        self, texts: list[str], values: npt.NDArray[np.bool_]
    ) -> tuple[pd.Series, list[ReadNote]] | None:
        """Dates as 12.05.2020: by the form that was chosen, or by the only one that fits; else a doubt."""
        if not all(is_iso(t) or looks_written(t) for t in texts):
            return None
        chosen = self.options.date_format
        forms = [chosen] if chosen else possible_forms(texts)
        if len(forms) == 1:
            days = written_days(self.levels.texts, forms[0])
            if not np.isnat(days[values]).any():
                column = pd.Series(self.levels.mapped(days, np.datetime64("NaT")), index=self.column.index)
                text = f"In “{self.name}” “{texts[0]}” was read as a date: {DATE_FORMATS[forms[0]]}."
                told = [] if chosen else [ReadNote("info", text, None, self.name)]
                return column, [*told, *self._missing_note()]
        if len(forms) > 1 and forms[0].endswith("%Y"):  # two digits of a year may be a version or a chapter
            text = (
                f"“{texts[0]}” in “{self.name}” may be a date in more than one way: the column was kept as "
                "text. Choose how dates are written to read it as dates."
            )
            return self._as_text(text, self._original(texts[0].strip()), "warning", doubt=True)
        return None

    def _yes_no(self, values: npt.NDArray[np.bool_]) -> tuple[pd.Series, list[ReadNote]] | None:
        texts = [t.strip() for t in self.levels.texts]
        if not all(t in _TRUE or t in _FALSE for t, wanted in zip(texts, values, strict=True) if wanted):
            return None
        truth = np.array([t in _TRUE if wanted else None for t, wanted in zip(texts, values, strict=True)])
        column = pd.Series(self.levels.mapped(truth.astype(object), None), index=self.column.index)
        return column.astype("boolean" if column.isna().any() else bool), self._missing_note()

    def _text(self) -> tuple[pd.Series, list[ReadNote]]:
        column = self._without(self.blank)
        counts = np.bincount(self.levels.codes[self.levels.codes >= 0], minlength=len(self.levels.texts))
        numbers, others = counts[self.number].sum(), counts[self.rest | self.word].sum()
        if numbers <= others:
            return column, []
        cells = self.levels.cells(self.rest if self.rest.any() else self.word)
        found = (
            Misfit(
                self.row_of(int(i)),
                self.name,
                self.levels.texts[self.levels.codes[i]],
                "is no number: the column is kept as text",
                lost=False,
            )
            for i in cells[:MOST_MISFITS]
        )
        self.misfits.add(found, len(cells))
        return column, [self._mixed_note(cells, int(numbers))]

    def _mixed_note(self, cells: npt.NDArray[np.intp], numbers: int) -> ReadNote:
        shown = ", ".join(
            f"“{_clip(self.levels.texts[self.levels.codes[i]])}” in row {self.row_of(int(i)):,}"
            for i in cells[:_SHOWN]
        )
        more = f" and {len(cells) - _SHOWN:,} more" if len(cells) > _SHOWN else ""
        text = f"“{self.name}” was kept as text: {numbers:,} cells are numbers, but not {shown}{more}."
        return ReadNote("warning", text, self.row_of(int(cells[0])), self.name, doubt=True)

    def _all_missing(self) -> tuple[pd.Series, list[ReadNote]]:
        return pd.Series(np.full(len(self.column), np.nan), index=self.column.index), []

    def _converted(
        self,
        convert: Callable[[str], float],
        chosen: npt.NDArray[np.bool_],
        note: str = "",
        *,
        thousands: str = "",
    ) -> tuple[pd.Series, list[ReadNote]]:
        pairs = zip(self.levels.texts, chosen, strict=True)
        values = np.array([convert(t) if wanted else np.nan for t, wanted in pairs])
        cells = self.levels.mapped(values, np.nan)
        notes = [ReadNote("warning", note, None, self.name)] if note else []
        notes += self._missing_note()
        exact = np.isfinite(cells).all() and (np.abs(cells) < 2**53).all()
        bare = (t.strip().replace(thousands, "") if thousands else t.strip() for t in self.levels.texts)
        if exact and all(nt.WHOLE.fullmatch(t) for t in bare):
            cells = cells.astype(np.int64)
        return pd.Series(cells, index=self.column.index), notes

    def _missing_note(self) -> list[ReadNote]:
        cells = self.levels.cells(self.word)
        if not len(cells):
            return []
        words = ", ".join(
            f"“{t}”" for t, is_word in zip(self.levels.texts, self.word, strict=True) if is_word
        )
        count = (
            f"{len(cells):,} cells with {words} count" if len(cells) > 1 else f"one cell with {words} counts"
        )
        text = f"In “{self.name}” {count} as missing."
        return [ReadNote("info", text, self.row_of(int(cells[0])), self.name)]

    def _as_text(
        self, sentence: str, example: str, severity: Severity, *, doubt: bool = False
    ) -> tuple[pd.Series, list[ReadNote]]:
        cells = self.levels.cells(_flags(self.levels.texts, lambda t: t == example))
        note = ReadNote(severity, sentence, self.row_of(int(cells[0])), self.name, doubt)
        return self._without(self.blank | self.word), [note, *self._missing_note()]

    def _original(self, stripped: str) -> str:
        return next(t for t in self.levels.texts if t.strip() == stripped)

    def _without(self, levels: npt.NDArray[np.bool_]) -> pd.Series:
        """Return the column with the cells of these levels missing."""
        if not levels.any():
            return self.column
        return self.column.mask(np.append(levels, False)[self.levels.codes])


def _flags(texts: Sequence[str], test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
    return np.fromiter((test(t) for t in texts), dtype=np.bool_, count=len(texts))


def _loses_digits(text: str) -> bool:
    text = text.strip()
    return len(text) > 15 and nt.WHOLE.fullmatch(text) is not None and int(float(text)) != int(text)


def _long_whole(text: str) -> bool:
    """Whether a number without marks would have had one, were it a number with thousands marks."""
    return len(re.split(r"[.,eE]", text.lstrip("+-"))[0]) > 3


def _mark(mark: str) -> str:
    return "comma" if mark == "," else "point"


def _clip(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
