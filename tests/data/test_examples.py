from __future__ import annotations

import re

import pytest

from mixgui import paths
from mixgui.data.examples import EXAMPLES, Example
from mixgui.data.joins import diagnose, suggest_keys
from mixgui.data.readers import read_table


def test_every_folder_is_listed() -> None:
    folders = {path.name for path in paths.examples().iterdir() if path.is_dir()}
    assert {example.id for example in EXAMPLES} == folders


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_example_opens_without_a_warning_and_is_described(example: Example) -> None:
    described = {(table, column) for table, column, _ in example.codebook().entries}
    columns = set()
    for table, file in zip(example.tables, example.files(), strict=True):
        result = read_table(file)
        assert [note for note in result.notes if note.severity == "warning"] == []
        columns |= {(table, name) for name in result.frame.columns}
    assert described == columns
    words = set(re.findall(r"[A-Za-z_]\w*", example.formula))
    assert words <= {name for _, name in columns}
    assert f"**{example.id}.**" in (paths.examples() / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.keys], ids=lambda example: example.id)
def test_example_joins(example: Example) -> None:
    left, right = (read_table(file).frame for file in example.files())
    assert suggest_keys(left, right) == tuple((key, key) for key in example.keys)
    report = diagnose(left, right, example.keys)
    assert report.refused is None
    assert report.relationship == "many-to-one"
    assert report.left.unmatched_rows == report.right.unmatched_rows == 0
    assert report.rows == len(left)
