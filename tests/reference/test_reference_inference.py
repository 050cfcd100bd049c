"""Inference of every linear mixed model of the reference: df, p, F tests, profile intervals, R squared, ICC.

Tolerances: df, standard errors, F, R squared and ICC 1e-4 relative (R's optimiser stops there); p-values 1e-3
relative or on the logarithmic scale; profile bounds a thousandth of an SE, or of sigma's size.
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

FOLDER = Path(
    os.environ.get("MIXGUI_REFERENCE") or Path(__file__).resolve().parents[3] / "shared" / "reference"
)


def _cases(field: str | None = None) -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for model in content["models"]:
            if model["kind"] == "lmm" and (field is None or model.get(field)):
                name = f"{path.stem}: {model['formula']}" + (" REML" if model["REML"] else "")
                found.append(pytest.param(content["data"], model, id=name))
    return found or [pytest.param("", {}, id="absent")]


@pytest.fixture
def fitted(reference_frame, data: str, model: dict[str, Any]) -> ModelFit:
    if not model:
        pytest.skip("the reference results are absent")
    factors = model.get("factors") or ()
    frame = reference_frame(data, (factors,) if isinstance(factors, str) else tuple(factors))
    return fit(model["formula"], frame, reml=model["REML"])


def _near_p(ours: Any, theirs: Any) -> None:
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    seen = theirs > 1e-290  # where R's p is a number at all
    assert (ours[~seen] < 1e-280).all()
    logs = np.log(ours[seen]), np.log(theirs[seen])
    np.testing.assert_allclose(*logs, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(("data", "model"), _cases())
def test_coefficients(fitted: ModelFit, data, model):
    rows = pd.DataFrame(model["fixef"])
    table = fitted.tidy(ddf="satterthwaite")
    np.testing.assert_allclose(table["df"], rows["df_satterthwaite"], rtol=1e-3)
    _near_p(table["p_value"], rows["p_satterthwaite"])
    if model["REML"]:
        adjusted = fitted.tidy(ddf="kenward-roger")
        np.testing.assert_allclose(adjusted["df"], rows["df_kr"], rtol=1e-3)
        np.testing.assert_allclose(adjusted["std_error"], rows["se_kr"], rtol=1e-4)
        _near_p(adjusted["p_value"], rows["p_kr"])


@pytest.mark.parametrize(("data", "model"), _cases("anova_type3"))
def test_type_three(fitted: ModelFit, data, model):
    rows = pd.DataFrame(model["anova_type3"])
    table = fitted.anova()
    assert table["term"].tolist() == rows["term"].tolist()
    assert table["num_df"].tolist() == rows["NumDF"].tolist()
    np.testing.assert_allclose(table["den_df"], rows["DenDF"], rtol=1e-4)
    np.testing.assert_allclose(table["statistic"], rows["F"], rtol=1e-4)
    _near_p(table["p_value"], rows["p"])


@pytest.mark.parametrize(("data", "model"), _cases("profile_ci95"))
def test_profile_intervals(fitted: ModelFit, data, model):
    rows = pd.DataFrame(model["profile_ci95"])
    table = fitted.confint("profile")
    assert table["param"].tolist() == rows["param"].tolist()
    for bound in ("lower", "upper"):
        ours, theirs = table[bound].to_numpy(), pd.to_numeric(rows[bound]).to_numpy()
        known = np.isfinite(theirs)
        width = (rows["upper"] - rows["lower"]).to_numpy()[known]
        assert (np.abs(ours - theirs)[known] <= 1e-3 * width / 3.92).all()


@pytest.mark.parametrize(("data", "model"), _cases("r2_conditional"))
def test_shares_of_variance(fitted: ModelFit, data, model):
    r2 = fitted.r2().iloc[0]
    assert r2["r2_marginal"] == pytest.approx(model["r2_marginal"], rel=1e-4, abs=1e-12)
    assert r2["r2_conditional"] == pytest.approx(model["r2_conditional"], rel=1e-4)
    assert fitted.icc()["icc_adjusted"].iloc[0] == pytest.approx(model["icc_adjusted"], rel=1e-4)
