"""Projects in the window: title, save, open, questions before anything is lost, files from outside."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox

from mixgui.gui import about_dialog
from mixgui.gui.application import Application
from mixgui.gui.arrivals import Arrivals
from mixgui.gui.licences_dialog import Licence, licences
from mixgui.gui.restore_bar import describe, when
from mixgui.models.spec import ModelSpec
from mixgui.project import atomic
from mixgui.project.project_file import load_project
from mixgui.services.inbox import Inbox
from mixgui.services.journal import Leftover

SPEC = ModelSpec.from_text("y ~ 1 + x + (1 | g)", table="pupils")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pupils.csv"
    rows = [f"{i % 7},{i % 5},{(i * 7) % 11 + 3 * (i % 7)}" for i in range(70)]
    path.write_text("\n".join(["g,x,y", *rows]) + "\n", encoding="utf-8")
    return path


def with_model(rig: Any, file: Path) -> str:
    rig.window.opener.open([file])
    rig.settle()
    model_id = rig.document.add_model(SPEC)
    rig.models.fit(model_id)
    rig.settle()
    return str(model_id)


def saved(rig: Any, file: Path, name: str = "study.mixgui") -> Path:
    with_model(rig, file)
    target = file.with_name(name)
    rig.window.projects.save_to(target)
    rig.settle()
    return target


def box(rig: Any, name: str) -> QMessageBox:
    found = [one for one in rig.window.findChildren(QMessageBox, name) if one.isVisible()]
    assert len(found) == 1
    return found[0]


def answer(rig: Any, name: str) -> None:
    """Click a button of the open question."""
    rig.click(name)
    assert not [one for one in rig.window.findChildren(QMessageBox) if one.isVisible()]


def test_the_title_tells_name_and_changes(app_window: Any, file: Path) -> None:
    window = app_window.window
    assert window.windowTitle() == "MixGUI"
    with_model(app_window, file)
    assert window.windowTitle() == "Untitled project[*] – MixGUI"
    assert window.isWindowModified()
    window.projects.save_to(file.with_name("My study"))
    app_window.settle()
    assert window.windowTitle() == "My study[*] – MixGUI"
    assert not window.isWindowModified()
    assert file.with_name("My study.mixgui").exists()
    assert not window.actions_by_id["save"].isEnabled()
    window.actions_by_id["undo"].trigger()
    assert window.isWindowModified()
    window.actions_by_id["redo"].trigger()
    assert not window.isWindowModified()
    assert app_window.settings.get("files/recent")[0] == str(file.with_name("My study.mixgui"))


def test_opened_again_it_looks_as_it_was(app_window: Any, file: Path) -> None:
    window = app_window.window
    model_id = with_model(app_window, file)
    app_window.trigger("tab_model")
    window.model_tab.show_model(model_id)
    app_window.session.selection.choose("g", "3")
    window.projects.save_to(file.with_name("a.mixgui"))
    app_window.settle()
    app_window.trigger("close_all")
    assert window.start_page.isVisible()
    assert window.windowTitle() == "MixGUI"
    file.unlink()  # the data are in the project
    app_window.click("recent_1")
    assert window.tabs.currentWidget() is window.model_tab
    assert window.model_tab.model_id == app_window.document.project.models[0].id
    assert app_window.models.result(window.model_tab.model_id) is not None
    assert (app_window.session.selection.factor, app_window.session.selection.level) == ("g", "3")
    assert window.messages.text == "Opened a: 1 table and 1 model."
    assert not window.isWindowModified()


@pytest.mark.parametrize(
    ("button", "closed", "on_disk"),
    [("unsaved_save", True, 1), ("unsaved_discard", True, 0), ("unsaved_cancel", False, 0)],
)
def test_closing_asks(app_window: Any, file: Path, button: str, closed: bool, on_disk: int) -> None:
    target = saved(app_window, file)
    app_window.document.remove_model(app_window.document.project.models[0].id)
    assert app_window.window.close() is False
    assert "Save the changes to “study”?" in box(app_window, "unsaved_dialog").text()
    answer(app_window, button)
    app_window.settle()
    assert app_window.window.isVisible() is not closed
    assert len(load_project(target).project.models) == 1 - on_disk
    if not closed:
        assert app_window.window.close() is False  # it asks again
        answer(app_window, "unsaved_cancel")


def test_without_changes_nothing_is_asked(app_window: Any, file: Path) -> None:
    saved(app_window, file)
    assert app_window.window.close() is True


def test_a_file_opened_for_a_look_is_no_loss(app_window: Any, file: Path) -> None:
    app_window.window.opener.open([file])
    app_window.settle()
    app_window.trigger("close_all")
    assert app_window.window.start_page.isVisible()


def test_opening_another_project_asks_first(app_window: Any, file: Path) -> None:
    target = saved(app_window, file)
    app_window.document.rename_model(app_window.document.project.models[0].id, "B")
    app_window.window.opener.open([target])
    app_window.settle()
    assert app_window.document.project.models[0].name == "B"
    answer(app_window, "unsaved_discard")
    app_window.settle()
    assert app_window.document.project.models[0].name == "A"


def test_a_project_without_a_name_is_asked_for_one(app_window: Any, file: Path) -> None:
    with_model(app_window, file)
    app_window.trigger("save")
    dialog = app_window.find("save_project_dialog", QFileDialog)
    assert dialog.isVisible()
    assert Path(dialog.selectedFiles()[0]).name == "pupils.mixgui"
    dialog.fileSelected.emit(str(file.with_name("b.mixgui")))
    dialog.close()
    app_window.settle()
    assert file.with_name("b.mixgui").exists()


def test_a_name_that_gets_its_ending_does_not_overwrite_unasked(app_window: Any, file: Path) -> None:
    target = saved(app_window, file)
    before = target.read_bytes()
    app_window.document.rename_model(app_window.document.project.models[0].id, "B")
    app_window.window.projects.save_to(file.with_name("study"))
    app_window.settle()
    assert "already a file" in box(app_window, "overwrite_dialog").text()
    answer(app_window, "overwrite_cancel")
    assert target.read_bytes() == before
    app_window.window.projects.save_to(file.with_name("study"))
    answer(app_window, "overwrite_replace")
    app_window.settle()
    assert load_project(target).project.models[0].name == "B"


def test_a_file_that_changed_outside_is_not_overwritten_unasked(app_window: Any, file: Path) -> None:
    target = saved(app_window, file)
    target.write_bytes(b"somebody else's")
    app_window.document.rename_model(app_window.document.project.models[0].id, "B")
    app_window.trigger("save")
    assert "changed by another program" in box(app_window, "overwrite_dialog").text()
    answer(app_window, "overwrite_cancel")
    assert target.read_bytes() == b"somebody else's"
    app_window.trigger("save")
    answer(app_window, "overwrite_replace")
    app_window.settle()
    assert load_project(target).project.models[0].name == "B"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def denied(*_: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("fault", "words"), [(full, "The disk is full"), (denied, "cannot be written")], ids=["full", "denied"]
)
def test_what_cannot_be_saved_stays(
    app_window: Any, file: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., None], words: str
) -> None:
    target = saved(app_window, file)
    before = target.read_bytes()
    app_window.document.rename_model(app_window.document.project.models[0].id, "B")
    monkeypatch.setattr(atomic.os, "fsync", fault)
    app_window.trigger("save")
    message = app_window.window.messages
    assert words in message.text
    assert "still here" in message.text
    assert message.severity == "error"
    assert app_window.window.isWindowModified()
    assert target.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if "part" in path.name] == []
    app_window.window.close()
    answer(app_window, "unsaved_save")  # a failed saving does not close the window
    app_window.settle()
    assert app_window.window.isVisible()


def test_a_damaged_project_is_a_sentence_and_nothing_changes(app_window: Any, file: Path) -> None:
    target = saved(app_window, file)
    bad = file.with_name("bad.mixgui")
    bad.write_bytes(target.read_bytes()[:-30])
    app_window.window.opener.open([bad])
    app_window.settle()
    assert "damaged" in app_window.window.messages.text
    assert app_window.window.windowTitle().startswith("study")
    assert len(app_window.document.project.models) == 1


def test_a_project_is_opened_alone(app_window: Any, file: Path) -> None:
    target = saved(app_window, file)
    app_window.trigger("close_all")
    app_window.window.opener.open([target, file])
    app_window.settle()
    assert "opened alone" in app_window.window.messages.text
    assert not app_window.document.tables


def test_recent_files_in_the_menu(app_window: Any, file: Path) -> None:
    target = saved(app_window, file)
    menu = app_window.window.findChild(QMenu, "menu_recent")
    menu.aboutToShow.emit()
    names = [action.text() for action in menu.actions() if action.text()]
    assert names == [target.name, file.name, "Clear this list"]
    app_window.trigger("close_all")
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    app_window.settle()
    assert app_window.window.windowTitle().startswith("study")
    menu.aboutToShow.emit()
    menu.actions()[-1].trigger()
    assert app_window.settings.get("files/recent") == ()
    assert not menu.menuAction().isEnabled()


def test_a_recent_project_that_is_gone_is_told_and_forgotten(app_window: Any, file: Path) -> None:
    target = saved(app_window, file)
    app_window.trigger("close_all")
    target.unlink()
    app_window.window.opener.open([target])
    app_window.settle()
    assert "is not there" in app_window.window.messages.text
    assert app_window.settings.get("files/recent") == (str(file),)


def test_documents_that_the_system_sends(app_window: Any, file: Path) -> None:
    """As macOS does when a document is opened in the Finder."""
    target = saved(app_window, file)
    app_window.trigger("close_all")
    application = QApplication.instance()
    assert isinstance(application, Application)
    arrivals = Arrivals(application, app_window.window)
    QApplication.sendEvent(application, QFileOpenEvent(QUrl.fromLocalFile(str(target))))
    app_window.settle()
    assert app_window.window.windowTitle().startswith("study")
    QApplication.sendEvent(application, QFileOpenEvent(QUrl("https://example.org/x")))  # nothing to open
    application.file_opened.disconnect(arrivals._on_file_opened)


def test_a_second_start_brings_the_window_forward(app_window: Any, file: Path, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "running")
    assert inbox.claim()
    application = QApplication.instance()
    assert isinstance(application, Application)
    arrivals = Arrivals(application, app_window.window, inbox)
    app_window.window.showMinimized()
    inbox.requested.emit([file])
    app_window.settle()
    assert not app_window.window.isMinimized()
    assert list(app_window.document.tables) == ["pupils"]
    application.file_opened.disconnect(arrivals._on_file_opened)
    inbox.close()


class Lock:
    def unlock(self) -> None: ...


def leftover(folder: Path, **changes: Any) -> Leftover:
    given = {
        "folder": folder,
        "written": "2026-01-02T03:04:05+00:00",
        "origin": "",
        "steps": 1,
        "models": 0,
        "tables": ("pupils",),
        "lock": Lock(),
    }
    return Leftover(**{**given, **changes})  # type: ignore[arg-type]


def test_what_is_offered_is_described(tmp_path: Path) -> None:
    assert describe(leftover(tmp_path)) == "pupils · 1 step."
    many = leftover(tmp_path, tables=("a", "b", "c", "d", "e"), steps=7, models=2)
    assert describe(many) == "a, b, c, 2 more · 7 steps · 2 models."
    now = pd.Timestamp("2026-03-01 12:00").to_pydatetime().astimezone()
    assert when(now.replace(hour=9, minute=5).isoformat(), now) == "09:05"
    assert when(now.replace(month=2, day=28).isoformat(), now) == "yesterday, 12:00"
    assert when(now.replace(month=1, day=7).isoformat(), now) == "7 January 2026, 12:00"
    assert when("nonsense", now) == "an earlier session"


def test_discarding_can_be_taken_back(app_window: Any, tmp_path: Path) -> None:
    folder = tmp_path / "left"
    folder.mkdir()
    bar = app_window.window.projects.restore_bar
    assert not bar.isVisible()
    app_window.window.projects.offer(
        [leftover(folder), leftover(tmp_path / "other", origin="/x/study.mixgui")]
    )
    assert bar.isVisible()
    assert "There is 1 more" in bar.details.text()
    app_window.click("restore_discard")
    assert "of study.mixgui" in bar.title.text()
    app_window.click("message_action")
    assert len(bar.offers) == 2
    app_window.click("restore_discard")
    app_window.window.projects.close()
    assert not folder.exists()


def test_a_file_is_read_again_when_asked(app_window: Any, file: Path) -> None:
    with_model(app_window, file)
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "0,1,100\n", encoding="utf-8")
    app_window.trigger("reload")
    assert app_window.document.tables["pupils"].n_rows == 71
    assert app_window.document.undo_stack.undo_text() == "Reload pupils.csv"
    app_window.document.undo_stack.undo()
    assert app_window.document.tables["pupils"].n_rows == 70
    app_window.document.undo_stack.redo()
    app_window.trigger("reload")
    assert len({step.edition for step in app_window.document.project.steps}) == 1
    file.unlink()
    before = app_window.document.state
    app_window.trigger("reload")
    assert app_window.window.messages.severity == "error"
    assert app_window.document.state is before


def test_updates_are_a_page_in_the_browser(
    app_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        about_dialog.QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) is None
    )
    app_window.trigger("updates")
    assert "a copy that is no release" in app_window.window.messages.text
    monkeypatch.setattr(about_dialog, "resources", lambda: tmp_path)
    for text in ("", "[]", '{"page": 5}', '{"page": "file:///etc/passwd"}', '{"page": "http://x"}'):
        (tmp_path / about_dialog.RELEASE_FILE).write_text(text, encoding="utf-8")
        app_window.trigger("updates")
    assert opened == []
    (tmp_path / about_dialog.RELEASE_FILE).write_text('{"page": "https://example.org/x"}', encoding="utf-8")
    app_window.trigger("updates")
    assert opened == ["https://example.org/x"]


def test_the_licences_are_shown(app_window: Any, tmp_path: Path) -> None:
    app_window.trigger("about")
    app_window.click("about_licences")
    packages, text = app_window.find("licences_packages"), app_window.find("licences_text")
    names = [packages.item(row).text().split()[0] for row in range(packages.count())]
    assert names[0] == "MixGUI"
    assert {"numpy", "pandas", "statsmodels", "PySide6-Essentials"} <= set(names)
    assert "BSD" in text.toPlainText()
    packages.setCurrentRow(names.index("numpy"))
    assert "numpy" in text.toPlainText().lower()
    index = [{"name": "Qt", "version": "6", "licence": "LGPL-3.0", "homepage": "", "files": ["Qt.txt"]}]
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (tmp_path / "Qt.txt").write_text("the text", encoding="utf-8")
    assert licences(tmp_path) == (Licence("Qt", "6", "LGPL-3.0", "the text"),)


def test_a_frozen_program_tells_versions_by_its_licences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(name: str) -> str:
        raise about_dialog.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(about_dialog.metadata, "version", unknown)
    monkeypatch.setattr(about_dialog, "resources", lambda: tmp_path)
    assert "numpy" not in about_dialog.versions_text()
    index = [{"name": "numpy", "version": "9.8.7"}, {"name": "PySide6_Essentials", "version": "6.5"}]
    (tmp_path / "licences").mkdir()
    (tmp_path / "licences" / "index.json").write_text(json.dumps(index), encoding="utf-8")
    assert {"numpy 9.8.7", "PySide6-Essentials 6.5"} <= set(about_dialog.versions_text().splitlines())
