"""Settings: one table, stored as text, and nothing in the file can stop the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSettings

from mixgui.services.settings import OPTIONS, Settings


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "settings.ini"


def test_names_are_unique_and_defaults_are_allowed() -> None:
    assert len({option.name for option in OPTIONS}) == len(OPTIONS)
    for option in OPTIONS:
        assert option.allows(option.default)
        assert option.read(option.default) == option.default
        if option.title:
            assert option.help


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appearance/theme", "dark"),
        ("numbers/digits", 6),
        ("statistics/conf_level", 0.9),
        ("statistics/reml", False),
        ("export/width", 3.25),
        ("files/recent", ("/data/schüler.csv",)),
        ("files/recent", ("/a b.csv", "/c, d.csv", "C:\\x.csv")),
        ("files/folder", "Éa=;#\\b"),
    ],
)
def test_a_value_comes_back_from_the_file_in_its_type(ini: Path, name: str, value: Any) -> None:
    first = Settings(ini)
    first.set(name, value)
    first.sync()
    read = Settings(ini).get(name)
    assert read == value
    assert type(read) is type(value)


def test_a_change_is_told_once(ini: Path, qtbot: Any) -> None:
    settings = Settings(ini)
    told: list[Any] = []
    settings.changed.connect(lambda name, value: told.append((name, value)))
    settings.set("numbers/digits", 5)
    settings.set("numbers/digits", 5)
    settings.reset()
    assert told == [("numbers/digits", 5), ("numbers/digits", 4)]
    assert settings.get("numbers/digits") == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appearance/theme", "pink"),
        ("numbers/digits", 99),
        ("numbers/digits", "4"),
        ("numbers/digits", True),
        ("statistics/conf_level", 1.5),
        ("statistics/conf_level", float("nan")),
        ("statistics/reml", 1),
        ("no/such", 1),
    ],
)
def test_a_wrong_value_is_refused_where_it_is_set(ini: Path, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match="option"):
        Settings(ini).set(name, value)


@given(
    garbage=st.one_of(
        st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3), st.integers(), st.none()
    )
)
def test_whatever_the_file_holds_the_value_is_allowed(garbage: Any) -> None:
    for option in OPTIONS:
        value = option.read(garbage)
        assert type(value) is type(option.default)
        assert option.allows(value)


def test_a_damaged_file_gives_the_defaults(ini: Path) -> None:
    ini.write_bytes(b"\x00\xff[numbers\ndigits=many\n[statistics]\nconf_level=7\nreml=perhaps\n")
    settings = Settings(ini)
    for option in OPTIONS:
        assert settings.get(option.name) == option.default


def test_recent_files_are_the_latest_ten_without_doubles(ini: Path, tmp_path: Path) -> None:
    settings = Settings(ini)
    for i in range(12):
        settings.add_recent(tmp_path / f"{i}.csv")
    settings.add_recent(tmp_path / "5.csv")
    recent = settings.get("files/recent")
    assert recent[0] == str(tmp_path / "5.csv")
    assert len(recent) == len(set(recent)) == 10


def test_tests_do_not_see_the_settings_of_the_person_who_runs_them() -> None:
    store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "MixGUI", "MixGUI")
    assert "pytest" in store.fileName()
