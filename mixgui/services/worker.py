"""The one door to threads: lanes of jobs that run beside the window.

A job is a pure function of an observer. Each lane is one thread and runs its jobs one after the other, so
that a fit never waits for a plot; the queues themselves live on the window's thread and therefore need no
lock. The next job of a lane starts after the callbacks of the one before it have returned: a job that reads
the state of the document when it starts sees what the previous job made of it, and after the window has painted what it
made: painting beside a job that calculates in Python takes twice as long.
"""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, QTimer, Signal, Slot

from mixgui.errors import Cancelled, MixguiError
from mixgui.observer import Observer, Progress
from mixgui.turns import first, give_way

LANES = ("data", "fit", "plot", "file")  # "file": saving waits for nobody and nobody for it

# Twenty reports a second are what an eye can follow; more would only keep the window's thread busy.
PROGRESS_INTERVAL = 0.05

# Milliseconds after a result before other jobs start. The window's timers come after its painting.
_PAINTING = 5

# macOS gives a secondary thread 512 KB, which is too little for LAPACK and deep pandas calls.
_STACK_BYTES = 16 * 1024 * 1024

T = TypeVar("T")
Callback = Callable[..., object]


class JobState(Enum):
    """Where a job is in its life; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STALE = "stale"  # replaced by a newer job with the same key: nobody is told

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


class Job:
    """One piece of work that was given to the worker.

    Attributes
    ----------
    description : str
        What is being done, for the status line.
    lane : str
    key : str or None
        Jobs with the same lane and key replace each other.
    state : JobState
    progress : Progress or None
        The latest report that reached the window.
    """

    def __init__(
        self,
        work: Callable[[Observer], Any],
        *,
        lane: str,
        key: str | None,
        description: str,
        callbacks: dict[str, Callback | None],
        owner: QObject | None,
        on_cancel: Callable[[Job], None],
    ) -> None:
        self.description = description
        self.lane = lane
        self.key = key
        self.state = JobState.QUEUED
        self.progress: Progress | None = None
        self._work = work
        self._callbacks = callbacks
        self._owner = owner
        self._on_cancel = on_cancel
        self._stop_asked = False  # written by the window, read by the lane: one bool, no lock needed

    def cancel(self) -> None:
        """Ask the job to stop; its result will not be used even if it is too late to stop it."""
        if not self.state.final and not self._stop_asked:
            self._stop_asked = True
            self._on_cancel(self)

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._stop_asked

    def _release(self) -> None:
        """Forget the work and the callbacks, which may hold tables and widgets."""
        self._callbacks = {}
        self._owner = None
        self._work = _nothing

    def __repr__(self) -> str:
        return f"<Job {self.description!r} {self.lane} {self.state.value}>"


def _nothing(observer: Observer) -> None:
    """Stand in for the work of a job that is over."""


class _Outcome:
    """What came of a job: a value, a refusal, a cancellation or a bug."""

    def __init__(self) -> None:
        self.value: Any = None
        self.error: MixguiError | None = None
        self.cancelled = False
        self.crash = ""


def _execute(work: Callable[[Observer], Any], observer: Observer) -> _Outcome:
    """Run `work` and turn whatever happens into an `_Outcome`; nothing escapes into the thread."""
    outcome = _Outcome()
    try:
        outcome.value = work(observer)
    except Cancelled:
        outcome.cancelled = True
    except MixguiError as error:
        outcome.error = error.with_traceback(None)  # its frames would keep the tables of the job alive
    except MemoryError:
        outcome.error = MixguiError(
            "There is not enough memory for this.", "Close other programs or use fewer rows or columns."
        )
    except BaseException:  # every exception must reach the window, whatever its kind
        outcome.crash = traceback.format_exc()
        outcome.error = MixguiError(
            "Something went wrong inside the program; this is a mistake of ours, not of yours.",
            "Your data are unchanged. The log file has the details for a bug report.",
        )
    return outcome


class _Runner(QObject):
    """Lives in the thread of a lane and runs what is sent to it."""

    finished = Signal(object, object)  # job, outcome
    progressed = Signal(object, object)  # job, progress

    @Slot(object)  # decorated, so that Qt knows that it belongs to this object's thread
    def run(self, job: Job) -> None:
        """Run one job and send what came of it."""
        last_report = float("-inf")

        def observer(progress: Progress) -> None:
            nonlocal last_report
            if job.cancel_requested:
                raise Cancelled
            give_way()
            now = time.monotonic()
            if now - last_report >= PROGRESS_INTERVAL:
                last_report = now
                self.progressed.emit(job, progress)

        outcome = _Outcome()
        if job.cancel_requested:
            outcome.cancelled = True
        else:
            outcome = _execute(job._work, observer)
        self.finished.emit(job, outcome)


class _Lane(QObject):
    """A queue and its thread; all methods are called on the window's thread."""

    _send = Signal(object)

    def __init__(self, name: str, worker: Worker) -> None:
        super().__init__(worker)
        self.name = name
        self.queue: deque[Job] = deque()
        self.current: Job | None = None
        self._thread: QThread | None = None
        self._runner: _Runner | None = None
        self._worker = worker

    def start_next(self) -> None:
        """Send the first queued job to the thread, if the thread is free."""
        if self.current is not None or not self.queue or self._worker.painting:
            return
        self._ensure_thread()
        self.current = job = self.queue.popleft()
        job.state = JobState.RUNNING
        self._worker.started.emit(job)
        self._send.emit(job)

    def _ensure_thread(self) -> None:
        """Start the thread at the first job: a lane that is never used costs nothing."""
        if self._thread is not None:
            return
        self._thread = QThread(self)
        self._thread.setObjectName(f"mixgui-{self.name}")
        self._thread.setStackSize(_STACK_BYTES)
        self._runner = _Runner()
        self._runner.moveToThread(self._thread)
        queued = Qt.ConnectionType.QueuedConnection
        self._send.connect(self._runner.run, queued)
        self._runner.finished.connect(self._worker._on_finished, queued)
        self._runner.progressed.connect(self._worker._on_progressed, queued)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the job that it is running."""
        if self._thread is None or self._runner is None:
            return
        self._runner.finished.disconnect(self._worker._on_finished)
        self._runner.progressed.disconnect(self._worker._on_progressed)
        self._thread.quit()
        self._thread.wait()
        self._thread = None
        self._runner = None


class Worker(QObject):
    """Runs jobs beside the window and brings their results back to the window's thread.

    Signals
    -------
    started(Job), finished(Job)
        A job began to run; a job reached a final state (also when it was cancelled while it waited).
    progressed(Job, Progress)
        At most every 50 ms a job.
    busy_changed(bool)
        Whether any job is waiting or running.
    crashed(str)
        The traceback of an exception that no job may raise: a bug.
    """

    started = Signal(object)
    finished = Signal(object)
    progressed = Signal(object, object)
    busy_changed = Signal(bool)
    crashed = Signal(str)
    _ended = Signal(object, object)  # a job that ended without its thread; delivered later, like all others

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = {name: _Lane(name, self) for name in LANES}
        self._busy = False
        self._closed = False
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._undelivered = 0
        self._painted = QTimer(self)
        self._painted.setSingleShot(True)
        self._painted.setInterval(_PAINTING)
        self._painted.timeout.connect(self._start_waiting)
        application = QCoreApplication.instance()
        if application is not None:  # a thread that outlives the application would abort the process
            application.aboutToQuit.connect(self.shutdown)

    @property
    def busy(self) -> bool:
        """Whether any job is waiting, running or still to be reported."""
        return self._busy

    @property
    def painting(self) -> bool:
        """Whether the window is left alone to paint what the last job made."""
        return self._painted.isActive()

    def jobs(self) -> tuple[Job, ...]:
        """Return the running jobs, then the waiting ones."""
        running = [lane.current for lane in self._lanes.values() if lane.current is not None]
        waiting = [job for lane in self._lanes.values() for job in lane.queue]
        return (*running, *waiting)

    def run(
        self,
        job: Callable[[Observer], T],
        *,
        lane: str = "data",
        key: str | None = None,
        description: str = "",
        owner: QObject | None = None,
        on_done: Callable[[T], object] | None = None,
        on_failed: Callable[[MixguiError], object] | None = None,
        on_cancelled: Callable[[], object] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Job:
        """Queue a job.

        Parameters
        ----------
        job : callable
            Called in the lane's thread with an observer. It must not touch widgets.
        lane : {"data", "fit", "plot", "file"}
        key : str, optional
            An earlier job of the lane with the same key becomes stale: it is dropped from the queue, or
            stopped, and its callbacks are never called.
        description : str
            For the status line.
        owner : QObject, optional
            No callback is called once this object was destroyed.
        on_done, on_failed, on_cancelled, on_progress : callable, optional
            Called on the window's thread, later, never from inside this method or from `Job.cancel`.

        Raises
        ------
        RuntimeError
            After `shutdown`.
        """
        if self._closed:
            raise RuntimeError("The worker was shut down.")
        if lane not in self._lanes:
            raise ValueError(f"There is no lane {lane!r}; the lanes are {', '.join(LANES)}.")
        new = Job(
            job,
            lane=lane,
            key=key,
            description=description,
            callbacks={
                "done": on_done,
                "failed": on_failed,
                "cancelled": on_cancelled,
                "progress": on_progress,
            },
            owner=owner,
            on_cancel=self._on_cancel,
        )
        if key is not None:
            self._retire(lane, key)
        self._lanes[lane].queue.append(new)
        self._update_busy()
        self._lanes[lane].start_next()
        return new

    def cancel_all(self, lane: str | None = None) -> None:
        """Cancel every job, or every job of one lane."""
        for job in self.jobs():
            if lane is None or job.lane == lane:
                job.cancel()

    @Slot()
    def shutdown(self) -> None:
        """Cancel everything and end the threads; no callback is called any more."""
        if self._closed:
            return
        self._closed = True
        self._painted.stop()
        for lane in self._lanes.values():
            lane.queue.clear()
            if lane.current is not None:
                lane.current._stop_asked = True
        for lane in self._lanes.values():
            lane.stop()
            if lane.current is not None:
                lane.current.state = JobState.CANCELLED
                lane.current._release()
                lane.current = None
        self._undelivered = 0
        self._update_busy()

    def _retire(self, lane_name: str, key: str) -> None:
        """Make the earlier jobs of this lane and key stale."""
        lane = self._lanes[lane_name]
        for job in [queued for queued in lane.queue if queued.key == key]:
            lane.queue.remove(job)
            job.state = JobState.STALE
            self._end_later(job, _Outcome())
        current = lane.current
        if current is not None and current.key == key:
            current._stop_asked = True
            current.state = JobState.STALE

    def _on_cancel(self, job: Job) -> None:
        """Take a waiting job out of its queue; a running one sees the request at its next report."""
        lane = self._lanes[job.lane]
        if job in lane.queue:
            lane.queue.remove(job)
            job.state = JobState.CANCELLED
            outcome = _Outcome()
            outcome.cancelled = True
            self._end_later(job, outcome)

    def _end_later(self, job: Job, outcome: _Outcome) -> None:
        self._undelivered += 1
        self._ended.emit(job, outcome)

    @Slot(object, object)
    def _deliver(self, job: Job, outcome: _Outcome) -> None:
        """Report a job that ended without having run."""
        if self._closed:
            return
        self._undelivered -= 1
        with first():
            self._report(job, outcome)

    @Slot(object, object)
    def _on_progressed(self, job: Job, progress: Progress) -> None:
        if self._closed or job.state is not JobState.RUNNING or job.cancel_requested:
            return
        job.progress = progress
        with first():
            self.progressed.emit(job, progress)
            self._call(job, "progress", progress)

    @Slot(object, object)
    def _on_finished(self, job: Job, outcome: _Outcome) -> None:
        if self._closed:
            return
        lane = self._lanes[job.lane]
        self._painted.start()
        try:
            with first():
                self._report(job, outcome, still_current=lane)
        finally:
            if not self._closed:  # a callback may have shut the worker down
                lane.current = None
                self._painted.start()
                self._update_busy()

    @Slot()
    def _start_waiting(self) -> None:
        """Go on with what waits in the lanes."""
        if not self._closed:
            with first():
                for lane in self._lanes.values():
                    lane.start_next()

    def _report(self, job: Job, outcome: _Outcome, still_current: _Lane | None = None) -> None:
        """Set the final state, call the callback that fits it and tell who listens."""
        if outcome.crash:
            self.crashed.emit(outcome.crash)
        if job.state is JobState.STALE:
            call: tuple[Any, ...] = ()
        elif outcome.cancelled or job.cancel_requested:
            job.state = JobState.CANCELLED
            call = ("cancelled",)
        elif outcome.error is not None:
            job.state = JobState.FAILED
            call = ("failed", outcome.error)
        else:
            job.state = JobState.DONE
            call = ("done", outcome.value)
        try:
            if call:
                self._call(job, *call)
        finally:
            job._release()
            if not self._closed:
                if still_current is not None:
                    still_current.current = None
                self.finished.emit(job)
                self._update_busy()

    def _call(self, job: Job, name: str, *arguments: object) -> None:
        """Call a callback unless the object that it serves is gone."""
        callback = job._callbacks.get(name)
        if callback is None:
            return
        served = (job._owner, getattr(callback, "__self__", None))
        if any(isinstance(one, QObject) and not shiboken6.isValid(one) for one in served):
            return
        callback(*arguments)

    def _update_busy(self) -> None:
        busy = not self._closed and (bool(self.jobs()) or self._undelivered > 0)
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)
