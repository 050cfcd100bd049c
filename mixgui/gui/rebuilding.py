"""Putting new widgets in the place of old ones without losing the keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def retire(widget: QWidget) -> None:
    """Take a widget away, although one of its signals may be what asked for it."""
    widget.hide()
    widget.setObjectName("")
    widget.deleteLater()


def focus_path(root: QWidget) -> tuple[str, str] | None:
    """Return the names of the focused widget and its parent, if it is inside `root`."""
    widget = QApplication.focusWidget()
    if widget is None or not root.isAncestorOf(widget):
        return None
    parent = widget.parentWidget()
    return (parent.objectName() if parent is not None else "", widget.objectName())


def restore_focus(root: QWidget, parent_name: str, name: str) -> None:
    """Give the keyboard to the widget of the same name that took the place of the one that had it."""
    for widget in root.findChildren(QWidget, name) if name else ():
        parent = widget.parentWidget()
        if parent is not None and parent.objectName() == parent_name and widget.isVisible():
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
            return
