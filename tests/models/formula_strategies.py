"""Any formula, for laws."""

from __future__ import annotations

from hypothesis import strategies as st

from mixgui.data.expressions import Call, Expression, Name
from mixgui.models.formula import Formula, RandomTerm, Term

from ..data.expression_strategies import expressions, names

# A small world, so that terms share factors, and any name and expression at all.
with_columns = expressions.filter(lambda expression: expression.variables())
OUTCOME = Name("y")
columns = st.one_of(st.sampled_from("abcdxw").map(Name), names.map(Name))
factors = st.one_of(
    columns,
    columns,
    st.builds(
        lambda function, x: Call(function, (x,)), st.sampled_from(["I", "log", "factor", "scale"]), columns
    ),
    with_columns.map(lambda expression: Call("I", (expression,))),
)


def _apart(outcome: Expression, found: list) -> list:
    return [term for term in found if outcome not in term.factors]


@st.composite
def terms(draw: st.DrawFn, of: st.SearchStrategy = factors) -> Term:
    return Term(tuple(draw(st.lists(of, min_size=1, max_size=3))))


@st.composite
def random_terms(draw: st.DrawFn, outcome: Expression = OUTCOME) -> RandomTerm:
    slopes = _apart(outcome, draw(st.lists(terms(), max_size=3)))
    return RandomTerm(
        group=tuple(draw(st.lists(columns.filter(lambda name: name != outcome), min_size=1, max_size=2))),
        intercept=draw(st.booleans()) or not slopes,
        terms=tuple(slopes),
        correlated=draw(st.booleans()),
    )


@st.composite
def formulas(draw: st.DrawFn) -> Formula:
    outcome = draw(st.one_of(columns, with_columns))
    return Formula(
        outcome=outcome,
        intercept=draw(st.booleans()),
        terms=tuple(_apart(outcome, draw(st.lists(terms(), max_size=6)))),
        random=tuple(dict.fromkeys(draw(st.lists(random_terms(outcome), max_size=3)))),
        offset=tuple(draw(st.lists(with_columns, max_size=1))),
    )


plain_formulas = st.lists(terms(st.sampled_from("abcde").map(Name)), max_size=7).map(
    lambda found: Formula(Name("y"), terms=tuple(found))
)
