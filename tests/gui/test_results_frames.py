from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from mixgui.gui.card_model import CardModel, fraction_length
from mixgui.gui.ols_groups_view import wide
from mixgui.gui.results_frames import interval_headings, make_frames
from mixgui.models import fit
from mixgui.models.diagnostics import ols_by_group


@pytest.fixture(scope="module")
def sleepstudy(reference_dir: Path) -> pd.DataFrame:
    return pd.read_csv(reference_dir / "data" / "sleepstudy.csv")


def test_the_table_of_random_effects_is_lme4s(sleepstudy: pd.DataFrame, load_reference: Any) -> None:
    """Conditional modes, their SDs and coef() of lme4, a row a group."""
    wanted = next(
        one
        for one in load_reference("sleepstudy")["models"]
        if one["kind"] == "lmm"
        and one["REML"]
        and one["formula"].replace(" ", "") == "Reaction~Days+(Days|Subject)"
    )
    frames = make_frames(fit("Reaction ~ Days + (Days | Subject)", sleepstudy), 0.95)
    table = frames.random["Subject"]
    assert table.terms == ("(Intercept)", "Days")
    ranef = next(one for one in wanted["ranef"] if one["group"] == "Subject")
    assert table.frame.index.tolist() == [str(level) for level in ranef["levels"]]
    modes = table.frame[["estimate (Intercept)", "estimate Days"]].to_numpy()
    assert modes == pytest.approx(np.array(ranef["values"], dtype=float), abs=1e-3)
    sds = table.frame[["std_error (Intercept)", "std_error Days"]].to_numpy()
    assert sds == pytest.approx(np.array(ranef["cond_sd"], dtype=float), rel=1e-3)
    beta = {one["term"]: one["estimate"] for one in wanted["fixef"]}
    own = table.frame["own Days"] - table.frame["estimate Days"]
    assert own.to_numpy() == pytest.approx(beta["Days"], rel=1e-5)


def test_a_mixed_model_has_no_p_and_an_ordinary_one_has(sleepstudy: pd.DataFrame) -> None:
    mixed = make_frames(fit("Reaction ~ Days + (1 | Subject)", sleepstudy), 0.95)
    assert list(mixed.fixed) == ["term", "estimate", "std_error", "statistic", "conf_low", "conf_high"]
    assert mixed.variance is not None
    assert mixed.variance["share"].sum() == pytest.approx(1)
    ordinary = make_frames(fit("Reaction ~ Days", sleepstudy), 0.95)
    assert {"df", "p_value"} <= set(ordinary.fixed)
    assert ordinary.variance is None
    assert ordinary.random == {}


def test_uncorrelated_slopes_are_one_table(sleepstudy: pd.DataFrame) -> None:
    frames = make_frames(fit("Reaction ~ Days + (Days || Subject)", sleepstudy), 0.9)
    assert list(frames.random) == ["Subject"]
    assert frames.random["Subject"].terms == ("(Intercept)", "Days")
    assert len(frames.random["Subject"].frame) == 18


def test_regressions_by_group_are_a_row_each(sleepstudy: pd.DataFrame) -> None:
    table = wide(ols_by_group("Reaction ~ Days", sleepstudy, "Subject"))
    assert table.shape[0] == 18
    one = sleepstudy[sleepstudy["Subject"] == 308]
    slope, intercept = np.polyfit(one["Days"], one["Reaction"], 1)
    assert table.loc["308", "estimate Days"] == pytest.approx(slope)
    assert table.loc["308", "estimate (Intercept)"] == pytest.approx(intercept)
    assert "reason" not in table
    small = pd.concat([sleepstudy, sleepstudy.iloc[:1].assign(Subject=999)])
    short = wide(ols_by_group("Reaction ~ Days", small, "Subject"))
    assert "only 1 row" in short.loc["999", "reason"]
    assert short["reason"].notna().sum() == 1


def test_headings_tell_the_level() -> None:
    assert interval_headings(0.9)["conf_low"] == "90\N{NO-BREAK SPACE}% lower"
    assert interval_headings(0.999)["conf_high"] == "99.9\N{NO-BREAK SPACE}% upper"


@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=130),
    whole=st.booleans(),
)
def test_decimal_marks_are_aligned_on_the_longest_fraction_of_all_rows(
    values: list[float], whole: bool, qapp: QtBot
) -> None:
    frame = pd.DataFrame({"estimate": values, "df": np.round(values) if whole else values}).astype(float)
    model = CardModel()
    model.set_frame(frame, None, None)
    for column in range(2):
        longest = max(fraction_length(model.text(row, column)) for row in range(len(values)))
        assert model.fraction(column) == longest
