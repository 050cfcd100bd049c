"""What the steps say: refusals in sentences, notes about what was lost, and the rules that R does not fix."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset
from mixgui.data.expressions import evaluate, parse_expression
from mixgui.data.name_parts import compile_pattern
from mixgui.data.r_random import sample_levels
from mixgui.data.step_base import carry_out
from mixgui.data.steps import (
    Aggregate,
    Center,
    Compute,
    DropMissing,
    FillDown,
    Filter,
    LookUp,
    PivotLonger,
    PivotWider,
    Recode,
    RemoveColumns,
    RenameColumns,
    Sample,
    SetType,
    Sort,
    StackRows,
)
from mixgui.errors import MixguiError

from .step_cases import PUPILS, compute, tables


def said(step: Any, given: dict[str, Dataset] | None = None) -> list[str]:
    """Return the notes of a step."""
    return [note.text for note in carry_out(step, given or tables()).notes]


def cells(step: Any, column: str, given: dict[str, Dataset] | None = None) -> list[Any]:
    """Return the cells of a column after a step; None where missing."""
    made = step.apply(given or tables())[step.output].frame[column]
    return [None if pd.isna(value) else value for value in made]


def one(**columns: list[Any]) -> dict[str, Dataset]:
    """Return a table t."""
    return {"t": Dataset.from_frame("t", pd.DataFrame(columns))}


VOCAB = ("vocab_08", "vocab_09")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Compute("pupil", "x", "1"), "no table “pupil”"),
        (Compute("pupils", " ", "1"), "no name"),
        (Compute("pupils", "x", ""), "empty"),
        (Compute("pupils", "x", "scor + 1"), "no column 'scor'"),
        (Compute("pupils", "x", "poly(hours, 2)"), "2 columns"),
        (Compute("pupils", "x", "lag(score, -1)"), "n in lag"),
        (Compute("pupils", "x", 'case(score > 1, 2, "a")'), "mix numbers and text"),
        (Compute("pupils", "x", "cut(score, 3)"), "breaks"),
        (Compute("pupils", "x", "year(score)"), "needs dates"),
        (Compute("pupils", "x", "1", ("shool",)), "no column “shool”"),
        (Filter("pupils", "score + 1"), "numbers instead of yes or no"),
        (Filter("pupils", "name"), "text instead of yes or no"),
        (Sort("pupils", ()), "to sort by"),
        (Sort("pupils", (("id", True), ("id", False))), "chosen twice"),
        (Sample("pupils", 13, output="s"), "only 12 rows"),
        (Sample("pupils", 5, "school", 1, "s"), "only 4 groups"),
        (Sample("pupils", 0, output="s"), "at least"),
        (Sample("pupils", 1, seed=2**40, output="s"), "seed"),
        (RenameColumns("pupils", (("id", "score"),)), "two columns named “score”"),
        (RenameColumns("pupils", (("id", ""),)), "no name"),
        (RemoveColumns("pupils", tuple(PUPILS.columns)), "No column would be left"),
        (Recode("pupils", "sex", ()), "No values"),
        (Recode("pupils", "sex", (("f", "1"), ("f", "2"))), "Two new values"),
        (Recode("pupils", "sex", (("f", "1"),), as_number=True), "“m”, “x” cannot be a number"),
        (LookUp("pupils", "id", "schools", "key", "size", "s"), "nothing would be found"),
        (LookUp("long", "pupil", "long", "pupil", "score", "s"), "more than once"),
        (SetType("pupils", "name", "number"), "No value of “name” is a number"),
        (SetType("pupils", "born", "date", date_format="%d.%m"), "lacks the day, the month or the year"),
        (SetType("pupils", "sex", "category", (), "q"), "“q” is no level"),
        (Center("pupils", ("name",)), "does not hold numbers"),
        (Center("pupils", ("score",), "group_mean"), "No group"),
        (Center("pupils", ("score",), "group_mean", "school", keep_mean=True, suffix="_mean"), "two columns"),
        (Aggregate("pupils", ("school",), (("name", "mean", "m"),), "o"), "“name” holds text"),
        (Aggregate("pupils", ("school",), (("hours", "share", "m"),), "o"), "other values than 0 and 1"),
        (Aggregate("pupils", (), (("", "n", "n"),), "o"), "to group by"),
        (Aggregate("pupils", ("school",), (("", "mean", "n"),), "o"), "No column"),
        (
            PivotLonger("wide", ("vocab_08", "pupil"), output="l"),
            "“vocab_08” holds numbers, but “pupil” holds text",
        ),
        (PivotLonger("wide", VOCAB, ("a", "b"), output="l"), "how to split"),
        (
            PivotLonger("wide", (*VOCAB, "pupil"), ("a", "b"), output="l", names_sep="_"),
            "“pupil” has not 2 parts",
        ),
        (PivotLonger("wide", VOCAB, ("a",), output="l", names_pattern="([a-z)"), "no regular expression"),
        (PivotLonger("wide", VOCAB, ("a",), output="l", names_pattern="(.)(.)"), "2 groups"),
        (PivotLonger("wide", VOCAB, ("a",), output="l", names_pattern="(q)"), "does not fit"),
        (PivotLonger("wide", ("pupil",), ("a",), output="l", numbers=("a",)), "no number for “a” in “pupil”"),
        (PivotLonger("wide", VOCAB, ("pupil",), output="l"), "two columns named “pupil”"),
        (PivotWider("long", ("grade",), ("score",), "w", ()), ""),
        (PivotWider("long", ("pupil",), ("score",), "w", ("pupil",)), "chosen twice"),
        (PivotWider("pupils", ("school",), ("score",), "w", ("id",)), "“school” is missing in row 5"),
        (StackRows(("pupils",), "o"), "Two tables"),
        (StackRows(("pupils", "wide", "schools"), "o", "size"), "already a column “size”"),
    ],
)
def test_refusals(step: Any, words: str) -> None:
    if not words:
        step.apply(tables())
        return
    with pytest.raises(MixguiError) as caught:
        step.apply(tables())
    assert words in caught.value.message
    assert caught.value.message.endswith(".")


def test_offending_ids_are_named() -> None:
    given = one(id=[1, 1, 2], t=[8, 8, 8], v=[1.0, 2.0, 3.0])
    with pytest.raises(MixguiError, match="id 1, t 8"):
        PivotWider("t", ("t",), ("v",), "w", ("id",)).apply(given)


def test_types_of_stacked_tables() -> None:
    given = one(a=[1, 2]) | {"u": Dataset.from_frame("u", pd.DataFrame({"a": ["x"]}))}
    with pytest.raises(MixguiError, match="“a” of “t” holds numbers, but “a” of “u” holds text"):
        StackRows(("t", "u"), "o").apply(given)
    given["u"] = Dataset.from_frame("u", pd.DataFrame({"a": [np.nan], "b": [2**60 + 1]}))
    made = StackRows(("t", "u"), "o").apply(given)["o"].frame
    assert made["b"].dropna().tolist() == [2**60 + 1]  # no float in between


# Notes -----------------------------------------------------------------------------------------------


def test_filter_says_how_many_rows_are_dropped_and_why() -> None:
    assert said(Filter("pupils", "score > 3")) == [
        "6 rows of 12 are kept, 6 dropped.",
        "For 2 of the dropped rows the condition is missing, because a cell is.",
    ]
    assert said(Filter("pupils", "hours > 100"))[-1] == "No row is left."


def test_drop_missing_says_how_many_rows_a_column_costs() -> None:
    assert said(DropMissing("pupils", ("score", "school"))) == [
        "3 rows of 12 are dropped.",
        "“score” is missing in 2 rows.",
        "“school” is missing in 1 row.",
    ]


def test_recode_lists_what_does_not_occur_and_what_is_left() -> None:
    assert said(Recode("pupils", "sex", (("f", "female"), ("q", "?")), "gender")) == [
        "5 cells were recoded.",
        "“q” does not occur in “sex”.",
        "2 other values are kept as they are: “m” (5), “x” (1).",
    ]


def test_cells_that_are_lost_are_listed_with_their_rows() -> None:
    assert said(SetType("pupils", "code", "number")) == [
        "“code”: 1 cell becomes missing (“n/a” in row 11). It is no number."
    ]
    assert said(SetType("pupils", "born", "date", date_format="%d.%m.%Y")) == [
        "“born”: 2 cells become missing (“x” in row 3, “29.02.2003” in row 6). Each is no date."
    ]
    given = one(a=["1", *"abcdefgh"])
    assert "“e” in row 6; also rows 7, 8 and 9" in said(SetType("t", "a", "number"), given)[0]


def test_look_up_lists_what_was_not_found() -> None:
    assert said(LookUp("pupils", "school", "schools", "key", "size", "id")) == [
        "7 of 12 rows were found.",
        "4 rows were not found in “schools”: “c”, “d”.",
        "The column “id” existed already and is replaced.",
    ]


def test_compute_says_what_became_missing() -> None:
    assert said(compute("log(score - 2)")) == [
        "5 of 12 cells are missing, 3 of them although “score” are known."
    ]
    assert said(compute("lag(hours)")) == ["1 of 12 cells are missing."]
    assert said(compute("1 / hours")) == ["2 cells are infinite (a logarithm of 0, a division by 0)."]
    assert said(compute("mean(score)"))[-1] == (
        "“score” has missing cells, which make mean() missing: write mean(..., na.rm = TRUE) to leave them out."
    )
    assert said(compute("n()", "school"))[0] == "1 row without a group gets a missing value."
    assert said(Compute("pupils", "id", "1")) == ["The column “id” existed already and is replaced."]


def test_center_says_how_missing_values_are_treated() -> None:
    assert said(Center("pupils", ("score",), "group_mean", "school")) == [
        "“score”: 2 missing values stay missing and count in no mean.",
        "1 row without “school” gets a missing value.",
    ]
    given = one(g=["a", "a", "b"], x=[1.0, 1.0, 5.0])
    assert "does not vary within “g”" in said(Center("t", ("x",), "group_mean", "g"), given)[0]


def test_wide_table_says_what_is_left_out() -> None:
    assert said(PivotWider("long", ("grade",), ("score",), "w", ("pupil",))) == [
        "6 rows became 3 rows with 3 new columns each.",
        "3 cells are missing, because the table has no row for them.",
        "hours is left out.",
    ]


# Rules -----------------------------------------------------------------------------------------------


def test_group_means_become_a_group_level_variable() -> None:
    given = one(g=["a", "b", "a", None], ses=[1.0, 5.0, 4.0, 9.0])
    step = Center("t", ("ses",), "group_mean", "g", keep_mean=True)
    assert step.apply(given)["t"].names == ("g", "ses", "ses_mean", "ses_c")
    assert cells(step, "ses_mean", given) == [2.5, 5.0, 2.5, None]
    assert cells(step, "ses_c", given) == [-1.5, 0.0, 1.5, None]


def test_labels_say_what_was_done() -> None:
    known = {"hours": tables()["pupils"].variable("hours").with_info(VariableInfo("Homework", "h"))}
    given = {"pupils": Dataset.from_frame("pupils", PUPILS, known=known)}
    made = Center("pupils", ("hours",), "group_mean", "school").apply(given)["pupils"].variable("hours_c")
    assert (made.label, made.unit) == ("Homework, centred at the mean of school", "h")
    made = Aggregate("pupils", ("school",), (("hours", "mean", "m"),), "o").apply(given)["o"].variable("m")
    assert (made.label, made.unit) == ("Homework", "h")


def test_sorting_is_stable_and_missing_comes_last() -> None:
    given = one(a=[2.0, None, 1.0, 2.0, None], i=[0, 1, 2, 3, 4])
    assert cells(Sort("t", (("a", True),)), "i", given) == [2, 0, 3, 1, 4]
    assert cells(Sort("t", (("a", False),)), "i", given) == [0, 3, 2, 1, 4]
    assert cells(Sort("t", (("a", False), ("i", False))), "i", given) == [3, 0, 2, 4, 1]
    levels = pd.Categorical(["x", "z", None, "y", "z"], categories=["z", "x", "y"])
    given = {"t": Dataset.from_frame("t", pd.DataFrame({"a": levels, "i": range(5)}))}
    assert cells(Sort("t", (("a", True),)), "i", given) == [1, 4, 0, 3, 2]


def test_samples_are_those_of_r() -> None:
    given = one(g=["c", "a", "b", "c", None], i=[0, 1, 2, 3, 4])
    # set.seed(2); sample(3, 2) is 1 3 in R: the first and the third group, in order of appearance.
    assert sample_levels([1, 2, 3], 2, 2) == [1, 3]
    assert cells(Sample("t", 2, "g", 2, "s"), "i", given) == [0, 2, 3]
    # set.seed(1); sample(5, 2) is 1 4.
    assert cells(Sample("t", 2, "", 1, "s"), "i", given) == [0, 3]


def test_a_missing_id_is_a_row_of_its_own() -> None:
    given = one(id=["p", None, None], t=[1, 1, 2], v=[5.0, 6.0, 7.0])
    made = PivotWider("t", ("t",), ("v",), "w", ("id",)).apply(given)["w"].frame
    assert made["1"].tolist() == [5.0, 6.0]
    assert made["2"].tolist()[1] == 7.0


def test_fill_down_stops_at_the_group() -> None:
    given = one(g=["a", "b", "a", None, None], x=[1.0, None, None, 2.0, None])
    assert cells(FillDown("t", ("x",), ("g",)), "x", given) == [1.0, None, 1.0, 2.0, None]
    assert cells(FillDown("t", ("x",)), "x", given) == [1.0, 1.0, 1.0, 2.0, 2.0]


def test_types() -> None:
    assert cells(SetType("pupils", "hours", "boolean"), "hours", one_to_two()) == [True, False, None]
    step = SetType("pupils", "sex", "category", ("m", "f"), "x")
    made = step.apply(tables())["pupils"]
    assert list(made.frame["sex"].cat.categories) == ["x", "m", "f"]
    assert (made.variable("sex").reference, made.variable("sex").declared) == ("x", "category")
    made = SetType("pupils", "id", "id").apply(tables())["pupils"]
    assert made.variable("id").declared == "id"
    assert not made.variable("id").is_numeric


def one_to_two() -> dict[str, Dataset]:
    return {"pupils": Dataset.from_frame("pupils", pd.DataFrame({"hours": [1.0, 0.0, None]}))}


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "((a*)*)*b", "(a|aa)+$", "(.*)(.*)(.*)(.*)(.*)(.*)x", "(a)\\1*", "a" * 300]
)
def test_patterns_that_might_take_for_ever_are_refused(pattern: str) -> None:
    start = time.perf_counter()
    with pytest.raises(MixguiError):
        compile_pattern(pattern)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "pattern", ["(.*)_(.*)", "([a-z]+)[_.]?(\\d{2,4})", "^(x|y)(\\d+)\\.(.*)$", "([^_]+)_(\\+?)"]
)
def test_ordinary_patterns_are_taken(pattern: str) -> None:
    assert compile_pattern(pattern).pattern == pattern


@pytest.mark.parametrize("text", ["lag(hours)", "rank(hours)", "row_number()", "paste(sex, id)", "n()"])
def test_functions_of_the_rows_cannot_stand_in_formulas(text: str) -> None:
    expression = parse_expression(text)
    with pytest.raises(MixguiError, match="cannot stand in a formula") as caught:
        evaluate(expression, PUPILS)
    assert "Compute a column" in caught.value.hint
    assert len(evaluate(expression, PUPILS, in_step=True)) == len(PUPILS)


EMPTY_STEPS = (
    Filter("pupils", "score > 1"),
    Sort("pupils", (("name", True),)),
    DropMissing("pupils"),
    compute("mean(score)", "school"),
    compute("lag(hours)"),
    compute("rank(score)"),
    Center("pupils", ("score",), "group_mean", "school"),
    Aggregate("pupils", ("school",), (("score", "mean", "m"),), "o"),
    FillDown("pupils", ("score",)),
    Recode("pupils", "sex", (("f", "m"),)),
    SetType("pupils", "code", "number"),
    LookUp("pupils", "school", "schools", "key", "size", "s"),
    PivotLonger("pupils", ("score", "hours"), ("which",), output="o"),
    PivotWider("pupils", ("year",), ("score",), "o", ("id",)),
)


@pytest.mark.parametrize("step", EMPTY_STEPS, ids=lambda step: step.describe())
def test_empty_tables_are_no_trouble(step: Any) -> None:
    given = tables() | {"pupils": Dataset.from_frame("pupils", PUPILS.iloc[:0])}
    assert len(step.apply(given)[step.output].frame) == 0
