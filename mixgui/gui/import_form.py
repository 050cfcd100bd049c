"""The choices of the import dialog: how a file is to be read, each field a guess that can be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QMenu, QSpinBox, QVBoxLayout, QWidget

from mixgui.data.read_options import DATE_FORMATS, SEPARATORS, FormatName, ReadOptions
from mixgui.gui.fields import pad_spin_box
from mixgui.gui.step_forms.base import Field, FieldProblem
from mixgui.gui.step_forms.controls import ChoiceBox
from mixgui.gui.theme import DOUBLE, SPACE, make_heading, make_muted, no_margins

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.data.readers import FileChoices

_OTHER = "other"
_ONE_COLUMN = "\x1f"  # what the guess takes for a file of a single column
_ENCODINGS = (
    ("utf-8", "Unicode (UTF-8)"),
    ("utf-8-sig", "Unicode (UTF-8 with a mark)"),
    ("utf-16", "Unicode (UTF-16)"),
    ("cp1252", "Western European (Windows-1252)"),
    ("latin-1", "Western European (ISO 8859-1)"),
    ("iso8859-15", "Western European with € (ISO 8859-15)"),
    ("mac-roman", "Western European (Macintosh)"),
    ("cp1250", "Central European (Windows-1250)"),
    ("iso8859-2", "Central European (ISO 8859-2)"),
    ("cp1251", "Cyrillic (Windows-1251)"),
    ("koi8-r", "Cyrillic (KOI8-R)"),
    ("cp1253", "Greek (Windows-1253)"),
    ("cp1254", "Turkish (Windows-1254)"),
    ("cp1257", "Baltic (Windows-1257)"),
    ("shift_jis", "Japanese (Shift JIS)"),
    ("gb18030", "Chinese, simplified (GB 18030)"),
    ("big5", "Chinese, traditional (Big5)"),
    ("euc-kr", "Korean (EUC-KR)"),
)
_KINDS = (
    ("", "As found"),
    ("number", "Number"),
    ("integer", "Whole number"),
    ("category", "Category"),
    ("boolean", "Yes or no"),
    ("text", "Text"),
    ("date", "Date"),
)
_KIND_WORDS = {value: words.lower() for value, words in _KINDS}

# Format -> its fields. "part" fields choose a table of the file: what was guessed of another does not hold for it.
_FIELDS: dict[FormatName, tuple[str, ...]] = {
    "text": ("separator", "other", "quote", "decimal", "thousands", "encoding", "header", "skip_lines",
             "missing", "date_format"),
    "html": ("object_name", "decimal", "thousands", "encoding", "header", "skip_lines", "missing", "date_format"),
    "excel": ("sheet", "header", "skip_lines", "decimal", "thousands", "missing", "date_format"),
    "spss": ("use_labels", "user_missing", "encoding"),
    "stata": ("use_labels", "encoding"),
    "sas": ("use_labels", "encoding"),
    "r": ("object_name", "user_missing"),
}  # fmt: skip
_PARTS = ("member", "sheet", "object_name")


class ImportForm(QWidget):
    """The fields, as many as the format has.

    Parameters
    ----------
    parent : QWidget, optional
    pasted : bool
        Pasted text has no encoding.

    Signals
    -------
    changed()
        The user changed how the file is read.
    part_changed()
        The user chose another table of the file.
    """

    changed = Signal()
    part_changed = Signal()

    def __init__(self, parent: QWidget | None = None, *, pasted: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("import_form")
        self._pasted = pasted
        self._base = ReadOptions()
        self._types: dict[str, str] = {}
        self.fields: dict[str, Field] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE + SPACE // 2)
        self._grid.setVerticalSpacing(SPACE + SPACE // 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        whole.setSpacing(DOUBLE)
        whole.addLayout(self._grid)
        self._make_part_fields()
        self._make_text_fields()
        self._make_flags()
        whole.addWidget(self._make_types())
        whole.addStretch(1)
        self._place()

    # --- building ---

    def _make_part_fields(self) -> None:
        self.member = self._choice("member", "File in the archive")
        self.sheet = self._choice("sheet", "Sheet")
        self.object_name = self._choice("object_name", "Data frame")
        for box in (self.member, self.sheet, self.object_name):
            box.chosen.connect(lambda _: self.part_changed.emit())

    def _make_text_fields(self) -> None:
        self.separator = self._choice("separator", "Cells are separated by", tuple(SEPARATORS.items()))
        self.separator.set_choices([(_ONE_COLUMN, "nothing: one column"), (_OTHER, "another character…")])
        self.other = self._line("other", "This character")
        self.other.setMaxLength(1)
        self.decimal = self._choice("decimal", "Decimal mark", ((".", "point (2.5)"), (",", "comma (2,5)")))
        self.thousands = self._choice(
            "thousands",
            "Thousands mark",
            (("", "none (1234)"), (",", "comma (1,234)"), (".", "point (1.234)"), (" ", "blank (1 234)"),
             ("'", "apostrophe (1'234)"), ("\u00a0", "fixed blank (1 234)"), ("’", "apostrophe (1’234)")),
        )  # fmt: skip
        self.quote = self._choice(
            "quote", "Quotes around cells", (('"', 'double: "…"'), ("'", "single: '…'"), ("", "none"))
        )
        self.encoding = self._choice("encoding", "Encoding of the letters")
        self.skip_lines = QSpinBox(self)
        self.skip_lines.setRange(0, 1_000_000)
        pad_spin_box(self.skip_lines)
        self.skip_lines.valueChanged.connect(self._changed)
        self._add("skip_lines", "Rows above the table", self.skip_lines)
        self.missing = self._line("missing", "Missing cells")
        self.fields["missing"].set_help(
            "Codes with commas, or semicolons, between them; empty cells are always missing."
        )
        self.date_format = self._choice(
            "date_format", "Dates besides 2024-05-31", tuple(DATE_FORMATS.items())
        )

    def _make_flags(self) -> None:
        self.header = self._flag("header", "The first row holds the names")
        self.use_labels = self._flag("use_labels", "Value labels become categories")
        self.fields["use_labels"].set_help(
            "Else the cells keep the codes, and the labels are shown for them."
        )
        self.user_missing = self._flag("user_missing", "Codes declared as missing are missing")

    def _make_types(self) -> QWidget:
        group = QWidget(self)
        column = QVBoxLayout(group)
        no_margins(column, SPACE)
        column.addWidget(make_heading("Type of a column", 3, self))
        self.column_box = ChoiceBox(self)
        self.column_box.setObjectName("import_column")
        self.column_box.setAccessibleName("Column")
        self.type_box = ChoiceBox(self)
        self.type_box.setObjectName("import_type")
        self.type_box.setAccessibleName("Type of the column")
        self.type_box.set_choices(_KINDS)
        row = QGridLayout()
        row.setHorizontalSpacing(SPACE)
        row.addWidget(self.column_box, 0, 0)
        row.addWidget(self.type_box, 0, 1)
        row.setColumnStretch(0, 1)
        row.setColumnStretch(1, 1)
        column.addLayout(row)
        self.types_label = make_muted("", self)
        self.types_label.setObjectName("import_types")
        column.addWidget(self.types_label)
        self.column_box.chosen.connect(self.show_column)
        self.type_box.chosen.connect(self._type_chosen)
        return group

    def _choice(self, name: str, label: str, choices: Sequence[tuple[str, str]] = ()) -> ChoiceBox:
        box = ChoiceBox(self)
        box.set_choices(choices)
        box.chosen.connect(self._changed)
        self._add(name, label, box)
        return box

    def _line(self, name: str, label: str) -> QLineEdit:
        line = QLineEdit(self)
        line.textEdited.connect(self._changed)
        self._add(name, label, line)
        return line

    def _flag(self, name: str, label: str) -> QCheckBox:
        box = QCheckBox(label, self)
        box.setAccessibleName(label)
        box.clicked.connect(self._changed)
        self._add(name, "", box)
        return box

    def _add(self, name: str, label: str, control: QWidget) -> None:
        control.setObjectName(f"import_{name}")
        self.fields[name] = Field(f"import_{name}", label, control, parent=self)

    def _place(self) -> None:
        """Put the fields of the format into the grid, two short ones beside each other."""
        wide = {"encoding", "missing", "date_format", "header", "use_labels", "user_missing", *_PARTS}
        shown = [name for name in ("member", *_FIELDS[self._base.format]) if self._is_shown(name)]
        for field in self.fields.values():
            self._grid.removeWidget(field)
            field.setVisible(field.name.removeprefix("import_") in shown)
        row, column, before = 0, 0, None
        for name in shown:
            field = self.fields[name]
            if name in wide:
                row += column
                self._grid.addWidget(field, row, 0, 1, 2)
                row, column = row + 1, 0
            else:
                self._grid.addWidget(field, row, column)
                row, column = (row + 1, 0) if column else (row, 1)
            if before is not None:
                QWidget.setTabOrder(before, field.control)
            before = field.control
        if before is not None:
            QWidget.setTabOrder(before, self.column_box)
            QWidget.setTabOrder(self.column_box, self.type_box)

    def _is_shown(self, name: str) -> bool:
        if name in _PARTS:
            return getattr(self, name).count() > 1
        if name == "encoding":
            return not self._pasted
        return name != "other" or self.separator.value() == _OTHER

    # --- what the dialog calls ---

    def set_options(self, options: ReadOptions, choices: FileChoices) -> None:
        """Show how a file is read; nothing is told."""
        self._base = options
        self._types = dict.fromkeys(options.as_text, "text") | dict(options.types)
        self._offer(self.member, [(one, one) for one in choices.members], options.member)
        self._offer(self.sheet, [(one, one) for one in choices.sheets], options.sheet)
        html = options.format == "html"
        objects = [(one, f"Table {one}" if html else one) for one in choices.objects]
        self._offer(self.object_name, objects, options.object_name or (objects[0][0] if objects else ""))
        self.fields["object_name"].label.setText("Table" if html else "Data frame")
        own = [("", "as the file says")] if options.format in ("spss", "stata", "sas") else []
        self._offer(self.encoding, [*own, *_ENCODINGS], options.encoding)
        known = options.separator in (*SEPARATORS, _ONE_COLUMN)
        self.separator.set_value(options.separator if known else _OTHER)
        self.other.setText("" if known else options.separator)
        self.decimal.set_value(options.decimal)
        self.thousands.set_value(options.thousands)
        self.quote.set_value(options.quote)
        with QSignalBlocker(self.skip_lines):
            self.skip_lines.setValue(options.skip_lines)
        codes = [code for code in options.missing if code]
        self.missing.setText(("; " if any("," in code for code in codes) else ", ").join(codes))
        self.date_format.set_value(options.date_format)
        for name in ("header", "use_labels", "user_missing"):
            getattr(self, name).setChecked(getattr(options, name))
        self.fields["skip_lines"].label.setText(
            "Lines above the table" if options.format == "text" else "Rows above the table"
        )
        self._show_types()
        self._place()

    def options(self) -> ReadOptions:
        """Return what the form says.

        Raises
        ------
        FieldProblem
            While a field is empty or wrong.
        """
        separator = self.separator.value()
        if separator == _OTHER:
            separator = self.other.text()
            if not separator and self._base.format == "text":
                raise FieldProblem("other", "Type the character between the cells.", missing=True)
        typed = self.missing.text()
        between = ";" if ";" in typed else ","  # a code may have a comma itself
        codes = tuple(code.strip() for code in typed.split(between) if code.strip())
        thousands = self.thousands.value()
        if thousands and thousands == self.decimal.value():
            raise FieldProblem("thousands", "This is the decimal mark.", "Choose another thousands mark.")
        wanted: dict[str, Any] = {
            "separator": separator,
            "decimal": self.decimal.value(),
            "thousands": thousands,
            "quote": self.quote.value(),
            "encoding": self.encoding.value(),
            "skip_lines": self.skip_lines.value(),
            "missing": ("", *dict.fromkeys(codes)),
            "date_format": self.date_format.value(),
            "header": self.header.isChecked(),
            "use_labels": self.use_labels.isChecked(),
            "user_missing": self.user_missing.isChecked(),
        }
        shown = _FIELDS[self._base.format]
        changes = {name: value for name, value in wanted.items() if name in shown}
        types = tuple((column, kind) for column, kind in self._types.items() if kind)
        return replace(self._base, **changes, **self._parts(), as_text=(), types=types)

    def part(self) -> ReadOptions:
        """Return options of which only the chosen table of the file counts."""
        return replace(self._base, **self._parts())

    def show_head(self, head: Dataset) -> None:
        """Offer the columns that there are."""
        names = list(head.names)
        before = self.column_box.currentText()
        with QSignalBlocker(self.column_box):
            self.column_box.clear()
            self.column_box.addItems(names)
            self.column_box.setCurrentText(before if before in names else "")
        self.show_column(self.column_box.currentText())
        self._show_types()

    @Slot(str)
    def show_column(self, name: str) -> None:
        """Go to a column's type."""
        if self.column_box.findText(name) >= 0:
            self.column_box.setCurrentText(name)
            self.type_box.set_value(self._types.get(name, ""))

    def clear_errors(self) -> None:
        """Forget what was wrong."""
        for field in self.fields.values():
            field.set_error("")

    @Slot(str, object)
    def fill_type_menu(self, name: str, menu: QMenu) -> None:
        """Offer the types in the menu of a column of the preview."""
        if not menu.isEmpty():
            menu.addSeparator()
        types = menu.addMenu(f"Type of {name}") if not menu.isEmpty() else menu
        now = self._types.get(name, "")
        for kind, words in _KINDS:
            action = types.addAction(words)
            action.setObjectName(f"import_type_{kind or 'found'}")
            action.setCheckable(True)
            action.setChecked(kind == now)
            action.triggered.connect(lambda on=False, kind=kind: self.choose_type(name, kind))

    def choose_type(self, name: str, kind: str) -> None:
        """Choose a column's type; "" lets it be found out."""
        self._types[name] = kind
        self.show_column(name)
        self._show_types()
        self.changed.emit()

    # --- how it works ---

    def _parts(self) -> dict[str, Any]:
        return {name: getattr(self, name).value() for name in _PARTS if getattr(self, name).count() > 1}

    def _offer(self, box: ChoiceBox, choices: Sequence[tuple[str, str]], value: str) -> None:
        with QSignalBlocker(box):
            box.clear()
            box.set_choices(choices)
            if value not in dict(choices) and choices and value:
                box.addItem(value, value)
            box.set_value(value)

    def _changed(self, *ignored: object) -> None:
        self._place()
        self.changed.emit()

    @Slot(str)
    def _type_chosen(self, words: str) -> None:
        column = self.column_box.currentText()
        if column:
            self.choose_type(column, self.type_box.value())

    def _show_types(self) -> None:
        chosen = [
            f"{column} as {_KIND_WORDS.get(kind, kind)}" for column, kind in self._types.items() if kind
        ]
        self.types_label.setText(
            f"Chosen: {', '.join(chosen)}."
            if chosen
            else "Types are found out from the cells. To choose one, click a column of the table, or right-click "
            "its heading."
        )
