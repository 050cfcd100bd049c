"""Whose turn it is: a job in a thread goes on after the window has painted.

Python lets one thread calculate at a time. A table that is painted asks for the interpreter a thousand times, and each
time it waits until the job has done what it is in the middle of: a millisecond becomes a long pause. A job that works
in pieces, and asks between them, waits once instead.

A job that often lets go of the interpreter, but only for moments, is a second cause: who waits is woken each time and
finds it taken again, and never waits long enough to insist. So the job rests now and then for long enough.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, get_ident

# Seconds. A window that always has something to paint does not stop a job for good.
_LONGEST = 0.05
_REST, _BETWEEN_RESTS = 0.00005, 0.004

_free = Event()
_free.set()
_holders: list[int] = []  # threads that have the turn, the same one several times if it is nested
_rested: dict[int, float] = {}  # thread -> when it let others in


@contextmanager
def first() -> Iterator[None]:
    """Go first: jobs in other threads wait at their next `give_way`."""
    _holders.append(get_ident())
    _free.clear()
    try:
        yield
    finally:
        _holders.pop()
        if not _holders:
            _free.set()


def give_way() -> None:
    """Wait while another thread goes first, but not for long; let others in now and then.

    A thread that goes first itself just goes on.
    """
    me = get_ident()
    if me in _holders:
        return
    if not _free.is_set():
        _free.wait(_LONGEST)
    elif time.monotonic() - _rested.get(me, 0.0) > _BETWEEN_RESTS:
        time.sleep(_REST)
    else:
        return
    _rested[me] = time.monotonic()


def pieces(n: int, size: int) -> Iterator[slice]:
    """Cut `n` rows in pieces of `size`, giving way before each."""
    for start in range(0, n, size):
        give_way()
        yield slice(start, min(start + size, n))
