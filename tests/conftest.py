"""Fixtures that every room's tests share."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before Qt and BLAS are loaded: no screen is needed, and small problems are faster on one thread.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import settings
from PySide6.QtCore import QSettings, QThread
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

# No deadline for a single example: a busy machine is no defect. The time limit of pytest remains.
settings.register_profile("mixgui", deadline=None)
settings.load_profile("mixgui")


def _reference_folder() -> Path:
    named = os.environ.get("MIXGUI_REFERENCE")
    if named:
        return Path(named)
    return Path(__file__).resolve().parents[2] / "shared" / "reference"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes or measures time, unless it is asked for by -m."""
    if config.option.markexpr:
        return
    left = [item for item in items if item.get_closest_marker("slow") or item.get_closest_marker("timing")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """The folder with data and R's results; they may not be distributed, so it can be absent."""
    folder = _reference_folder()
    if not folder.is_dir():
        pytest.skip(f"the reference results are not in {folder} (set MIXGUI_REFERENCE)")
    return folder


@pytest.fixture(scope="session")
def load_reference(reference_dir: Path) -> Any:
    """Return a function: name of a reference file without its ending -> its content."""

    def load(name: str) -> dict[str, Any]:
        return json.loads((reference_dir / f"{name}.json").read_text(encoding="utf-8"))

    return load


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """The program's own application, for pytest-qt."""
    from mixgui.gui.application import Application

    return Application


@pytest.fixture(scope="session", autouse=True)
def _private_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test may read or write the settings of the person who runs it."""
    folder = str(tmp_path_factory.mktemp("settings"))
    for file_format in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(file_format, QSettings.Scope.UserScope, folder)


@pytest.fixture(scope="session", autouse=True)
def _private_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test may find, or leave, unsaved work of the person who runs it."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mixgui.paths.state", lambda: folder)
        yield


@pytest.fixture(scope="session", autouse=True)
def _empty_clipboard() -> Iterator[None]:
    """Off screen the clipboard outlives Python and would crash on what a test has put there."""
    yield
    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().clear()


@pytest.fixture(autouse=True)
def _no_leaked_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    started: list[weakref.ref[QThread]] = []
    start = QThread.start

    def recorded_start(thread: QThread, *arguments: Any) -> None:
        started.append(weakref.ref(thread))
        start(thread, *arguments)

    monkeypatch.setattr(QThread, "start", recorded_start)
    before = set(threading.enumerate())
    yield
    left = [thread.objectName() or "QThread" for thread in map(_alive, started) if thread is not None]
    # A thread of Qt's that ran Python code stays in Python's list as a dummy; Qt's own were looked at above.
    dummy = threading._DummyThread  # type: ignore[attr-defined]
    left += [t.name for t in set(threading.enumerate()) - before if t.is_alive() and not isinstance(t, dummy)]
    assert not left, f"threads were left running: {', '.join(left)}"


def _alive(reference: weakref.ref[QThread]) -> QThread | None:
    """Return the thread if it exists and runs."""
    thread = reference()
    return thread if thread is not None and isValid(thread) and thread.isRunning() else None
