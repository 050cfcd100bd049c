"""The project file `.mixgui`: steps, models, where fits ended, and the data themselves.

The format is described in resources/help/project-format.md. The same parts, loose in a folder, are what is saved
aside while somebody works.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pandas as pd

from mixgui import __version__
from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset, Variable
from mixgui.data.pipeline import Pipeline
from mixgui.data.read_options import ReadNote
from mixgui.data.step_dict import step_from_dict, step_to_dict
from mixgui.data.steps import Read, Step
from mixgui.errors import FormulaError, ProjectFileError, StepError
from mixgui.observer import Observer, Progress, silent
from mixgui.project.atomic import write_atomically
from mixgui.project.carriers import (
    LARGEST_DESCRIPTION,
    FolderReader,
    FolderWriter,
    Part,
    PartReader,
    PartWriter,
    ZipReader,
    ZipWriter,
)
from mixgui.project.columns import decode, encode
from mixgui.project.migrations import DESCRIPTION, FORMAT, SCHEMA, damaged, migrate
from mixgui.project.model_dict import SavedFit, model_from_dict, model_to_dict
from mixgui.project.project import Project

SUFFIX = ".mixgui"

# What reading something that is not what it says can raise, in Python's and pandas' libraries.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,  # also wrong UTF-8, JSON, dates and categories
    TypeError,
    LookupError,
    AttributeError,
    EOFError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    RuntimeError,  # an encrypted ZIP file
)


@dataclass(frozen=True)
class View:
    """What was looked at: names of a table and a tab, the id of a model, a chosen group."""

    table: str = ""
    model: str = ""
    tab: str = ""
    factor: str = ""
    level: str = ""


@dataclass(frozen=True, eq=False)
class ProjectContent:
    """All that a project file holds.

    Parameters
    ----------
    project : Project
    sources : mapping of Read to Dataset
        What the `Read` steps read.
    fits : mapping of str to SavedFit
        Where fits ended, by the model's id.
    view : View
    origin : str
        Of what was saved aside: the user's file that it belongs to; empty if there is none.
    written : str
        When it was written: ISO date and time in UTC.
    program : str
        Version of the program that wrote it.
    """

    project: Project
    sources: Mapping[Read, Dataset] = field(default_factory=lambda: MappingProxyType({}))
    fits: Mapping[str, SavedFit] = field(default_factory=lambda: MappingProxyType({}))
    view: View = field(default_factory=View)
    origin: str = ""
    written: str = ""
    program: str = __version__

    def tables(self, observer: Observer = silent) -> Mapping[str, Dataset]:
        """Replay the steps from the data in the file; the original files are not looked at."""
        steps = cast("tuple[Step, ...]", self.project.steps)  # the project knows less of a step than it is
        return Pipeline().run(steps, observer, dict(self.sources))


def save_project(path: Path, content: ProjectContent, observer: Observer = silent) -> None:
    """Write a project file; at every moment the old or the new file is there.

    Raises
    ------
    ExportError
        When the file cannot be written; the old one is as it was.
    ProjectFileError
        When a column has no place in a file.
    """
    size = sum(int(data.frame.memory_usage(index=False).sum()) for data in content.sources.values())

    def write(file: Any) -> None:
        tick = _Ticker(f"Saving {path.name}", size, observer)
        with ZipWriter(file, size) as writer:
            sources = [
                source_to_dict(writer, number, step, content.sources[step], tick)
                for number, step in enumerate(content.project.steps)
                if isinstance(step, Read) and step in content.sources
            ]
            writer.finish(description(content, sources))

    write_atomically(path, write)


def load_project(path: Path, observer: Observer = silent) -> ProjectContent:
    """Read a project file.

    Raises
    ------
    ProjectFileError
        When the file is missing, empty, damaged, of something else or of a newer version: a sentence each.
    """
    try:
        if not path.stat().st_size:
            raise ProjectFileError(
                f"“{path.name}” is empty.", "It may not have been copied completely; open another copy."
            )
        with path.open("rb") as file, _as_damage(path.name):
            if file.read(2) != b"PK":
                raise _foreign(path)
            reader = ZipReader(file, path)
            if reader.foreign:
                raise _foreign(path)
            return _read(reader, path.name, observer)
    except FileNotFoundError as error:
        raise ProjectFileError(
            f"The project {path} is not there.", "It may have been moved or renamed."
        ) from error
    except OSError as error:
        raise ProjectFileError(
            f"“{path.name}” cannot be read: {error.strerror or error}.",
            "See whether you may read the file and whether its disk is connected.",
        ) from error


def load_folder(folder: Path, observer: Observer = silent) -> ProjectContent:
    """Read a project that was saved aside; raises `ProjectFileError`."""
    name = "saved aside"
    try:
        with _as_damage(name):
            return _read(FolderReader(folder), name, observer)
    except OSError as error:
        raise damaged(name) from error


def write_folder_source(
    folder: Path, number: int, step: Read, data: Dataset, observer: Observer = silent
) -> dict[str, Any]:
    """Write the data of a `Read` step into a folder and return their description."""
    size = int(data.frame.memory_usage(index=False).sum())
    return source_to_dict(FolderWriter(folder), number, step, data, _Ticker("", size, observer))


def write_folder_description(
    folder: Path, content: ProjectContent, sources: Mapping[Read, Mapping[str, Any]]
) -> None:
    """Write the description of a project whose data are in the folder; raises `ExportError`."""
    used = [
        {**sources[step], "step": number}
        for number, step in enumerate(content.project.steps)
        if isinstance(step, Read) and step in sources
    ]
    write_atomically(folder / DESCRIPTION, lambda file: file.write(description(content, used)))


# --- what is written ---


def description(content: ProjectContent, sources: list[dict[str, Any]]) -> bytes:
    """Return project.json."""
    project = content.project
    data = {
        "format": FORMAT,
        "schema": SCHEMA,
        "program": __version__,
        "written": content.written or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "origin": content.origin,
        "steps": [step_to_dict(cast("Step", step)) for step in project.steps],
        "models": [model_to_dict(entry, content.fits.get(entry.id)) for entry in project.models],
        "view": dataclasses.asdict(content.view),
        "sources": sources,
    }
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, indent=1).encode("ascii")
    if len(text) > LARGEST_DESCRIPTION:
        raise ProjectFileError(
            "The project has more columns, steps or notes than a project file takes.",
            "Remove columns or tables.",
        )
    return text


def source_to_dict(
    writer: PartWriter, number: int, step: Read, data: Dataset, tick: _Ticker
) -> dict[str, Any]:
    """Write the columns of a table and return their description."""
    parts: dict[str, Part] = {}

    def store_at(stem: str) -> Callable[[str, Any], str]:
        def store(ending: str, array: Any) -> str:
            name = f"{stem}.{ending}.npy"
            parts[name] = writer.add(name, array, tick)
            return name

        return store

    columns = []
    for at, name in enumerate(data.frame.columns):
        try:
            column = encode(data.frame.iloc[:, at], store_at(f"data/{number}/{at}"))
        except ProjectFileError as error:
            raise ProjectFileError(
                f"The column “{name}” of {data.name} cannot be saved. {error.message}", error.hint
            ) from error
        columns.append({"name": name, **column})
    return {
        "step": number,
        "rows": data.n_rows,
        "source": data.source,
        "columns": columns,
        "parts": {name: [part.size, part.checksum] for name, part in parts.items()},
        "notes": [dataclasses.asdict(note) for note in data.notes],
        "codebook": [
            [name, dataclasses.asdict(info)] for name, info in data.codebook if info != VariableInfo()
        ],
    }


class _Ticker:
    """Turns bytes into progress; asks on the way whether the user cancelled."""

    def __init__(self, message: str, size: int, observer: Observer) -> None:
        self._message, self._size, self._observer = message, max(size, 1), observer
        self._done = 0

    def __call__(self, count: int) -> None:
        self._done += count
        self._observer(Progress(self._message, min(1.0, self._done / self._size)))


# --- what is read ---


def _read(reader: PartReader, name: str, observer: Observer) -> ProjectContent:
    data = _parsed(reader.description(), name)
    steps = tuple(step_from_dict(step) for step in data["steps"])
    models = [model_from_dict(model) for model in data["models"]]
    entries = tuple(entry for entry, _ in models)
    if len({entry.id for entry in entries}) < len(entries):
        raise ValueError("two models have the same id")
    sources = data["sources"]
    size = sum(part[0] for source in sources for part in source["parts"].values())
    tick = _Ticker(f"Opening {name}", size, observer)
    read: dict[Read, Dataset] = {}
    for source in sources:
        step = steps[source["step"]]
        if not isinstance(step, Read):
            raise ValueError("data of a step that reads nothing")
        read[step] = _source_from_dict(reader, source, step, tick, observer)
    return ProjectContent(
        project=Project(steps, entries),
        sources=MappingProxyType(read),
        fits=MappingProxyType({entry.id: fit for entry, fit in models if fit is not None}),
        view=View(**{key: _text(value) for key, value in data.get("view", {}).items()}),
        origin=_text(data.get("origin", "")),
        written=_text(data.get("written", "")),
        program=_text(data.get("program", "")),
    )


def _source_from_dict(
    reader: PartReader, source: Mapping[str, Any], step: Read, tick: _Ticker, observer: Observer
) -> Dataset:
    parts = {name: Part(*part) for name, part in source["parts"].items()}
    rows = source["rows"]
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0:
        raise ValueError(rows)

    def fetch(name: str, length: int | None) -> Any:
        return reader.array(name, parts[name], length, tick)

    columns = {_text(column["name"]): decode(column, rows, fetch) for column in source["columns"]}
    if len(columns) < len(source["columns"]) or (rows and not columns):
        raise ValueError("two columns have the same name, or there is none")
    frame = pd.DataFrame(columns, index=pd.RangeIndex(rows), copy=False)
    if not columns:
        frame.columns = pd.Index([], dtype="str")
    known = {name: Variable(name, "text").with_info(_info(info)) for name, info in source["codebook"]}
    notes = tuple(ReadNote(**note) for note in source["notes"])
    return Dataset.from_frame(
        step.output, frame, source=_text(source["source"]), notes=notes, known=known, observer=observer
    )


def _info(data: Mapping[str, Any]) -> VariableInfo:
    """Return what the codebook says of a column; lists become tuples."""
    info = VariableInfo(**{name: _frozen(value) for name, value in data.items()})
    for one in dataclasses.fields(VariableInfo):
        value = getattr(info, one.name)
        if type(value) is not type(one.default):
            raise ValueError(f"{one.name} is {value!r}")
    return info


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else _text(value)


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    return migrate(json.loads(content.decode("utf-8"), parse_constant=_no_number), name)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _foreign(path: Path) -> ProjectFileError:
    return ProjectFileError(
        f"“{path.name}” is not a project of MixGUI.",
        "Open it as data if it holds a table; projects end in .mixgui.",
    )


@contextlib.contextmanager
def _as_damage(name: str) -> Iterator[None]:
    """Turn everything that reading a damaged file can raise into one sentence."""
    try:
        yield
    except (StepError, FormulaError) as error:  # perhaps of a newer version: they say what is not understood
        raise ProjectFileError(f"The project “{name}” was not opened. {error.message}", error.hint) from error
    except _DAMAGE as error:
        raise damaged(name) from error
