"""The Explore tab in the window: clicks, roles, options, tables and pictures to take away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTreeView

from mixgui.data.dataset import Dataset
from mixgui.gui.explore_choice import BARS, BOX, HISTOGRAM, KINDS, MISSING, SCATTER, SPAGHETTI, Choice
from mixgui.gui.explore_looked import Explored
from mixgui.gui.explore_making import explore
from mixgui.gui.explore_tab import ExploreTab
from mixgui.gui.plot_export_dialog import PlotExport
from mixgui.observer import silent
from mixgui.plots.style import PlotStyle

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def pupils() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    n = 240
    frame = pd.DataFrame(
        {
            "school": np.repeat([f"S{i}" for i in range(24)], 10),
            "year": np.tile(np.arange(2010, 2020), 24),
            "score": rng.normal(50, 10, n),
            "ses": rng.normal(size=n),
            "sector": np.repeat(["public", "private"], n // 2),
            "female": rng.integers(0, 2, n),
        }
    )
    frame.loc[::7, "ses"] = np.nan
    return frame


@pytest.fixture
def tab(app_window: Any, pupils: pd.DataFrame) -> ExploreTab:
    app_window.give(pupils=pupils)
    app_window.trigger("tab_explore")
    found: ExploreTab = app_window.window.explore.tab
    return found


def click(rig: Any, name: str, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Click a variable in the list."""
    view: QTreeView = rig.find("explore_variables")
    model = view.model()
    row = next(r for r in range(model.rowCount()) if model.index(r, 0).data() == name)
    place: QPoint = view.visualRect(model.index(row, 0)).center()
    rig.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifiers, place)
    rig.settle()


def cells(tab: ExploreTab, card: str) -> list[list[str]]:
    model = tab.cards[card].model
    columns = range(model.columnCount())
    return [[model.text(r, c).replace("\xa0", " ") for c in columns] for r in range(model.rowCount())]


def lit(tab: ExploreTab) -> tuple[str, ...]:
    assert tab._explored is not None
    return tab._explored.choice.chosen


def heads(tab: ExploreTab, card: str) -> list[str]:
    model = tab.cards[card].model
    return [str(model.headerData(c, Qt.Orientation.Horizontal)) for c in range(model.columnCount())]


def test_nothing_is_looked_at_until_a_variable_is_clicked(tab: ExploreTab) -> None:
    assert "Click a variable" in tab.panel.sentence
    assert not tab.has_plot
    assert tab.tables.isHidden()
    assert not any(button.isChecked() for button in tab.options._buttons.values())


def test_a_click_shows_the_histogram_and_the_summary(
    app_window: Any, tab: ExploreTab, pupils: pd.DataFrame
) -> None:
    click(app_window, "score")
    assert tab.choice == Choice(HISTOGRAM, ("score",))
    assert tab.panel.image is not None
    assert tab.panel.description.startswith("Histogram of score: 240 rows")
    assert heads(tab, "summary") == ["n", "Missing", "Mean", "SD", "Min", "Q1", "Median", "Q3", "Max"]
    row = cells(tab, "summary")[0]
    assert row[:2] == ["240", "0"]
    assert float(row[2]) == pytest.approx(pupils["score"].mean(), rel=1e-3)
    assert float(row[5]) == pytest.approx(pupils["score"].quantile(0.25), rel=1e-3)


def test_a_second_variable_shows_both_together(app_window: Any, tab: ExploreTab) -> None:
    click(app_window, "score")
    click(app_window, "ses", CTRL)
    assert tab.choice == Choice(SCATTER, ("score",), x="ses")
    assert "score against ses, 205 rows" in tab.panel.description
    app_window.click("explore_swap")
    assert (tab.choice.variable, tab.choice.x) == ("ses", "score")
    click(app_window, "sector")
    assert tab.choice == Choice(BARS, ("sector",))
    assert [row[:3] for row in cells(tab, "frequencies")] == [
        ["private", "120", "50.0 %"],
        ["public", "120", "50.0 %"],
    ]
    click(app_window, "score", CTRL)
    assert tab.choice == Choice(BOX, ("score",), by="sector")
    assert [row[0] for row in cells(tab, "summary")] == ["private", "public"]


def test_time_and_groups_are_seen_as_lines(app_window: Any, tab: ExploreTab) -> None:
    click(app_window, "year")
    click(app_window, "school", CTRL)
    assert tab.choice == Choice(SPAGHETTI, ("score",), x="year", lines="school")
    assert "24 lines, one for each school" in tab.panel.description
    assert len(cells(tab, "summary_by_time")) == 10
    names = [one.objectName() for one in tab.form.pickers.values() if one.isVisible()]
    assert names == [f"explore_{role}" for role in ("variable", "x", "lines", "by", "second")]


def test_roles_and_kinds_are_chosen(app_window: Any, tab: ExploreTab) -> None:
    click(app_window, "score")
    by = app_window.find("explore_by")
    by.setCurrentText("sector")
    by.activated.emit(by.currentIndex())
    app_window.settle()
    assert tab.choice.by == "sector"
    assert "one panel for each sector" in tab.panel.description
    assert tab.form.variables.chosen() == ["score", "sector"]
    for kind in KINDS:
        app_window.click(f"explore_kind_{kind}")
        assert tab.choice.kind == kind
        assert tab.panel.image is not None, kind
        assert any(not card.isHidden() for card in tab.cards.values()), kind
    app_window.click("explore_kind_box")
    assert tab.choice.by == "sector"


def test_options_change_the_picture(app_window: Any, tab: ExploreTab) -> None:
    click(app_window, "score")
    app_window.find("explore_bars").setValue(5)
    app_window.settle()
    assert "in 5 bars" in tab.panel.description
    click(app_window, "ses")
    assert tab.choice.bars == 5  # options stay
    click(app_window, "sector")
    click(app_window, "female", CTRL)
    cross = app_window.find("explore_cross")
    cross.setCurrentIndex(1)
    cross.activated.emit(1)
    app_window.settle()
    rows = cells(tab, "cross_table")
    assert [row[-1] for row in rows] == ["100.0 %"] * 3
    assert heads(tab, "cross_table") == ["sector", "0", "1", "Total"]


def test_each_table_keeps_its_own_view(app_window: Any, tab: ExploreTab, schools: pd.DataFrame) -> None:
    click(app_window, "score")
    app_window.give(other=schools)
    app_window.trigger("tab_explore")
    assert tab.choice == Choice()
    click(app_window, "sector")
    app_window.window.set_table("pupils")
    app_window.settle()
    assert tab.choice == Choice(HISTOGRAM, ("score",))
    assert tab.form.variables.chosen() == ["score"]
    app_window.window.set_table("other")
    app_window.settle()
    assert tab.choice.kind == BARS
    assert "sector" in tab.panel.description


def test_a_table_from_the_side_list_stays_in_this_tab(
    app_window: Any, tab: ExploreTab, schools: pd.DataFrame
) -> None:
    app_window.give(other=schools)
    app_window.trigger("tab_explore")
    app_window.window.side_list.table_chosen.emit("pupils")
    assert app_window.window.tabs.currentWidget() is tab
    assert tab.table == "pupils"


def test_a_clicked_line_is_the_chosen_group_everywhere(app_window: Any, tab: ExploreTab) -> None:
    selection = app_window.session.selection
    app_window.click("explore_kind_spaghetti")
    rendered = tab.panel.picture.rendered
    assert rendered is not None
    hit = next(one for one in rendered.hits if one.label == "S5")
    tab.panel.picked.emit(hit.label)
    app_window.settle()
    assert (selection.factor, selection.level) == ("school", "S5")
    assert lit(tab) == ("S5",)
    tab._light(["S1", "S2"])
    app_window.settle()
    assert tab.choice.chosen == ("S1", "S2")
    assert lit(tab) == ("S1", "S2", "S5")


def test_picture_and_table_are_taken_away(app_window: Any, tab: ExploreTab, tmp_path: Path) -> None:
    assert not app_window.window.actions_by_id["export_plot"].isEnabled()
    click(app_window, "score")
    assert app_window.window.actions_by_id["export_plot"].isEnabled()
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        path = tmp_path / f"plot.{kind}"
        tab.panel.save(PlotExport(path, kind, (5.0, 4.0), 100))  # type: ignore[arg-type]
        app_window.settle()
        assert path.read_bytes().startswith(start)
    tab.cards["summary"].copy()
    assert QGuiApplication.clipboard().text().startswith("n\tMissing\tMean")
    QGuiApplication.clipboard().clear()
    tab.copy_current()
    app_window.settle()
    assert not QGuiApplication.clipboard().image().isNull()


def test_the_search_field_and_enter_are_enough(app_window: Any, tab: ExploreTab) -> None:
    field = app_window.find("explore_variable_search")
    app_window.qtbot.keyClicks(field, "ses")
    app_window.qtbot.keyClick(field, Qt.Key.Key_Return)
    app_window.settle()
    assert tab.choice == Choice(HISTOGRAM, ("ses",))


# --- what is made, beside pandas and for odd columns ---


def look(frame: pd.DataFrame, choice: Choice) -> Explored:
    found = explore(Dataset.from_frame("t", frame), choice, silent)
    if found.plot is not None:
        plot = found.plot.make(PlotStyle(size_inches=(5, 3)))
        assert plot.alt_text
    return found


@pytest.fixture
def odd() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 900
    return pd.DataFrame(
        {
            "constant": 3,
            "nothing": np.full(n, np.nan),
            "no words": pd.Series([None] * n, dtype=object),
            "many": [f"category {i}" for i in rng.integers(0, 300, n)],
            "infinite": np.where(np.arange(n) == 5, np.inf, rng.normal(size=n)),
            "long name " * 12: rng.normal(size=n),
            "when": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "yes": rng.random(n) < 0.3,
            "mean": rng.integers(0, 4, n),
        }
    )


@pytest.mark.parametrize("kind", [HISTOGRAM, BOX, BARS])
def test_every_column_of_any_kind_has_a_picture_or_a_sentence(odd: pd.DataFrame, kind: str) -> None:
    for name in odd.columns:
        one = Dataset.from_frame("t", odd[[name]]).variables[0]
        if not KINDS[kind].roles[0].fits(one):
            continue
        for by in ("", "many", "yes", "mean"):
            found = look(odd, Choice(kind, (name,), by=by if by != name else ""))
            assert found.plot is not None or found.sentence.endswith("."), (name, by)
            assert found.tables


@pytest.mark.parametrize("kind", [SCATTER, SPAGHETTI])
def test_pairs_of_odd_columns(odd: pd.DataFrame, kind: str) -> None:
    numbers = ["constant", "nothing", "infinite", "mean"]
    for name in numbers:
        for x in [*numbers, "when"]:
            found = look(odd, Choice(kind, (name,), x=x, lines="many", by="yes"))
            assert found.plot is not None or found.sentence.endswith("."), (name, x)


def test_a_column_called_mean_groups_without_harm(odd: pd.DataFrame) -> None:
    found = look(odd, Choice(BOX, ("infinite",), by="mean"))
    frame = found.tables[0].frame
    assert frame["by mean"].tolist() == ["0", "1", "2", "3"]
    finite = odd[np.isfinite(odd["infinite"])]
    expected = finite.groupby("mean")["infinite"].median()
    np.testing.assert_allclose(frame["q50"], expected, atol=0.02)


def test_missing_cells_are_told(odd: pd.DataFrame) -> None:
    found = look(odd, Choice(MISSING))
    table = found.tables[0].frame.set_index("variable")
    assert table.loc["nothing", "missing"] == 900
    assert found.tables[1].frame["missing_columns"].tolist() == ["nothing, no words"]
    whole = look(odd[["constant", "mean"]], Choice(MISSING))
    assert whole.plot is None
    assert whole.sentence == "No cell of this table is missing."


def test_empty_tables_and_empty_roles(odd: pd.DataFrame) -> None:
    for kind in (HISTOGRAM, BOX, BARS):
        assert look(odd.iloc[:0], Choice(kind, ("constant",))).sentence
    assert look(odd, Choice(SCATTER, ("mean",))).sentence == "Choose a variable for “Horizontal”."
    assert look(odd.iloc[:0], Choice(MISSING)).plot is None


def test_a_mean_over_very_many_times_is_smooth() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"id": np.repeat(np.arange(30), 20), "time": rng.uniform(0, 10, 600)})
    frame["y"] = frame["time"] ** 2 + rng.normal(size=600)
    made = look(frame, Choice(SPAGHETTI, ("y",), x="time", lines="id"))
    assert made.plot is not None
    plot = made.plot.make(PlotStyle(size_inches=(8, 5)))
    line = next(one for one in plot.figure.axes[0].lines if one.get_gid() == "mean 0")
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    np.testing.assert_allclose(y, x**2, atol=1.0)
    assert "mean over time (local regression)" in " ".join(text.get_text() for text in plot.figure.texts)


def test_a_table_that_is_gone_is_not_kept(app_window: Any, tab: ExploreTab) -> None:
    click(app_window, "score")
    app_window.trigger("tab_data")
    app_window.trigger("remove_table")
    assert tab._loaded is None
    assert tab._explored is None


def test_large_tables_are_sampled_and_say_so() -> None:
    rng = np.random.default_rng(1)
    n = 60_000
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "y": rng.normal(size=n),
            "kind": rng.choice(list("ab"), n),
            "id": np.repeat(np.arange(3000), 20),
            "time": np.tile(np.arange(20), 3000),
        }
    )

    def words(choice: Choice) -> str:
        made = look(frame, choice).plot
        assert made is not None
        plot = made.make(PlotStyle(size_inches=(8, 5)))
        return " ".join(text.get_text() for text in plot.figure.texts).replace("\n", " ")

    assert "20,000 of 60,000 rows drawn." in words(Choice(SCATTER, ("y",), x="x", by="kind"))
    assert "the more of 60,000 rows" in words(Choice(SCATTER, ("y",), x="x"))
    lines = words(Choice(SPAGHETTI, ("y",), x="time", lines="id"))
    assert "1,000 of 3,000 lines drawn; the mean is of all." in lines
    assert "the 40" in words(Choice(BARS, ("id",))).lower()
