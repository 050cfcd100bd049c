from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.levels import detect_level, likely_groups

FRAME = pd.DataFrame(
    {
        "pupil": range(1, 9),
        "school_id": [3, 3, 3, 1, 1, 2, 2, 2],
        "size": [10, 10, None, 7, 7, 5, 5, 5],
        "score": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5],
        "female": [0, 1, 0, 1, 0, 1, 0, 1],
        "kind": ["a", "a", "a", "b", "b", "a", "a", "a"],
    }
)


@pytest.mark.parametrize(
    ("column", "level"),
    [("size", "group"), ("kind", "group"), ("score", "row"), ("female", "row"), ("school_id", "group")],
)
def test_level(column: str, level: str) -> None:
    assert detect_level(FRAME, column, "school_id") == level


def test_rows_without_a_group_say_nothing() -> None:
    frame = pd.DataFrame({"g": ["a", "a", None, None], "x": [1, 1, 2, 3]})
    assert detect_level(frame, "x", "g") == "group"


def test_an_empty_column_is_no_property_of_groups() -> None:
    frame = pd.DataFrame({"g": ["a", "a"], "x": [np.nan, np.nan]})
    assert detect_level(frame, "x", "g") == "row"


def test_likely_groups() -> None:
    assert likely_groups(FRAME)[0] == "school_id"
    assert "female" not in likely_groups(FRAME)
    assert "score" not in likely_groups(FRAME)
    assert "pupil" not in likely_groups(FRAME)


def test_likely_groups_of_the_course(reference_dir: Path) -> None:
    folder = reference_dir / "data"
    students = pd.read_csv(folder / "netherlands-students.csv")
    joined = students.merge(pd.read_csv(folder / "netherlands-schools.csv"), on="school_id", how="left")
    assert likely_groups(joined)[0] == "school_id"
    assert likely_groups(pd.read_csv(folder / "sleepstudy.csv"))[0] == "Subject"
    assert likely_groups(pd.read_csv(folder / "nba-player-data.csv"))[0] == "team"


@given(
    st.lists(st.tuples(st.integers(0, 4), st.one_of(st.none(), st.integers(0, 2))), min_size=1, max_size=30)
)
def test_the_definition(rows: list[tuple[int, int | None]]) -> None:
    frame = pd.DataFrame({"g": [g for g, _ in rows], "x": pd.array([x for _, x in rows], dtype="Int64")})
    most = frame.groupby("g")["x"].nunique(dropna=True).max()
    expected = "group" if most == 1 or (most <= 1 and frame["x"].notna().any()) else "row"
    assert detect_level(frame, "x", "g") == expected


@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(0, 5))
def test_the_first_rows_decide_nothing_that_all_rows_would_not(seed: int, late: bool, missing: int) -> None:
    random = np.random.default_rng(seed)
    group = random.integers(0, 50, 30_000).astype(float)
    value = group * 2
    value[random.integers(0, 30_000, missing)] = np.nan
    group[:missing] = np.nan
    if late:
        value[-1] += 1  # only the last row contradicts
    frame = pd.DataFrame({"g": group, "x": value})
    known = frame.dropna()
    several = known.groupby("g")["x"].nunique().max() > 1
    assert detect_level(frame, "x", "g") == ("row" if several else "group")


def test_nothing_known_in_the_first_rows() -> None:
    values = np.r_[np.full(25_000, np.nan), np.ones(25_000)]
    frame = pd.DataFrame({"g": np.arange(50_000) % 7, "x": values})
    assert detect_level(frame, "x", "g") == "group"
