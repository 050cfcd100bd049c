"""Commands that lead to the codebook and to the checks of the table that is looked at."""

from __future__ import annotations

from collections.abc import Callable

from mixgui.gui.data_pages import CHECKS, CODEBOOK
from mixgui.gui.data_tab import DataTab


class CodebookCommands:
    """Handlers of the menu.

    Parameters
    ----------
    data_tab : DataTab
    show : callable
        Brings a tab of the window to the front.
    """

    def __init__(self, data_tab: DataTab, show: Callable[[DataTab], object]) -> None:
        self._tab = data_tab
        self._show = show

    def handlers(self) -> dict[str, Callable[..., object]]:
        """Return what each command does."""
        return {
            "codebook": lambda: self._go(CODEBOOK),
            "checks": lambda: self._go(CHECKS),
            "value_labels": self._tab.show_labels,
        }

    def _go(self, page: str) -> None:
        self._show(self._tab)
        self._tab.pages.show_page(page)
        if page == CODEBOOK:
            self._tab.codebook.table.setFocus()
        else:
            self._tab.checks.area.setFocus()
