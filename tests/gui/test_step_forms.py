"""The forms of steps: a step that is shown comes out again as it was; what they propose is right at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mixgui.data.aggregate_step import Aggregate
from mixgui.data.center_step import Center
from mixgui.data.column_steps import Compute, FillDown, RemoveColumns, RenameColumns
from mixgui.data.dataset import Dataset
from mixgui.data.levels import likely_groups
from mixgui.data.preview import preview
from mixgui.data.reshape_steps import PivotLonger, PivotWider
from mixgui.data.row_steps import DropMissing, Filter, Sample, Sort
from mixgui.data.stack_step import StackRows
from mixgui.data.value_steps import LookUp, Recode, SetType
from mixgui.gui.step_forms.base import FieldProblem, StepForm
from mixgui.gui.step_forms.compute import condition_text
from mixgui.gui.step_forms.kinds import KINDS, kind, kind_of
from mixgui.gui.step_forms.value_table import pairs_of
from mixgui.services.worker import Worker


@pytest.fixture
def tables() -> dict[str, Dataset]:
    wide = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "school": ["a", "a", "b"],
            "vocab_08": [1.0, 2.0, np.nan],
            "vocab_09": [2.0, 3.0, 4.0],
        }
    )
    long = pd.DataFrame(
        {
            "id": [1, 1, 2, 2],
            "wave": ["vocab_08", "vocab_09"] * 2,
            "score": [1.5, np.nan, 2.5, 3.5],
            "year": [2002, 2003, 2002, 2003],
        }
    )
    waves = pd.DataFrame({"wave": ["vocab_08", "vocab_09"], "grade": [8, 9]})
    frames = {"wide": wide, "long": long, "waves": waves}
    return {name: Dataset.from_frame(name, frame) for name, frame in frames.items()}


@pytest.fixture
def make(qtbot: QtBot, tables: dict[str, Dataset]) -> Iterator[Callable[..., StepForm]]:
    worker = Worker()
    made: list[StepForm] = []

    def build(kind_id: str, table: str = "", column: str = "") -> StepForm:
        form = kind(kind_id).make_form(worker)
        qtbot.addWidget(form)
        form.set_tables(tables, table)
        if column:
            form.choose(column)
        form.resize(400, 900)
        form.show()
        made.append(form)
        qtbot.waitUntil(lambda: not worker.busy, timeout=20_000)
        return form

    build.settle = lambda: qtbot.waitUntil(lambda: not worker.busy, timeout=20_000)  # type: ignore[attr-defined]
    yield build
    worker.shutdown()


STEPS: tuple[Any, ...] = (
    PivotLonger("wide", ("vocab_08", "vocab_09"), ("grade",), "score", "made", numbers=("grade",)),
    PivotLonger("wide", ("vocab_08", "vocab_09"), ("what", "grade"), "x", "made", names_sep="_", drop_missing=True),
    PivotLonger("wide", ("vocab_08", "vocab_09"), (".value", "grade"), "value", "made", r"(.*)_(\d+)",
                numbers=("grade",)),
    PivotWider("long", ("wave",), ("score",), "made", ("id",), "."),
    PivotWider("long", ("wave",), ("score", "year"), "made"),
    StackRows(("wide", "waves"), "made", "from"),
    Aggregate("long", ("id",), (("score", "mean", "m"), ("", "n", "rows"), ("score", "missing", "gaps")), "made"),
    Compute("long", "time", "year - 2002"),
    Compute("long", "rank", "score - mean(score)", ("id", "wave")),
    Recode("long", "wave", (("vocab_08", "8"), ("vocab_09", "9")), "grade", "missing", True),
    Recode("long", "wave", (("vocab_09", ""),), "wave", "keep", False),
    LookUp("long", "wave", "waves", "wave", "grade", "grade"),
    SetType("long", "wave", "category", ("vocab_09", "vocab_08"), "vocab_08"),
    SetType("long", "wave", "text"),
    SetType("long", "wave", "date", date_format="%d.%m.%Y"),
    Center("long", ("score", "year"), "grand_mean", suffix="_c"),
    Center("long", ("score",), "group_mean", "id", scale=True, suffix="_within", keep_mean=True),
    Center("long", ("year",), "value", value=2002.5, suffix=""),
    RenameColumns("long", (("score", "points"), ("year", "when"))),
    RemoveColumns("long", ("wave", "year")),
    Filter("long", 'score > 1 & wave == "vocab_08"'),
    DropMissing("long", ("score",)),
    DropMissing("long", ()),
    FillDown("long", ("score",), ("id",)),
    Sort("long", (("year", False), ("id", True))),
    Sample("long", 2, "id", 42, "made"),
    Sample("long", 3, "", -1, "made"),
)  # fmt: skip


def test_every_step_has_a_kind_and_every_kind_is_tried() -> None:
    assert {type(step).__name__ for step in STEPS} == {one.step for one in KINDS}
    assert all(kind_of(step) is not None for step in STEPS)
    assert len({one.id for one in KINDS}) == len(KINDS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_a_step_that_is_shown_comes_out_again(step: Any, make: Any) -> None:
    one = kind_of(step)
    assert one is not None
    form = make(one.id)
    form.load(step)
    assert form.make() == step  # at once, before the worker has told the values
    make.settle()
    assert form.make() == step


@pytest.mark.parametrize("one", KINDS, ids=lambda one: one.id)
def test_an_empty_form_says_what_it_waits_for_and_not_in_red(one: Any, make: Any) -> None:
    form = make(one.id, "waves")
    problem = None
    try:
        form.make()
    except FieldProblem as found:
        problem = found
    assert problem is None or (
        problem.missing and problem.field in form.fields and problem.message[-1] == "."
    )
    errors = [one for one in form.findChildren(QLabel) if one.objectName().startswith("error_")]
    assert not [label.text() for label in errors if label.text()]


def stops(form: QWidget) -> list[QWidget]:
    """What Tab stops at, in its order, from the first widget of the form."""
    found: list[QWidget] = []
    widget = form.nextInFocusChain()
    seen: set[int] = set()
    while widget is not None and id(widget) not in seen:
        seen.add(id(widget))
        takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
        if form.isAncestorOf(widget) and takes and widget.isVisibleTo(form) and widget.isEnabledTo(form):
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


@pytest.mark.parametrize("one", KINDS, ids=lambda one: one.id)
def test_the_keyboard_goes_through_a_form_as_it_is_read(one: Any, make: Any) -> None:
    form = make(one.id, "long")
    form.load(next(step for step in reversed(STEPS) if kind_of(step) == one))
    make.settle()
    QApplication.processEvents()
    found = stops(form)
    assert found
    for widget in found:
        parent = widget.parentWidget()
        assert parent is not None
        assert widget.objectName() or parent.objectName()
        words = widget.accessibleName() or getattr(widget, "text", str)() or parent.accessibleName()
        assert words, widget.objectName()
    places = [widget.mapTo(form, QPoint(0, 0)) for widget in found]
    for before, after, first, second in zip(found, found[1:], places, places[1:], strict=False):
        inside = before.isAncestorOf(after)
        below = second.y() + after.height() > first.y() + 8  # under it, or beside it
        right = second.x() > first.x() or second.y() > first.y() + 8
        assert inside or (below and right), f"{after.objectName()} comes after {before.objectName()}"


# --- what is proposed ---


def test_wide_to_long_is_right_at_once_for_numbered_columns(make: Any, tables: dict[str, Dataset]) -> None:
    form = make("pivot_longer", "wide")
    step = form.make()
    assert step == PivotLonger(
        "wide", ("vocab_08", "vocab_09"), ("time",), "vocab", "wide long", numbers=("time",)
    )
    assert form.taken_apart.text() == "vocab_08 → time 8\nvocab_09 → time 9"
    after = preview(step, tables).after.frame
    assert after["time"].tolist() == [8, 9] * 3


def test_names_can_be_split_at_a_separator(make: Any) -> None:
    form = make("pivot_longer", "wide")
    form.how.set_value("separator")
    form.how.chosen.emit("")
    form._how_chosen("separator")
    assert form.split.text() == "_"
    assert [row.name_edit.text() for row in form.parts.rows()] == ["measure", "time"]
    assert form.make().numbers == ("time",)
    assert "measure “vocab”, time 8" in form.taken_apart.text()
    form.split.setText("-")
    with pytest.raises(FieldProblem) as told:
        form.make()
    assert told.value.field == "split"


def test_several_measures_become_a_column_each_at_once(make: Any, tables: dict[str, Dataset]) -> None:
    frame = pd.DataFrame(
        {"id": [1, 2], "read_t1": [1, 2], "mood_t1": [3, 4], "read_t2": [5, 6], "mood_t2": [7, 8]}
    )
    tables["waves"] = Dataset.from_frame("waves", frame)
    step = make("pivot_longer", "waves").make()
    after = preview(step, tables).after.frame
    assert list(after.columns) == ["id", "time", "read", "mood"]
    assert after.to_numpy().tolist() == [[1, 1, 1, 3], [1, 2, 5, 7], [2, 1, 2, 4], [2, 2, 6, 8]]


def test_what_was_said_of_the_parts_stays_when_other_columns_are_ticked(make: Any) -> None:
    form = make("pivot_longer", "wide")
    form.parts.rows()[0].name_edit.setText("grade")
    form.parts.rows()[0].name_edit.setModified(True)
    form.columns.set_columns(("vocab_08",))
    form._columns_chosen()
    assert [row.name_edit.text() for row in form.parts.rows()] == ["grade"]


def test_recode_lists_the_values_with_their_counts_and_takes_numbers_for_numbers(make: Any) -> None:
    form = make("recode", "long", "wave")
    make.settle()
    assert form.mapping.values.rows == [("vocab_08", "2"), ("vocab_09", "2")]
    form.mapping.set_mapping({"vocab_08": "8"})
    form.mapping.changed.emit()
    assert not form.make().as_number  # vocab_09 stays as it is, a text
    form.mapping.set_mapping({"vocab_09": "9"})
    form.mapping.changed.emit()
    step = form.make()
    assert step.as_number
    assert (step.new_column, step.mapping) == ("wave_new", (("vocab_08", "8"), ("vocab_09", "9")))


def test_a_look_up_can_be_pasted(make: Any) -> None:
    form = make("recode", "long", "wave")
    make.settle()
    QApplication.clipboard().setText("vocab_09\t9\nvocab_08\t8\nother\t1\n")
    form.mapping.paste()
    assert form.mapping.mapping() == (("vocab_08", "8"), ("vocab_09", "9"))
    QApplication.clipboard().setText("eight\nnine")
    form.mapping.setCurrentIndex(form.mapping.values.index(0, 2))
    form.mapping.paste()
    assert form.mapping.mapping() == (("vocab_08", "eight"), ("vocab_09", "nine"))


@pytest.mark.parametrize(
    ("lines", "pairs"),
    [
        (["a\tb"], {"a": "b"}),
        (['"vocab_08" = 8', "x=9"], {"vocab_08": "8", "x": "9"}),
        (["a, b"], {"a": "b"}),
        (["a", "b=c"], None),
    ],
)
def test_pasted_lines_are_old_and_new_values(lines: list[str], pairs: dict[str, str] | None) -> None:
    assert pairs_of(lines) == pairs


def test_levels_are_moved_by_buttons_and_keys(make: Any, qtbot: QtBot) -> None:
    form = make("set_type", "long", "wave")
    make.settle()
    assert form.kind.value() == "category"
    assert form.make().levels == ()  # the order as found needs no words
    levels = form.levels
    qtbot.keyClick(levels.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert form.make().levels == ("vocab_09", "vocab_08")
    qtbot.mouseClick(levels.up, Qt.MouseButton.LeftButton)
    assert form.make().levels == ()


def test_centering_shows_the_means_and_proposes_the_group(make: Any, tables: dict[str, Dataset]) -> None:
    form = make("center", "long", "score")
    make.settle()
    assert "score: mean 2.5000, SD 1.000" in form.means.text()
    form.method.set_value("group_mean")
    form._method_chosen("group_mean")
    make.settle()
    assert form.group.column() == likely_groups(tables["long"].frame)[0]
    form.value.setText("abc")
    form.method.set_value("value")
    with pytest.raises(FieldProblem, match="no number"):
        form.make()


def test_a_look_up_takes_the_key_of_the_same_name(make: Any) -> None:
    form = make("look_up", "long", "wave")
    assert form.lookup.currentText() == "waves"
    assert form.key.column() == "wave"
    form.value.set_column("grade")
    assert form.make() == LookUp("long", "wave", "waves", "wave", "grade", "grade")


def test_a_sample_draws_no_more_groups_than_there_are(make: Any, tables: dict[str, Dataset]) -> None:
    form = make("sample", "long")
    make.settle()
    assert form.make() == Sample("long", 2, likely_groups(tables["long"].frame)[0], 1, "sample of long")


@pytest.mark.parametrize(
    ("words", "value", "numeric", "text"),
    [
        ("is", "2", True, "`a b` == 2"),
        ("is", 'x "y"', False, '`a b` == "x \\"y\\""'),
        ("is one of", "1, 2,,3", True, "`a b` %in% c(1, 2, 3)"),
        ("is at most", "−2.5", True, "`a b` <= -2.5"),
        ("is missing", "", False, "is.na(`a b`)"),
        ("is", " ", False, ""),
    ],
)
def test_conditions_are_put_together(words: str, value: str, numeric: bool, text: str) -> None:
    assert condition_text("a b", words, value, numeric=numeric) == text


def test_the_condition_builder_adds_to_what_is_there(make: Any, tables: dict[str, Dataset]) -> None:
    form = make("filter", "long", "score")
    form.quick.operator.set_value("is greater than")
    form.quick.value.setEditText("2")
    form.quick.buttons["set"].click()
    assert form.expression.text() == "score > 2"
    form.quick.box.set_column("wave")
    form.quick.operator.set_value("is")
    form.quick.value.setEditText("vocab_08")
    form.quick.buttons["or"].click()
    form.quick.buttons["and"].click()
    assert form.expression.text() == '(score > 2 | wave == "vocab_08") & wave == "vocab_08"'
    assert preview(form.make(), tables).after.frame["id"].tolist() == [1, 2]


def test_columns_are_ticked_by_click_shift_click_search_and_space(make: Any, qtbot: QtBot) -> None:
    form = make("remove_columns", "long")
    view = form.columns.view

    def click(row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        place = view.visualRect(view.model().index(row, 0)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, place)

    click(0)
    assert form.columns.columns() == ("id",)
    click(0)
    click(2, Qt.KeyboardModifier.ShiftModifier)
    assert form.columns.columns() == ("id", "wave", "score")
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert form.columns.columns() == ("id", "wave")
    form.columns.search.setText("yea")
    form.columns.all_button.click()
    form.columns.search.clear()
    assert form.columns.columns() == ("id", "wave", "year")
    assert form.columns.count.text() == "3 of 4 ticked"


def test_the_functions_are_explained_and_written(make: Any, qtbot: QtBot) -> None:
    form = make("compute", "long")
    form.expression.set_text("score")
    form.expression.selectAll()
    form.functions.toggle.click()
    form.functions.search.setText("natural log")
    shown = [
        row for row in range(form.functions.list.count()) if not form.functions.list.item(row).isHidden()
    ]
    assert len(shown) == 1
    form.functions.list.itemActivated.emit(form.functions.list.item(shown[0]))
    assert form.expression.text() == "log(score)"
