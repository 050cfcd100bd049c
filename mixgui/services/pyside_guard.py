"""A guard against one release of PySide6 that would end the program after some thousand signals.

In PySide6 6.12.0 `Signal.emit` returns True without taking a reference to it. Before Python 3.12, which made
True immortal, every emission therefore takes one reference away that somebody else holds, until none is left
and Python aborts ("deallocating True or False"). PySide6 6.8 to 6.11 do not do this.
"""

from __future__ import annotations

import ctypes
import sys

from PySide6.QtCore import QObject, Signal

# More than a session can emit (two thousand a second for a century), far less than the counter holds.
_SPARE_REFERENCES = 2**42
_TRIALS = 8


class _Probe(QObject):
    fired = Signal()


def emission_loses_references() -> bool:
    """Whether emitting a signal takes references to True away."""
    probe = _Probe()
    probe.fired.emit()  # the first emission makes objects of its own
    before = sys.getrefcount(True)
    for _ in range(_TRIALS):
        probe.fired.emit()
    return sys.getrefcount(True) <= before - _TRIALS


def install() -> bool:
    """Give True so many references that no session can use them up, where that is needed.

    Returns
    -------
    bool
        Whether it was needed and done.
    """
    if sys.implementation.name != "cpython" or sys.version_info >= (3, 12) or sys.maxsize < 2**62:
        return False
    if sys.getrefcount(True) > _SPARE_REFERENCES or not emission_loses_references():
        return False
    counter = ctypes.c_ssize_t.from_address(id(True))
    if abs(counter.value - sys.getrefcount(True)) > 2:  # a build of Python with another layout: hands off
        return False
    counter.value += _SPARE_REFERENCES
    return True
