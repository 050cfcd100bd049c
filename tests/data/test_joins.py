from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.data.joins import JOIN_KINDS, JoinKind, diagnose, join, rank_keys, suggest_keys
from mixgui.errors import Cancelled, JoinError
from mixgui.observer import Progress

PUPILS = pd.DataFrame({"pupil": [1, 2, 3, 4, 5], "school": [2, 1, 2, 9, 1], "ses": [1.0, 2.0, 3.0, 4.0, 5.0]})
SCHOOLS = pd.DataFrame({"school": [1, 2, 3], "type": ["a", "b", "c"], "size": [10, 20, 30]})

# Keys with repetitions, of every kind that files give.
INTEGERS = st.integers(0, 4)
TEXTS = st.sampled_from(["a", "b", "c d", "é"])


@st.composite
def tables(draw: st.DrawFn, *, gaps: bool = False) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    kinds = draw(st.lists(st.sampled_from(["integer", "text", "float"]), min_size=1, max_size=2))
    keys = [f"k{i}" for i in range(len(kinds))]
    frames = []
    for side in "lr":
        n = draw(st.integers(0, 8))
        frame = pd.DataFrame(index=range(n))
        for key, kind in zip(keys, kinds, strict=True):
            values: st.SearchStrategy[object] = TEXTS if kind == "text" else INTEGERS
            if gaps:
                values = st.one_of(values, st.none())
            cells = draw(st.lists(values, min_size=n, max_size=n))
            dtype = {"text": "str", "float": "float64", "integer": "float64" if gaps else "int64"}[kind]
            frame[key] = pd.Series(cells, dtype=dtype)
        frame[f"{side}_number"] = np.arange(n)
        frame[f"{side}_text"] = pd.Series([f"{side}{i}" for i in range(n)], dtype="str")
        frame["same"] = np.arange(n) + 0.5
        frames.append(frame)
    return frames[0], frames[1], keys


def by_pandas(left: pd.DataFrame, right: pd.DataFrame, keys: list[str], kind: JoinKind) -> pd.DataFrame:
    """The same join by pandas.merge; of a full join, in the order that ours has."""
    if kind in ("left", "inner", "right"):
        return left.merge(right, on=keys, how=kind, suffixes=("", "_r"))
    if kind == "full":
        both = left.assign(_l=range(len(left))).merge(
            right.assign(_r=range(len(right))), on=keys, how="outer", suffixes=("", "_r")
        )
        return both.sort_values(["_l", "_r"]).drop(columns=["_l", "_r"]).reset_index(drop=True)
    found = left.merge(right[keys].drop_duplicates(), on=keys, how="left", indicator="_m")["_m"] == "both"
    return left[found.to_numpy() == (kind == "semi")].reset_index(drop=True)


@pytest.mark.parametrize("kind", JOIN_KINDS)
@given(tables())
@settings(max_examples=150, deadline=None)
def test_join_equals_pandas(kind: JoinKind, given_: tuple[pd.DataFrame, pd.DataFrame, list[str]]) -> None:
    left, right, keys = given_
    ours = join(left, right, keys, kind, "many-to-many", suffixes=("", "_r"))
    pd.testing.assert_frame_equal(
        ours, by_pandas(left, right, keys, kind), check_dtype=len(left) * len(right) > 0
    )


@pytest.mark.parametrize("kind", JOIN_KINDS)
@given(tables(gaps=True))
@settings(max_examples=150, deadline=None)
def test_missing_keys_match_nothing(
    kind: JoinKind, given_: tuple[pd.DataFrame, pd.DataFrame, list[str]]
) -> None:
    left, right, keys = given_
    ours = join(left, right, keys, kind, "many-to-many", suffixes=("", "_r"))
    gap = "_gap"  # a further key that differs wherever a key is missing
    lefts = left.assign(**{gap: np.where(left[keys].isna().any(axis=1), 1, 0)})
    rights = right.assign(**{gap: np.where(right[keys].isna().any(axis=1), 2, 0)})
    theirs = by_pandas(lefts, rights, [*keys, gap], kind).drop(columns=gap)
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)


@given(tables(gaps=True))
@settings(max_examples=100, deadline=None)
def test_report_tells_what_the_join_does(given_: tuple[pd.DataFrame, pd.DataFrame, list[str]]) -> None:
    left, right, keys = given_
    for kind in JOIN_KINDS:
        report = diagnose(left, right, keys, kind, "many-to-many", suffixes=("", "_r"))
        made = join(left, right, keys, kind, "many-to-many", suffixes=("", "_r"))
        assert (report.rows, report.columns) == made.shape
        semi = join(left, right, keys, "semi")
        assert report.left.matched_rows == len(semi)
        assert report.left.unmatched_rows == len(left) - len(semi)
        assert report.left.missing_rows == int(left[keys].isna().any(axis=1).sum())
        known = left[keys].dropna()
        assert report.left.keys == len(known.drop_duplicates())
        assert report.left.repeated_keys == int((known.value_counts() > 1).sum())
        assert sum(key.rows for key in report.left.unmatched) == len(known) - len(semi)


@given(tables())
@settings(max_examples=100, deadline=None)
def test_auto_allows_all_but_many_to_many(given_: tuple[pd.DataFrame, pd.DataFrame, list[str]]) -> None:
    left, right, keys = given_
    report = diagnose(left, right, keys)
    if report.relationship == "many-to-many":
        with pytest.raises(JoinError, match="many-to-many"):
            join(left, right, keys)
        assert report.refused is not None
    else:
        assert len(join(left, right, keys)) == report.rows


def test_left_join_keeps_rows_and_order() -> None:
    joined = join(PUPILS, SCHOOLS, "school")
    assert list(joined.columns) == ["pupil", "school", "ses", "type", "size"]
    assert joined["pupil"].tolist() == [1, 2, 3, 4, 5]
    assert joined["type"].fillna("-").tolist() == ["b", "a", "b", "-", "a"]
    assert np.isnan(joined["size"][3])
    assert PUPILS.shape == (5, 3)


def test_keys_of_different_names() -> None:
    right = SCHOOLS.rename(columns={"school": "id"}).assign(school="other")
    joined = join(PUPILS, right, [("school", "id")], "full", suffixes=("", "_schools"))
    assert list(joined.columns) == ["pupil", "school", "ses", "type", "size", "school_schools"]
    assert joined["school"].tolist() == [2, 1, 2, 9, 1, 3]


def test_text_and_number_never_join_in_silence() -> None:
    texts = SCHOOLS.assign(school=["1", "2", "3"])
    with pytest.raises(JoinError, match=r"“school” of “left” holds numbers, but .* holds text"):
        join(PUPILS, texts, "school")
    report = diagnose(PUPILS, texts, "school")
    assert report.refused is not None
    assert not report.types[0].match
    joined = join(PUPILS, texts, "school", convert_keys=True)
    pd.testing.assert_frame_equal(joined, join(PUPILS, SCHOOLS, "school"))
    right = join(PUPILS, texts, "school", "right", convert_keys=True)
    assert right["school"].tolist() == ["1", "1", "2", "2", "3"]


def test_numbers_of_different_types_are_equal() -> None:
    floats = SCHOOLS.assign(school=[1.0, 2.0, np.nan])
    joined = join(PUPILS, floats, "school")
    assert joined["type"].notna().tolist() == [True, True, True, False, True]
    large = pd.DataFrame({"k": [2**53, 2**53 + 1]})
    other = pd.DataFrame({"k": [float(2**53)], "x": [1]})
    assert join(large, other, "k")["x"].notna().tolist() == [True, False]


def test_categories_join_as_their_values() -> None:
    left = PUPILS.assign(school=PUPILS["school"].astype("category"))
    assert join(left, SCHOOLS, "school")["size"].tolist()[:3] == [20.0, 10.0, 20.0]
    texts = pd.DataFrame({"s": ["x", "y"]})
    levels = pd.DataFrame({"s": pd.Categorical(["y", "z"]), "n": [1, 2]})
    assert join(texts, levels, "s")["n"].tolist()[1] == 1


@pytest.mark.parametrize(
    ("relationship", "right"), [("one-to-one", SCHOOLS), ("one-to-many", SCHOOLS), ("many-to-one", PUPILS)]
)
def test_other_relationship_than_expected_is_refused(relationship: str, right: pd.DataFrame) -> None:
    with pytest.raises(JoinError, match=f"not {relationship}"):
        join(PUPILS, right, "school", relationship=relationship)  # type: ignore[arg-type]


def test_whole_numbers_and_flags_survive_gaps() -> None:
    big = SCHOOLS.assign(size=[2**60 + 1, 2, 3], open=[True, False, True])
    joined = join(PUPILS, big, "school")
    assert joined["size"][1] == 2**60 + 1
    assert str(joined["open"].dtype) == "boolean"
    assert pd.isna(joined["open"][3])


def test_clashing_names() -> None:
    other = SCHOOLS.assign(ses=[7.0, 8.0, 9.0])
    assert list(join(PUPILS, other, "school", suffixes=("", "_schools")).columns)[-1] == "ses_schools"
    assert diagnose(PUPILS, other, "school", suffixes=("", "_s")).clashes == (("ses", "ses_s"),)
    with pytest.raises(JoinError, match="“ses”"):
        join(PUPILS, other, "school", suffixes=("", ""))
    with pytest.raises(JoinError, match="“ses_2”"):
        join(PUPILS.assign(ses_2=1), other, "school", suffixes=("", "_2"))


def test_unknown_keys_kinds_and_cancel() -> None:
    with pytest.raises(JoinError, match="no column “scool” in the table “left”") as caught:
        join(PUPILS, SCHOOLS, [("scool", "school")])
    assert "“school”" in caught.value.hint
    with pytest.raises(JoinError, match="No key"):
        join(PUPILS, SCHOOLS, [])
    with pytest.raises(JoinError, match="chosen twice"):
        join(PUPILS, SCHOOLS, ["school", "school"])
    with pytest.raises(JoinError, match="outer"):
        join(PUPILS, SCHOOLS, "school", "outer")  # type: ignore[arg-type]

    def cancel(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        join(PUPILS, SCHOOLS, "school", observer=cancel)


def test_report_in_words() -> None:
    pupils = pd.DataFrame({"school": ["Utrecht ", "Gouda", None, "Zwolle"]})
    schools = pd.DataFrame({"school": ["utrecht", "Gouda", "Assen"], "size": [1, 2, 3]})
    report = diagnose(pupils, schools, "school", left_name="pupils", right_name="schools")
    text = " ".join(line.text for line in report.lines)
    assert "3 rows of “pupils” (2 keys) have no match in “schools”" in text
    assert "In 1 row of “pupils” the key is missing" in text
    assert report.near_matches == (("Utrecht ", "utrecht"),)
    assert [str(key) for key in report.left.unmatched] == ["Utrecht ", "Zwolle"]
    assert [str(key) for key in report.right.unmatched] == ["utrecht", "Assen"]
    lonely = diagnose(pd.DataFrame({"k": [1]}), pd.DataFrame({"k": [2], "x": [1]}), "k")
    assert "No key of “left” occurs" in lonely.lines[0].text


def test_many_to_many_says_how_many_rows_there_would_be() -> None:
    twice = pd.DataFrame({"k": [1] * 1000})
    with pytest.raises(JoinError, match="1,000,000 rows"):
        join(twice, twice.assign(x=1), "k")
    huge = pd.DataFrame({"k": np.ones(20_000, dtype=int)})
    with pytest.raises(JoinError, match="too many"):
        join(huge, huge.assign(x=1), "k", relationship="many-to-many")


def renamed(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    return frame.rename(columns={"school": key})


@pytest.mark.parametrize(
    ("left", "right", "keys"),
    [
        (PUPILS, SCHOOLS, (("school", "school"),)),
        (renamed(PUPILS, "SchoolID"), renamed(SCHOOLS, "id"), (("SchoolID", "id"),)),
        (renamed(PUPILS, "school.id"), renamed(SCHOOLS, "School Id"), (("school.id", "School Id"),)),
        (PUPILS.drop(columns="school"), SCHOOLS.drop(columns="school"), ()),
    ],
)
def test_suggested_keys(left: pd.DataFrame, right: pd.DataFrame, keys: tuple[tuple[str, str], ...]) -> None:
    assert suggest_keys(left, right) == keys


def test_suggested_keys_by_values_and_several() -> None:
    pupils = pd.DataFrame({"n": range(4), "where": ["Gouda", "Assen", "Gouda", "Assen"]})
    places = pd.DataFrame({"town": ["Assen", "Gouda"], "size": [3, 4]})
    assert suggest_keys(pupils, places) == (("where", "town"),)
    scores = pd.DataFrame({"id": [1, 1, 2, 2], "wave": [1, 2, 1, 2], "y": [0.5, 1.5, 2.5, 3.5]})
    moods = pd.DataFrame({"id": [1, 1, 2, 2], "wave": [1, 2, 1, 2], "mood": [0.1, 0.2, 0.3, 0.4]})
    assert suggest_keys(scores, moods) == (("id", "id"), ("wave", "wave"))
    texts = pd.DataFrame({"school": ["1", "2", "9"], "size": [10, 20, 30]})
    assert suggest_keys(PUPILS, texts) == (("school", "school"),)
    assert all(0 <= key.score <= 1 for key in rank_keys(PUPILS, SCHOOLS))


def test_course_files_join(reference_dir: object) -> None:
    from pathlib import Path

    from mixgui.data.readers import read_table

    folder = Path(str(reference_dir)) / "data"
    for left, right, key, rows in (
        ("netherlands-students", "netherlands-schools", "school_id", 2287),
        ("nba-player-data", "nba-team-data", "team", 300),
    ):
        a, b = read_table(folder / f"{left}.csv").frame, read_table(folder / f"{right}.csv").frame
        assert suggest_keys(a, b) == ((key, key),)
        joined = join(a, b, key)
        assert len(joined) == rows
        pd.testing.assert_frame_equal(joined, a.merge(b, on=key, how="left"))
