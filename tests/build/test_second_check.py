"""The comparison of a frozen program with the source, and the table of sizes and starts: they see what is wrong."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import measure
import pytest
import second_check
import versions

GOOD: dict[str, Any] = {
    "frozen": True,
    "problems": [],
    "files": {"a.sav": {"rows": 3, "columns": {"x": "int64"}, "digest": "12"}},
    "written": {"plot.pdf": 9000},
    "work": {"tasks": 9, "by_helpers": 4, "largest_difference": 0.0},
    "about": {"versions": ["Linux 6", "numpy 2.4"], "licences": {"numpy": {"kind": "BSD", "length": 900}}},
}


def test_what_is_the_same_is_accepted() -> None:
    assert second_check.differences(GOOD, {**GOOD, "frozen": False}) == []


def test_another_system_is_no_difference() -> None:
    program = copy.deepcopy(GOOD)
    program["about"]["versions"][0] = "Windows 10"
    program["about"]["licences"]["NumPy"] = program["about"]["licences"].pop("numpy")
    assert second_check.differences(program, GOOD) == []


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("frozen",), False, "not frozen"),
        (("problems",), ["ModuleNotFoundError: pyreadstat"], "pyreadstat"),
        (("files",), {}, "a.sav was read as None"),
        (("files", "a.sav", "digest"), "13", "a.sav was read as"),
        (("written",), {}, "it wrote"),
        (("written", "plot.pdf"), 0, "plot.pdf is empty"),
        (("work",), {}, "no helper process"),
        (("work", "by_helpers"), 0, "no helper process"),
        (("work", "largest_difference"), 0.1, "other results"),
        (("work", "largest_difference"), float("nan"), "other results"),
        (("about", "versions"), ["Linux 6"], "that of numpy"),
        (("about", "licences"), {}, "licence of numpy"),
    ],
)
def test_every_difference_is_seen(place: tuple[str, ...], value: object, words: str) -> None:
    program = copy.deepcopy(GOOD)
    part = program
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    assert any(words in sentence for sentence in second_check.differences(program, GOOD))


def test_sizes_are_compared_with_their_limits(tmp_path: Path) -> None:
    (tmp_path / "MixGUI").mkdir()
    (tmp_path / "MixGUI" / "mixgui").write_bytes(b"x" * 2_000_000)
    (tmp_path / "mixgui_1.0.0_amd64.deb").write_bytes(b"x" * 500_000)
    rows = {row.what: row for row in measure.sizes(tmp_path)}
    assert rows["folder (Linux)"].value == pytest.approx(2.0)
    assert (rows[".deb"].value, rows[".deb"].limit) == (pytest.approx(0.5), 100)
    assert "ok" in rows[".deb"].text
    assert "TOO MUCH" in rows[".deb"]._replace(value=101.0).text


def test_starts_are_summarised_by_their_median() -> None:
    starts = [{"window": w, "ready": 2.5, "gap": 0.01} for w in (0.4, 0.9, 0.3)]
    rows = measure.summary("warm", starts, measure.WARM)
    assert [row.value for row in rows] == [0.4, 2.5, 0.01]
    assert "0.300 to 0.900" in rows[0].text
    assert ["TOO MUCH" in row.text for row in rows] == [False, True, False]


def test_a_release_knows_where_newer_ones_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, page = tmp_path / "__init__.py", tmp_path / "release.json"
    source.write_text('__version__ = "0.1.0"\n', encoding="utf-8")
    monkeypatch.setattr(versions, "FILE", source)
    monkeypatch.setattr(versions, "RELEASE_FILE", page)
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    versions.stamp("v1.2.3rc1")
    assert (versions.current_version(), page.exists()) == ("1.2.3rc1", False)
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://example.org")
    monkeypatch.setenv("GITHUB_REPOSITORY", "who/what")
    versions.stamp("v1.2.3")
    assert json.loads(page.read_text(encoding="utf-8")) == {"page": "https://example.org/who/what/releases"}
