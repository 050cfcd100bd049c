"""From a formula to results. pandas and statsmodels; no Qt."""

from __future__ import annotations

from mixgui.models.comparison import Comparison, compare
from mixgui.models.emmeans import MarginalMeans
from mixgui.models.fit import fit
from mixgui.models.formula import Formula, RandomTerm, Term
from mixgui.models.formula_parser import parse_formula
from mixgui.models.notes import Note
from mixgui.models.result import GroupInfo, ModelFit
from mixgui.models.rows import DroppedRows
from mixgui.models.spec import ModelSpec

__all__ = [
    "Comparison",
    "DroppedRows",
    "Formula",
    "GroupInfo",
    "MarginalMeans",
    "ModelFit",
    "ModelSpec",
    "Note",
    "RandomTerm",
    "Term",
    "compare",
    "fit",
    "parse_formula",
]
