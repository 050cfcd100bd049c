"""The form of the step that says what a column is: its type, the order of its levels, the reference level."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QWidget

from mixgui.data.codebook import KIND_WORDS
from mixgui.gui.step_forms.base import StepForm, need
from mixgui.gui.step_forms.controls import ChoiceBox, ColumnBox
from mixgui.gui.step_forms.jobs import ValueCounts, counting_values
from mixgui.gui.step_forms.level_order import LevelOrder
from mixgui.gui.theme import icon
from mixgui.gui.variable_list import kind_icon

_KINDS = ("number", "integer", "category", "boolean", "text", "date", "id")


class SetTypeForm(StepForm):
    """What a column is."""

    main_field = "kind"

    def build(self) -> None:
        """Column, type, levels in order, reference level, format of dates."""
        self.source = ColumnBox(self)
        self.add("column", "&Column", self.source)
        self.kind = ChoiceBox(self)
        for kind in _KINDS:
            self.kind.addItem(icon(kind_icon(kind)[0]), KIND_WORDS.get(kind, kind), kind)
        self.add("kind", "&Type", self.kind)
        self.levels = LevelOrder("levels", self)
        self.levels_field = self.add(
            "levels",
            "Order of the &levels",
            self.levels,
            "Drag a level, or move it with Alt+Up and Alt+Down.",
        )
        self.reference = ChoiceBox(self)
        self.reference_field = self.add(
            "reference", "&Reference level", self.reference, "Models compare the other levels with this one."
        )
        self.date_format = QComboBox(self)
        self.date_format.setEditable(True)
        self.date_format.addItems(["", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%Y%m%d"])
        self.date_field = self.add(
            "date_format",
            "&Format of the dates",
            self.date_format,
            "Empty: found out. %d day, %m month, %Y year.",
        )
        self._wanted: tuple[str, ...] = ()  # the order and the reference until the worker told the levels
        self._wanted_reference = ""
        self.source.chosen.connect(self._column_chosen)
        self.kind.chosen.connect(self._kind_chosen)
        self.levels.changed.connect(self._levels_changed)
        self.reference.chosen.connect(self.emit_changed)
        self.date_format.editTextChanged.connect(self.emit_changed)
        self._show_kind()

    def offer(self) -> None:
        """Offer the columns."""
        self.source.set_variables(() if self.dataset is None else self.dataset.variables)
        if self.levels.moved:  # the table is another one: the order that was chosen stays
            self._wanted = self.levels.levels()
        self._ask_levels(self._chosen_reference())

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.source.set_column(column)

    def start(self) -> QWidget | None:
        """Begin with the type if the column is known."""
        return self.kind if self.source.known else self.source

    @Slot(str)
    def _column_chosen(self, name: str) -> None:
        if self.dataset is not None and self.source.known:
            kind = self.dataset.variable(self.source.column()).kind
            self.kind.set_value("category" if kind == "text" else kind)
        self._wanted = ()
        self._show_kind()
        self._ask_levels("")
        self.changed.emit()

    @Slot(str)
    def _kind_chosen(self, words: str) -> None:
        self._show_kind()
        self._ask_levels(self._chosen_reference())
        self.changed.emit()

    @Slot()
    def _levels_changed(self) -> None:
        self.changed.emit()

    def _show_kind(self) -> None:
        category = self.kind.value() == "category"
        self.levels_field.setVisible(category)
        self.reference_field.setVisible(category)
        self.date_field.setVisible(self.kind.value() == "date")

    def _ask_levels(self, reference: str) -> None:
        dataset, name = self.dataset, self.source.column()
        self.levels.set_levels(())
        self.reference.clear()
        self._wanted_reference = reference
        if dataset is None or not self.source.known or self.kind.value() != "category":
            return

        def show(counts: ValueCounts) -> None:
            if self.source.column() != name or self.dataset is not dataset:
                return
            values = [value for value, _ in counts.values]
            self.levels.set_levels(values, [n for _, n in counts.values])
            self.levels.order([level for level in self._wanted if level in values])
            self.reference.clear()
            self.reference.set_choices([("", "the first level"), *((value, value) for value in values)])
            self.reference.set_value(reference)
            more = counts.n_values - len(values)
            self.levels_field.set_help(
                f"{counts.n_values:,} levels are too many to be shown: {more:,} more keep their order."
                if more > 0
                else "Drag a level, or move it with Alt+Up and Alt+Down."
            )
            self.changed.emit()

        self.ask("levels", counting_values(dataset, name), show)

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.value_steps import SetType

        need(self.source.column(), "column", "Choose a column.")
        kind = self.kind.value()
        category = kind == "category"
        waiting = category and not self.levels.levels()
        levels = self._wanted if waiting else self.levels.levels() if self.levels.moved else ()
        return SetType(
            table=self.table,
            column=self.source.column(),
            kind=kind,
            levels=levels if category else (),
            reference=self._chosen_reference() if category else "",
            date_format=self.date_format.currentText().strip() if kind == "date" else "",
        )

    def _chosen_reference(self) -> str:
        return str(self.reference.currentData() or "") if self.reference.count() else self._wanted_reference

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.source.set_column(step.column)
        self.kind.set_value(step.kind)
        self._wanted = step.levels
        self._show_kind()
        self._ask_levels(step.reference)
        self.date_format.setEditText(step.date_format)
