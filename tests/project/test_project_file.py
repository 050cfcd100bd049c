"""The project file: round trip, sentences for what cannot be opened, nothing hostile believed."""

from __future__ import annotations

import io
import json
import os
import random
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixgui import paths
from mixgui.data.dataset import Dataset
from mixgui.data.steps import Join, Read, RemoveTable
from mixgui.errors import Cancelled, MixguiError, ProjectFileError
from mixgui.observer import Progress
from mixgui.project import carriers
from mixgui.project.migrations import SCHEMA, migrate
from mixgui.project.project import Project
from mixgui.project.project_file import (
    ProjectContent,
    load_folder,
    load_project,
    save_project,
    write_folder_description,
    write_folder_source,
)

from .projects import PUPILS, SCHOOLS, content, frame, same_bits, same_content


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "a study.mixgui"
    save_project(path, content())
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put_together(path: Path, parts: dict[str, bytes], comment: bytes | None = None) -> None:
    """Write a project by hand, with the right checksum of the description unless another is given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
        text = parts.get("project.json", b"")
        archive.comment = f"mixgui {carriers.checksum(text)}".encode() if comment is None else comment


def with_description(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    parts = parts_of(path)
    data = json.loads(parts["project.json"])
    change(data)
    put_together(path, {**parts, "project.json": json.dumps(data).encode()})


def test_everything_comes_back(saved: Path) -> None:
    before, after = content(), load_project(saved)
    assert same_content(before, after)
    assert after.program
    assert after.written.endswith("+00:00")
    assert after.sources[PUPILS].variable("number").label == "A number"
    assert after.sources[PUPILS].notes == before.sources[PUPILS].notes


def test_the_replay_gives_the_same_tables_to_the_bit(saved: Path) -> None:
    before, after = content().tables(), load_project(saved).tables()
    assert list(before) == list(after) == ["pupils", "schools", "all"]
    for name in before:
        assert same_bits(before[name].frame, after[name].frame)
        assert before[name].variables == after[name].variables


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_replay_of_any_data(tmp_path: Path, data: st.DataObject) -> None:
    keys = st.sampled_from([0, 1, 2, 3])
    rows = data.draw(st.lists(st.tuples(keys, st.floats(), st.none() | st.text(max_size=4)), max_size=12))
    left = pd.DataFrame(
        {
            "school": pd.array([row[0] for row in rows], dtype="int64"),
            "x": np.array([row[1] for row in rows], dtype=float),
            "t": pd.array([row[2] for row in rows], dtype="str"),
        }
    )
    other = data.draw(st.lists(keys, unique=True))
    right = pd.DataFrame({"school": pd.array(other, dtype="int64"), "z": [float(k) for k in other]})
    kind = data.draw(st.sampled_from(["left", "inner", "right", "full", "semi", "anti"]))
    steps = (PUPILS, SCHOOLS, Join("pupils", "schools", (("school", "school"),), "joined", kind))
    sources = {PUPILS: Dataset.from_frame("pupils", left), SCHOOLS: Dataset.from_frame("schools", right)}
    before = ProjectContent(Project((*steps, RemoveTable("pupils"))), MappingProxyType(sources))
    path = tmp_path / "any.mixgui"
    save_project(path, before)
    after = load_project(path)
    assert same_content(before, after)
    then, now = before.tables(), after.tables()
    assert list(then) == list(now)
    assert all(same_bits(then[name].frame, now[name].frame) for name in then)


def test_an_empty_project_and_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "empty.mixgui"
    save_project(path, ProjectContent(Project()))
    assert same_content(load_project(path), ProjectContent(Project()))
    none = pd.DataFrame({"a": pd.array([], dtype="str"), "b": np.array([], dtype=float)})
    sources = MappingProxyType({PUPILS: Dataset.from_frame("pupils", none)})
    save_project(path, ProjectContent(Project((PUPILS,)), sources))
    assert same_bits(load_project(path).sources[PUPILS].frame, none)


def test_small_numbers_are_packed_and_random_ones_are_not(tmp_path: Path) -> None:
    random_numbers = np.random.default_rng(1).normal(size=50_000)
    data = pd.DataFrame({"few": np.arange(50_000) % 3, "many": random_numbers})
    path = tmp_path / "a.mixgui"
    save_project(path, ProjectContent(Project((PUPILS,)), {PUPILS: Dataset.from_frame("pupils", data)}))
    with zipfile.ZipFile(path) as archive:
        few, many = archive.getinfo("data/0/0.values.npy"), archive.getinfo("data/0/1.values.npy")
    assert few.compress_size < few.file_size / 20
    assert many.compress_size == many.file_size


def test_the_data_are_plain_npy(saved: Path) -> None:
    """Other programs can read them, without pickle."""
    for name, data in parts_of(saved).items():
        if name.endswith(".npy"):
            array = np.load(io.BytesIO(data), allow_pickle=False)
            assert array.ndim == 1
    described = json.loads(parts_of(saved)["project.json"])
    assert described["schema"] == SCHEMA == 1
    assert {column["name"] for column in described["sources"][0]["columns"]} == set(frame(1).columns)


def test_the_format_is_described() -> None:
    text = (paths.resources() / "help" / "project-format.md").read_text(encoding="utf-8")
    assert f"schema {SCHEMA}" in text.lower()
    for word in (
        "array",
        "text",
        "words",
        "category",
        "nullable",
        "zoned",
        "objects",
        "BLAKE2b",
        "project.json",
    ):
        assert word in text


# --- sentences ---


def sentence(path: Path) -> str:
    with pytest.raises(ProjectFileError) as caught:
        load_project(path)
    assert caught.value.hint
    return caught.value.message


def test_a_missing_file(tmp_path: Path) -> None:
    assert "is not there" in sentence(tmp_path / "gone.mixgui")


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.mixgui").mkdir()
    assert "a.mixgui" in sentence(tmp_path / "a.mixgui")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"P", "not a project"),
        (b"a,b\n1,2\n", "not a project"),
        (b"PK\x03\x04 and then nothing", "damaged"),
    ],
)
def test_files_that_are_no_zip(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.mixgui"
    path.write_bytes(data)
    assert words in sentence(path)


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "x.mixgui"
    put_together(path, {"word/document.xml": b"<xml/>"}, b"")
    assert "not a project" in sentence(path)
    put_together(path, {"project.json": b'{"format": "paint"}'})
    assert "not a project" in sentence(path)


def test_a_newer_schema(saved: Path) -> None:
    with_description(saved, lambda data: data.update(schema=SCHEMA + 1, program="9.1"))
    assert "newer version of MixGUI (version 9.1)" in sentence(saved)


@pytest.mark.parametrize("schema", [None, 0, -1, "1", 1.5, True])
def test_a_schema_that_is_none(saved: Path, schema: Any) -> None:
    with_description(saved, lambda data: data.update(schema=schema))
    assert "damaged" in sentence(saved)


def test_a_missing_part(saved: Path) -> None:
    parts = parts_of(saved)
    del parts["data/0/3.values.npy"]
    put_together(saved, parts)
    assert "damaged" in sentence(saved)
    put_together(saved, {k: v for k, v in parts_of(saved).items() if k != "project.json"}, b"mixgui 00")
    assert "damaged" in sentence(saved)


def test_a_description_that_was_changed(saved: Path) -> None:
    parts = parts_of(saved)
    parts["project.json"] = parts["project.json"].replace(b'"B + IQ"', b'"B + QI"')
    put_together(saved, parts, b"mixgui " + carriers.checksum(b"").encode())
    assert "damaged" in sentence(saved)


# --- migrations ---


def test_older_schemas_are_brought_up_to_date() -> None:
    def second(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "models": [{**model, "estimator": "REML"} for model in data["fits"]]}

    def third(data: dict[str, Any]) -> dict[str, Any]:
        assert data["schema"] == 2
        return {key: value for key, value in data.items() if key != "fits"}

    old = {"format": "mixgui-project", "schema": 1, "fits": [{"name": "A"}]}
    new = migrate(old, "x", schema=3, migrations={1: second, 2: third})
    assert new == {
        "format": "mixgui-project",
        "schema": 3,
        "models": [{"name": "A", "estimator": "REML"}],
    }
    assert old["schema"] == 1  # the value that was given is not changed
    with pytest.raises(ProjectFileError, match="newer version"):
        migrate({**old, "schema": 4}, "x", schema=3, migrations={1: second, 2: third})


def test_there_is_a_migration_for_every_older_schema() -> None:
    from mixgui.project.migrations import MIGRATIONS

    assert sorted(MIGRATIONS) == list(range(1, SCHEMA))


# --- hostile files ---


def test_a_bomb_is_refused_before_anything_is_unpacked(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers, "_LARGEST_UNPACKED", 1 << 20)
    parts = parts_of(saved)
    put_together(saved, {**parts, "data/9/0.values.npy": bytes(64 << 20)})
    tracemalloc.start()
    try:
        assert "would unpack" in sentence(saved)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("rows", [10**15, 2**70, -1, 1.0, "60", None, True, 61])
def test_numbers_of_rows_that_are_not_there(saved: Path, rows: Any) -> None:
    with_description(saved, lambda data: data["sources"][0].update(rows=rows))
    assert "damaged" in sentence(saved)


def test_a_table_without_columns_has_no_rows(saved: Path) -> None:
    with_description(saved, lambda data: data["sources"][0].update(rows=10**12, columns=[], codebook=[]))
    assert "damaged" in sentence(saved)


HEAD = "{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


@pytest.mark.parametrize(
    ("descr", "order", "shape"),
    [
        ("'|O'", "False", "(60,)"),
        ("'<U9'", "False", "(60,)"),
        ("[('a', '<f8')]", "False", "(60,)"),
        ("'<f8'", "True", "(60,)"),
        ("'<f8'", "False", "(60, 1)"),
        ("'<f8'", "False", "(99999999999999,)"),
        ("'<f8'", "False", "(" * 300 + "60" + ")" * 300),
        ("__import__('os')", "False", "(60,)"),
    ],
)
def test_arrays_that_are_none(saved: Path, descr: str, order: str, shape: str) -> None:
    head = HEAD.format(descr=descr, order=order, shape=shape).encode()
    hostile = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(480)
    parts = parts_of(saved)
    data = json.loads(parts["project.json"])
    data["sources"][0]["parts"]["data/0/0.values.npy"] = [len(hostile), carriers.checksum(hostile)]
    put_together(saved, {**parts, "data/0/0.values.npy": hostile, "project.json": json.dumps(data).encode()})
    assert "damaged" in sentence(saved)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe{}",
        b"{}",
        b"[]",
        b"null",
        b'{"format": "mixgui-project", "schema": NaN}',
        b'{"format": "mixgui-project", "schema": 1}',
        b'{"format": "mixgui-project", "schema": 1, "steps": 5, "models": [], "sources": []}',
        b'{"format": "mixgui-project", "schema": 1, "steps": [], "models": [[]], "sources": []}',
        b'{"format": "mixgui-project", "schema": ' + b"1" * 6000 + b"}",
    ],
)
def test_descriptions_that_are_none(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "x.mixgui"
    put_together(path, {"project.json": text})
    assert sentence(path)


def test_nothing_is_written_where_a_name_points(saved: Path, tmp_path: Path) -> None:
    """No part is ever unpacked to the disk, whatever it is called."""
    before = sorted(tmp_path.rglob("*"))
    parts = parts_of(saved)
    put_together(saved, {**parts, "../../evil.txt": b"x", "/etc/evil": b"x", "C:\\evil": b"x"})
    assert same_content(load_project(saved), content())
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "name", ["../secret.npy", "/etc/passwd", "data/0/0.values.npy/../../../x", "data\\0"]
)
def test_a_folder_gives_only_its_own_parts(tmp_path: Path, name: str) -> None:
    reader = carriers.FolderReader(tmp_path)
    with pytest.raises(ValueError, match="no name of a part"):
        reader.array(name, carriers.Part(1, ""), None, lambda count: None)


def _damaged_value(value: Any) -> list[Any]:
    others: list[Any] = [None, [], {}, "", "x", -1, 10**20, 1.5, True]
    return [one for one in others if one != value or type(one) is not type(value)]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    below = [place for key, part in items for place in _places(part, (*path, key))]
    return [path, *below] if path else below


def test_any_wrong_value_in_the_description_is_a_sentence_or_harmless(saved: Path) -> None:
    """Every place of the description with every kind of wrong value: never an exception that is none of ours."""
    parts = parts_of(saved)
    whole = json.loads(parts["project.json"])
    draw = random.Random(4)
    places = _places(whole)
    refused = 0
    for place in places:
        data = json.loads(parts["project.json"])
        target = data
        for key in place[:-1]:
            target = target[key]
        if draw.random() < 0.2 and isinstance(target, dict):
            del target[place[-1]]
        else:
            target[place[-1]] = draw.choice(_damaged_value(target[place[-1]]))
        put_together(saved, {**parts, "project.json": json.dumps(data).encode()})
        try:
            load_project(saved).tables()
        except MixguiError:
            refused += 1
    assert refused > 0.8 * len(places)


# --- saving ---


def test_saving_tells_progress_and_can_be_cancelled(tmp_path: Path, saved: Path) -> None:
    seen: list[Progress] = []
    save_project(tmp_path / "b.mixgui", content(), seen.append)
    fractions = [one.fraction or 0 for one in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.9
    before = saved.read_bytes()

    def stop(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        save_project(saved, content(seed=2), stop)
    assert saved.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a study.mixgui", "b.mixgui"]


def test_a_column_that_cannot_be_saved_is_named(tmp_path: Path) -> None:
    odd = pd.DataFrame({"fine": [1], "odd": pd.Series([[1]], dtype=object)})
    data = Dataset("pupils", odd, ())
    with pytest.raises(ProjectFileError, match="The column “odd” of pupils"):
        save_project(tmp_path / "a.mixgui", ProjectContent(Project((PUPILS,)), {PUPILS: data}))
    assert not list(tmp_path.iterdir())


def test_the_same_in_a_folder(tmp_path: Path) -> None:
    before = content()
    sources = {
        step: write_folder_source(tmp_path, number, step, data)
        for number, (step, data) in enumerate(before.sources.items())
    }
    write_folder_description(tmp_path, before, sources)
    assert same_content(before, load_folder(tmp_path))
    changed = content(project=before.project.without_model("m1"), fits=MappingProxyType({}))
    write_folder_description(tmp_path, changed, sources)  # the data are not written again
    assert same_content(changed, load_folder(tmp_path))
    part = tmp_path / "data" / "0" / "0.values.npy"
    part.write_bytes(part.read_bytes()[:-1] + b"\x00")
    with pytest.raises(ProjectFileError, match="damaged"):
        load_folder(tmp_path)


def test_editions_of_a_file_keep_their_own_data(tmp_path: Path) -> None:
    first, again = PUPILS, Read(PUPILS.path, "pupils", edition=1)
    sources = {first: Dataset.from_frame("pupils", frame(3)), again: Dataset.from_frame("pupils", frame(4))}
    path = tmp_path / "a.mixgui"
    save_project(path, ProjectContent(Project((first, RemoveTable("pupils"), again)), sources))
    back = load_project(path)
    assert [len(back.sources[step].frame) for step in (first, again)] == [3, 4]
    assert len(back.tables()["pupils"].frame) == 4


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="as root"
)
def test_a_file_that_may_not_be_read(saved: Path) -> None:
    saved.chmod(0)
    assert "cannot be read" in sentence(saved)
