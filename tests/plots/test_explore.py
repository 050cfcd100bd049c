"""Pictures of data, read back: bars, boxes, points, lines and cells are where the numbers are."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from plot_frames import caption, marks, texts_outside

from mixgui.data.categories import as_categories
from mixgui.data.distributions import box_of, histogram
from mixgui.data.profiles import mean_profile, profile_lines
from mixgui.errors import ModelError
from mixgui.plots import explore_distributions as dist
from mixgui.plots.explore_missing import missing_pattern
from mixgui.plots.explore_profiles import spaghetti
from mixgui.plots.explore_scatter import scatter
from mixgui.plots.plot import Plot
from mixgui.plots.render import render, to_bytes
from mixgui.plots.style import PlotStyle

RNG = np.random.default_rng(4)
LONG = "A very long name of a category that has no room anywhere " * 2


def patches(ax: Axes, gid: str) -> list[Any]:
    return [patch for patch in ax.patches if patch.get_gid() == gid]


def bar_frame(values: np.ndarray, panel: int = 0, breaks: np.ndarray | None = None) -> pd.DataFrame:
    found = histogram(values, breaks=breaks)
    return pd.DataFrame(
        {"panel": panel, "left": found.breaks[:-1], "right": found.breaks[1:], "count": found.counts}
    )


def box_frame(groups: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = []
    for name, values in groups.items():
        box = box_of(values)
        five = [np.nan] * 5 if box is None else [box.low, box.lower, box.median, box.upper, box.high]
        rows.append([name, 0 if box is None else box.n, *five])
    return pd.DataFrame(rows, columns=["name", "n", "low", "lower", "median", "upper", "high"])


def no_points() -> pd.DataFrame:
    return pd.DataFrame({"place": [], "value": []})


def looks_well(plot: Plot) -> None:
    """In every size and theme no text leaves the figure; the description is a sentence."""
    for width, height in ((760, 420), (420, 260), (300, 200)):
        render(plot, width, height)
        assert not texts_outside(plot), (width, height)
    dark = plot.in_style(PlotStyle(dark=True, size_inches=(6, 4)))
    render(dark, 600, 400, 2.0)
    assert not texts_outside(dark, 3.0)
    assert plot.alt_text.endswith(".")
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        assert to_bytes(plot, kind, (5.0, 3.5), 80).startswith(start)  # type: ignore[arg-type]


def test_bars_of_a_histogram_are_the_counts() -> None:
    values = RNG.normal(50, 8, 400)
    plot = dist.histogram(bar_frame(values), variable="Score (points)", note="A note.")
    ax = plot.figure.axes[0]
    bars = patches(ax, "bar")
    counts, _ = np.histogram(values, [b.get_x() for b in bars] + [bars[-1].get_x() + bars[-1].get_width()])
    assert [b.get_height() for b in bars] == counts.tolist()
    assert ax.get_ylim()[1] > max(counts)
    assert ax.get_xlabel() == "Score (points)"
    assert "400 rows" in plot.alt_text
    assert "A note." in caption(plot)
    looks_well(plot)


def test_panels_have_one_scale_and_hold_the_highest_bar() -> None:
    breaks = np.arange(0.0, 11)
    few, many = RNG.uniform(0, 10, 20), np.full(300, 3.5)
    frame = pd.concat([bar_frame(few, 0, breaks), bar_frame(many, 1, breaks)])
    curve = pd.DataFrame({"panel": 1, "x": [0.0, 10.0], "y": [0.0, 20.0]})
    plot = dist.histogram(frame, variable="x", panels=["few", "many"], curves=curve, by="size")
    first, second = plot.figure.axes[:2]
    assert first.get_ylim() == second.get_ylim()
    assert second.get_ylim()[1] > 300
    assert first.get_title(loc="left") == "few"
    assert marks(second, "line").get_ydata().tolist() == [0.0, 20.0]
    assert "many: 300 rows" in plot.alt_text
    looks_well(plot)


def test_several_variables_have_axes_of_their_own() -> None:
    frames = [
        bar_frame(RNG.normal(size=50)),
        bar_frame(RNG.normal(9e5, 1000, 80)),
        bar_frame(np.ones(3)).iloc[:0],
    ]
    plot = dist.histograms(frames, variables=["small", "large", LONG], note="")
    assert plot.figure.axes[0].get_xlim()[1] < 100 < plot.figure.axes[1].get_xlim()[0]
    assert "no values" in plot.alt_text
    looks_well(plot)
    with pytest.raises(ModelError, match="no values"):
        dist.histograms(frames[2:], variables=["c"])


def test_dates_stand_on_the_axis_as_dates() -> None:
    days = (pd.date_range("2001-01-01", "2009-06-01", periods=200) - pd.Timestamp(0)) / pd.Timedelta(days=1)
    plot = dist.histogram(bar_frame(np.asarray(days, dtype=float)), variable="Visit", dates=True)
    render(plot, 700, 400)
    texts = [t.get_text() for t in plot.figure.axes[0].get_xticklabels()]
    assert "2004" in texts
    assert "2001" in plot.alt_text or "2000" in plot.alt_text
    looks_well(plot)


def test_boxes_are_the_hinges_and_whiskers() -> None:
    groups = {"a": np.append(RNG.normal(size=60), 9.0), "b": np.array([]), LONG: RNG.normal(2, 1, 40)}
    frame = box_frame(groups)
    points = pd.DataFrame({"place": [0], "value": [9.0]})
    plot = dist.box_plot(frame, points, variable="Score", by="group")
    ax = plot.figure.axes[0]
    boxes = patches(ax, "box")
    assert [b.get_x() for b in boxes] == frame["lower"].dropna().tolist()
    np.testing.assert_allclose([b.get_x() + b.get_width() for b in boxes], frame["upper"].dropna())
    places = [b.get_y() + b.get_height() / 2 for b in boxes]
    np.testing.assert_allclose(places, [0, 2])  # the empty category keeps its place
    medians = [line[0][0] for line in marks(ax, "medians").get_segments()]
    np.testing.assert_allclose(medians, [np.median(groups["a"]), np.median(groups[LONG])])
    ends = [line[:, 0].tolist() for line in marks(ax, "high whiskers").get_segments()]
    np.testing.assert_allclose(ends, frame[["upper", "high"]].dropna().to_numpy())
    assert marks(ax, "points").get_xdata().tolist() == [9.0]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first is at the top
    assert "beyond the whiskers" in caption(plot)
    looks_well(plot)
    with pytest.raises(ModelError, match="no values"):
        dist.box_plot(box_frame({"a": np.array([])}), no_points(), variable="Score")


def test_all_rows_of_a_small_table_are_points() -> None:
    values = RNG.normal(size=30)
    plot = dist.box_plot(
        box_frame({"": values}),
        pd.DataFrame({"place": 0, "value": values}),
        variable="x",
        all_points=True,
    )
    points = marks(plot.figure.axes[0], "points")
    np.testing.assert_allclose(np.sort(points.get_xdata()), np.sort(values))
    assert np.abs(points.get_ydata()).max() < 0.3
    looks_well(plot)


@pytest.mark.parametrize("shares", ["counts", "shares"])
def test_bars_of_frequencies(shares: dist.BarShares) -> None:
    counts = pd.DataFrame({"name": ["low", "mid", LONG], "n": [10, 0, 30]})
    plot = dist.bars(counts, variable="Level", shares=shares)
    widths = [b.get_width() for b in patches(plot.figure.axes[0], "bar 0")]
    assert widths == ([10, 0, 30] if shares == "counts" else [0.25, 0, 0.75])
    looks_well(plot)


def test_bars_in_parts_are_side_by_side_or_fill_the_whole() -> None:
    counts = pd.DataFrame({"name": ["x", "y"], 0: [3, 0], 1: [1, 4]})
    beside = dist.bars(counts, variable="v", by="sex", parts_of=["f", "m"])
    first = patches(beside.figure.axes[0], "bar 0")
    second = patches(beside.figure.axes[0], "bar 1")
    assert [b.get_width() for b in first + second] == [3, 0, 1, 4]
    assert first[0].get_y() < second[0].get_y()
    assert first[0].get_y() + first[0].get_height() == pytest.approx(second[0].get_y())
    whole = dist.bars(counts, variable="v", by="sex", parts_of=["f", "m"], shares="shares")
    ends = [b.get_x() + b.get_width() for b in patches(whole.figure.axes[0], "bar 1")]
    assert ends == [1.0, 1.0]
    assert "f" in caption(whole)
    assert "sex" in caption(whole)
    looks_well(whole)
    with pytest.raises(ModelError):
        dist.bars(counts.iloc[:0], variable="v")


def test_many_names_are_thinned() -> None:
    counts = pd.DataFrame({"name": [f"category {i}" for i in range(60)], "n": range(60)})
    plot = dist.bars(counts, variable="v")
    render(plot, 500, 240)
    shown = [t.get_text() for t in plot.figure.axes[0].get_yticklabels()]
    assert 3 < len(shown) < 60
    assert shown[0] == "category 0"
    looks_well(plot)


def test_points_of_a_scatter_with_colours_and_lines() -> None:
    n = 200
    points = pd.DataFrame({"x": RNG.normal(size=n), "y": RNG.normal(size=n), "colour": RNG.integers(0, 2, n)})
    curve = pd.DataFrame({"x": [0.0, 1], "fit": [0.0, 1], "lower": [-1.0, 0], "upper": [1.0, 2]})
    plot = scatter(
        points, x="X", y="Y", categories=["u", LONG], by="kind", curves={1: curve}, note="Line: so."
    )
    ax = plot.figure.axes[0]
    drawn = marks(ax, "points")
    np.testing.assert_allclose(drawn.get_offsets(), points[["x", "y"]].to_numpy())
    faces = [tuple(c) for c in drawn.get_facecolors()]
    assert len({(tint, face) for tint, face in zip(points["colour"], faces, strict=True)}) == 2
    assert marks(ax, "line 1").get_ydata().tolist() == [0.0, 1.0]
    assert f"{np.corrcoef(points['x'], points['y'])[0, 1]:.3g}".replace("-", "−") in plot.alt_text
    looks_well(plot)


def test_very_many_points_are_counted_in_cells() -> None:
    n = 60_000
    points = pd.DataFrame({"x": RNG.normal(size=n), "y": RNG.normal(size=n), "colour": 0})
    plot = scatter(points, x="X", y="Y")
    cells = marks(plot.figure.axes[0], "cells")
    assert round(float((10 ** np.asarray(cells.get_array())).sum())) == n
    assert "60,000 rows" in caption(plot)
    with pytest.raises(ModelError, match="both"):
        scatter(points.iloc[:0], x="X", y="Y")


def profiles(sexes: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = pd.DataFrame(
        {
            "id": np.repeat([f"p{i}" for i in range(12)], 5),
            "t": np.tile(np.arange(5.0), 12),
            "y": RNG.normal(size=60),
            "sex": np.repeat(["f", "m"], 30),
        }
    )
    points = profile_lines(
        frame["t"].to_numpy(),
        frame["y"].to_numpy(),
        as_categories(frame["id"]),
        as_categories(frame["sex"]) if sexes else None,
        None,
    )
    return frame, points


def test_lines_and_their_mean() -> None:
    frame, points = profiles(sexes=True)
    groups = as_categories(frame["id"]).names
    plot = spaghetti(
        points,
        mean_profile(points),
        x="Time",
        y="Score",
        groups=groups,
        factor="pupil",
        categories=["f", "m"],
        by="sex",
        chosen=["p3", "p11"],
    )
    ax = plot.figure.axes[0]
    first = marks(ax, "lines 0").get_segments()
    assert len(first) == 6
    np.testing.assert_allclose(first[0][:, 1], frame.loc[frame["id"] == "p0", "y"])
    mean = frame[frame["sex"] == "m"].groupby("t")["y"].mean()
    np.testing.assert_allclose(marks(ax, "mean 1").get_ydata(), mean)
    np.testing.assert_allclose(marks(ax, "chosen p3").get_ydata(), frame.loc[frame["id"] == "p3", "y"])
    assert {t.get_text() for t in ax.texts} == {"p3", "p11"}
    assert {hit.label for hit in plot.hits} == set(groups)
    looks_well(plot)


def test_only_the_mean_and_chosen_groups() -> None:
    frame, points = profiles()
    plot = spaghetti(
        points,
        mean_profile(points),
        x="Time",
        y="Score",
        groups=as_categories(frame["id"]).names,
        chosen=["p5"],
        all_lines=False,
    )
    ax = plot.figure.axes[0]
    assert not [c for c in ax.collections if str(c.get_gid()).startswith("lines")]
    assert {hit.label for hit in plot.hits} == {"p5"}
    assert marks(ax, "mean 0").get_linewidth() > marks(ax, "chosen p5").get_linewidth()


def test_names_at_the_ends_do_not_overlap() -> None:
    frame = pd.DataFrame({"id": np.repeat(list("abcd"), 2), "t": [0.0, 1] * 4, "y": [0.0, 1] * 4})
    points = profile_lines(
        frame["t"].to_numpy(), frame["y"].to_numpy(), as_categories(frame["id"]), None, None
    )
    plot = spaghetti(points, None, x="t", y="y", groups=list("abcd"), chosen=list("abcd"))
    render(plot, 500, 300)
    with plot.style.context():
        renderer = plot.figure.canvas.get_renderer()  # type: ignore[attr-defined]
        boxes = sorted((t.get_window_extent(renderer) for t in plot.figure.axes[0].texts), key=lambda b: b.y0)
    assert len(boxes) == 4
    assert all(upper.y0 >= lower.y1 - 1 for lower, upper in itertools.pairwise(boxes))


def test_squares_are_the_missing_cells() -> None:
    patterns = np.array([[False, False], [True, False], [True, True]])
    plot = missing_pattern(
        ["Score (points)", LONG], [0.3, 0.1], patterns, np.array([70, 20, 10]), n_rows=100, complete=70
    )
    ax, above, right = plot.figure.axes
    found = marks(ax, "missing")
    cells = set(zip(found.get_xdata().tolist(), found.get_ydata().tolist(), strict=True))
    assert cells == {(1, 0), (2, 0), (2, 1)}
    assert [p.get_height() for p in patches(above, "rows")] == [70, 20, 10]
    assert [p.get_width() for p in patches(right, "share")] == [0.3, 0.1]
    assert "70 of 100 rows (70 %)" in caption(plot)
    assert "Score (points): 20 rows" in plot.alt_text
    looks_well(plot)
