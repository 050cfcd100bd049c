"""The field for an expression, with completion, and a list of the functions that explains each in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mixgui.data.tokens import spell_name
from mixgui.errors import FormulaError
from mixgui.gui.formula_edit import FormulaEdit
from mixgui.gui.step_forms.controls import SearchEdit, link_button
from mixgui.gui.theme import HALF, SPACE, icon, no_margins, set_kind

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.expressions import Expression

_NAME = Qt.ItemDataRole.UserRole + 1
_LIST_HEIGHT = 168


class ExpressionEdit(FormulaEdit):
    """One line for an expression such as `log(grade + 1)`; what is wrong is underlined while it is typed.

    Signals
    -------
    text_changed()
        The text is another one, right or wrong.
    """

    text_changed = Signal()

    def __init__(self, name: str, example: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"step_{name}")
        self.document().setDocumentMargin(1)
        self.setAccessibleName("Expression")
        self.setPlaceholderText(example)

    def text(self) -> str:
        """Return what is typed."""
        return self.toPlainText().strip()

    def set_text(self, text: str) -> None:
        """Show an expression."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def insert(self, name: str, *, function: bool) -> None:
        """Write a name, or a function around what is chosen, at the cursor."""
        cursor = self.textCursor()
        if function:
            inside = cursor.selectedText()
            cursor.insertText(f"{name}({inside})")
            if not inside:
                cursor.movePosition(QTextCursor.MoveOperation.Left)
        else:
            cursor.insertText(spell_name(name))
        self.setTextCursor(cursor)
        self.setFocus()

    def mark(self, error: FormulaError | None) -> None:
        """Underline what the evaluation, that came later than the typing, complains of."""
        spans = () if error is None or error.span == (0, 0) else (error.span,)
        if error is None and self.error() is not None:
            return  # the mistakes of the text itself stay marked
        offset = len(self.toPlainText()) - len(self.toPlainText().lstrip())
        self._show_spans(tuple((start + offset, end + offset) for start, end in spans))

    def function_names(self) -> tuple[str, ...]:
        """Return every function that can be called."""
        from mixgui.data.expressions import FUNCTIONS

        return tuple(FUNCTIONS)

    def understand(self, text: str) -> tuple[None, tuple[FormulaError, ...]]:
        """Return what is wrong with the text."""
        if not text.strip():
            return None, ()
        from mixgui.data.expressions import parse_expression

        try:
            expression = parse_expression(text)
        except FormulaError as problem:
            return None, (problem,)
        return None, tuple(_unknown(expression, self.columns()))

    @Slot()
    def _on_text_changed(self) -> None:
        """Tell the new text after it was read, so that whoever hears of it finds the error of this text."""
        before = self._text
        super()._on_text_changed()
        if self._text != before:
            self.text_changed.emit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the height of one line, as of the other fields of a form."""
        return QSize(260, super().sizeHint().height() - 6)


def _unknown(expression: Expression, columns: Sequence[str]) -> list[FormulaError]:
    """Return an error for each name that is no column, with its characters."""
    if not columns:
        return []
    from mixgui.data.expressions import Name, unknown_column

    known = set(columns)
    names = (node for node in expression.walk() if isinstance(node, Name))
    return [unknown_column(node.name, columns, node.span) for node in names if node.name not in known]


class _Functions(QListWidget):
    """A list in which Enter writes a function and does not press the dialog's button."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class FunctionList(QFrame):
    """All functions with a line of help each; hidden until it is asked for.

    Signals
    -------
    picked(str)
        Name of a function that was double-clicked, or on which Enter was pressed.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("step_functions")
        self.toggle = link_button("Functions", "step_functions_show", self, "caret_right")
        self.toggle.setCheckable(True)
        self.toggle.setToolTip("Show what can be calculated, with a line of help each.")
        self.search = SearchEdit("step_functions_search", "Find a function", self)
        self.list = _Functions(self)
        self.list.setObjectName("step_functions_list")
        self.list.setAccessibleName("Functions")
        self.list.setProperty("kind", "framed")
        self.list.setFixedHeight(_LIST_HEIGHT)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.hint = QLabel("Double-click or Enter writes it.", self)
        set_kind(self.hint, "muted")
        head = QHBoxLayout()
        no_margins(head, SPACE)
        head.addWidget(self.toggle)
        head.addStretch(1)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addLayout(head)
        for one in (self.search, self.list, self.hint):
            column.addWidget(one)
            one.hide()
        self.toggle.toggled.connect(self._show)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._go_to_list)
        self.list.itemActivated.connect(self._pick)

    @Slot(bool)
    def _show(self, on: bool) -> None:
        if on and not self.list.count():
            self._fill()
        self.toggle.setIcon(icon("caret_down" if on else "caret_right", "accent"))
        for one in (self.search, self.list, self.hint):
            one.setVisible(on)
        if on:
            self.search.setFocus()

    def _fill(self) -> None:
        from mixgui.data.expressions import FUNCTIONS

        for name, function in FUNCTIONS.items():
            words = "…" if function.many else ", ".join(function.parameters)
            item = QListWidgetItem(f"{name}({words})   {function.help}")
            item.setData(_NAME, name)
            item.setToolTip(f"{name}({words})\n{function.help}")
            self.list.addItem(item)

    @Slot(str)
    def _search(self, text: str) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(text.strip().lower() not in item.text().lower())

    @Slot()
    def _go_to_list(self) -> None:
        """Choose the first function that was found."""
        items = [self.list.item(row) for row in range(self.list.count())]
        found = next((item for item in items if not item.isHidden()), None)
        if found is not None:
            self.list.setCurrentItem(found)
            self.list.setFocus()

    @Slot(QListWidgetItem)
    def _pick(self, item: QListWidgetItem) -> None:
        self.picked.emit(str(item.data(_NAME)))
