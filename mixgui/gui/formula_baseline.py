"""The first thing to do in an empty model: fit the unconditional model of an outcome in groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mixgui.gui.theme import SPACE, set_kind

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.models.formula import Formula

_NO_OUTCOME = "Start here: choose the outcome, then fit the baseline (unconditional) model."
_READY = "Start with the baseline (unconditional) model: how much do the groups differ at all?"


class BaselineCard(QFrame):
    """Suggests a grouping factor and offers to fit `outcome ~ 1 + (1 | group)`.

    Signals
    -------
    requested(Formula)
        The button was pressed.
    """

    requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("baseline_card")
        set_kind(self, "note_info")
        self._formula: Formula | None = None
        self._words = QLabel(self)
        self._words.setObjectName("baseline_words")
        self._words.setWordWrap(True)
        self._group = QComboBox(self)
        self._group.setObjectName("baseline_group")
        self._group.setAccessibleName("Grouping factor of the baseline model")
        self._group.setMinimumContentsLength(8)
        self._group.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._group.currentIndexChanged.connect(self._refresh)
        self._group.activated.connect(self._on_picked)
        self._picked = ""  # what the user chose; a suggestion is made anew for each table
        self._fit = QPushButton("Fit the baseline model", self)
        self._fit.setObjectName("baseline_fit")
        self._fit.setAccessibleName("Fit the baseline (unconditional) model")
        self._fit.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(QLabel("Groups", self))
        row.addWidget(self._group, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self._words)
        column.addLayout(row)
        column.addWidget(self._fit)

    def set_columns(self, names: Sequence[str], likely: Sequence[str]) -> None:
        """Offer the columns, those that look like grouping factors first; the best of them is suggested."""
        first = [name for name in likely if name in names]
        self._group.blockSignals(True)
        self._group.clear()
        if not first:
            self._group.addItem("Choose…", "")
        for name in [*first, *(name for name in names if name not in first)]:
            self._group.addItem(name, name)
        self._group.setCurrentIndex(max(self._group.findData(self._picked) if self._picked else 0, 0))
        self._group.blockSignals(False)
        self._refresh()

    def set_formula(self, formula: Formula | None) -> None:
        """Show the card for a formula that has nothing but an outcome, else hide it."""
        self._formula = formula
        bare = formula is None or (not formula.terms and not formula.random and formula.intercept)
        self.setVisible(bare and self._group.count() > 0)
        self._words.setText(_NO_OUTCOME if formula is None else _READY)
        self._refresh()

    def formula(self) -> Formula | None:
        """Return the unconditional model of the chosen outcome and group, or None while one is missing."""
        group = str(self._group.currentData() or "")
        if self._formula is None or not group or group in self._formula.outcome.variables():
            return None
        from mixgui.data.nodes import Name  # only now: the window must not wait for pandas
        from mixgui.models.formula import Formula, RandomTerm

        return Formula(self._formula.outcome, random=(RandomTerm((Name(group),)),))

    @Slot()
    def _refresh(self) -> None:
        possible = self.formula() is not None
        self._fit.setEnabled(possible)
        set_kind(self._fit, "primary" if possible else "")

    @Slot()
    def _on_picked(self) -> None:
        self._picked = str(self._group.currentData() or "")

    @Slot()
    def _ask(self) -> None:
        wanted = self.formula()
        if wanted is not None:
            self.requested.emit(wanted)
