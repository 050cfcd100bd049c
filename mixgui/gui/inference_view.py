"""Tests, intervals and means of a fitted model, computed when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mixgui.errors import MixguiError
from mixgui.gui.inference_questions import QUESTIONS, AnswerTable, Choice, Question
from mixgui.gui.notes import NoteList
from mixgui.gui.table_card import TableCard
from mixgui.gui.theme import HALF, SPACE, make_heading, make_muted, no_margins, set_kind
from mixgui.observer import Observer
from mixgui.services.settings import Settings
from mixgui.services.worker import Job, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.models.result import ModelFit

_ROWS = 10


class QuestionCard(QFrame):
    """A question with its choices, a button, and the tables of its answer.

    Parameters
    ----------
    question : Question
    worker : Worker
    settings : Settings
        For the confidence level.

    Signals
    -------
    answered()
        The tables are there.
    """

    answered = Signal()

    def __init__(
        self, question: Question, worker: Worker, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"{question.name}_question")
        set_kind(self, "card")
        self._question = question
        self._worker = worker
        self._settings = settings
        self._fit: ModelFit | None = None
        self._job: Job | None = None
        self._choices: tuple[Choice, ...] = ()
        self.boxes: dict[str, QComboBox] = {}
        self._labels: dict[str, QLabel] = {}
        self.tables: list[TableCard] = []
        self._digits = int(settings.get("numbers/digits"))
        self.go = QPushButton("Compute", self)
        self.go.setObjectName(f"{question.name}_compute")
        self.go.setAccessibleName(f"Compute: {question.title}")
        self.go.clicked.connect(self.compute)
        self._said = make_muted(question.explain, self)
        self._said.setObjectName(f"{question.name}_said")
        self._said.setWordWrap(True)
        self._problem = NoteList(self)
        self._problem.setObjectName(f"{question.name}_problem")
        self._row = QHBoxLayout()
        self._row.setSpacing(SPACE)
        self._answers = QVBoxLayout()
        no_margins(self._answers, 0)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        words = QVBoxLayout()
        words.setSpacing(HALF)
        words.addWidget(make_heading(question.title, 2, self))
        words.addWidget(self._said)
        head.addLayout(words, 1)
        head.addWidget(self.go, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE * 3 // 2, SPACE * 2, SPACE * 3 // 2)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addLayout(self._row)
        column.addWidget(self._problem)
        column.addLayout(self._answers)

    def set_fit(self, fit: ModelFit | None) -> None:
        """Ask another fit; what was answered before is of no use any more."""
        if fit is self._fit:
            return
        self._stop()
        self._fit = fit
        applies = fit is not None and self._question.applies(fit)
        self.setVisible(applies)
        self._forget()
        if fit is not None and applies:
            self._show_choices(self._question.choices(fit))

    def _show_choices(self, choices: tuple[Choice, ...]) -> None:
        if choices == self._choices:
            return
        before = {name: box.currentData() for name, box in self.boxes.items()}
        self._choices = choices
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.boxes, self._labels = {}, {}
        last: QWidget | None = None
        for choice in choices:
            box = QComboBox(self)
            box.setObjectName(f"{self._question.name}_{choice.name}")
            box.setAccessibleName(f"{self._question.title} {choice.label}")
            for value, title in choice.options:
                box.addItem(title, value)
            box.setCurrentIndex(max(box.findData(before.get(choice.name)), 0))
            box.activated.connect(self._forget)
            box.currentIndexChanged.connect(self._show_what_matters)
            label = QLabel(choice.label, self)
            label.setBuddy(box)
            self._row.addWidget(label)
            self._row.addWidget(box)
            self.boxes[choice.name] = box
            self._labels[choice.name] = label
            if last is not None:
                QWidget.setTabOrder(last, box)
            last = box
        if last is not None:
            QWidget.setTabOrder(last, self.go)
        self._row.addStretch(1)
        self._show_what_matters()

    @Slot()
    def _show_what_matters(self) -> None:
        """Hide a choice that another one makes pointless."""
        for choice in self._choices:
            if choice.when is not None and choice.name in self.boxes:
                other, value = choice.when
                matters = self.boxes[other].currentData() == value
                self.boxes[choice.name].setVisible(matters)
                self._labels[choice.name].setVisible(matters)

    @Slot()
    def compute(self) -> None:
        """Compute the answer in the worker."""
        fit = self._fit
        if fit is None:
            return
        question = self._question
        chosen = {name: str(box.currentData()) for name, box in self.boxes.items()}
        level = float(self._settings.get("statistics/conf_level"))

        def work(observer: Observer) -> tuple[AnswerTable, ...]:
            return question.compute(fit, chosen, level, observer)

        self._problem.set_notes(())
        self.go.setEnabled(False)
        self.go.setText("Computing…")
        self._job = self._worker.run(
            work,
            lane="fit",
            key=f"question:{question.name}",
            description=question.title.rstrip("?"),
            owner=self,
            on_done=lambda answer: self._show_answer(fit, answer),
            on_failed=self._show_problem,
            on_cancelled=self._rest,
        )

    def set_digits(self, digits: int) -> None:
        """Show numbers with other significant digits."""
        self._digits = digits
        for table in self.tables:
            table.set_digits(digits)

    @Slot()
    def forget(self) -> None:
        """Take the answer away: it is of another confidence level."""
        self._forget()

    def _show_answer(self, fit: ModelFit, answer: tuple[AnswerTable, ...]) -> None:
        if fit is not self._fit:
            return
        self._rest()
        self._clear_tables()
        for at, part in enumerate(answer):
            name = self._question.name if at == 0 else f"{self._question.name}_{at + 1}"
            table = TableCard(part.title, self, name=name, max_rows=_ROWS)
            set_kind(table, "plain")
            table.set_digits(self._digits)
            table.set_frame(part.frame, notes=part.notes, headings=part.headings)
            self._answers.addWidget(table)
            self.tables.append(table)
        self.answered.emit()

    def _show_problem(self, error: MixguiError) -> None:
        self._rest()
        self._clear_tables()
        self._problem.set_notes([str(error)])

    @Slot()
    def _rest(self) -> None:
        self._job = None
        self.go.setText("Compute")
        self.go.setEnabled(True)

    @Slot()
    def _forget(self) -> None:
        self._stop()
        self._problem.set_notes(())
        self._clear_tables()

    def _stop(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
        self._rest()

    def _clear_tables(self) -> None:
        for table in self.tables:
            self._answers.removeWidget(table)
            table.hide()
            table.deleteLater()
        self.tables = []


class InferenceView(QWidget):
    """All questions below each other."""

    def __init__(self, worker: Worker, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inference_view")
        self.cards = {one.name: QuestionCard(one, worker, settings, self) for one in QUESTIONS}
        column = QVBoxLayout(self)
        no_margins(column, SPACE)
        for card in self.cards.values():
            column.addWidget(card)
        settings.changed.connect(self._on_setting)

    def set_fit(self, fit: ModelFit | None) -> None:
        """Ask another fit."""
        for card in self.cards.values():
            card.set_fit(fit)

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        for card in self.cards.values():
            if name == "numbers/digits" and isinstance(value, int):
                card.set_digits(value)
            elif name == "statistics/conf_level":
                card.forget()
