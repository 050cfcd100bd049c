"""Icons of one family (Phosphor, through QtAwesome), drawn in the colours of the theme of the moment.

An icon asks for its colour whenever it is painted, so a change of theme needs no new icons.
"""

from __future__ import annotations

import difflib
from functools import cache

import qtawesome
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap

from mixgui.gui.colours import colors
from mixgui.paths import resources

# What the icon is for -> its glyph. Widgets use the left names only: a meaning has one picture everywhere.
GLYPHS: dict[str, str] = {
    "about": "info",
    "add": "plus",
    "aggregate": "list-numbers",
    "alert": "warning-circle",
    "arrow_right": "arrow-right",
    "back": "arrow-left",
    "bug": "bug",
    "cancel": "x",
    "caret_down": "caret-down",
    "caret_right": "caret-right",
    "center": "crosshair",
    "check": "check",
    "checked": "check-circle",
    "close": "x",
    "compute": "calculator",
    "copy": "copy",
    "data": "table",
    "delete": "trash",
    "done": "check-circle",
    "down": "arrow-down",
    "drag": "dots-six-vertical",
    "drop": "tray",
    "drop_missing": "eraser",
    "edit": "pencil-simple",
    "equation": "math-operations",
    "error": "warning-octagon",
    "examples": "graduation-cap",
    "explain": "question",
    "export": "export",
    "file": "file-text",
    "fill_down": "arrow-fat-lines-down",
    "filter": "funnel",
    "fit": "play",
    "group": "users-three",
    "guide": "compass",
    "help": "question",
    "info": "info",
    "interaction": "intersect",
    "join": "intersect",
    "link": "link-simple",
    "longer": "rows",
    "look_up": "book-open",
    "menu": "dots-three",
    "model": "chart-line-up",
    "new": "file-plus",
    "open": "folder-open",
    "paste": "clipboard-text",
    "pin": "push-pin",
    "plot": "chart-line",
    "plot_bars": "chart-bar-horizontal",
    "plot_box": "align-center-horizontal",
    "plot_histogram": "chart-bar",
    "plot_lines": "chart-line",
    "plot_missing": "grid-four",
    "plot_scatter": "dots-nine",
    "preferences": "gear-six",
    "project": "package",
    "random": "tree-structure",
    "recent": "clock-counter-clockwise",
    "recode": "swap",
    "redo": "arrow-clockwise",
    "refresh": "arrows-clockwise",
    "remove": "x",
    "rename": "pencil-line",
    "reroll": "dice-five",
    "row": "rows",
    "save": "floppy-disk",
    "search": "magnifying-glass",
    "set_type": "tag",
    "settings": "sliders-horizontal",
    "sort": "sort-ascending",
    "sort_down": "sort-descending",
    "spinner": "spinner-gap",
    "stack": "stack",
    "step": "flow-arrow",
    "stop": "stop",
    "success": "check-circle",
    "swap": "arrows-left-right",
    "table": "table",
    "theme_dark": "moon",
    "theme_light": "sun",
    "tour": "compass",
    "type_boolean": "toggle-left",
    "type_category": "tag",
    "type_date": "calendar-blank",
    "type_id": "key",
    "type_integer": "hash",
    "type_number": "ruler",
    "type_text": "text-t",
    "undo": "arrow-counter-clockwise",
    "up": "arrow-up",
    "warning": "warning",
    "wider": "columns",
}


class _GlyphEngine(QIconEngine):
    """Draws one glyph in a colour of the current theme."""

    def __init__(self, glyph: str, role: str) -> None:
        super().__init__()
        self._glyph = glyph
        self._role = role

    def _colour(self, mode: QIcon.Mode) -> QColor:
        palette = colors()
        if mode == QIcon.Mode.Disabled:
            return QColor(palette.disabled)
        return QColor(getattr(palette, self._role))

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        font = qtawesome.font("ph", max(1, round(rect.height())))
        painter.setFont(font)
        painter.setPen(self._colour(mode))
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.drawText(QRectF(rect), int(Qt.AlignmentFlag.AlignCenter), self._glyph)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._glyph, self._role)


@cache
def _character(glyph: str) -> str:
    return str(qtawesome.charmap(f"ph.{glyph}"))


def icon(name: str, role: str = "icon") -> QIcon:
    """Return the icon with a meaning, in a colour of the theme.

    Parameters
    ----------
    name : str
        A key of `GLYPHS`, such as "open".
    role : str, optional
        The field of `Colours` that gives the colour: "icon", "accent", "error", "on_accent", ...

    Raises
    ------
    KeyError
        If no icon has this meaning.
    """
    if name not in GLYPHS:
        close = difflib.get_close_matches(name, GLYPHS, n=1)
        raise KeyError(f"no icon is called {name!r}" + (f"; is it {close[0]!r}?" if close else ""))
    return QIcon(_GlyphEngine(_character(GLYPHS[name]), role))


def application_icon() -> QIcon:
    """Return the icon of the program itself."""
    return QIcon(str(resources() / "icons" / "mixgui.svg"))
