"""Programs that save in a loop until they are killed, for the fault tests; run with the checkout on the path.

`saver.py FOLDER COUNT SEED` forks COUNT times a process that saves two contents in turn, kills it (SIGKILL) after a
random moment, opens the file and prints what was found. `saver.py FOLDER` alone saves until somebody else kills it.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path

from mixgui.project.project_file import load_project, save_project
from tests.project.projects import content, same_content

ROWS = (400, 900)


def save_for_ever(target: Path) -> None:
    """Save the two contents in turn."""
    contents = [content(rows, seed=rows) for rows in ROWS]
    while True:
        for one in contents:
            save_project(target, one)


def kill_at_random(target: Path, count: int, seed: int) -> None:
    """Print for each kill which of the two contents is there, or what is wrong."""
    contents = {f"rows {rows}": content(rows, seed=rows) for rows in ROWS}
    draw = random.Random(seed)
    save_project(target, contents["rows 400"])
    for _ in range(count):
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                save_for_ever(target)
            os._exit(1)
        time.sleep(draw.uniform(0.0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = load_project(target)
        names = [name for name, one in contents.items() if same_content(one, found)]
        print(names[0] if names else "something else", flush=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    if len(sys.argv) > 2:
        kill_at_random(folder / "a.mixgui", int(sys.argv[2]), int(sys.argv[3]))
    else:
        save_for_ever(folder / "a.mixgui")
