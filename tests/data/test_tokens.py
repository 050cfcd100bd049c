"""Words of a text and their characters."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.tokens import Kind, escape, is_syntactic, spell_name, tokenize
from mixgui.errors import FormulaError

from .expression_strategies import inside, names


def words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y~x", ["y", "~", "x"]),
        ("a <= b<-c", ["a", "<=", "b", "<-", "c"]),
        ("x**2 %in% c(1)", ["x", "^", "2", "%in%", "c", "(", "1", ")"]),
        ("1e-3 .5 5. 0x1F 2L", ["1e-3", ".5", "5.", "0x1F", "2L"]),
        ("x.1_b ..a Größe 日本", ["x.1_b", "..a", "Größe", "日本"]),
        (r"`a b` `a\`b` `a\\b` `a\nb` `\u{e9}\u00e9\x41`", ["a b", "a`b", "a\\b", "a\nb", "ééA"]),
        ("'it\"s' \"it's\"", ['it"s', "it's"]),
        ("a\n+\tb\u00a0", ["a", "+", "b"]),
        ("(1||g)", ["(", "1", "||", "g", ")"]),
        ("u\u0308ber", ["u\u0308ber"]),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "span", "said"),
    [
        ("x § y", (2, 3), "'§'"),
        ("y ∼ x", (2, 3), "Type ~ instead"),
        ("x %of% y", (2, 3), "per cent"),
        ("_x", (0, 1), "backquotes"),
        ("y ~ 2x + 1", (4, 6), "'2x'"),
        ("a + `b c", (4, 8), "not closed"),
        ("a == 'b", (5, 7), "not closed"),
        ("``", (0, 2), "nothing between"),
        (r"`a\qb`", (2, 4), "not a character"),
        ("a + if", (4, 6), "keeps for itself"),
        ("a + NULL", (4, 8), "keeps for itself"),
    ],
)
def test_errors_know_their_characters(text, span, said):
    with pytest.raises(FormulaError) as caught:
        tokenize(text)
    assert caught.value.span == span
    assert said in str(caught.value)


@given(names)
def test_any_name_is_read_again(name):
    tokens = tokenize(spell_name(name))
    assert [token.kind for token in tokens] == [Kind.NAME, Kind.END]
    assert tokens[0].text == name
    assert tokens[0].span == (0, len(spell_name(name)))


@given(st.text())
def test_any_string_is_read_again(value):
    tokens = tokenize(escape(value, '"'))
    assert (tokens[0].kind, tokens[0].text, len(tokens)) == (Kind.STRING, value, 2)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("x", True), (".x", True), ("x²", False), ("é", True), ("e\u0301", False), ("日本", True),
        ("x٣", True),
        ("ª", True), ("a‿b", False), (".1", False), ("..1", False), ("...", False), ("._1", True),
        ("TRUE", False),
        ("T", True), ("a b", False), ("_a", False), ("1a", False), ("in", False), ("pi", False), ("", False),
        (".", False),
    ],
)  # fmt: skip
def test_backquotes_only_when_r_needs_them(name, plain):
    """The answers are those of R's make.names(name) == name, but for pi, which is a constant here."""
    assert is_syntactic(name) is plain


@given(st.text(max_size=30))
def test_any_text_gives_tokens_or_an_error_inside_it(text):
    try:
        tokens = tokenize(text)
    except FormulaError as error:
        tokens, refused = (), error
    assert tokens or inside(refused, text)
    spans = [token.span for token in tokens]
    assert all(start < end for start, end in spans[:-1])
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
