"""Reading and joining beside pandas on a million rows (run with -m slow)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from mixgui.data.dataset import Dataset
from mixgui.data.joins import diagnose, join, suggest_keys
from mixgui.data.readers import read_table

pytestmark = pytest.mark.slow

ROWS, GROUPS = 1_000_000, 10_000
FACTOR = 1.5  # what the nothing-lost checks may cost


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    random = np.random.default_rng(1)
    numbers = {f"x{i}": random.normal(size=ROWS).round(5) for i in range(6)}
    flags = {f"f{i}": random.integers(0, 2, ROWS) for i in range(3)}
    kind = random.choice(["Public", "Catholic", "Other"], ROWS)
    group = random.integers(0, GROUPS, ROWS)
    return pd.DataFrame({"id": np.arange(ROWS), "group": group, **numbers, **flags, "kind": kind})


@pytest.fixture(scope="module")
def groups() -> pd.DataFrame:
    random = np.random.default_rng(2)
    names = {"group": random.permutation(GROUPS), "type": random.choice(["a", "b"], GROUPS)}
    return pd.DataFrame(names | {f"z{i}": random.normal(size=GROUPS) for i in range(4)})


def compare(ours: Callable[[], object], theirs: Callable[[], object]) -> float:
    """Return how much longer the first takes: best of several, taken in turns."""
    best = [np.inf, np.inf]
    for _ in range(7):
        for i, work in enumerate((ours, theirs)):
            start = time.perf_counter()
            work()
            best[i] = min(best[i], time.perf_counter() - start)
    return best[0] / best[1]


def test_reading(rows: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows.to_csv(path, index=False)
    assert compare(lambda: read_table(path), lambda: pd.read_csv(path)) < FACTOR


@pytest.mark.parametrize("kind", ["left", "inner"])
@pytest.mark.parametrize("key", ["integer", "text"])
@pytest.mark.parametrize("missing", [0, 1000])
def test_joining(
    rows: pd.DataFrame, groups: pd.DataFrame, kind: Literal["left", "inner"], key: str, missing: int
) -> None:
    left, right = rows, groups.iloc[missing:]
    if key == "text":
        left, right = (f.assign(group="group " + f["group"].astype("str")) for f in (left, right))
    ratio = compare(lambda: join(left, right, "group", kind), lambda: left.merge(right, on="group", how=kind))
    assert ratio < FACTOR


def test_what_the_window_asks_for_takes_a_moment(rows: pd.DataFrame, groups: pd.DataFrame) -> None:
    for work in (
        lambda: Dataset.from_frame("rows", rows),
        lambda: suggest_keys(rows, groups),
        lambda: diagnose(rows, groups, "group"),
    ):
        start = time.perf_counter()
        work()
        assert time.perf_counter() - start < 3
