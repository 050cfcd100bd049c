"""Laws of the steps: reshaping is undone by reshaping, replay is exact, untouched columns stay what they were."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset, Variable
from mixgui.data.pipeline import Pipeline
from mixgui.data.preview import preview
from mixgui.data.step_base import carry_out
from mixgui.data.step_dict import VERBS, step_from_dict, step_to_dict
from mixgui.data.steps import (
    Center,
    DropMissing,
    Join,
    PivotLonger,
    PivotWider,
    Read,
    Recode,
    RemoveColumns,
    RenameColumns,
    SetType,
    Sort,
    StackRows,
)
from mixgui.errors import Cancelled, MixguiError
from mixgui.observer import Progress

from .step_cases import CASES, FRAMES, compute, tables

# Steps over the pupils that can stand in any order often enough.
IN_PLACE = [step for step in CASES.values() if getattr(step, "table", "") == "pupils" == step.output]
MAKING = [step for step in CASES.values() if step.output == "out"]

Tables = Mapping[str, Dataset]


def same(left: Tables, right: Tables) -> None:
    """Assert that tables are the same to the bit, and what is known of their columns too."""
    assert list(left) == list(right)
    for name in left:
        a, b = left[name], right[name]
        assert a.variables == b.variables
        pd.testing.assert_frame_equal(a.frame, b.frame, check_exact=True, check_column_type=True)
        for column in a.frame:
            if a.frame[column].dtype.kind == "f":
                assert a.frame[column].to_numpy().tobytes() == b.frame[column].to_numpy().tobytes()


# Reshaping -------------------------------------------------------------------------------------------

CELLS = {
    "number": st.one_of(st.floats(allow_nan=False), st.none()),
    "whole": st.integers(-(2**53), 2**53),
    "text": st.one_of(st.text(max_size=4), st.none()),
    "yes": st.booleans(),
}
TYPES = {"number": "float64", "whole": "int64", "text": "str", "yes": "bool"}


@st.composite
def wide_tables(draw: st.DrawFn) -> pd.DataFrame:
    """A table with ids and columns v_1, v_2 ... of one kind."""
    kind = draw(st.sampled_from(list(CELLS)))
    n, k = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    times = draw(st.permutations(range(1, 13)))[:k]
    columns = {
        f"v_{time:02d}": pd.Series([draw(CELLS[kind]) for _ in range(n)], dtype=TYPES[kind]) for time in times
    }
    ids = draw(st.lists(st.text("ab1 é", min_size=1, max_size=3), min_size=n, max_size=n, unique=True))
    return pd.DataFrame({"id": pd.Series(ids, dtype="str"), "x": np.arange(n) / 7, **columns})


@given(wide_tables())
def test_wide_to_long_to_wide_is_the_identity(frame: pd.DataFrame) -> None:
    given: Tables = {"wide": Dataset.from_frame("wide", frame)}
    columns = tuple(frame.columns[2:])
    given = PivotLonger("wide", columns, ("name",), "value", "long").apply(given)
    assert len(given["long"].frame) == len(frame) * len(columns)
    back = PivotWider("long", ("name",), ("value",), "back").apply(given)["back"]
    pd.testing.assert_frame_equal(back.frame, frame, check_exact=True)


@given(wide_tables())
def test_long_to_wide_to_long_is_the_identity(frame: pd.DataFrame) -> None:
    columns = tuple(frame.columns[2:])
    long = PivotLonger("wide", columns, ("v", "time"), "value", "long", "", "_", ("time",))
    made = long.apply({"wide": Dataset.from_frame("wide", frame)})
    wide = PivotWider("long", ("time",), ("value",), "again").apply(made)
    names = tuple(str(int(name[2:])) for name in columns)
    assert wide["again"].names == ("id", "x", "v", *names)
    back = (
        PivotLonger("again", names, ("time",), "value", "long2", numbers=("time",)).apply(wide)["long2"].frame
    )
    pd.testing.assert_frame_equal(back, made["long"].frame, check_exact=True)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(allow_nan=False)), max_size=10))
def test_long_to_wide_refuses_what_would_be_lost(rows: list[tuple[int, int, float]]) -> None:
    frame = pd.DataFrame(rows, columns=["id", "t", "v"]).astype({"id": "int64", "t": "int64", "v": "float64"})
    twice = [(i, t) for i, t, _ in rows if [(a, b) for a, b, _ in rows].count((i, t)) > 1]
    step = PivotWider("t", ("t",), ("v",), "w", ("id",))
    wide = pd.DataFrame()
    try:
        wide = step.apply({"t": Dataset.from_frame("t", frame)})["w"].frame
    except MixguiError as error:
        refusal = error.message
    else:
        refusal = ""
    assert bool(twice) == bool(refusal)
    if twice:
        assert any(f"id {i}, t {t}" in refusal for i, t in twice)
    else:
        assert all(wide.set_index("id").loc[i, str(t)] == v for i, t, v in rows)


# Replay ----------------------------------------------------------------------------------------------


def _possible(steps: list[Any], given: Tables) -> tuple[list[Any], Tables]:
    """Return the steps that can be done one after the other, and the tables after them."""
    done = []
    for step in steps:
        try:
            given = step.apply(given)
        except MixguiError:
            continue
        done.append(step)
    return done, given


@settings(max_examples=60)
@given(st.lists(st.sampled_from([*IN_PLACE, *MAKING]), max_size=8))
def test_replay_from_saved_steps_is_exact(steps: list[Any]) -> None:
    reads = [Read(f"{name}.csv", name) for name in FRAMES]
    sources = dict(zip(reads, tables().values(), strict=True))
    done, made = _possible(steps, tables())
    saved = json.dumps([step_to_dict(step) for step in [*reads, *done]])
    again = [step_from_dict(step) for step in json.loads(saved)]
    assert again == [*reads, *done]
    same(Pipeline().run(again, sources=dict(sources)), made)


@pytest.mark.parametrize("case", CASES)
def test_a_step_leaves_the_given_tables_alone(case: str) -> None:
    given, step = tables(), CASES[case]
    before = dict(given)
    outcome = carry_out(step, given)
    assert hash(step) == hash(step_from_dict(json.loads(json.dumps(step_to_dict(step)))))
    assert given == before
    same(given, tables())
    for name, table in given.items():
        if name != step.output:
            assert outcome.tables[name] is table
    made = outcome.tables[step.output]
    assert made.names == tuple(made.frame.columns)
    # What is said of the columns is what a fresh look would say.
    fresh = Dataset.from_frame(made.name, made.frame, known={one.name: one for one in made.variables})
    assert [replace(one, summary="") for one in made.variables] == [
        replace(one, summary="") for one in fresh.variables
    ]
    assert isinstance(made.frame.index, pd.RangeIndex)


@pytest.mark.parametrize("case", CASES)
def test_a_step_says_what_it_is(case: str) -> None:
    step = CASES[case]
    sentence = step.describe()
    assert sentence
    assert len(sentence) < 100
    assert sentence[0].isupper()
    assert step.code().r
    assert step.code().python


def test_every_verb_is_tried() -> None:
    others = {"read", "read_text", "join", "rename_table", "remove_table", "describe"}
    assert {type(step) for step in CASES.values()} == {VERBS[verb] for verb in VERBS if verb not in others}


COLUMN_STEPS = [
    step
    for step in IN_PLACE
    if type(step).__name__ in ("Compute", "Center", "Recode", "SetType", "LookUp", "FillDown")
]


@pytest.mark.parametrize("step", COLUMN_STEPS, ids=lambda step: step.describe())
def test_untouched_columns_are_not_looked_at_again(step: Any) -> None:
    given = _labelled()
    made = preview(step, given)
    touched = {*made.changed_columns, *made.added_columns}
    before = {one.name: one for one in given["pupils"].variables}
    for one in made.after.variables:
        if one.name not in touched:
            assert one is before[one.name]
            column, old = made.after.frame[one.name], given["pupils"].frame[one.name]
            if isinstance(column.dtype, np.dtype):
                assert np.shares_memory(column.to_numpy(), old.to_numpy())


@pytest.mark.parametrize("kind", ["left", "inner", "full"])
def test_a_join_says_of_its_columns_what_a_fresh_look_would(kind: Any) -> None:
    given = _labelled()
    pupils = given["pupils"]
    for right, key in (("schools", "key"), ("more", "place")):
        made = Join("pupils", right, (("school", key),), "both", kind).apply(given)["both"]
        fresh = Dataset.from_frame("both", made.frame, known={one.name: one for one in made.variables})
        assert made.variables == fresh.variables
        assert made.variable("hours").info == pupils.variable("hours").info
        assert (made.variables[0] is pupils.variables[0]) == (kind == "left")


def _labelled() -> dict[str, Dataset]:
    """Return the tables with what a codebook might say of the pupils' columns."""
    given = tables()
    pupils = given["pupils"]
    words = {
        one.name: one.with_info(
            VariableInfo(f"The {one.name}", "unit", "words", value_labels=(("1", "one"),))
        )
        for one in pupils.variables
    }
    given["pupils"] = Dataset.from_frame("pupils", pupils.frame, known=words)
    return given


@pytest.mark.parametrize("step", [*IN_PLACE, *MAKING], ids=lambda step: step.describe())
def test_the_codebook_of_untouched_columns_is_kept(step: Any) -> None:
    given = _labelled()
    made = preview(step, given)
    names = dict(getattr(step, "names", ())) if isinstance(step, RenameColumns) else {}
    source: dict[str, Variable] = {one.name: one for one in given["pupils"].variables}
    if getattr(step, "table", "") != "pupils" or type(step).__name__ == "Aggregate":
        return
    for old, one in source.items():
        new = names.get(old, old)
        if new in made.after.names and old not in made.changed_columns:
            assert made.after.variable(new).info == one.info


def test_a_step_can_be_cancelled() -> None:
    def cancel(progress: Progress) -> None:
        raise Cancelled

    given = tables()
    for step in CASES.values():
        if type(step).__name__ in ("RenameColumns", "RemoveColumns", "DropMissing"):
            continue  # they take no time
        with pytest.raises(Cancelled):
            step.apply(given, cancel)


# The preview -----------------------------------------------------------------------------------------


def test_preview_tells_what_is_different() -> None:
    given = tables()
    made = preview(compute("hours * 2"), given)
    assert (made.before, made.added_columns, made.changed_columns, made.removed_columns) == (
        given["pupils"],
        ("new",),
        (),
        (),
    )
    made = preview(Center("pupils", ("score", "hours"), suffix=""), given)
    assert (made.added_columns, made.changed_columns) == ((), ("score", "hours"))
    made = preview(RemoveColumns("pupils", ("id", "sex")), given)
    assert made.removed_columns == ("id", "sex")
    made = preview(Sort("pupils", (("hours", True),)), given)
    assert made.after.frame["hours"].is_monotonic_increasing
    made = preview(PivotLonger("wide", ("vocab_08", "vocab_09"), output="long2"), given)
    assert (made.before, made.after.name) == (given["wide"], "long2")
    assert made.added_columns == ("name", "value")
    made = preview(Join("pupils", "schools", (("school", "key"),), "both"), given)
    assert made.added_columns == ("size", "kind")
    made = preview(StackRows(("pupils", "more"), "all"), given)
    assert made.before is given["pupils"]
    assert made.notes


def test_preview_of_a_change_that_leaves_the_cells() -> None:
    made = preview(SetType("pupils", "id", "id"), tables())
    assert made.changed_columns == ("id",)
    assert made.after.frame["id"].equals(FRAMES["pupils"]["id"])


# JSON that somebody else wrote -----------------------------------------------------------------------

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda part: st.one_of(
        st.lists(part, max_size=3), st.dictionaries(st.text(max_size=5), part, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.sampled_from(list(CASES.values())), st.data())
def test_a_damaged_step_is_refused_or_a_step(step: Any, data: st.DataObject) -> None:
    plain = step_to_dict(step)
    plain[data.draw(st.sampled_from(list(plain)))] = data.draw(JSON)
    try:
        read = step_from_dict(plain)
    except MixguiError:
        return
    assert step_from_dict(json.loads(json.dumps(step_to_dict(read)))) == read
    hash(read)
    with contextlib.suppress(MixguiError):  # what can be read can be refused in a sentence, or be done
        read.apply(tables())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", float("nan")),
        ("value", 10**400),
        ("value", True),
        ("scale", 1),
        ("method", "mode"),
        ("columns", "score"),
        ("columns", [1]),
        ("suffix", None),
        ("more", 1),
    ],
)
def test_fields_are_what_their_type_says(field: str, value: Any) -> None:
    plain = step_to_dict(Center("pupils", ("score",))) | {field: value}
    with pytest.raises(MixguiError, match=field):
        step_from_dict(plain)


def test_steps_that_depend_on_others_are_values() -> None:
    one = Recode("pupils", "sex", (("f", "x"),))
    assert {one: 1}[Recode("pupils", "sex", (("f", "x"),))] == 1
    assert one != replace(one, others="missing")
    assert DropMissing("t") == DropMissing("t", ())
