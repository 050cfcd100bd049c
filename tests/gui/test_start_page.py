"""The start page: open, examples, recent files, dropped files; never an empty window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from mixgui.data.examples import EXAMPLES


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pupils.csv"
    path.write_text("id,score\n1,2.5\n2,3.5\n", encoding="utf-8")
    return path


def drag(target: QWidget, paths: list[Path], *, leave: bool = False) -> QDragEnterEvent:
    """Drag files onto a widget, and drop them there or go away."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(20, 20), copy, data, left, none)
    QApplication.sendEvent(target, enter)
    if leave:
        QApplication.sendEvent(target, QDragLeaveEvent())
    elif enter.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(20, 20), copy, data, left, none))
    return enter


def test_the_window_begins_with_the_start_page(app_window: Any) -> None:
    page = app_window.window.start_page
    assert page.isVisible()
    assert not app_window.window.tabs.isVisible()
    assert app_window.find("start_open").isVisible()
    assert not page._recent_heading.isVisible()


def test_every_example_exists_and_opens(app_window: Any) -> None:
    for example in EXAMPLES:
        app_window.click(f"example_{example.id.replace('-', '_')}")
        assert tuple(app_window.document.tables) == example.tables
        assert app_window.window.tabs.isVisible()
        app_window.trigger("close_all")
        assert app_window.window.start_page.isVisible()


def test_files_are_chosen_in_a_dialog(app_window: Any, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a: ([str(file)], ""))
    app_window.click("start_open")
    assert list(app_window.document.tables) == ["pupils"]
    assert app_window.settings.get("files/folder") == str(file.parent)
    assert app_window.settings.get("files/recent") == (str(file),)


def test_a_recent_file_is_offered_and_opens(app_window: Any, file: Path) -> None:
    app_window.window.opener.open([file])
    app_window.settle()
    app_window.trigger("close_all")
    app_window.click("recent_1")
    assert list(app_window.document.tables) == ["pupils"]


def test_a_recent_file_that_is_gone_is_told_and_forgotten(app_window: Any, file: Path) -> None:
    app_window.settings.add_recent(file)
    file.unlink()
    app_window.qtbot.waitUntil(lambda: app_window.find("recent_1").isVisible(), timeout=2000)
    app_window.click("recent_1")
    assert app_window.window.messages.severity == "error"
    assert "not there" in app_window.window.messages.text
    assert app_window.settings.get("files/recent") == ()
    assert app_window.window.start_page.isVisible()


def test_a_file_that_cannot_be_read_is_no_recent_file(app_window: Any, tmp_path: Path) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(bytes(range(256)) * 20)
    app_window.window.opener.open([path])
    app_window.settle()
    assert app_window.window.messages.severity == "error"
    assert app_window.settings.get("files/recent") == ()
    assert app_window.window.start_page.isVisible()


def test_an_empty_file_gives_a_sentence(app_window: Any, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    app_window.window.opener.open([path])
    app_window.settle()
    assert app_window.window.messages.severity == "error"
    assert "empty" in app_window.window.messages.text


@pytest.mark.parametrize("target", ["drop_area", "main_window"])
def test_dropped_files_are_opened(app_window: Any, file: Path, target: str) -> None:
    widget = app_window.window if target == "main_window" else app_window.find(target)
    assert drag(widget, [file]).isAccepted()
    app_window.settle()
    assert list(app_window.document.tables) == ["pupils"]
    assert not app_window.find("drop_sign").isVisible()


def test_something_that_is_no_file_is_not_taken(app_window: Any, tmp_path: Path) -> None:
    assert not drag(app_window.window, [tmp_path]).isAccepted()
    assert not drag(app_window.find("drop_area"), [tmp_path / "nothing.csv"]).isAccepted()


def test_a_drag_that_goes_away_leaves_nothing_behind(app_window: Any, file: Path) -> None:
    area = app_window.find("drop_area")
    drag(area, [file], leave=True)
    assert area.property("over") == "false"
    drag(app_window.window, [file], leave=True)
    assert not app_window.find("drop_sign").isVisible()
    assert not app_window.document.tables


def test_two_files_of_one_name_become_two_tables(app_window: Any, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "more" / "pupils.csv"
    other.parent.mkdir()
    other.write_text("a\n1\n", encoding="utf-8")
    app_window.window.opener.open([file, other])
    app_window.settle()
    assert list(app_window.document.tables) == ["pupils", "pupils 2"]
    assert app_window.document.tables["pupils 2"].frame.shape == (1, 1)


def test_undo_back_to_nothing_shows_the_start_page(app_window: Any) -> None:
    app_window.give(t=pd.DataFrame({"x": [1]}))
    assert not app_window.window.start_page.isVisible()
    app_window.trigger("undo")
    assert app_window.window.start_page.isVisible()
    app_window.trigger("redo")
    assert list(app_window.document.tables) == ["t"]
