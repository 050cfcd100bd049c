from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QTreeView
from pytestqt.qtbot import QtBot

from mixgui.gui.formula_chips import Chip, FlowArea
from mixgui.gui.formula_edit import MIME_VARIABLE

MIXED = "score ~ hours + (hours | school)"


def test_the_equation_is_drawn_in_three_forms_and_copied(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.type(MIXED)
    rig.settle()
    view = rig.tab.equation
    form = rig.window.findChild(QComboBox, "equation_form")
    texts = []
    for at in range(form.count()):
        form.setCurrentIndex(at)
        texts.append(view.label.equation.text)
    assert [form.itemData(at) for at in range(3)] == ["composite", "levels", "assumptions"]
    assert len(set(texts)) == 3
    assert "Level" in texts[1]
    assert "N" in texts[2]
    form.setCurrentIndex(0)
    view.label.copy("latex")
    latex = QGuiApplication.clipboard().text()
    assert latex == view.label.equation.latex
    assert r"\beta" in latex
    rig.type("score ~ hours")
    assert list(view._equations) == ["composite", "assumptions"]
    rig.type("score ~ hours + (1 |")
    assert not form.isVisible(), "a sentence has no forms"


def test_fitted_and_group_equations_have_the_numbers(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit(MIXED)
    fixed = rig.tab.results.fixed.frame["estimate"]
    fitted = rig.tab.results.equation.label.equation.text
    assert f"{fixed[0]:.2f}" in fitted
    assert f"{fixed[1]:.2f}" in fitted
    rig.selection.choose("school", "4")
    own = rig.tab.results.random.frame.loc["4"]
    group = rig.tab.results.group.equation.label.equation.text
    assert f"{own['own (Intercept)']:.2f}" in group
    assert f"{own['own hours']:.2f}" in group
    rig.settle()


def test_variances_have_shares_and_a_footnote(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit(MIXED)
    frame = rig.tab.results.variance.frame
    assert frame["share"].sum() == pytest.approx(1)
    assert frame["group"].tolist() == ["school", "school", "Residual"]
    assert any("covariances" in text for text in rig.tab.results.variance.notes.texts)
    rig.fit("score ~ hours + (1 | school)")
    assert rig.tab.results.variance.notes.texts == ()


def test_the_tabs_are_those_of_the_kind_of_model(rig: Any, schools: pd.DataFrame) -> None:
    def titles() -> list[str]:
        tabs = rig.tab.results.tabs
        return [tabs.tabText(at) for at in range(tabs.count())]

    rig.give(schools=schools)
    rig.fit(MIXED)
    assert titles() == ["Fixed effects", "Variance", "Random effects", "Groups", "Inference"]
    rig.fit("score ~ hours")
    assert titles() == ["Coefficients", "Model summary", "OLS per group", "Inference"]
    rig.tab.results.show_tab("Model summary")
    assert rig.tab.results.summary.isVisible()
    assert rig.tab.results.support.isVisible()
    rig.fit(MIXED)
    rig.tab.results.show_tab("Variance")
    assert rig.tab.results.summary.isVisible(), "one card serves both kinds"


def test_random_effects_are_searched_and_sorted(rig: Any, schools: pd.DataFrame) -> None:
    many = pd.concat([schools.assign(school=schools["school"] + 12 * k) for k in range(3)])
    rig.give(many=many)
    rig.fit("score ~ hours + (1 | school)")
    rig.tab.results.show_tab("Random effects")
    card = rig.tab.results.random
    assert card.search_field.isVisible()
    card.model.sort(1)
    estimates = [float(card.model.text(at, 1).replace("\N{MINUS SIGN}", "-")) for at in range(36)]
    assert estimates == sorted(estimates)
    card.search_field.setText("36")
    assert "36" in [card.model.text(at, 0) for at in range(card.model.rowCount())]
    assert card.model.rowCount() < 36


def test_regressions_of_groups_take_part_in_the_choice(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit("score ~ hours")
    rig.tab.results.show_tab("OLS per group")
    rig.tab.results.ols_groups.fit()
    rig.settle()
    table = rig.tab.results.ols_groups.table
    rig.selection.choose("school", "5")
    assert table.model.highlighted == "5"
    rig.settle()
    assert rig.tab.residuals.factor == "school"
    assert rig.tab.results.chooser.factor == "school"


def test_dragged_variables_carry_their_names(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    view = rig.window.findChild(QTreeView, "variables")
    view.selectAll()
    data = view.model().mimeData(view.selectedIndexes())
    assert data.data(MIME_VARIABLE).data().decode().split("\n") == list(schools.columns)


def test_a_long_chip_is_cut_and_not_the_column_widened(qtbot: QtBot) -> None:
    area = FlowArea()
    qtbot.addWidget(area)
    area.resize(160, 100)
    area.show()
    long, short = Chip("poly(a_variable_with_a_long_name, degree = 3, raw = TRUE)"), Chip("x")
    area.set_widgets([short, long])
    assert long.geometry().right() <= area.width()
    assert "\N{HORIZONTAL ELLIPSIS}" in long._label.text()
    assert long.text.startswith("poly(a_variable")
    assert long.geometry().top() > short.geometry().bottom(), "it stands in a line of its own"
    area.resize(900, 100)
    qtbot.waitUntil(lambda: long._label.text() == long.text, timeout=2000)
    assert long.geometry().top() == short.geometry().top()
