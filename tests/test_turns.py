"""Whose turn it is: who waits, who does not, and for how long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from mixgui import turns


@contextmanager
def counting_thread() -> Iterator[list[int]]:
    """A thread that gives way before each step, and how many steps it has made."""
    steps, over = [0], threading.Event()

    def work() -> None:
        while not over.is_set():
            turns.give_way()
            steps[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield steps
    finally:
        over.set()
        thread.join()


def wait_for_more(steps: list[int], than: int) -> None:
    end = time.monotonic() + 10
    while steps[0] <= than and time.monotonic() < end:
        time.sleep(0.001)
    assert steps[0] > than


def test_a_thread_waits_while_another_goes_first() -> None:
    with counting_thread() as steps:
        wait_for_more(steps, 100)
        with turns.first():
            before = steps[0]
            with turns.first():  # nested
                time.sleep(0.01)
            time.sleep(0.01)
            assert steps[0] <= before + 1  # the step that it was in the middle of
        wait_for_more(steps, before + 1)


def test_it_does_not_wait_for_ever() -> None:
    with counting_thread() as steps, turns.first():
        wait_for_more(steps, steps[0] + 2)


def test_who_goes_first_does_not_wait_for_itself() -> None:
    with turns.first():
        start = time.monotonic()
        for _ in range(100):
            turns.give_way()
        assert time.monotonic() - start < 2  # a wait for each would be five seconds


def test_the_turn_is_given_back_after_an_error() -> None:
    try:
        with turns.first():
            raise ValueError
    except ValueError:
        pass
    with counting_thread() as steps:
        wait_for_more(steps, 100)


@given(n=st.integers(0, 200), size=st.integers(1, 50))
def test_pieces_are_all_rows_in_order(n: int, size: int) -> None:
    cut = list(turns.pieces(n, size))
    assert [row for part in cut for row in range(n)[part]] == list(range(n))
    assert all(0 < part.stop - part.start <= size for part in cut)
