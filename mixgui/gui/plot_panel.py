"""One plot on the screen: made and drawn in the worker, shown as a picture, with a menu to take it away.

The window's thread only scales pictures: while the panel is resized the last picture is stretched, and a
sharp one follows when the mouse rests. A click near a group's point tells its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QGuiApplication,
    QImage,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mixgui.errors import MixguiError
from mixgui.gui.plot_picture import PlotPicture
from mixgui.gui.theme import HALF, colors, icon, no_margins, set_kind
from mixgui.observer import Observer
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:  # the window must not wait for matplotlib
    from mixgui.plots.plot import Plot
    from mixgui.plots.render import RenderedPlot
    from mixgui.plots.style import PlotStyle

# Frame in, plot out; called in the worker with the style of the moment.
PlotMaker = Callable[["PlotStyle"], "Plot"]

_DPI = 96.0  # Qt's logical pixels an inch
_FONT = 9.0  # points: panels are small
_CAPTION_FROM = 250.0  # logical pixels of height; lower plots go without a caption
_REST_MS = 120


@dataclass(frozen=True)
class PlotContent:
    """What a panel shows.

    Parameters
    ----------
    make : callable
        `PlotStyle` -> `Plot`.
    name : str
        For the file ("residual density").
    pickable : bool
        Whether its points are groups that can be chosen.
    """

    make: PlotMaker
    name: str
    pickable: bool = False


class PlotPanel(QWidget):
    """A plot with its title and a menu.

    Parameters
    ----------
    worker : Worker
    settings : Settings
        For the size and the resolution of exports.
    key : str
        Names the panel among the jobs: a newer picture replaces one that is still waiting.
    title : str

    Signals
    -------
    picked(str)
        The label of a point (a group) that was clicked.
    cleared()
        Escape was pressed in the plot.
    drawn()
        A new picture is shown.
    export_failed(MixguiError), exported(str)
        What came of saving to a file.
    """

    picked = Signal(str)
    cleared = Signal()
    drawn = Signal()
    export_failed = Signal(object)
    exported = Signal(str)

    def __init__(
        self, worker: Worker, settings: Settings, key: str, title: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(key)
        self._settings = settings
        self._worker = worker
        self._key = key
        self._title = title
        self._content: PlotContent | None = None
        self._wanted: tuple[object, ...] | None = None
        self._picture = PlotPicture(self)
        self._picture.setAccessibleName(title)
        self._build()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._draw)
        self._picture.resized.connect(self._rest.start)
        self._picture.picked.connect(self.picked)
        self._picture.cleared.connect(self.cleared)
        self.show_empty("")

    def _build(self) -> None:
        self._heading = QLabel(self._title, self)
        self._heading.setObjectName("plot_title")
        set_kind(self._heading, "heading3")
        self._menu_button = QToolButton(self)
        self._menu_button.setObjectName("plot_menu")
        self._menu_button.setIcon(icon("menu"))
        self._menu_button.setAccessibleName(f"Menu of the plot {self._title}")
        self._menu_button.setToolTip("Save or copy this plot")
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._menu_button)
        self.save_action = QAction(icon("export"), "Save as PNG, SVG or PDF…", menu)
        self.save_action.setObjectName("plot_save")
        self.save_action.triggered.connect(self.export)
        self.copy_action = QAction(icon("copy"), "Copy image", menu)
        self.copy_action.setObjectName("plot_copy")
        self.copy_action.triggered.connect(self.copy_image)
        self.describe_action = QAction(icon("type_text"), "Copy description", menu)
        self.describe_action.setObjectName("plot_copy_description")
        self.describe_action.triggered.connect(self.copy_description)
        menu.addActions([self.save_action, self.copy_action, self.describe_action])
        self._menu_button.setMenu(menu)
        head = QHBoxLayout()
        no_margins(head, HALF)
        head.addWidget(self._heading)
        head.addStretch(1)
        head.addWidget(self._menu_button)
        layout = QVBoxLayout(self)
        no_margins(layout, 0)
        layout.addLayout(head)
        layout.addWidget(self._picture, 1)

    # --- what is shown ---

    def show_content(self, content: PlotContent) -> None:
        """Show a plot; the picture of the one before stays until the new one is drawn."""
        self._content = content
        self._wanted = None
        self._picture.fading = False
        if self._picture.image is None:
            self._say("Drawing…")
        self._rest.start(0)

    def show_empty(self, sentence: str) -> None:
        """Show a sentence that says what belongs here."""
        self._content = None
        self._wanted = None
        self._picture.image = None
        self._picture.rendered = None
        self._say(sentence)
        self._set_description(sentence)
        for action in (self.save_action, self.copy_action, self.describe_action):
            action.setEnabled(False)

    def set_previous(self, previous: bool) -> None:
        """Pale the picture while it belongs to an earlier formula."""
        if previous != self._picture.fading:
            self._picture.fading = previous
            self._picture.update()

    def set_title(self, title: str) -> None:
        """Change the words above the plot."""
        self._title = title
        self._heading.setText(title)
        self._picture.setAccessibleName(title)

    @property
    def content(self) -> PlotContent | None:
        """What is shown now."""
        return self._content

    @property
    def image(self) -> QImage | None:
        """The picture that is shown now, in device pixels."""
        return self._picture.image

    @property
    def sentence(self) -> str:
        """The sentence that stands in place of the picture, or an empty text."""
        return self._picture.sentence

    @property
    def description(self) -> str:
        """The alternative text."""
        return self._picture.accessibleDescription()

    @property
    def picture(self) -> PlotPicture:
        """The widget that shows the picture."""
        return self._picture

    def _say(self, sentence: str, severity: str = "muted") -> None:
        self._picture.sentence, self._picture.severity = sentence, severity
        self._picture.update()

    def _set_description(self, text: str) -> None:
        self._picture.setAccessibleDescription(text)

    # --- drawing ---

    @Slot()
    def _draw(self) -> None:
        """Ask the worker for a picture in the size of the moment; nothing is drawn for a hidden panel."""
        size, content = self._picture.size(), self._content
        if content is None or not self.isVisible() or size.width() < 60 or size.height() < 60:
            return
        ratio = self.devicePixelRatioF()
        wanted = (id(content), size.width(), size.height(), ratio, colors().dark)
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._worker.run(
            _drawing(content, size, ratio, colors().dark),
            lane="plot",
            key=f"draw:{self._key}",
            description=f"Drawing {content.name}",
            owner=self,
            on_done=lambda rendered: self._on_drawn(content, rendered, ratio),
            on_failed=lambda error: self._on_failed(content, error),
        )

    def _on_drawn(self, content: PlotContent, rendered: RenderedPlot, ratio: float) -> None:
        if content is not self._content:
            return
        height, width, _ = rendered.rgba.shape
        image = QImage(
            rendered.rgba.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888
        ).copy()
        image.setDevicePixelRatio(ratio)
        self._picture.image = image
        self._picture.rendered = rendered
        self._picture.pickable = content.pickable
        self._say("")
        self._set_description(rendered.alt_text)
        for action in (self.save_action, self.copy_action, self.describe_action):
            action.setEnabled(True)
        self.drawn.emit()

    def _on_failed(self, content: PlotContent, error: MixguiError) -> None:
        if content is self._content:
            self._picture.image = None
            self._picture.rendered = None
            self._say(str(error), "error")
            self._set_description(str(error))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Draw what was asked for while the panel was hidden."""
        super().showEvent(event)
        self._rest.start(0)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Draw anew in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_rest"):
            self._rest.start()

    # --- taking it away ---

    @Slot()
    def export(self) -> None:
        """Ask for a file and a size, then save the plot in the worker."""
        from mixgui.gui.plot_export_dialog import PlotExportDialog

        if self._content is None:
            return
        content = self._content
        dialog = PlotExportDialog(content.name, self._settings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda choice: self.save(choice, content))
        dialog.open()

    def save(self, choice: object, content: PlotContent | None = None) -> None:
        """Save the plot (`PlotExport`) in the worker; `exported` or `export_failed` says what came of it."""
        from mixgui.gui.plot_export_dialog import PlotExport, saving

        content = content or self._content
        if content is None or not isinstance(choice, PlotExport):
            return
        self._worker.run(
            saving(content.make, choice),
            lane="plot",
            description=f"Saving {choice.path.name}",
            owner=self,
            on_done=lambda _: self.exported.emit(str(choice.path)),
            on_failed=self.export_failed.emit,
        )

    @Slot()
    def copy_image(self) -> None:
        """Put the picture on the clipboard, always on a light ground."""
        content = self._content
        if content is None:
            return
        size = self._picture.size().expandedTo(QSize(480, 320))
        self._worker.run(
            _drawing(content, size, 2.0, dark=False),
            lane="plot",
            key=f"copy:{self._key}",
            description=f"Copying {content.name}",
            owner=self,
            on_done=_to_clipboard,
            on_failed=self.export_failed.emit,
        )

    @Slot()
    def copy_description(self) -> None:
        """Put the alternative text on the clipboard."""
        QGuiApplication.clipboard().setText(self.description)


def look(
    style: PlotStyle, x: str | None = None, y: str | None = None, groups: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what every plot function is given: style, titles of axes, no caption where there is no room for it.

    Axes without a title of the codebook keep the plot's own, groups without a label their name in the data.
    """
    from mixgui.plots.plot import Labels

    small = style.size_inches[1] * _DPI < _CAPTION_FROM
    return {"style": style, "labels": Labels(x=x, y=y, caption="" if small else None, groups=groups or {})}


def _drawing(
    content: PlotContent, size: QSize, ratio: float, dark: bool
) -> Callable[[Observer], RenderedPlot]:
    """Return the job that makes and draws a plot."""
    width, height = size.width(), size.height()

    def work(observer: Observer) -> RenderedPlot:
        from mixgui.plots.render import render
        from mixgui.plots.style import PlotStyle

        style = PlotStyle(dark=dark, size_inches=(width / _DPI, height / _DPI), dpi=_DPI, base_font=_FONT)
        return render(content.make(style), width, height, ratio)

    return work


def _image(rendered: RenderedPlot) -> QImage:
    """Return the pixels as a picture that owns them."""
    height, width, _ = rendered.rgba.shape
    pixels = rendered.rgba.tobytes()
    return QImage(pixels, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def _to_clipboard(rendered: RenderedPlot) -> None:
    QGuiApplication.clipboard().setImage(_image(rendered))
