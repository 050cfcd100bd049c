"""Chips: the small named pieces of a formula that are picked, removed and dropped on, and how they flow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from mixgui.gui.elided_label import elided_term
from mixgui.gui.formula_edit import MIME_VARIABLE
from mixgui.gui.theme import HALF, icon, set_kind


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
        self._shown = text
        self.setObjectName(f"chip_{text}")
        set_kind(self, "chip")
        self._label = QToolButton(self)
        self._label.setObjectName("chip_label")
        self._label.setText(text.replace("&", "&&"))
        self._label.setAccessibleName(text)
        self._label.setCheckable(pickable)
        self._label.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._label.setMinimumWidth(20)
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

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size that the whole text needs."""
        metrics = self._label.fontMetrics()
        cut = metrics.horizontalAdvance(self.text) - metrics.horizontalAdvance(self._shown)
        return super().sizeHint() + QSize(max(cut, 0), 0)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Let a long text be cut."""
        return QSize(min(super().minimumSizeHint().width(), 80), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Cut a text that is too long in its middle."""
        super().resizeEvent(event)
        metrics = self._label.fontMetrics()
        missing = self.sizeHint().width() - self.width()
        room = metrics.horizontalAdvance(self.text) - max(missing, 0)
        shown = elided_term(self.text, metrics, room) if missing > 0 else self.text
        if shown != self._shown:
            self._shown = shown
            self._label.setText(shown.replace("&", "&&"))

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


class FlowArea(DropArea):
    """Shows widgets side by side and goes on in a new line where the width ends, as words in a text.

    No `QLayout`: a layout written in Python shares the ownership of its items with Qt, and both may delete them.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widgets: tuple[QWidget, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Show these widgets, in this order; those that were shown before are the caller's to remove."""
        self._widgets = tuple(widgets)
        for widget in self._widgets:
            widget.setParent(self)
            widget.show()
        self._arrange(self.width(), move=True)
        self.updateGeometry()

    def widgets(self) -> tuple[QWidget, ...]:
        """Return what is shown, in order."""
        return self._widgets

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Say that the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Return the height of all lines at this width."""
        return self._arrange(width, move=False)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size at the present width."""
        width = max(self.width(), self.minimumSizeHint().width())
        return QSize(width, self._arrange(width, move=False))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the largest widget."""
        size = QSize(40, 20)
        for widget in self._widgets:
            size = size.expandedTo(widget.minimumSizeHint())
        return QSize(size.width() + 2 * HALF, self._arrange(max(self.width(), 80), move=False))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Break the lines anew."""
        super().resizeEvent(event)
        self._arrange(self.width(), move=True)

    def _arrange(self, width: int, *, move: bool) -> int:
        """Place the widgets, or only find out the height that they need."""
        x, y, line = HALF, HALF, 0
        for widget in self._widgets:
            size = widget.sizeHint()
            across = min(size.width(), max(width - 2 * HALF, 40))
            if x + across > width - HALF and line > 0:
                x, y, line = HALF, y + line + HALF, 0
            if move:
                widget.setGeometry(x, y, across, size.height())
            x += across + HALF
            line = max(line, size.height())
        return y + line + HALF
