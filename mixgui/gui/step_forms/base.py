"""What all forms of steps share: labelled fields with help and error, tables offered, a step that comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from mixgui.errors import MixguiError
from mixgui.gui.step_forms.controls import TableBox, order_tabs
from mixgui.gui.theme import DOUBLE, HALF, make_muted, no_margins, set_kind
from mixgui.observer import Observer
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset


class FieldProblem(Exception):  # noqa: N818 - an empty field is no error
    """A field that keeps the form from being a step.

    Parameters
    ----------
    field : str
        Name of the field.
    message, hint : str
        What is wrong and what to do.
    missing : bool
        Whether the field only waits to be filled: this is said where the preview will be, not in red.
    """

    def __init__(self, field: str, message: str, hint: str = "", *, missing: bool = False) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.hint = hint
        self.missing = missing


class Field(QWidget):
    """A control with its label above and, below, one line of help and what is wrong with it."""

    def __init__(
        self, name: str, label: str, control: QWidget, help_text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"field_{name}")
        self.name = name
        self.control = control
        if not control.objectName():
            control.setObjectName(f"step_{name}")
        plain = label.replace("&", "")
        if not control.accessibleName():
            control.setAccessibleName(plain)
        control.setAccessibleDescription(help_text)
        control.setWhatsThis(help_text or plain)
        self.label = QLabel(label, self)
        set_kind(self.label, "strong")
        self.label.setBuddy(control.focusProxy() or control)
        self.label.setVisible(bool(label))
        self.help = make_muted(help_text, self)
        self.help.setObjectName(f"help_{name}")
        self.help.setVisible(bool(help_text))
        self.error = QLabel(self)
        self.error.setObjectName(f"error_{name}")
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        set_kind(self.error, "error")
        self.error.hide()
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addWidget(self.label)
        column.addWidget(control)
        column.addWidget(self.error)
        column.addWidget(self.help)

    def set_help(self, text: str) -> None:
        """Say something else below the control."""
        self.help.setText(text)
        self.help.setVisible(bool(text))
        self.control.setAccessibleDescription(text)
        self.control.setWhatsThis(text or self.label.text().replace("&", ""))

    def is_named_in(self, message: str) -> bool:
        """Whether a message quotes what this field says."""
        text = ""
        if isinstance(self.control, QLineEdit):
            text = self.control.text()
        elif isinstance(self.control, QComboBox):
            text = self.control.currentText()
        return bool(text.strip()) and f"“{text.strip()}”" in message

    def set_error(self, text: str) -> None:
        """Say what is wrong, or with an empty text that nothing is."""
        self.error.setText(text)
        self.error.setVisible(bool(text))
        if isinstance(self.control, QLineEdit):
            set_kind(self.control, "invalid" if text else "")


class StepForm(QWidget):
    """The choices of one step.

    A child says in `build` which fields it has, in `offer` what they offer for the tables, in `make` which
    step they say and in `fill` how a step is shown. It tells every change by `changed`.

    Signals
    -------
    changed()
        The user, or an answer of the worker, changed what the form says.
    submitted()
        Enter was pressed in a field that takes it for itself.
    """

    changed = Signal()
    submitted = Signal()

    #: Name of the field at which errors are told that no other field is the cause of.
    main_field: ClassVar[str] = ""
    #: What the first field is called; "" for forms that choose their tables themselves.
    table_label: ClassVar[str] = "&Table"
    #: Pixels that the form would like to be wide.
    width_wanted: ClassVar[int] = 400

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("step_form")
        self._worker = worker
        self.tables: Mapping[str, Dataset] = {}
        self.fields: dict[str, Field] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        self.column.setSpacing(DOUBLE)
        self.table_box = TableBox(self)
        if self.table_label:
            self.add("table", self.table_label, self.table_box)
            self.table_box.chosen.connect(self._table_chosen)
        else:
            self.table_box.hide()
        self.build()
        self.column.addStretch(1)
        order_tabs(self)

    # --- what a child says ---

    def build(self) -> None:
        """Make the fields."""
        raise NotImplementedError

    def offer(self) -> None:
        """Follow `self.dataset` and `self.tables`: the columns are others."""
        raise NotImplementedError

    def make(self) -> Any:
        """Return the step.

        Raises
        ------
        FieldProblem
            While a field is empty or wrong.
        """
        raise NotImplementedError

    def fill(self, step: Any) -> None:
        """Show a step; its tables were offered before."""
        raise NotImplementedError

    def choose(self, column: str) -> None:
        """Take the column that the user was at for a start."""

    def start(self) -> QWidget | None:
        """Return the control that the keyboard begins at; None for the first one after the table."""
        return None

    # --- what the dialog calls ---

    @property
    def table(self) -> str:
        """Name of the table that is changed."""
        return self.table_box.currentText()

    @property
    def dataset(self) -> Dataset | None:
        """The table that is changed; None while there is none."""
        return self.tables.get(self.table)

    def set_tables(self, tables: Mapping[str, Dataset], table: str = "") -> None:
        """Offer tables; `table` is chosen, or the one that was, or the last one."""
        before = self.dataset
        wanted = table or self.table
        self.tables = tables
        self.table_box.set_names(list(tables), wanted)
        if self.dataset is not before or not self.table_label:
            self.offer()

    def load(self, step: Any) -> None:
        """Show a step that is edited."""
        table = getattr(step, "table", "")
        if table:
            if table not in self.tables:
                raise FieldProblem("table", f"The table “{table}” is not there any more.")
            self.set_tables(self.tables, table)
        self.fill(step)
        self.changed.emit()

    def clear_errors(self) -> None:
        """Forget what was wrong."""
        for field in self.fields.values():
            field.set_error("")

    def show_error(self, error: MixguiError) -> bool:
        """Tell an error of the step at the field that it belongs to; False if there is none."""
        field = self.fields.get(self.field_of(error))
        if field is None:
            return False
        field.set_error(f"{error.message} {error.hint}".strip())
        return True

    def field_of(self, error: MixguiError) -> str:
        """Return the name of the field that an error is about."""
        named = [
            name
            for name, field in self.fields.items()
            if name != "table" and field.is_named_in(error.message)
        ]
        return named[-1] if named else self.main_field

    # --- for children ---

    def add(self, name: str, label: str, control: QWidget, help_text: str = "") -> Field:
        """Add a field at the end."""
        field = Field(name, label, control, help_text, self)
        self.fields[name] = field
        self.column.addWidget(field)
        return field

    def ask(self, name: str, job: Callable[[Observer], Any], then: Callable[[Any], object]) -> None:
        """Let the worker answer a question about the data; the latest question of a name wins."""
        self._worker.run(
            job,
            lane="data",
            key=f"step_form_{name}",
            description="Looking at the data",
            owner=self,
            on_done=then,
            on_failed=lambda error: None,  # the preview tells the same refusal
        )

    def emit_changed(self, *ignored: object) -> None:
        """Tell that the form says something else."""
        self.changed.emit()

    def _table_chosen(self, name: str) -> None:
        self.offer()
        self.changed.emit()


def need(condition: object, field: str, message: str) -> None:
    """Say that a field waits to be filled unless the condition holds."""
    if not condition:
        raise FieldProblem(field, message, missing=True)


def free_table_name(wanted: str, tables: Mapping[str, Any]) -> str:
    """Return a name for a new table."""
    from mixgui.project.project import free_name

    return free_name(wanted, set(tables))
