"""The open project: its value, the tables that follow from it, undo and redo.

Whoever wants to change the project calls a verb of `Document`. Data verbs run in the worker and become one
undo command each when they are done; model verbs are immediate. A command holds the whole value before and
after, and the tables of both by reference: undo puts the earlier objects back, nothing is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Signal

from mixgui.errors import MixguiError, StepError
from mixgui.observer import Observer, silent
from mixgui.project.project import ModelEntry, Project, Step
from mixgui.services.reading import Doubt, OnDoubt, Plan, already_read, pasting, reading
from mixgui.services.replay import Edit, Replayed, following_columns, replay
from mixgui.services.undo_stack import UndoStack
from mixgui.services.worker import Job, Worker

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.codebook import Codebook
    from mixgui.data.dataset import Dataset
    from mixgui.data.pipeline import Pipeline
    from mixgui.models.spec import ModelSpec

_UNDO_LIMIT = 200
_ATTEMPTS = 3  # a step is applied again when the data changed while it ran, but not for ever

Tables = Mapping[str, "Dataset"]
Sources = Mapping[Any, "Dataset"]


@dataclass(frozen=True)
class State:
    """A project, the tables that its steps make, and what its `Read` steps read."""

    project: Project = field(default_factory=Project)
    tables: Tables = field(default_factory=lambda: MappingProxyType({}))
    sources: Sources = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class _Applied:
    """What a data job brings back: the state that it started from, and what became of its steps and tables."""

    base: State
    steps: tuple[Step, ...]
    tables: Tables
    sources: Sources
    shown: str  # the table that the window may want to show
    follow: Callable[[Project], Project]  # models speak of tables and columns by their new names
    notes: tuple[Any, ...] = ()
    doubt: Doubt | None = None  # nothing is different before the user has looked at it


class Document(QObject):
    """Holds the project.

    Signals
    -------
    project_changed()
        The project is another value (after any verb, undo and redo).
    tables_changed(), models_changed()
        The same, only when the tables, or the models, are others.
    table_added(str)
        A verb (not undo or redo) made this table: the window may want to show it.
    failed(MixguiError)
        A verb was refused.
    step_notes(str, object)
        Name of a table and a tuple of notes about how it was read or made.
    dirty_changed(bool)
        Whether there are changes that are not saved.
    """

    project_changed = Signal()
    tables_changed = Signal()
    models_changed = Signal()
    table_added = Signal(str)
    failed = Signal(object)
    step_notes = Signal(str, object)
    dirty_changed = Signal(bool)

    def __init__(self, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker
        self._state = State()
        self._saved: Project | None = self._state.project
        self._was_dirty = False
        self._last_model = 0
        self._jobs: list[Job] = []
        self._pipeline: Pipeline | None = None  # used by the worker's lane "data" only
        self.undo_stack: UndoStack[State] = UndoStack(self._show, _UNDO_LIMIT, self)

    @property
    def state(self) -> State:
        """The project together with its tables."""
        return self._state

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self._state.project

    @property
    def tables(self) -> Tables:
        """The tables by name, in the order in which they were made. Read-only."""
        return self._state.tables

    @property
    def dirty(self) -> bool:
        """Whether the project is another value than the one that was opened or saved last."""
        return self._saved is None or self.project != self._saved

    def mark_saved(self, project: Project | None = None) -> None:
        """Remember a value as the saved one: the present one, or the one that was written meanwhile."""
        self._saved = self.project if project is None else project
        if not self.dirty:
            self.undo_stack.seal()
        self._tell_dirty()

    def clear(self) -> None:
        """Begin an empty project; what is still running is cancelled and undo forgets everything."""
        self.load(State())

    def load(self, state: State, *, saved: bool = True) -> None:
        """Put another project in place of this one; what is still running is cancelled, undo begins anew.

        Parameters
        ----------
        state : State
        saved : bool
            Whether it is as its file has it; a project that was restored after a crash is not.
        """
        for job in self._jobs:
            job.cancel()
        self.undo_stack.clear()
        numbers = [int(one.id[1:]) for one in state.project.models if one.id[1:].isdigit()]
        self._last_model = max([self._last_model, *numbers])
        self._saved = state.project if saved else None
        self._pipeline = None  # it holds tables of the other project
        self._show(state)
        self._tell_dirty()

    def new_model_ids(self, count: int) -> tuple[str, ...]:
        """Return ids that no model of this session has had: of models that come from a file."""
        first = self._last_model + 1
        self._last_model += count
        return tuple(f"m{number}" for number in range(first, first + count))

    def _tell_dirty(self) -> None:
        if self.dirty != self._was_dirty:
            self._was_dirty = self.dirty
            self.dirty_changed.emit(self._was_dirty)

    # Data verbs: they run in the worker.

    def run_step(self, step: Step) -> Job:
        """Apply a step to the tables; the result becomes one undo command.

        Refusals arrive at `failed`.
        """

        def plan(tables: Tables, observer: Observer) -> tuple[Step, Mapping[str, Any], Iterable[Any]]:
            from mixgui.data.step_base import carry_out

            outcome = carry_out(cast(Any, step), tables, observer)
            return step, outcome.tables, outcome.notes

        return self._run(step.describe(), _adding(plan))

    def add_read(self, step: Step, table: Dataset) -> Job:
        """Do a step that reads, with what was read already: the file is not looked at again."""
        return self._run(step.describe(), _adding(already_read(step, table)))

    def replace_step(
        self, index: int, step: Step, *, drop_broken: bool = False, read: Dataset | None = None
    ) -> Job:
        """Change a step and do the later ones again; all of it becomes one undo command.

        Parameters
        ----------
        index : int
            Place of the step, from 0.
        step : Step
            What it shall be.
        drop_broken : bool, optional
            Whether later steps that cannot be done any more are left out (`step_notes` tells which). Else, and when
            the step itself cannot be done, the change is refused: `failed` tells at which step and why, and nothing
            is different.
        read : Dataset, optional
            What the step reads, if it was read already.
        """
        old = self.project.steps[index]
        text = f"Change step {index + 1} to “{step.describe()}”"
        return self._edit(text, Edit(index, old, step, drop_broken), read)

    def remove_step(self, index: int, *, drop_broken: bool = False) -> Job:
        """Take a step out and do the later ones again, as `replace_step`."""
        old = self.project.steps[index]
        return self._edit(
            f"Remove step {index + 1} (“{old.describe()}”)", Edit(index, old, None, drop_broken)
        )

    def reload_step(self, index: int) -> Job:
        """Read the file of a `Read` step again and do the later steps again, as `replace_step`."""
        old: Any = self.project.steps[index]
        again = replace(old, edition=old.edition + 1)
        return self._edit(f"Reload {Path(old.path).name}", Edit(index, old, again))

    def insert_step(self, index: int, step: Step, *, drop_broken: bool = False) -> Job:
        """Put a step before the one at `index` and do the later ones again, as `replace_step`."""
        return self._edit(step.describe(), Edit(index, None, step, drop_broken))

    def tables_before(self, index: int, observer: Observer = silent) -> Tables:
        """Return the tables before the step at `index`, for previews of a step that is edited.

        To be called in the worker's lane "data", because they may have to be computed again.

        Raises
        ------
        StepError
            When an earlier step cannot be done again.
        """
        state = self._state
        steps: tuple[Any, ...] = state.project.steps[:index]
        return self._known(state).run(steps, observer, dict(state.sources))

    def open_files(
        self,
        paths: Iterable[Path | str],
        options: Any = None,
        codebooks: Mapping[str, Codebook] | None = None,
        on_doubt: OnDoubt | None = None,
    ) -> list[Job]:
        """Read files as tables, each in a job and an undo command of its own.

        Parameters
        ----------
        paths : iterable of path
        options : ReadOptions, optional
            How to read them; without it every file's own format is found out.
        codebooks : mapping of str to Codebook, optional
            Name of a file without its ending -> what is said of its columns.
        on_doubt : callable, optional
            Takes an `ImportSource` and a `Verdict` to ask the user, when a guess may be wrong or cells would be
            lost: nothing is opened then. Without it, the guess is taken.
        """
        books = codebooks or {}
        return [
            self._run(
                f"Open {path.name}", _adding(reading(path, options, books.get(path.stem, ()), on_doubt))
            )
            for path in map(Path, paths)
        ]

    def paste(self, plain: str, html: str = "", on_doubt: OnDoubt | None = None) -> Job:
        """Take a table from the text, and the web page, of the clipboard; see `open_files`."""
        return self._run("Paste as table", _adding(pasting(plain, html, on_doubt)))

    def rename_table(self, old: str, new: str) -> Job | None:
        """Give a table another name; its models follow. None if the name is refused."""
        from mixgui.data.steps import RenameTable

        new = new.strip()
        if new == old:
            return None
        if not new:
            self._refuse("A table needs a name.", f"Type a name for the table “{old}”.")
        elif new in self.tables:
            self._refuse(f"There is already a table named “{new}”.", "Choose another name.")
        else:
            return self.run_step(RenameTable(table=old, name=new))
        return None

    def remove_table(self, name: str) -> Job | None:
        """Remove a table. None if it is refused because models are fitted to it."""
        from mixgui.data.steps import RemoveTable

        users = ", ".join(f"“{entry.name}”" for entry in self.project.models_of(name))
        if users:
            self._refuse(
                f"The table “{name}” is used by these models: {users}.",
                "Remove them or let them use another table first.",
            )
            return None
        return self.run_step(RemoveTable(table=name))

    # Model verbs: they are immediate.

    def add_model(self, spec: ModelSpec, name: str = "") -> str:
        """Add a model and return its id; without a name it gets the next letter."""
        self._last_model += 1
        entry = ModelEntry(f"m{self._last_model}", self.project.free_model_name(name.strip()), spec)
        self._push(f"Add model {entry.name}", self.project.with_model(entry))
        return entry.id

    def duplicate_model(self, model_id: str) -> str:
        """Add a copy of a model and return its id."""
        return self.add_model(self.project.model(model_id).spec)

    def update_model(self, model_id: str, spec: ModelSpec, *, text: str = "", merge_key: str = "") -> None:
        """Change what a model is.

        Parameters
        ----------
        model_id : str
        spec : ModelSpec
        text : str, optional
            For the undo menu ("Add verbal_iq to model B").
        merge_key : str, optional
            Consecutive changes with the same key (the keystrokes of one edit) are undone together.
        """
        entry = self.project.model(model_id)
        if entry.spec == spec:
            return
        changed = self.project.replace_model(replace(entry, spec=spec))
        self._push(text or f"Change model {entry.name}", changed, merge_key=merge_key)

    def rename_model(self, model_id: str, name: str) -> bool:
        """Give a model another name; False if the name is refused."""
        entry, name = self.project.model(model_id), name.strip()
        if name == entry.name:
            return True
        if not name or any(one.name == name for one in self.project.models):
            reason = f"There is already a model named “{name}”." if name else "A model needs a name."
            self._refuse(reason, "Choose another name.")
            return False
        self._push(
            f"Rename model {entry.name} to {name}", self.project.replace_model(replace(entry, name=name))
        )
        return True

    def remove_model(self, model_id: str) -> None:
        """Remove a model."""
        entry = self.project.model(model_id)
        self._push(f"Remove model {entry.name}", self.project.without_model(model_id))

    # How it works.

    def _run(self, text: str, plan: _Plan, attempt: int = 1) -> Job:
        """Apply `plan` in the worker to the tables as they are when its turn has come."""

        def work(observer: Observer) -> _Applied:
            base = self._state  # one reference to a frozen value: safe to read from the worker's thread
            applied = plan(base, observer)
            project = replace(base.project, steps=applied.steps)
            self._known(State(project, applied.tables, applied.sources))
            return applied

        def done(applied: _Applied) -> None:
            if applied.doubt is not None:
                applied.doubt.ask(applied.doubt.source, applied.doubt.found)
            elif applied.base.project.steps == self.project.steps:
                self._accept(text, applied)
            elif (
                attempt < _ATTEMPTS
            ):  # undone or redone meanwhile: what was made does not belong to these data
                self._run(text, plan, attempt + 1)
            else:
                self.failed.emit(StepError(f"“{text}” was not done: the data kept changing.", "Try again."))

        self._jobs = [job for job in self._jobs if not job.state.final]
        job = self._worker.run(
            work, lane="data", description=text, owner=self, on_done=done, on_failed=self.failed.emit
        )
        self._jobs.append(job)
        return job

    def _accept(self, text: str, applied: _Applied) -> None:
        """Make the result of a step the present state."""
        project = applied.follow(replace(self.project, steps=applied.steps))
        self._push(text, project, applied.tables, applied.sources)
        if applied.shown in applied.tables:
            self.table_added.emit(applied.shown)
        if applied.notes:
            self.step_notes.emit(applied.shown, applied.notes)

    def _edit(self, text: str, edit: Edit, read: Dataset | None = None) -> Job:
        """Replay the steps with one of them changed."""

        def plan(base: State, observer: Observer) -> _Applied:
            change = replace(edit, new=_new_edition(edit, base))
            sources = dict(base.sources)
            if read is not None and hasattr(change.new, "edition"):  # pasted text is kept by its step
                sources[change.new] = read
            done = replay(base.project, change, sources, self._known(base), observer, base.tables)
            shown = "" if change.new is None else change.new.output
            return _Applied(
                base,
                done.steps,
                done.tables,
                MappingProxyType(dict(done.sources)),
                shown,
                done.follow,
                _told(done),
            )

        return self._run(text, plan)

    def _known(self, state: State) -> Pipeline:
        """Return what remembers the tables of earlier steps, and let it remember these (in the worker)."""
        if self._pipeline is None:
            from mixgui.data.pipeline import Pipeline

            self._pipeline = Pipeline()
        steps: tuple[Any, ...] = state.project.steps
        self._pipeline.put(steps, state.tables, dict(state.sources))
        return self._pipeline

    def _push(
        self,
        text: str,
        project: Project,
        tables: Tables | None = None,
        sources: Sources | None = None,
        *,
        merge_key: str = "",
    ) -> None:
        now = self._state
        after = State(
            project, now.tables if tables is None else tables, now.sources if sources is None else sources
        )
        self.undo_stack.push(text, now, after, merge_key)

    def _show(self, state: State) -> None:
        """Put a state in place and tell what is different."""
        before, self._state = self._state, state
        if not _same_tables(state.tables, before.tables):
            self.tables_changed.emit()
        if state.project.models != before.project.models:
            self.models_changed.emit()
        if state.project != before.project:
            self.project_changed.emit()
            self._tell_dirty()

    def _refuse(self, message: str, hint: str) -> None:
        """Tell why a verb was not done."""
        self.failed.emit(MixguiError(message, hint))


def _same_tables(left: Tables, right: Tables) -> bool:
    """Whether both hold the very same tables in the same order; the tables' values are never compared."""
    return list(left) == list(right) and all(left[name] is right[name] for name in left)


_Plan = Callable[[State, Observer], _Applied]


def _adding(plan: Plan) -> _Plan:
    """Return the plan of doing a step after all others."""

    def work(base: State, observer: Observer) -> _Applied:
        found = plan(base.tables, observer)
        if isinstance(found, Doubt):
            return _Applied(
                base, base.project.steps, base.tables, base.sources, "", lambda project: project, doubt=found
            )
        step, tables, notes = found
        step, sources = _with_source(step, tables, base)
        made = MappingProxyType(dict(tables))
        gone = sorted(set(base.tables) - set(made))

        def follow(project: Project) -> Project:
            if len(gone) == 1 and step.output in made and step.output not in base.tables:
                project = project.with_table_renamed(gone[0], step.output)
            return following_columns(project, Edit(0, None, step), made)

        steps = (*base.project.steps, step)
        return _Applied(base, steps, made, sources, step.output, follow, tuple(notes))

    return work


def _told(done: Replayed) -> tuple[Any, ...]:
    """Return notes about steps that were left out and models that lost their table."""
    from mixgui.data.read_options import ReadNote

    notes = [ReadNote("warning", sentence) for sentence in done.dropped]
    if done.stranded:
        names = ", ".join(f"“{name}”" for name in done.stranded)
        notes.append(
            ReadNote("warning", f"The table of these models is gone: {names}. Choose another for them.")
        )
    return tuple(notes)


def _new_edition(edit: Edit, base: State) -> Step | None:
    """Return the new step; one that reads a file as another step does is another edition of it."""
    if edit.new is None or not hasattr(edit.new, "edition") or edit.new == edit.old:
        return edit.new
    return _edition(edit.new, base.project.steps)


def _with_source(step: Step, tables: Mapping[str, Any], base: State) -> tuple[Step, Sources]:
    """Return a step that was done, and the sources with what it read if it read a file.

    The same file read again is another edition of the step, so that both keep their own data.
    """
    from mixgui.data.steps import Read

    if not isinstance(step, Read):
        return step, base.sources
    step = _edition(step, base.project.steps)
    return step, MappingProxyType({**base.sources, step: tables[step.output]})


def _edition(step: Any, others: Iterable[Any]) -> Any:
    """Return a `Read` step that differs from others that read the same file in the same way."""
    plain = replace(step, edition=0)
    editions = [one.edition for one in others if type(one) is type(step) and replace(one, edition=0) == plain]
    return replace(step, edition=max(editions, default=-1) + 1)
