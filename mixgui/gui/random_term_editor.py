"""One random-effects term as a card: by which groups, which effects differ, whether they correlate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.elided_label import ElidedCheckBox
from mixgui.gui.theme import HALF, SPACE, icon, set_kind

if TYPE_CHECKING:
    from mixgui.models.formula import RandomTerm, Term

_LAST = "A random term needs at least one effect; the cross removes the whole term."


class RandomTermEditor(QFrame):
    """Shows a `RandomTerm` and tells the one that the user wants in its place.

    Parameters
    ----------
    term : RandomTerm
    slopes : sequence of Term
        Terms that are offered as slopes besides those that the random term has.
    constant : collection of str
        Those of them that are the same for all rows of a group.
    nested_in : sequence of str
        Columns that may be nested within this term's groups.

    Signals
    -------
    changed(RandomTerm, RandomTerm)
        The term as it was and as it shall be.
    removed(RandomTerm)
    nest_requested(RandomTerm, str)
        A further term shall be added for the groups of this column within the groups of this term.
    """

    changed = Signal(object, object)
    removed = Signal(object)
    nest_requested = Signal(object, str)

    def __init__(
        self,
        term: RandomTerm,
        slopes: Sequence[Term],
        *,
        constant: Collection[str] = (),
        nested_in: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.term = term
        self._constant = set(constant)
        self.setObjectName(f"random_term_{term.group_name}")
        self.setAccessibleName(f"Random effects by {term.group_name}")
        set_kind(self, "well")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, HALF, HALF, SPACE)
        layout.setSpacing(HALF)
        layout.addLayout(self._head(nested_in))
        for box in self._boxes(slopes):
            layout.addWidget(box)

    def _head(self, nested_in: Sequence[str]) -> QHBoxLayout:
        words = QLabel(f"by {self.term.group_name}", self)
        words.setObjectName("random_group")
        words.setToolTip(str(self.term))
        set_kind(words, "strong")
        words.setMinimumWidth(20)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(words, 1)
        if nested_in:
            row.addWidget(self._nest_button(nested_in))
        remove = QToolButton(self)
        remove.setObjectName("random_remove")
        remove.setIcon(icon("remove", "muted"))
        remove.setIconSize(QSize(12, 12))
        remove.setToolTip(f"Remove the random effects by {self.term.group_name}")
        remove.setAccessibleName(remove.toolTip())
        remove.clicked.connect(lambda: self.removed.emit(self.term))
        row.addWidget(remove)
        return row

    def _nest_button(self, nested_in: Sequence[str]) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("random_nest")
        button.setIcon(icon("random"))
        button.setIconSize(QSize(14, 14))
        button.setToolTip(f"Add groups nested within {self.term.group_name}")
        button.setAccessibleName(button.toolTip())
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for name in nested_in:
            action = QAction(f"{name} within {self.term.group_name}", menu)
            action.setObjectName(f"nest_{name}")
            action.triggered.connect(lambda _=False, name=name: self.nest_requested.emit(self.term, name))
            menu.addAction(action)
        button.setMenu(menu)
        return button

    def _boxes(self, slopes: Sequence[Term]) -> list[QCheckBox]:
        term = self.term
        offered = list(dict.fromkeys([*slopes, *term.terms]))
        alone = int(term.intercept) + len(term.terms) <= 1
        intercept = self._box("random_intercept", "Intercept", term.intercept, alone)
        intercept.toggled.connect(lambda on: self._tell(replace(self.term, intercept=on)))
        boxes = [intercept]
        for slope in offered:
            box = self._box(f"random_slope_{slope}", f"Slope of {slope}", slope in term.terms, alone)
            if str(slope) in self._constant:
                box.setToolTip(
                    f"{slope} is the same for all rows of a {term.group_name}: "
                    "its slope cannot differ between them."
                )
            box.toggled.connect(lambda on, slope=slope: self._toggle(slope, on))
            boxes.append(box)
        if len(offered) > 0:
            correlated = QCheckBox("Correlated", self)
            correlated.setObjectName("random_correlated")
            correlated.setChecked(term.correlated)
            correlated.setEnabled(not alone)
            correlated.setToolTip(
                "Whether groups with a high intercept may also tend to have a high (or low) slope.\n"
                "Without it the formula has two bars: (x || g)."
            )
            correlated.toggled.connect(lambda on: self._tell(replace(self.term, correlated=on)))
            boxes.append(correlated)
        return boxes

    def _box(self, name: str, words: str, on: bool, alone: bool) -> QCheckBox:
        box = ElidedCheckBox(words, self)
        box.setObjectName(name)
        box.setChecked(on)
        box.setToolTip(words)
        box.setMinimumWidth(60)  # a long name is cut, not the whole column made wider
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if on and alone:
            box.setEnabled(False)
            box.setToolTip(_LAST)
        return box

    def _toggle(self, slope: Term, on: bool) -> None:
        kept = tuple(one for one in self.term.terms if one != slope)
        self._tell(replace(self.term, terms=(*kept, slope) if on else kept))

    def _tell(self, wanted: RandomTerm) -> None:
        self.changed.emit(self.term, wanted)
