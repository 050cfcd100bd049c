"""R's random numbers, so that a class with R and a class with MixGUI draw the same groups.

R >= 3.6: Mersenne Twister seeded by R's scrambling, index by rejection sampling on 16-bit pieces, sampling without
replacement by swapping with the last (R's RNG.c and random.c describe the method; `set.seed(100); sample(10)` is
10 7 6 3 1 2 5 9 4 8).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

_WORDS = 624
_WORD = 2**32
# R's set.seed takes a 32-bit integer.
LARGEST_SEED = 2**31 - 1
# R scales a word to (0, 1) with this constant and keeps clear of both ends.
_UNIT = 2.3283064365386963e-10
_EDGE = 0.5 * 2.328306437080797e-10

T = TypeVar("T")


class RRandom:
    """The generator of R after `set.seed(seed)`.

    Parameters
    ----------
    seed : int
        As R's: a whole number between -(2^31 - 1) and 2^31 - 1.

    Raises
    ------
    ValueError
        For a seed that R does not take.
    """

    def __init__(self, seed: int) -> None:
        if abs(seed) > LARGEST_SEED:
            raise ValueError(f"a seed lies between -{LARGEST_SEED} and {LARGEST_SEED}, not at {seed}")
        word = seed % _WORD
        for _ in range(50):
            word = (69069 * word + 1) % _WORD
        state = np.empty(_WORDS + 1, dtype=np.uint32)
        for i in range(_WORDS + 1):
            word = (69069 * word + 1) % _WORD
            state[i] = word
        # The first word is R's position counter, which seeding sets to "all used".
        self._twister = np.random.MT19937()
        self._twister.state = {"bit_generator": "MT19937", "state": {"key": state[1:], "pos": _WORDS}}

    def uniform(self) -> float:
        """Return the next `runif(1)`."""
        value = float(self._twister.random_raw()) * _UNIT
        return min(max(value, _EDGE), 1.0 - _EDGE)

    def index(self, n: int) -> int:
        """Return a whole number from 0 to n - 1, as R draws one for `sample`."""
        bits = math.ceil(math.log2(n)) if n > 1 else 0
        while True:
            value = 0
            for _ in range(0, bits + 1, 16):
                value = 65536 * value + math.floor(self.uniform() * 65536)
            value &= (1 << bits) - 1
            if value < n:
                return value

    def sample(self, n: int, size: int | None = None) -> list[int]:
        """Return what R's `sample(n, size)` returns: numbers from 1 to n without repetition.

        Raises
        ------
        ValueError
            When more numbers are asked for than there are.
        """
        size = n if size is None else size
        if not 0 <= size <= n:
            raise ValueError(f"cannot take {size} of {n} without repetition")
        pool = list(range(1, n + 1))
        drawn = []
        for left in range(n, n - size, -1):
            j = self.index(left)
            drawn.append(pool[j])
            pool[j] = pool[left - 1]
        return drawn


def sample_levels(levels: Sequence[T], size: int, seed: int) -> list[T]:
    """Return the levels that R's `set.seed(seed); sample(levels, size)` returns; all of them if there are fewer."""
    return [levels[i - 1] for i in RRandom(seed).sample(len(levels), min(size, len(levels)))]
