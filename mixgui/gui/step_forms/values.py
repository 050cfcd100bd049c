"""Forms of steps that change what the values of a column are: recode, look up, type, centre."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from mixgui.formatting import format_number
from mixgui.gui.frame_model import MISSING_TEXT
from mixgui.gui.step_forms.base import FieldProblem, StepForm, need
from mixgui.gui.step_forms.column_list import ColumnList
from mixgui.gui.step_forms.controls import Alternatives, ChoiceBox, ColumnBox, NameEdit, TableBox, link_button
from mixgui.gui.step_forms.jobs import Means, ValueCounts, counting_values, likely_group, measuring
from mixgui.gui.step_forms.level_order import LevelOrder
from mixgui.gui.step_forms.value_table import ValueTable
from mixgui.gui.theme import HALF, make_muted, no_margins, set_kind

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


_KINDS = ("number", "integer", "category", "boolean", "text", "date", "id")


class SetTypeForm(StepForm):
    """What a column is."""

    main_field = "kind"

    def build(self) -> None:
        """Column, type, levels in order, reference level, format of dates."""
        from mixgui.data.codebook import KIND_WORDS
        from mixgui.gui.theme import icon
        from mixgui.gui.variable_list import kind_icon

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
        self._ask_levels("")

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
