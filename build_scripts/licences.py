"""The licences of everything that travels with the program, collected from the installed packages.

python licences.py FOLDER [REQUIREMENT ...]   writes one text for each package and index.json in FOLDER.

Runs in the environment. Follows the requirements that are really installed, so that nothing is forgotten when a
package gets a new dependency. index.json is a list of {name, version, licence, homepage, files}.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import cast

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
TEXTS = Path(__file__).resolve().parent / "licence_texts"
_LICENCE_FILE = re.compile(
    r"(^|/)(licen[cs]e|copying|copyright|notice|authors)[^/]*$|/licenses/", re.IGNORECASE
)
_CLASSIFIER = "License :: OSI Approved :: "
# Under these we pass Qt on; their packages have no text of it. The LGPL refers to the GPL, so both are needed.
_LGPL = ("LGPL-3.0.txt", "GPL-3.0.txt")
_ADDED_TEXTS = {"PySide6_Essentials": _LGPL, "shiboken6": _LGPL}
# Said by the projects themselves, but not (or not exactly) in a field of their packages.
_KNOWN = {
    "PySide6_Essentials": "LGPL-3.0-only",
    "shiboken6": "LGPL-3.0-only",
    "pyinstaller": "GPL-2.0-or-later WITH Bootloader-exception",
}
_BUILD_ONLY = {"setuptools", "pip", "wheel", "altgraph", "pefile", "pywin32-ctypes", "macholib"}


def installed(requirements: Iterable[str]) -> Iterator[metadata.Distribution]:
    """Go through the packages that requirements bring, each once, with what they need themselves."""
    seen: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop(0)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if name in seen or name in _BUILD_ONLY:
            continue
        seen.add(name)
        package = metadata.distribution(wanted.name)
        yield package
        waiting += [Requirement(text) for text in package.requires or ()]


def _fields(package: metadata.Distribution) -> Message:
    """Return the metadata as what they are, of which the declared type shows less."""
    return cast(Message, package.metadata)


def licence_name(package: metadata.Distribution) -> str:
    """Return the name of a package's licence, as SPDX where the package says so."""
    about = _fields(package)
    short = _KNOWN.get(str(about["Name"])) or about.get("License-Expression") or about.get("License") or ""
    if 0 < len(short) <= 80 and "\n" not in short:
        return str(short)
    classes = [line.removeprefix(_CLASSIFIER) for line in about.get_all("Classifier") or ()]
    known = [line for line in classes if not line.startswith(("License ::",)) and "License" in line]
    return ", ".join(known) or "see the text"


def licence_texts(package: metadata.Distribution) -> list[tuple[str, str]]:
    """Return (file, text) of the licences that a package carries."""
    texts = []
    for file in package.files or ():
        if _LICENCE_FILE.search(str(file).replace("\\", "/")) and file.suffix not in {".py", ".pyc", ".pyi"}:
            path = Path(str(file.locate()))
            if path.is_file():
                texts.append((str(file), path.read_text(encoding="utf-8", errors="replace")))
    added = _ADDED_TEXTS.get(str(package.metadata["Name"]), ())
    return texts + [(name, (TEXTS / name).read_text(encoding="utf-8")) for name in added]


def main(folder: Path, requirements: list[str]) -> int:
    """Write the licences of the packages behind requirements into a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    index = [_write_own(folder), _write_python(folder)]
    for package in sorted(installed(requirements), key=lambda one: str(one.metadata["Name"]).lower()):
        name = str(package.metadata["Name"])
        texts = licence_texts(package)
        licence = licence_name(package)
        if not texts:
            raise SystemExit(f"{name} carries no licence: it must not be bundled.")
        body = "\n\n".join(f"{'=' * 20} {file}\n\n{text.strip()}" for file, text in texts)
        file = _write(folder, name, f"{name} {package.version}\nLicence: {licence}\n\n{body}\n")
        index.append(
            {
                "name": name,
                "version": package.version,
                "licence": licence,
                "homepage": _homepage(package),
                "files": [file],
            }
        )
    (folder / "index.json").write_text(json.dumps(index, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


def _write(folder: Path, name: str, text: str) -> str:
    file = f"{name}.txt"
    (folder / file).write_text(text, encoding="utf-8")
    return file


def _write_own(folder: Path) -> dict[str, object]:
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from versions import current_version

    file = _write(folder, "MixGUI", (ROOT / "LICENSE").read_text(encoding="utf-8"))
    version = current_version()
    return {
        "name": "MixGUI",
        "version": version,
        "licence": "BSD-3-Clause",
        "homepage": "",
        "files": [file],
    }


def _write_python(folder: Path) -> dict[str, object]:
    """Write the licence of Python itself: its file where there is one, else what `license()` refers to."""
    here = Path(sys.base_prefix)
    places = [here / "LICENSE.txt", here / "LICENSE", *here.glob("lib/python3*/LICENSE.txt")]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        text = f"{sys.copyright}\n\nThe licence of Python: https://docs.python.org/3/license.html\n"
    else:
        text = found.read_text(encoding="utf-8", errors="replace")
    version = ".".join(str(part) for part in sys.version_info[:3])
    file = _write(folder, "Python", text)
    return {
        "name": "Python",
        "version": version,
        "licence": "PSF-2.0",
        "homepage": "https://www.python.org",
        "files": [file],
    }


def _homepage(package: metadata.Distribution) -> str:
    about = _fields(package)
    if about.get("Home-page"):
        return str(about["Home-page"])
    links = dict(line.split(", ", 1) for line in about.get_all("Project-URL") or () if ", " in line)
    return next(
        (links[key] for key in links if key.lower() in {"homepage", "home", "source", "repository"}), ""
    )


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2:]))
