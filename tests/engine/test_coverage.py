"""Intervals and tests by simulation: do they hold what their level promises? Seeded; minutes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from mixgui.engine import Factor, LmmFit, RandomTermData, fit_lmm
from mixgui.engine.kenward_roger import KenwardRoger
from mixgui.engine.profile import profile_intervals

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
Z = 1.959963984540054


def balanced(times: int) -> Iterator[LmmFit]:
    """40 groups of 8 rows, y = 1 + 0.5 x + b + e, SDs 1 and 1.5."""
    rng = np.random.default_rng(8252)
    g = np.repeat(np.arange(40), 8)
    x = np.tile(np.linspace(-1, 1, 8), 40)
    X = np.column_stack([np.ones(320), x])
    for _ in range(times):
        y = 1 + 0.5 * x + rng.normal(0, 1, 40)[g] + rng.normal(0, 1.5, 320)
        yield fit_lmm(y, X, [RandomTermData(Factor(g, 40))])


def test_wald_and_profile_intervals_cover():
    truth = {"sd": 1.0, "sigma": 1.5, "0": 1.0, "1": 0.5}
    hits = dict.fromkeys(truth, 0)
    wald = np.zeros(2)
    times = 1500
    for fit in balanced(times):
        wald += np.abs(fit.beta - [1.0, 0.5]) < Z * np.sqrt(fit.vcov_beta.diagonal())
        for interval in profile_intervals(fit):
            kind = interval.parameter.kind
            name = str(interval.parameter.first) if kind == "beta" else kind
            hits[name] += interval.lower < truth[name] < interval.upper
    shares = np.array([*hits.values(), *wald]) / times
    assert (shares > 0.93).all(), shares
    assert (shares < 0.97).all(), shares


def test_kenward_roger_keeps_its_level_with_eight_groups():
    """A predictor of the groups, unbalanced: 5 % of true hypotheses are rejected, not the 11 % of Wald's test."""
    rng = np.random.default_rng(97)
    g = np.repeat(np.arange(8), [3, 4, 5, 6, 8, 10, 12, 16])
    w = np.array([0, 1, 0, 1, 1, 0, 1, 0])[g]
    X = np.column_stack([np.ones(len(g)), w, rng.normal(size=len(g))])
    L = np.array([[0.0, 1.0, 0.0]])
    times, rejected, naive = 4000, 0, 0
    for _ in range(times):
        y = rng.normal(0, 1, 8)[g] + rng.normal(0, 1, len(g))
        fit = fit_lmm(y, X, [RandomTermData(Factor(g, 8))])
        rejected += KenwardRoger(fit).f_test(L).p_value < 0.05
        naive += abs(fit.beta[1]) > Z * np.sqrt(fit.vcov_beta[1, 1])
    assert 0.04 < rejected / times < 0.06, rejected / times
    assert naive / times > 0.08
