"""Set everything up and pass the tests: python3 build_scripts/test.py [arguments of pytest ...]

Lint, format and types first (seconds), then the whole suite off screen. At last the program is frozen, the frozen
program does its main job, and what is inside it is looked at. That is left out with --no-freeze, or when arguments of
pytest choose among the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys

import environment

CHECKS = (
    ("lint", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("types", ["-m", "mypy"]),
)

# The whole suite on all cores; a file's tests stay together, because they share what is slow to make.
PARALLEL = ("-q", "-n", "auto", "--dist", "loadfile")


def main() -> int:
    """Run the checks and the tests; return 0 when all of them passed."""
    environment.require_python()
    arguments_of_pytest = [argument for argument in sys.argv[1:] if argument != "--no-freeze"]
    freezing = "--no-freeze" not in sys.argv and not arguments_of_pytest
    groups = ("test", "lint", "build") if freezing else ("test", "lint")
    python = str(environment.prepare(groups, freezing=freezing))
    surroundings = dict(os.environ) | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(environment.ROOT)}
    failed = []
    for name, arguments in CHECKS:
        environment.say(f"== {name}")
        if subprocess.run([python, *arguments], cwd=environment.ROOT, check=False).returncode != 0:
            failed.append(name)
    environment.say("== tests")
    tests = [python, "-m", "pytest", *(arguments_of_pytest or PARALLEL)]
    if subprocess.run(tests, cwd=environment.ROOT, env=surroundings, check=False).returncode != 0:
        failed.append("tests")
    if freezing and not _freeze(python, surroundings):
        failed.append("frozen program")
    if failed:
        environment.say(f"Not passed: {', '.join(failed)}")
    return 1 if failed else 0


def _freeze(python: str, surroundings: dict[str, str]) -> bool:
    """Freeze the program, let it do its main job, and test what is inside; return whether all is right."""
    environment.say("== frozen program")
    build = environment.ROOT / "build_scripts" / "build.py"
    steps = [python, str(build), "freeze", "smoke-test", "--platform", "offscreen", "--python", python]
    if subprocess.run(steps, cwd=environment.ROOT, check=False).returncode != 0:
        return False
    surroundings |= {"MIXGUI_FROZEN": str(environment.ROOT / "dist")}
    tests = [python, "-m", "pytest", "-q", "tests/build"]
    return subprocess.run(tests, cwd=environment.ROOT, env=surroundings, check=False).returncode == 0


if __name__ == "__main__":
    raise SystemExit(main())
