"""Columns of any kind as categories."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mixgui.data.categories import as_categories


def test_levels_are_in_order_and_spelt_as_in_r() -> None:
    numbers = as_categories(pd.Series([10.0, 2.0, np.nan, 2.5]))
    assert numbers.keys == ("2", "2.5", "10")
    assert numbers.codes.tolist() == [2, 0, -1, 1]
    assert as_categories(pd.Series(["b", "A", "a", None])).keys == ("a", "A", "b")
    assert as_categories(pd.Series([True, False])).keys == ("FALSE", "TRUE")
    days = as_categories(pd.Series(pd.to_datetime(["2024-03-01", "2023-12-24", None])))
    assert days.keys == ("2023-12-24", "2024-03-01")
    assert days.n_missing == 1


def test_declared_levels_stay_though_they_have_no_rows() -> None:
    column = pd.Series(pd.Categorical(["lo", "hi", "lo"], categories=["lo", "mid", "hi"]))
    found = as_categories(column)
    assert found.keys == ("lo", "mid", "hi")
    assert found.counts.tolist() == [2, 0, 1]
    assert found.used().keys == ("lo", "hi")
    assert found.used().codes.tolist() == [0, 1, 0]


def test_labels_name_values_and_names_differ() -> None:
    found = as_categories(pd.Series([0, 1, 2]), (("0", "No"), ("1", "Yes"), ("2", "Yes")))
    assert found.names == ("No", "Yes (1)", "Yes (2)")
    assert found.keys == ("0", "1", "2")


def test_values_that_are_written_alike_are_one_category() -> None:
    found = as_categories(pd.Series([1, "1", "x"], dtype=object))
    assert found.keys == ("1", "x")
    assert found.counts.tolist() == [2, 1]


def test_the_rare_ones_are_put_together() -> None:
    column = pd.Series([*"aabbbccddddee", None])
    found = as_categories(column).lumped(3)
    assert found.names == ("b", "d", "Other (3)")
    assert found.counts.tolist() == [3, 4, 6]
    assert found.n_missing == 1
    assert as_categories(column).lumped(5).names == tuple("abcde")


def test_no_rows() -> None:
    found = as_categories(pd.Series([], dtype=float))
    assert found.keys == ()
    assert found.counts.tolist() == []
    assert as_categories(pd.Series([None, None], dtype=object)).n_missing == 2
