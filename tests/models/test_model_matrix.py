"""Columns of X as R's model.matrix makes them; the expected values were computed by R 4.2."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.errors import ModelError
from mixgui.models.contrasts import coding_of, polynomial_coding
from mixgui.models.design import build_design
from mixgui.models.formula_parser import parse_formula
from mixgui.models.model_matrix import independent_columns, model_matrix
from mixgui.models.variables import VariableTable


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    x = np.array([1, 2, 4, 3, 5, 7, 6, 8])
    return pd.DataFrame(
        {
            "a": list("pqrpqrpq"),
            "b": pd.Categorical(list("uuuvvvuv")),
            "x": x,
            "z": [2.0, 1, 3, 5, 4, 4, 6, 7],
            "l": [True, False, True, True, False, False, True, False],
            "o": pd.Categorical([1, 2, 3, 4, 1, 2, 3, 4], ordered=True),
            "my var": x**2,
            "num01": [0, 1, 0, 1, 1, 0, 1, 0],
            "y": np.arange(1.0, 9.0),
        }
    )


# Formula, names of the columns, sums of the columns weighted by W.
W = np.array([0.3, -1.1, 0.7, 1.9, -0.4, 0.25, 1.3, -0.6])
AS_R = [
    ("x", "(Intercept);x", [2.35, 9.35]),
    ("a", "(Intercept);aq;ar", [2.35, -2.1, 0.95]),
    ("0+a", "ap;aq;ar", [3.5, -2.1, 0.95]),
    ("a+b", "(Intercept);aq;ar;bv", [2.35, -2.1, 0.95, 1.15]),
    ("0+a+b", "ap;aq;ar;bv", [3.5, -2.1, 0.95, 1.15]),
    ("a*b", "(Intercept);aq;ar;bv;aq:bv;ar:bv", [2.35, -2.1, 0.95, 1.15, -1, 0.25]),
    ("0+a*b", "ap;aq;ar;bv;aq:bv;ar:bv", [3.5, -2.1, 0.95, 1.15, -1, 0.25]),
    ("a:b", "(Intercept);ap:bu;aq:bu;ar:bu;ap:bv;aq:bv;ar:bv", [2.35, 1.6, -1.1, 0.7, 1.9, -1, 0.25]),
    ("0+a:b", "ap:bu;aq:bu;ar:bu;ap:bv;aq:bv;ar:bv", [1.6, -1.1, 0.7, 1.9, -1, 0.25]),
    ("x:a", "(Intercept);x:ap;x:aq;x:ar", [2.35, 13.8, -9, 4.55]),
    ("0+x:a", "x:ap;x:aq;x:ar", [13.8, -9, 4.55]),
    ("a+x:a", "(Intercept);aq;ar;ap:x;aq:x;ar:x", [2.35, -2.1, 0.95, 13.8, -9, 4.55]),
    ("x+x:a", "(Intercept);x;x:aq;x:ar", [2.35, 9.35, -9, 4.55]),
    ("b+a+a:b", "(Intercept);bv;aq;ar;bv:aq;bv:ar", [2.35, 1.15, -2.1, 0.95, -1, 0.25]),
    ("a:b+b", "(Intercept);bv;aq:bu;ar:bu;aq:bv;ar:bv", [2.35, 1.15, -1.1, 0.7, -1, 0.25]),
    (
        "x*z*a",
        "(Intercept);x;z;aq;ar;x:z;x:aq;x:ar;z:aq;z:ar;x:z:aq;x:z:ar",
        [2.35, 9.35, 14.1, -2.1, 0.95, 47.5, -9, 4.55, -6.9, 3.1, -43.8, 15.4],
    ),
    ("x:z:a", "(Intercept);x:z:ap;x:z:aq;x:z:ar", [2.35, 75.9, -43.8, 15.4]),
    ("a+a:b", "(Intercept);aq;ar;ap:bv;aq:bv;ar:bv", [2.35, -2.1, 0.95, 1.9, -1, 0.25]),
    ("0+a+a:b", "ap;aq;ar;ap:bv;aq:bv;ar:bv", [3.5, -2.1, 0.95, 1.9, -1, 0.25]),
    ("l", "(Intercept);lTRUE", [2.35, 4.2]),
    ("0+l", "lFALSE;lTRUE", [-1.85, 4.2]),
    ("l*x", "(Intercept);lTRUE;x;lTRUE:x", [2.35, 4.2, 9.35, 16.6]),
    (
        "l:a",
        "(Intercept);lFALSE:ap;lTRUE:ap;lFALSE:aq;lTRUE:aq;lFALSE:ar;lTRUE:ar",
        [2.35, 0, 3.5, -2.1, 0, 0.25, 0.7],
    ),
    ("o", "(Intercept);o.L;o.Q;o.C", [2.35, 1.576427924, 0.025, -1.598788604]),
    (
        "o*a",
        "(Intercept);o.L;o.Q;o.C;aq;ar;o.L:aq;o.Q:aq;o.C:aq;o.L:ar;o.Q:ar;o.C:ar",
        [
            2.35,
            1.576427924,
            0.025,
            -1.598788604,
            -2.1,
            0.95,
            0.1118033989,
            0.05,
            -0.7826237921,
            0.100623059,
            -0.475,
            -0.301869177,
        ],
    ),
    ("0+o", "o1;o2;o3;o4", [-0.1, -0.85, 2, 1.3]),
    ("o:x", "(Intercept);o1:x;o2:x;o3:x;o4:x", [2.35, -1.7, -0.45, 10.6, 0.9]),
    ("poly(x,2)", "(Intercept);poly(x, 2)1;poly(x, 2)2", [2.35, -0.1890216037, -1.083981033]),
    ("poly(x,1)", "(Intercept);poly(x, 1)", [2.35, -0.1890216037]),
    (
        "poly(x,2):a",
        "(Intercept);poly(x, 2)1:ap;poly(x, 2)2:ap;poly(x, 2)1:aq;poly(x, 2)2:aq;poly(x, 2)1:ar;"
        "poly(x, 2)2:ar",
        [2.35, -0.3008915324, -0.5786375624, 0.06943650748, -0.2546005274, 0.04243342124, -0.2507429437],
    ),
    ("scale(x)", "(Intercept);scale(x)", [2.35, -0.5001041558]),
    ("I(x^2)", "(Intercept);I(x^2)", [2.35, 34.85]),
    ("`my var`", "(Intercept);`my var`", [2.35, 34.85]),
    ("`my var`:a", "(Intercept);`my var`:ap;`my var`:aq;`my var`:ar", [2.35, 64.2, -52.8, 23.45]),
    ("factor(num01)*x", "(Intercept);factor(num01)1;x;factor(num01)1:x", [2.35, 1.7, 9.35, 9.3]),
    ("I(x>3)", "(Intercept);I(x > 3)TRUE", [2.35, 1.25]),
    ("a/b", "(Intercept);aq;ar;ap:bv;aq:bv;ar:bv", [2.35, -2.1, 0.95, 1.9, -1, 0.25]),
    (
        "(a+b+x)^2",
        "(Intercept);aq;ar;bv;x;aq:bv;ar:bv;aq:x;ar:x;bv:x",
        [2.35, -2.1, 0.95, 1.15, 9.35, -1, 0.25, -9, 4.55, 0.65],
    ),
    (
        "(a+b+x)^2-a",
        "(Intercept);bv;x;aq:bu;ar:bu;aq:bv;ar:bv;aq:x;ar:x;bv:x",
        [2.35, 1.15, 9.35, -1.1, 0.7, -1, 0.25, -9, 4.55, 0.65],
    ),
    (
        "a*b*l-a:b:l",
        "(Intercept);aq;ar;bv;lTRUE;aq:bv;ar:bv;aq:lTRUE;ar:lTRUE;bv:lTRUE",
        [2.35, -2.1, 0.95, 1.15, 4.2, -1, 0.25, 0, 0.7, 1.9],
    ),
    ("0+x+a", "x;ap;aq;ar", [9.35, 3.5, -2.1, 0.95]),
    ("0+x:z+a", "ap;aq;ar;x:z", [3.5, -2.1, 0.95, 47.5]),
    ("0+x+b:a", "x;bu:ap;bv:ap;bu:aq;bv:aq;bu:ar;bv:ar", [9.35, 1.6, 1.9, -1.1, -1, 0.7, 0.25]),
    ("a:x+b:x", "(Intercept);ap:x;aq:x;ar:x;x:bv", [2.35, 13.8, -9, 4.55, 0.65]),
    (
        "a:b:x",
        "(Intercept);ap:bu:x;aq:bu:x;ar:bu:x;ap:bv:x;aq:bv:x;ar:bv:x",
        [2.35, 8.1, -2.2, 2.8, 5.7, -6.8, 1.75],
    ),
    (
        "a+b:x:a",
        "(Intercept);aq;ar;ap:bu:x;aq:bu:x;ar:bu:x;ap:bv:x;aq:bv:x;ar:bv:x",
        [2.35, -2.1, 0.95, 8.1, -2.2, 2.8, 5.7, -6.8, 1.75],
    ),
    ("num01*a", "(Intercept);num01;aq;ar;num01:aq;num01:ar", [2.35, 1.7, -2.1, 0.95, -1.5, 0]),
    ("1", "(Intercept)", [2.35]),
    (
        "b:l+a",
        "(Intercept);aq;ar;bu:lFALSE;bv:lFALSE;bu:lTRUE;bv:lTRUE",
        [2.35, -2.1, 0.95, -1.1, -0.75, 2.3, 1.9],
    ),
    (
        "a:b+a:l+x",
        "(Intercept);x;ap:bu;aq:bu;ar:bu;ap:bv;aq:bv;ar:bv;ap:lTRUE;aq:lTRUE;ar:lTRUE",
        [2.35, 9.35, 1.6, -1.1, 0.7, 1.9, -1, 0.25, 3.5, 0, 0.7],
    ),
    (
        "x:b:a+a",
        "(Intercept);aq;ar;x:bu:ap;x:bv:ap;x:bu:aq;x:bv:aq;x:bu:ar;x:bv:ar",
        [2.35, -2.1, 0.95, 8.1, 5.7, -2.2, -6.8, 2.8, 1.75],
    ),
    ("as.factor(num01)", "(Intercept);as.factor(num01)1", [2.35, 1.7]),
    ("0+a:x+b", "bu;bv;ap:x;aq:x;ar:x", [1.2, 1.15, 13.8, -9, 4.55]),
    ("0+poly(x,2)+a", "poly(x, 2)1;poly(x, 2)2;ap;aq;ar", [-0.1890216037, -1.083981033, 3.5, -2.1, 0.95]),
    (
        "log(x):a",
        "(Intercept);log(x):ap;log(x):aq;log(x):ar",
        [2.35, 4.416650658, -2.653901989, 1.45688359],
    ),
    (
        "a+a:b+b:l",
        "(Intercept);aq;ar;ap:bv;aq:bv;ar:bv;bu:lTRUE;bv:lTRUE",
        [2.35, -2.1, 0.95, 1.9, -1, 0.25, 2.3, 1.9],
    ),
    (
        "x:a:b+x:a+a:b",
        "(Intercept);x:ap;x:aq;x:ar;ap:bv;aq:bv;ar:bv;x:ap:bv;x:aq:bv;x:ar:bv",
        [2.35, 13.8, -9, 4.55, 1.9, -1, 0.25, 5.7, -6.8, 1.75],
    ),
    ("ifelse(x>3,1,0)", "(Intercept);ifelse(x > 3, 1, 0)", [2.35, 1.25]),
    ("-1+l:x", "lFALSE:x;lTRUE:x", [-7.25, 16.6]),
    (
        "o*x",
        "(Intercept);o.L;o.Q;o.C;x;o.L:x;o.Q:x;o.C:x",
        [2.35, 1.576427924, 0.025, -1.598788604, 9.35, 4.214988138, -5.475, -6.831187671],
    ),
    (
        "a*o*b",
        "(Intercept);aq;ar;o.L;o.Q;o.C;bv;aq:o.L;ar:o.L;aq:o.Q;ar:o.Q;aq:o.C;ar:o.C;aq:bv;ar:bv;"
        "o.L:bv;o.Q:bv;o.C:bv;aq:o.L:bv;ar:o.L:bv;aq:o.Q:bv;ar:o.Q:bv;aq:o.C:bv;ar:o.C:bv",
        [
            2.35,
            -2.1,
            0.95,
            1.576427924,
            0.025,
            -1.598788604,
            1.15,
            0.1118033989,
            0.100623059,
            0.05,
            -0.475,
            -0.7826237921,
            -0.301869177,
            -1,
            0.25,
            1.084492969,
            0.325,
            0.5478366545,
            -0.1341640786,
            -0.05590169944,
            -0.5,
            -0.125,
            -0.04472135955,
            0.1677050983,
        ],
    ),
]


@pytest.mark.parametrize(("formula", "names", "sums"), AS_R, ids=[case[0] for case in AS_R])
def test_columns_are_those_of_r(frame, formula, names, sums):
    parsed = parse_formula(f"y ~ {formula}")
    matrix = model_matrix(parsed.terms, parsed.intercept, VariableTable(frame).get, len(frame))
    assert matrix.names == tuple(names.split(";"))
    np.testing.assert_allclose(W @ matrix.values, sums, rtol=1e-8, atol=1e-9)
    assert len(matrix.assign) == len(matrix.names)
    assert list(matrix.assign) == sorted(matrix.assign)


def test_polynomial_contrasts_are_those_of_r():
    # contr.poly(4)
    expected = [
        [-0.6708203932499369, 0.5, -0.2236067977499790],
        [-0.2236067977499790, -0.5, 0.6708203932499369],
        [0.2236067977499790, -0.5, -0.6708203932499369],
        [0.6708203932499369, 0.5, 0.2236067977499790],
    ]
    coding = polynomial_coding("abcd")
    np.testing.assert_allclose(coding.values, expected, atol=1e-14)
    assert coding.suffixes == (".L", ".Q", ".C")
    assert polynomial_coding("abcde").suffixes[-1] == "^4"


@given(st.integers(2, 60))
def test_polynomial_contrasts_are_orthonormal(n):
    values = polynomial_coding([str(i) for i in range(n)]).values
    np.testing.assert_allclose(values.T @ values, np.eye(n - 1), atol=1e-12)
    np.testing.assert_allclose(values.sum(axis=0), 0, atol=1e-12)


def test_too_many_ordered_levels_are_refused():
    with pytest.raises(ModelError, match="96 levels"):
        polynomial_coding([str(i) for i in range(96)])


def test_levels_are_sorted_as_texts_or_as_numbers():
    frame = pd.DataFrame({"t": ["b", "B", "a", "10", "9"], "n": [10, 9, 100, 9, 10], "y": range(5)})
    table = VariableTable(frame)
    formula = parse_formula("y ~ t + (1 | n)")
    t = table.get(formula.terms[0].factors[0])
    assert t.levels == ("10", "9", "a", "b", "B")  # as R in the locales that people use
    assert table.grouping(formula.random[0].group[0]).levels == ("9", "10", "100")


def test_a_factor_with_one_value_is_refused(frame):
    one = frame[frame["a"] == "p"]
    with pytest.raises(ModelError, match="single value “p”"):
        build_design(parse_formula("y ~ a"), one)


def test_codings():
    assert coding_of("abc", ordered=False, full=False).values.tolist() == [[0, 0], [1, 0], [0, 1]]
    assert coding_of("abc", ordered=False, full=False).suffixes == ("b", "c")
    assert coding_of("ab", ordered=True, full=True).values.tolist() == [[1, 0], [0, 1]]
    assert coding_of("ab", ordered=True, full=False).suffixes == (".L",)


class TestRank:
    def test_later_columns_are_left_out(self, frame):
        twice = frame.assign(copy=2 * frame["x"] + 3, zero=0, five=5)
        design = build_design(parse_formula("y ~ zero + x + five + copy + z"), twice)
        assert design.matrix.names == ("(Intercept)", "x", "z")
        assert design.dropped_columns == ("zero", "five", "copy")
        assert design.matrix.assign == (0, 2, 5)

    def test_empty_cells_as_in_r(self, frame):
        # R: lm(y ~ a*b) has NA for ar:bv only when the cell decides; here cell r:u and r:v both occur.
        no_cell = frame[~((frame["a"] == "r") & (frame["b"] == "v"))]
        design = build_design(parse_formula("y ~ a*b"), no_cell)
        assert design.dropped_columns == ("ar:bv",)

    @given(st.integers(0, 2**32 - 1), st.floats(-10, 10), st.integers(0, 5))
    def test_whatever_the_units_of_a_dependent_column(self, seed, power, shift):
        rng = np.random.default_rng(seed)
        x, z = rng.normal(size=(2, 40))
        X = np.column_stack([np.ones(40), x, z, 10.0**power * (x - 2 * z) + 10.0 ** (power + shift / 2)])
        assert independent_columns(X, 0) == [0, 1, 2]

    @given(st.integers(0, 2**32 - 1), st.floats(-100, 100), st.floats(-100, 100))
    def test_whatever_the_units_of_independent_columns(self, seed, a, b):
        x, z = np.random.default_rng(seed).normal(size=(2, 40))
        X = np.column_stack([np.ones(40), 10.0**a * x, 10.0**b * z])
        assert independent_columns(X, 0) == [0, 1, 2]

    def test_a_far_offset_is_no_copy_of_the_intercept(self):
        x = np.random.default_rng(1).normal(size=50)
        assert independent_columns(np.column_stack([np.ones(50), 1e8 + x]), 0) == [0, 1]

    def test_more_columns_than_rows(self):
        X = np.random.default_rng(1).normal(size=(3, 5))
        assert independent_columns(X, None) == [0, 1, 2]
