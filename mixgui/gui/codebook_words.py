"""The codebook's words for the plots and tables of a fit; without labels they keep their own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mixgui.labels import heading_of

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.models.result import ModelFit

_INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class FitWords:
    """What the outcome, the terms and the grouping factors of a fit are called.

    Parameters
    ----------
    outcome : str
        Name of the outcome, as the formula writes it.
    titles : mapping of str to str
        Column -> label with unit; only columns that have a label or a unit.
    labels : mapping of str to str
        Column -> label.
    categories : mapping of str to mapping
        Column that a model uses as a factor -> labels of its levels.
    groups : mapping of str to mapping
        Column with value labels, whatever it holds -> labels of its values, no two alike.
    """

    outcome: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of_groups(self, factor: str) -> Mapping[str, str]:
        """Return what the groups of a grouping factor are called (group -> label); empty without value labels."""
        return self.groups.get(factor, {})

    def of_outcome(self, column: str) -> str | None:
        """Return the title of an axis of fitted values or residuals ("Residual: Reading (points)")."""
        title = self.titles.get(self.outcome)
        if title is None:
            return None
        if column == ".std_resid":  # it has no unit
            title = self.labels.get(self.outcome, self.outcome)
        return f"{heading_of(column)}: {title}"

    def of_effect(self, term: str) -> str | None:
        """Return the title of an axis of random effects ("Random slope of Verbal IQ")."""
        if term == _INTERCEPT:
            title = self.titles.get(self.outcome)
            return None if title is None else f"Random intercept: {title}"
        label = self.of_term(term)
        return f"Random slope of {label}" if label else None

    def of_term(self, term: str) -> str:
        """Return what a term is called in words, for beside its name; empty if the codebook says nothing of it.

        Products are written with a cross, dummy variables as "Sector: Public".
        """
        parts = _factors(term)
        said = [self._of_part(part) for part in parts]
        return " × ".join(said) if said != parts else ""

    def _of_part(self, part: str) -> str:
        if part in self.labels:
            return self.labels[part]
        names = [name for name in self.categories if part.startswith(name) and len(part) > len(name)]
        if not names:
            return part
        name = max(names, key=len)
        level = part[len(name) :]
        said = self.categories[name].get(level, level)
        return f"{self.labels.get(name, name)}: {said}" if name in self.labels or said != level else part

    def of_factor(self, factor: str) -> str | None:
        """Return what a grouping factor is called."""
        return self.of_term(factor) or None


def fit_words(fit: ModelFit | None, dataset: Dataset | None) -> FitWords:
    """Return the words for a fit from the codebook of its table."""
    if fit is None or dataset is None:
        return FitWords()
    titles = {one.name: one.title for one in dataset.variables if one.label or one.unit}
    labels = {one.name: one.label for one in dataset.variables if one.label}
    factors = ("category", "text", "boolean")
    categories = {one.name: dict(one.value_labels) for one in dataset.variables if one.kind in factors}
    from mixgui.data.categories import distinct_names

    groups = {}
    for one in dataset.variables:
        if one.value_labels:
            keys, names = zip(*one.value_labels, strict=True)
            groups[one.name] = dict(zip(keys, distinct_names(names, keys), strict=True))
    return FitWords(fit.outcome_name, titles, labels, categories, groups)


def _factors(term: str) -> list[str]:
    """Return the factors of a product; colons inside parentheses or backquotes are no products."""
    parts, depth, quoted = [""], 0, False
    for sign in term:
        if sign == "`":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if sign == ":" and not depth:
                parts.append("")
                continue
        if sign != "`" or depth:
            parts[-1] += sign
    return parts
