"""Reading and joining beside pandas on a million rows (run with -m slow)."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from mixgui.data.dataset import Dataset
from mixgui.data.joins import diagnose, join, suggest_keys
from mixgui.data.readers import read_table
from mixgui.data.steps import Aggregate, Compute, Filter, Join, PivotLonger, PivotWider, Sort

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


@pytest.fixture(scope="module")
def tables(rows: pd.DataFrame, groups: pd.DataFrame) -> dict[str, Dataset]:
    made = {"rows": Dataset.from_frame("rows", rows), "groups": Dataset.from_frame("groups", groups)}
    long = PivotLonger("rows", ("x0", "x1", "x2"), ("v",), "x", "long", numbers=("v",)).apply(made)["long"]
    return made | {"long": long}


VALUES = ["x0", "x1", "x2"]
# Step, the same with pandas, and how much longer the step may take: it also counts missing and different values of
# every column that it makes (pandas does not), which is most of the time of a filter.
WORK: dict[str, tuple[Any, Callable[[pd.DataFrame, pd.DataFrame], object], float]] = {
    "filter": (
        Filter("rows", "x0 > 0 & f1 == 1"),
        lambda rows, groups: rows[(rows["x0"] > 0) & (rows["f1"] == 1)].reset_index(drop=True),
        12,
    ),
    "sort": (
        Sort("rows", (("group", True), ("x0", False))),
        lambda rows, groups: rows.sort_values(["group", "x0"], ascending=[True, False], ignore_index=True),
        1.5,
    ),
    "sort text": (
        Sort("rows", (("kind", True),)),
        lambda rows, groups: rows.sort_values("kind", kind="stable", ignore_index=True),
        1.5,
    ),
    "join": (
        Join("rows", "groups", (("group", "group"),), "joined"),
        lambda rows, groups: rows.merge(groups, on="group", how="left"),
        4,
    ),
    "wide to long": (
        PivotLonger("rows", tuple(VALUES), output="made"),
        lambda rows, groups: rows.melt(id_vars=[c for c in rows if c not in VALUES], value_vars=VALUES),
        5,
    ),
    "aggregate": (
        Aggregate("rows", ("group",), (("x0", "mean", "m"), ("x0", "sd", "s"), ("", "n", "n")), "made"),
        lambda rows, groups: (
            rows.groupby("group", sort=False)["x0"].agg(["mean", "std", "size"]).reset_index()
        ),
        4,
    ),
    "mean of the group": (
        Compute("rows", "new", "x0 - mean(x0)", ("group",)),
        lambda rows, groups: rows.assign(new=rows["x0"] - rows.groupby("group")["x0"].transform("mean")),
        6,
    ),
}


@pytest.mark.parametrize("name", WORK)
def test_steps_beside_pandas(
    name: str, rows: pd.DataFrame, groups: pd.DataFrame, tables: dict[str, Dataset]
) -> None:
    step, theirs, factor = WORK[name]
    ratio = compare(lambda: step.apply(tables), lambda: theirs(rows, groups))
    assert ratio < factor


def test_long_to_wide_beside_pandas(tables: dict[str, Dataset]) -> None:
    table = tables["long"].frame[["id", "v", "x"]]
    given = {"t": Dataset.from_frame("t", table)}
    step = PivotWider("t", ("v",), ("x",), "made")
    ratio = compare(
        lambda: step.apply(given), lambda: table.pivot(index="id", columns="v", values="x").reset_index()
    )
    assert ratio < 3


@pytest.mark.parametrize("name", WORK)
def test_steps_need_less_than_four_frames(name: str, rows: pd.DataFrame, tables: dict[str, Dataset]) -> None:
    step = WORK[name][0]
    tracemalloc.start()
    step.apply(tables)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * rows.memory_usage(deep=True).sum()
