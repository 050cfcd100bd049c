"""The variables of a table: what each is and at which level it varies; dragged, double-clicked, found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPoint,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QMenu,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.formula_edit import MIME_VARIABLE
from mixgui.gui.theme import HALF, SPACE, icon

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Variable

# What a variable is -> its icon and the word that stands for the icon where it cannot be seen.
_KINDS = {
    "number": ("type_number", "number"),
    "integer": ("type_integer", "whole number"),
    "category": ("type_category", "category"),
    "boolean": ("type_boolean", "yes or no"),
    "date": ("type_date", "date"),
    "text": ("type_text", "text"),
    "id": ("type_id", "identifier"),
}
_PLACES = (("fixed", "Add to the fixed effects"), ("outcome", "Use as the outcome"), ("group", "Group by it"))
_LEVEL_LETTERS = 9
_NAME_ROLE = Qt.ItemDataRole.UserRole + 1


def _shortened(name: str) -> str:
    """Return a name that leaves room for the variables' own names; the tooltip has all of it."""
    return name if len(name) <= _LEVEL_LETTERS else f"{name[: _LEVEL_LETTERS - 1]}…"


def kind_icon(kind: str) -> tuple[str, str]:
    """Return the icon's name and the word for a kind of variable."""
    return _KINDS.get(kind, ("type_text", kind or "variable"))


class _VariableModel(QStandardItemModel):
    """Rows of name and level; a drag carries the names."""

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        return [MIME_VARIABLE, "text/plain"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802 - Qt's name
        names = list(dict.fromkeys(str(index.siblingAtColumn(0).data(_NAME_ROLE)) for index in indexes))
        data = QMimeData()
        data.setData(MIME_VARIABLE, "\n".join(names).encode("utf-8"))
        data.setText(" + ".join(names))
        return data


class VariableList(QWidget):
    """A list with a search field.

    Signals
    -------
    added(str)
        A variable was double-clicked, or Enter was pressed on it.
    placed(str, str)
        A variable and where it shall go: one of the places (menu).
    chosen_changed(list)
        The names that are selected now, in the order in which they were clicked.
    """

    added = Signal(str)
    placed = Signal(str, str)
    chosen_changed = Signal(list)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        name: str = "variable",
        places: Sequence[tuple[str, str]] = _PLACES,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._places = tuple(places)
        self._clicked: list[str] = []
        self._quiet = False
        self.setObjectName(f"{name}_list")
        self._search = QLineEdit(self)
        self._search.setObjectName(f"{name}_search")
        self._search.setPlaceholderText("Find a variable")
        self._search.setAccessibleName("Find a variable")
        self._search.setClearButtonEnabled(True)
        self._model = _VariableModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._view = self._make_view()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, SPACE, HALF)
        layout.setSpacing(HALF)
        layout.addWidget(self._search)
        layout.addWidget(self._view, 1)
        self._search.textChanged.connect(self._sorted.setFilterFixedString)
        self._search.returnPressed.connect(self._add_first)
        self._view.selectionModel().selectionChanged.connect(self._on_selection)

    def _make_view(self) -> QTreeView:
        view = QTreeView(self)
        view.setObjectName(f"{self._name}s")
        view.setAccessibleName("Variables of the table")
        view.setProperty("kind", "framed")
        view.setModel(self._sorted)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setHeaderHidden(True)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setDragEnabled(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setIndentation(0)
        view.activated.connect(self._on_activated)
        view.customContextMenuRequested.connect(self._open_menu)
        return view

    def set_variables(self, variables: Sequence[Variable], levels: Mapping[str, str | None]) -> None:
        """Show the variables.

        Parameters
        ----------
        variables : sequence of Variable
        levels : mapping
            Variable -> the grouping factor within whose groups it is constant, or None if it varies by row;
            variables that are missing from it have no known level.
        """
        chosen, self._quiet = self._clicked, True
        self._model.clear()
        for variable in variables:
            self._model.appendRow(self._row(variable, levels))
        header = self._view.header()
        if self._model.columnCount() == 2:
            header.setStretchLastSection(False)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._quiet = False
        self.select(chosen)

    def set_places(self, places: Sequence[tuple[str, str]]) -> None:
        """Offer other places in the menu, each with its words."""
        self._places = tuple(places)

    def select(self, names: Sequence[str]) -> None:
        """Select these variables without telling anybody."""
        self._quiet = True
        selection = self._view.selectionModel()
        selection.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in range(self._sorted.rowCount()):
            if self._sorted.index(row, 0).data(_NAME_ROLE) in names:
                selection.select(self._sorted.index(row, 0), flags)
        self._quiet = False
        present = set(self.chosen())
        self._clicked = [name for name in names if name in present]

    @Slot()
    def _on_selection(self) -> None:
        """Keep the order of the clicks."""
        if self._quiet:
            return
        now = self.chosen()
        self._clicked = [name for name in self._clicked if name in now]
        self._clicked += [name for name in now if name not in self._clicked]
        self.chosen_changed.emit(list(self._clicked))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Write the levels in the colour of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_model"):
            for row in range(self._model.rowCount()):
                level = self._model.item(row, 1)
                if level is not None:
                    level.setForeground(self.palette().placeholderText())

    def _row(self, variable: Variable, levels: Mapping[str, str | None]) -> list[QStandardItem]:
        picture, word = kind_icon(variable.kind)
        name = QStandardItem(icon(picture), variable.name)
        name.setData(variable.name, _NAME_ROLE)
        group = levels.get(variable.name)
        if variable.name not in levels:
            short, sentence = "", ""
        elif group is None:
            short, sentence = "row", "It varies from row to row."
        elif group == variable.name:
            short, sentence = "group", "It names the groups."
        else:
            short, sentence = f"by {_shortened(group)}", f"It is the same for all rows of a {group}."
        level = QStandardItem(short)
        level.setForeground(self.palette().placeholderText())
        level.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        missing = f"{variable.n_missing:,} missing." if variable.n_missing else ""
        heading = f"{variable.name} ({word})" + (f": {variable.label}" if variable.label else "")
        tip = "\n".join(part for part in (heading, variable.summary, missing, sentence) if part)
        for item in (name, level):
            item.setToolTip(tip)
            item.setData(tip.replace("\n", ". "), Qt.ItemDataRole.AccessibleTextRole)
            item.setDropEnabled(False)
        return [name, level]

    def names(self) -> list[str]:
        """Return the names that are shown now."""
        return [str(self._sorted.index(row, 0).data(_NAME_ROLE)) for row in range(self._sorted.rowCount())]

    def chosen(self) -> list[str]:
        """Return the names of the rows that are selected."""
        return [str(index.data(_NAME_ROLE)) for index in self._view.selectionModel().selectedRows(0)]

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.added.emit(str(index.siblingAtColumn(0).data(_NAME_ROLE)))

    @Slot()
    def _add_first(self) -> None:
        """Add the variable that the search left over, so that Enter after typing is enough."""
        names = self.names()
        if names:
            self.added.emit(names[0])
            self._search.selectAll()

    def _place(self, names: Sequence[str], place: str) -> None:
        for name in names:
            self.placed.emit(name, place)

    @Slot(QPoint)
    def _open_menu(self, where: QPoint) -> None:
        names = self.chosen()
        if not names or not self._places:
            return
        menu = QMenu(self)
        menu.setObjectName("variable_menu")
        for place, text in self._places:
            if place != "fixed" and len(names) > 1:
                continue
            action = QAction(text, menu)
            action.setObjectName(f"variable_to_{place}")
            action.triggered.connect(lambda _=False, place=place: self._place(names, place))
            menu.addAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._view.viewport().mapToGlobal(where))
