"""Every ordinary regression and linear mixed model of the reference, through the public way in.

Tolerances: the criterion 1e-6 relative and never worse than R's by more than 1e-5; fixed effects 1e-5
relative or of a standard error (R's optimiser stops there); standard errors, SDs, modes and conditional SDs
1e-4; SDs at the boundary 1e-3 absolute. Ordinary regressions are exact up to rounding: 1e-8.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mixgui.models import ModelFit, fit
from mixgui.models.diagnostics import ols_by_group, ols_summary, variance_table

EXACT = 1e-8
# Tests are named after the models, so the models are needed before any fixture.
FOLDER = Path(
    os.environ.get("MIXGUI_REFERENCE") or Path(__file__).resolve().parents[3] / "shared" / "reference"
)


def _cases(kind: str) -> list[Any]:
    """One case a model of the reference; a single skipped one when the folder is absent."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for model in content["models"]:
            if model["kind"] == kind:
                name = f"{path.stem}: {model['formula']}" + (" REML" if model.get("REML") else "")
                found.append(pytest.param(content["data"], model, id=name))
    return found or [pytest.param("", {}, id="absent")]


def _factors(model: dict[str, Any]) -> tuple[str, ...]:
    factors = model.get("factors") or ()
    return (factors,) if isinstance(factors, str) else tuple(factors)


def _near(ours: Any, theirs: Any, relative: float, absolute: Any = 0.0) -> None:
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    assert ours.shape == theirs.shape
    off = np.abs(ours - theirs)
    allowed = np.maximum(relative * np.abs(theirs), absolute)
    assert (off <= allowed).all(), f"{ours} against {theirs}: {off.max():.3g} off"


def _spelt(row: dict[str, Any]) -> str:
    """A variance component as broom.mixed writes it."""
    if row["var1"] is None:
        return "sd__Observation"
    return f"sd__{row['var1']}" if row["var2"] is None else f"cor__{row['var1']}.{row['var2']}"


def _conditional_sds(factor: dict[str, Any], shape: tuple[int, int]) -> np.ndarray | None:
    """Levels x terms; R wrote those of a single term as one row, and none at all for ``||``."""
    if factor["cond_sd"] is None:
        return None
    found = np.asarray(factor["cond_sd"], dtype=float)
    return found if found.shape == shape else found.reshape(shape[::-1]).T


def _reference_rows(rows: pd.DataFrame, data: str, model: dict[str, Any]) -> pd.DataFrame:
    """The ten rows that the reference lists: the first ones, but for nba those that R's merge() put first.

    They are of the first team; their outcomes, fitted plus residual, tell which.
    """
    if data != "nba":
        return rows.head(10)
    outcomes = np.add(model["fitted_head"], model["resid_head"])
    team = rows[rows["team"] == sorted(rows["team"])[0]]
    off = np.abs(team["life_satisfaction"].to_numpy()[:, None] - outcomes)
    assert (off.min(axis=0) < 1e-8).all()
    return team.iloc[off.argmin(axis=0)]


@pytest.fixture(scope="module")
def fitted(reference_frame):
    cache: dict[tuple[str, str, Any], ModelFit] = {}

    def get(data: str, model: dict[str, Any]) -> ModelFit:
        key = (data, model["formula"], model.get("REML"))
        if key not in cache:
            cache[key] = fit(
                model["formula"], reference_frame(data, _factors(model)), reml=bool(model.get("REML", True))
            )
        return cache[key]

    return get


def test_the_reference_is_complete(reference_dir: Path):
    assert len(_cases("lmm")) == 22
    assert len(_cases("ols")) == 2
    assert len(_cases("ols_by_group")) == 1


@pytest.mark.parametrize(("data", "model"), _cases("lmm"))
class TestMixedModels:
    def test_criterion(self, fitted, data, model):
        row = fitted(data, model).glance().iloc[0]
        assert row["criterion"] - model["criterion"] < 1e-5
        _near(row["criterion"], model["criterion"], 1e-6)
        for ours, theirs in (("logLik", "logLik"), ("AIC", "AIC"), ("AICc", "AICc"), ("BIC", "BIC")):
            _near(row[ours], model[theirs], 1e-6)
        assert row["nobs"] == model["nobs"]
        assert row["npar"] == model["npar"]
        assert bool(row["REML"]) == model["REML"]
        assert bool(row["singular"]) == model["singular"]
        assert row["converged"]

    def test_fixed_effects(self, fitted, data, model):
        table = fitted(data, model).tidy()
        theirs = pd.DataFrame(model["fixef"])
        assert table["term"].tolist() == theirs["term"].tolist()
        _near(table["estimate"], theirs["estimate"], 1e-5, 1e-5 * theirs["se"].to_numpy())
        _near(table["std_error"], theirs["se"], 1e-4)
        _near(table["statistic"], theirs["t"], 1e-4, 1e-4)
        assert table["p_value"].isna().all()
        assert table["df"].isna().all()

    def test_variances_and_correlations(self, fitted, data, model):
        result = fitted(data, model)
        rows = model["varcorr"]
        ours = result.tidy("ran_pars")
        assert ours["group"].tolist() == [row["group"] for row in rows]
        assert ours["term"].tolist() == [_spelt(row) for row in rows]
        at_boundary = 1e-3 if model["singular"] else 0.0
        _near(ours["estimate"], [row["sdcor"] for row in rows], 1e-4, at_boundary)
        variances = variance_table(result)
        assert variances["share"].sum() == pytest.approx(1)
        theirs = [row["vcov"] for row in rows if row["var2"] is None]
        _near(variances["variance"], theirs, 2e-4, at_boundary**2)

    def test_random_effects(self, fitted, data, model):
        table = fitted(data, model).tidy("ran_vals")
        sds = {(r["group"].split(".")[0], r["var1"]): r["sdcor"] for r in model["varcorr"] if not r["var2"]}
        for factor in model["ranef"]:
            terms = [factor["terms"]] if isinstance(factor["terms"], str) else factor["terms"]
            own = table[table["group"] == factor["group"]]
            assert own["term"].unique().tolist() == terms
            values = np.asarray(factor["values"], dtype=float).reshape(len(factor["levels"]), len(terms))
            cond_sd = _conditional_sds(factor, values.shape)
            for j, term in enumerate(terms):
                of_term = own[own["term"] == term]
                assert of_term["level"].tolist() == [str(level) for level in factor["levels"]]
                size = max(sds[factor["group"], term], 10.0 * bool(model["singular"]))
                _near(of_term["estimate"], values[:, j], 1e-4, 1e-4 * size)
                if cond_sd is not None:
                    _near(of_term["std_error"], cond_sd[:, j], 1e-4, 1e-3 if model["singular"] else 0.0)

    def test_rows(self, fitted, data, model):
        result = fitted(data, model)
        head = _reference_rows(result.augment(), data, model)
        sigma = model["sigma"]
        _near(head[".fitted"], model["fitted_head"], 0, 1e-4 * sigma)
        _near(head[".resid"], model["resid_head"], 0, 1e-4 * sigma)
        _near(head[".std_resid"], model["resid_std_head"], 0, 1e-4)
        _near(head[".hat"], model["hat_head"], 1e-4, 1e-6)
        _near(result.sigma, sigma, 1e-4)

    def test_groups(self, fitted, data, model):
        sizes = {group.name: group.n_levels for group in fitted(data, model).groups}
        assert sizes == model["ngroups"]


@pytest.mark.parametrize(("data", "model"), _cases("ols"))
class TestOrdinaryRegressions:
    def test_summary(self, fitted, data, model):
        row = ols_summary(fitted(data, model)).iloc[0]
        names = {
            "r_squared": "r2",
            "adj_r_squared": "r2_adj",
            "sigma": "sigma",
            "f_statistic": "F",
            "p_log10": "p_log10",
            "df_model": "df_model",
            "df_resid": "df_resid",
            "deviance": "deviance",
            "logLik": "logLik",
            "AIC": "AIC",
            "AICc": "AICc",
            "BIC": "BIC",
            "nobs": "nobs",
        }
        for ours, theirs in names.items():
            _near(row[ours], model[theirs], EXACT)

    def test_coefficients(self, fitted, data, model):
        table = fitted(data, model).tidy()
        theirs = pd.DataFrame(model["fixef"])
        assert table["term"].tolist() == theirs["term"].tolist()
        for ours, name in (("estimate", "estimate"), ("std_error", "se"), ("statistic", "t")):
            _near(table[ours], theirs[name], EXACT)
        # The tail of t is steep: an error in t is multiplied by t. R writes 0 below 1e-308.
        _near(table["p_value"], theirs["p"], 1e-6, 1e-300)

    def test_rows(self, fitted, data, model):
        head = fitted(data, model).augment().head(len(model["augment_head"]))
        theirs = pd.DataFrame(model["augment_head"])
        names = {
            ".fitted": "fitted",
            ".resid": "resid",
            ".hat": "hat",
            ".sigma": "sigma_loo",
            ".cooksd": "cooksd",
            ".std_resid": "std_resid",
            ".student_resid": "rstudent",
        }
        for ours, name in names.items():
            _near(head[ours], theirs[name], EXACT, 1e-10)


@pytest.mark.parametrize(("data", "model"), _cases("ols_by_group"))
def test_ordinary_regression_per_group(reference_frame, data, model):
    table = ols_by_group(model["formula"], reference_frame(data), model["group"]).set_index(["level", "term"])
    assert len(table) == sum(len(one["fixef"]) for one in model["fits"])
    for one in model["fits"]:
        for row in one["fixef"]:
            ours = table.loc[(str(one["level"]), row["term"])]
            for name, theirs in (
                ("estimate", "estimate"),
                ("std_error", "se"),
                ("statistic", "t"),
                ("p_value", "p"),
            ):
                if row.get(theirs) is None:
                    assert np.isnan(ours[name])
                else:
                    _near(ours[name], row[theirs], 1e-7, 1e-9)


class TestTheNotes:
    """The numbers that the course notes print; their optimiser stopped early in the eighth digit."""

    def test_ordinary_regression(self, reference_frame):
        table = fit("language_post ~ 1 + verbal_iq", reference_frame("netherlands")).tidy()
        assert table["estimate"].round(2).tolist() == [40.93, 2.65]

    def test_schools(self, reference_frame):
        m = fit("language_post ~ 1 + verbal_iq + (1 | school_id)", reference_frame("netherlands"))
        _near(m.tidy()["estimate"], [40.608232, 2.487591], 0, 1e-4)
        modes = m.tidy("ran_vals").set_index("level")["estimate"]
        theirs = [-0.37573940, -6.04469893, -3.66481710, -2.91463441, -5.74351132]
        _near(modes[["1", "2", "10", "12", "15"]], theirs, 0, 1e-4)
        one = m.ran_coefs("school_id").set_index("level").loc["1"]
        _near(one["(Intercept)"], 40.608232 - 0.37573940, 0, 1e-4)
        assert one["verbal_iq"] == pytest.approx(2.487591, abs=1e-4)

    def test_school_1_alone(self, reference_frame):
        table = ols_by_group("language_post ~ 1 + verbal_iq", reference_frame("netherlands"), "school_id")
        assert table.loc[table["level"] == "1", "estimate"].round(2).tolist() == [39.79, 2.24]

    def test_teams(self, reference_frame):
        m = fit("life_satisfaction ~ 1 + success + (1 | team)", reference_frame("nba"))
        _near(m.tidy()["estimate"], [11.574601, 1.666015], 0, 1e-4)
        modes = m.tidy("ran_vals").set_index("level")["estimate"]
        assert modes["Minnesota Timberwolves"] == pytest.approx(3.662, abs=5e-4)
        assert modes["Phoenix Suns"] == pytest.approx(-6.134, abs=5e-4)
