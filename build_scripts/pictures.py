"""The program's icon, drawn once as SVG, as each system wants it. Runs in the environment (Qt, Pillow).

python pictures.py FOLDER   makes mixgui.png (several sizes), mixgui.ico and mixgui.icns in FOLDER.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).resolve().parent.parent / "resources" / "icons" / "mixgui.svg"
SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256, 512, 1024)
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)
ICNS_SIZES = (16, 32, 64, 128, 256, 512, 1024)


def draw(renderer: QSvgRenderer, size: int, path: Path) -> None:
    """Draw the icon at one size, from the lines and not from a larger picture."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    if not picture.save(str(path)):
        raise SystemExit(f"{path} could not be written.")


def main(folder: Path) -> int:
    """Make all icon files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _application = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    renderer = QSvgRenderer(str(DRAWING))
    if not renderer.isValid():
        raise SystemExit(f"{DRAWING.name} is no drawing that Qt can read.")
    pictures: dict[int, Image.Image] = {}
    for size in SIZES:
        path = folder / f"mixgui-{size}.png"
        draw(renderer, size, path)
        with Image.open(path) as picture:
            pictures[size] = picture.convert("RGBA")
    _save(pictures, ICO_SIZES, folder / "mixgui.ico", sizes=[(size, size) for size in ICO_SIZES])
    _save(pictures, ICNS_SIZES, folder / "mixgui.icns")
    return 0


def _save(pictures: dict[int, Image.Image], drawn: tuple[int, ...], path: Path, **options: Any) -> None:
    """Write several sizes into one file; each is the one drawn, none is scaled."""
    largest = pictures[drawn[-1]]
    largest.save(path, append_images=[pictures[size] for size in drawn[:-1]], **options)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
