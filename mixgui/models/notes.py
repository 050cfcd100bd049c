"""What stands beside a result: its particular features in plain sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mixgui.engine import Boundary
from mixgui.formatting import format_count, format_number
from mixgui.models.random_terms import RandomPart

if TYPE_CHECKING:  # the result asks for its notes
    from mixgui.models.result import ModelFit

# A rule of thumb: the variance between fewer groups than this is hardly estimable.
_FEW_GROUPS = 10


@dataclass(frozen=True)
class Note:
    """A sentence beside a result.

    Parameters
    ----------
    severity : str
        "info" for what is good to know, "warning" for what the reader must heed.
    title : str
        A few words.
    text : str
        One or two sentences: what it is and what it means or what to try.
    """

    severity: Literal["info", "warning"]
    title: str
    text: str


def notes_of(fit: ModelFit) -> tuple[Note, ...]:
    """Return the notes of a model, warnings first."""
    notes = [
        *_convergence(fit),
        *_singular(fit),
        *_flat(fit),
        *_columns(fit),
        *_rows(fit),
        *_groups(fit),
        *_exact(fit),
    ]
    return tuple(sorted(notes, key=lambda note: note.severity != "warning"))


def _convergence(fit: ModelFit) -> list[Note]:
    if fit.lmm is None or fit.converged:
        return []
    text = (
        f"{fit.lmm.convergence.reason} The estimates may not be the best ones. "
        "Try a simpler random structure, or rescale the predictors."
    )
    return [Note("warning", "The optimum could not be verified", text)]


def _singular(fit: ModelFit) -> list[Note]:
    if fit.lmm is None or not fit.singular:
        return []
    found = [_boundary(fit.design.random[b.term], b) for b in fit.lmm.boundaries]
    text = (
        f"{_sentence(found)} The data hold too little information for this random structure. "
        "The fixed effects can still be read; consider a simpler random structure."
    )
    return [Note("warning", "Singular fit", text)]


def _flat(fit: ModelFit) -> list[Note]:
    if fit.lmm is None or not fit.lmm.convergence.flat:
        return []
    labels = [fit.design.random[index].label for index in fit.lmm.convergence.flat]
    names = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
    text = (
        f"The data do not tell the variances of {names} apart: other values of them fit as well, so that those shown "
        "are arbitrary. Leave out a term that says the same as another, or a slope that hardly varies."
    )
    return [Note("warning", "Variances that are not identified", text)]


def _boundary(part: RandomPart, boundary: Boundary) -> str:
    names = [_effect(part.names[j]) for j in boundary.columns]
    where = f"by {part.factor.name}"
    if boundary.kind == "variance":
        return f"the variance of the {names[0]} {where} is estimated as 0"
    if boundary.kind == "correlation":
        sign = "1" if boundary.value > 0 else "−1"
        return f"the correlation of the {names[0]} and the {names[1]} {where} is estimated as {sign}"
    return f"some of the {len(names)} random effects {where} follow exactly from the others"


def _effect(name: str) -> str:
    return "intercept" if name == "(Intercept)" else f"slope of {name}"


def _sentence(parts: list[str]) -> str:
    joined = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return joined[:1].upper() + joined[1:] + "."


def _columns(fit: ModelFit) -> list[Note]:
    names = fit.dropped_columns
    if not names:
        return []
    listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    what = "column follows" if len(names) == 1 else "columns follow"
    text = (
        f"{len(names)} {what} exactly from the others and cannot have coefficients of their own: {listed}. "
        "They were left out, as in R."
    )
    return [Note("warning", "Coefficients left out", text)]


def _rows(fit: ModelFit) -> list[Note]:
    if not fit.dropped:
        return []
    lost = fit.rows_given - fit.nobs
    reasons = "; ".join(f"{format_count(d.count)} {_rows_word(d.count)}: {d.reason}" for d in fit.dropped)
    text = f"{format_count(lost)} of {format_count(fit.rows_given)} rows were not used ({reasons})."
    return [Note("info", "Rows not used", text)]


def _rows_word(count: int) -> str:
    return "row" if count == 1 else "rows"


def _groups(fit: ModelFit) -> list[Note]:
    notes = []
    for group in fit.groups:
        if group.n_levels < _FEW_GROUPS:
            text = (
                f"{group.name} has only {group.n_levels} groups. The variance between them, and standard errors of "
                "what varies between them, are uncertain with fewer than about ten."
            )
            notes.append(Note("info", "Few groups", text))
        if group.median == 1:
            text = (
                f"At least half of the {format_count(group.n_levels)} groups of {group.name} have a single row. "
                "They say little about differences within groups."
            )
            notes.append(Note("info", "Tiny groups", text))
    return notes


def _exact(fit: ModelFit) -> list[Note]:
    spread = float(fit.design.y.std())
    if fit.sigma > 1e-7 * spread:
        return []
    text = (
        f"The residual standard deviation is {format_number(fit.sigma)}: the model reproduces the outcome almost "
        "exactly. Check that no predictor is computed from the outcome."
    )
    return [Note("warning", "Perfect fit", text)]
