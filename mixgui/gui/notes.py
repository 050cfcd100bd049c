"""Notes beside a result or a table: what the reader must know, in a sentence or two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mixgui.gui.theme import HALF, SPACE, icon, no_margins, set_kind

_ICON = QSize(16, 16)


class Note(QFrame):
    """One note: a picture of its weight, an optional title, a text that wraps and can be copied."""

    def __init__(
        self, text: str, severity: str = "info", title: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.severity = severity if severity in ("info", "success", "warning", "error") else "info"
        self.text = f"{title}. {text}" if title and not title.endswith((".", "?", "!")) else f"{title} {text}"
        self.text = self.text.strip()
        self.setAccessibleName(self.text)
        self._picture = QLabel(self)
        self._picture.setFixedSize(_ICON)
        words = QLabel(self)
        words.setObjectName("note_text")
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setText(self.text)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, HALF + 2, SPACE, HALF + 2)
        row.setSpacing(SPACE)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        set_kind(self, f"note_{self.severity}")
        self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw the picture in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(icon(self.severity, self.severity).pixmap(_ICON, self.devicePixelRatioF()))


class NoteList(QWidget):
    """Notes below each other; hidden while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        no_margins(self._column, HALF)
        self.setVisible(False)

    @property
    def texts(self) -> tuple[str, ...]:
        """The notes shown."""
        return tuple(note.text for note in self._notes())

    def set_notes(self, notes: Iterable[Any]) -> None:
        """Show these notes: texts, or objects with `text` and perhaps `severity` and `title`."""
        for old in self._notes():
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        for note in notes:
            if isinstance(note, str):
                made = Note(note)
            else:
                made = Note(note.text, getattr(note, "severity", "info"), getattr(note, "title", ""))
            self._column.addWidget(made)
        self.setVisible(self._column.count() > 0)

    def _notes(self) -> list[Note]:
        items = [self._column.itemAt(i) for i in range(self._column.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if isinstance(widget, Note)]
