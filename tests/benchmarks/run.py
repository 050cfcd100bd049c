"""Time MixGUI beside lme4 (and mixedlm) on the same data in the same run, alternating; medians.

    python -m tests.benchmarks.run [--mixedlm PYTHON] [--openblas LIBRARY] [--only TEXT] [--label TEXT] [--large]

The model call with formula and data frame to finished estimates is timed, verification of the minimum included. Every
engine runs each model in a fresh process that reads the data first; one thread each. lme4 is found by Rscript and timed
with the BLAS that R has and, where OpenBLAS is installed beside it, with that one (preloaded); mixedlm by the
interpreter of an environment that has it. Writes a Markdown table.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.cases import Benchmark, suite

HERE = Path(__file__).resolve().parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SLOW = 5.0
OPENBLAS = "lme4 with OpenBLAS"
OTHERS = ("lme4", OPENBLAS, "mixedlm")


class Engine:
    """A worker process of one engine for one benchmark."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        self.name = name
        self.answers: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(HERE.parents[1]), **(environment or {})},
        )
        self.alive = self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(("ready", "{")):
                return line.strip()
        return ""

    def fit(self) -> None:
        """Ask for one fit and keep the answer. Once is enough of a fit that takes long: there is nothing to warm up."""
        if not self.alive or (self.answers and self.answers[0]["seconds"] > SLOW):
            return
        assert self.process.stdin is not None
        self.process.stdin.write("fit\n")
        self.process.stdin.flush()
        line = self._line()
        self.alive = line.startswith("{")
        if self.alive:
            self.answers.append(json.loads(line))

    def close(self) -> None:
        """End the process."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(timeout=60)

    def median(self, field: str) -> float:
        """Return the median of a field without the first, warming fit."""
        values = [a[field] for a in self.answers[1:] or self.answers if a.get(field) is not None]
        return statistics.median(values) if values else math.nan


def run(benchmark: Benchmark, folder: Path, mixedlm: str | None, openblas: str | None) -> list[Engine]:
    """Time one benchmark with every engine, alternating."""
    csv, description = folder / "data.csv", folder / "case.json"
    benchmark.frame().to_csv(csv, index=False)
    case = {
        "csv": str(csv),
        "formula": benchmark.formula,
        "REML": benchmark.reml,
        "factors": benchmark.factors,
    }
    description.write_text(json.dumps(case), encoding="utf-8")
    worker = str(HERE / "worker.py")
    engines = [Engine("MixGUI", [sys.executable, worker, "mixgui", str(description)])]
    rscript = shutil.which("Rscript")
    if rscript and not benchmark.large:
        reml = str(benchmark.reml).upper()
        command = [rscript, str(HERE / "worker.R"), benchmark.formula, reml, str(csv), *benchmark.factors]
        engines.append(Engine("lme4", command))
        if openblas:
            engines.append(Engine(OPENBLAS, command, preload(openblas)))
    if mixedlm and not benchmark.large:
        engines.append(Engine("mixedlm", [mixedlm, worker, "mixedlm", str(description)]))
    for _ in range(benchmark.repeats + 1):
        for engine in engines:
            engine.fit()
    for engine in engines:
        engine.close()
    return engines


def seconds(value: float) -> str:
    """Return a time with three digits and its unit."""
    if math.isnan(value):
        return "–"
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms"


def row(benchmark: Benchmark, engines: list[Engine]) -> tuple[str, dict[str, float]]:
    """Return the table's line and the ratios to MixGUI's time."""
    ours = engines[0]
    cells = [benchmark.name, seconds(ours.median("seconds"))]
    ratios: dict[str, float] = {}
    differences = []
    for name in OTHERS:
        other = next((e for e in engines if e.name == name), None)
        if other is None or not other.answers:
            cells += ["–", "–"]
            differences += ["–"] * (name != OPENBLAS)
            continue
        ratios[name] = other.median("seconds") / ours.median("seconds")
        cells += [seconds(other.median("seconds")), f"{ratios[name]:.1f}"]
        if name != OPENBLAS:
            differences.append(f"{ours.median('criterion') - other.median('criterion'):+.1e}")
    cells += differences
    lme4 = next((e for e in engines if e.name == "lme4"), None)
    cells += [
        f"{ours.median('evaluations'):.0f}",
        "–" if lme4 is None else f"{lme4.median('evaluations'):.0f}",
        f"{ours.answers[-1]['memory']:.0f} MB",
        "–" if lme4 is None else f"{lme4.answers[-1]['memory']:.0f} MB",
    ]
    return "| " + " | ".join(cells) + " |", ratios


COLUMNS = (
    "Model",
    "MixGUI",
    "lme4",
    "ratio",
    "lme4, OpenBLAS",
    "ratio",
    "mixedlm",
    "ratio",
    "criterion − lme4's",
    "criterion − mixedlm's",
    "evaluations",
    "lme4's",
    "memory",
    "lme4's",
)
HEADER = "| " + " | ".join(COLUMNS) + " |\n| --- |" + " ---: |" * (len(COLUMNS) - 1)
INTRODUCTION = """# Benchmarks

Median times of the model call, from formula and data frame to finished estimates.
A ratio is the other's time over MixGUI's; memory is the peak above what the data take. lme4 is timed with R's own BLAS
and with OpenBLAS, which is what some systems give R.
"""


def machine_kind() -> str:
    """Return processor, system and Python in words."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def preload(library: str) -> dict[str, str]:
    """Return the environment in which R uses another BLAS, and the LAPACK beside it."""
    beside = Path(library).with_name("liblapack.so.3")
    return {"LD_PRELOAD": ":".join([library, *([str(beside)] if beside.exists() else [])])}


def find_openblas() -> str | None:
    """Return an OpenBLAS that stands in for R's BLAS, as Debian's libopenblas0-pthread installs it."""
    found = (
        sorted(Path("/usr/lib").glob("*/openblas-pthread/libblas.so.3")) if sys.platform == "linux" else []
    )
    return str(found[0]) if found else None


def ask_r(what: str, environment: dict[str, str] | None = None) -> str:
    """Return what R prints, or nothing where there is no R."""
    rscript = shutil.which("Rscript")
    if not rscript:
        return ""
    answer = subprocess.run(
        [rscript, "-e", what],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    return answer.stdout.strip()


def machine(openblas: str | None) -> str:
    """Return a sentence about the machine and the linear algebra of R, as R itself reports it."""
    blas = 'cat(sub("^.*/(.*/.*)$", "\\\\1", extSoftVersion()[["BLAS"]]))'
    version = 'cat(R.version.string, ", lme4 ", as.character(packageVersion("lme4")), sep = "")'
    text = machine_kind()
    if r := ask_r(version):
        text += f"; {r}, BLAS {ask_r(blas)}"
        text += f" and {ask_r(blas, preload(openblas))}" if openblas else ""
    return text + "; one thread."


def main() -> None:
    """Run the suite and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mixedlm", help="Python interpreter of an environment with mixedlm")
    parser.add_argument(
        "--openblas", default=find_openblas(), help="OpenBLAS's libblas.so.3 for R; '' for none"
    )
    parser.add_argument("--large", action="store_true", help="the largest models too, by MixGUI alone")
    parser.add_argument("--only", default="", help="only models whose name contains this")
    parser.add_argument("--label", default="", help="what is special about this run")
    parser.add_argument("--reference", type=Path, help="folder with the reference data's csv files")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    folder = options.reference or HERE.parents[2] / "shared" / "reference" / "data"
    lines: list[str] = []
    collected: dict[str, list[float]] = {}
    for benchmark in suite(folder if folder.is_dir() else None):
        if options.only not in benchmark.name or (benchmark.large and not options.large):
            continue
        with tempfile.TemporaryDirectory() as temporary:
            line, ratios = row(benchmark, run(benchmark, Path(temporary), options.mixedlm, options.openblas))
        print(line, flush=True)
        lines.append(line)
        for name, ratio in ratios.items():
            collected.setdefault(name, []).append(ratio)
    means = [
        f"{name}: {statistics.geometric_mean(r):.1f} (least {min(r):.1f})" for name, r in collected.items()
    ]
    summary = "Geometric mean of the ratios – " + "; ".join(means) + "." if means else ""
    print(summary)
    title = (
        f"## {datetime.datetime.now(tz=datetime.UTC).date()}{', ' + options.label if options.label else ''}"
    )
    text = "\n".join([title, "", machine(options.openblas), "", HEADER, *lines, "", summary, ""])
    old = options.output.read_text(encoding="utf-8") if options.output.exists() else INTRODUCTION
    options.output.write_text(old + "\n" + text, encoding="utf-8")


if __name__ == "__main__":
    main()
