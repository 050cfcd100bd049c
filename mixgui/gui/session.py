"""The one place where the parts of the running program are put together."""

from __future__ import annotations

import sys
from pathlib import Path

import shiboken6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from mixgui.gui.collector import Collector
from mixgui.gui.main_window import MainWindow
from mixgui.gui.theme import apply_theme, prepare_theme
from mixgui.observer import Observer, Progress
from mixgui.services.document import Document
from mixgui.services.journal import Journal, journal_folder
from mixgui.services.model_service import ModelService
from mixgui.services.selection import Selection
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

# Seconds that a worker may keep the interpreter when the window asks for it. A table that is painted asks a thousand
# times, once a cell; Python's own 5 ms would add up to a pause.
_TURN = 0.0002


class Session:
    """Services and window of one run of the program.

    Parameters
    ----------
    application : QApplication
    settings : Settings, optional
        By default the user's own.
    state_folder : Path, optional
        Where work is saved aside; by default the user's own.
    autosave : bool
        Whether work is saved aside at all.
    """

    def __init__(
        self,
        application: QApplication,
        settings: Settings | None = None,
        *,
        state_folder: Path | None = None,
        autosave: bool = True,
    ) -> None:
        self.application = application
        self.settings = settings or Settings()
        self.worker = Worker()
        self.document = Document(self.worker)
        self.models = ModelService(self.document, self.worker)
        self.selection = Selection()
        theme = self.settings.get("appearance/theme")
        prepare_theme(application, theme)
        self.settings.changed.connect(self._on_setting)
        self.window = MainWindow(self.document, self.worker, self.models, self.selection, self.settings)
        apply_theme(application, theme)
        self.projects = self.window.projects
        self.journal: Journal | None = None
        if autosave:
            self.journal = Journal(
                self.projects.store, self.document, self.models, self.worker, state_folder or journal_folder()
            )
            self.projects.watch(self.journal)
        self.collector = Collector(self.worker)
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        self._warming = 2  # jobs that are still getting ready

    @property
    def warm(self) -> bool:
        """Whether the libraries that were loaded beside the window are there."""
        return self._warming == 0

    def show(self) -> None:
        """Show the window, then load the heavy libraries beside it."""
        self.window.show()
        QTimer.singleShot(0, self.window, self._warm_up)  # after the window was drawn for the first time
        if self.journal is not None and self.journal.others:
            self.worker.run(
                self.journal.find_leftovers, lane="file", owner=self.window, on_done=self.projects.offer
            )

    def close(self) -> None:
        """Close the window, end the threads, and delete the window before what it shows."""
        self.projects.closing = True
        self.window.close()
        self.worker.shutdown()
        self.projects.close()
        if self.journal is not None:
            self.journal.close()
        self.settings.sync()
        self.settings.changed.disconnect(self._on_setting)
        shiboken6.delete(self.window)
        self.collector.stop()
        sys.setswitchinterval(self._turn)
        if self.application.platformName() in ("offscreen", "minimal"):
            # There the clipboard outlives Python, and would take Python's data apart after its end.
            self.application.clipboard().clear()

    def _on_setting(self, name: str, value: object) -> None:
        if name == "appearance/theme":
            apply_theme(self.application, str(value))

    def _warm_up(self) -> None:
        self.collector.pause()
        for job, lane in ((_warm_up_plots, "plot"), (_warm_up_models, "fit")):
            self.worker.run(
                job,
                lane=lane,
                description="Getting ready",
                on_done=self._on_warm,
                on_failed=self._on_warm,
                on_cancelled=self._on_warm,
            )

    def _on_warm(self, *_: object) -> None:
        self._warming -= 1
        if self.warm:
            self.collector.spare()


def _warm_up_plots(observer: Observer) -> None:
    """Draw something small: the first plot should not wait for matplotlib and its fonts."""
    import pandas as pd

    from mixgui.plots.render import render
    from mixgui.plots.residuals import residual_density
    from mixgui.plots.style import PlotStyle

    observer(Progress("Getting ready"))
    plot = residual_density(pd.DataFrame({".resid": [-1.0, 0.5, 0.0, 1.0, -0.5]}), style=PlotStyle())
    render(plot, 200, 150, 1.0)


def _warm_up_models(observer: Observer) -> None:
    """Fit something small: the first fit should not wait for scipy and statsmodels."""
    import pandas as pd

    from mixgui.models import fit

    observer(Progress("Getting ready"))
    data = pd.DataFrame({"y": [1.0, 3.0, 2.0, 5.0, 4.0, 6.5], "x": range(6), "g": list("aabbcc")})
    for formula in ("y ~ x", "y ~ x + (1 | g)"):
        fit(formula, data, observer=observer).tidy()
