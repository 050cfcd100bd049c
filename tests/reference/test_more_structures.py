"""Structures that the reference does not have, on its data; numbers by R 4.2 with lme4 1.1-31, bobyqa, rhoend 1e-9."""

from __future__ import annotations

import numpy as np
import pytest

from mixgui.models import fit

# Data, formula, REML, criterion, fixed effects, SDs and correlations in lme4's order.
MODELS = [
    (
        "cake",
        "angle ~ temp + (recipe | replicate)",
        True,
        1652.13192884,
        [1.772056, 0.1580317],
        [5.19248, 2.91379, 3.91408, 0.401525, 0.29876, 0.993979, 4.53488],
    ),
    (  # by Nelder_Mead: bobyqa and lme4's default stop at 1649.253
        "cake",
        "angle ~ temp + (recipe || replicate)",
        False,
        1648.21107703,
        [1.772131, 0.1580317],
        [0.000505, 4.998155, 6.753939, 7.241672, 0.919568, 0.857524, 0.990692, 4.525194],
    ),
    (
        "cake",
        "angle ~ recipe + temp + (0 + recipe | replicate)",
        True,
        1646.83967441,
        [1.515873, -1.477778, -1.522222, 0.1580317],
        [5.18794, 6.76816, 7.27851, 0.934099, 0.867379, 0.987885, 4.53989],
    ),
    (
        "cake",
        "angle ~ recipe * temp + (temp | recipe:replicate)",
        True,
        1700.61317337,
        [2.379365, -3.649206, -1.94127, 0.1537143, 0.01085714, 0.002095238],
        [0.776585, 0.0284486, 1, 4.54065],
    ),
    (
        "cake",
        "angle ~ 0 + recipe + (1 | replicate/recipe)",
        True,
        1729.06733984,
        [33.12222, 31.64444, 31.6],
        [1.497, 6.17374, 5.41815],
    ),
    (
        "cake",
        "angle ~ 1 + offset(temp / 10) + (1 | recipe:replicate) + (1 | temperature)",
        False,
        1702.16889028,
        [12.12222],
        [6.28396, 1.11136, 4.52579],
    ),
    (
        "sleepstudy",
        "Reaction ~ poly(Days, 2) + (1 | Subject) + (0 + Days | Subject)",
        True,
        1726.39263630,
        [298.5079, 403.3642, 32.85579],
        [25.0654, 5.98982, 25.5076],
    ),
    (
        "sleepstudy",
        "Reaction ~ 0 + Days + (0 + Days | Subject)",
        False,
        2298.30641138,
        [50.16283],
        [0, 143.344],
    ),
    (
        "sleepstudy",
        "log(Reaction) ~ I(Days > 4) + (I(Days > 4) | Subject)",
        True,
        -254.99397438,
        [5.595278, 0.1725868],
        [0.107074, 0.0962092, 0.258852, 0.0955084],
    ),
    (
        "sleepstudy",
        "Reaction ~ scale(Days) + I(Days^2) + (scale(Days) | Subject)",
        True,
        1740.69981545,
        [288.9028, 21.41235, 0.3370223],
        [37.537, 17.0662, 0.752774, 25.5337],
    ),
    (
        "sleepstudy",
        "Reaction ~ factor(Days) + (1 | Subject)",
        False,
        1790.33496597,
        [256.6518, 7.84395, 8.710094, 26.34021, 31.99762, 51.86665, 55.52645, 62.09878, 79.9777, 94.19942],
        [36.0423, 30.5405],
    ),
    (
        "exam",
        "normexam ~ standLRT * sex + type + (standLRT + sex | school)",
        True,
        9305.17277936,
        [-0.02010501, 0.5566778, -0.1704189, 0.1770715, -0.005747952],
        [0.296122, 0.1235, 0.0290182, 0.556939, -0.719597, 0.175957, 0.741829],
    ),
    (
        "penicillin",
        "diameter ~ 1 + (1 | sample) + (1 | plate)",
        False,
        332.18834867,
        [22.97222],
        [0.845572, 1.77065, 0.549932],
    ),
    (
        "pastes",
        "strength ~ 1 + (1 | batch:cask) + (1 | batch)",
        False,
        247.99446586,
        [60.05333],
        [2.90408, 1.09506, 0.823408],
    ),
]


@pytest.mark.parametrize(
    ("data", "formula", "reml", "criterion", "fixed", "sdcor"), MODELS, ids=[m[1] for m in MODELS]
)
def test_as_lme4(reference_frame, data, formula, reml, criterion, fixed, sdcor):
    m = fit(formula, reference_frame(data), reml=reml)
    assert m.converged
    assert m.criterion - criterion < 1e-5
    assert m.criterion == pytest.approx(criterion, rel=1e-6)
    np.testing.assert_allclose(m.beta, fixed, rtol=2e-5)
    # On the boundary the surface is flat in the SDs and lme4 stops where it is.
    rtol = 5e-3 if m.singular else 1e-4
    np.testing.assert_allclose(m.tidy("ran_pars")["estimate"], sdcor, rtol=rtol, atol=1e-3)


def test_weights_as_lme4(reference_frame):
    frame = reference_frame("sleepstudy")
    m = fit("Reaction ~ Days + (Days | Subject)", frame, weights=1 + frame["Days"])
    assert m.criterion == pytest.approx(1791.68583256, rel=1e-8)
    np.testing.assert_allclose(m.beta, [248.16969051, 11.00652168], rtol=1e-6)
    assert m.sigma == pytest.approx(62.34005562, rel=1e-5)
    rows = m.augment()
    np.testing.assert_allclose(rows[".hat"][:3], [0.072007523, 0.107832594, 0.118202587], rtol=1e-4)
    np.testing.assert_allclose(rows[".std_resid"][:3], [-0.10146495, -0.38190045, -1.23340119], rtol=1e-4)
    np.testing.assert_allclose(rows[".cooksd"][:3], [0.00043041861, 0.00987933442, 0.11562934736], rtol=5e-4)
    np.testing.assert_array_equal(rows[".weights"], 1 + frame["Days"])
