"""Expressions: R's spelling, R's values, and nothing but a FormulaError for any text."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.data.expressions import (
    FUNCTIONS,
    Binary,
    Call,
    Name,
    Number,
    Unary,
    evaluate,
    number,
    parse_expression,
    spell_number,
)
from mixgui.errors import FormulaError

from .expression_strategies import expressions, inside, names

R = json.loads(Path(__file__).with_name("r_expressions.json").read_text(encoding="utf-8"))

# Spelling ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "deparsed"),
    [
        ("log( x+1 )", "log(x + 1)"), ("I(x^2)", "I(x^2)"), ("-x^2", "-x^2"), ("(-x)^2", "(-x)^2"),
        ("a^-b", "a^-b"), ("a^-1:3", "a^-1:3"), ("a%%b", "a%%b"), ("a %in% c(1,2)", "a %in% c(1, 2)"),
        ("!a==b", "!a == b"), ("!(a&b)", "!(a & b)"), ("x< -1", "x < -1"),
        ("1e5", "1e+05"),
        ("123456", "123456"), ("1e-5", "1e-05"), ("0.0001", "1e-04"), ("0.00001234", "1.234e-05"),
        ("1e15", "1e+15"), ("123456789012", "123456789012"), ("0x10", "16"), ("1e3L", "1000L"),
        ("x**2", "x^2"),
        ("poly(x,2,raw=TRUE)", "poly(x, 2, raw = TRUE)"), ("a-(b-c)", "a - (b - c)"),
        ("a/(b*c)", "a/(b * c)"),
        ("--a", "--a"), ("a+!b+c", "a + !b + c"), ("2^3^2", "2^3^2"), ("1.", "1"), ("1e05", "1e+05"),
        ("150000", "150000"), ("-a:b", "-a:b"), ("a*-b", "a * -b"),
        ("x %/% 2", "x%/%2"), ("'it\"s'", '"it\\"s"'),
        ("1234567.1", "1234567.1"), ("1e5+0.1", "1e+05 + 0.1"), ("`a`+`b c`", "a + `b c`"), ("1e999", "Inf"),
        ("((x))", "((x))"), ("5e-324", "4.94065645841247e-324"), ("0", "0"), ("x==NA|y", "x == NA | y"),
    ],
)  # fmt: skip
def test_spelt_as_r_deparses(text, deparsed):
    assert str(parse_expression(text)) == deparsed
    assert parse_expression(deparsed) == parse_expression(text)


@given(expressions)
def test_what_is_written_is_read_again(expression):
    text = str(expression)
    assert parse_expression(text) == expression
    assert str(parse_expression(text)) == text
    assert hash(parse_expression(text)) == hash(expression)


@given(st.floats(0, allow_infinity=False, allow_nan=False))
def test_numbers_are_read_again(value):
    assert float(spell_number(value)) == value


def test_parentheses_are_added_where_precedence_asks_for_them():
    x, y = Name("x"), Name("y")
    assert str(Binary("*", Binary("+", x, y), Unary("-", x))) == "(x + y) * -x"
    assert str(Binary("-", x, Binary("-", x, y))) == "x - (x - y)"
    assert str(Binary("^", Binary("^", x, y), number(-2))) == "(x^y)^-2"
    assert str(Binary("+", Unary("!", x), y)) == "(!x) + y"


@given(expressions, names)
def test_renaming_and_renaming_back_changes_nothing(expression, name):
    used = expression.variables()
    there = {old: f"{name}{place} new" for place, old in enumerate(used)}
    back = {new: old for old, new in there.items()}
    renamed = expression.rename(there)
    assert renamed.variables() == tuple(there.values())
    assert renamed.rename(back) == expression


def test_spans_are_no_part_of_the_value():
    assert parse_expression("  x + 1") == parse_expression("x+1")
    assert parse_expression("x + log(yy)").right.args[0].span == (8, 10)


# Errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "span", "said"),
    [
        ("", (0, 0), "nothing to read"),
        ("log(x", (3, 4), "not closed"),
        ("x)", (1, 2), "closes nothing"),
        ("x +", (2, 3), "missing after +"),
        ("(x + )", (3, 4), "missing after +"),
        ("x y", (2, 3), "operator is missing between 'x' and 'y'"),
        ("lgo(x)", (0, 3), "Did you mean log()"),
        ("ln(x)", (0, 2), "Did you mean log()"),
        ("2(x)", (1, 2), "operator is missing"),
        ("__import__('os')", (0, 1), "'_'"),
        ("eval(x)", (0, 4), "not known"),
        ("scale(x, cente = TRUE)", (0, 22), "Did you mean center"),
        ("log()", (0, 5), "needs a value"),
        ("sqrt(x, y)", (0, 10), "more values"),
        ("log(x, base = 2, base = 3)", (0, 26), "twice"),
        ("log(x,)", (6, 7), "value is missing"),
        ("x <- 1", (2, 4), "space between < and -"),
        ("x = 1", (2, 3), "=="),
        ("x && y", (2, 4), "Write & instead"),
        ("1 < x < 3", (6, 7), "Two comparisons"),
        ("x[1]", (1, 2), "Square brackets"),
        ("d$x", (1, 2), "without its table"),
        ("stats::sd(x)", (5, 7), "without its package"),
        ("()", (0, 2), "nothing between"),
        ("(" * 10_000 + "x" + ")" * 10_000, (60, 61), "nested too deeply"),
        ("-" * 10_000 + "x", (60, 61), "nested too deeply"),
        ("x" + "^x" * 10_000, (120, 121), "nested too deeply"),
    ],
)
def test_errors_know_their_characters(text, span, said):
    with pytest.raises(FormulaError) as caught:
        parse_expression(text)
    assert said in str(caught.value)
    assert caught.value.span == span


def test_a_long_sum_is_refused_and_no_recursion_error():
    with pytest.raises(FormulaError, match="too long"):
        parse_expression("+".join(["x"] * 10_000))
    assert parse_expression("+".join(["x"] * 140)).variables() == ("x",)


@settings(max_examples=300)
@given(
    st.text(alphabet=st.sampled_from("xyz12.`\"'()+-*/^:%in|&!<>=~,\\ \t\nlogIc_é§"), max_size=40) | st.text()
)
def test_any_text_is_read_or_refused_with_characters_inside_it(text):
    try:
        expression = parse_expression(text)
    except FormulaError as error:
        expression, refused = None, error
    assert parse_expression(str(expression)) == expression if expression else inside(refused, text)


# Values --------------------------------------------------------------------------------------------------


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": [1.5, -2, 0, 4, np.nan, 10],
            "n": pd.array([3, 1, 2, 2, 7, None], dtype="Int64"),
            "s": pd.array(["b", "a", None, "b", "c", "A"], dtype="str"),
            "t": pd.array([True, False, None, True, True, False], dtype="boolean"),
            "k": [10, 9, 2, 10, 1, 2],
            "p": range(1, 7),
        },
        index=[5, 3, 8, 1, 9, 0],
    )


@pytest.mark.parametrize("text", R["values"])
def test_values_are_those_of_r(frame, text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = evaluate(parse_expression(text.replace("as.vector(", "(")), frame)
    assert result.index.equals(frame.index)
    found = [None if pd.isna(value) else value for value in result.tolist()]
    expected = [
        {"Inf": np.inf, "-Inf": -np.inf}.get(v, v) if isinstance(v, str) else v for v in R["values"][text]
    ]
    for ours, theirs in zip(found, expected, strict=True):
        if theirs is None or isinstance(theirs, bool | str):
            assert ours == theirs, (found, expected)
        else:
            assert ours == pytest.approx(theirs, rel=1e-13, abs=1e-14), (found, expected)


@pytest.mark.parametrize("text", R["factors"])
def test_factors_are_those_of_r(frame, text):
    result = evaluate(parse_expression(text), frame)
    assert list(result.cat.categories) == R["factors"][text]["levels"]
    assert [code + 1 for code in result.cat.codes] == R["factors"][text]["codes"]


def test_poly_is_that_of_r():
    frame = pd.DataFrame(
        {"x": [1, 4, 2, 8, 5, 7.5], "z": [1e6 + 1, 1e6 + 4, 1e6 + 2, 1e6 + 8, 1e6 + 5, np.nan]}
    )
    memory: dict = {}
    expression = parse_expression("poly(x, 3)")
    np.testing.assert_allclose(evaluate(expression, frame, memory), R["poly"], rtol=0, atol=1e-13)
    new = evaluate(expression, pd.DataFrame({"x": [0, 3, 20]}), memory)
    np.testing.assert_allclose(new, R["poly_new"], rtol=1e-11)
    far = evaluate(parse_expression("poly(z, 2)"), frame)
    np.testing.assert_allclose(far[:5], R["poly_far"], rtol=0, atol=1e-9)
    assert np.isnan(far[5]).all()
    raw = evaluate(parse_expression("poly(x, 2, raw = TRUE)"), frame.iloc[:3])
    np.testing.assert_array_equal(raw, R["raw"])


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=30, unique=True), st.integers(1, 4))
def test_poly_is_orthonormal_has_no_mean_and_is_found_again(values, degree):
    x = np.unique(np.round(values, 2))
    if x.size <= degree + 1:
        return
    expression, memory = parse_expression(f"poly(x, {degree})"), {}
    made = evaluate(expression, pd.DataFrame({"x": x}), memory)
    np.testing.assert_allclose(made.T @ made, np.eye(degree), atol=1e-12)
    np.testing.assert_allclose(made.sum(axis=0), 0, atol=1e-12)
    spread = np.ptp(x) / np.diff(x).min()
    if spread < 100:  # where outliers do not drown the rest in rounding
        np.testing.assert_allclose(evaluate(expression, pd.DataFrame({"x": x}), memory), made, atol=1e-6)


def test_new_rows_are_treated_as_the_rows_of_the_fit():
    old, new = pd.DataFrame({"x": [1.0, 2, 3, 6], "g": list("babc")}), pd.DataFrame({"x": [10.0], "g": ["b"]})
    for text, expected in [
        ("scale(x)", (10 - 3) / np.sqrt(14 / 3)),
        ("x - mean(x)", 7.0),
        ("center(x)^2", 49.0),
    ]:
        memory: dict = {}
        evaluate(parse_expression(text), old, memory)
        assert evaluate(parse_expression(text), new, memory).tolist() == pytest.approx([expected])
    memory = {}
    evaluate(parse_expression("factor(g)"), old, memory)
    assert list(evaluate(parse_expression("factor(g)"), new, memory).cat.categories) == ["a", "b", "c"]


def test_a_bare_name_is_the_column_as_it_is(frame):
    pd.testing.assert_series_equal(evaluate(Name("n"), frame), frame["n"])
    pd.testing.assert_series_equal(evaluate(parse_expression("`s`"), frame), frame["s"])


def test_categories_compare_as_texts_and_stay_categories(frame):
    frame["f"] = frame["s"].astype("category")
    assert evaluate(parse_expression('f == "b"'), frame).tolist() == [True, False, pd.NA, True, False, False]
    assert evaluate(parse_expression("factor(f)"), frame).cat.categories.tolist() == ["A", "a", "b", "c"]
    assert evaluate(parse_expression('ifelse(f == "b", f, "other")'), frame).tolist()[:2] == ["b", "other"]


def test_results_without_missing_values_are_plain_booleans(frame):
    assert evaluate(parse_expression("p > 2"), frame).dtype == bool
    assert evaluate(parse_expression("p == 1 | p > 4"), frame).tolist() == [
        True,
        False,
        False,
        False,
        True,
        True,
    ]


def test_empty_tables_and_columns_without_values():
    frame = pd.DataFrame({"x": pd.Series(dtype=float), "s": pd.Series(dtype="str")})
    for text in (
        "log(x)",
        "scale(x)",
        "x > 1",
        "factor(s)",
        's == "a"',
        "mean(x) + x",
        "ifelse(x > 1, 1, 0)",
    ):
        assert len(evaluate(parse_expression(text), frame)) == 0
    missing = pd.DataFrame({"x": pd.Series([None, None], dtype=object)})
    assert evaluate(parse_expression("x + 1"), missing).isna().all()


@pytest.mark.parametrize(
    ("text", "span", "said"),
    [
        ("log(X)", (4, 5), "Did you mean 'x'?"),
        ("s + 1", (0, 5), "+ needs numbers, but it is given text"),
        ("log(s)", (0, 6), "needs numbers"),
        ("s == 1", (0, 6), "quotation marks"),
        ('n == "1"', (0, 8), "quotation marks"),
        ('s > "a"', (0, 7), "order"),
        ("poly(x, 9)", (0, 10), "more than 9 different values"),
        ("poly(x, 0)", (0, 10), "whole number"),
        ("poly(x, 2) * 2", (0, 14), "several columns"),
        ("scale(q)", (0, 8), "all values are equal"),
        ("as.numeric(factor(k))", (0, 21), "positions of the levels"),
        ('relevel(s, ref = "B")', (0, 21), "no level 'B'"),
        ("c(1, 2)", (0, 7), "not a column"),
        ("c(x, 2)", (0, 7), "single values"),
        ("1:1e9", (0, 5), "at most 10000"),
        ("a:b", (0, 1), "no column 'a'"),
        ("x:n", (0, 3), "sequence"),
        ('ifelse(x > 1, "a", 2)', (0, 21), "mix text with numbers"),
        ("F", (0, 1), "FALSE in full"),
        ("k %in% s", (0, 8), "needs a list"),
        ("round(x, s)", (0, 11), "one whole number"),
        ("round(x, NaN)", (0, 13), "one whole number"),
        ("poly(x, NaN)", (0, 12), "whole number"),
        ('factor(k, labels = c("a", "b"))', (0, 31), "4 levels but 2 different labels"),
        ("when + 1", (0, 8), "dates"),
        ("mixed + 1", (0, 9), "several kinds"),
    ],
)
def test_refusals_are_sentences(frame, text, span, said):
    frame["q"] = 2.0
    frame["when"] = pd.Timestamp("2024-01-01")
    frame["mixed"] = pd.Series([1, "a", 2.5, None, 3, "b"], dtype=object, index=frame.index)
    with pytest.raises(FormulaError) as caught:
        evaluate(parse_expression(text), frame)
    assert said in str(caught.value)
    assert caught.value.span == span


def test_two_columns_of_one_name_are_refused():
    frame = pd.DataFrame([[1, 2]], columns=["x", "x"])
    with pytest.raises(FormulaError, match="several columns called 'x'"):
        evaluate(Name("x"), frame)


@settings(max_examples=200)
@given(expressions)
def test_any_expression_has_values_or_a_sentence(expression):
    frame = pd.DataFrame({"x": [1.0, 2.0, None], "y": [3, 1, 2], "z.1": ["a", "b", None]})
    before = frame.copy()
    try:
        result = evaluate(expression, frame)
    except FormulaError as error:
        result = [None] * 3
        said = error.message
    else:
        said = ""
    assert len(result) == 3
    assert not said or said.endswith("."), said
    pd.testing.assert_frame_equal(frame, before)


def test_rounding_beyond_the_largest_number_is_infinite():
    frame = pd.DataFrame({"x": [1.7e308, -1.7e308, np.inf, 6e307]})
    assert evaluate(parse_expression("round(x, -308)"), frame).tolist() == [np.inf, -np.inf, np.inf, 1e308]


def test_every_function_says_what_it_gives():
    assert all(function.help for function in FUNCTIONS.values())
    assert Call("log", (Number(1),)).variables() == ()
