from __future__ import annotations

import pandas as pd
import pytest

from mixgui.data.codebook import VariableInfo
from mixgui.data.dataset import Dataset
from mixgui.data.describe_step import Describe
from mixgui.gui.codebook_words import FitWords, fit_words
from mixgui.models import fit

FRAME = pd.DataFrame(
    {
        "y": [1.0, 2.5, 3.0, 4.5, 5.0, 7.5],
        "iq": [1.0, 3.0, 2.0, 5.0, 4.0, 6.0],
        "sex": pd.Series(list("abbaab"), dtype="str"),
    }
)
BOOK = (
    ("y", VariableInfo("Reading", "points")),
    ("iq", VariableInfo("Verbal IQ")),
    ("sex", VariableInfo("Sex", value_labels=(("b", "Boy"),))),
)
TABLE = Describe("t", BOOK).apply({"t": Dataset.from_frame("t", FRAME)})["t"]
WORDS = fit_words(fit("y ~ iq * sex", TABLE), TABLE)


def test_axes_have_label_and_unit_of_the_outcome() -> None:
    assert WORDS.of_outcome(".resid") == "Residual: Reading (points)"
    assert WORDS.of_outcome(".fitted") == "Fitted value: Reading (points)"
    assert WORDS.of_outcome(".std_resid") == "Standardized residual: Reading"  # it has no unit
    assert WORDS.of_effect("(Intercept)") == "Random intercept: Reading (points)"
    assert WORDS.of_effect("iq") == "Random slope of Verbal IQ"


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("iq", "Verbal IQ"),
        ("sexb", "Sex: Boy"),
        ("iq:sexb", "Verbal IQ × Sex: Boy"),
        ("log(iq)", ""),
        ("(Intercept)", ""),
        ("`iq`", "Verbal IQ"),
        ("I(iq:2)", ""),
    ],
)
def test_terms_in_words(term: str, words: str) -> None:
    assert WORDS.of_term(term) == words


def test_without_a_codebook_nothing_is_replaced() -> None:
    plain = Dataset.from_frame("t", FRAME)
    words = fit_words(fit("y ~ iq", plain), plain)
    assert words.of_outcome(".resid") is None
    assert words.of_effect("iq") is None
    assert words.of_factor("sex") is None
    assert fit_words(None, plain) == FitWords()
