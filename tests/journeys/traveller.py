"""A user: finds widgets by name, uses mouse and keyboard, reads what stands on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QTableView, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from mixgui.gui.session import Session

PATIENCE = 20_000  # milliseconds: a busy machine is no defect
NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


class Traveller:
    """Drives one session."""

    def __init__(self, qtbot: QtBot, session: Session) -> None:
        self.qtbot = qtbot
        self.session = session
        self.window = session.window
        self.crashes: list[str] = []
        self.refusals: list[str] = []
        session.worker.crashed.connect(self.crashes.append)
        session.document.failed.connect(lambda error: self.refusals.append(str(error)))

    def find(self, name: str) -> QWidget:
        """A visible widget by its name, in the window or in a dialog."""
        places = [self.window, *(w for w in QApplication.topLevelWidgets() if w is not self.window)]
        found = [w for place in places for w in place.findChildren(QWidget, name)]
        visible = [w for w in found if w.isVisible()]
        assert visible, f"nothing visible is named {name!r} ({len(found)} hidden)"
        return visible[0]

    def sees(self, name: str) -> bool:
        """Whether a widget of this name is visible."""
        places = [self.window, *(w for w in QApplication.topLevelWidgets() if w is not self.window)]
        return any(w.isVisible() for place in places for w in place.findChildren(QWidget, name))

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE)

    def rest(self) -> None:
        """Wait until nothing is running."""
        self.qtbot.wait(250)  # drawing begins a moment after the last change of size
        self.wait(lambda: not self.session.worker.busy)
        self.qtbot.wait(20)

    def click(self, name: str) -> None:
        widget = self.find(name)
        assert widget.isEnabled(), f"{name} is disabled"
        self.qtbot.mouseClick(widget, LEFT)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, name: str = "") -> None:
        if not name:  # there is no window manager here that would give the window the focus back
            self.window.activateWindow()
            self.wait(self.window.isActiveWindow)
        self.qtbot.keyClick(self.find(name) if name else self.window, key, modifiers)

    def type(self, name: str, text: str) -> None:
        """Click into a field, select all and type."""
        widget = self.find(name)
        target = widget.viewport() if hasattr(widget, "viewport") else widget
        self.qtbot.mouseClick(target, LEFT)
        self.qtbot.keyClick(widget, Qt.Key.Key_A, CONTROL)
        self.qtbot.keyClick(widget, Qt.Key.Key_Delete)
        self.qtbot.keyClicks(widget, text)

    def drop(self, *paths: Path) -> None:
        """Drag files onto the window."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
        at = QPointF(self.window.rect().center())
        action = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(at.toPoint(), action, data, LEFT, NONE)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(self.window, QDropEvent(at, action, data, LEFT, NONE))

    def text(self, name: str) -> str:
        widget = self.find(name)
        assert isinstance(widget, QLabel) or hasattr(widget, "text")
        return widget.text() if isinstance(widget, QLabel) else str(widget.text())  # type: ignore[attr-defined]

    def tab(self, name: str, title: str) -> None:
        """Click the tab with this title."""
        tabs = self.find(name)
        assert isinstance(tabs, QTabWidget)
        titles = [tabs.tabText(i).replace("&", "") for i in range(tabs.count())]
        index = titles.index(title)
        assert tabs.isTabVisible(index), f"{title} is not offered"
        self.qtbot.mouseClick(tabs.tabBar(), LEFT, pos=tabs.tabBar().tabRect(index).center())
        assert tabs.currentIndex() == index

    def choose(self, name: str, text: str) -> None:
        """Choose an entry of a list box with the keyboard."""
        box = self.find(name)
        assert isinstance(box, QComboBox)
        index = box.findText(text)
        assert index >= 0, f"{text!r} is not offered: {[box.itemText(i) for i in range(min(box.count(), 9))]}"
        box.setFocus()
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def table(self, name: str) -> list[dict[str, str]]:
        """The texts of a table on the screen, a dictionary a row."""
        view = self.find(name)
        assert isinstance(view, QTableView)
        model = view.model()
        heads = [
            str(model.headerData(c, Qt.Orientation.Horizontal) or "") for c in range(model.columnCount())
        ]
        return [
            {head: str(model.index(r, c).data() or "").strip() for c, head in enumerate(heads)}
            for r in range(model.rowCount())
        ]

    def row(self, name: str, value: str) -> dict[str, str]:
        """The row of a table in which some cell is this text."""
        rows = [row for row in self.table(name) if value in row.values()]
        assert rows, f"no row of {name} has {value!r}"
        return rows[0]

    def click_row(self, name: str, value: str) -> None:
        """Click the first row in which some cell is this text."""
        view = self.find(name)
        assert isinstance(view, QTableView)
        index = next(i for i, row in enumerate(self.table(name)) if value in row.values())
        cell = view.model().index(index, 0)
        view.scrollTo(cell)
        place: QPoint = view.visualRect(cell).center()
        self.qtbot.mouseClick(view.viewport(), LEFT, pos=place)

    def action(self, name: str) -> None:
        action = self.window.findChild(QAction, name)
        assert action is not None, name
        assert action.isEnabled(), f"{name} is not enabled"
        action.trigger()

    def fit(self, formula: str) -> None:
        """Type a formula and press Ctrl+Enter."""
        self.type("formula_edit", formula)
        self.key(Qt.Key.Key_Return, CONTROL, "formula_edit")
        self.rest()
