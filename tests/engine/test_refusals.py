"""Data from which a model cannot be estimated, results at the boundary, progress and cancel."""

from __future__ import annotations

import time

import numpy as np
import pytest

from mixgui.engine import Factor, RandomTermData, fit_lmm
from mixgui.errors import Cancelled, ModelError
from mixgui.observer import Progress


def groups(n: int, q: int) -> Factor:
    return Factor((np.arange(n) % q).astype(np.int32), q, "school")


def ones(n: int) -> np.ndarray:
    return np.ones((n, 1))


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n)


def test_every_row_its_own_group() -> None:
    with pytest.raises(ModelError, match="school has 20 groups in 20 rows"):
        fit_lmm(noise(20), ones(20), [RandomTermData(groups(20, 20))])


def test_one_group() -> None:
    with pytest.raises(ModelError, match="only 1 group"):
        fit_lmm(noise(20), ones(20), [RandomTermData(groups(20, 1))])


def test_as_many_random_effects_as_rows() -> None:
    X = np.column_stack([np.ones(20), noise(20, 1)])
    with pytest.raises(ModelError, match=r"20 random effects \(10 groups times 2 effects\).*only 20 rows"):
        fit_lmm(noise(20), X, [RandomTermData(groups(20, 10), X)])


def test_more_random_effects_than_rows_in_all_but_not_in_a_term() -> None:
    """Refused by no one: each variance is estimable when the terms overlap."""
    n = 24
    a, b = np.arange(n) % 12, np.arange(n) // 2
    terms = [RandomTermData(Factor(a, 12, "a")), RandomTermData(Factor(b, 12, "b"))]
    fit = fit_lmm(noise(n), ones(n), terms)
    assert fit.converged
    assert fit.sigma > 0.0


def test_constant_outcome() -> None:
    with pytest.raises(ModelError, match="same value in all 20 rows"):
        fit_lmm(np.full(20, 3.7), ones(20), [RandomTermData(groups(20, 4))])


def test_outcome_constant_within_groups() -> None:
    g = groups(20, 4)
    with pytest.raises(ModelError, match="reproduce the outcome exactly"):
        fit_lmm(noise(4)[g.codes], ones(20), [RandomTermData(g)])


def test_outcome_among_the_predictors() -> None:
    y = noise(20)
    with pytest.raises(ModelError, match="reproduce the outcome exactly"):
        fit_lmm(y, np.column_stack([np.ones(20), 2.0 * y + 1.0]), [RandomTermData(groups(20, 4))])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite(bad: float) -> None:
    y, X = noise(20), np.column_stack([np.ones(20), noise(20, 1)])
    wrong = y.copy()
    wrong[[3, 5]] = bad
    with pytest.raises(ModelError, match="outcome has values that are missing or infinite in 2 of 20 rows"):
        fit_lmm(wrong, X, [RandomTermData(groups(20, 4))])
    X[7, 1] = bad
    with pytest.raises(ModelError, match="predictor"):
        fit_lmm(y, X, [RandomTermData(groups(20, 4))])


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_values_whose_squares_overflow(size: float) -> None:
    with pytest.raises(ModelError, match="outcome has values of the size of"):
        fit_lmm(noise(20) * size, ones(20), [RandomTermData(groups(20, 4))])
    with pytest.raises(ModelError, match="predictor has values of the size of"):
        fit_lmm(noise(20), ones(20) * size, [RandomTermData(groups(20, 4))])


def test_weights_must_be_positive() -> None:
    weights = np.ones(20)
    weights[2] = 0.0
    with pytest.raises(ModelError, match="weights are not positive in 1 of 20 rows"):
        fit_lmm(noise(20), ones(20), [RandomTermData(groups(20, 4))], weights=weights)


def test_more_fixed_effects_than_rows() -> None:
    with pytest.raises(ModelError, match="20 fixed effects but only 20 rows"):
        fit_lmm(
            noise(20), np.random.default_rng(1).standard_normal((20, 20)), [RandomTermData(groups(20, 4))]
        )


def test_no_random_effects() -> None:
    with pytest.raises(ModelError, match="no random effects"):
        fit_lmm(noise(20), ones(20), [])


def test_groups_with_one_row_are_fine() -> None:
    codes = np.concatenate([np.arange(10), np.zeros(15, dtype=int)])
    fit = fit_lmm(noise(25), ones(25), [RandomTermData(Factor(codes, 10))])
    assert fit.converged


def test_variance_at_zero_is_named() -> None:
    y = np.tile([-1.0, 1.0, 2.0, -2.0], 10)  # the same values in every group
    fit = fit_lmm(y, ones(40), [RandomTermData(Factor(np.repeat(np.arange(10), 4), 10))])
    assert fit.singular
    assert fit.converged
    assert fit.covariances[0][0, 0] == 0.0
    assert [(b.kind, b.term, b.columns) for b in fit.boundaries] == [("variance", 0, (0,))]
    assert (fit.mode_covariances(0) == 0.0).all()


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_correlation_at_one_is_named(sign: float) -> None:
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(20), 6)
    x = -sign * np.tile(np.arange(6.0), 20)  # the same data for both signs
    b = rng.standard_normal(20)
    X = np.column_stack([np.ones(120), x])
    y = 10.0 + 3.0 * b[g] + sign * 0.8 * b[g] * x + 0.5 * rng.standard_normal(120)
    fit = fit_lmm(y, X, [RandomTermData(Factor(g, 20), X)])
    assert fit.singular
    assert [(b.kind, b.columns, b.value) for b in fit.boundaries] == [("correlation", (0, 1), sign)]


def test_progress_and_cancel() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 60, 900), rng.integers(0, 50, 900)
    terms = [RandomTermData(Factor(c, c.max() + 1)) for c in (np.unique(a, return_inverse=True)[1], b)]
    seen: list[Progress] = []
    fit = fit_lmm(rng.standard_normal(900), ones(900), terms, observer=seen.append)
    counted = [p.evaluations for p in seen if p.evaluations is not None]
    assert counted == sorted(counted)
    assert counted[-1] == fit.convergence.evaluations
    best = [p.criterion for p in seen if p.criterion is not None]
    assert best == sorted(best, reverse=True)
    assert [c for _, c in fit.convergence.log] == sorted({c for _, c in fit.convergence.log}, reverse=True)

    def stop(progress: Progress) -> None:
        if progress.evaluations == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit_lmm(rng.standard_normal(900), ones(900), terms, observer=stop)


@pytest.mark.timing
def test_cancel_is_heard_often() -> None:
    """The longest silence of a crossed fit with a large dense border, in seconds."""
    rng = np.random.default_rng(1)
    n = 20_000
    a = np.concatenate([np.arange(3000), rng.integers(0, 3000, n - 3000)])
    b = np.concatenate([np.arange(2500), rng.integers(0, 2500, n - 2500)])
    gaps, last, calls = [0.0], time.perf_counter(), 0

    def watch(progress: Progress) -> None:
        nonlocal last, calls
        now = time.perf_counter()
        gaps.append(now - last)
        last, calls = now, calls + 1
        if calls > 60:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit_lmm(
            rng.standard_normal(n),
            ones(n),
            [RandomTermData(Factor(a, 3000)), RandomTermData(Factor(b, 2500))],
            observer=watch,
        )
    assert float(np.quantile(gaps, 0.98)) < 0.2  # a busy machine may stall once


@pytest.mark.parametrize("twin", ["factor", "slope"])
def test_variances_that_cannot_be_told_apart_are_named(twin: str) -> None:
    """Two terms that say the same: only the sum of their variances is determined."""
    rng = np.random.default_rng(6)
    g, other = groups(96, 12), groups(96, 12)
    h = Factor((np.arange(96) // 24).astype(np.int32), 4, "h")
    x = rng.standard_normal((96, 1))
    y = (
        2.0 * rng.standard_normal(12)[g.codes]
        + 2.0 * rng.standard_normal(12)[g.codes] * x[:, 0]
        + noise(96, 7)
    )
    terms = [RandomTermData(h), RandomTermData(g, None if twin == "factor" else x)]
    assert fit_lmm(y, ones(96), terms).convergence.flat == ()
    terms.append(RandomTermData(other, None if twin == "factor" else 3.0 * x))
    assert fit_lmm(y, ones(96), terms).convergence.flat == (1, 2)
