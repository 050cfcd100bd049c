"""How large what was built is. Standard library only."""

from __future__ import annotations

from pathlib import Path

import environment


def folder_size(folder: Path) -> int:
    """Return the bytes of all files in a folder; links count nothing."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def report(file: Path) -> None:
    """Say what was made and how large it is."""
    environment.say(f"{file.name}: {file.stat().st_size / 1e6:.1f} MB")
