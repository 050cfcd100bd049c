"""What this program is, and the versions that a bug report or a methods section needs."""

from __future__ import annotations

import json
import platform
from importlib import metadata

from PySide6.QtCore import QSize, Qt, QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mixgui import __version__
from mixgui.gui.icons import application_icon
from mixgui.gui.licences_dialog import LicencesDialog
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.theme import DOUBLE, SPACE, icon, make_heading, make_muted
from mixgui.paths import resources

RELEASE_FILE = "release.json"  # a released program has it among its resources: {"page": "https://..."}
_LIBRARIES = (
    *("PySide6-Essentials", "numpy", "scipy", "pandas", "statsmodels", "matplotlib"),
    *("python-calamine", "pyreadstat"),
)


def versions_text() -> str:
    """Return the versions of the program and of what it stands on, a line each."""
    lines = [
        f"MixGUI {__version__}",
        f"Python {platform.python_version()}",
        f"Qt {qVersion()}",
        f"{platform.system()} {platform.release()} ({platform.machine()})",
    ]
    bundled = _bundled_versions()
    for name in _LIBRARIES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:  # a frozen program carries no metadata, but its licences
            if _plain(name) in bundled:
                lines.append(f"{name} {bundled[_plain(name)]}")
    return "\n".join(lines)


def _bundled_versions() -> dict[str, str]:
    """Return the versions of the packages in a built program, by their plain names."""
    try:
        index = json.loads((resources() / "licences" / "index.json").read_text(encoding="utf-8"))
        return {_plain(one["name"]): str(one["version"]) for one in index}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def releases_page() -> str:
    """Return the page on which newer versions are found; empty for a copy that is no release."""
    try:
        page = json.loads((resources() / RELEASE_FILE).read_text(encoding="utf-8"))["page"]
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return page if isinstance(page, str) and page.startswith("https://") else ""


def check_for_updates(messages: MessageBar) -> None:
    """Open the page with the releases in the browser: the program itself never asks the network anything."""
    page = releases_page()
    if not page:
        messages.show_message(
            f"This is MixGUI {__version__}, a copy that is no release.",
            "Look for a newer one where you got it.",
        )
    elif not QDesktopServices.openUrl(QUrl(page)):
        messages.show_message("No browser could be opened.", f"The newest version is at {page}.", "warning")


class AboutDialog(QDialog):
    """Name, purpose, licence and versions; a button copies the versions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about_dialog")
        self.setWindowTitle("About MixGUI")
        self.setModal(False)
        logo = QLabel(self)
        logo.setPixmap(application_icon().pixmap(QSize(64, 64), self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.addWidget(make_heading(f"MixGUI {__version__}", 1, self))
        words.addWidget(
            make_muted(
                "Mixed-effects (multilevel) regression by pointing and clicking. Licence: BSD-3-Clause.", self
            )
        )
        head = QHBoxLayout()
        head.setSpacing(DOUBLE)
        head.addWidget(logo, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        self.versions = QLabel(versions_text(), self)
        self.versions.setObjectName("about_versions")
        self.versions.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        copy = QPushButton(icon("copy"), "Copy versions", self)
        copy.setObjectName("about_copy")
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.versions.text()))
        close = QPushButton("Close", self)
        close.setObjectName("about_close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        licences = QPushButton("Licences…", self)
        licences.setObjectName("about_licences")
        licences.setAutoDefault(False)
        licences.clicked.connect(self._show_licences)
        foot.addWidget(copy)
        foot.addWidget(licences)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        column.setSpacing(DOUBLE)
        column.addLayout(head)
        column.addWidget(make_heading("Versions", 3, self))
        column.addWidget(self.versions)
        column.addLayout(foot)
        self.setMinimumWidth(SPACE * 55)
        self._licences: LicencesDialog | None = None

    def _show_licences(self) -> None:
        if self._licences is None:
            self._licences = LicencesDialog(self)
        self._licences.show()
        self._licences.raise_()
