"""The join dialog: two tables, keys, a kind; what the join would do is told before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.errors import MixguiError
from mixgui.gui.join_keys_editor import KeysEditor
from mixgui.gui.join_report_view import JoinReportView
from mixgui.gui.join_request import JoinRequest, JoinView, preparing, suggesting
from mixgui.gui.theme import DOUBLE, HALF, SPACE, icon, make_heading, make_muted, no_margins, set_kind
from mixgui.services.document import Document, Tables
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.data.joins import JoinKind

_SIZE = (1000, 680)

# Kind -> title and what it does, with the tables' names.
KINDS: dict[JoinKind, tuple[str, str]] = {
    "left": ("Left join", "All rows of {left}, in their order, with the columns of {right} where the key matches."),
    "inner": ("Inner join", "Only rows of {left} that have a match in {right}, with the columns of both."),
    "right": ("Right join", "All rows of {right}, in their order, with the columns of {left} where the key matches."),
    "full": ("Full join", "All rows of both tables, matched where the key is the same."),
    "semi": ("Semi join", "Rows of {left} that have a match in {right}; no columns are added."),
    "anti": ("Anti join", "Rows of {left} without a match in {right}; no columns are added."),
}  # fmt: skip


class JoinDialog(QDialog):
    """Asks how two tables are to be joined; not modal.

    Parameters
    ----------
    document : Document
        Its tables are offered; the join becomes one of its steps.
    worker : Worker
        Compares the keys while the choices are made.
    left : str, optional
        The table at the left; without it the one with the most rows.
    """

    def __init__(
        self, document: Document, worker: Worker, left: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("join_dialog")
        self.setWindowTitle("Join tables")
        self.setModal(False)
        self.resize(*_SIZE)
        self._document = document
        self._worker = worker
        self._view: JoinView | None = None
        self._name_typed = False
        self.report = JoinReportView(self)
        self.keys = KeysEditor(self)
        self._make_choices()
        self._lay_out()
        self._order()
        self._connect()
        self._begin(left)

    @property
    def tables(self) -> Tables:
        """The tables that can be joined."""
        return self._document.tables

    def _begin(self, left: str) -> None:
        """Offer the tables."""
        self._fill_tables(left)

    def _do(self, step: Any) -> None:
        """Do the join."""
        self._document.run_step(step)
        self.accept()

    # --- building ---

    def _make_choices(self) -> None:
        self.left, self.right = QComboBox(self), QComboBox(self)
        for box, name, words in (
            (self.left, "join_left", "Left table"),
            (self.right, "join_right", "Right table"),
        ):
            box.setObjectName(name)
            box.setAccessibleName(words)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.swap = QToolButton(self)
        self.swap.setObjectName("join_swap")
        self.swap.setIcon(icon("swap"))
        self.swap.setToolTip("Swap the two tables")
        self.swap.setAccessibleName("Swap the two tables")
        self.kinds = QButtonGroup(self)
        self._kind_words: dict[str, QLabel] = {}
        for kind, (title, _) in KINDS.items():
            radio = QRadioButton(title, self)
            radio.setObjectName(f"join_kind_{kind}")
            radio.setProperty("join_kind", kind)
            self.kinds.addButton(radio)
            self._kind_words[kind] = make_muted("", self)
            if kind == "left":
                radio.setChecked(True)
        self.name = QLineEdit(self)
        self.name.setObjectName("join_name")
        self.name.setAccessibleName("Name of the new table")
        self.run_button = QPushButton("Join", self)
        self.run_button.setObjectName("join_run")
        self.run_button.setDefault(True)
        self.run_button.setEnabled(False)
        set_kind(self.run_button, "primary")
        self.cancel_button = QPushButton("Cancel", self)
        self.cancel_button.setObjectName("join_cancel")
        self.cancel_button.setAutoDefault(False)

    def _lay_out(self) -> None:
        choices = QWidget(self)
        column = QVBoxLayout(choices)
        column.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        column.setSpacing(SPACE)
        column.addLayout(self._tables_row())
        column.addSpacing(HALF)
        column.addWidget(make_heading("Rows belong together where", 3, self))
        column.addWidget(self.keys)
        column.addSpacing(HALF)
        column.addWidget(make_heading("Kind of join", 3, self))
        column.addLayout(self._kinds_grid())
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setObjectName("join_choices")
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what lies in it has the keyboard
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(choices)
        upper = QHBoxLayout()
        no_margins(upper, 0)
        upper.addWidget(scroll, 1)
        upper.addWidget(self.report, 1)
        foot = QFrame(self)
        set_kind(foot, "bar")
        row = QHBoxLayout(foot)
        row.setContentsMargins(DOUBLE, SPACE, DOUBLE, SPACE)
        row.setSpacing(SPACE)
        label = QLabel("Name of the &new table", self)
        label.setBuddy(self.name)
        row.addWidget(label)
        row.addWidget(self.name, 1)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.run_button)
        whole = QVBoxLayout(self)
        no_margins(whole, 0)
        whole.addLayout(upper, 1)
        whole.addWidget(foot)

    def _order(self) -> None:
        """Let the keyboard go through the choices as they are read, to the buttons at last."""
        choices = (self.left, self.swap, self.right, self.keys.add_button, *self.kinds.buttons())
        order = (*choices, self.name, self.cancel_button, self.run_button)
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
        self.keys.tab_after = self.right

    def _tables_row(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(HALF)
        for place, (box, words) in enumerate(((self.left, "&Left table"), (self.right, "&Right table"))):
            label = QLabel(words, self)
            label.setBuddy(box)
            set_kind(label, "heading3")
            grid.addWidget(label, 0, 2 * place)
            grid.addWidget(box, 1, 2 * place)
            grid.setColumnStretch(2 * place, 1)
        grid.addWidget(self.swap, 1, 1)
        return grid

    def _kinds_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(HALF)
        grid.setColumnStretch(1, 1)
        for row, radio in enumerate(self.kinds.buttons()):
            words = self._kind_words[str(radio.property("join_kind"))]
            grid.addWidget(radio, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(words, row, 1)
            words.setContentsMargins(0, 4, 0, 4)
        return grid

    def _connect(self) -> None:
        self.left.activated.connect(self._tables_chosen)
        self.right.activated.connect(self._tables_chosen)
        self.swap.clicked.connect(self._swap)
        self.keys.changed.connect(self._compare)
        self.kinds.buttonClicked.connect(self._kind_chosen)
        self.report.options_changed.connect(self._compare)
        self.name.textEdited.connect(self._name_edited)
        self.run_button.clicked.connect(self._run)
        self.cancel_button.clicked.connect(self.reject)
        self._document.tables_changed.connect(self._tables_changed)

    # --- the choices ---

    @property
    def kind(self) -> JoinKind:
        """The chosen kind of join."""
        button = self.kinds.checkedButton()
        chosen: JoinKind = button.property("join_kind") if button is not None else "left"
        return chosen

    def set_kind_of_join(self, kind: JoinKind) -> None:
        """Choose a kind of join."""
        for radio in self.kinds.buttons():
            if radio.property("join_kind") == kind:
                radio.click()

    def request(self) -> JoinRequest | None:
        """Return what is asked for now, or None while tables are missing."""
        left, right = self._dataset(self.left), self._dataset(self.right)
        if left is None or right is None:
            return None
        return JoinRequest(
            left=left,
            right=right,
            keys=self.keys.pairs(),
            kind=self.kind,
            convert_keys=self.report.convert_keys,
            many_to_many=self.report.many_to_many,
            suffix=self.report.suffix,
        )

    def _dataset(self, box: QComboBox) -> Dataset | None:
        return self.tables.get(box.currentText())

    def _fill_tables(self, left: str = "") -> None:
        """Offer the tables; the longest one is at the left, since rows are kept there."""
        tables = self.tables
        names = list(tables)
        for box in (self.left, self.right):
            box.clear()
            box.addItems(names)
        by_rows = sorted(names, key=lambda name: -len(tables[name].frame))
        if len(names) == 2 or left not in tables:
            left = by_rows[0] if by_rows else ""
        others = [name for name in names if name != left]
        self.left.setCurrentText(left)
        self.right.setCurrentText(others[-1] if others else left)
        self._tables_chosen()

    @Slot()
    def _tables_changed(self) -> None:
        """Follow tables that come, go or change while the dialog is open."""
        chosen = self.left.currentText(), self.right.currentText()
        names = list(self.tables)
        if not all(name in names for name in chosen):
            self.reject() if len(names) < 2 else self._fill_tables()
            return
        for box, name in zip((self.left, self.right), chosen, strict=True):
            box.clear()
            box.addItems(names)
            box.setCurrentText(name)
        self._tables_chosen()

    @Slot()
    def _swap(self) -> None:
        left, right = self.left.currentText(), self.right.currentText()
        self.left.setCurrentText(right)
        self.right.setCurrentText(left)
        self._tables_chosen()

    @Slot()
    def _tables_chosen(self) -> None:
        """Describe the kinds with the tables' names and look for keys."""
        left, right = self._dataset(self.left), self._dataset(self.right)
        for kind, (_, words) in KINDS.items():
            self._kind_words[kind].setText(
                words.format(left=self.left.currentText(), right=self.right.currentText())
            )
        if not self._name_typed:
            self.name.setText(self._free_name())
            self.name.setCursorPosition(0)
        self.report.reset()
        self._show_view(None)
        if left is None or right is None:
            return
        self.keys.set_columns(left.variables, right.variables, left.name, right.name)
        self._worker.run(
            suggesting(left, right),
            lane="data",
            key="join_keys",
            description="Looking for keys",
            owner=self,
            on_done=lambda pairs: self._show_suggested(left, right, pairs),
            on_failed=self._show_error,
        )

    def _show_suggested(self, left: Dataset, right: Dataset, pairs: Sequence[tuple[str, str]]) -> None:
        if left is self._dataset(self.left) and right is self._dataset(self.right):
            self.keys.set_pairs(pairs)
            self._compare()

    @Slot()
    def _kind_chosen(self) -> None:
        self._compare()

    @Slot()
    def _name_edited(self) -> None:
        self._name_typed = bool(self.name.text().strip())
        self._label_button()

    def _free_name(self) -> str:
        from mixgui.project.project import free_name

        wanted = f"{self.left.currentText()} with {self.right.currentText()}"
        return free_name(wanted, set(self.tables))

    # --- the report ---

    @Slot()
    def _compare(self) -> None:
        """Find out in the worker what the join would do; the latest question wins."""
        request = self.request()
        self._show_view(None)
        if request is None:
            return
        if not request.keys:
            self.report.show_hint("Choose the columns by which the rows belong together.")
            return
        self.report.show_busy()
        self._worker.run(
            preparing(request),
            lane="data",
            key="join_report",
            description="Comparing the keys",
            owner=self,
            on_done=self._show_view,
            on_failed=self._show_error,
        )

    def _show_view(self, view: JoinView | None) -> None:
        self._view = view
        if view is not None:
            self.report.show_view(view)
        self._label_button()

    def _show_error(self, error: MixguiError) -> None:
        self._view = None
        self.report.show_error(error)
        self._label_button()

    def _label_button(self) -> None:
        """Say on the button what comes out."""
        view, name = self._view, self.name.text().strip()
        taken = name in self.tables
        set_kind(self.name, "invalid" if taken or not name else "")
        self.name.setToolTip("There is already a table with this name." if taken else "")
        ready = view is not None and not view.refused
        self.run_button.setEnabled(ready and bool(name) and not taken)
        if ready and view is not None:
            rows = f"{view.report.rows:,} row{'' if view.report.rows == 1 else 's'}"
            columns = f"{view.report.columns:,} column{'' if view.report.columns == 1 else 's'}"
            self.run_button.setText(f"Join: {rows} × {columns}")
        else:
            self.run_button.setText("Join")

    @Slot()
    def _run(self) -> None:
        request, name = self.request(), self.name.text().strip()
        if request is None or not self.run_button.isEnabled():
            return
        self._do(request.step(name))
