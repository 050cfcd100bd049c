"""The model tab: what I ask at the left, what I get at the right; one formula behind text, clicks, equation.

The document holds the models; this tab shows one of them and turns edits into specs. A text that is no
formula yet stays in its field and goes nowhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from mixgui.errors import FormulaError, MixguiError
from mixgui.gui.equation_view import EquationView
from mixgui.gui.formula_builder import FormulaBuilder
from mixgui.gui.message_bar import MessageBar
from mixgui.gui.model_bar import ModelBar
from mixgui.gui.model_context import TableContext, finding_context, labels_of
from mixgui.gui.model_results import ModelResults
from mixgui.gui.theme import SPACE
from mixgui.observer import Progress
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.selection import Selection
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.models.equation_markup import Equation
    from mixgui.models.formula import Formula
    from mixgui.models.result import ModelFit
    from mixgui.models.spec import ModelSpec

_NO_TABLE = "Open data first: the variables of a table appear at the left."
_NO_FORMULA = "The equation of the model appears here."


class ModelTab(QWidget):
    """Builder, formula, equation, results and plots of one model.

    Parameters
    ----------
    document : Document
    worker : Worker
    model_service : ModelService
    selection : Selection
    settings : Settings
    messages : MessageBar

    Signals
    -------
    model_shown(str)
        Id of the model that is shown now; empty for one that does not exist yet.
    """

    model_shown = Signal(str)

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
        super().__init__(parent)
        self.setObjectName("model_tab")
        self._document = document
        self._worker = worker
        self._service = model_service
        self._selection = selection
        self._settings = settings
        self._messages = messages
        self._table = ""
        self._dataset: Dataset | None = None
        self._context = TableContext()
        self._model_id = ""
        self._spec: ModelSpec | None = None  # of the model as the document has it
        self._known_models: frozenset[str] = frozenset()
        self._committing = False
        self._burst = 0  # numbers the edits by typing that are undone together
        self.bar = ModelBar(self)
        self.equation = EquationView(self)
        self.builder = FormulaBuilder(self)
        self.right = ModelResults(document, worker, model_service, selection, settings, messages, self)
        self.results, self.plots = self.right.results, self.right.plots
        self.residuals, self.random_effects = self.right.residuals, self.right.random_effects
        self._lay_out()
        self._connect()
        self.bar.set_reml(bool(settings.get("statistics/reml")))
        self._show_equation(None)
        self._refresh_tables()

    # --- what others say ---

    def set_table(self, name: str) -> None:
        """Look at a table: at the last of its models, or at an empty one."""
        if name == self._table or name not in self._document.tables:
            return
        models = self._document.project.models_of(name)
        if models:
            self.show_model(models[-1].id)
        else:
            self._table = name
            self._show_entry("")

    def show_model(self, model_id: str) -> None:
        """Show a model of the document."""
        if self._document.project.has_model(model_id):
            self._table = self._document.project.model(model_id).spec.table
            self._show_entry(model_id)

    @property
    def model_id(self) -> str:
        """Id of the model that is shown; empty for one that does not exist yet."""
        return self._model_id

    @property
    def table(self) -> str:
        """Name of the table that is looked at."""
        return self._table

    @Slot()
    def new_model(self) -> None:
        """Begin another model of the same table."""
        self._show_entry("")
        self.bar.formula.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def duplicate_model(self) -> None:
        """Go on with a copy of this model; the original stays as it is."""
        if self._model_id:
            self.show_model(self._document.duplicate_model(self._model_id))

    @Slot()
    def fit(self) -> None:
        """Fit the model that is shown."""
        error, formula = self.bar.formula.error(), self.bar.formula.formula()
        if self._dataset is None:
            self._messages.show_message("There are no data to fit.", "Open a file first.", "warning")
        elif error is not None:
            self._messages.show_error(error)
            self.bar.formula.setFocus(Qt.FocusReason.OtherFocusReason)
        elif formula is None:
            self._messages.show_message(
                "There is no model yet.", "Choose an outcome at the left or type a formula.", "warning"
            )
        else:
            self._messages.clear()  # what was wrong with the fit before is over
            self._commit(formula, "Fit a model")
            self._burst += 1
            self._service.fit(self._model_id)

    @Slot()
    def cancel(self) -> None:
        """Stop the fit of the model that is shown."""
        if self._model_id:
            self._service.cancel(self._model_id)

    @Slot()
    def export_current(self) -> None:
        """Export the plot or table that the user is at."""
        self.right.export_current()

    @Slot()
    def copy_current(self) -> None:
        """Copy the plot or table that the user is at."""
        self.right.copy_current()

    # --- widgets ---

    def _lay_out(self) -> None:
        across = QSplitter(Qt.Orientation.Horizontal, self)
        across.setObjectName("model_splitter")
        across.addWidget(self.builder)
        across.addWidget(self.right)
        across.setChildrenCollapsible(False)
        across.setStretchFactor(0, 0)
        across.setStretchFactor(1, 1)
        across.setSizes([248, 800])
        self.builder.setMinimumWidth(200)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, 0)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self.bar)
        layout.addWidget(self.equation)
        layout.addWidget(across, 1)

    def _connect(self) -> None:
        self.bar.fit_requested.connect(self.fit)
        self.bar.sentence_changed.connect(self._show_sentence)
        self.bar.cancel_requested.connect(self.cancel)
        self.bar.reml_changed.connect(self._on_reml)
        self.bar.model_chosen.connect(self.show_model)
        self.bar.new_requested.connect(self.new_model)
        self.bar.duplicate_requested.connect(self.duplicate_model)
        self.bar.set_models(lambda: self._document.project.models)
        self.bar.formula.formula_changed.connect(self._on_typed)
        self.builder.edited.connect(self._on_built)
        self.builder.baseline_requested.connect(self._on_baseline)
        self.builder.refused.connect(self._messages.show_error)
        self._document.tables_changed.connect(self._refresh_tables)
        self._document.models_changed.connect(self._on_models_changed)
        self._service.started.connect(self._on_started)
        self._service.progressed.connect(self._on_progressed)
        self._service.finished.connect(self._on_finished)
        self._service.failed.connect(self._on_failed)
        self._service.cancelled.connect(self._on_cancelled)
        self._settings.changed.connect(self._on_setting)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Let Escape choose no group, wherever in the tab the keyboard is."""
        if event.key() == Qt.Key.Key_Escape and self._selection.level is not None:
            self._selection.clear()
        else:
            super().keyPressEvent(event)

    # --- edits ---

    @Slot(object)
    def _on_typed(self, formula: Formula) -> None:
        """Show what was typed; it becomes part of the document once all its names are columns."""
        if self.bar.formula.error() is None and self._dataset is not None:
            self._commit(formula, "Edit the formula", f"typing {self._model_id} {self._burst}")
        self._show_formula(formula)

    @Slot(object, str)
    def _on_built(self, formula: Formula, text: str) -> None:
        self._burst += 1
        self._commit(formula, text)
        self._show_formula(formula)

    @Slot(object)
    def _on_baseline(self, formula: Formula) -> None:
        self._on_built(formula, "Start with the unconditional model")
        self.fit()

    @Slot(bool)
    def _on_reml(self, reml: bool) -> None:
        formula = self.bar.formula.formula()
        if formula is not None and self.bar.formula.error() is None:
            self._burst += 1
            self._commit(formula, f"Use {'REML' if reml else 'ML'}")

    def _commit(self, formula: Formula, text: str, merge_key: str = "") -> None:
        """Make the formula part of the document: as this model, or as a new one."""
        from mixgui.models.spec import ModelSpec

        if self._spec is None:
            spec = ModelSpec(formula, self.bar.reml, self._table)
            self._committing = True
            try:
                self._model_id = self._document.add_model(spec)
            finally:
                self._committing = False
            self._show_entry(self._model_id)
        else:
            spec = replace(self._spec, formula=formula, reml=self.bar.reml)
            name = self._document.project.model(self._model_id).name
            self._document.update_model(
                self._model_id, spec, text=f"{text} (model {name})", merge_key=merge_key
            )

    # --- showing ---

    def _show_entry(self, model_id: str) -> None:
        """Show a model, or an empty one."""
        project = self._document.project
        self._model_id = model_id if project.has_model(model_id) else ""
        entry = project.model(self._model_id) if self._model_id else None
        self._burst += 1
        if entry is None:
            self.bar.set_reml(bool(self._settings.get("statistics/reml")))
        self._show_spec(entry.spec if entry is not None else None, force=True)
        self.bar.set_name(entry.name if entry is not None else "")
        self._refresh_tables()
        self.right.show_model(self._model_id)
        self.bar.set_fitting(bool(self._model_id) and self._service.is_running(self._model_id))
        self.model_shown.emit(self._model_id)

    def _show_spec(self, spec: ModelSpec | None, *, force: bool = False) -> None:
        """Show a spec where it differs from what is shown; a text that is being typed is left alone."""
        before, self._spec = self._spec, spec
        if not force and spec == before:
            return
        if spec is not None:
            self.bar.set_reml(spec.reml)
        formula = spec.formula if spec is not None else None
        if force or before is None or spec is None or spec.formula != before.formula:
            self.bar.formula.set_formula(formula)
            self._show_formula(formula)

    def _show_formula(self, formula: Formula | None) -> None:
        """Show a formula in text, builder and equation."""
        self.bar.formula.set_formula(formula)
        self.builder.set_formula(formula)
        self.bar.set_mixed(formula is None or formula.is_mixed)
        self._show_equation(formula)
        self._find_context()
        self.right.set_formula(formula)

    def _show_equation(self, formula: Formula | None) -> None:
        known = formula is not None and self._dataset is not None
        self.equation.set_equations(self._equations(formula) if formula is not None and known else {})
        self._show_sentence()

    @Slot()
    def _show_sentence(self) -> None:
        """Say what is wrong with the formula where the equation stands, or what belongs there."""
        sentence = self.bar.sentence
        if not sentence and self.builder.formula() is None:
            sentence = _NO_TABLE if self._dataset is None else _NO_FORMULA
        self.equation.set_sentence(sentence)

    def _equations(self, formula: Formula) -> dict[str, Equation]:
        from mixgui.models.equations import equations

        context = self._context
        return equations(formula, context.levels, labels_of(self._dataset), categories=context.categories)

    # --- tables ---

    @Slot()
    def _refresh_tables(self) -> None:
        """Follow the tables of the document."""
        tables = self._document.tables
        if self._table not in tables:
            self._table = tuple(tables)[-1] if tables and not self._model_id else self._table
        dataset = tables.get(self._table)
        if dataset is self._dataset:
            return
        self._dataset = dataset
        self._context = TableContext()
        self.bar.formula.set_columns(dataset.names if dataset is not None else ())
        self._show_variables()
        self._show_equation(self.bar.formula.formula())
        self._find_context()

    def _show_variables(self) -> None:
        variables = self._dataset.variables if self._dataset is not None else ()
        self.builder.set_variables(variables, self._context.levels, self._context.groups)

    def _find_context(self) -> None:
        """Look for groups and levels, in the worker, if the table or the grouping factors are new."""
        formula, dataset = self.builder.formula(), self._dataset
        if dataset is None:
            return
        factors = dict.fromkeys(name for term in (formula.random if formula else ()) for name in _plain(term))
        wanted = tuple(name for name in factors if name in dataset.names)
        if self._context.groups and (not wanted or wanted == self._context.factors):
            return
        self._worker.run(
            finding_context(dataset, wanted),
            lane="data",
            key="table_context",
            description="Looking for groups",
            owner=self,
            on_done=lambda context: self._on_context(dataset, context),
            on_failed=lambda error: None,  # the list then simply says no levels
        )

    def _on_context(self, dataset: Dataset, context: TableContext) -> None:
        if dataset is self._dataset:
            self._context = context
            self._show_variables()
            self._show_equation(self.builder.formula())
            self.right.set_likely_groups(context.groups)

    # --- models and results ---

    @Slot()
    def _on_models_changed(self) -> None:
        project = self._document.project
        if self._model_id and not project.has_model(self._model_id):
            others = project.models_of(self._table)
            self._show_entry(others[-1].id if others else "")
        elif self._model_id:
            entry = project.model(self._model_id)
            self.bar.set_name(entry.name)
            if entry.spec.table != self._table:
                self._table = entry.spec.table
                self._refresh_tables()
            self._show_spec(entry.spec)
            self.right.refresh()
        else:
            added = [one.id for one in project.models_of(self._table) if one.id not in self._known_models]
            if added and not self._committing:  # brought back by undo or redo
                self.show_model(added[-1])
        self._known_models = frozenset(one.id for one in project.models)

    @Slot(str)
    def _on_started(self, model_id: str) -> None:
        if model_id == self._model_id:
            self.bar.set_fitting(True)

    @Slot(str, object)
    def _on_progressed(self, model_id: str, progress: Progress) -> None:
        if model_id == self._model_id:
            self.bar.set_progress(progress)

    @Slot(str, object)
    def _on_finished(self, model_id: str, fit: ModelFit) -> None:
        if model_id == self._model_id:
            self.bar.set_fitting(False)

    @Slot(str, object)
    def _on_failed(self, model_id: str, error: MixguiError) -> None:
        if model_id == self._model_id:
            self.bar.set_fitting(False)
            self._messages.show_error(error)
            if isinstance(error, FormulaError):
                self.bar.formula.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str)
    def _on_cancelled(self, model_id: str) -> None:
        if model_id == self._model_id:
            self.bar.set_fitting(False)

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        if name == "statistics/reml" and not self._model_id:
            self.bar.set_reml(bool(value))


def _plain(term: object) -> list[str]:
    """Return the columns that name the groups of a random term."""
    return list(dict.fromkeys(name for part in term.group for name in part.variables()))  # type: ignore[attr-defined]
