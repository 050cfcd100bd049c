"""A card with a table of results: heading in words, numbers, notes, and a menu to take it away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.card_model import CardModel, DecimalDelegate
from mixgui.gui.export_dialogs import copy_table, export_table
from mixgui.gui.notes import NoteList
from mixgui.gui.theme import SPACE, icon, make_heading, set_kind
from mixgui.labels import ColumnLabel

if TYPE_CHECKING:
    import pandas as pd

_ROW_HEIGHT = 28
# A search field is worth its place from this many rows on.
_SEARCH_FROM = 15
_NARROWEST_NAME = 160  # pixels to which a long name may be shortened


class TableCard(QFrame):
    """A titled table.

    Parameters
    ----------
    title : str
        Heading in words, also the caption of exports.
    parent : QWidget, optional
    name : str, optional
        Stem of the object names ("fixed_effects" gives "fixed_effects_table", "fixed_effects_menu", ...).
    searchable : bool
        Offer a search field when there are many rows.
    max_rows : int
        Rows that are seen at once; more are scrolled.

    Signals
    -------
    row_chosen(object)
        The user chose a row by mouse or keyboard: its key, which is its value in the frame's index.
    """

    row_chosen = Signal(object)

    def __init__(
        self,
        title: str,
        parent: QWidget | None = None,
        *,
        name: str = "",
        searchable: bool = True,
        max_rows: int = 12,
    ) -> None:
        super().__init__(parent)
        stem = name or "_".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
        self.setObjectName(f"{stem}_card")
        set_kind(self, "card")
        self._title = title
        self._frame: pd.DataFrame | None = None
        self._index_label: str | None = None
        self._searchable = searchable
        self._max_rows = max_rows
        self._quiet = False

        self.heading = make_heading(title, 2, self)
        self.heading.setWordWrap(True)
        self.subtitle = QLabel(self)
        set_kind(self.subtitle, "muted")
        self.subtitle.setVisible(False)
        self.search_field = QLineEdit(self)
        self.search_field.setObjectName(f"{stem}_search")
        self.search_field.setAccessibleName(f"Search in {title}")
        self.search_field.setPlaceholderText("Search")
        self.search_field.setClearButtonEnabled(True)
        self.search_field.setMaximumWidth(SPACE * 25)
        self.search_field.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.search_field.textChanged.connect(self._search_changed)
        self.menu_button = self._make_menu(stem)
        self.model = CardModel(self)
        self.table = self._make_table(stem)
        self.empty = QLabel("Nothing to show.", self)
        set_kind(self.empty, "muted")
        self.notes = NoteList(self)

        head = QHBoxLayout()
        head.setSpacing(SPACE)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.heading)
        words.addWidget(self.subtitle)
        head.addLayout(words, 1)
        head.addWidget(self.search_field)
        head.addWidget(self.menu_button, 0, Qt.AlignmentFlag.AlignTop)
        self._head = head
        self._tools: list[QWidget] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE, SPACE, SPACE * 3 // 2)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self.table)
        column.addWidget(self.empty)
        column.addWidget(self.notes)
        self._refresh()

    @property
    def frame(self) -> pd.DataFrame | None:
        """The frame shown, with all its rows in their own order."""
        return self._frame

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._title = title
        self.heading.setText(title)
        self.table.setAccessibleName(title)

    def set_subtitle(self, text: str) -> None:
        """Put a muted line below the heading (what the numbers rest on)."""
        self.subtitle.setText(text)
        self.subtitle.setVisible(bool(text))

    def add_tool(self, label: str, tool: QWidget) -> None:
        """Put a control, with words before it, beside the menu."""
        words = QLabel(label, self)
        words.setBuddy(tool)
        set_kind(words, "muted")
        for widget in (words, tool):
            self._head.insertWidget(self._head.count() - 1, widget, 0, Qt.AlignmentFlag.AlignVCenter)
            self._tools.append(widget)

    def show_tools(self, shown: bool) -> None:
        """Show or hide the controls that were added."""
        for tool in self._tools:
            tool.setVisible(shown)

    def set_frame(
        self,
        frame: pd.DataFrame | None,
        notes: Iterable[Any] = (),
        index_label: str | None = None,
        headings: Mapping[str, str | ColumnLabel] | None = None,
        tips: Mapping[str, str] | None = None,
    ) -> None:
        """Show a frame.

        Parameters
        ----------
        frame : DataFrame or None
            Columns are headed and formatted as `mixgui.labels` says. The index gives the keys of the rows.
        notes : iterable, optional
            Texts, or objects with `severity`, `title` and `text`.
        index_label : str, optional
            Heading under which the index is shown as the first column; without it, it is not shown.
        headings : mapping, optional
            Headings for columns of this frame alone, as text or with tooltip and kind.
        tips : mapping of str to str, optional
            Name in a cell -> what it means in words, for its tooltip.
        """
        import pandas as pd

        self._frame = frame
        self._index_label = index_label
        self.model.set_frame(pd.DataFrame() if frame is None else frame, index_label, headings)
        self.model.tips = tips or {}
        header = self.table.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.notes.set_notes(notes)
        self.menu_button.setEnabled(frame is not None)
        self._refresh()

    def set_digits(self, digits: int) -> None:
        """Show numbers with other significant digits."""
        self.model.set_digits(digits)
        self._refresh()

    def set_max_rows(self, rows: int) -> None:
        """Let more or fewer rows be seen at once; more are scrolled."""
        if rows != self._max_rows:
            self._max_rows = rows
            self._fit_height()

    def set_highlight(self, key: object | None) -> None:
        """Light the row with this key (None: no row), and bring it into view."""
        self.model.highlighted = key
        row = -1 if key is None else self.model.row_of(key)
        selection = self.table.selectionModel()
        self._quiet = True  # the choice came from elsewhere: it must not be announced as the user's
        if row < 0:
            selection.clear()
        else:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            selection.setCurrentIndex(self.model.index(row, 0), flags)
            self.table.scrollTo(self.model.index(row, 0))
        self._quiet = False
        self.table.viewport().update()

    def shown_frame(self) -> pd.DataFrame:
        """Return the frame with the rows shown, in the order shown, the index as a column if it is one."""
        import pandas as pd

        if self._frame is None:
            return pd.DataFrame()
        return self._as_exported(self.model.frame_rows())

    @Slot()
    def copy(self) -> None:
        """Copy the table with all digits; it pastes into a spreadsheet or a text as a table."""
        copy_table(self, self.shown_frame(), self._title, labels=self._label)

    @Slot()
    def copy_as_shown(self) -> None:
        """Copy the table with the digits that are shown."""
        copy_table(self, self.shown_frame(), self._title, labels=self._label, digits=self.model.digits)

    @Slot()
    def copy_rows(self) -> None:
        """Copy the chosen rows, or the table if there are none."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        if self._frame is not None:
            frame = self._as_exported(self.model.frame_rows(rows or None))
            copy_table(self, frame, self._title, labels=self._label)

    @Slot()
    def export(self) -> None:
        """Ask for a format and a place, and write the table there."""
        export_table(self, self.shown_frame(), self._title, labels=self._label, digits=self.model.digits)

    def _label(self, column: str) -> ColumnLabel:
        """Return how a column of `shown_frame` is headed and written."""
        return self.model.label(column)

    def _as_exported(self, positions: Any) -> pd.DataFrame:
        assert self._frame is not None
        frame = self._frame.iloc[positions]
        if self._index_label is None:
            return frame.reset_index(drop=True)
        return frame.rename_axis(index=self._index_label).reset_index()

    def _make_menu(self, stem: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{stem}_menu")
        button.setIcon(icon("menu"))
        button.setAccessibleName(f"Menu of {self._title}")
        button.setToolTip("Copy or export this table")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setEnabled(False)
        menu = QMenu(button)
        for text, picture, slot, suffix in (
            ("Copy table", "copy", self.copy, "copy"),
            ("Copy with the digits shown", "copy", self.copy_as_shown, "copy_as_shown"),
            ("Export table…", "export", self.export, "export"),
        ):
            action = QAction(icon(picture), text, menu)
            action.setObjectName(f"{stem}_{suffix}")
            action.triggered.connect(slot)
            menu.addAction(action)
        button.setMenu(menu)
        return button

    def _make_table(self, stem: str) -> QTableView:
        table = QTableView(self)
        table.setObjectName(f"{stem}_table")
        table.setAccessibleName(self._title)
        table.setModel(self.model)
        table.setItemDelegate(DecimalDelegate(table))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # long terms differ at both ends
        table.setTabKeyNavigation(False)
        table.setCornerButtonEnabled(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setResizeContentsPrecision(60)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        table.setSortingEnabled(True)
        header.sortIndicatorChanged.connect(self._sorted)
        table.selectionModel().currentRowChanged.connect(self._current_changed)
        table.clicked.connect(self._clicked)
        copy = QAction("Copy", table)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy_rows)
        table.addAction(copy)
        return table

    @Slot(QModelIndex, QModelIndex)
    def _current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid() and not self._quiet and self.table.hasFocus():
            self.row_chosen.emit(self.model.key(current.row()))

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        """Announce a click also on the row that was current already."""
        key = self.model.key(index.row())
        if key != self.model.highlighted:
            self.row_chosen.emit(key)

    @Slot()
    def _sorted(self) -> None:
        self._keep_highlight()

    @Slot(str)
    def _search_changed(self, text: str) -> None:
        self.model.search(text)
        self._keep_highlight()
        self._refresh()

    def _keep_highlight(self) -> None:
        if self.model.highlighted is not None:
            self.set_highlight(self.model.highlighted)

    def _refresh(self) -> None:
        """Make the table as high as its rows and its columns as wide as their texts."""
        rows = self.model.rowCount()
        self.search_field.setVisible(self._searchable and self.model.total >= _SEARCH_FROM)
        self.table.setVisible(rows > 0)
        self.empty.setVisible(rows == 0)
        self.empty.setText("No row contains this." if self.model.total else "Nothing to show.")
        if not rows:
            return
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Shorten names, or make room for a horizontal scroll bar, when the card became too narrow."""
        super().resizeEvent(event)
        if self.model.rowCount() and event.size().width() != event.oldSize().width():
            self._fit_columns()

    def _fit_columns(self) -> None:
        """Give every column its texts' width; where that is too much, shorten long names, never numbers."""
        self.table.resizeColumnsToContents()
        header = self.table.horizontalHeader()
        over = header.length() - self._room()
        texts = [at for at in range(self.model.columnCount()) if self.model.is_text(at)]
        for at in sorted(texts, key=self.table.columnWidth, reverse=True):
            if over > 0:
                width = self.table.columnWidth(at)
                narrow = max(width - over, min(width, _NARROWEST_NAME))
                self.table.setColumnWidth(at, narrow)
                over -= width - narrow
        self._fit_height()

    def _room(self) -> int:
        """Return the width that columns can have inside the card's margins."""
        room = self.width() - 3 * SPACE - 2
        if self.model.rowCount() > self._max_rows:
            room -= self.table.verticalScrollBar().sizeHint().width()
        return room

    def _fit_height(self) -> None:
        rows = self.model.rowCount()
        header = self.table.horizontalHeader()
        height = header.sizeHint().height() + min(rows, self._max_rows) * _ROW_HEIGHT + 2
        if header.length() > self._room():
            height += self.table.horizontalScrollBar().sizeHint().height()
        self.table.setFixedHeight(height)
