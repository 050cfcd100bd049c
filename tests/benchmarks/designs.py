"""Random designs that are hard on optimisers: other structures, scales and distributions than the stored ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixgui.engine import Factor, RandomTermData


@dataclass(frozen=True, eq=False)
class Design:
    """A simulated data set and its model."""

    name: str
    y: np.ndarray
    X: np.ndarray
    terms: tuple[RandomTermData, ...]
    reml: bool
    weights: np.ndarray | None = None


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


def _noise(rng: np.random.Generator, n: int) -> np.ndarray:
    kind = rng.integers(5)
    if kind == 0:
        return rng.standard_t(2.2, n)
    if kind == 1:
        return rng.lognormal(0.0, 1.0, n) - np.exp(0.5)
    if kind == 2:
        return np.where(rng.random(n) < 0.03, 20.0, 1.0) * rng.standard_normal(n)
    return rng.standard_normal(n)


def _scale(rng: np.random.Generator) -> float:
    return float(10.0 ** rng.uniform(-6.0, 8.0)) if rng.random() < 0.4 else 1.0


def _predictor(rng: np.random.Generator, n: int, codes: np.ndarray) -> np.ndarray:
    kind = rng.integers(5)
    if kind == 0:
        x = rng.standard_normal(n)
    elif kind == 1:
        x = rng.integers(0, 6, n).astype(float)  # occasions
    elif kind == 2:
        x = rng.standard_normal(codes.max() + 1)[codes] + 0.3 * rng.standard_normal(
            n
        )  # varies between groups
    elif kind == 3:
        x = rng.lognormal(0.0, 1.0, n)
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
    size = float(rng.choice([0.0, 0.05, 0.3, 1.0, 10.0, 100.0], p=[0.2, 0.15, 0.25, 0.25, 0.1, 0.05]))
    return size * (scaled * (rng.standard_normal((q, k)) @ L.T)[codes]).sum(axis=1)


def _one_factor(rng: np.random.Generator, k: int, correlated: bool = True, intercept: bool = True) -> Design:
    q = int(rng.integers(4, 60))
    n = int(q * rng.uniform(k + 1.5, 12))
    f = _factor(_codes(rng, n, q), "g")
    slopes = [_predictor(rng, n, f.codes) for _ in range(k - intercept)]
    Z = np.column_stack([np.ones(n)] * intercept + slopes)
    X = np.column_stack([np.ones(n), *slopes])
    y = _effects(rng, f.n_levels, Z, f.codes) + _noise(rng, n)
    pieces = [Z] if correlated else [Z[:, [j]] for j in range(k)]
    terms = tuple(RandomTermData(f, Z=piece) for piece in pieces)
    return _finish(
        rng, f"{k} effects{'' if correlated else ' ||'}{'' if intercept else ' no intercept'}", y, X, terms
    )


def _factor_slope(rng: np.random.Generator) -> Design:
    q, m = int(rng.integers(5, 25)), int(rng.integers(3, 5))
    replicates = int(rng.integers(2, 5))
    n = q * m * replicates
    g, kind = np.repeat(np.arange(q), m * replicates), np.tile(np.arange(m), q * replicates)
    keep = rng.random(n) < rng.choice([1.0, 0.8])
    keep[: m * replicates] = True
    g, kind = g[keep], kind[keep]
    f = _factor(g, "worker")
    cells = (kind[:, None] == np.arange(m)).astype(float)
    Z = cells if rng.random() < 0.5 else np.column_stack([np.ones(len(g)), cells[:, 1:]])
    X = np.column_stack([np.ones(len(g)), cells[:, 1:]])
    y = _effects(rng, f.n_levels, Z, f.codes) + _noise(rng, len(g)) + kind
    return _finish(rng, f"factor slope of {m}", y, X, (RandomTermData(f, Z),))


def _several(rng: np.random.Generator, kind: str) -> Design:
    n = int(rng.integers(60, 500))
    a = _codes(rng, n, int(rng.integers(4, 40)))
    b = _codes(rng, n, int(rng.integers(3, 25)))
    c = _codes(rng, n, int(rng.integers(3, 8)))
    x = _predictor(rng, n, a)
    inner = a * 1000 + rng.integers(0, 4, n)
    chosen = {
        "three crossed": [(a, 1), (b, 1), (c, 1)],
        "crossed and nested": [(inner, 1), (a, 1), (b, 1)],
        "slope and crossed": [(a, 2), (b, 1)],
        "two slopes": [(a, 2), (b, 2)],
        "nested slopes": [(inner, 1), (a, 2)],
    }[kind]
    terms = []
    y = _noise(rng, n)
    for codes, k in chosen:
        f = _factor(codes, f"f{len(terms)}")
        if f.n_levels * k >= n:
            f = _factor(codes % 7, f.name)
        Z = np.column_stack([np.ones(n), x][:k])
        y = y + _effects(rng, f.n_levels, Z, f.codes)
        terms.append(RandomTermData(f, None if k == 1 else Z))
    return _finish(rng, kind, y, np.column_stack([np.ones(n), x]), tuple(terms))


def _finish(
    rng: np.random.Generator, name: str, y: np.ndarray, X: np.ndarray, terms: tuple[RandomTermData, ...]
) -> Design:
    scale = _scale(rng)
    y = scale * y + float(rng.choice([0.0, 10.0, 1e4])) * scale
    keep = np.ones(X.shape[1], dtype=bool)
    if rng.random() < 0.2:
        keep[1:] = False
    weights = rng.uniform(0.2, 4.0, len(y)) if rng.random() < 0.1 else None
    return Design(name, y, X[:, keep], terms, bool(rng.random() < 0.6), weights)


KINDS: tuple[Callable[[np.random.Generator], Design], ...] = (
    lambda rng: _one_factor(rng, 1),
    lambda rng: _one_factor(rng, 2),
    lambda rng: _one_factor(rng, 2),
    lambda rng: _one_factor(rng, 3),
    lambda rng: _one_factor(rng, 4),
    lambda rng: _one_factor(rng, 3, correlated=False),
    lambda rng: _one_factor(rng, 2, intercept=False),
    _factor_slope,
    lambda rng: _several(rng, "three crossed"),
    lambda rng: _several(rng, "crossed and nested"),
    lambda rng: _several(rng, "slope and crossed"),
    lambda rng: _several(rng, "two slopes"),
    lambda rng: _several(rng, "nested slopes"),
)


def design(seed: int) -> Design:
    """Return the design of a seed."""
    rng = np.random.default_rng(seed)
    return KINDS[seed % len(KINDS)](rng)
