"""The form of the step that centres columns at the grand mean, the group means or a value."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit

from mixgui.formatting import format_number
from mixgui.gui.step_forms.base import FieldProblem, StepForm, need
from mixgui.gui.step_forms.column_list import ColumnList
from mixgui.gui.step_forms.controls import Alternatives, ColumnBox, NameEdit
from mixgui.gui.step_forms.jobs import Means, likely_group, measuring
from mixgui.gui.theme import set_kind


class CenterForm(StepForm):
    """Subtract a mean or a value."""

    main_field = "columns"

    def build(self) -> None:
        """Columns, how, group, value, scale, suffix."""
        self.columns = ColumnList("columns", "Columns to centre", self)
        self.add("columns", "&Columns", self.columns)
        self.method = Alternatives(
            "method",
            (
                ("grand_mean", "At the grand mean", "0 becomes the mean of all rows."),
                (
                    "group_mean",
                    "At the group means",
                    "0 becomes the mean of the own group: differences within groups.",
                ),
                ("value", "At a value", "0 becomes a value that means something, such as the first year."),
            ),
            self,
        )
        self.add("method", "Centre", self.method)
        self.group = ColumnBox(self)
        self.group_field = self.add("group", "&Groups", self.group)
        self.keep_mean = QCheckBox("Keep the group mean as a new variable", self)
        self.keep_field = self.add(
            "keep_mean",
            "",
            self.keep_mean,
            "A predictor at the level of the groups: differences between groups.",
        )
        self.value = QLineEdit("0", self)
        self.value_field = self.add("value", "&Value", self.value)
        self.scale = QCheckBox("Divide by the standard deviation", self)
        self.add("scale", "", self.scale)
        self.suffix = NameEdit(self)
        self.suffix.setText("_c")
        self.suffix.setCursorPosition(0)
        self.add(
            "suffix", "&Ending of the new names", self.suffix, "Empty: the columns themselves are changed."
        )
        self.means = QLabel(self)
        self.means.setObjectName("step_means")
        self.means.setWordWrap(True)
        set_kind(self.means, "muted")
        self.means.hide()
        self.column.insertWidget(self.column.indexOf(self.fields["columns"]) + 1, self.means)
        self.columns.changed.connect(self._columns_changed)
        self.method.chosen.connect(self._method_chosen)
        self.group.chosen.connect(self._columns_changed)
        self.keep_mean.toggled.connect(self.emit_changed)
        self.value.textChanged.connect(self.emit_changed)
        self.scale.toggled.connect(self._scale_changed)
        self.suffix.changed.connect(self.changed)
        self._show_method()

    def offer(self) -> None:
        """Offer the columns that can be calculated with."""
        dataset = self.dataset
        variables = () if dataset is None else dataset.variables
        self.columns.set_variables(variables, numeric=True)
        self.group.set_variables(variables)
        self._measure()

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.columns.set_columns([column])
        self._measure()

    @Slot()
    def _columns_changed(self, *ignored: object) -> None:
        self._measure()
        self.changed.emit()

    @Slot(str)
    def _method_chosen(self, method: str) -> None:
        self._show_method()
        self._measure()
        if method == "group_mean" and not self.group.column() and self.dataset is not None:
            self.ask("groups", likely_group(self.dataset), self._propose_group)
        self.changed.emit()

    def _propose_group(self, name: str) -> None:
        if name and not self.group.column():
            self.group.set_column(name)

    @Slot(bool)
    def _scale_changed(self, on: bool) -> None:
        if not self.suffix.typed:
            self.suffix.propose("_z" if on else "_c")
        self.changed.emit()

    def _show_method(self) -> None:
        method = self.method.value()
        self.group_field.setVisible(method == "group_mean")
        self.keep_field.setVisible(method == "group_mean")
        self.value_field.setVisible(method == "value")

    def _measure(self) -> None:
        """Show the means of the columns that are ticked."""
        dataset, columns = self.dataset, self.columns.columns()
        if dataset is None or not columns:
            self.means.hide()
            return
        group = self.group.column() if self.method.value() == "group_mean" else ""

        def show(means: Means) -> None:
            lines = [
                f"{name}: mean {format_number(mean, 5)}, SD {format_number(sd, 4)}"
                for name, mean, sd in means.columns[:6]
            ]
            if len(means.columns) > 6:
                lines.append(f"and {len(means.columns) - 6} more")
            if means.n_groups:
                lines.append(f"{means.n_groups:,} groups of {group}")
            self.means.setText("\n".join(lines))
            self.means.show()

        self.ask("means", measuring(dataset, columns, group), show)

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.center_step import Center

        columns, method = self.columns.columns(), self.method.value()
        need(columns, "columns", "Tick the columns to centre.")
        group = self.group.column() if method == "group_mean" else ""
        need(group or method != "group_mean", "group", "Choose the column that names the groups.")
        return Center(
            table=self.table,
            columns=columns,
            method=method,
            group=group,
            value=self._number() if method == "value" else 0.0,
            scale=self.scale.isChecked(),
            suffix=self.suffix.name(),
            keep_mean=method == "group_mean" and self.keep_mean.isChecked(),
        )

    def _number(self) -> float:
        from mixgui.data.number_texts import is_number, to_float

        text = self.value.text().strip().replace("\N{MINUS SIGN}", "-")
        need(text, "value", "Type the value that becomes 0.")
        if not is_number(text):
            raise FieldProblem("value", f"“{text}” is no number.", "Type a number such as 2002 or 7.5.")
        return float(to_float(text))

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.columns.set_columns(step.columns)
        self.method.set_value(step.method)
        self.group.set_column(step.group)
        self.keep_mean.setChecked(step.keep_mean)
        self.value.setText(f"{step.value:.15g}")
        self.scale.setChecked(step.scale)
        self.suffix.set_name(step.suffix)
        self._show_method()
        self._measure()
