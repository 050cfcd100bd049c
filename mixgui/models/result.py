"""A fitted model: estimates, how the fit went, and the tables that scripts and the window read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from mixgui.engine import LmmFit
from mixgui.models import tables
from mixgui.models.design import Design
from mixgui.models.formula import Formula
from mixgui.models.notes import Note, notes_of
from mixgui.models.ols import OlsFit
from mixgui.models.rows import DroppedRows
from mixgui.models.spec import ModelSpec
from mixgui.models.variables import FloatArray
from mixgui.observer import Observer, silent

if TYPE_CHECKING:  # what few results need is imported when it is asked for
    from collections.abc import Mapping, Sequence

    from mixgui.engine.kenward_roger import KenwardRoger
    from mixgui.models.emmeans import MarginalMeans
    from mixgui.models.hypotheses import Contrasts, Ddf, SatterthwaiteDf


@dataclass(frozen=True)
class GroupInfo:
    """A grouping factor in numbers.

    Parameters
    ----------
    name : str
        The factor: "school_id", "cask:batch".
    n_levels : int
        How many groups.
    smallest, largest : int
        Rows of the smallest and the largest group.
    median : float
        Median number of rows a group.
    """

    name: str
    n_levels: int
    smallest: int
    median: float
    largest: int


@dataclass(frozen=True, eq=False)
class ModelFit:
    """A fitted model. Tables are computed when they are asked for; nothing in it is ever changed.

    Parameters
    ----------
    spec : ModelSpec
        What was asked for.
    design : Design
        The arrays, the rows and the columns that were used.
    ols : OlsFit or None
        The least-squares fit of an ordinary regression.
    lmm : LmmFit or None
        The engine's fit of a mixed model.
    """

    spec: ModelSpec
    design: Design
    ols: OlsFit | None
    lmm: LmmFit | None

    # --- what was fitted ---

    @property
    def formula(self) -> Formula:
        """The formula."""
        return self.spec.formula

    @property
    def kind(self) -> Literal["ols", "lmm"]:
        """Ordinary regression or mixed model."""
        return "ols" if self.lmm is None else "lmm"

    @property
    def reml(self) -> bool:
        """Whether restricted maximum likelihood was used (never for an ordinary regression)."""
        return self.lmm is not None and self.lmm.reml

    @property
    def estimator(self) -> str:
        """The estimator in short: "REML", "ML" or "OLS"."""
        return self.spec.estimator

    @property
    def outcome_name(self) -> str:
        """The outcome as the formula writes it: ``log(y)``."""
        return self.design.outcome_name

    @property
    def fixed_names(self) -> tuple[str, ...]:
        """Names of the fixed effects, as R writes them."""
        return self.design.matrix.names

    # --- rows and groups ---

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.design.n

    @property
    def rows_given(self) -> int:
        """Rows of the table."""
        return self.design.rows_given

    @property
    def dropped(self) -> tuple[DroppedRows, ...]:
        """Rows not used, by reason; a row may be listed under several."""
        return self.design.dropped

    @property
    def dropped_columns(self) -> tuple[str, ...]:
        """Coefficients left out because their columns follow from the others."""
        return self.design.dropped_columns

    @property
    def frame(self) -> pd.DataFrame:
        """The model frame: outcome, predictors and grouping variables over the rows used."""
        return self.design.frame

    @cached_property
    def groups(self) -> tuple[GroupInfo, ...]:
        """The grouping factors, largest first."""
        out = []
        for name, factor in self.design.factors.items():
            sizes = np.bincount(factor.codes, minlength=len(factor.levels))
            median = float(np.median(sizes))
            out.append(GroupInfo(name, len(sizes), int(sizes.min()), median, int(sizes.max())))
        return tuple(out)

    # --- estimates ---

    @property
    def beta(self) -> FloatArray:
        """Fixed effects, (p,), in the order of `fixed_names`."""
        return self.ols.beta if self.ols is not None else self._lmm.beta

    @property
    def vcov(self) -> FloatArray:
        """Covariance matrix of the fixed effects, (p, p)."""
        return self.ols.vcov_beta if self.ols is not None else self._lmm.vcov_beta

    @property
    def sigma(self) -> float:
        """Residual standard deviation."""
        return self.ols.sigma if self.ols is not None else self._lmm.sigma

    @property
    def criterion(self) -> float:
        """REML criterion, or -2 log-likelihood (ML and ordinary regression)."""
        return -2 * self.ols.log_likelihood if self.ols is not None else self._lmm.criterion

    @property
    def loglik(self) -> float:
        """Log-likelihood; restricted if REML was used."""
        return -self.criterion / 2

    @property
    def npar(self) -> int:
        """Fixed effects, variances, covariances and the residual variance."""
        sizes = (len(part.names) for part in self.design.random)
        return len(self.fixed_names) + sum(k * (k + 1) // 2 for k in sizes) + 1

    @property
    def singular(self) -> bool:
        """Whether a variance is 0 or the random effects of a term depend on each other."""
        return self.lmm is not None and self.lmm.singular

    @property
    def converged(self) -> bool:
        """Whether the optimum was verified."""
        return self.lmm is None or self.lmm.converged

    @property
    def _lmm(self) -> LmmFit:
        assert self.lmm is not None, "an ordinary regression has no random effects"
        return self.lmm

    # --- a value a row ---

    @property
    def fitted(self) -> FloatArray:
        """Predictions for the rows used, random effects and offset included, (n,)."""
        return self.ols.fitted if self.ols is not None else self._lmm.fitted

    @property
    def residuals(self) -> FloatArray:
        """Outcome minus fitted, (n,)."""
        return self.ols.residuals if self.ols is not None else self._lmm.residuals

    @cached_property
    def fixed_part(self) -> FloatArray:
        """X beta plus offset, (n,)."""
        fixed = self.design.X @ self.beta
        return fixed if self.design.offset is None else fixed + self.design.offset

    @cached_property
    def std_residuals(self) -> FloatArray:
        """Ordinary regression: e / (sigma sqrt(1 - h)). Mixed model: Pearson residual over sigma. (n,)."""
        if self.ols is not None:
            return self.ols.std_residuals
        weights = self.design.weights
        return (
            self.residuals / self.sigma if weights is None else self.residuals * np.sqrt(weights) / self.sigma
        )

    @cached_property
    def leverage(self) -> FloatArray:
        """Diagonal of the hat matrix, (n,)."""
        return self.ols.leverage if self.ols is not None else self._lmm.hat()

    # --- tables ---

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What a reader of the result has to know, in plain sentences, the gravest first."""
        return notes_of(self)

    def tidy(
        self,
        effects: Literal["fixed", "ran_pars", "ran_vals"] = "fixed",
        conf_level: float = 0.95,
        *,
        ddf: Ddf = None,
    ) -> pd.DataFrame:
        """Return the estimates as a table.

        Parameters
        ----------
        effects : str
            "fixed": coefficients. "ran_pars": standard deviations and correlations of the random effects,
            and the residual standard deviation. "ran_vals": conditional modes of every group.
        conf_level : float, default 0.95
            Of the intervals: t for an ordinary regression, normal (Wald) for a mixed model without `ddf`.
        ddf : str, optional
            For the fixed effects of a mixed model: "satterthwaite" or "kenward-roger" give df, p and t
            intervals; Kenward-Roger also its adjusted standard errors. An ordinary regression has its own.

        Returns
        -------
        DataFrame
            fixed: effect, group, term, estimate, std_error, statistic, df, p_value, conf_low, conf_high (df
            and p are missing for a mixed model without `ddf`). ran_pars: effect, group, term, estimate, with
            broom.mixed's terms ``sd__(Intercept)``, ``cor__(Intercept).x``, ``sd__Observation``. ran_vals:
            effect, group, level, term, estimate, std_error, conf_low, conf_high.

        Raises
        ------
        ValueError
            Another word for `effects` or `ddf`, or a level outside 0 to 1.
        ModelError
            Kenward-Roger for a fit by ML.
        """
        makers = {"fixed": tables.fixed, "ran_pars": tables.ran_pars, "ran_vals": tables.ran_vals}
        if effects not in makers:
            raise ValueError(f"effects is one of {', '.join(makers)}, not {effects!r}")
        if not 0 < conf_level < 1:
            raise ValueError(f"conf_level lies between 0 and 1, not {conf_level}")
        if effects == "fixed" and ddf is not None:
            return tables.fixed_tested(self, conf_level, ddf)
        return makers[effects](self, conf_level)

    def glance(self) -> pd.DataFrame:
        """Return the model in one row.

        AICc = -2LL + 2K n / (n - K - 1) (Burnham & Anderson 2002, section 2.4); BIC uses the rows used, as lme4.

        Returns
        -------
        DataFrame
            nobs, npar, sigma, logLik, AIC, AICc, BIC, criterion, REML, singular, converged.
        """
        return tables.glance(self)

    def augment(self) -> pd.DataFrame:
        """Return the rows used with what the model says about each, in the table's order and under its index.

        Returns
        -------
        DataFrame
            Outcome, predictors and grouping variables; `.fitted`, `.resid`, `.std_resid`, `.fixed` (without
            random effects), `.hat`, `.cooksd`; for an ordinary regression also `.sigma` (without the row) and
            `.student_resid`; `.weights` and `.offset` where there are any.
        """
        return tables.augment(self)

    def ran_coefs(self, factor: str | None = None) -> pd.DataFrame:
        """Return each group's own coefficients, fixed plus random: lme4's coef().

        Parameters
        ----------
        factor : str, optional
            Name of the grouping factor; the first (largest) one by default.

        Returns
        -------
        DataFrame
            `level`, then a column a coefficient.

        Raises
        ------
        ModelError
            No such grouping factor.
        """
        return tables.ran_coefs(self, factor)

    # --- inference ---

    @cached_property
    def satterthwaite(self) -> SatterthwaiteDf:
        """Satterthwaite's method, prepared once (mixed models only)."""
        from mixgui.models.hypotheses import satterthwaite

        return satterthwaite(self)

    @cached_property
    def kenward_roger(self) -> KenwardRoger:
        """Kenward and Roger's method, prepared once (REML fits only, else ModelError)."""
        from mixgui.models.hypotheses import kenward_roger

        return kenward_roger(self)

    def anova(self, type: Literal[2, 3] = 3, ddf: Ddf = "satterthwaite") -> pd.DataFrame:  # noqa: A002
        """Test each term of the fixed effects by an F test.

        Parameters
        ----------
        type : int, default 3
            3: each term averaged over the levels of the other factors, whatever their coding (a factor
            in an interaction with a numeric predictor is tested where that predictor is 0). 2: each term
            adjusted for those that do not contain it. The hypotheses are lmerTest's (Kuznetsova et al.
            2017, J. Stat. Softw. 82(13), section 2.3), SAS's for full designs.
        ddf : str or None
            "satterthwaite", "kenward-roger", or None for chi-square tests (den_df is infinite). An
            ordinary regression has its residual df.

        Returns
        -------
        DataFrame
            A row a term: term, sum_sq, mean_sq (F times sigma^2, as lmerTest), num_df, den_df, statistic
            (F; scaled for Kenward-Roger), p_value.

        Raises
        ------
        ModelError
            Kenward-Roger for a fit by ML.
        ValueError
            Another type or another word for ddf.
        """
        from mixgui.models.anova import anova

        return anova(self, type, ddf)

    def contrast(
        self, L: Contrasts, ddf: Ddf = "satterthwaite", *, level: float = 0.95, joint: bool = False
    ) -> pd.DataFrame:
        """Estimate and test linear functions L beta of the fixed effects.

        Parameters
        ----------
        L : array (p,) or (c, p), DataFrame, dict, list of dicts, dict of dicts
            A row a contrast. ``{"kindpublic": 1, "kindprivate": -1}`` names coefficients; a dict of such
            dicts names the contrasts as well.
        ddf : str or None
            "satterthwaite", "kenward-roger" (adjusted standard errors too), or None (normal).
        level : float, default 0.95
            Of the intervals, each for itself.
        joint : bool, default False
            Test all rows at once by an F test instead.

        Returns
        -------
        DataFrame
            contrast, estimate, std_error, df, statistic (t), p_value, conf_low, conf_high; or, `joint`, one
            row: num_df, den_df, statistic (F), p_value.

        Raises
        ------
        ModelError
            A name that is no coefficient, another number of columns, Kenward-Roger for a fit by ML.
        """
        from mixgui.models.hypotheses import contrast

        return contrast(self, L, ddf, level, joint)

    def confint(
        self,
        method: Literal["wald", "profile", "boot"] = "wald",
        level: float = 0.95,
        *,
        ddf: Ddf = None,
        count: int = 500,
        seed: int = 1,
        observer: Observer = silent,
        processes: int | None = None,
    ) -> pd.DataFrame:
        """Return confidence intervals of all parameters.

        Parameters
        ----------
        method : str
            "wald": estimate ± quantile times standard error for fixed effects, missing for variance
            parameters, as lme4 (an ordinary regression has exact intervals, for sigma too). "profile":
            likelihood profiles, by ML, as lme4. "boot": percentiles of a parametric bootstrap.
        level : float, default 0.95
            Confidence level.
        ddf : str, optional
            For "wald": t quantiles with these df instead of normal ones.
        count, seed : int
            For "boot": number of simulated outcomes, and the seed.
        observer : Observer, optional
            Told of progress; stops by raising `Cancelled`.
        processes : int, optional
            For "profile" and "boot", when they take more than a moment: how many processes may work, as many
            as there are cores by default. The result does not depend on it.

        Returns
        -------
        DataFrame
            param, lower, upper. Parameters are standard deviations ``sd_(Intercept)|school``, correlations
            ``cor_x.(Intercept)|school``, ``sigma``, then the fixed effects: lme4's names and order.

        Raises
        ------
        ModelError
            Profile or bootstrap of an ordinary regression.
        ValueError
            Another method, or a level outside 0 to 1.
        """
        from mixgui.models.intervals import confint

        return confint(self, method, level, ddf, count, seed, observer, processes)

    # --- means and predictions ---

    def emmeans(
        self,
        factor: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        *,
        ddf: Ddf = "satterthwaite",
        contrasts: Literal["pairwise"] | None = "pairwise",
        adjust: Literal["tukey", "holm", "bonferroni", "none"] = "tukey",
        at: Mapping[str, object] | None = None,
        level: float = 0.95,
    ) -> MarginalMeans:
        """Return estimated marginal means of a factor and their pairwise differences.

        Other factors are averaged over with equal weights, as is a number with two values; other numbers
        are held at their means over the rows used (emmeans' reference grid). On the scale of the outcome
        as the formula writes it.

        Parameters
        ----------
        factor : str or list of str
            A predictor, or several: ``"kind"``, ``"kind:sex"``.
        by : str or list of str, optional
            Predictors at whose levels the means are compared separately.
        ddf : str or None
            "satterthwaite", "kenward-roger" or None (normal).
        contrasts : str or None
            "pairwise", or None for the means alone.
        adjust : str
            For the contrasts, within each level of `by`: "tukey", "holm", "bonferroni", "none".
        at : dict, optional
            Values of predictors: ``{"hours": [2, 5]}``. Several values of a number that is neither in
            `factor` nor in `by` are averaged over.
        level : float, default 0.95
            Of the intervals.

        Returns
        -------
        MarginalMeans
            With the frames `means` and `contrasts`.

        Raises
        ------
        ModelError
            A name that is no predictor, a number without values, too many cells.
        ValueError
            Another word for adjust, contrasts or ddf.
        """
        from mixgui.models.emmeans import emmeans

        return emmeans(self, factor, by, ddf, contrasts, adjust, at, level)

    def predict(
        self,
        new: pd.DataFrame | None = None,
        random: bool = True,
        interval: Literal["confidence", "prediction"] | None = None,
        *,
        level: float = 0.95,
        allow_new_levels: bool = False,
    ) -> pd.Series | pd.DataFrame:
        """Predict the outcome, on the scale on which the formula writes it.

        Parameters
        ----------
        new : DataFrame, optional
            New rows; the rows of the fit by default. scale(), poly() and factors are treated as in the fit.
        random : bool, default True
            Use the groups' random effects; without them the prediction is for the average group.
        interval : str, optional
            "confidence": for the mean of such rows. With random effects its variance is that of x'beta +
            z'b about the truth, the variance parameters taken as known; without, that of x'beta.
            "prediction": for one further row; adds the residual variance, and without random effects also
            the variance of a new group's effects, z'Sigma z. Normal quantiles; t for an ordinary regression.
        level : float, default 0.95
            Of the intervals.
        allow_new_levels : bool, default False
            Let rows of groups that are not in the data (or not named) be predicted with random effects of
            0; their variance then counts in full.

        Returns
        -------
        Series or DataFrame
            `.fitted`; with an interval the columns .fitted, std_error, conf_low, conf_high. Under the index
            of the rows; missing where a value is missing.

        Raises
        ------
        ModelError
            A column that is missing, a level or (see above) a group that did not occur in the data.
        """
        from mixgui.models.prediction import predict

        return predict(self, new, random, interval, level, allow_new_levels)

    def simulate(self, n: int = 1, seed: int = 1) -> pd.DataFrame:
        """Draw outcomes for the rows used from the fitted model, with new random effects and residuals.

        Parameters
        ----------
        n : int
            How many.
        seed : int
            Seed of NumPy's default generator.

        Returns
        -------
        DataFrame
            sim_1, sim_2, ...; a row for each row used, under its index.
        """
        from mixgui.models.prediction import simulate

        return simulate(self, n, seed)

    # --- shares of variance ---

    def r2(self) -> pd.DataFrame:
        """Return R^2 in one row.

        Nakagawa & Schielzeth (2013, Methods in Ecology and Evolution 4:133) and Nakagawa, Johnson & Schielzeth (2017,
        J. R. Soc. Interface 14, section 2); with random slopes as Johnson (2014, Methods in Ecology and Evolution 5).

        Returns
        -------
        DataFrame
            Mixed model: `r2_marginal` (fixed effects) and `r2_conditional` (fixed and random effects) over the
            sum of the variances of X beta, random effects (mean of z'Sigma z, slopes included) and residual.
            Ordinary regression: `r_squared`, `adj_r_squared`.
        """
        from mixgui.models.effect_sizes import r2

        return r2(self)

    def icc(self) -> pd.DataFrame:
        """Return the intraclass correlation in one row (Nakagawa et al. 2017, section 2).

        Returns
        -------
        DataFrame
            `icc_adjusted`: variance of the random effects over it plus the residual variance;
            `icc_unadjusted`: the same with the variance of the fixed effects in the denominator. With random
            slopes the random variance is the mean of z'Sigma z over the rows.

        Raises
        ------
        ModelError
            An ordinary regression.
        """
        from mixgui.models.effect_sizes import icc

        return icc(self)

    # --- influence and random effects ---

    def influence(self, by: str | None = None, *, observer: Observer = silent) -> pd.DataFrame:
        """Tell how the estimates change when one group is left out.

        Parameters
        ----------
        by : str, optional
            A grouping factor of the model, or a column of the table; the first (largest) factor by default.
        observer : Observer, optional
            Told of progress; stops by raising `Cancelled`.

        Returns
        -------
        DataFrame
            A row a group: level, rows, cooksd, then ``change_`` and the name of each fixed effect, standard
            deviation, correlation and sigma (names as in `confint`): the estimate without the group minus
            the present one. cooksd = d'V^-1 d / p with d the change of the p fixed effects and V their
            present covariance matrix (Snijders & Berkhof 2008, Handbook of Multilevel Analysis, equation
            3.33; influence.ME; lme4 multiplies by (q - p) / q, q groups). Missing where the model cannot
            be estimated without the group. Cook's distance of single rows is in `augment`.

        Raises
        ------
        ModelError
            No such grouping, or a single group.
        """
        from mixgui.models.influence import influence

        return influence(self, by, observer)

    def ranova(self, *, observer: Observer = silent) -> pd.DataFrame:
        """Test the random effects one at a time by likelihood ratio, by the model's own criterion.

        A slope is dropped from its term, a term without slopes altogether (as lmerTest's ranova). The mixture is
        that of Self & Liang (1987, J. Am. Stat. Assoc. 82, case 5) and Stram & Lee (1994, Biometrics 50).

        Parameters
        ----------
        observer : Observer, optional
            Told of the refits; stops by raising `Cancelled`.

        Returns
        -------
        DataFrame
            term ("<none>" is the model itself), npar, logLik, AIC, chisq, df, p_value, and p_mixture: half
            chi-square with df - 1 and half with df, which is right when a single variance (and its
            covariances) is tested at 0, where p_value is conservative.

        Raises
        ------
        ModelError
            An ordinary regression.
        """
        from mixgui.models.random_tests import ranova

        return ranova(self, observer)
