"""Fit a model again: by another criterion, to fewer rows, or with other random terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mixgui.models.formula import Formula
from mixgui.observer import Observer, silent

if TYPE_CHECKING:
    from mixgui.models.result import ModelFit


def used_rows(fit: ModelFit) -> npt.NDArray[np.bool_]:
    """Return which rows of the table were used, (rows_given,)."""
    used = fit.design.used
    return np.ones(fit.rows_given, dtype=bool) if used is None else used


def refit(
    fit: ModelFit,
    *,
    rows: npt.NDArray[np.bool_] | None = None,
    formula: Formula | None = None,
    reml: bool,
    observer: Observer = silent,
) -> ModelFit:
    """Fit a model again.

    Parameters
    ----------
    fit : ModelFit
        The model.
    rows : (rows_given,) bool array, optional
        Rows of its table, among those that it used; all of them by default.
    formula : Formula, optional
        Another formula over the same columns.
    reml : bool
        Criterion.
    """
    from mixgui.models.fit import fit as fit_model

    design = fit.design
    used = used_rows(fit)
    rows = used if rows is None else rows
    kept = rows[used]
    changed = fit.formula if formula is None else formula
    offset = None
    if design.offset is not None and not fit.formula.offset:
        offset = design.offset[kept]
    return fit_model(
        changed,
        design.source[rows],
        reml=reml,
        weights=None if design.weights is None else design.weights[kept],
        offset=offset,
        observer=observer,
    )
