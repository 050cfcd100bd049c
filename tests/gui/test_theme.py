"""The look: contrast that can be read, icons that exist, themes that follow."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mixgui.gui.colours import DARK, LIGHT, Colours
from mixgui.gui.icons import GLYPHS, application_icon, icon
from mixgui.gui.theme import apply_theme, colors, style_sheet
from mixgui.paths import resources

# Ground -> texts that stand on it. WCAG 2.2, success criterion 1.4.3.
TEXTS = {
    "window": ("text", "muted", "accent", "error", "warning", "success", "info"),
    "surface": ("text", "muted", "accent", "error", "warning", "success", "info"),
    "raised": ("text", "muted"),
    "selection": ("on_selection",),
    "accent": ("on_accent",),
    "accent_hover": ("on_accent",),
    "highlight": ("text",),
    "missing": ("muted",),
    "info_ground": ("text", "info"),
    "warning_ground": ("text", "warning"),
    "error_ground": ("text", "error"),
}


def luminance(colour: str) -> float:
    channels = [c / 255 for c in QColor(colour).getRgb()[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(palette: Colours) -> None:
    low = {
        (text, ground): round(contrast(getattr(palette, text), getattr(palette, ground)), 2)
        for ground, texts in TEXTS.items()
        for text in texts
        if contrast(getattr(palette, text), getattr(palette, ground)) < 4.5
    }
    assert not low


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_controls_and_icons_can_be_seen(palette: Colours) -> None:
    for name in ("icon", "accent"):
        assert contrast(getattr(palette, name), palette.window) >= 3
        assert contrast(getattr(palette, name), palette.surface) >= 3


def test_every_colour_is_a_colour() -> None:
    for palette in (LIGHT, DARK):
        for field in fields(palette):
            if field.name != "dark":
                assert re.fullmatch("#[0-9a-f]{6}", getattr(palette, field.name)), field.name


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_names_only_colours_and_files_that_exist(palette: Colours) -> None:
    sheet = style_sheet(palette)
    assert "$" not in sheet
    urls = re.findall(r'url\("([^"]+)"\)', sheet)
    assert urls
    for url in urls:
        assert (resources() / "styles" / url.rsplit("/", 1)[-1]).is_file()


def test_every_icon_draws_something_in_the_colour_of_the_theme(qapp: QApplication) -> None:
    for mode, palette in (("light", LIGHT), ("dark", DARK)):
        apply_theme(qapp, mode)
        for name in GLYPHS:
            image = icon(name, "accent").pixmap(QSize(16, 16)).toImage()
            inked = [
                image.pixelColor(x, y)
                for x in range(image.width())
                for y in range(image.height())
                if image.pixelColor(x, y).alpha() > 90
            ]
            assert inked, name
            wanted = QColor(palette.accent)
            assert any(
                abs(c.red() - wanted.red()) < 16 and abs(c.blue() - wanted.blue()) < 16 for c in inked
            ), name
    apply_theme(qapp, "light")


def test_an_icon_that_there_is_not_is_named() -> None:
    with pytest.raises(KeyError, match="is it 'warning'"):
        icon("warnin")


def test_the_application_has_an_icon(qapp: QApplication) -> None:
    assert not application_icon().pixmap(QSize(64, 64)).toImage().isNull()


def test_the_theme_can_be_changed_while_widgets_are_shown(qtbot: QtBot, qapp: QApplication) -> None:
    button = QPushButton(icon("open"), "Open")
    qtbot.addWidget(button)
    button.show()
    apply_theme(qapp, "dark")
    assert colors() is DARK
    dark = button.grab().toImage().pixelColor(button.width() // 2, 3)
    apply_theme(qapp, "light")
    assert colors() is LIGHT
    light = button.grab().toImage().pixelColor(button.width() // 2, 3)
    assert dark.lightness() < 100 < light.lightness()


def test_an_unknown_theme_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="sepia"):
        apply_theme(qapp, "sepia")
