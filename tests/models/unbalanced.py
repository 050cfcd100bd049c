"""A small unbalanced data set and what R says about it (data/unbalanced.R made the figures)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mixgui.models import ModelFit, fit

FOLDER = Path(__file__).parent / "data"


@cache
def in_r() -> dict[str, Any]:
    return json.loads((FOLDER / "unbalanced.json").read_text(encoding="utf-8"))


@cache
def frame(name: str = "all") -> pd.DataFrame:
    d = pd.read_csv(FOLDER / "unbalanced.csv")
    d["of"] = pd.Categorical(d["o"], ordered=True)
    return d[~((d["A"] == "c") & (d["B"] == "v"))] if name == "holes" else d


@cache
def fitted(formula: str, name: str = "all", *, reml: bool = True, weights: str | None = None) -> ModelFit:
    return fit(formula, frame(name), reml=reml, weights=weights)


def numbers(values: Any) -> np.ndarray:
    """Numbers of a JSON list, null as NaN."""
    return np.array([np.nan if v is None or v == "NA" else float(v) for v in values])
