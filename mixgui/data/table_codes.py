"""A table as numbers that stand for its values: each column is looked through once, whatever is checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.dataset import Dataset
from mixgui.data.long_columns import factorize
from mixgui.data.values import spell
from mixgui.observer import Observer, Progress, silent

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Rows that are tried before all of them: what does not identify these identifies nothing.
_TRIED = 10_000


class TableCodes:
    """The values of a table's columns as numbers 0, 1, 2 ... (-1 where missing), made when they are asked for.

    Parameters
    ----------
    dataset : Dataset
    observer : Observer, optional
        Asked before each column, so that a check can be cancelled.
    """

    def __init__(self, dataset: Dataset, observer: Observer = silent) -> None:
        self.dataset = dataset
        self._observer = observer
        self._codes: dict[str, IntArray] = {}
        self._values: dict[str, pd.Index | npt.NDArray[np.generic]] = {}

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return self.dataset.n_rows

    def codes(self, name: str) -> IntArray:
        """Return the number of each row's value, (n,)."""
        if name not in self._codes:
            self._observer(Progress(f"Looking at {name}"))
            codes, values = factorize(self.dataset.frame[name])
            self._codes[name], self._values[name] = codes.astype(np.int64, copy=False), values
        return self._codes[name]

    def n_levels(self, name: str) -> int:
        """Return how many different values a column has."""
        self.codes(name)
        return len(self._values[name])

    def values(self, name: str) -> list[object]:
        """Return the different values of a column, in the order of their numbers."""
        self.codes(name)
        return list(self._values[name].tolist())

    def texts(self, name: str, codes: Sequence[int] | npt.NDArray[np.integer]) -> list[str]:
        """Return values as texts."""
        self.codes(name)
        values = self._values[name]
        return ["" if code < 0 else spell(values[code]) for code in codes]

    def together(self, names: Sequence[str]) -> IntArray:
        """Return a number for each combination of values, -1 where one of them is missing."""
        out = self.codes(names[0])
        for name in names[1:]:
            more, n = self.codes(name), max(self.n_levels(name), 1)
            pairs = np.where((out < 0) | (more < 0), -1, out * n + more)
            codes, _ = pd.factorize(pairs)
            # The number of the missing combination becomes -1 again.
            missing = pairs < 0
            out = codes.astype(np.int64, copy=False)
            if missing.any():
                out = out.copy()
                out[missing] = -1
        return out

    def identify(self, names: Sequence[str]) -> bool:
        """Whether the values of these columns are different in every row, and never missing."""
        n = self.n_rows
        possible = 1
        for name in names:
            possible *= self.n_levels(name)
        if possible < n or any(self.dataset.variable(name).n_missing for name in names):
            return False
        for rows in (slice(0, _TRIED), slice(None)):
            pairs = self.codes(names[0])[rows]
            for name in names[1:]:
                if len(pairs) and pairs.max() > 2**62 // max(self.n_levels(name), 1):
                    pairs = pd.factorize(pairs)[0].astype(np.int64)
                pairs = pairs * max(self.n_levels(name), 1) + self.codes(name)[rows]
            if pd.Series(pairs).duplicated().any():
                return False
        return True

    def rows(self, chosen: npt.NDArray[np.integer], columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return some rows with their numbers, counted from 1, in front."""
        frame = self.dataset.frame.iloc[chosen]
        if columns is not None:
            frame = frame[list(columns)]
        name = "row"
        while name in frame.columns:
            name += "_"
        out = frame.reset_index(drop=True)
        out.insert(0, name, np.asarray(chosen) + 1)
        return out


def constant_in(values: IntArray, groups: IntArray, n_groups: int) -> tuple[BoolArray, IntArray]:
    """Tell in which groups a column has more than one value.

    Returns
    -------
    varies : bool array (n_groups,)
    known : int array (n_groups,)
        Rows of each group with a value.
    """
    present = (values >= 0) & (groups >= 0)
    v, g = values[present], groups[present]
    one = np.zeros(n_groups, dtype=np.int64)
    one[g] = v
    different = one[g] != v
    varies = np.zeros(n_groups, dtype=bool)
    varies[g[different]] = True
    return varies, np.bincount(g, minlength=n_groups)
