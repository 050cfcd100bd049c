"""The document as a value: what was done to the data, and which models were asked for.

A project is never edited; every verb of the user replaces it by another one, so that undo is the earlier
value. Tables and fits are derived from it and are not part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from mixgui.errors import MixguiError

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.models.spec import ModelSpec
    from mixgui.observer import Observer


class Step(Protocol):
    """What the project needs to know of a step of the data preparation."""

    @property
    def output(self) -> str:
        """Name of the table that the step makes or changes."""
        ...

    def apply(self, tables: Mapping[str, Any], observer: Observer = ...) -> Mapping[str, Any]:
        """Return the tables after the step."""
        ...

    def describe(self) -> str:
        """Return the step as a short sentence for the history and the undo menu."""
        ...


@dataclass(frozen=True)
class ModelEntry:
    """A model of the project.

    Parameters
    ----------
    id : str
        Never changes and is never given to another model of the same session.
    name : str
        What the user calls it: "A", "B + IQ".
    spec : ModelSpec
        All that a fit depends on.
    """

    id: str
    name: str
    spec: ModelSpec


@dataclass(frozen=True)
class Project:
    """Steps of the data preparation, in order, and models.

    Parameters
    ----------
    steps : tuple of Step
    models : tuple of ModelEntry
        In the order in which the user sees them.
    """

    steps: tuple[Step, ...] = ()
    models: tuple[ModelEntry, ...] = ()

    def with_step(self, step: Step) -> Project:
        """Return the project with a step added at the end."""
        return replace(self, steps=(*self.steps, step))

    def with_model(self, entry: ModelEntry) -> Project:
        """Return the project with a model added at the end."""
        return replace(self, models=(*self.models, entry))

    def replace_model(self, entry: ModelEntry) -> Project:
        """Return the project with the model of the same id replaced."""
        self.model(entry.id)
        return replace(self, models=tuple(entry if one.id == entry.id else one for one in self.models))

    def without_model(self, model_id: str) -> Project:
        """Return the project without a model."""
        self.model(model_id)
        return replace(self, models=tuple(one for one in self.models if one.id != model_id))

    def with_table_renamed(self, old: str, new: str) -> Project:
        """Return the project with the models of the table `old` looking at the table `new`."""
        return replace(
            self,
            models=tuple(
                replace(one, spec=replace(one.spec, table=new)) if one.spec.table == old else one
                for one in self.models
            ),
        )

    def has_model(self, model_id: str) -> bool:
        """Whether a model with this id exists."""
        return any(one.id == model_id for one in self.models)

    def model(self, model_id: str) -> ModelEntry:
        """Return the model with this id.

        Raises
        ------
        MixguiError
            If the project has no such model.
        """
        for one in self.models:
            if one.id == model_id:
                return one
        raise MixguiError("This model is no longer part of the project.", "Undo brings it back.")

    def models_of(self, table: str) -> tuple[ModelEntry, ...]:
        """Return the models that are fitted to a table."""
        return tuple(one for one in self.models if one.spec.table == table)

    def free_model_name(self, wanted: str = "") -> str:
        """Return `wanted`, or the next letter, changed as little as makes it different from all others."""
        taken = {one.name for one in self.models}
        if wanted:
            return free_name(wanted, taken)
        return next(letters for letters in _letters() if letters not in taken)


def free_name(wanted: str, taken: set[str]) -> str:
    """Return `wanted` or, if it is taken, `wanted` with the first free number behind it."""
    name, number = wanted, 2
    while name in taken:
        name = f"{wanted} {number}"
        number += 1
    return name


def _letters() -> Iterator[str]:
    """Yield A, B, ..., Z, A2, B2, ..."""
    number = 1
    while True:
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            yield letter if number == 1 else f"{letter}{number}"
        number += 1
