"""One group: its equation, and its coefficients beside those of all groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mixgui.gui.equation_view import CopyEquationButton, EquationLabel
from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import SPACE, make_heading, make_muted, no_margins, set_kind
from mixgui.services.selection import Selection

if TYPE_CHECKING:  # the window must not wait for pandas
    import pandas as pd

    from mixgui.gui.results_frames import ResultFrames

_CHOOSE = "Choose a group in the field above, in a table or in a plot: its equation is shown here."
_HEADINGS = {"fixed": "All groups", "random": "Random effect", "own": "This group"}


class EquationCard(QFrame):
    """A line with an equation and its copy button."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_card")
        set_kind(self, "card")
        self.label = EquationLabel(name, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE * 2, SPACE // 2, SPACE, SPACE // 2)
        row.setSpacing(SPACE * 2)
        self.heading = make_heading(title, 3, self)
        row.addWidget(self.heading)
        row.addWidget(self.label, 1)
        row.addWidget(CopyEquationButton(self.label, f"{name}_copy", self), 0, Qt.AlignmentFlag.AlignTop)


class GroupView(QWidget):
    """What the model says of the chosen group."""

    def __init__(self, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("group_view")
        self._selection = selection
        self._frames: ResultFrames | None = None
        self._hint = make_muted(_CHOOSE, self)
        self._hint.setObjectName("group_hint")
        self.equation = EquationCard("Equation of the group", "group_equation", self)
        self.table = TableCard("Coefficients of the group", self, name="group_coefficients", searchable=False)
        self.sizes = TableCard("Groups", self, name="group_sizes", searchable=False)
        column = QVBoxLayout(self)
        no_margins(column)
        column.addWidget(self._hint)
        column.addWidget(self.equation)
        column.addWidget(self.table)
        column.addWidget(self.sizes)
        column.addStretch(1)
        selection.changed.connect(self._show)
        self._show()

    def set_frames(self, frames: ResultFrames | None) -> None:
        """Show the groups of a fit."""
        self._frames = frames
        if frames is not None:
            self.sizes.set_frame(frames.groups)
        self._show()

    @Slot()
    def _show(self) -> None:
        frames, factor = self._frames, self._selection.factor
        level = None if self._selection.level is None else str(self._selection.level)
        table = None if frames is None else frames.random.get(factor)
        known = table is not None and level is not None and level in table.frame.index
        self._hint.setVisible(not known)
        self.equation.setVisible(known)
        self.table.setVisible(known)
        if frames is None or level is None or not known:
            return
        from mixgui.models.equations import group_equation

        self.equation.heading.setText(f"{factor} {level}")
        self.equation.label.set_equation(group_equation(frames.fit, factor, level, frames.labels))
        self.table.set_title(f"Coefficients of {factor} {level}")
        self.table.set_frame(group_coefficients(frames, factor, level), headings=_HEADINGS)


def group_coefficients(frames: ResultFrames, factor: str, level: str) -> pd.DataFrame:
    """Return a row a coefficient: of all groups, the group's random effect, and their sum.

    Parameters
    ----------
    frames : ResultFrames
    factor, level : str
        The group.
    """
    import pandas as pd

    fixed = frames.fixed.set_index("term")["estimate"]
    table = frames.random[factor]
    row = table.frame.loc[level]
    terms = list(dict.fromkeys([*fixed.index, *table.terms]))
    random = pd.Series({term: row[f"estimate {term}"] for term in table.terms}, dtype=float)
    out = pd.DataFrame(
        {"term": terms, "fixed": fixed.reindex(terms).to_numpy(), "random": random.reindex(terms).to_numpy()}
    )
    out["own"] = out["fixed"].fillna(0.0) + out["random"].fillna(0.0)
    return out
