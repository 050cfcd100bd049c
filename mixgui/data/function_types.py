"""What a function of the expressions is, and what it may know of the rows."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mixgui.data.groups import Groups
from mixgui.data.values import Value

Memory = MutableMapping[Any, Any]


@dataclass(frozen=True)
class Context:
    """What a function may know besides its values.

    Parameters
    ----------
    text : str
        The call as it is written, for messages.
    index : pd.Index
        Of the rows.
    learnt : Callable
        `learnt(compute)` returns what `compute()` gave on the rows of the fit.
    groups : Groups, optional
        The groups within which summaries, ranks and neighbours are meant; None for all rows.
    """

    text: str
    index: pd.Index
    learnt: Callable[[Callable[[], Any]], Any]
    groups: Groups | None = None

    @property
    def rows(self) -> Groups:
        """The groups, or all rows as one group."""
        return Groups.of(pd.DataFrame(index=self.index), ()) if self.groups is None else self.groups


@dataclass(frozen=True)
class Function:
    """One allowed function.

    Parameters
    ----------
    parameters : tuple of str
        R's names of the values, in order.
    required : int
        How many of them must be given.
    apply : Callable
        `apply(context, values)`; values are by name, those not given are absent.
    help : str
        What it gives, for tooltips and completion.
    many : bool
        Whether any number of unnamed values is taken, as `values["..."]`.
    steps_only : bool
        Whether it depends on the order or number of the rows, or on texts, and can stand only in a step: a model
        that leaves rows out, or predicts for others, would change its meaning.
    """

    parameters: tuple[str, ...]
    required: int
    apply: Callable[[Context, dict[str, Value]], Value]
    help: str = ""
    many: bool = False
    steps_only: bool = False
