"""Arrays for the reference models, built from R's coefficient names without the formula room."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mixgui.engine import Factor, LmmFit, RandomTermData, fit_lmm


@dataclass(frozen=True, eq=False)
class Case:
    """A model as the engine takes it."""

    y: np.ndarray
    X: np.ndarray
    terms: tuple[RandomTermData, ...]
    groups: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]

    def fit(self, *, reml: bool, **options: Any) -> LmmFit:
        return fit_lmm(self.y, self.X, self.terms, reml=reml, **options)


def column(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A coefficient's column from its name: x, I(x^2), log(x), factorLevel, and products of them."""
    if name == "(Intercept)":
        return np.ones(len(frame))
    if ":" in name:
        parts = [column(frame, part) for part in name.split(":")]
        return np.prod(parts, axis=0)
    if match := re.fullmatch(r"I\((\w+)\^2\)", name):
        return frame[match[1]].to_numpy(float) ** 2
    if match := re.fullmatch(r"log\((\w+)\)", name):
        return np.log(frame[match[1]].to_numpy(float))
    if match := re.fullmatch(r"(\w+)(\.L|\.Q|\.C|\^\d)", name):
        return polynomial(frame[match[1]], match[2])
    if name in frame and pd.api.types.is_numeric_dtype(frame[name]):
        return frame[name].to_numpy(float)
    for c in sorted(frame.columns, key=len, reverse=True):
        if name.startswith(c):
            level = name[len(c) :]
            values = frame[c].astype(str)
            if (values == level).any():
                return (values == level).to_numpy(float)
    raise KeyError(name)


def polynomial(values: pd.Series, degree: str) -> np.ndarray:
    """A column of R's contr.poly for an ordered factor."""
    codes, levels = pd.factorize(values, sort=True)
    k = len(levels)
    d = {".L": 1, ".Q": 2, ".C": 3}.get(degree) or int(degree[1:])
    Q, R = np.linalg.qr(np.vander(np.arange(k) - (k - 1) / 2, k, increasing=True))
    return (Q[:, d] * np.sign(R[d, d]))[codes]


def factor(frame: pd.DataFrame, name: str) -> tuple[Factor, tuple[str, ...]]:
    parts = name.split(":")
    key = frame[parts[0]].astype(str)
    for part in parts[1:]:
        key = key + ":" + frame[part].astype(str)
    codes, levels = pd.factorize(key, sort=True)
    return Factor(codes.astype(np.int32), len(levels), name), tuple(levels)


def random_terms(formula: str) -> Iterable[tuple[str, str, bool]]:
    for inside in re.findall(r"\(([^()]*\|[^()]*)\)", formula):
        left, right = re.split(r"\|\|?", inside)
        group = right.strip()
        for g in _expand(group):
            yield left.strip(), g, "||" not in inside


def _expand(group: str) -> list[str]:
    if "/" in group:
        outer, inner = (part.strip() for part in group.split("/"))
        return [f"{inner}:{outer}", outer]
    return [group]


def case(frame: pd.DataFrame, formula: str, coefficients: Iterable[str]) -> Case:
    outcome = formula.split("~")[0].strip()
    y = column(frame, outcome)
    X = np.column_stack([column(frame, c) for c in coefficients])
    terms, groups, levels = [], [], []
    for left, group, correlated in random_terms(formula):
        f, names = factor(frame, group)
        slopes = [s.strip() for s in left.split("+") if s.strip() not in {"0", "1"}]
        names_z = ([] if left.startswith("0") else ["(Intercept)"]) + slopes
        Z = np.column_stack([column(frame, s) for s in names_z])
        pieces = [Z] if correlated else [Z[:, [j]] for j in range(Z.shape[1])]
        for piece in pieces:
            plain = piece.shape[1] == 1 and (piece == 1).all()
            terms.append(RandomTermData(f, None if plain else piece))
            groups.append(group)
            levels.append(names)
    return Case(y, X, tuple(terms), tuple(groups), tuple(levels))


FILES = {
    "netherlands": ("netherlands-students", "netherlands-schools", "school_id"),
    "nba": ("nba-player-data", "nba-team-data", "team"),
}


def frame_of(folder: Path, name: str) -> pd.DataFrame:
    if name not in FILES:
        return pd.read_csv(folder / "data" / f"{name}.csv")
    left, right, key = FILES[name]
    rows = pd.read_csv(folder / "data" / f"{left}.csv")
    return rows.merge(pd.read_csv(folder / "data" / f"{right}.csv"), on=key, how="left")


def reference_models(folder: Path) -> list[tuple[str, int, dict[str, Any]]]:
    """(file, index, reference) of every linear mixed model in the folder."""
    found = []
    for path in sorted(folder.glob("*.json")):
        for index, model in enumerate(json.loads(path.read_text(encoding="utf-8"))["models"]):
            if model["kind"] == "lmm":
                found.append((path.stem, index, model))
    return found


def reference_case(folder: Path, name: str, model: dict[str, Any]) -> Case:
    frame = frame_of(folder, name)
    outcome = model["formula"].split("~")[0].strip()
    names = [row["term"] for row in model["fixef"]]
    used = [c for c in frame.columns if re.search(rf"\b{re.escape(c)}\b", model["formula"])]
    return case(frame.dropna(subset=used), f"{outcome} ~ {model['formula'].split('~')[1]}", names)
