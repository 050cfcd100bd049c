"""Compressed files: what is inside is unpacked into a temporary folder and read from there.

The limits are against archives that are made to fill a disk, and against files that nobody could open anyway.
"""

from __future__ import annotations

import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mixgui.data.file_formats import all_endings, compression_of, open_compressed
from mixgui.data.read_options import ReadNote
from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress, silent

#: The most that is unpacked, in bytes; tables of this size do not fit into the memory of a desktop computer.
MOST_BYTES = 4 << 30
_BLOCK = 1 << 20
_HINT = "Unpack it yourself, and open the file with the table."


@contextmanager
def unpacked(path: Path, member: str = "", observer: Observer = silent) -> Iterator[Path]:
    """Give the path of a file with the table: the file itself, or what is in the archive, for a while.

    Parameters
    ----------
    path : Path
    member : str
        Which file of a zip archive; without it the only one (`choose_member`).
    observer : Observer
        Told the progress; may raise `Cancelled`.

    Raises
    ------
    ReadError
        When the archive is damaged, protected by a password, too large, or holds no such file.
    """
    compression = compression_of(path)
    if not compression:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="mixgui-", ignore_cleanup_errors=True) as folder:
        if compression == "zip":
            name = member or choose_member(path)[0]
            target = Path(folder) / _safe_name(name, path)
            _unpack_zip(path, name, target, observer)
        else:
            inner = path.stem if path.suffix.lower() in (".gz", ".bz2", ".xz") else path.name
            target = Path(folder) / _safe_name(inner, path)
            _unpack_stream(path, compression, target, observer)
        yield target


def members(path: Path) -> tuple[str, ...]:
    """Return the files of a zip archive that may hold a table; those with a known ending if there are any."""
    if compression_of(path) != "zip":
        return ()
    with _zip(path) as archive:
        names = [
            info.filename
            for info in archive.infolist()
            if not info.is_dir() and info.file_size and not _is_litter(info.filename)
        ]
    known = tuple(name for name in names if PurePosixPath(name).suffix.lower() in all_endings())
    return known or tuple(names)


def choose_member(path: Path) -> tuple[str, list[ReadNote]]:
    """Return the file of an archive to read, and a doubt if there are several ("" if it is no zip archive)."""
    if compression_of(path) != "zip":
        return "", []
    found = members(path)
    if not found:
        raise ReadError(f"“{path.name}” contains no file with a table.", "Choose another file.")
    if len(found) == 1:
        return found[0], []
    text = f"“{path.name}” contains {len(found)} files; “{found[0]}” was read."
    return found[0], [ReadNote("warning", text, doubt=True)]


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or parts[0] == "__MACOSX" or parts[-1].startswith(("._", ".DS_Store", "~$"))


def _safe_name(name: str, path: Path) -> str:
    """Return the last part of a name: an archive must not say where its files go."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join("_" if c in '<>:"|?*' or ord(c) < 32 else c for c in last)
    return kept if kept.strip(". ") else path.stem or "table"


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        what = "spreadsheet" if path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".ods") else "zip archive"
        raise ReadError(f"The {what} “{path.name}” is damaged.", "Copy or download it again.") from error
    except (RuntimeError, NotImplementedError) as error:  # so zipfile calls passwords and rare methods
        if "password" in str(error).lower():
            raise ReadError(f"The archive “{path.name}” is protected by a password.", _HINT) from error
        raise ReadError(
            f"The archive “{path.name}” is packed in a way that is not understood.", _HINT
        ) from error


def _unpack_zip(path: Path, name: str, target: Path, observer: Observer) -> None:
    with _zip(path) as archive:
        try:
            info = archive.getinfo(name)
        except KeyError as error:
            known = ", ".join(f"“{one}”" for one in members(path)[:5])
            raise ReadError(f"“{path.name}” contains no file “{name}”.", f"It contains {known}.") from error
        if info.flag_bits & 1:
            raise ReadError(f"The archive “{path.name}” is protected by a password.", _HINT)
        _refuse_large(path, info.file_size, needed=info.file_size)
        with archive.open(info) as source:
            _copy(source, target, path, observer, info.file_size)  # type: ignore[arg-type]


def _unpack_stream(path: Path, compression: str, target: Path, observer: Observer) -> None:
    try:
        with open_compressed(path, compression) as source:
            _copy(source, target, path, observer, 0)
    except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the archive
        raise ReadError(
            f"The compressed file “{path.name}” is damaged.", "Copy or download it again."
        ) from error


def _copy(source: BinaryIO, target: Path, path: Path, observer: Observer, size: int) -> None:
    done = 0
    with target.open("wb") as file:
        while block := source.read(_BLOCK):
            if not done % (64 * _BLOCK):
                _refuse_large(path, done, needed=64 * _BLOCK)
            done += len(block)
            file.write(block)
            observer(Progress(f"Unpacking {path.name}", min(done / size, 1.0) if size else None))


def _refuse_large(path: Path, size: int, *, needed: int) -> None:
    """Raise `ReadError` when too much would be, or was, unpacked, or the disk has no room for what comes."""
    if size > MOST_BYTES:
        raise ReadError(f"“{path.name}” unpacks to more than {MOST_BYTES >> 30} GB.", _HINT)
    if needed > 0.9 * shutil.disk_usage(tempfile.gettempdir()).free:
        raise ReadError(f"There is no room on the disk to unpack “{path.name}”.", "Make room, and try again.")
