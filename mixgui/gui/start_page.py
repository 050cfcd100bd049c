"""What is seen before there are data: open files, an example, a recent file, or take the tour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mixgui.data.examples import EXAMPLES, Example
from mixgui.gui.icons import application_icon
from mixgui.gui.theme import DOUBLE, HALF, SPACE, icon, make_heading, make_muted, no_margins, set_kind
from mixgui.services.project_store import SUFFIX
from mixgui.services.settings import Settings

_WIDTH = 920
_LOGO = QSize(48, 48)
_DROP = QSize(32, 32)
_RECENT_SHOWN = 6


def dropped_files(data: QMimeData) -> list[Path]:
    """Return the files of a drag from a file manager."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.is_file()]


class DropArea(QFrame):
    """A place that files can be dropped on; it is also a button for those who do not drag.

    Signals
    -------
    dropped(object)
        A list of paths.
    """

    dropped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drop_area")
        self.setAcceptDrops(True)
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = QLabel("Drop data files or a project here", self)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        more = make_muted("Text, Excel, SPSS, Stata, SAS or R: how to read it is found out.", self)
        more.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton(icon("open", "on_accent"), "Open…", self)
        self.button.setObjectName("start_open")
        self.button.setDefault(True)
        set_kind(self.button, "primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(DOUBLE, DOUBLE, DOUBLE, DOUBLE)
        column.setSpacing(SPACE)
        column.addStretch(1)
        column.addWidget(self._picture)
        column.addWidget(words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(more)
        column.addStretch(1)
        set_kind(self, "drop")
        self._draw()

    def set_over(self, over: bool) -> None:
        """Show whether something would be dropped here now."""
        self.setProperty("over", "true" if over else "false")
        self.style().unpolish(self)
        self.style().polish(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files."""
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()
            self.set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """Forget what went away."""
        self.set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Tell which files were dropped."""
        self.set_over(False)
        paths = dropped_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw the picture in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        if hasattr(self, "_picture"):
            self._picture.setPixmap(icon("drop", "muted").pixmap(_DROP, self.devicePixelRatioF()))


class Tile(QPushButton):
    """A large button with a title and a sentence."""

    def __init__(self, title: str, words: str, picture: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_kind(self, "tile")
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self._picture = picture
        self._icon = QLabel(self)
        heading, text = make_heading(title, 2, self), make_muted(words, self)
        heading.setWordWrap(True)
        column = QVBoxLayout()
        no_margins(column, HALF)
        column.addWidget(heading)
        column.addWidget(text)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(DOUBLE, SPACE * 3 // 2, DOUBLE, SPACE * 3 // 2)
        row.setSpacing(SPACE * 3 // 2)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        for child in (self._icon, heading, text):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._draw()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the words, not of the button's own (empty) text."""
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return room for the wrapped words at the present width."""
        return QSize(self._row.minimumSize().width(), self._row.heightForWidth(max(self.width(), 280)))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw the picture in the colours of the new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_icon"):
            self._draw()

    def _draw(self) -> None:
        self._icon.setPixmap(icon(self._picture, "accent").pixmap(QSize(20, 20), self.devicePixelRatioF()))


class StartPage(QScrollArea):
    """The first page.

    Signals
    -------
    open_requested(), tour_requested()
    example_chosen(str)
        Id of an example.
    files_chosen(object)
        Recent or dropped files, as a list of paths.
    """

    open_requested = Signal()
    tour_requested = Signal()
    example_chosen = Signal(str)
    files_chosen = Signal(object)

    def __init__(
        self,
        settings: Settings,
        examples: Sequence[Example] = EXAMPLES,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("start_page")
        self.setWidgetResizable(True)
        self._settings = settings
        self.drop = DropArea(self)
        self.drop.button.clicked.connect(self.open_requested)
        self.drop.dropped.connect(self.files_chosen)
        page = QWidget(self)
        self._recent = QVBoxLayout()
        no_margins(self._recent, 0)
        self._recent_heading = make_heading("Recent", 3, page)
        column = QVBoxLayout()
        no_margins(column, SPACE * 3)
        column.addLayout(self._make_head(page))
        column.addLayout(self._make_grid(page, examples))
        inner = QWidget(page)
        inner.setMaximumWidth(_WIDTH)
        inner.setLayout(column)
        across = QHBoxLayout(page)
        across.setContentsMargins(SPACE * 3, SPACE * 3, SPACE * 3, SPACE * 3)
        across.addStretch(1)
        across.addWidget(inner, 100, Qt.AlignmentFlag.AlignVCenter)
        across.addStretch(1)
        self.setWidget(page)
        settings.changed.connect(self._on_setting)
        self._refresh_recent()

    def _make_head(self, page: QWidget) -> QHBoxLayout:
        logo = QLabel(page)
        logo.setPixmap(application_icon().pixmap(_LOGO, self.devicePixelRatioF()))
        words = QVBoxLayout()
        no_margins(words, 0)
        words.addWidget(make_heading("MixGUI", 1, page))
        words.addWidget(make_muted("Mixed-effects models, from two files to the figure in your paper.", page))
        row = QHBoxLayout()
        row.setSpacing(DOUBLE)
        row.addWidget(logo)
        row.addLayout(words, 1)
        return row

    def _make_grid(self, page: QWidget, examples: Sequence[Example]) -> QGridLayout:
        left, right = QVBoxLayout(), QVBoxLayout()
        no_margins(left, SPACE)
        no_margins(right, SPACE)
        left.addWidget(make_heading("Your data", 3, page))
        left.addWidget(self.drop, 1)
        left.addSpacing(SPACE)
        left.addWidget(self._recent_heading)
        left.addLayout(self._recent)
        right.addWidget(make_heading("Examples", 3, page))
        for example in examples:
            tile = Tile(example.title, example.description, "examples", page)
            tile.setObjectName(f"example_{example.id.replace('-', '_')}")
            tile.clicked.connect(lambda checked=False, key=example.id: self.example_chosen.emit(key))
            right.addWidget(tile)
        right.addSpacing(SPACE)
        right.addWidget(make_heading("New here?", 3, page))
        tour = Tile(
            "Take the tour",
            "Five steps from opening files to taking a table away, in about three minutes.",
            "tour",
            page,
        )
        tour.setObjectName("start_tour")
        tour.clicked.connect(self.tour_requested)
        right.addWidget(tour)
        right.addStretch(1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE * 4)
        grid.addLayout(left, 0, 0)
        grid.addLayout(right, 0, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid

    @Slot(str, object)
    def _on_setting(self, name: str, value: object) -> None:
        if name == "files/recent":
            self._refresh_recent()

    def _refresh_recent(self) -> None:
        """List the recent files that are still there."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        paths = [Path(name) for name in self._settings.get("files/recent")][:_RECENT_SHOWN]
        self._recent_heading.setVisible(bool(paths))
        for number, path in enumerate(paths, start=1):
            project = path.suffix.lower() == SUFFIX
            button = QPushButton(icon("project" if project else "file", "accent"), path.name, self)
            button.setObjectName(f"recent_{number}")
            button.setToolTip(str(path))
            button.setAccessibleDescription(str(path))
            set_kind(button, "link")
            button.clicked.connect(lambda checked=False, path=path: self.files_chosen.emit([path]))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
