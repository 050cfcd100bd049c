from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixgui.data.codebook import KIND_WORDS, ROW_LEVEL, VariableInfo, level_by
from mixgui.data.codebook_csv import COLUMNS, CodebookFile, codebook_from_text, codebook_text, read_codebook
from mixgui.data.examples import EXAMPLES
from mixgui.errors import ReadError

FULL = VariableInfo(
    "Reading",
    "points",
    "Test of May, “long form”",
    "category",
    ("low", "a|b", "x = y"),
    "low",
    ("-9", "n/a"),
    (("1", "yes"), ("2", "no = never")),
)


def test_all_that_can_be_said_comes_back() -> None:
    text = codebook_text({"pupils": (("read", FULL), ("plain", VariableInfo()))})
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert codebook_from_text(text, "x").of("pupils") == (("read", FULL), ("plain", VariableInfo()))


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).map(str.strip)
some = words.filter(bool)
infos = st.builds(
    VariableInfo,
    label=words,
    unit=words,
    description=words,
    kind=st.sampled_from(["", *KIND_WORDS]),
    levels=st.lists(some, unique=True, max_size=4).map(tuple),
    reference=words,
    missing_codes=st.lists(some, unique=True, max_size=3).map(tuple),
    value_labels=st.lists(st.tuples(some, words), max_size=3).map(tuple),
    level=st.one_of(st.sampled_from(["", ROW_LEVEL]), some.map(level_by)),
)


@given(st.dictionaries(some, infos, max_size=5))
def test_round_trip(book: dict[str, VariableInfo]) -> None:
    codebook = tuple(book.items())
    assert codebook_from_text(codebook_text({"t": codebook}), "x").of("t") == codebook


def test_a_file_as_people_write_it(tmp_path: Path) -> None:
    path = tmp_path / "codebook.csv"
    path.write_bytes(
        b"\xef\xbb\xbfName;Variable label;Type;Values\r\n"
        b'sex;Sex of pupil;Factor;1=boy|2=girl\r\n;;;\r\nage;"Age\nin years";numeric;\r\n'
    )
    assert read_codebook(path).of("pupils") == (
        ("sex", VariableInfo("Sex of pupil", kind="category", value_labels=(("1", "boy"), ("2", "girl")))),
        ("age", VariableInfo("Age\nin years", kind="number")),
    )


def test_windows_encoding(tmp_path: Path) -> None:
    path = tmp_path / "codebook.csv"
    path.write_bytes("variable,label\ngröße,Größe\n".encode("cp1252"))
    assert read_codebook(path).of("x") == (("größe", VariableInfo("Größe")),)


def test_tables() -> None:
    file = codebook_from_text("table,variable,label\na,x,X of a\nb,x,X of b\n,y,Y\n", "f")
    assert file.tables == ("a", "b")
    assert file.of("b") == (("x", VariableInfo("X of b")), ("y", VariableInfo("Y")))
    assert file.of("c") == (("y", VariableInfo("Y")),)
    alone = CodebookFile((("old name", "x", VariableInfo("X")),))
    assert alone.of("new name") == (("x", VariableInfo("X")),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["empty", "variable"]),
        ("label,unit\nx,y\n", ["no column “variable”", "value_labels"]),
        ("variable,type\nx,colour\n", ["“x”", "“colour”", "row 2", "whole number"]),
        ("variable,value labels\nx,1\n", ["without “=”", "0 = no"]),
        ("variable,label,title\nx,1,2\n", ["“label” twice"]),
    ],
)
def test_what_is_wrong_is_said(text: str, words: list[str]) -> None:
    with pytest.raises(ReadError) as caught:
        codebook_from_text(text, "book.csv")
    for word in words:
        assert word in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="could not be read"):
        read_codebook(tmp_path / "nothing.csv")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\0\0")
    with pytest.raises(ReadError, match="no text file"):
        read_codebook(tmp_path / "picture.csv")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.id)
def test_codebooks_of_the_examples(example) -> None:  # type: ignore[no-untyped-def]
    for table, path in zip(example.tables, example.files(), strict=True):
        header = path.read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
        book = example.codebook().of(table)
        assert [name for name, _ in book] == header
        assert all(info.label for _, info in book)


@pytest.mark.parametrize(
    ("cell", "level"),
    [("", ""), ("row", "row"), ("Rows", "row"), ("by school", "by school"), ("school", "by school")],
)
def test_levels_as_people_write_them(cell: str, level: str) -> None:
    (info,) = dict(codebook_from_text(f"variable,level\nses,{cell}\n", "x").of("t")).values()
    assert info.level == level
