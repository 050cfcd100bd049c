"""The picture of a plot on the screen, with the points that can be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mixgui.gui.theme import SPACE, colors

if TYPE_CHECKING:  # the window must not wait for matplotlib
    from mixgui.plots.render import PixelHit, RenderedPlot


def _reading_order(hit: PixelHit) -> tuple[float, float]:
    """Order panels by line and points from left to right."""
    return (hit.y if hit.box is not None else 0.0, hit.x)


class PlotPicture(QWidget):
    """Paints the picture or a sentence in its place, and finds the point under the mouse."""

    resized = Signal()
    picked = Signal(str)
    cleared = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("plot_picture")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.image: QImage | None = None
        self.rendered: RenderedPlot | None = None
        self.pickable = False
        self.sentence = ""
        self.severity = "muted"
        self.fading = False
        self._at = -1

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the picture in the whole area, however large it was when it was made."""
        painter = QPainter(self)
        if self.image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self.fading:
                painter.setOpacity(0.45)
            painter.drawImage(QRectF(self.rect()), self.image)
            painter.setOpacity(1.0)
        if self.sentence:
            painter.setPen(QColor(getattr(colors(), self.severity)))
            area = self.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
            painter.drawText(
                area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.sentence
            )
        if self.hasFocus():
            painter.setPen(QColor(colors().accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for a sharp picture later."""
        super().resizeEvent(event)
        self.resized.emit()

    def group_at(self, where: QPointF) -> str | None:
        """Return the group at a point, although the picture may be stretched."""
        if self.rendered is None or not self.pickable:
            return None
        across = self.rendered.width_px / max(self.width(), 1)
        down = self.rendered.height_px / max(self.height(), 1)
        return self.rendered.group_at(where.x() * across, where.y() * down)

    def groups(self) -> list[str]:
        """Return the names of the groups that can be clicked, each once, from left to right."""
        if self.rendered is None or not self.pickable:
            return []
        return list(dict.fromkeys(hit.label for hit in sorted(self.rendered.hits, key=_reading_order)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Name the group under the mouse."""
        label = self.group_at(event.position())
        if label is None:
            self.unsetCursor()
            QToolTip.hideText()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            QToolTip.showText(event.globalPosition().toPoint(), label, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose the group under the mouse."""
        if (
            event.button() == Qt.MouseButton.LeftButton
            and (label := self.group_at(event.position())) is not None
        ):
            self.picked.emit(label)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Walk through the groups with the arrows; Escape chooses none."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        labels = self.groups()
        step = steps.get(Qt.Key(event.key()))
        if step is not None and labels:
            self._at = (self._at + step) % len(labels)
            self.picked.emit(labels[self._at])
        elif event.key() == Qt.Key.Key_Escape:
            self._at = -1
            self.cleared.emit()
            event.ignore()  # Escape also cancels a fit
        else:
            super().keyPressEvent(event)
