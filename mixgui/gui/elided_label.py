"""Words that are shortened with an ellipsis where there is no room, and never force a window wider."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)


def elided_term(text: str, metrics: QFontMetrics, room: int) -> str:
    """Return a term that fits: of a product each factor is shortened by itself, so that terms stay apart.

    Parameters
    ----------
    text : str
        "a:b" or a plain name.
    metrics : QFontMetrics
    room : int
        Pixels.
    """
    if metrics.horizontalAdvance(text) <= room:
        return text
    parts = text.split(":")
    left = room - metrics.horizontalAdvance(":") * (len(parts) - 1)
    shown = dict.fromkeys(range(len(parts)), "")
    # The short ones first: what they do not need is for the long ones.
    for done, at in enumerate(sorted(shown, key=lambda i: metrics.horizontalAdvance(parts[i]))):
        share = left // (len(parts) - done)
        shown[at] = metrics.elidedText(parts[at], Qt.TextElideMode.ElideMiddle, share)
        left -= metrics.horizontalAdvance(shown[at])
    return ":".join(shown[at] for at in range(len(parts)))


class ElidedLabel(QLabel):
    """Shows as much of its text as fits; the tooltip has all of it when it does not."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for room for a few letters only."""
        return QSize(QFontMetrics(self.font()).averageCharWidth() * 6, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the text that fits."""
        metrics = QFontMetrics(self.font())
        place = self.contentsRect()
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        painter.setPen(option.palette.windowText().color())
        painter.drawText(place, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()


class ElidedCheckBox(QCheckBox):
    """A check box that shows as much of its words as fits; its owner gives it a tooltip with all of them."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words.replace("&", "&&"), parent)
        self._words = words
        self.setAccessibleName(words)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Shorten the words to the new width."""
        super().resizeEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        place = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, self)
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, place.width())
        self.setText(shown.replace("&", "&&"))


class ElidedToolButton(QToolButton):
    """A tool button that shows as much of its words as fits; the tooltip has all of them when it does not."""

    _PADDING = 24  # the style sheet's, the icon's spacing and the focus frame

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for room for a few letters only."""
        return QSize(QFontMetrics(self.font()).averageCharWidth() * 10, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the words that fit."""
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        room = self.width() - self._PADDING - (0 if self.icon().isNull() else self.iconSize().width())
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)
        option.text = shown
        self.setToolTip(self.text() if shown != self.text() else "")
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
