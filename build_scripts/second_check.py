"""Whether a frozen program does what the source tree does beside the main job, with the same files.

Both are started with `--self-check FOLDER` (see mixgui/self_check.py) and what they tell is compared: a reader that was
forgotten, a library of another version, a helper process that does not start. Standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import environment

RESULT = "self-check.json"
# Estimates of refits may differ in the last digits from processor to processor, tables may not differ at all.
SAME_TOLERANCE = 1e-6

Start = Callable[[Path], None]


def second_check(folder: Path, start: Start, python: Path) -> str:
    """Let program and source do the same, and stop the build unless they agree.

    Parameters
    ----------
    folder : Path
        For the files; empty.
    start : callable
        Starts the program with `--self-check` and the folder that it is given, and waits.
    python : Path
        Interpreter of the source's environment.

    Returns
    -------
    str
        A sentence about what was compared.
    """
    found = {}
    for name in ("source", "program"):
        place = folder / name
        _run([python, environment.ROOT / "build_scripts" / "sample_files.py", place / "in"])
        if name == "source":
            _run([python, "-m", "mixgui", "--self-check", place], PYTHONPATH=str(environment.ROOT))
        else:
            start(place)
        file = place / RESULT
        if not file.is_file():
            environment.stop(f"The {name} has written no {RESULT}.")
        found[name] = json.loads(file.read_text(encoding="utf-8"))
    wrong = differences(found["program"], found["source"])
    if wrong:
        environment.stop("The frozen program does not do what the source does:\n  " + "\n  ".join(wrong))
    work = found["program"]["work"]
    return (
        f"{len(found['program']['files'])} formats read as by the source, "
        f"{len(found['program']['written'])} kinds of files written, "
        f"{work['by_helpers']} of {work['tasks']} tasks done by a helper process"
    )


def differences(program: dict[str, Any], source: dict[str, Any]) -> list[str]:
    """Return a sentence for everything that a program did not do as the source does."""
    wrong = [f"it says:\n{text}" for text in program.get("problems", ())]
    wrong += [f"the source says:\n{text}" for text in source.get("problems", ())]
    if not program.get("frozen"):
        wrong.append("it is not frozen")
    files = program.get("files", {})
    for name, expected in source.get("files", {}).items():
        if files.get(name) != expected:
            wrong.append(f"{name} was read as {files.get(name)}, by the source as {expected}")
    if set(program.get("written", ())) != set(source.get("written", ())):
        wrong.append(f"it wrote {sorted(program.get('written', ()))}, the source {sorted(source['written'])}")
    wrong += [f"{name} is empty" for name, size in program.get("written", {}).items() if size < 100]
    work = program.get("work", {})
    if not work.get("by_helpers", 0):
        wrong.append("no helper process has done anything")
    if not abs(work.get("largest_difference", 1.0)) <= SAME_TOLERANCE:
        wrong.append(f"helpers have other results: {work.get('largest_difference')}")
    about = program.get("about", {})
    for line in source.get("about", {}).get("versions", ()):
        name = line.split(" ")[0]
        if not any(one.startswith(f"{name} ") for one in about.get("versions", ())) and name not in _SYSTEMS:
            wrong.append(f"the versions do not tell that of {name}")
    shown = {_plain(name): one for name, one in about.get("licences", {}).items()}
    for name in source.get("about", {}).get("licences", {}):
        if shown.get(_plain(name), {}).get("length", 0) < 200:
            wrong.append(f"the licence of {name} is not shown")
    return wrong


_SYSTEMS = ("Linux", "Windows", "Darwin")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _run(command: list[str | Path], **more: str) -> None:
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **more}
    if subprocess.run(command, env=surroundings, cwd=environment.ROOT, check=False).returncode != 0:
        environment.say(f"{Path(str(command[1])).name} ended badly")
