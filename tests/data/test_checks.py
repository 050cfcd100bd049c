from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.check_names import plain_name, quoted_blanks
from mixgui.data.checks import CHECKED, Finding, check_table, groups_to_check
from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset
from mixgui.data.examples import EXAMPLES
from mixgui.data.readers import read_table
from mixgui.data.table_codes import TableCodes
from mixgui.errors import Cancelled
from mixgui.observer import Progress

NAMES = [
    "Álamo",
    "Birch Hill",
    "Cedar",
    "Dove Lane",
    "Elm-Tree",
    "Fir",
    "Gorse",
    "Holly",
    "Ivy",
    "Juniper",
    "Kale",
    "Linden",
]


def pupils(n_classes: int = 12, seed: int = 1, smallest: int = 4) -> pd.DataFrame:
    """A clean table: pupils with a number of their own in classes of different size."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(smallest, 15, n_classes)
    sizes[0] += 1
    group = np.repeat(np.arange(n_classes), sizes)
    n = len(group)
    return pd.DataFrame(
        {
            "pupil": rng.permutation(np.arange(1001, 1001 + n)),
            "class": pd.Series(np.array(NAMES, dtype=object)[group % 12], dtype="str")
            + pd.Series(np.where(group >= 12, (group // 12).astype(str), ""), dtype="str"),
            "iq": rng.normal(100, 15, n).round(1),
            "late": (rng.random(n) < 0.03).astype(int),
            "size": sizes[group],
            "score": rng.integers(0, 60, n),
        }
    )


def check(frame: pd.DataFrame, *others: Dataset, **infos: VariableInfo) -> tuple[Finding, ...]:
    dataset = Dataset.from_frame("pupils", frame).with_words(tuple(infos.items()))
    return check_table(dataset, None, {one.name: one for one in (dataset, *others)})


def kinds(found: tuple[Finding, ...]) -> list[str]:
    return [one.kind for one in found]


def the(found: tuple[Finding, ...], kind: str) -> Finding:
    (one,) = [one for one in found if one.kind == kind]
    return one


@given(st.integers(0, 10_000), st.integers(6, 40))
def test_clean_data_give_no_alarm(seed: int, n_classes: int) -> None:
    found = check(pupils(n_classes, seed))
    assert kinds(found) == ["key"]
    assert found[0].sentence == "Each row is identified by “pupil”."


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.id)
def test_the_examples_give_no_alarm(example: Any) -> None:
    tables = {
        name: Dataset.from_frame(name, read_table(path).frame).with_words(example.codebook().of(name))
        for name, path in zip(example.tables, example.files(), strict=True)
    }
    for table in tables.values():
        assert kinds(check_table(table, None, tables)) == ["key"]


def test_groups_are_those_whose_names_say_so_or_that_are_categories() -> None:
    assert groups_to_check(Dataset.from_frame("pupils", pupils())) == ("class",)
    frame = pd.DataFrame({"school_size": [1, 1, 2, 2, 3, 3], "school_id": [1, 1, 2, 2, 3, 3], "x": range(6)})
    assert groups_to_check(Dataset.from_frame("t", frame)) == ("school_id",)


# What identifies the rows


def test_pairs_and_triples_identify() -> None:
    waves = pd.DataFrame(
        {"id": np.repeat(np.arange(9), 3), "wave": np.tile([1, 2, 3], 9), "x": np.arange(27) / 7}
    )
    assert the(check(waves), "key").sentence == "Each row is identified by “id” and “wave” together."
    twice = pd.concat([waves.assign(school=1), waves.assign(school=2)], ignore_index=True)
    assert "“id”, “wave” and “school” together" in the(check(twice), "key").sentence


def test_a_number_with_decimals_identifies_nothing() -> None:
    frame = pd.DataFrame({"x": np.arange(40) / 7, "sex": pd.Series(list("ab") * 20, dtype="str")})
    assert "No column" in the(check(frame), "key").sentence


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_copied_rows_are_found(seed: int, n_copies: int) -> None:
    rng = np.random.default_rng(seed)
    clean = pupils(10, seed).drop(columns="pupil")
    clean["iq"] += rng.normal(0, 0.01, len(clean)).round(4)
    copied = rng.choice(len(clean), n_copies, replace=False)
    frame = pd.concat([clean, clean.iloc[copied]], ignore_index=True)
    finding = the(check(frame), "copies")
    assert f"{n_copies} row" in finding.sentence
    assert finding.count == 2 * n_copies
    assert finding.shown is not None
    assert set(copied + 1) <= set(finding.shown["row"])


def test_equal_answers_are_no_copies() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"class": np.repeat(np.arange(20), 30), "answer": rng.integers(1, 6, 600)})
    assert "copies" not in kinds(check(frame))


# Ids that begin anew


@given(st.integers(0, 10_000), st.sampled_from(["number", "text", "gaps"]))
def test_student_one_in_every_class_is_found(seed: int, spelling: str) -> None:
    frame = pupils(10, seed, smallest=5)
    number = frame.groupby("class").cumcount() + 1
    frame["pupil"] = ("s" + number.astype(str)).astype("str") if spelling == "text" else number
    if spelling == "gaps":
        frame = frame[np.random.default_rng(seed).random(len(frame)) > 0.05].reset_index(drop=True)
    finding = the(check(frame), "reused_ids")
    assert "begins anew in every “class”" in finding.sentence
    assert "(1 | class/pupil)" in finding.hint
    (offer,) = finding.offers
    table = offer.step.apply({"pupils": Dataset.from_frame("pupils", frame)})["pupils"]
    assert table.variable("class_pupil").n_unique == len(frame)
    settled = the(check_table(table), "reused_ids")
    assert (settled.severity, settled.offers) == ("info", ())
    assert "“class_pupil” tells them apart" in settled.hint
    assert frame["pupil"].iloc[0] != table.frame["class_pupil"].iloc[0]


def test_numbers_begin_anew_on_two_levels() -> None:
    school, klass, pupil = (a.ravel() for a in np.meshgrid(range(6), range(1, 4), range(1, 9), indexing="ij"))
    frame = pd.DataFrame(
        {"school_id": school + 71, "class_id": klass, "pupil_id": pupil, "x": np.arange(144) / 7}
    )
    found = [one for one in check(frame) if one.kind == "reused_ids"]
    assert [getattr(one.offers[0].step, "column", "") for one in found] == [
        "school_id_class_id",
        "school_id_class_id_pupil_id",
    ]
    assert "(1 | school_id/class_id/pupil_id)" in found[1].hint


def test_what_is_crossed_is_not_reused() -> None:
    person, item = (a.ravel() for a in np.meshgrid(range(1, 21), range(1, 11), indexing="ij"))
    frame = pd.DataFrame({"person": person, "item_id": item, "wave": item, "y": np.arange(200) / 7})
    assert "reused_ids" not in kinds(check(frame))


def test_players_who_change_the_team_are_not_reused() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "player_id": np.tile(np.arange(1, 121), 4),
            "season": np.repeat(np.arange(4), 120),
            "team": rng.integers(1, 13, 480),
        }
    )
    assert "reused_ids" not in kinds(check(frame))


# Group-level variables


@given(st.integers(0, 10_000), st.sampled_from(["size", "kind"]))
def test_a_group_level_variable_that_varies_is_found(seed: int, column: str) -> None:
    frame = pupils(14, seed)
    rng = np.random.default_rng(seed)
    if column == "kind":
        of = dict(zip(frame["class"].unique(), rng.permutation(["x", "y"] * 7), strict=True))
        frame["kind"] = frame["class"].map(of).astype("str")
    row = int(rng.integers(len(frame)))
    frame.loc[row, column] = 99 if column == "size" else {"x": "y", "y": "x"}[frame.loc[row, column]]
    finding = the(check(frame), "varies")
    assert f"“{column}” is the same within almost every “class”, but varies in 1 of" in finding.sentence
    assert finding.shown is not None
    assert finding.shown["class"].tolist() == [frame.loc[row, "class"]]
    assert "(1×)" in finding.shown[column].iloc[0]


def test_missing_cells_do_not_vary() -> None:
    frame = pupils()
    frame["size"] = frame["size"].astype(float)
    frame.loc[3, "size"] = np.nan
    assert kinds(check(frame)) == ["key"]


# Groups


def test_groups_of_one_row_and_rows_without_a_group() -> None:
    frame = pupils()
    lonely = frame.iloc[[0, 1]].assign(pupil=[1, 2])
    lonely["class"] = pd.Series(["Zebra", None], index=lonely.index, dtype="str")
    found = check(pd.concat([frame, lonely], ignore_index=True))
    assert the(found, "single_rows").sentence == "1 of 13 groups of “class” has only one row."
    shown = the(found, "single_rows").shown
    assert shown is not None
    assert shown["class"].tolist() == ["Zebra"]
    assert the(found, "no_group").sentence == "1 row has no “class”."
    assert the(found, "no_group").severity == "question"


def test_a_group_without_an_outcome() -> None:
    frame = pupils()
    frame.loc[frame["class"] == "Cedar", "iq"] = np.nan
    finding = the(check(frame), "empty_groups")
    assert finding.sentence == "“iq” is missing in every row of 1 of 12 groups of “class”."


@given(st.sets(st.sampled_from(NAMES), min_size=1, max_size=6))
def test_groups_that_the_other_table_lacks(gone: set[str]) -> None:
    frame = pupils()
    classes = Dataset.from_frame(
        "classes", pd.DataFrame({"class": [n for n in NAMES if n not in gone], "m": 1.5})
    )
    finding = the(check(frame, classes), "absent_groups")
    assert finding.count == len(gone)
    assert finding.shown is not None
    assert set(finding.shown["class"]) == gone
    rows = int(frame["class"].isin(gone).sum())
    assert f"missing in {rows} row" in finding.hint


def test_numbers_and_texts_are_the_same_groups() -> None:
    frame = pd.DataFrame({"class_id": np.repeat(np.arange(1, 9), 4), "x": np.arange(32) / 7})
    other = Dataset.from_frame(
        "classes", pd.DataFrame({"class_id": [str(i) for i in range(1, 8)]}, dtype="str")
    )
    finding = the(check(frame, other), "absent_groups")
    assert finding.shown is not None
    assert finding.shown["class_id"].tolist() == ["8"]


def test_an_absent_group_may_be_another_spelling() -> None:
    frame = pupils()
    frame["class"] = frame["class"].replace({"Birch Hill": "Birch hill "})
    other = Dataset.from_frame("classes", pd.DataFrame({"class": NAMES}))
    finding = the(check(frame, other), "absent_groups")
    assert "“Birch hill ” may be “Birch Hill”" in finding.hint


def test_a_joined_table_is_not_compared_with_its_parts() -> None:
    frame = pupils()
    part = Dataset.from_frame("classes", pd.DataFrame({"class": NAMES[:9], "size": 3}))
    assert "absent_groups" not in kinds(check(frame, part))


# Names


@given(
    st.sampled_from(NAMES),
    st.sampled_from(
        [str.upper, lambda s: s + " ", lambda s: f" {s}", lambda s: s.replace("-", " "), lambda s: s + "."]
    ),
)
def test_names_that_are_alike_are_found_and_can_be_made_one(name: str, change: Any) -> None:
    frame = pupils()
    other = change(name)
    if other == name:
        return
    row = frame.index[frame["class"] == name][0]
    frame.loc[row, "class"] = other
    finding = the(check(frame), "alike_names")
    assert f"“{other}”" in finding.sentence
    (offer,) = finding.offers
    table = offer.step.apply({"pupils": Dataset.from_frame("pupils", frame)})["pupils"]
    assert set(table.frame["class"]) == set(NAMES)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("St. Mary", "St Mary "),
        ("St.Mary's", "st marys"),
        ("Müller", "MULLER"),
        ("north-west", "North West"),
        ("Straße", "STRASSE"),
        ("A 1", "a1"),
        ("Zoë\u00a0Hall", "Zoe Hall"),
    ],
)
def test_alike(left: str, right: str) -> None:
    assert plain_name(left) == plain_name(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("A+", "A-"),
        ("1.1", "11"),
        ("1 1", "11"),
        ("1-2", "12"),
        ("-1", "1"),
        ("0.5", "5"),
        ("Ann", "Anne"),
        ("<5", ">5"),
    ],
)
def test_not_alike(left: str, right: str) -> None:
    assert plain_name(left) != plain_name(right)


def test_blanks_are_made_visible() -> None:
    assert quoted_blanks(" St  Mary ") == "␣St␣␣Mary␣"


# The whole


def test_problems_come_first() -> None:
    frame = pupils()
    frame.loc[0, "size"] = 99
    found = check(frame)
    assert [one.severity for one in found] == ["problem", "info"]


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [None, None]})],
)
def test_nearly_empty_tables(frame: pd.DataFrame) -> None:
    assert len(check(frame)) <= 1


def test_it_can_be_cancelled() -> None:
    def stop(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        check_table(Dataset.from_frame("pupils", pupils()), observer=stop)


def test_what_is_checked_is_said() -> None:
    assert len(CHECKED) == 7


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", None])), min_size=1, max_size=20))
def test_combinations_are_told_apart_as_by_pandas(rows: list[tuple[int, str | None]]) -> None:
    frame = pd.DataFrame(rows, columns=["i", "s"]).astype({"s": "str"})
    codes = TableCodes(Dataset.from_frame("t", frame))
    together = codes.together(["i", "s"])
    known = frame["s"].notna().to_numpy()
    assert (together[~known] == -1).all()
    wanted = frame[known].groupby(["i", "s"]).ngroup().to_numpy()
    assert len(set(zip(together[known], wanted, strict=True))) == len(set(wanted))
    unique = not frame.duplicated().any() and frame["s"].notna().all()
    assert codes.identify(["i", "s"]) == unique
