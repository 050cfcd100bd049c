"""Forms of steps that give a column other values: recode, look up."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from mixgui.gui.frame_model import MISSING_TEXT
from mixgui.gui.step_forms.base import StepForm, need
from mixgui.gui.step_forms.controls import Alternatives, ColumnBox, NameEdit, TableBox, link_button
from mixgui.gui.step_forms.jobs import ValueCounts, counting_values
from mixgui.gui.step_forms.value_table import ValueTable
from mixgui.gui.theme import HALF, make_muted, no_margins

_KEEP = "keep"


class RecodeForm(StepForm):
    """New values for old ones."""

    main_field = "mapping"

    def build(self) -> None:
        """Column, values, what happens to the others, new column."""
        self.source = ColumnBox(self)
        self.add("column", "&Column", self.source)
        self.mapping = ValueTable("mapping", ("Value", "Rows", "New value"), "as it is", self)
        self.mapping.setAccessibleName("Values and their new values")
        self.paste = link_button("Paste", "step_mapping_paste", self, "copy")
        self.paste.setToolTip(
            "Take two columns from the clipboard (old and new value), or a column of new values from the chosen row on."
        )
        place = QWidget(self)
        whole = QVBoxLayout(place)
        no_margins(whole, HALF)
        whole.addWidget(self.mapping)
        self.counts = make_muted("", self)
        self.counts.setObjectName("step_mapping_counts")
        foot = QHBoxLayout()
        foot.addWidget(self.paste)
        foot.addStretch(1)
        foot.addWidget(self.counts)
        whole.addLayout(foot)
        place.setFocusProxy(self.mapping)
        place.setObjectName("step_mapping_place")
        place.setAccessibleName("Values and their new values")
        self.add(
            "mapping",
            "&New values",
            place,
            "Type beside a value, or paste a look-up of two columns. NA makes a value missing.",
        )
        self.others = Alternatives(
            "others",
            (("keep", "stay as they are", ""), ("missing", "become missing", "")),
            self,
        )
        self.add("others", "Values without a new one", self.others)
        self.as_number = QCheckBox("The new values are numbers", self)
        self.add("as_number", "", self.as_number)
        self.new_column = NameEdit(self)
        self.add("new_column", "&Into the column", self.new_column, "The same name replaces the column.")
        self._number_chosen = False
        self.source.chosen.connect(self._column_chosen)
        self.mapping.changed.connect(self._mapped)
        self.paste.clicked.connect(self.mapping.paste)
        self.others.chosen.connect(self._mapped)
        self.as_number.clicked.connect(self._number_clicked)
        self.new_column.changed.connect(self.changed)

    def offer(self) -> None:
        """Offer the columns."""
        self.source.set_variables(() if self.dataset is None else self.dataset.variables)
        self._count({})

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.source.set_column(column)

    def start(self) -> QWidget | None:
        """Begin with the column."""
        return self.source

    @Slot(str)
    def _column_chosen(self, name: str) -> None:
        self.mapping.set_values(())
        self.new_column.propose(f"{self.source.column()}_new" if self.source.column() else "")
        self._count({})
        self.changed.emit()

    def _count(self, known: dict[str, str]) -> None:
        """Ask for the values of the column."""
        dataset, name = self.dataset, self.source.column()
        self.counts.setText("")
        if dataset is None or not self.source.known:
            return

        def show(counts: ValueCounts) -> None:
            if self.source.column() != name or self.dataset is not dataset:
                return
            typed = {**known, **dict(self.mapping.mapping())}
            self.mapping.set_values([(value, f"{n:,}") for value, n in counts.values])
            self.mapping.set_mapping(typed)
            texts = [f"{counts.n_values:,} values" if counts.n_values != 1 else "1 value"]
            if counts.n_values > len(counts.values):
                texts.append(f"the first {len(counts.values):,} shown")
            if counts.n_missing:
                texts.append(f"{counts.n_missing:,} rows missing")
            self.counts.setText(" · ".join(texts))

        self.ask("values", counting_values(dataset, name), show)

    @Slot()
    def _mapped(self, *ignored: object) -> None:
        """Take the new values for numbers as long as all of them are."""
        new = [value for _, value in self.mapping.mapping() if value != MISSING_TEXT]
        if not self._number_chosen:
            keeps_text = self.others.value() == _KEEP and not self._numeric_source()
            self.as_number.setChecked(bool(new) and all(map(_is_number, new)) and not keeps_text)
        self.changed.emit()

    def _numeric_source(self) -> bool:
        dataset = self.dataset
        if dataset is None or not self.source.known:
            return False
        mapped = {old for old, _ in self.mapping.mapping()}
        everything = all(row[0] in mapped for row in self.mapping.values.rows)
        return everything or dataset.variable(self.source.column()).is_numeric

    @Slot()
    def _number_clicked(self) -> None:
        self._number_chosen = True
        self.changed.emit()

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.value_steps import Recode

        need(self.source.column(), "column", "Choose the column whose values are to be changed.")
        mapping = self.mapping.mapping()
        need(mapping, "mapping", "Type a new value beside one of the values.")
        need(self.new_column.name(), "new_column", "Type a name for the column of the new values.")
        return Recode(
            table=self.table,
            column=self.source.column(),
            mapping=tuple((old, "" if new == MISSING_TEXT else new) for old, new in mapping),
            new_column=self.new_column.name(),
            others="missing" if self.others.value() == "missing" else "keep",
            as_number=self.as_number.isChecked(),
        )

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.source.set_column(step.column)
        mapping = {old: new or MISSING_TEXT for old, new in step.mapping}
        self.mapping.set_mapping(mapping)
        self.others.set_value(step.others)
        self._number_chosen = True
        self.as_number.setChecked(step.as_number)
        self.new_column.set_name(step.new_column)
        self._count(mapping)


def _is_number(text: str) -> bool:
    from mixgui.data.number_texts import is_number

    return is_number(text)


class LookUpForm(StepForm):
    """Values that stand beside a key in another table."""

    main_field = "lookup"

    def build(self) -> None:
        """Column, other table, its key and values, new column."""
        self.source = ColumnBox(self)
        self.add("column", "&Column with the keys", self.source)
        self.lookup = TableBox(self)
        self.add("lookup", "Look them &up in the table", self.lookup)
        self.key = ColumnBox(self)
        self.add("key", "Its column with the &keys", self.key, "Each key must occur once there.")
        self.value = ColumnBox(self)
        self.add("value", "Its column with the &values", self.value)
        self.new_column = NameEdit(self)
        self.add("new_column", "&Into the column", self.new_column, "Keys that are not found become missing.")
        self.source.chosen.connect(self._source_chosen)
        self.lookup.chosen.connect(self._lookup_chosen)
        self.key.chosen.connect(self.emit_changed)
        self.value.chosen.connect(self._value_chosen)
        self.new_column.changed.connect(self.changed)

    def offer(self) -> None:
        """Offer tables and columns."""
        self.source.set_variables(() if self.dataset is None else self.dataset.variables)
        others = [name for name in self.tables if name != self.table]
        self.lookup.set_names(others, self.lookup.currentText())
        self._offer_lookup()

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.source.set_column(column)

    def start(self) -> QWidget | None:
        """Begin with the column."""
        return self.source

    def _offer_lookup(self) -> None:
        dataset = self.tables.get(self.lookup.currentText())
        variables = () if dataset is None else dataset.variables
        self.key.set_variables(variables)
        self.value.set_variables(variables)
        self._propose_key()

    def _propose_key(self) -> None:
        """Take the column of the same name for the key."""
        if not self.key.column() and self.source.column() in self.key.names:
            self.key.set_column(self.source.column())

    @Slot(str)
    def _source_chosen(self, name: str) -> None:
        self._propose_key()
        self.changed.emit()

    @Slot(str)
    def _lookup_chosen(self, name: str) -> None:
        self._offer_lookup()
        self.changed.emit()

    @Slot(str)
    def _value_chosen(self, name: str) -> None:
        self.new_column.propose(self.value.column())
        self.changed.emit()

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.value_steps import LookUp

        need(self.source.column(), "column", "Choose the column with the keys.")
        need(self.lookup.currentText(), "lookup", "Open a second table to look values up in.")
        need(self.key.column(), "key", "Choose the column with the keys in the other table.")
        need(self.value.column(), "value", "Choose the column with the values in the other table.")
        need(self.new_column.name(), "new_column", "Type a name for the new column.")
        return LookUp(
            table=self.table,
            column=self.source.column(),
            lookup=self.lookup.currentText(),
            key=self.key.column(),
            value=self.value.column(),
            new_column=self.new_column.name(),
        )

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.source.set_column(step.column)
        self.lookup.set_names([name for name in self.tables if name != self.table], step.lookup)
        self._offer_lookup()
        self.key.set_column(step.key)
        self.value.set_column(step.value)
        self.new_column.set_name(step.new_column)
