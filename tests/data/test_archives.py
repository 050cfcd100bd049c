from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mixgui.data import archives
from mixgui.data.read_options import ReadOptions
from mixgui.data.readers import file_choices, read_table, sniff
from mixgui.errors import ReadError

TABLE = b"id;x\n1;2,5\n2;3,5\n"
CELLS = {"id": [1, 2], "x": [2.5, 3.5]}


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.csv.gz", gzip.compress),
        ("a.csv.bz2", bz2.compress),
        ("a.csv.xz", lzma.compress),
        ("a.gz", gzip.compress),
    ],
)
def test_compressed_text(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / name
    path.write_bytes(pack(TABLE))
    result = read_table(path)
    assert result.frame.to_dict("list") == CELLS
    assert read_table(path, sniff(path)).frame.to_dict("list") == CELLS


def test_a_zip_archive_with_one_table(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/table.csv", TABLE)
        archive.writestr("__MACOSX/data/._table.csv", b"x")
        archive.writestr("readme.pdf", b"%PDF")
    result = read_table(path)
    assert result.options.member == "data/table.csv"
    assert result.frame.to_dict("list") == CELLS
    assert not result.doubtful


def test_a_zip_archive_with_several_tables_is_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.csv", TABLE)
        archive.writestr("two.csv", b"a,b\n1,2\n")
    result = read_table(path)
    assert result.doubtful
    assert "contains 2 files; “one.csv” was read" in result.notes[0].text
    assert file_choices(path, result.options).members == ("one.csv", "two.csv")
    assert read_table(path, ReadOptions(member="two.csv")).frame.to_dict("list") == {"a": [1], "b": [2]}
    with pytest.raises(ReadError, match=r"contains no file “three.csv”"):
        read_table(path, ReadOptions(member="three.csv"))


def test_a_workbook_in_an_archive_and_names_that_lead_away(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../away.csv", TABLE)
    assert read_table(path).frame.to_dict("list") == CELLS
    assert not (tmp_path.parent.parent / "away.csv").exists()


def test_passwords_damage_and_emptiness_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.csv", TABLE)
    whole = bytearray(path.read_bytes())
    locked = bytearray(whole)
    at = locked.find(b"PK\x01\x02")
    locked[6] |= 1
    locked[at + 8] |= 1
    path.write_bytes(bytes(locked))
    with pytest.raises(ReadError, match="protected by a password"):
        read_table(path)
    whole[whole.find(TABLE) + 3] ^= 0xFF
    path.write_bytes(bytes(whole))
    with pytest.raises(ReadError, match=r"zip archive “a.zip” is damaged"):
        read_table(path)
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(ReadError, match="contains no file with a table"):
        read_table(path)
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(TABLE * 100)[:-20])
    with pytest.raises(ReadError, match=r"compressed file “cut.csv.gz” is damaged"):
        read_table(cut)


def test_bombs_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 1 << 20)
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"\n" * (80 << 20)))
    with pytest.raises(ReadError, match="unpacks to more than"):
        read_table(bomb)
    packed = tmp_path / "bomb.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("table.csv", b"\n" * (2 << 20))
    with pytest.raises(ReadError, match="unpacks to more than"):
        read_table(packed)
