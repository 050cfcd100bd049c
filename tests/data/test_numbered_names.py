"""Which columns repeat a measure, and how their names are taken apart."""

from __future__ import annotations

import re

import pytest

from mixgui.data.name_parts import compile_pattern, split_names
from mixgui.data.numbered_names import NumberedNames, numbered_names


@pytest.mark.parametrize(
    ("names", "stems", "between", "columns"),
    [
        ("id y1 y2 y10", "y", "", "y1 y2 y10"),
        ("id a_1 a_2 b_1 b_2 b_3", "b", "_", "b_1 b_2 b_3"),
        ("id a_1 a_2 b_1 b_2 c_1", "a b", "_", "a_1 a_2 b_1 b_2"),
        ("pupil read_t1 mot_t1 read_t2 mot_t2", "read mot", "_t", "read_t1 mot_t1 read_t2 mot_t2"),
        ("vocab_08 vocab_09", "vocab", "_", "vocab_08 vocab_09"),
        ("score.wave.1 score.wave.2", "score", ".wave.", "score.wave.1 score.wave.2"),
        ("read_comp1 read_voc1 read_comp2 read_voc2", "read_comp read_voc", "",
         "read_comp1 read_voc1 read_comp2 read_voc2"),
        ("a_1 a_2 a1 a2", "a", "_", "a_1 a_2"),
        ("t1 t2", "t", "", "t1 t2"),
        ("id x1", "", "", ""),
        ("a_1_1 a_2_1 a_1_2 a_2_2", "a_1 a_2", "_", "a_1_1 a_2_1 a_1_2 a_2_2"),
        ("", "", "", ""),
    ],
)  # fmt: skip
def test_columns_that_are_numbered_alike_are_found(
    names: str, stems: str, between: str, columns: str
) -> None:
    found = numbered_names(names.split())
    assert found == NumberedNames(tuple(stems.split()), between, tuple(columns.split()))


def test_columns_that_are_called_by_their_year() -> None:
    assert numbered_names(["id", "2002", "2003"]) == NumberedNames(("",), "", ("2002", "2003"))


@pytest.mark.parametrize(
    "names", ["y9 z9 y10 z10", "a_t1 b_t1 a_t2 b_t2", "a.b 1|c 1|a.b 2|c 2", "x+y.10|x.10|x+y.2|x.2"]
)
def test_the_pattern_takes_their_names_apart(names: str) -> None:
    given = names.split("|") if "|" in names else names.split()
    found = numbered_names(given)
    compile_pattern(found.pattern)  # it is not refused as slow
    parts = split_names(found.columns, (".value", "time"), found.pattern, "")
    assert [stem for stem, _ in parts] == [re.split(r"[ ._]?t?\d+$", name)[0] for name in given]
    assert {stem for stem, _ in parts} == set(found.stems)
