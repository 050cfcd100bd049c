"""Several plots of one thing: seen side by side, or one of them in the whole area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from mixgui.gui.plot_panel import PlotPanel
from mixgui.gui.theme import HALF, SPACE, no_margins

OVERVIEW = "overview"


class PlotViews(QWidget):
    """A row of buttons that choose the view, room for controls, and the plots.

    Parameters
    ----------
    name : str
        Stem of the object names.
    panels : mapping
        View -> its panel.
    titles : mapping
        View -> the words of its button.
    overview : sequence of str
        The views that are seen side by side in the overview.

    Signals
    -------
    view_changed(str)
    """

    view_changed = Signal(str)

    def __init__(
        self,
        name: str,
        panels: Mapping[str, PlotPanel],
        titles: Mapping[str, str],
        overview: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._panels = dict(panels)
        self._overview = tuple(overview)
        self._view = OVERVIEW
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(HALF)
        for view, words in {OVERVIEW: "Overview", **titles}.items():
            self._add_button(name, view, words)
        self.bar.addStretch(1)
        row = QHBoxLayout()
        no_margins(row, SPACE)
        for panel in self._panels.values():
            row.addWidget(panel, 1)
        layout = QVBoxLayout(self)
        no_margins(layout, 0)
        layout.addLayout(self.bar)
        layout.addLayout(row, 1)
        self.set_view(OVERVIEW)

    def _add_button(self, name: str, view: str, words: str) -> None:
        button = QToolButton(self)
        button.setObjectName(f"{name}_{view}")
        button.setText(words)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.clicked.connect(lambda: self.set_view(view))
        self._group.addButton(button)
        self._buttons[view] = button
        self.bar.addWidget(button)

    @property
    def view(self) -> str:
        """The view that is shown: "overview" or the name of a plot."""
        return self._view

    @Slot(str)
    def set_view(self, view: str) -> None:
        """Show the overview or a single plot."""
        self._view = view
        self._buttons[view].setChecked(True)
        shown = self._overview if view == OVERVIEW else (view,)
        for name, panel in self._panels.items():
            panel.setVisible(name in shown)
        self.view_changed.emit(view)

    def set_available(self, views: Sequence[str]) -> None:
        """Offer only some of the single plots; if the one shown is not among them, show the overview."""
        for view, button in self._buttons.items():
            button.setVisible(view == OVERVIEW or view in views)
        if self._view != OVERVIEW and self._view not in views:
            self.set_view(OVERVIEW)

    def visible_panel(self) -> PlotPanel:
        """Return the plot that "export" means: the one with the keyboard, else the first that is seen."""
        shown = [panel for panel in self._panels.values() if not panel.isHidden()]
        return next((panel for panel in shown if panel.picture.hasFocus()), shown[0])
