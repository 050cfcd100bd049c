"""The bar above a model: which model, its formula, REML or ML, and the button that fits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from mixgui.errors import FormulaError
from mixgui.formatting import format_count, format_number
from mixgui.gui.formula_edit import FormulaEdit
from mixgui.gui.theme import SPACE, icon, no_margins, set_kind
from mixgui.observer import Progress
from mixgui.project.project import ModelEntry

# A fit that takes less than this is over before one could read that it runs.
_PATIENCE_MS = 250


class ModelBar(QWidget):
    """Model, formula, estimator and Fit.

    Signals
    -------
    fit_requested(), cancel_requested()
    reml_changed(bool)
    model_chosen(str), new_requested(), duplicate_requested()
    sentence_changed(str)
        What is wrong with the formula, or how far its fit is; empty if there is nothing to say.
    """

    sentence_changed = Signal(str)

    fit_requested = Signal()
    cancel_requested = Signal()
    reml_changed = Signal(bool)
    model_chosen = Signal(str)
    new_requested = Signal()
    duplicate_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model_bar")
        self._models: Callable[[], Sequence[ModelEntry]] = tuple
        self._fitting = False
        self.formula = FormulaEdit(self)
        self._model = self._make_model_button()
        self._reml = QComboBox(self)
        self._reml.setObjectName("estimator")
        self._reml.setAccessibleName("Estimator")
        self._reml.addItem("REML", True)
        self._reml.addItem("ML", False)
        self._reml.setToolTip(
            "REML for reporting variances; ML for comparing models with different fixed effects."
        )
        self._reml.currentIndexChanged.connect(lambda: self.reml_changed.emit(self.reml))
        self._ols = QLabel("OLS", self)
        self._ols.setObjectName("estimator_ols")
        self._ols.setToolTip("No random term: ordinary least squares.")
        self._ols.setMinimumWidth(self._reml.sizeHint().width())
        self._ols.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_kind(self._ols, "muted")
        self._fit = QPushButton("Fit", self)
        self._fit.setObjectName("fit_button")
        set_kind(self._fit, "primary")
        self._fit.setToolTip("Fit the model (Ctrl+Enter)")
        self._fit.setMinimumWidth(SPACE * 11)
        self._fit.clicked.connect(self._pressed)
        self._sentence = ""
        self._lay_out()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._show_fitting)
        self._progress = ""
        self._error: FormulaError | None = None
        self.formula.fit_requested.connect(self.fit_requested)
        self.formula.error_changed.connect(self._show_error)
        self.set_mixed(True)
        self._say("")

    def _make_model_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("model_button")
        button.setText("New model")
        button.setIcon(icon("caret_down", "muted"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip("Choose, add or duplicate a model")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setObjectName("model_menu")
        menu.aboutToShow.connect(lambda: self._fill_models(menu))
        button.setMenu(menu)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        no_margins(row, SPACE)
        row.addWidget(self._model)
        row.addWidget(self.formula, 1)
        row.addWidget(self._reml)
        row.addWidget(self._ols)
        row.addWidget(self._fit)

    # --- models ---

    def set_models(self, models: Callable[[], Sequence[ModelEntry]]) -> None:
        """Tell where the menu finds the models."""
        self._models = models

    def set_name(self, name: str) -> None:
        """Show the name of the model; an empty text is a model that does not exist yet."""
        self._model.setText(name or "New model")
        self._model.setAccessibleName(f"Model {name}" if name else "New model")

    def _fill_models(self, menu: QMenu) -> None:
        menu.clear()
        for entry in self._models():
            action = QAction(f"{entry.name}:  {entry.spec.formula}".replace("&", "&&"), menu)
            action.setObjectName(f"choose_model_{entry.id}")
            action.triggered.connect(lambda _=False, one=entry.id: self.model_chosen.emit(one))
            menu.addAction(action)
        menu.addSeparator()
        new = menu.addAction(icon("add"), "New model")
        new.setObjectName("new_model")
        new.triggered.connect(self.new_requested)
        duplicate = menu.addAction(icon("copy"), "Duplicate this model")
        duplicate.setObjectName("duplicate_model")
        duplicate.setEnabled(bool(self._models()))
        duplicate.triggered.connect(self.duplicate_requested)

    # --- estimator ---

    @property
    def reml(self) -> bool:
        """Whether REML is chosen (it has no effect on an ordinary regression)."""
        return bool(self._reml.currentData())

    def set_reml(self, reml: bool) -> None:
        """Choose the estimator without telling."""
        self._reml.blockSignals(True)
        self._reml.setCurrentIndex(0 if reml else 1)
        self._reml.blockSignals(False)

    def set_mixed(self, mixed: bool) -> None:
        """Offer REML and ML for a mixed model; an ordinary regression says OLS."""
        self._reml.setVisible(mixed)
        self._ols.setVisible(not mixed)

    # --- fitting ---

    def set_fitting(self, fitting: bool) -> None:
        """Turn Fit into Cancel while a fit runs, unless it is over at once."""
        self._fitting = fitting
        self._progress = ""
        if fitting:
            self._patience.start()
        else:
            self._patience.stop()
            self._fit.setText("Fit")
            self._fit.setToolTip("Fit the model (Ctrl+Enter)")
            set_kind(self._fit, "primary")
            self._show_error(self._error)

    def set_progress(self, progress: Progress) -> None:
        """Show how far the fit is."""
        parts = []
        if progress.evaluations is not None:
            parts.append(f"{format_count(progress.evaluations)} evaluations")
        if progress.criterion is not None:
            parts.append(f"criterion {format_number(progress.criterion, 7)}")
        self._progress = ", ".join(parts) or progress.message
        if self._fitting and not self._patience.isActive():
            self._show_fitting()

    @Slot()
    def _show_fitting(self) -> None:
        self._fit.setText("Cancel")
        self._fit.setToolTip("Stop this fit (Esc)")
        set_kind(self._fit, "")
        self._say(f"Fitting… {self._progress}".strip())

    @Slot()
    def _pressed(self) -> None:
        if self._fitting and not self._patience.isActive():
            self.cancel_requested.emit()
        else:
            self.fit_requested.emit()

    # --- errors ---

    @Slot(object)
    def _show_error(self, error: FormulaError | None) -> None:
        self._error = error
        if not self._fitting:
            self._say("" if error is None else str(error))

    def _say(self, sentence: str) -> None:
        if sentence != self._sentence:
            self._sentence = sentence
            self.sentence_changed.emit(sentence)

    @property
    def sentence(self) -> str:
        """What is wrong with the formula, or how far its fit is."""
        return self._sentence
