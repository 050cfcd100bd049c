"""Set everything up and pass the tests: python3 build_scripts/test.py [arguments of pytest ...]

Lint, format and types first (seconds), then the whole suite off screen.
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
    python = str(environment.prepare(("test", "lint")))
    surroundings = dict(os.environ) | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(environment.ROOT)}
    failed = []
    for name, arguments in CHECKS:
        environment.say(f"== {name}")
        if subprocess.run([python, *arguments], cwd=environment.ROOT, check=False).returncode != 0:
            failed.append(name)
    environment.say("== tests")
    tests = [python, "-m", "pytest", *(sys.argv[1:] or PARALLEL)]
    if subprocess.run(tests, cwd=environment.ROOT, env=surroundings, check=False).returncode != 0:
        failed.append("tests")
    if failed:
        environment.say(f"Not passed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
