"""The formula by clicking: outcome, fixed effects and random terms, each as what it is.

A widget that shows a `Formula` and tells the one that the user wants; it keeps none of its own. Nothing is
added that was not asked for: an interaction brings its main effects because that is what `a * b` means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.errors import MixguiError
from mixgui.gui.elided_label import ElidedToolButton
from mixgui.gui.formula_baseline import BaselineCard
from mixgui.gui.formula_chips import Chip, DropArea, FlowArea
from mixgui.gui.random_term_editor import RandomTermEditor
from mixgui.gui.rebuilding import focus_path, restore_focus, retire
from mixgui.gui.theme import HALF, SPACE, icon, make_heading, make_muted, no_margins
from mixgui.gui.variable_list import VariableList, kind_icon

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Variable
    from mixgui.models.formula import Formula, RandomTerm, Term

_LONGEST_MENU = 60
_OLS = "No random term: this is an ordinary regression (OLS), which takes all rows as independent."


class FormulaBuilder(QWidget):
    """The left half of the model tab.

    Signals
    -------
    edited(Formula, str)
        The formula that the user wants, and the edit in words for the undo menu.
    baseline_requested(Formula)
        The unconditional model shall be fitted.
    refused(MixguiError)
        An edit makes no formula.
    """

    edited = Signal(object, str)
    baseline_requested = Signal(object)
    refused = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("formula_builder")
        self._formula: Formula | None = None
        self._variables: tuple[Variable, ...] = ()
        self._levels: dict[str, str | None] = {}
        self._groups: tuple[str, ...] = ()
        self.variables = VariableList(self)
        self._build()
        self.variables.added.connect(self.add_variable)
        self.variables.placed.connect(self.place_variable)
        self._refresh()

    # --- what is shown ---

    def set_variables(
        self,
        variables: Sequence[Variable],
        levels: Mapping[str, str | None] | None = None,
        groups: Sequence[str] = (),
    ) -> None:
        """Offer the columns of a table.

        Parameters
        ----------
        variables : sequence of Variable
        levels : mapping
            Variable -> grouping factor within which it is constant, or None for row level.
        groups : sequence of str
            Columns that look like grouping factors, the best first.
        """
        known = (tuple(variables), dict(levels or {}), tuple(groups))
        if known != (self._variables, self._levels, self._groups):
            self._variables, self._levels, self._groups = known
            self.variables.set_variables(self._variables, self._levels)
            self.baseline.set_columns([one.name for one in self._variables], self._groups)
            self._refresh()

    def set_formula(self, formula: Formula | None) -> None:
        """Show a formula, or the empty builder."""
        if formula != self._formula:
            self._formula = formula
            self._refresh()

    def formula(self) -> Formula | None:
        """Return the formula that is shown."""
        return self._formula

    # --- verbs ---

    @Slot(str)
    def add_variable(self, name: str) -> None:
        """Put a variable where it is wanted first: the outcome if there is none, else the fixed effects."""
        self.place_variable(name, "outcome" if self._formula is None else "fixed")

    @Slot(str, str)
    def place_variable(self, name: str, place: str) -> None:
        """Use a variable as "outcome", "fixed" effect or "group" of a random intercept."""
        self._try(lambda: self._placed(name, place))

    def _placed(self, name: str, place: str) -> tuple[Formula, str]:
        from mixgui.data.nodes import Name
        from mixgui.models.formula import Formula, RandomTerm

        if place == "outcome":
            if self._formula is None:
                return Formula(Name(name)), f"Choose {name} as the outcome"
            return self._formula.with_outcome(Name(name)), f"Choose {name} as the outcome"
        if self._formula is None:
            raise MixguiError("There is no outcome yet.", "Choose the outcome first.")
        if place == "group":
            wanted = RandomTerm((Name(name),))
            return self._formula.with_random(wanted), f"Add random intercepts by {name}"
        return self._formula.with_term(Name(name)), f"Add {name}"

    def add_interaction(self) -> None:
        """Add the interaction of the terms that are picked."""
        picked = [chip.text for chip in self._chips() if chip.is_picked()]
        formula = self._formula
        if formula is None or len(picked) < 2:
            return
        terms = [term for term in formula.terms if str(term) in picked]
        factors = list(dict.fromkeys(factor for term in terms for factor in term.factors))
        self._try(
            lambda: (formula.with_interaction(*factors), f"Add the interaction of {' and '.join(picked)}")
        )

    @Slot(str)
    def _remove_term(self, text: str) -> None:
        formula = self._formula
        term = next((one for one in formula.terms if str(one) == text), None) if formula else None
        if formula is not None and term is not None:
            self._tell(formula.without_term(term), f"Remove {text}")

    @Slot(bool)
    def _set_intercept(self, on: bool) -> None:
        formula = self._formula
        if formula is not None and formula.intercept != on:
            self._tell(formula.with_intercept(on), "Add the intercept" if on else "Remove the intercept")

    @Slot(object, object)
    def _replace_random(self, old: RandomTerm, new: RandomTerm) -> None:
        formula = self._formula
        if formula is not None and old in formula.random:
            at = formula.random.index(old)
            text = f"Change the random effects by {old.group_name}"
            self._try(lambda: (formula.replace_random(at, new), text))

    @Slot(object)
    def _remove_random(self, term: RandomTerm) -> None:
        formula = self._formula
        if formula is not None and term in formula.random:
            at = formula.random.index(term)
            self._tell(formula.without_random(at), f"Remove the random effects by {term.group_name}")

    @Slot(object, str)
    def _nest(self, term: RandomTerm, name: str) -> None:
        from mixgui.data.nodes import Name

        formula = self._formula
        if formula is not None:
            inner = replace(term, group=(*term.group, Name(name)), intercept=True, terms=())
            text = f"Add random intercepts by {name} within {term.group_name}"
            self._try(lambda: (formula.with_random(inner), text))

    def _try(self, edit: Callable[[], tuple[Formula, str]]) -> None:
        try:
            formula, text = edit()
        except MixguiError as error:
            self.refused.emit(error)
            self._refresh()  # a box that was ticked shows again what is true
        else:
            self._tell(formula, text)

    def _tell(self, formula: Formula, text: str) -> None:
        if formula != self._formula:
            self.edited.emit(formula, text)

    # --- widgets ---

    def _build(self) -> None:
        body = QWidget(self)
        self._body = QVBoxLayout(body)
        self._body.setContentsMargins(0, HALF, SPACE, SPACE)
        self._body.setSpacing(HALF)
        self._build_outcome()
        self._build_fixed()
        self._build_random()
        self.baseline = BaselineCard(self)
        self.baseline.requested.connect(self.baseline_requested)
        self._body.addWidget(self.baseline)
        self._body.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setObjectName("builder_scroll")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setObjectName("builder_splitter")
        splitter.addWidget(self.variables)
        splitter.addWidget(scroll)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([200, 320])
        layout = QVBoxLayout(self)
        no_margins(layout)
        layout.addWidget(splitter)

    def _build_outcome(self) -> None:
        self._body.addWidget(make_heading("Outcome", 3, self))
        area = self._well("outcome_area", "outcome")
        row = QHBoxLayout(area)
        no_margins(row, HALF)
        self._outcome = ElidedToolButton(area)
        self._outcome.setObjectName("outcome_button")
        self._outcome.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._outcome.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._outcome.setMenu(self._menu("outcome_menu", self._fill_outcome))
        row.addWidget(self._outcome)
        row.addStretch(1)
        self._body.addWidget(area)

    def _build_fixed(self) -> None:
        head = QHBoxLayout()
        head.addWidget(make_heading("Fixed effects", 3, self))
        head.addStretch(1)
        self._intercept = QCheckBox("Intercept", self)
        self._intercept.setObjectName("fixed_intercept")
        self._intercept.setToolTip("Whether the model has a fixed intercept (1 or 0 in the formula).")
        self._intercept.toggled.connect(self._set_intercept)
        head.addWidget(self._intercept)
        self._body.addSpacing(HALF)
        self._body.addLayout(head)
        area = self._flow = FlowArea(self)
        area.setObjectName("fixed_area")
        area.dropped.connect(lambda variable: self.place_variable(variable, "fixed"))
        self._add_fixed = QToolButton(area)
        self._add_fixed.setObjectName("fixed_add")
        self._add_fixed.setIcon(icon("add"))
        self._add_fixed.setText("Add")
        self._add_fixed.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._add_fixed.setToolTip("Add a fixed effect")
        self._add_fixed.setAccessibleName("Add a fixed effect")
        self._add_fixed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._add_fixed.setMenu(self._menu("fixed_menu", self._fill_fixed))
        self._body.addWidget(area)
        self._interaction = QPushButton(icon("interaction"), "Add interaction", self)
        self._interaction.setObjectName("interaction_add")
        self._interaction.clicked.connect(self.add_interaction)
        self._body.addWidget(self._interaction)

    def _build_random(self) -> None:
        self._body.addSpacing(HALF)
        self._body.addWidget(make_heading("Random effects", 3, self))
        self._ols = make_muted(_OLS, self)
        self._ols.setObjectName("ols_note")
        self._body.addWidget(self._ols)
        self._random = QVBoxLayout()
        no_margins(self._random)
        self._body.addLayout(self._random)
        self._add_random = QToolButton(self)
        self._add_random.setObjectName("random_add")
        self._add_random.setIcon(icon("add"))
        self._add_random.setText("Random term")
        self._add_random.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._add_random.setToolTip("Add effects that differ between the groups of a variable")
        self._add_random.setAccessibleName("Add a random term")
        self._add_random.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._add_random.setMenu(self._menu("random_menu", self._fill_random))
        self._body.addWidget(self._add_random)

    def _well(self, name: str, place: str) -> DropArea:
        area = DropArea(self)
        area.setObjectName(name)
        area.dropped.connect(lambda variable: self.place_variable(variable, place))
        return area

    # --- menus: filled when they open ---

    def _menu(self, name: str, fill: Callable[[QMenu], None]) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName(name)

        def refill() -> None:
            menu.clear()
            fill(menu)

        menu.aboutToShow.connect(refill)
        return menu

    def _offer(self, menu: QMenu, names: Sequence[str], place: str) -> None:
        kinds = {variable.name: variable.kind for variable in self._variables}
        for name in names[:_LONGEST_MENU]:
            action = QAction(icon(kind_icon(kinds.get(name, ""))[0]), name.replace("&", "&&"), menu)
            action.setObjectName(f"{place}_{name}")
            action.triggered.connect(lambda _=False, name=name: self.place_variable(name, place))
            menu.addAction(action)
        if len(names) > _LONGEST_MENU:
            menu.addAction("More are in the list of variables").setEnabled(False)

    def _fill_outcome(self, menu: QMenu) -> None:
        numbers = [one.name for one in self._variables if one.kind in ("number", "integer", "boolean")]
        self._offer(menu, numbers or [one.name for one in self._variables], "outcome")

    def _fill_fixed(self, menu: QMenu) -> None:
        formula = self._formula
        used = set(formula.outcome.variables()) if formula else set()
        if formula is not None:
            used |= {str(term).strip("`") for term in formula.terms}
        self._offer(menu, [one.name for one in self._variables if one.name not in used], "fixed")

    def _fill_random(self, menu: QMenu) -> None:
        formula = self._formula
        used = set(formula.outcome.variables()) if formula else set()
        likely = [name for name in self._groups if name not in used]
        if likely:
            _head(menu, "Looks like groups")
            self._offer(menu, likely, "group")
            _head(menu, "Other variables")
        others = [one.name for one in self._variables if one.name not in used and one.name not in likely]
        self._offer(menu, others, "group")

    # --- refreshing ---

    def _chips(self) -> list[Chip]:
        return [widget for widget in self._flow.widgets() if isinstance(widget, Chip)]

    def _refresh(self) -> None:
        """Show the formula in all parts, and keep the keyboard where it was."""
        focus = focus_path(self)
        formula = self._formula
        given = formula is not None
        self._outcome.setText(str(formula.outcome) if formula is not None else "Choose the outcome")
        self._outcome.setIcon(icon("caret_down", "muted"))
        self._outcome.setAccessibleName(
            f"Outcome: {formula.outcome}" if formula is not None else "Choose the outcome"
        )
        self._outcome.setEnabled(bool(self._variables))
        self._intercept.blockSignals(True)
        self._intercept.setChecked(formula.intercept if formula is not None else True)
        self._intercept.blockSignals(False)
        for widget in (self._intercept, self._add_fixed, self._add_random):
            widget.setEnabled(given)
        self._refresh_fixed(formula.terms if formula is not None else ())
        self._refresh_random()
        self.baseline.set_formula(formula)
        if focus is not None:
            restore_focus(self, *focus)

    def _refresh_fixed(self, terms: Sequence[Term]) -> None:
        for old in self._chips():
            retire(old)
        chips = [Chip(str(term), parent=self._flow) for term in terms]
        for chip in chips:
            chip.removed.connect(self._remove_term)
            chip.picked.connect(self._refresh_interaction)
        self._flow.set_widgets([*chips, self._add_fixed])
        self._refresh_interaction()

    @Slot()
    def _refresh_interaction(self) -> None:
        picked = [chip.text for chip in self._chips() if chip.is_picked()]
        self._interaction.setVisible(len(picked) > 0)
        self._interaction.setEnabled(len(picked) > 1)
        if len(picked) == 1:
            self._interaction.setText("Pick a second term")
        else:
            self._interaction.setText("Add interaction" if len(picked) > 3 else f"Add {' × '.join(picked)}")

    def _refresh_random(self) -> None:
        while (item := self._random.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                retire(widget)
        formula = self._formula
        self._ols.setVisible(formula is not None and not formula.random)
        if formula is not None:
            for term in formula.random:
                editor = self._editor(formula, term)
                self._random.addWidget(editor)
                editor.show()  # now, not at the next turn of the event loop: the keyboard may belong here

    def _editor(self, formula: Formula, term: RandomTerm) -> RandomTermEditor:
        taken = set(formula.outcome.variables()) | set(term.variables())
        finer = [
            one.name
            for one in self._variables
            if one.name not in taken and (one.name in self._groups or one.kind in ("category", "text"))
        ]
        group = term.group_name
        constant = [str(one) for one in formula.terms if self._levels.get(str(one)) == group]
        editor = RandomTermEditor(term, formula.terms, constant=constant, nested_in=finer[:20], parent=self)
        editor.changed.connect(self._replace_random)
        editor.removed.connect(self._remove_random)
        editor.nest_requested.connect(self._nest)
        return editor


def _head(menu: QMenu, words: str) -> None:
    """Add words above a part of a menu; sections of a menu are not drawn under a style sheet."""
    menu.addAction(words).setEnabled(False)
