"""The columns of a table as plain arrays and back, to the bit; no pickle.

A column becomes a small dictionary (its type and the names of its arrays) and arrays of numbers:

- ``array``: numbers, booleans, dates without time zone: the array itself.
- ``text``: the UTF-8 bytes of all cells one after the other (`bytes`), where each cell ends (`ends`), and which
  cells are missing (`missing`, left out if none is).
- ``words``: text that repeats: which word each cell is (`codes`, -1 for missing), and the words as a text column.
- ``category``: codes, and the categories as a column.
- ``nullable``: values and which of them are missing (pandas' Int64, boolean, Float64 ...).
- ``zoned``: dates with a time zone, as whole numbers in UTC.
- ``objects``: anything else that is known, a cell as a line of JSON.

All loops over cells run in pieces, so that the thread that draws the window is never kept waiting.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.long_columns import fill
from mixgui.errors import ProjectFileError
from mixgui.turns import pieces

Array = npt.NDArray[Any]
Store = Callable[[str, Array], str]  # ending of the array's name, array -> its full name
Fetch = Callable[[str, int | None], Array]  # full name, length if it is known -> array

_PIECE = 1 << 12
_FEWEST_WORDS = 256
_DTYPE = re.compile(r"[<>|=]?([biu][1248]|f(2|4|8|16)|c(8|16|32)|[mM]8\[(\d*)(Y|M|W|D|h|m|s|ms|us|ns)\])")
_NULLABLE = frozenset(
    (
        "Int8",
        "Int16",
        "Int32",
        "Int64",
        "UInt8",
        "UInt16",
        "UInt32",
        "UInt64",
        "Float32",
        "Float64",
        "boolean",
    )
)


def is_plain(dtype: np.dtype[Any]) -> bool:
    """Whether a type of numpy is one that a project may hold: numbers, booleans, dates."""
    return _DTYPE.fullmatch(dtype.str) is not None


def encode(values: Any, store: Store) -> dict[str, Any]:
    """Return a column as a dictionary of what JSON knows; its arrays are given to `store`.

    Parameters
    ----------
    values : pandas.Series or pandas.Index
    store : callable
        Keeps an array under a name that ends as asked, and returns the name.

    Raises
    ------
    ProjectFileError
        When the column holds something that has no place in a file.
    """
    dtype = values.dtype
    if isinstance(dtype, np.dtype) and is_plain(dtype):
        return {"type": "array", "values": store("values", values.to_numpy())}
    if isinstance(dtype, pd.StringDtype):
        missing = "NA" if dtype.na_value is pd.NA else "nan"
        return {**_encode_text(values.to_numpy(dtype=object), values.isna(), store), "missing_is": missing}
    if isinstance(dtype, pd.CategoricalDtype):
        cells = values.array if isinstance(values, pd.Series) else values
        return {
            "type": "category",
            "ordered": bool(dtype.ordered),
            "codes": store("codes", np.asarray(cells.codes)),
            "count": len(dtype.categories),
            "categories": encode(dtype.categories, lambda end, array: store(f"categories.{end}", array)),
        }
    if isinstance(dtype, pd.DatetimeTZDtype):
        plain = values.dt.tz_convert("UTC").dt.tz_localize(None) if isinstance(values, pd.Series) else None
        plain = values.tz_convert("UTC").tz_localize(None) if plain is None else plain
        stored = store("values", plain.to_numpy())
        return {"type": "zoned", "zone": str(dtype.tz), "values": stored}
    if str(dtype) in _NULLABLE:
        missing_cells = np.asarray(values.isna())
        inner = np.dtype(str(dtype).lower().replace("boolean", "bool"))
        filled = values.to_numpy(dtype=inner, na_value=inner.type(0))
        return {
            "type": "nullable",
            "dtype": str(dtype),
            "values": store("values", filled),
            "missing": store("missing", missing_cells),
        }
    if str(dtype) == "object":
        return _encode_objects(values.to_numpy(), store)
    raise ProjectFileError(
        f"A column of the type “{dtype}” cannot be saved in a project.", "Change its type or remove it."
    )


def decode(column: Mapping[str, Any], length: int, fetch: Fetch) -> Any:
    """Return the values of a column as a pandas array or a numpy array.

    Parameters
    ----------
    column : mapping
        What `encode` returned.
    length : int
        Number of cells.
    fetch : callable
        Returns a stored array; refuses one of another length.

    Raises
    ------
    ValueError, KeyError, TypeError
        When the description and the arrays do not fit together.
    """
    kind = column["type"]
    if kind == "array":
        return fetch(column["values"], length)
    if kind in ("text", "words"):
        # "str" and "string" are pandas' two kinds of text: missing is NaN in one and NA in the other.
        dtype = {"nan": "str", "NA": "string"}[column["missing_is"]]
        return pd.array(_decode_text(column, length, fetch), dtype=dtype, copy=False)
    if kind == "category":
        codes = fetch(column["codes"], length)
        categories = pd.Index(decode(column["categories"], _count(column["count"]), fetch), copy=False)
        if codes.dtype.kind != "i":
            raise ValueError("codes are not whole numbers")
        return pd.Categorical.from_codes(codes, categories=categories, ordered=column["ordered"] is True)
    if kind == "zoned":
        plain = pd.DatetimeIndex(fetch(column["values"], length))
        return plain.tz_localize("UTC").tz_convert(column["zone"]).array
    if kind == "nullable":
        if column["dtype"] not in _NULLABLE:
            raise ValueError(column["dtype"])
        values, missing = fetch(column["values"], length), fetch(column["missing"], length)
        kind_of_array = pd.api.types.pandas_dtype(column["dtype"]).construct_array_type()
        return kind_of_array(values, missing)
    if kind == "objects":
        return _decode_objects(column, length, fetch)
    raise ValueError(f"unknown type {kind!r}")


def _encode_text(cells: Array, missing: Any, store: Store) -> dict[str, Any]:
    """Return texts as words if they repeat, else one after the other."""
    missing = np.asarray(missing)
    words: dict[str, int] = {}
    codes = np.empty(len(cells), dtype=np.int32)
    for part in pieces(len(cells), _PIECE):
        codes[part] = [
            words.setdefault(cell, len(words)) if isinstance(cell, str) else -1
            for cell in cells[part].tolist()
        ]
        if len(words) > max(_FEWEST_WORDS, len(cells) // 4):
            return {"type": "text", **_encode_cells(cells, missing, store)}
    if not len(cells):
        return {"type": "text", **_encode_cells(cells, missing, store)}
    distinct = np.array([*words, None], dtype=object)[:-1]  # None keeps numpy from making it text of its own
    kept = _encode_cells(distinct, np.zeros(len(distinct), dtype=bool), lambda e, a: store(f"words.{e}", a))
    return {"type": "words", "codes": store("codes", codes), "count": len(distinct), "words": kept}


def _encode_cells(cells: Array, missing: Array, store: Store) -> dict[str, Any]:
    written: list[bytes] = []
    ends = np.empty(len(cells), dtype=np.int64)
    for part in pieces(len(cells), _PIECE):
        # A lone surrogate (from a file name, say) is no UTF-8, but must come back as it was.
        texts = [
            cell.encode("utf-8", "surrogatepass") if isinstance(cell, str) else b""
            for cell in cells[part].tolist()
        ]
        ends[part] = [len(text) for text in texts]
        written.append(b"".join(texts))
    np.cumsum(ends, out=ends)
    stored = {
        "bytes": store("bytes", np.frombuffer(b"".join(written), dtype=np.uint8)),
        "ends": store("ends", ends),
    }
    return stored | ({"missing": store("missing", missing)} if missing.any() else {})


def _decode_text(column: Mapping[str, Any], length: int, fetch: Fetch) -> Array:
    empty = pd.NA if column["missing_is"] == "NA" else math.nan
    if column["type"] == "text":
        return _decode_cells(column, length, fetch, empty)
    codes, count = fetch(column["codes"], length), _count(column["count"])
    if codes.dtype != np.int32 or (length and not (codes.min() >= -1 and codes.max() < count)):
        raise ValueError("codes are outside the words")
    words = np.empty(count + 1, dtype=object)
    words[:count] = _decode_cells(column["words"], count, fetch, empty)
    words[count] = empty  # which -1 finds
    return fill(length, _PIECE, lambda part: words[codes[part]])


def _decode_cells(column: Mapping[str, Any], length: int, fetch: Fetch, empty: Any) -> Array:
    ends, content = fetch(column["ends"], length), fetch(column["bytes"], None)
    if ends.dtype != np.int64 or content.dtype != np.uint8:
        raise ValueError("texts are of another type")
    last = int(ends[-1]) if length else 0
    if last != len(content) or (length and (ends[0] < 0 or (np.diff(ends) < 0).any())):
        raise ValueError("texts do not end where they should")

    def texts(part: slice) -> list[str]:
        begin, stops = int(ends[part.start - 1]) if part.start else 0, ends[part].tolist()
        raw = content[begin : stops[-1]].tobytes()
        offsets = [stop - begin for stop in stops]
        pairs = zip([0, *offsets[:-1]], offsets, strict=True)
        if raw.isascii():
            text = raw.decode("ascii")
            return [text[a:b] for a, b in pairs]
        return [raw[a:b].decode("utf-8", "surrogatepass") for a, b in pairs]

    cells = fill(length, _PIECE, texts)
    if "missing" in column:
        missing = fetch(column["missing"], length)
        if missing.dtype != np.bool_:
            raise ValueError("what is missing is not yes or no")
        cells[missing] = empty
    return cells


# Cells of a column that holds things of several types: tag -> how it is written, how it is read. The order matters:
# True is an int to Python, a datetime is a date.
_Writer = Callable[[Any], Any]
_CELLS: tuple[tuple[str, type, _Writer, Callable[[Any], Any]], ...] = (
    ("text", str, str, str),
    ("bool", bool, bool, lambda value: value is True),
    ("int", int, str, int),
    ("float", float, float.hex, float.fromhex),
    (
        "time stamp",
        pd.Timestamp,
        lambda x: [x.isoformat(), x.unit],
        lambda x: pd.Timestamp(x[0]).as_unit(x[1]),
    ),
    ("date time", datetime.datetime, datetime.datetime.isoformat, datetime.datetime.fromisoformat),
    ("date", datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    ("time", datetime.time, datetime.time.isoformat, datetime.time.fromisoformat),
    ("decimal", decimal.Decimal, str, decimal.Decimal),
)
_SINGLES: dict[str, Any] = {"none": None, "NA": pd.NA, "NaT": pd.NaT}
_READERS: dict[str, Callable[[Any], Any]] = {tag: read for tag, _, _, read in _CELLS}


def _encode_objects(cells: Array, store: Store) -> dict[str, Any]:
    lines = fill(len(cells), _PIECE, lambda part: [_cell_text(cell) for cell in cells[part].tolist()])
    return {"type": "objects", **_encode_cells(lines, np.zeros(len(lines), dtype=bool), store)}


def _cell_text(cell: Any) -> str:
    for tag, single in _SINGLES.items():
        if cell is single:
            return json.dumps([tag])
    if isinstance(cell, np.generic):
        cell = cell.item()
    for tag, kind, write, _ in _CELLS:
        if isinstance(cell, kind):
            return json.dumps([tag, write(cell)])
    raise ProjectFileError(
        f"A cell that holds a “{type(cell).__name__}” cannot be saved in a project.",
        "Change the type of its column or remove the column.",
    )


def _decode_objects(column: Mapping[str, Any], length: int, fetch: Fetch) -> Array:
    lines = _decode_cells(column, length, fetch, None)
    cells = np.empty(length, dtype=object)  # one by one: a list of them could be taken for a table
    for part in pieces(length, _PIECE):
        for i in range(part.start, part.stop):
            tag, *rest = json.loads(lines[i])
            cells[i] = _READERS[tag](rest[0]) if rest else _SINGLES[tag]
    return cells


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**40:
        raise ValueError(value)
    return value
