"""What a join would do, in words and numbers, with the keys that do not match to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mixgui.errors import MixguiError
from mixgui.gui.join_request import JoinView
from mixgui.gui.notes import NoteList
from mixgui.gui.status import Spinner
from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import DOUBLE, HALF, SPACE, make_heading, make_muted, no_margins, set_kind

if TYPE_CHECKING:
    import pandas as pd

    from mixgui.data.join_report import KeyCount, SideReport

# The other relationships are warnings of the report.
_RELATIONSHIPS = {
    "one-to-one": "Each key occurs once in {left} and once in {right} (one-to-one).",
    "many-to-one": "Several rows of {left} share one row of {right} (many-to-one).",
}


class _SideView(QWidget):
    """One table: how much of it matches, with buttons that list the keys."""

    list_requested = Signal(str, object, int)

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"join_side_{side}")
        self._side: SideReport | None = None
        self._columns: Sequence[str] = ()
        self.title = make_heading("", 2, self)
        self.numbers = make_muted("", self)
        self.numbers.setObjectName(f"join_numbers_{side}")
        self.unmatched = QPushButton(self)
        self.unmatched.setObjectName(f"join_unmatched_{side}")
        self.repeated = QPushButton(self)
        self.repeated.setObjectName(f"join_repeated_{side}")
        column = QVBoxLayout(self)
        no_margins(column, 2)
        column.addWidget(self.title)
        column.addWidget(self.numbers)
        for button in (self.unmatched, self.repeated):
            set_kind(button, "link")
            button.setAutoDefault(False)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.unmatched.clicked.connect(self._list_unmatched)
        self.repeated.clicked.connect(self._list_repeated)

    def show_side(self, side: SideReport, columns: Sequence[str], *, as_text: bool = False) -> None:
        """Show the numbers of a table; `as_text` says that they hold for keys compared as text."""
        self._side, self._columns = side, columns
        self.title.setText(side.name)
        text = "Compared as text: " if as_text else ""
        text += (
            f"{side.matched_rows:,} of {side.rows:,} rows match · "
            f"{side.matched_keys:,} of {side.keys:,} different keys"
        )
        self.numbers.setText(text)
        alone, several = side.unmatched_keys, side.repeated_keys
        self.unmatched.setVisible(alone > 0)
        self.unmatched.setText(f"Show {_keys(alone)} without a match")
        self.repeated.setVisible(several > 0)
        self.repeated.setText(f"Show {_keys(several)} that occur{'s' if several == 1 else ''} several times")

    @Slot()
    def _list_unmatched(self) -> None:
        if self._side is not None:
            table = _key_frame(self._side.unmatched, self._columns)
            title = f"Keys of {self._side.name} without a match"
            self.list_requested.emit(title, table, self._side.unmatched_keys)

    @Slot()
    def _list_repeated(self) -> None:
        if self._side is not None:
            table = _key_frame(self._side.repeated, self._columns)
            title = f"Keys of {self._side.name} that occur several times"
            self.list_requested.emit(title, table, self._side.repeated_keys)


def _keys(count: int) -> str:
    return "the key" if count == 1 else f"the {count:,} keys"


class JoinReportView(QFrame):
    """The right half of the join dialog.

    Signals
    -------
    options_changed()
        The user allowed many-to-many, chose to compare keys as text, or changed the suffix.
    """

    options_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("join_report")
        set_kind(self, "page")
        self.headline = make_heading("", 1, self)
        self.headline.setObjectName("join_headline")
        self.spinner = Spinner(self)
        self.spinner.hide()
        self.sentence = make_muted("", self)
        self.sentence.setObjectName("join_sentence")
        self.notes = NoteList(self)
        self.notes.setObjectName("join_notes")
        self.allow = QCheckBox(self)
        self.allow.setObjectName("join_many_to_many")
        self.convert = QCheckBox("Compare the keys as text", self)
        self.convert.setObjectName("join_convert")
        self.convert.setToolTip("The number 1 and the text “1” are then equal.")
        self.suffix_field = QLineEdit("_right", self)
        self.suffix_field.setObjectName("join_suffix")
        self.suffix_field.setAccessibleName("Ending of the clashing columns of the right table")
        self.suffix_field.setMaximumWidth(SPACE * 16)
        self.sides = (_SideView("left", self), _SideView("right", self))
        self.listing = TableCard("", self, name="join_list", max_rows=8)
        self.listing.hide()
        self._lay_out()
        self.allow.clicked.connect(self.options_changed)
        self.convert.clicked.connect(self.options_changed)
        self.suffix_field.textEdited.connect(self.options_changed)
        for side in self.sides:
            side.list_requested.connect(self.show_list)

    def _lay_out(self) -> None:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        column.setSpacing(SPACE)
        head = QHBoxLayout()
        head.addWidget(self.headline, 1)
        head.addWidget(self.spinner)
        column.addWidget(make_heading("What the join would do", 3, self))
        column.addLayout(head)
        column.addWidget(self.sentence)
        column.addWidget(self.notes)
        column.addWidget(self.convert, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.allow, 0, Qt.AlignmentFlag.AlignLeft)
        self._suffix_row = QWidget(page)
        row = QHBoxLayout(self._suffix_row)
        no_margins(row)
        label = QLabel("Ending of their names", self)
        label.setBuddy(self.suffix_field)
        row.addWidget(label)
        row.addWidget(self.suffix_field)
        row.addStretch(1)
        column.addWidget(self._suffix_row)
        column.addSpacing(HALF)
        for side in self.sides:
            column.addWidget(side)
            column.addSpacing(HALF)
        column.addWidget(self.listing)
        column.addStretch(1)
        self._scroll = scroll = QScrollArea(self)
        scroll.setObjectName("join_report_scroll")
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what lies in it has the keyboard
        scroll.setWidget(page)
        whole = QVBoxLayout(self)
        no_margins(whole, 0)
        whole.addWidget(scroll)
        self._hide_all()

    @property
    def many_to_many(self) -> bool:
        """Whether the user allowed many-to-many."""
        return self.allow.isChecked()

    @property
    def convert_keys(self) -> bool:
        """Whether the user wants keys to be compared as text."""
        return self.convert.isChecked()

    @property
    def suffix(self) -> str:
        """What is appended to clashing names of the right table."""
        return self.suffix_field.text().strip()

    def reset(self) -> None:
        """Forget the permissions: they were given for other tables."""
        self.allow.setChecked(False)
        self.convert.setChecked(False)
        self._hide_all()

    def set_options(self, *, convert_keys: bool, many_to_many: bool, suffix: str) -> None:
        """Show what was allowed before."""
        self.convert.setChecked(convert_keys)
        self.allow.setChecked(many_to_many)
        self.suffix_field.setText(suffix)

    def show_hint(self, text: str) -> None:
        """Say what is to be chosen first."""
        self._hide_all()
        self.sentence.setText(text)
        self.sentence.show()

    def show_busy(self) -> None:
        """Turn the sign of work; the last report stays to be read."""
        self.spinner.show()

    def show_error(self, error: MixguiError) -> None:
        """Say why there is no report."""
        self._hide_all()
        self.notes.set_notes([_NoteText("error", str(error))])

    def show_view(self, view: JoinView) -> None:
        """Show what a join would do."""
        request, report = view.request, view.report
        self.spinner.hide()
        size = f"{report.rows:,} row{'' if report.rows == 1 else 's'} × {report.columns:,} columns"
        self.headline.setText("Not possible like this" if view.refused else size)
        words = _RELATIONSHIPS.get(report.relationship, "")
        self.sentence.setText(words.format(left=report.left.name, right=report.right.name))
        self.sentence.setVisible(bool(words) and not view.refused)
        mismatch = any(not types.match for types in report.types)
        self.notes.set_notes(_notes_of(view, mismatch))
        self.convert.setVisible(mismatch)
        many = report.relationship == "many-to-many" and request.kind not in ("semi", "anti")
        self.allow.setVisible(many and (not mismatch or self.convert_keys))
        self.allow.setText(f"Allow many-to-many: the result has {report.rows:,} rows")
        self._suffix_row.setVisible(bool(request.clashing))
        names = ([left for left, _ in request.keys], [right for _, right in request.keys])
        for widget, side, columns in zip(self.sides, (report.left, report.right), names, strict=True):
            widget.show_side(side, columns, as_text=mismatch)
            widget.show()
        self.listing.hide()

    @Slot(str, object, int)
    def show_list(self, title: str, table: pd.DataFrame, total: int) -> None:
        """Show keys below the report; they can be searched, sorted and copied."""
        self.listing.set_title(title)
        self.listing.search_field.clear()
        rest = total - len(table)
        self.listing.set_frame(table, notes=[f"{rest:,} more keys are not listed."] if rest > 0 else ())
        self.listing.show()
        QTimer.singleShot(0, self, lambda: self._scroll.ensureWidgetVisible(self.listing))

    def _hide_all(self) -> None:
        self.spinner.hide()
        self.headline.clear()
        self.sentence.clear()
        self.notes.set_notes([])
        for widget in (self.allow, self.convert, self._suffix_row, self.listing, *self.sides):
            widget.hide()


@dataclass(frozen=True)
class _NoteText:
    """A sentence of the report as a note."""

    severity: str
    text: str
    title: str = ""


def _notes_of(view: JoinView, mismatch: bool) -> list[object]:
    """Return what the user must know: refusals and warnings, then what happens to keys and names."""
    severities = {"refused": "error", "warning": "warning"}
    notes: list[object] = [
        _NoteText(severities[line.severity], f"{line.text} {line.hint}".strip())
        for line in view.report.lines
        if line.severity in severities
    ]
    if mismatch and view.request.convert_keys:
        notes.append("The keys are compared as text: 1 and “1” are equal.")
    if view.report.clashes:
        pairs = ", ".join(f"{old} → {new}" for old, new in view.report.clashes)
        notes.append(
            f"Both tables have these columns; those of {view.report.right.name} get new names: {pairs}."
        )
    return notes


def _key_frame(keys: Sequence[KeyCount], columns: Sequence[str]) -> pd.DataFrame:
    """Return keys and their numbers of rows as a table."""
    import pandas as pd

    frame = pd.DataFrame([one.key for one in keys], columns=list(columns))
    frame["rows" if "rows" not in columns else "number of rows"] = [one.rows for one in keys]
    return frame
