"""The data tab: the table, its columns, levels and notes; what is copied and exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog


def column_says(rig: Any, name: str) -> str:
    """Return what a screen reader says of a column in the list."""
    model = rig.window.data_tab.columns.model
    row = model.names().index(name)
    return str(model.index(row).data(Qt.ItemDataRole.AccessibleTextRole))


def test_a_table_is_shown_with_its_size_everywhere(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    tab = app_window.window.data_tab
    assert tab.title.text() == "pupils"
    assert tab.subtitle.text().startswith("180 rows × 6 columns")
    assert app_window.window.corner_label.text() == "pupils   180 rows × 6 columns"
    assert tab.view.isVisible()
    assert tab.view.model().index(0, 2).data() == "public"


def test_columns_say_kind_level_missing_and_summary(app_window: Any, schools: pd.DataFrame) -> None:
    frame = schools.assign(ses=schools["ses"].where(schools.index >= 9))
    app_window.give(pupils=frame)
    app_window.find("level_group").setCurrentText("school")
    app_window.window.data_tab.columns._group_chosen(app_window.find("level_group").currentIndex())
    app_window.settle()
    assert column_says(app_window, "school").startswith("school, whole number, groups, none missing")
    assert "group level" in column_says(app_window, "sector")
    assert "public 90, private 90" in column_says(app_window, "sector")
    assert "row level, 9 missing (5 %), mean" in column_says(app_window, "ses")


def test_the_likely_group_is_chosen_and_another_one_can_be(app_window: Any, qtbot: Any) -> None:
    rng = np.random.default_rng(1)
    school = np.repeat(np.arange(6), 20)
    frame = pd.DataFrame(
        {
            "score": rng.normal(size=120),
            "school": [f"S{i}" for i in school],
            "region": np.where(school < 3, "north", "south"),
            "size": school * 10,
        }
    )
    app_window.give(pupils=frame)
    panel, box = app_window.window.data_tab.columns, app_window.find("level_group")
    assert panel.levels.group == "school"
    assert box.currentText() == "school"
    assert panel.levels.levels == {"score": "row", "school": "group", "region": "group", "size": "group"}
    box.setFocus()
    box.setCurrentText("region")
    box.activated.emit(box.currentIndex())
    app_window.settle()
    assert panel.levels.levels["size"] == "row"
    assert panel.levels.levels["school"] == "row"


def test_a_column_chosen_in_one_place_is_chosen_in_the_other(app_window: Any, schools: pd.DataFrame) -> None:
    app_window.give(pupils=schools)
    tab = app_window.window.data_tab
    tab.columns.view.setCurrentIndex(tab.columns.model.index(5))
    chosen = tab.view.selectionModel().selectedColumns()
    assert [index.column() for index in chosen] == [5]
    header = tab.view.horizontalHeader()
    place = header.sectionViewportPosition(1) + 10
    app_window.qtbot.mouseClick(
        header.viewport(),
        Qt.MouseButton.LeftButton,
        pos=header.viewport().rect().topLeft() + _point(place, 8),
    )
    assert tab.columns.view.currentIndex().data() == "school"


def _point(x: int, y: int) -> Any:
    from PySide6.QtCore import QPoint

    return QPoint(x, y)


def test_cells_are_copied_with_headings_and_all_digits(app_window: Any) -> None:
    app_window.give(
        t=pd.DataFrame({"a": [1, 2, 3], "b": [0.1234567890123, np.nan, 3.5], "c": ["x", "y", "z"]})
    )
    view = app_window.window.data_tab.view
    model = view.model()
    flags = QItemSelectionModel.SelectionFlag
    view.selectionModel().select(model.index(0, 0), flags.Clear)
    from PySide6.QtCore import QItemSelection

    view.selectionModel().select(QItemSelection(model.index(0, 0), model.index(1, 1)), flags.Select)
    view.setFocus()
    app_window.qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    app_window.settle()
    assert QGuiApplication.clipboard().text() == "a\tb\n1\t0.1234567890123\n2\t\n"
    assert "2 × 2" in app_window.window.messages.text


def test_the_table_is_exported_whole(
    app_window: Any, tmp_path: Path, schools: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_window.give(pupils=schools)
    path = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(path), "CSV (*.csv)"))
    app_window.click("data_export")
    back = pd.read_csv(path, encoding="utf-8-sig")
    pd.testing.assert_frame_equal(back, schools.reset_index(drop=True), check_dtype=False)
    assert "out.csv" in app_window.window.messages.text
    assert app_window.settings.get("export/folder") == str(tmp_path)


@pytest.mark.parametrize(("name", "chosen"), [("out.sav", "CSV (*.csv)"), ("out", "Stata (*.dta)")])
def test_a_table_goes_to_spss_and_stata_with_its_labels(
    app_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, chosen: str
) -> None:
    from mixgui.data.codebook import VariableInfo
    from mixgui.data.describe_step import Describe
    from mixgui.data.readers import read_table

    app_window.give(pupils=pd.DataFrame({"sex": [1, 2], "x": [0.1, 0.2]}))
    info = VariableInfo("Sex", value_labels=(("1", "Girl"), ("2", "Boy")))
    app_window.document.run_step(Describe("pupils", (("sex", info),)))
    app_window.settle()
    offered: list[str] = []

    def ask(*arguments: Any) -> tuple[str, str]:
        offered.append(arguments[3])
        return str(tmp_path / name), chosen

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    app_window.click("data_export")
    assert "SPSS (*.sav);;Stata (*.dta)" in offered[0]
    (path,) = tmp_path.glob("out.*")
    assert app_window.window.messages.text.startswith(f"Wrote {path}.")
    found = read_table(path)
    assert found.frame["x"].tolist() == [0.1, 0.2]
    assert dict(found.codebook)["sex"] == info


def test_a_name_that_spss_cannot_have_is_told_before_anything_is_written(
    app_window: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_window.give(t=pd.DataFrame({"my score": [1, 2]}))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / "x.sav"), "SPSS (*.sav)"))
    app_window.trigger("export_table")
    assert "SPSS cannot have a column named “my score”" in app_window.window.messages.text
    assert "“my_score”" in app_window.window.messages.text
    assert not list(tmp_path.glob("x*"))


def test_an_export_to_nowhere_is_refused_in_words(
    app_window: Any, tmp_path: Path, schools: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_window.give(pupils=schools)
    path = tmp_path / "missing" / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(path), "CSV (*.csv)"))
    app_window.trigger("export_table")
    assert app_window.window.messages.severity == "error"


def test_a_table_without_rows_says_which_columns_it_has(app_window: Any) -> None:
    app_window.give(empty=pd.DataFrame({"a": pd.Series(dtype=float), "b": pd.Series(dtype="str")}))
    tab = app_window.window.data_tab
    assert not tab.view.isVisible()
    assert tab.empty.text() == "This table has no rows. Its columns: a, b."


def test_what_was_odd_about_a_file_is_told_beside_its_table(app_window: Any, tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("a,b,c\n1,2,3\n4,5\n6,7,8\n", encoding="utf-8")
    app_window.window.opener.open([path])
    app_window.settle()
    assert not app_window.document.tables  # it is asked about first
    app_window.click("import_open")
    notes = app_window.window.data_tab.notes
    assert notes.isVisible()
    assert any("row" in text.lower() for text in notes.texts)
    app_window.give(plain=pd.DataFrame({"x": [1.5]}))
    assert not notes.isVisible()
    app_window.window.set_table("ragged")
    assert notes.isVisible()


def test_many_notes_are_folded(app_window: Any) -> None:
    from dataclasses import replace

    from mixgui.data.dataset import Dataset
    from mixgui.data.read_options import ReadNote

    tab = app_window.window.data_tab
    plain = Dataset.from_frame("t", pd.DataFrame({"x": [1]}))
    app_window.give(other=pd.DataFrame({"x": [1]}))
    tab._show(replace(plain, notes=tuple(ReadNote("info", f"Note {i}.") for i in range(6))))
    assert tab.notes.texts == ("Note 0.", "Note 1.")
    assert tab.more_notes.text() == "Show 4 more notes"
    app_window.click("more_notes")
    assert len(tab.notes.texts) == 6
    app_window.click("more_notes")
    assert len(tab.notes.texts) == 2


@pytest.mark.timing
def test_a_million_rows_do_not_stop_the_window(app_window: Any) -> None:
    import time

    n = 1_000_000
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=n), "g": rng.integers(0, 500, n)})
    app_window.give(big=frame)
    view = app_window.window.data_tab.view
    slowest = 0.0
    for place in np.linspace(0, view.verticalScrollBar().maximum(), 12):
        start = time.perf_counter()
        view.verticalScrollBar().setValue(int(place))
        view.grab()
        slowest = max(slowest, time.perf_counter() - start)
    assert view.rowAt(view.viewport().height() - 5) == n - 1
    assert slowest < 0.25  # 10 ms on a quiet machine


def test_labels_are_seen_and_copied_until_codes_are_asked_for(app_window: Any) -> None:
    from mixgui.data.codebook import VariableInfo
    from mixgui.data.describe_step import Describe

    frame = pd.DataFrame({"sex": [1, 2, 1, 3], "x": [0.5, 1.5, 2.5, 3.5]})
    app_window.give(pupils=frame)
    info = VariableInfo(value_labels=(("1", "Girl"), ("2", "Boy")))
    app_window.document.run_step(Describe("pupils", (("sex", info),)))
    app_window.settle()
    window, view = app_window.window, app_window.window.data_tab.view

    def copied() -> str:
        view.selectAll()
        view.copy_cells()
        app_window.settle()
        return str(QGuiApplication.clipboard().text()).replace("\r\n", "\n")

    assert [view.model().index(row, 0).data() for row in range(4)] == ["Girl", "Boy", "Girl", "3"]
    assert copied() == "sex\tx\nGirl\t0.5\nBoy\t1.5\nGirl\t2.5\n3\t3.5\n"
    window.actions_by_id["value_labels"].trigger()
    assert [view.model().index(row, 0).data() for row in range(4)] == ["1", "2", "1", "3"]
    assert copied() == "sex\tx\n1\t0.5\n2\t1.5\n1\t2.5\n3\t3.5\n"
    assert window._settings.get("data/value_labels") is False
    assert app_window.document.tables["pupils"].frame["sex"].tolist() == [1, 2, 1, 3]
