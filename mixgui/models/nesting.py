"""Whether one model is a special case of another, and whether the restriction sets a variance to 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from mixgui.models.random_terms import RandomPart
from mixgui.models.variables import FloatArray

if TYPE_CHECKING:
    from mixgui.models.result import ModelFit

# What may be left of a column, relative to its size, that follows from others.
_FOLLOWS = 1e-7


def spans(outer: FloatArray, inner: FloatArray) -> bool:
    """Whether every column of `inner` (n, k) is a combination of those of `outer` (n, p)."""
    if not inner.shape[1]:
        return True
    if not outer.shape[1] or outer.shape[1] < inner.shape[1]:
        return False
    scale = np.sqrt((outer * outer).sum(axis=0))
    Q = np.linalg.qr(outer / np.where(scale > 0, scale, 1.0))[0]
    # Deviations decide where there is a constant: 1e8 + noise is no copy of it.
    one = np.ones((len(Q), 1))
    centred = inner - inner.mean(axis=0) if _left(Q, one).max() < _FOLLOWS * np.sqrt(len(Q)) else inner
    size = np.sqrt((centred * centred).sum(axis=0))
    return bool((_left(Q, centred) <= _FOLLOWS * np.maximum(size, 1e-300)).all())


def _left(Q: FloatArray, columns: FloatArray) -> FloatArray:
    left = columns - Q @ (Q.T @ columns)
    return np.sqrt(((left - Q @ (Q.T @ left)) ** 2).sum(axis=0))


def same_fixed(a: ModelFit, b: ModelFit) -> bool:
    """Whether two models have the same fixed effects, however coded, and the same offset."""
    return spans(a.design.X, b.design.X) and spans(b.design.X, a.design.X) and _same_known(a, b)


def nested(small: ModelFit, large: ModelFit) -> bool:
    """Whether the small model is a special case of the large one (same rows)."""
    return (
        _same_known(small, large)
        and spans(large.design.X, small.design.X)
        and all(_home(part, large) is not None for part in small.design.random)
    )


def _same_known(a: ModelFit, b: ModelFit) -> bool:
    """Whether offsets and weights are the same."""
    ones = np.ones(a.nobs)
    wa = ones if a.design.weights is None else a.design.weights
    wb = ones if b.design.weights is None else b.design.weights
    oa = 0 * ones if a.design.offset is None else a.design.offset
    ob = 0 * ones if b.design.offset is None else b.design.offset
    return bool(np.array_equal(wa, wb) and np.array_equal(oa, ob))


def _home(part: RandomPart, large: ModelFit) -> int | None:
    """Return the block of the large model that contains a block."""
    Z = _columns(part)
    for index, other in enumerate(large.design.random):
        if _same_groups(part, other) and spans(_columns(other), Z):
            return index
    return None


def _columns(part: RandomPart) -> FloatArray:
    Z = part.data.Z
    return np.ones((len(part.factor.codes), 1)) if Z is None else Z


def _same_groups(a: RandomPart, b: RandomPart) -> bool:
    """Whether two factors divide the rows alike."""
    if a.factor is b.factor or np.array_equal(a.factor.codes, b.factor.codes):
        return True
    if len(a.factor.levels) != len(b.factor.levels):
        return False
    pairs = a.factor.codes.astype(np.int64) * len(b.factor.levels) + b.factor.codes
    return len(np.unique(pairs)) == len(a.factor.levels)


def added_variances(small: ModelFit, large: ModelFit) -> tuple[int, int]:
    """Return how many random effects the large model has more, and how many covariance parameters."""

    def count(fit: ModelFit) -> tuple[int, int]:
        sizes = [len(part.names) for part in fit.design.random]
        return sum(sizes), sum(k * (k + 1) // 2 for k in sizes)

    (a, b), (c, d) = count(small), count(large)
    return c - a, d - b


def mixture_p(chisq: float, df: int) -> float:
    """Return the p-value when one variance, with its df - 1 covariances, is tested at 0.

    Half chi-square with df - 1, half with df degrees of freedom (Self & Liang 1987, JASA 82; Stram & Lee
    1994, Biometrics 50).
    """
    lower = float(chisq <= 0.0) if df == 1 else float(special.chdtrc(df - 1, chisq))
    return 0.5 * lower + 0.5 * float(special.chdtrc(df, chisq))
