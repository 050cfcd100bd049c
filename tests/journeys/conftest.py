"""The whole program for journeys: its own settings, and only the screenless platform's own log lines allowed."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mixgui.gui.session import Session
from mixgui.services.settings import Settings

from .traveller import Traveller

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the screenless platform say that it has no window manager."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))


@pytest.fixture
def traveller(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Traveller]:
    """A user in front of the freshly started program."""
    session = Session(qapp, Settings(tmp_path / "settings.ini"), state_folder=tmp_path / "autosave")
    session.window.resize(1280, 800)
    session.show()
    qtbot.waitExposed(session.window)
    user = Traveller(qtbot, session)
    yield user
    session.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    assert not user.crashes, user.crashes
