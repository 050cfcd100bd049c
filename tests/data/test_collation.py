"""R's order of texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.collation import collation_key

# What sort() gives in R 4.2 with ICU.
SORTED = [
    "a",
    "A",
    "a b",
    "a_b",
    "a-b",
    "a1",
    "a10",
    "a2",
    "ab",
    "aB",
    "Ab",
    "AB",
    "áb",
    "abc",
    "e",
    "é",
    "è",
]
SORTED += ["ecole", "Ecole", "école", "École", "f", "o", "ø", "oz", "öz", "ss", "ß", "st", "z"]
PRINTABLE = (
    " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ"
)


def test_texts_stand_in_the_order_of_r():
    assert sorted(set(SORTED), key=collation_key) == SORTED
    for accented in ("aáàăâåäãąā", "eéèĕêěëėęē", "oóòŏôöőõøō", "cćĉčċç"):
        assert sorted(accented, key=collation_key) == list(accented)
    assert sorted(PRINTABLE, key=collation_key) == list(PRINTABLE)
    assert sorted(["Banana", "apple", "cherry"], key=collation_key) == ["apple", "Banana", "cherry"]


@given(st.lists(st.text(max_size=6), unique=True))
def test_the_order_does_not_depend_on_the_order_before(texts):
    assert sorted(texts, key=collation_key) == sorted(set(texts), key=collation_key)
