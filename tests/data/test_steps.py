from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from mixgui.data.dataset import Dataset
from mixgui.data.read_options import ReadOptions
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


def test_python_code_gives_the_same_rows() -> None:
    for kind in ("left", "inner", "right", "full", "semi", "anti"):
        step = Join("pupils", "schools", (("school", "school"),), "joined", kind)  # type: ignore[arg-type]
        line = step.code().python
        names = {"pd": pd, "pupils": PUPILS, "schools": SCHOOLS}
        exec(line, names)
        ours = step.apply(TABLES)["joined"].frame
        theirs = names["joined"]
        order = list(ours.columns)
        by = [c for c in ("pupil", "school") if c in order]
        pd.testing.assert_frame_equal(
            ours.sort_values(by).reset_index(drop=True).astype(float),
            theirs[order].sort_values(by).reset_index(drop=True).astype(float),
        )


def test_code_quotes_what_a_path_may_hold() -> None:
    step = Read('a "b"\\c.csv', "1 table", ReadOptions(separator="\t"))
    code = step.code()
    assert code.r.startswith("table_1_table <- read_delim(")
    assert 'delim = "\\t"' in code.r
    assert '\\"b\\"' in code.r
