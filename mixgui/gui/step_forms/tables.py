"""The forms of steps about whole tables: another name, taking one out."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLineEdit

from mixgui.gui.step_forms.base import StepForm, need


class RenameTableForm(StepForm):
    """Another name of a table."""

    main_field = "name"

    def build(self) -> None:
        """The name."""
        self.name = QLineEdit(self)
        self.add("name", "&New name", self.name, "Later steps and models follow it.")
        self.name.textChanged.connect(self.emit_changed)

    def offer(self) -> None:
        """Nothing depends on the columns."""

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.steps import RenameTable

        name = self.name.text().strip()
        need(name, "name", "Type a name for the table.")
        return RenameTable(table=self.table, name=name)

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.name.setText(step.name)
        self.name.selectAll()


class RemoveTableForm(StepForm):
    """A table that goes."""

    main_field = "table"
    table_label = "&Table to remove"

    def build(self) -> None:
        """Only the table is asked for."""

    def offer(self) -> None:
        """Nothing depends on the columns."""

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.steps import RemoveTable

        need(self.table, "table", "Choose the table to remove.")
        return RemoveTable(table=self.table)

    def fill(self, step: Any) -> None:
        """The table is all that the step says."""
