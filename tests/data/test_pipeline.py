from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.dataset import Dataset
from mixgui.data.join_matching import JOIN_KINDS, RELATIONSHIPS
from mixgui.data.pipeline import Pipeline
from mixgui.data.read_options import SEPARATORS, ReadOptions
from mixgui.data.step_dict import step_from_dict, step_to_dict
from mixgui.data.steps import Join, Read, RemoveTable, RenameTable, Step, StepCode
from mixgui.errors import StepError
from mixgui.observer import Observer, Progress, silent


@pytest.fixture
def steps(tmp_path: Path) -> tuple[Step, ...]:
    (tmp_path / "pupils.csv").write_text("pupil,school\n1,2\n2,1\n3,2\n", encoding="utf-8")
    (tmp_path / "schools.csv").write_text("school,size\n1,10\n2,20\n", encoding="utf-8")
    return (
        Read(str(tmp_path / "pupils.csv"), "pupils"),
        Read(str(tmp_path / "schools.csv"), "schools"),
        Join("pupils", "schools", (("school", "school"),), "joined"),
        RenameTable("joined", "all"),
        RemoveTable("schools"),
    )


def test_tables_follow_from_the_steps(steps: tuple[Step, ...]) -> None:
    tables = Pipeline().run(steps)
    assert list(tables) == ["pupils", "all"]
    assert tables["all"].frame["size"].tolist() == [20, 10, 20]


def test_a_prefix_is_computed_once(steps: tuple[Step, ...]) -> None:
    pipeline = Pipeline()
    first = pipeline.run(steps[:3])
    seen: list[Progress] = []
    longer = pipeline.run(steps, seen.append)
    assert longer["all"].frame is first["joined"].frame
    assert not any(p.message.startswith(("Open", "Join", "Reading")) for p in seen)
    assert pipeline.run(steps[:2])["pupils"] is first["pupils"]
    pipeline.forget()
    assert pipeline.run(steps[:2])["pupils"] is not first["pupils"]


def test_what_is_remembered_is_bounded(steps: tuple[Step, ...]) -> None:
    pipeline = Pipeline(most_prefixes=2)
    tables = pipeline.run(steps)
    assert len(pipeline._results) == 2
    assert pipeline.run(steps) is tables


def test_the_step_that_breaks_is_named(steps: tuple[Step, ...]) -> None:
    broken = (*steps[:2], Join("pupils", "schools", (("schol", "school"),), "joined"), *steps[3:])
    with pytest.raises(
        StepError, match=r"Step 3 \(“Join pupils with schools”\) cannot be done: .*“schol”"
    ) as caught:
        Pipeline().run(broken)
    assert "“school”" in caught.value.hint


@dataclass(frozen=True)
class Bug:
    output: str = "x"
    calls: list[int] = field(default_factory=list, hash=False)

    def apply(self, tables: Mapping[str, Dataset], observer: Observer = silent) -> Mapping[str, Dataset]:
        raise ZeroDivisionError

    def describe(self) -> str:
        return "A bug"

    def code(self) -> StepCode:
        return StepCode("", "")


def test_bugs_are_not_dressed_up_as_refusals() -> None:
    with pytest.raises(ZeroDivisionError):
        Pipeline().run((Bug(),))


NAMES = st.text(min_size=1, max_size=10)
OPTIONS = st.builds(
    ReadOptions,
    separator=st.sampled_from(list(SEPARATORS)),
    decimal=st.sampled_from([".", ","]),
    thousands=st.sampled_from(["", "'"]),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
    quote=st.sampled_from(['"', ""]),
    header=st.booleans(),
    skip_lines=st.integers(0, 5),
    missing=st.lists(NAMES).map(tuple),
    as_text=st.lists(NAMES).map(tuple),
)
STEPS = st.one_of(
    st.builds(Read, NAMES, NAMES, OPTIONS),
    st.builds(
        Join,
        NAMES,
        NAMES,
        st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=3).map(tuple),
        NAMES,
        st.sampled_from(JOIN_KINDS),
        st.sampled_from(RELATIONSHIPS),
        st.tuples(NAMES, NAMES),
        st.booleans(),
    ),
    st.builds(RenameTable, NAMES, NAMES),
    st.builds(RemoveTable, NAMES),
)


@given(STEPS)
def test_a_step_survives_json(step: Step) -> None:
    text = json.dumps(step_to_dict(step))
    back = step_from_dict(json.loads(text))
    assert back == step
    assert hash(back) == hash(step)


JOIN: dict[str, Any] = {"verb": "join", "left": "a", "right": "b", "keys": [["k", "k"]], "output": "c"}


def test_defaults_may_be_left_out() -> None:
    assert step_from_dict(JOIN) == Join("a", "b", (("k", "k"),), "c")


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"verb": 3},
        {"verb": "explode"},
        {**JOIN, "colour": "red"},
        {key: value for key, value in JOIN.items() if key != "left"},
        {**JOIN, "keys": []},
        {**JOIN, "keys": "kk"},
        {**JOIN, "keys": [["k"]]},
        {**JOIN, "keys": [["k", 1]]},
        {**JOIN, "kind": "outer"},
        {**JOIN, "convert_keys": 1},
        {"verb": "read", "path": "p", "output": "t", "options": {"skip_lines": -1}},
        {"verb": "read", "path": "p", "output": "t", "options": {"skip_lines": True}},
        {"verb": "read", "path": "p", "output": "t", "options": 5},
        {"verb": "read", "path": None, "output": "t"},
    ],
)
def test_damaged_steps_are_refused_in_a_sentence(data: Any) -> None:
    with pytest.raises(StepError) as caught:
        step_from_dict(data)
    assert caught.value.hint


@given(
    st.recursive(
        st.one_of(st.none(), st.integers(), st.text()),
        lambda x: st.one_of(st.lists(x), st.dictionaries(st.text(), x)),
    )
)
def test_any_json_is_refused_or_a_step(data: Any) -> None:
    for candidate in (
        data,
        {**JOIN, "keys": data},
        {**JOIN, "kind": data},
        {"verb": "remove_table", "table": data},
    ):
        try:
            step = step_from_dict(candidate)
        except StepError:
            continue
        assert step_from_dict(step_to_dict(step)) == step


def test_what_was_read_stands_in_for_the_file(steps: tuple[Step, ...]) -> None:
    sources: dict[Read, Dataset] = {}
    first = Pipeline().run(steps, sources=sources)
    assert [step.output for step in sources] == ["pupils", "schools"]
    for step in sources:
        Path(step.path).unlink()
    again = Pipeline().run(steps, sources=sources)
    assert again["all"].frame.equals(first["all"].frame)
    assert again["pupils"] is first["pupils"]
    with pytest.raises(StepError, match="Step 1"):
        Pipeline().run(steps)


def test_other_data_under_the_same_step_are_another_prefix(steps: tuple[Step, ...]) -> None:
    pipeline = Pipeline()
    sources: dict[Read, Dataset] = {}
    pipeline.run(steps[:1])  # what was read without keeping it
    pipeline.run(steps, sources=sources)
    assert len(sources) == 2
    pupils = next(iter(sources))
    changed = dict(sources)
    changed[pupils] = Dataset.from_frame("pupils", sources[pupils].frame.head(1))
    assert len(pipeline.run(steps, sources=changed)["all"].frame) == 1
    assert len(pipeline.run(steps, sources=sources)["all"].frame) == 3


def test_editions_tell_readings_of_a_file_apart(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    first, again = Read(str(path), "t"), Read(str(path), "t", edition=1)
    assert first == Read(str(path), "t")
    assert first != again
    given = {first: Dataset.from_frame("t", _frame(1)), again: Dataset.from_frame("t", _frame(2))}
    steps = (first, RenameTable("t", "old"), again)
    tables = Pipeline().run(steps, sources=given)
    assert [len(tables[name].frame) for name in ("old", "t")] == [1, 2]


def _frame(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"a": range(rows)})
