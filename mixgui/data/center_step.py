"""Centre and scale columns."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mixgui.data.center_code import center_code
from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset
from mixgui.data.groups import Groups, reduce
from mixgui.data.read_options import ReadNote
from mixgui.data.step_base import (
    InPlaceStep,
    StepCode,
    Tables,
    need_columns,
    need_name,
    note,
    plain_list,
    repeated,
    rows_text,
    with_columns,
)
from mixgui.errors import StepError
from mixgui.formatting import format_number
from mixgui.observer import Observer, Progress

CenterMethod = Literal["grand_mean", "group_mean", "value"]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Center(InPlaceStep):
    """Subtract a mean or a value from columns.

    Means are taken over the rows of the table as it is, missing values left out: a group counts as often as it has
    rows. To centre a group-level variable at the mean of the groups, centre it in a table of the groups.

    Parameters
    ----------
    table : str
    columns : tuple of str
    method : str
        "grand_mean" (mean of all rows), "group_mean" (mean of the row's group: what is left is the deviation within
        groups) or "value".
    group : str
        Column of the groups, for "group_mean". A row without a group gets a missing value.
    value : float
        For "value".
    scale : bool
        Whether the result is divided by the standard deviation (n - 1) of the column over all rows.
    suffix : str
        Appended to the name of a new column; "" replaces the column.
    keep_mean : bool
        Whether the group means are kept as a group-level column "..._mean" ("group_mean" only).
    """

    table: str
    columns: tuple[str, ...]
    method: CenterMethod = "grand_mean"
    group: str = ""
    value: float = 0.0
    scale: bool = False
    suffix: str = "_c"
    keep_mean: bool = False

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Add the centred columns (and the group means)."""
        need_columns(dataset, self.columns, "to centre")
        groups = self._groups(dataset)
        new: dict[str, pd.Series] = {}
        infos: dict[str, VariableInfo] = {}
        notes: list[ReadNote] = []
        self._check_names(dataset)
        for i, name in enumerate(self.columns):
            observer(Progress(f"Centring {name}", i / len(self.columns)))
            x = _numbers(dataset, name)
            middle, said = self._middle(x, groups, name)
            notes += said
            centred = x - middle
            if self.scale:
                centred = centred / _spread(x, name)
            if self.keeps_means:
                new[f"{name}_mean"] = pd.Series(middle, index=dataset.frame.index)
                infos[f"{name}_mean"] = self._mean_info(dataset, name)
            made = name + self.suffix
            new[made] = pd.Series(centred, index=dataset.frame.index)
            infos[made] = self._info(dataset, name)
            if made in dataset.names:
                notes.append(note(f"The column “{made}” existed already and is replaced.", "warning", made))
        return with_columns(dataset, new, observer, infos), notes

    @property
    def keeps_means(self) -> bool:
        """Whether group means become columns."""
        return self.keep_mean and self.method == "group_mean"

    def _groups(self, dataset: Dataset) -> Groups:
        if self.method == "value" and not isfinite(self.value):
            raise StepError("The value to centre at is no number.", "Type a number.")
        if self.method != "group_mean":
            return Groups.of(dataset.frame, ())
        if not self.group:
            raise StepError("No group was chosen for the group means.", "Choose the column of the groups.")
        need_columns(dataset, [self.group])
        if self.group in self.columns:
            raise StepError(f"“{self.group}” is the group and cannot be centred.", "Choose another column.")
        return Groups.of(dataset.frame, [self.group])

    def _check_names(self, dataset: Dataset) -> None:
        made = [name + self.suffix for name in self.columns]
        means = [f"{name}_mean" for name in self.columns] if self.keeps_means else []
        for name in [*made, *means]:
            need_name(name)
        twice = repeated([*made, *means])
        if twice:
            raise StepError(f"There would be two columns named “{twice[0]}”.", "Choose another ending.")
        taken = [name for name in means if name in dataset.names]
        if taken:
            raise StepError(
                f"There is already a column “{taken[0]}”.", "Rename it, or do not keep the means."
            )

    def _middle(self, x: FloatArray, groups: Groups, name: str) -> tuple[FloatArray, list[ReadNote]]:
        """Return what is subtracted in each row, and what has to be said about it."""
        missing = int(np.isnan(x).sum())
        said = (
            [note(f"“{name}”: {missing:,} missing values stay missing and count in no mean.")]
            if missing
            else []
        )
        if self.method == "value":
            return np.full(len(x), self.value), said
        means = reduce(x, groups, "mean")
        if self.method == "grand_mean":
            if len(means) and not np.isnan(means[0]):
                said.insert(0, note(f"“{name}”: the mean {format_number(float(means[0]))} was subtracted."))
            return groups.spread(means), said
        lone = int((groups.codes < 0).sum())
        if lone:
            said.append(
                note(
                    f"{rows_text(lone)} without “{self.group}” {'gets' if lone == 1 else 'get'} a missing value."
                )
            )
        within = (
            x[(groups.codes >= 0) & ~np.isnan(x)] - groups.spread(means)[(groups.codes >= 0) & ~np.isnan(x)]
        )
        if within.size and np.abs(within).max() <= 1e-12 * max(float(np.nanmax(np.abs(x))), 1e-300):
            said.append(
                note(
                    f"“{name}” does not vary within “{self.group}”: all of its deviations are 0.",
                    "warning",
                    name,
                )
            )
        return groups.spread(means), said

    def _info(self, dataset: Dataset, name: str) -> VariableInfo:
        old = dataset.variable(name)
        at = {
            "grand_mean": "at the mean",
            "group_mean": f"at the mean of {self.group}",
            "value": f"at {format_number(self.value)}",
        }[self.method]
        label = f"{old.label}, centred {at}" if old.label else ""
        return VariableInfo(label, "SD" if self.scale else old.unit)

    def _mean_info(self, dataset: Dataset, name: str) -> VariableInfo:
        old = dataset.variable(name)
        return VariableInfo(f"{old.label}, mean of {self.group}" if old.label else "", old.unit)

    def describe(self) -> str:
        """Return "Centre ses at the mean of school in pupils"."""
        at = {
            "grand_mean": "at the mean",
            "group_mean": f"at the mean of {self.group}",
            "value": f"at {format_number(self.value)}",
        }[self.method]
        verb = "Centre and scale" if self.scale else "Centre"
        return f"{verb} {plain_list(self.columns)} {at} in {self.table}"

    def code(self) -> StepCode:
        """Return a mutate()."""
        return center_code(self)


def _numbers(dataset: Dataset, name: str) -> FloatArray:
    kind = dataset.variable(name).kind
    if kind not in ("number", "integer", "boolean"):
        raise StepError(
            f"“{name}” does not hold numbers and cannot be centred.",
            "Set its type to number, or choose another.",
        )
    return dataset.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _spread(x: FloatArray, name: str) -> float:
    sd = float(reduce(x, Groups(np.zeros(len(x), dtype=np.intp), 1), "sd")[0]) if len(x) else float("nan")
    if not isfinite(sd) or sd <= 4 * np.finfo(float).eps * float(np.nanmax(np.abs(x), initial=0.0)):
        raise StepError(
            f"“{name}” does not vary, so that there is no standard deviation to divide by.",
            "Centre without scaling.",
        )
    return sd
