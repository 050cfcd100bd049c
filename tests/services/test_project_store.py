"""Opening and saving: the document's file, unsaved changes, fits that come back and are compared."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject

from mixgui.errors import MixguiError
from mixgui.models import fit
from mixgui.models.saved_fit import compare_saved, criterion_at
from mixgui.models.spec import ModelSpec
from mixgui.project.carriers import checksum
from mixgui.project.project_file import View, load_project
from mixgui.services.document import Document
from mixgui.services.journal import Journal, find_leftovers
from mixgui.services.model_service import ModelService
from mixgui.services.project_store import UNTITLED, ProjectStore
from mixgui.services.worker import Worker

TABLE = ["g,x,y", *(f"{i % 7},{i % 5},{(i * 7) % 11 + 3 * (i % 7)}" for i in range(70))]
SPEC = ModelSpec.from_text("y ~ 1 + x + (1 | g)", table="t")


class Rig:
    """Services around a document, as the program has them, without a window."""

    def __init__(self, folder: Path, qtbot: Any) -> None:
        self.folder = folder
        self.qtbot = qtbot
        self.worker = Worker()
        self.document = Document(self.worker)
        self.models = ModelService(self.document, self.worker)
        self.store = ProjectStore(self.document, self.worker, self.models)
        self.journal = Journal(
            self.store, self.document, self.models, self.worker, folder / "aside", delay=20
        )
        self.errors: list[MixguiError] = []
        self.crashes: list[str] = []
        self.store.failed.connect(self.errors.append)
        self.journal.failed.connect(self.errors.append)
        self.document.failed.connect(self.errors.append)
        self.worker.crashed.connect(self.crashes.append)

    def settle(self) -> None:
        self.qtbot.waitUntil(
            lambda: not self.worker.busy and not self.journal._timer.isActive(), timeout=30_000
        )
        assert not self.crashes, self.crashes

    def read(self, name: str = "t") -> Path:
        path = self.folder / f"{name}.csv"
        path.write_text("\n".join(TABLE) + "\n", encoding="utf-8")
        self.document.open_files([path])
        self.settle()
        return path

    def fitted(self) -> str:
        """A table, a model and its fit."""
        self.read()
        model_id = self.document.add_model(SPEC)
        self.models.fit(model_id)
        self.settle()
        return model_id

    def stop(self) -> None:
        self.worker.shutdown()

    def close(self) -> None:
        self.worker.shutdown()
        self.journal.close()


@pytest.fixture
def make(qtbot: Any, qapp: QObject, tmp_path: Path) -> Iterator[Callable[[], Rig]]:
    made: list[Rig] = []

    def new() -> Rig:
        made.append(Rig(tmp_path, qtbot))
        return made[-1]

    yield new
    for rig in made:
        rig.close()


@pytest.fixture
def rig(make: Callable[[], Rig]) -> Rig:
    return make()


def test_saved_and_opened_elsewhere(make: Callable[[], Rig], tmp_path: Path) -> None:
    first = make()
    model_id = first.fitted()
    first.store.view = lambda: View("t", model_id, "model", "g", "3")
    assert first.store.name == UNTITLED
    assert first.store.dirty
    target = tmp_path / "study.mixgui"
    first.store.save(target)
    first.settle()
    assert (first.store.name, first.store.path, first.store.dirty) == ("study", target, False)
    (tmp_path / "t.csv").unlink()

    second = make()
    second.document.add_model(SPEC)  # its id must not be given to another model
    opened: list[Any] = []
    second.store.opened.connect(opened.append)
    second.store.open(target)
    second.settle()
    assert second.errors == []
    assert not second.store.dirty
    assert not second.document.undo_stack.can_undo()
    assert second.document.tables["t"].frame.equals(first.document.tables["t"].frame)
    (entry,) = second.document.project.models
    assert (entry.name, entry.spec, entry.id) == ("A", SPEC, "m2")
    assert opened[0].view == View("t", "m2", "model", "g", "3")
    again = second.models.result("m2")
    assert again is not None
    before = first.models.result(model_id)
    assert before is not None
    assert again.criterion == pytest.approx(before.criterion, rel=1e-12)


def test_changes_after_saving_began_are_not_lost(rig: Rig, tmp_path: Path) -> None:
    rig.read()
    rig.store.save(tmp_path / "a.mixgui")
    rig.document.add_model(SPEC)  # while the file is being written
    rig.settle()
    assert rig.store.dirty
    assert load_project(tmp_path / "a.mixgui").project.models == ()
    rig.document.undo_stack.undo()
    assert not rig.store.dirty


def test_a_file_that_is_refused_leaves_everything(rig: Rig, tmp_path: Path) -> None:
    rig.read()
    state = rig.document.state
    bad = tmp_path / "bad.mixgui"
    bad.write_bytes(b"PK\x03\x04")
    rig.store.open(bad)
    rig.settle()
    assert "damaged" in rig.errors[0].message
    assert rig.document.state is state
    assert rig.store.path is None
    rig.store.save(tmp_path / "no such folder" / "a.mixgui")
    rig.settle()
    assert "does not exist" in rig.errors[1].message
    assert "still here" in rig.errors[1].message
    assert rig.store.dirty
    assert rig.store.path is None


def test_a_file_removed_while_open_is_written_again(rig: Rig, tmp_path: Path) -> None:
    rig.read()
    target = tmp_path / "a.mixgui"
    rig.store.save(target)
    rig.settle()
    target.unlink()
    assert not rig.store.changed_outside()
    rig.document.add_model(SPEC)
    rig.store.save()
    rig.settle()
    assert len(load_project(target).project.models) == 1


def test_a_file_that_another_program_changed_is_noticed(rig: Rig, tmp_path: Path) -> None:
    rig.read()
    target = tmp_path / "a.mixgui"
    rig.store.save(target)
    rig.settle()
    assert not rig.store.changed_outside()
    target.write_bytes(target.read_bytes() + b"x")
    assert rig.store.changed_outside()
    rig.store.save()
    rig.settle()
    assert not rig.store.changed_outside()


def test_a_new_project_has_no_file(rig: Rig, tmp_path: Path) -> None:
    rig.read()
    rig.store.save(tmp_path / "a.mixgui")
    rig.settle()
    rig.store.new()
    assert (rig.store.path, rig.store.dirty, rig.store.empty) == (None, False, True)


def test_an_empty_project_is_nothing_to_save(rig: Rig, tmp_path: Path) -> None:
    model_id = rig.document.add_model(SPEC)
    assert rig.store.dirty
    rig.document.remove_model(model_id)
    assert not rig.store.dirty
    rig.read()
    rig.store.save(tmp_path / "a.mixgui")
    rig.settle()
    rig.document.undo_stack.undo()
    assert rig.store.dirty  # its file is not empty


def change_fit(path: Path, **changes: Any) -> None:
    """Write another fit into a saved project."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    data = json.loads(parts["project.json"])
    data["models"][0]["fit"].update(changes)
    parts["project.json"] = json.dumps(data).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.comment = f"mixgui {checksum(parts['project.json'])}".encode()


@pytest.mark.parametrize("off", [0.0, 1e-8, 1e-5])
def test_a_saved_fit_is_compared_with_the_data(make: Callable[[], Rig], tmp_path: Path, off: float) -> None:
    first = make()
    model_id = first.fitted()
    target = tmp_path / "a.mixgui"
    first.store.save(target)
    first.settle()
    fitted = first.models.result(model_id)
    assert fitted is not None
    change_fit(target, criterion=fitted.criterion * (1 + off))
    second = make()
    told: list[Any] = []
    second.store.not_as_saved.connect(lambda model, note: told.append((model, note)))
    second.store.open(target)
    second.settle()
    assert len(told) == (1 if off > 1e-6 else 0)
    if told:
        assert told[0][0] == "m1"
        assert "REML criterion that was saved" in told[0][1].text


def test_a_saved_fit_of_other_data_is_not_compared(make: Callable[[], Rig], tmp_path: Path) -> None:
    first = make()
    first.fitted()
    target = tmp_path / "a.mixgui"
    first.store.save(target)
    first.settle()
    change_fit(target, criterion=1.0)
    second = make()
    told: list[Any] = []
    second.store.not_as_saved.connect(lambda *what: told.append(what))
    second.store.opened.connect(
        lambda content: second.document.update_model(
            content.project.models[0].id, ModelSpec.from_text("y ~ 1 + (1 | g)", table="t")
        )
    )
    second.store.open(target)
    second.settle()
    second.models.fit("m1")
    second.settle()
    assert told == []


def test_the_criterion_at_any_theta() -> None:
    import pandas as pd

    cells = [[float(cell) for cell in line.split(",")] for line in TABLE[1:]]
    data = pd.DataFrame(cells, columns=TABLE[0].split(","))
    for reml in (True, False):
        mixed = fit("y ~ x + (1 + x | g)", data, reml=reml)
        assert mixed.lmm is not None
        assert criterion_at(mixed, mixed.lmm.theta) == pytest.approx(mixed.criterion, rel=1e-12)
        assert criterion_at(mixed, [1.0, 0.0, 0.1]) > mixed.criterion
        assert compare_saved(mixed, tuple(mixed.lmm.theta), mixed.criterion) is None
        assert compare_saved(mixed, (1.0,), mixed.criterion) is not None
    plain = fit("y ~ x", data)
    assert compare_saved(plain, (), plain.criterion) is None
    note = compare_saved(plain, (), plain.criterion + 1)
    assert note is not None
    assert "log-likelihood" in note.text


def test_files_opened_for_a_look_are_no_loss(rig: Rig, tmp_path: Path) -> None:
    path = rig.read()
    assert rig.store.dirty
    assert not rig.store.would_lose
    path.unlink()
    assert rig.store.would_lose  # there is no other copy any more
    rig.read()
    rig.document.remove_table("t")
    rig.settle()
    assert rig.store.would_lose
    rig.store.new()
    rig.document.add_model(SPEC)
    assert rig.store.would_lose


# --- what is saved aside ---


def leftovers(folder: Path) -> Any:
    return find_leftovers(folder, lambda progress: None)


def test_a_crash_costs_nothing(make: Callable[[], Rig], tmp_path: Path) -> None:
    crashed = make()
    crashed.fitted()
    state = crashed.document.state
    place = crashed.journal.place
    assert place is not None
    assert leftovers(tmp_path / "aside") == ()  # its program still runs
    crashed.stop()
    assert crashed.journal._lock is not None
    crashed.journal._lock.unlock()  # as the end of the process does
    crashed.journal._lock = crashed.journal._place = None

    second = make()
    (found,) = leftovers(tmp_path / "aside")
    assert (found.folder, found.steps, found.models, found.tables) == (place, 1, 1, ("t",))
    assert leftovers(tmp_path / "aside") == ()  # nobody else is offered it now
    done: list[int] = []
    second.store.restore(found.folder, lambda: done.append(1))
    second.settle()
    assert done
    assert second.store.dirty
    assert second.store.path is None
    assert second.document.project == state.project
    assert second.document.tables["t"].frame.equals(state.tables["t"].frame)
    assert second.models.result("m1") is not None
    assert second.journal.place not in (None, place)
    found.discard()
    assert not place.exists()


def test_what_was_saved_needs_no_restoring(rig: Rig, tmp_path: Path) -> None:
    rig.read()
    assert rig.journal.place is not None
    description = rig.journal.place / "project.json"
    assert description.exists()
    rig.store.save(tmp_path / "a.mixgui")
    rig.settle()
    assert not description.exists()
    rig.document.add_model(SPEC)
    rig.settle()
    data = json.loads(description.read_text())
    assert data["origin"] == str(tmp_path / "a.mixgui")
    rig.document.undo_stack.undo()
    rig.settle()
    assert not description.exists()


def test_the_data_are_written_once(rig: Rig) -> None:
    rig.read()
    assert rig.journal.place is not None
    parts = {path: path.stat().st_mtime_ns for path in rig.journal.place.rglob("*.npy")}
    assert len(parts) == 3
    for number in range(3):
        rig.document.add_model(ModelSpec.from_text(f"y ~ I(x^{number + 2})", table="t"))
        rig.settle()
    assert {path: path.stat().st_mtime_ns for path in rig.journal.place.rglob("*.npy")} == parts
    assert len(json.loads((rig.journal.place / "project.json").read_text())["models"]) == 3


def test_a_proper_end_leaves_nothing(rig: Rig, tmp_path: Path) -> None:
    rig.read()
    rig.close()
    assert list((tmp_path / "aside").iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_once(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "aside").write_text("a file, no folder", encoding="utf-8")
    rig.read()
    rig.document.add_model(SPEC)
    rig.settle()
    rig.document.rename_model("m1", "B")
    rig.settle()
    assert [error.message.startswith("Your work cannot be saved aside") for error in rig.errors] == [True]


def test_leavings_without_work_are_swept(tmp_path: Path) -> None:
    root = tmp_path / "aside"
    (root / "1-empty").mkdir(parents=True)
    (root / "2-broken").mkdir()
    (root / "2-broken" / "project.json").write_text("{", encoding="utf-8")
    (root / "a file").write_text("x", encoding="utf-8")
    assert leftovers(root) == ()
    assert [path.name for path in root.iterdir()] == ["a file"]
    assert leftovers(tmp_path / "nowhere") == ()


def test_several_leftovers_come_latest_first(rig: Rig, tmp_path: Path) -> None:
    rig.read()
    assert rig.journal.place is not None
    root = tmp_path / "others"
    for number, written in enumerate(["2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00"]):
        place = root / str(number)
        shutil.copytree(rig.journal.place, place, ignore=shutil.ignore_patterns("lock"))
        text = json.loads((place / "project.json").read_text())
        (place / "project.json").write_text(json.dumps({**text, "written": written}))
    found = leftovers(root)
    assert [one.folder.name for one in found] == ["1", "0"]
    for one in found:
        one.release()
    assert [one.folder.name for one in leftovers(root)] == ["1", "0"]
