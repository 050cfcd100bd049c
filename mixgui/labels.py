"""The words of statistics: what a column is called, what it means and how its numbers are written.

A leaf. Tables, plots and exports look a column up here by its name in the frame, so that each word stands
in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mixgui.formatting import FormatKind


@dataclass(frozen=True)
class ColumnLabel:
    """How a column is shown.

    Parameters
    ----------
    heading : str
        Short text above the column, and the title of an axis.
    tooltip : str
        One sentence that says what the number is.
    kind : str
        How its values are written; see `mixgui.formatting.format_value`.
    """

    heading: str
    tooltip: str = ""
    kind: FormatKind = "text"

    @property
    def numeric(self) -> bool:
        """Whether the column is aligned on the decimal mark."""
        return self.kind not in ("text", "flag")


_TABLE: dict[str, ColumnLabel] = {
    # --- terms ---
    "effect": ColumnLabel(
        "Effect", "Fixed effects are the same for all groups; random effects differ by group."
    ),
    "group": ColumnLabel("Group", "The grouping factor whose groups differ; Residual is the row itself."),
    "level": ColumnLabel("Name", "The group, as it is named in the data."),
    "term": ColumnLabel(
        "Term", "What the estimate belongs to: the intercept, a predictor or a product of predictors."
    ),
    "estimate": ColumnLabel("Estimate", "The estimated value.", "number"),
    "std_error": ColumnLabel(
        "SE",
        "Standard error: how far the estimate would typically be off if the study were repeated.",
        "number",
    ),
    "statistic": ColumnLabel("t", "The estimate divided by its standard error.", "number"),
    "df": ColumnLabel("df", "Degrees of freedom of the t or F statistic.", "df"),
    "p_value": ColumnLabel(
        "p",
        "Probability of a statistic at least this far from 0 if the true value were 0.",
        "p",
    ),
    "conf_low": ColumnLabel("Lower", "Lower bound of the confidence interval.", "number"),
    "conf_high": ColumnLabel("Upper", "Upper bound of the confidence interval.", "number"),
    # --- variance components ---
    "variance": ColumnLabel("Variance", "Square of the standard deviation.", "number"),
    "sd": ColumnLabel(
        "SD", "Standard deviation, in units of the outcome for an intercept and the residual.", "number"
    ),
    "correlation": ColumnLabel("Corr.", "Correlation with the random effects of the terms above.", "number"),
    "share": ColumnLabel(
        "Share",
        "This variance as a share of the sum of all variances. With random slopes the sum leaves out the "
        "covariances and depends on the scale and the zero of the predictor.",
        "share",
    ),
    # --- model summaries ---
    "nobs": ColumnLabel("Rows", "Rows that were used.", "count"),
    "npar": ColumnLabel(
        "K", "Parameters: fixed effects, variances, covariances and the residual variance.", "count"
    ),
    "sigma": ColumnLabel("Residual SD", "Standard deviation of the residuals.", "number"),
    "logLik": ColumnLabel("LL", "Log-likelihood (restricted log-likelihood when REML was used).", "number"),
    "AIC": ColumnLabel("AIC", "Akaike's information criterion: smaller is better supported.", "number"),
    "AICc": ColumnLabel(
        "AICc", "AIC with the correction for small samples: smaller is better supported.", "number"
    ),
    "BIC": ColumnLabel(
        "BIC", "Bayesian (Schwarz) information criterion: smaller is better supported.", "number"
    ),
    "criterion": ColumnLabel(
        "Criterion", "What was minimised: the REML criterion, or −2 log-likelihood for ML.", "number"
    ),
    "deviance": ColumnLabel("Deviance", "OLS: residual sum of squares. ML: −2 log-likelihood.", "number"),
    "REML": ColumnLabel(
        "REML", "Whether restricted maximum likelihood was used (else maximum likelihood).", "flag"
    ),
    "singular": ColumnLabel("Singular", "Whether a variance is 0 or a correlation is −1 or 1.", "flag"),
    "converged": ColumnLabel("Converged", "Whether the optimum was verified.", "flag"),
    "r_squared": ColumnLabel("R²", "Share of the outcome's variation that the model accounts for.", "number"),
    "adj_r_squared": ColumnLabel("Adjusted R²", "R² corrected for the number of predictors.", "number"),
    "f_statistic": ColumnLabel("F", "Test of all coefficients but the intercept at once.", "number"),
    "df_model": ColumnLabel("df model", "Numerator degrees of freedom of the F statistic.", "df"),
    "df_resid": ColumnLabel("df residual", "Rows minus coefficients.", "df"),
    "p_log10": ColumnLabel(
        "log₁₀ p", "Base-10 logarithm of p, for values too small to be written.", "number"
    ),
    "reason": ColumnLabel("Reason", "Why there is no number."),
    # --- tests, intervals and means ---
    "contrast": ColumnLabel("Contrast", "The difference, or another combination, of coefficients or means."),
    "emmean": ColumnLabel(
        "Mean",
        "Estimated marginal mean: predicted by the fixed effects, other factors averaged over.",
        "number",
    ),
    "num_df": ColumnLabel("df 1", "Numerator degrees of freedom: how many hypotheses are tested.", "df"),
    "den_df": ColumnLabel("df 2", "Denominator degrees of freedom of the F statistic.", "df"),
    "sum_sq": ColumnLabel("Sum of squares", "Mean square times its degrees of freedom.", "number"),
    "mean_sq": ColumnLabel("Mean square", "F times the residual variance.", "number"),
    "param": ColumnLabel("Parameter", "A standard deviation, a correlation, or a coefficient."),
    "lower": ColumnLabel("Lower", "Lower bound of the confidence interval.", "number"),
    "upper": ColumnLabel("Upper", "Upper bound of the confidence interval.", "number"),
    "chisq": ColumnLabel("χ²", "Likelihood-ratio statistic: the difference of −2 log-likelihoods.", "number"),
    "p_mixture": ColumnLabel(
        "p (mixture)",
        "p of a variance tested at 0: half chi-square with df − 1 and half with df degrees of freedom.",
        "p",
    ),
    # --- shares of variance ---
    "r2_marginal": ColumnLabel(
        "R² marginal", "Share of the variance that the fixed effects explain.", "number"
    ),
    "r2_conditional": ColumnLabel(
        "R² conditional", "Share of the variance that fixed and random effects explain together.", "number"
    ),
    "icc_adjusted": ColumnLabel(
        "ICC adjusted", "Share of the random effects in the variance that the fixed effects leave.", "number"
    ),
    "icc_unadjusted": ColumnLabel(
        "ICC unadjusted", "Share of the random effects in the whole variance.", "number"
    ),
    # --- comparison of models ---
    "model": ColumnLabel("Model", "The model."),
    "delta": ColumnLabel("ΔAICc", "AICc minus that of the best model.", "number"),
    "weight": ColumnLabel("Weight", "Support for the model among those compared; all sum to 1.", "number"),
    "cum_weight": ColumnLabel("Cumulative", "Weight of this model and all better ones.", "number"),
    "evidence_ratio": ColumnLabel(
        "Evidence ratio", "How many times better supported the best model is than this one.", "number"
    ),
    "against": ColumnLabel("Against", "The smaller model that it is tested against."),
    # --- influence ---
    "cooksd": ColumnLabel(
        "Cook’s distance", "How far the fixed effects move together when the group is left out.", "number"
    ),
    # --- groups ---
    "n_levels": ColumnLabel("Groups", "How many groups there are.", "count"),
    "rows": ColumnLabel("Rows", "How many rows belong here.", "count"),
    "smallest": ColumnLabel("Smallest", "Rows of the smallest group.", "count"),
    "median": ColumnLabel("Median", "Median number of rows a group.", "number"),
    "largest": ColumnLabel("Largest", "Rows of the largest group.", "count"),
    # --- a row's quantities ---
    ".fitted": ColumnLabel(
        "Fitted value", "What the model predicts for this row, random effects included.", "number"
    ),
    ".fixed": ColumnLabel("Fixed part", "What the fixed effects alone predict for this row.", "number"),
    ".resid": ColumnLabel("Residual", "Outcome minus fitted value.", "number"),
    ".std_resid": ColumnLabel(
        "Standardized residual",
        "OLS: residual / (σ √(1 − leverage)). Mixed model: Pearson residual / σ.",
        "number",
    ),
    ".student_resid": ColumnLabel(
        "Studentized residual",
        "Residual divided by its standard error from the fit without this row.",
        "number",
    ),
    ".hat": ColumnLabel(
        "Leverage", "How strongly the row's own outcome pulls its fitted value, 0 to 1.", "number"
    ),
    ".cooksd": ColumnLabel(
        "Cook’s distance", "How far all fitted values would move without this row.", "number"
    ),
    ".sigma": ColumnLabel("σ without the row", "Residual SD of the fit without this row.", "number"),
    ".weights": ColumnLabel("Weight", "Prior weight of the row.", "number"),
    ".offset": ColumnLabel("Offset", "A known part of the prediction, with coefficient 1.", "number"),
}

#: Columns of summaries of data. A table of their own: predictors may be called "mean" or "n", too.
_SUMMARIES: dict[str, ColumnLabel] = {
    "variable": ColumnLabel("Variable", "What the numbers of this row are about."),
    "value": ColumnLabel("Value", "The category."),
    "n": ColumnLabel("n", "Rows with a value.", "count"),
    "missing": ColumnLabel("Missing", "Rows without a value.", "count"),
    "missing_share": ColumnLabel("Share missing", "Rows without a value as a share of all rows.", "share"),
    "missing_columns": ColumnLabel("Missing together", "The variables that are missing in these rows."),
    "n_missing_columns": ColumnLabel("Variables", "How many variables are missing in these rows.", "count"),
    "mean": ColumnLabel("Mean", "Sum of the values divided by their number.", "number"),
    "std_dev": ColumnLabel("SD", "Standard deviation of the values (n − 1).", "number"),
    "min": ColumnLabel("Min", "The smallest value.", "number"),
    "q25": ColumnLabel("Q1", "A quarter of the values lies below (quantile of type 7, as in R).", "number"),
    "q50": ColumnLabel("Median", "Half of the values lies below.", "number"),
    "q75": ColumnLabel("Q3", "Three quarters of the values lie below (type 7, as in R).", "number"),
    "max": ColumnLabel("Max", "The largest value.", "number"),
    "proportion": ColumnLabel("Share", "Share of the rows that have a value.", "share"),
    "cumulative": ColumnLabel("Cumulative", "Share of this category and all above it.", "share"),
}

#: Column name in a frame -> how it is shown.
LABELS: Mapping[str, ColumnLabel] = MappingProxyType(_TABLE)
#: The same for summaries, frequencies and the like.
SUMMARY_LABELS: Mapping[str, ColumnLabel] = MappingProxyType(_SUMMARIES)


def label_of(column: str) -> ColumnLabel:
    """Look a column up; an unknown one is shown under its own name, as text.

    Parameters
    ----------
    column : str
        Name of the column in the frame.
    """
    return LABELS.get(column) or ColumnLabel(column)


def heading_of(column: str) -> str:
    """Short text above the column."""
    return label_of(column).heading
