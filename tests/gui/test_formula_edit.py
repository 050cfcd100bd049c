from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, Qt
from pytestqt.qtbot import QtBot

from mixgui.gui.formula_edit import MIME_VARIABLE, FormulaEdit
from mixgui.models.formula_parser import parse_formula

COLUMNS = ("score", "hours", "school", "verbal_iq", "odd name")


@pytest.fixture
def edit(qtbot: QtBot) -> FormulaEdit:
    widget = FormulaEdit()
    qtbot.addWidget(widget)
    widget.set_columns(COLUMNS)
    widget.show()
    return widget


def test_typing_tells_the_formula_and_leaves_the_text_alone(edit: FormulaEdit, qtbot: QtBot) -> None:
    told: list[object] = []
    edit.formula_changed.connect(told.append)
    edit.formula_changed.connect(edit.set_formula)  # what the tab does: the echo must change nothing
    qtbot.keyClicks(edit, "score~hours*verbal_iq+(1|school)")
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.toPlainText() == "score~hours*verbal_iq+(1|school)"
    assert told[-1] == edit.formula() == parse_formula("score ~ hours * verbal_iq + (1 | school)")
    assert edit.textCursor().position() == len(edit.toPlainText())


def test_the_same_formula_in_other_words_is_not_news(edit: FormulaEdit) -> None:
    edit.setPlainText("score ~ hours")
    told: list[object] = []
    edit.formula_changed.connect(told.append)
    edit.setPlainText("score ~ 1 + hours")
    assert told == []


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("score ~ hours + (1 | school", (16, 17)),
        ("score ~ hors", (8, 12)),
        ("score ~ hours + + ", None),
        ("~ hours", (0, 1)),
        ("score ~ hours $ 2", (14, 15)),
    ],
)
def test_errors_are_marked_at_their_characters(
    edit: FormulaEdit, text: str, span: tuple[int, int] | None
) -> None:
    errors: list[object] = []
    edit.error_changed.connect(errors.append)
    edit.setPlainText(text)
    assert edit.error() is not None
    assert errors[-1] is edit.error()
    assert len(edit.error_spans()) == 1
    if span is not None:
        assert edit.error_spans() == (span,)
    start = min(edit.error_spans()[0][0], len(text) - 1)
    formats = edit.document().firstBlock().layout().formats()
    underlined = [f for f in formats if f.start <= start < f.start + f.length]
    assert underlined, "the characters are underlined on the screen"
    edit.setPlainText("score ~ hours")
    assert edit.error() is None
    assert errors[-1] is None
    assert not edit.document().firstBlock().layout().formats()


def test_every_unknown_name_is_underlined_and_one_is_suggested(edit: FormulaEdit) -> None:
    edit.setPlainText("scor ~ hors + log(hours)")
    assert edit.error_spans() == ((0, 4), (7, 11))
    assert edit.formula() is not None, "it is a formula all the same"
    error = edit.error()
    assert error is not None
    assert "score" in error.hint


def test_an_empty_field_is_no_error(edit: FormulaEdit) -> None:
    edit.setPlainText("score ~")
    edit.setPlainText("")
    assert edit.error() is None
    assert edit.formula() is None


def test_set_formula_writes_the_canonical_text_when_it_differs(edit: FormulaEdit) -> None:
    told: list[object] = []
    edit.formula_changed.connect(told.append)
    formula = parse_formula("score ~ hours + (hours || school)")
    edit.set_formula(formula)
    assert edit.toPlainText() == str(formula)
    assert told == [], "what came from outside is not the user's edit"
    edit.set_formula(None)
    assert edit.toPlainText() == ""


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="score ~+-*:|()^hiI.`'\"\\ 012,=%&<>\n\t", max_size=30))
def test_no_text_breaks_the_field(text: str) -> None:
    widget = FormulaEdit()
    widget.set_columns(COLUMNS)
    widget.setPlainText(text)
    assert widget.formula() is None or widget.error_spans() is not None
    widget.deleteLater()


def test_enter_asks_for_a_fit_and_never_breaks_the_line(edit: FormulaEdit, qtbot: QtBot) -> None:
    edit.setPlainText("score ~ hours")
    with qtbot.waitSignal(edit.fit_requested, timeout=1000):
        qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert edit.toPlainText() == "score ~ hours"


def test_pasted_lines_become_one_and_dropped_variables_are_spelt(edit: FormulaEdit) -> None:
    lines = QMimeData()
    lines.setText("score ~\n  hours +\r\n")
    edit.insertFromMimeData(lines)
    variable = QMimeData()
    variable.setData(MIME_VARIABLE, b"odd name")
    edit.insertFromMimeData(variable)
    assert edit.toPlainText() == "score ~ hours +`odd name`"
    assert edit.error() is None


def test_names_are_completed(edit: FormulaEdit, qtbot: QtBot) -> None:
    qtbot.keyClicks(edit, "score ~ verb")
    popup = edit._popup()
    assert popup.isVisible()
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert edit.toPlainText() == "score ~ verbal_iq"
    assert not popup.isVisible()
    assert edit.error() is None


def test_completion_writes_backquotes_and_functions(edit: FormulaEdit) -> None:
    edit.setPlainText("score ~ odd")
    edit.moveCursor(edit.textCursor().MoveOperation.End)
    edit._complete("odd name")
    assert edit.toPlainText() == "score ~ `odd name`"
    edit.setPlainText("score ~ lo")
    edit.moveCursor(edit.textCursor().MoveOperation.End)
    edit._complete("log()")
    assert edit.toPlainText() == "score ~ log()"
    edit.insertPlainText("hours")
    assert edit.toPlainText() == "score ~ log(hours)"


def test_a_finished_name_offers_nothing(edit: FormulaEdit, qtbot: QtBot) -> None:
    qtbot.keyClicks(edit, "score ~ hours")
    assert not edit._popup().isVisible()
