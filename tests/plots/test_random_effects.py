"""Random-effects plots: caterpillar, density, Q-Q."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from plot_frames import caption, effects_frame, has, marks, texts_outside

from mixgui.errors import ModelError
from mixgui.models.density import density_with_reference
from mixgui.plots import (
    PlotStyle,
    caterpillar,
    height_for_names,
    random_effects_density,
    random_effects_qq,
    render,
)
from mixgui.plots.caterpillar import MOST_INTERVALS

TERMS = ("(Intercept)", "Days")


def test_caterpillar_is_ordered_with_its_intervals() -> None:
    frame = effects_frame(terms=TERMS)
    plot = caterpillar(frame, term="Days", factor="school")
    ax = plot.figure.axes[0]
    ordered = frame[frame["term"] == "Days"].sort_values("estimate")
    x, y = marks(ax, "points").get_data()
    np.testing.assert_array_equal(x, ordered["estimate"])
    np.testing.assert_array_equal(y, np.arange(1, 31))
    segments = np.array(marks(ax, "intervals").get_segments())
    np.testing.assert_allclose(segments[:, :, 0], ordered[["conf_low", "conf_high"]])
    assert ax.get_xlabel() == "Random slope of Days"
    assert [hit.label for hit in plot.hits] == list(ordered["level"])


def test_caterpillar_says_what_it_shows() -> None:
    frame = effects_frame()
    plot = caterpillar(frame, factor="school", highlight="S3")
    clear = ((frame["conf_low"] > 0) | (frame["conf_high"] < 0)).sum()
    lowest = frame.loc[frame["estimate"].idxmin(), "level"]
    assert "random intercept of 30 groups of school" in plot.alt_text
    assert f"({lowest}) to " in plot.alt_text
    assert f"intervals of {clear} exclude 0" in plot.alt_text
    assert "S3: " in plot.alt_text
    assert "95 % intervals" in caption(plot)


def test_names_where_they_fit_and_ranks_where_not() -> None:
    frame = effects_frame()
    plot = caterpillar(frame, factor="school", highlight="S3")
    ax = plot.figure.axes[0]
    render(plot, 500, 600)
    ordered = frame.sort_values("estimate")["level"].tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == ordered
    assert ax.get_ylabel() == "school"
    assert not marks(ax, "chosen name").get_visible()
    colours = {label.get_text(): label.get_color() for label in ax.get_yticklabels()}
    assert [name for name, colour in colours.items() if colour == plot.style.colours.accent] == ["S3"]
    render(plot, 500, 220)
    assert ax.get_ylabel() == "school (rank)"
    assert marks(ax, "chosen name").get_visible()
    numbers = [label.get_text() for label in ax.get_yticklabels() if label.get_text()]
    assert numbers
    assert all(number.isdigit() for number in numbers)
    assert {label.get_color() for label in ax.get_yticklabels()} == {plot.style.colours.muted}
    render(plot, 500, 600)
    assert [label.get_text() for label in ax.get_yticklabels()] == ordered


@pytest.mark.parametrize("n", [5, 30, 131])
def test_height_for_names_is_the_height_from_which_they_are_shown(n: int) -> None:
    plot = caterpillar(effects_frame(n), factor="school")
    needed = height_for_names(n)
    ax = plot.figure.axes[0]
    render(plot, 480, round(96 * needed) + 1)
    assert ax.get_ylabel() == "school"
    if n > 5:
        render(plot, 480, round(96 * needed * 0.8))
        assert ax.get_ylabel() == "school (rank)"


def test_names_do_not_overlap() -> None:
    plot = caterpillar(effects_frame(40), factor="school")
    render(plot, 480, round(96 * height_for_names(40)) + 1)
    labels = [label.get_window_extent() for label in plot.figure.axes[0].get_yticklabels()]
    for below, above in pairwise(labels):
        assert above.y0 - below.y0 >= 0.72 * below.height  # of a line of text, letters without gaps


def test_the_chosen_group_is_lit() -> None:
    frame = effects_frame()
    ax = caterpillar(frame, highlight="S3").figure.axes[0]
    mine = frame[frame["level"] == "S3"].iloc[0]
    assert marks(ax, "chosen").get_xdata()[0] == mine["estimate"]
    segment = marks(ax, "chosen interval").get_segments()[0]
    np.testing.assert_allclose(segment[:, 0], [mine["conf_low"], mine["conf_high"]])


def test_very_many_groups_are_thinned_and_the_chosen_one_is_kept() -> None:
    frame = effects_frame(10_000)
    plot = caterpillar(frame, highlight="S77")
    ax = plot.figure.axes[0]
    x, _ = marks(ax, "points").get_data()
    assert MOST_INTERVALS <= len(x) <= MOST_INTERVALS + 1
    assert frame.loc[77, "estimate"] in x
    assert {frame["estimate"].min(), frame["estimate"].max()} <= set(x)
    assert f"{len(x):,} of them drawn" in caption(plot)
    assert "10,000 groups" in plot.alt_text


def test_variance_zero_and_missing_intervals_can_be_drawn() -> None:
    flat = effects_frame().assign(estimate=0.0, conf_low=0.0, conf_high=0.0)
    assert "intervals of 0 exclude 0" in caterpillar(flat, highlight="S3").alt_text
    gone = effects_frame().assign(conf_low=np.nan, conf_high=np.nan)
    assert render(caterpillar(gone, highlight="S3"), 300, 200).rgba.std() > 0


def test_density_has_one_panel_a_term() -> None:
    frame = effects_frame(terms=TERMS)
    plot = random_effects_density(frame, factor="school", highlight="S3")
    assert [ax.get_xlabel() for ax in plot.figure.axes] == ["Random intercept", "Random slope of Days"]
    for index, (ax, term) in enumerate(zip(plot.figure.axes, TERMS, strict=True)):
        mine = frame[frame["term"] == term]
        expected = density_with_reference(mine["estimate"])
        np.testing.assert_allclose(marks(ax, "line").get_ydata(), expected["density"])
        rug = [segment[0][0] for segment in marks(ax, "rug").get_segments()]
        np.testing.assert_allclose(rug, mine["estimate"])
        chosen = mine.loc[mine["level"] == "S3", "estimate"].item()
        assert marks(ax, "chosen").get_xdata()[0] == chosen
        hits = [(h.x, h.label) for h in plot.hits if h.axes_index == index]
        assert hits == list(zip(mine["estimate"], mine["level"], strict=True))
    assert "Random slope of Days of 30 groups: SD " in plot.alt_text


def test_terms_can_be_chosen() -> None:
    plot = random_effects_density(effects_frame(terms=TERMS), terms=["Days"])
    assert [ax.get_xlabel() for ax in plot.figure.axes] == ["Random slope of Days"]


def test_qq_panels() -> None:
    frame = effects_frame(terms=TERMS)
    plot = random_effects_qq(frame, factor="school", highlight="S3")
    for index, (ax, term) in enumerate(zip(plot.figure.axes, TERMS, strict=True)):
        mine = frame[frame["term"] == term].sort_values("estimate")
        np.testing.assert_allclose(marks(ax, "points").get_ydata(), mine["estimate"])
        assert [h.label for h in plot.hits if h.axes_index == index] == list(mine["level"])
        assert marks(ax, "chosen").get_ydata()[0] == mine.loc[mine["level"] == "S3", "estimate"].item()
        assert ax.get_ylabel() in ("Random intercept", "Random slope of Days")


def test_a_term_without_variance_says_so_beside_the_others() -> None:
    frame = effects_frame(terms=TERMS)
    frame.loc[frame["term"] == "Days", "estimate"] = 0.0
    for make in (random_effects_density, random_effects_qq):
        plot = make(frame)
        assert has(plot.figure.axes[0], "line")
        (sentence,) = [text.get_text() for text in plot.figure.axes[1].texts]
        assert "All 30 values are equal" in sentence
        assert "Random slope of Days: All 30 values are equal" in plot.alt_text


@pytest.mark.parametrize("make", [random_effects_density, random_effects_qq])
def test_refusals_are_sentences(make) -> None:
    with pytest.raises(ModelError, match="at least 3 values are needed, and there are two"):
        make(effects_frame(2))
    with pytest.raises(ModelError, match="All 30 values are equal"):
        make(effects_frame().assign(estimate=0.0))
    with pytest.raises(ModelError, match="no random effects of Day"):
        make(effects_frame(terms=TERMS), terms=["Day"])
    with pytest.raises(ModelError, match="no random effects to draw"):
        make(effects_frame().iloc[:0])


def test_caterpillar_refuses_an_absent_term() -> None:
    with pytest.raises(ModelError, match="no random effects of Days") as caught:
        caterpillar(effects_frame(), term="Days")
    assert "(Intercept)" in caught.value.hint


def test_long_names_stay_inside() -> None:
    frame = effects_frame(12)
    frame["level"] = frame["level"] + " $x_{2}$ of the very long name of a school in Łódź"
    highlight = frame["level"].iloc[3]
    style = PlotStyle(dark=True)
    for make in (caterpillar, random_effects_density, random_effects_qq):
        plot = make(frame, factor="school", highlight=highlight, style=style)
        for size in ((320, 240), (640, 400)):
            render(plot, *size)
            assert texts_outside(plot) == [], (make.__name__, size)


@pytest.mark.parametrize("spread", [0.3, 0.7, 2.0, 30.0, 4e5])
def test_numbers_below_narrow_panels_stand_apart(spread: float) -> None:
    frame = effects_frame(terms=("(Intercept)", "a", "b"))
    frame["estimate"] *= spread
    plot = random_effects_density(frame)
    render(plot, 320, 240)
    for ax in plot.figure.axes:
        low, high = ax.get_xlim()
        shown = [
            t.label1.get_window_extent() for t in ax.xaxis.get_major_ticks() if low <= t.get_loc() <= high
        ]
        assert shown
        assert all(a.x1 < b.x0 for a, b in pairwise(shown))


def test_effects_of_a_fit(reference_dir) -> None:
    from mixgui.models import fit
    from mixgui.models.diagnostics import random_effects_frame

    data = pd.read_csv(reference_dir / "data" / "sleepstudy.csv")
    model = fit("Reaction ~ Days + (Days | Subject)", data)
    frame = random_effects_frame(model, "Subject")
    plot = caterpillar(frame, term="Days", factor="Subject", highlight="308")
    assert "18 groups of Subject" in plot.alt_text
    assert "308: 9.2" in plot.alt_text  # lme4: 9.199
    assert len(random_effects_density(frame).figure.axes) == 2
