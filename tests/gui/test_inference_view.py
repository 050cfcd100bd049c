from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton

from mixgui.gui.inference_view import QuestionCard

MIXED = "score ~ hours + sector + (1 | school)"


def _choose(rig: Any, name: str, value: str) -> None:
    box = rig.window.findChild(QComboBox, name)
    at = box.findData(value)
    assert at >= 0, f"{name} does not offer {value}"
    box.setCurrentIndex(at)
    box.activated.emit(at)
    rig.settle()


def _ask(rig: Any, question: str) -> Any:
    rig.tab.results.show_tab("Inference")
    button = rig.window.findChild(QPushButton, f"{question}_compute")
    rig.tab.results._pages["Inference"].ensureWidgetVisible(button)
    rig.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    rig.settle()
    card = rig.tab.results.inference.cards[question]
    assert isinstance(card, QuestionCard)
    return card


def _fit_of(rig: Any) -> Any:
    return rig.tab.results.frames.fit


def test_p_values_are_shown_when_they_are_asked_for(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit(MIXED)
    card = rig.tab.results.fixed
    assert "p_value" not in card.frame.columns, "no p until asked for"
    for ddf in ("satterthwaite", "kenward-roger"):
        _choose(rig, "fixed_effects_ddf", ddf)
        expected = _fit_of(rig).tidy(ddf=ddf)
        pd.testing.assert_series_equal(card.frame["df"], expected["df"])
        assert rig.cell(card, "hours", "df") == pytest.approx(expected["df"][1], rel=1e-3)
        assert card.notes.texts
    assert rig.settings.get("statistics/ddf") == "kenward-roger"
    _choose(rig, "fixed_effects_ddf", "none")
    assert "p_value" not in card.frame.columns


def test_kenward_roger_of_a_model_by_ml_says_what_is_shown_instead(rig: Any, schools: pd.DataFrame) -> None:
    rig.settings.set("statistics/reml", False)
    rig.settings.set("statistics/ddf", "kenward-roger")
    rig.give(schools=schools)
    rig.tab.new_model()
    rig.fit(MIXED)
    assert not _fit_of(rig).reml
    assert "needs REML" in " ".join(rig.tab.results.fixed.notes.texts)
    pd.testing.assert_series_equal(
        rig.tab.results.fixed.frame["df"], _fit_of(rig).tidy(ddf="satterthwaite")["df"]
    )


def test_f_tests_have_the_chosen_type_and_df(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit(MIXED)
    card = _ask(rig, "f_tests")
    pd.testing.assert_frame_equal(card.tables[0].frame, _fit_of(rig).anova(3))
    headings = [
        card.tables[0].model.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        for at in range(card.tables[0].model.columnCount())
    ]
    assert "F" in headings
    assert "t" not in headings
    _choose(rig, "f_tests_type", "2")
    assert not card.tables, "an answer to another question must not stay"
    _choose(rig, "f_tests_ddf", "kenward-roger")
    card = _ask(rig, "f_tests")
    pd.testing.assert_frame_equal(card.tables[0].frame, _fit_of(rig).anova(2, "kenward-roger"))


def test_intervals_by_each_method(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit(MIXED)
    rig.settings.set("statistics/conf_level", 0.9)
    rig.settle()
    card = _ask(rig, "intervals")
    pd.testing.assert_frame_equal(card.tables[0].frame, _fit_of(rig).confint("profile", 0.9))
    assert "90" in card.tables[0].heading.text()
    count = card.boxes["count"]
    assert not count.isVisible(), "the number of samples matters to the bootstrap only"
    _choose(rig, "intervals_method", "wald")
    card = _ask(rig, "intervals")
    pd.testing.assert_frame_equal(card.tables[0].frame, _fit_of(rig).confint("wald", 0.9))
    _choose(rig, "intervals_method", "boot")
    assert count.isVisible()


def test_means_and_differences(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit(MIXED)
    _choose(rig, "means_adjust", "holm")
    card = _ask(rig, "means")
    expected = _fit_of(rig).emmeans("sector", adjust="holm")
    pd.testing.assert_frame_equal(card.tables[0].frame, expected.means)
    pd.testing.assert_frame_equal(card.tables[1].frame, expected.contrasts)
    assert any("hours = " in text for text in card.tables[0].notes.texts)


def test_random_effects_shares_and_influence(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit(MIXED)
    fit = _fit_of(rig)
    tests = _ask(rig, "random_tests").tables[0]
    assert tests.frame["chisq"].to_list()[1:] == fit.ranova()["chisq"].to_list()[1:]
    shares = _ask(rig, "shares").tables[0].frame
    assert shares["icc_adjusted"][0] == fit.icc()["icc_adjusted"][0]
    influence = _ask(rig, "influence").tables[0].frame
    expected = fit.influence("school")
    assert influence["cooksd"][0] == expected["cooksd"].max()
    assert len(influence) == 12


def test_an_ordinary_regression_is_asked_only_what_it_can_answer(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit("score ~ hours")
    rig.tab.results.show_tab("Inference")
    shown = {name for name, card in rig.tab.results.inference.cards.items() if not card.isHidden()}
    assert shown == {"f_tests", "intervals", "shares"}
    assert not rig.tab.results.ddf.isVisible()
    card = _ask(rig, "intervals")
    pd.testing.assert_frame_equal(card.tables[0].frame, _fit_of(rig).confint())


def test_another_fit_takes_the_answers_away(rig: Any, schools: pd.DataFrame) -> None:
    rig.give(schools=schools)
    rig.fit(MIXED)
    card = _ask(rig, "shares")
    assert card.tables
    rig.fit("score ~ hours + (1 | school)")
    assert not card.tables
    assert rig.tab.results.inference.cards["means"].isHidden(), "there is no category any more"


def test_a_question_that_cannot_be_answered_says_why(rig: Any, schools: pd.DataFrame) -> None:
    one = schools.assign(group="a")
    one.loc[:4, "group"] = "b"
    rig.give(schools=one)
    rig.fit("score ~ hours + (1 | group)")
    card = rig.tab.results.inference.cards["influence"]
    card._question = type(card._question)(
        **{**vars(card._question), "compute": lambda fit, chosen, level, observer: fit.influence("nowhere")}
    )
    card = _ask(rig, "influence")
    assert any("nowhere" in text for text in card._problem.texts)
    assert card.go.isEnabled()
