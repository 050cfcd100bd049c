"""The columns of a table: what each is, how much is missing, a summary, and at which level it varies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.frame_model import variable_tooltip
from mixgui.gui.theme import HALF, SPACE, colors, icon, make_heading, no_margins, set_kind
from mixgui.gui.variable_list import kind_icon
from mixgui.observer import Observer
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset, Variable

Index = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()
_VARIABLE = Qt.ItemDataRole.UserRole + 1
_LEVEL = Qt.ItemDataRole.UserRole + 2
_ICON = 16


@dataclass(frozen=True)
class Levels:
    """What the worker found out about a table.

    Parameters
    ----------
    groups : tuple of str
        Columns that may name groups, likeliest first.
    group : str
        The grouping column that `levels` are about; empty if there is none.
    levels : mapping of str to str
        Column -> "group" (constant within every group) or "row".
    """

    groups: tuple[str, ...] = ()
    group: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)


def finding_levels(dataset: Dataset, group: str) -> Any:
    """Return the job that finds likely groups (the first is used without `group`) and columns' levels."""

    def work(observer: Observer) -> Levels:
        from mixgui.data.declared_levels import found_groups, level_within

        groups = found_groups(dataset)
        chosen = group if group in dataset.names else (groups[0] if groups else "")
        levels = {}
        if chosen:
            for name in dataset.names:
                levels[name] = "group" if name == chosen else level_within(dataset, name, chosen)
        return Levels(groups, chosen, levels)

    return work


class _ColumnModel(QAbstractListModel):
    """The variables of a table with their levels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._variables: Sequence[Variable] = ()
        self._levels = Levels()
        self._rows = 0

    def set_variables(self, variables: Sequence[Variable], rows: int) -> None:
        self.beginResetModel()
        self._variables, self._rows, self._levels = variables, rows, Levels()
        self.endResetModel()

    def set_levels(self, levels: Levels) -> None:
        self._levels = levels
        if self._variables:
            self.dataChanged.emit(self.index(0), self.index(len(self._variables) - 1))

    def names(self) -> list[str]:
        return [variable.name for variable in self._variables]

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self._variables)

    @property
    def labelled(self) -> bool:
        """Whether any column has a label or a unit: then each gets a line for it."""
        return any(variable.label or variable.unit for variable in self._variables)

    def level_text(self, name: str) -> str:
        """Return the level in words; empty while it is not known."""
        level = self._levels.levels.get(name)
        if name == self._levels.group:
            return "groups"
        return {"group": "group level", "row": "row level"}.get(level or "", "")

    def missing_text(self, variable: Variable) -> str:
        """Return how much is missing; empty if nothing is."""
        if not variable.n_missing:
            return ""
        share = variable.n_missing / max(self._rows, 1)
        percent = "< 1" if 0 < share < 0.01 else f"{100 * share:.0f}"
        return f"{variable.n_missing:,} missing ({percent} %)"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        variable = self._variables[index.row()]
        level = self.level_text(variable.name)
        if role == Qt.ItemDataRole.DisplayRole:
            return variable.name
        if role == _VARIABLE:
            return variable
        if role == _LEVEL:
            return level
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, [variable_tooltip(variable), self._explain(variable.name)]))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            missing = self.missing_text(variable) or "none missing"
            label = variable.title if variable.label or variable.unit else ""
            parts = [
                variable.name,
                label,
                kind_icon(variable.shown_kind)[1],
                level,
                missing,
                _summary(variable),
            ]
            return ", ".join(part for part in parts if part)
        return None

    def _explain(self, name: str) -> str:
        group, level = self._levels.group, self._levels.levels.get(name)
        if name == group:
            return "Its values name the groups."
        if level == "group":
            return f"Group level: the same for all rows with the same {group}."
        return f"Row level: differs between rows with the same {group}." if level else ""


class _ColumnDelegate(QStyledItemDelegate):
    """Draws a column in lines: icon, name and level; label and unit, if any has; what is missing and the summary."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        model = index.model()
        lines = 3 if isinstance(model, _ColumnModel) and model.labelled else 2
        return QSize(0, lines * QFontMetrics(option.font).height() + SPACE + HALF)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        variable, level = index.data(_VARIABLE), index.data(_LEVEL)
        palette = colors()
        painter.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.selection if chosen else palette.raised))
            painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 5, 5)
        place = option.rect.adjusted(SPACE, HALF, -SPACE, -HALF)
        line = QFontMetrics(option.font).height()
        picture = QRect(place.left(), place.top() + (line - _ICON) // 2 + 1, _ICON, _ICON)
        icon(kind_icon(variable.shown_kind)[0], "icon").paint(painter, picture)
        text = place.adjusted(_ICON + SPACE, 0, 0, 0)
        first = QRect(text.left(), text.top(), text.width(), line)
        if level:
            first = self._level(painter, option, first, level, chosen)
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        ink = palette.on_selection if chosen else palette.text
        _draw(painter, first, variable.name, bold, ink)
        below = QRect(text.left(), text.top() + line + 1, text.width(), line)
        if variable.label or variable.unit:
            title = variable.title if variable.label else f"({variable.unit})"
            _draw(painter, below, title, option.font, palette.on_selection if chosen else palette.text)
            below.translate(0, line)
        self._details(painter, option, below, index, chosen)
        painter.restore()

    def _level(
        self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, level: str, chosen: bool
    ) -> QRect:
        """Write the level at the right and return what is left of the line."""
        palette = colors()
        ink = palette.on_selection if chosen else (palette.muted if level == "row level" else palette.accent)
        width = QFontMetrics(option.font).horizontalAdvance(level) + 2
        spot = QRect(place.right() - width, place.top(), width + 1, place.height())
        _draw(painter, spot, level, option.font, ink)
        return place.adjusted(0, 0, -width - SPACE, 0)

    def _details(
        self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, index: Index, chosen: bool
    ) -> None:
        palette = colors()
        variable, model = index.data(_VARIABLE), index.model()
        assert isinstance(model, _ColumnModel)
        missing = model.missing_text(variable)
        if missing:
            _draw(painter, place, missing, option.font, palette.on_selection if chosen else palette.warning)
            metrics = QFontMetrics(option.font)
            place = place.adjusted(metrics.horizontalAdvance(f"{missing}  "), 0, 0, 0)
        _draw(
            painter, place, _summary(variable), option.font, palette.on_selection if chosen else palette.muted
        )


def _summary(variable: Variable) -> str:
    """Return what is in a column in a few words; identifiers have no mean."""
    if variable.declared == "id" and variable.n_unique:
        return f"{variable.n_unique:,} different values"
    return variable.summary


def _draw(painter: QPainter, place: QRect, text: str, font: QFont, ink: str) -> None:
    """Write a text into a line, shortened if it is too long."""
    painter.setFont(font)
    painter.setPen(QColor(ink))
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


class ColumnPanel(QFrame):
    """Lists the columns of a table.

    Signals
    -------
    column_chosen(str)
        The user went to a column in the list.
    codebook_requested(str)
        The user wants to change what is said of a column.
    levels_found(Levels)
        At which level the columns vary.
    """

    column_chosen = Signal(str)
    codebook_requested = Signal(str)
    levels_found = Signal(object)

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("column_panel")
        self._worker = worker
        self._dataset: Dataset | None = None
        self._levels = Levels()
        self._quiet = False
        self.model = _ColumnModel(self)
        self.view = QListView(self)
        self.view.setObjectName("column_list")
        self.view.setAccessibleName("Columns")
        self.view.setModel(self.model)
        self.view.setItemDelegate(_ColumnDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.selectionModel().currentChanged.connect(self._current_changed)
        self.group = QComboBox(self)
        self.group.setObjectName("level_group")
        self.group.setAccessibleName("Levels with respect to")
        self.group.setToolTip(
            "A column varies at the group level if it is the same for all rows of a group, else at the row level."
        )
        self.group.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.group.setMinimumContentsLength(10)
        self.group.activated.connect(self._group_chosen)
        self.edit_button = QToolButton(self)
        self.edit_button.setObjectName("column_edit")
        self.edit_button.setIcon(icon("edit"))
        self.edit_button.setToolTip(
            "Change label, unit, type and values in the codebook (double-click a column)"
        )
        self.edit_button.setAccessibleName("Edit the column in the codebook")
        self.edit_button.clicked.connect(self._edit)
        self.view.activated.connect(lambda index: self.codebook_requested.emit(str(index.data())))
        label = QLabel("&Levels by", self)
        label.setBuddy(self.group)
        set_kind(label, "muted")
        self.heading = make_heading("Columns", 2, self)
        head = QGridLayout()
        head.setContentsMargins(SPACE * 3 // 2, SPACE * 3 // 2, SPACE, HALF)
        head.setSpacing(SPACE)
        head.addWidget(self.heading, 0, 0)
        head.addWidget(self.edit_button, 0, 1, Qt.AlignmentFlag.AlignRight)
        head.addWidget(label, 1, 0)
        head.addWidget(self.group, 1, 1)
        head.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addLayout(head)
        column.addWidget(self.view, 1)

    @property
    def levels(self) -> Levels:
        """What is known about the levels of the table's columns."""
        return self._levels

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show the columns of another table."""
        if dataset is self._dataset:
            return
        self._dataset = dataset
        self._levels = Levels()
        variables = () if dataset is None else dataset.variables
        self._quiet = True
        self.model.set_variables(variables, 0 if dataset is None else len(dataset.frame))
        self._quiet = False
        self.group.clear()
        self.group.setEnabled(False)
        if dataset is not None:
            self._find_levels("")

    def show_column(self, name: str) -> None:
        """Choose a column in the list without telling anybody."""
        names = self.model.names()
        if name in names:
            self._quiet = True
            self.view.setCurrentIndex(self.model.index(names.index(name)))
            self._quiet = False

    @Slot()
    def _edit(self) -> None:
        """Go to the chosen column's row of the codebook, else to the first."""
        index = self.view.currentIndex()
        names = self.model.names()
        if names:
            self.codebook_requested.emit(str(index.data()) if index.isValid() else names[0])

    def _find_levels(self, group: str) -> None:
        dataset = self._dataset
        assert dataset is not None
        self._worker.run(
            finding_levels(dataset, group),
            lane="data",
            key="column_levels",
            description="Comparing columns with groups",
            owner=self,
            on_done=lambda levels: self._show_levels(dataset, levels),
            on_failed=lambda error: None,  # the list then simply says no levels
        )

    def _show_levels(self, dataset: Dataset, levels: Levels) -> None:
        if dataset is not self._dataset:
            return
        self._levels = levels
        self.model.set_levels(levels)
        self.levels_found.emit(levels)
        self.group.clear()
        others = [name for name in dataset.names if name not in levels.groups]
        self.group.addItems([*levels.groups, *others])
        self.group.insertSeparator(len(levels.groups))
        self.group.setCurrentText(levels.group)
        if not levels.group:
            self.group.setCurrentIndex(-1)
            self.group.setPlaceholderText("choose")
        self.group.setEnabled(True)

    @Slot(int)
    def _group_chosen(self, position: int) -> None:
        if self._dataset is not None and self.group.itemText(position) != self._levels.group:
            self._find_levels(self.group.itemText(position))

    @Slot(QModelIndex, QModelIndex)
    def _current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self.column_chosen.emit(str(current.data()))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Repaint in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "view"):
            self.view.viewport().update()
