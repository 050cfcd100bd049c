"""Columns of R's data frames as columns of frames here, with what R says of them."""

from __future__ import annotations

import math
import zoneinfo
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.chosen_types import chosen_type
from mixgui.data.codebook import VariableInfo
from mixgui.data.header import column_names
from mixgui.data.misfits import MisfitList
from mixgui.data.r_format import NA_INTEGER, RVector
from mixgui.data.read_options import ReadNote, ReadOptions
from mixgui.data.values import coded, spell
from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress, silent

_MOST_COLUMNS = 100_000
_NA_INTEGER64 = np.iinfo(np.int64).min


class FrameBuilder:
    """Makes a frame of one data frame or matrix.

    Attributes
    ----------
    notes : list of ReadNote
    book : list of (str, VariableInfo)
        One a column.
    misfits : MisfitList
    """

    def __init__(self, options: ReadOptions, observer: Observer = silent) -> None:
        self.options, self.observer = options, observer
        self.notes: list[ReadNote] = []
        self.book: list[tuple[str, VariableInfo]] = []
        self.misfits = MisfitList()

    def frame(self, table: RVector) -> pd.DataFrame:
        """Return the table as a frame.

        Raises
        ------
        ReadError
            When its columns are of unequal length, as only a damaged file has them.
        """
        n_rows = _n_rows(table)
        flat = list(self._flat(table, ""))
        rows = _row_names(table)
        if rows is not None:
            flat.insert(0, ("", rows))
            self.notes.append(ReadNote("info", "The names of the rows are the first column."))
        names, notes = column_names([name for name, _ in flat], len(flat))
        self.notes += notes if rows is None else notes[1:]
        made: dict[str, pd.Series] = {}
        for number, (name, (_, value)) in enumerate(zip(names, flat, strict=True)):
            self.observer(Progress(f"Converting {name}", number / len(flat)))
            found = self._column(value, name)
            if found is None:
                continue
            if len(found) != n_rows:
                raise ReadError(
                    f"The column “{name}” has {len(found):,} cells, the data frame {n_rows:,} rows.",
                    "The file may be damaged; save it again in R.",
                )
            made[name] = found
            self.book.append((name, _info(value)))
        return pd.DataFrame(made, columns=pd.Index(list(made), dtype="str"), copy=False)

    def _flat(self, table: RVector, prefix: str) -> list[tuple[str, RVector]]:
        """Return the columns; those of matrices and data frames within the data frame one by one."""
        if table.kind != "list":
            return [(prefix + name, column) for name, column in _matrix_columns(table)]
        names = _texts(table.attributes.get("names"), len(table.values))
        found: list[tuple[str, RVector]] = []
        for name, value in zip(names, table.values, strict=True):
            if isinstance(value, RVector) and "data.frame" in _classes(value):
                found += self._flat(value, f"{prefix}{name}.")
            elif isinstance(value, RVector) and value.kind != "list" and _dim(value)[1:]:
                parts = _matrix_columns(value)
                found += (
                    [(prefix + name, parts[0][1])]
                    if len(parts) == 1
                    else [(f"{prefix}{name}.{part}", column) for part, column in parts]
                )
            else:
                found.append((prefix + name, value))
        return found

    def _column(self, value: Any, name: str) -> pd.Series | None:
        """Return one column, or None (with a note) for what is no column of values."""
        if not isinstance(value, RVector) or value.kind in ("list", "S4"):
            text = f"“{name}” is a column of lists: left out."
            self.notes.append(ReadNote("warning", text, None, name, doubt=True))
            return None
        column = self._values(value, name)
        if not self.options.kind_of(name):
            return column
        places, texts = coded(column)
        spelt = pd.Series(np.array([*texts, None], dtype=object)[places], dtype="str")
        made, notes = chosen_type(spelt, name, self.options, lambda i: i + 1, self.misfits)
        self.notes += notes
        return made

    def _values(self, value: RVector, name: str) -> pd.Series:
        classes = _classes(value)
        if "factor" in classes:
            return _factor(value, ordered="ordered" in classes)
        if "Date" in classes:
            return _times(np.floor(_floats(value)), 86_400)
        if "POSIXct" in classes:
            return self._instants(value, name)
        if "integer64" in classes and value.kind == "double":
            return _integers64(value)
        if value.kind == "logical":
            gaps = value.values == NA_INTEGER
            truth = value.values == 1
            return pd.Series(pd.arrays.BooleanArray(truth, gaps) if gaps.any() else truth)
        if value.kind == "character":
            return pd.Series(value.values, dtype="str")
        if value.kind == "complex":
            text = f"“{name}” holds complex numbers: kept as text."
            self.notes.append(ReadNote("warning", text, None, name))
            return pd.Series([None if math.isnan(z.real) else str(z).strip("()") for z in value.values.tolist()],
                             dtype="str")  # fmt: skip
        return self._numbers(value, name)

    def _numbers(self, value: RVector, name: str) -> pd.Series:
        missing = self._user_missing(value)
        if value.kind in ("integer", "raw"):
            gaps = (value.values == NA_INTEGER) | missing
            if not gaps.any():
                return pd.Series(value.values.astype(np.int64))
        column = pd.Series(np.where(missing, np.nan, _floats(value)))
        if missing.any():
            cells = "cell was" if missing.sum() == 1 else "cells were"
            text = f"In “{name}” {int(missing.sum()):,} {cells} declared as missing: missing now."
            self.notes.append(ReadNote("info", text, None, name))
        return column

    def _user_missing(self, value: RVector) -> npt.NDArray[np.bool_]:
        """Return where a column labelled by haven has codes that SPSS declares as missing."""
        missing = np.zeros(len(value.values), dtype=bool)
        if not self.options.user_missing or "haven_labelled_spss" not in _classes(value):
            return missing
        codes, ranges = value.attributes.get("na_values"), value.attributes.get("na_range")
        floats = _floats(value)
        if isinstance(codes, RVector):
            missing |= np.isin(floats, _floats(codes))
        if isinstance(ranges, RVector):
            low, high = _floats(ranges)
            missing |= (floats >= low) & (floats <= high)
        return missing

    def _instants(self, value: RVector, name: str) -> pd.Series:
        """Return points in time as the clock of their zone shows them."""
        zones = value.attributes.get("tzone")
        zone = next((z for z in zones.values if z), "") if isinstance(zones, RVector) else ""
        times = _times(_floats(value), 1)
        if not zone or zone in ("UTC", "GMT"):
            if not zone:
                text = f"The times in “{name}” have no time zone; they are shown as UTC."
                self.notes.append(ReadNote("info", text, None, name))
            return times
        try:
            local = times.dt.tz_localize("UTC").dt.tz_convert(zoneinfo.ZoneInfo(zone))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            text = f"The times in “{name}” are shown as UTC: the time zone “{zone}” is not known."
            self.notes.append(ReadNote("warning", text, None, name))
            return times
        return local.dt.tz_localize(None).astype("datetime64[us]")


def _classes(value: RVector) -> list[str]:
    classes = value.attributes.get("class")
    return list(classes.values) if isinstance(classes, RVector) else []


def _dim(value: RVector) -> tuple[int, ...]:
    dim = value.attributes.get("dim")
    return tuple(int(x) for x in dim.values) if isinstance(dim, RVector) else ()


def _texts(names: Any, count: int) -> list[str]:
    given = list(names.values) if isinstance(names, RVector) and names.kind == "character" else []
    return [(given[i] or "") if i < len(given) else "" for i in range(count)]


def _n_rows(table: RVector) -> int:
    if table.kind != "list":
        return _dim(table)[0]
    rows = table.attributes.get("row.names")
    if isinstance(rows, RVector):
        if rows.kind == "integer" and len(rows.values) == 2 and rows.values[0] == NA_INTEGER:
            return abs(int(rows.values[1]))
        if rows.kind == "double" and len(rows.values) == 2 and math.isnan(rows.values[0]):
            return abs(int(rows.values[1]))
        return len(rows.values)
    return len(table.values[0].values) if table.values else 0


def _row_names(table: RVector) -> RVector | None:
    """Return the names of the rows when they are words; numbers only count the rows."""
    if table.kind == "list":
        rows = table.attributes.get("row.names")
    else:
        names = table.attributes.get("dimnames")
        rows = names.values[0] if isinstance(names, RVector) else None
    if not isinstance(rows, RVector) or rows.kind != "character":
        return None
    numbered = all(name is not None and name.isdecimal() for name in rows.values)
    return None if numbered else RVector("character", rows.values)


def _matrix_columns(value: RVector) -> list[tuple[str, RVector]]:
    n_rows, n_columns = _dim(value)
    if n_rows < 0 or not 0 <= n_columns <= _MOST_COLUMNS or n_rows * n_columns != len(value.values):
        raise ValueError("a matrix with other cells than it says")
    dimnames = value.attributes.get("dimnames")
    given = dimnames.values[1] if isinstance(dimnames, RVector) and len(dimnames.values) > 1 else None
    names = [name or f"V{j + 1}" for j, name in enumerate(_texts(given, n_columns))]
    return [
        (names[j], RVector(value.kind, value.values[j * n_rows : (j + 1) * n_rows])) for j in range(n_columns)
    ]


def _floats(value: RVector) -> npt.NDArray[np.float64]:
    if value.kind == "double":
        found: npt.NDArray[np.float64] = value.values
        return found
    floats = np.asarray(value.values, dtype=np.float64)
    if value.kind in ("integer", "logical"):
        floats[value.values == NA_INTEGER] = np.nan
    return floats


def _factor(value: RVector, *, ordered: bool) -> pd.Series:
    levels = value.attributes.get("levels")
    texts = [level if level is not None else "NA" for level in levels.values] if levels is not None else []
    floats = _floats(value)
    codes = np.where(np.isnan(floats), 0, floats).astype(np.int64) - 1
    if len(codes) and (codes.max() >= len(texts) or codes.min() < -1):
        raise ReadError("A factor of the R file has codes without a level.", "Save it again in R.")
    dtype = pd.CategoricalDtype(pd.Index(texts, dtype="str"), ordered=ordered)
    return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))


def _times(floats: npt.NDArray[np.float64], seconds: int) -> pd.Series:
    gaps = ~np.isfinite(floats) | (np.abs(floats) * seconds > 9e12)
    micros = np.where(gaps, 0, np.rint(floats * (seconds * 1e6))).astype("datetime64[us]")
    micros[gaps] = np.datetime64("NaT")
    return pd.Series(micros)


def _integers64(value: RVector) -> pd.Series:
    whole = value.values.view(np.int64)
    gaps = whole == _NA_INTEGER64
    if not gaps.any():
        return pd.Series(whole.copy())
    return pd.Series(np.where(gaps, np.nan, whole.astype(np.float64)))


def _info(value: RVector) -> VariableInfo:
    """Return what R's attributes say of a column (label and labels as haven and Hmisc write them)."""
    label, units = value.attributes.get("label"), value.attributes.get("units")
    labels = value.attributes.get("labels")
    pairs: tuple[tuple[str, str], ...] = ()
    if isinstance(labels, RVector) and labels.kind != "list":
        words = _texts(labels.attributes.get("names"), len(labels.values))
        codes = labels.values if labels.kind == "character" else [spell(x) for x in _floats(labels).tolist()]
        pairs = tuple(
            (str(code), word) for code, word in zip(codes, words, strict=True) if word and code != "NaN"
        )
    codes_of = value.attributes.get("na_values")
    missing: tuple[str, ...] = ()
    if isinstance(codes_of, RVector) and codes_of.kind in ("double", "integer"):
        missing = tuple(spell(x) for x in _floats(codes_of).tolist())
    return VariableInfo(label=_one(label), unit=_one(units), missing_codes=missing, value_labels=pairs)


def _one(value: Any) -> str:
    if isinstance(value, RVector) and value.kind == "character" and value.values:
        return str(value.values[0] or "").strip()
    return ""
