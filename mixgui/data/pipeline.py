"""Run the steps of a project; what was computed for the same first steps is not computed again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mixgui.data.dataset import Dataset
from mixgui.data.steps import Step
from mixgui.errors import MixguiError, StepError
from mixgui.observer import Observer, Progress, silent

Prefix = tuple[Step, ...]
Tables = Mapping[str, Dataset]

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
        self._results: OrderedDict[Prefix, Tables] = OrderedDict()
        self._most = most_prefixes

    def run(self, steps: Sequence[Step], observer: Observer = silent) -> Tables:
        """Return the tables after the steps.

        The file of a `Read` step is not looked at again while its result is remembered; `forget` is
        for files that changed.

        Raises
        ------
        StepError
            When a step cannot be done: which one, and why.
        """
        prefix = tuple(steps)
        done = self._longest_known(prefix)
        tables = self._results[prefix[:done]] if done else MappingProxyType({})
        for i in range(done, len(prefix)):
            observer(Progress(prefix[i].describe(), i / len(prefix)))
            tables = self._apply(prefix, i, tables, observer)
            self._remember(prefix[: i + 1], tables)
        return tables

    def forget(self) -> None:
        """Forget all results, so that the next run computes everything anew."""
        self._results.clear()

    def _longest_known(self, prefix: Prefix) -> int:
        for length in range(len(prefix), 0, -1):
            if prefix[:length] in self._results:
                self._results.move_to_end(prefix[:length])
                return length
        return 0

    def _apply(self, steps: Prefix, i: int, tables: Tables, observer: Observer) -> Tables:
        try:
            return MappingProxyType(dict(steps[i].apply(tables, observer)))
        except MixguiError as error:
            message = f"Step {i + 1} (“{steps[i].describe()}”) cannot be done: {error.message}"
            raise StepError(message, error.hint) from error

    def _remember(self, prefix: Prefix, tables: Tables) -> None:
        self._results[prefix] = tables
        while len(self._results) > self._most:
            self._results.popitem(last=False)
