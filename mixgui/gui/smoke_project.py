"""The last part of the main job: the project is saved, closed and opened again, and is what it was.

Between the two the data files are deleted, so that only the project file can bring the tables back.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QLineEdit, QTableView

from mixgui.gui.robot import Robot
from mixgui.gui.session import Session

if TYPE_CHECKING:
    import pandas as pd

# What people call their files; every system has to find it again.
FILE_NAME = "Schülerdaten & more.mixgui"
# A model that is opened is fitted again, on the same machine from the same numbers.
SAME_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class _State:
    """What a project is made of."""

    steps: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]
    table: str
    formulas: tuple[str, ...]
    estimates: tuple[tuple[float, ...], ...]


class ProjectRoundTrip:
    """Saves through the dialog, begins anew, and drops the file on the window.

    Parameters
    ----------
    session : Session
    robot : Robot
    folder : Path
        Where the project goes.
    data : Path
        Folder with the data files that were opened; it is deleted.
    """

    def __init__(self, session: Session, robot: Robot, folder: Path, data: Path) -> None:
        self._session = session
        self._robot = robot
        self._path = folder / FILE_NAME
        self._data = data
        self._before: _State | None = None
        self.problems: list[str] = []
        store = session.projects.store
        store.failed.connect(lambda error: self.problems.append(f"project: {error}"))
        store.not_as_saved.connect(lambda _, note: self.problems.append(f"not as saved: {note.text}"))

    def save(self) -> None:
        """Save under a new name, as a user does."""
        robot, store = self._robot, self._session.projects.store
        self._before = self._state()
        robot.require(store.dirty, "there is nothing that would have to be saved")
        robot.trigger("action_save_as")
        dialog = robot.find(QFileDialog, "save_project_dialog")
        robot.find(QLineEdit, "fileNameEdit", within=dialog).setText(str(self._path))
        dialog.accept()
        self._wait(lambda: store.path == self._path, "the saved project")
        robot.require(zipfile.is_zipfile(self._path), f"{self._path.name} is no archive")
        robot.require(not store.dirty, "the project was saved and still has changes")

    def reopen(self) -> None:
        """Forget everything, open the file and compare."""
        robot, session = self._robot, self._session
        robot.trigger("action_new_project")
        project = session.document.project
        robot.require(
            not (session.document.tables or project.models or project.steps), "the new project is not empty"
        )
        shutil.rmtree(self._data)
        robot.drop_files(session.window, [self._path])
        self._wait(lambda: session.projects.store.path == self._path, "the opened project")
        self._wait(self._all_fitted, "the models of the opened project")
        self._wait(lambda: not session.worker.busy, "the worker")
        robot.require(not session.projects.store.dirty, "the project was opened and has changes")
        self._compare(self._state())
        self._look_at_table()

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait, but not after something went wrong; then say what."""
        self._robot.wait(lambda: bool(self.problems) or condition(), what)
        self._robot.require(not self.problems, "; ".join(self.problems))

    def _all_fitted(self) -> bool:
        models = self._session.document.project.models
        return all(self._session.models.result(entry.id) is not None for entry in models)

    def _state(self) -> _State:
        document = self._session.document
        fits = [self._session.models.result(entry.id) for entry in document.project.models]
        numbers = []
        for fit in fits:
            self._robot.require(fit is not None, "a model of the project has no result")
            assert fit is not None
            fixed, spread = fit.tidy(), fit.tidy(effects="ran_pars")
            numbers.append((*fixed["estimate"], *fixed["std_error"], *spread["estimate"], fit.criterion))
        return _State(
            steps=tuple(step.describe() for step in document.project.steps),
            tables={name: table.frame for name, table in document.tables.items()},
            table=self._session.window.table,
            formulas=tuple(str(entry.spec.formula) for entry in document.project.models),
            estimates=tuple(numbers),
        )

    def _compare(self, after: _State) -> None:
        before = self._before
        assert before is not None
        robot = self._robot
        robot.require(len(before.tables) == 3 and len(before.formulas) > 0, "too little was saved to compare")
        for name in ("steps", "formulas", "table"):
            then, now = getattr(before, name), getattr(after, name)
            robot.require(then == now, f"the {name} of the project were {then}, now {now}")
        robot.require(set(before.tables) == set(after.tables), f"the tables are now {set(after.tables)}")
        for name, frame in before.tables.items():
            opened = after.tables[name]
            robot.require(
                frame.equals(opened) and (frame.dtypes == opened.dtypes).all(),
                f"the table {name} is not what was saved",
            )
        for formula, then, now in zip(before.formulas, before.estimates, after.estimates, strict=True):
            same = len(then) == len(now) and all(
                abs(a - b) <= SAME_TOLERANCE * max(1.0, abs(a)) for a, b in zip(then, now, strict=True)
            )
            robot.require(same, f"the estimates of {formula} were {then}, now {now}")

    def _look_at_table(self) -> None:
        """See the table on the screen: its size and the names of its columns."""
        window, document = self._session.window, self._session.document
        self._robot.trigger("action_tab_data")
        frame = document.tables[window.table].frame
        model = self._robot.find(QTableView, "data_view").model()
        self._robot.wait(lambda: model.rowCount() == len(frame), "the rows of the table on the screen")
        self._robot.require(model.columnCount() == len(frame.columns), "the screen shows other columns")
