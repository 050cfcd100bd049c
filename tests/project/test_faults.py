"""What goes wrong around a project file: kills, full disks, damaged bytes. Nothing is lost, a sentence each time."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixgui.errors import ExportError, MixguiError, ProjectFileError
from mixgui.project import atomic
from mixgui.project.project import Project
from mixgui.project.project_file import ProjectContent, load_project, save_project

from .projects import content, same_content

ROOT = Path(__file__).resolve().parents[2]
KILLS = 100


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows cannot fork; the next test kills there")
def test_a_kill_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.project.saver", str(tmp_path), str(KILLS), "7"],
        capture_output=True,
        text=True,
        timeout=200,
        cwd=ROOT,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = done.stdout.split("\n")[:-1]
    assert len(found) == KILLS
    assert set(found) == {"rows 400", "rows 900"}  # both: the kills came at all moments


def test_a_kill_from_outside(tmp_path: Path) -> None:
    target = tmp_path / "a.mixgui"
    for _ in range(2):
        saver = subprocess.Popen(
            [sys.executable, "-m", "tests.project.saver", str(tmp_path)], cwd=ROOT, env=environment()
        )
        end = time.monotonic() + 60
        while not target.exists() and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.05)
        saver.kill()
        saver.wait()
        found = load_project(target)
        assert any(same_content(found, content(rows, seed=rows)) for rows in (400, 900))


def test_what_a_killed_saving_left_is_swept_later(tmp_path: Path) -> None:
    target = tmp_path / "a [1].mixgui"
    old, fresh = (tmp_path / f".{target.name}.{number}.part" for number in (11, 12))
    for part in (old, fresh):
        part.write_bytes(b"PK")
    os.utime(old, (time.time() - 3600, time.time() - 3600))
    save_project(target, content())
    assert not old.exists()
    assert fresh.exists()  # perhaps another program is writing it


# --- disks ---


class FullDisk:
    """A file that takes some bytes, then the disk is full."""

    def __init__(self, file: Any, room: int) -> None:
        self._file = file
        self._room = room

    def write(self, data: Any) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self._file.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "study.mixgui"
    save_project(path, content())
    return path


def test_a_disk_that_becomes_full_at_any_moment(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, size = saved.read_bytes(), saved.stat().st_size
    draw = random.Random(3)
    real = Path.open
    for room in [0, 1, *(draw.randrange(size) for _ in range(40)), size - 1]:
        monkeypatch.setattr(
            Path,
            "open",
            lambda path, *a, room=room: FullDisk(real(path, *a), room) if "w" in a[0] else real(path, *a),
        )
        with pytest.raises(ExportError) as caught:
            save_project(saved, content(seed=2))
        monkeypatch.setattr(Path, "open", real)
        assert "The disk is full" in caught.value.message
        assert caught.value.hint
        assert saved.read_bytes() == before
        assert [path.name for path in saved.parent.iterdir()] == [saved.name]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EIO, "was not written"),
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "cannot be written"),
        (errno.EDQUOT, "was not written"),
    ],
)
def test_a_disk_that_refuses(
    saved: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, words: str
) -> None:
    before = saved.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    if call == "fsync":
        monkeypatch.setattr(atomic.os, "fsync", refuse)
    else:
        monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ExportError) as caught:
        save_project(saved, content(seed=2))
    monkeypatch.undo()
    assert words in caught.value.message
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


@pytest.mark.skipif(sys.platform == "win32", reason="folders there are not made read-only by their mode")
def test_a_folder_that_is_read_only(saved: Path) -> None:
    before = saved.read_bytes()
    saved.parent.chmod(0o500)
    try:
        # The superuser may: then take a folder where not even it may write.
        target = Path("/proc/study.mixgui") if os.access(saved.parent, os.W_OK) else saved
        with pytest.raises(ExportError):
            save_project(target, content(seed=2))
        assert saved.read_bytes() == before
    finally:
        saved.parent.chmod(0o700)


def test_a_folder_that_went_away(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="does not exist"):
        save_project(tmp_path / "gone" / "study.mixgui", content())


def test_a_file_that_went_away_is_written_anew(saved: Path) -> None:
    saved.unlink()
    save_project(saved, content(seed=2))
    assert same_content(load_project(saved), content(seed=2))


# --- damage ---


def outcome(path: Path) -> ProjectContent | None:
    """Return what is opened; None if a sentence was said. Any other exception fails the test."""
    try:
        return load_project(path)
    except ProjectFileError as error:
        return None if error.message and error.hint else ProjectContent(Project())


def check(path: Path, before: ProjectContent) -> bool:
    """Whether damage was refused; what was not refused must be right."""
    after = outcome(path)
    assert after is None or same_content(before, after)
    return after is None


Damage = Callable[[bytearray, random.Random], None]


def flip(data: bytearray, draw: random.Random) -> None:
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def overwrite(data: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(data))
    data[start : start + draw.randrange(1, 300)] = bytes(
        draw.randrange(256) for _ in range(draw.randrange(1, 300))
    )


def blank(data: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(data))
    end = min(len(data), start + 512)
    data[start:end] = bytes(end - start)


def shorten(data: bytearray, draw: random.Random) -> None:
    del data[draw.randrange(len(data)) :]


def cut_out(data: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(data))
    del data[start : start + draw.randrange(1, 200)]


@pytest.mark.parametrize("damage", [flip, overwrite, blank, shorten, cut_out])
def test_damaged_bytes_are_never_silently_wrong(saved: Path, damage: Damage) -> None:
    before, whole = content(), saved.read_bytes()
    draw = random.Random(damage.__name__)
    refused = 0
    for _ in range(120):
        data = bytearray(whole)
        damage(data, draw)
        saved.write_bytes(data)
        refused += check(saved, before)
    # A byte that nobody reads (a date, say) may be another one; most cannot.
    assert refused >= (60 if damage is flip else 100)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.mixgui"
    save_project(path, content(5))
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        assert outcome(path) is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes(tmp_path: Path, data: bytes, start: bool) -> None:
    path = tmp_path / "any.mixgui"
    path.write_bytes((b"PK\x03\x04" if start else b"") + data)
    assert outcome(path) is None


def test_a_part_exchanged_for_another_is_refused(saved: Path) -> None:
    """The ZIP's own sums are right: only the checksums of the description tell."""
    with zipfile.ZipFile(saved) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
        comment = archive.comment
    other = parts["data/0/0.values.npy"]
    parts["data/0/0.values.npy"] = other[:-8] + b"\0\0\0\0\0\0\xf0?"
    with zipfile.ZipFile(saved, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
        archive.comment = comment
    assert outcome(saved) is None


def test_an_encrypted_zip_file(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    while at >= 0:  # the flag of encryption in every entry of the directory
        data[at + 8] |= 1
        at = data.rfind(b"PK\x01\x02", 0, at)
    saved.write_bytes(data)
    with pytest.raises(MixguiError):
        load_project(saved)
