"""What a model gives: its tables above, its plots below, and which of them are of an earlier formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QApplication, QSplitter, QTabWidget, QToolButton, QWidget

from mixgui.gui.message_bar import MessageBar
from mixgui.gui.model_context import group_orders, labels_of
from mixgui.gui.random_effects_panel import RandomEffectsPanel
from mixgui.gui.residuals_panel import ResidualsPanel
from mixgui.gui.results_frames import ResultFrames, making_frames
from mixgui.gui.results_view import ResultsView
from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import SPACE, icon
from mixgui.observer import Observer
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.selection import Selection
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.models.formula import Formula
    from mixgui.models.result import ModelFit

_GROUPS_HEIGHT = 430  # pixels in which 25 panels can be read


class ModelResults(QSplitter):
    """The right half of the model tab; parameters as of `ModelTab`."""

    def __init__(
        self,
        document: Document,
        worker: Worker,
        model_service: ModelService,
        selection: Selection,
        settings: Settings,
        messages: MessageBar,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("results_splitter")
        self._document = document
        self._worker = worker
        self._service = model_service
        self._settings = settings
        self._messages = messages
        self._model_id = ""
        self._formula: Formula | None = None
        self._likely: tuple[str, ...] = ()
        self._wanted: ModelFit | None = None  # its tables are being made, or shown
        self._dataset: Dataset | None = None  # the table that they are about
        self._sizes: list[int] = []
        self.results = ResultsView(worker, settings, selection, self)
        self.residuals = ResidualsPanel(worker, settings, selection, self)
        self.random_effects = RandomEffectsPanel(worker, settings, selection, self)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.plots = QTabWidget(self)
        self.plots.setObjectName("plot_tabs")
        self.plots.setDocumentMode(True)
        self.plots.addTab(self.residuals, "Residuals")
        self.plots.addTab(self.random_effects, "Random effects")
        enlarge = QToolButton(self.plots)
        enlarge.setObjectName("plots_enlarge")
        enlarge.setIcon(icon("plot"))
        enlarge.setCheckable(True)
        enlarge.setToolTip("Give the plots the whole height")
        enlarge.setAccessibleName("Give the plots the whole height")
        enlarge.toggled.connect(lambda on: self.results.setVisible(not on))
        self.plots.setCornerWidget(enlarge)
        self.results.setContentsMargins(SPACE, 0, 0, 0)
        self.addWidget(self.results)
        self.addWidget(self.plots)
        self.setChildrenCollapsible(False)
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)
        self.setSizes([350, 300])

    def _connect(self) -> None:
        self._service.results_changed.connect(self.refresh)
        self._service.finished.connect(self.refresh)
        self._settings.changed.connect(self._on_setting)
        self.residuals.views.view_changed.connect(self._make_room)
        # One grouping factor is looked at, wherever it is chosen.
        for one in (self.results.chooser, self.residuals, self.random_effects):
            for other in (self.results.chooser, self.residuals, self.random_effects):
                if other is not one:
                    one.factor_changed.connect(other.set_factor)
        for panel in (*self.residuals.panels.values(), *self.random_effects.panels.values()):
            panel.export_failed.connect(self._messages.show_error)
            panel.exported.connect(lambda path: self._messages.show_message(f"Saved {path}.", "", "success"))

    # --- which model ---

    def show_model(self, model_id: str) -> None:
        """Show the latest good result of a model; an empty id shows none."""
        if model_id != self._model_id:
            self._model_id = model_id
            if self._latest() is not self._wanted:
                self._clear()  # the numbers of one model never stand below the name of another
        self.refresh()

    def set_formula(self, formula: Formula | None) -> None:
        """Tell the formula that is asked for now, to say whether the result is of it."""
        self._formula = formula
        self._mark_previous()

    def set_likely_groups(self, groups: Sequence[str]) -> None:
        """Tell the columns that look like grouping factors, which an ordinary regression has for groups."""
        if tuple(groups) != self._likely:
            self._likely = tuple(groups)
            if self._wanted is not None and self._wanted.kind == "ols":
                self._make_frames(self._wanted)

    def _latest(self) -> ModelFit | None:
        return self._service.last_result(self._model_id) if self._model_id else None

    @Slot()
    def refresh(self) -> None:
        """Show the latest good result of the model, and whether it is of an earlier formula."""
        fit = self._latest()
        if fit is None:
            self._clear()
        elif fit is not self._wanted or self._has_other_words(fit):
            self._make_frames(fit)
        self.results.header.set_name(self._name())
        self._mark_previous()

    def _has_other_words(self, fit: ModelFit) -> bool:
        """Whether the codebook of the fitted table says something else than what is shown; its cells are the same."""
        dataset = self._document.tables.get(fit.spec.table)
        return dataset is not self._dataset and self._service.result(self._model_id) is fit

    def _name(self) -> str:
        project = self._document.project
        return f"Model {project.model(self._model_id).name}" if project.has_model(self._model_id) else ""

    def _clear(self) -> None:
        if self._wanted is not None:
            self._wanted = None
            self.results.set_frames(None)
            self.residuals.set_fit(None)
            self.random_effects.set_fit(None)

    def _make_frames(self, fit: ModelFit) -> None:
        """Prepare the tables in the worker; those of the result before stay until then."""
        self._wanted = fit
        self._dataset = self._document.tables.get(fit.spec.table)
        dataset, tables, likely = (
            self._dataset,
            self._document.tables,
            self._likely,
        )
        make = making_frames(
            fit,
            float(self._settings.get("statistics/conf_level")),
            labels_of(dataset),
            str(self._settings.get("statistics/ddf")),
        )

        def work(observer: Observer) -> tuple[ResultFrames, dict[str, tuple[str, ...]]]:
            frames = make(observer)
            return frames, group_orders(fit, dataset, tables, likely) if dataset is not None else {}

        self._worker.run(
            work,
            lane="data",
            key="result_frames",
            description="Preparing the tables",
            owner=self,
            on_done=lambda made: self._show_frames(fit, dataset, *made),
            on_failed=self._messages.show_error,
        )

    def _show_frames(
        self,
        fit: ModelFit,
        dataset: Dataset | None,
        frames: ResultFrames,
        orders: Mapping[str, Sequence[str]],
    ) -> None:
        if fit is not self._wanted or dataset is not self._dataset:
            return
        self.results.set_frames(frames, self._name(), dataset, orders)
        self.residuals.set_fit(fit, orders, dataset)
        self.random_effects.set_fit(fit, dataset)
        self.plots.setTabEnabled(1, fit.kind == "lmm")
        self._mark_previous()

    @Slot()
    def _mark_previous(self) -> None:
        """Say that what is shown is of an earlier formula, or of earlier data."""
        shown = self.results.frames.fit if self.results.frames is not None else None
        sentence = ""
        if shown is not None and not (
            self._service.result(self._model_id) is shown and self._formula == shown.formula
        ):
            sentence = f"Previous result, of {shown.formula} ({shown.estimator}). Press Fit to update it."
        self.results.header.set_previous(sentence)
        self.residuals.set_previous(bool(sentence))
        self.random_effects.set_previous(bool(sentence))

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        if name in ("statistics/conf_level", "statistics/ddf") and self._wanted is not None:
            self._make_frames(self._wanted)

    # --- taking away ---

    def export_current(self) -> None:
        """Export the plot or table that the user is at."""
        if self._at_plots():
            self._plots_shown().views.visible_panel().export()
        elif cards := self.results.cards():
            _card_at(cards).export()

    def copy_current(self) -> None:
        """Copy the plot or table that the user is at."""
        if self._at_plots():
            self._plots_shown().views.visible_panel().copy_image()
        elif cards := self.results.cards():
            _card_at(cards).copy()

    def _at_plots(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self.plots or self.plots.isAncestorOf(focus))

    def _plots_shown(self) -> ResidualsPanel | RandomEffectsPanel:
        return self.residuals if self.plots.currentWidget() is self.residuals else self.random_effects

    # --- room ---

    @Slot(str)
    def _make_room(self, view: str) -> None:
        """Give the many panels of the groups more height while they are looked at."""
        sizes = self.sizes()
        if view == "groups" and not self._sizes and sizes[1] < _GROUPS_HEIGHT:
            self._sizes = sizes
            plots = min(_GROUPS_HEIGHT, sum(sizes) - self.results.minimumSizeHint().height())
            self.setSizes([sum(sizes) - plots, plots])
        elif view != "groups" and self._sizes:
            self.setSizes(self._sizes)
            self._sizes = []


def _card_at(cards: Sequence[TableCard]) -> TableCard:
    """Return the table that has the keyboard, else the first."""
    focus = QApplication.focusWidget()
    return next((card for card in cards if focus is not None and card.isAncestorOf(focus)), cards[0])
