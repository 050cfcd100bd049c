"""The checks in the window: how much there is, the rows concerned, the steps that settle it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from mixgui.gui import checks_view


def pupils() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    sizes = rng.integers(5, 11, 9)
    school = np.repeat([f"School {'ABCDEFGHI'[i]}" for i in range(9)], sizes)
    return pd.DataFrame(
        {
            "pupil": np.concatenate([np.arange(1, n + 1) for n in sizes]),
            "school": pd.Series(school, dtype="str"),
            "score": rng.normal(size=sizes.sum()).round(3),
        }
    )


def kinds(checks: Any) -> list[str]:
    return [one.kind for one in checks.findings]


def button_text(rig: Any) -> str:
    found = rig.window.findChild(QToolButton, "data_page_checks")
    assert isinstance(found, QToolButton)
    return str(found.text())


def test_what_is_found_is_counted_shown_and_settled(app_window: Any, qtbot: Any) -> None:
    app_window.give(pupils=pupils())
    tab = app_window.window.data_tab
    assert button_text(app_window) == "Checks (1)"  # before anybody looked
    tab.pages.show_page("checks")
    assert kinds(tab.checks) == ["reused_ids", "key"]
    assert tab.checks.heading.text() == "1 thing to look at"
    card = tab.checks.cards[0]
    qtbot.mouseClick(card.show_button, Qt.MouseButton.LeftButton)
    assert card.table.isVisible()
    assert card.table.shown_frame()["pupil"].iloc[0] == "1"
    assert card.show_button.text() == "Hide ids"
    qtbot.mouseClick(card.show_button, Qt.MouseButton.LeftButton)
    assert not card.table.isVisible()
    offer = card.findChild(QPushButton, "finding_offer_0_0")
    assert offer.text() == "Make “school_pupil”"
    qtbot.mouseClick(offer, Qt.MouseButton.LeftButton)
    app_window.settle()
    assert app_window.document.tables["pupils"].variable("school_pupil").n_unique == len(pupils())
    assert tab.checks.heading.text() == "Nothing found"
    assert {one.severity for one in tab.checks.findings} == {"info"}
    assert "Each row is identified by “school_pupil”." in [one.sentence for one in tab.checks.findings]
    app_window.document.undo_stack.undo()
    app_window.settle()
    assert kinds(tab.checks) == ["reused_ids", "key"]


def test_names_are_made_one_and_then_nothing_is_found(app_window: Any, qtbot: Any) -> None:
    frame = pupils().assign(pupil=range(len(pupils())))
    frame.loc[3, "school"] = "school a "
    app_window.give(pupils=frame)
    tab = app_window.window.data_tab
    tab.pages.show_page("checks")
    card = next(one for one in tab.checks.cards if one.finding.kind == "alike_names")
    card.toggle_table()
    assert (
        "school␣a␣" in card.table.shown_frame()["school"].tolist()
        or "school a␣" in card.table.shown_frame()["school"].tolist()
    )
    card.offered.emit(card.finding.offers[0])
    app_window.settle()
    assert kinds(tab.checks) == ["key"]
    assert tab.checks.heading.text() == "Nothing found"
    assert tab.checks.words.text().startswith("Checked: which columns identify the rows;")
    assert button_text(app_window) == "Checks"


def test_another_table_changes_what_is_found(app_window: Any) -> None:
    frame = pupils().assign(pupil=range(len(pupils())))
    app_window.give(pupils=frame)
    schools = pd.DataFrame({"school": [f"School {c}" for c in "ABCDEFG"], "size": range(7)})
    app_window.give(schools=schools)
    app_window.window.set_table("pupils")
    app_window.settle()
    checks = app_window.window.data_tab.checks
    assert kinds(checks) == ["absent_groups", "key"]
    app_window.document.undo_stack.undo()
    app_window.settle()
    assert kinds(checks) == ["key"]


def test_a_large_table_is_checked_when_somebody_looks(app_window: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(checks_view, "_AT_ONCE", 10)
    app_window.give(pupils=pupils())
    tab = app_window.window.data_tab
    assert kinds(tab.checks) == []
    assert button_text(app_window) == "Checks"
    tab.pages.show_page("checks")
    app_window.settle()
    assert button_text(app_window) == "Checks (1)"


def test_a_table_without_rows(app_window: Any) -> None:
    app_window.give(empty=pd.DataFrame({"a": pd.Series([], dtype=float)}))
    tab = app_window.window.data_tab
    tab.pages.show_page("checks")
    assert tab.checks.words.text() == "This table has no rows to check."
