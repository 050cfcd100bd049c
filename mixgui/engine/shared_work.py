"""Many independent tasks (refits of a bootstrap, bounds of profiles) on all cores.

Threads would not help: the arrays are small, so that Python itself is busy most of the time, one thread after the
other. So helpers are processes of their own, and as simple as can be. They get the job as an .npz file, work through
the tasks from the end, and append what they find to a file each; this process works from the front, reads what the
helpers have written, and stops where they meet. It never depends on them: where no process can be started, or one
dies, it does the rest itself. A task knows its own seed, so that the results do not depend on who did it or on how
many there were.

Nothing of the calling script is run again in a helper (as multiprocessing does), no thread and no server is left
behind, and no object is unpickled.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixgui.engine.terms import FloatArray
from mixgui.observer import Observer, Progress, silent

# Helpers take some half a second to start: they are called when more than this is left to do (seconds).
WORTH = 1.5
# Tasks after which the rest is estimated; seconds between two looks at helpers that are not finished.
_TRIAL, _LOOK = 3, 0.02
_JOB = "job.npz"
_CLAIMED, _DONE = 0.0, 1.0


class Job(Protocol):
    """Tasks 0 to count - 1, each giving `width` numbers.

    `kind` names the class in `job_of`; `arrays` has all that a helper needs to do the same tasks.
    """

    kind: str
    count: int
    width: int

    def task(self, index: int, observer: Observer) -> FloatArray:
        """Return the numbers of a task, (width,)."""

    def arrays(self) -> dict[str, NDArray]:
        """Return the job as arrays of numbers and text."""


def job_of(arrays: dict[str, NDArray]) -> Job:
    """Return the job that `Job.arrays` described."""
    from mixgui.engine.bootstrap import Bootstrap
    from mixgui.engine.profile import Profiling

    return Bootstrap.of(arrays) if str(arrays["kind"]) == Bootstrap.kind else Profiling.of(arrays)


def cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def work_through(
    job: Job, message: str, observer: Observer = silent, processes: int | None = None
) -> FloatArray:
    """Do all tasks of a job.

    Parameters
    ----------
    job : Job
        What is to be done.
    message : str
        For the progress.
    observer : Observer
        Told before every task; stops by raising `Cancelled`, which ends the helpers too.
    processes : int, optional
        How many processes may work, this one included; as many as there are cores by default.

    Returns
    -------
    (count, width) array
        The numbers of every task, whoever did it.
    """
    found = np.full((job.count, job.width), np.nan)
    state = np.full(job.count, -1.0)
    most = cores() if processes is None else processes
    crew: Crew | None = None
    clock = time.perf_counter()

    def pulse(progress: Progress) -> None:
        observer(Progress(message, fraction=float((state == _DONE).mean())))

    try:
        while (state != _DONE).any():
            pulse(Progress())
            free = np.flatnonzero(state < 0.0)
            if len(free) == 0 and crew is not None and crew.alive():
                crew.wait()
            else:
                index = int(free[0] if len(free) else np.flatnonzero(state != _DONE)[0])
                found[index] = job.task(index, silent if observer is silent else pulse)
                state[index] = _DONE
            done = int((state == _DONE).sum())
            if crew is not None:
                crew.collect(found, state)
            elif most > 1 and done == _TRIAL:
                left = (time.perf_counter() - clock) / done * (job.count - done)
                crew = Crew(job, most - 1) if left > WORTH else None
    finally:
        if crew is not None:
            crew.close()
    return found


class Crew:
    """Helper processes for one job. Whatever goes wrong with them, the job is done without them."""

    def __init__(self, job: Job, helpers: int) -> None:
        self.width = job.width
        self.processes: list[subprocess.Popen[bytes]] = []
        self._folder = tempfile.TemporaryDirectory(prefix="mixgui-", ignore_cleanup_errors=True)
        self._read = [0] * helpers
        folder = Path(self._folder.name)
        try:
            np.savez(folder / _JOB, allow_pickle=False, **job.arrays())
            for number in range(helpers):
                command = [*_command(), str(folder), str(number), str(helpers)]
                self.processes.append(subprocess.Popen(command, **_options()))  # noqa: S603 - this program itself
        except OSError:
            pass

    def alive(self) -> bool:
        """Whether a helper is still at work."""
        return any(process.poll() is None for process in self.processes)

    def wait(self) -> None:
        """Give the helpers a moment."""
        for process in self.processes:
            if process.poll() is None:
                try:
                    process.wait(_LOOK)
                except subprocess.TimeoutExpired:
                    return

    def collect(self, found: FloatArray, state: FloatArray) -> None:
        """Take over what the helpers have done since the last look, and what they are doing."""
        record = 8 * (self.width + 2)
        for number in range(len(self.processes)):
            try:
                with _file(Path(self._folder.name), number).open("rb") as stream:
                    stream.seek(self._read[number])
                    raw = stream.read()
            except OSError:
                continue
            whole = len(raw) // record * record
            self._read[number] += whole
            for row in np.frombuffer(raw[:whole]).reshape(-1, self.width + 2):
                index = int(row[0])
                if state[index] == _DONE:
                    continue
                state[index] = row[1]
                if row[1] == _DONE:
                    found[index] = row[2:]

    def close(self) -> None:
        """End the helpers, at once, and remove their folder."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
        self._folder.cleanup()


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--share-work"]
    return [sys.executable, "-m", "mixgui.engine.shared_work"]


def _options() -> dict:
    """Return how a helper is started: silent, without a window, one thread of linear algebra each."""
    one = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
    )
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    options = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    # Windows would show a console.
    return {
        **options,
        "env": {**os.environ, **one, "PYTHONPATH": path},
        "creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0),
    }


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number}.rows"


def serve(folder: str, number: str, helpers: str) -> int:
    """Be a helper: do every `helpers`-th task from the end, until the folder is gone or all are done.

    Parameters
    ----------
    folder : str
        Where the job is and the results go.
    number, helpers : str
        Which helper this is, of how many.

    Returns
    -------
    int
        Exit code, 0.
    """
    place = Path(folder)
    with np.load(place / _JOB, allow_pickle=False) as stored:
        job = job_of(dict(stored))
    nothing = np.zeros(job.width)
    with _file(place, int(number)).open("wb", buffering=0) as stream:
        for index in range(job.count - 1 - int(number), -1, -int(helpers)):
            if not (place / _JOB).exists():  # the other process has ended
                break
            stream.write(np.concatenate([[index, _CLAIMED], nothing]).tobytes())
            stream.write(np.concatenate([[index, _DONE], job.task(index, silent)]).tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(serve(*sys.argv[1:]))
