"""Panels by group."""

from __future__ import annotations

import numpy as np
import pytest
from plot_frames import caption, marks, residual_frame, texts_outside

from mixgui.errors import ModelError
from mixgui.plots import Labels, PlotStyle, render, residuals_by_group

GROUPS = [f"S{i}" for i in range(25)]


def test_panels_hold_their_groups_in_the_given_order() -> None:
    frame = residual_frame(600)
    order = GROUPS[::-1]
    plot = residuals_by_group(frame, "school", order)
    assert len(plot.figure.axes) == 25
    for ax, name in zip(plot.figure.axes, order, strict=True):
        mine = frame[frame["school"] == name]
        x, y = marks(ax, "points").get_data()
        np.testing.assert_array_equal(x, mine[".fitted"])
        np.testing.assert_array_equal(y, mine[".resid"])
        np.testing.assert_allclose(marks(ax, "mean").get_ydata(), mine[".resid"].mean())
        assert ax.get_title("left") == name
    assert "25 of 30 groups of school" in caption(plot)
    assert "one for each of 25 groups of school" in plot.alt_text


def test_axes_are_common_and_hold_all_points() -> None:
    frame = residual_frame(600)
    plot = residuals_by_group(frame, "school", GROUPS)
    shown = frame[frame["school"].isin(GROUPS)]
    limits = {(ax.get_xlim(), ax.get_ylim()) for ax in plot.figure.axes}
    assert len(limits) == 1
    (x_limits, y_limits) = limits.pop()
    assert x_limits[0] < shown[".fitted"].min()
    assert x_limits[1] > shown[".fitted"].max()
    assert y_limits[0] < shown[".resid"].min()
    assert y_limits[1] > shown[".resid"].max()


@pytest.mark.parametrize(
    ("n", "rows", "shape"), [(25, 5, (5, 5)), (7, 5, (4, 2)), (3, 5, (3, 1)), (12, 1, (1, 12))]
)
def test_panels_fill_rows_without_touching(n: int, rows: int, shape: tuple[int, int]) -> None:
    plot = residuals_by_group(residual_frame(600), "school", GROUPS[:n], rows=rows)
    boxes = [ax.get_position() for ax in plot.figure.axes]
    assert len({round(box.y0, 6) for box in boxes}) == shape[0]
    assert len({round(box.x0, 6) for box in boxes}) == shape[1]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a.x1 < b.x0 or b.x1 < a.x0 or a.y1 < b.y0 or b.y1 < a.y0


def test_numbers_stand_only_at_the_left_and_below() -> None:
    plot = residuals_by_group(residual_frame(600), "school", GROUPS[:7], rows=2)
    for i, ax in enumerate(plot.figure.axes):
        across = [label.get_text() for label in ax.get_xticklabels()]
        down = [label.get_text() for label in ax.get_yticklabels()]
        assert any(down) == (i % 4 == 0)
        assert any(across) == (i >= 3)  # the last of each column: the second row is one short


@pytest.mark.parametrize("size", [(320, 240), (480, 320), (640, 480), (1600, 900)])
def test_numbers_do_not_run_into_each_other(size: tuple[int, int]) -> None:
    frame = residual_frame(600).assign(**{".fitted": np.random.default_rng(3).normal(0, 1.3, 600)})
    plot = residuals_by_group(frame, "school", GROUPS)
    render(plot, *size)
    boxes = [
        tick.label1.get_window_extent()
        for ax in plot.figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        if tick.label1.get_visible() and tick.label1.get_text()
    ]
    assert len(boxes) >= 10
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 + 2 or b.y1 <= a.y0 + 2


def test_the_chosen_panel_is_lit() -> None:
    style = PlotStyle(dark=True)
    plot = residuals_by_group(residual_frame(600), "school", GROUPS, highlight="S4", style=style)
    lit = [marks(ax, "points").get_color() == style.colours.accent for ax in plot.figure.axes]
    assert lit == [name == "S4" for name in GROUPS]


def test_a_click_in_a_panel_finds_its_group() -> None:
    plot = residuals_by_group(residual_frame(600), "school", GROUPS)
    rendered = render(plot, 640, 480)
    assert [hit.label for hit in rendered.hits] == GROUPS
    for hit in rendered.hits:
        assert hit.box is not None
        left, top, right, bottom = hit.box
        assert rendered.group_at(left + 1, top + 1) == hit.label
        assert rendered.group_at(right - 1, bottom - 1) == hit.label
    assert rendered.group_at(2, 478) is None


def test_long_names_are_cut_to_their_panel() -> None:
    frame = residual_frame(600)
    frame["school"] = frame["school"] + " — a school with a very long name in $100 street"
    names = sorted(frame["school"].unique())[:25]
    plot = residuals_by_group(frame, "school", names, labels=Labels(title="Schools"))
    rendered = render(plot, 500, 400)
    assert all(ax.get_title("left").endswith("…") for ax in plot.figure.axes)
    assert texts_outside(plot) == []
    assert [hit.label for hit in rendered.hits] == names


def test_names_come_back_when_there_is_room_again() -> None:
    plot = residuals_by_group(residual_frame(600), "school", GROUPS)
    render(plot, 320, 160)
    assert not plot.figure.axes[0]._left_title.get_visible()
    render(plot, 900, 700)
    assert plot.figure.axes[0]._left_title.get_visible()
    assert all(tick.label1.get_visible() for tick in plot.figure.axes[0].yaxis.get_major_ticks())


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [([], "No group was chosen"), (["S1", "S99"], "school S99 has no residuals"), (range(101), "too many")],
)
def test_refusals_are_sentences(groups, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        residuals_by_group(residual_frame(), "school", groups)


def test_numbers_as_groups() -> None:
    frame = residual_frame().assign(school=np.repeat([1.0, 2.0, 10.0, 12.0], 100))
    plot = residuals_by_group(frame, "school", [10, 2])
    assert [ax.get_title("left") for ax in plot.figure.axes] == ["10", "2"]


def test_groups_with_labels_are_called_by_them_and_picked_by_their_name() -> None:
    words = Labels(groups={"S4": "Fourth school"})
    plot = residuals_by_group(residual_frame(600), "school", GROUPS, highlight="S4", labels=words)
    titles = [ax.get_title(loc="left") for ax in plot.figure.axes]
    place = GROUPS.index("S4")
    assert titles[place].startswith("Fourth")
    assert "S4" not in titles
    assert plot.hits[place].label == "S4"
