"""Leave-one-group-out: against refits in R and in Python; rows' quantities against lme4."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mixgui.engine import FitOptions
from mixgui.errors import Cancelled, ModelError
from mixgui.models import fit
from mixgui.observer import Progress

from . import unbalanced

CASES = unbalanced.in_r()["influence"]


@pytest.mark.parametrize("r", CASES, ids=lambda r: f"{r['formula']} by {r['by']}")
def test_as_refits_in_r(r):
    m = unbalanced.fitted(r["formula"], reml=r["reml"])
    table = m.influence(r["by"]).set_index("level")
    p = len(m.beta)
    for group in r["groups"]:
        row = table.loc[group["level"]]
        np.testing.assert_allclose(row["cooksd"], group["cooksd"], atol=2e-5, rtol=1e-4)
        changes = row.iloc[2:].to_numpy(float)
        np.testing.assert_allclose(changes[:p], group["beta"], atol=2e-5)
        np.testing.assert_allclose(changes[p:], group["variances"], atol=5e-5)


def test_columns_and_counts():
    m = unbalanced.fitted("y ~ x + (x | g)")
    table = m.influence()
    assert table.columns.tolist() == [
        "level", "rows", "cooksd", "change_(Intercept)", "change_x", "change_sd_(Intercept)|g",
        "change_cor_x.(Intercept)|g", "change_sd_x|g", "change_sigma",
    ]  # fmt: skip
    assert table["rows"].sum() == 90
    assert table["level"].tolist() == [str(i) for i in range(1, 13)]


@pytest.mark.parametrize("formula", ["y ~ A + x + (x || g)", "y ~ x + (0 + x | g)", "y ~ 0 + A + (1 | g)"])
@pytest.mark.parametrize("extra", [{}, {"weights": "w"}, {"offset": "z"}])
def test_subtraction_equals_refitting(formula, extra):
    """Every way of fitting: weights, offset, uncorrelated slopes in joint coordinates."""
    d = unbalanced.frame()
    exact = FitOptions(tolerance=1e-12)
    m = fit(formula, d, options=exact, **extra)
    table = m.influence("g").set_index("level")
    for level in (1, 9, 12):
        rest = fit(formula, d[d["g"] != level], options=exact, **extra)
        row = table.loc[str(level)].iloc[2:].to_numpy(float)
        np.testing.assert_allclose(row[: len(m.beta)], rest.beta - m.beta, atol=2e-6)
        assert row[-1] == pytest.approx(rest.sigma - m.sigma, abs=1e-6)


def test_far_from_zero():
    """A predictor such as a year costs no digits."""
    d = unbalanced.frame().assign(year=lambda f: 2e5 + f["x"])
    plain, far = (fit(f"y ~ {x} + (1 | g)", d).influence()["change_" + x] for x in ("x", "year"))
    np.testing.assert_allclose(far, plain, rtol=1e-6, atol=1e-9)


def test_any_column_may_group_the_rows():
    m = unbalanced.fitted("y ~ x + (1 | g)")
    table = m.influence("B")
    rest = fit("y ~ x + (1 | g)", unbalanced.frame()[lambda d: d["B"] != "v"])
    assert table["level"].tolist() == ["u", "v"]
    assert table["change_x"].iloc[1] == pytest.approx(rest.beta[1] - m.beta[1], abs=1e-6)


def test_ordinary_regression():
    d = unbalanced.frame()
    table = fit("y ~ A + x", d).influence("g")
    rest = fit("y ~ A + x", d[d["g"] != 5])
    assert table["change_x"].iloc[4] == pytest.approx(rest.beta[3] - fit("y ~ A + x", d).beta[3])
    with pytest.raises(ModelError, match="by="):
        fit("y ~ x", d).influence()


def test_a_coefficient_that_lives_in_one_group():
    d = unbalanced.frame().assign(only=lambda f: np.where(f["g"] == 3, "yes", "no"))
    for by, formula in (
        ("g", "y ~ only + x + (1 | g)"),
        ("g", "y ~ only + x + (1 | g) + (1 | h)"),
        ("g", "y ~ only + x"),
    ):
        table = fit(formula, d).influence(by).set_index("level")
        assert table.loc["3"].iloc[1:].isna().all()
        assert table.drop(index="3").notna().all(axis=None)


def test_refusals_and_cancel():
    m = unbalanced.fitted("y ~ x + (1 | g)")
    with pytest.raises(ModelError, match="neither a grouping factor"):
        m.influence("G")
    with pytest.raises(ModelError, match="only one group"):
        fit("y ~ x + (1 | g)", unbalanced.frame().assign(same="s")).influence("same")
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) > 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        m.influence(observer=stop)
    assert seen[0].message.endswith("of 12")


def test_rows_as_in_lme4():
    m = unbalanced.fitted("y ~ A + x + (x | g) + (1 | h)", weights="w")
    table, r = m.augment(), unbalanced.in_r()["rows"]
    np.testing.assert_allclose(table[".hat"], r["hat"], rtol=1e-5)
    np.testing.assert_allclose(table[".std_resid"], r["pearson"], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(table[".cooksd"], r["cooksd"], rtol=1e-4, atol=1e-8)
    assert isinstance(table, pd.DataFrame)
