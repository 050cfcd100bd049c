"""What can be asked of a fitted model beyond its estimates: each question with its choices and its answer.

A question is declared once, as data; the card that asks it knows nothing of statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mixgui.formatting import format_number
from mixgui.observer import Observer

if TYPE_CHECKING:  # the window must not wait for pandas
    import pandas as pd

    from mixgui.models.result import ModelFit

Options = tuple[tuple[str, str], ...]

DDF: Options = (("satterthwaite", "Satterthwaite"), ("kenward-roger", "Kenward–Roger"))
_F = {"statistic": "F"}
_NONE = ""


@dataclass(frozen=True)
class Choice:
    """Something to choose before a question is answered.

    Parameters
    ----------
    name : str
        Key of the answer's options.
    label : str
        Words before the list.
    options : tuple of (str, str)
        Value and title; the first is the default.
    when : (str, str), optional
        Name and value of another choice that makes this one matter.
    """

    name: str
    label: str
    options: Options
    when: tuple[str, str] | None = None


@dataclass(frozen=True, eq=False)
class AnswerTable:
    """A table of an answer.

    Parameters
    ----------
    title : str
        Its heading.
    frame : DataFrame
        Columns are headed as `mixgui.labels` says, or by `headings`.
    headings : mapping
        Column -> words, for columns that mean something else here.
    notes : tuple of str
        What a reader has to know.
    """

    title: str
    frame: pd.DataFrame
    headings: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


Chosen = Mapping[str, str]
Compute = Callable[["ModelFit", Chosen, float, Observer], tuple[AnswerTable, ...]]


@dataclass(frozen=True)
class Question:
    """A question to a fitted model.

    Parameters
    ----------
    name : str
        Stem of the object names.
    title, explain : str
        What it answers, in a few words and in a sentence.
    choices : callable
        Fit -> what to choose.
    compute : callable
        (fit, chosen, confidence level, observer) -> tables; runs in the worker.
    applies : callable
        Fit -> whether it makes sense for it.
    """

    name: str
    title: str
    explain: str
    choices: Callable[[ModelFit], tuple[Choice, ...]]
    compute: Compute
    applies: Callable[[ModelFit], bool] = lambda fit: True


def _mixed(fit: ModelFit) -> bool:
    return fit.kind == "lmm"


def _df_choice(fit: ModelFit) -> tuple[Choice, ...]:
    """Return the choice of df that the fit has: Kenward and Roger's needs REML, a regression has its own."""
    if not _mixed(fit):
        return ()
    return (Choice("ddf", "df by", DDF if fit.reml else DDF[:1]),)


def _ddf(chosen: Chosen) -> Any:
    return chosen.get("ddf", "satterthwaite")


def _percent(level: float) -> str:
    return f"{format_number(100 * level, 4)} %"


# --- F tests ---


def _anova_choices(fit: ModelFit) -> tuple[Choice, ...]:
    return (Choice("type", "Type", (("3", "III"), ("2", "II"))), *_df_choice(fit))


def _anova(fit: ModelFit, chosen: Chosen, level: float, observer: Observer) -> tuple[AnswerTable, ...]:
    frame = fit.anova(3 if chosen["type"] == "3" else 2, _ddf(chosen))
    title = f"F tests of the terms (type {'III' if chosen['type'] == '3' else 'II'})"
    return (AnswerTable(title, frame, _F),)


# --- intervals ---


def _interval_choices(fit: ModelFit) -> tuple[Choice, ...]:
    if not _mixed(fit):
        return ()
    methods = (("profile", "Profile likelihood"), ("boot", "Parametric bootstrap"), ("wald", "Wald"))
    counts = (("500", "500 samples"), ("1000", "1,000 samples"), ("2000", "2,000 samples"))
    return (Choice("method", "By", methods), Choice("count", "from", counts, when=("method", "boot")))


def _intervals(fit: ModelFit, chosen: Chosen, level: float, observer: Observer) -> tuple[AnswerTable, ...]:
    method: Any = chosen.get("method", "wald")
    frame = fit.confint(method, level, count=int(chosen.get("count", "500")), observer=observer)
    notes = {
        "profile": ("Profiles of the likelihood (ML), as lme4 makes them.",),
        "boot": ("Percentiles of models fitted to outcomes that were simulated from this one (seed 1).",),
        "wald": ("Estimate ± quantile × SE; there are none for standard deviations and correlations.",),
    }[method]
    notes = notes if _mixed(fit) else ("Exact, by the t and the chi-square distribution.",)
    return (AnswerTable(f"{_percent(level)} confidence intervals", frame, {}, notes),)


# --- random effects ---


def _no_choices(fit: ModelFit) -> tuple[Choice, ...]:
    return ()


def _ranova(fit: ModelFit, chosen: Chosen, level: float, observer: Observer) -> tuple[AnswerTable, ...]:
    from mixgui.models.comparison import BOUNDARY

    frame = fit.ranova(observer=observer)
    frame = frame.assign(term=frame["term"].replace("<none>", "none: this model").astype("str"))
    return (AnswerTable("Model without each random effect", frame, {"term": "Left out"}, (BOUNDARY.text,)),)


def _shares(fit: ModelFit, chosen: Chosen, level: float, observer: Observer) -> tuple[AnswerTable, ...]:
    import pandas as pd

    frame = pd.concat([fit.r2(), fit.icc()], axis="columns") if _mixed(fit) else fit.r2()
    return (AnswerTable("Shares of the variance", frame),)


def _influence_choices(fit: ModelFit) -> tuple[Choice, ...]:
    return (Choice("by", "Groups", tuple((group.name, group.name) for group in fit.groups)),)


def _influence(fit: ModelFit, chosen: Chosen, level: float, observer: Observer) -> tuple[AnswerTable, ...]:
    frame = fit.influence(chosen["by"], observer=observer)
    frame = frame.sort_values("cooksd", ascending=False, kind="stable", ignore_index=True)
    headings = {
        name: f"Δ {name.removeprefix('change_')}" for name in frame.columns if name.startswith("change_")
    }
    note = "Δ: the estimate without the group minus the present one."
    return (
        AnswerTable(f"Influence of each {chosen['by']}", frame, headings | {"level": chosen["by"]}, (note,)),
    )


# --- means ---


def categorical_predictors(fit: ModelFit) -> tuple[str, ...]:
    """Return the predictors of the fixed part that have levels, in the formula's order."""
    import pandas as pd

    names = dict.fromkeys(
        name
        for term in fit.formula.terms
        for factor in term.factors
        for name in factor.variables()
        if name in fit.frame.columns
    )

    def has_levels(name: str) -> bool:
        return not pd.api.types.is_numeric_dtype(fit.frame[name]) or pd.api.types.is_bool_dtype(
            fit.frame[name]
        )

    return tuple(name for name in names if has_levels(name))


def _means_choices(fit: ModelFit) -> tuple[Choice, ...]:
    names = categorical_predictors(fit)
    adjust = (("tukey", "Tukey"), ("holm", "Holm"), ("bonferroni", "Bonferroni"), ("none", "none"))
    of = Choice("factor", "Means of", tuple((name, name) for name in names))
    by = Choice("by", "at each", ((_NONE, "—"), *((name, name) for name in names)))
    return (of, *((by,) if len(names) > 1 else ()), Choice("adjust", "Adjust p by", adjust), *_df_choice(fit))


def _means(fit: ModelFit, chosen: Chosen, level: float, observer: Observer) -> tuple[AnswerTable, ...]:
    factor, by = chosen["factor"], chosen.get("by", _NONE)
    by = _NONE if by == factor else by
    adjust: Any = chosen["adjust"]
    found = fit.emmeans(factor, by or None, ddf=_ddf(chosen), adjust=adjust, level=level)
    notes = []
    if found.averaged:
        notes.append(f"Averaged over the levels of {', '.join(found.averaged)}.")
    if found.held:
        held = ", ".join(f"{name} = {format_number(value)}" for name, value in found.held.items())
        notes.append(f"At {held}.")
    at_each = f" at each {by}" if by else ""
    tables = [AnswerTable(f"Means of {factor}{at_each}", found.means, {}, tuple(notes))]
    if found.contrasts is not None and len(found.contrasts):
        adjusted = "not adjusted" if adjust == "none" else f"adjusted by {adjust.capitalize()}"
        tables.append(AnswerTable(f"Differences of {factor}{at_each}, {adjusted}", found.contrasts))
    return tuple(tables)


QUESTIONS: tuple[Question, ...] = (
    Question(
        "f_tests",
        "Does each term matter?",
        "F tests of the fixed effects, a term at a time.",
        _anova_choices,
        _anova,
        lambda fit: bool(fit.formula.terms),
    ),
    Question(
        "intervals",
        "How exact are the estimates?",
        "Confidence intervals of all parameters, standard deviations and correlations included.",
        _interval_choices,
        _intervals,
    ),
    Question(
        "means",
        "How do categories differ?",
        "Estimated marginal means of a categorical predictor, and their differences.",
        _means_choices,
        _means,
        lambda fit: bool(categorical_predictors(fit)),
    ),
    Question(
        "random_tests",
        "Are the random effects needed?",
        "Likelihood-ratio tests: the model with one random effect left out at a time.",
        _no_choices,
        _ranova,
        _mixed,
    ),
    Question(
        "shares",
        "How much is explained?",
        "R² of the fixed effects and of the whole model; intraclass correlation.",
        _no_choices,
        _shares,
    ),
    Question(
        "influence",
        "Do single groups drive the result?",
        "How the estimates change when one group is left out.",
        _influence_choices,
        _influence,
        _mixed,
    ),
)
