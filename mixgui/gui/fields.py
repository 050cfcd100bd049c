"""Small corrections to Qt's fields that a style sheet cannot make."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractSpinBox, QDialogButtonBox

from mixgui.gui.theme import SPACE


def pad_spin_box(box: QAbstractSpinBox) -> None:
    """Keep the number off the edge: beside buttons of its own a style sheet leaves the padding out."""
    line = box.lineEdit()
    if line is not None:
        line.setTextMargins(SPACE - 2, 0, 0, 0)


def plain_buttons(buttons: QDialogButtonBox) -> None:
    """Take the style's own pictures off the buttons: they are of another family than the icons."""
    for button in buttons.buttons():
        button.setIcon(QIcon())
