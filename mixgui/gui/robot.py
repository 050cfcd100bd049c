"""A user made of code: finds widgets by their names, clicks, types and waits, as a person would.

Used by the smoke test, which also runs in the frozen program: therefore nothing of QtTest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEventLoop, QMimeData, QObject, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

WAIT_SECONDS = 60.0

_Found = TypeVar("_Found", bound=QObject)


class RobotError(Exception):
    """Something that a user would look for is not there, cannot be used or does not come."""


class Robot:
    """Uses a window.

    Parameters
    ----------
    window : QWidget
        What it looks at; dialogs are found, too, whichever window they belong to.
    trouble : callable, optional
        Says what went wrong elsewhere, or nothing; then waiting is in vain.
    """

    def __init__(self, window: QWidget, trouble: Callable[[], str] = str) -> None:
        self.window = window
        self._trouble = trouble

    def find(self, kind: type[_Found], name: str, *, within: QWidget | None = None) -> _Found:
        """Return the widget or action with this object name; a visible one if there are several."""
        places = [within] if within is not None else self._places()
        found = [one for place in places for one in place.findChildren(kind, name)]
        found += [place for place in places if place.objectName() == name and isinstance(place, kind)]
        if not found:
            raise RobotError(f"there is no {kind.__name__} named {name!r}")
        return max(found, key=_is_visible)

    def _places(self) -> list[QWidget]:
        others = [one for one in QApplication.topLevelWidgets() if one is not self.window]
        return [self.window, *others]

    def click(self, name: str, *, within: QWidget | None = None) -> None:
        """Click a button that is visible and enabled."""
        button = self.find(QAbstractButton, name, within=within)
        self.require(button.isVisible() and button.isEnabled(), f"{name!r} cannot be clicked")
        button.click()
        self.breathe()

    def trigger(self, name: str, *, within: QWidget | None = None) -> None:
        """Trigger an action that is enabled."""
        action = self.find(QAction, name, within=within)
        self.require(action.isEnabled(), f"the action {name!r} is not enabled")
        action.trigger()
        self.breathe()

    def type(self, target: QWidget, text: str) -> None:
        """Type a text into a widget, letter by letter."""
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        for letter in text:
            self.press(target, Qt.Key.Key_unknown, letter)
        self.breathe()

    def press(
        self,
        target: QWidget,
        key: Qt.Key,
        text: str = "",
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """Press a key."""
        for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
            QApplication.sendEvent(target, QKeyEvent(kind, key, modifiers, text))

    def replace_text(self, target: QWidget, text: str) -> None:
        """Select all that stands in a field and type something else."""
        self.press(target, Qt.Key.Key_A, "", Qt.KeyboardModifier.ControlModifier)
        self.press(target, Qt.Key.Key_Delete)
        self.type(target, text)

    def drop_files(self, target: QWidget, paths: Iterable[Path]) -> None:
        """Drag files from a file manager onto a widget and drop them there."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place = QPointF(target.rect().center())
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(place.toPoint(), copy, data, left, none)
        QApplication.sendEvent(target, enter)
        self.require(enter.isAccepted(), "the window does not accept dropped files")
        QApplication.sendEvent(target, QDropEvent(place, copy, data, left, none))
        self.breathe()

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS) -> None:
        """Let the window live until the condition is true.

        Raises
        ------
        RobotError
            If it does not come true in time; `what` says what was waited for.
        """
        end = time.monotonic() + seconds
        while not condition():
            if trouble := self._trouble():
                raise RobotError(f"while waiting for {what}: {trouble}")
            if time.monotonic() > end:
                raise RobotError(f"waited {seconds:.0f} s in vain for: {what}")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            time.sleep(0.002)  # the worker's threads want the interpreter, too

    def breathe(self, seconds: float = 0.0) -> None:
        """Let the window handle what is due."""
        end = time.monotonic() + seconds
        while True:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            QCoreApplication.sendPostedEvents()
            if time.monotonic() >= end:
                return
            time.sleep(0.005)

    @staticmethod
    def require(condition: bool, otherwise: str) -> None:
        """Raise `RobotError` unless the condition holds."""
        if not condition:
            raise RobotError(otherwise)


def _is_visible(found: QObject) -> bool:
    return isinstance(found, QWidget | QAction) and found.isVisible()
