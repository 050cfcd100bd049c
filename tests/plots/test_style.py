"""Colours that can be read, settings that stay where they are."""

from __future__ import annotations

import matplotlib as mpl
import pytest
from matplotlib.colors import to_rgb
from plot_frames import residual_frame

from mixgui.plots import PlotStyle, render, residual_density
from mixgui.plots.style import DARK, LIGHT, OKABE_ITO, PlotColours, font_families


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast_of_text_and_of_marks(colours: PlotColours) -> None:
    for text in (colours.text, colours.muted, colours.accent):
        assert contrast(text, colours.background) >= 4.5
    for mark in (colours.line, colours.point, colours.reference):
        assert contrast(mark, colours.background) >= 3.0


def test_lines_are_of_okabe_and_ito() -> None:
    assert {LIGHT.line, LIGHT.band, DARK.line, DARK.accent} <= set(OKABE_ITO.values())


def test_settings_of_matplotlib_are_left_alone() -> None:
    names = [name for name in mpl.rcParams if name != "backend"]  # to read that one is to choose it
    before = {name: mpl.rcParams[name] for name in names}
    render(residual_density(residual_frame(), style=PlotStyle(dark=True)), 300, 200)
    assert {name: mpl.rcParams[name] for name in names} == before


def test_a_users_matplotlibrc_changes_nothing() -> None:
    plain = render(residual_density(residual_frame()), 300, 200).rgba
    with mpl.rc_context(
        {"axes.facecolor": "red", "lines.linewidth": 9, "font.size": 30, "text.usetex": True}
    ):
        changed = render(residual_density(residual_frame()), 300, 200).rgba
    assert (plain == changed).all()


def test_settings_come_back_after_an_error() -> None:
    before = mpl.rcParams["text.color"]

    def fail() -> None:
        with PlotStyle(dark=True).context():
            assert mpl.rcParams["text.color"] == DARK.text
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert mpl.rcParams["text.color"] == before


def test_pyplot_is_never_loaded() -> None:
    import subprocess
    import sys

    code = (
        "import sys, mixgui.plots; sys.exit('matplotlib.pyplot' in sys.modules or 'PySide6' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_first_font_comes_with_matplotlib() -> None:
    assert font_families()[0] == "DejaVu Sans"


def test_a_ground_of_ones_own() -> None:
    style = PlotStyle(dark=True, background="#102030")
    rgba = render(residual_density(residual_frame(), style=style), 200, 150).rgba
    assert rgba[0, 0].tolist() == [0x10, 0x20, 0x30, 255]
