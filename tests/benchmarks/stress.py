"""Compare the default fit with the best of many starts on simulated designs.

    python -m tests.benchmarks.stress FIRST LAST

prints every design whose default fit is more than 1e-4 above the best, or that says converged and is not.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from mixgui.engine import FitOptions, LmmFit, fit_lmm
from mixgui.engine.optimize import Problem, descend
from mixgui.errors import ModelError
from tests.benchmarks.designs import Design, design

MISS = 1e-4


@dataclass(frozen=True)
class Verdict:
    """Default fit against the best of many starts."""

    seed: int
    name: str
    default: float
    best: float
    converged: bool
    seconds: float
    evaluations: int

    @property
    def missed(self) -> bool:
        return self.default > self.best + MISS


def many_starts(fit: LmmFit, reml: bool, seed: int, starts: int) -> float:
    """Return the lowest criterion of many random starts, over all scales and correlations."""
    rng = np.random.default_rng(1_000_000 + seed)
    template = fit.state.template
    problem = Problem(fit.state.evaluator, template, reml)
    best = np.inf
    for i in range(starts):
        size = 10.0 ** rng.uniform(-3.0, 3.0, template.size)
        if i % 4 == 0:
            size[:] = 10.0 ** rng.uniform(-3.0, 3.0)
        theta = rng.standard_normal(template.n_theta) * size[template.rows]
        at = descend(problem, theta, FitOptions())
        if at is not None:
            best = min(best, at.f)
    return best


def judge(seed: int, starts: int = 40) -> Verdict | None:
    """Fit the design of a seed both ways; None where the model is refused."""
    d: Design = design(seed)
    clock = time.perf_counter()
    try:
        fit = fit_lmm(d.y, d.X, d.terms, reml=d.reml, weights=d.weights)
    except ModelError as error:
        print(seed, d.name, "refused:", error)
        return None
    seconds = time.perf_counter() - clock
    best = min(fit.criterion, many_starts(fit, d.reml, seed, starts))
    return Verdict(seed, d.name, fit.criterion, best, fit.converged, seconds, fit.convergence.evaluations)


def main(first: int, last: int) -> None:
    """Judge a range of seeds and print the misses."""
    counts: Counter[str] = Counter()
    seconds = 0.0
    for seed in range(first, last):
        verdict = judge(seed)
        if verdict is None:
            counts["refused"] += 1
            continue
        counts["fitted"] += 1
        seconds += verdict.seconds
        counts["missed"] += verdict.missed
        counts["missed but converged"] += verdict.missed and verdict.converged
        counts["not converged"] += not verdict.converged
        if verdict.missed or not verdict.converged:
            print(
                seed,
                verdict.name,
                f"{verdict.default - verdict.best:.2e}",
                verdict.converged,
                verdict.evaluations,
                f"{verdict.seconds * 1e3:.0f} ms",
                flush=True,
            )
    print(dict(counts), f"{seconds:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
