"""From an edit of the codebook to the axis of a plot, and back by undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QTableView, QTableWidget, QTableWidgetItem

from mixgui import paths
from mixgui.gui.plot_panel import PlotPanel
from mixgui.plots.style import PlotStyle

from .traveller import CONTROL, LEFT, Traveller


def type_into_cell(user: Traveller, name: str, heading: str, text: str) -> None:
    """Double-click a cell of the codebook and type."""
    view = user.find("codebook_table")
    assert isinstance(view, QTableView)
    model = view.model()
    row = next(r for r in range(model.rowCount()) if model.index(r, 0).data() == name)
    heads = [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())]
    place = view.visualRect(model.index(row, heads.index(heading))).center()
    user.qtbot.mouseClick(view.viewport(), LEFT, pos=place)
    user.qtbot.mouseDClick(view.viewport(), LEFT, pos=place)
    field = user.find("codebook_field")
    assert isinstance(field, QLineEdit)
    user.qtbot.keyClicks(field, text)
    user.qtbot.keyClick(field, Qt.Key.Key_Return)
    user.wait(lambda: model.index(row, heads.index(heading)).data() == text)
    user.rest()


def vertical_axis(user: Traveller, panel: str) -> str:
    """What stands beside the vertical axis of a plot that has room for it."""
    found = user.find(panel)
    assert isinstance(found, PlotPanel)
    assert found._content is not None
    return str(found._content.make(PlotStyle(size_inches=(7.0, 5.0))).figure.axes[0].get_ylabel())


def test_a_label_reaches_the_axis_and_undo_takes_it_back(traveller: Traveller) -> None:
    user = traveller
    user.drop(paths.examples() / "sleepstudy" / "sleepstudy.csv")
    user.wait(lambda: len(user.session.document.tables) == 1)
    user.rest()
    user.tab("main_tabs", "Model")
    user.fit("Reaction ~ 1 + Days + (1 + Days | Subject)")
    panel = user.window.model_tab.residuals.panels["qq"].objectName()
    assert vertical_axis(user, panel) == "Residual"
    facts = user.text("results_facts")

    user.tab("main_tabs", "Data")
    user.click("data_page_codebook")
    type_into_cell(user, "Reaction", "Label", "Reaction time")
    type_into_cell(user, "Reaction", "Unit", "ms")
    assert [step.describe() for step in user.session.document.project.steps][1:] == [
        "Set the label and unit of Reaction in sleepstudy"
    ]

    user.tab("main_tabs", "Model")
    user.rest()
    assert vertical_axis(user, panel) == "Residual: Reaction time (ms)"
    assert user.text("results_facts") == facts  # the fit stands: only words have changed
    assert "Reaction time" in user.window.model_tab.equation.label.text()

    user.key(Qt.Key.Key_Z, CONTROL)
    user.rest()
    assert vertical_axis(user, panel) == "Residual: Reaction time"
    user.key(Qt.Key.Key_Z, CONTROL)
    user.rest()
    assert vertical_axis(user, panel) == "Residual"
    assert not user.refusals


def type_beside(user: Traveller, values: QTableWidget, cell: QTableWidgetItem, label: str) -> None:
    """Type a label into its cell."""
    spot = values.visualItemRect(cell).center()
    user.qtbot.mouseClick(values.viewport(), LEFT, pos=spot)
    if not values.findChildren(QLineEdit):
        user.qtbot.mouseDClick(values.viewport(), LEFT, pos=spot)
    field = values.findChildren(QLineEdit)[-1]
    user.qtbot.keyClicks(field, label)
    user.qtbot.keyClick(field, Qt.Key.Key_Return)
    user.wait(lambda: cell.text() == label)


def type_label(user: Traveller, column: str, labels: dict[str, str]) -> None:
    """Open the values of a column by a double click, type labels beside the codes and accept."""
    view = user.find("codebook_table")
    assert isinstance(view, QTableView)
    model = view.model()
    row = next(r for r in range(model.rowCount()) if model.index(r, 0).data() == column)
    heads = [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())]
    place = view.visualRect(model.index(row, heads.index("Values"))).center()
    user.qtbot.mouseClick(view.viewport(), LEFT, pos=place)
    user.qtbot.mouseDClick(view.viewport(), LEFT, pos=place)
    values = user.find("values_table")
    assert isinstance(values, QTableWidget)
    user.wait(lambda: values.rowCount() > 0)
    for at in range(values.rowCount()):
        code, cell = values.item(at, 0), values.item(at, 1)
        assert code is not None
        assert cell is not None
        if code.text() in labels:
            type_beside(user, values, cell, labels[code.text()])
    buttons = user.find("values_dialog").findChild(QDialogButtonBox)
    assert buttons is not None
    user.qtbot.mouseClick(buttons.button(QDialogButtonBox.StandardButton.Ok), LEFT)
    user.rest()


def test_labels_of_values_reach_cells_panels_and_ticks(traveller: Traveller, tmp_path: Path) -> None:
    user = traveller
    rows = [f"{group},{1 + at % 2},{10 * group + at * at % 7}" for group in range(1, 7) for at in range(8)]
    path = tmp_path / "pupils.csv"
    path.write_text("\n".join(["school,sex,score", *rows]) + "\n", encoding="utf-8")
    user.drop(path)
    user.wait(lambda: len(user.session.document.tables) == 1)
    user.rest()
    cells = user.find("data_view")
    assert isinstance(cells, QTableView)
    assert cells.model().index(0, 1).data() == "1"

    user.click("data_page_codebook")
    type_label(user, "sex", {"1": "Girl", "2": "Boy"})
    type_label(user, "school", {"1": "Hilltop"})
    user.click("data_page_cells")
    assert [cells.model().index(row, 1).data() for row in range(2)] == ["Girl", "Boy"]
    assert cells.model().index(0, 1).data(Qt.ItemDataRole.ToolTipRole) == "1 = Girl"
    assert cells.model().index(0, 0).data() == "Hilltop"
    assert user.session.document.tables["pupils"].frame["sex"].tolist()[:2] == [1, 2]  # the codes are there

    user.tab("main_tabs", "Model")
    user.fit("score ~ 1 + (1 | school)")
    panels = drawn(user, user.window.model_tab.residuals.panels["groups"])
    assert "Hilltop" in [ax.get_title(loc="left") for ax in panels]
    (caterpillar,) = drawn(user, user.window.model_tab.random_effects.panels["caterpillar"])
    assert "Hilltop" in [tick.get_text() for tick in caterpillar.get_yticklabels()]

    user.action("action_value_labels")
    assert [cells.model().index(row, 1).data() for row in range(2)] == ["1", "2"]
    assert not user.refusals


def drawn(user: Traveller, panel: PlotPanel) -> list[Any]:
    """The axes of a plot that has room for all its words."""
    assert panel._content is not None
    plot = panel._content.make(PlotStyle(size_inches=(9.0, 6.0)))
    plot.fit_to_size()
    return list(plot.figure.axes)
