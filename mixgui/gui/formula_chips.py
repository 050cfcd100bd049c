"""Chips: the small named pieces of a formula that are picked, removed and dropped on, and how they flow."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QLayoutItem, QSizePolicy, QToolButton, QWidget

from mixgui.gui.formula_edit import MIME_VARIABLE
from mixgui.gui.theme import HALF, icon, set_kind


class FlowLayout(QLayout):
    """Puts widgets side by side and goes on in a new line where the width ends, as words in a text."""

    def __init__(self, parent: QWidget | None = None, spacing: int = HALF) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 - Qt's name
        """Add an item at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """Return an item, or None beyond the end."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """Remove an item and return it."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's name
        """Take no more room than is needed."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Say that the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height of all lines at this width."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's name
        """Place the items."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the smallest size: the lines find their own width."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the widest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            size = item.sizeHint()
            size.setWidth(min(size.width(), max(rect.width(), item.minimumSize().width())))
            if x + size.width() > rect.right() + 1 and line > 0:
                x, y, line = rect.x(), y + line + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self.spacing()
            line = max(line, size.height())
        return y + line - rect.y()


class Chip(QFrame):
    """A term with a button that removes it.

    Signals
    -------
    removed(str), picked(str, bool)
        The text of the chip; whether it is picked now.
    """

    removed = Signal(str)
    picked = Signal(str, bool)

    def __init__(self, text: str, *, pickable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = text
        self.setObjectName(f"chip_{text}")
        set_kind(self, "chip")
        self._label = QToolButton(self)
        self._label.setObjectName("chip_label")
        self._label.setText(text.replace("&", "&&"))
        self._label.setAccessibleName(text)
        self._label.setCheckable(pickable)
        self._label.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._label.setToolTip(
            f"{text}\nPick two or more terms to add their interaction" if pickable else text
        )
        self._label.toggled.connect(lambda on: self.picked.emit(self.text, on))
        remove = QToolButton(self)
        remove.setObjectName("chip_remove")
        remove.setIcon(icon("remove", "muted"))
        remove.setIconSize(QSize(12, 12))
        remove.setToolTip(f"Remove {text}")
        remove.setAccessibleName(f"Remove {text}")
        remove.clicked.connect(lambda: self.removed.emit(self.text))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._label)
        row.addWidget(remove)

    def is_picked(self) -> bool:
        """Whether the user picked it for an interaction."""
        return self._label.isChecked()

    def set_picked(self, on: bool) -> None:
        """Pick it, or not."""
        self._label.setChecked(on)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Let Delete remove the term."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.text)
        else:
            super().keyPressEvent(event)


class DropArea(QFrame):
    """A place where variables can be dropped.

    Signals
    -------
    dropped(str)
        The name of the variable.
    """

    dropped = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        set_kind(self, "well")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Accept variables and say so by the edge."""
        if event.mimeData().hasFormat(MIME_VARIABLE):
            event.acceptProposedAction()
            self._lit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """Forget the edge."""
        self._lit(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Tell which variables were dropped."""
        self._lit(False)
        event.acceptProposedAction()
        for name in bytes(event.mimeData().data(MIME_VARIABLE).data()).decode("utf-8").split("\n"):
            self.dropped.emit(name)

    def _lit(self, on: bool) -> None:
        self.setProperty("over", on)
        self.style().unpolish(self)
        self.style().polish(self)
