"""Build what users download, step by step: python3 build_scripts/build.py STEP ...

  freeze        the program with its Python and libraries in one folder (dist/MixGUI, or dist/MixGUI.app)
  smoke-test    start the frozen program (or --program FILE) and let it do its main job; compare what else it does
                with what the source tree does
  sign          sign the frozen program, if a certificate is known (Windows; on macOS the installer does it)
  installer     what this system's users install: setup and portable zip, dmg, or deb and tarball
  deb, tarball  the two for Linux, one by one
  installed     install it silently, smoke-test the installed program, remove it and look for what is left
  measure       sizes, starts (cold and warm) and smoke test of what was built, in a table beside the limits
  checksums     SHA256SUMS of everything in dist that is for downloading
  stamp VERSION write the version of a release into the source, and where newer ones are going to be

The steps of one system cannot be done on another; `windows_under_wine.py` makes the Windows program on Linux.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import bundle
import environment
import linux_packages
import macos_packages
import windows_packages
from installed import try_installed
from measure import measure
from second_check import second_check
from sizes import folder_size, report
from versions import current_version, stamp

DIST = environment.ROOT / "dist"
WORK = environment.ROOT / "build"
DOWNLOADS = (".exe", ".zip", ".dmg", ".deb", ".tar.xz")
SMOKE_TIMEOUT_SECONDS = 300
LARGEST_MB = {"linux": 340, "win32": 240}  # of the frozen folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the steps that are named, in their order."""
    environment.require_python()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("steps", nargs="+", metavar="STEP")
    parser.add_argument("--python", type=Path, help="build with this interpreter, not with that of .venv")
    parser.add_argument("--program", type=Path, help="smoke-test this program, such as the installed one")
    parser.add_argument("--dist", type=Path, default=DIST, help="folder for the results")
    parser.add_argument("--platform", help="Qt platform of the smoke test, such as offscreen")
    options = parser.parse_args(arguments)
    steps = iter(options.steps)
    for step in steps:
        begin = time.perf_counter()
        if step == "stamp":
            stamp(next(steps, ""))
        elif step == "freeze":
            freeze(options.dist, options.python or environment.prepare(("build",), freezing=True))
        elif step == "smoke-test":
            smoke_test(options.program or frozen_program(options.dist), options.platform, options.python)
        elif step == "installer":
            installer(options.dist)
        elif step == "deb":
            report(linux_packages.deb(options.dist, WORK, current_version()))
        elif step == "tarball":
            report(linux_packages.tarball(options.dist, WORK, current_version()))
        elif step == "sign":
            sign(options.dist)
        elif step == "installed":
            try_installed(options.dist, lambda program: smoke_test(program, options.platform, options.python))
        elif step == "measure":
            if not measure(options.dist, options.program or frozen_program(options.dist), options.platform):
                environment.stop("Something is larger or slower than it may be.")
        elif step == "checksums":
            checksums(options.dist)
        else:
            parser.error(f"there is no step {step!r}")
        environment.say(f"{step}: done in {time.perf_counter() - begin:.1f} s")
    return 0


def freeze(dist: Path, python: Path) -> None:
    """Make the program's folder with PyInstaller, after its icons, licences and version resource."""
    generated = WORK / "generated"
    for folder in (generated, WORK / "pyinstaller"):
        shutil.rmtree(folder, ignore_errors=True)
    generated.mkdir(parents=True)
    here = Path(__file__).resolve().parent
    requirements = environment.dependencies(("build",))
    run([python, here / "pictures.py", generated])
    run([python, here / "licences.py", generated / "licences", *requirements])
    (generated / "version_info.txt").write_text(
        windows_packages.version_resource(current_version()), encoding="utf-8"
    )
    command: list[str | Path] = [
        python,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--log-level=WARN",
        "--distpath",
        dist,
    ]
    run([*command, "--workpath", WORK / "pyinstaller", here / "mixgui.spec"], MIXGUI_GENERATED=str(generated))
    folder = frozen_program(dist).parent
    if sys.platform.startswith("linux"):
        _strip(folder / "_internal")
    size = folder_size(folder) / 1e6
    environment.say(f"{folder.name}: {size:.0f} MB")
    if sys.platform in LARGEST_MB and size > LARGEST_MB[sys.platform]:
        environment.stop(
            f"That is more than {LARGEST_MB[sys.platform]} MB: see what came in, and leave it out."
        )


def _strip(libraries: Path) -> None:
    """Take the symbols out of the compiled modules that survive it."""
    if shutil.which("strip") is None:
        return
    for pattern in bundle.STRIPPED:
        for file in libraries.glob(pattern):
            run(["strip", "--strip-unneeded", file])


def frozen_program(dist: Path) -> Path:
    """Return the program that `freeze` makes on this system."""
    if sys.platform == "darwin":
        return dist / "MixGUI.app" / "Contents" / "MacOS" / "MixGUI"
    return dist / "MixGUI" / ("MixGUI.exe" if sys.platform == "win32" else "mixgui")


def smoke_test(program: Path, platform: str | None = None, python: Path | None = None) -> None:
    """Let a program import all it may need, do its main job, and what else it can do as the source does it.

    The build stops unless everything was right.

    Only the exit code counts, and the log must say so as well: a windowed program has no other voice.
    """
    names = sorted({*bundle.own_modules(), *bundle.imported_modules(), *bundle.DYNAMIC_MODULES})
    with tempfile.TemporaryDirectory(prefix="mixgui-build-", ignore_cleanup_errors=True) as name:
        wanted = Path(name) / "modules.txt"
        wanted.write_text("\n".join(names), encoding="utf-8")
        _try(program, ["--import-check", wanted], Path(name), platform)
        environment.say(f"{len(names)} modules can be imported")
        text, seconds = _try(program, ["--smoke-test"], Path(name), platform)
        environment.say(text)
        if "SMOKE TEST PASSED" not in text:
            environment.stop(f"The log of {program.name} does not say that its smoke test passed.")
        environment.say(f"smoke test of {program.name}: {seconds:.1f} s")

        def check(folder: Path) -> None:
            _try(program, ["--self-check", folder], Path(name), platform)

        python = python or environment.prepare(("build",), freezing=True)
        environment.say(second_check(Path(name) / "check", check, python))


def _try(
    program: Path, arguments: Sequence[str | Path], folder: Path, platform: str | None
) -> tuple[str, float]:
    """Run the program in a folder and return its log and how long it took; stop the build if it fails."""
    log = folder / "log.txt"
    log.unlink(missing_ok=True)
    command: list[str | Path] = [program, *arguments, "--log", log]
    command += ["-platform", platform] if platform else []
    surroundings = {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}
    begin = time.perf_counter()
    try:
        code = subprocess.run(
            command, cwd=folder, env=surroundings, timeout=SMOKE_TIMEOUT_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        code = -1
    seconds = time.perf_counter() - begin
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "(no log was written)"
    if code != 0:
        environment.say(text)
        environment.stop(f"{program.name} {arguments[0]} failed: exit code {code}.")
    return text, seconds


def sign(dist: Path) -> None:
    """Sign the program and, if it is there, its setup."""
    if sys.platform == "win32":
        windows_packages.sign([frozen_program(dist), *dist.glob("*-setup.exe")])
    else:
        environment.say("Nothing is signed here by itself.")


def installer(dist: Path) -> None:
    """Make what users of this system download."""
    version = current_version()
    if sys.platform == "win32":
        report(windows_packages.setup(dist, WORK / "generated", version))
        report(windows_packages.portable_zip(dist, version))
    elif sys.platform == "darwin":
        report(macos_packages.dmg(dist, version))
    else:
        report(linux_packages.deb(dist, WORK, version))
        report(linux_packages.tarball(dist, WORK, version))


def checksums(dist: Path) -> None:
    """Write SHA256SUMS as `sha256sum --check` reads it."""
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}"
        for file in sorted(dist.iterdir())
        if file.is_file() and file.name.endswith(DOWNLOADS)
    ]
    if not lines:
        environment.stop("There is nothing to download in the folder of results.")
    (dist / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    environment.say("\n".join(lines))


def run(command: Sequence[str | Path], **surroundings: str) -> None:
    """Run a command in the source tree and stop the build if it fails."""
    if (
        subprocess.run(
            command, cwd=environment.ROOT, env={**os.environ, **surroundings}, check=False
        ).returncode
        != 0
    ):
        environment.stop(f"{Path(command[0]).name} {' '.join(map(str, command[1:3]))} failed.")


if __name__ == "__main__":
    raise SystemExit(main())
