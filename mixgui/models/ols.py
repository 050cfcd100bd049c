"""Ordinary (or weighted) least squares: estimates from statsmodels, and the quantities that R's lm reports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg, special

from mixgui.models.variables import FloatArray


@dataclass(frozen=True, eq=False)
class OlsFit:
    """A fitted ordinary regression.

    Parameters
    ----------
    beta : (p,) array
        Coefficients.
    vcov_beta : (p, p) array
        Their covariance matrix, sigma^2 (X'WX)^-1.
    sigma : float
        Residual standard deviation, sqrt(RSS / (n - p)).
    rss : float
        (Weighted) residual sum of squares: R's deviance.
    tss : float
        (Weighted) total sum of squares, about the mean if there is an intercept.
    df_model, df_resid : float
        Degrees of freedom of the F test.
    log_likelihood : float
        Gaussian, at the maximum.
    fitted : (n,) array
        Predictions, offset included.
    residuals : (n,) array
        Outcome minus fitted, raw.
    leverage : (n,) array
        Diagonal of the hat matrix.
    root_weights : (n,) array or None
        Square roots of the prior weights.
    """

    beta: FloatArray
    vcov_beta: FloatArray
    sigma: float
    rss: float
    tss: float
    df_model: float
    df_resid: float
    log_likelihood: float
    fitted: FloatArray
    residuals: FloatArray
    leverage: FloatArray
    root_weights: FloatArray | None

    @property
    def r_squared(self) -> float:
        """Share of the total sum of squares that is explained."""
        return 1 - self.rss / self.tss

    @property
    def adj_r_squared(self) -> float:
        """1 - (1 - R^2) (df_model + df_resid) / df_resid, as R (its n - 1 is n without an intercept)."""
        return 1 - (1 - self.r_squared) * (self.df_model + self.df_resid) / self.df_resid

    @property
    def f_statistic(self) -> float:
        """F of all coefficients but the intercept; NaN if there are none."""
        if self.df_model == 0:
            return float("nan")
        return (
            (self.tss - self.rss) / self.df_model / (self.rss / self.df_resid) if self.rss else float("inf")
        )

    @property
    def f_p_value(self) -> float:
        """Upper tail of the F distribution; 0 where it underflows."""
        return (
            float(special.fdtrc(self.df_model, self.df_resid, self.f_statistic)) if self.df_model else np.nan
        )

    @property
    def f_p_log10(self) -> float:
        """Base-10 logarithm of the p value, also where the p value underflows."""
        return f_log10_p(self.f_statistic, self.df_model, self.df_resid)

    @cached_property
    def weighted_residuals(self) -> FloatArray:
        """Residuals times the square roots of the weights (Pearson)."""
        return self.residuals if self.root_weights is None else self.residuals * self.root_weights

    @cached_property
    def std_residuals(self) -> FloatArray:
        """Internally standardized: e / (sigma sqrt(1 - h)), R's rstandard; NaN where h is 1."""
        return _divide(self.weighted_residuals, self.sigma * np.sqrt(self._room))

    @cached_property
    def sigma_without(self) -> FloatArray:
        """Sigma of the fit without each row, R's influence()$sigma.

        Cook & Weisberg (1982), Residuals and Influence in Regression, equation 2.2.8.
        """
        if self.df_resid <= 1:
            return np.full(len(self.residuals), np.nan)
        taken = _divide(self.weighted_residuals**2, self._room)
        left = np.maximum(self.rss - np.where(np.isnan(taken), 0.0, taken), 0.0)
        return np.sqrt(left / (self.df_resid - 1))

    @cached_property
    def student_residuals(self) -> FloatArray:
        """Externally studentized: e / (sigma_(i) sqrt(1 - h)), R's rstudent."""
        return _divide(self.weighted_residuals, self.sigma_without * np.sqrt(self._room))

    @cached_property
    def cooks_distance(self) -> FloatArray:
        """(e / (sigma (1 - h)))^2 h / p (Cook 1977, Technometrics 19, 15-18)."""
        scaled = _divide(self.weighted_residuals, self.sigma * self._room)
        return scaled**2 * self.leverage / len(self.beta)

    @cached_property
    def _room(self) -> FloatArray:
        """1 - h, exactly 0 where the row determines its own fitted value up to rounding (R's rule)."""
        return np.where(self.leverage > 1 - 1e-14 * 10, 0.0, 1 - self.leverage)


def _divide(a: FloatArray, b: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b > 0, a / np.where(b > 0, b, 1.0), np.nan)


def fit_ols(
    y: FloatArray,
    X: FloatArray,
    *,
    intercept: bool,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
) -> OlsFit:
    """Fit by least squares.

    Parameters
    ----------
    y : (n,) array
        Outcome.
    X : (n, p) array
        Columns of full rank, p < n.
    intercept : bool
        Whether the formula has one: R^2 and F are then about the mean, else about 0, as in R.
    weights : (n,) array, optional
        Positive prior weights.
    offset : (n,) array, optional
        Known part of the outcome.
    """
    # Here and not above: statsmodels takes a second to load, and a mixed model does not need it.
    from statsmodels.regression.linear_model import OLS, WLS

    target = y if offset is None else y - offset
    root = None if weights is None else np.sqrt(weights)
    Q, R = _orthonormal(X, intercept, root)
    # statsmodels gets Q in place of X: it inverts cross-products, which would lose half of the digits of a
    # predictor such as 1e8 + noise, and it judges rank by size, which depends on units.
    if root is None:
        result = OLS(target, Q, hasconst=intercept).fit()
    else:
        result = WLS(target, Q / root[:, None], weights=weights, hasconst=intercept).fit()
    n, p = X.shape
    rss = float(result.ssr)
    residuals = np.asarray(result.resid)
    df_resid = float(n - p)
    sigma = float(np.sqrt(rss / df_resid))
    inverse = linalg.solve_triangular(R, np.eye(p))
    beta = inverse @ np.asarray(result.params)
    vcov = sigma**2 * (inverse @ inverse.T)
    shift = 0.0 if offset is None else offset
    return OlsFit(
        beta=beta,
        vcov_beta=vcov,
        sigma=sigma,
        rss=rss,
        tss=float(result.centered_tss if intercept else result.uncentered_tss),
        df_model=float(p - intercept),
        df_resid=df_resid,
        log_likelihood=float(result.llf),
        fitted=target - residuals + shift,
        residuals=residuals,
        leverage=np.einsum("ij,ij->i", Q, Q),
        root_weights=root,
    )


def _orthonormal(X: FloatArray, intercept: bool, root: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return Q (n, p) and upper triangular R with Q R = X, or sqrt(W) X if there are weights.

    Predictors are centred first where the first column is the intercept, which costs them no digits.
    """
    p = X.shape[1]
    centre = np.zeros(p)
    if intercept:
        centre[1:] = X[:, 1:].mean(axis=0)
        X = X - centre
    if root is not None:
        X = X * root[:, None]
    Q, R = np.linalg.qr(X)
    back = np.eye(p)
    back[0] += centre
    return Q, R @ back


def f_log10_p(statistic: float, df1: float, df2: float) -> float:
    """Return log10 of the upper tail of the F distribution.

    The tail is the regularised incomplete beta function I_x(a, b), x = df2 / (df2 + df1 F), a = df2 / 2, b
    = df1 / 2 (DLMF 8.17.8: x^a (1 - x)^b 2F1(a + b, 1; a + 1; x) / (a B(a, b))); its logarithm does not
    underflow.
    """
    if not np.isfinite(statistic) or df1 == 0:
        return float("-inf") if statistic == float("inf") else float("nan")
    p = float(special.fdtrc(df1, df2, statistic))
    if p > 1e-290:
        return float(np.log10(p))
    a, b = df2 / 2, df1 / 2
    x = df2 / (df2 + df1 * statistic)
    log_p = a * np.log(x) + b * np.log1p(-x) - np.log(a) - special.betaln(a, b)
    return float((log_p + np.log(special.hyp2f1(a + b, 1.0, a + 1.0, x))) / np.log(10))
