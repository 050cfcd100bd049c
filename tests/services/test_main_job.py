"""The services together with the real rooms below them: files to tables to fits, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mixgui.data.steps import Join
from mixgui.models.spec import ModelSpec
from mixgui.services.document import Document
from mixgui.services.model_service import ModelService
from mixgui.services.worker import Worker

# The notes' optimiser stopped early in the 8th digit.
NOTES_TOLERANCE = 1e-4


class App:
    def __init__(self, qtbot: Any) -> None:
        self.qtbot = qtbot
        self.worker = Worker()
        self.document = Document(self.worker)
        self.models = ModelService(self.document, self.worker)
        self.errors: list[str] = []
        self.document.failed.connect(lambda error: self.errors.append(str(error)))
        self.models.failed.connect(lambda _, error: self.errors.append(str(error)))
        self.worker.crashed.connect(self.errors.append)

    def idle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.worker.busy, timeout=60_000)

    def fit(self, formula: str, table: str) -> Any:
        model = self.document.add_model(ModelSpec.from_text(formula, table=table))
        self.models.fit(model)
        self.idle()
        assert self.errors == []
        return self.models.result(model)


@pytest.fixture
def app(qapp: Any, qtbot: Any) -> Iterator[App]:
    app = App(qtbot)
    yield app
    app.worker.shutdown()


def estimates(fit: Any) -> list[float]:
    return [float(value) for value in fit.tidy()["estimate"]]


def test_the_notes_numbers_of_the_netherlands(app: App, reference_dir: Path) -> None:
    data = reference_dir / "data"
    app.document.open_files([data / "netherlands-students.csv", data / "netherlands-schools.csv"])
    app.document.run_step(
        Join("netherlands-students", "netherlands-schools", (("school_id", "school_id"),), "joined")
    )
    app.idle()
    assert app.errors == []
    assert list(app.document.tables) == ["netherlands-students", "netherlands-schools", "joined"]
    assert app.document.tables["joined"].frame.shape[0] == 2287
    assert [app.document.undo_stack.text(i) for i in range(3)] == [
        "Open netherlands-students.csv",
        "Open netherlands-schools.csv",
        "Join netherlands-students with netherlands-schools",
    ]
    ols = app.fit("language_post ~ verbal_iq", "joined")
    assert estimates(ols) == pytest.approx([40.93, 2.65], abs=0.005)
    mixed = app.fit("language_post ~ verbal_iq + (1 | school_id)", "joined")
    assert estimates(mixed) == pytest.approx([40.608232, 2.487591], abs=NOTES_TOLERANCE)
    modes = mixed.tidy(effects="ran_vals").set_index("level")["estimate"]
    modes.index = modes.index.astype(str)
    expected = {"1": -0.37573940, "2": -6.04469893, "10": -3.66481710, "12": -2.91463441, "15": -5.74351132}
    for school, mode in expected.items():
        assert modes[school] == pytest.approx(mode, abs=NOTES_TOLERANCE)


def test_the_notes_numbers_of_the_nba(app: App, reference_dir: Path) -> None:
    data = reference_dir / "data"
    app.document.open_files([data / "nba-player-data.csv", data / "nba-team-data.csv"])
    app.idle()
    players, teams = app.document.tables
    app.document.run_step(Join(players, teams, (("team", "team"),), "joined"))
    app.idle()
    assert app.errors == []
    fit = app.fit("life_satisfaction ~ 1 + success + (1 | team)", "joined")
    assert estimates(fit) == pytest.approx([11.574601, 1.666015], abs=NOTES_TOLERANCE)
    modes = fit.tidy(effects="ran_vals").set_index("level")["estimate"]
    timberwolves = next(name for name in modes.index if "Timberwolves" in name)
    suns = next(name for name in modes.index if "Suns" in name)
    assert modes[timberwolves] == pytest.approx(3.662, abs=1e-3)
    assert modes[suns] == pytest.approx(-6.134, abs=1e-3)


@pytest.fixture
def two_tables(app: App, tmp_path: Path) -> App:
    (tmp_path / "rows.csv").write_text("g,x,y\n1,1,2\n1,2,3\n2,1,5\n2,3,4\n", encoding="utf-8")
    (tmp_path / "groups.csv").write_text("g,z\n1,10\n2,20\n", encoding="utf-8")
    app.document.open_files([tmp_path / "rows.csv", tmp_path / "groups.csv"])
    app.idle()
    return app


def test_a_file_that_is_opened_twice_gets_another_name(two_tables: App, tmp_path: Path) -> None:
    two_tables.document.open_files([tmp_path / "rows.csv", tmp_path / "rows.csv"])
    two_tables.idle()
    assert list(two_tables.document.tables) == ["rows", "groups", "rows 2", "rows 3"]


def test_a_renamed_table_keeps_its_models(two_tables: App) -> None:
    app = two_tables
    model = app.document.add_model(ModelSpec.from_text("y ~ x", table="rows"))
    app.document.rename_table("rows", " pupils ")
    app.idle()
    assert list(app.document.tables) == ["pupils", "groups"]
    assert app.document.project.model(model).spec.table == "pupils"
    app.models.fit(model)
    app.idle()
    assert app.models.result(model) is not None
    app.document.undo_stack.undo()
    assert list(app.document.tables) == ["rows", "groups"]
    assert app.document.project.model(model).spec.table == "rows"
    assert app.errors == []


@pytest.mark.parametrize(("name", "words"), [("groups", "already"), ("", "needs a name")])
def test_a_table_name_is_refused(two_tables: App, name: str, words: str) -> None:
    assert two_tables.document.rename_table("rows", name) is None
    assert words in two_tables.errors[0]


def test_a_table_that_models_use_is_not_removed(two_tables: App) -> None:
    app = two_tables
    app.document.add_model(ModelSpec.from_text("y ~ x", table="rows"))
    assert app.document.remove_table("rows") is None
    assert "“A”" in app.errors[0]
    app.document.remove_table("groups")
    app.idle()
    assert list(app.document.tables) == ["rows"]
    app.document.undo_stack.undo()
    assert list(app.document.tables) == ["rows", "groups"]


def test_bad_files_are_sentences_and_good_ones_are_opened_all_the_same(app: App, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "good.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    names = ["empty.csv", "binary.csv", "missing.csv", "good.csv"]
    app.document.open_files([tmp_path / name for name in names])
    app.idle()
    assert list(app.document.tables) == ["good"]
    assert len(app.errors) == 3
    assert not any("Traceback" in error or "Error" in error for error in app.errors)


def test_notes_about_a_file_are_told(app: App, tmp_path: Path) -> None:
    (tmp_path / "doubtful.csv").write_text("a,a\n1,2\n3,4\n", encoding="utf-8")
    told: list[Any] = []
    app.document.step_notes.connect(lambda table, notes: told.append((table, notes)))
    app.document.open_files([tmp_path / "doubtful.csv"])
    app.idle()
    assert told[0][0] == "doubtful"
    assert told[0][1][0].text
