from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.codebook import KIND_WORDS, VariableInfo, merged, only, renamed, without_codes
from mixgui.data.column_types import described_column, level_texts
from mixgui.data.dataset import Dataset
from mixgui.data.describe_step import Describe, refuse_absent
from mixgui.data.step_dict import step_from_dict, step_to_dict
from mixgui.data.steps import Read
from mixgui.data.values import coded
from mixgui.errors import StepError

FRAME = pd.DataFrame(
    {
        "score": [1.5, -99.0, 3.0, np.nan],
        "grade": [1, 2, -9, 3],
        "size": ["small", "large", "middle", "small"],
        "yes": [0, 1, 1, 0],
        "day": ["2024-01-31", "2024-02-29", "2023-12-01", "2024-01-01"],
        "digits": ["1", "2", "x", "4"],
    }
)
TABLE = Dataset.from_frame("pupils", FRAME)


def described(**infos: VariableInfo) -> Dataset:
    return Describe("pupils", tuple(infos.items())).apply({"pupils": TABLE})["pupils"]


def test_words_leave_the_frame_as_it_is() -> None:
    table = described(
        score=VariableInfo("Reading score", "points", "Test of May", value_labels=(("-99", "Absent"),))
    )
    assert table.frame is TABLE.frame  # what was computed from it still holds
    assert table.title("score") == "Reading score (points)"
    assert table.title("log(score)") == "log(score)"
    assert table.display_labels("score") == {"-99": "Absent"}
    assert TABLE.title("score") == "score"


def test_missing_codes_become_missing_and_are_counted() -> None:
    infos = (
        ("score", VariableInfo(missing_codes=("-99",))),
        ("grade", VariableInfo(missing_codes=("-9", "7"))),
    )
    outcome = Describe("pupils", infos).carry_out({"pupils": TABLE})
    table = outcome.tables["pupils"]
    assert table.frame["score"].isna().tolist() == [False, True, False, True]
    assert table.variable("score").n_missing == 2
    assert table.variable("grade").kind == "integer"
    assert [note.text for note in outcome.notes] == [
        "“score”: 1 cell with a missing code (-99) is missing now.",
        "“grade”: 1 cell with a missing code (-9) is missing now.",
    ]
    assert FRAME["score"].iloc[1] == -99  # the table before is as it was


def test_a_category_has_its_reference_first_and_its_levels_in_order() -> None:
    info = VariableInfo(kind="category", levels=("small", "middle", "large"), reference="middle")
    table = described(size=info)
    assert list(table.frame["size"].cat.categories) == ["middle", "small", "large"]
    assert table.frame["size"].astype("str").tolist() == FRAME["size"].tolist()
    assert table.variable("size").levels == ("small", "middle", "large")
    assert table.variable("size").kind == "category"


def test_codes_stay_codes_in_a_category() -> None:
    table = described(grade=VariableInfo(kind="category", levels=("3", "1", "2"), missing_codes=("-9",)))
    assert list(table.frame["grade"].cat.categories) == [3, 1, 2]
    assert table.frame["grade"].isna().sum() == 1


def test_levels_that_are_not_listed_come_last() -> None:
    table = described(size=VariableInfo(kind="category", levels=("small",)))
    assert list(table.frame["size"].cat.categories) == ["small", "large", "middle"]


def test_a_category_makes_the_contrasts_of_a_model() -> None:
    from mixgui.models import fit

    table = described(
        size=VariableInfo(kind="category", levels=("small", "middle", "large"), reference="large"),
        score=VariableInfo(),
    )
    frame = table.frame.assign(y=[1.0, 5.0, 2.0, 3.0])
    names = fit("y ~ size", frame).fixed_names
    assert tuple(names) == ("(Intercept)", "sizesmall", "sizemiddle")


@pytest.mark.parametrize(
    ("column", "kind", "values", "found"),
    [
        ("yes", "boolean", [False, True, True, False], "boolean"),
        ("yes", "text", ["0", "1", "1", "0"], "text"),
        ("yes", "number", [0, 1, 1, 0], "integer"),
        ("day", "date", [pd.Timestamp(day) for day in FRAME["day"]], "date"),
        ("grade", "id", [1, 2, -9, 3], "integer"),
    ],
)
def test_types(column: str, kind: str, values: list[Any], found: str) -> None:
    table = described(**{column: VariableInfo(kind=kind)})
    assert table.frame[column].tolist() == values
    assert table.variable(column).kind == found
    assert table.variable(column).declared == kind


def test_nobody_calculates_with_an_identifier() -> None:
    variable = described(grade=VariableInfo(kind="id")).variable("grade")
    assert not variable.is_numeric
    assert variable.shown_kind == "id"


@pytest.mark.parametrize(
    ("column", "info", "words"),
    [
        ("digits", VariableInfo(kind="number"), ["“digits”", "1 cell", "“x”"]),
        ("score", VariableInfo(kind="integer"), ["1 cell", "“1.5”"]),
        ("grade", VariableInfo(kind="boolean"), ["3 cells", "neither yes nor no"]),
        ("size", VariableInfo(kind="date"), ["4 cells", "year-month-day"]),
        ("size", VariableInfo(kind="category", reference="tiny"), ["“tiny”", "“large”"]),
        ("grade", VariableInfo(kind="category", levels=("low",)), ["“low”", "“grade”"]),
        ("grade", VariableInfo(kind="colour"), ["“colour”", "whole number"]),
        ("sise", VariableInfo("Size"), ["“sise”", "“size”"]),
    ],
)
def test_what_does_not_fit_is_refused_in_words(column: str, info: VariableInfo, words: list[str]) -> None:
    with pytest.raises(StepError) as caught:
        described(**{column: info})
    for word in words:
        assert word in str(caught.value)


def test_values_that_do_not_fit_may_be_missing_codes() -> None:
    table = described(digits=VariableInfo(kind="integer", missing_codes=("x",)))
    assert table.variable("digits").kind == "integer"
    assert table.frame["digits"].sum() == 7


def test_labels_of_zero_and_one_name_no_and_yes() -> None:
    table = described(yes=VariableInfo(kind="boolean", value_labels=(("0", "Boy"), ("1", "Girl"))))
    assert table.display_labels("yes") == {"FALSE": "Boy", "TRUE": "Girl"}


def test_large_whole_numbers_are_not_rounded_for_a_gap() -> None:
    column = pd.Series([2**60 + 1, 5, -9])
    with pytest.raises(StepError, match="15 digits"):
        described_column(column, "id", VariableInfo(missing_codes=("-9",)))


def test_describing_twice_is_describing_once() -> None:
    info = VariableInfo(kind="category", levels=("3", "1"), reference="1", missing_codes=("-9",))
    once = described(grade=info)
    step = Describe("pupils", (("grade", info),))
    twice = step.apply({"pupils": once})["pupils"]
    assert twice.frame is once.frame


def test_other_words_with_the_same_types_leave_the_very_frame() -> None:
    types = VariableInfo(kind="category", missing_codes=("-9",))
    one = described(grade=types, score=VariableInfo("A"))
    other = described(grade=replace(types, label="Grade"), score=VariableInfo("B"))
    assert other.frame is one.frame
    assert other.title("grade") == "Grade"
    assert other.variable("grade").n_missing == 1
    assert described(grade=replace(types, missing_codes=())).frame is not one.frame
    assert one.derived == {}  # what a table remembers does not go over to another


@pytest.mark.parametrize(
    ("codebook", "sentence"),
    [
        ((("score", VariableInfo("Score")),), "Set the label of score in pupils"),
        ((("score", VariableInfo("Score", "points")),), "Set the label and unit of score in pupils"),
        ((("score", VariableInfo()),), "Describe score in pupils"),
        (tuple((name, VariableInfo("x")) for name in "abcd"), "Describe a, b and 2 others in pupils"),
    ],
)
def test_the_sentence_says_what_is_set(codebook: Any, sentence: str) -> None:
    assert Describe("pupils", codebook).describe() == sentence


def test_a_codebook_of_other_columns_is_refused_with_their_names() -> None:
    with pytest.raises(StepError, match="“scor” and “x”") as caught:
        refuse_absent((("scor", VariableInfo()), ("grade", VariableInfo()), ("x", VariableInfo())), TABLE)
    assert "“score”" in caught.value.hint


def test_python_lines_do_what_the_step_does() -> None:
    infos = {
        "score": VariableInfo("Score", "points", missing_codes=("-99",)),
        "grade": VariableInfo(kind="category", levels=("3", "2"), reference="2", missing_codes=("-9",)),
        "size": VariableInfo(kind="category", levels=("small", "middle"), value_labels=(("small", "S"),)),
        "yes": VariableInfo(kind="boolean"),
        "day": VariableInfo(kind="date"),
        "digits": VariableInfo(kind="integer", missing_codes=("x",)),
    }
    frame, lines = FRAME.copy(), Describe("pupils", tuple(infos.items())).code().python
    exec(lines, {"pd": pd, "pupils": frame})
    wanted = described(**infos).frame
    for name in FRAME.columns:
        left, right = wanted[name], frame[name]
        if isinstance(left.dtype, pd.CategoricalDtype):
            assert list(left.cat.categories) == list(right.cat.categories)
        left_values, right_values = left.astype(object), right.astype(object)
        assert (
            left_values.where(left.notna(), None).tolist() == right_values.where(right.notna(), None).tolist()
        )


def test_a_project_keeps_the_step() -> None:
    info = VariableInfo("Grade", "years", "x", "category", ("3",), "3", ("-9",), (("3", "three"),))
    step = Describe("pupils", (("grade", info), ("score", VariableInfo())))
    plain = json.loads(json.dumps(step_to_dict(step)))
    assert step_from_dict(plain) == step
    plain["codebook"][0][1]["kind"] = "colour"
    with pytest.raises(StepError, match="codebook"):
        step_from_dict(plain)


def test_a_file_may_be_opened_with_its_codebook(tmp_path: Path) -> None:
    path = tmp_path / "pupils.csv"
    path.write_text("id,score\n1,3\n2,-9\n", encoding="utf-8")
    codebook = (("score", VariableInfo("Score", missing_codes=("-9",))), ("id", VariableInfo(kind="id")))
    step = Read(str(path), "pupils", codebook=codebook)
    table = step.apply({})["pupils"]
    assert table.title("score") == "Score"
    assert table.variable("score").n_missing == 1
    assert any("-9" in note.text for note in table.notes)
    assert "Score" in step.code().python
    assert step_from_dict(json.loads(json.dumps(step_to_dict(step)))) == step


def test_merging_renaming_choosing() -> None:
    book = (("a", VariableInfo("A")), ("b", VariableInfo("B")))
    assert merged(book, (("b", VariableInfo("C")), ("c", VariableInfo("D"))))[1:] == (
        ("b", VariableInfo("C")),
        ("c", VariableInfo("D")),
    )
    assert only(book, ["b", "x"]) == (("b", VariableInfo("B")),)
    assert renamed(book, {"a": "z"})[0] == ("z", VariableInfo("A"))
    info = VariableInfo(levels=("1", "2"), reference="1", value_labels=(("1", "one"), ("2", "two")))
    assert without_codes(info, ["1"]) == VariableInfo(levels=("2",), value_labels=(("2", "two"),))


cells = st.one_of(
    st.lists(st.one_of(st.integers(-5, 5).map(float), st.just(np.nan)), min_size=1, max_size=12),
    st.lists(st.integers(-5, 5), min_size=1, max_size=12),
    st.lists(st.sampled_from(["b", "a", "É", "é", " a", "10", "9", None]), min_size=1, max_size=12),
    st.lists(st.booleans(), min_size=1, max_size=12),
)


@given(cells, st.data())
def test_a_category_loses_no_cell_and_keeps_the_order_given(values: list[Any], data: st.DataObject) -> None:
    column = pd.Series(values, dtype="str" if any(isinstance(v, str) for v in values) else None)
    if column.isna().all():
        return
    texts = level_texts(column)
    order = data.draw(st.permutations(texts))
    some = tuple(order[: data.draw(st.integers(0, len(order)))])
    reference = data.draw(st.sampled_from(["", *texts]))
    made, notes = described_column(
        column, "x", VariableInfo(kind="category", levels=some, reference=reference)
    )
    codes, found = coded(made)
    before, spelt = coded(column)
    assert [found[c] if c >= 0 else None for c in codes] == [spelt[c] if c >= 0 else None for c in before]
    wanted = [level for level in [*some, *(t for t in texts if t not in some)] if level != reference]
    assert found == ([reference] if reference else []) + wanted
    assert not notes


@given(cells, st.sampled_from([kind for kind in KIND_WORDS if kind != "id"]))
def test_a_type_either_keeps_every_value_or_is_refused(values: list[Any], kind: str) -> None:
    column = pd.Series(values, dtype="str" if any(isinstance(v, str) for v in values) else None)
    try:
        made, _ = described_column(column, "x", VariableInfo(kind=kind))
    except StepError:
        return
    assert made.isna().tolist() == column.isna().tolist()
    again, _ = described_column(made, "x", VariableInfo(kind=kind))
    assert again is made
