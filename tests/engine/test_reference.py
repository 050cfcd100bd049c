"""Every linear mixed model of the reference, and the designs that are hard on optimisers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mixgui.engine import LmmFit

from .cases import Case, case, reference_case, reference_models

# Named tolerances; the criterion is flat at its minimum, so estimates agree less closely than criteria do.
CRITERION_RELATIVE = 1e-6
CRITERION_WORSE = 1e-5
FIXEF = 1e-5  # of the estimate or of its standard error, whichever is larger
STD_ERROR = 1e-4
SD_RELATIVE = 1e-4
SD_AT_BOUNDARY = 1e-3
MODES = 1e-4
# lme4 stops within about this of the minimum, which the standard deviations of Dyestuff (ML) show.
HEAD = 1e-4


@pytest.fixture(scope="session")
def fitted(reference_dir: Path) -> list[tuple[str, dict[str, Any], Case, LmmFit]]:
    out = []
    for name, _, model in reference_models(reference_dir):
        c = reference_case(reference_dir, name, model)
        out.append((f"{name}: {model['formula']}", model, c, c.fit(reml=model["REML"])))
    return out


def test_there_are_reference_models(fitted: Any) -> None:
    assert len(fitted) >= 20


def test_criterion(fitted: Any) -> None:
    for label, ref, _, fit in fitted:
        assert fit.converged, label
        assert fit.criterion == pytest.approx(ref["criterion"], rel=CRITERION_RELATIVE), label
        assert fit.criterion - ref["criterion"] < CRITERION_WORSE, label
        assert fit.singular == ref["singular"], label


def test_fixed_effects(fitted: Any) -> None:
    for label, ref, _, fit in fitted:
        estimates = np.array([row["estimate"] for row in ref["fixef"]])
        errors = np.array([row["se"] for row in ref["fixef"]])
        assert (np.abs(fit.beta - estimates) <= FIXEF * np.maximum(np.abs(estimates), errors)).all(), label
        assert np.sqrt(np.diag(fit.vcov_beta)) == pytest.approx(errors, rel=STD_ERROR), label


def test_variance_components(fitted: Any) -> None:
    for label, ref, c, fit in fitted:
        expected = [r for r in ref["varcorr"] if r["group"] != "Residual" and r["var2"] is None]
        by_group: dict[str, list[float]] = {}
        for group, covariance in zip(c.groups, fit.covariances, strict=True):
            by_group.setdefault(group, []).extend(np.sqrt(np.diag(covariance)))
        for row in expected:
            # lme4 calls the second term of the same factor "Subject.1".
            group = next(g for g in by_group if row["group"] in {g, f"{g}.1"} and by_group[g])
            sd = by_group[group].pop(0)
            assert sd == pytest.approx(
                row["sdcor"], rel=SD_RELATIVE, abs=SD_AT_BOUNDARY * (row["sdcor"] < 1e-6)
            ), label
        sigma = next(r["sdcor"] for r in ref["varcorr"] if r["group"] == "Residual")
        assert fit.sigma == pytest.approx(sigma, rel=SD_RELATIVE), label
        correlations = [r["sdcor"] for r in ref["varcorr"] if r["var2"] is not None]
        ours = [
            s[i, j] / np.sqrt(s[i, i] * s[j, j])
            for s in fit.covariances
            for i in range(len(s))
            for j in range(i)
        ]
        assert ours == pytest.approx(correlations, abs=1e-4), label


def test_conditional_modes(fitted: Any) -> None:
    for label, ref, c, fit in fitted:
        for block in ref["ranef"]:
            mine = [t for t, g in enumerate(c.groups) if g == block["group"]]
            levels = c.levels[mine[0]]
            order = [levels.index(level) for level in block["levels"]]
            modes = np.hstack([fit.modes[t] for t in mine])[order]
            variances = [np.diagonal(fit.mode_covariances(t), axis1=1, axis2=2) for t in mine]
            sds = np.sqrt(np.hstack(variances))[order]
            values = np.array(block["values"])
            scale = max(np.abs(values).max(), 1e-6)
            assert np.abs(modes - values.reshape(modes.shape)).max() <= MODES * scale, label
            if block["cond_sd"] is not None:  # lme4 gives none for uncorrelated terms of one factor
                cond_sd = np.array(block["cond_sd"]).reshape(sds.shape)
                assert sds == pytest.approx(cond_sd, rel=MODES, abs=1e-8), label


def test_rows(fitted: Any) -> None:
    for label, ref, _, fit in fitted:
        triples = np.column_stack([fit.fitted, fit.residuals, fit.hat()])
        expected = np.column_stack([ref["fitted_head"], ref["resid_head"], ref["hat_head"]])
        if label.startswith("nba"):  # R's rows came in another order there
            near = np.abs(triples[:, None] - expected).max(axis=2).argmin(axis=0)
            triples = triples[near]
        scale = np.abs(expected).max(axis=0)
        assert (np.abs(triples[: len(expected)] - expected) <= HEAD * scale).all(), label


def test_simulated_designs(reference_dir: Path) -> None:
    rows = pd.read_csv(reference_dir / "sims" / "sims.csv.gz")
    missed = []
    for sim in json.loads((reference_dir / "sims" / "sims.json").read_text(encoding="utf-8")):
        c = case(rows[rows["set"] == sim["set"]], sim["formula"], list(sim["fixef"]))
        fit = c.fit(reml=sim["REML"])
        if fit.criterion > sim["best_known"] + 1e-4 or not fit.converged:
            missed.append((sim["set"], fit.criterion - sim["best_known"], fit.convergence.reason))
    assert not missed
