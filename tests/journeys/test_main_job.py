"""The main job with mouse and keyboard in the real window: two files, join, models, plots, things to take away."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from mixgui.gui.plot_panel import PlotPanel
from mixgui.models import fit

from .traveller import CONTROL, Traveller


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def open_and_join(user: Traveller, left: Path, right: Path) -> None:
    user.drop(left, right)
    user.wait(lambda: len(user.session.document.tables) == 2)
    user.rest()
    user.key(Qt.Key.Key_J, CONTROL)
    user.wait(lambda: user.sees("join_run") and user.find("join_run").isEnabled())
    user.click("join_run")
    user.wait(lambda: len(user.session.document.tables) == 3)
    user.rest()
    user.key(Qt.Key.Key_3, CONTROL)


def full_precision(user: Traveller, card: str) -> list[list[str]]:
    """What "Copy" of a table's corner menu puts on the clipboard."""
    user.action(f"{card}_copy")
    return [line.split("\t") for line in QApplication.clipboard().text().splitlines()]


def copied(user: Traveller, card: str, key: str, column: str) -> float:
    head, *rows = full_precision(user, card)
    row = next(row for row in rows if key in row)
    return float(row[head.index(column)])


@pytest.fixture
def netherlands(traveller: Traveller, reference_dir: Path) -> Traveller:
    folder = reference_dir / "data"
    open_and_join(traveller, folder / "netherlands-students.csv", folder / "netherlands-schools.csv")
    return traveller


def test_pupils_in_schools(netherlands: Traveller, tmp_path: Path) -> None:
    user = netherlands
    assert "2,287 rows × 13 columns" in user.text("active_table")

    # Ordinary regression: the notes' 40.93 + 2.65.
    user.fit("language_post ~ 1 + verbal_iq")
    assert number(user.row("fixed_effects_table", "(Intercept)")["Estimate"]) == pytest.approx(
        40.93, abs=0.01
    )
    assert number(user.row("fixed_effects_table", "verbal_iq")["Estimate"]) == pytest.approx(2.65, abs=0.01)

    # One school alone: 39.79 + 2.24.
    user.tab("results_tabs", "OLS per group")
    user.choose("ols_group", "school_id")
    user.click("ols_groups_fit")
    user.rest()
    school = user.row("ols_groups_table", "1")
    assert number(school["(Intercept)"]) == pytest.approx(39.79, abs=0.01)
    assert number(school["verbal_iq"]) == pytest.approx(2.24, abs=0.01)

    # The mixed model, to the digits of the notes.
    user.fit("language_post ~ 1 + verbal_iq + (1 | school_id)")
    assert "REML" in user.text("results_title")
    assert "2,287" in user.text("results_facts")
    assert "131" in user.text("results_facts")
    user.tab("results_tabs", "Fixed effects")
    assert copied(user, "fixed_effects", "(Intercept)", "Estimate") == pytest.approx(40.608232, abs=1e-6)
    assert copied(user, "fixed_effects", "verbal_iq", "Estimate") == pytest.approx(2.487591, abs=1e-6)
    user.tab("results_tabs", "Random effects")
    notes = {"1": -0.37573940, "2": -6.04469893, "10": -3.66481710, "12": -2.91463441, "15": -5.74351132}
    for school_id, effect in notes.items():
        assert copied(user, "random_effects", school_id, "Random (Intercept)") == pytest.approx(
            effect, abs=1e-4
        )

    # A group chosen in the table is lit everywhere, and its equation is written.
    user.type("random_effects_search", "15")
    user.click_row("random_effects_table", "15")
    assert user.session.selection.level == "15"
    user.rest()
    panels = [p for p in user.window.findChildren(PlotPanel) if p.isVisible()]
    assert panels
    assert any("15" in panel.description for panel in panels)
    user.tab("results_tabs", "Groups")
    assert "34.86" in user.text("group_equation")  # 40.608 - 5.744

    # Take a plot and a table away.
    plot = tmp_path / "residuals.png"
    panels[0].save_action.trigger()
    user.type("plot_export_path", str(plot))
    user.click("plot_export_save")
    user.wait(plot.exists)
    user.rest()
    assert plot.read_bytes().startswith(b"\x89PNG")
    user.action("fixed_effects_copy")
    assert "<table" in QApplication.clipboard().mimeData().html()

    # Undo goes back to the regression with its result, redo to the mixed model with its.
    user.key(Qt.Key.Key_Z, CONTROL)
    user.rest()
    assert "REML" not in user.text("results_title")
    user.key(Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    user.rest()
    assert "REML" in user.text("results_title")
    assert not user.refusals


def test_players_in_teams(traveller: Traveller, reference_dir: Path) -> None:
    user = traveller
    folder = reference_dir / "data"
    open_and_join(user, folder / "nba-player-data.csv", folder / "nba-team-data.csv")
    user.fit("life_satisfaction ~ 1 + success + (1 | team)")
    assert copied(user, "fixed_effects", "(Intercept)", "Estimate") == pytest.approx(11.574601, abs=1e-5)
    assert copied(user, "fixed_effects", "success", "Estimate") == pytest.approx(1.666015, abs=1e-5)
    user.tab("results_tabs", "Random effects")
    for team, effect in {"Minnesota Timberwolves": 3.662, "Phoenix Suns": -6.134}.items():
        assert copied(user, "random_effects", team, "Random (Intercept)") == pytest.approx(effect, abs=1e-3)


def test_clicks_build_the_same_model(netherlands: Traveller) -> None:
    """Outcome, predictor and random term without typing a formula."""
    user = netherlands
    user.type("formula_edit", "language_post ~ 1")
    user.rest()
    user.type("formula_edit", "language_post ~ 1 + verbal_iq + (1 | school_id)")
    user.click("random_slope_verbal_iq")
    user.rest()
    text = user.find("formula_edit").toPlainText()  # type: ignore[attr-defined]
    assert text == "language_post ~ 1 + verbal_iq + (1 + verbal_iq | school_id)"
    user.click("fit_button")
    user.rest()
    assert "REML" in user.text("results_title")
    assert copied(user, "fixed_effects", "verbal_iq", "Estimate") == pytest.approx(2.5270, abs=1e-4)  # lme4


def test_a_mistake_is_marked_and_nothing_is_lost(netherlands: Traveller) -> None:
    user = netherlands
    user.fit("language_post ~ 1 + verbal_iq + (1 | school_id)")
    title = user.text("results_title")
    user.type("formula_edit", "language_post ~ verbal_IQ + (1 | school_id")
    user.rest()
    assert user.text("formula_message")
    user.key(Qt.Key.Key_Return, CONTROL, "formula_edit")
    user.rest()
    assert user.text("results_title") == title  # the last good result stays
    assert user.find("formula_edit").toPlainText().endswith("school_id")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (bytes(range(256)) * 20, "text"),
    ],
)
def test_bad_files_get_a_sentence(traveller: Traveller, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    traveller.drop(path)
    traveller.rest()
    assert not traveller.session.document.tables
    assert words in traveller.text("message_text")
    assert "Traceback" not in traveller.text("message_text")


TABLE = ["row,g,one,x,x2,huge,endless,y,constant"] + [
    f"{i},{i % 6},a,{i % 5},{2 * (i % 5)},{1e8 + i % 7},{'Inf' if i == 3 else i},{(i * 7) % 11 + i % 6},3"
    for i in range(24)
]


def fit_to_table(user: Traveller, folder: Path, formula: str) -> None:
    path = folder / "table.csv"
    path.write_text("\n".join(TABLE) + "\n", encoding="utf-8")
    user.drop(path)
    user.wait(lambda: len(user.session.document.tables) == 1)
    user.rest()
    user.key(Qt.Key.Key_3, CONTROL)
    user.fit(formula)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("constant ~ x + (1 | g)", "nothing to explain"),
        ("y ~ x + (1 | one)", "one"),
        ("y ~ x + (1 | row)", "row"),
    ],
)
def test_models_that_cannot_be_fitted(traveller: Traveller, tmp_path: Path, formula: str, words: str) -> None:
    fit_to_table(traveller, tmp_path, formula)
    assert words in traveller.text("message_text")
    assert "Traceback" not in traveller.text("message_text")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("y ~ x + x2 + (1 | g)", "x2"),  # follows from x: left out and named
        ("y ~ endless + (1 | g)", "endless"),  # one infinite value: its row is left out
        ("y ~ huge + (1 | g)", ""),  # values of 1e8 + 0..6 are nothing special
    ],
)
def test_odd_predictors_are_fitted_and_noted(
    traveller: Traveller, tmp_path: Path, formula: str, words: str
) -> None:
    fit_to_table(traveller, tmp_path, formula)
    assert "REML" in traveller.text("results_title")
    notes = " ".join(label.text() for label in traveller.find("results_view").findChildren(QLabel))
    assert words in notes
    if not words:
        plain = pd.DataFrame(
            {"y": [(i * 7) % 11 + i % 6 for i in range(24)], "x": [i % 7 for i in range(24)]}
        )
        plain["g"] = [i % 6 for i in range(24)]
        expected = fit("y ~ x + (1 | g)", plain).tidy().set_index("term").loc["x", "estimate"]
        assert copied(traveller, "fixed_effects", "huge", "Estimate") == pytest.approx(expected, rel=1e-6)
