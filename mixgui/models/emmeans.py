"""Estimated marginal means and their differences (Searle, Speed & Milliken 1980, The American Statistician 34).

A mean of a cell is what the fixed effects predict there; over the factors that are not asked for, cells are
averaged with equal weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from mixgui.models.hypotheses import Ddf, Inference, check_level, inference_of, linear_functions
from mixgui.models.multiplicity import ADJUSTMENTS, Adjust, adjusted_p, critical_values
from mixgui.models.reference_grid import Axis, Grid, reference_grid
from mixgui.models.variables import FloatArray

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit


@dataclass(frozen=True, eq=False)
class MarginalMeans:
    """Estimated marginal means.

    Parameters
    ----------
    means : DataFrame
        The columns of `by` and of the factor, emmean, std_error, df, conf_low, conf_high (each interval for
        itself). Missing where a mean cannot be estimated.
    contrasts : DataFrame or None
        The columns of `by`, contrast ("a - b"), estimate, std_error, df, statistic, p_value (adjusted within
        each combination of `by`), conf_low, conf_high (simultaneous, by the same adjustment; Bonferroni's
        for Holm).
    adjust : str
        The adjustment.
    averaged : tuple of str
        Factors over whose levels the means were averaged.
    held : dict
        Numeric predictors and the value at which they were held.
    """

    means: pd.DataFrame
    contrasts: pd.DataFrame | None
    adjust: Adjust
    averaged: tuple[str, ...]
    held: Mapping[str, float]


def emmeans(
    fit: ModelFit,
    factor: str | Sequence[str],
    by: str | Sequence[str] | None,
    ddf: Ddf,
    contrasts: Literal["pairwise"] | None,
    adjust: Adjust,
    at: Mapping[str, object] | None,
    level: float,
) -> MarginalMeans:
    """Return marginal means; see `ModelFit.emmeans`."""
    check_level(level)
    if contrasts not in ("pairwise", None):
        raise ValueError(f'contrasts is "pairwise" or None, not {contrasts!r}')
    if adjust not in ADJUSTMENTS:
        raise ValueError(f"adjust is one of {', '.join(ADJUSTMENTS)}, not {adjust!r}")
    wanted, groups = _names(factor), _names(by)
    wanted = [name for name in wanted if name not in groups]
    inference = inference_of(fit, ddf)
    grid = reference_grid(fit, [*groups, *wanted], dict(at or {}))
    L, offset = _averaged(grid, [*groups, *wanted])
    axes = {axis.name: axis for axis in grid.axes}
    cells = list(product(*(axes[name].labels for name in [*groups, *wanted])))
    keys = pd.DataFrame(cells, columns=[*groups, *wanted], index=pd.RangeIndex(len(cells)), dtype="str")
    columns = _functions(inference, fit.beta, L, level)
    columns["estimate"] = columns["estimate"] + offset
    for bound in ("conf_low", "conf_high"):
        columns[bound] = columns[bound] + offset
    del columns["statistic"], columns["p_value"]
    columns = {"emmean": columns.pop("estimate"), **columns}
    means = pd.concat([keys, pd.DataFrame(columns)], axis=1)
    table = None
    if contrasts == "pairwise":
        family = int(np.prod([len(axes[name].labels) for name in wanted], dtype=int))
        table = _pairs(fit, inference, keys, groups, wanted, family, L, offset, adjust, level)
    others = [axis for axis in grid.axes if axis.name not in {*wanted, *groups}]
    return MarginalMeans(
        means,
        table,
        adjust,
        tuple(axis.name for axis in others if axis.factor and len(axis.values) > 1),
        {axis.name: _number(axis) for axis in others if not axis.factor and len(axis.values) == 1},
    )


def _number(axis: Axis) -> float:
    return float(axis.values[0])  # type: ignore[arg-type]


def _names(given: str | Sequence[str] | None) -> list[str]:
    if given is None:
        return []
    parts = given.split(":") if isinstance(given, str) else list(given)
    return list(dict.fromkeys(part.strip() for part in parts))


def _averaged(grid: Grid, kept: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Average the cells over all axes but the kept ones, which come in their order."""
    names = [axis.name for axis in grid.axes]
    first = [names.index(name) for name in kept]
    rest = [i for i in range(len(names)) if i not in first]
    p = grid.L.shape[1]
    shape = grid.shape
    L = grid.L.reshape(*shape, p).transpose(*first, *rest, len(names))
    offset = grid.offset.reshape(shape).transpose(*first, *rest)
    cells = int(np.prod([shape[i] for i in first], dtype=int))
    return L.reshape(cells, -1, p).mean(axis=1), offset.reshape(cells, -1).mean(axis=1)


def _functions(inference: Inference, beta: FloatArray, L: FloatArray, level: float) -> dict[str, FloatArray]:
    """Return `linear_functions`, with NaN for rows that cannot be estimated."""
    good = np.isfinite(L).all(axis=1)
    found = linear_functions(inference, beta, L[good], level)
    out = {}
    for name, values in found.items():
        whole = np.full(len(L), np.nan)
        whole[good] = values
        out[name] = whole
    return out


def _pairs(
    fit: ModelFit,
    inference: Inference,
    keys: pd.DataFrame,
    groups: list[str],
    wanted: list[str],
    family: int,
    L: FloatArray,
    offset: FloatArray,
    adjust: Adjust,
    level: float,
) -> pd.DataFrame:
    """Compare the means of each family, which are `family` rows in a row."""
    labels = [" ".join(row) for row in keys[wanted].itertuples(index=False)]
    pieces = []
    for start in range(0, len(L), family):
        pairs = [(start + i, start + j) for i, j in combinations(range(family), 2)]
        rows = np.array([L[i] - L[j] for i, j in pairs]).reshape(-1, L.shape[1])
        shift = np.array([offset[i] - offset[j] for i, j in pairs])
        columns = _functions(inference, fit.beta, rows, level)
        columns["estimate"] = columns["estimate"] + shift
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["statistic"] = columns["estimate"] / columns["std_error"]
        df = np.where(np.isnan(columns["df"]) & np.isfinite(columns["std_error"]), np.inf, columns["df"])
        good = np.isfinite(columns["statistic"])
        columns["p_value"][good] = adjusted_p(
            columns["p_value"][good], columns["statistic"][good], df[good], adjust, family
        )
        width = np.full(len(rows), np.nan)
        width[good] = critical_values(level, df[good], adjust, family) * columns["std_error"][good]
        columns["conf_low"] = columns["estimate"] - width
        columns["conf_high"] = columns["estimate"] + width
        names = pd.array([f"{labels[i]} - {labels[j]}" for i, j in pairs], dtype="str")
        own = {name: pd.array([keys[name].iloc[start]] * len(pairs), dtype="str") for name in groups}
        pieces.append(pd.DataFrame({**own, "contrast": names, **columns}))
    return pd.concat(pieces, ignore_index=True)
