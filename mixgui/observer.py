"""How a long job tells its progress and learns that it was cancelled.

A leaf, because reading, joining and fitting all report and none of them may know the worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """A snapshot of a running job.

    Parameters
    ----------
    message : str
        What is being done, for the status line ("Reading students.csv").
    fraction : float, optional
        Share done, 0 to 1; None when it is not known.
    evaluations : int, optional
        Evaluations of the criterion so far (fits only).
    criterion : float, optional
        Lowest REML criterion or deviance so far (fits only).
    """

    message: str = ""
    fraction: float | None = None
    evaluations: int | None = None
    criterion: float | None = None


# Called often by a job; raises `errors.Cancelled` to stop it.
Observer = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Ignore the progress: the observer of a job that nobody watches."""
