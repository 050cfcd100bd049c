"""Pixels, picking and files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from plot_frames import caption, effects_frame, marks, residual_frame, texts_outside

from mixgui.errors import ExportError
from mixgui.plots import (
    FORMATS,
    Plot,
    PlotStyle,
    caterpillar,
    random_effects_density,
    random_effects_qq,
    render,
    residual_density,
    residual_qq,
    residuals_by_group,
    residuals_vs_fitted,
    save,
    to_bytes,
)
from mixgui.plots.layout import drawable

ROWS = residual_frame(500)
EFFECTS = effects_frame(30, ("(Intercept)", "a_predictor"))
GROUPS = [f"S{i}" for i in range(25)]
MAKERS: dict[str, Callable[[PlotStyle], Plot]] = {
    "density": lambda s: residual_density(ROWS, group="school", highlight="S3", style=s),
    "fitted": lambda s: residuals_vs_fitted(ROWS, group="school", highlight="S3", style=s),
    "facets": lambda s: residuals_by_group(ROWS, "school", GROUPS, highlight="S3", style=s),
    "qq": lambda s: residual_qq(ROWS, group="school", highlight="S3", style=s),
    "caterpillar": lambda s: caterpillar(EFFECTS, factor="school", highlight="S3", style=s),
    "effects": lambda s: random_effects_density(EFFECTS, factor="school", highlight="S3", style=s),
    "effects_qq": lambda s: random_effects_qq(EFFECTS, factor="school", highlight="S3", style=s),
}
MADE = {(name, dark): make(PlotStyle(dark=dark)) for name, make in MAKERS.items() for dark in (False, True)}
every_plot = pytest.mark.parametrize("name", MAKERS)


@every_plot
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("width", "height", "ratio"), [(320, 240, 1.0), (640, 400, 2.0), (451, 333, 1.25), (1600, 900, 1.0)]
)
def test_pixels_are_as_asked_and_no_text_is_cut(
    name: str, dark: bool, width: int, height: int, ratio: float
) -> None:
    plot = MADE[name, dark]
    rendered = render(plot, width, height, ratio)
    assert rendered.rgba.shape == (round(height * ratio), round(width * ratio), 4)
    assert rendered.rgba.dtype == np.uint8
    assert (rendered.rgba[..., 3] == 255).all()
    ground = rendered.rgba[0, 0, :3]
    assert (ground.mean() < 64) == dark
    drawn = (rendered.rgba[..., :3] != ground).any(axis=2)
    assert drawn.mean() > 0.01
    assert texts_outside(plot) == []
    assert rendered.alt_text == plot.alt_text


@given(st.integers(200, 1400), st.integers(150, 1000), st.sampled_from(sorted(MAKERS)))
@settings(max_examples=30, deadline=None)
def test_any_size_can_be_drawn(width: int, height: int, name: str) -> None:
    plot = MADE[name, False]
    rendered = render(plot, width, height)
    assert rendered.rgba.shape[:2] == (height, width)
    for hit in rendered.hits:
        assert 0 <= hit.x <= width
        assert 0 <= hit.y <= height
    for ax in plot.figure.axes:
        box = ax.get_position()
        assert box.width > 0
        assert box.height > 0


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_hits_are_where_the_pixels_are(ratio: float) -> None:
    """Points are drawn and the chosen group's colour is found at the hits of that group."""
    plot = MADE["caterpillar", False]
    rendered = render(plot, 640, 400, ratio)
    (mine,) = [hit for hit in rendered.hits if hit.label == "S3"]
    pixel = rendered.rgba[int(mine.y * ratio), int(mine.x * ratio), :3]
    accent = [int(plot.style.colours.accent[i : i + 2], 16) for i in (1, 3, 5)]
    assert np.abs(pixel.astype(int) - accent).max() < 30


def test_picking_takes_the_nearest_in_reach() -> None:
    rendered = render(MADE["caterpillar", False], 640, 600)
    for hit in rendered.hits[::5]:
        assert rendered.group_at(hit.x + 2, hit.y + 1) == hit.label
    assert rendered.group_at(-100, -100) is None


def test_size_on_the_screen_is_that_of_the_ratio() -> None:
    """At 200 % a text has twice the pixels: its size in logical pixels is the same."""
    plot = MADE["density", False]
    heights = []
    for ratio in (1.0, 2.0):
        render(plot, 640, 400, ratio)
        heights.append(plot.figure.axes[0].xaxis.label.get_window_extent().height)
    assert heights[1] / heights[0] == pytest.approx(2, abs=0.15)


@every_plot
@pytest.mark.parametrize("kind", FORMATS)
def test_files_are_light_and_reproducible(name: str, kind: str) -> None:
    from_dark = to_bytes(MADE[name, True], kind, (5.0, 3.5), 80)
    from_light = to_bytes(MADE[name, False], kind, (5.0, 3.5), 80)
    assert from_dark == from_light
    assert to_bytes(MADE[name, True], kind, (5.0, 3.5), 80) == from_dark


def test_png_has_the_size_and_the_words(tmp_path) -> None:
    plot = MADE["fitted", True]
    path = save(plot, tmp_path / "plot.png", size_inches=(6.0, 4.0), dpi=200)
    with Image.open(path) as image:
        assert image.size == (1200, 800)
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.01)
        assert image.getpixel((0, 0))[:3] == (255, 255, 255)
        assert image.info["Description"] == plot.alt_text


def test_svg_is_outlines_with_a_description() -> None:
    text = to_bytes(MADE["density", False], "svg").decode("utf-8")
    assert "<text" not in text
    assert "Density of 500 residuals" in text
    assert "<dc:date>" not in text


def test_pdf_embeds_its_fonts() -> None:
    content = to_bytes(MADE["density", False], "pdf")
    assert content.startswith(b"%PDF")
    assert b"/FontFile2" in content
    assert b"CreationDate" not in content


def test_saving_leaves_the_plot_on_the_screen_alone() -> None:
    plot = MAKERS["fitted"](PlotStyle(dark=True))
    before = render(plot, 400, 300).rgba
    to_bytes(plot, "png", (3, 2), 100)
    assert (render(plot, 400, 300).rgba == before).all()


def test_endings_name_the_format(tmp_path) -> None:
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        path = save(MADE["density", False], tmp_path / f"plot.{kind.upper()}", dpi=50)
        assert path.read_bytes().startswith(start)
    path = save(MADE["density", False], tmp_path / "no ending", "svg")
    assert path.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("name", "size", "dpi", "sentence"),
    [
        ("plot.bmp", (4, 3), 100, "cannot be written as bmp"),
        ("plot", (4, 3), 100, "without an ending"),
        ("plot.png", (0, 3), 100, "cannot be drawn"),
        ("plot.png", (float("nan"), 3), 100, "cannot be drawn"),
        ("plot.png", (4, 3), -1, "cannot be drawn"),
        ("plot.png", (400, 300), 300, "too many"),
        ("plot.png", (0.2, 3), 100, "too small"),
        ("nowhere/plot.png", (4, 3), 50, "could not be written"),
    ],
)
def test_refusals_are_sentences(
    tmp_path, name: str, size: tuple[float, float], dpi: float, sentence: str
) -> None:
    with pytest.raises(ExportError, match=sentence) as caught:
        save(MADE["density", False], tmp_path / name, size_inches=size, dpi=dpi)
    assert caught.value.hint.endswith(".")
    assert list(tmp_path.iterdir()) == []


def test_many_points_become_a_picture_inside_a_drawing() -> None:
    plot = residuals_vs_fitted(residual_frame(6000))
    assert marks(plot.figure.axes[0], "points").get_rasterized()
    assert len(to_bytes(plot, "svg", (4, 3), 100)) < 600_000
    assert b"<image" in to_bytes(plot, "svg", (4, 3), 100)


def test_captions_break_between_words() -> None:
    plot = residual_density(ROWS)
    render(plot, 320, 240)
    lines = plot.figure.texts[0].get_text().split("\n")
    assert len(lines) > 1
    wide = render(plot, 1600, 900)
    assert wide.width_px == 1600
    assert "\n" not in plot.figure.texts[0].get_text()
    assert " ".join(lines) == caption(plot)


def test_letters_of_other_scripts_and_formulas_are_only_text() -> None:
    frame = residual_frame(60, 3).assign(school=np.tile(["$a_b$", "東京 🏫", "Łódź & <b>"], 20))
    for name in frame["school"].unique():
        plot = residuals_vs_fitted(frame, group="school", highlight=name)
        render(plot, 400, 300)
        assert drawable(name) in plot.figure.axes[0].get_title("right")
        assert {hit.label for hit in plot.hits} == set(frame["school"])
        for kind in FORMATS:
            assert len(to_bytes(plot, kind, (4, 3), 60)) > 1000


def test_a_letter_that_no_font_has_is_a_box() -> None:
    assert drawable("School \U0010fffd, Łódź") == "School □, Łódź"
