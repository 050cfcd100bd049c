from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from mixgui.gui.collector import Collector


class Cycle:
    """Garbage that only the cyclic collector finds."""

    threads: list[int] = []  # noqa: RUF012

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Cycle.threads.append(threading.get_ident())


def test_worker_threads_collect_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mixgui.gui.collector._INTERVAL", 20)
    parent = QObject()
    collector = Collector(parent)
    Cycle.threads.clear()

    def litter() -> None:
        for _ in range(50_000):
            Cycle()

    thread = threading.Thread(target=litter)
    thread.start()
    thread.join()
    assert not Cycle.threads  # Python's own collector would have run many times by now
    qtbot.waitUntil(lambda: len(Cycle.threads) == 50_000)
    assert set(Cycle.threads) == {threading.get_ident()}
    collector.stop()
    assert gc.isenabled()


def test_stopping_gives_collection_back(qtbot: QtBot) -> None:
    parent = QObject()
    collector = Collector(parent)
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
    alive = weakref.ref(collector)
    assert alive() is not None


def test_what_was_loaded_meanwhile_is_spared(qtbot: QtBot) -> None:
    parent = QObject()
    collector = Collector(parent)
    try:
        collector.pause()
        loaded = [[] for _ in range(1000)]
        collector.spare()
        assert gc.get_freeze_count() > len(loaded)
        assert not any(one is loaded for one in gc.get_objects())
    finally:
        collector.stop()
    assert gc.get_freeze_count() == 0
