"""Predictions for new rows: values and variances against R, the treatment of the fit's rows, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.errors import ModelError
from mixgui.models import fit

from . import unbalanced

MODEL = "y ~ A * scale(x) + (x | g) + (1 | h)"
NEW = pd.DataFrame({"A": list("abc"), "x": [0.0, 2.0, 5.0], "g": [1, 5, 99], "h": [1, 3, 2]}, index=[7, 8, 9])
Z = 1.959963984540054


@pytest.fixture(scope="module")
def weighted():
    return unbalanced.fitted(MODEL, weights="w")


class TestAsInR:
    R = unbalanced.in_r()["prediction"]

    def test_conditional(self, weighted):
        table = weighted.predict(NEW, interval="confidence", allow_new_levels=True)
        np.testing.assert_allclose(table[".fitted"], self.R["random"], rtol=1e-6)
        np.testing.assert_allclose(table["std_error"], self.R["se_random"], rtol=1e-6)
        np.testing.assert_allclose(table["conf_high"], table[".fitted"] + Z * table["std_error"])
        further = weighted.predict(NEW, interval="prediction", allow_new_levels=True)
        np.testing.assert_allclose(
            further["std_error"] ** 2, np.square(self.R["se_random"]) + weighted.sigma**2, rtol=1e-6
        )

    def test_fixed_part(self, weighted):
        table = weighted.predict(NEW, random=False, interval="confidence")
        np.testing.assert_allclose(table[".fitted"], self.R["fixed"], rtol=1e-6)
        np.testing.assert_allclose(table["std_error"], self.R["se_fixed"], rtol=1e-6)
        further = weighted.predict(NEW, random=False, interval="prediction")
        np.testing.assert_allclose(further["std_error"], self.R["se_population"], rtol=1e-5)

    def test_least_squares(self):
        m = fit("y ~ A * poly(x, 2)", unbalanced.frame())
        for interval, key in (("prediction", "ols"), ("confidence", "ols_confidence")):
            table = m.predict(NEW, interval=interval)
            for column, name in ((".fitted", "fit"), ("conf_low", "lwr"), ("conf_high", "upr")):
                np.testing.assert_allclose(table[column], [row[name] for row in self.R[key]], rtol=1e-7)


class TestRowsOfTheFit:
    def test_they_are_the_fitted_values(self, weighted):
        np.testing.assert_allclose(weighted.predict(), weighted.fitted)
        np.testing.assert_allclose(weighted.predict(random=False), weighted.fixed_part)

    def test_as_new_rows(self, weighted):
        for interval in ("confidence", None):
            own, new = (
                weighted.predict(interval=interval),
                weighted.predict(unbalanced.frame(), interval=interval),
            )
            np.testing.assert_allclose(own, new, rtol=1e-9)

    @pytest.mark.parametrize(
        "formula",
        [
            "y ~ log(x + 20) + factor(o) * A + (1 | g)", "y ~ of + poly(x, 3) + (0 + A | h)",
            "y ~ x + (1 | h:g)", "y ~ x + (x || g)", "y ~ z + offset(x) + (1 | g)",
            "y ~ ifelse(x > 2, 1, 0) + (1 | h/B)",
        ],
    )  # fmt: skip
    def test_one_row_at_a_time(self, formula):
        """What scale, poly and factor learnt is used: a single row is treated as it was among all."""
        d = unbalanced.frame()
        m = fit(formula, d)
        whole = m.predict()
        for i in (0, 17, 63):
            assert m.predict(d.iloc[[i]]).iloc[0] == pytest.approx(whole.iloc[i], rel=1e-10)

    def test_a_factor_without_variance_changes_no_interval(self):
        """One factor and several have other ways to the same variances."""
        d = unbalanced.frame().assign(k=np.tile(range(6), 15))
        left = fit("y ~ x + (x | g)", d).residuals
        d["y"] -= pd.Series(left).groupby(d["k"]).transform("mean").to_numpy()
        one, two = fit("y ~ x + (x | g)", d), fit("y ~ x + (x | g) + (1 | k)", d)
        assert two.lmm.covariances[1][0, 0] < 1e-10
        for interval in ("confidence", "prediction"):
            np.testing.assert_allclose(
                one.predict(interval=interval)["std_error"],
                two.predict(interval=interval)["std_error"],
                rtol=1e-4,
            )


class TestMissingAndUnknown:
    def test_index_and_missing_values(self, weighted):
        gaps = NEW.assign(g=[1, 5, 3], x=[0.0, np.nan, 5.0])
        table = weighted.predict(gaps, interval="confidence")
        assert table.index.tolist() == [7, 8, 9]
        assert table.loc[8].isna().all()
        assert table.loc[[7, 9]].notna().all(axis=None)

    def test_a_row_without_a_group(self, weighted):
        gaps = NEW.assign(g=[1, np.nan, 3])
        assert weighted.predict(gaps).isna().tolist() == [False, True, False]
        known = weighted.predict(gaps, allow_new_levels=True)
        assert known.notna().all()

    @pytest.mark.parametrize(
        ("new", "words"),
        [
            (NEW, "group “99” of “g”"),
            (NEW.drop(columns="h"), "no column “h”"),
            (NEW.drop(columns="x").assign(X=1.0), "no column “x”.*“X”"),
            (NEW.assign(A="q"), "“A” is “q” in a new row.*“a”, “b”, “c”"),
        ],
    )
    def test_refusals(self, weighted, new, words):
        with pytest.raises(ModelError, match=words):
            weighted.predict(new)

    def test_groups_are_not_needed_without_random_effects(self, weighted):
        lean = NEW[["A", "x"]]
        np.testing.assert_allclose(weighted.predict(lean, random=False), weighted.predict(NEW, random=False))
        weighted.predict(lean, random=False, interval="prediction")

    def test_text_for_numbers_and_wrong_words(self, weighted):
        with pytest.raises(ModelError, match="“z” held numbers"):
            unbalanced.fitted("y ~ z + (1 | g)").predict(pd.DataFrame({"z": ["1", "no"], "g": [1, 2]}))
        with pytest.raises(ValueError, match="confidence"):
            weighted.predict(interval="wald")

    def test_an_offset_that_is_no_part_of_the_formula(self):
        m = fit("y ~ x + (1 | g)", unbalanced.frame(), offset=np.ones(90))
        with pytest.raises(ModelError, match="offset"):
            m.predict(NEW)


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(12)))
def test_rows_are_predicted_each_for_itself(order):
    m = unbalanced.fitted(MODEL, weights="w")
    rows = unbalanced.frame().iloc[:12]
    table = m.predict(rows, interval="prediction")
    pd.testing.assert_frame_equal(m.predict(rows.iloc[order], interval="prediction"), table.iloc[order])


class TestSimulate:
    def test_seed_shape_and_moments(self, weighted):
        one = weighted.simulate(200, seed=3)
        assert one.shape == (90, 200)
        assert one.columns[0] == "sim_1"
        pd.testing.assert_frame_equal(one, weighted.simulate(200, seed=3))
        assert not np.allclose(one, weighted.simulate(200, seed=4))
        mean = one.to_numpy().mean(axis=1)
        assert np.abs(mean - weighted.fixed_part).max() < 5 * one.to_numpy().std() / np.sqrt(200)

    def test_least_squares(self):
        m = fit("y ~ x", unbalanced.frame())
        drawn = m.simulate(300, seed=1).to_numpy() - m.fitted[:, None]
        assert drawn.std() == pytest.approx(m.sigma, rel=0.03)
        with pytest.raises(ValueError, match="at least 1"):
            m.simulate(0)
