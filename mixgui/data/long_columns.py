"""Work on long columns of text in pieces, so that the window keeps moving meanwhile.

A worker that is inside one call on a million Python strings does not let go of the interpreter, and the window
cannot paint: 100 ms for numbering them, 400 ms for making texts of numbers. Between pieces it can. Numbers are
not cut: pandas and NumPy let go of the interpreter for them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.turns import pieces

_PIECE = 5_000  # rows: a millisecond of work on texts


def factorize(column: pd.Series) -> tuple[npt.NDArray[np.intp], pd.Index]:
    """Return `pandas.factorize` of a column: a code a row (-1 where missing) and the values in order of appearance.

    Parameters
    ----------
    column : Series

    Returns
    -------
    codes : (n,) array of int
    values : Index
        The different values.
    """
    if not _is_long_text(column):
        codes, values = pd.factorize(column)
        return codes, pd.Index(values)
    places: dict[Any, int] = {}
    codes = np.empty(len(column), dtype=np.intp)
    for part in pieces(len(column), _PIECE):
        found, some = pd.factorize(column.iloc[part])
        place = [places.setdefault(value, len(places)) for value in some.to_numpy(dtype=object).tolist()]
        place.append(-1)  # what -1 points to
        codes[part] = np.array(place, dtype=np.intp)[found]
    return codes, _index(list(places), column.dtype)


def missing(column: pd.Series) -> npt.NDArray[np.bool_]:
    """Return `column.isna()` as an array."""
    if not _is_long_text(column):
        return column.isna().to_numpy()
    out = np.empty(len(column), dtype=bool)
    for part in pieces(len(column), _PIECE):
        out[part] = column.iloc[part].isna()
    return out


def as_text(column: pd.Series) -> pd.Series:
    """Return `column.astype("str")`: text of anything, missing cells stay missing."""
    if len(column) <= _PIECE or isinstance(column.dtype, pd.StringDtype):
        return column.astype("str")
    return pd.concat([column.iloc[part].astype("str") for part in pieces(len(column), _PIECE)])


def take(column: pd.Series, rows: npt.NDArray[np.integer]) -> pd.api.extensions.ExtensionArray:
    """Return the cells at these positions, none of them negative, as an array of the column's type.

    Parameters
    ----------
    column : Series
    rows : (m,) array of int
    """
    cells = column.array
    if len(rows) <= _PIECE or not _is_text(column) or getattr(column.dtype, "storage", "python") != "python":
        return cells.take(rows)
    source, out = np.asarray(cells, dtype=object), np.empty(len(rows), dtype=object)
    for part in pieces(len(rows), _PIECE):
        out[part] = source[rows[part]]
    # What is built from cells of its own type need not be looked through again, which would take as long.
    return cells._from_backing_data(out)


def take_rows(frame: pd.DataFrame, rows: npt.NDArray[np.integer]) -> pd.DataFrame:
    """Return the rows at these positions, none of them negative, with an index 0..m-1.

    Parameters
    ----------
    frame : DataFrame
        Its columns have different names.
    rows : (m,) array of int
    """
    index = pd.RangeIndex(len(rows))
    if len(rows) <= _PIECE or not any(_is_text(frame[name]) for name in frame.columns):
        return frame.take(rows).set_axis(index, axis=0)
    # The type is said: pandas would take a column of objects that are all texts for one of texts.
    cells = {
        name: pd.Series(take(frame[name], rows), index=index, dtype=frame[name].dtype, copy=False)
        for name in frame.columns
    }
    return pd.DataFrame(cells, index=index, columns=frame.columns, copy=False)


def _index(values: list[Any], dtype: Any) -> pd.Index:
    parts = [pd.Series(values[part], dtype=dtype) for part in pieces(len(values), _PIECE)]
    return pd.Index(pd.concat(parts, ignore_index=True)) if parts else pd.Index([], dtype=dtype)


def _is_long_text(column: pd.Series) -> bool:
    return _is_text(column) and len(column) > _PIECE


def _is_text(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.StringDtype) or column.dtype == object
