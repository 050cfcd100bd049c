"""Forms of steps that calculate: compute, filter rows by a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from mixgui.data.tokens import escape, spell_name
from mixgui.errors import FormulaError, MixguiError
from mixgui.gui.step_forms.base import FieldProblem, StepForm, need
from mixgui.gui.step_forms.column_list import ColumnList
from mixgui.gui.step_forms.controls import ChoiceBox, ColumnBox, Fold, NameEdit
from mixgui.gui.step_forms.expression_edit import ExpressionEdit, FunctionList
from mixgui.gui.step_forms.jobs import ValueCounts, counting_values
from mixgui.gui.theme import HALF, SPACE, no_margins

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Variable

# Values of a column that the quick builder offers.
_OFFERED = 200


class ExpressionForm(StepForm):
    """A form around one expression: the name of its field is `expression_field`."""

    expression_field: ClassVar[str] = "expression"
    example: ClassVar[str] = ""

    def add_expression(self, label: str, help_text: str) -> None:
        """Add the field with the list of functions below it."""
        self.expression = ExpressionEdit(self.expression_field, self.example, self)
        self.functions = FunctionList(self)
        self.functions.picked.connect(lambda name: self.expression.insert(name, function=True))
        self.add(self.expression_field, label, self.expression, help_text)
        self.column.addWidget(self.functions)
        self.expression.text_changed.connect(self.changed)
        self.expression.fit_requested.connect(self.submitted)

    def offer_names(self) -> None:
        """Let the completion know the columns."""
        dataset = self.dataset
        self.expression.set_columns(() if dataset is None else dataset.names)

    def expression_text(self, what: str) -> str:
        """Return the expression, if it can be read."""
        text = self.expression.text()
        need(text, self.expression_field, what)
        error = self.expression.error()
        if error is not None:
            raise FieldProblem(self.expression_field, error.message, error.hint)
        return text

    def clear_errors(self) -> None:
        """Forget what was wrong; what is wrong with the text itself stays underlined."""
        super().clear_errors()
        self.expression.mark(None)

    def field_of(self, error: MixguiError) -> str:
        """Errors of expressions know their characters."""
        return self.expression_field if isinstance(error, FormulaError) else super().field_of(error)

    def show_error(self, error: MixguiError) -> bool:
        """Underline the characters, too."""
        if isinstance(error, FormulaError):
            self.expression.mark(error)
        return super().show_error(error)

    def start(self) -> QWidget | None:
        """Begin with the expression."""
        return self.expression


class ComputeForm(ExpressionForm):
    """A new column from others."""

    main_field = "expression"
    example = "log(grade + 1)"

    def build(self) -> None:
        """Name, expression, groups."""
        self.name = NameEdit(self)
        self.name.setPlaceholderText("new_column")
        self.add("column", "&New column", self.name, "The name of a column that exists replaces that column.")
        self.add_expression(
            "&Expression", 'In R\'s notation: year - 2002, log(score), ifelse(type == "Public", 1, 0).'
        )
        self.by = ColumnList("by", "Groups", self)
        self.by_fold = Fold("Calculate within groups", "step_by_show", self.by, self)
        self.add(
            "by", "", self.by_fold, "mean, lag, rank and the like then see the rows of the same group only."
        )
        self.name.changed.connect(self.changed)
        self.by.changed.connect(self.changed)
        self.by_fold.toggled.connect(self.emit_changed)

    def offer(self) -> None:
        """Offer the columns."""
        variables = () if self.dataset is None else self.dataset.variables
        self.offer_names()
        self.by.set_variables(variables)

    def choose(self, column: str) -> None:
        """Begin with a column."""
        if not self.expression.text():
            self.expression.set_text(spell_name(column))

    def start(self) -> QWidget | None:
        """Begin with the name."""
        return self.name

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.column_steps import Compute

        text = self.expression_text("Type how the new column is calculated.")
        need(self.name.name(), "column", "Type a name for the new column.")
        return Compute(self.table, self.name.name(), text, self.by.columns() if self.by_fold.open else ())

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.name.set_name(step.column)
        self.expression.set_text(step.expression)
        self.by.set_columns(step.by)
        self.by_fold.set_open(bool(step.by))


# How the quick builder says a comparison: words, and the expression with {x} and {v}.
OPERATORS: tuple[tuple[str, str], ...] = (
    ("is", "{x} == {v}"),
    ("is not", "{x} != {v}"),
    ("is less than", "{x} < {v}"),
    ("is at most", "{x} <= {v}"),
    ("is greater than", "{x} > {v}"),
    ("is at least", "{x} >= {v}"),
    ("is one of", "{x} %in% c({v})"),
    ("is missing", "is.na({x})"),
    ("is not missing", "!is.na({x})"),
)


def condition_text(column: str, words: str, value: str, *, numeric: bool, logical: bool = False) -> str:
    """Return the condition that the quick builder says; empty while its value is missing.

    Parameters
    ----------
    column : str
    words : str
        One of `OPERATORS`.
    value : str
        As it was typed; for "is one of", values separated by commas.
    numeric, logical : bool
        Whether the column holds numbers, or yes and no: other values are written as texts.
    """
    pattern = dict(OPERATORS)[words]
    if "{v}" not in pattern:
        return pattern.format(x=spell_name(column), v="")
    many = "%in%" in pattern
    parts = [part.strip() for part in value.split(",")] if many else [value.strip()]
    parts = [part for part in parts if part]
    if not parts:
        return ""

    def spelt(part: str) -> str:
        if numeric:
            return part.replace("\N{MINUS SIGN}", "-")
        return part.upper() if logical else escape(part, '"')

    return pattern.format(x=spell_name(column), v=", ".join(map(spelt, parts)))


class QuickCondition(QWidget):
    """A condition put together from a column, a comparison and a value."""

    def __init__(self, form: StepForm) -> None:
        super().__init__(form)
        self._form = form
        self._variables: dict[str, Variable] = {}
        self.box = ColumnBox(self)
        self.box.setObjectName("step_quick_column")
        self.box.setAccessibleName("Column of the condition")
        self.operator = ChoiceBox(self)
        self.operator.setObjectName("step_quick_operator")
        self.operator.setAccessibleName("Comparison")
        self.operator.set_choices((words, words) for words, _ in OPERATORS)
        self.value = QComboBox(self)
        self.value.setObjectName("step_quick_value")
        self.value.setAccessibleName("Value")
        self.value.setEditable(True)
        self.value.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.value.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.value.setMinimumContentsLength(6)
        self.buttons = {}
        for name, words, tip in (
            ("and", "And", "Both this and what is there already must hold."),
            ("or", "Or", "This or what is there already must hold."),
            ("set", "Use", "Write this condition in place of what is there."),
        ):
            button = QPushButton(words, self)
            button.setObjectName(f"step_quick_{name}")
            button.setAutoDefault(False)
            button.setToolTip(tip)
            self.buttons[name] = button
        line = QHBoxLayout()
        no_margins(line, SPACE)
        line.addWidget(self.operator, 1)
        line.addWidget(self.value, 1)
        foot = QHBoxLayout()
        no_margins(foot, SPACE)
        for name in ("set", "and", "or"):
            foot.addWidget(self.buttons[name])
        foot.addStretch(1)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addWidget(self.box)
        column.addLayout(line)
        column.addLayout(foot)
        self.setFocusProxy(self.box)
        self.box.chosen.connect(self._column_chosen)
        self.operator.currentIndexChanged.connect(self._refresh)
        self.value.editTextChanged.connect(self._refresh)
        completer = self.value.completer()
        if completer is not None:
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)

    def set_variables(self, variables: tuple[Variable, ...]) -> None:
        """Offer columns."""
        self._variables = {one.name: one for one in variables}
        self.box.set_variables(variables)
        self._refresh()

    def text(self) -> str:
        """Return the condition, empty while something is missing."""
        variable = self._variables.get(self.box.column())
        if variable is None:
            return ""
        return condition_text(
            variable.name,
            self.operator.value(),
            self.value.currentText(),
            numeric=variable.is_numeric,
            logical=variable.kind == "boolean",
        )

    @Slot(str)
    def _column_chosen(self, name: str) -> None:
        """Offer the values of the column."""
        dataset = self._form.dataset
        self._refresh()
        if dataset is None or not self.box.known:
            return

        def offer(counts: ValueCounts) -> None:
            if self.box.column() == name:
                typed = self.value.currentText()
                self.value.clear()
                self.value.addItems([value for value, _ in counts.values[:_OFFERED]])
                self.value.setEditText(typed)

        self._form.ask("quick_values", counting_values(dataset, name), offer)

    def _refresh(self, *ignored: object) -> None:
        ready = bool(self.text())
        for button in self.buttons.values():
            button.setEnabled(ready)
        self.value.setEnabled("{v}" in dict(OPERATORS)[self.operator.value()])


class FilterForm(ExpressionForm):
    """Keep the rows that meet a condition."""

    main_field = "condition"
    expression_field = "condition"
    example = 'score > 10 & sector == "Public"'

    def build(self) -> None:
        """Builder and condition."""
        self.quick = QuickCondition(self)
        self.add("quick", "&Put a condition together", self.quick)
        self.add_expression(
            "&Keep rows where",
            "Rows for which it cannot be told because a value is missing are left out, too.",
        )
        for name, button in self.quick.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self._use(name))

    def offer(self) -> None:
        """Offer the columns."""
        self.offer_names()
        self.quick.set_variables(() if self.dataset is None else self.dataset.variables)

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.quick.box.set_column(column)

    def start(self) -> QWidget | None:
        """Begin with the builder."""
        return self.quick.box

    def _use(self, how: str) -> None:
        """Write the condition of the builder, alone or together with what is there."""
        text, new = self.expression.text(), self.quick.text()
        if how == "set" or not text:
            self.expression.set_text(new)
            return
        if how == "and":
            text = f"({text})" if "|" in text else text
            self.expression.set_text(f"{text} & {new}")
        else:
            self.expression.set_text(f"{text} | {new}")

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.row_steps import Filter

        return Filter(self.table, self.expression_text("Say which rows are kept."))

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.expression.set_text(step.condition)
