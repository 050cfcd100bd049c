"""A separate ordinary regression for every group (no pooling), all groups of one size at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from mixgui.data.dataset import Dataset
from mixgui.data.expressions import Name
from mixgui.models.design import Design, build_design
from mixgui.models.formula import Formula, RandomTerm
from mixgui.models.formula_parser import parse_formula, parse_random
from mixgui.models.model_matrix import independent_columns
from mixgui.models.spec import ModelSpec
from mixgui.models.tables import two_sided_p
from mixgui.models.variables import FloatArray

IntArray = npt.NDArray[np.intp]

# A pivot of the columns' QR decomposition below this share of the column's length calls for the slow, exact
# look.
_DOUBTFUL = 1e-4


def ols_by_group(
    spec: str | Formula | ModelSpec,
    data: pd.DataFrame | Dataset,
    group: str,
    *,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Fit the fixed part of a model to each group on its own.

    Parameters
    ----------
    spec : str, Formula or ModelSpec
        The model; its random terms are ignored.
    data : DataFrame or Dataset
        The table.
    group : str
        Column that names the groups, or a product of columns, ``cask:batch``.
    conf_level : float, default 0.95
        Of the t intervals.

    Returns
    -------
    DataFrame
        A row a group and coefficient, groups in the order of their levels: `level`, `term`, `estimate`,
        `std_error`, `statistic`, `df`, `p_value`, `conf_low`, `conf_high`, `rows`, `sigma`, `reason`. Where
        a number is missing the reason says why. Columns are coded once for all groups, so that a
        coefficient means the same in each.

    Raises
    ------
    ModelError, FormulaError
        As `fit`.
    """
    formula = _formula(spec)
    weights = spec.weights if isinstance(spec, ModelSpec) else ""
    frame = data if isinstance(data, pd.DataFrame) else data.frame
    grouped = formula.fixed_only().with_random(_grouping(group, frame))
    design = build_design(grouped, frame, weights=weights)
    factor = next(iter(design.factors.values()))
    y, X = _whitened(design)
    n_groups, p = len(factor.levels), X.shape[1]
    sizes = np.bincount(factor.codes, minlength=n_groups)
    beta = np.full((n_groups, p), np.nan)
    std_error = np.full((n_groups, p), np.nan)
    df = np.full(n_groups, np.nan)
    sigma = np.full(n_groups, np.nan)
    reasons = np.full((n_groups, p), "", dtype=object)
    for groups, rows in _same_size(factor.codes, sizes):
        fitted = _fit_stack(y[rows], X[rows])
        beta[groups], std_error[groups], df[groups], sigma[groups], reasons[groups] = fitted
    statistic = np.divide(beta, std_error, out=np.full_like(beta, np.nan), where=std_error > 0)
    wide_df = np.repeat(df[:, None], p, axis=1)
    width = special.stdtrit(np.where(wide_df > 0, wide_df, np.nan), 0.5 + conf_level / 2) * std_error
    return pd.DataFrame(
        {
            "level": pd.array(np.repeat(np.array(factor.levels, dtype=object), p), dtype="str"),
            "term": pd.array(list(design.matrix.names) * n_groups, dtype="str"),
            "estimate": beta.ravel(),
            "std_error": std_error.ravel(),
            "statistic": statistic.ravel(),
            "df": wide_df.ravel(),
            "p_value": two_sided_p(statistic, wide_df).ravel(),
            "conf_low": (beta - width).ravel(),
            "conf_high": (beta + width).ravel(),
            "rows": np.repeat(sizes, p),
            "sigma": np.repeat(sigma, p),
            "reason": pd.array(reasons.ravel(), dtype="str"),
        }
    )


def _formula(spec: str | Formula | ModelSpec) -> Formula:
    if isinstance(spec, ModelSpec):
        return spec.formula
    return parse_formula(spec) if isinstance(spec, str) else spec


def _grouping(group: str, frame: pd.DataFrame) -> RandomTerm:
    """A grouping factor from its name in results: a column, whatever its spelling, or columns joined by
    colons.
    """
    if group in frame.columns or ":" not in group:
        return RandomTerm((Name(group),))
    return parse_random(f"(1 | {group})")[0]


def _whitened(design: Design) -> tuple[FloatArray, FloatArray]:
    y = design.y if design.offset is None else design.y - design.offset
    if design.weights is None:
        return y, design.X
    root = np.sqrt(design.weights)
    return y * root, design.X * root[:, None]


def _same_size(codes: npt.NDArray[np.integer], sizes: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield groups of one size (g,) with the positions of their rows (g, size)."""
    by_group = np.argsort(codes, kind="stable")
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    for size in np.unique(sizes):
        groups = np.flatnonzero(sizes == size)
        yield groups, by_group[first[groups][:, None] + np.arange(size)]


def _fit_stack(
    y: FloatArray, X: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, npt.NDArray[np.object_]]:
    """Least squares of g groups of equal size at once.

    Parameters
    ----------
    y : (g, m) array
        Outcomes.
    X : (g, m, p) array
        Columns.

    Returns
    -------
    beta, std_error : (g, p) arrays
    df, sigma : (g,) arrays
    reasons : (g, p) array of str
        Why a coefficient or its standard error is missing.
    """
    g, m, p = X.shape
    beta, std_error = np.full((g, p), np.nan), np.full((g, p), np.nan)
    df, sigma = np.full(g, np.nan), np.full(g, np.nan)
    reasons = np.full((g, p), "", dtype=object)
    regular = np.zeros(g, dtype=bool)
    if m > p:
        lengths = np.linalg.norm(X, axis=1)
        Q, R = np.linalg.qr(X / np.where(lengths > 0, lengths, 1.0)[:, None, :])
        regular = np.abs(np.diagonal(R, axis1=1, axis2=2)).min(axis=1) > _DOUBTFUL
        inverse = np.linalg.inv(R[regular]) / lengths[regular][:, :, None]
        beta[regular], std_error[regular], sigma[regular] = _solve(y[regular], Q[regular], inverse)
        df[regular] = m - p
    for i in np.flatnonzero(~regular).tolist():
        _fit_one(i, y[i], X[i], beta, std_error, df, sigma, reasons)
    return beta, std_error, df, sigma, reasons


def _solve(y: FloatArray, Q: FloatArray, inverse: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients R^-1 Q'y, their standard errors and sigma, of a stack of groups."""
    m, p = Q.shape[1:]
    effects = np.einsum("gmp,gm->gp", Q, y)
    beta = np.einsum("gpq,gq->gp", inverse, effects)
    residuals = y - np.einsum("gmp,gp->gm", Q, effects)
    sigma = np.sqrt((residuals**2).sum(axis=1) / (m - p))
    return beta, sigma[:, None] * np.sqrt((inverse**2).sum(axis=2)), sigma


def _fit_one(
    i: int,
    y: FloatArray,
    X: FloatArray,
    beta: FloatArray,
    std_error: FloatArray,
    df: FloatArray,
    sigma: FloatArray,
    reasons: npt.NDArray[np.object_],
) -> None:
    """Fit one group that is too small, or whose columns depend on each other, as R does: later columns are
    left out.
    """
    m, p = X.shape
    ones = p > 0 and bool((X[:, 0] == 1).all())
    kept = independent_columns(X, 0 if ones else None)
    rows = f"{m} row{'s' if m > 1 else ''}"
    for j in range(p):
        if j not in kept:
            reasons[i, j] = (
                f"only {rows} for {p} coefficients"
                if m < p
                else "the predictor does not vary, or follows from others"
            )
    if not kept:
        return
    lengths = np.linalg.norm(X[:, kept], axis=0)
    Q, R = np.linalg.qr(X[:, kept] / lengths)
    inverse = np.linalg.inv(R) / lengths[:, None]
    df[i] = m - len(kept)
    if df[i] > 0:
        solved = _solve(y[None], Q[None], inverse[None])
        beta[i, kept], std_error[i, kept], sigma[i] = solved[0][0], solved[1][0], solved[2][0]
        return
    beta[i, kept] = inverse @ (Q.T @ y)
    for j in kept:
        reasons[i, j] = f"{rows} for {len(kept)} coefficients: nothing is left for the standard error"
