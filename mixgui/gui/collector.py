"""Python's cyclic garbage is collected in the GUI thread only.

The collector runs in whichever thread happens to allocate. In a worker it may find a widget that is part of a cycle,
and a widget that is deleted outside the GUI thread takes the program with it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL = 1000  # milliseconds
# Between two looks, so many of the youngest (and then of the younger generations' runs) call for a collection.
_YOUNG, _MIDDLE, _OLD = 2000, 20, 20


class Collector(QObject):
    """Turns automatic collection off and collects now and then while the event loop runs.

    Parameters
    ----------
    parent : QObject
        Lives in the GUI thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the generations that have grown enough; the oldest rarely, because it takes longest."""
        young, middle, old = gc.get_count()
        if young < _YOUNG:
            return
        gc.collect(0)
        if middle >= _MIDDLE:
            gc.collect(2 if old >= _OLD else 1)

    def pause(self) -> None:
        """Do not look for a while: libraries are being loaded, and going through what they bring takes long."""
        self._timer.stop()

    def spare(self) -> None:
        """Look again, but never at what there is now: functions and classes of libraries live as long as we do.

        Half a million objects would take a tenth of a second in the GUI thread, each time.
        """
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Give collecting back to Python."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()
