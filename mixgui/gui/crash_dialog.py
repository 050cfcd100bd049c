"""What the user sees after a mistake of the program: no blame, nothing lost, details to send."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget


def make_crash_dialog(parent: QWidget | None, traceback_text: str, log: Path | None) -> QMessageBox:
    """Return the dialog; its first button copies the details and leaves it open.

    Parameters
    ----------
    parent : QWidget, optional
    traceback_text : str
        The details.
    log : Path, optional
        Where they were written, too.
    """
    box = QMessageBox(parent)
    box.setObjectName("crash_dialog")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Something went wrong")
    box.setText("Something went wrong inside the program. This is a mistake of ours, not of yours.")
    where = f"\n\nThe details are also in the file {log}." if log is not None else ""
    box.setInformativeText(
        "Your files are unchanged, and you can go on working. If you want to help, copy the details into a "
        f"bug report and say what you did last.{where}"
    )
    box.setDetailedText(traceback_text)
    copy = box.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
    copy.setObjectName("crash_copy")
    copy.clicked.disconnect()  # Qt would close the dialog
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(traceback_text))
    close = box.addButton("Go on", QMessageBox.ButtonRole.AcceptRole)
    close.setObjectName("crash_close")
    box.setDefaultButton(close)
    box.setEscapeButton(close)
    return box


def show_crash(parent: QWidget | None, traceback_text: str, log: Path | None) -> None:
    """Show the dialog beside the window; one at a time, since one mistake often brings the next."""
    shown = [] if parent is None else parent.findChildren(QMessageBox, "crash_dialog")
    if any(box.isVisible() for box in shown):
        return
    box = make_crash_dialog(parent, traceback_text, log)
    box.setModal(False)
    box.show()
