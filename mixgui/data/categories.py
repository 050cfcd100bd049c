"""A column as categories: which rows belong to which, under which names, in the order in which R has the levels.

What is looked at by categories may hold anything: texts, codes with labels, whole numbers, yes and no, dates. A
category's key is its value spelt as R spells it; its name is the label that the codebook gives to the value, or
else the key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.collation import collation_key
from mixgui.data.long_columns import count_codes, factorize

IntArray = npt.NDArray[np.intp]

# So many different texts are not names that anybody reads in order: the order by code point is enough.
_MOST_COLLATED = 20_000
OTHERS = "Other"


@dataclass(frozen=True, eq=False)
class Categories:
    """Rows told apart by the values of a column.

    Parameters
    ----------
    codes : int array (n,)
        Place of each row's category; -1 where the value is missing.
    keys : tuple of str
        The values as texts, in the order of the levels.
    names : tuple of str
        What the categories are called: labels of values, each only once.
    """

    codes: IntArray
    keys: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def counts(self) -> IntArray:
        """Rows of each category, (levels,)."""
        return count_codes(self.codes, len(self.keys))

    @property
    def n_missing(self) -> int:
        """Rows without a value."""
        return int(np.count_nonzero(self.codes < 0))

    def take(self, rows: npt.NDArray[Any]) -> Categories:
        """Return the categories of some rows (positions or a mask); levels that no longer occur stay."""
        return Categories(self.codes[rows], self.keys, self.names)

    def select(self, places: Sequence[int]) -> Categories:
        """Keep these categories, in this order; rows of the others have none (-1)."""
        new = np.full(len(self.keys) + 1, -1, dtype=np.intp)
        new[list(places)] = np.arange(len(places))
        keys, names = (tuple(texts[i] for i in places) for texts in (self.keys, self.names))
        return Categories(new[self.codes], keys, names)

    def used(self) -> Categories:
        """Leave out the categories without rows."""
        return self.select(np.flatnonzero(self.counts).tolist())

    def lumped(self, most: int) -> Categories:
        """Keep at most `most` categories: the most frequent in their own order, the rest together as the last."""
        if len(self.keys) <= most:
            return self
        kept = self.most_frequent(most - 1)
        rest = len(self.keys) - len(kept)
        new = np.full(len(self.keys) + 1, len(kept), dtype=np.intp)
        new[kept] = np.arange(len(kept))
        new[-1] = -1
        together = f"{OTHERS} ({rest:,})"
        keys = (*(self.keys[i] for i in kept), "")
        return Categories(
            new[self.codes], keys, distinct_names((*(self.names[i] for i in kept), together), keys)
        )

    def most_frequent(self, most: int) -> list[int]:
        """Return the places of the `most` most frequent categories, in the order of the levels."""
        return sorted(np.argsort(-self.counts, kind="stable")[:most].tolist())


def crossed(first: Categories, second: Categories) -> Categories:
    """Tell rows apart by two variables at once: the combinations that occur, by the first, then by the second."""
    width = len(second.keys)
    codes = np.where((first.codes < 0) | (second.codes < 0), -1, first.codes * width + second.codes)
    pairs = [(i, j) for i in range(len(first.keys)) for j in range(width)]
    return Categories(
        codes,
        tuple(f"{first.keys[i]}:{second.keys[j]}" for i, j in pairs),
        tuple(f"{first.names[i]} · {second.names[j]}" for i, j in pairs),
    ).used()


def as_categories(column: pd.Series, value_labels: Sequence[tuple[str, str]] = ()) -> Categories:
    """Tell the rows of a column apart by its values.

    Parameters
    ----------
    column : pandas.Series
    value_labels : sequence of (str, str), optional
        Value as text and what it is called.

    Returns
    -------
    Categories
        The levels of a category in their declared order, those that do not occur included; numbers and dates by
        size; texts as R sorts them.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = np.asarray(column.cat.codes).astype(np.intp)
        keys = level_texts(column.cat.categories.to_numpy())
    else:
        codes, keys = _sorted_levels(column)
    labels = dict(value_labels)
    names = distinct_names(tuple(labels.get(key, key) for key in keys), keys) if labels else keys
    return Categories(codes, keys, names)


def level_texts(values: npt.NDArray[Any]) -> tuple[str, ...]:
    """Return values as R writes them as levels: TRUE, 12 for 12.0, 15 significant digits, 2024-05-01."""
    if values.dtype.kind in "iu":
        return tuple(map(str, values.tolist()))
    return tuple(map(_level_text, values.tolist() if values.dtype.kind != "M" else pd.DatetimeIndex(values)))


def _level_text(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | np.floating):
        return f"{value:.15g}"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d") if value == value.normalize() else str(value)
    return str(value)


def _sorted_levels(column: pd.Series) -> tuple[IntArray, tuple[str, ...]]:
    """Return codes and texts of the different values in order."""
    codes, uniques = factorize(column)
    values = np.asarray(uniques)
    if values.dtype.kind not in "OTUS":
        order = np.argsort(values, kind="stable")
        keys = level_texts(values[order])
    else:
        texts = level_texts(values)
        # So many texts are put in order by code point; see above.
        key = texts.__getitem__ if len(texts) > _MOST_COLLATED else lambda i: collation_key(texts[i])
        order = np.array(sorted(range(len(texts)), key=key), dtype=np.intp)
        keys = tuple(texts[i] for i in order.tolist())
    new = np.empty(len(keys) + 1, dtype=np.intp)
    new[order] = np.arange(len(keys))
    new[-1] = -1
    codes = new[codes]
    if len(set(keys)) == len(keys):
        return codes, keys
    # Values of several types may be written alike (1 and "1"): then they are one category.
    different = tuple(dict.fromkeys(keys))
    place = {key: i for i, key in enumerate(different)}
    return np.array([*(place[key] for key in keys), -1], dtype=np.intp)[codes], different


def distinct_names(names: tuple[str, ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    """Add the key to names that stand for several categories, so that a table tells them apart."""
    count = Counter(names)
    return tuple(
        f"{name} ({key})" if count[name] > 1 and key else name for name, key in zip(names, keys, strict=True)
    )
