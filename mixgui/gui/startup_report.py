"""How long the start took, and whether the window stood still meanwhile, measured off the real event loop.

A timer beats every few milliseconds; a beat that comes late was kept waiting by something on the main thread, or by
a thread that kept the interpreter to itself.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from mixgui.gui.session import Session

BEAT_MS = 2
_CALM_SECONDS = 0.3  # after the last job: what it left for the main thread belongs to the start, too


class StartupReport(QObject):
    """Watches a session from before its window is shown until it is ready to fit, then ends the program.

    The file is JSON: `begun`, `window_shown` and `ready` as seconds since 1970, so that whoever started the process
    can subtract its own clock; `begun_cpu`, the processor seconds until then; `longest_gap` between two beats of the
    event loop from the first painted window on, in seconds, and `gap_at`, when it ended; `gaps`, all that were longer
    than 25 ms, as [when, how long].

    Parameters
    ----------
    application : QApplication
    session : Session
        Not yet shown.
    path : Path
        File to write.
    """

    def __init__(self, application: QApplication, session: Session, path: Path) -> None:
        super().__init__()
        self.application = application
        self.session = session
        self.path = path
        self.begun = time.time()
        self.begun_cpu = time.process_time()
        self.window_shown = 0.0
        self.gaps: list[tuple[float, float]] = []
        self._last = 0.0
        self._quiet_since: float | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        session.window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See the window being painted for the first time."""
        if event.type() == QEvent.Type.Paint and not self.window_shown:
            QTimer.singleShot(0, self, self._painted)
        return False

    def _painted(self) -> None:
        if not self.window_shown:
            self.window_shown = time.time()
            self.session.window.removeEventFilter(self)
            self._last = time.perf_counter()
            self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((time.time(), now - self._last))
        self._last = now
        if self.session.worker.busy or not self.session.warm:
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        elif now - self._quiet_since > _CALM_SECONDS:
            self._timer.stop()
            self._write(time.time() - (now - self._quiet_since))
            self.application.quit()

    def _write(self, ready: float) -> None:
        when, longest = max(self.gaps, key=lambda gap: gap[1])
        report = {
            "begun": self.begun,
            "begun_cpu": self.begun_cpu,
            "window_shown": self.window_shown,
            "ready": ready,
            "longest_gap": longest,
            "gap_at": when,
            "gaps": [gap for gap in self.gaps if gap[1] > 0.025],
        }
        self.path.write_text(json.dumps(report, indent=1), encoding="utf-8")
