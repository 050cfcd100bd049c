"""The choice of a group: found by typing, shared by every table and plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QToolButton, QWidget

from mixgui.gui.theme import HALF, SPACE, icon, no_margins
from mixgui.services.selection import Selection


class GroupChooser(QWidget):
    """A combo box with search over the groups of the chosen grouping factor.

    Signals
    -------
    factor_changed(str)
        Another grouping factor is looked at.
    """

    factor_changed = Signal(str)

    def __init__(self, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("group_chooser")
        self._selection = selection
        self._levels: dict[str, dict[str, object]] = {}
        self._names = QStringListModel(self)
        self._label = QLabel("Group", self)
        self._factor = QComboBox(self)
        self._factor.setObjectName("group_factor")
        self._factor.setAccessibleName("Grouping factor")
        self._group = self._make_group()
        self._clear = QToolButton(self)
        self._clear.setObjectName("group_clear")
        self._clear.setIcon(icon("close", "muted"))
        self._clear.setToolTip("Choose no group (Esc)")
        self._clear.setAccessibleName("Choose no group")
        self._clear.clicked.connect(selection.clear)
        row = QHBoxLayout(self)
        no_margins(row, SPACE)
        row.addWidget(self._label)
        row.addWidget(self._factor)
        row.addWidget(self._group, 1)
        row.setSpacing(HALF)
        row.addWidget(self._clear)
        self._factor.currentTextChanged.connect(self._on_factor)
        selection.changed.connect(self._on_selection)
        self._on_selection(selection.factor, selection.level)

    def _make_group(self) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName("group_level")
        box.setAccessibleName("Chosen group")
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setModel(self._names)
        box.setMinimumContentsLength(12)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMaxVisibleItems(16)
        completer = QCompleter(self._names, box)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(12)
        box.setCompleter(completer)
        line = box.lineEdit()
        assert line is not None
        line.setPlaceholderText("Choose a group")
        line.installEventFilter(self)
        line.editingFinished.connect(self._on_typed)
        box.activated.connect(self._on_activated)
        completer.activated[str].connect(self._choose)  # type: ignore[index]
        return box

    def set_groups(self, groups: Mapping[str, Sequence[object]]) -> None:
        """Offer the levels of each grouping factor; a chosen group that is not among them is let go."""
        self._levels = {factor: {str(level): level for level in levels} for factor, levels in groups.items()}
        current = self._factor.currentText()
        self._factor.blockSignals(True)
        self._factor.clear()
        self._factor.addItems(list(groups))
        wanted = next((one for one in (self._selection.factor, current) if one in groups), None)
        self._factor.setCurrentText(wanted if wanted is not None else next(iter(groups), ""))
        self._factor.blockSignals(False)
        self._factor.setVisible(len(groups) > 1)
        self._label.setText("Group" if len(groups) != 1 else next(iter(groups)))
        self.setEnabled(bool(groups))
        self._fill()
        chosen, level = self._selection.factor, self._selection.level
        if level is not None and str(level) not in self._levels.get(chosen, {}):
            self._selection.clear()
        self._show()

    @property
    def factor(self) -> str:
        """The grouping factor that is looked at."""
        return self._factor.currentText()

    def set_factor(self, factor: str) -> None:
        """Look at another grouping factor, if there is one of this name."""
        if factor in self._levels:
            self._factor.setCurrentText(factor)

    def _fill(self) -> None:
        self._names.setStringList(list(self._levels.get(self.factor, {})))

    def _show(self) -> None:
        level = self._selection.chosen(self.factor) if self.factor else None
        text = "" if level is None else str(level)
        box = self._group
        box.blockSignals(True)
        box.setCurrentIndex(-1 if level is None else box.findText(text, Qt.MatchFlag.MatchExactly))
        box.setEditText(text)
        box.blockSignals(False)
        self._clear.setEnabled(level is not None)

    @Slot(str)
    def _on_factor(self, factor: str) -> None:
        self._fill()
        self._show()
        self.factor_changed.emit(factor)

    @Slot(str, object)
    def _on_selection(self, factor: str, level: object) -> None:
        if factor and factor != self.factor and factor in self._levels:
            self._factor.setCurrentText(factor)
        self._show()

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self._choose(self._group.itemText(index))

    @Slot(str)
    def _choose(self, text: str) -> None:
        levels = self._levels.get(self.factor, {})
        if text in levels:
            self._selection.choose(self.factor, levels[text])

    @Slot()
    def _on_typed(self) -> None:
        """Take what was typed if it is a group; an empty field chooses none; else show the choice again."""
        line = self._group.lineEdit()
        assert line is not None
        text = line.text().strip()
        if not text:
            if self._selection.factor == self.factor:
                self._selection.clear()
        elif text in self._levels.get(self.factor, {}):
            self._choose(text)
        else:
            self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Let Escape in the field choose no group."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Escape
        ):
            self._selection.clear()
            self._show()
            return True
        return super().eventFilter(watched, event)
