"""The benchmarks: public data where the reference folder is present, simulated data of known shape otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Benchmark:
    """A model and its data; large ones are run on request, by MixGUI alone: the others would be busy for hours."""

    name: str
    formula: str
    factors: tuple[str, ...]
    frame: Callable[[], pd.DataFrame]
    reml: bool = True
    repeats: int = 15
    large: bool = False


def _csv(folder: Path, name: str) -> Callable[[], pd.DataFrame]:
    return lambda: pd.read_csv(folder / f"{name}.csv")


def _netherlands(folder: Path) -> pd.DataFrame:
    students = pd.read_csv(folder / "netherlands-students.csv")
    return students.merge(pd.read_csv(folder / "netherlands-schools.csv"), on="school_id", how="left")


def school(n: int = 7185, groups: int = 160) -> pd.DataFrame:
    """Like High School and Beyond: one slope."""
    rng = np.random.default_rng(1)
    g = np.sort(rng.integers(0, groups, n))
    x = rng.standard_normal(n)
    y = 12.0 + 2.4 * x + 2.9 * rng.standard_normal(groups)[g] + 0.8 * rng.standard_normal(groups)[g] * x
    return pd.DataFrame({"y": y + 6.0 * rng.standard_normal(n), "x": x, "g": g})


def nested(n: int = 31_022) -> pd.DataFrame:
    """Like the chemistry grades: 2,410 schools in 131 authorities."""
    rng = np.random.default_rng(2)
    s = np.sort(np.concatenate([np.arange(2410), rng.integers(0, 2410, n - 2410)]))
    lea = rng.permutation(np.arange(2410) % 131)[s]
    x = rng.standard_normal(n)
    y = 5.7 + 2.5 * x + 1.1 * rng.standard_normal(2410)[s] + 0.4 * rng.standard_normal(131)[lea]
    return pd.DataFrame({"y": y + 2.3 * rng.standard_normal(n), "x": x, "school": s, "lea": lea})


def ratings(n: int = 73_421) -> pd.DataFrame:
    """Like InstEval: 2,972 students rate 1,128 lecturers, the lecturers teach in 28 dept:service units."""
    rng = np.random.default_rng(3)
    s = np.concatenate([np.arange(2972), rng.integers(0, 2972, n - 2972)])
    d = rng.choice(1128, n, p=rng.dirichlet(np.full(1128, 1.2)))
    d[:1128] = np.arange(1128)
    service = rng.integers(0, 2, n)
    unit = (np.arange(1128) % 14)[d] * 2 + service
    y = 3.3 - 0.07 * service + 0.33 * rng.standard_normal(2972)[s] + 0.51 * rng.standard_normal(1128)[d]
    y += 0.11 * rng.standard_normal(28)[unit] + 1.18 * rng.standard_normal(n)
    return pd.DataFrame({"y": y, "service": service, "s": s, "d": d, "unit": unit})


def large(n: int = 1_000_000, groups: int = 10_000) -> pd.DataFrame:
    """A million rows, a random slope."""
    rng = np.random.default_rng(4)
    g = rng.integers(0, groups, n)
    x = rng.standard_normal(n)
    y = 1.0 + 2.0 * x + rng.standard_normal(groups)[g] + 0.5 * rng.standard_normal(groups)[g] * x
    return pd.DataFrame({"y": y + rng.standard_normal(n), "x": x, "g": g})


def huge(n: int = 10_000_000, groups: int = 100_000) -> pd.DataFrame:
    """Ten million rows, a random intercept."""
    rng = np.random.default_rng(5)
    g = rng.integers(0, groups, n, dtype=np.int32)
    x = rng.standard_normal(n)
    y = 1.0 + 0.5 * x + rng.standard_normal(groups)[g] + rng.standard_normal(n)
    return pd.DataFrame({"y": y, "x": x, "g": g})


def wide(n: int = 500_000) -> pd.DataFrame:
    """50,000 x 5,000 crossed, with one row in 500 of all combinations."""
    rng = np.random.default_rng(6)
    a = np.concatenate([np.arange(50_000), rng.integers(0, 50_000, n - 50_000)])
    b = np.concatenate([np.arange(5_000), rng.integers(0, 5_000, n - 5_000)])
    x = rng.standard_normal(n)
    y = 1.0 + 0.5 * x + 0.5 * rng.standard_normal(50_000)[a] + 0.7 * rng.standard_normal(5_000)[b]
    return pd.DataFrame({"y": y + rng.standard_normal(n), "x": x, "a": a, "b": b})


def suite(folder: Path | None) -> list[Benchmark]:
    """Return the benchmarks, small to large; `folder` holds the reference data, None where they are absent."""
    found: list[Benchmark] = []
    if folder is not None:
        found = [
            Benchmark(
                "sleepstudy",
                "Reaction ~ Days + (Days | Subject)",
                ("Subject",),
                _csv(folder, "sleepstudy"),
                repeats=41,
            ),
            Benchmark(
                "pastes",
                "strength ~ 1 + (1 | batch/cask)",
                ("batch", "cask"),
                _csv(folder, "pastes"),
                repeats=41,
            ),
            Benchmark(
                "penicillin",
                "diameter ~ 1 + (1 | plate) + (1 | sample)",
                ("plate", "sample"),
                _csv(folder, "penicillin"),
                repeats=41,
            ),
            Benchmark(
                "netherlands",
                "language_post ~ 1 + verbal_iq + (1 + verbal_iq | school_id)",
                ("school_id",),
                lambda: _netherlands(folder),
                repeats=21,
            ),
            Benchmark(
                "exam",
                "normexam ~ standLRT + (standLRT | school)",
                ("school",),
                _csv(folder, "exam"),
                repeats=21,
            ),
        ]
    return [
        *found,
        Benchmark("7,185 rows, slope, 160 groups", "y ~ x + (x | g)", ("g",), school),
        Benchmark(
            "31,022 rows, 2,410 in 131 nested",
            "y ~ x + (1 | school) + (1 | lea)",
            ("school", "lea"),
            nested,
            repeats=7,
        ),
        Benchmark(
            "73,421 rows, 2,972 x 1,128 crossed",
            "y ~ service + (1 | s) + (1 | d)",
            ("s", "d"),
            ratings,
            repeats=3,
        ),
        Benchmark(
            "the same with 28 dept:service units",
            "y ~ service + (1 | s) + (1 | d) + (1 | unit)",
            ("s", "d", "unit"),
            ratings,
            repeats=3,
        ),
        Benchmark("1,000,000 rows, slope, 10,000 groups", "y ~ x + (x | g)", ("g",), large, repeats=3),
        Benchmark(
            "500,000 rows, 50,000 x 5,000 crossed",
            "y ~ x + (1 | a) + (1 | b)",
            ("a", "b"),
            wide,
            repeats=1,
            large=True,
        ),
        Benchmark(
            "10,000,000 rows, 100,000 groups",
            "y ~ x + (1 | g)",
            ("g",),
            huge,
            repeats=1,
            large=True,
        ),
    ]
