"""The project as a value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass

import pytest

from mixgui.errors import MixguiError
from mixgui.project.project import ModelEntry, Project, free_name


@dataclass(frozen=True)
class Spec:
    formula: str
    table: str


def entry(number: int, name: str, table: str = "t") -> ModelEntry:
    return ModelEntry(f"m{number}", name, Spec("y ~ 1", table))  # type: ignore[arg-type]


def test_every_change_is_another_project() -> None:
    empty = Project()
    one = empty.with_model(entry(1, "A"))
    assert empty.models == ()
    assert one.replace_model(entry(1, "B")).model("m1").name == "B"
    assert one.model("m1").name == "A"
    assert one.without_model("m1") == empty
    with pytest.raises(FrozenInstanceError):
        one.models = ()  # type: ignore[misc]


def test_the_order_of_the_models_is_kept() -> None:
    project = Project().with_model(entry(1, "A")).with_model(entry(2, "B")).with_model(entry(3, "C"))
    changed = project.replace_model(entry(2, "X"))
    assert [one.name for one in changed.models] == ["A", "X", "C"]


@pytest.mark.parametrize("verb", ["model", "without_model"])
def test_an_unknown_model_is_a_sentence(verb: str) -> None:
    with pytest.raises(MixguiError, match="no longer part of the project"):
        getattr(Project(), verb)("m1")


def test_models_follow_a_renamed_table() -> None:
    project = Project().with_model(entry(1, "A", "old")).with_model(entry(2, "B", "other"))
    renamed = project.with_table_renamed("old", "new")
    assert [one.spec.table for one in renamed.models] == ["new", "other"]
    assert renamed.models_of("new") == (renamed.model("m1"),)
    assert renamed.models[1] is project.models[1]


def test_free_names() -> None:
    project = Project()
    names = []
    for number in range(60):
        names.append(project.free_model_name())
        project = project.with_model(entry(number, names[-1]))
    assert names[:2] == ["A", "B"]
    assert names[26:28] == ["A2", "B2"]
    assert len(set(names)) == 60
    assert project.free_model_name("A") == "A 2"
    assert free_name("x", {"x", "x 2"}) == "x 3"
