"""An ordinary regression in each group by itself (no pooling), computed when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mixgui.errors import MixguiError
from mixgui.gui.notes import NoteList
from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import SPACE, make_muted, no_margins
from mixgui.observer import Observer
from mixgui.services.selection import Selection
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    import pandas as pd

    from mixgui.data.dataset import Dataset
    from mixgui.models.result import ModelFit

_EXPLAIN = "The same regression in each group by itself: what groups say without learning from each other."


class OlsGroupsView(QWidget):
    """Chooses a grouping variable and shows a regression a group.

    Signals
    -------
    filled()
        The table is there.
    """

    filled = Signal()

    def __init__(self, worker: Worker, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ols_groups_view")
        self._worker = worker
        self._selection = selection
        self._fit: ModelFit | None = None
        self._dataset: Dataset | None = None
        self._shown = ""
        self._group = QComboBox(self)
        self._group.setObjectName("ols_group")
        self._group.setAccessibleName("Grouping variable")
        self._group.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._group.setMinimumContentsLength(14)
        self._go = QPushButton("Fit each group", self)
        self._go.setObjectName("ols_groups_fit")
        self._said = make_muted(_EXPLAIN, self)
        self._notes = NoteList(self)
        self.table = TableCard("OLS per group", self, name="ols_groups", max_rows=9)
        self.table.setVisible(False)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(QLabel("Groups", self))
        row.addWidget(self._group)
        row.addWidget(self._go)
        row.addStretch(1)
        column = QVBoxLayout(self)
        no_margins(column)
        column.addLayout(row)
        column.addWidget(self._said)
        column.addWidget(self._notes)
        column.addWidget(self.table)
        self._go.clicked.connect(self.fit)
        self._group.currentTextChanged.connect(self._clear)
        self.table.row_chosen.connect(self._on_row)
        selection.changed.connect(self._light)

    def set_fit(self, fit: ModelFit | None, dataset: Dataset | None, groups: Sequence[str]) -> None:
        """Offer the groupings of a fitted regression."""
        if fit is self._fit and dataset is self._dataset:
            return
        self._fit, self._dataset = fit, dataset
        names = [] if fit is None or dataset is None else _groupings(fit, dataset, groups)
        current = self._group.currentText()
        self._group.blockSignals(True)
        self._group.clear()
        self._group.addItems(names)
        if current in names:
            self._group.setCurrentText(current)
        self._group.blockSignals(False)
        self._go.setEnabled(bool(names))
        self._clear()

    @Slot()
    def fit(self) -> None:
        """Fit each group in the worker."""
        fit, dataset, group = self._fit, self._dataset, self._group.currentText()
        if fit is None or dataset is None or not group:
            return

        def work(observer: Observer) -> pd.DataFrame:
            from mixgui.models.diagnostics import ols_by_group

            return wide(ols_by_group(fit.spec, dataset.frame, group))

        self._go.setEnabled(False)
        self._said.setText("Fitting…")
        self._worker.run(
            work,
            lane="fit",
            key="ols_by_group",
            description=f"OLS in each {group}",
            owner=self,
            on_done=lambda frame: self._on_done(group, frame),
            on_failed=self._on_failed,
            on_cancelled=self._clear,
        )

    def _on_done(self, group: str, frame: pd.DataFrame) -> None:
        if group != self._group.currentText():
            return
        self._go.setEnabled(True)
        self._said.setText(_EXPLAIN)
        self._shown = group
        self.table.set_title(f"OLS per {group}")
        self.table.set_frame(frame, index_label=group, headings=_headings(frame))
        self.table.setVisible(True)
        self.filled.emit()
        self._light()

    def _on_failed(self, error: MixguiError) -> None:
        self._clear()
        self._said.setText(str(error))

    @Slot()
    def _clear(self) -> None:
        self._shown = ""
        self._said.setText(_EXPLAIN)
        self._go.setEnabled(self._group.count() > 0)
        self.table.set_frame(None)
        self.table.setVisible(False)

    @Slot(object)
    def _on_row(self, key: object) -> None:
        self._selection.choose(self._shown, key)

    @Slot()
    def _light(self) -> None:
        level = self._selection.chosen(self._shown) if self._shown else None
        self.table.set_highlight(None if level is None else str(level))


def wide(long: pd.DataFrame) -> pd.DataFrame:
    """Return a row a group from a row a group and coefficient.

    Parameters
    ----------
    long : DataFrame
        As `ols_by_group` returns it.

    Returns
    -------
    DataFrame
        Indexed by the group; "rows", "estimate TERM" and "std_error TERM" for each term, "sigma", and "reason"
        if any number is missing.
    """
    import numpy as np
    import pandas as pd

    levels = long["level"].drop_duplicates()
    by_term = {str(term): part.set_index("level") for term, part in long.groupby("term", sort=False)}
    first = next(iter(by_term.values()))
    columns: dict[str, pd.Series] = {"rows": first["rows"]}
    for term, part in by_term.items():
        columns[f"estimate {term}"] = part["estimate"]
        columns[f"std_error {term}"] = part["std_error"]
    columns["sigma"] = first["sigma"]
    given = long[long["reason"] != ""]
    # A coefficient that is missing says more than a standard error that is.
    gravest = given.iloc[np.argsort(given["estimate"].notna().to_numpy(), kind="stable")]
    reasons = gravest.drop_duplicates("level").set_index("level")["reason"]
    if len(reasons):
        columns["reason"] = reasons.reindex(levels.to_numpy())
    return pd.DataFrame(columns).reindex(levels.to_numpy())


def _headings(frame: pd.DataFrame) -> dict[str, str]:
    """Return the term above its estimate, and SE above its standard error."""
    names = {name: name.removeprefix("estimate ") for name in frame.columns if name.startswith("estimate ")}
    return names | {name: "SE" for name in frame.columns if name.startswith("std_error ")}


def _groupings(fit: ModelFit, dataset: Dataset, likely: Sequence[str]) -> list[str]:
    """Return the columns by which rows may be grouped, likely ones first; those in the model are left out."""
    used = set(fit.formula.variables())
    names = [name for name in likely if name not in used]
    kinds = ("category", "text", "boolean", "integer")
    return names + [
        one.name
        for one in dataset.variables
        if one.kind in kinds and one.name not in used and one.name not in names and one.n_unique > 1
    ]
