"""The program's version: read, and stamped from a release tag."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "mixgui" / "__init__.py"
# Tells the program where its users find newer versions; only a release has it.
RELEASE_FILE = FILE.parent.parent / "resources" / "release.json"
_LINE = re.compile(r'^__version__ = "([^"]*)"$', re.MULTILINE)
_VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")


def current_version() -> str:
    """Return the version that the source names."""
    found = _LINE.search(FILE.read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f"{FILE.name} of the package names no __version__.")
    return found.group(1)


def stamp(version: str) -> None:
    """Write a version, such as that of a tag, into the source, and where newer ones are going to be.

    The page is that of the repository whose workflow runs; on other machines there is none.

    Parameters
    ----------
    version : str
        As "1.2.3", "v1.2.3" or "1.2.3rc1".
    """
    bare = version.removeprefix("v")
    if not _VERSION.fullmatch(bare):
        raise SystemExit(f"{version!r} is no version; one looks like 1.2.3 or 1.2.3rc1.")
    text = FILE.read_text(encoding="utf-8")
    FILE.write_text(_LINE.sub(f'__version__ = "{bare}"', text), encoding="utf-8")
    server, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    if server and repository:
        page = {"page": f"{server}/{repository}/releases"}
        RELEASE_FILE.write_text(json.dumps(page), encoding="utf-8")


def four_numbers(version: str) -> tuple[int, int, int, int]:
    """Return a version as Windows wants it: "1.2.3rc1" is (1, 2, 3, 0)."""
    numbers = [int(part) for part in re.match(r"\d+(\.\d+)*", version).group().split(".")]  # type: ignore[union-attr]
    padded = [*numbers, 0, 0, 0, 0][:4]
    return padded[0], padded[1], padded[2], padded[3]
