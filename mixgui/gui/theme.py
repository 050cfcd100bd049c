"""How the application looks: Qt's Fusion style with our palette and style sheet, so that three systems agree.

`apply_theme` may be called again at any time; widgets that draw by themselves repaint on
`QEvent.PaletteChange`.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QLayout, QWidget

from mixgui.gui.colours import DARK, LIGHT, Colours, colors, palette_of
from mixgui.gui.elided_label import ElidedLabel
from mixgui.gui.icons import icon
from mixgui.paths import resources

__all__ = [
    "DOUBLE",
    "HALF",
    "MODES",
    "SPACE",
    "Colours",
    "apply_theme",
    "colors",
    "icon",
    "make_heading",
    "make_muted",
    "make_title",
    "no_margins",
    "prepare_theme",
    "set_kind",
]

# One spacing unit; everything is a multiple or half of it.
SPACE = 8
HALF = SPACE // 2
DOUBLE = SPACE * 2

MODES = ("system", "light", "dark")


class _SystemFollower(QObject):
    """Follows the system's light or dark setting while the mode is "system"."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("theme_follower")
        self.mode = "system"
        app.styleHints().colorSchemeChanged.connect(self._scheme_changed)

    @Slot(Qt.ColorScheme)
    def _scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        app = QApplication.instance()
        if self.mode == "system" and isinstance(app, QApplication):
            _dress(app, _colours_for("system", app))


def apply_theme(app: QApplication, mode: str = "system") -> None:
    """Give the application its style, palette and style sheet.

    Parameters
    ----------
    app : QApplication
        The application.
    mode : {"system", "light", "dark"}
        "system" follows the desktop, also when it changes later.
    """
    if mode not in MODES:
        raise ValueError(f"a theme is one of {MODES}, not {mode!r}")
    follower = app.findChild(_SystemFollower, "theme_follower") or _SystemFollower(app)
    follower.mode = mode
    _dress(app, _colours_for(mode, app))


def prepare_theme(app: QApplication, mode: str = "system") -> None:
    """Give the application its style and palette; `apply_theme` adds the style sheet.

    For the time in which a window is put together: a style sheet would dress each widget anew whenever it or what
    it is in finds its place, which takes longer than all the rest.
    """
    if app.style().objectName().lower() != "fusion" and not app.styleSheet():
        app.setStyle("Fusion")
    app.setPalette(palette_of(_colours_for(mode, app)))


def _colours_for(mode: str, app: QApplication) -> Colours:
    if mode == "system":
        return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return DARK if mode == "dark" else LIGHT


def _dress(app: QApplication, colours: Colours) -> None:
    if app.style().objectName().lower() != "fusion" and not app.styleSheet():
        app.setStyle("Fusion")
    sheet = style_sheet(colours)
    if app.styleSheet() != sheet:  # to dress every widget again takes time
        app.setPalette(palette_of(colours))
        app.setStyleSheet(sheet)


def style_sheet(colours: Colours) -> str:
    """Return the style sheet with the colours filled in."""
    folder = resources() / "styles"
    source = (folder / "mixgui.qss").read_text(encoding="utf-8")
    names = {name: str(value) for name, value in asdict(colours).items()}
    names["tone"] = "dark" if colours.dark else "light"
    names["folder"] = folder.as_posix()
    return Template(source).substitute(names)


def set_kind(widget: QWidget, kind: str) -> None:
    """Say what a widget is, for the style sheet: "primary", "quiet", "card", "muted", "error", ..."""
    widget.setProperty("kind", kind)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def make_heading(text: str, level: int = 2, parent: QWidget | None = None) -> QLabel:
    """Return a label that heads a page (level 1), a card (2) or a group of controls (3)."""
    label = QLabel(text, parent)
    return _as_heading(label, level)


def make_title(text: str = "", level: int = 2, parent: QWidget | None = None) -> ElidedLabel:
    """Return a heading of one line that is shortened where there is no room."""
    label = ElidedLabel(text, parent)
    _as_heading(label, level)
    return label


def _as_heading(label: QLabel, level: int) -> QLabel:
    font = QFont(label.font())
    font.setPointSizeF(font.pointSizeF() * {1: 1.7, 2: 1.15, 3: 1.0}[level])
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    set_kind(label, f"heading{level}")
    return label


def make_muted(text: str, parent: QWidget | None = None) -> QLabel:
    """Return a label with secondary text that wraps."""
    label = QLabel(text, parent)
    label.setWordWrap(True)
    set_kind(label, "muted")
    return label


def no_margins(layout: QLayout, spacing: int = SPACE) -> None:
    """Let a layout fill its widget to the edge, with the given spacing between its items."""
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
