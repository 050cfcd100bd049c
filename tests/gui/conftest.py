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
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mixgui.data.dataset import Dataset
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.model_tab import ModelTab
from mixgui.gui.plot_panel import PlotPanel
from mixgui.gui.session import Session
from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import apply_theme
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
    made.window.close()
    # In this order and now: what is left to Python's collector is destroyed in any order, in any thread.
    for one in (made.window, made.service, made.document, made.selection, made.settings, made.worker):
        shiboken6.delete(one)


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


class WindowRig:
    """The main window as the program puts it together, with settings of its own."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.qtbot = qtbot
        self.settings = Settings(folder / "settings.ini")
        self.session = Session(application, self.settings, autosave=False)
        self.worker = self.session.worker
        self.document = self.session.document
        self.models = self.session.models
        self.window = self.session.window
        self.crashes: list[str] = []
        self.worker.crashed.connect(self.crashes.append)
        self.window.show()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is being computed or drawn any more."""
        self.qtbot.waitUntil(self._idle, timeout=60_000)
        assert not self.crashes

    def _idle(self) -> bool:
        panels = self.window.findChildren(PlotPanel)
        return not self.worker.busy and not any(panel._rest.isActive() for panel in panels)

    def give(self, **frames: pd.DataFrame) -> None:
        """Put tables into the document."""
        for name, frame in frames.items():
            self.document.run_step(GivenTable(name, frame))
        self.settle()

    def find(self, name: str, kind: type[Any] = QWidget) -> Any:
        """Return the widget of this name in the window or in one of its dialogs; a visible one first."""
        found = self.window.findChildren(kind, name)
        assert found, f"there is no {kind.__name__} named {name}"
        return max(found, key=lambda one: one.isVisible())

    def click(self, name: str) -> None:
        """Click a button with the mouse."""
        button = self.find(name)
        assert button.isVisible(), f"{name} cannot be seen"
        assert button.isEnabled(), f"{name} cannot be used"
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def trigger(self, command: str) -> None:
        """Choose a command of the menus."""
        action = self.window.actions_by_id[command]
        assert action.isEnabled(), f"{command} cannot be chosen"
        action.trigger()
        self.settle()

    def dialog(self, name: str) -> QWidget:
        """Return an open dialog."""
        found = [one for one in self.window.findChildren(QDialog, name) if one.isVisible()]
        assert found, f"the dialog {name} is not open"
        return found[0]


@pytest.fixture
def app_window(qtbot: QtBot, tmp_path: Path) -> Iterator[WindowRig]:
    made = WindowRig(qtbot, tmp_path)
    yield made
    made.session.close()
    apply_theme(QApplication.instance(), "light")
