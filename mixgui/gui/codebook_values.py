"""The values of a column: what they are called, in which order they are, which of them is the reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.codebook_model import with_kind
from mixgui.gui.fields import plain_buttons
from mixgui.gui.theme import DOUBLE, SPACE, icon, make_heading, make_muted
from mixgui.observer import Observer
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.codebook import VariableInfo
    from mixgui.data.dataset import Dataset, Variable

_SIZE = (440, 460)
_MOST_VALUES = 500
_FIRST = "The first level"
_FIXED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


@dataclass(frozen=True)
class Found:
    """The different values of a column, and how many rows have each."""

    texts: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()


def finding_values(dataset: Dataset, name: str) -> Any:
    """Return the job that looks for the different values of a column."""

    def work(observer: Observer) -> Found:
        import numpy as np

        from mixgui.data.column_types import level_texts
        from mixgui.data.values import coded

        codes, texts = coded(dataset.frame[name])
        sizes = np.bincount(codes[codes >= 0], minlength=len(texts)).tolist()
        of: dict[str, int] = {}
        for text, size in zip(texts, sizes, strict=True):
            of[text] = of.get(text, 0) + size
        order = level_texts(dataset.frame[name])
        return Found(tuple(order), tuple(of[text] for text in order))

    return work


class ValuesDialog(QDialog):
    """Edits the values of one column.

    Signals
    -------
    chosen(str, VariableInfo)
        Name of the column and all that is said of it now.
    """

    chosen = Signal(str, object)

    def __init__(
        self, dataset: Dataset, variable: Variable, worker: Worker, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("values_dialog")
        self.setWindowTitle(f"Values of {variable.name}")
        self.setModal(False)
        self.resize(*_SIZE)
        self._variable = variable
        self._info: VariableInfo = variable.info
        self._first_order: tuple[str, ...] = ()
        self._build()
        worker.run(
            finding_values(dataset, variable.name),
            lane="data",
            key="codebook_values",
            description=f"Looking for the values of {variable.name}",
            owner=self,
            on_done=self._fill,
            on_failed=lambda error: self._say(error.message),
        )

    def _build(self) -> None:
        heading = make_heading(self._variable.label or self._variable.name, 2, self)
        self._words = make_muted("Looking for the values…", self)
        self._words.setObjectName("values_words")
        self._words.setWordWrap(True)
        self.category = QCheckBox("Category (a factor in models)", self)
        self.category.setObjectName("values_category")
        is_category = self._info.kind == "category" or (
            self._variable.kind == "category" and not self._info.kind
        )
        self.category.setChecked(is_category)
        found_so = self._variable.kind == "category" and not self._info.kind
        self.category.setEnabled(not found_so and self._variable.kind not in ("boolean", "date"))
        self.category.setToolTip("Order and reference level are for categories.")
        self.table = QTableWidget(0, 3, self)
        self.table.setObjectName("values_table")
        self.table.setAccessibleName("Values and their labels")
        self.table.setHorizontalHeaderLabels(["Value", "Label", "Rows"])
        self.table.setProperty("kind", "framed")
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectItems)
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.up, self.down = (self._mover(name) for name in ("up", "down"))
        self.reference = QComboBox(self)
        self.reference.setObjectName("values_reference")
        self.reference.setAccessibleName("Reference level")
        self.reference.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.reference.setMinimumContentsLength(12)
        label = QLabel("&Reference level", self)
        label.setBuddy(self.reference)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        plain_buttons(self.buttons)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setObjectName("values_ok")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.category.toggled.connect(self._refresh)
        self.table.itemSelectionChanged.connect(self._refresh)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self.reference, 1)
        row.addWidget(self.up)
        row.addWidget(self.down)
        column = QVBoxLayout(self)
        column.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        column.setSpacing(SPACE)
        column.addWidget(heading)
        column.addWidget(self._words)
        column.addWidget(self.category, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        column.addWidget(self.buttons)
        self._refresh()

    def _mover(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"values_{name}")
        button.setIcon(icon(name))
        button.setToolTip(f"Move the level {name}")
        button.setAccessibleName(f"Move the level {name}")
        button.clicked.connect(lambda: self._move(-1 if name == "up" else 1))
        return button

    def _say(self, words: str) -> None:
        self._words.setText(words)

    def _fill(self, found: Found) -> None:
        """Show the values in the order of the codebook, those that the data do not have after them."""
        info, labels = self._info, dict(self._info.value_labels)
        if len(found.texts) > _MOST_VALUES:
            self._say(f"There are {len(found.texts):,} different values: too many to name one by one.")
            self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(False)
            self._refresh()
            return
        counts = dict(zip(found.texts, found.counts, strict=True))
        known = [level for level in info.levels if level in counts or level in labels]
        order = list(dict.fromkeys((*known, *found.texts, *labels)))
        self._first_order = tuple(order)
        self.table.setRowCount(len(order))
        for row, text in enumerate(order):
            value, label = QTableWidgetItem(text), QTableWidgetItem(labels.get(text, ""))
            rows = QTableWidgetItem(f"{counts.get(text, 0):,}")
            value.setFlags(_FIXED)
            rows.setFlags(_FIXED)
            rows.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for at, item in enumerate((value, label, rows)):
                self.table.setItem(row, at, item)
        self._say("Type a label beside a value: plots and tables show it, the data keep the value.")
        self.reference.addItem(_FIRST, "")
        for text in order:
            self.reference.addItem(text, text)
        self.reference.setCurrentIndex(max(self.reference.findData(info.reference), 0))
        if order:
            self.table.setCurrentCell(0, 1)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """Enable what can be done."""
        ordered = self.category.isChecked()
        row, n = self.table.currentRow(), self.table.rowCount()
        self.reference.setEnabled(ordered and n > 0)
        self.up.setEnabled(ordered and row > 0)
        self.down.setEnabled(ordered and 0 <= row < n - 1)

    def _move(self, by: int) -> None:
        row = self.table.currentRow()
        for column in range(3):
            one, other = self.table.takeItem(row, column), self.table.takeItem(row + by, column)
            self.table.setItem(row + by, column, one)
            self.table.setItem(row, column, other)
        self.table.setCurrentCell(row + by, max(self.table.currentColumn(), 0))
        self._refresh()

    def _values(self) -> list[tuple[str, str]]:
        cells = []
        for row in range(self.table.rowCount()):
            value, label = self.table.item(row, 0), self.table.item(row, 1)
            cells.append((value.text() if value else "", label.text().strip() if label else ""))
        return cells

    def info(self) -> VariableInfo:
        """Return all that is said of the column as the dialog has it now."""
        cells = self._values()
        info = replace(self._info, value_labels=tuple(pair for pair in cells if pair[1]))
        order, reference = tuple(value for value, _ in cells), str(self.reference.currentData() or "")
        if self.category.isChecked():
            moved = bool(self._info.levels) or order != self._first_order
            return replace(with_kind(info, "category"), levels=order if moved else (), reference=reference)
        return with_kind(info, "") if info.kind == "category" else info

    @Slot()
    def accept(self) -> None:
        """Hand over what was chosen."""
        self.setFocus()  # an editor that is still open gives its text
        self.chosen.emit(self._variable.name, self.info())
        super().accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Let Enter in the table edit a cell, not close the dialog."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.table.hasFocus():
            event.accept()
            return
        super().keyPressEvent(event)
