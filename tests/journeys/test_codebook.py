"""From an edit of the codebook to the axis of a plot, and back by undo."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QTableView

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
