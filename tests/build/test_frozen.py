"""What is inside the frozen program. The test command freezes it and names its folder in MIXGUI_FROZEN."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import bundle
import pytest

FOLDER = os.environ.get("MIXGUI_FROZEN", "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="the program is not frozen here; python3 build_scripts/test.py does it"
)

# Made by PyInstaller for the start of the program; not imported, and with no licence but its own.
_OF_THE_BUILD = {
    "_pyi_rth_utils",
    "pyimod01_archive",
    "pyimod02_importlib",
    "pyimod03_ctypes",
    "pyimod04_pywin32",
    "resources",
}


@pytest.fixture(scope="module")
def libraries() -> Path:
    """Return the folder of everything but the program's own file."""
    if sys.platform == "darwin":
        return Path(FOLDER) / "MixGUI.app" / "Contents" / "Resources"
    return Path(FOLDER) / "MixGUI" / "_internal"


@pytest.fixture(scope="module")
def modules() -> frozenset[str]:
    """Return the names of the Python modules in the program's archive."""
    from PyInstaller.archive.readers import CArchiveReader

    programs = {"win32": "MixGUI/MixGUI.exe", "darwin": "MixGUI.app/Contents/MacOS/MixGUI"}
    archive = CArchiveReader(str(Path(FOLDER) / programs.get(sys.platform, "MixGUI/mixgui")))
    name = next(name for name in archive.toc if name.startswith("PYZ"))
    return frozenset(archive.open_embedded_archive(name).toc)


@pytest.fixture(scope="module")
def files(libraries: Path) -> frozenset[str]:
    """Return the files beside the archive."""
    return frozenset(
        file.relative_to(libraries).as_posix() for file in libraries.rglob("*") if file.is_file()
    )


def test_everything_needed_and_nothing_forbidden_is_inside(
    modules: frozenset[str], files: frozenset[str]
) -> None:
    assert bundle.problems(modules, files) == []


def test_the_folder_is_not_too_large(libraries: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("no limit was set for this system")
    size = sum(file.stat().st_size for file in libraries.parent.rglob("*") if not file.is_symlink())
    assert size < {"win32": 240e6}.get(sys.platform, 340e6)


def test_nothing_of_the_builder_is_inside(libraries: Path) -> None:
    names = [file.name for file in libraries.rglob("*")]
    assert not [name for name in names if name.endswith((".pyc", ".pdb", ".a"))]
    assert len(names) > 100


def _packages(modules: frozenset[str], files: frozenset[str]) -> Iterator[str]:
    """Name the distributions whose modules are inside."""
    owners = metadata.packages_distributions()
    compiled = {Path(name).parts[0].split(".")[0] for name in files if name.endswith((".so", ".pyd"))}
    tops = {name.split(".")[0] for name in modules} | (compiled & set(owners))
    for top in tops - set(sys.stdlib_module_names) - _OF_THE_BUILD - {"mixgui"}:
        if not top.startswith("_sysconfigdata_"):  # Python's own
            yield from owners.get(top, [f"an unknown package with {top}"])


def test_the_licence_of_every_package_is_inside(
    libraries: Path, modules: frozenset[str], files: frozenset[str]
) -> None:
    folder = libraries / "resources" / "licences"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    listed = {_plain(entry["name"]) for entry in index}
    inside = {_plain(name) for name in _packages(modules, files)}
    assert inside >= {
        "numpy",
        "scipy",
        "pandas",
        "matplotlib",
        "statsmodels",
        "pyside6-essentials",
        "qtawesome",
    }
    assert sorted(inside - listed) == []
    for entry in index:
        assert entry["licence"]
        texts = [(folder / name).read_text(encoding="utf-8") for name in entry["files"]]
        assert sum(map(len, texts)) > 200, entry["name"]


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def test_qt_is_passed_on_under_the_lgpl(libraries: Path) -> None:
    text = (libraries / "resources" / "licences" / "PySide6_Essentials.txt").read_text(encoding="utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert "GNU GENERAL PUBLIC LICENSE" in text
