from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from mixgui.errors import ModelError
from mixgui.gui.plot_export_dialog import PlotExport, PlotExportDialog, file_stem
from mixgui.gui.plot_panel import PlotContent, PlotPanel, look
from mixgui.plots.caterpillar import caterpillar
from mixgui.plots.plot import Plot
from mixgui.plots.style import PlotStyle
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker


@pytest.fixture
def worker(qtbot: QtBot) -> Iterator[Worker]:
    made = Worker()
    yield made
    made.shutdown()


@pytest.fixture
def panel(worker: Worker, qtbot: QtBot, tmp_path: Path) -> PlotPanel:
    widget = PlotPanel(worker, Settings(tmp_path / "settings.ini"), "test_plot", "A plot")
    qtbot.addWidget(widget)
    widget.resize(420, 320)
    widget.show()
    return widget


def effects(n: int = 5) -> pd.DataFrame:
    estimate = np.linspace(-2.0, 2.0, n)
    return pd.DataFrame(
        {
            "level": [f"g{i}" for i in range(n)],
            "term": "(Intercept)",
            "estimate": estimate,
            "conf_low": estimate - 1,
            "conf_high": estimate + 1,
        }
    )


def content(highlight: str | None = None, drawn: list[PlotStyle] | None = None) -> PlotContent:
    frame = effects()

    def make(style: PlotStyle) -> Plot:
        if drawn is not None:
            drawn.append(style)
        return caterpillar(frame, factor="school", highlight=highlight, **look(style))

    return PlotContent(make, "Caterpillar of school", pickable=True)


def drawn(panel: PlotPanel, qtbot: QtBot, plot: PlotContent) -> None:
    with qtbot.waitSignal(panel.drawn, timeout=20_000):
        panel.show_content(plot)


def test_the_picture_has_the_pixels_of_its_area(panel: PlotPanel, qtbot: QtBot) -> None:
    drawn(panel, qtbot, content())
    image = panel.image
    assert image is not None
    assert image.size() == panel.picture.size() * panel.devicePixelRatioF()
    assert "school" in panel.description
    assert panel.sentence == ""
    colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > 5, "something was drawn"


def test_a_click_on_a_point_tells_the_group(panel: PlotPanel, qtbot: QtBot) -> None:
    drawn(panel, qtbot, content())
    rendered = panel.picture.rendered
    assert rendered is not None
    hit = next(one for one in rendered.hits if one.label == "g3")
    with qtbot.waitSignal(panel.picked, timeout=1000) as told:
        place = QPoint(round(hit.x), round(hit.y))
        qtbot.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == ["g3"]
    with qtbot.assertNotEmitted(panel.picked):
        qtbot.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))


def test_the_arrows_walk_through_the_groups_and_escape_leaves(panel: PlotPanel, qtbot: QtBot) -> None:
    drawn(panel, qtbot, content())
    told: list[str] = []
    panel.picked.connect(told.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(panel.picture, key)
    assert told == ["g0", "g1", "g0"]
    with qtbot.waitSignal(panel.cleared, timeout=1000):
        qtbot.keyClick(panel.picture, Qt.Key.Key_Escape)


def test_resizing_draws_once_the_mouse_rests(panel: PlotPanel, qtbot: QtBot) -> None:
    styles: list[PlotStyle] = []
    drawn(panel, qtbot, content(drawn=styles))
    first = panel.image
    styles.clear()
    for width in range(440, 560, 10):
        panel.resize(width, 330)
    assert panel.image is first, "the old picture is stretched meanwhile"
    with qtbot.waitSignal(panel.drawn, timeout=20_000):
        pass
    assert len(styles) == 1, "one picture for twelve sizes"
    assert panel.image is not None
    assert panel.image.width() == panel.picture.width() * panel.devicePixelRatioF()


def test_only_the_latest_of_many_contents_is_shown(panel: PlotPanel, qtbot: QtBot, worker: Worker) -> None:
    for name in ("g0", "g1", "g2", "g3"):
        panel.show_content(content(name))
    last = panel.content
    with qtbot.waitSignal(panel.drawn, timeout=20_000):
        pass
    qtbot.waitUntil(lambda: not worker.busy, timeout=20_000)
    assert panel.content is last
    assert "g3" in panel.description


def test_a_hidden_panel_draws_when_it_is_shown(panel: PlotPanel, qtbot: QtBot, worker: Worker) -> None:
    panel.hide()
    styles: list[PlotStyle] = []
    panel.show_content(content(drawn=styles))
    qtbot.wait(50)
    assert styles == []
    with qtbot.waitSignal(panel.drawn, timeout=20_000):
        panel.show()
    assert len(styles) == 1


def test_a_refusal_is_a_sentence_in_its_place(panel: PlotPanel, qtbot: QtBot) -> None:
    def refuse(style: PlotStyle) -> Plot:
        raise ModelError("All values are equal.", "There is nothing to draw.")

    panel.show_content(PlotContent(refuse, "nothing"))
    qtbot.waitUntil(lambda: "equal" in panel.sentence, timeout=5000)
    assert panel.image is None
    assert not panel.save_action.isEnabled()
    drawn(panel, qtbot, content())
    assert panel.sentence == ""


def test_the_empty_panel_says_what_belongs_there(panel: PlotPanel) -> None:
    panel.show_empty("Fit a model to see its residuals.")
    assert panel.sentence == panel.description == "Fit a model to see its residuals."
    assert not panel.copy_action.isEnabled()


@pytest.mark.parametrize(("inches", "dpi"), [((6.5, 4.0), 150), ((3.25, 2.5), 300)])
def test_a_png_has_inches_times_dpi_pixels(
    panel: PlotPanel, qtbot: QtBot, tmp_path: Path, inches: tuple[float, float], dpi: int
) -> None:
    drawn(panel, qtbot, content())
    path = tmp_path / "plot.png"
    with qtbot.waitSignal(panel.exported, timeout=20_000):
        panel.save(PlotExport(path, "png", inches, dpi))
    raw = path.read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", raw[16:24])
    assert (width, height) == (round(inches[0] * dpi), round(inches[1] * dpi))


def test_svg_parses_and_pdf_is_one(panel: PlotPanel, qtbot: QtBot, tmp_path: Path) -> None:
    drawn(panel, qtbot, content())
    for kind in ("svg", "pdf"):
        with qtbot.waitSignal(panel.exported, timeout=20_000):
            panel.save(PlotExport(tmp_path / f"plot.{kind}", kind, (6.0, 4.0), 300))  # type: ignore[arg-type]
    root = ET.fromstring((tmp_path / "plot.svg").read_text(encoding="utf-8"))
    assert root.tag.endswith("svg")
    assert root.get("width") == "432pt", "six inches of 72 points"
    assert (tmp_path / "plot.pdf").read_bytes()[:5] == b"%PDF-"


def test_a_folder_that_is_gone_is_told(panel: PlotPanel, qtbot: QtBot, tmp_path: Path) -> None:
    drawn(panel, qtbot, content())
    with qtbot.waitSignal(panel.export_failed, timeout=20_000) as told:
        panel.save(PlotExport(tmp_path / "no" / "plot.png", "png", (3.0, 2.0), 72))
    assert "could not be written" in str(told.args[0])


def test_the_copied_picture_is_light_and_sharp(panel: PlotPanel, qtbot: QtBot) -> None:
    drawn(panel, qtbot, content())
    QGuiApplication.clipboard().clear()
    panel.copy_image()
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=20_000)
    image = QGuiApplication.clipboard().image()
    assert image.width() >= 2 * panel.picture.width()
    assert image.pixelColor(1, 1).lightness() > 250


def test_the_dialog_asks_for_format_size_and_resolution(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    settings.set("export/folder", str(tmp_path))
    dialog = PlotExportDialog("Residual density: A/B?", settings)
    qtbot.addWidget(dialog)
    assert dialog.choice() == PlotExport(tmp_path / "residual_density__a_b.png", "png", (6.5, 4.5), 300)
    dialog._width.setValue(4.0)
    dialog._dpi.setValue(100)
    assert dialog._pixels.text() == "400 × 450 pixels"
    dialog._format.setCurrentIndex(1)
    assert dialog.choice().path.name == "residual_density__a_b.svg"
    assert not dialog._dpi.isEnabled()
    dialog._path.setText(str(tmp_path / "figure 1.2"))
    assert dialog.choice().path.name == "figure 1.2.svg"
    dialog._path.setText(str(tmp_path / "none" / "x.svg"))
    assert "does not exist" in dialog._pixels.text()
    dialog._path.setText(str(tmp_path / "x.svg"))
    with qtbot.waitSignal(dialog.chosen, timeout=1000) as told:
        dialog.accept()
    assert told.args[0].path == tmp_path / "x.svg"


@pytest.mark.parametrize("name", ["Q-Q of school_id", "a/b\\c", "..", "", "con?"])
def test_file_names_are_safe(name: str) -> None:
    stem = file_stem(name)
    assert stem
    assert not set('<>:"/\\|?*') & set(stem)
