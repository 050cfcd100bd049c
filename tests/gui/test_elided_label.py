from __future__ import annotations

import pytest
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from mixgui.gui.elided_label import elided_term


@pytest.mark.parametrize("room", [80, 160, 240, 320])
def test_shortened_terms_fit(qapp: QApplication, room: int) -> None:
    metrics = QFontMetrics(QFont())
    term = "highest_education_of_either_parentuniversity:socioeconomic_status_of_household"
    assert metrics.horizontalAdvance(elided_term(term, metrics, room)) <= room


def test_what_fits_is_left_alone(qapp: QApplication) -> None:
    metrics = QFontMetrics(QFont())
    assert elided_term("ses:sector", metrics, 400) == "ses:sector"


def test_products_that_differ_in_their_middle_stay_apart(qapp: QApplication) -> None:
    metrics = QFontMetrics(QFont())
    terms = [
        f"highest_education_of_parents{level}:household_status" for level in ("none", "school", "higher")
    ]
    shown = [elided_term(term, metrics, 220) for term in terms]
    assert len(set(shown)) == 3
    assert all(text != term for text, term in zip(shown, terms, strict=True))


def test_a_short_factor_keeps_all_its_letters(qapp: QApplication) -> None:
    metrics = QFontMetrics(QFont())
    assert elided_term("time:highest_education_of_either_parent", metrics, 200).startswith("time:")
