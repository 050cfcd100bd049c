"""The bar at the top of the window that offers unsaved work of a session that crashed."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mixgui.gui.theme import SPACE, icon, make_muted, no_margins, set_kind

if TYPE_CHECKING:
    from mixgui.services.journal import Leftover

_ICON = QSize(20, 20)
_MOST_NAMES = 3


class RestoreBar(QFrame):
    """Offers one piece of unsaved work after the other; hidden while there is none.

    Signals
    -------
    restore_requested(Leftover), discard_requested(Leftover)
    """

    restore_requested = Signal(object)
    discard_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("restore_bar")
        self.setAccessibleName("Unsaved work")
        set_kind(self, "restore")
        self._offers: list[Leftover] = []
        self._picture = QLabel(self)
        self._picture.setFixedSize(_ICON)
        self.title = QLabel(self)
        self.title.setObjectName("restore_title")
        self.title.setWordWrap(True)
        set_kind(self.title, "strong")
        self.details = make_muted("", self)
        self.details.setObjectName("restore_details")
        self.details.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.restore = QPushButton("Restore", self)
        self.restore.setObjectName("restore_accept")
        self.restore.setToolTip("Go on where the program stopped")
        set_kind(self.restore, "primary")
        self.restore.clicked.connect(lambda: self.restore_requested.emit(self._offers[0]))
        self.discard = QPushButton("Discard", self)
        self.discard.setObjectName("restore_discard")
        self.discard.setToolTip("Remove this unsaved work; your files stay as they are")
        self.discard.clicked.connect(lambda: self.discard_requested.emit(self._offers[0]))
        words = QVBoxLayout()
        no_margins(words, 0)
        words.addWidget(self.title)
        words.addWidget(self.details)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE * 2, SPACE, SPACE * 2, SPACE)
        row.setSpacing(SPACE * 3 // 2)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addWidget(self.restore)
        row.addWidget(self.discard)
        self._show()

    @property
    def offers(self) -> tuple[Leftover, ...]:
        """What is offered, the one that is shown first."""
        return tuple(self._offers)

    def offer(self, leftovers: Sequence[Leftover]) -> None:
        """Offer these, before what is offered already."""
        self._offers = [*leftovers, *self._offers]
        self._show()

    def take(self, leftover: Leftover) -> None:
        """No longer offer one."""
        self._offers = [one for one in self._offers if one is not leftover]
        self._show()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw the picture in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_picture"):
            self._draw()

    def _show(self) -> None:
        self.setVisible(bool(self._offers))
        if not self._offers:
            return
        leftover = self._offers[0]
        name = f" of {Path(leftover.origin).name}" if leftover.origin else ""
        time = when(leftover.written)
        self.title.setText(f"MixGUI did not end as it should. Unsaved work{name} from {time} was kept.")
        more = len(self._offers) - 1
        others = f" There {'is' if more == 1 else 'are'} {more} more." if more else ""
        self.details.setText(describe(leftover) + others)
        self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(icon("recent", "accent").pixmap(_ICON, self.devicePixelRatioF()))


def describe(leftover: Leftover) -> str:
    """Return in a sentence what is in it: "pupils, schools · 4 steps · 2 models"."""
    names = list(leftover.tables[:_MOST_NAMES])
    if len(leftover.tables) > _MOST_NAMES:
        names.append(f"{len(leftover.tables) - _MOST_NAMES} more")
    parts = [", ".join(names)] if names else []
    for count, word in ((leftover.steps, "step"), (leftover.models, "model")):
        if count:
            parts.append(f"{count} {word}{'' if count == 1 else 's'}")
    return " · ".join(parts) + "."


def when(written: str, now: datetime.datetime | None = None) -> str:
    """Return a time in UTC as people say it: "14:03" today, "yesterday, 14:03", "21 Nov, 14:03"."""
    try:
        local = datetime.datetime.fromisoformat(written).astimezone()
    except ValueError:
        return "an earlier session"
    today = (now or datetime.datetime.now().astimezone()).date()
    time = f"{local:%H:%M}"
    if local.date() == today:
        return time
    if local.date() == today - datetime.timedelta(days=1):
        return f"yesterday, {time}"
    return f"{local.day} {local:%B} {local.year}, {time}"
