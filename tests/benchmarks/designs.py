"""Random designs that are hard on optimisers: other structures, scales and distributions than the stored ones.

A design is a seed: the family is `FAMILIES[seed % len(FAMILIES)]`, everything else is drawn. Structures, sizes, scales
and the distribution of the errors are drawn independently, so that every structure meets every distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixgui.engine import Factor, RandomTermData


@dataclass(frozen=True, eq=False)
class Design:
    """A simulated data set and its model.

    `family` is the structure; `errors` the distribution of the residuals.
    """

    family: str
    errors: str
    y: np.ndarray
    X: np.ndarray
    terms: tuple[RandomTermData, ...]
    reml: bool
    weights: np.ndarray | None = None
    offset: np.ndarray | None = None


def _factor(codes: np.ndarray, name: str) -> Factor:
    levels, codes = np.unique(codes, return_inverse=True)
    return Factor(codes.astype(np.int32), len(levels), name)


def _codes(rng: np.random.Generator, n: int, q: int) -> np.ndarray:
    """Group of each row: balanced, or with few large and many tiny groups; every group occurs."""
    q = min(q, n // 2)
    if rng.random() < 0.4:
        codes = np.arange(n) % q
    else:
        codes = rng.choice(q, n, p=rng.dirichlet(np.full(q, 10 ** rng.uniform(-0.7, 1.0))))
        codes[:q] = np.arange(q)
    return rng.permutation(codes)


ERRORS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "t with 2.2 df": lambda rng, n: rng.standard_t(2.2, n),
    "Cauchy": lambda rng, n: np.clip(rng.standard_cauchy(n), -1e4, 1e4),
    "lognormal": lambda rng, n: rng.lognormal(0.0, 1.0, n) - np.exp(0.5),
    "3 % outliers": lambda rng, n: np.where(rng.random(n) < 0.03, 20.0, 1.0) * rng.standard_normal(n),
    "uniform": lambda rng, n: rng.uniform(-1.7, 1.7, n),
    "growing spread": lambda rng, n: np.exp(np.linspace(-1.5, 1.5, n)) * rng.standard_normal(n),
    "rounded": lambda rng, n: np.round(rng.standard_normal(n)),
    "yes or no": lambda rng, n: (rng.random(n) < 0.2) - 0.2,
    "autoregressive": lambda rng, n: _autoregressive(rng, n, 0.8),
}


def _autoregressive(rng: np.random.Generator, n: int, phi: float) -> np.ndarray:
    out = rng.standard_normal(n)
    for i in range(1, n):
        out[i] += phi * out[i - 1]
    return out


def _scale(rng: np.random.Generator) -> float:
    return float(10.0 ** rng.uniform(-8.0, 8.0)) if rng.random() < 0.4 else 1.0


def _predictor(rng: np.random.Generator, n: int, codes: np.ndarray) -> np.ndarray:
    kind = rng.integers(6)
    if kind == 0:
        x = rng.standard_normal(n)
    elif kind == 1:
        x = rng.integers(0, 6, n).astype(float)  # occasions
    elif kind == 2:
        between = rng.standard_normal(codes.max() + 1)[codes]
        x = between + rng.choice([0.3, 0.01]) * rng.standard_normal(n)  # varies between groups
    elif kind == 3:
        x = rng.lognormal(0.0, 1.0, n)
    elif kind == 4:
        x = rng.standard_t(2.0, n)  # a few points of great leverage
    else:
        x = (rng.random(n) < 0.3).astype(float)
    if x.std() == 0.0:
        x = rng.standard_normal(n)
    scale = _scale(rng)
    offset = float(rng.choice([0.0, 0.0, 3.0, 1e3])) * scale
    return x * scale + offset


def _effects(rng: np.random.Generator, q: int, Z: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Random part of the outcome, of random size: often none, often a singular covariance."""
    k = Z.shape[1]
    scaled = Z / np.maximum(np.abs(Z).max(axis=0), 1e-300)
    L = np.tril(rng.standard_normal((k, k)))
    if rng.random() < 0.4:
        L[:, rng.integers(k) :] = 0.0
    size = float(rng.choice([0.0, 0.05, 0.3, 1.0, 10.0, 100.0], p=[0.1, 0.1, 0.2, 0.3, 0.2, 0.1]))
    draws = rng.standard_t(2.5, (q, k)) if rng.random() < 0.2 else rng.standard_normal((q, k))
    return size * (scaled * (draws @ L.T)[codes]).sum(axis=1)


def _finish(
    rng: np.random.Generator,
    family: str,
    signal: np.ndarray,
    X: np.ndarray,
    terms: tuple[RandomTermData, ...],
    weighted: bool = False,
) -> Design:
    """Add the errors, scale the outcome, drop predictors at times."""
    n = len(signal)
    errors = str(rng.choice(list(ERRORS)))
    scale = _scale(rng)
    y = scale * (signal + ERRORS[errors](rng, n)) + float(rng.choice([0.0, 10.0, 1e4])) * scale
    keep = np.ones(X.shape[1], dtype=bool)
    if rng.random() < 0.2:
        keep[1:] = False
    weights = offset = None
    if weighted or rng.random() < 0.1:
        weights = 10.0 ** rng.uniform(-2.0, 2.0, n) if rng.random() < 0.5 else rng.uniform(0.2, 4.0, n)
    if weighted:
        offset = scale * rng.standard_normal(n)
    return Design(family, errors, y, X[:, keep], terms, bool(rng.random() < 0.6), weights, offset)


# --- one factor ---


def _one_factor(
    rng: np.random.Generator, family: str, k: int, correlated: bool = True, intercept: bool = True
) -> Design:
    q = int(rng.integers(4, 60))
    n = int(q * rng.uniform(k + 1.5, 12))
    f = _factor(_codes(rng, n, q), "g")
    slopes = [_predictor(rng, n, f.codes) for _ in range(k - intercept)]
    Z = np.column_stack([np.ones(n)] * intercept + slopes)
    X = np.column_stack([np.ones(n), *slopes])
    pieces = [Z] if correlated else [Z[:, [j]] for j in range(k)]
    terms = tuple(RandomTermData(f, Z=piece) for piece in pieces)
    return _finish(rng, family, _effects(rng, f.n_levels, Z, f.codes), X, terms)


def _saturated(rng: np.random.Generator, family: str) -> Design:
    """Hardly more rows than random effects."""
    k = int(rng.integers(2, 4))
    q = int(rng.integers(6, 30))
    n = q * k + int(rng.integers(2, q))
    codes = np.concatenate([np.repeat(np.arange(q), k), rng.integers(0, q, n - q * k)])
    f = _factor(codes, "g")
    Z = np.column_stack([np.ones(n), *(_predictor(rng, n, codes) for _ in range(k - 1))])
    return _finish(rng, family, _effects(rng, q, Z, codes), Z, (RandomTermData(f, Z),))


def _near_singular(rng: np.random.Generator, family: str) -> Design:
    """Effects that (nearly) follow from each other, columns that do, or a variance that is nearly 0."""
    q, m = int(rng.integers(5, 40)), int(rng.integers(4, 10))
    codes = np.repeat(np.arange(q), m)
    n = q * m
    x = np.tile(np.arange(float(m)), q)
    z = x + 10 ** rng.uniform(-5.0, 0.0) * rng.standard_normal(n)
    k = int(rng.integers(2, 4))
    Z = np.column_stack([np.ones(n), x, z][:k])
    b = rng.standard_normal(q)
    spread = 10 ** rng.uniform(-4.0, 0.0, k)
    effects = np.column_stack(
        [float(rng.choice([-1.0, 1.0])) * b + s * rng.standard_normal(q) for s in spread]
    )
    signal = 10 ** rng.uniform(-2.0, 2.0) * (Z * effects[codes]).sum(axis=1)
    return _finish(rng, family, signal, Z[:, :2], (RandomTermData(_factor(codes, "g"), Z),))


def _cells(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Worker and machine of each row; at times cells are missing."""
    q, m, replicates = int(rng.integers(5, 25)), int(rng.integers(3, 5)), int(rng.integers(2, 5))
    g, kind = np.repeat(np.arange(q), m * replicates), np.tile(np.arange(m), q * replicates)
    keep = rng.random(len(g)) < rng.choice([1.0, 0.8])
    keep[: m * replicates] = True
    return g[keep], kind[keep]


def _factor_slope(rng: np.random.Generator, family: str) -> Design:
    g, kind = _cells(rng)
    f = _factor(g, "worker")
    cells = (kind[:, None] == np.arange(kind.max() + 1)).astype(float)
    treatment = np.column_stack([np.ones(len(g)), cells[:, 1:]])
    Z = cells if rng.random() < 0.5 else treatment
    signal = _effects(rng, f.n_levels, Z, f.codes) + kind
    return _finish(rng, family, signal, treatment, (RandomTermData(f, Z),))


def _factor_bars(rng: np.random.Generator, family: str) -> Design:
    """(f || g) as lme4 has it: an intercept, and the factor's columns in a correlated block beside it."""
    g, kind = _cells(rng)
    f = _factor(g, "worker")
    cells = (kind[:, None] == np.arange(kind.max() + 1)).astype(float)
    x = _predictor(rng, len(g), g)
    X = np.column_stack([np.ones(len(g)), cells[:, 1:], x])
    Z = cells if rng.random() < 0.5 else cells[:, 1:]
    terms = (RandomTermData(f), RandomTermData(f, Z), RandomTermData(f, x[:, None]))
    signal = _effects(rng, f.n_levels, Z, g) + _effects(rng, f.n_levels, x[:, None], g) + kind
    return _finish(rng, family, signal, X, terms)


def _many_predictors(rng: np.random.Generator, family: str) -> Design:
    q, p = int(rng.integers(8, 30)), int(rng.integers(8, 25))
    n = int(max(q * rng.uniform(2.5, 6), 2.2 * p))
    f = _factor(_codes(rng, n, q), "g")
    X = np.column_stack([np.ones(n), *(_predictor(rng, n, f.codes) for _ in range(p))])
    Z = X[:, :2]
    return _finish(rng, family, _effects(rng, f.n_levels, Z, f.codes), X, (RandomTermData(f, Z),))


def _large_groups(rng: np.random.Generator, family: str) -> Design:
    """Few groups of many rows: the criterion is steep in the residual and flat in the rest."""
    q = int(rng.integers(3, 8))
    n = int(rng.integers(1500, 4000))
    f = _factor(_codes(rng, n, q), "g")
    Z = np.column_stack([np.ones(n), _predictor(rng, n, f.codes)])
    return _finish(rng, family, _effects(rng, f.n_levels, Z, f.codes), Z, (RandomTermData(f, Z),))


def _weighted(rng: np.random.Generator, family: str) -> Design:
    q = int(rng.integers(5, 40))
    n = int(q * rng.uniform(3, 9))
    f = _factor(_codes(rng, n, q), "g")
    Z = np.column_stack([np.ones(n), _predictor(rng, n, f.codes)])
    chosen = Z if rng.random() < 0.6 else None
    signal = _effects(rng, f.n_levels, Z, f.codes)
    return _finish(rng, family, signal, Z, (RandomTermData(f, chosen),), weighted=True)


# --- several factors ---


def _several(rng: np.random.Generator, family: str) -> Design:
    n = int(rng.integers(60, 500))
    a = _codes(rng, n, int(rng.integers(4, 40)))
    b = _codes(rng, n, int(rng.integers(3, 25)))
    c = _codes(rng, n, int(rng.integers(3, 8)))
    x = _predictor(rng, n, a)
    inner = a * 1000 + rng.integers(0, 4, n)
    innermost = inner * 10 + rng.integers(0, 2, n)
    chosen = {
        "three crossed": [(a, 1), (b, 1), (c, 1)],
        "crossed and nested": [(inner, 1), (a, 1), (b, 1)],
        "slope and crossed": [(a, 2), (b, 1)],
        "two factors with slopes": [(a, 2), (b, 2)],
        "nested with slope outside": [(inner, 1), (a, 2)],
        "nested with slope inside": [(inner, 2), (a, 1)],
        "three nested": [(innermost, 1), (inner, 1), (a, 1)],
        "interaction of factors": [(a * 1000 + b, 1), (a, 1), (b, 1)],
    }[family]
    return _of_factors(rng, family, chosen, x)


def _of_factors(
    rng: np.random.Generator, family: str, chosen: list[tuple[np.ndarray, int]], x: np.ndarray
) -> Design:
    n = len(x)
    terms = []
    signal = np.zeros(n)
    for codes, k in chosen:
        f = _factor(codes, f"f{len(terms)}")
        if f.n_levels * k >= n:
            f = _factor(codes % 7, f.name)
        Z = np.column_stack([np.ones(n), x][:k])
        signal = signal + _effects(rng, f.n_levels, Z, f.codes)
        terms.append(RandomTermData(f, None if k == 1 else Z))
    return _finish(rng, family, signal, np.column_stack([np.ones(n), x]), tuple(terms))


def _partially_crossed(rng: np.random.Generator, family: str) -> Design:
    """Pupils stay in one school or change once: neither nested nor crossed."""
    pupils, schools, years = int(rng.integers(20, 90)), int(rng.integers(4, 15)), int(rng.integers(3, 6))
    first = rng.integers(0, schools, pupils)
    change = np.where(rng.random(pupils) < 0.2, rng.integers(1, years, pupils), years)
    pupil, year = np.repeat(np.arange(pupils), years), np.tile(np.arange(years), pupils)
    school = np.where(year < change[pupil], first[pupil], (first[pupil] + 1) % schools)
    keep = rng.random(len(pupil)) < rng.choice([1.0, 0.85])
    keep[:years] = True
    slope = int(rng.integers(1, 3))
    scale = _scale(rng)
    x = year[keep] * scale + float(rng.choice([0.0, 2000.0])) * scale
    return _of_factors(rng, family, [(pupil[keep], slope), (school[keep], 1)], x)


def _wide_border(rng: np.random.Generator, family: str) -> Design:
    """More random effects than the dense treatment takes: sparse patterns, elimination of the largest factor."""
    n = int(rng.integers(700, 1600))
    a, b = _codes(rng, n, int(rng.integers(150, 300))), _codes(rng, n, int(rng.integers(60, 140)))
    return _of_factors(rng, family, [(a, 1), (b, int(rng.integers(1, 3)))], _predictor(rng, n, b))


FAMILIES: dict[str, Callable[[np.random.Generator, str], Design]] = {
    "intercept": lambda rng, name: _one_factor(rng, name, 1),
    "intercept and slope": lambda rng, name: _one_factor(rng, name, 2),
    "three effects": lambda rng, name: _one_factor(rng, name, 3),
    "four effects": lambda rng, name: _one_factor(rng, name, 4),
    "five effects": lambda rng, name: _one_factor(rng, name, 5),
    "three effects, uncorrelated": lambda rng, name: _one_factor(rng, name, 3, correlated=False),
    "two slopes, no intercept": lambda rng, name: _one_factor(rng, name, 2, intercept=False),
    "hardly more rows than effects": _saturated,
    "effects that nearly follow from each other": _near_singular,
    "slopes of a factor": _factor_slope,
    "slopes of a factor and of a number, uncorrelated": _factor_bars,
    "many predictors": _many_predictors,
    "few large groups": _large_groups,
    "prior weights and offset": _weighted,
    "three crossed": _several,
    "crossed and nested": _several,
    "slope and crossed": _several,
    "two factors with slopes": _several,
    "nested with slope outside": _several,
    "nested with slope inside": _several,
    "three nested": _several,
    "interaction of factors": _several,
    "partially crossed": _partially_crossed,
    "wide crossed": _wide_border,
}


def design(seed: int) -> Design:
    """Return the design of a seed."""
    family, make = list(FAMILIES.items())[seed % len(FAMILIES)]
    return make(np.random.default_rng(seed), family)
