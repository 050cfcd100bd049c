"""Three looks at one table: its cells, its codebook, its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from mixgui.gui.checks_view import ChecksView
from mixgui.gui.codebook_view import CodebookView
from mixgui.gui.theme import HALF, SPACE, no_margins

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset

CELLS, CODEBOOK, CHECKS = "cells", "codebook", "checks"
_WORDS = {CELLS: "Cells", CODEBOOK: "Codebook", CHECKS: "Checks"}
_TIPS = {
    CELLS: "The rows of the table.",
    CODEBOOK: "What the columns are: labels, units, types, values, missing codes.",
    CHECKS: "What often goes wrong in data with groups.",
}


class DataPages(QWidget):
    """A row of buttons above the cells, the codebook or the checks.

    Parameters
    ----------
    cells : QWidget
        The cells, and what is shown when there are none.
    codebook : CodebookView
    checks : ChecksView

    Signals
    -------
    page_changed(str)
        "cells", "codebook" or "checks".
    """

    page_changed = Signal(str)

    def __init__(
        self, cells: QWidget, codebook: CodebookView, checks: ChecksView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("data_pages")
        self.codebook, self.checks = codebook, checks
        self._pages: dict[str, QWidget] = {CELLS: cells, CODEBOOK: codebook, CHECKS: checks}
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._stack = QStackedWidget(self)
        self._stack.setObjectName("data_stack")
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE * 3 // 2 - HALF, 0, SPACE, HALF)
        bar.setSpacing(HALF)
        for name, page in self._pages.items():
            bar.addWidget(self._button(name))
            self._stack.addWidget(page)
        bar.addStretch(1)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addLayout(bar)
        column.addWidget(self._stack, 1)
        checks.count_changed.connect(self._count)
        self.show_page(CELLS)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"data_page_{name}")
        button.setText(_WORDS[name])
        button.setToolTip(_TIPS[name])
        button.setAccessibleName(_WORDS[name])
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.clicked.connect(lambda: self.show_page(name))
        self._group.addButton(button)
        self._buttons[name] = button
        return button

    @property
    def page(self) -> str:
        """Which page is shown."""
        return next(name for name, page in self._pages.items() if page is self._stack.currentWidget())

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Show a page."""
        self._buttons[name].setChecked(True)
        self._stack.setCurrentWidget(self._pages[name])
        self.page_changed.emit(name)

    def show_column(self, name: str) -> None:
        """Show what the codebook says of a column, ready to be changed."""
        self.show_page(CODEBOOK)
        self.codebook.show_column(name)
        self.codebook.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show another table in the codebook and the checks."""
        self.codebook.set_dataset(dataset)
        self.checks.set_dataset(dataset)

    @Slot(int)
    def _count(self, n: int) -> None:
        """Say on the button how much there is to look at."""
        button = self._buttons[CHECKS]
        button.setText(f"Checks ({n})" if n > 0 else "Checks")
        found = "nothing found" if n == 0 else f"{n} found" if n > 0 else "not checked yet"
        button.setAccessibleName(f"Checks, {found}")
