"""All that a fit depends on besides the data: a value that can be compared, saved and used as a key."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mixgui.models.formula import Formula
from mixgui.models.formula_parser import parse_formula


@dataclass(frozen=True)
class ModelSpec:
    """A model as it was asked for.

    Parameters
    ----------
    formula : Formula
        Outcome, fixed effects, random terms.
    reml : bool, default True
        Restricted maximum likelihood, or maximum likelihood. Without random terms it has no effect.
    table : str, default ""
        Name of the table in the project.
    weights : str, default ""
        Column of prior weights; empty for none.
    """

    formula: Formula
    reml: bool = True
    table: str = ""
    weights: str = ""

    @classmethod
    def from_text(cls, text: str, *, reml: bool = True, table: str = "", weights: str = "") -> ModelSpec:
        """Read the formula from lme4's syntax; raises `FormulaError`."""
        return cls(parse_formula(text), reml, table, weights)

    @property
    def kind(self) -> str:
        """Whether it is an ordinary regression ("ols") or a mixed model ("lmm")."""
        return "lmm" if self.formula.is_mixed else "ols"

    @property
    def estimator(self) -> str:
        """The estimator in short, which stands on every result: "REML", "ML" or "OLS"."""
        if self.kind == "ols":
            return "OLS"
        return "REML" if self.reml else "ML"

    def with_formula(self, formula: Formula) -> ModelSpec:
        """Return the same model with another formula."""
        return replace(self, formula=formula)
