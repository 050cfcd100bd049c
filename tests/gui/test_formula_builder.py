from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QMenu, QPushButton, QToolButton, QTreeView
from pytestqt.qtbot import QtBot

from mixgui.data.dataset import Variable
from mixgui.errors import MixguiError
from mixgui.gui.formula_builder import FormulaBuilder
from mixgui.gui.formula_chips import Chip, DropArea
from mixgui.gui.formula_edit import MIME_VARIABLE
from mixgui.gui.random_term_editor import RandomTermEditor
from mixgui.models.formula_parser import parse_formula

VARIABLES = (
    Variable("score", "number"),
    Variable("hours", "number"),
    Variable("ses", "number"),
    Variable("sector", "category"),
    Variable("school", "integer", n_unique=40),
    Variable("class", "text", n_unique=90),
)
LEVELS = {"score": None, "hours": None, "ses": None, "sector": "school", "school": "school", "class": None}


class Bench:
    """A builder whose edits come back to it, as in the tab."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.builder = FormulaBuilder()
        qtbot.addWidget(self.builder)
        self.texts: list[str] = []
        self.refusals: list[MixguiError] = []
        self.builder.edited.connect(self._on_edited)
        self.builder.refused.connect(self.refusals.append)
        self.builder.set_variables(VARIABLES, LEVELS, ("school",))
        self.builder.resize(280, 900)
        self.builder.show()

    def _on_edited(self, formula: object, text: str) -> None:
        self.texts.append(text)
        self.builder.set_formula(formula)  # type: ignore[arg-type]

    @property
    def text(self) -> str:
        return str(self.builder.formula())

    def choose(self, button: str, action: str) -> None:
        """Open the menu of a button and choose from it."""
        menu = self.builder.findChild(QToolButton, button).menu()
        assert isinstance(menu, QMenu)
        menu.aboutToShow.emit()
        found = next(one for one in menu.actions() if one.objectName() == action)
        found.trigger()

    def box(self, name: str) -> QCheckBox:
        boxes = [one for one in self.builder.findChildren(QCheckBox, name) if one.isVisible()]
        return boxes[0]

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.box(name), Qt.MouseButton.LeftButton, pos=self.box(name).rect().center())

    def chips(self) -> list[Chip]:
        return self.builder._chips()

    def editors(self) -> list[RandomTermEditor]:
        return [one for one in self.builder.findChildren(RandomTermEditor) if one.isVisible()]


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


def test_clicking_builds_the_formula_that_typing_gives(bench: Bench) -> None:
    bench.choose("outcome_button", "outcome_score")
    bench.choose("fixed_add", "fixed_hours")
    bench.choose("fixed_add", "fixed_ses")
    bench.choose("random_add", "group_school")
    box = bench.box("random_slope_hours")
    box.click()
    assert bench.builder.formula() == parse_formula("score ~ hours + ses + (1 + hours | school)")
    assert bench.texts == [
        "Choose score as the outcome",
        "Add hours",
        "Add ses",
        "Add random intercepts by school",
        "Change the random effects by school",
    ]


def test_nothing_can_be_added_before_the_outcome(bench: Bench) -> None:
    assert not bench.builder.findChild(QToolButton, "fixed_add").isEnabled()
    assert not bench.builder.findChild(QToolButton, "random_add").isEnabled()
    bench.builder.place_variable("hours", "fixed")
    assert "Choose the outcome first" in str(bench.refusals[0])
    assert bench.builder.formula() is None


def test_double_click_gives_the_outcome_then_fixed_effects(bench: Bench) -> None:
    view = bench.builder.findChild(QTreeView, "variables")
    for name in ("score", "ses"):
        row = bench.builder.variables.names().index(name)
        index = view.model().index(row, 0)
        place = view.visualRect(index).center()
        bench.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        bench.qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert bench.text == "score ~ 1 + ses"


def test_interaction_of_picked_terms_brings_what_the_star_means(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ hours + ses"))
    button = bench.builder.findChild(QPushButton, "interaction_add")
    assert button.isHidden()
    bench.chips()[0].set_picked(True)
    assert not button.isEnabled()
    bench.chips()[1].set_picked(True)
    assert button.isEnabled()
    assert button.text() == "Add hours × ses"
    bench.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bench.builder.formula() == parse_formula("score ~ hours * ses")
    assert [chip.text for chip in bench.chips()] == ["hours", "ses", "hours:ses"]


def test_a_chip_is_removed_by_its_cross_and_by_delete(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ hours + ses + sector"))
    cross = bench.chips()[0].findChild(QToolButton, "chip_remove")
    bench.qtbot.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert bench.text == "score ~ 1 + ses + sector"
    bench.qtbot.keyClick(bench.chips()[1], Qt.Key.Key_Delete)
    assert bench.text == "score ~ 1 + ses"


def test_the_intercept_can_be_left_out(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ hours"))
    bench.box("fixed_intercept").click()
    assert bench.text == "score ~ 0 + hours"


def test_a_dropped_variable_goes_where_it_was_dropped(bench: Bench) -> None:
    def drop(area: str, name: str) -> None:
        data = QMimeData()
        data.setData(MIME_VARIABLE, name.encode())
        event = QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        bench.builder.findChild(DropArea, area).dropEvent(event)

    drop("outcome_area", "score")
    drop("fixed_area", "hours\nses")
    assert bench.text == "score ~ 1 + hours + ses"
    drop("outcome_area", "ses")
    assert bench.text == "ses ~ 1 + hours", "an outcome is no predictor of itself"


def test_random_term_boxes(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ hours + sector + (1 | school)"))
    assert not bench.box("random_intercept").isEnabled(), "the last effect cannot be taken away"
    bench.box("random_slope_hours").click()
    bench.box("random_correlated").click()
    assert bench.text == "score ~ 1 + hours + sector + (1 + hours || school)"
    bench.box("random_intercept").click()
    assert bench.builder.formula() == parse_formula("score ~ hours + sector + (0 + hours || school)")
    assert "same for all rows of a school" in bench.box("random_slope_sector").toolTip()
    remove = bench.editors()[0].findChild(QToolButton, "random_remove")
    bench.qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert bench.text == "score ~ 1 + hours + sector"
    assert not bench.builder.findChild(QLabel, "ols_note").isHidden(), "OLS is said plainly"


def test_nested_groups_are_one_click(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ 1 + (1 | school)"))
    menu = bench.editors()[0].findChild(QToolButton, "random_nest").menu()
    assert isinstance(menu, QMenu)
    action = next(one for one in menu.actions() if one.objectName() == "nest_class")
    assert action.text() == "class within school"
    action.trigger()
    assert bench.builder.formula() == parse_formula("score ~ 1 + (1 | school/class)")
    assert len(bench.editors()) == 2


def test_a_random_term_that_is_there_twice_is_refused(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ 1 + (1 | school)"))
    bench.builder.place_variable("school", "group")
    assert bench.text == "score ~ 1 + (1 | school)"
    assert len(bench.refusals) == 1


def test_the_baseline_is_suggested_and_never_made_silently(bench: Bench) -> None:
    asked: list[object] = []
    bench.builder.baseline_requested.connect(asked.append)
    button = bench.builder.findChild(QPushButton, "baseline_fit")
    assert bench.builder.baseline.isVisible()
    assert not button.isEnabled(), "there is no outcome yet"
    bench.choose("outcome_button", "outcome_score")
    assert bench.text == "score ~ 1", "choosing an outcome adds nothing else"
    assert button.isEnabled()
    assert bench.builder.findChild(QComboBox, "baseline_group").currentText() == "school"
    bench.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [parse_formula("score ~ 1 + (1 | school)")]
    bench.builder.set_formula(parse_formula("score ~ hours"))
    assert bench.builder.baseline.isHidden()


def test_variables_say_what_they_are(bench: Bench) -> None:
    view = bench.builder.findChild(QTreeView, "variables")
    row = bench.builder.variables.names().index("sector")
    assert view.model().index(row, 1).data() == "by school"
    words = view.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "category" in words
    assert "same for all rows of a school" in words


def test_the_search_field_finds_and_adds(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ 1"))
    search = bench.builder.variables._search
    bench.qtbot.keyClicks(search, "SEC")
    assert bench.builder.variables.names() == ["sector"]
    bench.qtbot.keyClick(search, Qt.Key.Key_Return)
    assert bench.text == "score ~ 1 + sector"


def test_used_variables_are_not_offered_again(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ hours"))
    menu = bench.builder.findChild(QToolButton, "fixed_add").menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    names = [one.objectName() for one in menu.actions() if isinstance(one, QAction)]
    assert "fixed_hours" not in names
    assert "fixed_score" not in names
    assert "fixed_ses" in names


def test_the_keyboard_stays_where_it_was(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ hours + (1 | school)"))
    bench.builder.activateWindow()
    bench.box("random_slope_hours").setFocus()
    bench.qtbot.waitUntil(lambda: bench.box("random_slope_hours").hasFocus(), timeout=2000)
    bench.qtbot.keyClick(bench.box("random_slope_hours"), Qt.Key.Key_Space)
    assert bench.text == "score ~ 1 + hours + (1 + hours | school)"
    bench.qtbot.waitUntil(lambda: bench.box("random_slope_hours").hasFocus(), timeout=2000)


def test_all_widgets_have_names(bench: Bench) -> None:
    bench.builder.set_formula(parse_formula("score ~ hours + (hours | school)"))
    for widget in bench.builder.findChildren(QToolButton) + bench.builder.findChildren(QCheckBox):
        if widget.isVisible():
            assert widget.objectName(), widget
            assert widget.accessibleName() or widget.text(), widget.objectName()
