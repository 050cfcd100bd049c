"""Forms of steps for whole columns: rename, remove, aggregate to groups."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from mixgui.gui.step_forms.base import StepForm, free_table_name, need
from mixgui.gui.step_forms.column_list import ColumnList
from mixgui.gui.step_forms.controls import ChoiceBox, ColumnBox, NameEdit
from mixgui.gui.step_forms.rows_editor import EditorRow, RowsEditor
from mixgui.gui.step_forms.value_table import ValueTable
from mixgui.gui.theme import HALF, SPACE

_ROWS = "rows"  # "n" of no column

# Function of an aggregate -> its words.
FUNCTIONS: tuple[tuple[str, str], ...] = (
    ("mean", "mean"),
    ("sd", "SD"),
    ("median", "median"),
    ("min", "minimum"),
    ("max", "maximum"),
    ("sum", "sum"),
    ("n", "number of values"),
    ("missing", "number missing"),
    ("share", "share of yes or 1"),
    ("first", "first value"),
    (_ROWS, "number of rows"),
)


class RenameForm(StepForm):
    """New names for columns."""

    main_field = "names"

    def build(self) -> None:
        """A table of old and new names."""
        self.names = ValueTable("names", ("Column", "New name"), "", self)
        self.names.setAccessibleName("Columns and their new names")
        self.add("names", "&New names", self.names, "Type beside a column; paste fills several.")
        self.names.changed.connect(self.changed)

    def offer(self) -> None:
        """Offer the columns."""
        typed = dict(self.names.mapping())
        columns = () if self.dataset is None else self.dataset.names
        self.names.set_values([(name,) for name in columns], {k: v for k, v in typed.items() if k in columns})

    def choose(self, column: str) -> None:
        """Begin with a column."""
        rows = [row[0] for row in self.names.values.rows]
        if column in rows:
            index = self.names.values.index(rows.index(column), 1)
            self.names.setCurrentIndex(index)
            self.names.scrollTo(index)

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.column_steps import RenameColumns

        names = tuple((old, new) for old, new in self.names.mapping() if old != new)
        need(names, "names", "Type a new name beside a column.")
        return RenameColumns(self.table, names)

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.names.set_mapping(dict(step.names))


class RemoveForm(StepForm):
    """Columns that go."""

    main_field = "columns"

    def build(self) -> None:
        """Which columns."""
        self.columns = ColumnList("columns", "Columns to remove", self)
        self.add("columns", "&Columns to remove", self.columns)
        self.columns.changed.connect(self.changed)

    def offer(self) -> None:
        """Offer the columns."""
        self.columns.set_variables(() if self.dataset is None else self.dataset.variables)

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.columns.set_columns([column])

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.column_steps import RemoveColumns

        columns = self.columns.columns()
        need(columns, "columns", "Tick the columns to remove.")
        return RemoveColumns(self.table, columns)

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.columns.set_columns(step.columns)


class _SummaryRow(EditorRow):
    """A column, a function, a name."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__("summary", number, parent)
        self.box = ColumnBox(self)
        self.box.setObjectName(f"step_summary_column_{number}")
        self.box.setAccessibleName(f"Column of summary {number}")
        self.function = ChoiceBox(self)
        self.function.setObjectName(f"step_summary_function_{number}")
        self.function.setAccessibleName(f"Function of summary {number}")
        self.function.set_choices(FUNCTIONS)
        self.new_name = NameEdit(self)
        self.new_name.setObjectName(f"step_summary_name_{number}")
        self.new_name.setAccessibleName(f"Name of summary {number}")
        self.new_name.setPlaceholderText("name")
        place = QWidget(self)
        grid = QGridLayout(place)
        grid.setContentsMargins(0, 0, 0, HALF)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(HALF)
        grid.addWidget(self.box, 0, 0)
        grid.addWidget(self.function, 0, 1)
        grid.addWidget(self.new_name, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.box.chosen.connect(self._chosen)
        self.function.chosen.connect(self._chosen)
        self.new_name.changed.connect(self.changed)
        self.finish(place)

    def first(self) -> QWidget:
        """Return the column."""
        return self.box

    @Slot(str)
    def _chosen(self, *ignored: object) -> None:
        name, function = self.box.column(), self.function.value()
        self.box.setEnabled(function != _ROWS)
        self.new_name.propose("rows" if function == _ROWS else f"{name}_{function}" if name else "")
        self.changed.emit()

    def summary(self) -> tuple[str, Any, str] | None:
        """Return column, function and name; None while no column is chosen."""
        if self.function.value() == _ROWS:
            return "", "n", self.new_name.name()
        column = self.box.column()
        return (column, self.function.value(), self.new_name.name()) if column else None

    def show_summary(self, column: str, function: str, name: str) -> None:
        """Show a summary."""
        self.box.set_column(column)
        self.function.set_value(function if column else _ROWS)
        self.box.setEnabled(bool(column))
        self.new_name.set_name(name)


class AggregateForm(StepForm):
    """One row a group."""

    main_field = "summaries"

    def build(self) -> None:
        """Groups, summaries, new table."""
        self.by = ColumnList("by", "Groups", self)
        self.add("by", "&One row for each", self.by, "For each combination of their values.")
        self.summaries = RowsEditor("summaries", self._row, "Another summary", self)
        self.add("summaries", "&Summaries", self.summaries)
        self.output = NameEdit(self)
        self.add("output", "Name of the ne&w table", self.output)
        for signal in (self.by.changed, self.summaries.changed, self.output.changed):
            signal.connect(self.emit_changed)
        self.summaries.add_row()

    def _row(self, number: int, parent: QWidget) -> _SummaryRow:
        row = _SummaryRow(number, parent)
        row.box.set_variables(() if self.dataset is None else self.dataset.variables)
        return row

    def offer(self) -> None:
        """Offer the columns."""
        variables = () if self.dataset is None else self.dataset.variables
        self.by.set_variables(variables)
        for row in self.summaries.rows():
            row.box.set_variables(variables)
        self.output.propose(free_table_name(f"{self.table} by group", self.tables))

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.by.set_columns([column])

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.aggregate_step import Aggregate

        by = self.by.columns()
        need(by, "by", "Tick the column that names the groups.")
        found = tuple(one for row in self.summaries.rows() if (one := row.summary()) is not None)
        need(found, "summaries", "Choose a column to summarise.")
        for column, _, name in found:
            need(name, "summaries", f"Type a name for the summary of {column or 'the rows'}.")
        need(self.output.name(), "output", "Type a name for the new table.")
        return Aggregate(table=self.table, by=by, summaries=found, output=self.output.name())

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.by.set_columns(step.by)
        self.summaries.clear()
        for column, function, name in step.summaries:
            self.summaries.add_row().show_summary(column, function, name)
        self.output.set_name(step.output)
