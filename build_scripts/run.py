"""Set everything up and start MixGUI: python3 build_scripts/run.py [files ...]

Without a screen the real window does its main job on the bundled example off screen and leaves screenshots
and a report in the folder mixgui-run.
"""

from __future__ import annotations

import os
import subprocess
import sys

import environment


def main() -> int:
    """Start the application and return its exit code."""
    environment.require_python()
    screen = environment.has_screen()
    python = environment.prepare(screen=screen)
    command = [str(python), "-m", "mixgui"]
    if screen:
        return subprocess.run([*command, *sys.argv[1:]], env=_surroundings(), check=False).returncode
    folder = environment.ROOT / "mixgui-run"
    folder.mkdir(exist_ok=True)
    environment.say("There is no screen here: doing the main job on the bundled example off screen.")
    report = folder / "report.txt"
    command += ["--smoke-test", "--screenshots", str(folder), "--log", str(report), *sys.argv[1:]]
    surroundings = _surroundings() | {"QT_QPA_PLATFORM": "offscreen"}
    code = subprocess.run(command, env=surroundings, check=False).returncode
    environment.say(f"Screenshots and report: {folder.relative_to(environment.ROOT)}")
    return code


def _surroundings() -> dict[str, str]:
    """Return the environment variables under which `-m mixgui` finds this source tree from any folder."""
    return dict(os.environ) | {"PYTHONPATH": str(environment.ROOT)}


if __name__ == "__main__":
    raise SystemExit(main())
