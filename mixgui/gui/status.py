"""What is being computed right now, how far it is, and a button to stop it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from mixgui.formatting import format_number
from mixgui.gui.theme import HALF, SPACE, icon, no_margins
from mixgui.observer import Progress
from mixgui.services.worker import Job, Worker

# What is over sooner is not worth a flicker.
_SHOW_AFTER_MS = 250
_TURN_MS = 80
_STEPS_A_TURN = 12


class Spinner(QWidget):
    """A turning sign of work; it stands still while it is hidden."""

    def __init__(self, parent: QWidget | None = None, size: int = 16) -> None:
        super().__init__(parent)
        self.setFixedSize(size, size)
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TURN_MS)
        self._timer.timeout.connect(self._on_turn)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Begin to turn."""
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Stop."""
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the sign as it is turned now."""
        painter = QPainter(self)
        draw_spinner(painter, self.rect(), self._turn)
        painter.end()

    @Slot()
    def _on_turn(self) -> None:
        self._turn = (self._turn + 1) % _STEPS_A_TURN
        self.update()


def draw_spinner(painter: QPainter, place: QRect, turn: int) -> None:
    """Draw the sign of work, turned by a number of steps."""
    painter.save()
    painter.translate(place.center())
    painter.rotate(360 * turn / _STEPS_A_TURN)
    half = place.width() // 2
    icon("spinner", "accent").paint(painter, QRect(-half, -half, place.width(), place.height()))
    painter.restore()


def spinner_picture(size: int, turn: int, ratio: float) -> QPixmap:
    """Return the turned sign as a picture, for lists."""
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    draw_spinner(painter, QRect(0, 0, size, size), turn)
    painter.end()
    return picture


def progress_text(description: str, progress: Progress | None) -> str:
    """Return one line: what is done, evaluations and criterion or the share done."""
    if progress is None:
        return f"{description}…"
    parts = [description or progress.message]
    if progress.evaluations is not None:
        parts.append(f"{progress.evaluations:,} evaluation{'' if progress.evaluations == 1 else 's'}")
    if progress.criterion is not None:
        parts.append(f"criterion {format_number(progress.criterion, 8, minus=True)}")
    if progress.fraction is not None:
        parts.append(f"{progress.fraction:.0%}".replace("%", " %"))
    return " · ".join(part for part in parts if part)


class JobStatus(QWidget):
    """The running job that the user waits for, with a button to stop it.

    Signals
    -------
    active_changed(bool)
        Whether there is something that can be stopped.
    """

    active_changed = Signal(bool)

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("job_status")
        self._worker = worker
        self._job: Job | None = None
        self._active = False
        self.spinner = Spinner(self)
        self.text = QLabel(self)
        self.text.setObjectName("job_text")
        self.text.setAccessibleName("What is being computed")
        self.button = QPushButton("Cancel", self)
        self.button.setObjectName("job_cancel")
        self.button.setToolTip("Stop this (Esc)")
        self.button.clicked.connect(self.cancel)
        row = QHBoxLayout(self)
        no_margins(row)
        row.setContentsMargins(SPACE, HALF, SPACE, HALF)
        row.addWidget(self.spinner)
        row.addWidget(self.text)
        row.addWidget(self.button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOW_AFTER_MS)
        self._timer.timeout.connect(self._show_job)
        self.setVisible(False)
        worker.started.connect(self._look)
        worker.finished.connect(self._look)
        worker.progressed.connect(self._on_progressed)

    @property
    def active(self) -> bool:
        """Whether there is something that can be stopped."""
        return self._active

    @Slot()
    def cancel(self) -> None:
        """Stop the job that is shown."""
        if self._job is not None:
            self._job.cancel()
            self.text.setText(f"Stopping: {self._job.description}…")
            self.button.setEnabled(False)

    @Slot(object)
    def _look(self, job: Job) -> None:
        """Find out which job the user waits for: a fit before data work before saving; drawing is not told."""
        jobs = {
            one.lane: one for one in reversed(self._worker.jobs()) if one is not job or not job.state.final
        }
        current = jobs.get("fit") or jobs.get("data") or jobs.get("file")
        if current is not None and (not current.description or current.description == "Getting ready"):
            current = None
        if current is not self._job:
            self._job = current
            self.button.setEnabled(True)
            if current is None:
                self._timer.stop()
                self.setVisible(False)
            elif self.isVisible():
                self._show_job()
            else:
                self._timer.start()
        if self._active != (current is not None):
            self._active = current is not None
            self.active_changed.emit(self._active)

    @Slot(object, object)
    def _on_progressed(self, job: Job, progress: Progress) -> None:
        if job is self._job and not job.cancel_requested:
            self.text.setText(progress_text(job.description, progress))

    @Slot()
    def _show_job(self) -> None:
        if self._job is not None:
            self.text.setText(progress_text(self._job.description, self._job.progress))
            self.setVisible(True)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Repaint in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
