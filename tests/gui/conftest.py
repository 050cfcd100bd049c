"""What the tests of the window share."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mixgui.data.dataset import Dataset
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.model_tab import ModelTab
from mixgui.gui.plot_panel import PlotPanel
from mixgui.gui.table_card import TableCard
from mixgui.observer import Observer, silent
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.selection import Selection
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the screenless platform say that it has no window manager; everything else that Qt logs fails."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))


@pytest.fixture(autouse=True)
def _widgets_die_here(qapp: QApplication) -> Iterator[None]:
    """Delete what a test left now and in this thread.

    Python's collector runs in whichever thread allocates: in a later test that may be a worker's, and widgets that
    are deleted there take the program with them.
    """
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


@dataclass(frozen=True, eq=False)
class GivenTable:
    """A step that makes a table from a frame at hand."""

    output: str
    frame: pd.DataFrame

    def apply(self, tables: Mapping[str, Any], observer: Observer = silent) -> Mapping[str, Any]:
        return {**tables, self.output: Dataset.from_frame(self.output, self.frame)}

    def describe(self) -> str:
        return f"Make {self.output}"


class ModelRig:
    """A model tab with real services around it."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.worker = Worker()
        self.document = Document(self.worker)
        self.service = ModelService(self.document, self.worker)
        self.selection = Selection()
        self.settings = Settings(folder / "settings.ini")
        self.window = QWidget()
        self.messages = MessageBar(self.window)
        self.tab = ModelTab(
            self.document,
            self.worker,
            self.service,
            self.selection,
            self.settings,
            self.messages,
            self.window,
        )
        layout = QVBoxLayout(self.window)
        layout.addWidget(self.tab, 1)
        layout.addWidget(self.messages)
        qtbot.addWidget(self.window)
        self.window.resize(1080, 720)
        self.window.show()

    def give(self, **frames: pd.DataFrame) -> None:
        """Put tables into the document."""
        for name, frame in frames.items():
            self.document.run_step(GivenTable(name, frame))
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is being computed or drawn any more."""
        self.qtbot.waitUntil(self._idle, timeout=60_000)

    def _idle(self) -> bool:
        panels = self.window.findChildren(PlotPanel)
        return not self.worker.busy and not any(panel._rest.isActive() for panel in panels)

    def type(self, text: str) -> None:
        """Type a formula in place of the one that is there."""
        self.tab.bar.formula.selectAll()
        self.qtbot.keyClicks(self.tab.bar.formula, text)
        self.tab.bar.formula._popup().hide()

    def fit(self, text: str = "") -> None:
        """Fit, by its button, what is there or this formula."""
        if text:
            self.type(text)
        button = self.window.findChild(QPushButton, "fit_button")
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def cell(self, card: TableCard, row: str, column: str) -> float:
        """Return the number that stands in a row (named by its first column or key) below a heading."""
        model = card.model
        headings = [
            model.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
            for at in range(model.columnCount())
        ]
        rows = [model.text(at, 0) for at in range(model.rowCount())]
        text = model.text(rows.index(row), headings.index(column))
        return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


@pytest.fixture
def rig(qtbot: QtBot, tmp_path: Path) -> Iterator[ModelRig]:
    made = ModelRig(qtbot, tmp_path)
    yield made
    made.worker.shutdown()


@pytest.fixture
def schools() -> pd.DataFrame:
    """Pupils in twelve schools: two predictors, a type of the school, an outcome that differs between schools."""
    rng = np.random.default_rng(7)
    school = np.repeat(np.arange(1, 13), 15)
    hours, ses = rng.normal(5, 2, school.size), rng.normal(0, 1, school.size)
    effect = rng.normal(0, 3, 12)[school - 1]
    return pd.DataFrame(
        {
            "pupil": np.arange(school.size),
            "school": school,
            "sector": np.where(school % 2, "public", "private"),
            "hours": hours,
            "ses": ses,
            "score": 20 + 1.5 * hours + 0.8 * ses + effect + rng.normal(0, 4, school.size),
        }
    )


@pytest.fixture
def netherlands(reference_dir: Path) -> dict[str, pd.DataFrame]:
    """The pupils and schools of the notes, and their left join."""
    students = pd.read_csv(reference_dir / "data" / "netherlands-students.csv")
    table = pd.read_csv(reference_dir / "data" / "netherlands-schools.csv")
    return {
        "students": students,
        "schools": table,
        "joined": students.merge(table, on="school_id", how="left"),
    }
