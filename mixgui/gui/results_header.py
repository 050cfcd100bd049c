"""What was fitted, in two lines: estimator, rows used of rows given, groups, whether it converged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mixgui.formatting import format_count, format_number
from mixgui.gui.group_chooser import GroupChooser
from mixgui.gui.notes import NoteList
from mixgui.gui.theme import HALF, SPACE, icon, make_heading, make_muted, no_margins, set_kind

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.models.result import ModelFit

_ICON = QSize(16, 16)


def estimator_words(fit: ModelFit) -> str:
    """Return how it was fitted: "mixed model, REML", "ordinary regression (OLS)"."""
    if fit.kind == "ols":
        return "ordinary regression (OLS)"
    return f"mixed model, {'REML' if fit.reml else 'ML'}"


def rows_words(fit: ModelFit) -> str:
    """Return how many rows were used of how many given; the notes say why others were not."""
    if fit.nobs == fit.rows_given:
        return f"all {format_count(fit.nobs)} rows used"
    return f"{format_count(fit.nobs)} of {format_count(fit.rows_given)} rows used"


def groups_words(fit: ModelFit) -> str:
    """Return the groups of each factor and their sizes."""
    parts = []
    for group in fit.groups:
        size = (
            f"{format_count(group.smallest)} rows each"
            if group.smallest == group.largest
            else f"{format_count(group.smallest)} to {format_count(group.largest)} rows, "
            f"median {format_number(group.median, 3)}"
        )
        parts.append(f"{format_count(group.n_levels)} groups of {group.name} ({size})")
    return " · ".join(parts)


def convergence_words(fit: ModelFit) -> str:
    """Return whether the optimum was verified."""
    if fit.kind == "ols":
        return ""
    if fit.lmm is None or not fit.converged:
        return "not converged"
    return f"converged ({format_count(fit.lmm.convergence.evaluations)} evaluations)"


class ResultsHeader(QFrame):
    """The head of the results, with the choice of a group at its right."""

    def __init__(self, chooser: GroupChooser, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("results_header")
        self._estimator = ""
        self._title = make_heading("", 2, self)
        self._title.setObjectName("results_title")
        self._previous = QFrame(self)
        self._previous.setObjectName("previous_result")
        set_kind(self._previous, "note_warning")
        self._previous_words = QLabel(self._previous)
        self._previous_words.setObjectName("previous_words")
        self._previous_words.setWordWrap(True)
        inner = QHBoxLayout(self._previous)
        inner.setContentsMargins(SPACE, HALF, SPACE, HALF)
        picture = QLabel(self._previous)
        picture.setPixmap(icon("recent", "warning").pixmap(_ICON, self.devicePixelRatioF()))
        inner.addWidget(picture)
        inner.addWidget(self._previous_words, 1)
        self._facts = make_muted("", self)
        self._facts.setObjectName("results_facts")
        self.notes = NoteList(self)
        self.notes.setObjectName("results_notes")
        top = QHBoxLayout()
        no_margins(top)
        top.addWidget(self._title, 1)
        top.addWidget(chooser)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addWidget(self._previous)
        column.addLayout(top)
        column.addWidget(self._facts)
        column.addWidget(self.notes)
        self.set_previous("")

    def set_fit(self, name: str, fit: ModelFit) -> None:
        """Say what was fitted."""
        self._estimator = estimator_words(fit)
        self.set_name(name)
        self._title.setToolTip(str(fit.formula))
        facts = [rows_words(fit), groups_words(fit), convergence_words(fit)]
        self._facts.setText(" · ".join(fact for fact in facts if fact))
        self._facts.setToolTip(fit.lmm.convergence.reason if fit.lmm is not None else "")
        self.notes.set_notes(fit.notes)

    def set_name(self, name: str) -> None:
        """Call the model by another name."""
        self._title.setText(f"{name}: {self._estimator}")

    def set_previous(self, sentence: str) -> None:
        """Say that the result belongs to an earlier formula; an empty text takes it back."""
        self._previous_words.setText(sentence)
        self._previous.setVisible(bool(sentence))

    @property
    def title(self) -> str:
        """The words of the first line."""
        return self._title.text()

    @property
    def facts(self) -> str:
        """The words of the second line."""
        return self._facts.text()

    @property
    def previous(self) -> str:
        """The sentence about an earlier formula, or an empty text."""
        return self._previous_words.text()
