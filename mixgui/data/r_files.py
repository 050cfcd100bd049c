"""Data frames of R (.rds, .RData, .rda): factors keep the order of their levels, missing stays missing."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from mixgui.data.archives import MOST_BYTES
from mixgui.data.codebook import VariableInfo
from mixgui.data.file_formats import open_compressed, packing_of
from mixgui.data.r_columns import FrameBuilder
from mixgui.data.r_format import RFormatError, RPairs, RVector, read_serialized
from mixgui.data.read_options import ReadNote, ReadOptions, ReadResult
from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress, silent

_BLOCK = 1 << 20
_DEEPEST = 3  # lists in lists in which data frames are looked for


def sniff_r(path: Path) -> ReadOptions:
    """Return the options of an R file; which data frame is found out when it is read."""
    return ReadOptions(format="r", encoding="utf-8")


def frame_names(path: Path, observer: Observer = silent) -> tuple[str, ...]:
    """Return the data frames (and matrices) of a file, those in lists as "list$name"."""
    return tuple(_tables(_load(path, observer)))


def read_r(
    path: Path, options: ReadOptions, observer: Observer = silent, most_rows: int | None = None
) -> ReadResult:
    """Read a data frame of R (see `readers.read_table`)."""
    found = _tables(_load(path, observer))
    if not found:
        raise ReadError(
            f"“{path.name}” holds no data frame.",
            "Save the data frame itself in R, with saveRDS(data, file), and open that file.",
        )
    notes: list[ReadNote] = []
    name = options.object_name
    if name and name not in found:
        known = ", ".join(f"“{one}”" for one in list(found)[:5])
        raise ReadError(f"“{path.name}” holds no data frame “{name}”.", f"It holds {known}.")
    if not name:
        name = next(iter(found))
        if len(found) > 1:
            others = ", ".join(f"“{one}”" for one in list(found)[1:6])
            text = f"“{path.name}” holds {len(found)} data frames; “{name}” was read. Others are {others}."
            notes.append(ReadNote("warning", text, doubt=True))
    builder = FrameBuilder(options, observer)
    try:
        frame = builder.frame(found[name])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise _damaged(path) from error  # attributes of a kind that R never gives them
    if most_rows is not None:
        frame = frame.head(most_rows)
    if not len(frame):
        what = "columns but no rows" if frame.shape[1] else "neither columns nor rows"
        notes.append(ReadNote("warning", f"The data frame has {what}."))
    notes += builder.notes
    book = tuple((column, info) for column, info in builder.book if info != VariableInfo())
    misfits = builder.misfits
    return ReadResult(
        frame,
        options,
        tuple(sorted(notes, key=lambda note: note.severity != "warning")),
        book,
        misfits.listed(),
        misfits.count,
    )


def _load(path: Path, observer: Observer) -> Any:
    """Uncompress a file and read the object in it."""
    with path.open("rb") as file:
        head = file.read(8)
    try:
        with open_compressed(path, packing_of(head)) as file:
            data = _uncompressed(file, path, observer)
        return read_serialized(data, observer)
    except (RFormatError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _damaged(path) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged(path) from error


def _uncompressed(file: BinaryIO, path: Path, observer: Observer) -> bytes:
    made = bytearray()
    while block := file.read(_BLOCK):
        made += block
        if len(made) > MOST_BYTES:
            raise ReadError(f"“{path.name}” does not fit into the memory.", "Save a smaller part of it in R.")
        observer(Progress(f"Unpacking {path.name}"))
    return bytes(made)


def _damaged(path: Path) -> ReadError:
    return ReadError(
        f"The R file “{path.name}” is damaged or of a version that is not understood.",
        "Save it again in R with saveRDS(data, file), or export it with write.csv.",
    )


def _tables(root: Any) -> dict[str, RVector]:
    """Return what can be a table, by name; a file of one unnamed object gives it the name "data".

    Data frames come before matrices, those at the top before those in lists (and in models).
    """
    if _is_table(root):
        return {"data": root}
    if isinstance(root, RPairs):
        found = list(_walk([(tag, value) for tag, value in root.pairs], ""))
    elif isinstance(root, RVector) and root.kind == "list":
        found = list(_walk(_named(root), ""))
    else:
        return {}
    return dict(sorted(found, key=lambda one: (one[1].kind != "list", one[0].count("$"))))


def _walk(items: list[tuple[str, Any]], prefix: str, depth: int = 1) -> Iterator[tuple[str, RVector]]:
    for name, value in items:
        path = f"{prefix}{name}"
        if _is_table(value):
            yield path, value
        elif isinstance(value, RVector) and value.kind == "list" and depth < _DEEPEST:
            yield from _walk(_named(value), f"{path}$", depth + 1)


def _named(value: RVector) -> list[tuple[str, Any]]:
    names = value.attributes.get("names")
    texts = names.values if isinstance(names, RVector) else []
    return [
        ((texts[i] if i < len(texts) and texts[i] else f"{i + 1}"), one) for i, one in enumerate(value.values)
    ]


def _is_table(value: Any) -> bool:
    if not isinstance(value, RVector):
        return False
    if value.kind == "list":
        classes = value.attributes.get("class")
        return isinstance(classes, RVector) and "data.frame" in classes.values
    dim = value.attributes.get("dim")
    return isinstance(dim, RVector) and len(dim.values) == 2
