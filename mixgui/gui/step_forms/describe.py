"""The form of a step that described columns: the codebook as it was before the step, with what the step says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from mixgui.gui.codebook_model import LABEL, VALUES, CodebookModel
from mixgui.gui.codebook_table import CodebookTable
from mixgui.gui.codebook_values import ValuesDialog
from mixgui.gui.column_panel import finding_levels
from mixgui.gui.step_forms.base import StepForm, need
from mixgui.gui.theme import HALF, no_margins

if TYPE_CHECKING:
    from mixgui.data.codebook import Codebook, VariableInfo


class _Draft(QObject):
    """Edits that are not applied yet.

    Signals
    -------
    settled()
        Something else is said.
    """

    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.infos: dict[str, VariableInfo] = {}

    def pending(self, table: str, column: str) -> VariableInfo | None:
        """Return what the step says of a column; None if nothing."""
        return self.infos.get(column)

    def edit(self, table: str, changes: Codebook) -> None:
        """Say something else of columns."""
        self.infos.update(changes)
        self.settled.emit()

    def replace(self, codebook: Codebook) -> None:
        """Forget what was said, and say this."""
        self.infos = dict(codebook)
        self.settled.emit()


class DescribeForm(StepForm):
    """What is said of the columns of a table from this step on."""

    main_field = "codebook"
    width_wanted = 600

    def build(self) -> None:
        """The codebook, and the values of a column."""
        self.draft = _Draft(self)
        self.model = CodebookModel(self.draft, self)
        self.view = CodebookTable(self.model, self)
        self.view.setObjectName("step_codebook")
        self.view.setMinimumHeight(240)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.view.doubleClicked.connect(self._double_clicked)
        self.values = QPushButton("Values…", self)
        self.values.setObjectName("step_codebook_values")
        self.values.setAccessibleName("Edit values")
        self.values.setToolTip(
            "Labels and order of the chosen column\N{RIGHT SINGLE QUOTATION MARK}s values."
        )
        self.values.setAutoDefault(False)
        self.values.clicked.connect(self._edit_values)
        place = QWidget(self)
        place.setFocusProxy(self.view)
        column = QVBoxLayout(place)
        no_margins(column, HALF)
        column.addWidget(self.view, 1)
        column.addWidget(self.values, 0, Qt.AlignmentFlag.AlignRight)
        self.add("codebook", "&Codebook from this step on", place, "Double-click or F2 to edit.")
        self.draft.settled.connect(self.changed)

    def offer(self) -> None:
        """Show the codebook as it was before the step."""
        dataset = self.dataset
        self.model.set_dataset(dataset)
        if dataset is not None:
            self.ask("levels", finding_levels(dataset, ""), self.model.set_levels)
            self.view.setCurrentIndex(self.model.index(0, LABEL))

    def start(self) -> QWidget:
        """Return the codebook."""
        return self.view

    def make(self) -> Any:
        """Return the step: what it says of columns, if that is not what was said before."""
        from mixgui.data.describe_step import Describe

        dataset = self.dataset
        before = {} if dataset is None else dict(dataset.codebook)
        said = tuple((n, info) for n, info in self.draft.infos.items() if n in before and before[n] != info)
        need(said, "codebook", "Say something of a column that was not said before this step.")
        return Describe(self.table, said)

    def fill(self, step: Any) -> None:
        """Show a step, and go to the first column that it describes."""
        self.draft.replace(step.codebook)
        row = self.model.row_of(step.codebook[0][0]) if step.codebook else -1
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row, LABEL))

    @Slot(QModelIndex)
    def _double_clicked(self, index: QModelIndex) -> None:
        if index.column() == VALUES:
            self._edit_values()

    @Slot()
    def _edit_values(self) -> None:
        """Open the values of the chosen column."""
        dataset, index = self.dataset, self.view.currentIndex()
        if dataset is None or not index.isValid():
            return
        dialog = ValuesDialog(dataset, self.model.variable(index.row()), self._worker, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._on_values)
        dialog.show()

    @Slot(str, object)
    def _on_values(self, name: str, info: VariableInfo) -> None:
        row = self.model.row_of(name)
        if row >= 0:
            self.model.edit(row, info)
