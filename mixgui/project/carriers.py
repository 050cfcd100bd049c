"""Where the parts of a project are kept: in one ZIP file, or loose in a folder (what is saved aside).

Every part has a name, and a length and checksum that the project's description states: what does not agree with
them is never used. Nothing of what a file claims is believed before it was compared with the size of the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from mixgui.errors import ProjectFileError
from mixgui.project.columns import is_plain
from mixgui.project.migrations import DESCRIPTION

Array = npt.NDArray[Any]
Tick = Callable[[int], None]  # bytes that were written or read since the last call; may raise Cancelled

LARGEST_DESCRIPTION = 32 << 20

_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_WORTH_PACKING = 0.85
# Beyond this nothing is packed, so that a file which unpacks to more and is tiny was not written by this program.
_LARGEST_PACKED = 1 << 30
_LARGEST_UNPACKED = 2 << 30
_LARGEST_RATIO = 200
_LARGEST_HEADER = 1000
_HEADER = re.compile(
    r"\{'descr': '([<>|=]?[a-zA-Z]\d+(?:\[[a-zA-Z0-9]+\])?)', 'fortran_order': False, "
    r"'shape': \((\d{1,15}),\), \} *\n"
)
_NAME = re.compile(r"data/\d{1,9}/\d{1,9}(\.[a-z]+){1,4}\.npy")


@dataclass(frozen=True)
class Part:
    """Length in bytes and checksum of a part."""

    size: int
    checksum: str


class PartWriter(Protocol):
    """Takes the arrays of a project."""

    def add(self, name: str, array: Array, tick: Tick) -> Part:
        """Write an array under a name."""
        ...


class PartReader(Protocol):
    """Gives the parts of a project."""

    def description(self) -> bytes:
        """Return the JSON text."""
        ...

    def array(self, name: str, part: Part, length: int | None, tick: Tick) -> Array:
        """Return an array; raises ValueError when it is not what it should be."""
        ...


def checksum(content: bytes) -> str:
    """Return the checksum of a text: BLAKE2b with 128 bits, in hexadecimal."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


class ZipWriter:
    """Writes a project as one ZIP file.

    Parameters
    ----------
    file : binary file, open for writing
    size : int
        About how many bytes the arrays have: large projects are not packed.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._zip = zipfile.ZipFile(file, "w", compresslevel=1)
        self._pack = size <= _LARGEST_PACKED

    def add(self, name: str, array: Array, tick: Tick) -> Part:
        """Write an array; packed, if that makes it much smaller."""
        array = np.ascontiguousarray(array)
        self._zip.compression = zipfile.ZIP_DEFLATED if self._pack and _packs(array) else zipfile.ZIP_STORED
        with self._zip.open(name, "w", force_zip64=True) as member:
            return _write_array(member, array, tick)

    def __enter__(self) -> ZipWriter:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file, also of one that was not finished (a full disk, say)."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()

    def finish(self, description: bytes) -> None:
        """Write the description and what ends the file."""
        self._zip.compression = zipfile.ZIP_DEFLATED
        with self._zip.open(DESCRIPTION, "w") as member:
            member.write(description)
        self._zip.comment = f"mixgui {checksum(description)}".encode("ascii")
        self._zip.close()


class FolderWriter:
    """Writes arrays as files of a folder; the description is the caller's business."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, array: Array, tick: Tick) -> Part:
        """Write an array."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            return _write_array(file, np.ascontiguousarray(array), tick)


def _write_array(file: Any, array: Array, tick: Tick) -> Part:
    digest, size = hashlib.blake2b(digest_size=16), 0
    for chunk in _npy_chunks(array):
        file.write(chunk)
        digest.update(chunk)
        size += len(chunk)
        tick(len(chunk))
    return Part(size, digest.hexdigest())


class _Header:
    """Takes what numpy writes as the head of an array."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, data: bytes) -> None:
        self.content += data


def _npy_chunks(array: Array) -> Iterator[Any]:
    head = _Header()
    described = np.lib.format.header_data_from_array_1_0(array)
    np.lib.format.write_array_header_1_0(head, described)
    yield head.content
    if array.size:
        raw = _bytes(array)
        for start in range(0, len(raw), _CHUNK):
            yield raw[start : start + _CHUNK]


def _bytes(array: Array) -> memoryview:
    """Return the bytes of an array that is not empty, without a copy."""
    raw: Any = array.reshape(-1).view(np.uint8)
    return memoryview(raw)


def _packs(array: Array) -> bool:
    """Whether the beginning of an array becomes much smaller by packing."""
    if not array.size:
        return False
    raw = _bytes(array)[:_SAMPLE]
    return len(zlib.compress(raw, 1)) < _WORTH_PACKING * len(raw)


class ZipReader:
    """Reads a project from a ZIP file."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        size = path.stat().st_size
        self._zip = zipfile.ZipFile(file)
        members = self._zip.infolist()
        self._members = {member.filename: member for member in members}
        packed, unpacked = sum(m.compress_size for m in members), sum(m.file_size for m in members)
        if len(self._members) < len(members) or packed > size:
            raise zipfile.BadZipFile("members lie over each other")
        if unpacked > max(_LARGEST_UNPACKED, _LARGEST_RATIO * size):
            raise ProjectFileError(
                f"“{path.name}” would unpack to {unpacked / 2**30:,.0f} GB, which no project of this program does.",
                "It was not opened. Ask who gave it to you.",
            )

    @property
    def foreign(self) -> bool:
        """Whether it is a ZIP file of something else."""
        return DESCRIPTION not in self._members and not self._zip.comment.startswith(b"mixgui ")

    def description(self) -> bytes:
        """Return the JSON text, after comparing it with its checksum."""
        member = self._members[DESCRIPTION]
        if member.file_size > LARGEST_DESCRIPTION:
            raise ValueError("the description is too long")
        with self._zip.open(member) as file:
            content = file.read(LARGEST_DESCRIPTION)
        if self._zip.comment != f"mixgui {checksum(content)}".encode("ascii"):
            raise ValueError("the description does not agree with its checksum")
        return content

    def array(self, name: str, part: Part, length: int | None, tick: Tick) -> Array:
        """Return an array."""
        member = self._members[name]
        if member.file_size != part.size:
            raise ValueError(f"{name} has another length")
        with self._zip.open(member) as file:
            return _read_array(file, part, length, tick)


class FolderReader:
    """Reads a project from a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def description(self) -> bytes:
        """Return the JSON text."""
        path = self._folder / DESCRIPTION
        if path.stat().st_size > LARGEST_DESCRIPTION:
            raise ValueError("the description is too long")
        return path.read_bytes()

    def array(self, name: str, part: Part, length: int | None, tick: Tick) -> Array:
        """Return an array."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name} is no name of a part")
        path = self._folder / name
        if path.stat().st_size != part.size:
            raise ValueError(f"{name} has another length")
        with path.open("rb") as file:
            return _read_array(file, part, length, tick)


class _Checked:
    """A file that counts and sums what is read from it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.digest = hashlib.blake2b(digest_size=16)
        self.size = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        data: bytes = self._file.read(size)
        self.digest.update(data)
        self.size += len(data)
        return data

    def fill(self, place: memoryview, tick: Tick) -> None:
        """Fill a place with the next bytes."""
        at = 0
        while at < len(place):
            count = self._file.readinto(place[at : at + _CHUNK])
            if not count:
                raise EOFError("an array ends too early")
            self.digest.update(place[at : at + count])
            at += count
            tick(count)
        self.size += at


def _read_array(file: Any, part: Part, length: int | None, tick: Tick) -> Array:
    checked = _Checked(file)
    dtype, count = _read_header(checked)
    if length is not None and count != length:
        raise ValueError("an array of another length than its table")
    if checked.size + count * dtype.itemsize != part.size:  # before any memory is taken
        raise ValueError("an array of another length")
    array = np.empty(count, dtype=dtype)
    if count:
        checked.fill(_bytes(array), tick)
    if (
        file.read(1) or checked.digest.hexdigest() != part.checksum
    ):  # reading on makes zipfile compare its CRC
        raise ValueError("an array does not agree with its checksum")
    return array


def _read_header(checked: _Checked) -> tuple[np.dtype[Any], int]:
    """Return type and length of an array; only heads as this program writes them are understood."""
    start = checked.read(10)
    if len(start) != 10 or start[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError("no array")
    length = int.from_bytes(start[8:], "little")
    if length > _LARGEST_HEADER:
        raise ValueError("the head of an array is too long")
    found = _HEADER.fullmatch(checked.read(length).decode("ascii"))
    if found is None:
        raise ValueError("the head of an array is not understood")
    dtype = np.dtype(found[1])
    if not is_plain(dtype):
        raise ValueError("an array of another type")
    return dtype, int(found[2])
