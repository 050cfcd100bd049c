from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mixgui.data.dataset import Dataset
from mixgui.data.joins import JOIN_KINDS, JoinKind, Relationship
from mixgui.data.read_options import WHITESPACE, ReadOptions
from mixgui.data.steps import Join, Read, RemoveTable, RenameTable, Step
from mixgui.errors import Cancelled, JoinError, MixguiError, StepError
from mixgui.observer import Progress

PUPILS = pd.DataFrame({"pupil": [1, 2, 3, 4], "school": [2, 1, 2, 9], "size": [1.0, 2.0, 3.0, 4.0]})
SCHOOLS = pd.DataFrame({"school": [1, 2, 3], "size": [10, 20, 30]})
TABLES = {"pupils": Dataset.from_frame("pupils", PUPILS), "schools": Dataset.from_frame("schools", SCHOOLS)}
JOIN = Join("pupils", "schools", (("school", "school"),), "joined")


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "pupils.csv"
    path.write_text("pupil;score\n1;2,5\n2;3,5\n", encoding="utf-8")
    step = Read(str(path), "pupils", ReadOptions(separator=";", decimal=","))
    table = step.apply({})["pupils"]
    assert table.frame["score"].tolist() == [2.5, 3.5]
    assert table.source == "pupils.csv"
    assert step.describe() == "Open pupils.csv"


def test_join_keeps_rows_order_and_the_given_tables() -> None:
    after = JOIN.apply(TABLES)
    assert after["joined"].frame["pupil"].tolist() == [1, 2, 3, 4]
    assert after["joined"].frame["size_right"].tolist()[:3] == [20, 10, 20]
    assert list(after) == ["pupils", "schools", "joined"]
    assert list(TABLES) == ["pupils", "schools"]
    assert JOIN.describe() == "Join pupils with schools"


def test_labels_survive_a_join() -> None:
    known = {"size": Dataset.from_frame("x", SCHOOLS).variable("size")}
    labelled = Dataset.from_frame("schools", SCHOOLS, known={"size": _labelled(known["size"], "School size")})
    joined = JOIN.apply({**TABLES, "schools": labelled})["joined"]
    assert joined.variable("size_right").label == "School size"
    assert joined.variable("size").label == ""


def _labelled(variable: object, label: str) -> object:
    from dataclasses import replace

    return replace(variable, label=label)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (Join("pupil", "schools", (("school", "school"),), "j"), "pupils"),
        (Join("pupils", "schools", (("school", "school"),), "pupils"), "already"),
        (Join("pupils", "schools", (("school", "school"),), " "), "no name"),
        (Join("pupils", "schools", (("schol", "school"),), "j"), "schol"),
        (RenameTable("pupils", "schools"), "already"),
        (RenameTable("nobody", "x"), "nobody"),
        (RemoveTable("nobody"), "nobody"),
    ],
)
def test_refusals(step: Step, sentence: str) -> None:
    with pytest.raises((StepError, JoinError), match=sentence) as caught:
        step.apply(TABLES)
    assert isinstance(caught.value, MixguiError)
    assert caught.value.hint


def test_rename_and_remove() -> None:
    renamed = RenameTable("pupils", "children").apply(TABLES)
    assert list(renamed) == ["children", "schools"]
    assert renamed["children"].name == "children"
    assert list(RemoveTable("pupils").apply(TABLES)) == ["schools"]


def test_cancel(tmp_path: Path) -> None:
    def observer(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        JOIN.apply(TABLES, observer)


def test_steps_are_values() -> None:
    assert Join("pupils", "schools", (("school", "school"),), "joined") == JOIN
    assert hash(JOIN) == hash(Join("pupils", "schools", (("school", "school"),), "joined"))


LEFT = pd.DataFrame(
    {
        "id": range(7),
        "k": [3, 1, None, 2, 9, 1, None],
        "k2": ["a", "b", "a", None, "b", "a", "b"],
        "v": list("pqrstuv"),
    }
)
RIGHT = pd.DataFrame(
    {"kk": [1, 2, 3, None, 7], "k2": ["a", "b", "a", "a", "b"], "v": list("ABCDE"), "k": [10, 20, 30, 40, 50]}
)
TEXTS = RIGHT.assign(kk=["1", "2", "3", None, "7"])
TWICE = pd.concat([RIGHT, RIGHT.iloc[[1]]], ignore_index=True)


@pytest.mark.parametrize("kind", JOIN_KINDS)
@pytest.mark.parametrize(
    ("right", "keys", "relationship", "convert"),
    [
        (RIGHT, (("k", "kk"),), "auto", False),
        (RIGHT.drop(columns="k").rename(columns={"kk": "k"}), (("k", "k"),), "many-to-one", False),
        (RIGHT, (("k", "kk"), ("k2", "k2")), "auto", False),
        (TWICE, (("k", "kk"),), "many-to-many", False),
        (TEXTS, (("k", "kk"),), "auto", True),
    ],
)
def test_python_code_gives_the_same_table(
    kind: JoinKind,
    right: pd.DataFrame,
    keys: tuple[tuple[str, str], ...],
    relationship: Relationship,
    convert: bool,
) -> None:
    step = Join("left t", "right", keys, "out", kind, relationship, ("", "_r"), convert)
    tables = {"left t": Dataset.from_frame("left t", LEFT), "right": Dataset.from_frame("right", right)}
    names = {"pd": pd, "left_t": LEFT, "right": right}
    exec(step.code().python, names)
    pd.testing.assert_frame_equal(step.apply(tables)["out"].frame, names["out"], check_dtype=False)


def test_r_code_of_joins() -> None:
    assert JOIN.code().r == (
        'joined <- left_join(pupils, schools, by = c("school"), na_matches = "never", suffix = c("", "_right"))'
    )
    code = Join("a b", "q", (("x", "y"),), "d", "right").code().r  # dplyr would keep the left table's order
    assert code.startswith('d <- right_join(a_b, mutate(q, .row = row_number()), by = c("x" = "y")')
    assert code.endswith("arrange(.row) |>\n  select(-.row)")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a;b\n1,5;x\n;y\n", ReadOptions(separator=";", decimal=",")),
        ("title\na\tb\n1\t2.5\n", ReadOptions(separator="\t", skip_lines=1)),
        ("a  b\n1   2\n", ReadOptions(separator=WHITESPACE)),
        ("1,x\n2,y\n", ReadOptions(header=False)),
        ("a,b\n1,'x\n", ReadOptions(quote="", as_text=("a",))),
    ],
)
def test_python_code_reads_the_same_table(tmp_path: Path, text: str, options: ReadOptions) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    step = Read(str(path), "t", options)
    names: dict[str, Any] = {"pd": pd}
    exec(step.code().python, names)
    pd.testing.assert_frame_equal(step.apply({})["t"].frame, names["t"])


def test_tables_that_a_script_could_not_tell_apart_are_refused() -> None:
    with pytest.raises(StepError, match="too much like"):
        RenameTable("pupils", "schools!").apply({**TABLES, "schools_": TABLES["schools"]})


def test_code_quotes_what_a_path_may_hold() -> None:
    step = Read('a "b"\\c.csv', "1 table", ReadOptions(separator="\t"))
    code = step.code()
    assert code.r.startswith("table_1_table <- read_delim(")
    assert 'delim = "\\t"' in code.r
    assert '\\"b\\"' in code.r
