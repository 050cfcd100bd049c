"""The tables of a result, ready to be shown; made in the worker, because there may be very many groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mixgui.observer import Observer

if TYPE_CHECKING:  # the window must not wait for pandas
    import pandas as pd

    from mixgui.models.equation_markup import Equation
    from mixgui.models.hypotheses import Ddf
    from mixgui.models.result import ModelFit

_FIXED = ("term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False)
class RandomTable:
    """The random effects of one grouping factor, a row a group.

    Parameters
    ----------
    frame : DataFrame
        Indexed by the group's name. For each term its conditional mode, the SE, the group's own coefficient.
    headings : mapping
        Column -> words.
    terms : tuple of str
        Terms that differ between the groups.
    """

    frame: pd.DataFrame
    headings: Mapping[str, str]
    terms: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ResultFrames:
    """All tables of one fit.

    Parameters
    ----------
    fit : ModelFit
    fixed : DataFrame
        Fixed effects, or the coefficients of an ordinary regression.
    variance : DataFrame or None
        Variance components (mixed models).
    summary : DataFrame
        One row a quantity (ordinary regression), else one row for the model.
    groups : DataFrame
        A row a grouping factor: how many groups, how large.
    level : float
        Of the intervals.
    random : mapping
        Grouping factor -> its table.
    labels : mapping
        Column -> what to call it in equations.
    equation : Equation or None
        The fitted equation.
    ddf_note : str
        By which method the tests have their degrees of freedom; empty without tests.
    """

    fit: ModelFit
    fixed: pd.DataFrame
    variance: pd.DataFrame | None
    summary: pd.DataFrame
    groups: pd.DataFrame
    level: float
    random: Mapping[str, RandomTable] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    equation: Equation | None = None
    ddf_note: str = ""


def making_frames(
    fit: ModelFit, level: float, labels: Mapping[str, str], ddf: str = "none"
) -> Callable[[Observer], ResultFrames]:
    """Return the job that makes the tables of a fit with intervals of this level."""

    def work(observer: Observer) -> ResultFrames:
        return make_frames(fit, level, labels, ddf)

    return work


def make_frames(
    fit: ModelFit, level: float, labels: Mapping[str, str] | None = None, ddf: str = "none"
) -> ResultFrames:
    """Return the tables of a fit.

    Parameters
    ----------
    fit : ModelFit
    level : float
        Of the confidence intervals.
    labels : mapping, optional
        Column -> what to call it in equations.
    ddf : str
        "none", "satterthwaite" or "kenward-roger": degrees of freedom for the tests of a mixed model.
    """
    from mixgui.models.diagnostics import group_table, ols_summary, variance_table
    from mixgui.models.equations import fitted_equation

    method, note = _df_method(fit, ddf)
    tidy = fit.tidy("fixed", conf_level=level, ddf=method)
    fixed = tidy[[name for name in _FIXED if name in tidy.columns]].dropna(axis="columns", how="all")
    mixed = fit.kind == "lmm"
    return ResultFrames(
        fit=fit,
        fixed=fixed.reset_index(drop=True),
        variance=variance_table(fit) if mixed else None,
        summary=fit.glance() if mixed else ols_summary(fit),
        groups=group_table(fit),
        level=level,
        random={group.name: random_table(fit, group.name, level) for group in fit.groups} if mixed else {},
        labels=labels or {},
        equation=fitted_equation(fit, labels or {}),
        ddf_note=note,
    )


def _df_method(fit: ModelFit, ddf: str) -> tuple[Ddf, str]:
    """Return the method that can be used for a fit, and what a reader has to know of it."""
    if fit.kind != "lmm" or ddf == "none":
        return None, ""
    if ddf == "satterthwaite":
        return "satterthwaite", "df by Satterthwaite's method; intervals and p by t."
    if fit.reml:
        return (
            "kenward-roger",
            "df and standard errors by Kenward and Roger's method; intervals and p by t.",
        )
    return (
        "satterthwaite",
        "Kenward and Roger's method needs REML and this model was fitted by ML: df by Satterthwaite's method.",
    )


def random_table(fit: ModelFit, factor: str, level: float) -> RandomTable:
    """Return the random effects of a grouping factor with a row a group.

    Parameters
    ----------
    fit : ModelFit
    factor : str
    level : float
        Of the intervals (mode ± z · SD).
    """
    import pandas as pd

    from mixgui.models.diagnostics import random_effects_frame

    long = random_effects_frame(fit, factor, level)
    terms = tuple(dict.fromkeys(str(term) for term in long["term"]))
    own = fit.ran_coefs(factor)
    columns: dict[str, pd.Series] = {}
    headings = interval_headings(level)
    for term in terms:
        part = long[long["term"] == term].set_index("level")
        columns[f"estimate {term}"], columns[f"std_error {term}"] = part["estimate"], part["std_error"]
        headings[f"estimate {term}"] = term if len(terms) > 1 else f"Random {term}"
        headings[f"std_error {term}"] = "SE"
        if len(terms) == 1:
            columns["conf_low"], columns["conf_high"] = part["conf_low"], part["conf_high"]
    for term in terms:
        if term in own.columns:
            columns[f"own {term}"] = _by_level(own)[term]
            headings[f"own {term}"] = f"Own {term}"
    frame = pd.DataFrame(columns)
    frame.index.name = factor
    return RandomTable(frame, headings, terms)


def interval_headings(level: float) -> dict[str, str]:
    """Return headings that say how wide the intervals are."""
    share = f"{100 * level:g}\N{NO-BREAK SPACE}%"
    return {"conf_low": f"{share} lower", "conf_high": f"{share} upper"}


def _by_level(own: pd.DataFrame) -> pd.DataFrame:
    """Return the groups' own coefficients indexed by the group's name."""
    return own.set_index("level") if "level" in own.columns else own
