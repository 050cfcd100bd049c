"""Steps done again after one of them was changed, put in or taken out: what still holds, and what does not.

Names follow: when a step gives its table, or a column, another name, the later steps and the models that speak of it
speak of it by the new name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from mixgui.errors import MixguiError, StepError
from mixgui.observer import Observer
from mixgui.project.project import Project, Step

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset
    from mixgui.data.pipeline import Pipeline

# Fields of steps that hold names of tables.
_TABLE_FIELDS = ("table", "left", "right", "lookup")


@dataclass(frozen=True)
class Edit:
    """A change of the tuple of steps.

    Parameters
    ----------
    index : int
        Place of the step, from 0.
    old : Step or None
        The step that goes; None when one is put in.
    new : Step or None
        The step that comes; None when one is taken out.
    drop_broken : bool
        Whether later steps that cannot be done any more are left out; else the change is refused.
    """

    index: int
    old: Step | None
    new: Step | None
    drop_broken: bool = False


@dataclass(frozen=True)
class Replayed:
    """What came of a change.

    Parameters
    ----------
    steps : tuple of Step
        The new steps.
    tables : mapping of str to Dataset
    sources : mapping of Read to Dataset
        What the steps read; only of those that are there.
    dropped : tuple of str
        A sentence for each step that was left out.
    stranded : tuple of str
        Names of the models whose table is gone.
    follow : callable
        Project -> the project with models that speak of tables and columns by their new names.
    """

    steps: tuple[Step, ...]
    tables: Mapping[str, Dataset]
    sources: Mapping[Any, Dataset]
    follow: Callable[[Project], Project]
    dropped: tuple[str, ...] = ()
    stranded: tuple[str, ...] = ()


def replay(
    project: Project,
    edit: Edit,
    sources: Mapping[Any, Dataset],
    pipeline: Pipeline,
    observer: Observer,
    before: Mapping[str, Dataset],
) -> Replayed:
    """Do the steps of a project again with one of them changed.

    Parameters
    ----------
    project : Project
    edit : Edit
    sources : mapping of Read to Dataset
        What was read: files are not looked at again, except by a new `Read`.
    pipeline : Pipeline
        Remembers what the steps before the change made.
    observer : Observer
    before : mapping of str to Dataset
        The tables as they are.

    Raises
    ------
    StepError
        When the steps are not what they were when the change was asked for, when a step cannot be done (which one,
        and why), or when the table of a model would be gone.
    """
    steps: tuple[Any, ...] = project.steps
    there = steps[edit.index : edit.index + 1]
    if not 0 <= edit.index <= len(steps) or (edit.old is not None and there != (edit.old,)):
        raise StepError("The steps have changed meanwhile.", "Try again.")
    first = [edit.new] if edit.new is not None else []
    later = list(steps[edit.index + (edit.old is not None) :])
    moved = renamed_table(edit)
    if moved is not None:
        later = follow(later, *moved)
    read = dict(sources)
    kept: list[Any] = [*steps[: edit.index], *first]
    pipeline.run(kept, observer, read)
    # A step is told by the number that it has in the list that the user sees, also if the one before it goes.
    tables, dropped = _go_on(kept, later, edit.index + 2, edit.drop_broken, read, pipeline, observer)

    def follow_names(one: Project) -> Project:
        if moved is not None and moved[0] not in tables and moved[1] in tables:
            one = one.with_table_renamed(*moved)
        return following_columns(one, edit, tables)

    changed = follow_names(project)
    stranded = tuple(
        entry.name
        for entry in changed.models
        if entry.spec.table not in tables and _had(entry, project, before)
    )
    if stranded and not edit.drop_broken:
        names = ", ".join(f"“{name}”" for name in stranded)
        raise StepError(
            f"The table of {'these models' if len(stranded) > 1 else 'this model'} would be gone: {names}.",
            "Let them use another table, or remove them first.",
        )
    mine = {step: read[step] for step in kept if step in read}
    return Replayed(tuple(kept), tables, mine, follow_names, tuple(dropped), stranded)


def _had(entry: Any, project: Project, before: Mapping[str, Dataset]) -> bool:
    """Whether the model had its table before the change."""
    return any(one.id == entry.id and one.spec.table in before for one in project.models)


def _go_on(
    kept: list[Any],
    later: Sequence[Any],
    number: int,
    drop_broken: bool,
    sources: dict[Any, Dataset],
    pipeline: Pipeline,
    observer: Observer,
) -> tuple[Mapping[str, Dataset], list[str]]:
    """Do the later steps, of which the first has this number; `kept` grows by those that could be done."""
    dropped = []
    tables = pipeline.run(kept, observer, sources)
    for at, step in enumerate(later, start=number):
        try:
            tables = pipeline.run((*kept, step), observer, sources)
        except MixguiError as error:
            reason = error.__cause__ if isinstance(error.__cause__, MixguiError) else error
            if not drop_broken:
                text = f"Step {at} (“{step.describe()}”) cannot be done: {reason.message}"
                raise StepError(text, reason.hint) from error
            dropped.append(f"The step “{step.describe()}” was left out: {reason.message}")
            continue
        kept.append(step)
    return tables, dropped


def renamed_table(edit: Edit) -> tuple[str, str] | None:
    """Return the old and the new name of the table that the changed step makes, if they differ."""
    if edit.old is None:
        return None
    old = edit.old.output
    if edit.new is not None:
        new = edit.new.output
        makes = old != getattr(edit.old, "table", None) and new != getattr(edit.new, "table", None)
        return (old, new) if makes and old != new else None
    source = getattr(edit.old, "table", None)
    is_rename = source is not None and getattr(edit.old, "name", None) == old and source != old
    return (old, str(source)) if is_rename else None


def follow(steps: Sequence[Step], old: str, new: str) -> list[Step]:
    """Return steps that speak of a table by its new name, until another table takes the old one."""
    followed: list[Step] = []
    for i, step in enumerate(steps):
        followed.append(_speaking_of(step, old, new))
        if (
            step.output == old and getattr(step, "table", None) != old
        ):  # a new table of this name, or it is gone
            return [*followed, *steps[i + 1 :]]
        if getattr(step, "table", None) == old and getattr(step, "name", None) == step.output:
            return [*followed, *steps[i + 1 :]]  # the table got another name here anyway
    return followed


def _speaking_of(step: Step, old: str, new: str) -> Step:
    if not is_dataclass(step) or isinstance(step, type):
        return step
    changes: dict[str, Any] = {}
    for one in fields(step):
        value = getattr(step, one.name)
        if one.name in _TABLE_FIELDS and value == old:
            changes[one.name] = new
        elif one.name == "inputs" and isinstance(value, tuple) and old in value:
            changes[one.name] = tuple(new if name == old else name for name in value)
    return replace(step, **changes) if changes else step


# Models ----------------------------------------------------------------------------------------------


def following_columns(project: Project, edit: Edit, tables: Mapping[str, Dataset]) -> Project:
    """Return the project with models that follow the new names of columns that a change of the steps gives."""
    for table, names in _column_names(edit).items():
        project = with_columns_renamed(project, table, names, tables)
    return project


def _column_names(edit: Edit) -> dict[str, dict[str, str]]:
    """Return what columns of a table are called now, by what they were called: table -> old -> new."""
    old = dict(getattr(edit.old, "names", ())) if _renames_columns(edit.old) else {}
    new = dict(getattr(edit.new, "names", ())) if _renames_columns(edit.new) else {}
    if not old and not new:
        return {}
    table = str(getattr(edit.new if new else edit.old, "table", ""))
    if old and new and getattr(edit.old, "table", "") != table:
        return {}
    names = {old.get(name, name): new.get(name, name) for name in {**old, **new}}
    return {table: {before: after for before, after in names.items() if before != after}}


def _renames_columns(step: Step | None) -> bool:
    return step is not None and type(step).__name__ == "RenameColumns"


def with_columns_renamed(
    project: Project, table: str, names: Mapping[str, str], tables: Mapping[str, Dataset]
) -> Project:
    """Return the project with the formulas of a table's models speaking of columns by their new names.

    A name that the table does not have, or that it still has under the old one, is left as it is.
    """
    if table not in tables:
        return project
    there = set(tables[table].names)
    known = {
        old: new for old, new in names.items() if new in there and (old not in there or old in names.values())
    }
    if not known:
        return project
    for entry in project.models_of(table):
        spec = entry.spec
        formula, weights = spec.formula.rename(known), known.get(spec.weights, spec.weights)
        if (formula, weights) != (spec.formula, spec.weights):
            project = project.replace_model(
                replace(entry, spec=replace(spec, formula=formula, weights=weights))
            )
    return project
