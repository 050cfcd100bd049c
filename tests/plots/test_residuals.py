"""Residual plots: what is drawn is read back from the artists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from plot_frames import caption, has, marks, residual_frame

from mixgui.errors import ModelError
from mixgui.models.density import density_with_reference
from mixgui.models.quantiles import qq_frame
from mixgui.models.smoothers import smooth
from mixgui.plots import Labels, residual_density, residual_qq, residuals_vs_fitted
from mixgui.plots import parts as plot_parts
from mixgui.plots.style import PlotStyle


def test_density_draws_the_frame() -> None:
    frame = residual_frame()
    plot = residual_density(frame)
    ax = plot.figure.axes[0]
    expected = density_with_reference(frame[".resid"])
    x, y = marks(ax, "line").get_data()
    np.testing.assert_allclose(x, expected["x"])
    np.testing.assert_allclose(y, expected["density"])
    corners = marks(ax, "band").get_paths()[0].vertices
    assert corners[:, 1].max() == pytest.approx(expected["upper"].max())
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] > expected[["density", "upper"]].to_numpy().max()


def test_density_says_what_it_shows() -> None:
    frame = residual_frame(2287)
    plot = residual_density(frame, column=".std_resid")
    assert plot.alt_text.startswith("Density of 2,287 standardized residuals: mean ")
    assert "band of a normal sample" in plot.alt_text
    assert plot.figure.axes[0].get_xlabel() == "Standardized residual"
    assert "2,287 residuals" in caption(plot)


def test_a_mean_that_is_rounding_error_is_zero() -> None:
    values = np.random.default_rng(0).normal(size=50)
    plot = residual_density(pd.DataFrame({".resid": values - values.mean()}))
    assert "mean 0, SD" in plot.alt_text


def test_density_marks_the_chosen_group() -> None:
    frame = residual_frame()
    ax = residual_density(frame, group="school", highlight="S3").figure.axes[0]
    at = sorted(segment[0][0] for segment in marks(ax, "chosen").get_segments())
    mine = frame.loc[frame["school"] == "S3", ".resid"]
    np.testing.assert_allclose(at, sorted(mine))
    assert ax.get_title("right") == f"● S3 ({len(mine)} rows)"


@pytest.mark.parametrize("highlight", [None, "no such school"])
def test_nothing_is_lit_when_nothing_is_chosen(highlight: str | None) -> None:
    frame = residual_frame()
    for make in (residual_density, residuals_vs_fitted, residual_qq):
        ax = make(frame, group="school", highlight=highlight).figure.axes[0]
        assert not has(ax, "chosen")
        assert ax.get_title("right") == ""


def test_groups_that_are_numbers_are_named_with_their_factor() -> None:
    frame = residual_frame().assign(school_id=np.tile([12.0, 7.0], 200))
    ax = residuals_vs_fitted(frame, group="school_id", highlight="12").figure.axes[0]
    assert ax.get_title("right") == "● school_id 12 (200 rows)"


def test_fitted_draws_points_zero_line_smoother_and_band() -> None:
    frame = residual_frame()
    plot = residuals_vs_fitted(frame)
    ax = plot.figure.axes[0]
    x, y = marks(ax, "points").get_data()
    np.testing.assert_array_equal(x, frame[".fitted"])
    np.testing.assert_array_equal(y, frame[".resid"])
    assert list(marks(ax, "zero").get_ydata()) == [0, 0]
    expected = smooth(frame[".fitted"], frame[".resid"])
    np.testing.assert_allclose(marks(ax, "line").get_ydata(), expected.frame["fit"])
    corners = marks(ax, "band").get_paths()[0].vertices
    assert corners[:, 1].max() == pytest.approx(expected.frame["upper"].max())
    low, high = ax.get_ylim()
    assert low < y.min()
    assert high > y.max()


@pytest.mark.parametrize(("n", "method"), [(400, "local regression"), (1500, "penalised spline")])
def test_the_smoother_is_named(n: int, method: str) -> None:
    plot = residuals_vs_fitted(residual_frame(n), level=0.9)
    assert f"Line: {method} with 90 % band." in caption(plot)
    assert method in plot.alt_text


def test_chosen_points_and_hits() -> None:
    frame = residual_frame()
    plot = residuals_vs_fitted(frame, group="school", highlight="S3")
    mine = frame[frame["school"] == "S3"]
    x, y = marks(plot.figure.axes[0], "chosen").get_data()
    np.testing.assert_array_equal(x, mine[".fitted"])
    np.testing.assert_array_equal(y, mine[".resid"])
    assert [(h.x, h.y, h.label) for h in plot.hits] == list(
        frame[[".fitted", ".resid", "school"]].itertuples(index=False, name=None)
    )


def test_without_groups_nothing_can_be_picked() -> None:
    assert residuals_vs_fitted(residual_frame()).hits == ()


def test_equal_fitted_values_are_drawn_without_a_smoother() -> None:
    plot = residuals_vs_fitted(residual_frame().assign(**{".fitted": 40.0}))
    ax = plot.figure.axes[0]
    assert has(ax, "points")
    assert not has(ax, "line")
    assert "no smooth line can be drawn" in caption(plot)
    assert "no smooth line can be drawn" in plot.alt_text


def test_many_rows_become_cells_that_count_all_of_them() -> None:
    n = plot_parts.MOST_POINTS + 1
    plot = residuals_vs_fitted(residual_frame(n), group="school", highlight="S3")
    ax = plot.figure.axes[0]
    cells = marks(ax, "cells")
    assert (10 ** cells.get_array()).sum() == pytest.approx(n)
    assert not has(ax, "points")
    assert plot.hits == ()
    assert has(ax, "chosen")
    assert f"Cells: the darker, the more of {n:,} rows." in caption(plot)


def test_rows_without_a_finite_residual_are_counted() -> None:
    frame = residual_frame()
    frame.loc[[0, 5], ".resid"] = [np.nan, np.inf]
    for make in (residual_density, residuals_vs_fitted, residual_qq):
        plot = make(frame, group="school", highlight="S1")
        assert "2 rows without a finite value left out." in caption(plot)
        assert "398" in plot.alt_text
    assert len(residuals_vs_fitted(frame, group="school").hits) == 398


def test_qq_draws_the_frame() -> None:
    frame = residual_frame()
    plot = residual_qq(frame, group="school", highlight="S2")
    ax = plot.figure.axes[0]
    expected = qq_frame(frame[".resid"])
    z, sample = marks(ax, "points").get_data()
    np.testing.assert_allclose(z, expected["theoretical"])
    np.testing.assert_allclose(sample, expected["sample"])
    np.testing.assert_allclose(marks(ax, "line").get_ydata(), expected["line"].iloc[[0, -1]])
    chosen = marks(ax, "chosen").get_ydata()
    np.testing.assert_allclose(chosen, np.sort(frame.loc[frame["school"] == "S2", ".resid"]))
    outside = ((expected["sample"] < expected["lower"]) | (expected["sample"] > expected["upper"])).sum()
    assert f"{outside} of 400 points are outside the 95\xa0% band" in plot.alt_text
    labels = {(round(h.y, 12), h.label) for h in plot.hits}
    assert labels == {(round(y, 12), s) for y, s in zip(frame[".resid"], frame["school"], strict=True)}


def test_large_qq_is_thinned_and_says_so() -> None:
    frame = residual_frame(30_000)
    plot = residual_qq(frame, group="school")
    z, sample = marks(plot.figure.axes[0], "points").get_data()
    assert len(z) <= plot_parts.MOST_QQ_POINTS
    ordered = np.sort(frame[".resid"])
    np.testing.assert_array_equal(sample[:500], ordered[:500])
    np.testing.assert_array_equal(sample[-500:], ordered[-500:])
    assert np.diff(z)[500:-501].max() < 0.01
    assert f"{len(z):,} of 30,000 points drawn: the tails in full." in caption(plot)
    assert len(plot.hits) == len(z)


def test_words_can_be_replaced_or_left_out() -> None:
    plot = residuals_vs_fitted(
        residual_frame(), labels=Labels(title="Schools", x="Predicted", y="", caption="")
    )
    ax = plot.figure.axes[0]
    assert (ax.get_title("left"), ax.get_xlabel(), ax.get_ylabel()) == ("Schools", "Predicted", "")
    assert caption(plot) == ""


@pytest.mark.parametrize("make", [residual_density, residual_qq])
@pytest.mark.parametrize("values", [[1.0, 2.0], [3.0] * 9, [np.nan] * 5])
def test_no_distribution_is_a_sentence(make, values: list[float]) -> None:
    with pytest.raises(ModelError, match=r"are needed|are equal"):
        make(pd.DataFrame({".resid": values}))


def test_no_rows_and_no_column_are_sentences() -> None:
    with pytest.raises(ModelError, match="no residuals"):
        residuals_vs_fitted(pd.DataFrame({".fitted": [], ".resid": []}, dtype=float))
    with pytest.raises(ModelError, match="no column class to draw"):
        residuals_vs_fitted(residual_frame(), group="class")


def test_residuals_of_a_fit(reference_dir) -> None:
    """From a file to pictures, through the models' own frames."""
    from mixgui.models import fit
    from mixgui.models.diagnostics import residual_frame as frame_of

    data = pd.read_csv(reference_dir / "data" / "netherlands-students.csv")
    frame = frame_of(fit("language_post ~ 1 + verbal_iq + (1 | school_id)", data))
    plot = residuals_vs_fitted(frame, group="school_id", highlight="12")
    mine = data["school_id"] == 12
    assert len(marks(plot.figure.axes[0], "chosen").get_xdata()) == mine.sum()
    assert "2,287" in residual_density(frame).alt_text


def test_where_there_is_no_room_the_title_of_an_axis_is_its_first_words() -> None:
    residuals = residual_frame()
    labels = Labels(y="Residual: A long label of the outcome (points)")
    small = residual_qq(residuals, labels=labels, style=PlotStyle(size_inches=(2.4, 1.8)))
    large = residual_qq(residuals, labels=labels, style=PlotStyle(size_inches=(8.0, 6.0)))
    assert small.figure.axes[0].get_ylabel() == "Residual"
    assert large.figure.axes[0].get_ylabel() == "Residual: A long label of the outcome (points)"
