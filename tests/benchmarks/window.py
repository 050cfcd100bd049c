"""A million rows in the real window: how long each operation takes, and the longest pause of the main thread.

    python -m tests.benchmarks.window [rows]

The heartbeat is a timer of the main thread; a gap between two beats is time in which the window could neither
paint nor answer. What the operations themselves ask of the main thread is counted, and so is what a worker does
without letting go of the interpreter.

Memory (Linux only) is what the process had at its highest during the operation beyond what it had before, divided by
the frame: the larger of the table that was operated on and the one that was made, with pandas' own deep count of its
bytes. What was free and kept by the allocator is given back to the system before, where that can be asked for.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread, main_thread
from types import FrameType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pandas as pd
from PySide6.QtCore import QElapsedTimer, QEventLoop, Qt, QTimer

from mixgui.gui.application import Application
from mixgui.gui.arrivals import Arrivals
from mixgui.gui.session import Session
from mixgui.services.settings import Settings

ROWS, GROUPS = 1_000_000, 10_000
LIMIT = 0.050  # seconds
_BEAT = 2  # milliseconds
_QUIET = 0.15  # seconds without work after which an operation is over


class Heartbeat:
    """Counts the longest gap between two beats of the main thread, and says what ran in it."""

    def __init__(self) -> None:
        self._clock = QElapsedTimer()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT)
        self._timer.timeout.connect(self._beat)
        self._last, self._used = time.perf_counter(), _processor_times()
        self.longest, self.ran = 0.0, (0.0, 0.0)
        self.where = ""
        self._done = Event()
        self._seen = ""
        self._watch = Thread(target=self._look, daemon=True)

    def start(self) -> None:
        self._timer.start()
        self._watch.start()

    def stop(self) -> None:
        self._timer.stop()
        self._done.set()
        self._watch.join()

    def reset(self) -> None:
        self._last, self._used = time.perf_counter(), _processor_times()
        self.longest, self.ran, self.where, self._seen = 0.0, (0.0, 0.0), "", ""

    def _beat(self) -> None:
        now = time.perf_counter()
        if now - self._last > self.longest:
            self.longest, self.where = now - self._last, self._seen
            everything, main = _processor_times()
            self.ran = everything - self._used[0], main - self._used[1]
        self._last, self._used = time.perf_counter(), _processor_times()
        self._seen = ""

    def _look(self) -> None:
        """Remember where all threads are while the main thread is late."""
        while not self._done.wait(0.005):
            if time.perf_counter() - self._last > LIMIT / 2:
                self._seen = " | ".join(
                    _place(identity == main_thread().ident, frame)
                    for identity, frame in sys._current_frames().items()
                    if identity != self._watch.ident
                )


def _processor_times() -> tuple[float, float]:
    """Return how long all threads together, and the main thread, have had a processor (seconds)."""
    return time.process_time(), time.thread_time()


def _place(is_main: bool, frame: FrameType) -> str:
    """Say where a thread is; by walking its frames only, because looking at files would let others in between."""
    code, ours = frame.f_code, frame
    while ours.f_back is not None and "mixgui" not in ours.f_code.co_filename:
        ours = ours.f_back
    return (
        f"{'main' if is_main else 'worker'} {Path(ours.f_code.co_filename).name}:{ours.f_lineno} "
        f"({Path(code.co_filename).name}:{frame.f_lineno} {code.co_name})"
    )


class Window:
    """The program's window with a heart."""

    def __init__(self, folder: Path) -> None:
        application = Application.instance() or Application(["benchmark"])
        assert isinstance(application, Application)
        self.session = Session(
            application, Settings(folder / "settings.ini"), state_folder=folder / "autosave"
        )
        self.application = application
        self.arrivals = Arrivals(application, self.session.window)  # as in the program
        self.heart = Heartbeat()
        self.session.window.resize(1280, 800)
        self.session.show()
        self.wait(lambda: not self.session.worker.busy)
        self.heart.start()

    def wait(self, done: Callable[[], bool], seconds: float = 300) -> None:
        """Let the window run until something is so, the worker is idle and all is painted.

        The event loop sleeps while there is nothing to do, as in the program: asking again and again for events
        would take the interpreter from the worker.
        """
        loop, timer = QEventLoop(), QTimer()
        end, quiet = time.perf_counter() + seconds, [0.0]

        def look() -> None:
            now = time.perf_counter()
            if not done() or self.session.worker.busy:
                quiet[0] = now + _QUIET
            if now > min(quiet[0], end):
                loop.quit()

        quiet[0] = time.perf_counter() + _QUIET
        timer.timeout.connect(look)
        timer.start(5)
        loop.exec()
        if not done():
            raise TimeoutError

    def measure(
        self, title: str, work: Callable[[], object], done: Callable[[], bool], tables: tuple[str, ...]
    ) -> None:
        """Do one operation and print what it took; `tables` are those that it reads and makes."""
        frame = self._largest(tables)
        before = _forget_peak()
        self.heart.reset()
        begin = time.perf_counter()
        work()
        self.wait(done)
        seconds, longest, peak = time.perf_counter() - begin, self.heart.longest, _memory("VmHWM")
        frame = max(frame, self._largest(tables))
        share = f"{(peak - before) / frame:5.2f} frames" if frame and peak else "            "
        mark = ""
        if longest > LIMIT:  # all threads together ran less than the pause lasted: others had the processor
            everything, main = self.heart.ran
            busy = "machine busy: " if everything < 0.7 * longest else ""
            mark = (
                f"  <-- {busy}all threads ran {1000 * everything:.0f} ms, the main thread {1000 * main:.0f} ms; "
                f"{self.heart.where}"
            )
        print(
            f"{title:28s} {seconds:8.2f} s   longest pause {1000 * longest:6.1f} ms   "
            f"peak {peak:6.2f} GB, {share} more than before{mark}",
            flush=True,
        )

    def _largest(self, names: tuple[str, ...]) -> float:
        """Return the size in GB of the largest of the tables that are there."""
        tables = self.session.document.tables
        frames = [tables[name].frame for name in names if name in tables]
        return max((frame.memory_usage(deep=True).sum() / 1e9 for frame in frames), default=0.0)


def _memory(field: str) -> float:
    """Return the memory of the process in GB: VmHWM the highest, VmRSS now (0 where the system does not tell)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1e6


def _forget_peak() -> float:
    """Let the highest memory be counted from here on, and return what the process has now, in GB."""
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library than GNU's
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def make_files(folder: Path, rows: int) -> None:
    """Write a million rows of 12 columns, and 10,000 groups."""
    random = np.random.default_rng(1)
    numbers = {f"x{i}": random.normal(size=rows).round(5) for i in range(6)}
    flags = {f"f{i}": random.integers(0, 2, rows) for i in range(3)}
    kind = random.choice(["Public", "Catholic", "Other"], rows)
    group = random.integers(0, GROUPS, rows)
    frame = pd.DataFrame({"id": np.arange(rows), "group": group, **numbers, **flags, "kind": kind})
    frame.to_csv(folder / "rows.csv", index=False)
    print(f"frame {frame.memory_usage(deep=True).sum() / 1e9:.2f} GB as Python strings", flush=True)
    names = {"group": random.permutation(GROUPS), "type": random.choice(["a", "b"], GROUPS)}
    pd.DataFrame(names | {f"z{i}": random.normal(size=GROUPS) for i in range(4)}).to_csv(
        folder / "groups.csv", index=False
    )


def main() -> int:
    """Run the operations one after the other."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder, rows)
        _run(Window(folder), folder)
    return 0


def _run(window: Window, folder: Path) -> None:
    from mixgui.data.row_steps import Filter, Sort
    from mixgui.data.steps import Join

    document = window.session.document
    view = window.session.window.data_tab.view

    def steps(n: int) -> Callable[[], bool]:
        return lambda: len(document.project.steps) == n

    window.measure(
        "open 1,000,000 × 12", lambda: document.open_files([folder / "rows.csv"]), steps(1), ("rows",)
    )
    window.measure(
        "open 10,000 groups", lambda: document.open_files([folder / "groups.csv"]), steps(2), ("groups",)
    )
    join = Join("rows", "groups", (("group", "group"),), "joined")
    window.measure("join", lambda: document.run_step(join), steps(3), ("rows", "joined"))
    scroll = view.verticalScrollBar()

    def scroll_through() -> None:
        for at in range(40):
            scroll.setValue(scroll.maximum() * at // 40)
            window.application.processEvents()

    window.measure("scroll", scroll_through, lambda: True, ("joined",))
    window.measure(
        "filter",
        lambda: document.run_step(Filter("joined", "x0 > 0 & kind == 'Public'")),
        steps(4),
        ("joined",),
    )
    window.measure("undo", document.undo_stack.undo, steps(3), ("joined",))
    window.measure("sort", lambda: document.run_step(Sort("joined", (("x1", True),))), steps(4), ("joined",))
    window.measure(
        "sort by text",
        lambda: document.run_step(Sort("joined", (("kind", True), ("x2", False)))),
        steps(5),
        ("joined",),
    )
    from mixgui.data.reshape_steps import PivotLonger, PivotWider

    longer = PivotLonger("rows", ("x0", "x1", "x2"), ("item",), "value", "long")
    window.measure("wide to long (3,000,000)", lambda: document.run_step(longer), steps(6), ("rows", "long"))
    wider = PivotWider("long", ("item",), ("value",), "wide", ("id",))
    window.measure("long to wide", lambda: document.run_step(wider), steps(7), ("long", "wide"))
    store, file = window.session.window.projects.store, folder / "large.mixgui"
    window.measure("save", lambda: store.save(file), file.exists, ("long",))
    window.measure("new project", store.new, steps(0), ("long",))
    window.measure("reopen", lambda: store.open(file), steps(7), ("long",))
    window.heart.stop()
    window.session.close()


if __name__ == "__main__":
    raise SystemExit(main())
