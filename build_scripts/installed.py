"""Install what users download as they do, let the installed program do its main job, and remove it again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import environment

Smoke = Callable[[Path], None]


def try_installed(dist: Path, smoke_test: Smoke) -> None:
    """Install, use, remove, and look for what is left. The system's own folders are used: for build machines.

    Parameters
    ----------
    dist : Path
        Folder with what users download.
    smoke_test : callable
        Is given the installed program; stops the build unless it works.
    """
    if sys.platform == "win32":
        _on_windows(_only(dist, "*-setup.exe"), smoke_test)
    elif sys.platform == "darwin":
        _on_macos(_only(dist, "*.dmg"), smoke_test)
    else:
        _on_debian(_only(dist, "*.deb"), smoke_test)


def _only(dist: Path, pattern: str) -> Path:
    found = sorted(dist.glob(pattern))
    if len(found) != 1:
        environment.stop(f"There should be one {pattern} in the folder of results; there are {len(found)}.")
    return found[0].resolve()


def _on_debian(package: Path, smoke_test: Smoke) -> None:
    _apt("install", str(package))
    listing = subprocess.run(["dpkg", "-L", "mixgui"], capture_output=True, text=True, check=True).stdout
    files = [Path(line) for line in listing.splitlines() if Path(line).is_file()]
    share = Path("/usr/share")
    _require((share / "applications/mixgui.desktop").is_file(), "the menu has an entry")
    _validate("desktop-file-validate", share / "applications/mixgui.desktop")
    _validate("xmllint", "--noout", share / "mime/packages/mixgui.xml")
    if shutil.which("update-mime-database"):
        _require("application/x-mixgui:*.mixgui" in _mime_types(share), "desktops know the file type")
    smoke_test(Path("/usr/bin/mixgui"))
    _apt("purge", "mixgui")
    left = [str(file) for file in files if file.exists()]
    _require(not left and not Path("/opt/mixgui").exists(), f"nothing is left: {left[:3]}")
    if shutil.which("update-mime-database"):
        _require("application/x-mixgui" not in _mime_types(share), "the file type is forgotten")


def _mime_types(share: Path) -> str:
    return (share / "mime/globs2").read_text(encoding="utf-8", errors="replace")


def _apt(*arguments: str) -> None:
    begin = [] if os.geteuid() == 0 else ["sudo"]
    command = [*begin, "apt-get", arguments[0], "-y", "-qq", "--no-install-recommends", *arguments[1:]]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    environment.say(f"apt-get {arguments[0]}: {time.perf_counter() - start:.1f} s")


def _validate(tool: str, *arguments: str | Path) -> None:
    if shutil.which(tool) is None:
        environment.say(f"  not checked: {tool} is not installed")
        return
    answer = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    said = (answer.stdout + answer.stderr).strip()
    _require(answer.returncode == 0 and not said, f"{tool} finds nothing {said}".strip())


def _on_windows(setup: Path, smoke_test: Smoke) -> None:
    folder = Path(os.environ["LOCALAPPDATA"]) / "Programs" / "MixGUI"
    subprocess.run([setup, "/S"], check=True)
    smoke_test(folder / "MixGUI.exe")
    command = _registered_command()
    _require(command == f'"{folder / "MixGUI.exe"}" "%1"', f"the file type opens the program: {command}")
    # With _?= it runs where it is and can be waited for; then it cannot delete itself.
    subprocess.run(f'"{folder / "Uninstall.exe"}" /S _?={folder}', check=True)
    (folder / "Uninstall.exe").unlink(missing_ok=True)
    left = [file.name for file in folder.iterdir()] if folder.exists() else []
    _require(not left, f"nothing is left: {left[:3]}")
    _require(_registered_command() == "", "the file type is forgotten")


def _registered_command() -> str:
    answer = subprocess.run(
        ["reg", "query", r"HKCU\Software\Classes\MixGUI.Project\shell\open\command", "/ve"],
        capture_output=True,
        text=True,
        check=False,
    )
    return next(
        (line.split("REG_SZ")[1].strip() for line in answer.stdout.splitlines() if "REG_SZ" in line), ""
    )


def _on_macos(image: Path, smoke_test: Smoke) -> None:
    target = Path("/Applications/MixGUI.app")
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(
            ["hdiutil", "attach", "-nobrowse", "-readonly", "-mountpoint", name, image], check=True
        )
        try:
            _require((Path(name) / "Applications").is_symlink(), "the image shows where to drag the program")
            shutil.rmtree(target, ignore_errors=True)
            subprocess.run(["ditto", Path(name) / "MixGUI.app", target], check=True)
        finally:
            subprocess.run(["hdiutil", "detach", name, "-force"], check=False)
    subprocess.run(["codesign", "--verify", "--deep", "--strict", target], check=True)
    smoke_test(target / "Contents" / "MacOS" / "MixGUI")
    shutil.rmtree(target)


def _require(condition: object, sentence: str) -> None:
    if not condition:
        environment.stop(f"FAILED: {sentence}")
    environment.say(f"  ok: {sentence}")
