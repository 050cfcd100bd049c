"""From a formula to results. pandas and statsmodels; no Qt."""

from __future__ import annotations

from mixgui.models.fit import fit
from mixgui.models.formula import Formula, RandomTerm, Term
from mixgui.models.formula_parser import parse_formula
from mixgui.models.notes import Note
from mixgui.models.result import GroupInfo, ModelFit
from mixgui.models.rows import DroppedRows
from mixgui.models.spec import ModelSpec

__all__ = [
    "DroppedRows",
    "Formula",
    "GroupInfo",
    "ModelFit",
    "ModelSpec",
    "Note",
    "RandomTerm",
    "Term",
    "fit",
    "parse_formula",
]
