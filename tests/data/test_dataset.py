from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.dataset import Dataset, Variable
from mixgui.data.summaries import column_kind, describe_column, mean_of, sd_of
from mixgui.errors import Cancelled, StepError
from mixgui.observer import Progress

FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "score": [1.5, np.nan, 2.5, np.inf],
        "grade": [7.0, 8.0, np.nan, 8.0],
        "type": ["a", "b", "a", None],
        "open": [True, False, True, True],
        "level": pd.Categorical(["low", "high", "low", "low"], categories=["low", "high"]),
        "day": pd.to_datetime(["2020-01-31", "2020-02-01", None, "2021-01-01"]),
        "none": [np.nan] * 4,
    }
)


@pytest.mark.parametrize(
    ("name", "kind", "missing", "unique", "infinite", "summary"),
    [
        ("id", "integer", 0, 4, 0, "mean 2.5, SD 1.291, 1 to 4"),
        ("score", "number", 1, 3, 1, "mean 2, SD 0.7071, 1.5 to 2.5, 1 infinite"),
        ("grade", "integer", 1, 2, 0, "mean 7.667, SD 0.5774, 7 to 8"),
        ("type", "text", 1, 2, 0, "a 2, b 1"),
        ("open", "boolean", 0, 2, 0, "True 3, False 1"),
        ("level", "category", 0, 2, 0, "low 3, high 1"),
        ("day", "date", 1, 3, 0, "2020-01-31 to 2021-01-01"),
        ("none", "number", 4, 0, 0, "all missing"),
    ],
)
def test_what_columns_are(
    name: str, kind: str, missing: int, unique: int, infinite: int, summary: str
) -> None:
    variable = Dataset.from_frame("t", FRAME).variable(name)
    assert (variable.kind, variable.n_missing, variable.n_unique) == (kind, missing, unique)
    assert variable.n_infinite == infinite
    assert variable.summary == summary


def test_ids_and_many_levels() -> None:
    frame = pd.DataFrame({"name": [f"n{i}" for i in range(1200)], "place": list("abcdef") * 200})
    names, places = Dataset.from_frame("t", frame).variables
    assert names.summary == "1,200 different values, each once"
    assert places.summary == "a 200, b 200, c 200, 3 others"


def test_labels_are_kept_and_read_off() -> None:
    known = {"score": Variable("score", "text", label="Language score", unit="points")}
    variable = Dataset.from_frame("t", FRAME, known=known).variable("score")
    assert variable.title == "Language score (points)"
    assert variable.kind == "number"
    assert variable.is_numeric


def test_unknown_column_gets_a_suggestion() -> None:
    with pytest.raises(StepError, match=r"no column “scor” in the table “t”") as caught:
        Dataset.from_frame("t", FRAME).variable("scor")
    assert "“score”" in caught.value.hint


def test_frames_that_are_no_tables_are_refused() -> None:
    with pytest.raises(StepError, match="twice"):
        Dataset.from_frame("t", pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(StepError, match="not text"):
        Dataset.from_frame("t", pd.DataFrame([[1, 2]]))


def test_index_becomes_plain_and_the_frame_stays() -> None:
    frame = FRAME.set_index("id", drop=False)
    dataset = Dataset.from_frame("t", frame)
    assert dataset.frame.index.equals(pd.RangeIndex(4))
    assert frame.index.tolist() == [1, 2, 3, 4]
    assert dataset.renamed("u").frame is dataset.frame
    assert (
        Dataset.from_frame("e", pd.DataFrame({"x": pd.Series(dtype="str")})).variables[0].summary == "no rows"
    )


def test_cancel() -> None:
    def cancel(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Dataset.from_frame("t", FRAME, observer=cancel)


@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=30), st.sampled_from([1e-200, 1.0, 1e6]))
def test_mean_and_sd_do_not_overflow(values: list[float], scale: float) -> None:
    x = np.array(values)
    assert np.isfinite(mean_of(x))
    assert np.isfinite(sd_of(x)) or np.ptp(x / 2) > 5e299
    small = np.array([v / 1e300 for v in values])
    np.testing.assert_allclose(mean_of(small * scale), small.mean() * scale, rtol=1e-9, atol=1e-12 * scale)
    np.testing.assert_allclose(sd_of(small * scale), small.std(ddof=1) * scale, rtol=1e-9, atol=1e-12 * scale)


def test_kinds_of_objects() -> None:
    assert column_kind(pd.Series([True, None], dtype=object)) == "boolean"
    assert column_kind(pd.Series([1, "a"], dtype=object)) == "text"
    assert column_kind(pd.Series([1, 2.5], dtype=object)) == "number"
    assert column_kind(pd.Series([True, None], dtype="boolean")) == "boolean"
    assert column_kind(pd.Series([2**60, None], dtype="Int64")) == "integer"


@pytest.mark.parametrize("repeats", [1, 3, 40_000])
def test_different_numbers_are_counted_however_many_there_are(repeats: int) -> None:
    numbers = np.random.default_rng(5).normal(size=120_000 // repeats)
    odd = [np.inf, np.inf, -np.inf, 0.0, -0.0, np.nan]
    column = pd.Series(np.concatenate([np.repeat(numbers, repeats), odd]))
    assert describe_column(column).n_unique == len(numbers) + 3
