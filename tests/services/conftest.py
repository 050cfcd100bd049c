"""What the tests of the services share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent


@pytest.fixture(autouse=True)
def _objects_die_here() -> Iterator[None]:
    """Delete what a test left before the next one begins.

    Workers and documents of many tests that a later test's collector finds together are destroyed in any order, a
    child after its parent among them: this takes the program down now and then.
    """
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
