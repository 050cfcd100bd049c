"""Writing a file so that the old one or the new one is there, never half of one."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from mixgui.errors import ExportError

_ABANDONED = 600  # seconds without a byte written


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file beside the target and put it in its place when it is complete.

    Parameters
    ----------
    path : Path
        The target. A link is followed, so that it stays a link.
    write : callable
        Gets the open binary file. If it raises, the target is untouched and nothing is left behind.

    Raises
    ------
    ExportError
        If the file cannot be written; says why and what to do.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder", str(target))
        part = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
        _sweep(target)
        try:
            with part.open("wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, part)
            part.replace(target)
            _settle(target.parent)
        except BaseException:  # also when the user cancelled
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _refusal(path, error) from error


def _sweep(target: Path) -> None:
    """Remove what a program that was killed while it wrote has left; what still grows belongs to another one."""
    with contextlib.suppress(OSError):
        for part in target.parent.glob(f".{glob.escape(target.name[:100])}.*.part"):
            with contextlib.suppress(OSError):
                if time.time() - part.stat().st_mtime > _ABANDONED:
                    part.unlink()


def _settle(folder: Path) -> None:
    """Let the disk know of a replaced file, where a folder can be told (not on Windows)."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refusal(path: Path, error: OSError) -> ExportError:
    """Return the sentence for what the system said."""
    name, folder = path.name, path.parent
    if error.errno == errno.ENOSPC:
        return ExportError(f"The disk is full, so “{name}” was not written.", "Make room and try again.")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ExportError(f"The folder “{folder}” does not exist.", "Choose another folder.")
    if isinstance(error, IsADirectoryError):
        return ExportError(f"“{path}” is a folder, not a file.", "Choose another name.")
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return ExportError(
            f"“{name}” cannot be written in “{folder}”.",
            "If the file is open in another program, close it there; otherwise choose another folder.",
        )
    if error.errno in (errno.ENAMETOOLONG, errno.EINVAL):
        return ExportError(f"The system does not accept “{name}” as a file name.", "Choose another name.")
    return ExportError(
        f"“{name}” was not written: {error.strerror or error}.", "Choose another folder or name."
    )
