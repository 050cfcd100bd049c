"""The kind of picture and what can be said of it: buttons in a row, and the options of the kind below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.explore_choice import BARS, HISTOGRAM, KINDS, SCATTER, SPAGHETTI, Choice, Facts, offered
from mixgui.gui.fields import pad_spin_box
from mixgui.gui.theme import HALF, SPACE, icon, no_margins

_MOST_BARS = 200
_SHARES = (("counts", "Rows"), ("shares", "Shares"))
_CROSS = (
    ("counts", "Rows"),
    ("rows", "Shares of each row"),
    ("columns", "Shares of each column"),
    ("all", "Shares of all"),
)


class ExploreOptions(QWidget):
    """Kind and options.

    Signals
    -------
    kind_chosen(str)
        Another kind of picture is wanted.
    changed(Choice)
        The same variables with other options.
    swap_requested(), groups_requested()
        The two axes of a scatter shall change places; groups to light up shall be picked.
    """

    kind_chosen = Signal(str)
    changed = Signal(object)
    swap_requested = Signal()
    groups_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explore_options")
        self._choice = Choice()
        self._kinds = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        first = QHBoxLayout()
        first.setSpacing(HALF)
        for kind, about in KINDS.items():
            button = QToolButton(self)
            button.setObjectName(f"explore_kind_{kind}")
            button.setText(about.words)
            button.setIcon(icon(about.picture))
            button.setIconSize(QSize(18, 18))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setCheckable(True)
            button.setToolTip(about.tip)
            button.clicked.connect(lambda _=False, kind=kind: self.kind_chosen.emit(kind))
            self._kinds.addButton(button)
            self._buttons[kind] = button
            first.addWidget(button)
        first.addStretch(1)
        self._row = QHBoxLayout()
        self._row.setSpacing(SPACE)
        self._make_options()
        self._row.addStretch(1)
        layout = QVBoxLayout(self)
        no_margins(layout, HALF)
        layout.addLayout(first)
        layout.addLayout(self._row)
        self.set_choice(Choice(), Facts())

    def _make_options(self) -> None:
        self.bars_label = QLabel("Bars", self)
        self.bars = QSpinBox(self)
        self.bars.setObjectName("explore_bars")
        self.bars.setAccessibleName("Number of bars")
        self.bars.setRange(0, _MOST_BARS)
        self.bars.setSpecialValueText("Automatic")
        self.bars.setToolTip("Automatic: by the rule of Freedman and Diaconis, on round numbers")
        self.bars.setKeyboardTracking(False)
        self.bars.setMinimumWidth(SPACE * 15)
        pad_spin_box(self.bars)
        self.bars_label.setBuddy(self.bars)
        self.bars.valueChanged.connect(lambda n: self._change(bars=n))
        self.density = self._check("density", "Density line", "A smooth line over the bars")
        self.shares = self._combo("shares", "Bars show", _SHARES)
        self.by_size = self._check("by_size", "Most frequent first", "Order by frequency, not by level")
        self.cross_label = QLabel("Table", self)
        self.cross = self._combo("cross", "Cells of the cross table", _CROSS)
        self.cross_label.setBuddy(self.cross)
        self.smooth = self._check("smooth", "Smooth line", "A smooth line with its 95 % band")
        self.swap = self._tool("swap", "swap", "Swap the axes", self.swap_requested.emit)
        self.mean = self._check("mean", "Mean", "A thick line: the mean at each time")
        self.all_lines = self._check("all_lines", "All groups", "A thin line for each group")
        self.pick = self._tool("pick_groups", "group", "Highlight groups…", self.groups_requested.emit)
        self.pick.setText("Highlight groups…")
        self.pick.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.pick.setToolTip("Pick groups whose lines are lit and named")
        self._widgets: tuple[QWidget, ...] = (
            self.bars_label,
            self.bars,
            self.density,
            self.shares,
            self.by_size,
            self.cross_label,
            self.cross,
            self.smooth,
            self.swap,
            self.mean,
            self.all_lines,
            self.pick,
        )
        for widget in self._widgets:
            self._row.addWidget(widget)

    def _check(self, name: str, words: str, tip: str) -> QCheckBox:
        box = QCheckBox(words, self)
        box.setObjectName(f"explore_{name}")
        box.setToolTip(tip)
        box.toggled.connect(lambda on: self._change(**{name: on}))
        return box

    def _combo(self, name: str, words: str, choices: tuple[tuple[str, str], ...]) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(f"explore_{name}")
        box.setAccessibleName(words)
        for key, text in choices:
            box.addItem(text, key)
        box.activated.connect(lambda at: self._change(**{name: box.itemData(at)}))
        return box

    def _tool(self, name: str, picture: str, words: str, then: Callable[[], object]) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"explore_{name}")
        button.setIcon(icon(picture))
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.clicked.connect(lambda: then())
        return button

    def _change(self, **values: object) -> None:
        self._choice = replace(self._choice, **values)  # type: ignore[arg-type]
        self.changed.emit(self._choice)

    @Slot()
    def set_choice(self, choice: Choice, facts: Facts) -> None:
        """Show kind and options of a choice; kinds for which the table has no variables cannot be chosen."""
        self._choice = choice
        self._kinds.setExclusive(False)  # none may be chosen
        for kind, button in self._buttons.items():
            button.setChecked(kind == choice.kind)
            possible = offered(kind, facts)
            button.setEnabled(possible)
            tip = KINDS[kind].tip
            button.setToolTip(tip if possible else f"{tip}. This table has no variables for it.")
        self._kinds.setExclusive(bool(choice.kind))
        crossed = choice.kind == BARS and bool(choice.by)
        shown = {
            HISTOGRAM: (self.bars_label, self.bars, self.density),
            BARS: (self.shares, self.by_size, *((self.cross_label, self.cross) if crossed else ())),
            SCATTER: (self.smooth, self.swap),
            SPAGHETTI: (self.mean, self.all_lines, self.pick),
        }.get(choice.kind, ())
        for widget in self._widgets:
            widget.setVisible(widget in shown)
        for box, on in (
            (self.density, choice.density),
            (self.by_size, choice.by_size),
            (self.smooth, choice.smooth),
            (self.mean, choice.mean),
            (self.all_lines, choice.all_lines),
        ):
            with QSignalBlocker(box):
                box.setChecked(on)
        with QSignalBlocker(self.bars):
            self.bars.setValue(choice.bars)
        for combo, key in ((self.shares, choice.shares), (self.cross, choice.cross)):
            combo.setCurrentIndex(combo.findData(key))  # `activated` is of the user alone
