"""Run the steps of a project; what was computed for the same first steps is not computed again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, MutableMapping, Sequence
from types import MappingProxyType

from mixgui.data.dataset import Dataset
from mixgui.data.steps import Read, Step
from mixgui.errors import MixguiError, StepError
from mixgui.observer import Observer, Progress, silent

Tables = Mapping[str, Dataset]

#: What each `Read` step read, so that a replay needs no file.
Sources = MutableMapping[Read, Dataset]

# A step with the data that stand in for its file: other data make another prefix.
_Key = tuple[tuple[Step, Dataset | None], ...]

# Tables share their columns with those that they were made from, so that a prefix costs what its last
# step added; still, a long history of large tables must not be kept for ever.
_MOST_PREFIXES = 64


class Pipeline:
    """Turns a tuple of steps into tables.

    Parameters
    ----------
    most_prefixes : int
        How many results are remembered; the least recently used one goes first.
    """

    def __init__(self, most_prefixes: int = _MOST_PREFIXES) -> None:
        self._results: OrderedDict[_Key, Tables] = OrderedDict()
        self._most = most_prefixes

    def run(
        self, steps: Sequence[Step], observer: Observer = silent, sources: Sources | None = None
    ) -> Tables:
        """Return the tables after the steps.

        Parameters
        ----------
        steps : sequence of Step
        observer : Observer, optional
        sources : mutable mapping of Read to Dataset, optional
            What `Read` steps read earlier: it is used instead of the file, which need not exist any more. What
            is read now is added.

            Without it, the file of a `Read` step is not looked at again while its result is remembered; `forget`
            is for files that changed.

        Raises
        ------
        StepError
            When a step cannot be done: which one, and why.
        """
        prefix, unread = _keyed(steps, sources)
        done = self._longest_known(prefix[:unread])
        tables = self._results[prefix[:done]] if done else MappingProxyType({})
        for i in range(done, len(prefix)):
            step, source = prefix[i]
            observer(Progress(step.describe(), i / len(prefix)))
            tables = self._apply(prefix, i, tables, observer)
            if isinstance(step, Read) and source is None and sources is not None:
                sources[step] = tables[step.output]
                prefix = (*prefix[:i], (step, sources[step]), *prefix[i + 1 :])
            self._remember(prefix[: i + 1], tables)
        return tables

    def put(self, steps: Sequence[Step], tables: Tables, sources: Sources | None = None) -> None:
        """Remember the tables after some steps that were done elsewhere."""
        key, unread = _keyed(steps, sources)
        if unread == len(key):
            self._remember(key, tables)
            self._results.move_to_end(key)

    def forget(self) -> None:
        """Forget all results, so that the next run computes everything anew."""
        self._results.clear()

    def _longest_known(self, prefix: _Key) -> int:
        for length in range(len(prefix), 0, -1):
            if prefix[:length] in self._results:
                self._results.move_to_end(prefix[:length])
                return length
        return 0

    def _apply(self, steps: _Key, i: int, tables: Tables, observer: Observer) -> Tables:
        step, source = steps[i]
        try:
            if source is not None and isinstance(step, Read):
                return MappingProxyType(dict(step.put(source, tables)))
            return MappingProxyType(dict(step.apply(tables, observer)))
        except MixguiError as error:
            message = f"Step {i + 1} (“{step.describe()}”) cannot be done: {error.message}"
            raise StepError(message, error.hint) from error

    def _remember(self, prefix: _Key, tables: Tables) -> None:
        self._results[prefix] = tables
        while len(self._results) > self._most:
            self._results.popitem(last=False)


def _keyed(steps: Sequence[Step], sources: Sources | None) -> tuple[_Key, int]:
    """Return the steps with their data, and how many come before the first that has to be read."""
    if sources is None:
        return tuple((step, None) for step in steps), len(steps)
    key = tuple((step, sources.get(step) if isinstance(step, Read) else None) for step in steps)
    unread = (i for i, (step, source) in enumerate(key) if isinstance(step, Read) and source is None)
    return key, next(unread, len(key))
