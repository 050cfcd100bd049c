"""What other rooms and scripts call says what goes in and what comes out."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mixgui.engine
import mixgui.models
from mixgui.models import ModelFit

PACKAGE = Path(mixgui.models.__file__).parents[1]


def doors_of_the_engine() -> Iterator[tuple[str, Any]]:
    """Yield name and object of all that the models room takes from the engine."""
    seen = set()
    for path in sorted((PACKAGE / "models").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("mixgui.engine"):
                continue
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                thing = getattr(importlib.import_module(str(node.module)), alias.name)
                if name not in seen and (inspect.isfunction(thing) or inspect.isclass(thing)):
                    seen.add(name)
                    yield name, thing


def functions() -> dict[str, Callable[..., Any]]:
    found: dict[str, Any] = dict(doors_of_the_engine())
    for room in (mixgui.engine, mixgui.models):
        found.update({f"{room.__name__}.{name}": getattr(room, name) for name in room.__all__})
    out: dict[str, Callable[..., Any]] = {}
    for name, thing in found.items():
        if inspect.isfunction(thing):
            out[name] = thing
        elif inspect.isclass(thing) and name.startswith("mixgui.engine"):
            out.update(methods(name, thing))
    return out | methods("mixgui.models.ModelFit", ModelFit)


def methods(name: str, owner: type) -> dict[str, Callable[..., Any]]:
    return {
        f"{name}.{method}": function
        for method, function in vars(owner).items()
        if not method.startswith("_") and inspect.isfunction(function)
    }


FUNCTIONS = functions()


def lacking(function: Callable[..., Any]) -> list[str]:
    """Return the sections that a docstring should have and has not."""
    text = inspect.getdoc(function) or ""
    signature = inspect.signature(function)
    wanted = []
    if set(signature.parameters) - {"self", "cls"}:
        wanted.append("Parameters")
    if signature.return_annotation not in (None, "None"):
        wanted.append("Returns")
    return [section for section in wanted if f"{section}\n{'-' * len(section)}" not in text]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_parameters_and_results_are_described(name: str) -> None:
    assert lacking(FUNCTIONS[name]) == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_is_named(name: str) -> None:
    text = inspect.getdoc(FUNCTIONS[name]) or ""
    for parameter in set(inspect.signature(FUNCTIONS[name]).parameters) - {"self", "cls"}:
        assert any(
            parameter in line.split(":")[0].replace(",", " ").split()
            for line in text.splitlines()
            if ":" in line
        ), parameter


def test_a_lack_is_seen() -> None:
    def bare(x: float) -> float:
        """Return x."""
        return x

    assert lacking(bare) == ["Parameters", "Returns"]
