"""Work on long columns of text in pieces, so that the window keeps moving meanwhile.

A worker that is inside one call on a million Python strings does not let go of the interpreter, and the window
cannot paint: 100 ms for numbering them, 400 ms for making texts of numbers. Between pieces it can. Numbers are
not cut: pandas and NumPy let go of the interpreter for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.turns import pieces

_PIECE = 5_000  # rows: a millisecond of work on texts
_ROOM = 1 << 17  # cells: a megabyte


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
    return _number_texts(column) or _number_objects(column)


def _number_texts(column: pd.Series) -> tuple[npt.NDArray[np.intp], pd.Index] | None:
    """Number a column of texts with one dictionary; None when it is of another type.

    pandas' table cannot be kept from one piece to the next: every piece would learn all its texts anew, which takes
    three times as long when there are many different ones.
    """
    if not isinstance(column.dtype, pd.StringDtype) or column.dtype.storage != "python":
        return None
    cells, codes = np.asarray(column.array, dtype=object), np.empty(len(column), dtype=np.intp)
    places: defaultdict[Any, int] = defaultdict(count().__next__)
    gap = column.dtype.na_value
    places[gap] = -1
    place = places.__getitem__
    for part in pieces(len(column), _PIECE):
        some = cells[part].tolist()
        codes[part] = np.fromiter(map(place, some), np.intp, len(some))
    del places[gap]
    values = _index(list(places), column.dtype)
    return (
        None if values.hasnans else (codes, values)
    )  # pandas has one object for all missing texts, others may not


def _number_objects(column: pd.Series) -> tuple[npt.NDArray[np.intp], pd.Index]:
    """Number a column of any objects, as pandas compares them."""
    places: dict[Any, int] = {}
    codes = np.empty(len(column), dtype=np.intp)
    for part in pieces(len(column), _PIECE):
        found, some = pd.factorize(column.iloc[part])
        place = [places.setdefault(value, len(places)) for value in some.to_numpy(dtype=object).tolist()]
        place.append(-1)  # what -1 points to
        codes[part] = np.array(place, dtype=np.intp)[found]
    return codes, _index(list(places), column.dtype)


def fill(
    n: int, size: int, cells: Callable[[slice], Sequence[Any] | npt.NDArray[np.object_]]
) -> npt.NDArray[np.object_]:
    """Make an array of objects in pieces.

    Its memory, too, is touched in pieces: `numpy.empty` writes to all of it before it lets go of the interpreter,
    which takes 50 ms for three million cells when the system has to find the memory first.

    Parameters
    ----------
    n : int
        Length of the array.
    size : int
        Cells in a piece.
    cells : callable
        Returns the cells of a piece; called for one after the other.

    Returns
    -------
    (n,) array of object
    """
    out = _untouched(n)
    for part in pieces(n, size):
        out[part] = cells(part)
    return out


def _untouched(n: int) -> npt.NDArray[np.object_]:
    """Return an array of None that the system has not yet had to find memory for, as iterators of NumPy make it."""
    made = np.nditer(
        [None],
        flags=["refs_ok"],
        op_flags=[["writeonly", "allocate"]],
        op_dtypes=[np.dtype(object)],
        itershape=(n,),
    )
    return made.operands[0]


def count_codes(codes: npt.NDArray[np.integer], n: int) -> npt.NDArray[np.intp]:
    """Count the rows of each code.

    Parameters
    ----------
    codes : (rows,) array of int
        0 to `n` - 1; -1 where missing.
    n : int

    Returns
    -------
    counts : (n,) array of int
    """
    counts = np.zeros(n + 1, dtype=np.intp)  # the last place takes what is missing
    for part in pieces(len(codes), _ROOM):
        np.add.at(
            counts, codes[part], 1
        )  # also faster than np.bincount, which needs a copy without the missing
    return counts[:n]


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
    source = np.asarray(cells, dtype=object)
    out = fill(len(rows), _PIECE, lambda part: source[rows[part]])
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
