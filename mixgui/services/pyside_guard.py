"""A guard against one release of PySide6 that would end the program after some thousand calls.

PySide6 6.12.0 is compiled as if None, True, False and NotImplemented were immortal, which they are only since
Python 3.12. Before that, every call of Qt that returns one of them takes a reference away that somebody else
holds (each `Signal.emit` one of True, each method without a result one of None), until none is left and
Python aborts ("deallocating None"). PySide6 6.8 to 6.11 do not do this.
"""

from __future__ import annotations

import ctypes
import sys

from PySide6.QtCore import QObject, Signal

# More than a session can take away (two thousand a second for a century), far less than the counter holds.
_SPARE_REFERENCES = 2**42
_SINGLETONS = (None, True, False, NotImplemented)
_TRIALS = 8


class _Probe(QObject):
    fired = Signal()


def calls_lose_references() -> bool:
    """Whether a call of Qt takes references away."""
    probe = _Probe()
    probe.fired.emit()  # the first emission makes objects of its own
    before = sys.getrefcount(True)
    for _ in range(_TRIALS):
        probe.fired.emit()
    return sys.getrefcount(True) <= before - _TRIALS


def install() -> bool:
    """Give the singletons so many references that no session can use them up, where that is needed.

    Returns
    -------
    bool
        Whether it was needed and done.
    """
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12) or sys.maxsize < 2**62:
        return False
    if sys.getrefcount(True) > _SPARE_REFERENCES or not calls_lose_references():
        return False
    for singleton in _SINGLETONS:
        counter = ctypes.c_ssize_t.from_address(id(singleton))
        if abs(counter.value - sys.getrefcount(singleton)) > 8:  # a build with another layout: hands off
            return False
        counter.value += _SPARE_REFERENCES
    return True
