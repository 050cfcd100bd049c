"""The licences of everything that the program stands on."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.theme import DOUBLE, SPACE, make_heading, make_muted, set_kind
from mixgui.paths import resources

_WORDS = ("licen", "copying", "notice")


class Licence(NamedTuple):
    """A package, what its licence is called, and its text."""

    name: str
    version: str
    kind: str
    text: str


def licences(folder: Path | None = None) -> tuple[Licence, ...]:
    """Return the licences that travel with a built program, or those of the packages installed beside the source.

    Parameters
    ----------
    folder : Path, optional
        With `index.json` and the texts; by default in the resources of a built program.
    """
    folder = resources() / "licences" if folder is None else folder
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        return tuple(
            Licence(
                str(one["name"]),
                str(one["version"]),
                str(one["licence"]),
                "\n\n".join(_read(folder / name) for name in one["files"]),
            )
            for one in index
        )
    except (OSError, ValueError, LookupError, TypeError):
        return (_own(), *_installed())


def _own() -> Licence:
    from mixgui import __version__

    return Licence("MixGUI", __version__, "BSD-3-Clause", _read(resources().parent / "LICENSE"))


def _installed() -> tuple[Licence, ...]:
    """Return the licences of what MixGUI needs, as far as they are installed."""
    names = ["PySide6-Essentials", "shiboken6", "numpy", "scipy", "pandas", "statsmodels", "matplotlib"]
    names += ["charset-normalizer", "platformdirs", "QtAwesome", "python-calamine", "pyreadstat"]
    found = []
    for name in names:
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        about = package.metadata
        words = next((about[key] for key in ("License-Expression", "License") if key in about), "")
        kind = str(words).splitlines()
        texts = [
            file.read_text(encoding="utf-8")
            for file in package.files or ()
            if any(word in file.name.lower() for word in _WORDS)
            and file.suffix.lower() in ("", ".txt", ".md", ".rst")
        ]
        text = "\n\n".join(texts) or "The text of the licence is not installed with the package."
        found.append(Licence(name, package.version, kind[0] if kind else "", text))
    return tuple(found)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "The text of the licence is not there."


class LicencesDialog(QDialog):
    """A list of packages and the text of the chosen one's licence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("licences_dialog")
        self.setWindowTitle("Licences")
        self._licences = licences()
        self.packages = QListWidget(self)
        self.packages.setObjectName("licences_packages")
        self.packages.setAccessibleName("Packages")
        set_kind(self.packages, "framed")
        for one in self._licences:
            item = QListWidgetItem(f"{one.name} {one.version}", self.packages)
            item.setToolTip(one.kind)
            item.setSizeHint(QSize(0, SPACE * 3))
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("licences_text")
        self.text.setAccessibleName("Text of the licence")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.packages.currentRowChanged.connect(self._show)
        parts = QSplitter(Qt.Orientation.Horizontal, self)
        parts.addWidget(self.packages)
        parts.addWidget(self.text)
        parts.setStretchFactor(1, 1)
        parts.setSizes([SPACE * 26, SPACE * 60])
        parts.setChildrenCollapsible(False)
        close = QPushButton("Close", self)
        close.setObjectName("licences_close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        column.setSpacing(SPACE)
        column.addWidget(make_heading("Licences", 2, self))
        column.addWidget(make_muted("MixGUI is free software and stands on the work of many others.", self))
        column.addWidget(parts, 1)
        column.addLayout(foot)
        self.resize(SPACE * 95, SPACE * 65)
        self.packages.setCurrentRow(0)

    @Slot(int)
    def _show(self, row: int) -> None:
        if 0 <= row < len(self._licences):
            one = self._licences[row]
            self.text.setPlainText(f"{one.name}: {one.kind}\n\n{one.text}" if one.kind else one.text)
