"""The left side of the Explore tab: the variables, and which of them stands where in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from mixgui.gui.explore_choice import KINDS, Choice, Facts, Role
from mixgui.gui.formula_edit import MIME_VARIABLE
from mixgui.gui.theme import HALF, SPACE, icon, make_heading, set_kind
from mixgui.gui.variable_list import VariableList, kind_icon

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Variable

_ROLES = ("variable", "x", "lines", "by", "second")
_NONE = "none"


def dropped_names(data: QMimeData) -> list[str]:
    """Return the variables that are being dragged."""
    if not data.hasFormat(MIME_VARIABLE):
        return []
    return bytes(data.data(MIME_VARIABLE).data()).decode("utf-8").split("\n")


class RolePicker(QComboBox):
    """A place for a variable: chosen from a list, or dropped onto it.

    Signals
    -------
    picked(str, str)
        The role and the variable (empty for none) that the user put there.
    """

    picked = Signal(str, str)

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"explore_{role}")
        self._role = role
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setMaxVisibleItems(16)
        self.activated.connect(self._on_activated)

    def offer(self, role: Role, variables: Sequence[Variable], current: str, several: Sequence[str]) -> None:
        """Offer the variables that fit here, and show the one that stands here."""
        self.setAccessibleName(role.words)
        self.blockSignals(True)
        self.clear()
        if len(several) > 1:
            self.addItem(", ".join(several), None)
        elif not role.needed or not current:
            self.addItem("choose" if role.needed else _NONE, "")
        for one in variables:
            if role.fits(one) or one.name == current:
                self.addItem(icon(kind_icon(one.shown_kind)[0]), one.name, one.name)
                self.setItemData(self.count() - 1, one.title, Qt.ItemDataRole.ToolTipRole)
        at = 0 if len(several) > 1 else self.findData(current)
        self.setCurrentIndex(max(at, 0))
        self.setToolTip(self.currentText() if current else "")
        self.blockSignals(False)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        name = self.itemData(index)
        if name is not None:
            self.picked.emit(self._role, str(name))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the choice alone when the page is scrolled."""
        event.ignore()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take a variable that fits."""
        names = dropped_names(event.mimeData())
        if names and self.findData(names[0]) >= 0:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Put the variable here."""
        names = dropped_names(event.mimeData())
        if names:
            event.acceptProposedAction()
            self.picked.emit(self._role, names[0])


class ExploreForm(QWidget):
    """Variables and roles.

    Signals
    -------
    clicked(list)
        Variables were clicked, in this order: show the usual picture of them.
    role_changed(str, str)
        A variable (empty for none) was put into a role.
    """

    clicked = Signal(list)
    role_changed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explore_form")
        self._facts = Facts()
        self._choice = Choice()
        self.variables = VariableList(self, name="explore_variable", places=())
        self.variables.chosen_changed.connect(self._on_clicked)
        self.variables.added.connect(lambda name: self._on_clicked([name]))
        self.variables.placed.connect(lambda name, place: self.role_changed.emit(place, name))
        self._labels: dict[str, QLabel] = {}
        self.pickers: dict[str, RolePicker] = {}
        rows = QGridLayout()
        rows.setContentsMargins(0, 0, SPACE, SPACE)
        rows.setSpacing(SPACE)
        rows.setColumnStretch(1, 1)
        for at, role in enumerate(_ROLES):
            picker = RolePicker(role, self)
            picker.picked.connect(self.role_changed)
            label = QLabel(self)
            label.setBuddy(picker)
            set_kind(label, "muted")
            rows.addWidget(label, at, 0)
            rows.addWidget(picker, at, 1)
            self._labels[role], self.pickers[role] = label, picker
        heading = make_heading("What to look at", 3, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, 0, 0)
        layout.setSpacing(HALF)
        layout.addWidget(heading)
        layout.addWidget(self.variables, 1)
        layout.addLayout(rows)
        self.set_choice(Choice())

    def set_facts(self, facts: Facts) -> None:
        """Show the variables of another table."""
        self._facts = facts
        self.variables.set_variables(facts.variables, facts.levels)
        self.set_choice(self._choice)

    def set_choice(self, choice: Choice) -> None:
        """Show which variables stand where."""
        self._choice = choice
        roles = {role.name: role for role in (KINDS[choice.kind].roles if choice.kind else ())}
        for name, picker in self.pickers.items():
            role = roles.get(name)
            picker.setVisible(role is not None)
            self._labels[name].setVisible(role is not None)
            if role is not None:
                self._labels[name].setText(role.words)
                several = choice.variables if name == "variable" else ()
                picker.offer(role, self._facts.variables, choice.role(name), several)
        self.variables.set_places([(role.name, f"Use as: {role.words}") for role in roles.values()])

    def select(self, choice: Choice) -> None:
        """Select the variables of a choice in the list."""
        used = (*choice.variables, choice.x, choice.lines, choice.by, choice.second)
        self.variables.select([name for name in dict.fromkeys(used) if name])

    @Slot(list)
    def _on_clicked(self, names: list[str]) -> None:
        if names:
            self.clicked.emit(names)
