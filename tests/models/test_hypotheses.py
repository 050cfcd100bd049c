"""Contrasts, tables with df and p, intervals: against R and in exactly known cases; what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mixgui.errors import Cancelled, ModelError
from mixgui.models import fit
from mixgui.observer import Progress

from . import unbalanced

MODEL = "y ~ A * B + x + (1 | g)"
L = {"b - c": {"Ab": 1, "Ac": -1}, "mix": {"Bv": 1, "x": 2, "Ab:Bv": 0.5}}


class TestContrast:
    @pytest.mark.parametrize("r", unbalanced.in_r()["contrasts"], ids=lambda r: r["ddf"])
    def test_as_in_r(self, r):
        m = unbalanced.fitted(MODEL)
        table = m.contrast(L, r["ddf"])
        assert table["contrast"].tolist() == list(L)
        for column, name in (
            ("estimate", "Estimate"), ("std_error", "Std. Error"), ("df", "df"), ("statistic", "t value"),
            ("p_value", "Pr(>|t|)"), ("conf_low", "lower"), ("conf_high", "upper"),
        ):  # fmt: skip
            np.testing.assert_allclose(table[column], [row[name] for row in r["rows"]], rtol=2e-5)
        joint = m.contrast(L, r["ddf"], joint=True).iloc[0]
        expected = r["joint"][0]
        assert joint["num_df"] == expected["NumDF"]
        assert joint["den_df"] == pytest.approx(expected["DenDF"], rel=1e-5)
        assert joint["statistic"] == pytest.approx(expected["F value"], rel=1e-4)
        assert joint["p_value"] == pytest.approx(expected["Pr(>F)"], rel=1e-4)

    def test_however_it_is_written(self):
        m = unbalanced.fitted("y ~ x + z + (1 | g)")
        by_name = m.contrast({"x": 1, "z": -2})
        assert by_name["contrast"].tolist() == ["x - 2 z"]
        for same in ([0, 1, -2], [[0, 1, -2]], np.array([0, 1, -2]), [{"x": 1, "z": -2}]):
            pd.testing.assert_frame_equal(m.contrast(same), by_name)
        frame = pd.DataFrame({"x": [1.0], "z": [-2.0]}, index=["mine"])
        named = m.contrast(frame)
        assert named["contrast"].tolist() == ["mine"]
        assert named["estimate"].iloc[0] == by_name["estimate"].iloc[0]

    def test_normal_and_least_squares(self):
        mixed = unbalanced.fitted("y ~ x + (1 | g)").contrast({"x": 1}, None)
        assert mixed["df"].isna().all()
        assert mixed["conf_high"].iloc[0] - mixed["estimate"].iloc[0] == pytest.approx(
            1.959963984540054 * mixed["std_error"].iloc[0]
        )
        ols = fit("y ~ x", unbalanced.frame())
        table, tidy = ols.contrast({"x": 1}), ols.tidy().iloc[[1]].reset_index(drop=True)
        for column in ("estimate", "std_error", "df", "statistic", "p_value", "conf_low", "conf_high"):
            np.testing.assert_allclose(table[column], tidy[column])

    @pytest.mark.parametrize(
        ("contrast", "words"),
        [
            ({"X": 1}, "“X” is no coefficient.*“x”"),
            ([1, 0], "2 numbers a row but the model has 3"),
            ([np.nan, 0, 0], "missing or infinite"),
            ({"x": np.inf}, "“x” is not a number"),
            (["a", "b", "c"], "not made of numbers"),
            ({"one": {"x": 1}, "z": 1}, "some have none"),
        ],
    )
    def test_refusals(self, contrast, words):
        with pytest.raises(ModelError, match=words):
            unbalanced.fitted("y ~ x + z + (1 | g)").contrast(contrast)

    def test_a_dropped_column_is_named(self):
        m = unbalanced.fitted(MODEL, "holes")
        with pytest.raises(ModelError, match="left out"):
            m.contrast({"Ac:Bv": 1})


class TestTidy:
    def test_df_fill_the_table(self):
        m = unbalanced.fitted(MODEL)
        plain, tested = m.tidy(), m.tidy(ddf="satterthwaite")
        assert tested.columns.tolist() == plain.columns.tolist()
        assert tested[["df", "p_value"]].notna().all(axis=None)
        np.testing.assert_allclose(tested["std_error"], plain["std_error"])
        rows = m.contrast(np.eye(7))
        np.testing.assert_allclose(tested["conf_low"], rows["conf_low"])
        adjusted = m.tidy(ddf="kenward-roger")
        assert (adjusted["std_error"] > plain["std_error"]).all()

    def test_least_squares_has_its_own(self):
        m = fit("y ~ x", unbalanced.frame())
        pd.testing.assert_frame_equal(m.tidy(ddf="kenward-roger"), m.tidy(), check_exact=False)


class TestConfint:
    def test_wald_as_lme4(self):
        table = unbalanced.fitted(MODEL).confint()
        rows = unbalanced.in_r()["wald"]
        assert table["param"].tolist() == [row["param"] for row in rows]
        np.testing.assert_allclose(table["lower"], unbalanced.numbers(r["X2.5.."] for r in rows), rtol=1e-5)
        np.testing.assert_allclose(table["upper"], unbalanced.numbers(r["X97.5.."] for r in rows), rtol=1e-5)

    def test_wald_with_df_is_tidy(self):
        m = unbalanced.fitted(MODEL)
        table = m.confint(ddf="kenward-roger", level=0.9).iloc[2:]
        tidy = m.tidy(ddf="kenward-roger", conf_level=0.9)
        np.testing.assert_allclose(table["lower"], tidy["conf_low"])

    def test_names_of_correlated_and_uncorrelated_terms(self):
        names = unbalanced.fitted("y ~ x + (x | g) + (1 | h)").confint("boot", count=3)["param"].tolist()
        assert names == [
            "sd_(Intercept)|g", "cor_x.(Intercept)|g", "sd_x|g", "sd_(Intercept)|h", "sigma", "(Intercept)", "x",
        ]  # fmt: skip
        apart = unbalanced.fitted("y ~ x + (x || g)").confint()["param"].tolist()
        assert apart == ["sd_(Intercept)|g", "sd_x|g", "sigma", "(Intercept)", "x"]

    def test_bootstrap_is_seeded_and_holds_the_estimate(self):
        m = unbalanced.fitted("y ~ x + (1 | g)")
        one, two, other = (m.confint("boot", count=60, seed=s) for s in (4, 4, 5))
        pd.testing.assert_frame_equal(one, two)
        assert not np.allclose(one["lower"], other["lower"])
        inside = one.set_index("param").loc[["sigma", "(Intercept)", "x"]]
        estimates = [m.sigma, *m.beta]
        assert (inside["lower"] < estimates).all()
        assert (inside["upper"] > estimates).all()

    def test_least_squares_is_exact(self):
        m = fit("y ~ x", unbalanced.frame())
        table = m.confint().set_index("param")
        np.testing.assert_allclose(table.loc["x"], m.tidy().iloc[1][["conf_low", "conf_high"]].astype(float))
        # sqrt(88 s^2 / qchisq(c(.975, .025), 88))
        bounds = m.sigma * np.sqrt(88 / np.array([115.84140, 63.94093]))
        np.testing.assert_allclose(table.loc["sigma"], bounds, rtol=1e-6)
        for method in ("profile", "boot"):
            with pytest.raises(ModelError, match="exact"):
                m.confint(method)

    def test_cancel_and_wrong_words(self):
        m = unbalanced.fitted("y ~ x + (1 | g)")

        def stop(progress: Progress) -> None:
            raise Cancelled

        for method in ("profile", "boot"):
            with pytest.raises(Cancelled):
                m.confint(method, observer=stop)
        with pytest.raises(ValueError, match="wald, profile, boot"):
            m.confint("likelihood")
        with pytest.raises(ValueError, match="between 0 and 1"):
            m.confint(level=95)


class TestShares:
    def test_by_hand(self):
        m = unbalanced.fitted("y ~ A + x + (x | g) + (1 | h)")
        covariance = m.lmm.covariances[0]
        Z = np.column_stack([np.ones(90), m.frame["x"]])
        random = np.mean([z @ covariance @ z for z in Z]) + m.lmm.covariances[1][0, 0]
        fixed = np.var(m.fixed_part, ddof=1)
        total = random + fixed + m.sigma**2
        assert m.r2().iloc[0].tolist() == pytest.approx([fixed / total, (fixed + random) / total])
        assert m.icc().iloc[0].tolist() == pytest.approx([random / (random + m.sigma**2), random / total])

    def test_least_squares(self):
        m = fit("y ~ x", unbalanced.frame())
        assert m.r2()["r_squared"].iloc[0] == pytest.approx(
            np.corrcoef(m.frame["x"], m.frame["y"])[0, 1] ** 2
        )
        with pytest.raises(ModelError, match="no groups"):
            m.icc()
