"""The Debian package and the tarball, made from the frozen folder with the system's own tools."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

LINUX = Path(__file__).resolve().parent / "linux"

# What Qt's xcb plug-in and the program load from the system; everything else is inside.
DEPENDS = (
    "libc6 (>= 2.31)",
    "libegl1",
    "libgl1",
    "libdbus-1-3",
    "libfontconfig1",
    "libfreetype6",
    "libglib2.0-0 | libglib2.0-0t64",
    "libx11-6",
    "libx11-xcb1",
    "libxcb1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-render0",
    "libxcb-shape0",
    "libxcb-shm0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
)
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def architecture() -> str:
    """Return Debian's name of this processor."""
    answer = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return answer.stdout.strip()


def deb(dist: Path, work: Path, version: str) -> Path:
    """Make the .deb: program in /opt/mixgui, a command, menu entry, MIME type and icons.

    Parameters
    ----------
    dist : Path
        Where the frozen folder is and the package goes.
    work : Path
        Folder with the generated icons, also for what is made on the way.
    version : str
        Of the program; a pre-release such as 1.2.3rc1 sorts before 1.2.3.
    """
    root = work / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(dist / "MixGUI", root / "opt" / "mixgui", symlinks=True)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "mixgui").symlink_to("/opt/mixgui/mixgui")
    add_desktop_files(root / "usr" / "share", work / "generated")
    documents = root / "usr" / "share" / "doc" / "mixgui"
    documents.mkdir(parents=True)
    shutil.copy(LINUX.parent.parent / "LICENSE", documents / "copyright")
    control = root / "DEBIAN" / "control"
    control.parent.mkdir()
    size = sum(file.lstat().st_size for file in root.rglob("*") if file.is_file()) // 1024
    number = _debian_version(version)
    machine = architecture()
    control.write_text(
        f"Package: mixgui\nVersion: {number}\nSection: science\nPriority: optional\n"
        f"Architecture: {machine}\nInstalled-Size: {size}\nDepends: {', '.join(DEPENDS)}\n"
        "Recommends: shared-mime-info, desktop-file-utils\n"
        "Maintainer: The MixGUI developers <mixgui@users.noreply.github.com>\n"
        "Description: mixed-effects (multilevel) regression by pointing and clicking\n"
        " Open two files, join them, build a model by clicking or in lme4's syntax,\n"
        " read the results and check them in plots. Python and R are not needed.\n",
        encoding="utf-8",
    )
    _set_modes(root)
    target = dist / f"mixgui_{number}_{machine}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", root, target], check=True)
    shutil.rmtree(root)
    return target


def tarball(dist: Path, work: Path, version: str) -> Path:
    """Make the .tar.xz for every other Linux: unpack anywhere and start `mixgui`."""
    machine = subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip()
    name = f"MixGUI-{version}-linux-{machine}"
    desktop = work / "tarball"
    shutil.rmtree(desktop, ignore_errors=True)
    add_desktop_files(desktop / "share", work / "generated")
    target = dist / f"{name}.tar.xz"
    with tarfile.open(target, "w:xz", preset=6) as archive:
        archive.add(dist / "MixGUI", name, filter=_root_owned)
        archive.add(desktop / "share", f"{name}/share", filter=_root_owned)
        archive.add(LINUX / "README.txt", f"{name}/README.txt", filter=_root_owned)
    return target


def add_desktop_files(share: Path, generated: Path) -> None:
    """Put menu entry, file type and icons where desktops look for them, below a `share` folder."""
    places = {"mixgui.desktop": "applications", "mixgui.xml": "mime/packages"}
    for name, place in places.items():
        (share / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(LINUX / name, share / place / name)
    icons = share / "icons" / "hicolor"
    for size in ICON_SIZES:
        for kind, name in (("apps", "mixgui.png"), ("mimetypes", "application-x-mixgui.png")):
            folder = icons / f"{size}x{size}" / kind
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(generated / f"mixgui-{size}.png", folder / name)
    drawing = LINUX.parent.parent / "resources" / "icons" / "mixgui.svg"
    (icons / "scalable" / "apps").mkdir(parents=True, exist_ok=True)
    shutil.copy(drawing, icons / "scalable" / "apps" / "mixgui.svg")


def _debian_version(version: str) -> str:
    for mark in ("a", "b", "rc"):
        head, found, tail = version.partition(mark)
        if found:
            return f"{head}~{mark}{tail}"
    return version


def _set_modes(root: Path) -> None:
    """Give everything the modes that packages have, whatever the umask of the builder is."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)


def _root_owned(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
