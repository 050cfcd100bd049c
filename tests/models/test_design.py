"""Rows that are used and dropped, groups, weights; and bad input, each kind with its sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mixgui.errors import FormulaError, MixguiError, ModelError
from mixgui.models import fit
from mixgui.models.design import build_design
from mixgui.models.formula_parser import parse_formula
from mixgui.models.variables import as_factor, level_name


def design(formula: str, frame: pd.DataFrame, **given):
    return build_design(parse_formula(formula), frame, **given)


class TestRows:
    def test_all_rows(self, pupils):
        found = design("score ~ hours + (1 | school)", pupils)
        assert found.n == found.rows_given == len(pupils)
        assert found.used is None
        assert found.dropped == ()
        assert found.frame.columns.tolist() == ["score", "hours", "school"]

    def test_rows_are_dropped_with_their_reasons(self, pupils):
        broken = pupils.copy()
        broken.loc[[3, 4], "score"] = np.nan
        broken.loc[[4, 5], "hours"] = [np.inf, -np.inf]
        broken["kind"] = broken["kind"].where(broken.index != 6)
        broken["school"] = broken["school"].where(broken.index != 7)
        found = design("score ~ hours + kind + (1 | school)", broken)
        reasons = {d.reason: d.rows.tolist() for d in found.dropped}
        assert reasons == {
            "score missing": [3, 4],
            "hours infinite": [4, 5],
            "kind missing": [6],
            "school missing": [7],
        }
        assert [d.count for d in found.dropped] == [2, 2, 1, 1]
        assert found.n == len(pupils) - 5
        assert found.used_index.tolist() == [i for i in range(len(pupils)) if i not in (3, 4, 5, 6, 7)]
        np.testing.assert_array_equal(found.y, broken["score"][found.used_index])

    def test_a_logarithm_names_its_own_losses(self, pupils):
        broken = pupils.copy()
        broken.loc[0, "hours"] = np.nan
        broken.loc[1, "hours"] = -1.0
        broken.loc[2, "hours"] = 0.0
        broken.loc[3:, "hours"] = broken["hours"][3:].abs() + 0.1
        found = design("score ~ log(hours)", broken)
        assert {d.reason: d.count for d in found.dropped} == {
            "hours missing": 1,
            "log(hours) not defined": 1,
            "log(hours) infinite": 1,
        }

    def test_scale_uses_all_rows_that_have_the_value_as_r(self, pupils):
        broken = pupils.copy()
        broken.loc[:49, "score"] = np.nan
        found = design("score ~ scale(hours)", broken)
        x = pupils["hours"]
        np.testing.assert_allclose(found.X[:, 1], ((x - x.mean()) / x.std())[50:])

    def test_any_index_is_kept(self, pupils):
        named = pupils.set_index(pd.Index([f"p{i}" for i in range(len(pupils))]))
        named.loc["p1", "hours"] = np.nan
        augmented = fit("score ~ hours + (1 | school)", named).augment()
        assert augmented.index.tolist()[:2] == ["p0", "p2"]
        np.testing.assert_allclose(augmented[".fitted"] + augmented[".resid"], augmented["score"])

    def test_the_table_is_not_changed(self, pupils):
        before = pupils.copy(deep=True)
        fit("score ~ hours * kind + (hours | school)", pupils, weights=np.ones(len(pupils)))
        pd.testing.assert_frame_equal(pupils, before)

    def test_unused_levels_are_forgotten(self, pupils):
        part = pupils.assign(
            kind=pd.Categorical(pupils["kind"], categories=["zzz", "public", "private", "mixed"])
        )
        found = design("score ~ kind + (1 | school)", part[part["kind"] != "mixed"])
        assert found.matrix.names == ("(Intercept)", "kindprivate")
        assert len(found.factors["school"].levels) == part.loc[part["kind"] != "mixed", "school"].nunique()


class TestRandomTerms:
    def test_the_same_grouping_is_one_factor(self, pupils):
        parts = design("score ~ 1 + (1 | school) + (0 + hours | school)", pupils).random
        assert parts[0].data.factor is parts[1].data.factor
        assert [p.label for p in parts] == ["school", "school.1"]

    def test_double_bar_splits_terms_as_lme4(self, pupils):
        parts = design("score ~ 1 + (1 + hours + kind || school)", pupils).random
        assert [p.names for p in parts] == [
            ("(Intercept)",),
            ("hours",),
            ("kindmixed", "kindprivate", "kindpublic"),
        ]
        assert parts[0].data.Z is None

    def test_factor_slopes_have_contrasts(self, pupils):
        (part,) = design("score ~ 1 + (kind | school)", pupils).random
        assert part.names == ("(Intercept)", "kindprivate", "kindpublic")
        (part,) = design("score ~ 1 + (0 + kind | school)", pupils).random
        assert part.names == ("kindmixed", "kindprivate", "kindpublic")

    def test_nested_groups_are_named_and_ordered_as_lme4(self, pupils):
        parts = design("score ~ 1 + (1 | kind/female)", pupils).random
        assert [p.label for p in parts] == ["female:kind", "kind"]
        assert parts[0].factor.levels == tuple(
            f"{f}:{k}" for f in "01" for k in ("mixed", "private", "public")
        )

    def test_larger_factors_come_first(self, pupils):
        parts = design("score ~ 1 + (1 | kind) + (1 | school)", pupils).random
        assert [p.label for p in parts] == ["school", "kind"]

    def test_order_of_ties_as_lme4(self, pupils):
        parts = design("score ~ 1 + (1 | kind) + (0 + hours | kind) + (1 | school)", pupils).random
        assert [(p.label, p.names[0]) for p in parts] == [
            ("school", "(Intercept)"),
            ("kind", "hours"),
            ("kind.1", "(Intercept)"),
        ]

    @pytest.mark.parametrize(
        ("ids", "levels"),
        [
            ([3, 1, 2, 1], ("1", "2", "3")),
            ([10.0, 9.5, 2.0, 2.0], ("2", "9.5", "10")),
            ([-5, 10**12, 0, 0], ("-5", "0", "1000000000000")),
            (["b", "a", "c", "a"], ("a", "b", "c")),
            ([True, False, True, True], ("FALSE", "TRUE")),
            ([1, "1", "a", 2], ("1", "2", "a")),
        ],
    )
    def test_level_names(self, ids, levels):
        found = as_factor("g", pd.Series(ids))
        assert found.levels == levels
        assert found.codes.tolist() == [levels.index(level_name(i)) for i in ids]

    def test_missing_levels_have_code_minus_one(self):
        for values in (["b", None, "a"], [2.0, np.nan, 1.0], pd.array([2, None, 1], dtype="Int64")):
            assert as_factor("g", pd.Series(values)).codes.tolist() == [1, -1, 0]
        assert as_factor("g", pd.Series(pd.array([True, None, False], dtype="boolean"))).codes.tolist() == [
            1,
            -1,
            0,
        ]


GOOD = pd.DataFrame(
    {
        "y": [1.0, 3, 2, 5, 4, 6, 8, 7],
        "x": [1.0, 2, 3, 4, 5, 6, 7, 9],
        "g": list("aabbccdd"),
        "constant": 3.0,
        "text": list("pqrstuvw"),
        "empty": np.nan,
        "one": "only",
        "row": range(8),
        "day": pd.date_range("2024-01-01", periods=8),
        "dirty": ["1", "2", "n/a", "4", "5", "6", "7", "8"],
        "gap1": [1.0, np.nan] * 4,
        "gap2": [np.nan, 1.0] * 4,
    }
)


@pytest.mark.parametrize(
    ("formula", "error", "words"),
    [
        ("constant ~ x", ModelError, "constant is 3 in all 8 rows"),
        ("constant ~ x + (1 | g)", ModelError, "constant is 3 in all 8 rows"),
        ("text ~ x", ModelError, "not numeric"),
        ("dirty ~ x", ModelError, "1 of its 8 values are text, such as “n/a”"),
        ("day ~ x", ModelError, "holds dates"),
        ("poly(y, 2) ~ x", ModelError, "has 2 columns"),
        ("y ~ day", ModelError, "holds dates"),
        ("y ~ empty", ModelError, "empty missing in all 8 rows"),
        ("y ~ gap1 + gap2", ModelError, "None of the 8 rows is complete"),
        ("empty ~ x", ModelError, "empty missing in all 8 rows"),
        ("y ~ x + (1 | empty)", ModelError, "empty missing in all 8 rows"),
        ("y ~ one", ModelError, "single value “only”"),
        ("y ~ x + (1 | one)", ModelError, "only 1 group"),
        ("y ~ x + (1 | row)", ModelError, "8 groups in 8 rows"),
        ("y ~ x + (x | g)", ModelError, "8 random effects"),
        ("y ~ text", ModelError, "8 coefficients but only 8 rows"),
        ("y ~ text * x", ModelError, "16 coefficients but only 8 rows"),
        ("y ~ poly(x, 7)", ModelError, "8 coefficients but only 8 rows"),
        ("y ~ 0", ModelError, "no coefficients"),
        ("y ~ z", FormulaError, "no column 'z'"),
        ("Y ~ x", FormulaError, "Did you mean 'y'"),
        ("y ~ x + (1 | G)", FormulaError, "Did you mean 'g'"),
        ("y ~ log(X)", FormulaError, "Did you mean 'x'"),
        ("y ~ log(g)", FormulaError, "needs numbers"),
    ],
)
def test_bad_input_gets_a_sentence(formula, error, words):
    with pytest.raises(error) as caught:
        fit(formula, GOOD)
    assert words in str(caught.value)
    assert caught.value.message.endswith((".", "'"))


def test_no_rows():
    with pytest.raises(ModelError, match="no rows"):
        fit("y ~ x", GOOD.iloc[:0])
    with pytest.raises(ModelError, match="Only one row"):
        fit("y ~ x", GOOD.iloc[:1])


def test_two_columns_of_one_name():
    twice = pd.concat([GOOD[["y", "x"]], GOOD[["x"]]], axis=1)
    with pytest.raises(FormulaError, match="2 columns called 'x'"):
        fit("y ~ x", twice)


def test_a_huge_factor_is_refused_before_it_fills_the_memory():
    n = 200_000
    frame = pd.DataFrame({"y": np.arange(n) % 7, "id": np.arange(n).astype(str)})
    with pytest.raises(ModelError, match="grouping factor"):
        fit("y ~ id", frame)


class TestWeightsAndOffsets:
    def test_a_column_or_an_array(self, pupils):
        weights = 1 + pupils["female"]
        by_column = fit("score ~ hours", pupils.assign(w=weights), weights="w")
        by_array = fit("score ~ hours", pupils, weights=weights.to_numpy())
        pd.testing.assert_frame_equal(by_column.tidy(), by_array.tidy())
        assert by_column.spec.weights == "w"

    def test_whole_weights_count_rows(self, pupils):
        weighted = fit("score ~ hours", pupils, weights=1 + pupils["female"])
        repeated = fit("score ~ hours", pupils.loc[pupils.index.repeat(1 + pupils["female"])])
        np.testing.assert_allclose(weighted.beta, repeated.beta)

    def test_rows_without_weight_are_dropped(self, pupils):
        weights = np.ones(len(pupils))
        weights[:3] = [0, np.nan, np.inf]
        found = design("score ~ hours", pupils, weights=weights)
        assert {d.reason for d in found.dropped} == {"weight 0", "weight missing", "weight infinite"}

    @pytest.mark.parametrize(
        ("weights", "words"),
        [([1.0], "1 weights for 8 rows"), ([-1.0] * 8, "negative"), ("g", "not numbers")],
    )
    def test_bad_weights(self, weights, words):
        with pytest.raises(MixguiError, match=words):
            fit("y ~ x", GOOD, weights=weights)

    def test_an_offset_is_added(self, pupils):
        plain = fit("score ~ hours + (1 | school)", pupils)
        shifted = fit("score ~ hours + offset(hours) + (1 | school)", pupils)
        assert shifted.beta[1] == pytest.approx(plain.beta[1] - 1, abs=1e-7)
        np.testing.assert_allclose(shifted.fitted, plain.fitted, rtol=1e-6)
        np.testing.assert_allclose(shifted.fixed_part, plain.fixed_part, rtol=1e-6)
        by_argument = fit("score ~ hours + (1 | school)", pupils, offset="hours")
        np.testing.assert_allclose(by_argument.beta, shifted.beta, rtol=1e-8)
