"""Numbers as text."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.formatting import (
    format_count,
    format_df,
    format_full,
    format_number,
    format_p,
    format_share,
    format_value,
)
from mixgui.labels import LABELS, heading_of, label_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (40.608232, "40.61"),
        (2.487591, "2.488"),
        (-0.3757394, "-0.3757"),
        (0.001, "0.001000"),
        (0.0009994, "9.994e-04"),
        (0.00099999, "1.000e-03"),
        (123456.7, "123457"),
        (999999.4, "999999"),
        (999999.9, "1000000"),
        (1e6, "1.000e+06"),
        (1.5e7, "1.500e+07"),
        (9.99996, "10.00"),
        (1234.5, "1234"),
        (2, "2.000"),
        (0, "0"),
        (-0.0, "0"),
        (math.inf, "Inf"),
        (-math.inf, "-Inf"),
        (math.nan, ""),
        (None, ""),
        (pd.NA, ""),
        (np.float64(0.5), "0.5000"),
    ],
)
def test_number(value, text):
    assert format_number(value) == text


def test_number_may_have_a_typographic_minus():
    assert format_number(-2.5, 2, minus=True) == "−2.5"
    assert format_number(1e-5, 2, minus=True) == "1.0e−05"


@given(st.floats(1e-3, 999_000), st.integers(1, 8), st.booleans())
def test_number_is_plain_in_the_usual_range_and_close(value, digits, negative):
    value = -value if negative else value
    text = format_number(value, digits)
    assert re.fullmatch(r"-?\d+(\.\d+)?", text)
    assert float(text) == pytest.approx(value, rel=0.5001 * 10 ** (1 - digits))


@given(st.floats(-1e300, 1e300), st.integers(1, 12))
def test_number_of_any_size_is_close(value, digits):
    text = format_number(value, digits)
    assert float(text) == pytest.approx(value, rel=0.5001 * 10 ** (1 - digits), abs=0)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.041, ".041"),
        (0.0009, "< .001"),
        (1e-300, "< .001"),
        (0.0, "< .001"),
        (0.001, ".001"),
        (0.9999, "> .999"),
        (1.0, "> .999"),
        (0.5, ".500"),
        (math.nan, ""),
        (None, ""),
    ],
)
def test_p(p, text):
    assert format_p(p) == text


def test_p_outside_0_and_1_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="between 0 and 1"):
        format_p(1.2)


def test_counts_shares_and_degrees_of_freedom():
    assert format_count(2287) == "2,287"
    assert format_count(math.nan) == ""
    assert format_share(0.1852) == "18.5\N{NO-BREAK SPACE}%"
    assert format_df(2285.0) == "2,285"
    assert format_df(17.0000052) == "17.0"
    assert format_df(math.inf) == "Inf"


@given(st.floats(allow_nan=False))
def test_full_precision_reads_back(value):
    text = format_full(value)
    assert float(text.replace("Inf", "inf")) == value


def test_full_precision_of_other_values():
    assert format_full(np.int64(3)) == "3"
    assert format_full("Catholic") == "Catholic"
    assert format_full(True) == "True"
    assert format_full(np.nan) == ""
    assert format_full(2.0) == "2"


def test_value_by_kind():
    assert format_value(0.5, "number", digits=2) == "0.50"
    assert format_value(0.0001, "p") == "< .001"
    assert format_value(2287, "count") == "2,287"
    assert format_value(np.bool_(True), "flag") == "yes"
    assert format_value("a", "number") == "a"
    assert format_value(None, "number") == ""
    assert format_value(3, "text") == "3"


def test_every_label_has_words():
    for name, label in LABELS.items():
        assert label.heading, name
        assert label.tooltip.endswith("."), name
    assert heading_of("std_error") == "SE"
    assert label_of("verbal_iq").heading == "verbal_iq"
    assert not label_of("term").numeric
    assert label_of("p_value").numeric
