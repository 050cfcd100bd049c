"""A Wine prefix with a display of its own: run Windows programs in it, look at them, read the registry.

Standard library only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import environment

SCREEN = "1280x800x24"

# Printed by a Windows Python: the title of every visible window.
_TITLES = """
import ctypes
from ctypes import wintypes
user = ctypes.WinDLL("user32")
kind = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
def see(window, _):
    text = ctypes.create_unicode_buffer(512)
    if user.IsWindowVisible(window) and user.GetWindowTextW(window, text, 512):
        print("TITLE " + ascii(text.value))
    return True
user.EnumWindows(kind(see), 0)
"""


class Wine:
    """A prefix and its display.

    Parameters
    ----------
    work : Path
        Folder for everything that is made.
    """

    def __init__(self, work: Path) -> None:
        self.work = work
        self.prefix = work / "prefix"
        self.home = self.prefix / "drive_c" / "users" / (os.environ.get("USER") or "root")
        self.dist = work / "dist"
        self.surroundings = os.environ | {
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",  # no questions about Mono and Gecko
            "USER": self.home.name,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    @contextmanager
    def display(self) -> Iterator[None]:
        """Give the prefix one X server for all its programs; end them and it at last.

        One for all, because Wine's desktop keeps to the display that it saw first.
        """
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"]
        with subprocess.Popen(
            command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            os.close(writing)
            with os.fdopen(reading) as answer:
                self.surroundings["DISPLAY"] = f":{answer.readline().strip()}"
            try:
                yield
            finally:
                if self.prefix.is_dir():
                    subprocess.run(["wineserver", "-k"], env=self.surroundings, check=False)
                server.terminate()

    def run(self, *command: str | Path, timeout: int = 600) -> int:
        """Run a Windows program and return its exit code."""
        code, text = self.ask(*command, timeout=timeout)
        if code != 0:
            environment.say("\n".join(text.splitlines()[-40:]))
        return code

    def ask(self, *command: str | Path, timeout: int = 600) -> tuple[int, str]:
        """Run a Windows program and return its exit code and what it printed.

        Its streams are pipes: Wine's Python cannot start with a closed or a plain file.
        """
        with self.started(*command) as process:
            try:
                text, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                return -1, f"{command[0]} did not end within {timeout} s."
            return process.returncode, text

    @contextmanager
    def started(self, *command: str | Path) -> Iterator[subprocess.Popen[str]]:
        """Start a Windows program; whatever of its own group still runs at the end is ended."""
        with subprocess.Popen(
            ["wine", *command],
            env=self.surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def must(self, *command: str | Path, timeout: int = 600) -> None:
        """Run a Windows program that has to succeed."""
        code = self.run(*command, timeout=timeout)
        require(code == 0, f"{Path(str(command[0])).name} ended with {code}")

    def registry(self, key: str, value: str = "") -> str | None:
        """Return a value of the user's registry, "" standing for the default one; None if there is none."""
        name = ["/ve"] if not value else ["/v", value]
        _, text = self.ask("reg", "query", "HKCU\\" + key, *name)
        for line in text.splitlines():
            parts = line.split("REG_SZ")
            if len(parts) == 2:
                return parts[1].strip()
        return None

    def titles(self, python: Path) -> list[str]:
        """Return the titles of the windows that are seen."""
        _, text = self.ask(python, "-c", _TITLES)
        marks = [
            line.removeprefix("TITLE ").strip() for line in text.splitlines() if line.startswith("TITLE ")
        ]
        return [mark[1:-1].encode("ascii").decode("unicode_escape") for mark in marks]

    def picture(self) -> Path | None:
        """Return a picture of the whole screen, if there is a program that takes it."""
        target = self.work / "screen.png"
        tool = shutil.which("import")
        if tool is None:
            return None
        time.sleep(3)  # for what is fitted and drawn
        command: list[str | Path] = [tool, "-window", "root", target]
        done = subprocess.run(command, env=self.surroundings, capture_output=True, check=False)
        return target if done.returncode == 0 else None

    def programs(self, name: str) -> list[tuple[int, str]]:
        """Return (process, command line) of this prefix's programs of a name, such as MixGUI.exe."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                first, *others = (folder / "cmdline").read_bytes().rstrip(b"\0 ").split(b"\0")
                inside = b"WINEPREFIX=" + os.fsencode(self.prefix) in (folder / "environ").read_bytes()
            except OSError:
                continue
            if inside and first.decode("utf-8", "replace").endswith("\\" + name):
                found.append((int(folder.name), b" ".join(others).decode("utf-8", "replace")))
        return found

    def end(self, name: str) -> None:
        """End this prefix's programs of a name, as a crash would."""
        for pid, _ in self.programs(name):
            os.kill(pid, signal.SIGKILL)
        until(lambda: not self.programs(name), 20)

    def dos(self, path: Path) -> str:
        """Return how Windows programs call a file: on drive C if it is in the prefix, else on Z."""
        path = path.resolve()
        drive = (self.prefix / "drive_c").resolve()
        if path.is_relative_to(drive):
            return "C:\\" + str(path.relative_to(drive)).replace("/", "\\")
        return "Z:" + str(path).replace("/", "\\")


def until(condition: Callable[[], object], seconds: float) -> bool:
    """Wait for something; return whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.3)
    return False


def require(condition: object, sentence: str) -> None:
    """Stop with a sentence unless something is so."""
    if not condition:
        environment.stop(f"FAILED: {sentence}")
    environment.say(f"  ok: {sentence}")
