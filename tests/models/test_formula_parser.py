"""Reading lme4's syntax: R's terms, and errors at their characters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixgui.errors import FormulaError
from mixgui.models.formula_parser import check_names, parse_formula, parse_formula_with_spans

from ..data.expression_strategies import inside
from .formula_strategies import formulas

# Labels and intercept are those of terms() in R 4.2.
R_TERMS = [
    ("a*b", 1, "a b a:b"),
    ("a*(1 + b)", 1, "a b a:b"),
    ("a - 0", 1, "a"),
    ("a %in% b", 1, "a:b"),
    ("a + b %in% a", 1, "a a:b"),
    ("a/b", 1, "a a:b"),
    ("(a + b)/c", 1, "a b a:b:c"),
    ("a/(b + c)", 1, "a a:b a:c"),
    ("(a + b + c)^2 - a:b", 1, "a b c a:c b:c"),
    ("b:a + a", 1, "a b:a"),
    ("a*b - a", 1, "b a:b"),
    ("a - a + a", 1, "a"),
    ("x - b + a:b", 1, "x b:a"),
    ("a - (-a)", 1, "a"),
    ("a - -1", 1, "a"),
    ("-1 + a", 0, "a"),
    ("a^2", 1, "a"),
    ("a:a", 1, "a"),
    ("log(x):a + I(x^2)", 1, "I(x^2) log(x):a"),
    ("0 + a", 0, "a"),
    ("a + 0", 0, "a"),
    ("a - 1 + 1", 1, "a"),
    ("a + offset(z)", 1, "a"),
    ("a/b/c", 1, "a a:b a:b:c"),
    ("a/b:c", 1, "a a:b:c"),
    ("a %in% (b + c)", 1, "a:b:c"),
    ("(a*b):c", 1, "a:c b:c a:b:c"),
    ("a*b*c - a:b:c", 1, "a b c a:b a:c b:c"),
    ("(a + b)^2/c", 1, "a b a:b a:b:c"),
    ("((a + b))", 1, "a b"),
    ("(a - 1)^2", 0, "a"),
    ("+a", 1, "a"),
    ("(a + b + c)^3", 1, "a b c a:b a:c b:c a:b:c"),
    ("d:c + (a + b):c + c", 1, "c d:c c:a c:b"),
    ("a:b:c + c + b:a", 1, "c a:b a:b:c"),
    ("1", 1, ""),
    ("0", 0, ""),
    ("poly(x,2)*g", 1, "poly(x,_2) g poly(x,_2):g"),
]


@pytest.mark.parametrize(("text", "intercept", "labels"), R_TERMS)
def test_fixed_terms_are_those_of_r(text, intercept, labels):
    formula = parse_formula(f"y ~ {text}")
    assert [str(term).replace(" ", "_") for term in formula.terms] == labels.split()
    assert formula.intercept is bool(intercept)
    again = parse_formula(str(formula))
    assert again == formula
    assert [str(term) for term in again.terms] == [str(term) for term in formula.terms]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("y~x+(x|g)", "y ~ 1 + x + (1 + x | g)"),
        ("y~x+(x||g)", "y ~ 1 + x + (1 + x || g)"),
        ("y~(0+x|g)+(1|g)", "y ~ 1 + (0 + x | g) + (1 | g)"),
        ("y~(-1+x|g)", "y ~ 1 + (0 + x | g)"),
        ("y~(1|a/b)", "y ~ 1 + (1 | a) + (1 | b:a)"),
        ("y~(1|a/b/c)", "y ~ 1 + (1 | a) + (1 | b:a) + (1 | c:b:a)"),
        ("y~(x|a/b)", "y ~ 1 + (1 + x | a) + (1 + x | b:a)"),
        ("y~(1|a:b)", "y ~ 1 + (1 | a:b)"),
        ("y~(x*w|g)", "y ~ 1 + (1 + x + w + x:w | g)"),
        ("y~(poly(x,2)|factor(g))", "y ~ 1 + (1 + poly(x, 2) | factor(g))"),
        ("y~((1|g))", "y ~ 1 + (1 | g)"),
        ("y~(1|g)+x", "y ~ 1 + x + (1 | g)"),
        ("y~0+(1|(a:b))", "y ~ 0 + (1 | a:b)"),
        ("y~w:x+(x:w|g)+x", "y ~ 1 + w:x + x + (1 + x:w | g)"),
        ("log(y+1)~`verbal IQ`*ses+offset(log(n))", None),
        ("`a`~b", "a ~ b"),
        ("y/2~x", "y/2 ~ 1 + x"),
        ("y ~\n  x +\n  (1 | g)\n", "y ~ 1 + x + (1 | g)"),
    ],
)
def test_canonical_text(text, canonical):
    if canonical is None:
        canonical = "log(y + 1) ~ 1 + `verbal IQ` + ses + `verbal IQ`:ses + offset(log(n))"
    if "1" not in canonical and "0" not in canonical:
        canonical = canonical.replace("~", "~ 1 +")
    assert str(parse_formula(text)) == canonical
    assert parse_formula(canonical) == parse_formula(text)


@pytest.mark.parametrize(
    ("text", "marked", "said"),
    [
        ("", "", "no formula yet"),
        ("   ", "   ", "no formula yet"),
        ("y x", "y x", "~ between outcome and predictors is missing"),
        ("y = x", "=", "Write ~ in place of ="),
        ("~ x", "~", "outcome is missing"),
        ("y ~", "~", "Nothing stands after ~"),
        ("y ~ a ~ b", "~", "only one ~"),
        ("y ~ (x + z", "(", "not closed"),
        ("log(y ~ x", "(", "not closed"),
        ("y ~ x)", ")", "closes nothing"),
        ("y ~ x +", "+", "missing after +"),
        ("y ~ * x", "*", "cannot stand here"),
        ("y ~ x | g", "|", "needs parentheses"),
        ("y ~ x + 1 | g", "|", "needs parentheses"),
        ("y ~ ( | g)", "|", "before the bar"),
        ("y ~ (1 | )", "|", "grouping factor is missing"),
        ("y ~ (0 | g)", "(0 | g)", "Nothing varies"),
        ("y ~ (1 | g | h)", "|", "inside another"),
        ("y ~ (1 | (1 | g))", "|", "inside another"),
        ("y ~ ((1 | g) + x | h)", "|", "inside another"),
        ("y ~ (1 | a*b)", "a*b", "combined by *"),
        ("y ~ (1 | a + b)", "a + b", "crossed"),
        ("y ~ (1 | 1)", "1", "must be a column"),
        ("y ~ (x | g + 0)", "g + 0", "must be a column"),
        ("y ~ (1 | g) * x", "(1 | g)", "added by +"),
        ("y ~ x - (1 | g)", "(1 | g)", "cannot be removed"),
        ("y ~ x - offset(z)", "offset(z)", "cannot be removed"),
        ("y ~ x:offset(z)", "offset(z)", "cannot be combined"),
        ("y ~ offset()", "offset", "needs a column"),
        ("y ~ (1 | g) + x + (1 | g)", "(1 | g)", "there twice"),
        ("y ~ x + y", "y", "cannot explain itself"),
        ("log(y) ~ x:log(y)", "log(y)", "cannot explain itself"),
        ("y ~ (y | g)", "y", "cannot explain itself"),
        ("y ~ (1 | y)", "y", "cannot explain itself"),
        ("3 ~ x", "3", "no column"),
        ("y ~ x + 2", "2", "The number 2 cannot be a term"),
        ("y ~ 2*x", "2", "The number 2"),
        ("y ~ x:1", "1", "A number cannot be combined"),
        ("y ~ a^b", "b", "whole number"),
        ("y ~ (a + b)^0", "0", "whole number"),
        ("y ~ (a + b)^1.5", "1.5", "whole number"),
        ("y ~ lg(x)", "lg", "Did you mean log()"),
        ("y ~ log(x", "(", "not closed"),
        ("y ~ 'x'", "'x'", "backquotes"),
        ("y ~ TRUE", "TRUE", "cannot be a predictor"),
        ("y ~ .", ".", "Name the columns"),
        ("y ~ ()", "()", "nothing between"),
        ("y ~ x > 3", ">", "inside I( )"),
        ("y ~ !x", "!", "inside I( )"),
        ("y ~ x %% 2", "%%", "inside I( )"),
        ("y ~ verbal iq", "iq", "`verbal iq`"),
        ("y ~ 2x", "2x", "neither a number nor a name"),
        ("y ~ x, z", ",", "joined by +"),
        ("y ~ x § z", "§", "no meaning"),
        ("cbind(a, b) ~ x", "cbind", "not known"),
        ("y ~ -a:b", "-a", "no column to combine"),
        ("y ~ `x", "`x", "not closed"),
    ],
)
def test_errors_are_marked_at_their_characters(text, marked, said):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    error = caught.value
    assert text[slice(*error.span)] == marked
    assert said in str(error)
    assert error.message.endswith((".", "?"))


@pytest.mark.parametrize(
    "text",
    [
        "y ~ " + "(" * 10_000 + "x" + ")" * 10_000,
        "y ~ " + "-" * 10_000 + "x",
        "y ~ " + "log(" * 10_000,
        "y ~ " + "x^" * 10_000,
        "y ~ " + "*".join(f"x{k}" for k in range(40)),
        "y ~ (" + " + ".join(f"x{k}" for k in range(80)) + ")^9",
        "y ~ " + "/".join(f"x{k}" for k in range(3000)),
        "(" * 10_000,
    ],
)
def test_a_hostile_text_is_refused_at_once(text):
    with pytest.raises(FormulaError):
        parse_formula(text)


def test_a_long_formula_is_read():
    formula = parse_formula("y ~ " + " + ".join(f"x{k}" for k in range(1000)))
    assert len(formula.terms) == 1000
    assert parse_formula(str(formula)) == formula


@given(formulas(), st.data())
@settings(max_examples=150)
def test_a_damaged_formula_is_read_or_refused_with_characters_inside_it(formula, data):
    text = str(formula)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    text = text[:at] + data.draw(st.text(alphabet="()|+-*/:^~`\"'1x,% =", max_size=3)) + text[at + cut :]
    _reads_or_refuses(text)


@given(st.text(alphabet="yxg01 ~+-*/:^|()%in`'\",.\\I<>=!&\n2", max_size=30) | st.text())
@settings(max_examples=400)
def test_any_text_is_read_or_refused_with_characters_inside_it(text):
    _reads_or_refuses(text)
    _reads_or_refuses("y ~ " + text)


def _reads_or_refuses(text):
    try:
        parsed = parse_formula_with_spans(text)
    except FormulaError as error:
        parsed, refused = None, error
    if parsed is None:
        assert inside(refused, text)
        return
    assert parse_formula(str(parsed.formula)) == parsed.formula
    assert str(parse_formula(str(parsed.formula))) == str(parsed.formula)
    assert set(parsed.formula.variables()) <= {name for name, _ in parsed.name_spans}
    assert all(name in text[slice(*span)] or "`" in text[slice(*span)] for name, span in parsed.name_spans)


def test_unknown_columns_are_marked_in_the_text():
    text = "language ~ `verbal IQ`*ses + log(verbal_IQ) - ses + (verbal_IQ | School)"
    errors = check_names(parse_formula_with_spans(text), ["language", "verbal_iq", "ses", "school"])
    assert [text[slice(*error.span)] for error in errors] == [
        "`verbal IQ`",
        "verbal_IQ",
        "verbal_IQ",
        "School",
    ]
    assert str(errors[1]) == "There is no column 'verbal_IQ'. Did you mean 'verbal_iq'?"
    assert errors[3].hint == "Did you mean 'school'?"


def test_names_of_a_formula_are_marked_in_its_canonical_text():
    formula = parse_formula("y~b*x")
    errors = check_names(formula, ["y", "b"])
    assert [str(formula)[slice(*error.span)] for error in errors] == ["x", "x"]
    assert check_names(formula, ["y", "b", "x"]) == ()


def test_constants_and_names_of_options_are_no_columns():
    parsed = parse_formula_with_spans("y ~ sin(2 * pi * t) + poly(x, degree = 2) + scale(x, center = FALSE)")
    assert check_names(parsed, ["y", "t", "x"]) == ()
    assert parsed.formula.variables() == ("y", "t", "x")
