"""Columns that repeat the cells of a shorter table are described by these: it must come out as from all cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.dataset import Dataset, Variable, describe_columns
from mixgui.data.reshape_steps import PivotLonger
from mixgui.data.step_base import Repeated
from mixgui.data.steps import Join
from mixgui.data.summaries import mean_of, sd_of

GROUPS = pd.DataFrame(
    {
        "group": range(8),
        "size": [10, 20, None, 5, 5, 7, 8, 9],
        "ratio": [0.5, np.inf, -1.25, 1e200, None, 3.0, 3.0, 0.1],
        "kind": ["a", "b", None, "a", "c", "b", "b", "a"],
        "yes": [True, False, True, None, True, True, False, False],
        "day": pd.to_datetime(["2024-01-01", None, *["2023-05-06"] * 6]),
        "level": pd.Categorical(["x", "y", "x", None, "y", "x", "x", "y"], categories=["y", "x", "z"]),
    }
)


def described(frame: pd.DataFrame) -> dict[str, Variable]:
    return {one.name: one for one in describe_columns(frame)}


@given(
    st.lists(st.integers(0, 9), max_size=60),
    st.sampled_from(["left", "inner", "semi", "anti", "right", "full"]),
)
def test_a_join_describes_its_columns_as_they_are(keys: list[int], kind: str) -> None:
    rows = pd.DataFrame({"group": pd.Series(keys, dtype="int64"), "x": np.arange(len(keys)) * 0.5})
    tables = {"rows": Dataset.from_frame("rows", rows), "groups": Dataset.from_frame("groups", GROUPS)}
    step = Join("rows", "groups", (("group", "group"),), "joined", kind, "many-to-one")  # type: ignore[arg-type]
    made = step.apply(tables)["joined"]
    assert {one.name: one for one in made.variables} == described(made.frame)


@given(st.integers(0, 6), st.integers(1, 8), st.booleans())
def test_a_long_table_describes_its_columns_as_they_are(n: int, k: int, drop: bool) -> None:
    wide = GROUPS.head(n).copy()
    names = [f"score_{i}" for i in range(k)]
    for i, name in enumerate(names):
        wide[name] = np.where(np.arange(n) % 3 == i % 3, np.nan, i + np.arange(n) / 4)
    tables = {"wide": Dataset.from_frame("wide", wide)}
    step = PivotLonger("wide", tuple(names), ("time",), "score", "long", numbers=("time",), drop_missing=drop)
    made = step.apply(tables)["long"]
    assert {one.name: one for one in made.variables} == described(made.frame)


@pytest.mark.parametrize("scale", [1.0, 1e160, 1e-160])
def test_numbers_that_are_counted_have_the_mean_and_sd_of_all(scale: float) -> None:
    random = np.random.default_rng(5)
    x, counts = random.normal(3, 2, 50) * scale, random.integers(1, 9, 50)
    every = np.repeat(x, counts)
    assert mean_of(x, counts) == pytest.approx(mean_of(every), rel=1e-13)
    assert sd_of(x, counts) == pytest.approx(sd_of(every), rel=1e-13)


@given(st.lists(st.integers(-1, 5), min_size=14, max_size=80))
def test_first_rows_and_how_often_they_occur(origins: list[int]) -> None:
    found = Repeated.of(np.array(origins, dtype=np.intp), 6)
    assert found is not None
    first = pd.Series(origins).drop_duplicates()
    assert found.rows.tolist() == first.index.tolist()
    assert found.counts.tolist() == [origins.count(one) for one in first]


def test_nothing_is_gained_where_rows_hardly_repeat() -> None:
    assert Repeated.of(np.arange(10), 10) is None
