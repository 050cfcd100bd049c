"""Marginal means and comparisons: against emmeans; the reference grid; what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mixgui.errors import ModelError
from mixgui.models import fit
from mixgui.models.multiplicity import adjusted_p, critical_values, range_tail

from . import unbalanced

MODELS = {"A tukey": 1, "A by B holm": 1, "A averaged bonferroni": 2, "A by x": 2}
FIRST, SECOND = "y ~ A * B + x + (1 | g)", "y ~ A * x + z + I(x^2) + (1 | g) + (1 | h)"


def ours(name):
    ddf = name.split()[-1]
    if name == "ols cells":
        return fit("y ~ A * B + log(x + 20)", unbalanced.frame(), weights="w").emmeans("B:A")
    if name == "ols none":
        return fit("y ~ A * B + log(x + 20)", unbalanced.frame(), weights="w").emmeans("A", adjust="none")
    if name.startswith("holes"):
        return unbalanced.fitted(FIRST, "holes").emmeans("A", "B", ddf=ddf)
    if name.startswith("A tukey"):
        return unbalanced.fitted(FIRST).emmeans("A", ddf=ddf)
    if name.startswith("A by B"):
        return unbalanced.fitted(FIRST).emmeans("A", by="B", ddf=ddf, adjust="holm")
    if name.startswith("A averaged"):
        return unbalanced.fitted(SECOND).emmeans("A", ddf=ddf, adjust="bonferroni")
    return unbalanced.fitted(SECOND).emmeans("A", by="x", at={"x": [1, 5]}, ddf=ddf)


@pytest.mark.parametrize("r", unbalanced.in_r()["emmeans"], ids=lambda r: r["name"])
def test_as_emmeans(r):
    made = ours(r["name"])
    pairs = [("std_error", "SE"), ("df", "df"), ("conf_low", "lower.CL"), ("conf_high", "upper.CL")]
    for column, name in [("emmean", "emmean"), *pairs]:
        expected = unbalanced.numbers(row.get(name) for row in r["means"])
        np.testing.assert_allclose(made.means[column], expected, rtol=2e-5, err_msg=column)
    if r["name"] == "ols cells":  # another order of the cells: pairs are found by name, up to sign
        names = [
            " - ".join(" ".join(reversed(c.split())) for c in row["contrast"].split(" - "))
            for row in r["contrasts"]
        ]
        table = made.contrasts.set_index("contrast").loc[names]
    else:
        table = made.contrasts
        assert table["contrast"].tolist() == [row["contrast"] for row in r["contrasts"]]
    for column, name in [("estimate", "estimate"), ("statistic", "t.ratio"), ("p_value", "p.value"), *pairs]:
        expected = unbalanced.numbers(row.get(name) for row in r["contrasts"])
        tolerance = {"rtol": 1e-3, "atol": 1e-6} if column == "p_value" else {"rtol": 1e-4, "atol": 1e-6}
        np.testing.assert_allclose(table[column], expected, **tolerance, err_msg=column)


def test_balanced_means_are_the_means():
    d = pd.DataFrame(
        {"f": list("aabbcc") * 4, "g": np.repeat(range(4), 6), "y": np.random.default_rng(1).normal(size=24)}
    )
    made = fit("y ~ f + (1 | g)", d).emmeans("f")
    np.testing.assert_allclose(made.means["emmean"], d.groupby("f")["y"].mean())
    assert made.means["f"].tolist() == ["a", "b", "c"]
    assert made.adjust == "tukey"


def test_the_grid_is_told():
    made = unbalanced.fitted(SECOND).emmeans("A")
    assert made.averaged == ("z",)
    assert made.held == {"x": pytest.approx(unbalanced.frame()["x"].mean())}


def test_numbers_inside_factor_have_levels():
    d = unbalanced.frame()
    made = fit("y ~ factor(o) + x + (1 | g)", d).emmeans("o")
    text = fit("y ~ o + x + (1 | g)", d.assign(o=d["o"].astype(str))).emmeans("o")
    assert made.means["o"].tolist() == ["1", "2", "3"]
    np.testing.assert_allclose(made.means["emmean"], text.means["emmean"])


def test_scaled_predictors_are_held_at_the_mean_of_the_column():
    d = unbalanced.frame()
    raw, scaled = (fit(f"y ~ A * {x} + (1 | g)", d).emmeans("A") for x in ("x", "scale(x)"))
    np.testing.assert_allclose(raw.contrasts["estimate"], scaled.contrasts["estimate"])
    np.testing.assert_allclose(raw.means["df"], scaled.means["df"], rtol=1e-5)


def test_offset_counts():
    d = unbalanced.frame()
    plain = fit("y ~ A + (1 | g)", d).emmeans("A").means["emmean"]
    moved = fit("y ~ A + (1 | g)", d.assign(y=d["y"] + 7), offset=np.full(90, 7.0)).emmeans("A").means
    np.testing.assert_allclose(moved["emmean"], plain + 7)


def test_without_contrasts_and_several_factors():
    m = unbalanced.fitted(FIRST)
    made = m.emmeans(["A", "B"], contrasts=None)
    assert made.contrasts is None
    assert made.means[["A", "B"]].to_numpy().tolist() == [[a, b] for a in "abc" for b in "uv"]
    one = m.emmeans("A", at={"A": ["b"]})
    assert one.contrasts.empty


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"factor": "a"}, "“a” is no predictor.*“A”"),
        ({"factor": "x"}, "number with .* different values"),
        ({"factor": "A", "at": {"B": "w"}}, "never “w”"),
        ({"factor": "A", "at": {"x": "many"}}, "“x” is a number"),
        ({"factor": "A", "at": {"x": []}}, "no values"),
        ({"factor": "g"}, "no predictor"),
    ],
)
def test_refusals(arguments, words):
    with pytest.raises(ModelError, match=words):
        unbalanced.fitted(FIRST).emmeans(**arguments)


def test_wrong_words():
    m = unbalanced.fitted(FIRST)
    with pytest.raises(ValueError, match="tukey"):
        m.emmeans("A", adjust="sidak")
    with pytest.raises(ValueError, match="pairwise"):
        m.emmeans("A", contrasts="all")


@pytest.mark.parametrize("df", [2.0, 2.5, 17.3, 200.0, np.inf])
@pytest.mark.parametrize("k", [2, 3, 10])
def test_studentized_range_as_scipy(k, df):
    for q in (0.3, 2.0, 3.5, 6.0):
        assert range_tail(q, k, df) == pytest.approx(stats.studentized_range.sf(q, k, df), rel=1e-6, abs=1e-9)


def test_two_means_need_no_adjustment():
    p = stats.t.sf(2.1, 9) * 2
    assert adjusted_p(np.array([p]), np.array([2.1]), np.array([9.0]), "tukey", 2)[0] == pytest.approx(p)
    assert critical_values(0.95, np.array([9.0]), "tukey", 2)[0] == pytest.approx(stats.t.ppf(0.975, 9))


def test_holm_steps_down():
    p = np.array([0.03, 0.01, 0.02])
    assert adjusted_p(p, p, p, "holm", 3).tolist() == pytest.approx([0.04, 0.03, 0.04])
    assert adjusted_p(p, p, p, "bonferroni", 3).tolist() == pytest.approx([0.09, 0.03, 0.06])
