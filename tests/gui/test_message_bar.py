"""The message bar: one message, its severity, its button."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mixgui.errors import MixguiError
from mixgui.gui.message_bar import MessageBar, message_bar_of


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[MessageBar]:
    window = QWidget()
    layout = QVBoxLayout(window)
    made = MessageBar(window)
    layout.addWidget(made)
    qtbot.addWidget(window)
    window.show()
    yield made
    window.close()  # it lives until then


def test_it_is_hidden_while_there_is_nothing_to_say(bar: MessageBar) -> None:
    assert not bar.isVisible()
    assert bar.text == ""


def test_an_error_says_what_and_what_to_do_and_stays(bar: MessageBar) -> None:
    bar.show_error(MixguiError("The file is empty.", "Choose another file."))
    assert bar.isVisible()
    assert bar.text == "The file is empty. Choose another file."
    assert bar.severity == "error"
    assert not bar._timer.isActive()


def test_news_goes_away_by_itself(bar: MessageBar, qtbot: QtBot) -> None:
    bar._timer.setInterval(20)
    bar.show_message("Copied.", severity="success")
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=2000)


def test_a_warning_after_news_is_not_taken_away_by_its_timer(bar: MessageBar, qtbot: QtBot) -> None:
    bar._timer.setInterval(30)
    bar.show_message("Copied.")
    bar.show_message("Look at this.", severity="warning")
    qtbot.wait(80)
    assert bar.isVisible()


def test_it_is_dismissed_by_its_button(bar: MessageBar, qtbot: QtBot) -> None:
    bar.show_message("No.", severity="error")
    button = bar.findChild(QToolButton, "message_dismiss")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()


def test_the_action_runs_once_and_takes_the_message_along(bar: MessageBar, qtbot: QtBot) -> None:
    done = []
    bar.show_message("Opened.", action="Join…", on_action=lambda: done.append(1))
    button = bar.findChild(QPushButton, "message_action")
    assert button.text() == "Join…"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == [1]
    assert not bar.isVisible()


def test_a_message_without_an_action_has_no_button(bar: MessageBar) -> None:
    bar.show_message("Opened.", action="Join…", on_action=lambda: None)
    bar.show_message("Closed.")
    assert not bar.findChild(QPushButton, "message_action").isVisible()


def test_markup_in_a_message_is_shown_and_not_obeyed(bar: MessageBar) -> None:
    bar.show_message("The column “<b>x</b>” is text.")
    assert "<b>x</b>" in bar.text
    assert bar._text.textFormat() == Qt.TextFormat.PlainText


def test_a_severity_that_there_is_not_is_refused(bar: MessageBar) -> None:
    with pytest.raises(ValueError, match="fatal"):
        bar.show_message("x", severity="fatal")


def test_a_widget_finds_the_bar_of_its_window(bar: MessageBar) -> None:
    inner = QWidget(bar.parentWidget())
    assert message_bar_of(inner) is bar
    alone = QWidget()
    assert message_bar_of(alone) is None
