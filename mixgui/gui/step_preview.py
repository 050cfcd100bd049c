"""The right half of a step's dialog: what the tables are like before and after the step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QBrush, QColor, QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from mixgui.errors import MixguiError
from mixgui.gui.elided_label import ElidedLabel
from mixgui.gui.frame_model import FrameModel, Index
from mixgui.gui.notes import NoteList
from mixgui.gui.status import Spinner
from mixgui.gui.step_sample import SHOWN, Side, StepSample
from mixgui.gui.table_view import DataView
from mixgui.gui.theme import DOUBLE, HALF, SPACE, colors, make_heading, make_muted, no_margins, set_kind

_NOTES_SHOWN = 3
_GROUNDS = {"added": "info_ground", "changed": "warning_ground", "removed": "error_ground"}


class _SideModel(FrameModel):
    """Some rows of a table, with the columns and cells coloured that the step changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.side: Side | None = None

    def set_side(self, side: Side) -> None:
        """Show other rows."""
        self.side = side
        self.set_dataset(side.dataset)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what the table says, in the colours of the change."""
        side = self.side
        if side is None:
            return None
        row, column = index.row(), index.column()
        mark = side.marks[column] if column < len(side.marks) else ""
        if role == Qt.ItemDataRole.BackgroundRole:
            if mark in _GROUNDS and (column not in side.cells or side.cells[column][row]):
                return QBrush(QColor(getattr(colors(), _GROUNDS[mark])))
        elif role == Qt.ItemDataRole.FontRole and (mark == "removed" or row in side.gone):
            font = QFont()
            font.setStrikeOut(True)
            return font
        elif role == Qt.ItemDataRole.ForegroundRole and (mark in ("removed", "old") or row in side.gone):
            return QBrush(QColor(colors().muted))
        elif role == Qt.ItemDataRole.AccessibleTextRole and row in side.gone:
            return f"{super().data(index, role)}, row left out"
        return super().data(index, role)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Number the rows as the table before has them."""
        side = self.side
        rows = side.rows if side is not None else ()
        if orientation == Qt.Orientation.Vertical and role == Qt.ItemDataRole.DisplayRole and rows:
            return f"{rows[section] + 1}" if section < len(rows) else ""
        return super().headerData(section, orientation, role)


class SideView(QWidget):
    """A title and the rows of a table."""

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.title = ElidedLabel("", self)
        self.title.setObjectName(f"preview_{name}_title")
        set_kind(self.title, "strong")
        self.view = DataView(self, model=_SideModel(self))
        self.view.setObjectName(f"preview_{name}")
        self.view.setAccessibleName(f"Rows {words.lower()} the step")
        self.view.setProperty("kind", "framed")
        self.empty = make_muted("This table has no rows.", self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        no_margins(column, HALF)
        column.addWidget(self.title)
        column.addWidget(self.view, 1)
        column.addWidget(self.empty, 1)

    @property
    def model(self) -> _SideModel:
        """What is shown."""
        model = self.view.frame_model
        assert isinstance(model, _SideModel)
        return model

    def show_side(self, side: Side, *, alone: bool = False) -> None:
        """Show rows, from the first one and from the first column that is different."""
        self.title.setText(f"{self._words}: {side.title}")
        self.title.setVisible(not alone)
        place = self.view.horizontalScrollBar().value(), self.view.verticalScrollBar().value()
        before = self.model.side
        same = before is not None and before.dataset.names == side.dataset.names
        self.model.set_side(side)
        self.view.fit_columns()
        self.view.setVisible(len(side.dataset.frame) > 0)
        self.empty.setVisible(len(side.dataset.frame) == 0)
        if same:  # the same table with other values: it stays where the user has scrolled it
            self.view.horizontalScrollBar().setValue(place[0])
            self.view.verticalScrollBar().setValue(place[1])
            return
        self.view.scrollToTop()
        changed = [at for at, mark in enumerate(side.marks) if mark]
        if changed and len(side.dataset.frame):
            for at in (changed[-1], changed[0]):
                self.view.scrollTo(self.model.index(0, at))


class PreviewPane(QFrame):
    """Shows a `StepSample`, or why there is none; the last good one stays while something is wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("step_preview")
        set_kind(self, "page")
        self.sample: StepSample | None = None
        self.heading = make_heading("Preview", 2, self)
        self.facts = ElidedLabel("", self)
        self.facts.setObjectName("preview_size")
        set_kind(self.facts, "muted")
        self.spinner = Spinner(self)
        self.spinner.hide()
        self.notes = NoteList(self)
        self.notes.setObjectName("preview_notes")
        self.more_notes = QPushButton(self)
        self.more_notes.setObjectName("preview_more_notes")
        self.more_notes.setAutoDefault(False)
        set_kind(self.more_notes, "link")
        self.more_notes.clicked.connect(self._toggle_notes)
        self._all_notes: tuple[Any, ...] = ()
        self._unfolded = False
        self.state = make_muted("", self)
        self.state.setObjectName("preview_state")
        self.before, self.after = SideView("before", "Before", self), SideView("after", "After", self)
        self.hint = make_muted("", self)
        self.hint.setObjectName("preview_hint")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.legend = QLabel(self)
        self.legend.setObjectName("preview_legend")
        set_kind(self.legend, "muted")
        self._lay_out()
        self.show_hint("")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        no_margins(head, SPACE)
        head.addWidget(self.heading)
        head.addWidget(self.facts, 1)
        head.addWidget(self.spinner)
        tables = QWidget(self)
        column = QVBoxLayout(tables)
        no_margins(column, SPACE + HALF)
        column.addWidget(self.before, 1)
        column.addWidget(self.after, 1)
        column.addWidget(self.legend)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.hint)
        self.pages.addWidget(tables)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, SPACE)
        whole.setSpacing(SPACE)
        whole.addLayout(head)
        whole.addWidget(self.state)
        whole.addWidget(self.notes)
        whole.addWidget(self.more_notes, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self.pages, 1)

    def holds_for(self, step: Any) -> bool:
        """Whether the preview of this step is shown."""
        return self.sample is not None and self.sample.step == step and not self.state.isVisibleTo(self)

    def show_busy(self, on: bool) -> None:
        """Tell whether a preview is being made."""
        self.spinner.setVisible(on)

    def show_hint(self, text: str) -> None:
        """Say what is missing; a preview that was shown stays and is said to be an earlier one."""
        self.show_busy(False)
        self._set_notes(())
        if self.sample is not None:
            self._say_earlier(text)
            return
        self.facts.setText("")
        self.state.hide()
        self.hint.setText(text)
        self.pages.setCurrentIndex(0)

    def show_error(self, error: MixguiError | None) -> None:
        """Tell an error that has no field; None for one that is told at its field."""
        self.show_hint("" if self.sample is not None else "The preview comes when the form is right.")
        if error is not None:
            self._set_notes([_ErrorNote(f"{error.message} {error.hint}".strip())])

    def show_failure(self, error: MixguiError) -> None:
        """Tell why the step was not done; the preview still holds."""
        self.show_busy(False)
        self._set_notes([_ErrorNote(f"{error.message} {error.hint}".strip())])

    def show_sample(self, sample: StepSample) -> None:
        """Show what a step does."""
        self.show_busy(False)
        self.state.hide()
        self.sample = sample
        self.facts.setText(sample.size)
        self._set_notes(sample.notes)
        self.before.setVisible(sample.before is not None)
        labels = type(sample.step).__name__ == "Describe"  # other steps are about the codes
        for side in (self.before, self.after):
            side.view.show_labels(labels)
        if sample.before is not None:
            self.before.show_side(sample.before)
        self.after.show_side(sample.after, alone=sample.before is None)
        self._explain(sample)
        self.pages.setCurrentIndex(1)

    def forget(self) -> None:
        """Show no preview: the step is about something else now."""
        self.sample = None
        self.show_hint("")

    def _set_notes(self, notes: Iterable[Any]) -> None:
        """Show the first notes, and a button for the rest."""
        self._all_notes = tuple(notes)
        self._unfolded = False
        self._show_notes()

    def _show_notes(self) -> None:
        notes = self._all_notes
        folded = len(notes) > _NOTES_SHOWN + 1 and not self._unfolded
        self.notes.set_notes(notes[:_NOTES_SHOWN] if folded else notes)
        self.more_notes.setVisible(len(notes) > _NOTES_SHOWN + 1)
        self.more_notes.setText(
            f"Show {len(notes) - _NOTES_SHOWN} more notes" if folded else "Show fewer notes"
        )

    @Slot()
    def _toggle_notes(self) -> None:
        self._unfolded = not self._unfolded
        self._show_notes()

    def _say_earlier(self, text: str) -> None:
        self.state.setText(f"{text} The preview is that of the last settings that were right.".strip())
        self.state.show()

    @Slot()
    def _explain(self, sample: StepSample | None) -> None:
        """Say what the colours mean, with a word for those who cannot see them."""
        if sample is None:
            return
        palette = colors()
        marks = set(sample.after.marks)
        parts = [
            f'<span style="background-color:{getattr(palette, _GROUNDS[mark])}">&nbsp;{sign}&nbsp;</span> {words}'
            for mark, sign, words in (
                ("added", "+", "new"),
                ("changed", "•", "changed"),
                ("removed", "−", "removed"),
            )
            if mark in marks
        ]
        if sample.before is not None and sample.before.gone:
            parts.append("<s>struck</s> rows are left out")
        longest = max(len(side.dataset.frame) for side in (sample.before, sample.after) if side is not None)
        if longest >= SHOWN:
            rows = sample.after.rows
            apart = bool(rows) and sample.before is None and rows[0] > 0
            parts.append(f"the first {SHOWN} rows{' that change' if apart else ''} are shown")
        self.legend.setText(" &nbsp; ".join(parts))
        self.legend.setVisible(bool(parts))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Explain the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "legend"):
            self._explain(self.sample)


class _ErrorNote:
    """What a `NoteList` needs to know of an error."""

    severity = "error"
    title = ""

    def __init__(self, text: str) -> None:
        self.text = text
