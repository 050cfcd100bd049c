"""Several columns, chosen by ticking them in a list that can be searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, QSize, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.step_forms.controls import SearchEdit, link_button
from mixgui.gui.theme import HALF, SPACE, icon, no_margins, set_kind
from mixgui.gui.variable_list import kind_icon

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Variable

_ROW = 28
_MOST_SHOWN, _FEWEST_SHOWN = 8, 3
_SEARCHED = 6  # of fewer columns nobody has to search one


class _TickView(QListView):
    """A list in which a click anywhere on a row ticks it, and Shift-click all rows from the last one."""

    ticked = Signal(int, int)  # the first and last row; both the same without Shift

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._last = -1

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        index = self.indexAt(event.position().toPoint())
        super().mousePressEvent(event)
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return
        many = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier) and self._last >= 0
        first = self._last if many else index.row()
        self._last = index.row()
        self.ticked.emit(first, index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            row = self.currentIndex().row()
            self._last = row
            self.ticked.emit(row, row)
            event.accept()
            return
        super().keyPressEvent(event)


class ColumnList(QWidget):
    """Columns with ticks; the order is the table's, unless a step that is shown has another one.

    Signals
    -------
    changed()
        Other columns are ticked.
    """

    changed = Signal()

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"step_{name}")
        self._order: tuple[str, ...] = ()
        self._model = QStandardItemModel(self)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._model)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search = SearchEdit(f"step_{name}_search", "Find columns", self)
        self.search.setAccessibleName(f"Find columns: {words}")
        self.view = _TickView(self)
        self.view.setObjectName(f"step_{name}_list")
        self.view.setAccessibleName(words)
        self.view.setModel(self._found)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.view.setUniformItemSizes(True)
        self.view.setIconSize(QSize(16, 16))
        self.view.setProperty("kind", "framed")
        self.count = QLabel(self)
        self.count.setObjectName(f"step_{name}_count")
        set_kind(self.count, "muted")
        self.all_button = link_button("Tick all", f"step_{name}_all", self)
        self.none_button = link_button("None", f"step_{name}_none", self)
        foot = QHBoxLayout()
        no_margins(foot, SPACE)
        foot.addWidget(self.all_button)
        foot.addWidget(self.none_button)
        foot.addStretch(1)
        foot.addWidget(self.count)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addWidget(self.search)
        column.addWidget(self.view)
        column.addLayout(foot)
        self.setFocusProxy(self.view)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._go_to_list)
        self.view.ticked.connect(self._tick)
        self.all_button.clicked.connect(lambda: self._set_shown(True))
        self.none_button.clicked.connect(lambda: self._set_shown(False))

    def set_variables(self, variables: Sequence[Variable], *, numeric: bool = False) -> None:
        """Offer columns; those that were ticked and are still there stay ticked."""
        self.set_items(
            (
                one.name,
                kind_icon(one.shown_kind)[0],
                "\n".join(filter(None, [one.name, one.label, one.summary])),
            )
            for one in variables
            if one.is_numeric or not numeric
        )

    def set_items(self, items: Iterable[tuple[str, str, str]]) -> None:
        """Offer things with a name, a picture and a tooltip each; what was ticked stays ticked."""
        before = set(self.columns())
        self._model.clear()
        for name, picture, tip in items:
            item = QStandardItem(icon(picture), name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if name in before else Qt.CheckState.Unchecked)
            item.setToolTip(tip)
            self._model.appendRow(item)
        rows = self._model.rowCount()
        self.search.setVisible(rows > _SEARCHED)
        height = self.view.sizeHintForRow(0) if rows and not self.search.text() else _ROW
        self.view.setFixedHeight(min(max(rows, _FEWEST_SHOWN), _MOST_SHOWN) * max(height, 1) + HALF)
        self._say()

    def columns(self) -> tuple[str, ...]:
        """Return the ticked columns: in the order of the step that is shown if it has one of its own."""
        items = (self._model.item(row) for row in range(self._model.rowCount()))
        ticked = tuple(
            item.text() for item in items if item is not None and item.checkState() == Qt.CheckState.Checked
        )
        given = tuple(name for name in self._order if name in ticked)
        if given == tuple(name for name in ticked if name in given):
            return ticked
        return (*given, *(name for name in ticked if name not in given))

    def set_columns(self, names: Iterable[str]) -> None:
        """Tick these columns and no others, without telling it."""
        self._order = tuple(names)
        wanted = set(self._order)
        with QSignalBlocker(self):
            for row in range(self._model.rowCount()):
                item = self._model.item(row)
                on = item.text() in wanted
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._say()

    def names(self) -> tuple[str, ...]:
        """Return the columns that are offered."""
        return tuple(self._model.item(row).text() for row in range(self._model.rowCount()))

    @Slot(str)
    def _search(self, text: str) -> None:
        self._found.setFilterFixedString(text)
        self.all_button.setText("Tick these" if text else "Tick all")
        self.none_button.setText("Untick these" if text else "None")

    @Slot()
    def _go_to_list(self) -> None:
        """Let Space tick what was found."""
        if self._found.rowCount():
            self.view.setCurrentIndex(self._found.index(0, 0))
            self.view.setFocus()

    @Slot(int, int)
    def _tick(self, first: int, last: int) -> None:
        """Turn the tick of the last row around; rows between the two become like it."""
        index = self._found.index(last, 0)
        on = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole)) != Qt.CheckState.Checked
        self._set_rows(range(min(first, last), max(first, last) + 1), on)

    def _set_shown(self, on: bool) -> None:
        self._set_rows(range(self._found.rowCount()), on)

    def _set_rows(self, rows: Iterable[int], on: bool) -> None:
        state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        for row in rows:
            source: QModelIndex = self._found.mapToSource(self._found.index(row, 0))
            self._model.itemFromIndex(source).setCheckState(state)
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        rows, ticked = self._model.rowCount(), len(self.columns())
        self.count.setText(f"{ticked} of {rows} ticked" if rows else "nothing to choose")
