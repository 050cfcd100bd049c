"""The stable way in: fit, tidy, glance, augment, ran_coefs, notes; and laws of mixed models."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.data.dataset import Dataset
from mixgui.errors import Cancelled, ModelError
from mixgui.models import GroupInfo, ModelFit, ModelSpec, fit, parse_formula
from mixgui.models.diagnostics import group_table, random_effects_frame, residual_frame, variance_table

TIDY = [
    "effect", "group", "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high",
]  # fmt: skip
GLANCE = [
    "nobs", "npar", "sigma", "logLik", "AIC", "AICc", "BIC", "criterion", "REML", "singular", "converged",
]  # fmt: skip


@pytest.fixture(scope="module")
def slopes(pupils) -> ModelFit:
    return fit("score ~ hours + kind + (hours | school)", pupils)


class TestTidy:
    def test_fixed(self, slopes):
        table = slopes.tidy()
        assert table.columns.tolist() == TIDY
        assert table["effect"].unique().tolist() == ["fixed"]
        assert table["group"].isna().all()
        assert table["term"].tolist() == ["(Intercept)", "hours", "kindprivate", "kindpublic"]
        np.testing.assert_allclose(table["statistic"], table["estimate"] / table["std_error"])
        z = 1.959963984540054
        np.testing.assert_allclose(table["conf_high"] - table["estimate"], z * table["std_error"])

    def test_confidence_level(self, pupils, slopes):
        narrow, wide = slopes.tidy(conf_level=0.5), slopes.tidy(conf_level=0.99)
        assert (narrow["conf_low"] > wide["conf_low"]).all()
        ols = fit("score ~ hours", pupils.iloc[:6])
        # qt(0.975, 4)
        assert ((ols.tidy()["conf_high"] - ols.tidy()["estimate"]) / ols.tidy()["std_error"]).tolist() == (
            pytest.approx([2.7764451051977987] * 2)
        )

    def test_variance_parameters(self, slopes):
        table = slopes.tidy("ran_pars")
        assert table["term"].tolist() == [
            "sd__(Intercept)",
            "sd__hours",
            "cor__(Intercept).hours",
            "sd__Observation",
        ]
        assert table["group"].tolist() == ["school"] * 3 + ["Residual"]
        assert table["estimate"].iloc[-1] == slopes.sigma

    def test_random_effects(self, slopes, pupils):
        table = slopes.tidy("ran_vals")
        n = pupils["school"].nunique()
        assert len(table) == 2 * n
        assert table["level"].tolist() == [str(s) for s in sorted(pupils["school"].unique())] * 2
        assert (table["std_error"] > 0).all()
        frame = random_effects_frame(slopes, "school")
        pd.testing.assert_frame_equal(frame, table[frame.columns])

    def test_ordinary_regression_has_no_random_effects(self, pupils):
        m = fit("score ~ hours", pupils)
        assert m.tidy("ran_vals").empty
        assert m.tidy("ran_pars")["term"].tolist() == ["sd__Observation"]
        with pytest.raises(ModelError, match="no random effects"):
            m.ran_coefs()

    def test_wrong_words_are_refused(self, slopes):
        with pytest.raises(ValueError, match="ran_pars"):
            slopes.tidy("random")
        with pytest.raises(ValueError, match="between 0 and 1"):
            slopes.tidy(conf_level=95)


def test_glance(slopes, pupils):
    row = slopes.glance()
    assert row.columns.tolist() == GLANCE
    assert len(row) == 1
    k, n = 8, len(pupils)
    assert row["npar"][0] == k
    assert row["AICc"][0] == pytest.approx(row["AIC"][0] + 2 * k * (k + 1) / (n - k - 1))
    assert bool(row["REML"][0]) is True
    ols = fit("score ~ hours", pupils).glance()
    assert ols.columns.tolist() == GLANCE
    assert bool(ols["REML"][0]) is False


def test_augment(slopes, pupils):
    rows = slopes.augment()
    assert rows.columns.tolist() == [
        "score", "hours", "kind", "school", ".fitted", ".resid", ".std_resid", ".fixed", ".hat", ".cooksd",
    ]  # fmt: skip
    np.testing.assert_allclose(rows[".fitted"] + rows[".resid"], pupils["score"])
    own = slopes.ran_coefs("school").set_index("level").loc[pupils["school"].astype(str)]
    effect = {"mixed": own["(Intercept)"], "private": own["kindprivate"] + own["(Intercept)"]}
    effect["public"] = own["kindpublic"] + own["(Intercept)"]
    by_hand = (
        sum(effect[k].to_numpy() * (pupils["kind"] == k) for k in effect)
        + own["hours"].to_numpy() * pupils["hours"]
    )
    np.testing.assert_allclose(rows[".fitted"], by_hand)
    np.testing.assert_allclose(rows[".std_resid"], rows[".resid"] / slopes.sigma)
    # The trace of the hat matrix lies between the parameters of the fixed part and those of all effects.
    assert 4 < rows[".hat"].sum() < 4 + 2 * 20


def test_coefficients_of_groups_with_an_effect_that_is_only_random(pupils):
    m = fit("score ~ 1 + (0 + hours | school)", pupils)
    own = m.ran_coefs()
    assert own.columns.tolist() == ["level", "(Intercept)", "hours"]
    assert own["(Intercept)"].nunique() == 1
    with pytest.raises(ModelError, match="Those are: school"):
        m.ran_coefs("kind")


def test_frames_for_plots(slopes, pupils):
    residuals = residual_frame(slopes)
    assert residuals.columns.tolist() == [".fitted", ".resid", ".std_resid", "school"]
    assert residuals["school"].astype(str).tolist() == pupils["school"].astype(str).tolist()
    variances = variance_table(slopes)
    assert variances.columns.tolist() == [
        "group",
        "term",
        "variance",
        "sd",
        "Corr. with (Intercept)",
        "share",
    ]
    assert variances["share"].sum() == pytest.approx(1)
    assert variances["Corr. with (Intercept)"].notna().tolist() == [False, True, False]
    sizes = pupils["school"].value_counts()
    assert slopes.groups == (
        GroupInfo("school", len(sizes), int(sizes.min()), float(sizes.median()), int(sizes.max())),
    )
    assert group_table(slopes)["largest"][0] == sizes.max()


class TestWaysIn:
    def test_text_formula_spec_and_dataset_agree(self, pupils):
        text = "score ~ hours + (1 | school)"
        criteria = {
            fit(text, pupils, reml=False).criterion,
            fit(parse_formula(text), pupils, reml=False).criterion,
            fit(ModelSpec.from_text(text, reml=False), Dataset.from_frame("pupils", pupils)).criterion,
        }
        assert len(criteria) == 1

    def test_reml_and_ml(self, pupils):
        reml = fit("score ~ hours + (1 | school)", pupils)
        ml = fit("score ~ hours + (1 | school)", pupils, reml=False)
        assert (reml.reml, ml.reml) == (True, False)
        assert (reml.estimator, ml.estimator, fit("score ~ hours", pupils).estimator) == ("REML", "ML", "OLS")
        assert ml.sigma < reml.sigma

    def test_a_spec_is_a_key(self):
        a = ModelSpec.from_text("y ~ x + (1|g)")
        assert {a: 1}[ModelSpec.from_text("y ~ 1 + x + (1 | g)")] == 1
        assert a != ModelSpec.from_text("y ~ x + (1|g)", reml=False)
        assert a.with_formula(parse_formula("y ~ x")).kind == "ols"

    def test_a_result_is_frozen(self, slopes):
        with pytest.raises(dataclasses.FrozenInstanceError):
            slopes.spec = None

    def test_progress_is_told_and_a_fit_can_be_cancelled(self, pupils):
        seen = []
        fit("score ~ hours + (hours | school)", pupils, observer=seen.append)
        assert seen[0].message
        assert any(p.evaluations for p in seen)

        def cancel(progress):
            if progress.evaluations:
                raise Cancelled

        with pytest.raises(Cancelled):
            fit("score ~ hours + (hours | school)", pupils, observer=cancel)


class TestNotes:
    def test_nothing_to_say(self, pupils):
        assert fit("score ~ hours + (1 | school)", pupils).notes == ()

    def test_a_singular_fit_names_the_parameter(self):
        rng = np.random.default_rng(3)
        g = np.repeat(np.arange(12), 8)
        noise = rng.normal(size=96)
        noise -= (
            pd.Series(noise).groupby(g).transform("mean")
        )  # the groups' means are equal: less than chance gives
        m = fit("y ~ 1 + (1 | g)", pd.DataFrame({"y": noise, "g": g}))
        assert m.singular
        (note,) = [n for n in m.notes if n.title == "Singular fit"]
        assert note.severity == "warning"
        assert note.text.startswith("The variance of the intercept by g is estimated as 0.")
        assert m.tidy("ran_pars")["estimate"][0] == pytest.approx(0, abs=1e-6)
        assert np.isfinite(m.tidy("ran_vals")["std_error"]).all()

    def test_a_correlation_at_its_bound(self):
        rng = np.random.default_rng(6)
        g = np.repeat(np.arange(15), 6)
        x = np.tile(np.arange(6.0), 15)
        u = rng.normal(size=15)
        frame = pd.DataFrame({"y": 3 * u[g] + 2 * u[g] * x + 4 * rng.normal(size=90), "x": x, "g": g})
        m = fit("y ~ x + (x | g)", frame)
        assert m.singular
        assert "the correlation of the intercept and the slope of x by g is estimated as 1" in m.notes[
            0
        ].text.replace("The corr", "the corr")

    def test_rows_columns_and_groups(self, pupils):
        broken = pupils.assign(double=2 * pupils["hours"])
        broken.loc[:2, "hours"] = np.nan
        m = fit("score ~ hours + double + (1 | kind)", broken)
        titles = {note.title: note for note in m.notes}
        assert titles["Coefficients left out"].text.endswith("double. They were left out, as in R.")
        assert titles["Rows not used"].text == "3 of 200 rows were not used (3 rows: hours missing)."
        assert "only 3 groups" in titles["Few groups"].text
        assert [n.severity for n in m.notes] == sorted((n.severity for n in m.notes), reverse=True)

    def test_groups_of_one_row(self):
        rng = np.random.default_rng(7)
        g = np.concatenate([np.arange(30), np.arange(12)])
        m = fit("y ~ 1 + (1 | g)", pd.DataFrame({"y": rng.normal(size=42), "g": g}))
        assert "Tiny groups" in [note.title for note in m.notes]


class TestLaws:
    @settings(deadline=None, max_examples=15)
    @given(st.randoms(use_true_random=False))
    def test_the_order_of_rows_plays_no_part(self, random):
        rng = np.random.default_rng(11)
        g = np.repeat(np.arange(12), 7)
        x = rng.normal(size=84)
        y = 1 + x + rng.normal(size=12)[g] + 0.5 * rng.normal(size=12)[g] * x + rng.normal(size=84)
        frame = pd.DataFrame({"y": y, "x": x, "g": g, "f": np.array(list("pqr"))[g % 3]})
        order = list(range(84))
        random.shuffle(order)
        a = fit("y ~ x * f + (x | g)", frame)
        b = fit("y ~ x * f + (x | g)", frame.iloc[order])
        assert b.criterion == pytest.approx(a.criterion, rel=1e-10)
        np.testing.assert_allclose(b.beta, a.beta, rtol=1e-5, atol=1e-6)
        assert b.fixed_names == a.fixed_names
        np.testing.assert_allclose(
            b.augment()[".fitted"].sort_index(), a.augment()[".fitted"], rtol=1e-5, atol=1e-5
        )

    @settings(deadline=None, max_examples=15)
    @given(st.floats(-8, 8), st.floats(-8, 8), st.floats(-1e6, 1e6))
    def test_units_play_no_part(self, a, b, shift):
        rng = np.random.default_rng(12)
        g = np.repeat(np.arange(12), 7)
        x = rng.normal(size=84)
        y = 1 + x + rng.normal(size=12)[g] + rng.normal(size=84)
        plain = fit("y ~ x + (1 | g)", pd.DataFrame({"y": y, "x": x, "g": g}), reml=False)
        scaled = fit(
            "y ~ x + (1 | g)",
            pd.DataFrame({"y": 10.0**a * y, "x": 10.0**b * (x + shift), "g": g}),
            reml=False,
        )
        assert scaled.criterion == pytest.approx(plain.criterion + 2 * 84 * np.log(10) * a, abs=1e-5)
        assert scaled.beta[1] == pytest.approx(plain.beta[1] * 10.0 ** (a - b), rel=1e-5)
        assert scaled.converged

    def test_levels_may_be_named_anything(self, pupils):
        named = pupils.assign(school="school " + pupils["school"].astype(str))
        a, b = (fit("score ~ hours + (1 | school)", frame) for frame in (pupils, named))
        assert a.criterion == pytest.approx(b.criterion, rel=1e-10)
        ours = b.tidy("ran_vals").set_index("level")["estimate"]
        theirs = a.tidy("ran_vals").set_index("level")["estimate"]
        np.testing.assert_allclose(ours["school " + theirs.index], theirs, rtol=1e-6)


def test_statsmodels_as_a_second_witness(pupils):
    import statsmodels.formula.api as smf

    theirs = smf.mixedlm("score ~ hours", pupils, groups="school").fit(reml=True)
    ours = fit("score ~ hours + (1 | school)", pupils)
    assert ours.loglik == pytest.approx(theirs.llf, abs=1e-4)
    np.testing.assert_allclose(ours.beta, theirs.fe_params, rtol=1e-4)
    np.testing.assert_allclose(ours.tidy()["std_error"], theirs.bse_fe, rtol=1e-3)
    assert ours.sigma**2 == pytest.approx(theirs.scale, rel=1e-3)


def test_predictors_of_scale_1e8(pupils):
    big = pupils.assign(hours=pupils["hours"] * 1e8)
    a, b = (fit("score ~ hours + (hours | school)", frame) for frame in (pupils, big))
    assert b.beta[1] * 1e8 == pytest.approx(a.beta[1], rel=1e-6)
    assert b.converged
    assert b.dropped_columns == ()
    np.testing.assert_allclose(a.fitted, b.fitted, rtol=1e-5)


def test_terms_that_say_the_same_are_noted() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"g": np.repeat([f"s{i}" for i in range(12)], 6)})
    frame["h"] = frame["g"].str.upper()
    frame["y"] = np.repeat(rng.normal(size=12), 6) * 2 + rng.normal(size=72)
    titles = [note.title for note in fit("y ~ 1 + (1 | g) + (1 | h)", frame).notes]
    assert "Variances that are not identified" in titles
    assert not any("identified" in note.title for note in fit("y ~ 1 + (1 | g)", frame).notes)
