"""The import dialog: guesses that can be changed, what they do, what would be lost, and steps that are read anew."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QMenu

from mixgui.data.steps import Read
from mixgui.gui.import_dialog import ImportDialog

ROWS = "".join(f"{i};{'ns'[i % 2]};{i},{i % 9}5\n" for i in range(1, 301))
CLEAN = f"id;school;score\n{ROWS}"
WRONG = CLEAN.replace("\n200;n;200,25\n", "\n200;n;12,3x\n")


def write(folder: Path, text: str, name: str = "pupils.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def settle(rig: Any) -> None:
    """Wait until the dialogs have followed what was typed."""

    def quiet() -> bool:
        open_ones = rig.window.findChildren(ImportDialog)
        return not rig.worker.busy and not any(one._rest.isActive() for one in open_ones)

    rig.qtbot.waitUntil(quiet, timeout=20_000)


def dialogs(rig: Any) -> list[ImportDialog]:
    return [one for one in rig.window.findChildren(ImportDialog) if one.isVisible()]


def shown(rig: Any) -> ImportDialog:
    settle(rig)
    (found,) = dialogs(rig)
    return found


def open_plainly(rig: Any, *paths: Path) -> None:
    rig.window.opener.open(list(paths))
    settle(rig)


def cells(dialog: ImportDialog, column: int, count: int = 3) -> list[str]:
    model = dialog.preview.view.frame_model
    return [model.text(row, column) for row in range(min(count, model.rowCount()))]


def choose(rig: Any, box: Any, value: str) -> None:
    """Choose an entry as a user does."""
    at = box.findData(value)
    assert at >= 0, [box.itemData(i) for i in range(box.count())]
    box.setCurrentIndex(at)
    box.activated.emit(at)
    settle(rig)


def press(rig: Any, button: Any) -> None:
    assert button.isEnabled()
    rig.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(rig)


def test_a_clean_file_opens_without_a_question(app_window: Any, tmp_path: Path) -> None:
    open_plainly(app_window, write(tmp_path, CLEAN))
    assert list(app_window.document.tables) == ["pupils"]
    assert not dialogs(app_window)


def test_a_file_in_doubt_is_not_opened_before_the_user_has_seen_it(app_window: Any, tmp_path: Path) -> None:
    path = write(tmp_path, WRONG)
    open_plainly(app_window, path)
    assert not app_window.document.tables
    dialog = shown(app_window)
    listed = dialog.preview.misfits.model
    assert [listed.index(0, column).data() for column in range(3)] == ["201", "score", "12,3x"]
    assert str(path) not in app_window.settings.get("files/recent")
    press(app_window, dialog.open_button)
    assert app_window.document.tables["pupils"].frame["score"].iloc[199] == "12,3x"
    assert str(path) in app_window.settings.get("files/recent")
    assert not dialogs(app_window)


def test_cancelled_nothing_is_opened(app_window: Any, tmp_path: Path) -> None:
    open_plainly(app_window, write(tmp_path, WRONG))
    press(app_window, shown(app_window).cancel_button)
    assert not app_window.document.tables
    assert not app_window.document.dirty


def test_several_files_in_doubt_are_asked_about_one_after_the_other(app_window: Any, tmp_path: Path) -> None:
    first, second = write(tmp_path, WRONG), write(tmp_path, WRONG, "others.csv")
    open_plainly(app_window, first, second, write(tmp_path, CLEAN, "clean.csv"))
    assert list(app_window.document.tables) == ["clean"]
    press(app_window, shown(app_window).open_button)
    app_window.qtbot.waitUntil(lambda: len(dialogs(app_window)) == 1, timeout=10_000)
    press(app_window, shown(app_window).open_button)
    assert list(app_window.document.tables) == ["clean", "pupils", "others"]


def test_the_file_is_not_read_twice(app_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mixgui.data.steps as steps

    whole: list[str] = []
    read = steps.read_table

    def counted(path: str, *arguments: Any, **options: Any) -> Any:
        whole.append(path)
        return read(path, *arguments, **options)

    monkeypatch.setattr(steps, "read_table", counted)
    open_plainly(app_window, write(tmp_path, WRONG))
    press(app_window, shown(app_window).open_button)
    assert len(whole) == 1
    assert isinstance(app_window.document.project.steps[0], Read)


def test_every_change_shows_what_it_does(app_window: Any, tmp_path: Path) -> None:
    dialog = app_window.window.imports.show_file(write(tmp_path, CLEAN))
    settle(app_window)
    form = dialog.form
    assert (form.separator.value(), form.decimal.value()) == (";", ",")
    assert cells(dialog, 2) == ["1.15", "2.25", "3.35"]
    choose(app_window, form.decimal, ".")
    assert any("comma was read as the decimal mark" in text for text in dialog.preview.notes.texts)
    choose(app_window, form.decimal, ",")
    assert not dialog.preview.notes.texts
    choose(app_window, form.separator, "|")
    assert dialog.preview.view.frame_model.columnCount() == 1
    choose(app_window, form.separator, ";")
    rig_line = form.missing
    rig_line.clear()
    app_window.qtbot.keyClicks(rig_line, "2")
    settle(app_window)
    assert cells(dialog, 0) == ["1", "NA", "3"]
    form.header.click()
    settle(app_window)
    assert dialog.preview.view.frame_model.headerData(0, Qt.Orientation.Horizontal) == "V1"
    press(app_window, dialog.guess_button)
    assert form.header.isChecked()
    assert cells(dialog, 0) == ["1", "2", "3"]


def test_types_are_chosen_above_the_columns(app_window: Any, tmp_path: Path) -> None:
    open_plainly(app_window, write(tmp_path, WRONG))
    dialog = shown(app_window)
    menu: QMenu = dialog.preview.view.menu_of("score")
    action = next(one for one in menu.actions() if one.objectName() == "import_type_number")
    action.trigger()
    settle(app_window)
    assert dialog.form.type_box.value() == "number"
    assert dialog.verdict is not None
    assert dialog.verdict.n_lost == 1
    assert "will be lost" in dialog.preview.misfits.title.text()
    press(app_window, dialog.open_button)
    assert app_window.document.tables["pupils"].frame["score"].dtype == float


def test_a_line_of_the_list_leads_to_the_cell(app_window: Any, tmp_path: Path) -> None:
    open_plainly(app_window, write(tmp_path, WRONG))
    dialog = shown(app_window)
    listing, view = dialog.preview.misfits.view, dialog.preview.view
    place = listing.visualRect(listing.model().index(0, 1)).center()
    app_window.qtbot.mouseClick(listing.viewport(), Qt.MouseButton.LeftButton, pos=place)
    index = view.currentIndex()
    assert (index.row(), index.column(), index.data()) == (199, 2, "12,3x")
    assert view.frame_model.headerData(199, Qt.Orientation.Vertical) == "201"
    assert view.viewport().rect().intersects(view.visualRect(index))


def test_a_wrong_entry_is_told_at_its_field_and_nothing_can_be_opened(
    app_window: Any, tmp_path: Path
) -> None:
    dialog = app_window.window.imports.show_file(write(tmp_path, CLEAN))
    settle(app_window)
    choose(app_window, dialog.form.thousands, ",")
    assert not dialog.open_button.isEnabled()
    choose(app_window, dialog.form.thousands, "")
    assert dialog.open_button.isEnabled()


def test_the_name_must_be_free(app_window: Any, tmp_path: Path) -> None:
    path = write(tmp_path, CLEAN)
    open_plainly(app_window, path)
    dialog = app_window.window.imports.show_file(path)
    settle(app_window)
    assert dialog.name.name() not in ("", "pupils")
    dialog.name.setText("pupils")
    assert not dialog.open_button.isEnabled()


def test_a_file_that_cannot_be_read_is_told(app_window: Any, tmp_path: Path) -> None:
    dialog = app_window.window.imports.show_file(tmp_path / "gone.csv")
    settle(app_window)
    assert any("gone.csv" in text for text in dialog.preview.notes.texts)
    assert not dialog.open_button.isEnabled()


def test_another_file_of_an_archive(app_window: Any, tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pupils.csv", "a,b\n1,2\n")
        archive.writestr("schools.csv", "s;t\n1;2,5\n")
    open_plainly(app_window, path)
    dialog = shown(app_window)
    choose(app_window, dialog.form.member, "schools.csv")
    assert dialog.form.separator.value() == ";"
    assert cells(dialog, 1) == ["2.5"]
    press(app_window, dialog.open_button)
    assert list(app_window.document.tables) == ["schools"]


def test_the_check_of_all_rows_can_be_stopped_and_made_later(app_window: Any, tmp_path: Path) -> None:
    dialog = app_window.window.imports.show_file(write(tmp_path, CLEAN))
    settle(app_window)
    dialog._forget_verdict()
    dialog._check()
    for job in app_window.worker.jobs():
        job.cancel()
    settle(app_window)
    assert dialog.verdict is None
    assert dialog.open_button.text() == "Check all rows"
    press(app_window, dialog.open_button)
    assert dialog.verdict is not None
    assert dialog.open_button.text() == "Open"
    assert not app_window.document.tables


def test_pasted_text_is_a_table_at_once_or_after_a_look(app_window: Any) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("id\tscore\n1\t2,5\n2\t3,5\n")
    app_window.trigger("paste")
    settle(app_window)
    assert app_window.document.tables["pasted"].frame["score"].tolist() == [2.5, 3.5]
    clipboard.setText("id\tscore\n1\t2,5\n2\t3,5x\n3\t1,5\n")
    app_window.trigger("paste")
    assert len(app_window.document.tables) == 1
    press(app_window, shown(app_window).open_button)
    assert len(app_window.document.tables) == 2
    app_window.trigger("paste_with")
    dialog = shown(app_window)
    assert dialog.windowTitle() == "Open pasted text"
    assert not dialog.form.encoding.isVisible()
    dialog.close()
    clipboard.setText("one line")
    app_window.trigger("paste")
    settle(app_window)
    assert "single line" in app_window.window.messages.text


def test_reading_is_edited_and_later_steps_are_done_again(app_window: Any, tmp_path: Path) -> None:
    from mixgui.data.column_steps import Compute

    open_plainly(app_window, write(tmp_path, CLEAN))
    app_window.document.run_step(Compute("pupils", "double", "score * 2"))
    settle(app_window)
    before = app_window.document.tables["pupils"].frame
    side = app_window.window.side_list
    assert side.can_edit(app_window.document.project.steps[0])
    app_window.trigger("edit_read")
    dialog = shown(app_window)
    assert dialog.open_button.text() == "Apply changes"
    dialog.form.choose_type("score", "text")
    settle(app_window)
    press(app_window, dialog.open_button)
    assert dialogs(app_window) == [dialog], "the later step cannot be done with texts"
    assert any("Step 2" in text for text in dialog.preview.notes.texts)
    assert dialog.drop_button.isVisible()
    pd.testing.assert_frame_equal(app_window.document.tables["pupils"].frame, before)
    dialog.form.choose_type("score", "")
    dialog.form.choose_type("school", "category")
    settle(app_window)
    press(app_window, dialog.open_button)
    after = app_window.document.tables["pupils"].frame
    assert str(after["school"].dtype) == "category"
    assert after["double"].iloc[1] == 4.5
    app_window.document.undo_stack.undo()
    pd.testing.assert_frame_equal(app_window.document.tables["pupils"].frame, before)


def test_notes_lead_to_the_way_it_was_read(app_window: Any, tmp_path: Path) -> None:
    open_plainly(app_window, write(tmp_path, WRONG))
    press(app_window, shown(app_window).open_button)
    app_window.click("change_read")
    assert shown(app_window).index == 0
    app_window.give(other=pd.DataFrame({"x": [1]}))
    assert not app_window.window.data_tab.change_read.isVisible()
    assert not app_window.window.actions_by_id["edit_read"].isEnabled()


def test_all_is_named_and_closed_by_escape(app_window: Any, tmp_path: Path) -> None:
    dialog = app_window.window.imports.show_file(write(tmp_path, CLEAN))
    settle(app_window)
    for field in dialog.form.fields.values():
        assert field.control.objectName().startswith("import_")
        assert field.control.accessibleName(), field.name
    app_window.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not [one for one in app_window.window.findChildren(QDialog, "import_dialog") if one.isVisible()]


def test_a_file_that_was_not_understood_can_be_opened_with_options(app_window: Any, tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,"x\n2,y\n')
    open_plainly(app_window, path)
    assert "never closed" in app_window.window.messages.text
    app_window.click("message_action")
    dialog = shown(app_window)
    choose(app_window, dialog.form.quote, "")
    press(app_window, dialog.open_button)
    assert app_window.document.tables["pupils"].frame["b"].tolist() == ['"x', "y"]


def test_codes_of_missing_cells_may_have_commas(app_window: Any, tmp_path: Path) -> None:
    dialog = app_window.window.imports.show_file(write(tmp_path, CLEAN))
    settle(app_window)
    dialog.form.missing.clear()
    app_window.qtbot.keyClicks(dialog.form.missing, "1,15; 3")
    settle(app_window)
    assert cells(dialog, 2) == ["NA", "2.25", "3.35"]
    assert cells(dialog, 0) == ["1", "2", "NA"]
    assert dialog.form.options().missing == ("", "1,15", "3")
    press(app_window, dialog.open_button)
    app_window.trigger("edit_read")
    assert shown(app_window).form.missing.text() == "1,15; 3"
