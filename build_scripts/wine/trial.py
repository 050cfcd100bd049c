"""The life of the installed Windows program: install an older one, use it, upgrade, open a file, refuse, remove."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import environment
from prefix import Wine, require, until
from second_check import second_check
from sizes import folder_size
from versions import current_version

OLD_VERSION = "0.0.1"
INSTALLED = Path("AppData/Local/Programs/MixGUI")
PROGRAM = "MixGUI.exe"
SETTINGS = Path("AppData/Roaming/MixGUI/MixGUI.ini")
APPS_AND_FEATURES = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\MixGUI"
CLASSES = r"Software\Classes"
REFUSED = 2  # exit code of setup and uninstaller

# Run by a Windows Python: source tree, table, project. With a model, which is fitted again when it is opened.
_SAVE_PROJECT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from mixgui.data.steps import Read
from mixgui.models.formula_parser import parse_formula
from mixgui.models.spec import ModelSpec
from mixgui.observer import silent
from mixgui.project.project import ModelEntry, Project
from mixgui.project.project_file import ProjectContent, View, save_project
step = Read(sys.argv[2], "pupils")
tables = step.apply({}, silent)
model = ModelEntry("1", "First", ModelSpec(parse_formula("lang ~ IQ + (1 | class)"), table="pupils"))
content = ProjectContent(Project((step,), (model,)), {step: tables["pupils"]}, view=View(table="pupils"))
save_project(Path(sys.argv[3]), content)
"""


def try_out(wine: Wine, python: Path) -> None:
    """Do what users do in the life of a program, and look at what it leaves.

    Parameters
    ----------
    wine : Wine
    python : Path
        A Windows Python, to look at windows with.
    """
    folder = wine.home / INSTALLED
    shutil.rmtree(folder, ignore_errors=True)
    install(wine, OLD_VERSION)
    smoke_test(wine, folder, "the older program")
    stale, own = folder / "_internal" / "stale.pyd", folder / "my own notes.txt"
    stale.write_text("of an older version", encoding="utf-8")
    own.write_text("the user's", encoding="utf-8")
    seconds = install(wine, current_version())
    environment.say(f"installed in {seconds:.1f} s: {folder_size(folder) / 1e6:.0f} MB")
    require(not stale.exists(), "the upgrade removed the stale file")
    require(own.read_text(encoding="utf-8") == "the user's", "the upgrade kept the user's file")
    require(same_files(wine.dist / "MixGUI", folder), "what is installed is what was frozen")
    smoke_test(wine, folder, "the upgraded program")
    check_the_rest(wine, folder)
    project = make_project(wine, folder, python)
    merge_classes(wine)
    open_by_type_and_refuse(wine, folder, python, project)
    uninstall(wine, folder, own)


def install(wine: Wine, version: str) -> float:
    """Install silently, look at what Windows then knows, and return the seconds it took."""
    begin = time.perf_counter()
    wine.must(setup_file(wine, version), "/S")
    seconds = time.perf_counter() - begin
    require(wine.registry(APPS_AND_FEATURES, "DisplayVersion") == version, f"Apps & Features shows {version}")
    require(wine.registry(rf"{CLASSES}\.mixgui") == "MixGUI.Project", "the file type is known")
    command = wine.registry(rf"{CLASSES}\MixGUI.Project\shell\open\command") or ""
    require(command.endswith(rf'\{PROGRAM}" "%1"'), "the file type opens the program")
    require(list(wine.home.rglob("MixGUI.lnk")), "the start menu has an entry")
    return seconds


def setup_file(wine: Wine, version: str) -> Path:
    """Return the setup of a version."""
    return wine.dist / f"MixGUI-{version}-windows-amd64-setup.exe"


def smoke_test(wine: Wine, folder: Path, name: str) -> None:
    """Let the installed program do its main job in a real window (of Wine)."""
    log = wine.work / "smoke.log"
    log.unlink(missing_ok=True)
    begin = time.perf_counter()
    code = wine.run(folder / PROGRAM, "--smoke-test", "--log", wine.dos(log), "-platform", "windows")
    seconds = time.perf_counter() - begin
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "(no log)"
    environment.say(text)
    passed = code == 0 and "SMOKE TEST PASSED" in text
    require(passed, f"{name} passed its smoke test from where it is installed ({seconds:.1f} s)")


def check_the_rest(wine: Wine, folder: Path) -> None:
    """Compare with the source tree what the installed program can do beside its main job."""
    place = wine.home / "check"
    shutil.rmtree(place, ignore_errors=True)

    def start(files: Path) -> None:
        wine.must(folder / PROGRAM, "--self-check", wine.dos(files))

    environment.say(second_check(place, start, environment.prepare()))


def make_project(wine: Wine, folder: Path, python: Path) -> Path:
    """Save a project with an awkward name into a folder of the user's."""
    documents = (
        wine.home / "My projects"
    )  # not Documents, which Wine makes a link to a folder outside the prefix
    documents.mkdir(exist_ok=True)
    project = documents / "Sch\u00fclerdaten & more.mixgui"
    example = folder / "_internal" / "resources" / "examples" / "dutch-pupils" / "pupils.csv"
    where = [wine.dos(path) for path in (environment.ROOT, example, project)]
    wine.must(python, "-c", _SAVE_PROJECT, *where)
    require(project.is_file(), "a project was saved")
    return project


def merge_classes(wine: Wine) -> None:
    """Show Wine the file types of the user.

    Windows shows HKEY_CLASSES_ROOT as the machine's types with the user's over them; Wine 8 shows the machine's only.
    What the setup wrote is copied as it is.
    """
    for name in (".mixgui", "MixGUI.Project"):
        wine.must("reg", "copy", rf"HKCU\{CLASSES}\{name}", rf"HKLM\{CLASSES}\{name}", "/s", "/f")


def open_by_type_and_refuse(wine: Wine, folder: Path, python: Path, project: Path) -> None:
    """Open a file as a double click does; meanwhile neither setup nor uninstaller may touch anything."""
    with wine.started("start", "/unix", project):
        running = until(lambda: wine.programs(PROGRAM), 30)
        require(running, "a double click on a project starts the program")
        arguments = wine.programs(PROGRAM)[0][1]
        require(wine.dos(project) in arguments, "the program is given the project's path")
        shown = until(lambda: any(project.stem in title for title in wine.titles(python)), 60)
        require(shown, f"the window shows the project: {wine.titles(python)}")
        # A project becomes a recent file after its tables and models are in the window.
        settings = wine.home / SETTINGS
        loaded = until(lambda: settings.is_file() and project.name in settings.read_text("utf-8"), 30)
        require(loaded, "the project was opened and is a recent file")
        picture = wine.picture()
        environment.say(
            f"  the screen: {picture}" if picture else "  no picture: ImageMagick is not installed"
        )
        code = wine.run(setup_file(wine, OLD_VERSION), "/S")
        require(code == REFUSED, "the setup refuses while the program runs")
        code = wine.run(folder / "Uninstall.exe", "/S", f"_?={wine.dos(folder)}")
        require(code == REFUSED and (folder / PROGRAM).is_file(), "so does the uninstaller")
        require(same_files(wine.dist / "MixGUI", folder), "neither has touched a file")
        wine.end(PROGRAM)


def uninstall(wine: Wine, folder: Path, own: Path) -> None:
    """Remove the program silently and look for what is left."""
    wine.must(folder / "Uninstall.exe", "/S", f"_?={wine.dos(folder)}")
    (folder / "Uninstall.exe").unlink(missing_ok=True)  # with _?= it runs in place and cannot delete itself
    require(sorted(folder.iterdir()) == [own], "the uninstaller left the user's file and nothing else")
    for key in (rf"{CLASSES}\.mixgui", rf"{CLASSES}\MixGUI.Project\shell\open\command"):
        require(wine.registry(key) is None, f"the uninstaller removed {key}")
    require(wine.registry(APPS_AND_FEATURES, "DisplayName") is None, "Apps & Features forgot the program")
    require(not list(wine.home.rglob("MixGUI.lnk")), "the shortcut is gone")


def same_files(one: Path, other: Path) -> bool:
    """Whether every file of a folder is in another with the same content."""
    files = [file.relative_to(one) for file in one.rglob("*") if file.is_file()]
    return bool(files) and all(
        (other / file).is_file() and (other / file).read_bytes() == (one / file).read_bytes()
        for file in files
    )
