"""Compare a fit with what a saved project says of an earlier one to the same data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixgui.formatting import format_number
from mixgui.models.notes import Note
from mixgui.models.result import ModelFit

#: The criterion is a sum over rows: processors and libraries agree to about 1e-12 of it. A change of the data or
#: of the computation shows far above.
RELATIVE_TOLERANCE = 1e-6


def criterion_at(fit: ModelFit, theta: Sequence[float]) -> float:
    """Return the criterion of a model at other covariance parameters.

    Parameters
    ----------
    fit : ModelFit
        Gives data and model.
    theta : (t,) sequence of float
        As lme4 has it; empty for an ordinary regression, whose criterion has no such parameters.

    Raises
    ------
    ValueError
        When the model has another number of parameters.
    """
    if fit.lmm is None:
        if len(theta):
            raise ValueError("an ordinary regression has no covariance parameters")
        return fit.criterion
    if len(theta) != len(fit.lmm.theta):
        raise ValueError(f"{len(fit.lmm.theta)} parameters, not {len(theta)}")
    return fit.lmm.state.criterion(np.asarray(theta, dtype=float), fit.lmm.reml)


def compare_saved(fit: ModelFit, theta: Sequence[float], criterion: float) -> Note | None:
    """Return a warning if a saved criterion is not what data and model give at the saved theta, else None."""
    words = "REML criterion" if fit.reml else "−2 log-likelihood"
    try:
        now = criterion_at(fit, theta)
    except (ValueError, np.linalg.LinAlgError):
        return Note(
            "warning",
            "Not the saved fit",
            "The fit that was saved has other random effects than this one. What is shown was computed now.",
        )
    if abs(now - criterion) <= RELATIVE_TOLERANCE * max(1.0, abs(criterion)):
        return None
    saved, here = (format_number(value, 8, minus=True) for value in (criterion, now))
    return Note(
        "warning",
        "Not the saved fit",
        f"The {words} that was saved with the project is {saved}, but the same parameters give {here} now. "
        "What is shown was computed now; compare it with what you have published.",
    )
