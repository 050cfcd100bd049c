"""R's random numbers; the expected values were printed by R (set.seed and sample, useHash = FALSE)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.r_random import RRandom, sample_levels

R_SAMPLES = [
    (100, 10, [10, 7, 6, 3, 1, 2, 5, 9, 4, 8]),
    (0, 10, [9, 4, 7, 1, 2, 5, 3, 10, 6, 8]),
    (1, 1, [1]),
    (1, 2, [1, 2]),
    (0, 65536, [17401, 37543, 13218, 61911, 41230]),
    (0, 65537, [13218, 61911, 41230, 13499, 45025]),
    (1, 100000, [24388, 59521, 43307, 69586, 11571, 25173]),
    (0, 5000000, [869369, 4428455, 13218, 2793742]),
]


@pytest.mark.parametrize(("seed", "n", "expected"), R_SAMPLES)
def test_sample_is_r(seed: int, n: int, expected: list[int]) -> None:
    assert RRandom(seed).sample(n, len(expected)) == expected


def test_uniform_is_r() -> None:
    random = RRandom(1)
    expected = [0.26550866314209998, 0.37212389963679016, 0.57285336335189641]
    assert [random.uniform() for _ in range(3)] == pytest.approx(expected, rel=1e-15)


@given(st.integers(-(2**31) + 1, 2**31 - 1), st.integers(1, 400), st.data())
def test_a_sample_repeats_nothing(seed: int, n: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, n))
    drawn = RRandom(seed).sample(n, size)
    assert len(set(drawn)) == size
    assert set(drawn) <= set(range(1, n + 1))
    assert drawn == RRandom(seed).sample(n)[:size]


def test_fewer_levels_than_asked_for() -> None:
    assert sorted(sample_levels(["a", "b", "c"], 25, 100)) == ["a", "b", "c"]


@pytest.mark.parametrize("seed", [2**31, -(2**31)])
def test_seeds_that_r_does_not_take(seed: int) -> None:
    with pytest.raises(ValueError, match="seed"):
        RRandom(seed)


def test_more_than_there_are() -> None:
    with pytest.raises(ValueError, match="without repetition"):
        RRandom(1).sample(3, 4)
