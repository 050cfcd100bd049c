"""Saving a plot: where to, as what, how large and how fine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mixgui.gui.fields import pad_spin_box, plain_buttons
from mixgui.gui.plot_panel import PlotMaker
from mixgui.gui.theme import DOUBLE, SPACE, make_muted
from mixgui.observer import Observer
from mixgui.services.settings import Settings

if TYPE_CHECKING:  # the window must not wait for matplotlib
    from mixgui.plots.render import PlotFormat

FORMATS = (
    ("png", "PNG picture", "For slides and the web."),
    ("svg", "SVG drawing", "Sharp at any size; text can be edited."),
    ("pdf", "PDF document", "Sharp at any size; for papers in LaTeX."),
)
_UNSAFE = '<>:"/\\|?*'


@dataclass(frozen=True)
class PlotExport:
    """What the dialog asks for.

    Parameters
    ----------
    path : Path
    format : {"png", "svg", "pdf"}
    size_inches : tuple of float
        Width and height.
    dpi : int
        Pixels an inch of a PNG; of no effect on drawings.
    """

    path: Path
    format: PlotFormat
    size_inches: tuple[float, float]
    dpi: int


def saving(make: PlotMaker, choice: PlotExport) -> Callable[[Observer], None]:
    """Return the job that makes a plot in print colours and writes it."""

    def work(observer: Observer) -> None:
        from mixgui.plots.render import save
        from mixgui.plots.style import PlotStyle

        style = PlotStyle(dark=False, size_inches=choice.size_inches, dpi=choice.dpi)
        save(make(style), choice.path, choice.format, choice.size_inches, choice.dpi)

    return work


def file_stem(name: str) -> str:
    """Return a name without the characters that a file system refuses."""
    clean = "".join("_" if character in _UNSAFE or ord(character) < 32 else character for character in name)
    return "_".join(clean.lower().split()).strip("._") or "plot"


def _folder(settings: Settings) -> Path:
    """Return the folder of the last export, else that of the user's pictures, else the home folder."""
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    for folder in (settings.get("export/folder"), pictures):
        if folder and Path(folder).is_dir():
            return Path(folder)
    return Path.home()


class PlotExportDialog(QDialog):
    """Asks for a file, a format, a size and a resolution.

    Signals
    -------
    chosen(PlotExport)
        Save was pressed.
    """

    chosen = Signal(object)

    def __init__(self, name: str, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setObjectName("plot_export_dialog")
        self.setWindowTitle("Save plot")
        self._format = self._make_format()
        self._path = QLineEdit(str(_folder(settings) / f"{file_stem(name)}.png"), self)
        self._path.setObjectName("plot_export_path")
        self._path.setAccessibleName("File")
        self._path.setMinimumWidth(360)
        self._width = self._make_inches("plot_export_width", "Width in inches", settings.get("export/width"))
        self._height = self._make_inches(
            "plot_export_height", "Height in inches", settings.get("export/height")
        )
        self._dpi = QSpinBox(self)
        self._dpi.setObjectName("plot_export_dpi")
        self._dpi.setAccessibleName("Dots per inch")
        self._dpi.setRange(50, 1200)
        self._dpi.setSingleStep(50)
        self._dpi.setValue(settings.get("export/dpi"))
        self._dpi.setSuffix(" dpi")
        pad_spin_box(self._dpi)
        self._pixels = make_muted("", self)
        self._pixels.setObjectName("plot_export_pixels")
        self._lay_out()
        self._format.currentIndexChanged.connect(self._on_format)
        self._path.textChanged.connect(self._update)
        for field in (self._width, self._height, self._dpi):
            field.valueChanged.connect(self._update)
        self._update()

    def _make_format(self) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName("plot_export_format")
        box.setAccessibleName("Format")
        for key, name, tip in FORMATS:
            box.addItem(name, key)
            box.setItemData(box.count() - 1, tip, 3)  # the tooltip's role
        return box

    def _make_inches(self, name: str, words: str, value: float) -> QDoubleSpinBox:
        box = QDoubleSpinBox(self)
        box.setObjectName(name)
        box.setAccessibleName(words)
        box.setRange(1.0, 40.0)
        box.setDecimals(2)
        box.setSingleStep(0.5)
        box.setSuffix(" in")
        pad_spin_box(box)
        box.setValue(round(value, 2))
        return box

    def _lay_out(self) -> None:
        browse = QPushButton("Choose…", self)
        browse.setObjectName("plot_export_browse")
        browse.setAccessibleName("Choose a file")
        browse.clicked.connect(self._browse)
        where = QHBoxLayout()
        where.setSpacing(SPACE)
        where.addWidget(self._path, 1)
        where.addWidget(browse)
        size = QHBoxLayout()
        size.setSpacing(SPACE)
        size.addWidget(self._width)
        size.addWidget(QLabel("×", self))
        size.addWidget(self._height)
        size.addStretch(1)
        form = QFormLayout()
        form.setHorizontalSpacing(DOUBLE)
        form.setVerticalSpacing(SPACE)
        form.addRow("Format", self._format)
        form.addRow("File", where)
        form.addRow("Size", size)
        form.addRow("Resolution", self._dpi)
        form.addRow("", self._pixels)
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        save = self._buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setObjectName("plot_export_save")
        save.setProperty("kind", "primary")
        plain_buttons(self._buttons)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        layout.setSpacing(DOUBLE)
        layout.addLayout(form)
        layout.addWidget(self._buttons)

    def choice(self) -> PlotExport:
        """Return what is asked for now; a file without a suffix gets that of its format."""
        kind: PlotFormat = self._format.currentData()
        path = Path(self._path.text().strip()).expanduser()
        if path.suffix.lower() != f".{kind}":
            known = path.suffix.lower().lstrip(".") in {key for key, _, _ in FORMATS}
            path = path.with_suffix(f".{kind}") if known else path.with_name(f"{path.name}.{kind}")
        return PlotExport(path, kind, (self._width.value(), self._height.value()), self._dpi.value())

    def accept(self) -> None:
        """Tell the choice and close."""
        choice = self.choice()
        self._settings.set("export/folder", str(choice.path.parent))
        self.chosen.emit(choice)
        super().accept()

    @Slot()
    def _on_format(self) -> None:
        path = Path(self._path.text().strip())
        if path.suffix.lower().lstrip(".") in {key for key, _, _ in FORMATS}:
            self._path.setText(str(path.with_suffix(f".{self._format.currentData()}")))
        self._update()

    @Slot()
    def _update(self) -> None:
        """Say how many pixels the picture will have, and whether it can be saved where it is asked for."""
        save = self._buttons.button(QDialogButtonBox.StandardButton.Save)
        text = self._path.text().strip()
        if not text or not Path(text).name:
            save.setEnabled(False)
            self._pixels.setText("Choose a file.")
            return
        choice = self.choice()
        save.setEnabled(choice.path.parent.is_dir())
        self._dpi.setEnabled(choice.format == "png")
        if not choice.path.parent.is_dir():
            self._pixels.setText("This folder does not exist.")
        elif choice.format == "png":
            width, height = (round(side * choice.dpi) for side in choice.size_inches)
            self._pixels.setText(f"{width:,} × {height:,} pixels")
        else:
            self._pixels.setText("A drawing has no pixels: it is sharp at any size.")

    @Slot()
    def _browse(self) -> None:
        filters = ";;".join(f"{name} (*.{key})" for key, name, _ in FORMATS)
        chosen = next(f"{name} (*.{key})" for key, name, _ in FORMATS if key == self._format.currentData())
        path, used = QFileDialog.getSaveFileName(self, "Save plot", self._path.text(), filters, chosen)
        if path:
            for index, (key, _, _) in enumerate(FORMATS):
                if f"*.{key})" in used:
                    self._format.setCurrentIndex(index)
            self._path.setText(path)
