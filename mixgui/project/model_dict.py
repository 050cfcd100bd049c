"""Models as plain dictionaries (for JSON) and back; the formula is a text in lme4's syntax."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mixgui.models.formula_parser import parse_formula
from mixgui.models.spec import ModelSpec
from mixgui.project.project import ModelEntry


@dataclass(frozen=True)
class SavedFit:
    """Where a fit ended.

    Parameters
    ----------
    theta : tuple of float
        Covariance parameters of the random effects as lme4 has them; empty for an ordinary regression.
    criterion : float
        REML criterion or -2 log-likelihood at theta.
    """

    theta: tuple[float, ...]
    criterion: float


def model_to_dict(entry: ModelEntry, fit: SavedFit | None) -> dict[str, Any]:
    """Return a model and where its fit ended, if it was fitted, as a dictionary of what JSON knows."""
    spec = {
        field.name: getattr(entry.spec, field.name)
        for field in dataclasses.fields(entry.spec)
        if field.name != "formula"
    }
    data = {"id": entry.id, "name": entry.name, "formula": str(entry.spec.formula), **spec}
    if fit is not None and all(map(math.isfinite, (*fit.theta, fit.criterion))):
        data["fit"] = {"theta": list(fit.theta), "criterion": fit.criterion}
    return data


def model_from_dict(data: Mapping[str, Any]) -> tuple[ModelEntry, SavedFit | None]:
    """Return the model of a dictionary, and where its fit ended.

    Raises
    ------
    ValueError, TypeError, KeyError, FormulaError
        When the dictionary is not what `model_to_dict` returns.
    """
    defaults = {
        field.name: field.default for field in dataclasses.fields(ModelSpec) if field.name != "formula"
    }
    words = {name: _text(data[name]) for name in ("id", "name", "formula")}
    unknown = set(data) - set(defaults) - set(words) - {"fit"}
    if unknown or not words["id"] or not words["name"]:
        raise ValueError(f"unknown: {unknown}")
    given = {name: _like(default, data[name]) for name, default in defaults.items() if name in data}
    entry = ModelEntry(words["id"], words["name"], ModelSpec(parse_formula(words["formula"]), **given))
    return entry, _fit_from_dict(data["fit"]) if "fit" in data else None


def _fit_from_dict(data: Mapping[str, Any]) -> SavedFit:
    theta, criterion = data["theta"], data["criterion"]
    if set(data) != {"theta", "criterion"} or not isinstance(theta, list):
        raise ValueError(data)
    return SavedFit(tuple(map(_number, theta)), _number(criterion))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def _like(default: Any, value: Any) -> Any:
    """Return a value of the type of the default; lists of texts become tuples."""
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(_tupled(part) for part in value)
    if type(value) is not type(default):
        raise ValueError(value)
    return value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(part) for part in value) if isinstance(value, list) else _text(value)
