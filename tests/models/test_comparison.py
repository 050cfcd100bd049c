"""Comparison of models: table, ladder, guards; tests of random effects against R."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mixgui.errors import Cancelled, ModelError
from mixgui.models import compare, fit
from mixgui.models.nesting import nested
from mixgui.observer import Progress

from . import unbalanced


def ml(formula, **options):
    return unbalanced.fitted(formula, reml=False, **options)


@pytest.fixture(scope="module")
def three():
    return ml("y ~ x + A + (x | g)"), ml("y ~ x + (1 | g)"), ml("y ~ x + A + (1 | g)")


class TestTable:
    def test_by_definition(self, three):
        table = compare(*three, names=["c", "a", "b"]).table
        n = 90
        for model, name in zip(three, "cab", strict=True):
            row = table.set_index("model").loc[name]
            k = model.npar
            assert row["AICc"] == pytest.approx(-2 * model.loglik + 2 * k * n / (n - k - 1))
        assert table["AICc"].is_monotonic_increasing
        assert table["delta"].iloc[0] == 0
        weights = np.exp(-table["delta"] / 2)
        np.testing.assert_allclose(table["weight"], weights / weights.sum())
        np.testing.assert_allclose(table["cum_weight"], table["weight"].cumsum())
        np.testing.assert_allclose(table["evidence_ratio"], table["weight"].iloc[0] / table["weight"])

    def test_ladder_as_anova_in_r(self, three):
        tests = compare(*three).tests
        r = unbalanced.in_r()["ladder"]
        assert tests["npar"].tolist() == [4, 6, 8]
        assert tests["against"].tolist() == ["", "Model 2", "Model 3"]
        np.testing.assert_allclose(tests["chisq"].iloc[1:], r["chisq"], rtol=1e-5)
        assert tests["df"].iloc[1:].tolist() == r["df"]
        np.testing.assert_allclose(tests["p_value"].iloc[1:], r["p_value"], rtol=1e-5)

    def test_a_variance_at_zero_is_noted(self, three):
        result = compare(*three)
        assert [note.title for note in result.notes] == ["Variance tested at 0"]
        chisq, p = result.tests[["chisq", "p_mixture"]].iloc[2]
        assert p == pytest.approx((stats.chi2.sf(chisq, 1) + stats.chi2.sf(chisq, 2)) / 2)
        assert np.isnan(result.tests["p_mixture"].iloc[1])
        assert compare(three[1], three[2]).notes == ()

    def test_against_an_ordinary_regression(self):
        d = unbalanced.frame()
        tests = compare(fit("y ~ x", d), ml("y ~ x + (1 | g)")).tests
        assert tests["df"].iloc[1] == 1
        assert tests["p_mixture"].iloc[1] == pytest.approx(tests["p_value"].iloc[1] / 2)

    def test_not_nested(self):
        result = compare(ml("y ~ x + (1 | g)"), ml("y ~ A + (1 | g)"))
        assert result.tests["chisq"].isna().all()
        assert result.notes[0].title == "Not nested"

    def test_restricted_likelihoods_of_the_same_fixed_effects(self):
        result = compare(unbalanced.fitted("y ~ x + (1 | g)"), unbalanced.fitted("y ~ x + (x | g)"))
        assert result.tests["df"].iloc[1] == 2
        assert "REML" in [note.title for note in result.notes]


class TestNesting:
    @pytest.mark.parametrize(
        ("small", "large", "answer"),
        [
            ("y ~ x + (1 | g)", "y ~ x * A + (x | g)", True),
            ("y ~ x + (x || g)", "y ~ x + (x | g)", True),
            ("y ~ x", "y ~ x + (1 | g)", True),
            ("y ~ x + (1 | g)", "y ~ x + (1 | h)", False),
            ("y ~ x + (1 | g)", "y ~ x + A + (0 + x | g)", False),
            ("y ~ poly(x, 2) + (1 | g)", "y ~ x + I(x^2) + A + (1 | g)", True),
            ("y ~ o + (1 | g)", "y ~ of + (1 | g)", True),
            ("y ~ of + (1 | g)", "y ~ o + x + A + (1 | g)", False),
            ("y ~ A + (1 | g)", "y ~ A:B + (1 | g)", True),
        ],
    )
    def test_pairs(self, small, large, answer):
        assert nested(ml(small), ml(large)) is answer


class TestGuards:
    def test_too_few_and_names(self, three):
        with pytest.raises(ModelError, match="at least two"):
            compare(three[0])
        with pytest.raises(ModelError, match="2 models and 1 different"):
            compare(three[0], three[1], names=["a", "a"])

    def test_outcomes(self, three):
        d = unbalanced.frame()
        with pytest.raises(ModelError, match=r"different outcomes: y in Model 1, log\(y \+ 20\)"):
            compare(three[0], fit("log(y + 20) ~ x", d))
        with pytest.raises(ModelError, match="different tables"):
            compare(three[0], fit("y ~ x", d.iloc[:60]))
        with pytest.raises(ModelError, match="different tables"):
            compare(three[0], fit("y ~ x", d.assign(y=d["y"] + 1)))

    def test_criteria(self, three):
        with pytest.raises(ModelError, match=r"Model 2 was fitted by REML and Model 1 was not.*refit=True"):
            compare(three[0], unbalanced.fitted("y ~ x + (1 | g)"))
        with pytest.raises(ModelError, match=r"different fixed effects.*refit=True"):
            compare(unbalanced.fitted("y ~ x + (1 | g)"), unbalanced.fitted("y ~ A + (1 | g)"))

    def test_rows_and_refit(self):
        d = unbalanced.frame().assign(
            z=lambda f: f["z"].where(f.index != 3), x=lambda f: f["x"].where(f.index > 1)
        )
        a, b = fit("y ~ z + (1 | g)", d, weights="w"), fit("y ~ x + z + (1 | g)", d, weights="w")
        with pytest.raises(ModelError, match=r"different rows: 89 in Model 1, 87 in Model 2.*refit=True"):
            compare(a, b)
        result = compare(a, b, refit=True)
        rest = d.dropna(subset=["x", "z"])
        for model, formula in zip(
            result.fits.values(), ("y ~ z + (1 | g)", "y ~ x + z + (1 | g)"), strict=True
        ):
            assert not model.reml
            assert model.nobs == 87
            assert model.criterion == pytest.approx(
                fit(formula, rest, reml=False, weights="w").criterion, abs=1e-6
            )
        assert result.tests["df"].iloc[1] == 1
        assert a.reml  # what was given is as it was

    def test_refit_keeps_an_offset(self):
        d = unbalanced.frame()
        a, b = (fit(f, d, offset=np.arange(90.0) / 10) for f in ("y ~ x + (1 | g)", "y ~ x + A + (1 | g)"))
        refitted = compare(a, b, refit=True).fits["Model 1"]
        expected = fit("y ~ x + (1 | g)", d, reml=False, offset=np.arange(90.0) / 10)
        assert refitted.criterion == pytest.approx(expected.criterion, abs=1e-6)

    def test_refit_can_be_cancelled(self):
        def stop(progress: Progress) -> None:
            raise Cancelled

        models = unbalanced.fitted("y ~ x + (1 | g)"), unbalanced.fitted("y ~ A + (1 | g)")
        with pytest.raises(Cancelled):
            compare(*models, refit=True, observer=stop)


class TestRandomEffects:
    @pytest.mark.parametrize(
        ("index", "formula", "weights"),
        [(0, "y ~ A + x + (x | g) + (1 | h)", None), (1, "y ~ A + x + (1 | g)", "w")],
    )
    def test_as_ranova(self, index, formula, weights):
        table = unbalanced.fitted(formula, weights=weights).ranova()
        r = unbalanced.in_r()["ranova"][index]
        assert table["npar"].tolist() == r["npar"]
        np.testing.assert_allclose(table["logLik"], r["logLik"], rtol=1e-8)
        np.testing.assert_allclose(table["chisq"].iloc[1:], r["chisq"], rtol=1e-4)
        np.testing.assert_allclose(table["p_value"].iloc[1:], r["p_value"], rtol=1e-4)

    def test_names_and_mixture(self):
        table = unbalanced.fitted("y ~ x + (x || g) + (0 + A | h)").ranova()
        assert table["term"].tolist() == ["<none>", "(1 | g)", "(0 + x | g)", "(0 + A | h)"]
        assert table["df"].iloc[1:].tolist() == [1, 1, 6]
        np.testing.assert_allclose(table["p_mixture"].iloc[1:3], table["p_value"].iloc[1:3] / 2)
        assert np.isnan(table["p_mixture"].iloc[3])  # three variances at once

    def test_an_ordinary_regression_has_none(self):
        with pytest.raises(ModelError, match="no random effects"):
            fit("y ~ x", unbalanced.frame()).ranova()
