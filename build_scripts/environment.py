"""The project's own environment: made once, checked in milliseconds afterwards. Standard library only.

The other scripts of this folder import it before anything is installed, so it may use nothing else.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
STAMP = FOLDER / "mixgui-dependencies.sha256"

# Library that Qt loads -> (Debian and Ubuntu, Fedora, openSUSE, Arch) package that brings it.
HEADLESS_LIBRARIES = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libEGL1", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libGL1", "libglvnd"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon0", "libxkbcommon"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "libdbus-1-3", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig", "fontconfig"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "libglib-2_0-0", "glib2"),
}
SCREEN_LIBRARIES = {
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": (
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "libxcb-render-util0",
        "xcb-util-renderutil",
    ),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb-shape0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb-xkb1", "libxcb"),
    "libxkbcommon-x11.so.0": (
        "libxkbcommon-x11-0",
        "libxkbcommon-x11",
        "libxkbcommon-x11-0",
        "libxkbcommon-x11",
    ),
}
MANAGERS = {
    "apt-get": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "zypper": "zypper install -y",
    "pacman": "pacman -S --needed",
}


def say(sentence: str) -> None:
    """Print a line at once, also when the output is a file."""
    print(sentence, flush=True)


def stop(sentence: str) -> None:
    """End the script with a sentence."""
    say(sentence)
    raise SystemExit(1)


def has_screen() -> bool:
    """Tell whether a window could be shown."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def environment_python() -> Path:
    """Return the interpreter of the project's environment."""
    return FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def dependencies(groups: Iterable[str]) -> list[str]:
    """Return the requirements of the application and of the named dependency groups."""
    import tomllib  # here, so that an older Python gets as far as `require_python`

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = list(project["project"]["dependencies"])
    for group in groups:
        wanted += project["dependency-groups"][group]
    return wanted


def prepare(groups: Sequence[str] = (), *, screen: bool = False, freezing: bool = False) -> Path:
    """Make the environment if it is missing or out of date, and return its interpreter.

    Parameters
    ----------
    groups : sequence of str
        Dependency groups of pyproject.toml beside the application's own dependencies.
    screen : bool
        Whether Qt must be able to open a window (and not only draw off screen).
    freezing : bool
        Whether PyInstaller must be able to work.
    """
    install_system_libraries(screen=screen)
    if freezing:
        install_freezing_tools()
    python = environment_python()
    if not _runs(python):
        _make_environment()
    done = STAMP.read_text(encoding="utf-8").split() if STAMP.is_file() else []
    fingerprint = _fingerprint(dependencies(groups))
    if fingerprint in done:
        return python
    say("Installing what MixGUI needs (once; about 400 MB)...")
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Wheels only: a source package would ask the user for a compiler.
    command += ["--only-binary=:all:", *dependencies(groups)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        stop("The packages could not be installed: see the lines above. Is there a network? Then try again.")
    STAMP.write_text("\n".join([*done, fingerprint]), encoding="utf-8")
    return python


def _fingerprint(wanted: list[str]) -> str:
    text = "\n".join([sys.version, *sorted(wanted)])
    return hashlib.sha256(text.encode()).hexdigest()


def _runs(python: Path) -> bool:
    if not python.is_file():
        return False
    test = subprocess.run([python, "-c", "import pip"], capture_output=True, check=False)
    return test.returncode == 0


def _make_environment() -> None:
    say(f"Making an environment of its own in {FOLDER.relative_to(ROOT)}...")
    try:
        import ensurepip  # noqa: F401 - Debian ships it in a package of its own
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        _install_packages([f"python{version}-venv"], "Python's venv module is incomplete here.")
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    # Symbolic links fail on some Windows accounts and are the safer choice elsewhere.
    venv.create(FOLDER, with_pip=True, symlinks=os.name != "nt")


def install_system_libraries(*, screen: bool) -> None:
    """On Linux, install the system libraries that Qt loads, or name the exact command."""
    if not sys.platform.startswith("linux"):
        return
    wanted = HEADLESS_LIBRARIES | (SCREEN_LIBRARIES if screen else {})
    missing = [packages for library, packages in wanted.items() if not _loads(library)]
    if not _has_fonts():
        missing.append(("fonts-dejavu-core", "dejavu-sans-fonts", "dejavu-fonts", "ttf-dejavu"))
    if not missing:
        return
    manager = next((name for name in MANAGERS if shutil.which(name)), "")
    if not manager:
        names = ", ".join(sorted({packages[0] for packages in missing}))
        stop(f"Qt needs system libraries that are missing here. Their Debian packages are: {names}.")
    column = list(MANAGERS).index(manager)
    _install_packages(sorted({packages[column] for packages in missing}), "Qt needs system libraries.")


def install_freezing_tools() -> None:
    """On Linux, install what PyInstaller needs beside Python: objcopy, and Python as a shared library."""
    if not sys.platform.startswith("linux"):
        return
    missing = [] if shutil.which("objcopy") else ["binutils"]
    if not _loads(str(sysconfig.get_config_var("INSTSONAME"))) and not _own_library():
        missing.append(f"libpython{sys.version_info.major}.{sys.version_info.minor}")
    if missing:
        _install_packages(missing, "The program cannot be frozen without these.")


def _own_library() -> bool:
    """Whether Python's shared library lies beside this Python."""
    name, folder = (sysconfig.get_config_var(key) for key in ("INSTSONAME", "LIBDIR"))
    return bool(name and folder) and Path(str(folder), str(name)).is_file()


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_fonts() -> bool:
    places = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    places += [Path.home() / ".fonts", Path.home() / ".local/share/fonts"]
    return any(
        file.suffix.lower() in {".ttf", ".otf", ".ttc", ".pfb"}
        for place in places
        if place.is_dir()
        for file in place.rglob("*")
    )


def _install_packages(packages: list[str], why: str) -> None:
    manager = next((name for name in MANAGERS if shutil.which(name)), "")
    command = f"{MANAGERS.get(manager, 'your package manager: install')} {' '.join(packages)}"
    if manager != "apt-get" or os.geteuid() != 0:
        stop(f"{why} Please run this command and start again:\n\n    sudo {command}\n")
    say(f"{why} Installing: {' '.join(packages)}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for line in (["apt-get", "update", "-qq"], [*command.split(), "-qq"]):
        if subprocess.run(line, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            stop(f"That did not work. Please run this command and start again:\n\n    {command}\n")


def require_python() -> None:
    """Stop with a sentence when this interpreter is too old for MixGUI."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this script may be started by any Python
        stop(
            f"MixGUI needs Python 3.11 or newer; this is {sys.version.split()[0]}. See https://www.python.org."
        )
