"""Table cards: what is shown, searched, sorted, chosen, copied and exported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mixgui.gui.card_model import sorted_rows
from mixgui.gui.export_dialogs import file_stem
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.table_card import TableCard

ROLE = Qt.ItemDataRole


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    QVBoxLayout(made)
    made.layout().addWidget(MessageBar(made))
    qtbot.addWidget(made)
    made.resize(700, 600)
    made.show()
    yield made
    made.close()


def put(window: QWidget, card: TableCard) -> TableCard:
    window.layout().addWidget(card)
    card.show()
    return card


@pytest.fixture
def fixed(window: QWidget) -> TableCard:
    card = put(window, TableCard("Fixed effects", window))
    frame = pd.DataFrame(
        {
            "term": ["(Intercept)", "verbal_iq"],
            "estimate": [40.608232, 2.487591],
            "std_error": [0.30818, 0.0701],
            "p_value": [1e-9, 0.0213],
        }
    )
    card.set_frame(frame, notes=["A note."])
    return card


@pytest.fixture
def schools(window: QWidget) -> TableCard:
    card = put(window, TableCard("Random effects", window, name="ranef"))
    index = pd.Index([f"s{i}" for i in range(40)], name="school_id")
    card.set_frame(pd.DataFrame({"(Intercept)": np.linspace(-3, 3, 40)}, index=index), index_label="School")
    return card


def texts(card: TableCard, column: int) -> list[str]:
    return [card.model.index(row, column).data() for row in range(card.model.rowCount())]


def headings(card: TableCard) -> list[str]:
    return [card.model.headerData(i, Qt.Orientation.Horizontal) for i in range(card.model.columnCount())]


def test_headings_are_words_and_numbers_are_rounded(fixed: TableCard) -> None:
    assert headings(fixed) == ["Term", "Estimate", "SE", "p"]
    assert texts(fixed, 1) == ["40.61", "2.488"]
    assert texts(fixed, 3) == ["< .001", ".021"]
    assert fixed.notes.texts == ("A note.",)
    tip = fixed.model.headerData(2, Qt.Orientation.Horizontal, ROLE.ToolTipRole)
    assert tip.startswith("Standard error")


def test_decimal_marks_stand_below_each_other(fixed: TableCard) -> None:
    from PySide6.QtWidgets import QStyleOptionViewItem

    delegate = fixed.table.itemDelegate()
    drawn = []
    for row in range(2):
        option = QStyleOptionViewItem()
        delegate.initStyleOption(option, fixed.model.index(row, 1))
        drawn.append(option.text)
    assert [len(text) - text.index(".") for text in drawn] == [4, 4]
    assert fixed.model.index(0, 1).data(ROLE.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight


def test_other_digits(fixed: TableCard) -> None:
    fixed.set_digits(7)
    assert texts(fixed, 1) == ["40.60823", "2.487591"]


def test_it_is_as_high_as_its_rows(fixed: TableCard, schools: TableCard) -> None:
    assert fixed.table.height() < 130
    assert not fixed.table.verticalScrollBar().isVisible()
    assert 300 < schools.table.height() < 420
    assert not fixed.search_field.isVisible()
    assert schools.search_field.isVisible()


def test_an_empty_card_says_so(window: QWidget) -> None:
    card = put(window, TableCard("Groups", window))
    assert card.empty.isVisible()
    assert not card.table.isVisible()
    assert not card.menu_button.isEnabled()


def test_sorting_goes_by_value_and_not_by_text(qtbot: QtBot, window: QWidget) -> None:
    card = put(window, TableCard("Numbers", window))
    card.set_frame(pd.DataFrame({"estimate": [10.0, 9.0, np.nan, -100.0], "term": ["b", "a", "D", "c"]}))
    header = card.table.horizontalHeader()
    spot = QPoint(header.sectionViewportPosition(0) + 5, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert texts(card, 0) == ["−100.0", "9.000", "10.00", ""]
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert texts(card, 0) == ["10.00", "9.000", "−100.0", ""]
    card.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert texts(card, 1) == ["a", "b", "c", "D"]


def test_searching_keeps_the_rows_that_contain_the_text(qtbot: QtBot, schools: TableCard) -> None:
    qtbot.keyClicks(schools.search_field, "S3")
    assert texts(schools, 0) == ["s3", *[f"s{i}" for i in range(30, 40)]]
    schools.search_field.clear()
    qtbot.keyClicks(schools.search_field, "nobody")
    assert schools.empty.isVisible()
    assert "contains" in schools.empty.text()
    schools.search_field.clear()
    assert schools.model.rowCount() == 40


def test_a_click_chooses_the_row_by_its_key_also_when_sorted(qtbot: QtBot, schools: TableCard) -> None:
    schools.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    spot = schools.table.visualRect(schools.model.index(1, 0)).center()
    with qtbot.waitSignal(schools.row_chosen, timeout=1000) as caught:
        qtbot.mouseClick(schools.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert caught.args == ["s38"]


def test_arrow_keys_choose_too(qtbot: QtBot, schools: TableCard) -> None:
    schools.table.setFocus()
    schools.table.setCurrentIndex(schools.model.index(4, 0))
    with qtbot.waitSignal(schools.row_chosen, timeout=1000) as caught:
        qtbot.keyClick(schools.table, Qt.Key.Key_Down)
    assert caught.args == ["s5"]


def test_a_highlight_from_elsewhere_is_shown_and_not_announced(qtbot: QtBot, schools: TableCard) -> None:
    with qtbot.assertNotEmitted(schools.row_chosen, wait=50):
        schools.set_highlight("s33")
    row = schools.model.row_of("s33")
    assert schools.model.index(row, 0).data(ROLE.BackgroundRole) is not None
    assert schools.table.visualRect(schools.model.index(row, 0)).isValid()
    schools.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    lit = [r for r in range(40) if schools.model.index(r, 0).data(ROLE.BackgroundRole) is not None]
    assert [schools.model.key(r) for r in lit] == ["s33"]
    schools.set_highlight(None)
    assert not any(schools.model.index(r, 0).data(ROLE.BackgroundRole) for r in range(40))
    schools.set_highlight("no such school")


def test_copy_has_all_digits_as_table_and_as_text(window: QWidget, fixed: TableCard) -> None:
    fixed.findChild(QAction, "fixed_effects_copy").trigger()
    data = QGuiApplication.clipboard().mimeData()
    lines = data.text().splitlines()
    assert lines[0] == "Term\tEstimate\tSE\tp"
    assert lines[1].split("\t")[1] == "40.608232"
    assert "<table" in data.html()
    assert "40.608232" in data.html()
    assert "Fixed effects" in window.findChild(MessageBar).text


def test_copy_as_shown_has_the_digits_shown(fixed: TableCard) -> None:
    fixed.findChild(QAction, "fixed_effects_copy_as_shown").trigger()
    assert QGuiApplication.clipboard().text().splitlines()[1].split("\t")[:2] == ["(Intercept)", "40.61"]


def test_what_is_copied_is_what_is_shown_in_its_order(qtbot: QtBot, schools: TableCard) -> None:
    qtbot.keyClicks(schools.search_field, "s1")
    schools.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    schools.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "School\t(Intercept)"
    assert [line.split("\t")[0] for line in lines[1:]] == [f"s{i}" for i in range(19, 9, -1)] + ["s1"]


def test_ctrl_c_copies_the_chosen_rows(qtbot: QtBot, schools: TableCard) -> None:
    schools.table.setFocus()
    schools.table.selectRow(2)
    qtbot.keyClick(schools.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert [line.split("\t")[0] for line in QGuiApplication.clipboard().text().splitlines()] == [
        "School",
        "s2",
    ]


@pytest.mark.parametrize(
    ("typed", "chosen", "written", "word"),
    [
        ("t.csv", "CSV (*.csv)", "t.csv", "40.608232"),
        ("t", "LaTeX (*.tex)", "t.tex", "\\toprule"),
        ("t.html", "CSV (*.csv)", "t.html", "<table"),
        ("t", "Tab-separated text (*.tsv)", "t.tsv", "\t"),
    ],
)
def test_export_writes_the_format_that_was_asked_for(
    fixed: TableCard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    chosen: str,
    written: str,
    word: str,
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / typed), chosen))
    fixed.findChild(QAction, "fixed_effects_export").trigger()
    assert word in (tmp_path / written).read_text(encoding="utf-8")


def test_an_export_that_fails_is_told(
    window: QWidget, fixed: TableCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "no such folder" / "t.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(place), "CSV (*.csv)"))
    fixed.export()
    bar = window.findChild(MessageBar)
    assert bar.severity == "error"
    assert bar.text


def test_a_cancelled_export_does_nothing(
    window: QWidget, fixed: TableCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: ("", ""))
    fixed.export()
    assert window.findChild(MessageBar).text == ""


def test_columns_that_no_list_of_labels_knows(window: QWidget) -> None:
    card = put(window, TableCard("Own", window))
    card.set_frame(
        pd.DataFrame({"my_slope": [0.123456], "n_x": [12345], "ok": [True]}), headings={"n_x": "Count"}
    )
    assert headings(card) == ["my_slope", "Count", "ok"]
    assert [texts(card, i)[0] for i in range(3)] == ["0.1235", "12,345", "True"]


def test_missing_values_are_last_in_both_directions() -> None:
    values = np.array([None, 2.0, float("nan"), 1.0], dtype=object)
    assert list(sorted_rows(values, False)) == [3, 1, 0, 2]
    assert list(sorted_rows(values, True)) == [1, 3, 0, 2]


@pytest.mark.parametrize(
    ("caption", "stem"),
    [("Fixed effects", "Fixed_effects"), ('a/b: "c"?', "a_b_c"), ("...", "table"), ("Résumé", "Résumé")],
)
def test_a_caption_becomes_a_file_name(caption: str, stem: str) -> None:
    assert file_stem(caption) == stem
