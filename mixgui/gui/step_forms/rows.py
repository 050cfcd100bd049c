"""Forms of steps that keep, leave out, order or draw rows, and that fill gaps."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QSpinBox, QWidget

from mixgui.gui.fields import pad_spin_box
from mixgui.gui.step_forms.base import StepForm, free_table_name, need
from mixgui.gui.step_forms.column_list import ColumnList
from mixgui.gui.step_forms.controls import Alternatives, ChoiceBox, ColumnBox, Fold, NameEdit
from mixgui.gui.step_forms.jobs import likely_group
from mixgui.gui.step_forms.rows_editor import EditorRow, RowsEditor

_LARGEST = 2_147_483_647
_USUAL = 25  # groups that can be looked at one by one


class DropMissingForm(StepForm):
    """Leave out rows that lack a value."""

    main_field = "columns"

    def build(self) -> None:
        """Which columns."""
        self.which = Alternatives(
            "which", (("some", "In these columns", ""), ("all", "In any column of the table", "")), self
        )
        self.add("which", "Leave out rows that lack a value", self.which)
        self.columns = ColumnList("columns", "Columns that must have a value", self)
        self.columns_field = self.add("columns", "", self.columns)
        self.which.chosen.connect(self._chosen)
        self.columns.changed.connect(self.changed)

    def _chosen(self, which: str) -> None:
        self.columns_field.setVisible(which == "some")
        self.changed.emit()

    def offer(self) -> None:
        """Offer the columns."""
        self.columns.set_variables(() if self.dataset is None else self.dataset.variables)

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.columns.set_columns([column])

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.row_steps import DropMissing

        if self.which.value() == "all":
            return DropMissing(self.table, ())
        columns = self.columns.columns()
        need(columns, "columns", "Tick the columns that must have a value.")
        return DropMissing(self.table, columns)

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.which.set_value("some" if step.columns else "all")
        self.columns_field.setVisible(bool(step.columns))
        self.columns.set_columns(step.columns)


class _SortRow(EditorRow):
    """A column, and which way."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__("sort", number, parent)
        self.box = ColumnBox(self)
        self.box.setObjectName(f"step_sort_column_{number}")
        self.box.setAccessibleName(f"Column {number} to sort by")
        self.way = ChoiceBox(self)
        self.way.setObjectName(f"step_sort_way_{number}")
        self.way.setAccessibleName(f"Direction of column {number}")
        self.way.set_choices((("up", "ascending"), ("down", "descending")))
        self.box.chosen.connect(lambda _: self.changed.emit())
        self.way.chosen.connect(lambda _: self.changed.emit())
        self.finish(self.box, self.way, stretch=(3, 2))


class SortForm(StepForm):
    """Order the rows."""

    main_field = "by"

    def build(self) -> None:
        """Columns, the first counts most."""
        self.by = RowsEditor("by", self._row, "Then by another column", self)
        self.add("by", "Sort &by", self.by, "Rows that are alike keep their order. Missing values come last.")
        self.by.changed.connect(self.changed)
        self.by.add_row()

    def _row(self, number: int, parent: QWidget) -> _SortRow:
        row = _SortRow(number, parent)
        row.box.set_variables(() if self.dataset is None else self.dataset.variables)
        return row

    def offer(self) -> None:
        """Offer the columns."""
        for row in self.by.rows():
            row.box.set_variables(() if self.dataset is None else self.dataset.variables)

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.by.rows()[0].box.set_column(column)

    def start(self) -> QWidget | None:
        """Begin with the first column."""
        return self.by.rows()[0].box

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.row_steps import Sort

        by = tuple((row.box.column(), row.way.value() == "up") for row in self.by.rows() if row.box.column())
        need(by, "by", "Choose a column to sort by.")
        return Sort(self.table, by)

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.by.clear()
        for name, ascending in step.by:
            row = self.by.add_row()
            row.box.set_column(name)
            row.way.set_value("up" if ascending else "down")


class SampleForm(StepForm):
    """Draw rows or groups."""

    main_field = "size"

    def build(self) -> None:
        """What, how many, seed, new table."""
        self.what = Alternatives(
            "what",
            (
                ("groups", "Whole groups", "All rows of the groups that are drawn."),
                ("rows", "Single rows", ""),
            ),
            self,
        )
        self.add("what", "What is drawn", self.what)
        self.group = ColumnBox(self)
        self.group_field = self.add("group", "&Groups", self.group)
        self.size_box = self._spin(_USUAL, 1, _LARGEST)
        self.add("size", "&How many", self.size_box)
        self.seed = self._spin(1, -_LARGEST, _LARGEST)
        self.add(
            "seed", "&Seed", self.seed, "The same seed draws the same again, as set.seed() and sample() in R."
        )
        self.output = NameEdit(self)
        self.add("output", "Name of the ne&w table", self.output)
        self.what.chosen.connect(self._what_chosen)
        self.group.chosen.connect(self._group_chosen)
        self.output.changed.connect(self.changed)

    def _spin(self, value: int, least: int, most: int) -> QSpinBox:
        box = QSpinBox(self)
        pad_spin_box(box)
        box.setRange(least, most)
        box.setValue(value)
        box.valueChanged.connect(self.emit_changed)
        return box

    def _what_chosen(self, what: str) -> None:
        self.group_field.setVisible(what == "groups")
        self.changed.emit()

    def offer(self) -> None:
        """Offer the columns; the likely group is chosen at once."""
        dataset = self.dataset
        self.group.set_variables(() if dataset is None else dataset.variables)
        self.output.propose(free_table_name(f"sample of {self.table}", self.tables))
        if dataset is not None and not self.group.column():
            self.ask("groups", likely_group(dataset), self._propose_group)

    def _propose_group(self, name: str) -> None:
        if name and not self.group.column():
            self.group.set_column(name)

    def _group_chosen(self, *ignored: object) -> None:
        """Never propose more groups than there are."""
        dataset = self.dataset
        if dataset is not None and self.group.known and self.size_box.value() == _USUAL:
            there = dataset.variable(self.group.column()).n_unique
            self.size_box.setValue(max(min(_USUAL, there), 1))
        self.changed.emit()

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.group.set_column(column)

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.row_steps import Sample

        group = self.group.column() if self.what.value() == "groups" else ""
        need(group or self.what.value() == "rows", "group", "Choose the column that names the groups.")
        need(self.output.name(), "output", "Type a name for the new table.")
        return Sample(self.table, self.size_box.value(), group, self.seed.value(), self.output.name())

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.what.set_value("groups" if step.group else "rows")
        self.group_field.setVisible(bool(step.group))
        self.group.set_column(step.group)
        self.size_box.setValue(step.size)
        self.seed.setValue(step.seed)
        self.output.set_name(step.output)


class FillDownForm(StepForm):
    """Fill gaps with the value above."""

    main_field = "columns"

    def build(self) -> None:
        """Columns and groups."""
        self.columns = ColumnList("columns", "Columns to fill", self)
        self.add(
            "columns",
            "&Columns to fill",
            self.columns,
            "A missing cell gets the last value above it in the column.",
        )
        self.by = ColumnList("by", "Groups", self)
        self.by_fold = Fold("Fill within groups", "step_by_show", self.by, self)
        self.add("by", "", self.by_fold, "Then no value passes from one group to the next.")
        for signal in (self.columns.changed, self.by.changed, self.by_fold.toggled):
            signal.connect(self.emit_changed)

    def offer(self) -> None:
        """Offer the columns; those with gaps are those that anybody would fill."""
        variables = () if self.dataset is None else self.dataset.variables
        self.columns.set_variables([one for one in variables if one.n_missing] or variables)
        self.by.set_variables(variables)

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.columns.set_columns([column])

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.column_steps import FillDown

        columns = self.columns.columns()
        need(columns, "columns", "Tick the columns to fill.")
        return FillDown(self.table, columns, self.by.columns() if self.by_fold.open else ())

    def fill(self, step: Any) -> None:
        """Show a step."""
        variables = () if self.dataset is None else self.dataset.variables
        if not set(step.columns) <= set(self.columns.names()):
            self.columns.set_variables(variables)
        self.columns.set_columns(step.columns)
        self.by.set_columns(step.by)
        self.by_fold.set_open(bool(step.by))
