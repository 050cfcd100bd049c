"""The preferences: made from the table of options; a change takes effect at once."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.theme import DOUBLE, SPACE, make_heading
from mixgui.services.settings import OPTIONS, Option, Settings

_SECTIONS = {
    "appearance": "Appearance",
    "numbers": "Numbers",
    "statistics": "Statistics",
    "export": "Export",
    "sample": "Samples of groups",
}

_LABEL_WIDTH = 200  # so that the fields of all sections are below each other


class PreferencesDialog(QDialog):
    """Shows every option that has a title; not modal, nothing needs to be confirmed."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preferences_dialog")
        self.setWindowTitle("Preferences")
        self.setModal(False)
        self._settings = settings
        self._controls: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        column.setSpacing(SPACE)
        for section, title in _SECTIONS.items():
            options = [one for one in OPTIONS if one.title and one.name.startswith(f"{section}/")]
            if options:
                column.addWidget(make_heading(title, 3, self))
                column.addLayout(self._make_form(options))
                column.addSpacing(SPACE)
        buttons = QDialogButtonBox(self)
        reset = buttons.addButton("Restore defaults", QDialogButtonBox.ButtonRole.ResetRole)
        reset.setObjectName("preferences_reset")
        reset.setAutoDefault(False)
        reset.clicked.connect(settings.reset)
        done = buttons.addButton("Done", QDialogButtonBox.ButtonRole.AcceptRole)
        done.setObjectName("preferences_done")
        done.clicked.connect(self.accept)
        column.addWidget(buttons)
        settings.changed.connect(self._on_changed)

    def control(self, name: str) -> QWidget:
        """Return the control of an option."""
        return self._controls[name]

    def _make_form(self, options: list[Option]) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(DOUBLE)
        form.setVerticalSpacing(SPACE)
        for option in options:
            control = self._make_control(option)
            control.setObjectName(f"option_{option.name.replace('/', '_')}")
            control.setAccessibleName(option.title)
            control.setToolTip(option.help)
            self._controls[option.name] = control
            self._show(option.name, self._settings.get(option.name))
            if isinstance(control, QCheckBox):
                form.addRow(control)
            else:
                label = QLabel(option.title, self)
                label.setToolTip(option.help)
                label.setBuddy(control)
                label.setMinimumWidth(_LABEL_WIDTH)
                form.addRow(label, control)
        return form

    def _make_control(self, option: Option) -> QWidget:
        """Return the control that fits an option's type; it writes to the settings when it is changed."""
        name = option.name
        if option.choices:
            box = QComboBox(self)
            for value, title in option.choices:
                box.addItem(title, value)
            box.activated.connect(lambda i, box=box: self._settings.set(name, box.itemData(i)))
            return box
        if isinstance(option.default, bool):
            check = QCheckBox(option.title, self)
            check.clicked.connect(lambda on: self._settings.set(name, on))
            return check
        if isinstance(option.default, int):
            spin = QSpinBox(self)
            spin.setRange(int(option.minimum or 0), int(option.maximum or 2**31 - 1))
            spin.setKeyboardTracking(False)
            spin.lineEdit().setTextMargins(SPACE // 2, 0, 0, 0)
            spin.valueChanged.connect(lambda value: self._settings.set(name, value))
            return spin
        if isinstance(option.default, float):
            number = QDoubleSpinBox(self)
            number.setDecimals(3 if (option.maximum or 0) < 1 else 2)
            number.setSingleStep(0.01 if (option.maximum or 0) < 1 else 0.5)
            number.setRange(option.minimum or 0.0, option.maximum or 1e9)
            number.setKeyboardTracking(False)
            number.lineEdit().setTextMargins(SPACE // 2, 0, 0, 0)
            number.valueChanged.connect(lambda value: self._settings.set(name, round(value, 6)))
            return number
        line = QLineEdit(self)
        line.editingFinished.connect(lambda: self._settings.set(name, line.text()))
        return line

    def _on_changed(self, name: str, value: object) -> None:
        if name in self._controls:
            self._show(name, value)

    def _show(self, name: str, value: Any) -> None:
        control = self._controls[name]
        control.blockSignals(True)
        if isinstance(control, QComboBox):
            control.setCurrentIndex(control.findData(value, Qt.ItemDataRole.UserRole))
        elif isinstance(control, QCheckBox):
            control.setChecked(bool(value))
        elif isinstance(control, QSpinBox | QDoubleSpinBox):
            control.setValue(value)
        elif isinstance(control, QLineEdit):
            control.setText(str(value))
        control.blockSignals(False)
