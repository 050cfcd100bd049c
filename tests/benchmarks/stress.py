"""Compare the default fit with the best of many starts on simulated designs, and write down the result.

    python -m tests.benchmarks.stress [--first SEED] [--count N] [--starts N] [--output FILE]

Every design is fitted with default settings. Then its criterion is minimised from many other starts: small, large and
mixed scales, single variances at 0, singular and perturbed versions of the best point; and by two methods that share
nothing with the engine's Newton steps, L-BFGS-B and Powell's derivative-free one. A fit that ends more than 1e-4 above
the best is a miss. A fit that says converged is wrong where it missed, or where a small random step leads down.
"""

from __future__ import annotations

import argparse
import datetime
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import optimize

from mixgui.engine import FitOptions, LmmFit, fit_lmm
from mixgui.engine.optimize import Problem, descend
from mixgui.errors import ModelError
from tests.benchmarks.designs import ERRORS, FAMILIES, Design, design
from tests.benchmarks.run import machine_kind

HERE = Path(__file__).resolve().parent
MISS = 1e-4
# A fit that says converged may not have a lower point this close by: in units of -2 log-likelihood.
_DOWN = 1e-5


@dataclass(frozen=True)
class Verdict:
    """Default fit against the best of many starts."""

    seed: int
    family: str
    errors: str
    default: float
    best: float
    down: float
    converged: bool
    singular: bool
    seconds: float
    evaluations: int

    @property
    def excess(self) -> float:
        return max(self.default - self.best, 0.0)

    @property
    def missed(self) -> bool:
        return self.excess > MISS

    @property
    def wrongly_converged(self) -> bool:
        return self.converged and (self.missed or self.down > _DOWN)


def starting_points(rng: np.random.Generator, fit: LmmFit, starts: int) -> Iterator[np.ndarray]:
    """Yield thetas in the engine's coordinates, in which a relative standard deviation of 1 is moderate."""
    template = fit.state.template
    on = template.rows == template.cols
    best = template.theta_of(fit.lam)
    for i in range(starts):
        size = 10.0 ** rng.uniform(-3.0, 3.0, template.size)
        kind = i % 6
        if kind == 0:  # one scale for all
            size[:] = 10.0 ** rng.uniform(-3.0, 3.0)
        theta = rng.standard_normal(template.n_theta) * size[template.rows]
        if kind == 1:  # at the boundary: some variances 0, or a singular covariance matrix
            gone = rng.random(template.size) < 0.5
            theta[gone[template.rows]] = 0.0
        elif kind == 2:
            theta[on & (rng.random(template.n_theta) < 0.5)] = 0.0
        elif kind == 3:  # the best point, moved
            theta = best + 10.0 ** rng.uniform(-3.0, 0.5) * rng.standard_normal(template.n_theta)
        elif kind == 4:  # diagonal
            theta = np.where(on, size[template.rows], 0.0)
        yield theta


def many_starts(fit: LmmFit, reml: bool, seed: int, starts: int) -> float:
    """Return the lowest criterion that any start or method reaches."""
    rng = np.random.default_rng(1_000_000 + seed)
    problem = Problem(fit.state.evaluator, fit.state.template, reml)
    best = np.inf
    for theta in starting_points(rng, fit, starts):
        at = descend(problem, theta, FitOptions())
        if at is not None:
            best = min(best, at.f)
    for theta in starting_points(rng, fit, 5):
        best = min(best, strangers(problem, theta))
    return best


def strangers(problem: Problem, theta: np.ndarray) -> float:
    """Return what L-BFGS-B and, for few parameters, Powell's method reach from theta."""
    template, far = problem.template, 1e300

    def value(t: np.ndarray) -> float:
        f = problem.evaluate(template.factor(t), 0).criterion
        return f if np.isfinite(f) else far

    def both(t: np.ndarray) -> tuple[float, np.ndarray]:
        lam = template.factor(t)
        e = problem.evaluate(lam, 1)
        if e.G is None or not np.isfinite(e.criterion):
            return far, np.zeros_like(t)
        return e.criterion, template.gradient(lam, e.G)

    if problem.evaluator.work > 1e6:  # a wide crossed design: some hundred evaluations are enough
        return float(optimize.minimize(both, theta, jac=True, method="L-BFGS-B", options={"maxiter": 60}).fun)
    found = [float(optimize.minimize(both, theta, jac=True, method="L-BFGS-B").fun)]
    if len(theta) <= 6:
        options = {"maxfev": 400 * len(theta), "xtol": 1e-8, "ftol": 1e-12}
        found.append(float(optimize.minimize(value, theta, method="Powell", options=options).fun))
    return min(found)


def steepest_probe(fit: LmmFit, reml: bool, seed: int) -> float:
    """Return the largest decrease that small random steps from the reported theta (given scale) find."""
    rng = np.random.default_rng(2_000_000 + seed)
    size = np.maximum(np.abs(fit.theta), 0.01 * np.abs(fit.theta).max(initial=1e-8))
    lowest = fit.criterion
    for _ in range(60):
        move = 10.0 ** rng.uniform(-5.0, -1.0) * size * rng.standard_normal(len(size))
        lowest = min(lowest, fit.state.criterion(fit.theta + move, reml))
    return fit.criterion - lowest


def judge(seed: int, starts: int) -> Verdict | str:
    """Fit the design of a seed all ways; the reason where the model is refused."""
    d: Design = design(seed)
    clock = time.perf_counter()
    try:
        fit = fit_lmm(d.y, d.X, d.terms, reml=d.reml, weights=d.weights, offset=d.offset)
    except ModelError as error:
        return str(error)
    seconds = time.perf_counter() - clock
    down = steepest_probe(fit, d.reml, seed)
    best = min(fit.criterion, many_starts(fit, d.reml, seed, starts), fit.criterion - down)
    return Verdict(
        seed, d.family, d.errors, fit.criterion, best, down, fit.converged, fit.singular, seconds,
        fit.convergence.evaluations,
    )  # fmt: skip


def run(first: int, count: int, starts: int) -> tuple[list[Verdict], list[tuple[int, str]]]:
    """Judge a range of seeds, printing what is wrong as soon as it is found."""
    verdicts: list[Verdict] = []
    refused: list[tuple[int, str]] = []
    for seed in range(first, first + count):
        verdict = judge(seed, starts)
        if isinstance(verdict, str):
            refused.append((seed, verdict))
            print(seed, "refused:", verdict, flush=True)
            continue
        verdicts.append(verdict)
        if verdict.missed or verdict.wrongly_converged or not verdict.converged:
            print(
                seed, verdict.family, verdict.errors, f"excess {verdict.excess:.1e}", f"down {verdict.down:.1e}",
                f"converged {verdict.converged}", flush=True,
            )  # fmt: skip
    return verdicts, refused


HEADER = (
    "Family", "designs", "missed", "worst excess", "converged wrongly", "not verified", "singular",
    "evaluations", "ms",
)  # fmt: skip


def _row(name: str, found: list[Verdict]) -> str:
    if not found:
        return f"| {name} | 0 |" + " – |" * (len(HEADER) - 2)
    cells = [
        name,
        str(len(found)),
        str(sum(v.missed for v in found)),
        f"{max(v.excess for v in found):.1e}",
        str(sum(v.wrongly_converged for v in found)),
        str(sum(not v.converged for v in found)),
        str(sum(v.singular for v in found)),
        f"{np.median([v.evaluations for v in found]):.0f}",
        f"{1e3 * float(np.median([v.seconds for v in found])):.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


def report(
    verdicts: list[Verdict], refused: list[tuple[int, str]], first: int, count: int, starts: int
) -> str:
    """Return the record as Markdown."""
    lines = [
        f"## {datetime.datetime.now(tz=datetime.UTC).date()}: seeds {first} to {first + count - 1}",
        "",
        f"{len(verdicts)} designs fitted with default settings, {len(refused)} refused, each against {starts} starts "
        "of the engine's own method and 5 of each of two foreign ones. "
        f"More than {MISS:g} above the best: {sum(v.missed for v in verdicts)}. "
        f"Worst excess: {max((v.excess for v in verdicts), default=0.0):.1e}. "
        f"Said converged and was not: {sum(v.wrongly_converged for v in verdicts)}. "
        f"Not verified, and said so: {sum(not v.converged for v in verdicts)}.",
        "",
        machine_kind() + ".",
        "",
        "| " + " | ".join(HEADER) + " |",
        "| --- |" + " ---: |" * (len(HEADER) - 1),
        *(_row(name, [v for v in verdicts if v.family == name]) for name in FAMILIES),
        _row("**all**", verdicts),
        "",
        "By distribution of the errors: "
        + "; ".join(
            f"{name}: {len(of)} designs, worst excess {max((v.excess for v in of), default=0.0):.0e}"
            for name in ERRORS
            for of in [[v for v in verdicts if v.errors == name]]
        )
        + ".",
        "",
    ]
    if refused:
        reasons = Counter(reason for _, reason in refused)
        lines += ["Refused: " + "; ".join(f"{n} × “{reason}”" for reason, n in reasons.items()), ""]
    return "\n".join(lines)


INTRODUCTION = """# Designs that are hard on optimisers

Simulated designs (`designs.py`), fitted with default settings and judged against the best of many starts (`stress.py`).
Criteria are −2 log-likelihoods or REML criteria; "excess" is how far the default fit ends above the best that anything
reached. Written by `python -m tests.benchmarks.stress`.
"""


def main() -> None:
    """Judge, print and write down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--first", type=int, default=100_000, help="first seed")
    parser.add_argument("--count", type=int, default=30 * len(FAMILIES), help="number of designs")
    parser.add_argument("--starts", type=int, default=60, help="starts of the engine's own method")
    parser.add_argument("--output", type=Path, help="Markdown file to write (the record is STRESS.md)")
    options = parser.parse_args()
    verdicts, refused = run(options.first, options.count, options.starts)
    text = report(verdicts, refused, options.first, options.count, options.starts)
    print(text)
    if options.output:
        old = options.output.read_text(encoding="utf-8") if options.output.exists() else ""
        earlier = old[old.index("## ") :] if "## " in old else ""
        options.output.write_text(f"{INTRODUCTION}\n{text}\n{earlier}", encoding="utf-8")


if __name__ == "__main__":
    main()
