"""Which picture is the usual one for the variables that were clicked."""

from __future__ import annotations

import pytest

from mixgui.data.dataset import Variable
from mixgui.gui.explore_choice import (
    BARS,
    BOX,
    HISTOGRAM,
    KINDS,
    MISSING,
    SCATTER,
    SPAGHETTI,
    Choice,
    Facts,
    choose,
    missing_role,
    offered,
    switch,
    valid,
)

VARIABLES = (
    Variable("school", "integer", n_unique=131),
    Variable("year", "integer", n_unique=4),
    Variable("score", "number", n_unique=900),
    Variable("ses", "number", n_unique=800),
    Variable("iq", "number", n_unique=700),
    Variable("female", "integer", n_unique=2),
    Variable("sector", "category", n_unique=3),
    Variable("born", "date", n_unique=500),
    Variable("pupil", "integer", n_unique=1000, declared="id"),
)
FACTS = Facts(VARIABLES, ("school",), {"school": "school", "sector": "school"})


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["score"], Choice(HISTOGRAM, ("score",))),
        (["born"], Choice(HISTOGRAM, ("born",))),
        (["sector"], Choice(BARS, ("sector",))),
        (["female"], Choice(BARS, ("female",))),
        (["pupil"], Choice(BARS, ("pupil",))),
        (["score", "ses"], Choice(SCATTER, ("score",), x="ses")),
        (["ses", "score"], Choice(SCATTER, ("ses",), x="score")),
        (["born", "score"], Choice(SCATTER, ("score",), x="born")),
        (["sector", "score"], Choice(BOX, ("score",), by="sector")),
        (["score", "female", "sector"], Choice(BOX, ("score",), by="female", second="sector")),
        (["sector", "female"], Choice(BARS, ("sector",), by="female")),
        (["score", "ses", "sector"], Choice(SCATTER, ("score",), x="ses", by="sector")),
        (["score", "ses", "iq"], Choice(HISTOGRAM, ("score", "ses", "iq"))),
        (["year", "school"], Choice(SPAGHETTI, ("score",), x="year", lines="school")),
        (["ses", "school", "year"], Choice(SPAGHETTI, ("ses",), x="year", lines="school")),
        ([], Choice()),
        (["gone"], Choice()),
    ],
)
def test_the_usual_picture(names: list[str], expected: Choice) -> None:
    assert choose(names, FACTS) == expected


def test_options_stay_when_another_variable_is_clicked() -> None:
    before = Choice(HISTOGRAM, ("ses",), by="sector", bars=12, density=True)
    assert choose(["score"], FACTS, before) == Choice(HISTOGRAM, ("score",), bars=12, density=True)


@pytest.mark.parametrize("start", [["score"], ["sector"], ["score", "ses"], ["score", "sector"], []])
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_can_be_reached_and_is_complete(start: list[str], kind: str) -> None:
    found = switch(choose(start, FACTS), kind, FACTS)
    assert found.kind == kind
    assert missing_role(found) is None
    for role in KINDS[kind].roles:
        one = FACTS.find(found.role(role.name))
        assert one is None or role.fits(one)
    used = [found.role(r.name) for r in KINDS[kind].roles if found.role(r.name)]
    assert len(used) == len(set(used))


def test_over_time_has_time_and_groups_at_once() -> None:
    found = switch(choose(["ses"], FACTS), SPAGHETTI, FACTS)
    assert (found.variable, found.x, found.lines) == ("ses", "year", "school")


def test_what_the_table_no_longer_has_is_taken_out() -> None:
    fewer = Facts(tuple(one for one in VARIABLES if one.name not in ("ses", "sector")))
    assert valid(Choice(SCATTER, ("score",), x="ses", by="sector"), fewer) == Choice(SCATTER, ("score",))
    assert valid(Choice(HISTOGRAM, ("ses",)), fewer).kind == ""
    assert valid(Choice(MISSING), fewer).kind == MISSING


def test_kinds_without_variables_are_not_offered() -> None:
    words = Facts((Variable("name", "text", n_unique=9),))
    assert [kind for kind in KINDS if offered(kind, words)] == [BARS, MISSING]
    assert not any(offered(kind, Facts()) for kind in KINDS)
    assert missing_role(switch(Choice(), SCATTER, words)) is not None
