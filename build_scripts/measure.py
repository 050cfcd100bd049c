"""How large what was built is and how fast it starts, as a table beside the limits. Standard library only."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import environment
from sizes import folder_size

WARM_STARTS, COLD_STARTS = 7, 3
START_TIMEOUT_SECONDS = 120
_CACHES = Path("/proc/sys/vm/drop_caches")

# What is promised: MB of what is downloaded or installed, seconds of a start.
LARGEST = {"folder (Linux)": 340, "folder (Windows)": 240, ".deb": 100, "setup": 75}
WARM = {"window": 0.7, "ready": 2.0, "gap": 0.05}
COLD = {"window": 1.5, "ready": 5.0, "gap": 0.05}
_DOWNLOADS = {
    ".deb": ".deb",
    ".tar.xz": ".tar.xz",
    "-setup.exe": "setup",
    "-portable.zip": "portable zip",
    ".dmg": ".dmg",
}
_WORDS = {"window": "window visible", "ready": "ready to fit", "gap": "longest gap"}


class Row(NamedTuple):
    """What was measured, the result, and the limit (0 for none)."""

    what: str
    value: float
    unit: str
    limit: float = 0.0
    more: str = ""

    @property
    def text(self) -> str:
        """The row in words."""
        digits = 0 if self.unit == "MB" and self.value > 100 else 1 if self.unit == "MB" else 3
        verdict = "" if not self.limit else "ok" if self.value <= self.limit else "TOO MUCH"
        limit = f"{self.limit:g}" if self.limit else ""
        return f"{self.what:42} {self.value:10.{digits}f} {self.unit:2} {limit:>6}  {verdict:8} {self.more}"


def measure(dist: Path, program: Path, platform: str | None) -> bool:
    """Print the table.

    Parameters
    ----------
    dist : Path
        Folder with what was built.
    program : Path
        The frozen (or installed) program that is started.
    platform : str, optional
        Qt platform; by default the screen.

    Returns
    -------
    bool
        Whether everything keeps its limit.
    """
    rows = sizes(dist)
    load = f", load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores" if hasattr(os, "getloadavg") else ""
    with tempfile.TemporaryDirectory(prefix="mixgui-measure-", ignore_cleanup_errors=True) as name:
        start = Starter(program, Path(name), platform)
        start.once()  # fills the program's own caches, as the first start of all does
        rows += summary("warm", [start.once() for _ in range(WARM_STARTS)], WARM)
        if sys.platform.startswith("linux"):
            cold = []
            for _ in range(COLD_STARTS):
                how = forget_files([program.parent, Path(name)])
                cold.append(start.once())
            rows += summary(f"cold ({how})", cold, COLD)
        rows.append(Row("smoke test", start.smoke_test(), "s"))
    environment.say(f"Median (least to most) of {WARM_STARTS} warm and {COLD_STARTS} cold starts{load}")
    environment.say(f"{'':42} {'':>10} {'':2} {'limit':>6}")
    environment.say("\n".join(row.text for row in rows))
    return all(not row.limit or row.value <= row.limit for row in rows)


def sizes(dist: Path) -> list[Row]:
    """Return the rows of what is in the folder of results."""
    rows = []
    folder = dist / "MixGUI"
    if folder.is_dir():
        name = "folder (Windows)" if (folder / "MixGUI.exe").exists() else "folder (Linux)"
        rows.append(Row(name, folder_size(folder) / 1e6, "MB", LARGEST[name]))
    for ending, name in _DOWNLOADS.items():
        files = sorted(dist.glob(f"*{ending}"))
        rows += [Row(name, file.stat().st_size / 1e6, "MB", LARGEST.get(name, 0.0)) for file in files]
    return rows


def summary(kind: str, starts: Sequence[dict[str, float]], limits: dict[str, float]) -> list[Row]:
    """Return a row for each limit: the median, with least and most."""
    rows = []
    for key, limit in limits.items():
        found = sorted(start[key] for start in starts)
        span = f"({found[0]:.3f} to {found[-1]:.3f})"
        rows.append(Row(f"{_WORDS[key]}, {kind}", statistics.median(found), "s", limit, span))
    return rows


class Starter:
    """Starts a program in a home of its own, so that nobody's settings and unsaved work take part."""

    def __init__(self, program: Path, folder: Path, platform: str | None) -> None:
        self.program = program
        self.folder = folder
        self.more = ["-platform", platform] if platform else []
        homes = {name: str(folder / name) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
        kept = {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}
        self.surroundings = kept | homes

    def once(self) -> dict[str, float]:
        """Start it once: seconds from exec to the painted window and to ready, and the longest gap."""
        file = self.folder / "start.json"
        file.unlink(missing_ok=True)
        clock = time.time()
        self._run("--startup-report", str(file))
        report = json.loads(file.read_text(encoding="utf-8"))
        return {
            "window": report["window_shown"] - clock,
            "ready": report["ready"] - clock,
            "gap": report["longest_gap"],
        }

    def smoke_test(self) -> float:
        """Return how long the main job takes, from exec to exit."""
        clock = time.perf_counter()
        self._run("--smoke-test", "--log", str(self.folder / "smoke.log"))
        return time.perf_counter() - clock

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [self.program, *arguments, *self.more],
            env=self.surroundings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            environment.stop(f"{self.program.name} {arguments[0]} ended with {done.returncode}.")


def forget_files(folders: Sequence[Path]) -> str:
    """Make the system forget what it has read; return how.

    All of it where that is allowed, else the files of the folders, as far as no other process uses them.
    """
    os.sync()
    try:
        _CACHES.write_text("3\n", encoding="ascii")
        return "page cache dropped"
    except OSError:
        for folder in folders:
            for file in folder.rglob("*"):
                if file.is_file() and not file.is_symlink():
                    _forget(file)
        return "files forgotten"


def _forget(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
