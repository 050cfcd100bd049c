"""Which groups are shown where not all fit: a seeded sample as R draws it, or a choice by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.fields import pad_spin_box, plain_buttons
from mixgui.gui.theme import DOUBLE, HALF, SPACE, icon, make_muted, no_margins

_MOST_SEED = 2**31 - 1
_REROLL_BELOW = 10_000  # seeds that one can say aloud
MOST_PANELS = 100


class GroupSample(QWidget):
    """Controls of a sample: how many, the seed, another seed, by hand.

    Signals
    -------
    changed()
        Other groups are to be shown.
    """

    changed = Signal()

    def __init__(self, count: int, seed: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("group_sample")
        self._levels: tuple[str, ...] = ()
        self._by_hand: tuple[str, ...] = ()
        self._count = QSpinBox(self)
        self._count.setObjectName("sample_count")
        self._count.setAccessibleName("Number of groups")
        self._count.setRange(1, MOST_PANELS)
        self._count.setValue(count)
        self._count.setFixedWidth(SPACE * 9)
        self._count.setToolTip("How many groups are drawn")
        self._total = QLabel("", self)
        self._seed = QSpinBox(self)
        self._seed.setObjectName("sample_seed")
        self._seed.setAccessibleName("Seed of the sample")
        self._seed.setRange(0, _MOST_SEED)
        self._seed.setValue(seed)
        self._seed.setFixedWidth(SPACE * 12)
        self._seed.setToolTip("The same seed gives the groups of set.seed() and sample() in R")
        self._reroll = _tool("sample_reroll", "reroll", "Another sample", self)
        self._reroll.clicked.connect(self.reroll)
        self._pick = _tool("sample_pick", "edit", "Pick groups by hand", self)
        self._pick.clicked.connect(self.pick)
        for box in (self._count, self._seed):
            pad_spin_box(box)
        row = QHBoxLayout(self)
        no_margins(row, HALF)
        row.addWidget(self._count)
        row.addWidget(self._total)
        row.addSpacing(SPACE)
        row.addWidget(QLabel("Seed", self))
        row.addWidget(self._seed)
        row.addWidget(self._reroll)
        row.addWidget(self._pick)
        self._count.valueChanged.connect(self._drawn)
        self._seed.valueChanged.connect(self._drawn)

    def set_levels(self, levels: Sequence[str]) -> None:
        """Tell all groups, in the order from which R would draw."""
        if tuple(levels) == self._levels:
            return
        self._levels = tuple(levels)
        kept = tuple(level for level in self._by_hand if level in set(levels))
        self._by_hand = kept
        self._total.setText(f"of {len(self._levels):,}")
        with QSignalBlocker(self._count):
            self._count.setMaximum(max(1, min(MOST_PANELS, len(self._levels))))
        self._show_kind()
        self.changed.emit()

    def groups(self) -> tuple[str, ...]:
        """Return the groups to be shown."""
        from mixgui.data.r_random import sample_levels

        if self._by_hand or not self._levels:
            return self._by_hand
        count = min(self._count.value(), len(self._levels))
        return tuple(str(level) for level in sample_levels(list(self._levels), count, self._seed.value()))

    def set_seed(self, seed: int) -> None:
        """Draw the sample of another seed."""
        self._seed.setValue(seed)

    @property
    def seed(self) -> int:
        """The seed of the sample."""
        return self._seed.value()

    @Slot()
    def reroll(self) -> None:
        """Draw with another seed."""
        self._by_hand = ()
        before = self._seed.value()
        seed = random.randrange(_REROLL_BELOW)  # noqa: S311 - a picture, no secret
        self._seed.setValue(seed if seed != before else seed + 1)

    def choose_by_hand(self, groups: Sequence[str]) -> None:
        """Show these groups; none returns to the sample."""
        self._by_hand = tuple(groups)[:MOST_PANELS]
        self._show_kind()
        self.changed.emit()

    @Slot()
    def pick(self) -> None:
        """Open the list from which groups are picked."""
        dialog = GroupPicker(self._levels, self.groups(), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.choose_by_hand)
        dialog.open()

    @Slot()
    def _drawn(self) -> None:
        self._by_hand = ()
        self._show_kind()
        self.changed.emit()

    def _show_kind(self) -> None:
        self._pick.setCheckable(True)
        self._pick.setChecked(bool(self._by_hand))
        if self._by_hand:
            self._total.setText(f"of {len(self._levels):,} (picked: {len(self._by_hand)})")
        else:
            self._total.setText(f"of {len(self._levels):,}")


class GroupPicker(QDialog):
    """A list with boxes and a search field.

    Signals
    -------
    chosen(object)
        The groups that are ticked, in the order of the list; an empty list returns to the sample.
    """

    chosen = Signal(object)

    def __init__(
        self,
        levels: Sequence[str],
        ticked: Sequence[str],
        parent: QWidget | None = None,
        *,
        most: int = MOST_PANELS,
        none_words: str = "None: the sample is shown.",
    ) -> None:
        super().__init__(parent)
        self._most, self._none_words = most, none_words
        self.setObjectName("group_picker")
        self.setWindowTitle("Pick groups")
        self.resize(320, 420)
        self._search = QLineEdit(self)
        self._search.setObjectName("group_picker_search")
        self._search.setAccessibleName("Find a group")
        self._search.setPlaceholderText("Find a group")
        self._search.setClearButtonEnabled(True)
        self._list = QListWidget(self)
        self._list.setObjectName("group_picker_list")
        self._list.setAccessibleName("Groups")
        self._list.setProperty("kind", "framed")
        self._list.setUniformItemSizes(True)
        chosen = set(ticked)
        for level in levels:
            item = QListWidgetItem(level, self._list)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
            )
            item.setCheckState(Qt.CheckState.Checked if level in chosen else Qt.CheckState.Unchecked)
        self._said = make_muted("", self)
        none = QToolButton(self)
        none.setObjectName("group_picker_none")
        none.setText("Untick all")
        none.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        none.clicked.connect(self.untick_all)
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        foot.addWidget(none)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Show these")
        plain_buttons(buttons)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        layout.setSpacing(SPACE)
        layout.addWidget(self._search)
        layout.addWidget(self._list, 1)
        layout.addLayout(foot)
        layout.addWidget(buttons)
        self._search.textChanged.connect(self._find)
        self._list.itemChanged.connect(self._count)
        self._count()

    def ticked(self) -> list[str]:
        """Return the groups that are ticked."""
        items = (self._list.item(row) for row in range(self._list.count()))
        return [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]

    def accept(self) -> None:
        """Tell the choice and close."""
        self.chosen.emit(self.ticked())
        super().accept()

    @Slot()
    def untick_all(self) -> None:
        """Begin with no group."""
        for row in range(self._list.count()):
            self._list.item(row).setCheckState(Qt.CheckState.Unchecked)

    @Slot(str)
    def _find(self, text: str) -> None:
        wanted = text.strip().casefold()
        for row in range(self._list.count()):
            item = self._list.item(row)
            item.setHidden(wanted not in item.text().casefold())

    @Slot()
    def _count(self) -> None:
        count = len(self.ticked())
        if count > self._most:
            self._said.setText(f"The first {self._most} of {count:,} will be shown.")
        else:
            self._said.setText(f"{count:,} group{'s' if count > 1 else ''}" if count else self._none_words)


def _tool(name: str, picture: str, words: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setIcon(icon(picture))
    button.setToolTip(words)
    button.setAccessibleName(words)
    return button
