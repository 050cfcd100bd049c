"""The codebook: edited in place, undone, merged in the history, read from files and written to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

from mixgui.data.codebook import VariableInfo
from mixgui.gui.codebook_model import (
    DESCRIPTION,
    LABEL,
    LEVEL,
    MISSING,
    NAME,
    TYPE,
    UNIT,
    VALUES,
    codes_of,
    values_text,
)

PUPILS = pd.DataFrame(
    {
        "school": [1, 1, 1, 2, 2, 2, 3, 3, 3],
        "sex": [0, 1, 0, 1, 0, 1, 0, 1, 1],
        "score": [3.5, 4.0, -99.0, 5.0, 6.5, 7.0, 2.0, 1.5, 4.5],
        "grade": pd.Series(list("cabcabcab"), dtype="str"),
    }
)


@pytest.fixture
def book(app_window: Any) -> Any:
    app_window.give(pupils=PUPILS)
    app_window.window.data_tab.pages.show_page("codebook")
    app_window.settle()
    return app_window.window.data_tab.codebook


def put(rig: Any, book: Any, name: str, column: int, text: str) -> None:
    model = book.model
    assert model.setData(model.index(model.row_of(name), column), text)
    rig.settle()


def shown(book: Any, name: str, column: int) -> str:
    return str(book.model.index(book.model.row_of(name), column).data())


def steps(rig: Any) -> list[str]:
    return [step.describe() for step in rig.document.project.steps]


def test_a_row_a_column_with_what_is_found(book: Any) -> None:
    assert book.model.rowCount() == 4
    assert shown(book, "sex", TYPE) == "whole number"
    assert shown(book, "school", LEVEL) == "groups"
    assert shown(book, "score", LEVEL) == "row"
    flags = book.model.flags(book.model.index(0, NAME))
    assert not flags & Qt.ItemFlag.ItemIsEditable


def test_an_edit_is_one_undo_step_and_edits_of_a_table_are_one_step_of_the_history(
    app_window: Any, book: Any
) -> None:
    put(app_window, book, "score", LABEL, "  Reading   score ")
    put(app_window, book, "score", UNIT, "points")
    put(app_window, book, "sex", DESCRIPTION, "Asked in May")
    table = app_window.document.tables["pupils"]
    assert table.title("score") == "Reading score (points)"
    assert table.variable("sex").description == "Asked in May"
    assert steps(app_window) == ["Make pupils", "Describe score and sex in pupils"]
    app_window.document.undo_stack.undo()
    assert app_window.document.tables["pupils"].variable("sex").description == ""
    assert shown(book, "sex", DESCRIPTION) == ""
    app_window.document.undo_stack.undo()
    app_window.document.undo_stack.undo()
    assert steps(app_window) == ["Make pupils"]
    assert shown(book, "score", LABEL) == ""


def test_edits_faster_than_the_worker_are_all_done(app_window: Any, book: Any) -> None:
    model = book.model
    for name in PUPILS.columns:
        for column, word in ((LABEL, "label"), (UNIT, "unit"), (DESCRIPTION, "description")):
            model.setData(model.index(model.row_of(name), column), f"{word} of {name}")
            assert shown(book, name, column) == f"{word} of {name}"  # at once
    app_window.settle()
    infos = dict(app_window.document.tables["pupils"].codebook)
    for name in PUPILS.columns:
        assert infos[name] == VariableInfo(f"label of {name}", f"unit of {name}", f"description of {name}")
    assert len(steps(app_window)) == 2


def test_missing_codes_and_types(app_window: Any, book: Any) -> None:
    put(app_window, book, "score", MISSING, "\N{MINUS SIGN}99, 98")
    put(app_window, book, "sex", TYPE, "boolean")
    table = app_window.document.tables["pupils"]
    assert table.variable("score").n_missing == 1
    assert table.variable("sex").kind == "boolean"
    assert shown(book, "score", MISSING) == "-99, 98"
    put(app_window, book, "score", MISSING, "")
    assert app_window.document.tables["pupils"].variable("score").n_missing == 0


def test_a_type_that_does_not_fit_is_refused_and_the_cell_is_as_before(app_window: Any, book: Any) -> None:
    put(app_window, book, "score", LABEL, "Score")
    put(app_window, book, "grade", TYPE, "number")
    assert "“grade” cannot be of the type number" in app_window.window.messages.text
    assert shown(book, "grade", TYPE) == "text"
    assert app_window.document.tables["pupils"].variable("score").label == "Score"


def test_other_words_need_no_new_fit(app_window: Any, book: Any) -> None:
    from mixgui.models.formula_parser import parse_formula
    from mixgui.models.spec import ModelSpec

    put(app_window, book, "sex", TYPE, "category")
    window = app_window.window
    model_id = app_window.document.add_model(ModelSpec(parse_formula("score ~ sex"), table="pupils"))
    window.model_tab.show_model(model_id)
    window.fit()
    app_window.settle()
    fit = app_window.models.result(model_id)
    assert fit is not None
    for label in ("Score", "Reading score"):
        put(app_window, book, "score", LABEL, label)
        assert app_window.models.result(model_id) is fit
    assert len(steps(app_window)) == 2
    put(app_window, book, "sex", TYPE, "")
    assert app_window.models.result(model_id) is None


def test_the_keyboard_edits(app_window: Any, book: Any, qtbot: Any) -> None:
    table = book.table
    table.setFocus()
    table.setCurrentIndex(book.model.index(2, LABEL))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    field = table.findChild(QLineEdit, "codebook_field")
    assert field is not None
    qtbot.keyClicks(field, "Reading")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    document = app_window.document
    qtbot.waitUntil(lambda: document.tables["pupils"].variable("score").label == "Reading", timeout=10_000)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: document.tables["pupils"].variable("score").label == "", timeout=10_000)


def test_a_type_is_chosen_from_a_list(app_window: Any, book: Any, qtbot: Any) -> None:
    index = book.model.index(0, TYPE)
    book.table.setCurrentIndex(index)
    book.table.edit(index)
    box = book.table.findChild(QComboBox, "codebook_type")
    assert [box.itemText(i) for i in range(3)] == ["as found", "number", "whole number"]
    box.setCurrentIndex(box.findData("id"))
    box.activated.emit(box.currentIndex())
    app_window.settle()
    assert app_window.document.tables["pupils"].variable("school").declared == "id"
    assert shown(book, "school", TYPE) == "identifier"


# Values


@pytest.fixture
def values(app_window: Any, book: Any) -> Any:
    def open_for(name: str) -> Any:
        book.table.setCurrentIndex(book.model.index(book.model.row_of(name), VALUES))
        book.edit_values()
        app_window.settle()
        return book._dialog

    return open_for


def test_labels_of_values(app_window: Any, book: Any, values: Any) -> None:
    dialog = values("sex")
    assert [dialog.table.item(row, 0).text() for row in range(2)] == ["0", "1"]
    assert [dialog.table.item(row, 2).text() for row in range(2)] == ["4", "5"]
    assert not dialog.reference.isEnabled()
    dialog.table.item(0, 1).setText("Boy")
    dialog.table.item(1, 1).setText("Girl")
    dialog.accept()
    app_window.settle()
    table = app_window.document.tables["pupils"]
    assert table.display_labels("sex") == {"0": "Boy", "1": "Girl"}
    assert table.frame["sex"].tolist() == PUPILS["sex"].tolist()
    assert shown(book, "sex", VALUES) == "0 = Boy, 1 = Girl"
    cells = app_window.window.data_tab.view.model()
    assert cells.index(0, 1).data(Qt.ItemDataRole.ToolTipRole) == "0 = Boy"


def test_order_and_reference_of_levels(app_window: Any, values: Any, qtbot: Any) -> None:
    dialog = values("grade")
    dialog.category.setChecked(True)
    dialog.table.setCurrentCell(2, 1)
    qtbot.mouseClick(dialog.up, Qt.MouseButton.LeftButton)
    dialog.reference.setCurrentIndex(dialog.reference.findData("b"))
    dialog.accept()
    app_window.settle()
    variable = app_window.document.tables["pupils"].variable("grade")
    assert (variable.kind, variable.levels, variable.reference) == ("category", ("a", "c", "b"), "b")
    column = app_window.document.tables["pupils"].frame["grade"]
    assert list(column.cat.categories) == ["b", "a", "c"]


def test_a_category_made_by_mistake_is_undone_in_the_dialog(app_window: Any, values: Any) -> None:
    dialog = values("sex")
    dialog.category.setChecked(True)
    dialog.accept()
    app_window.settle()
    assert app_window.document.tables["pupils"].variable("sex").kind == "category"
    dialog = values("sex")
    assert dialog.category.isChecked()
    dialog.category.setChecked(False)
    dialog.accept()
    app_window.settle()
    assert app_window.document.tables["pupils"].variable("sex").kind == "integer"


def test_many_values_are_not_listed(app_window: Any, book: Any) -> None:
    app_window.give(long=pd.DataFrame({"id": range(2000)}))
    book.table.setCurrentIndex(book.model.index(0, VALUES))
    book.edit_values()
    app_window.settle()
    assert "2,000 different values" in book._dialog._words.text()
    book._dialog.close()


# Files


def test_export_and_import_give_the_same(app_window: Any, book: Any, tmp_path: Path) -> None:
    put(app_window, book, "score", LABEL, "Reading")
    put(app_window, book, "score", MISSING, "-99")
    put(app_window, book, "sex", TYPE, "category")
    wanted = app_window.document.tables["pupils"].codebook
    book.export_file(tmp_path / "book.csv")
    app_window.settle()
    while app_window.document.undo_stack.index() > 1:
        app_window.document.undo_stack.undo()
    assert app_window.document.tables["pupils"].codebook != wanted
    book.import_file(tmp_path / "book.csv")
    app_window.settle()
    assert app_window.document.tables["pupils"].codebook == wanted


def test_an_import_tells_columns_that_are_not_there(app_window: Any, book: Any, tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text("variable,label\nscore,Reading\nscor,X\nage,Y\nsex,Sex\n", encoding="utf-8")
    book.import_file(path)
    app_window.settle()
    assert app_window.document.tables["pupils"].variable("score").label == "Reading"
    messages = app_window.window.messages
    assert "“scor” and “age”" in messages.text
    path.write_text("variable,label\nage,Y\n", encoding="utf-8")
    book.import_file(path)
    app_window.settle()
    assert "“age”, which “pupils” does not have" in messages.text
    assert messages.severity == "error"
    path.write_text("label\nY\n", encoding="utf-8")
    book.import_file(path)
    app_window.settle()
    assert "no column “variable”" in messages.text


# The rest of the data tab


def test_the_column_list_leads_to_the_codebook_and_shows_labels(
    app_window: Any, book: Any, qtbot: Any
) -> None:
    put(app_window, book, "score", LABEL, "Reading")
    tab = app_window.window.data_tab
    tab.pages.show_page("cells")
    row = tab.columns.model.names().index("score")
    assert "Reading" in tab.columns.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)
    tab.columns.show_column("score")
    qtbot.mouseClick(tab.columns.edit_button, Qt.MouseButton.LeftButton)
    assert tab.pages.page == "codebook"
    assert book.table.currentIndex().row() == row
    assert tab.columns.isHidden()
    tab.pages.show_page("cells")
    assert not tab.columns.isHidden()


def test_the_place_is_kept_while_the_codebook_changes(app_window: Any, book: Any) -> None:
    book.table.setCurrentIndex(book.model.index(3, UNIT))
    put(app_window, book, "score", LABEL, "Reading")
    assert (book.table.currentIndex().row(), book.table.currentIndex().column()) == (3, UNIT)


@pytest.mark.parametrize(
    ("text", "codes"),
    [("-99", ("-99",)), (" 8, 9;8 | −1 ", ("8", "9", "-1")), ("", ()), (" , ", ())],
)
def test_codes_as_people_type_them(text: str, codes: tuple[str, ...]) -> None:
    assert codes_of(text) == codes


def test_values_in_a_few_words() -> None:
    labels = tuple((str(i), f"L{i}") for i in range(5))
    assert values_text(VariableInfo(value_labels=labels)) == "0 = L0, 1 = L1, 2 = L2, 2 more"
    assert values_text(VariableInfo(levels=("a", "b"), reference="b")) == "a, b; reference b"
    assert values_text(VariableInfo()) == ""


def test_the_menu_leads_to_codebook_and_checks(app_window: Any) -> None:
    assert not app_window.window.actions_by_id["codebook"].isEnabled()
    app_window.give(pupils=PUPILS)
    app_window.trigger("tab_model")
    app_window.trigger("codebook")
    tab = app_window.window.data_tab
    assert tab.isVisible()
    assert tab.pages.page == "codebook"
    app_window.trigger("checks")
    assert tab.pages.page == "checks"
    assert tab.checks.isVisible()


def test_a_level_is_said_and_goes_before_what_is_found(app_window: Any, book: Any) -> None:
    model, table = book.model, book.table
    index = model.index(model.row_of("score"), LEVEL)
    table.setCurrentIndex(index)
    table.edit(index)
    box = app_window.find("codebook_level")
    assert isinstance(box, QComboBox)
    assert box.currentText() == "as found"
    assert "row" in [box.itemText(i) for i in range(box.count())]
    box.setCurrentText("by school")
    box.activated.emit(box.currentIndex())
    app_window.settle()
    assert app_window.document.tables["pupils"].variable("score").level == "by school"
    assert index.data() == "by school"
    assert steps(app_window)[-1] == "Set the level of score in pupils"
    levels = app_window.window.data_tab.columns.levels.levels
    assert levels["score"] == "group"
    assert "varies within 3 groups: 1, 2, 3" in app_window.window.messages.text
    app_window.document.undo_stack.undo()
    app_window.settle()
    assert index.data() == "row"
