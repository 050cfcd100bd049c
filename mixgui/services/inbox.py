"""One window for several starts: a second start hands its files to the program that runs.

A lock says that this user's program runs, and a folder takes requests: a file each, which the running program
removes when it has seen it. That needs no network, no port and no rights that files do not have; a program that
hangs or crashed does not take the request away, and the second start then opens a window of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QLockFile, QObject, Signal, Slot

from mixgui import paths

_PATIENCE = 3.0  # seconds: a running window is never busy for longer than a fraction of one
_LOOK = 0.02
_LATE = 10.0  # what is older was left by a crash
_LARGEST = 1 << 20
_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - by which a Wayland desktop lets a window come to the front


class Inbox(QObject):
    """Where the running program is asked for.

    Parameters
    ----------
    folder : Path, optional
        By default the one of this user.

    Signals
    -------
    requested(object)
        A second start: the list of its files, which may be empty. The window should come to the front.
    """

    requested = Signal(object)

    def __init__(self, folder: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = paths.state() / "running" if folder is None else folder
        self._requests = self._folder / "requests"
        self._lock: QLockFile | None = None
        self._watcher: QFileSystemWatcher | None = None

    @property
    def claimed(self) -> bool:
        """Whether this program is the one that others hand their files to."""
        return self._lock is not None

    def claim(self) -> bool:
        """Become that program, unless another one is; without a writable folder nobody is."""
        try:
            self._requests.mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        lock = QLockFile(str(self._folder / "lock"))
        lock.setStaleLockTime(0)  # only the end of its program ends a lock
        if not lock.tryLock(0):
            return False
        self._lock = lock
        return True

    def listen(self) -> None:
        """Look for requests from now on (the window is there)."""
        if not self.claimed:
            return
        self._watcher = QFileSystemWatcher([str(self._requests)], self)
        self._watcher.directoryChanged.connect(self._look)
        self._look()

    def hand_over(self, files: Iterable[Path], patience: float = _PATIENCE) -> bool:
        """Ask the running program to open files and to show its window.

        Returns
        -------
        bool
            Whether it answered. If not, the caller should open a window of its own.
        """
        owner = self._owner()
        if owner is None:
            return False
        _let_come_forward(owner)
        name = uuid.uuid4().hex
        request = self._requests / f"{name}.json"
        words = {"files": [str(path.absolute()) for path in files], "token": os.environ.get(_TOKEN, "")}
        try:
            part = self._requests / f"{name}.part"
            part.write_text(json.dumps(words), encoding="utf-8")
            part.replace(request)
        except OSError:
            return False
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if not request.exists():
                return True
            time.sleep(_LOOK)
        try:
            request.unlink()
        except FileNotFoundError:  # in the last moment
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Let the next start be the one."""
        if self._watcher is not None:
            self._watcher.deleteLater()
            self._watcher = None
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _owner(self) -> int | None:
        """Return the process that holds the lock; None if it is on another computer with the same home."""
        process, host, _ = QLockFile(str(self._folder / "lock")).getLockInfo()
        return process if process and host in ("", socket.gethostname()) else None

    @Slot()
    def _look(self) -> None:
        """Take what was asked for; taking it away is the answer."""
        for path in sorted(self._requests.glob("*.json")):
            with contextlib.suppress(OSError, ValueError):
                late = time.time() - path.stat().st_mtime > _LATE
                text = path.read_text(encoding="utf-8") if path.stat().st_size < _LARGEST else "{}"
                path.unlink()
                if not late:
                    self._take(json.loads(text))

    def _take(self, words: object) -> None:
        if not isinstance(words, dict):
            return
        names, token = words.get("files"), words.get("token")
        if isinstance(token, str) and token:
            os.environ[_TOKEN] = token  # where Qt looks for it when the window is activated
        files = [Path(name) for name in names if isinstance(name, str)] if isinstance(names, list) else []
        self.requested.emit(files)


def _let_come_forward(process: int) -> None:
    """Allow the running program to come to the front: Windows gives this right to the program that was started."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(process)
