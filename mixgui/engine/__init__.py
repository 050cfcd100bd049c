"""The mixed-model engine: arrays in, documented dataclasses out. numpy and scipy; no pandas, no Qt."""

from __future__ import annotations

from mixgui.engine.lmm import fit_lmm
from mixgui.engine.result import Boundary, Convergence, LmmFit
from mixgui.engine.terms import Factor, FitOptions, RandomTermData

__all__ = ["Boundary", "Convergence", "Factor", "FitOptions", "LmmFit", "RandomTermData", "fit_lmm"]
