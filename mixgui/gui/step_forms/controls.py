"""Controls of the forms of steps: tables, columns, names, alternatives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.theme import HALF, icon, make_muted, no_margins, set_kind
from mixgui.gui.variable_list import kind_icon

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Variable


class ChoiceBox(QComboBox):
    """A list to choose one thing of, never wider than its place.

    Signals
    -------
    chosen(str)
        The user chose this.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.activated.connect(lambda _: self.chosen.emit(self.currentText()))

    def set_choices(self, choices: Iterable[tuple[str, str]]) -> None:
        """Offer values with their words."""
        for value, words in choices:
            self.addItem(words, value)

    def value(self) -> Any:
        """Return the chosen value, one of those that were given."""
        return self.currentData()

    def set_value(self, value: str) -> None:
        """Choose a value."""
        self.setCurrentIndex(max(self.findData(value), 0))


class TableBox(ChoiceBox):
    """A list of the tables."""

    def set_names(self, names: Sequence[str], wanted: str = "") -> None:
        """Offer tables; the wanted one is chosen, or else the last."""
        self.clear()
        for name in names:
            self.addItem(icon("table"), name)
        if names:
            self.setCurrentIndex(names.index(wanted) if wanted in names else len(names) - 1)


class ColumnBox(QComboBox):
    """A column, chosen from the list or typed with completion.

    Signals
    -------
    chosen(str)
        The text is another one.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, optional: str = "") -> None:
        super().__init__(parent)
        self._optional = optional
        self._names: tuple[str, ...] = ()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        completer = QCompleter(self.model(), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self._line = QLineEdit(self)
        self.setLineEdit(self._line)
        self._line.setPlaceholderText(optional or "choose a column")
        self.setCompleter(completer)
        self.currentTextChanged.connect(self.chosen)

    def set_variables(self, variables: Sequence[Variable], *, numeric: bool = False) -> None:
        """Offer columns; what was chosen stays if it is still there."""
        before = self.currentText()
        offered = [one for one in variables if one.is_numeric or not numeric]
        self._names = tuple(one.name for one in offered)
        with QSignalBlocker(self):
            self.clear()
            for one in offered:
                self.addItem(icon(kind_icon(one.shown_kind)[0]), one.name)
            self.setCurrentIndex(-1)
            self.setEditText(before if before in self._names else "")

    def column(self) -> str:
        """Return what is chosen or typed."""
        return self.currentText().strip()

    def set_column(self, name: str) -> None:
        """Choose a column."""
        at = self.findText(name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchCaseSensitive)
        self.setCurrentIndex(at)
        if at < 0:
            self.setEditText(name)
        self._line.setCursorPosition(0)

    @property
    def known(self) -> bool:
        """Whether a column is chosen that is there."""
        return self.column() in self._names

    @property
    def names(self) -> tuple[str, ...]:
        """The columns offered."""
        return self._names


class NameEdit(QLineEdit):
    """A name for something new, proposed until the user types another.

    Signals
    -------
    changed()
        The name is another one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.typed = False
        self.textEdited.connect(self._edited)
        self.textChanged.connect(lambda _: self.changed.emit())

    def propose(self, name: str) -> None:
        """Propose a name; what the user typed stays."""
        if not self.typed and name != self.text():
            self.setText(name)
            self.setCursorPosition(0)

    def set_name(self, name: str) -> None:
        """Show a name that was chosen before."""
        self.typed = True
        self.setText(name)
        self.setCursorPosition(0)

    def name(self) -> str:
        """Return the name."""
        return self.text().strip()

    def _edited(self, text: str) -> None:
        self.typed = bool(text.strip())


class SearchEdit(QLineEdit):
    """A field that finds something in a list; Enter goes on in the list and does not press the dialog's button."""

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Keep Enter here."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class Alternatives(QWidget):
    """Radio buttons below each other, each with a line that says what it does.

    Signals
    -------
    chosen(str)
        The value that the user chose.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"step_{name}")
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        for value, title, words in choices:
            radio = QRadioButton(title, self)
            radio.setObjectName(f"step_{name}_{value}")
            radio.setProperty("value", value)
            radio.setAccessibleDescription(words)
            radio.setToolTip(words)
            self._group.addButton(radio)
            column.addWidget(radio)
            if words:
                line = make_muted(words, self)
                line.setContentsMargins(28, 0, 0, HALF)
                column.addWidget(line)
        self._group.buttons()[0].setChecked(True)
        self.setFocusProxy(self._group.buttons()[0])
        self._group.buttonClicked.connect(lambda button: self.chosen.emit(str(button.property("value"))))

    def value(self) -> Any:
        """Return the chosen value, one of those that were given."""
        button = self._group.checkedButton() or self._group.buttons()[0]
        return button.property("value")

    def set_value(self, value: str) -> None:
        """Choose a value."""
        for button in self._group.buttons():
            if button.property("value") == value:
                button.setChecked(True)


def link_button(text: str, name: str, parent: QWidget, picture: str = "") -> QPushButton:
    """Return a button that looks like a link."""
    button = QPushButton(text, parent)
    if picture:
        button.setIcon(icon(picture, "accent"))
    button.setObjectName(name)
    button.setAutoDefault(False)
    set_kind(button, "link")
    return button


class Fold(QWidget):
    """Something that few need, behind a link that opens it.

    Signals
    -------
    toggled(bool)
        It was opened or closed.
    """

    toggled = Signal(bool)

    def __init__(self, words: str, name: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self.link = link_button(words, name, self, "caret_right")
        self.link.setCheckable(True)
        line = QHBoxLayout()
        no_margins(line, 0)
        line.addWidget(self.link)
        line.addStretch(1)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addLayout(line)
        column.addWidget(content)
        content.hide()
        self.setFocusProxy(self.link)
        self.link.toggled.connect(self._show)

    @property
    def open(self) -> bool:
        """Whether the content is seen, and thus holds."""
        return self.link.isChecked()

    def set_open(self, on: bool) -> None:
        """Open or close it."""
        self.link.setChecked(on)

    def _show(self, on: bool) -> None:
        self.link.setIcon(icon("caret_down" if on else "caret_right", "accent"))
        self._content.setVisible(on)
        self.toggled.emit(on)


def order_tabs(root: QWidget) -> None:
    """Let the keyboard go through the controls of a widget in the order of its layouts, which is that of reading."""
    found = list(_stops(root.layout()))
    for before, after in pairwise(found):
        QWidget.setTabOrder(before, after)


def _stops(layout: QLayout | None) -> Iterator[QWidget]:
    for at in range(0 if layout is None else layout.count()):
        item = layout.itemAt(at) if layout is not None else None
        widget = None if item is None else item.widget()
        if item is not None and item.layout() is not None:
            yield from _stops(item.layout())
        elif (
            widget is not None
            and widget.layout() is not None
            and widget.focusPolicy() == Qt.FocusPolicy.NoFocus
        ):
            yield from _stops(widget.layout())
        elif widget is not None and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget
