"""Looking at an example before any model: clicks, pictures and tables, taken away as files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QTreeView

from mixgui.data.examples import EXAMPLES
from mixgui.gui.plot_panel import PlotPanel

from .traveller import CONTROL, LEFT, NONE, Traveller


def click_variable(user: Traveller, name: str, modifiers: Qt.KeyboardModifier = NONE) -> None:
    view = user.find("explore_variables")
    assert isinstance(view, QTreeView)
    model = view.model()
    row = next(r for r in range(model.rowCount()) if model.index(r, 0).data() == name)
    place: QPoint = view.visualRect(model.index(row, 0)).center()
    user.qtbot.mouseClick(view.viewport(), LEFT, modifiers, place)
    user.rest()


def description(user: Traveller) -> str:
    panel = user.find("explore_plot")
    assert isinstance(panel, PlotPanel)
    return panel.description


def test_an_example_is_explored(
    traveller: Traveller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = traveller
    example = next(one for one in EXAMPLES if one.id == "sleepstudy")
    frame = pd.read_csv(example.files()[0])
    user.drop(example.files()[0])
    user.wait(lambda: len(user.session.document.tables) == 1)
    user.rest()
    user.key(Qt.Key.Key_2, CONTROL)
    user.rest()

    # One variable: histogram and summary.
    click_variable(user, "Reaction")
    assert f"{len(frame)} rows" in description(user)
    [row] = user.table("explore_summary_table")
    assert row["n"] == str(len(frame))
    assert float(row["Median"]) == pytest.approx(frame["Reaction"].median(), rel=1e-3)

    # With time and group: lines, with the mean of each day below.
    click_variable(user, "Days", CONTROL)
    click_variable(user, "Subject", CONTROL)
    assert f"{frame['Subject'].nunique()} lines" in description(user)
    days = user.table("explore_summary_by_time_table")
    means = frame.groupby("Days")["Reaction"].mean()
    assert [float(day["Mean"]) for day in days] == pytest.approx(means.tolist(), rel=1e-3)

    # The picture and the table go into files.
    picture = tmp_path / "lines.png"
    user.action("action_export_plot")
    user.type("plot_export_path", str(picture))
    user.click("plot_export_save")
    user.wait(picture.exists)
    user.rest()
    assert picture.read_bytes().startswith(b"\x89PNG")
    table = tmp_path / "days.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(table), "CSV (*.csv)"))
    user.action("explore_summary_by_time_export")
    user.rest()
    written = pd.read_csv(table)
    assert written["mean"].tolist() == pytest.approx(means.tolist(), rel=1e-12)
    assert written["Days"].tolist() == means.index.tolist()
    assert not user.refusals
