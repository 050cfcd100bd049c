"""What the forms ask the worker about the data: values and their counts, means; values come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mixgui.observer import Observer

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Dataset

#: Values that a form lists; a column with more is no category that anybody would recode by hand.
MOST_VALUES = 1000


@dataclass(frozen=True)
class ValueCounts:
    """The values of a column as the steps spell them.

    Parameters
    ----------
    values : tuple of (str, int)
        Value and number of rows, in the order of the values (of the levels, for a category).
    n_values : int
        How many different values there are; `values` holds at most `MOST_VALUES` of them.
    n_missing : int
    """

    values: tuple[tuple[str, int], ...] = ()
    n_values: int = 0
    n_missing: int = 0


@dataclass(frozen=True)
class Means:
    """Column -> mean and standard deviation over the rows that are not missing; number of groups."""

    columns: tuple[tuple[str, float, float], ...] = ()
    n_groups: int = 0


def counting_values(dataset: Dataset, column: str) -> Callable[[Observer], ValueCounts]:
    """Return the job that counts the values of a column."""

    def work(observer: Observer) -> ValueCounts:
        import numpy as np

        from mixgui.data.column_types import level_texts
        from mixgui.data.values import coded

        series = dataset.frame[column]
        codes, texts = coded(series)
        counts: dict[str, int] = {}
        for text, n in zip(texts, np.bincount(codes[codes >= 0], minlength=len(texts)).tolist(), strict=True):
            if n:  # levels that no row has are not offered; two codes may stand for one text
                counts[text] = counts.get(text, 0) + n
        known = [text for text in level_texts(series) if text in counts]
        pairs = tuple((text, counts[text]) for text in known[:MOST_VALUES])
        return ValueCounts(pairs, len(known), int((codes < 0).sum()))

    return work


def measuring(dataset: Dataset, columns: Sequence[str], group: str = "") -> Callable[[Observer], Means]:
    """Return the job that finds the means of columns."""

    def work(observer: Observer) -> Means:
        found = []
        for name in columns:
            values = dataset.frame[name].astype("float64")
            found.append((name, float(values.mean()), float(values.std())))
        groups = int(dataset.frame[group].nunique()) if group in dataset.names else 0
        return Means(tuple(found), groups)

    return work


def likely_group(dataset: Dataset) -> Callable[[Observer], str]:
    """Return the job that finds the column that most probably names groups; "" if none does."""

    def work(observer: Observer) -> str:
        from mixgui.data.declared_levels import found_groups

        return next(iter(found_groups(dataset)), "")

    return work
