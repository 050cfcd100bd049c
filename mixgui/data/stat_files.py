"""Files of SPSS, Stata and SAS, read by pyreadstat (ReadStat): the cells, and what the file says of its columns.

The frame keeps the codes; labels, value labels and codes that mean missing go into the codebook.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mixgui.data.cell_grid import spell_cell
from mixgui.data.chosen_types import chosen_type
from mixgui.data.codebook import VariableInfo
from mixgui.data.misfits import MisfitList
from mixgui.data.read_options import ReadNote, ReadOptions, ReadResult
from mixgui.data.text_parser import is_whole_floats
from mixgui.data.values import coded, spell
from mixgui.errors import Cancelled, ReadError
from mixgui.observer import Observer, Progress, silent

_ROWS_AT_ONCE = 100_000
_WORDS = {"spss": "SPSS", "stata": "Stata", "sas": "SAS"}
_ORDERED = "ordinal"


def read_stat(
    path: Path, options: ReadOptions, observer: Observer = silent, most_rows: int | None = None
) -> ReadResult:
    """Read a file of SPSS, Stata or SAS (see `readers.read_table`)."""
    return _StatReading(path, options, observer, most_rows).result()


def _kind(path: Path) -> str:
    """Return what pyreadstat calls a file, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith((b"$FL2", b"$FL3")):
        return "sav"
    if b"SPSSPORT" in head or b"SPSS PORT" in head:
        return "por"
    if head.startswith(b"HEADER RECORD"):
        return "xport"
    return "sas7bdat" if head[12:16] == b"\xc2\xea\x81\x60" else "dta"


class _StatReading:
    """One file on its way to a frame and a codebook."""

    def __init__(self, path: Path, options: ReadOptions, observer: Observer, most_rows: int | None) -> None:
        self.path, self.options, self.observer, self.most_rows = path, options, observer, most_rows
        self.notes: list[ReadNote] = []
        self.misfits = MisfitList()
        self.kind = _kind(path)

    def result(self) -> ReadResult:
        """Read the cells, then each column with its words."""
        cells, meta = self._cells()
        lettered = self._lettered(cells)
        made: dict[str, pd.Series] = {}
        book: list[tuple[str, VariableInfo]] = []
        for number, name in enumerate(cells.columns):
            self.observer(Progress(f"Converting {name}", 0.7 + 0.3 * number / cells.shape[1]))
            made[name], info = self._column(cells[name], name, meta)
            if name in lettered:
                self._note_letters(name, lettered[name], meta)
            if info != VariableInfo():
                book.append((name, info))
        frame = pd.DataFrame(made, columns=pd.Index(list(made), dtype="str"), copy=False)
        if not len(frame):
            self.notes.append(ReadNote("warning", f"“{self.path.name}” has columns but no rows."))
        self._note_labels(book)
        notes = sorted(self.notes, key=lambda note: note.severity != "warning")
        misfits = self.misfits
        return ReadResult(frame, self.options, tuple(notes), tuple(book), misfits.listed(), misfits.count)

    def _cells(self) -> tuple[pd.DataFrame, Any]:
        """Read all rows in pieces, so that the reading can be watched and cancelled."""
        pieces: list[pd.DataFrame] = []
        settings: dict[str, Any] = {}
        if self.kind != "por":
            settings["encoding"] = self.options.encoding or None
        if self.kind == "sav":
            settings["user_missing"] = True  # then the codes and what is declared of them are told
        total = self._rows(settings)
        while True:
            start = sum(len(piece) for piece in pieces)
            limit = _ROWS_AT_ONCE if self.most_rows is None else min(self.most_rows - start, _ROWS_AT_ONCE)
            piece, meta = self._call(**settings, row_offset=start, row_limit=limit)
            pieces.append(piece)
            done = start + len(piece)
            self.observer(Progress(f"Reading {self.path.name}", 0.7 * done / total if total else None))
            if len(piece) < limit or done == self.most_rows:
                break
        frame = pieces[0] if len(pieces) == 1 else _stacked(pieces)
        return frame, meta

    def _lettered(self, cells: pd.DataFrame) -> dict[str, Counter[str]]:
        """Return how often each column has the missing values .a to .z (Stata, SAS).

        They are asked for separately and only counted: pyreadstat returns garbage for plain missing cells
        of a column when it is asked to keep the letters.
        """
        if self.kind not in ("dta", "sas7bdat"):
            return {}
        gaps = [name for name in cells.columns if cells[name].isna().any() and _is_numeric(cells[name])]
        found: dict[str, Counter[str]] = {}
        if not gaps:
            return found
        settings = {"encoding": self.options.encoding or None, "usecols": gaps, "user_missing": True}
        for start in range(0, len(cells), _ROWS_AT_ONCE):
            limit = min(_ROWS_AT_ONCE, len(cells) - start)
            piece, _ = self._call(**settings, row_offset=start, row_limit=limit)
            for name in gaps:
                if piece[name].dtype == object:
                    letters = (value for value in piece[name] if isinstance(value, str))
                    found.setdefault(name, Counter()).update(letters)
            self.observer(Progress(f"Reading {self.path.name}", 0.7))
        return {name: letters for name, letters in found.items() if letters}

    def _rows(self, settings: Mapping[str, Any]) -> int:
        """Return the number of rows, 0 if the file does not tell."""
        if self.most_rows is not None:
            return self.most_rows
        encoding = {k: v for k, v in settings.items() if k == "encoding"}
        _, meta = self._call(metadataonly=True, **encoding)
        return meta.number_rows or 0

    def _call(self, **settings: Any) -> tuple[pd.DataFrame, Any]:
        """Let pyreadstat read; what it refuses becomes a sentence."""
        import pyreadstat

        try:
            read = getattr(pyreadstat, f"read_{self.kind}")
            return read(str(self.path), **settings)
        except pyreadstat.ReadstatError as error:
            raise self._refusal(str(error)) from error
        except (UnicodeError, LookupError) as error:
            raise ReadError(
                f"The letters of “{self.path.name}” are not written as it says.", "Choose another encoding."
            ) from error
        except Cancelled:
            raise
        except (OverflowError, ValueError, KeyError, TypeError, pyreadstat.PyreadstatError) as error:
            raise self._refusal(str(error)) from error

    def _refusal(self, reason: str) -> ReadError:
        program = _WORDS[self.options.format]
        if "encoding" in reason.lower() or ("convert" in reason.lower() and "string" in reason.lower()):
            return ReadError(
                f"The letters of “{self.path.name}” are not written as it says.",
                "Choose another encoding, for instance cp1252.",
            )
        if "memory" in reason.lower():
            return ReadError(f"“{self.path.name}” does not fit into the memory.", "Close other programs.")
        return ReadError(
            f"The {program} file “{self.path.name}” is damaged or of a version that is not understood.",
            f"Save it again in {program}, or export it as CSV.",
        )

    # --- one column ---

    def _column(self, column: pd.Series, name: str, meta: Any) -> tuple[pd.Series, VariableInfo]:
        labels = dict(meta.variable_value_labels.get(name) or {})
        codes, column = self._user_missing(column, name, meta)
        column = _plain(column)
        info = VariableInfo(
            label=(meta.column_names_to_labels.get(name) or "").strip(),
            missing_codes=codes,
            value_labels=tuple(
                (_code(code), str(text).strip())
                for code, text in _sorted(labels)
                if not (self.kind in ("dta", "sas7bdat") and isinstance(code, str))  # .a to .z
            ),
        )
        kind = self.options.kind_of(name)
        if kind:
            texts = _texts(column)
            made, notes = chosen_type(texts, name, self.options, lambda i: i + 1, self.misfits)
            self.notes += notes
            return made, info
        if self.options.use_labels and labels:
            ordered = meta.variable_measure.get(name) == _ORDERED
            return self._labelled(column, name, info, ordered=ordered), info
        return column, info

    def _user_missing(self, column: pd.Series, name: str, meta: Any) -> tuple[tuple[str, ...], pd.Series]:
        """Return the codes that SPSS declares as missing, and the column without them."""
        declared = list(meta.missing_ranges.get(name) or [])
        if not declared or not self.options.user_missing:
            return (), column
        missing = _declared(column, declared)
        found = sorted(set(column[missing]), key=_order)
        if found:
            count = int(missing.sum())
            cells = "cell was" if count == 1 else "cells were"
            words = ", ".join(map(_code, found[:5])) + (", …" if len(found) > 5 else "")
            text = f"In “{name}” {count:,} {cells} declared as missing ({words}): missing now."
            self.notes.append(ReadNote("info", text, None, name))
            column = column.mask(missing)
        return tuple(dict.fromkeys(map(_code, [*_singles(declared), *found]))), column

    def _note_letters(self, name: str, letters: Counter[str], meta: Any) -> None:
        labels = dict(meta.variable_value_labels.get(name) or {})
        count = sum(letters.values())
        cells = "cell has" if count == 1 else "cells have"
        kinds = "a missing value of its own kind" if len(letters) == 1 else "missing values of several kinds"
        told = (
            f".{letter} {labels[letter]}" if letter in labels else f".{letter}" for letter in sorted(letters)
        )
        text = f"In “{name}” {count:,} {cells} {kinds} ({', '.join(told)}): missing now."
        self.notes.append(ReadNote("info", text, None, name))

    def _labelled(self, column: pd.Series, name: str, info: VariableInfo, *, ordered: bool) -> pd.Series:
        """Return a column as the category of its value labels, in the order of the codes."""
        words = dict(info.value_labels)
        places, texts = coded(column)
        used = list(dict.fromkeys(words.get(text, text) for text in [*words, *sorted(texts, key=_order)]))
        used = [word for word in used if word]
        lookup = {word: i for i, word in enumerate(used)}
        codes = np.array([*(lookup[words.get(text) or text] for text in texts), -1], dtype=np.intp)[places]
        unlabelled = [text for text in texts if text not in words]
        if unlabelled:
            text = (
                f"In “{name}” these values have no label: {', '.join(unlabelled[:5])}. They are levels too."
            )
            self.notes.append(ReadNote("info", text, None, name))
        dtype = pd.CategoricalDtype(pd.Index(used, dtype="str"), ordered=ordered)
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype), index=column.index)

    def _note_labels(self, book: Iterable[tuple[str, VariableInfo]]) -> None:
        with_labels = [name for name, info in book if info.value_labels]
        if with_labels and not self.options.use_labels:
            shown = ", ".join(f"“{name}”" for name in with_labels[:3])
            more = f" and {len(with_labels) - 3} more" if len(with_labels) > 3 else ""
            columns = "The column" if len(with_labels) == 1 else "The columns"
            has = "has" if len(with_labels) == 1 else "have"
            text = (
                f"{columns} {shown}{more} {has} value labels: the cells keep the codes, the labels are shown."
            )
            self.notes.append(ReadNote("info", text))


def _stacked(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    """Stack pieces whose columns may differ in type (all missing here, numbers there)."""
    return pd.DataFrame(
        {name: pd.concat([piece[name] for piece in pieces], ignore_index=True) for name in pieces[0].columns},
        copy=False,
    )


def _plain(column: pd.Series) -> pd.Series:
    """Return a column of what frames here hold: whole numbers, floats, str, datetime64."""
    if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        present = column.dropna()
        kinds = {type(value) for value in present}
        if kinds and kinds <= {pd.Timestamp, *_day_types()}:
            return pd.Series(
                np.array([None if pd.isna(v) else np.datetime64(v, "us") for v in column], "datetime64[us]")
            )
        if any(kind.__name__ in ("time", "timedelta") for kind in kinds):
            return pd.Series([None if pd.isna(v) else spell_cell(v) for v in column], dtype="str")
        if kinds <= {int, float, np.float64, np.int64} and kinds:
            return _plain(column.astype(np.float64))
        if not kinds:
            return pd.Series(np.full(len(column), np.nan))
        text = column.astype("str")
        blank = text.str.strip() == ""
        return text.mask(blank) if blank.any() else text
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.astype("datetime64[us]")
    if pd.api.types.is_bool_dtype(column.dtype):
        return column
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.astype(np.int64)
    column = column.astype(np.float64)
    return column.astype(np.int64) if is_whole_floats(column) else column


def _day_types() -> tuple[type, ...]:
    import datetime

    return (datetime.date, datetime.datetime)


def _texts(column: pd.Series) -> pd.Series:
    """Return a column spelt, as `chosen_type` wants it."""
    places, texts = coded(column)
    return pd.Series(np.array([*texts, None], dtype=object)[places], dtype="str")


def _is_numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) or column.dtype == object


def _declared(column: pd.Series, declared: list[Any]) -> pd.Series:
    """Return where a column has a code, or lies in a range, that is declared as missing."""
    missing = pd.Series(False, index=column.index)
    text = isinstance(column.dtype, pd.StringDtype) or column.dtype == object
    for one in declared:
        low, high = (one["lo"], one["hi"]) if isinstance(one, Mapping) else (one, one)
        if isinstance(low, str) or text:
            missing |= column == low
        else:
            missing |= column.between(low, high)
    return missing


def _singles(declared: list[Any]) -> list[Any]:
    """Return the codes that are declared one by one; of ranges only the codes that occur are told."""
    found = []
    for one in declared:
        if not isinstance(one, Mapping):
            found.append(one)
        elif one["lo"] == one["hi"]:
            found.append(one["lo"])
    return found


def _code(value: Any) -> str:
    return value if isinstance(value, str) else spell(float(value)) if not math.isnan(value) else ""


def _order(value: Any) -> tuple[int, float, str]:
    if not isinstance(value, str):
        return (0, float(value), "")
    try:
        return (0, float(value), "")
    except ValueError:
        return (1, 0.0, value)


def _sorted(labels: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return sorted(labels.items(), key=lambda pair: _order(pair[0]))
