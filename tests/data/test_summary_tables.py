"""Summary tables beside pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.data.categories import as_categories
from mixgui.data.profiles import mean_profile, profile_lines, sample_of
from mixgui.data.summary_tables import (
    Shares,
    cross_table,
    frequency_table,
    missing_patterns,
    missing_table,
    pattern_table,
    summary_table,
)

cells = st.tuples(
    st.one_of(st.none(), st.floats(-1e4, 1e4).map(lambda x: round(x, 3))),
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from([1, 2, 3]),
)
frames = st.lists(cells, min_size=1, max_size=40).map(
    lambda rows: pd.DataFrame(rows, columns=["y", "g", "h"])
)


@settings(max_examples=60, deadline=None)
@given(frames)
def test_summaries_are_those_of_pandas(frame: pd.DataFrame) -> None:
    frame["y"] = frame["y"].astype(float)
    by = {name: as_categories(frame[name]) for name in ("g", "h")}
    found = summary_table({"y": frame["y"].to_numpy()}, by)
    grouped = frame.groupby(["g", "h"])["y"]
    expected = grouped.agg(
        n="count",
        mean="mean",
        std_dev="std",
        min="min",
        q25=lambda s: s.quantile(0.25),
        q50="median",
        q75=lambda s: s.quantile(0.75),
        max="max",
    ).reset_index()
    assert found["g"].tolist() == expected["g"].tolist()
    assert found["h"].tolist() == expected["h"].astype(str).tolist()
    assert found["n"].tolist() == expected["n"].tolist()
    assert (found["n"] + found["missing"]).tolist() == grouped.size().tolist()
    for name in ("mean", "std_dev", "min", "q25", "q50", "q75", "max"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-8, err_msg=name)


def test_a_summary_of_several_variables_without_groups() -> None:
    a, b = np.array([1.0, 2, 4, np.nan]), np.full(4, np.nan)
    found = summary_table({"A (cm)": a, "B": b})
    assert found["variable"].tolist() == ["A (cm)", "B"]
    assert found.loc[0, ["n", "missing"]].tolist() == [3, 1]
    assert found.loc[0, ["mean", "min", "q25", "q50", "q75", "max"]].tolist() == [7 / 3, 1, 1.5, 2, 3, 4]
    assert found.loc[1, ["n", "missing"]].tolist() == [0, 4]
    assert found.loc[1, ["mean", "std_dev", "min", "q50", "max"]].isna().all()
    assert np.isnan(summary_table({"one": np.array([3.0])}).loc[0, "std_dev"])


def test_small_differences_of_large_numbers_keep_their_sd() -> None:
    x = 1e9 + np.array([0.0, 1, 2, 3])
    assert summary_table({"x": x}).loc[0, "std_dev"] == pytest.approx(np.std([0, 1, 2, 3], ddof=1), rel=1e-9)


def test_infinite_values_are_said_and_do_not_warn() -> None:
    found = summary_table({"x": np.array([1.0, 2, np.inf])})
    assert found.loc[0, "mean"] == np.inf
    assert found.loc[0, "max"] == np.inf
    assert found.loc[0, "q50"] == 2


def test_frequencies() -> None:
    column = pd.Series(pd.Categorical(["lo", "hi", "lo", None], categories=["lo", "mid", "hi"]))
    found = frequency_table(as_categories(column))
    assert found["value"].tolist() == ["lo", "mid", "hi"]
    assert found["n"].tolist() == [2, 0, 1]
    np.testing.assert_allclose(found["proportion"], [2 / 3, 0, 1 / 3])
    np.testing.assert_allclose(found["cumulative"], [2 / 3, 2 / 3, 1])
    assert frequency_table(as_categories(pd.Series([None, None], dtype=object))).empty


@settings(max_examples=60, deadline=None)
@given(frames)
def test_cross_tables_are_those_of_pandas(frame: pd.DataFrame) -> None:
    if frame["g"].isna().all():
        return
    rows, columns = as_categories(frame["g"]), as_categories(frame["h"])
    found = cross_table(rows, columns).set_index("value")
    if len(rows.keys) == 1 or len(columns.keys) == 1:
        assert found.iloc[-1, -1] == frame["g"].notna().sum()
    known = frame[frame["g"].notna()]
    expected = pd.crosstab(known["g"], known["h"].astype(str), margins=True, margins_name="Total")
    expected = expected.reindex(columns=found.columns, fill_value=0)
    assert found.to_numpy().tolist() == expected.to_numpy().tolist()
    kinds: dict[Shares, str] = {"rows": "index", "columns": "columns", "all": "all"}
    for shares, normalize in kinds.items():
        share = cross_table(rows, columns, shares).set_index("value").iloc[:-1, :-1]
        wanted = pd.crosstab(known["g"], known["h"].astype(str), normalize=normalize)
        wanted = wanted.reindex(columns=share.columns, fill_value=np.nan if shares == "columns" else 0)
        np.testing.assert_allclose(share.to_numpy(), wanted.to_numpy(), rtol=1e-12)


def test_a_category_called_total_keeps_its_column() -> None:
    found = cross_table(as_categories(pd.Series(["a", "b"])), as_categories(pd.Series(["Total", "value"])))
    assert found.columns.is_unique
    assert found.iloc[-1, -1] == 2


def test_which_columns_are_missing_together() -> None:
    frame = pd.DataFrame(
        {"a": [1, None, None, 4, 5], "b": ["x", None, None, "y", None], "c": [1.0, 2, 3, 4, 5]}
    )
    found = missing_patterns(frame, ["a", "b", "c"])
    assert found.missing.tolist() == [2, 3, 0]
    assert found.patterns.tolist() == [[False, False, False], [True, True, False], [False, True, False]]
    assert found.counts.tolist() == [2, 2, 1]
    assert (found.complete, found.n_rows) == (2, 5)
    table = missing_table(found, {"b": "Second"})
    assert table["variable"].tolist() == ["Second", "a", "c"]
    assert table["missing_share"].tolist() == [0.6, 0.4, 0.0]
    words = pattern_table(found, {"b": "Second"})
    assert words["missing_columns"].tolist() == ["none", "a, Second", "Second"]


def test_patterns_of_very_many_columns() -> None:
    rng = np.random.default_rng(5)
    table = pd.DataFrame(np.where(rng.random((50, 90)) < 0.02, np.nan, 1.0)).rename(columns=str)
    found = missing_patterns(table, list(table.columns))
    expected = table.isna().value_counts()
    assert sorted(found.counts.tolist()) == sorted(expected.tolist())
    assert len(found.counts) == len(expected)
    assert np.array_equal(found.missing, table.isna().sum().to_numpy())
    assert missing_patterns(table, []).complete == 50
    assert missing_patterns(table.iloc[:0], ["0"]).n_rows == 0


def test_lines_run_over_time_and_their_mean_is_that_of_pandas() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"id": np.repeat(["u", "v", "w"], 4), "t": np.tile([3.0, 1, 2, 0], 3), "y": rng.normal(size=12)}
    )
    frame.loc[5, "y"] = np.nan
    sex = as_categories(pd.Series(["m"] * 4 + ["f"] * 8))
    found = profile_lines(frame["t"].to_numpy(), frame["y"].to_numpy(), as_categories(frame["id"]), sex, None)
    assert len(found) == 11
    assert found.groupby("line")["x"].apply(lambda x: x.is_monotonic_increasing).all()
    assert found.groupby("line")["group"].nunique().tolist() == [1, 1, 1]
    means = mean_profile(found)
    expected = frame.assign(sex=sex.codes).dropna().groupby(["sex", "t"])["y"].mean()
    np.testing.assert_allclose(means["mean"], expected, rtol=1e-12)
    assert sample_of(5, 9).tolist() == [0, 1, 2, 3, 4]
    assert len(set(sample_of(500, 100).tolist())) == 100
    assert sample_of(300_000, 100).max() < 300_000
