"""The main job, done in the real window by a robot: proof that a build works before anybody gets it.

Opens the two files of the bundled example by dropping them, joins them in the join dialog, types and fits an
ordinary regression and a mixed model, compares the numbers that the window shows with those of R, looks at both
plot panels, takes plots and a table away, saves the project, deletes the data files and opens the project again.
Whatever goes wrong makes the test fail.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QTabWidget,
    QWidget,
)

from mixgui import paths
from mixgui.gui.plot_panel import PlotPanel
from mixgui.gui.robot import Robot, RobotError
from mixgui.gui.session import Session
from mixgui.gui.smoke_project import ProjectRoundTrip
from mixgui.services.crash_log import CrashLog
from mixgui.services.settings import Settings

if TYPE_CHECKING:
    from mixgui.models.result import ModelFit

EXAMPLE = "dutch-pupils"
JOINED_ROWS = 2287

# R 4.2.2: lm(lang ~ IQ), lme4 1.1-31: lmer(lang ~ IQ + (1 | class)), bobyqa with rhoend 1e-9, MASS::nlschools.
OLS_FORMULA = "lang ~ IQ"
OLS = {"(Intercept)": (9.52848409834, 0.8668206467206), "IQ": (2.65389557786, 0.0721540616502)}
MIXED_FORMULA = "lang ~ IQ + (1 | class)"
MIXED = {"(Intercept)": (11.16686715131, 0.8790310651056), "IQ": (2.48718756085, 0.0701128853681)}
SD_CLASS, SD_RESIDUAL, CRITERION = 3.080728961, 6.500318929, 15256.7070291
CLASS_180 = -0.368940726602

# Far below a digit that is shown, far above what computers differ in.
RELATIVE_TOLERANCE = 1e-6
SHOWN_TOLERANCE = 1e-3  # four significant digits

_MAGIC = {"png": b"\x89PNG\r\n", "svg": b"<?xml", "pdf": b"%PDF-"}


@dataclass
class Report:
    """What was done, how long it took and what went wrong."""

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether nothing went wrong."""
        return not self.problems

    @property
    def text(self) -> str:
        """The report in words."""
        end = "SMOKE TEST PASSED" if self.passed else "SMOKE TEST FAILED"
        return "\n".join([*self.lines, *(f"PROBLEM: {one}" for one in self.problems), end])


def run_smoke_test(application: QApplication, log: CrashLog, screenshots: Path | None = None) -> Report:
    """Do the main job in a window of its own, with settings of its own.

    Parameters
    ----------
    application : QApplication
    log : CrashLog
        Every problem that it has seen makes the test fail.
    screenshots : Path, optional
        Folder for pictures of the window, light and dark.
    """
    # The robot cannot see the dialogs of the system.
    application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    report = Report()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="mixgui-smoke-") as name:
        folder = Path(name)
        # Qt's own dialogs have settings, too; those of the user stay as they are.
        for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(kind, QSettings.Scope.UserScope, name)
        try:
            session = Session(
                application, Settings(folder / "settings.ini"), state_folder=folder / "autosave"
            )
            session.worker.crashed.connect(log.report)
            try:
                _Journey(session, report, folder, screenshots, lambda: "".join(log.problems[:1])).run()
            finally:
                session.close()
                # Without a window system the clipboard would outlive Python, whose object lies in it.
                QApplication.clipboard().clear()
        except Exception as error:
            report.problems.append("".join(traceback.format_exception(error)).strip())
    report.problems += log.problems
    report.lines += [f"note: {one}" for one in dict.fromkeys(log.warnings)]
    report.lines.append(f"all: {time.perf_counter() - start:.2f} s")
    return report


class _Journey:
    """The steps of the main job."""

    def __init__(
        self,
        session: Session,
        report: Report,
        folder: Path,
        screenshots: Path | None,
        trouble: Callable[[], str],
    ) -> None:
        self.session = session
        self.window = session.window
        self.robot = Robot(session.window, lambda: "".join(report.problems[:1]) or trouble())
        self.report = report
        self.folder = folder
        self.screenshots = screenshots
        self.data = folder / "data"
        self.project = ProjectRoundTrip(session, self.robot, folder, self.data)
        session.document.failed.connect(lambda error: report.problems.append(f"refused: {error}"))
        session.models.failed.connect(lambda _, error: report.problems.append(f"not fitted: {error}"))

    def run(self) -> None:
        """Do everything, one step after the other."""
        steps: list[tuple[str, Callable[[], None]]] = [
            ("window shown", self.show),
            ("two files opened", self.open_files),
            ("files joined", self.join),
            ("ordinary regression fitted and checked", self.fit_ols),
            ("residual plots drawn (OLS)", lambda: self.look_at_plots(0)),
            ("mixed model fitted and checked", self.fit_mixed),
            ("residual plots drawn", lambda: self.look_at_plots(0)),
            ("random-effects plots drawn", lambda: self.look_at_plots(1)),
            ("pictures taken", lambda: self.take_pictures("model", "light", "dark")),
            ("plots exported", self.export_plots),
            ("table exported", self.export_table),
            ("table copied", self.copy_table),
            ("undone and redone", self.undo_and_redo),
            ("project saved", self.project.save),
            ("project opened again", self.reopen_project),
        ]
        for words, step in steps:
            start = time.perf_counter()
            try:
                step()
            except Exception:
                self.report.lines.append(f"while “{words}” the window said: {self.window.messages.text!r}")
                self.take_pictures("failed", "light")
                raise
            if self.report.problems:
                raise RobotError(f"a problem while: {words}")
            self.report.lines.append(f"{words}: {time.perf_counter() - start:.2f} s")

    # The steps.

    def show(self) -> None:
        self.window.resize(1280, 800)
        self.session.show()
        self.robot.wait(self.window.isVisible, "the window")
        self.take_pictures("start", "light", "dark")

    def open_files(self) -> None:
        shutil.copytree(paths.examples() / EXAMPLE, self.data)
        self.robot.drop_files(self.window, [self.data / "pupils.csv", self.data / "classes.csv"])
        tables = self.session.document
        self.robot.wait(lambda: set(tables.tables) == {"pupils", "classes"}, "the two tables")

    def join(self) -> None:
        self.robot.trigger("action_join")
        button = self.robot.find(QPushButton, "join_run")
        self.robot.wait(button.isEnabled, "the report of the join")
        left = self.robot.find(QComboBox, "join_left").currentText()
        self.robot.require(left == "pupils", f"the join dialog begins with {left!r} at the left")
        self.take_pictures("join", "light", "dark", widget=button.window())
        before = set(self.session.document.tables)
        self.robot.click("join_run")
        self.robot.wait(lambda: len(self.session.document.tables) == 3, "the joined table")
        name = (set(self.session.document.tables) - before).pop()
        frame = self.session.document.tables[name].frame
        self.robot.require(
            len(frame) == JOINED_ROWS and {"lang", "IQ", "GS"} <= set(frame.columns),
            f"the joined table has {len(frame)} rows and the columns {', '.join(frame.columns)}",
        )
        self.take_pictures("data", "light", "dark")

    def fit_ols(self) -> None:
        self._fit(OLS_FORMULA)
        self._check_fixed(OLS)
        self.take_pictures("ols", "light")

    def fit_mixed(self) -> None:
        self._fit(MIXED_FORMULA)
        self._check_fixed(MIXED)
        result = self._result()
        spread = result.tidy(effects="ran_pars").set_index("group")["estimate"]
        self._check("SD between classes", spread["class"], SD_CLASS)
        self._check("SD of the residuals", spread["Residual"], SD_RESIDUAL)
        self._check("REML criterion", result.glance()["criterion"].iloc[0], CRITERION)
        modes = result.tidy(effects="ran_vals")
        chosen = modes.loc[modes["level"].astype(str) == "180", "estimate"].iloc[0]
        self._check("random effect of class 180", chosen, CLASS_180)

    def look_at_plots(self, tab: int) -> None:
        tabs = self.robot.find(QTabWidget, "plot_tabs")
        tabs.setCurrentIndex(tab)
        self.robot.breathe(0.2)
        page = tabs.currentWidget()
        panels = [panel for panel in page.findChildren(PlotPanel) if panel.isVisible()]
        drawn = [panel for panel in panels if panel.content is not None]  # else it says why there is nothing
        self.robot.require(len(drawn) >= 2, f"the panel {page.objectName()} shows no plots")
        self.robot.wait(lambda: not self.session.worker.busy, "the worker")
        for panel in drawn:
            self.robot.wait(partial(_has_image, panel), f"the plot {panel.objectName()}")
            self.robot.require(not panel.sentence, f"{panel.objectName()} says: {panel.sentence}")
            self.robot.require(bool(panel.description), f"{panel.objectName()} has no description")
            self.robot.require(_is_picture(panel), f"the plot {panel.objectName()} is blank")

    def export_plots(self) -> None:
        page = self.robot.find(QTabWidget, "plot_tabs").currentWidget()
        panels = page.findChildren(PlotPanel)
        panel = next(one for one in panels if one.isVisible() and one.content is not None)
        for ending, magic in _MAGIC.items():
            path = self.folder / f"plot.{ending}"
            panel.save_action.trigger()
            kind = self.robot.find(QComboBox, "plot_export_format")
            kind.setCurrentIndex(kind.findData(ending))
            self.robot.replace_text(self.robot.find(QLineEdit, "plot_export_path"), str(path))
            self.robot.click("plot_export_save")
            self.robot.wait(path.exists, str(path))
            self.robot.wait(lambda: not self.session.worker.busy, "the end of saving")
            head = path.read_bytes()
            self.robot.require(head.startswith(magic) and len(head) > 2000, f"{path.name} is no {ending}")

    def export_table(self) -> None:
        path = self.folder / "fixed effects.csv"
        self._in_file_dialog(self.robot.find(QAction, "fixed_effects_export").trigger, path)
        self.robot.wait(path.exists, str(path))
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        at = lines[0].split(",").index("estimate")
        self._check("exported slope", float(lines[2].split(",")[at]), MIXED["IQ"][0])

    def copy_table(self) -> None:
        self.robot.trigger("fixed_effects_copy")
        data = QApplication.clipboard().mimeData()
        self.robot.require(data.hasHtml() and "<table" in data.html(), "the clipboard has no table")
        row = data.text().splitlines()[2].split("\t")
        self.robot.require("IQ" in row, "the copied table has another row")
        numbers = [float(cell) for cell in row if cell[:1].isdigit()]
        self._check("copied slope", numbers[0], MIXED["IQ"][0])

    def undo_and_redo(self) -> None:
        stack = self.session.document.undo_stack
        place = stack.index()
        self.robot.trigger("action_undo")
        self.robot.require(stack.index() < place, "undo did nothing")
        self._check_fixed(OLS)
        self.robot.trigger("action_redo")
        self._check_fixed(MIXED)

    def reopen_project(self) -> None:
        self.project.reopen()
        self.robot.trigger("action_tab_model")
        self._check_fixed(MIXED)
        self.look_at_plots(1)
        self.take_pictures("reopened", "light")

    # How they are done.

    def _fit(self, formula: str) -> None:
        self.robot.trigger("action_tab_model")
        edit = self.robot.find(QPlainTextEdit, "formula_edit")
        self.robot.replace_text(edit, formula)
        self.robot.require(edit.toPlainText() == formula, f"typed {formula!r}, got {edit.toPlainText()!r}")
        self.robot.trigger("action_fit")
        self.robot.wait(lambda: self._has_result(formula), f"the fit of {formula}")
        self.robot.wait(lambda: not self.session.worker.busy, "the worker")

    def _has_result(self, formula: str) -> bool:
        from mixgui.models.formula_parser import parse_formula

        models = self.session.document.project.models
        fit = self.session.models.result(models[-1].id) if models else None
        return fit is not None and fit.formula == parse_formula(formula)

    def _result(self) -> ModelFit:
        result = self.session.models.result(self.session.document.project.models[-1].id)
        self.robot.require(result is not None, "the model has no result")
        assert result is not None
        return result

    def _check_fixed(self, expected: dict[str, tuple[float, float]]) -> None:
        """Compare the estimates of the fit, and the digits in the table on the screen."""
        table = self._result().tidy().set_index("term")
        for term, (estimate, error) in expected.items():
            self._check(f"estimate of {term}", table.loc[term, "estimate"], estimate)
            self._check(f"standard error of {term}", table.loc[term, "std_error"], error)
            for value in (estimate, error):
                self.robot.wait(
                    partial(self._shows, "fixed_effects_table", term, value),
                    f"{value} in the row {term} of the table on the screen",
                )

    def _shows(self, table: str, term: str, value: float) -> bool:
        """Whether the row of a term shows a number, to the digits that are shown."""
        cells = [text for row in self._shown(table) if term in row for text in row]
        numbers = [number for text in cells if (number := _number(text)) is not None]
        return any(abs(number - value) <= SHOWN_TOLERANCE * abs(value) for number in numbers)

    def _shown(self, name: str) -> list[list[str]]:
        """Return the texts of a table on the screen."""
        model = self.robot.find(QTableView, name).model()
        return [
            [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
            for row in range(model.rowCount())
        ]

    def _check(self, what: str, got: float, expected: float) -> None:
        if not abs(float(got) - expected) <= RELATIVE_TOLERANCE * max(1.0, abs(expected)):
            self.report.problems.append(f"{what} is {got!r}; R says {expected!r}")

    def _in_file_dialog(self, opener: Callable[[], object], path: Path) -> None:
        """Call what opens a file dialog and stays there; fill the dialog in meanwhile."""
        timer = QTimer()
        timer.setInterval(20)

        def fill() -> None:
            for dialog in QApplication.topLevelWidgets():
                if isinstance(dialog, QFileDialog) and dialog.isVisible():
                    timer.stop()
                    self.robot.find(QLineEdit, "fileNameEdit", within=dialog).setText(str(path))
                    dialog.accept()

        timer.timeout.connect(fill)
        timer.start()
        opener()

    def take_pictures(self, name: str, *themes: str, widget: QWidget | None = None) -> None:
        """Save pictures of the window in these themes, then go on in the light one."""
        if self.screenshots is None:
            return
        self.screenshots.mkdir(parents=True, exist_ok=True)
        for theme in themes:
            self.session.settings.set("appearance/theme", theme)
            self.robot.breathe(0.3)
            self.robot.wait(lambda: not self.session.worker.busy, "the worker")
            self.robot.breathe(0.1)
            picture = (widget or self.window).grab()
            if not picture.save(str(self.screenshots / f"{name}_{theme}.png")):
                raise RobotError(f"no picture was written to {self.screenshots}")
        self.session.settings.set("appearance/theme", "light")


def _number(text: str) -> float | None:
    """Read a number as the window writes it."""
    try:
        return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))
    except ValueError:
        return None


def _has_image(panel: PlotPanel) -> bool:
    return panel.image is not None


def _is_picture(panel: PlotPanel) -> bool:
    """Whether the plot has more than a few colours: something was drawn."""
    image = panel.image
    if image is None or image.width() < 50:
        return False
    step = max(image.width() // 150, 1)
    places = ((x, y) for x in range(0, image.width(), step) for y in range(0, image.height(), step))
    return len({image.pixel(x, y) for x, y in places}) > 3
