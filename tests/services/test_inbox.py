"""Several starts, one window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mixgui.services.inbox import Inbox

ROOT = Path(__file__).resolve().parents[2]

_SECOND = """
import sys
from pathlib import Path
from mixgui.services.inbox import Inbox
inbox = Inbox(Path(sys.argv[1]))
assert not inbox.claim()
sys.exit(0 if inbox.hand_over([Path(name) for name in sys.argv[2:]], patience=20) else 1)
"""


@pytest.fixture
def first(qapp: Any, tmp_path: Path) -> Iterator[Inbox]:
    inbox = Inbox(tmp_path / "running")
    assert inbox.claim()
    yield inbox
    inbox.close()


def test_a_second_start_hands_its_files_over(first: Inbox, tmp_path: Path, qtbot: Any) -> None:
    seen: list[Any] = []
    first.requested.connect(seen.append)
    first.listen()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_ACTIVATION_TOKEN": ""}
    second = subprocess.Popen(
        [sys.executable, "-c", _SECOND, str(tmp_path / "running"), "relative Ä.csv"],
        cwd=tmp_path,
        env=environment,
    )
    qtbot.waitUntil(lambda: bool(seen), timeout=30_000)
    assert second.wait(30) == 0
    assert seen == [[tmp_path / "relative Ä.csv"]]
    assert list((tmp_path / "running" / "requests").iterdir()) == []


def test_a_program_that_hangs_is_not_waited_for(first: Inbox, tmp_path: Path) -> None:
    second = Inbox(tmp_path / "running")
    assert not second.claim()
    assert not second.hand_over([], patience=0.1)  # nobody listens
    assert list((tmp_path / "running" / "requests").iterdir()) == []
    first.close()
    assert second.claim()
    second.close()


def test_a_lock_that_a_crash_left_is_taken_over(qapp: Any, tmp_path: Path) -> None:
    code = _SECOND.split("assert")[0] + "assert inbox.claim()\nimport os\nos.kill(os.getpid(), 9)"
    crashed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "running")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )
    assert crashed.returncode != 0
    assert (tmp_path / "running" / "lock").exists()
    inbox = Inbox(tmp_path / "running")
    assert inbox.claim()
    inbox.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xff", b'{"files": 5}', b'{"files": [1, null]}', b'{"token": 7}'],
)
def test_requests_that_are_none(first: Inbox, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "running" / "requests" / "x.json"
    path.write_bytes(content)
    seen: list[Any] = []
    first.requested.connect(seen.append)
    first.listen()
    assert seen in ([], [[]])


def test_old_requests_are_forgotten(first: Inbox, tmp_path: Path) -> None:
    path = tmp_path / "running" / "requests" / "x.json"
    path.write_text(json.dumps({"files": ["/a.csv"]}), encoding="utf-8")
    os.utime(path, (time.time() - 60, time.time() - 60))
    seen: list[Any] = []
    first.requested.connect(seen.append)
    first.listen()
    assert seen == []
    assert not path.exists()


def test_a_folder_that_cannot_be_made(qapp: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    inbox = Inbox(tmp_path / "file" / "running")
    assert not inbox.claim()
    assert not inbox.claimed
    assert not inbox.hand_over([])
