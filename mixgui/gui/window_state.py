"""Where the window was and how it was divided, from one start to the next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow, QSplitter

from mixgui.services.settings import Settings


def remember_window(window: QMainWindow, splitters: Sequence[QSplitter], settings: Settings) -> None:
    """Write place, size and division of a window to the settings."""
    settings.set("window/geometry", _encoded(window.saveGeometry()))
    settings.set("window/state", ";".join(_encoded(one.saveState()) for one in splitters))


def restore_window(window: QMainWindow, splitters: Sequence[QSplitter], settings: Settings) -> None:
    """Give a window what was remembered, as far as it fits."""
    geometry = settings.get("window/geometry")
    if geometry:
        window.restoreGeometry(_decoded(geometry))
    states = str(settings.get("window/state")).split(";")
    if len(states) == len(splitters):
        for splitter, state in zip(splitters, states, strict=True):
            splitter.restoreState(_decoded(state))


def _encoded(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _decoded(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "ignore")))
