"""The Explore tab in the window: its command, and what export and copy mean there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mixgui.gui.explore_tab import ExploreTab
from mixgui.services.document import Document
from mixgui.services.selection import Selection
from mixgui.services.settings import Settings
from mixgui.services.worker import Worker

if TYPE_CHECKING:
    from mixgui.gui.main_window import MainWindow


class ExploreCommands:
    """Makes the tab and answers its commands.

    Parameters
    ----------
    window : MainWindow
        With `messages` already made.
    document, worker, selection, settings
        What the tab works with.
    """

    def __init__(
        self,
        window: MainWindow,
        document: Document,
        worker: Worker,
        selection: Selection,
        settings: Settings,
    ) -> None:
        self._window = window
        self.tab = ExploreTab(document, worker, selection, settings, window.messages, window)

    def handlers(self) -> dict[str, Callable[..., object]]:
        """Return what each command does."""
        return {"tab_explore": lambda: self._window.show_tab(self.tab)}

    @property
    def in_front(self) -> bool:
        """Whether the tab is looked at."""
        return self._window.tabs.currentWidget() is self.tab
