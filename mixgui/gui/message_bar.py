"""The line at the bottom of the window that says what happened and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from mixgui.errors import MixguiError
from mixgui.gui.theme import SPACE, icon, set_kind

SEVERITIES = ("info", "success", "warning", "error")

# News that needs no action leaves by itself; a warning or refusal stays until it is dismissed or replaced.
_NEWS_STAYS_MS = 10_000
_MOST_LINES = 3
_ICON = QSize(18, 18)


class MessageBar(QFrame):
    """Shows one message at a time; empty and hidden when there is nothing to say.

    The text can be selected and is announced to assistive technology.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self.setAccessibleName("Messages")
        self._severity = "info"
        self._action: Callable[[], object] | None = None

        self._picture = QLabel(self)
        self._picture.setFixedSize(_ICON)
        self._text = QLabel(self)
        self._text.setObjectName("message_text")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QPushButton(self)
        self._button.setObjectName("message_action")
        self._button.setAccessibleName("What to do about the message")
        self._button.clicked.connect(self._act)
        self._close = QToolButton(self)
        self._close.setObjectName("message_dismiss")
        self._close.setIcon(icon("close"))
        self._close.setToolTip("Dismiss this message")
        self._close.setAccessibleName("Dismiss message")
        self._close.clicked.connect(self.clear)

        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE * 3 // 2, SPACE // 2, SPACE // 2, SPACE // 2)
        row.setSpacing(SPACE)
        row.addWidget(self._picture)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        row.addWidget(self._close)

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_NEWS_STAYS_MS)
        self._timer.timeout.connect(self.clear)
        self.clear()

    @property
    def text(self) -> str:
        """The message shown, with its hint; empty when nothing is shown."""
        return self._text.text()

    @property
    def severity(self) -> str:
        """The severity of the message shown: one of `SEVERITIES`."""
        return self._severity

    def show_message(
        self,
        text: str,
        hint: str = "",
        severity: str = "info",
        *,
        action: str = "",
        on_action: Callable[[], object] | None = None,
    ) -> None:
        """Show a message in place of the one before.

        Parameters
        ----------
        text : str
            What happened and where, as a sentence.
        hint : str, optional
            What to do, as a sentence.
        severity : {"info", "success", "warning", "error"}
            News ("info", "success") goes away by itself after a while.
        action, on_action : optional
            Label of a button beside the message, and what it does.
        """
        if severity not in SEVERITIES:
            raise ValueError(f"a severity is one of {SEVERITIES}, not {severity!r}")
        self._severity = severity
        self._action = on_action
        self._text.setText(f"{text} {hint}".strip())
        self._button.setText(action)
        self._button.setAccessibleName(action or "What to do about the message")
        self._button.setVisible(bool(action))
        self._draw_picture()
        set_kind(self, f"message_{severity}")
        self.setVisible(True)
        if severity in ("info", "success"):
            self._timer.start()
        else:
            self._timer.stop()
        self._announce()

    def show_error(self, error: MixguiError) -> None:
        """Show an operation that was refused: what, where, what to do."""
        self.show_message(error.message, error.hint, "error")

    def add_error(self, error: MixguiError) -> None:
        """Show a further error below those that are shown; after a few, that there are more."""
        lines = self.text.split("\n")
        if len(lines) < _MOST_LINES:
            lines.append(f"{error.message} {error.hint}".strip())
        elif len(lines) == _MOST_LINES:
            lines.append("There were more errors.")
        self.show_message("\n".join(lines), severity="error")

    def clear(self) -> None:
        """Remove the message."""
        self._timer.stop()
        self._action = None
        self._text.clear()
        self.setVisible(False)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw the picture in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.text:
            self._draw_picture()

    def _draw_picture(self) -> None:
        picture = icon(self._severity, self._severity)
        self._picture.setPixmap(picture.pixmap(_ICON, self.devicePixelRatioF()))

    def _announce(self) -> None:
        event = QAccessibleAnnouncementEvent(self, self._text.text())
        QAccessible.updateAccessibility(event)

    def _act(self) -> None:
        action = self._action
        self.clear()
        if action is not None:
            action()


def message_bar_of(widget: QWidget) -> MessageBar | None:
    """Return the message bar of the window that a widget is in, if it has one."""
    found = widget.window().findChild(MessageBar, "message_bar")
    return found if isinstance(found, MessageBar) else None
