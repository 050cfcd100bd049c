"""The commands: each is declared once, is reachable and does something."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from mixgui.gui.actions import COMMANDS, MENUS, fill_menu_bar, make_actions
from mixgui.gui.icons import GLYPHS


def test_ids_and_keys_are_unique() -> None:
    assert not [one for one, n in Counter(c.id for c in COMMANDS).items() if n > 1]
    keys = [QKeySequence(key).toString() for command in COMMANDS for key in command.keys]
    assert all(keys)
    assert not [one for one, n in Counter(keys).items() if n > 1]


def test_menus_and_icons_exist() -> None:
    for command in COMMANDS:
        assert command.menu in MENUS
        assert not command.picture or command.picture in GLYPHS, command.picture
    assert {command.menu for command in COMMANDS} == set(MENUS)


def test_the_keys_of_the_design() -> None:
    keys = {command.id: command.keys for command in COMMANDS}
    assert keys["open"] == ("Ctrl+O",)
    assert keys["join"] == ("Ctrl+J",)
    assert "Ctrl+Return" in keys["fit"]
    assert keys["cancel"] == ("Esc",)
    assert keys["export"] == ("Ctrl+E",)
    assert keys["help"] == ("F1",)
    assert keys["tab_data"] == ("Ctrl+1",)
    assert keys["tab_explore"] == ("Ctrl+2",)
    assert keys["tab_model"] == ("Ctrl+3",)


def test_a_command_without_a_handler_is_a_mistake(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    with pytest.raises(KeyError, match="new_project"):
        make_actions(window, {})


def test_an_action_calls_its_handler(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    called: list[tuple[str, tuple[object, ...]]] = []
    handlers = {c.id: (lambda *a, name=c.id: called.append((name, a))) for c in COMMANDS}
    actions = make_actions(window, handlers)
    menus = fill_menu_bar(window, actions)
    assert set(menus) == set(MENUS)
    for command in COMMANDS:
        actions[command.id].trigger()
    assert [name for name, _ in called] == [command.id for command in COMMANDS]
    for name, arguments in called:
        checkable = next(c.checkable for c in COMMANDS if c.id == name)
        assert arguments == ((True,) if checkable else ())


def test_everything_that_can_be_operated_has_a_name(app_window) -> None:
    nameless = []
    for button in app_window.window.findChildren(QAbstractButton):
        own = not button.objectName().startswith("qt_") and button.metaObject().className() not in (
            "QTableCornerButton",
            "CloseButton",
        )
        readable = button.accessibleName() or button.text() or button.toolTip()
        inner = button.parent() is not None and "LineEdit" in button.parent().metaObject().className()
        if own and not inner and not (button.objectName() and readable):
            nameless.append((button.metaObject().className(), button.objectName(), button.text()))
    assert not nameless
    actions = [one for one in app_window.window.actions() if isinstance(one, QAction)]
    assert all(action.objectName().startswith("action_") for action in actions)


def test_names_of_widgets_are_snake_case(app_window) -> None:
    odd = {
        one.objectName()
        for one in app_window.window.findChildren(QWidget)
        if one.objectName() and not one.objectName().startswith(("qt_", "Scroll"))
        if one.objectName() != one.objectName().lower() or " " in one.objectName() or "-" in one.objectName()
    }
    assert not odd
