"""Fit one benchmark again and again, timed, in a process of its own.

    python worker.py ENGINE CASE.json

ENGINE is mixgui or mixedlm. Every line on standard input asks for one fit, answered by one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd


def memory(field: str) -> float:
    """Return a figure of this process in MB (VmHWM: peak, VmRSS: now), or NaN where the system has none."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    for line in status.read_text(encoding="utf-8").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return float("nan")


def with_mixgui(case: dict[str, Any], frame: pd.DataFrame) -> Callable[[], dict[str, Any]]:
    from mixgui.models import fit

    def run() -> dict[str, Any]:
        clock = time.perf_counter()
        m = fit(case["formula"], frame, reml=case["REML"])
        seconds = time.perf_counter() - clock
        return {
            "seconds": seconds,
            "criterion": m.criterion,
            "converged": m.converged,
            "evaluations": None if m.lmm is None else m.lmm.convergence.evaluations,
        }

    return run


def with_mixedlm(case: dict[str, Any], frame: pd.DataFrame) -> Callable[[], dict[str, Any]]:
    import mixedlm  # type: ignore[import-not-found]

    def run() -> dict[str, Any]:
        clock = time.perf_counter()
        m = mixedlm.lmer(case["formula"], frame, REML=case["REML"])
        seconds = time.perf_counter() - clock
        return {
            "seconds": seconds,
            "criterion": float(m.deviance() if callable(m.deviance) else m.deviance),
        }

    return run


def main(engine: str, path: str) -> None:
    case = json.loads(Path(path).read_text(encoding="utf-8"))
    frame = pd.read_csv(case["csv"], dtype=dict.fromkeys(case["factors"], "category"))
    run = {"mixgui": with_mixgui, "mixedlm": with_mixedlm}[engine](case, frame)
    before = memory("VmRSS")
    print("ready", flush=True)
    for _ in sys.stdin:
        answer = run()
        answer["memory"] = memory("VmHWM") - before
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
