"""Projects for the tests of the project file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset
from mixgui.data.read_options import ReadNote
from mixgui.data.steps import Join, Read, RenameTable
from mixgui.models.spec import ModelSpec
from mixgui.project.model_dict import SavedFit
from mixgui.project.project import ModelEntry, Project
from mixgui.project.project_file import ProjectContent, View

PUPILS = Read("/nowhere/pupils.csv", "pupils")
SCHOOLS = Read("/nowhere/schools.csv", "schools")


def frame(rows: int = 60, seed: int = 1) -> pd.DataFrame:
    """Columns of all kinds, with the values that are easily lost."""
    random = np.random.default_rng(seed)
    number = random.normal(size=rows)
    number[:5] = [np.nan, -0.0, np.inf, -np.inf, 5e-324][:rows]
    text = [None if i % 7 == 0 else f"Zoë {i}\n\t“{i}”" for i in range(rows)]
    return pd.DataFrame(
        {
            "number": number,
            "school": random.integers(1, 6, rows),
            "small": random.integers(-5, 5, rows).astype(np.int8),
            "single": random.normal(size=rows).astype(np.float32),
            "yes": random.random(rows) < 0.5,
            "maybe": pd.array([None if i % 5 == 0 else i % 2 == 0 for i in range(rows)], dtype="boolean"),
            "count": pd.array([None if i % 4 == 0 else i for i in range(rows)], dtype="Int64"),
            "text": pd.array(text, dtype="str"),
            "word": pd.array([None if i % 9 == 0 else "ab"[i % 2] for i in range(rows)], dtype="str"),
            "kind": pd.Categorical.from_codes(
                [i % 3 - 1 for i in range(rows)], ["unused", "low"], ordered=True
            ),
            "day": pd.date_range("1899-12-31", periods=rows, freq="36h", unit="s"),
            "zoned": pd.date_range("2024-03-30", periods=rows, freq="h", tz="Europe/Amsterdam"),
        }
    )


def content(rows: int = 60, seed: int = 1, **changes: Any) -> ProjectContent:
    """A project of two files, a join and two models."""
    pupils = frame(rows, seed)
    schools = pd.DataFrame({"school": range(1, 6), "size": [10.5, 20.0, np.nan, 5.0, 1.0]})
    info = {"number": VariableInfo("A number", "cm", "Über alles", value_labels=(("1", "one"),))}
    notes = (ReadNote("warning", "A cell was odd.", 3, "number"),)
    sources: Mapping[Read, Dataset] = MappingProxyType(
        {
            PUPILS: _described(Dataset.from_frame("pupils", pupils, source="pupils.csv", notes=notes), info),
            SCHOOLS: Dataset.from_frame("schools", schools, source="schools.csv"),
        }
    )
    steps = (
        PUPILS,
        SCHOOLS,
        Join("pupils", "schools", (("school", "school"),), "joined"),
        RenameTable("joined", "all"),
    )
    models = (
        ModelEntry("m1", "A", ModelSpec.from_text("number ~ single + (1 | school)", table="all")),
        ModelEntry(
            "m4", "B + IQ", ModelSpec.from_text("log(number) ~ I(small^2) * kind", reml=False, table="all")
        ),
    )
    given: dict[str, Any] = {
        "project": Project(steps, models),
        "sources": sources,
        "fits": MappingProxyType({"m1": SavedFit((0.1 + 0.2, 1e-17), 1234.5678901234567)}),
        "view": View("all", "m1", "model", "school", "3"),
    }
    return ProjectContent(**{**given, **changes})


def _described(data: Dataset, info: Mapping[str, VariableInfo]) -> Dataset:
    variables = tuple(one.with_info(info[one.name]) if one.name in info else one for one in data.variables)
    return Dataset(data.name, data.frame, variables, data.source, data.notes)


def same_bits(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Whether two frames agree in names, types and every bit of every cell."""
    if list(left.columns) != list(right.columns) or len(left) != len(right):
        return False
    return all(_same(left[name], right[name]) for name in left.columns)


def _same(left: pd.Series, right: pd.Series) -> bool:
    if str(left.dtype) != str(right.dtype):
        return False
    if isinstance(left.dtype, np.dtype) and left.dtype != object:
        return left.to_numpy().tobytes() == right.to_numpy().tobytes()
    if isinstance(left.dtype, pd.CategoricalDtype):
        same = _same(pd.Series(left.dtype.categories), pd.Series(right.dtype.categories))
        ordered = left.dtype.ordered == right.dtype.ordered
        return same and ordered and left.cat.codes.tolist() == right.cat.codes.tolist()
    if not (left.isna() == right.isna()).all():
        return False
    cells = zip(left[left.notna()], right[right.notna()], strict=True)
    return all(type(a) is type(b) and a == b for a, b in cells)


def same_content(left: ProjectContent, right: ProjectContent) -> bool:
    """Whether two contents agree in all that a file keeps."""
    if left.project != right.project or dict(left.fits) != dict(right.fits) or left.view != right.view:
        return False
    if list(left.sources) != list(right.sources):
        return False
    return all(_same_data(left.sources[step], right.sources[step]) for step in left.sources)


def _same_data(left: Dataset, right: Dataset) -> bool:
    words = (left.name, left.source, left.notes, left.variables)
    return words == (right.name, right.source, right.notes, right.variables) and same_bits(
        left.frame, right.frame
    )


def write_csv(path: Path, rows: int) -> None:
    """Write a small text file with a group."""
    lines = ["g,x,y", *(f"{i % 7},{i},{(i * 7) % 11 + i % 7}" for i in range(rows))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
