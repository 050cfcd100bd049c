"""The formula as a value: its laws and its edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.expressions import Binary, Call, Name, Number
from mixgui.errors import FormulaError
from mixgui.models.formula import Formula, RandomTerm, Term, as_term
from mixgui.models.formula_parser import parse_formula

from .formula_strategies import formulas, plain_formulas, random_terms, terms

START = parse_formula("y ~ a + b + (1 + a | g)")


@given(formulas())
def test_what_is_written_is_read_again(formula):
    text = str(formula)
    assert parse_formula(text) == formula
    assert str(parse_formula(text)) == text
    assert hash(parse_formula(text)) == hash(formula)
    names = [[str(term) for term in found.terms] for found in (formula, parse_formula(text))]
    assert names[0] == names[1]


@given(plain_formulas)
def test_the_names_of_terms_survive_writing_and_reading(formula):
    again = parse_formula(str(formula))
    assert [str(term) for term in again.terms] == [str(term) for term in formula.terms]
    assert [term.degree for term in formula.terms] == sorted(term.degree for term in formula.terms)


@given(formulas(), terms())
def test_adding_and_removing_a_term_changes_nothing(formula, term):
    if formula.outcome in term.factors:
        return
    if term in formula.terms:
        assert formula.with_term(term) == formula
    else:
        assert formula.with_term(term).without_term(term) == formula
        assert term in formula.with_term(term).terms


@given(plain_formulas, terms(st.sampled_from("abcde").map(Name)))
def test_removing_a_term_and_adding_it_again_keeps_the_set_of_terms(formula, term):
    assert set(formula.without_term(term).with_term(term).terms) == {*formula.terms, term}
    rest = formula.without_term(term, with_interactions=True).terms
    assert not any(other.contains(term) for other in rest)
    assert set(rest) <= set(formula.terms)


@given(formulas(), random_terms())
def test_adding_and_removing_a_random_term_changes_nothing(formula, term):
    if term in formula.random or set(term.variables()) & set(formula.outcome.variables()):
        return
    assert formula.with_random(term).without_random(len(formula.random)) == formula
    assert formula.with_random(term).is_mixed
    for index in range(len(formula.random)):
        assert formula.replace_random(index, term).replace_random(index, formula.random[index]) == formula


@given(formulas())
def test_edits_of_intercept_and_random_part(formula):
    assert formula.with_intercept(not formula.intercept).with_intercept(formula.intercept) == formula
    assert not formula.fixed_only().is_mixed
    assert formula.fixed_only().terms == formula.terms


@given(formulas())
def test_renaming_and_renaming_back_changes_nothing(formula):
    there = {old: f"new {place}" for place, old in enumerate(formula.variables())}
    renamed = formula.rename(there)
    assert renamed.variables() == tuple(there.values())
    assert renamed.rename({new: old for old, new in there.items()}) == formula


@given(formulas(), st.sampled_from("abcdxw"))
def test_a_new_outcome_never_explains_itself(formula, name):
    changed = formula.with_outcome(Name(name))
    assert changed.outcome == Name(name)
    assert all(Name(name) not in term.factors for term in changed.terms)
    assert parse_formula(str(changed)) == changed


@pytest.mark.parametrize(
    ("edited", "text"),
    [
        (START.with_outcome("log(z)"), "log(z) ~ 1 + a + b + (1 + a | g)"),
        (START.with_outcome(Name("a")), "a ~ 1 + b + (1 | g)"),
        (START.with_outcome("g"), "g ~ 1 + a + b"),
        (START.with_term("poly(x, 2)"), "y ~ 1 + a + b + poly(x, 2) + (1 + a | g)"),
        (START.with_term(Name("verbal IQ")), "y ~ 1 + a + b + `verbal IQ` + (1 + a | g)"),
        (START.with_term("b:a"), "y ~ 1 + a + b + a:b + (1 + a | g)"),
        (START.with_interaction("a", "b"), "y ~ 1 + a + b + a:b + (1 + a | g)"),
        (START.with_interaction("a", "c"), "y ~ 1 + a + b + c + a:c + (1 + a | g)"),
        (START.with_interaction("c", "d", main_effects=False), "y ~ 1 + a + b + c:d + (1 + a | g)"),
        (
            Formula(Name("y")).with_interaction("a", "b", "c"),
            "y ~ 1 + a + b + c + a:b + a:c + b:c + a:b:c",
        ),
        (START.with_interaction("a", "b").without_term("a"), "y ~ 1 + a:b + b + (1 + a | g)"),
        (
            START.with_interaction("a", "b").without_term("a", with_interactions=True),
            "y ~ 1 + b + (1 + a | g)",
        ),
        (START.with_random("(1 | h/k)"), "y ~ 1 + a + b + (1 + a | g) + (1 | h) + (1 | k:h)"),
        (START.replace_random(0, "(0 + a || g)"), "y ~ 1 + a + b + (0 + a || g)"),
        (START.without_random(0), "y ~ 1 + a + b"),
        (START.with_intercept(False), "y ~ 0 + a + b + (1 + a | g)"),
        (START.fixed_only(), "y ~ 1 + a + b"),
        (START.rename({"a": "A B", "g": "G"}), "y ~ 1 + `A B` + b + (1 + `A B` | G)"),
    ],
)
def test_edits(edited, text):
    assert str(edited) == text
    assert parse_formula(text) == edited


def test_variables_are_named_once_in_order():
    formula = parse_formula("log(y + c) ~ x:w + x + offset(z) + (1 + v + x | `my g`/h)")
    assert formula.variables() == ("y", "c", "x", "w", "z", "v", "my g", "h")
    assert [term.group_name for term in formula.random] == ["my g", "h:`my g`"]


def test_terms_are_equal_in_any_order_of_their_factors():
    assert as_term("a:b") == as_term("b:a")
    assert hash(as_term("a:b")) == hash(as_term("b:a"))
    assert as_term("a:b") != as_term("a")
    assert str(as_term("b:a")) == "b:a"
    assert parse_formula("y ~ (1 | a:b)") == parse_formula("y ~ (1 | b:a)")
    assert parse_formula("y ~ (1 | a/b)") == parse_formula("y ~ (1 | a) + (1 | a:b)")
    assert parse_formula("y ~ (x | g)") != parse_formula("y ~ (x || g)")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Term(()), "at least one column"),
        (lambda: Term((Binary("+", Name("a"), Name("b")),)), "inside I( )"),
        (lambda: Term((Number(2),)), "cannot be a term"),
        (lambda: Term((Call("log", (Number(2),)),)), "needs a column"),
        (lambda: RandomTerm(()), "needs a grouping factor"),
        (lambda: RandomTerm((Name("g"),), intercept=False), "Nothing varies"),
        (lambda: Formula(Number(1)), "no column"),
        (lambda: Formula(Name("y"), terms=(Term((Name("y"), Name("x"))),)), "cannot explain itself"),
        (lambda: START.with_term("y"), "cannot explain itself"),
        (lambda: START.with_random("(1 | y)"), "cannot explain itself"),
        (lambda: START.with_random(START.random[0]), "there twice"),
        (lambda: START.with_term("a + b"), "not one term"),
        (lambda: START.with_random("a"), "not a random term"),
        (lambda: START.with_term(""), "nothing to read"),
    ],
)
def test_what_cannot_be_a_formula_is_refused(make, said):
    with pytest.raises(FormulaError) as caught:
        make()
    assert said in str(caught.value)
