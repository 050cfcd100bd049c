"""What the checks of a table found: a card each, with the rows concerned and the step that settles it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import DOUBLE, HALF, SPACE, icon, make_heading, make_muted, no_margins, set_kind
from mixgui.observer import Observer
from mixgui.services.document import Document
from mixgui.services.worker import Job, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.data.findings import Finding, Offer

_ICON = QSize(18, 18)
# Severity -> icon, colour, and the word that stands for them.
_LOOKS = {
    "problem": ("warning", "warning", "Problem"),
    "question": ("help", "info", "Question"),
    "info": ("info", "muted", "Worth knowing"),
}
# Larger tables are checked when somebody looks at the checks, smaller ones at once: for the number on the button.
_AT_ONCE = 200_000
_WAITING = "The table is being checked…"
_NO_ROWS = "This table has no rows to check."


def checking(dataset: Dataset, tables: dict[str, Dataset]) -> Any:
    """Return the job that checks a table."""

    def work(observer: Observer) -> tuple[Finding, ...]:
        from mixgui.data.checks import check_table

        return check_table(dataset, None, tables, observer)

    return work


class FindingCard(QFrame):
    """One finding.

    Signals
    -------
    offered(object)
        The user wants the step of an `Offer`.
    """

    offered = Signal(object)

    def __init__(self, finding: Finding, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finding = finding
        self.setObjectName(f"finding_{number}")
        set_kind(self, "card")
        self._look = _LOOKS[finding.severity]
        self.setAccessibleName(f"{self._look[2]}: {finding.sentence}")
        self._picture = QLabel(self)
        self._picture.setFixedSize(_ICON)
        self._picture.setToolTip(self._look[2])
        self.sentence = _wrapped(QLabel(finding.sentence, self))
        self.sentence.setObjectName("finding_sentence")
        set_kind(self.sentence, "strong" if finding.severity != "info" else "")
        hint = _wrapped(make_muted(finding.hint, self))
        hint.setObjectName("finding_hint")
        hint.setVisible(bool(finding.hint))
        self.table: TableCard | None = None
        words = QVBoxLayout()
        no_margins(words, HALF)
        words.addWidget(self.sentence)
        words.addWidget(hint)
        self._words = words
        if finding.shown is not None or finding.offers:
            words.addLayout(self._buttons(number))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE * 3 // 2, SPACE, SPACE * 3 // 2, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self._draw()

    def _buttons(self, number: int) -> QHBoxLayout:
        row = QHBoxLayout()
        no_margins(row, SPACE)
        if self.finding.shown is not None:
            self.show_button = QPushButton(f"Show {self.finding.what}", self)
            self.show_button.setObjectName(f"finding_show_{number}")
            self.show_button.setAccessibleName(f"Show {self.finding.what}: {self.finding.sentence}")
            set_kind(self.show_button, "link")
            self.show_button.clicked.connect(self.toggle_table)
            row.addWidget(self.show_button)
        for i, offer in enumerate(self.finding.offers):
            button = QPushButton(offer.text, self)
            button.setObjectName(f"finding_offer_{number}_{i}")
            button.setAccessibleName(offer.text)
            button.setToolTip(f"{offer.step.describe()}. It can be undone.")
            button.clicked.connect(lambda _=False, offer=offer: self.offered.emit(offer))
            row.addWidget(button)
        row.addStretch(1)
        return row

    @Slot()
    def toggle_table(self) -> None:
        """Show or hide the rows concerned."""
        finding = self.finding
        if self.table is None:
            shown = finding.shown
            self.table = TableCard(_title(finding), self, name=f"{self.objectName()}_table", max_rows=8)
            self.table.set_frame(
                shown, headings={} if shown is None else {str(c): str(c) for c in shown.columns}
            )
            self._words.addWidget(self.table)
            self.table.show()
        else:
            self.table.setVisible(self.table.isHidden())
        self.show_button.setText(f"{'Show' if self.table.isHidden() else 'Hide'} {finding.what}")

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw the picture in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_picture"):
            self._draw()

    def _draw(self) -> None:
        picture = icon(self._look[0], self._look[1]).pixmap(_ICON, self.devicePixelRatioF())
        self._picture.setPixmap(picture)


class ChecksView(QWidget):
    """Checks the table that is looked at and shows what was found.

    Signals
    -------
    count_changed(int)
        So many problems and questions; -1 while it is not known.
    """

    count_changed = Signal(int)

    def __init__(self, document: Document, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checks_view")
        self._document = document
        self._worker = worker
        self._dataset: Dataset | None = None
        self._checked: tuple[int, ...] = ()  # what the findings are of
        self._kept: tuple[
            object, ...
        ] = ()  # the same objects: while they live, nobody else has their identity
        self._job: Job | None = None
        self.cards: list[FindingCard] = []
        self.heading = make_heading("", 3, self)
        self.heading.setObjectName("checks_heading")
        self.words = _wrapped(make_muted("", self))
        self.words.setObjectName("checks_words")
        body = QWidget(self)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(SPACE * 3 // 2, HALF, SPACE * 3 // 2, DOUBLE)
        self._column.setSpacing(SPACE)
        self._column.addWidget(self.heading)
        self._column.addWidget(self.words)
        self._column.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setObjectName("checks_area")
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(body)
        whole = QVBoxLayout(self)
        no_margins(whole, 0)
        whole.addWidget(self.area)
        document.tables_changed.connect(self._on_tables)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is shown."""
        return tuple(card.finding for card in self.cards)

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Check another table: now, or when somebody looks."""
        self._dataset = dataset
        self._on_tables()

    @Slot()
    def _on_tables(self) -> None:
        """Check again if this table, or another one, has changed."""
        dataset = self._dataset
        now = () if dataset is None else (id(dataset), *(id(one) for one in self._document.tables.values()))
        if now == self._checked:
            return
        self._checked, self._kept = (), ()  # a table that is gone must not be kept in memory
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._show((), _WAITING if dataset is not None else "")
        self.count_changed.emit(-1)
        if dataset is not None and (self.isVisible() or len(dataset.frame) <= _AT_ONCE):
            self.check()

    def check(self) -> None:
        """Check the table, if that has not been done."""
        dataset = self._dataset
        if dataset is None or self._checked or (self._job is not None and not self._job.state.final):
            return
        if not len(dataset.frame):
            self._show((), _NO_ROWS)
            self.count_changed.emit(0)
            return
        tables = dict(self._document.tables)
        mark = (id(dataset), *(id(one) for one in tables.values()))
        self._job = self._worker.run(
            checking(dataset, tables),
            lane="data",
            key="checks",
            description=f"Checking {dataset.name}",
            owner=self,
            on_done=lambda found: self._on_found(dataset, tables, mark, found),
            on_failed=lambda error: self._show((), f"{error.message} {error.hint}".strip()),
            on_cancelled=lambda: self._show((), "The check was stopped."),
        )

    def _on_found(
        self, dataset: Dataset, tables: dict[str, Dataset], mark: tuple[int, ...], found: tuple[Finding, ...]
    ) -> None:
        if dataset is not self._dataset:
            return
        self._checked = mark
        self._kept = (
            dataset,
            tables,
        )  # their identity is the mark: they must not be replaced by others unseen
        from mixgui.data.checks import CHECKED

        serious = sum(one.severity != "info" for one in found)
        checked = f"Checked: {'; '.join(CHECKED)}."
        self._show(found, checked, "Nothing found" if not serious else _counted(serious))
        self.count_changed.emit(serious)

    def _show(self, found: tuple[Finding, ...], words: str, heading: str = "") -> None:
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = []
        self.heading.setText(heading)
        self.heading.setVisible(bool(heading))
        self.words.setText(words)
        for i, finding in enumerate(found):
            card = FindingCard(finding, i, self)
            card.offered.connect(self._on_offer)
            self._column.insertWidget(
                self._column.count() - 2, card
            )  # above the words and the room that is left
            self.cards.append(card)

    @Slot(object)
    def _on_offer(self, offer: Offer) -> None:
        """Do the step that was offered."""
        self._document.run_step(offer.step)

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Check a large table when it is looked at."""
        super().showEvent(event)
        self.check()


def _counted(n: int) -> str:
    return "1 thing to look at" if n == 1 else f"{n} things to look at"


def _title(finding: Finding) -> str:
    shown = 0 if finding.shown is None else len(finding.shown)
    what = finding.what.capitalize()
    return f"{what} (the first {shown} of {finding.count:,})" if finding.count > shown else what


def _wrapped(label: QLabel) -> QLabel:
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
