"""The grid of the data tab: headings that keep their first letters, menus of columns."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QStyleOptionHeaderV2
from pytestqt.qtbot import QtBot

from mixgui.data.dataset import Dataset
from mixgui.gui.table_view import DataView

LONG = "standardised_socioeconomic_status_of_the_neighbourhood_in_2002"


@pytest.fixture
def view(qtbot: QtBot) -> DataView:
    made = DataView()
    qtbot.addWidget(made)
    made.set_dataset(Dataset.from_frame("t", pd.DataFrame({LONG: [1.5, 2.0], "name": ["a", "b"]})))
    made.show()
    return made


def heading(view: DataView, column: int) -> str:
    option = QStyleOptionHeaderV2()
    view.horizontalHeader().initStyleOptionForIndex(option, column)
    return str(option.text)


def test_a_long_heading_is_shortened_at_its_end(view: DataView) -> None:
    assert heading(view, 0).startswith("standardised_socio")
    assert heading(view, 0).endswith("…")
    assert heading(view, 1) == "name"
    view.setColumnWidth(0, 900)
    assert heading(view, 0) == LONG


def test_a_heading_shows_the_menu_that_others_fill(view: DataView, qtbot: QtBot) -> None:
    asked: list[str] = []

    def fill(column: str, menu: Any) -> None:
        asked.append(column)
        menu.addAction("Something")

    view.menu_requested.connect(fill)
    chosen: list[str] = []
    view.column_chosen.connect(chosen.append)
    header = view.horizontalHeader()
    header.customContextMenuRequested.emit(QPoint(header.sectionViewportPosition(1) + 5, 5))
    assert asked == ["name"]
    assert chosen == ["name"]
    menu = view.findChild(QMenu, "column_menu")
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["Something"]
    menu.close()


def test_the_menu_of_a_cell_copies_too(view: DataView) -> None:
    menu = view.menu_of("name", cells=True)
    assert [action.text() for action in menu.actions()] == ["Copy cells"]
    menu.deleteLater()
