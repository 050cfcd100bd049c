"""Ordinary least squares against R's numbers (R 4.2, literals) and laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.errors import ModelError
from mixgui.models import fit
from mixgui.models.diagnostics import ols_by_group, ols_summary
from mixgui.models.ols import f_log10_p


@pytest.mark.parametrize(
    ("f", "df1", "df2", "log10_p"),
    [  # pf(f, df1, df2, lower.tail = FALSE, log.p = TRUE) / log(10)
        (1e4, 3, 2000, -1202.581364690945),
        (5e5, 1, 500, -751.556065283993),
        (2000, 50, 5000, -3248.246771127343),
        (4.0, 2, 30, -1.5399351284572),
    ],
)
def test_p_values_that_underflow_keep_their_logarithm(f, df1, df2, log10_p):
    assert f_log10_p(f, df1, df2) == pytest.approx(log10_p, rel=1e-9)


@given(st.floats(200, 3000), st.integers(1, 20), st.integers(30, 400))
def test_the_logarithm_agrees_with_the_p_value_where_both_exist(f, df1, df2):
    from scipy import special

    p = special.fdtrc(df1, df2, f)
    if p > 1e-280:
        a, b, x = df2 / 2, df1 / 2, df2 / (df2 + df1 * f)
        series = a * np.log(x) + b * np.log1p(-x) - np.log(a) - special.betaln(a, b)
        series += np.log(special.hyp2f1(a + b, 1, a + 1, x))
        assert series / np.log(10) == pytest.approx(f_log10_p(f, df1, df2), rel=1e-9)


def test_statsmodels_agrees(pupils):
    import statsmodels.formula.api as smf

    theirs = smf.ols("score ~ hours * kind + female", pupils).fit()
    ours = fit("score ~ hours * kind + female", pupils)
    by_name = dict(zip(ours.fixed_names, ours.beta, strict=True))
    assert by_name["hours"] == pytest.approx(theirs.params["hours"])
    assert by_name["hours:kindpublic"] == pytest.approx(theirs.params["hours:kind[T.public]"])
    assert ols_summary(ours)["f_statistic"][0] == pytest.approx(theirs.fvalue)
    assert ours.loglik == pytest.approx(theirs.llf)
    influence = theirs.get_influence()
    augmented = ours.augment()
    np.testing.assert_allclose(augmented[".hat"], influence.hat_matrix_diag)
    np.testing.assert_allclose(augmented[".cooksd"], influence.cooks_distance[0])
    np.testing.assert_allclose(augmented[".student_resid"], influence.resid_studentized_external)
    np.testing.assert_allclose(augmented[".std_resid"], influence.resid_studentized_internal)


def test_without_an_intercept_r_squared_is_about_zero_as_in_r():
    # R: summary(lm(y ~ 0 + x)) of these data: R2 0.9576923, adjusted 0.9435897, F 67.90909 on 1 and 3 df
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [1.0, 3, 2, 5]})
    row = ols_summary(fit("y ~ 0 + x", frame)).iloc[0]
    assert row["r_squared"] == pytest.approx(33**2 / 30 / 39)
    assert row["adj_r_squared"] == pytest.approx(1 - (1 - 33**2 / 30 / 39) * 4 / 3)
    assert row["df_model"] == 1
    assert row["df_resid"] == 3


def test_the_mean_alone():
    m = fit("y ~ 1", pd.DataFrame({"y": [1.0, 2, 4]}))
    assert m.beta == pytest.approx([7 / 3])
    assert np.isnan(ols_summary(m)["f_statistic"][0])
    assert np.isnan(ols_summary(m)["p_log10"][0])
    assert m.std_residuals == pytest.approx(m.residuals / (m.sigma * np.sqrt(2 / 3)))


def test_a_perfect_fit_is_noted():
    x = np.arange(10.0)
    m = fit("y ~ x", pd.DataFrame({"x": x, "y": 2 * x + 1}))
    assert m.beta == pytest.approx([1, 2])
    assert "Perfect fit" in [note.title for note in m.notes]


def test_a_row_that_fits_itself_has_no_standardized_residual():
    frame = pd.DataFrame({"y": [1.0, 2, 4, 3], "x": [0.0, 0, 0, 1]})
    rows = fit("y ~ x", frame).augment()
    assert rows[".hat"].iloc[3] == pytest.approx(1)
    assert rows[[".std_resid", ".student_resid", ".cooksd"]].iloc[3].isna().all()
    assert rows[".std_resid"].iloc[:3].notna().all()


@settings(deadline=None, max_examples=40)
@given(st.floats(-8, 8), st.floats(-1e8, 1e8), st.floats(-8, 8), st.integers(0, 1000))
def test_units_of_predictor_and_outcome_play_no_part(power, shift, outcome_power, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=30)
    y = 2 * x + rng.normal(size=30)
    # Rounding of the shifted numbers themselves is no error of the fit: judge against what they hold.
    moved = shift + x
    x = moved - shift
    plain = fit("y ~ x", pd.DataFrame({"x": x, "y": y}))
    a, b = 10.0**power, 10.0**outcome_power
    other = fit("y ~ x", pd.DataFrame({"x": a * moved, "y": b * y}))
    assert other.dropped_columns == ()
    assert other.beta[1] == pytest.approx(plain.beta[1] * b / a, rel=1e-5)
    assert other.sigma == pytest.approx(plain.sigma * b, rel=1e-6)
    assert other.tidy()["statistic"][1] == pytest.approx(plain.tidy()["statistic"][1], rel=1e-5)


class TestByGroup:
    def test_each_group_is_its_own_regression(self, pupils):
        table = ols_by_group("score ~ hours + female + (1 | school)", pupils, "school").set_index("level")
        for school, rows in pupils.groupby("school"):
            ours = table.loc[str(school)]
            if len(rows) <= 4 or rows["female"].nunique() == 1:
                continue
            theirs = fit("score ~ hours + female", rows).tidy()
            for column in ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"):
                np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-8, atol=1e-12)
            assert (ours["rows"] == len(rows)).all()

    def test_groups_that_are_too_small_say_so(self):
        frame = pd.DataFrame(
            {
                "g": ["a"] * 4 + ["b"] + ["c"] * 2 + ["d"] * 3,
                "x": [1.0, 2, 3, 4, 1, 1, 2, 5, 5, 5],
                "y": [1.0, 3, 2, 5, 2, 4, 6, 1, 2, 6],
            }
        )
        table = ols_by_group("y ~ x", frame, "g").set_index(["level", "term"])
        assert table.loc[("a", "x"), "reason"] == ""
        assert table.loc[("b", "(Intercept)"), "estimate"] == 2
        assert np.isnan(table.loc[("b", "x"), "estimate"])
        assert "only 1 row" in table.loc[("b", "x"), "reason"]
        assert table.loc[("c", "x"), "estimate"] == pytest.approx(2)
        assert np.isnan(table.loc[("c", "x"), "std_error"])
        assert "nothing is left" in table.loc[("c", "x"), "reason"]
        # As R: the constant predictor has no coefficient, the intercept is the mean.
        assert table.loc[("d", "(Intercept)"), "estimate"] == pytest.approx(3)
        assert table.loc[("d", "(Intercept)"), "df"] == 2
        assert "does not vary" in table.loc[("d", "x"), "reason"]

    def test_a_product_of_columns_or_a_strange_name(self, pupils):
        table = ols_by_group("score ~ hours", pupils, "female:kind")
        assert table["level"].unique().tolist()[0] == "0:mixed"
        odd = pupils.rename(columns={"school": "the school: name"})
        assert len(ols_by_group("score ~ hours", odd, "the school: name")) == 2 * pupils["school"].nunique()

    def test_a_mixed_model_has_no_such_summary(self, pupils):
        with pytest.raises(ModelError, match="ordinary regression"):
            ols_summary(fit("score ~ hours + (1 | school)", pupils))
