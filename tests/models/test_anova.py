"""F tests of terms: against lmerTest on unbalanced data, exactly known cases, laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mixgui.errors import ModelError
from mixgui.models import fit
from mixgui.models.anova_contrasts import _estimable, term_columns, type_three

from . import unbalanced

TESTS = unbalanced.in_r()["anova"]


@pytest.mark.parametrize(
    "r", TESTS, ids=[f"{t['formula']} {t['data']} {t['type']} {t['ddf']}" for t in TESTS]
)
def test_as_lmertest(r):
    m = unbalanced.fitted(r["formula"], r["data"])
    table = m.anova(r["type"], r["ddf"])
    assert table["term"].tolist() == r["term"]
    assert table["num_df"].tolist() == r["num_df"]
    np.testing.assert_allclose(table["statistic"], r["statistic"], rtol=1e-4)
    np.testing.assert_allclose(table["den_df"], r["den_df"], rtol=1e-5)
    np.testing.assert_allclose(table["p_value"], r["p_value"], rtol=2e-4)
    if r["ddf"] == "satterthwaite":  # lmerTest scales the mean squares of Kenward-Roger another way
        np.testing.assert_allclose(table["sum_sq"], r["sum_sq"], rtol=1e-4)


def test_balanced_split_plot_is_exact():
    """Type II, type III, both df: the textbook's F tests, computed here from sums of squares."""
    rng = np.random.default_rng(3)
    plot, a, b = (v.ravel() for v in np.meshgrid(range(4), range(3), range(2), indexing="ij"))
    y = 5 + a + 0.5 * b + rng.normal(0, 3, (4, 3))[plot, a] + rng.normal(0, 1, 24)
    d = pd.DataFrame(
        {"y": y, "a": np.array(list("pqr"))[a], "b": np.array(list("uv"))[b], "whole": plot * 3 + a}
    )
    cube = y.reshape(4, 3, 2)
    grand = cube.mean()
    ms_a = 8 * ((cube.mean(axis=(0, 2)) - grand) ** 2).sum() / 2
    ms_whole = 2 * ((cube.mean(axis=2) - cube.mean(axis=(0, 2))) ** 2).sum() / 9
    ms_b = 12 * ((cube.mean(axis=(0, 1)) - grand) ** 2).sum()
    cells = cube.mean(axis=0)
    both = cells - cells.mean(axis=1, keepdims=True) - cells.mean(axis=0) + grand
    ms_ab = 4 * (both**2).sum() / 2
    left = cube - cube.mean(axis=2, keepdims=True) - (cells - cells.mean(axis=1, keepdims=True))
    ms_rest = (left**2).sum() / 9
    m = fit("y ~ a * b + (1 | whole)", d)
    assert not m.singular
    for kind in (2, 3):
        for ddf in ("satterthwaite", "kenward-roger"):
            table = m.anova(kind, ddf)
            np.testing.assert_allclose(
                table["statistic"], [ms_a / ms_whole, ms_b / ms_rest, ms_ab / ms_rest], rtol=1e-5
            )
            np.testing.assert_allclose(table["den_df"], [9, 9, 9], rtol=1e-4)
    chi = m.anova(ddf=None)
    assert np.isinf(chi["den_df"]).all()
    np.testing.assert_allclose(chi["statistic"], m.anova()["statistic"])


def test_type_three_does_not_depend_on_the_coding():
    """An ordered factor has other columns than an unordered one, but the same tests."""
    d = unbalanced.frame().assign(plain=lambda f: f["o"].astype(str))
    for formula in ("y ~ {} * A + x + (1 | g)", "y ~ {} * x + B + (1 | g)", "y ~ A * x:{} + (1 | g)"):
        ordered, plain = (fit(formula.format(name), d).anova() for name in ("of", "plain"))
        for column in ("num_df", "den_df", "statistic"):
            np.testing.assert_allclose(ordered[column], plain[column], rtol=1e-5)


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ A * B + x",
        "y ~ A * B * x",
        "y ~ A * x + B:x",
        "y ~ A + A:B",
        "y ~ poly(x, 2) * A + z",
        "y ~ of * B",
    ],
)
def test_both_ways_to_the_type_three_hypotheses_agree(formula):
    """The averages over cells and the estimable functions of a full design span the same rows."""
    m = unbalanced.fitted(formula)
    direct, general = type_three(m), _estimable(m, term_columns(m.design))
    for term, L in direct.items():
        both = np.vstack([L, general[term]])
        assert np.linalg.matrix_rank(L) == np.linalg.matrix_rank(both, tol=1e-8) == len(general[term]), term


def test_ordinary_regression_uses_residual_df():
    d = unbalanced.frame()
    m = fit("y ~ A + x", d)
    table = m.anova(2)
    assert table["den_df"].tolist() == [86.0, 86.0]
    without = fit("y ~ x", d)
    assert table["sum_sq"].iloc[0] == pytest.approx(without.ols.rss - m.ols.rss)
    assert table["statistic"].iloc[1] == pytest.approx(m.tidy()["statistic"].iloc[-1] ** 2)
    # car::Anova(lm(y ~ A * B, weights = w), type = 2)
    weighted = fit("y ~ A * B", d, weights="w").anova(2)
    smaller = fit("y ~ A + B", d, weights="w").ols.rss
    assert weighted["sum_sq"].iloc[0] == pytest.approx(fit("y ~ B", d, weights="w").ols.rss - smaller)


def test_without_intercept_every_level_is_tested():
    """Each mean over B against 0: three hypotheses for three levels."""
    m = unbalanced.fitted("y ~ 0 + A + B + (1 | g)")
    table = m.anova()
    assert table["num_df"].tolist() == [3.0, 1.0]
    means = m.emmeans("A", contrasts=None).means
    L = np.zeros((3, 4))
    L[:, :3] = np.eye(3)
    L[:, 3] = 0.5
    np.testing.assert_allclose(L @ m.beta, means["emmean"])
    assert table["statistic"].iloc[0] == pytest.approx(m.contrast(L, joint=True)["statistic"].iloc[0])


def test_no_terms_and_wrong_words():
    m = unbalanced.fitted("y ~ 1 + (1 | g)")
    assert m.anova().empty
    with pytest.raises(ValueError, match="2 or 3"):
        m.anova(1)
    with pytest.raises(ValueError, match="kenward-roger"):
        m.anova(ddf="kr")
    with pytest.raises(ModelError, match="REML only"):
        unbalanced.fitted("y ~ x + (1 | g)", reml=False).anova(ddf="kenward-roger")
