"""Equations: what stands in them, that names are escaped, and that the numbers are those of the fit."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import mathtext

from mixgui.errors import ModelError
from mixgui.models import fit
from mixgui.models.equation_columns import Categories, columns_of
from mixgui.models.equation_markup import decimals_for, number, signed_sum, words
from mixgui.models.equations import (
    Equation,
    assumptions,
    equations,
    fitted_equation,
    group_equation,
    level_equations,
    statistical_equation,
)
from mixgui.models.formula_parser import parse_formula

from .formula_strategies import formulas

LABELS = {"language_post": "Language", "verbal_iq": "Verbal IQ"}
LEVELS = {"school_type": "school_id", "mean_ses": "school_id", "school": "class", "public": "a"}
CATEGORIES = {
    "school_type": Categories(("Private", "Public")),
    "recipe": Categories(("A", "B", "C")),
    "factor(grade)": Categories(("1", "2", "3")),
}


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("language_post ~ verbal_iq", "Language_i = β0 + β1(Verbal IQ_i) + ε_i"),
        (
            "language_post ~ verbal_iq + (1 | school_id)",
            "Language_ij = [β0 + b0j] + β1(Verbal IQ_ij) + ε_ij",
        ),
        (
            "language_post ~ verbal_iq*school_type + (verbal_iq | school_id)",
            "Language_ij = [β0 + b0j] + [β1 + b1j](Verbal IQ_ij) + β2(Public_j)"
            " + β3(Verbal IQ_ij × Public_j) + ε_ij",
        ),
        ("log(y + 1) ~ I(x^2) + (1 | g)", "log(y_ij + 1) = [β0 + b0j] + β1(x_ij²) + ε_ij"),
        ("y ~ log(x + 1) + sqrt(w)", "y_i = β0 + β1(log(x_i + 1)) + β2(√(w_i)) + ε_i"),
        ("y ~ poly(x, 2)", "y_i = β0 + β1(poly1(x_i)) + β2(poly2(x_i)) + ε_i"),
        ("y ~ I(a + b):x", "y_i = β0 + β1((a_i + b_i) × x_i) + ε_i"),
        ("y ~ I(-x/2)", "y_i = β0 + β1(−x_i/2) + ε_i"),
        ("y ~ recipe", "y_i = β0 + β1(recipe_i = B) + β2(recipe_i = C) + ε_i"),
        ("y ~ 0 + recipe", "y_i = β1(recipe_i = A) + β2(recipe_i = B) + β3(recipe_i = C) + ε_i"),
        ("y ~ factor(grade)", "y_i = β0 + β1(grade_i = 2) + β2(grade_i = 3) + ε_i"),
        ("y ~ (1 | a/b)", "y_ijk = [β0 + b0jk + c0k] + ε_ijk"),
        ("y ~ (1 | class) + (1 | school)", "y_ijk = [β0 + b0jk + c0k] + ε_ijk"),
        ("y ~ x + (x | a) + (1 | b)", "y_ijk = [β0 + b0j + c0k] + [β1 + b1j](x_ijk) + ε_ijk"),
        ("y ~ public + (1 | a/b)", "y_ijk = [β0 + b0jk + c0k] + β1(public_k) + ε_ijk"),
        ("y ~ x + (w | g)", "y_ij = [β0 + b0j] + β1(x_ij) + b2j(w_ij) + ε_ij"),
        ("y ~ 0 + x + (1 | g)", "y_ij = b0j + β1(x_ij) + ε_ij"),
        ("y ~ 1 + (0 + x | g) + offset(z)", "y_ij = β0 + b1j(x_ij) + z_ij + ε_ij"),
        ("y ~ w:x + (x:w | g)", "y_ij = [β0 + b0j] + [β1 + b1j](w_ij × x_ij) + ε_ij"),
        ("y ~ sin(2 * pi * t) + I(x >= 1e5)", "y_i = β0 + β1(sin(2 × π × t_i)) + β2(x_i ≥ 1×10^5) + ε_i"),
    ],
)
def test_composite_equation(formula, text):
    made = statistical_equation(parse_formula(formula), LEVELS, LABELS, categories=CATEGORIES)
    assert made.text == text


def test_rich_text_and_latex_of_the_composite_equation():
    made = statistical_equation(parse_formula("language_post ~ verbal_iq + (1 | school_id)"), {}, LABELS)
    assert made.html == (
        "Language<sub><i>ij</i></sub> = [<i>β</i><sub>0</sub> + <i>b</i><sub>0<i>j</i></sub>]"
        " + <i>β</i><sub>1</sub>(Verbal IQ<sub><i>ij</i></sub>) + <i>ε</i><sub><i>ij</i></sub>"
    )
    assert made.latex == (
        r"\text{Language}_{ij} = \left[\beta_{0} + b_{0j}\right]"
        r" + \beta_{1}\left(\text{Verbal IQ}_{ij}\right) + \varepsilon_{ij}"
    )


def test_each_level_1_coefficient_has_a_level_2_equation():
    formula = parse_formula(
        "language_post ~ verbal_iq*school_type + mean_ses + ses + (verbal_iq | school_id)"
    )
    made = level_equations(formula, LEVELS, LABELS, categories=CATEGORIES)
    assert made.text.splitlines() == [
        "Level 1:",
        "Language_ij = β*0j + β*1j(Verbal IQ_ij) + β*4j(ses_ij) + ε_ij",
        "Level 2:",
        "β*0j = β0 + β2(Public_j) + β3(mean_ses_j) + b0j",
        "β*1j = β1 + β5(Public_j) + b1j",
        "β*4j = β4",
    ]
    assert made.latex.startswith("\\begin{aligned}\n")
    assert made.latex.count("\\\\\n") == 5
    assert made.html.count("<br>") == 5


def test_assumptions_name_variances_and_covariances():
    correlated = assumptions(parse_formula("y ~ x + (x | g)"))
    assert correlated.text.splitlines() == [
        "ε_ij ~ N(0, σ²_ε)",
        "(b0j, b1j) ~ N(0, Σ_b), where Var(b0j) = σ²_b0; Var(b1j) = σ²_b1; Cov(b0j, b1j) = σ_b0,b1",
    ]
    assert (
        r"\begin{pmatrix} \sigma^{2}_{b0} & \sigma_{b0,b1} \\ \sigma_{b0,b1} & \sigma^{2}_{b1}"
        in correlated.latex
    )
    uncorrelated = assumptions(parse_formula("y ~ x + (x || g)"))
    assert uncorrelated.text.splitlines()[1:] == ["b0j ~ N(0, σ²_b0)", "b1j ~ N(0, σ²_b1)"]
    assert assumptions(parse_formula("y ~ x")).text == "ε_i ~ N(0, σ²_ε)"


def test_forms_of_the_equation():
    assert list(equations(parse_formula("y ~ x + (1 | g)"))) == ["composite", "levels", "assumptions"]
    assert list(equations(parse_formula("y ~ x"))) == ["composite", "assumptions"]


# Escaping ------------------------------------------------------------------------------------------------

EVIL = "<b>&_%$#{}\\^~|\"`'\n\tα"


def balanced(latex: str) -> bool:
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def unescaped(latex: str) -> str:
    """Return what stands in \\text{...} although TeX gives it a meaning."""
    inside = "".join(re.findall(r"\\text\{((?:\\.|\{\}|[^{}])*)\}", latex))
    return "".join(re.findall(r"[#$%&~^_]", re.sub(r"\\(?:[#$%&_{}]|text[a-z]+\{\})", "", inside)))


def test_names_of_users_are_escaped():
    formula = parse_formula("y ~ x").rename({"x": EVIL})
    made = statistical_equation(formula, {}, {"y": EVIL})
    assert "&lt;b&gt;&amp;_%$#{}\\^~|" in made.html
    assert "<b>" not in made.html
    assert r"\text{\textless{}b\textgreater{}\&\_\%\$\#\{\}\textbackslash{}\textasciicircum{}" in made.latex
    assert unescaped(made.latex) == ""
    assert "\n" not in made.text


@given(st.text())
def test_any_name_leaves_rich_text_and_latex_whole(name):
    made = words(name)
    assert balanced(made.latex)
    assert unescaped(made.latex) == ""
    assert not re.search(r"<|>", made.html)
    assert re.fullmatch(r"(?:[^&]|&(?:lt|gt|amp);)*", made.html)


@given(formulas())
@settings(max_examples=50)
def test_any_formula_has_equations(formula):
    for made in equations(formula).values():
        assert made.text
        assert balanced(made.latex)
        assert made.html.count("<sub>") == made.html.count("</sub>")


@pytest.mark.parametrize(
    "formula",
    [
        "language_post ~ verbal_iq*school_type + I(verbal_iq^2) + (verbal_iq | school_id)",
        "log(y + 1) ~ sqrt(x) + abs(x) + scale(x) + poly(x, 2) + (x || a/b)",
        "y ~ I(x > 3 & w != 2) + I(x %% 2) + offset(log(n)) + (1 | g)",
    ],
)
def test_latex_is_understood_by_a_typesetter(formula):
    parser = mathtext.MathTextParser("path")
    for form, made in equations(parse_formula(formula), LEVELS, LABELS, categories=CATEGORIES).items():
        if form == "composite":
            parser.parse(f"${made.latex}$")
        else:
            body = made.latex.removeprefix("\\begin{aligned}\n").removesuffix("\n\\end{aligned}")
            for line in body.split("\\\\\n"):
                if "pmatrix" not in line:
                    parser.parse(f"${line.replace('&', '')}$")


# Numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (40.608232, 2, "40.61"), (-0.37573940, 2, "−0.38"), (0.0, 2, "0.00"), (1.05e-7, 2, "1.05×10^−7"),
        (-2.5e9, 2, "−2.50×10^9"), (1234567.891, 2, "1234567.89"), (float("inf"), 2, "∞"),
    ],
)  # fmt: skip
def test_numbers(value, decimals, text):
    assert number(value, decimals).text == text


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=6))
def test_signs_never_stand_next_to_each_other(values):
    text = signed_sum([(value, words("x")) for value in values], decimals_for(values)).text
    assert not re.search(r"[+−] *[+−]|-", text.replace("^−", ""))
    assert len(re.findall(r" [+−] ", text)) == len(values) - 1


def test_numbers_of_one_equation_have_the_decimals_of_the_smallest():
    assert decimals_for([40.608232, 2.487591]) == 2
    assert decimals_for([39.88, 0.0795]) == 3
    assert decimals_for([251.4, 1e-7, 0.0]) == 2


# Equations of fits ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def schools(reference_dir):
    students = pd.read_csv(reference_dir / "data" / "netherlands-students.csv")
    return students.merge(
        pd.read_csv(reference_dir / "data" / "netherlands-schools.csv"), on="school_id", how="left"
    )


def test_equations_of_the_course(schools):
    labels = {"language_post": "Language", "verbal_iq": "verbal IQ"}
    ols = fit("language_post ~ verbal_iq", schools)
    assert fitted_equation(ols, labels).text == "Predicted Language = 40.93 + 2.65(verbal IQ)"
    mixed = fit("language_post ~ 1 + verbal_iq + (1 | school_id)", schools)
    made = fitted_equation(mixed, labels)
    assert made.text == "Predicted Language = 40.61 + 2.49(verbal IQ)"
    assert made.latex == r"\widehat{\text{Language}} = 40.61 + 2.49\left(\text{verbal IQ}\right)"
    assert group_equation(mixed, "school_id", "1", labels).text == (
        "Predicted Language = [40.61 − 0.38] + 2.49(verbal IQ) = 40.23 + 2.49(verbal IQ)"
    )


def test_predictors_of_the_groups_enter_with_the_values_of_the_group(schools):
    model = fit("language_post ~ verbal_iq*public + school_ses + (verbal_iq | school_id)", schools)
    text = group_equation(model, "school_id", "10").text
    row = schools[schools["school_id"] == 10].iloc[0]
    assert f"({row['public']:g})" in text
    first, short = text.split(" = ")[1:]
    assert first.count("[") == 2
    numbers = [float(n.replace("−", "-").replace(" ", "")) for n in re.findall(r"(?:− |−)?\d+\.\d+", short)]
    rows = model.augment()
    chosen = rows[rows["school_id"].astype(str) == "10"]
    expected = numbers[0] + numbers[1] * chosen["verbal_iq"].astype(float)
    np.testing.assert_allclose(expected, chosen[".fitted"], atol=0.1)
    assert np.ptp(chosen["verbal_iq"]) > 1


def simulated() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 240
    frame = pd.DataFrame({"x": rng.normal(size=n), "w": rng.normal(size=n)})
    frame["class"] = np.repeat(np.arange(24), 10)
    frame["school"] = np.array(list("abcdef"))[frame["class"] // 4]
    frame["type"] = np.where(frame["school"].isin(list("abc")), "Public", "Private")
    frame["teacher"] = rng.integers(0, 8, n)
    effect = rng.normal(size=24)[frame["class"]] + 2 * rng.normal(size=6)[frame["class"] // 4]
    frame["y"] = (
        10 + 2 * frame["x"] - frame["w"] + effect + 3 * (frame["type"] == "Public") + rng.normal(size=n)
    )
    frame["y"] += rng.normal(size=8)[frame["teacher"]]
    return frame


@pytest.mark.parametrize(
    ("formula", "factor", "level"),
    [
        ("y ~ x*type + w + (x | class)", "class", "5"),
        ("y ~ x*type + I(w^2) + (x | school/class)", "class:school", "5:b"),
        ("y ~ x + type + (1 | school) + (1 | class)", "class", "5"),
        ("y ~ 0 + type + type:x + (0 + x | class) + (1 | class)", "class", "20"),
        ("y ~ w + (x || class)", "class", "7"),
        ("y ~ poly(x, 2):type + offset(w) + (1 | class)", "class", "3"),
        ("y ~ x + type + (type | school)", "school", "e"),
    ],
)
def test_the_equation_of_a_group_gives_its_fitted_values(formula, factor, level):
    model = fit(formula, simulated())
    made = group_equation(model, factor, level)
    short = made.text.split(" = ")[-1]
    code = model.design.factors[factor].levels.index(level)
    chosen = np.flatnonzero(model.design.factors[factor].codes == code)
    frame = simulated().iloc[chosen]
    polynomial = model.design.matrix
    columns = {
        "": np.ones(len(frame)), "x": frame["x"], "w": frame["w"], "w²": frame["w"] ** 2,
    }  # fmt: skip
    for k in (1, 2):
        named = [place for place, name in enumerate(polynomial.names) if f"poly(x, 2){k}" in name]
        if named:
            columns[f"poly{k}(x)"] = polynomial.values[chosen][:, named].sum(axis=1)
    total = np.zeros(len(frame))
    for sign, value, name in re.findall(
        r"([+−]?) ?(\d+\.\d+)?(?:\(((?:[^()]|\([^()]*\))*)\))?(?: |$)", short + " "
    ):
        if value:
            total = total + (-1 if sign == "−" else 1) * float(value) * np.asarray(columns[name])
    if "offset" in formula:
        assert short.endswith(" + w")
        total = total + frame["w"].to_numpy()
    np.testing.assert_allclose(total, model.fitted[chosen], atol=0.03)


def test_random_effects_of_crossed_factors_are_left_at_zero():
    model = fit("y ~ x + (1 | class) + (1 | teacher)", simulated())
    text = group_equation(model, "teacher", "2").text
    assert text.split(" = ")[1].count("−") + text.split(" = ")[1].count("+") == 2


def test_a_fit_without_variance_shows_zeros():
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4, 5, 6, 7, 8], "g": list("abcdabcd"), "x": range(8)})
    frame["y"] += [0.1, -0.1, 0.1, -0.1, 0.1, -0.1, 0.1, -0.1]
    frame["y"] = frame["y"].sample(frac=1, random_state=3).to_numpy()
    model = fit("y ~ 1 + (1 | g)", frame)
    text = group_equation(model, "g", "a").text
    assert "10^" not in text


@pytest.mark.parametrize(
    ("factor", "level", "said"),
    [("schol", "1", "no grouping factor"), ("class", "55", "has no group"), ("school", "A", "has no group")],
)
def test_groups_that_do_not_exist_are_refused(factor, level, said):
    model = fit("y ~ x + (1 | school) + (1 | class)", simulated())
    with pytest.raises(ModelError, match=said):
        group_equation(model, factor, level)
    with pytest.raises(ModelError, match="no grouping factor"):
        group_equation(fit("y ~ x", simulated()), factor, level)


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ type*school*x",
        "y ~ 0 + type:x + school",
        "y ~ poly(x, 3)*type + factor(teacher)",
        "y ~ type:school",
        "y ~ x:w - 1",
    ],
)
def test_columns_are_those_of_the_design(formula):
    model = fit(formula, simulated())
    known = {
        variable.name: Categories(variable.levels, variable.ordered)
        for variable in model.design.variables
        if hasattr(variable, "levels")
    }
    names = [column.name for column in columns_of(model.formula.terms, model.formula.intercept, known)]
    kept = [name for name in names if name not in model.dropped_columns]
    assert kept == list(model.fixed_names)
    assert isinstance(fitted_equation(model), Equation)
