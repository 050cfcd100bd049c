"""Forms of steps that make a table of another shape: wide to long, long to wide, stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QWidget

from mixgui.data.numbered_names import numbered_names
from mixgui.errors import MixguiError
from mixgui.gui.step_forms.base import FieldProblem, StepForm, free_table_name, need
from mixgui.gui.step_forms.column_list import ColumnList
from mixgui.gui.step_forms.controls import ChoiceBox, Fold, NameEdit
from mixgui.gui.step_forms.rows_editor import EditorRow, RowsEditor
from mixgui.gui.theme import set_kind

_EXAMPLES = 4
_WHOLE, _SEPARATOR, _PATTERN = "whole", "separator", "pattern"


class _PartRow(EditorRow):
    """The name of the column for a part of the names, and whether it is a number."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__("part", number, parent)
        self.name_edit = QLineEdit(self)
        self.name_edit.setObjectName(f"step_part_name_{number}")
        self.name_edit.setAccessibleName(f"Column for part {number} of the names")
        self.name_edit.setPlaceholderText("name of the column")
        self.number_box = QCheckBox("number", self)
        self.number_box.setObjectName(f"step_part_number_{number}")
        self.number_box.setAccessibleName(f"Part {number} is a number")
        self.number_box.setToolTip('Take the number out of the name: "vocab_08" becomes 8.')
        self.name_edit.textChanged.connect(lambda _: self.changed.emit())
        self.number_box.toggled.connect(lambda _: self.changed.emit())
        self.finish(self.name_edit, self.number_box, stretch=(1, 0))


class PivotLongerForm(StepForm):
    """Columns below each other."""

    main_field = "columns"
    _guessed = _WHOLE

    def build(self) -> None:
        """Columns, parts of their names, names of what is made."""
        self.columns = ColumnList("columns", "Columns to put below each other", self)
        self.add(
            "columns",
            "&Columns to put below each other",
            self.columns,
            "One row a cell: vocab_08, vocab_09, vocab_10. The other columns are repeated.",
        )
        self.how = ChoiceBox(self)
        self.how.set_choices(
            (
                (_WHOLE, "One column for the whole name"),
                (_SEPARATOR, "Split at a separator"),
                (_PATTERN, "Take apart by a pattern"),
            )
        )
        self.add("how", "What the &names say", self.how)
        self.split = QLineEdit(self)
        self.split_field = self.add("split", "&Separator", self.split)
        self.parts = RowsEditor("parts", _PartRow, "Another part", self)
        self.parts_field = self.add("parts", "", self.parts)
        self.taken_apart = QLabel(self)
        self.taken_apart.setObjectName("step_taken_apart")
        self.taken_apart.setWordWrap(True)
        set_kind(self.taken_apart, "muted")
        self.column.addWidget(self.taken_apart)
        self.values_to = NameEdit(self)
        self.values_field = self.add("values_to", "Column for the &values", self.values_to)
        self.drop_missing = QCheckBox("Leave out rows without a value", self)
        self.add("drop_missing", "", self.drop_missing)
        self.output = NameEdit(self)
        self.add("output", "Name of the ne&w table", self.output)
        self.columns.changed.connect(self._columns_chosen)
        self.how.chosen.connect(self._how_chosen)
        for signal in (
            self.split.textChanged,
            self.parts.changed,
            self.values_to.changed,
            self.drop_missing.toggled,
            self.output.changed,
        ):
            signal.connect(self._edited)
        self.parts.add_row()
        self._show_how()

    def offer(self) -> None:
        """Offer the columns; those that are numbered alike are ticked at once."""
        dataset = self.dataset
        names = () if dataset is None else dataset.names
        self.columns.set_variables(() if dataset is None else dataset.variables)
        if not self.columns.columns():
            self.columns.set_columns(numbered_names(names).columns)
        self.output.propose(free_table_name(f"{self.table} long", self.tables))
        self._guess()
        self._show_parts()

    @Slot()
    def _columns_chosen(self) -> None:
        self._guess()
        self._edited()

    def _guess(self) -> None:
        """Propose names that fit the columns: the number in them, and what they have in common."""
        found = numbered_names(self.columns.columns())
        alike = bool(found.columns) and len(found.columns) == len(self.columns.columns())
        self.values_to.propose(found.stems[0] if alike else "value")
        if self._touched():
            return
        several = alike and len(found.stems) > 1
        self._guessed = _PATTERN if several else _WHOLE
        self.how.set_value(self._guessed)
        self.split.setText(found.pattern if several else "")
        self._set_parts(
            ((".value", False), ("time", True)) if several else (("time" if alike else "name", alike),)
        )
        self._show_how()

    def _touched(self) -> bool:
        """Whether the user said how the names are to be taken apart."""
        typed = self.split.isModified() or any(row.name_edit.isModified() for row in self.parts.rows())
        return typed or self.how.value() != self._guessed

    def _set_parts(self, parts: Sequence[tuple[str, bool]]) -> None:
        """Have a line for each part of the names, with its name and whether it is a number."""
        self.parts.clear()
        for name, number in parts:
            row = self.parts.add_row()
            row.name_edit.setText(name)
            row.number_box.setChecked(number)

    @Slot(str)
    def _how_chosen(self, how: str) -> None:
        names = self.columns.columns()
        if how == _SEPARATOR:
            marks = [mark for mark in "_.- " if names and all(mark in name for name in names)]
            self.split.setText(marks[0] if marks else "_")
            self._need_rows(max((len(name.split(self.split.text())) for name in names), default=2))
        elif how == _PATTERN:
            self.split.setText(r"(.*)_(\d+)")
            self._need_rows(2)
        else:
            self._need_rows(1)
        self._show_how()
        self._edited()

    def _need_rows(self, count: int) -> None:
        """Have as many lines as there are parts; the last part is often a number."""
        rows = [(row.name_edit.text(), row.number_box.isChecked()) for row in self.parts.rows()]
        if count < 2:
            self._set_parts([rows[-1] if rows else ("", False)])
            return
        count, names = min(count, 8), self.columns.columns()
        first = [("measure" if at == 0 else f"part{at + 1}", False) for at in range(count - 1)]
        self._set_parts([*first, ("time", all(name[-1:].isdigit() for name in names))])

    def _show_how(self) -> None:
        how = self.how.value()
        self.split_field.setVisible(how != _WHOLE)
        self.split_field.label.setText("&Separator" if how == _SEPARATOR else "&Pattern")
        self.split.setAccessibleName(self.split_field.label.text().replace("&", ""))
        self.split_field.set_help(
            "The character between the parts."
            if how == _SEPARATOR
            else r"A regular expression with parentheses around each part: (.*)_(\d+)."
        )
        self.parts.add_button.setVisible(how != _WHOLE)
        self.parts_field.set_help(
            "A column for each part. Call a part .value to get a column for each of its names."
            if how != _WHOLE
            else "The name of the new column; tick number to keep only the number in the name."
        )

    @Slot()
    def _edited(self, *ignored: object) -> None:
        self._show_parts()
        self.changed.emit()

    def _names_to(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        rows = [(row.name_edit.text().strip(), row.number_box.isChecked()) for row in self.parts.rows()]
        return tuple(name for name, _ in rows), tuple(name for name, number in rows if number)

    def _split_words(self) -> tuple[str, str]:
        how, text = self.how.value(), self.split.text()
        return (text if how == _PATTERN else ""), (text if how == _SEPARATOR else "")

    def _show_parts(self) -> None:
        """Show what the first names are taken apart to."""
        columns = self.columns.columns()
        names_to, numbers = self._names_to()
        pattern, separator = self._split_words()
        self.values_field.setVisible(".value" not in names_to)
        if not columns or not all(names_to):
            self.taken_apart.hide()
            return
        from mixgui.data.name_parts import numbers_in, split_names

        try:
            found = split_names(columns, names_to, pattern, separator)
            lines = []
            for name, parts in list(zip(columns, found, strict=True))[:_EXAMPLES]:
                said = [
                    f"{to} {numbers_in([part], to)[0]:g}" if to in numbers else f"{to} “{part}”"
                    for to, part in zip(names_to, parts, strict=True)
                ]
                lines.append(f"{name} → {', '.join(said)}")
        except MixguiError:
            self.taken_apart.hide()  # the field tells the error
            return
        rest = len(columns) - len(lines)
        self.taken_apart.setText("\n".join([*lines, *([f"and {rest} more"] if rest > 0 else [])]))
        self.taken_apart.show()

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.name_parts import numbers_in, split_names
        from mixgui.data.reshape_steps import PivotLonger

        columns = self.columns.columns()
        need(columns, "columns", "Tick the columns to put below each other.")
        names_to, numbers = self._names_to()
        pattern, separator = self._split_words()
        need(all(names_to), "parts", "Type a name for the column that the names go to.")
        if self.how.value() != _WHOLE:
            need(pattern or separator, "split", "Type where the names are to be split.")
        try:
            parts = split_names(columns, names_to, pattern, separator)
        except MixguiError as error:
            field = "split" if pattern or separator else "parts"
            raise FieldProblem(field, error.message, error.hint) from None
        try:
            for at, name in enumerate(names_to):
                if name in numbers:
                    numbers_in([part[at] for part in parts], name)
        except MixguiError as error:
            raise FieldProblem("parts", error.message, error.hint) from None
        if ".value" not in names_to:
            need(self.values_to.name(), "values_to", "Type a name for the column of the values.")
        need(self.output.name(), "output", "Type a name for the new table.")
        return PivotLonger(
            table=self.table,
            columns=columns,
            names_to=names_to,
            values_to=self.values_to.name() or "value",
            output=self.output.name(),
            names_pattern=pattern,
            names_sep=separator,
            numbers=numbers,
            drop_missing=self.drop_missing.isChecked(),
        )

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.columns.set_columns(step.columns)
        self.how.set_value(_PATTERN if step.names_pattern else _SEPARATOR if step.names_sep else _WHOLE)
        self.split.setText(step.names_pattern or step.names_sep)
        self._set_parts([(name, name in step.numbers) for name in step.names_to])
        self.parts.rows()[0].name_edit.setModified(True)  # no guess may change it
        self.values_to.set_name(step.values_to)
        self.drop_missing.setChecked(step.drop_missing)
        self.output.set_name(step.output)
        self._show_how()
        self._show_parts()


class PivotWiderForm(StepForm):
    """Cells beside each other."""

    main_field = "names_from"

    def build(self) -> None:
        """Names, values, ids, new table."""
        self.names_from = ColumnList("names_from", "Columns with the new names", self)
        self.add(
            "names_from",
            "&Names of the new columns come from",
            self.names_from,
            "A column for each different value: of grade, the columns 8, 9, 10 and 11.",
        )
        self.values_from = ColumnList("values_from", "Columns with the values", self)
        self.add("values_from", "&Values come from", self.values_from)
        self.ids = ColumnList("id_columns", "Columns that tell the rows apart", self)
        self.ids_fold = Fold("Choose what tells the rows apart", "step_id_columns_show", self.ids, self)
        self.add("id_columns", "", self.ids_fold, "Otherwise all other columns together tell the rows apart.")
        self.separator = QLineEdit("_", self)
        self.add(
            "names_sep",
            "&Between the parts of a name",
            self.separator,
            "With several columns: score_8, hours_8.",
        )
        self.output = NameEdit(self)
        self.add("output", "Name of the ne&w table", self.output)
        for signal in (
            self.names_from.changed,
            self.values_from.changed,
            self.ids.changed,
            self.ids_fold.toggled,
            self.separator.textChanged,
            self.output.changed,
        ):
            signal.connect(self.emit_changed)

    def offer(self) -> None:
        """Offer the columns."""
        variables = () if self.dataset is None else self.dataset.variables
        for one in (self.names_from, self.values_from, self.ids):
            one.set_variables(variables)
        self.output.propose(free_table_name(f"{self.table} wide", self.tables))

    def choose(self, column: str) -> None:
        """Begin with a column."""
        self.names_from.set_columns([column])

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.reshape_steps import PivotWider

        names, values = self.names_from.columns(), self.values_from.columns()
        need(names, "names_from", "Tick the column whose values name the new columns.")
        need(values, "values_from", "Tick the column whose values go into the new columns.")
        need(self.output.name(), "output", "Type a name for the new table.")
        return PivotWider(
            table=self.table,
            names_from=names,
            values_from=values,
            output=self.output.name(),
            id_columns=self.ids.columns() if self.ids_fold.open else (),
            names_sep=self.separator.text(),
        )

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.names_from.set_columns(step.names_from)
        self.values_from.set_columns(step.values_from)
        self.ids.set_columns(step.id_columns)
        self.ids_fold.set_open(bool(step.id_columns))
        self.separator.setText(step.names_sep)
        self.output.set_name(step.output)


class StackForm(StepForm):
    """Tables below each other."""

    main_field = "inputs"
    table_label = ""

    def build(self) -> None:
        """Tables, source, new table."""
        self.inputs = ColumnList("inputs", "Tables to put below each other", self)
        self.add(
            "inputs",
            "&Tables to put below each other",
            self.inputs,
            "Columns of the same name become one; a table without a column has missing cells there.",
        )
        self.source = NameEdit(self)
        self.source.setPlaceholderText("no such column")
        self.add(
            "source_column",
            "&Column with the name of the table",
            self.source,
            "Empty: no such column is made.",
        )
        self.output = NameEdit(self)
        self.add("output", "Name of the ne&w table", self.output)
        for signal in (self.inputs.changed, self.source.changed, self.output.changed):
            signal.connect(self.emit_changed)

    def offer(self) -> None:
        """Offer the tables."""
        self.inputs.set_items((name, "table", name) for name in self.tables)
        self.output.propose(free_table_name("stacked", self.tables))

    def make(self) -> Any:
        """Return the step."""
        from mixgui.data.stack_step import StackRows

        inputs = self.inputs.columns()
        need(len(inputs) > 1, "inputs", "Tick two or more tables.")
        need(self.output.name(), "output", "Type a name for the new table.")
        return StackRows(inputs=inputs, output=self.output.name(), source_column=self.source.name())

    def fill(self, step: Any) -> None:
        """Show a step."""
        self.inputs.set_columns(step.inputs)
        self.source.set_name(step.source_column)
        self.output.set_name(step.output)
