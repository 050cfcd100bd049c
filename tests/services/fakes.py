"""Small stand-ins for steps, tables and specs, for tests of the services alone."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mixgui.errors import StepError
from mixgui.observer import Observer, Progress, silent


@dataclass(frozen=True)
class Table:
    """Comparing tables by value is an error, as it is for frames."""

    content: Any = field(default_factory=lambda: np.zeros(3))
    notes: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        raise AssertionError("tables are compared by value")

    __hash__ = object.__hash__


@dataclass(frozen=True)
class Make:
    """Make a table, from others if `needs` names them."""

    output: str
    needs: tuple[str, ...] = ()

    def apply(self, tables: Mapping[str, Any], observer: Observer = silent) -> Mapping[str, Any]:
        missing = [name for name in self.needs if name not in tables]
        if missing:
            raise StepError(f"The table “{missing[0]}” does not exist.")
        observer(Progress("making"))
        return {**tables, self.output: Table()}

    def describe(self) -> str:
        return f"Make {self.output}"


@dataclass(frozen=True)
class SlowMake(Make):
    """Make a table when the gate opens."""

    gate: threading.Event = field(default_factory=threading.Event, compare=False)
    entered: threading.Event = field(default_factory=threading.Event, compare=False)

    def apply(self, tables: Mapping[str, Any], observer: Observer = silent) -> Mapping[str, Any]:
        self.entered.set()
        while not self.gate.wait(0.002):
            observer(Progress("waiting"))
        return super().apply(tables, observer)


@dataclass(frozen=True)
class Spec:
    formula: str
    table: str = "a"
    reml: bool = True
