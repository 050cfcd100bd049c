"""Tests of the fixed effects: which degrees of freedom, which covariance matrix; contrasts L beta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from mixgui.engine.inference import FTest, Satterthwaite, t_p_value
from mixgui.engine.kenward_roger import KenwardRoger
from mixgui.errors import ModelError
from mixgui.models.suggestions import nearest
from mixgui.models.variables import FloatArray

if TYPE_CHECKING:  # the result delegates to this module
    from mixgui.models.result import ModelFit

Ddf: TypeAlias = Literal["satterthwaite", "kenward-roger"] | None
# One row of L as {coefficient: weight}, several of them (with names, or not), or the matrix itself.
Contrasts: TypeAlias = (
    Mapping[str, float]
    | Mapping[str, Mapping[str, float]]
    | Sequence[Mapping[str, float]]
    | Sequence[float]
    | Sequence[Sequence[float]]
    | npt.NDArray[np.generic]
    | pd.DataFrame
)

_METHODS = ("satterthwaite", "kenward-roger")


class Inference(Protocol):
    """A method: the covariance matrix of the fixed effects, (p, p), and df of linear functions of them."""

    @property
    def vcov(self) -> FloatArray:
        """Covariance matrix of the fixed effects, (p, p)."""

    def df(self, L: FloatArray) -> FloatArray:
        """Return the df of each row of L beta, (c,); L is (c, p)."""

    def f_test(self, L: FloatArray) -> FTest:
        """Test L beta = 0 for all rows at once."""


@dataclass(frozen=True, eq=False)
class FixedDf:
    """The same df for everything: n - p of least squares, or infinity (Wald's tests, asymptotic)."""

    beta: FloatArray
    vcov: FloatArray
    denominator: float

    def df(self, L: FloatArray) -> FloatArray:
        """Return the df of each row, (c,); NaN for a row of zeros."""
        return np.where(np.any(L != 0, axis=1), self.denominator, np.nan)

    def f_test(self, L: FloatArray) -> FTest:
        """Test L beta = 0; dependent rows count once."""
        values, vectors = np.linalg.eigh(L @ self.vcov @ L.T)
        keep = values > max(float(values[-1]), 0.0) * 1e-8
        q = int(keep.sum())
        if q == 0:
            return FTest(np.nan, 0.0, np.nan, np.nan)
        t2 = (vectors[:, keep].T @ L @ self.beta) ** 2 / values[keep]
        statistic = float(t2.sum() / q)
        if np.isinf(self.denominator):
            return FTest(statistic, float(q), np.inf, float(special.chdtrc(q, q * statistic)))
        return FTest.of(statistic, float(q), self.denominator)


@dataclass(frozen=True, eq=False)
class SatterthwaiteDf:
    """Satterthwaite's df with the model's own covariance matrix."""

    vcov: FloatArray
    method: Satterthwaite

    def df(self, L: FloatArray) -> FloatArray:
        """Return the df of each row, (c,)."""
        return self.method.df(L)

    def f_test(self, L: FloatArray) -> FTest:
        """Test L beta = 0."""
        return self.method.f_test(L)


def inference_of(fit: ModelFit, ddf: Ddf) -> Inference:
    """Return how the fixed effects of a model are tested.

    Parameters
    ----------
    fit : ModelFit
        An ordinary regression has its residual df, whatever is asked for.
    ddf : str or None
        "satterthwaite", "kenward-roger" (REML fits only), or None for infinite df (normal and chi-square).

    Raises
    ------
    ModelError
        Kenward-Roger for a fit by ML, or with too many random effects of several factors.
    ValueError
        Another word.
    """
    if ddf is not None and ddf not in _METHODS:
        raise ValueError(f"ddf is one of {', '.join(_METHODS)} or None, not {ddf!r}")
    if fit.ols is not None:
        return FixedDf(fit.beta, fit.vcov, fit.ols.df_resid)
    if ddf is None:
        return FixedDf(fit.beta, fit.vcov, np.inf)
    if ddf == "kenward-roger":
        return fit.kenward_roger
    return fit.satterthwaite


def satterthwaite(fit: ModelFit) -> SatterthwaiteDf:
    """Prepare Satterthwaite's method (one Hessian)."""
    assert fit.lmm is not None
    return SatterthwaiteDf(fit.vcov, Satterthwaite(fit.lmm))


def kenward_roger(fit: ModelFit) -> KenwardRoger:
    """Prepare Kenward and Roger's method (the adjusted covariance matrix)."""
    assert fit.lmm is not None
    return KenwardRoger(fit.lmm)


def linear_functions(
    inference: Inference, beta: FloatArray, L: FloatArray, level: float
) -> dict[str, FloatArray]:
    """Return estimate, std_error, df, statistic, p_value, conf_low, conf_high of the rows of L beta.

    df is NaN where the normal distribution was used.
    """
    estimate = L @ beta
    variance = np.einsum("ij,jk,ik->i", L, inference.vcov, L)
    std_error = np.sqrt(np.maximum(variance, 0.0))
    df = inference.df(L) if len(L) else np.empty(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / std_error
    width = t_quantile(0.5 + level / 2, df)
    return {
        "estimate": estimate,
        "std_error": std_error,
        "df": np.where(np.isinf(df), np.nan, df),
        "statistic": statistic,
        "p_value": t_p_value(statistic, df),
        "conf_low": estimate - width * std_error,
        "conf_high": estimate + width * std_error,
    }


def t_quantile(probability: float, df: FloatArray) -> FloatArray:
    """Return quantiles of t; infinite df are the normal distribution."""
    df = np.asarray(df, dtype=float)
    finite = np.where(np.isinf(df), 1.0, df)
    return np.where(np.isinf(df), special.ndtri(probability), special.stdtrit(finite, probability))


def contrast(fit: ModelFit, L: Contrasts, ddf: Ddf, level: float = 0.95, joint: bool = False) -> pd.DataFrame:
    """Estimate and test linear functions of the fixed effects; see `ModelFit.contrast`."""
    check_level(level)
    names, matrix = contrast_matrix(fit, L)
    inference = inference_of(fit, ddf)
    if joint:
        test = inference.f_test(matrix)
        return pd.DataFrame(
            {
                "num_df": [test.df1],
                "den_df": [test.df2],
                "statistic": [test.statistic],
                "p_value": [test.p_value],
            }
        )
    columns = linear_functions(inference, fit.beta, matrix, level)
    return pd.DataFrame({"contrast": pd.array(list(names), dtype="str"), **columns})


def check_level(level: float) -> None:
    """Refuse a confidence level outside 0 to 1 (ValueError)."""
    if not 0 < level < 1:
        raise ValueError(f"level lies between 0 and 1, not {level}")


def contrast_matrix(fit: ModelFit, L: Contrasts) -> tuple[tuple[str, ...], FloatArray]:
    """Return names and matrix (c, p) of contrasts however they were given.

    Raises
    ------
    ModelError
        A name that is no coefficient, a wrong number of columns, no number.
    """
    if isinstance(L, pd.DataFrame):
        rows = [dict(zip(map(str, L.columns), row, strict=True)) for row in L.to_numpy(dtype=float)]
        plain = isinstance(L.index, pd.RangeIndex)
        names = [_spelt(row) for row in rows] if plain else [str(i) for i in L.index]
        return tuple(names), np.array([_row(fit, row) for row in rows]).reshape(-1, len(fit.beta))
    if isinstance(L, Mapping):
        if any(isinstance(value, Mapping) for value in L.values()):
            named = {str(name): value for name, value in L.items() if isinstance(value, Mapping)}
            if len(named) < len(L):
                raise ModelError("Some contrasts have names and some have none.", "Give every one a name.")
            return tuple(named), np.array([_row(fit, row) for row in named.values()])
        return (_spelt(L),), _row(fit, L)[None, :]  # type: ignore[arg-type]
    items = list(L)
    if items and all(isinstance(item, Mapping) for item in items):
        rows = [dict(item) for item in items]
        return tuple(map(_spelt, rows)), np.array([_row(fit, row) for row in rows])
    return _from_array(fit, L)


def _from_array(fit: ModelFit, L: object) -> tuple[tuple[str, ...], FloatArray]:
    p = len(fit.beta)
    try:
        matrix = np.atleast_2d(np.asarray(L, dtype=float))
    except (TypeError, ValueError):
        raise ModelError(
            "The contrast is not made of numbers.", "Give a number for each coefficient, or {name: number}."
        ) from None
    if matrix.ndim != 2 or matrix.shape[1] != p:
        raise ModelError(
            f"The contrast has {matrix.shape[-1]} numbers a row but the model has {p} coefficients.",
            f"They are, in order: {', '.join(fit.fixed_names)}.",
        )
    if not np.isfinite(matrix).all():
        raise ModelError("The contrast has missing or infinite numbers.", "Give a number for each.")
    rows = [dict(zip(fit.fixed_names, row, strict=True)) for row in matrix.tolist()]
    return tuple(map(_spelt, rows)), matrix


def _row(fit: ModelFit, weights: Mapping[str, float]) -> FloatArray:
    out = np.zeros(len(fit.beta))
    for name, value in weights.items():
        if name not in fit.fixed_names:
            close = nearest(str(name), fit.fixed_names)
            if name in fit.dropped_columns:
                raise ModelError(
                    f"“{name}” was left out of the model, because it follows from the other columns.",
                    "Use other coefficients.",
                )
            hint = f"Did you mean “{close}”?" if close else f"They are {', '.join(fit.fixed_names)}."
            raise ModelError(f"“{name}” is no coefficient of the model.", hint)
        if not np.isfinite(value):
            raise ModelError(f"The weight of “{name}” is not a number.", "Give a number for each.")
        out[fit.fixed_names.index(name)] += float(value)
    return out


def _spelt(weights: Mapping[str, object]) -> str:
    """Write a contrast as a sum: "hours - 2 kindpublic"."""
    text = ""
    for name, value in weights.items():
        number = float(value)  # type: ignore[arg-type]
        if number == 0.0:
            continue
        sign = "-" if number < 0 else "+"
        size = "" if abs(number) == 1 else f"{abs(number):.4g} "
        text += (f" {sign} " if text else ("-" if number < 0 else "")) + size + name
    return text or "0"
