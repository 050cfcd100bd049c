"""The colours of the window, light and dark: one accent, quiet lines, text that is easy to read."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QGuiApplication, QPalette


@dataclass(frozen=True)
class Colours:
    """The named colours of a theme, each as "#rrggbb".

    Text has a contrast of at least 4.5 with the grounds it stands on (WCAG 2.2, 1.4.3); a test computes it.
    """

    dark: bool
    window: str  # the ground of the window
    surface: str  # tables, fields, cards
    raised: str  # headings of tables, hovered rows
    line: str  # hairlines between things
    border: str  # edges of what can be operated
    text: str
    muted: str  # secondary text
    disabled: str
    icon: str
    accent: str
    accent_hover: str
    on_accent: str  # text on the accent
    selection: str  # ground of chosen rows
    on_selection: str
    highlight: str  # ground of the group that is lit in every panel
    missing: str  # ground of cells without a value
    info: str
    info_ground: str
    success: str
    warning: str
    warning_ground: str
    error: str
    error_ground: str


LIGHT = Colours(
    dark=False,
    window="#f5f6f8",
    surface="#ffffff",
    raised="#eef0f3",
    line="#e3e6ea",
    border="#c3c9d1",
    text="#1c2127",
    muted="#59636e",
    disabled="#9aa3ad",
    icon="#49535e",
    accent="#0b68a8",
    accent_hover="#095a92",
    on_accent="#ffffff",
    selection="#d5e7f5",
    on_selection="#10293b",
    highlight="#ffe9b8",
    missing="#f3efe6",
    info="#0b5c94",
    info_ground="#e8f2fa",
    success="#1a7446",
    warning="#7d5200",
    warning_ground="#fff4dc",
    error="#b0261d",
    error_ground="#fdeceb",
)

DARK = Colours(
    dark=True,
    window="#1b1e22",
    surface="#22262b",
    raised="#2b3036",
    line="#31373e",
    border="#4a525c",
    text="#e6e9ec",
    muted="#a3acb6",
    disabled="#69727c",
    icon="#bcc4cc",
    accent="#5fb1e8",
    accent_hover="#7cc0ee",
    on_accent="#0c1e2b",
    selection="#1d4562",
    on_selection="#eaf4fb",
    highlight="#57481b",
    missing="#2c2a24",
    info="#8cc8f0",
    info_ground="#1c2f3d",
    success="#6fcf97",
    warning="#f0c368",
    warning_ground="#3a3018",
    error="#ff9c94",
    error_ground="#43211f",
)


def colors() -> Colours:
    """Return the colours of the theme that the application shows now."""
    ground = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if ground.lightness() < 128 else LIGHT


def palette_of(colours: Colours) -> QPalette:
    """Return the Qt palette with these colours, for Fusion and for what style sheets leave alone."""
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.surface,
        QPalette.ColorRole.AlternateBase: colours.window,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.Button: colours.window,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.BrightText: colours.on_accent,
        QPalette.ColorRole.Highlight: colours.selection,
        QPalette.ColorRole.HighlightedText: colours.on_selection,
        QPalette.ColorRole.Accent: colours.accent,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.LinkVisited: colours.accent,
        QPalette.ColorRole.ToolTipBase: colours.surface,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.Light: colours.surface,
        QPalette.ColorRole.Midlight: colours.raised,
        QPalette.ColorRole.Mid: colours.line,
        QPalette.ColorRole.Dark: colours.border,
        QPalette.ColorRole.Shadow: colours.border,
    }
    palette = QPalette()
    for role, value in roles.items():
        palette.setColor(role, QColor(value))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.disabled))
    return palette
