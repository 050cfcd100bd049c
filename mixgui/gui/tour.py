"""The tour: five steps from opening files to taking a table away, done by the user on an example.

A small panel says what to do next and a frame shows where. Nothing is blocked: whoever knows better does it
in another way, and the tour sees that it was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.theme import DOUBLE, HALF, SPACE, colors, icon, make_heading, make_muted, set_kind
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService

_LOOK_MS = 250
_WIDTH = 320
_AROUND = 4


@dataclass(frozen=True)
class TourStep:
    """A step of the tour.

    Parameters
    ----------
    title, text : str
        What is done and how.
    targets : tuple of str
        Object names of what to click; the first that can be seen is framed.
    done : callable, optional
        Whether the step is done; without it the user says so.
    """

    title: str
    text: str
    targets: tuple[str, ...]
    done: Callable[[], bool] | None = None


class Spotlight(QWidget):
    """A frame around a widget; clicks go through it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tour_spotlight")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.target: QWidget | None = None

    def show_at(self, target: QWidget | None) -> None:
        """Put the frame around a widget, or away."""
        self.target = target
        if target is None:
            self.hide()
            return
        window = target.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        place = QRect(target.mapTo(window, QPoint(0, 0)), target.size())
        place = place.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND).intersected(window.rect())
        if self.geometry() != place or not self.isVisible():
            self.setGeometry(place)
            self.show()
            self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors().accent), 2.5))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 8, 8)
        painter.end()


class Tour(QObject):
    """Leads through the main job.

    Parameters
    ----------
    window : QMainWindow
        Where the panel is shown and the targets are found.
    document : Document
    models : ModelService
    """

    def __init__(self, window: QMainWindow, document: Document, models: ModelService) -> None:
        super().__init__(window)
        self.setObjectName("tour")
        self._window = window
        self._document = document
        self._models = models
        self._copied = False
        self._number = 0
        self._gone_back = False
        self.steps = self._make_steps()
        self.panel: QFrame | None = None
        self.spotlight: Spotlight | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def running(self) -> bool:
        """Whether the panel is shown."""
        return self.panel is not None

    @property
    def number(self) -> int:
        """The step that is shown, from 0."""
        return self._number

    @Slot()
    def start(self) -> None:
        """Begin at the first step that is not done."""
        if not self.running:
            self._copied = False
            self._make_panel()
            QGuiApplication.clipboard().dataChanged.connect(self._on_copied)
            self._window.installEventFilter(self)
            self._number, self._gone_back = 0, False
            self._timer.start()
        self._show_step()
        self.look()

    @Slot()
    def stop(self) -> None:
        """Put the panel and the frame away."""
        if not self.running:
            return
        self._timer.stop()
        self._window.removeEventFilter(self)
        QGuiApplication.clipboard().dataChanged.disconnect(self._on_copied)
        for widget in (self.panel, self.spotlight):
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.panel = self.spotlight = None

    @Slot()
    def look(self) -> None:
        """Go on if the step was done, and frame what is next."""
        if not self.running:
            return
        step = self.steps[self._number]
        if step.done is not None and not self._gone_back and step.done():
            if self._number + 1 < len(self.steps):
                self._number += 1
                self._show_step()
                step = self.steps[self._number]
            else:
                self._say_finished()
                return
        if self.spotlight is not None:
            self.spotlight.show_at(self._find(step.targets))
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Keep the panel in its corner."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _make_steps(self) -> tuple[TourStep, ...]:
        document, models = self._document, self._models

        def joined() -> bool:
            return any(type(step).__name__ == "Join" for step in document.project.steps)

        def fitted() -> bool:
            return any(models.result(one.id) is not None for one in document.project.models)

        return (
            TourStep(
                "Open two tables",
                "Choose the example “Pupils in classes”. It has a table of pupils and a table of classes.",
                ("example_dutch_pupils", "data_open"),
                lambda: len(document.tables) > 1,
            ),
            TourStep(
                "Join them",
                "Press “Join tables…”. The key is suggested, and the report says what will match. "
                "Then press the button with the number of rows.",
                ("join_run", "data_join"),
                joined,
            ),
            TourStep(
                "Fit a model",
                "Go to the model, choose an outcome at the left (lang, for instance), and fit the baseline model: "
                "how much do the classes differ?",
                ("baseline_fit", "outcome_button", "data_model"),
                fitted,
            ),
            TourStep(
                "Look at it",
                "Above: the estimates, and the random effects of every class. Below: residuals and random effects "
                "as plots. Click a class: it lights up everywhere.",
                ("results_tabs", "plot_tabs"),
            ),
            TourStep(
                "Take it away",
                "Every table and plot has a menu ··· in its corner. Copy a table, or save a plot as PNG, SVG or PDF.",
                ("fixed_effects_menu", "plot_menu"),
                lambda: self._copied,
            ),
        )

    def _make_panel(self) -> None:
        self.panel = panel = QFrame(self._window)
        panel.setObjectName("tour_panel")
        panel.setAccessibleName("Tour")
        set_kind(panel, "tour")
        self._count = QLabel(panel)
        set_kind(self._count, "muted")
        self._title = make_heading("", 2, panel)
        self._title.setObjectName("tour_title")
        self._text = make_muted("", panel)
        self._text.setObjectName("tour_text")
        close = QToolButton(panel)
        close.setObjectName("tour_close")
        close.setIcon(icon("close"))
        close.setAccessibleName("End the tour")
        close.setToolTip("End the tour")
        close.clicked.connect(self.stop)
        self._back = QPushButton("Back", panel)
        self._back.setObjectName("tour_back")
        set_kind(self._back, "quiet")
        self._back.clicked.connect(lambda: self._go(-1))
        self._next = QPushButton("Next", panel)
        self._next.setObjectName("tour_next")
        self._next.clicked.connect(lambda: self._go(1))
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._count, 1)
        head.addWidget(close)
        foot.addWidget(self._back)
        foot.addStretch(1)
        foot.addWidget(self._next)
        column = QVBoxLayout(panel)
        column.setContentsMargins(DOUBLE, SPACE, SPACE, DOUBLE)
        column.setSpacing(HALF)
        column.addLayout(head)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addSpacing(SPACE)
        column.addLayout(foot)
        panel.setFixedWidth(_WIDTH)
        panel.show()
        self.spotlight = Spotlight()

    def _show_step(self) -> None:
        step = self.steps[self._number]
        self._count.setText(f"Tour · step {self._number + 1} of {len(self.steps)}")
        self._title.setText(step.title)
        self._text.setText(step.text)
        self._back.setEnabled(self._number > 0)
        self._next.setText("Done" if self._number + 1 == len(self.steps) else "Next")
        self._place()

    def _say_finished(self) -> None:
        """Show the last words; the button ends the tour."""
        if self._title.text() == "That was it":
            return
        self._count.setText("Tour")
        self._title.setText("That was it")
        self._text.setText("Open your own data with Ctrl+O. F1 explains what has the focus.")
        self._back.setEnabled(False)
        if self.spotlight is not None:
            self.spotlight.show_at(None)
        self._place()

    def _go(self, by: int) -> None:
        """Go to another step; after the last one the tour ends."""
        if self._number + by >= len(self.steps):
            self.stop()
        else:
            self._number = max(0, self._number + by)
            self._gone_back = by < 0  # who goes back wants to read, not to be sent on at once
            self._show_step()
            if self.spotlight is not None:
                self.spotlight.show_at(self._find(self.steps[self._number].targets))

    def _find(self, names: tuple[str, ...]) -> QWidget | None:
        """Return the first of these widgets that can be seen, in dialogs too."""
        for name in names:
            for found in self._window.findChildren(QWidget, name):
                if found.isVisible() and found.isEnabled():
                    return found
        return None

    def _place(self) -> None:
        """Put the panel into the lower right corner, above the messages."""
        if self.panel is None:
            return
        self.panel.setFixedHeight(self.panel.heightForWidth(_WIDTH) if self.panel.hasHeightForWidth() else 0)
        area = self._window.rect()
        corner = QPoint(
            area.right() - self.panel.width() - DOUBLE, area.bottom() - self.panel.height() - 6 * SPACE
        )
        if self.panel.pos() != corner:
            self.panel.move(corner)
        self.panel.raise_()

    @Slot()
    def _on_copied(self) -> None:
        if self._number == len(self.steps) - 1:
            self._copied = True
