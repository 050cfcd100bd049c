"""Leave-one-group-out: subtraction of cross-products against fits to the remaining rows."""

from __future__ import annotations

import numpy as np
import pytest

from mixgui.engine import Factor, FitOptions, LmmFit, RandomTermData, fit_lmm
from mixgui.engine.influence import leave_one_out
from mixgui.errors import Cancelled, ModelError
from mixgui.observer import Progress

EXACT = FitOptions(tolerance=1e-12)
Data = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def data() -> Data:
    """y, X, group and another group: 9 unbalanced groups."""
    rng = np.random.default_rng(11)
    g = np.repeat(np.arange(9), rng.integers(3, 12, 9))
    x = rng.normal(size=len(g))
    own = rng.normal(size=(9, 2)) @ np.array([[1.5, 0.4], [0.0, 0.6]])
    y = 2 + x + own[g, 0] + own[g, 1] * x + rng.normal(size=len(g))
    return y, np.column_stack([np.ones(len(g)), x]), g, rng.integers(0, 4, len(g))


def build(data: Data, keep: np.ndarray, structure: str, reml: bool, weighted: bool) -> LmmFit:
    y, X, g, h = (v[keep] for v in data)
    _, g = np.unique(g, return_inverse=True)
    _, h = np.unique(h, return_inverse=True)
    factor, other = Factor(g, g.max() + 1), Factor(h, h.max() + 1)
    terms = {
        "intercept": [RandomTermData(factor)],
        "slope": [RandomTermData(factor, X)],
        "apart": [RandomTermData(factor), RandomTermData(factor, X[:, 1:] + 300.0)],
        "three": [RandomTermData(factor, np.column_stack([X, X[:, 1] ** 2]), correlated=False)],
        "crossed": [RandomTermData(factor, X), RandomTermData(other)],
    }[structure]
    weights = np.linspace(0.5, 2.0, len(data[0]))[keep] if weighted else None
    return fit_lmm(y, X, terms, reml=reml, weights=weights, options=EXACT)


@pytest.mark.parametrize("structure", ["intercept", "slope", "apart", "three", "crossed"])
@pytest.mark.parametrize(("reml", "weighted"), [(True, False), (False, True)])
def test_as_fits_to_the_rest(data, structure, reml, weighted):
    g = data[2]
    fit = build(data, np.ones(len(g), dtype=bool), structure, reml, weighted)
    for deletion in leave_one_out(fit, g):
        rest = build(data, g != deletion.group, structure, reml, weighted)
        assert deletion.rows == (g == deletion.group).sum()
        se = np.sqrt(rest.vcov_beta.diagonal())
        # A criterion equal to 1e-9 determines estimates to 1e-4 of their standard errors.
        np.testing.assert_allclose(deletion.beta, rest.beta, atol=1e-4 * se.min())
        assert deletion.sigma == pytest.approx(rest.sigma, rel=1e-4)
        at = rest.state.evaluate(deletion.theta, reml).criterion
        assert at <= rest.criterion + 1e-6


def test_from_a_boundary(data):
    """Without some group a variance that was 0 may be positive, and the other way round."""
    _, X, g, h = data
    rng = np.random.default_rng(2)
    y = rng.normal(size=len(g))
    fit = build((y, X, g, h), np.ones(len(g), dtype=bool), "intercept", True, False)
    assert fit.singular
    for deletion in leave_one_out(fit, g):
        rest = build((fit.state.rows.y, X, g, h), g != deletion.group, "intercept", True, False)
        assert rest.state.evaluate(deletion.theta, True).criterion == pytest.approx(rest.criterion, abs=1e-6)


def test_one_group_is_refused_and_cancel_acts(data):
    g = data[2]
    fit = build(data, np.ones(len(g), dtype=bool), "slope", True, False)
    with pytest.raises(ModelError, match="only one group"):
        next(leave_one_out(fit, np.zeros(len(g), dtype=int)))

    def stop(progress: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        next(leave_one_out(fit, g, stop))
