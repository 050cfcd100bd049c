"""The main window: tabs, side list, commands, keys, undo, what it remembers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QWhatsThis
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from mixgui.errors import MixguiError
from mixgui.gui.colours import DARK, LIGHT, colors
from mixgui.gui.session import Session
from mixgui.gui.side_list import SideList
from mixgui.gui.status import progress_text
from mixgui.observer import Observer, Progress
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

CTRL = Qt.KeyboardModifier.ControlModifier


def press(rig: Any, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press keys in the window, which must be active for its shortcuts to count."""
    rig.window.activateWindow()
    rig.qtbot.waitUntil(rig.window.isActiveWindow, timeout=2000)
    rig.qtbot.keyClick(rig.window, key, modifiers)
    rig.settle()


def add_model(rig: Any, formula: str, name: str = "") -> str:
    from mixgui.models.formula_parser import parse_formula
    from mixgui.models.spec import ModelSpec

    model = rig.document.add_model(ModelSpec(parse_formula(formula), table=rig.window.table), name)
    return str(model)


def test_without_data_only_what_makes_sense_can_be_chosen(app_window: Any) -> None:
    enabled = {name for name, action in app_window.window.actions_by_id.items() if action.isEnabled()}
    opening = {"open", "open_with", "paste", "paste_with"}
    assert enabled - {"value_labels"} == opening | {
        "start",
        "quit",
        "preferences",
        "help",
        "tour",
        "updates",
        "about",
    }


def test_with_a_table_one_can_go_on(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    actions = app_window.window.actions_by_id
    for name in ("fit", "new_model", "export", "rename_table", "undo", "tab_model"):
        assert actions[name].isEnabled(), name
    for name in ("join", "redo", "cancel", "remove_model", "export_plot"):
        assert not actions[name].isEnabled(), name


def test_tabs_go_by_keys(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    window = app_window.window
    press(app_window, Qt.Key.Key_2, CTRL)
    assert window.tabs.currentWidget() is window.explore.tab
    press(app_window, Qt.Key.Key_3, CTRL)
    assert window.tabs.currentWidget() is window.model_tab
    press(app_window, Qt.Key.Key_1, CTRL)
    assert window.tabs.currentWidget() is window.data_tab
    app_window.click("data_model")
    assert window.tabs.currentWidget() is window.model_tab


def test_undo_and_redo_by_keys_and_named_in_the_menu(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools, copy=schools)
    assert app_window.window.undo_action.text() == "Undo Make copy"
    press(app_window, Qt.Key.Key_Z, CTRL)
    assert list(app_window.document.tables) == ["pupils"]
    assert app_window.window.table == "pupils"
    assert app_window.window.side_list.texts("Steps") == [
        "1  Make pupils",
        "2  Make copy",
    ]  # the second in grey
    press(app_window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert list(app_window.document.tables) == ["pupils", "copy"]
    press(app_window, Qt.Key.Key_Z, CTRL)
    press(app_window, Qt.Key.Key_Y, CTRL)
    assert list(app_window.document.tables) == ["pupils", "copy"]


def step_menu(rig: Any, number: int) -> dict[str, Any]:
    """What the menu of a step offers."""
    side = rig.window.side_list
    menu = side.menu_of(side.item("Steps", number))
    return {action.text(): action for action in menu.actions() if action.text()}


def test_a_step_of_the_list_brings_its_state_back(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(a=schools, b=schools, c=schools)
    side = app_window.window.side_list
    step_menu(app_window, 1)["Go back to here"].trigger()
    assert list(app_window.document.tables) == ["a"]
    assert side.texts("Steps") == ["1  Make a", "2  Make b", "3  Make c"]
    app_window.settle()
    side.tree.itemActivated.emit(side.item("Steps", 3), 0)  # one that is undone comes back
    assert list(app_window.document.tables) == ["a", "b", "c"]
    app_window.settle()
    step_menu(app_window, 2)["Go back to here"].trigger()
    app_window.give(d=schools)
    assert side.texts("Steps") == ["1  Make a", "2  Make b", "3  Make d"]


def test_a_step_that_is_undone_is_grey_in_every_theme(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(a=schools, b=schools)
    side = app_window.window.side_list
    app_window.trigger("undo")
    for theme in ("dark", "light"):
        app_window.settings.set("appearance/theme", theme)
        app_window.qtbot.waitUntil(
            lambda: side.item("Steps", 2).foreground(0).color().name() == colors().disabled, timeout=5000
        )
        assert colors().dark == (theme == "dark")


def test_the_side_list_chooses_tables_and_models(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(a=schools, b=schools)
    window, side = app_window.window, app_window.window.side_list
    assert side.texts("Tables") == ["a", "b"]
    place = side.tree.visualItemRect(side.item("Tables", "a")).center()
    app_window.qtbot.mouseClick(side.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    app_window.settle()
    assert window.table == window.data_tab.table == window.model_tab.table == "a"
    assert side.item("Tables", "a").font(0).bold()
    assert not side.item("Tables", "b").font(0).bold()
    model = add_model(app_window, "score ~ hours")
    window.set_table("b")
    place = side.tree.visualItemRect(side.item("Models", model)).center()
    app_window.qtbot.mouseClick(side.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    app_window.settle()
    assert window.tabs.currentWidget() is window.model_tab
    assert window.model_tab.model_id == model
    assert window.table == "a"


def test_the_side_list_says_which_models_are_fitted(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    model = add_model(app_window, "score ~ hours", "First")
    side = app_window.window.side_list
    role = Qt.ItemDataRole.AccessibleTextRole
    assert side.item("Models", model).data(0, role) == "First, not fitted"
    app_window.models.fit(model)
    assert side.item("Models", model).data(0, role) == "First, being fitted"
    app_window.settle()
    assert side.item("Models", model).data(0, role) == "First, fitted"
    assert not side._timer.isActive()


def test_a_table_is_renamed_and_its_models_follow(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    add_model(app_window, "score ~ hours")
    app_window.trigger("rename_table")
    dialog = app_window.dialog("ask_text")
    assert isinstance(dialog, QInputDialog)
    field = dialog.findChild(QLineEdit)
    field.selectAll()
    app_window.qtbot.keyClicks(field, "children")
    app_window.qtbot.keyClick(field, Qt.Key.Key_Return)
    app_window.settle()
    assert list(app_window.document.tables) == ["children"]
    assert app_window.document.project.models[0].spec.table == "children"
    assert app_window.window.table == "children"


def test_a_table_with_models_is_not_removed_and_one_without_is(
    app_window: Any, schools: pd.DataFrame
) -> None:
    app_window.give(a=schools, b=schools)
    add_model(app_window, "score ~ hours", "B")
    app_window.trigger("remove_table")
    assert list(app_window.document.tables) == ["a", "b"]
    assert "is used by these models: “B”" in app_window.window.messages.text
    app_window.window.set_table("a")
    app_window.trigger("remove_table")
    assert list(app_window.document.tables) == ["b"]
    assert app_window.window.table == "b"


def test_a_model_is_renamed_duplicated_and_removed(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    model = add_model(app_window, "score ~ hours")
    app_window.window.model_tab.show_model(model)
    app_window.trigger("rename_model")
    field = app_window.dialog("ask_text").findChild(QLineEdit)
    field.selectAll()
    app_window.qtbot.keyClicks(field, "Hours")
    app_window.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert app_window.window.side_list.texts("Models") == ["Hours"]
    app_window.trigger("duplicate_model")
    assert len(app_window.document.project.models) == 2
    app_window.trigger("remove_model")
    assert app_window.window.side_list.texts("Models") == ["Hours"]


def test_the_menu_of_an_entry(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(a=schools, b=schools)
    side = app_window.window.side_list
    menu = side.menu_of(side.item("Tables", "a"))
    assert [action.text() for action in menu.actions()] == ["Join with another table…", "Rename…", "Remove"]
    menu.actions()[2].trigger()
    app_window.settle()
    assert list(app_window.document.tables) == ["b"]
    menu.close()
    assert list(step_menu(app_window, 1)) == ["Edit…", "Remove", "Copy sentence", "Go back to here"]
    assert list(step_menu(app_window, 3)) == ["Edit…", "Remove", "Copy sentence"]
    assert step_menu(app_window, 3)["Edit…"].isEnabled()
    assert not step_menu(app_window, 1)["Edit…"].isEnabled()  # these tables were not read
    app_window.trigger("undo")
    assert list(step_menu(app_window, 3)) == ["Redo up to here"]
    assert side.menu_of(side.item("Models", None) or side.tree.topLevelItem(2)) is None


def test_a_fit_by_key(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    model = add_model(app_window, "score ~ hours + (1 | school)")
    app_window.window.model_tab.show_model(model)
    press(app_window, Qt.Key.Key_Return, CTRL)
    assert app_window.window.tabs.currentWidget() is app_window.window.model_tab
    assert app_window.models.result(model) is not None


def endless(observer: Observer) -> None:
    number = 0
    while True:
        number += 1
        time.sleep(0.005)
        observer(Progress("Fitting", evaluations=number, criterion=15227.25))


def test_running_work_is_told_and_escape_stops_it(app_window: Any) -> None:
    window, stopped = app_window.window, []
    app_window.worker.run(
        endless, lane="fit", description="Fitting B", on_cancelled=lambda: stopped.append(1)
    )
    app_window.qtbot.waitUntil(lambda: window.status.isVisible(), timeout=5000)
    app_window.qtbot.waitUntil(lambda: "evaluations" in window.status.text.text(), timeout=5000)
    assert window.status.text.text().startswith("Fitting B · ")
    assert "criterion 15227.25" in window.status.text.text()
    assert window.actions_by_id["cancel"].isEnabled()
    press(app_window, Qt.Key.Key_Escape)
    assert stopped == [1]
    assert not window.status.isVisible()
    assert not window.actions_by_id["cancel"].isEnabled()


def test_the_cancel_button_stops_too(app_window: Any) -> None:
    app_window.worker.run(endless, lane="data", description="Reading big.csv")
    app_window.qtbot.waitUntil(lambda: app_window.find("job_cancel").isVisible(), timeout=5000)
    app_window.click("job_cancel")
    assert not app_window.window.status.isVisible()


def test_work_that_is_over_at_once_does_not_flicker(app_window: Any) -> None:
    shown = []
    app_window.worker.started.connect(lambda job: shown.append(app_window.window.status.isVisible()))
    for _ in range(5):
        app_window.worker.run(lambda observer: None, lane="data", description="Quick")
    app_window.settle()
    assert shown == [False] * 5


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (None, "Fitting B…"),
        (Progress("x", evaluations=1), "Fitting B · 1 evaluation"),
        (
            Progress("x", evaluations=14, criterion=15227.254),
            "Fitting B · 14 evaluations · criterion 15227.254",
        ),
        (Progress("x", fraction=0.25), "Fitting B · 25 %"),
    ],
)
def test_progress_in_words(progress: Progress | None, text: str) -> None:
    assert progress_text("Fitting B", progress) == text


def test_a_refusal_is_a_sentence_in_the_message_bar(app_window: Any) -> None:
    app_window.document.failed.emit(MixguiError("The file is damaged.", "Open another one."))
    assert app_window.window.messages.text == "The file is damaged. Open another one."
    assert app_window.window.messages.severity == "error"


def test_the_second_file_offers_the_join(app_window: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text("id,x\n1,2\n", encoding="utf-8")
        app_window.window.opener.open([tmp_path / f"{name}.csv"])
        app_window.settle()
    assert app_window.window.messages.text == "Open two.csv: 1 row × 2 columns."
    app_window.click("message_action")
    assert app_window.dialog("join_dialog").isVisible()


def test_themes_are_chosen_in_the_menu_and_kept(app_window: Any) -> None:
    from PySide6.QtGui import QAction

    app_window.find("theme_dark", QAction).trigger()
    assert colors() is DARK
    assert app_window.settings.get("appearance/theme") == "dark"
    app_window.find("theme_light", QAction).trigger()
    assert colors() is LIGHT


def test_side_list_and_columns_can_be_hidden(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    press(app_window, Qt.Key.Key_F9)
    assert not app_window.window.side_list.isVisible()
    press(app_window, Qt.Key.Key_F9)
    assert app_window.window.side_list.isVisible()
    press(app_window, Qt.Key.Key_F8)
    assert not app_window.window.data_tab.columns.isVisible()


def test_help_explains_what_has_the_focus(app_window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QWhatsThis, "showText", lambda place, text, widget=None: said.append(text))
    app_window.find("example_sleepstudy").setFocus()
    app_window.trigger("help")
    assert "random slopes" in said[-1]


def test_preferences_take_effect_at_once(app_window: Any) -> None:
    app_window.trigger("preferences")
    dialog = app_window.dialog("preferences_dialog")
    assert not dialog.isModal()
    digits = dialog.control("numbers/digits")
    digits.setFocus()
    digits.selectAll()
    app_window.qtbot.keyClicks(digits, "6")
    app_window.qtbot.keyClick(digits, Qt.Key.Key_Tab)
    digits.setValue(6)
    assert app_window.settings.get("numbers/digits") == 6
    level = dialog.control("statistics/conf_level")
    level.setValue(0.9)
    assert app_window.settings.get("statistics/conf_level") == pytest.approx(0.9, abs=0)
    dialog.control("statistics/reml").click()
    assert app_window.settings.get("statistics/reml") is False
    theme = dialog.control("appearance/theme")
    theme.setCurrentIndex(theme.findData("dark"))
    theme.activated.emit(theme.currentIndex())
    assert colors() is DARK
    app_window.click("preferences_reset")
    assert app_window.settings.get("numbers/digits") == 4
    assert digits.value() == 4
    app_window.click("preferences_done")
    assert not dialog.isVisible()


def test_about_copies_the_versions(app_window: Any) -> None:
    app_window.trigger("about")
    app_window.click("about_copy")
    text = QGuiApplication.clipboard().text()
    assert text.startswith("MixGUI ")
    for name in ("Python", "Qt", "pandas", "numpy"):
        assert f"\n{name} " in text
    app_window.click("about_close")


def test_dialogs_that_are_asked_for_again_come_back(app_window: Any) -> None:
    app_window.trigger("about")
    first = app_window.dialog("about_dialog")
    first.close()
    app_window.trigger("about")
    assert app_window.dialog("about_dialog") is first


def test_the_window_remembers_its_size(qapp: QApplication, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "size.ini")
    first = Session(qapp, settings)
    first.window.show()
    first.window.resize(900, 650)
    first.close()
    second = Session(qapp, Settings(tmp_path / "size.ini"))
    second.window.show()
    assert second.window.height() == 650  # the width is that of the screenless platform
    second.close()
    for session in (first, second):
        if shiboken6.isValid(session.window):
            shiboken6.delete(session.window)


def test_settings_that_are_damaged_do_not_stop_the_window(qapp: QApplication, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "bad.ini")
    settings.set("window/geometry", "not a geometry")
    settings.set("window/state", "ü;%%%")
    session = Session(qapp, settings)
    session.window.show()
    assert session.window.width() > 500
    session.close()
    if shiboken6.isValid(session.window):
        shiboken6.delete(session.window)


def test_the_window_fits_on_a_small_screen(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(**{"a table with a very long name indeed, as files from surveys have them": schools})
    hint = app_window.window.minimumSizeHint()
    assert hint.width() <= 1024
    assert hint.height() <= 640


def test_the_tour_leads_through_the_main_job(app_window: Any) -> None:
    window, tour = app_window.window, app_window.window.tour
    app_window.click("start_tour")
    assert tour.running
    assert tour.spotlight.target is app_window.find("example_dutch_pupils")
    app_window.click("example_dutch_pupils")
    tour.look()
    assert tour.number == 1
    assert tour.spotlight.target is app_window.find("data_join")
    app_window.click("data_join")
    tour.look()
    assert tour.spotlight.target is app_window.find("join_run")
    app_window.click("join_run")
    tour.look()
    assert tour.number == 2
    assert tour.spotlight.target is app_window.find("data_model")
    app_window.click("data_model")
    tour.look()
    assert tour.spotlight.target.objectName() in ("baseline_fit", "outcome_button")
    model = add_model(app_window, "lang ~ 1 + (1 | class)")
    window.model_tab.show_model(model)
    app_window.trigger("fit")
    tour.look()
    assert tour.number == 3
    app_window.click("tour_next")
    assert tour.number == 4
    window.model_tab.copy_current()
    tour.look()
    assert app_window.find("tour_title").text() == "That was it"
    app_window.click("tour_next")
    assert not tour.running


def test_who_goes_back_in_the_tour_is_not_sent_on_at_once(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(a=schools, b=schools)
    tour = app_window.window.tour
    app_window.trigger("tour")
    assert tour.number == 1
    app_window.click("tour_back")
    tour.look()
    assert tour.number == 0
    app_window.click("tour_close")
    assert not tour.running
    app_window.trigger("tour")
    assert tour.number == 1
    app_window.click("tour_close")


def test_everything_undone_comes_back_by_redo(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    window, stack = app_window.window, app_window.document.undo_stack
    app_window.trigger("tab_model")
    window.model_tab.bar.formula.setFocus()
    app_window.qtbot.keyClicks(window.model_tab.bar.formula, "score ~ hours")
    app_window.settle()
    while stack.can_undo():
        app_window.trigger("undo")
    assert window.start_page.isVisible()
    assert window.model_tab.bar.formula.toPlainText() == ""
    while stack.can_redo():
        app_window.trigger("redo")
    assert window.tabs.isVisible()
    assert window.table == "pupils"
    assert window.model_tab.bar.formula.toPlainText() == "score ~ 1 + hours"
    assert window.model_tab.model_id == app_window.document.project.models[0].id


def test_an_empty_model_is_left_alone_when_another_is_renamed(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    model = add_model(app_window, "score ~ hours")
    app_window.trigger("new_model")
    app_window.document.rename_model(model, "Other")
    assert app_window.window.model_tab.model_id == ""


def test_an_error_is_not_wiped_away_by_the_files_that_could_be_opened(
    app_window: Any, tmp_path: Path
) -> None:
    good, empty, other = (tmp_path / f"{name}.csv" for name in ("good", "empty", "other"))
    good.write_text("id,x\n1,2\n", encoding="utf-8")
    empty.write_text("", encoding="utf-8")
    other.write_text("", encoding="utf-8")
    window = app_window.window
    window.opener.open([tmp_path / "gone.csv", empty, good, other])
    app_window.settle()
    assert list(app_window.document.tables) == ["good"]
    lines = window.messages.text.split("\n")
    assert [next(name for name in ("gone", "empty", "other") if f"{name}.csv" in line) for line in lines] == [
        "gone",
        "empty",
        "other",
    ]
    assert window.messages.severity == "error"
    window.opener.open([good])
    app_window.settle()
    assert window.messages.severity == "success"


def test_a_document_may_go_before_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    worker = Worker()
    document = Document(worker)
    models = ModelService(document, worker)
    side = SideList(document, models)
    qtbot.addWidget(side)
    (tmp_path / "good.csv").write_text("id,x\n1,2\n", encoding="utf-8")
    document.open_files([tmp_path / "good.csv"])
    qtbot.waitUntil(lambda: side.texts("Steps") == ["1  Open good.csv"])
    shiboken6.delete(models)
    with capture_exceptions() as raised:
        shiboken6.delete(document)
    worker.shutdown()
    assert raised == []
