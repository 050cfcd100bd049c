"""A file with a wrong cell: asked about before it is opened, opened in another way, and read anew much later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PySide6.QtCore import Qt

from mixgui.gui.import_dialog import ImportDialog
from mixgui.gui.step_dialog import StepDialog

from .traveller import CONTROL, LEFT, Traveller


def write(folder: Path) -> Path:
    """Write forty pupils with decimal commas as Excel in Germany does; one score has a letter."""
    rows = [f"{i};{'Süd' if i % 2 else 'Nord'};{i},{i % 10}5" for i in range(1, 41)]
    rows[30] = "31;Süd;12,3x"
    path = folder / "schüler.csv"
    path.write_bytes("\r\n".join(["id;schule;punkte", *rows, ""]).encode("cp1252"))
    return path


def dialog(user: Traveller) -> ImportDialog:
    user.rest()
    found = user.find("import_dialog")
    assert isinstance(found, ImportDialog)
    user.wait(lambda: found.verdict is not None)
    return found


def test_a_wrong_cell_from_opening_to_undo(traveller: Traveller, tmp_path: Path) -> None:
    user, document = traveller, traveller.session.document
    user.drop(write(tmp_path))
    asked = dialog(user)
    assert not document.tables
    (line,) = user.table("import_misfits_list")
    assert (line["Row"], line["Column"], line["In the file"]) == ("32", "punkte", "12,3x")
    assert user.table("import_rows")[0]["schule"] == "Süd"

    user.choose("import_column", "punkte")
    user.choose("import_type", "Number")
    asked = dialog(user)
    (line,) = user.table("import_misfits_list")
    assert "becomes missing" in line["What happens"]
    assert user.text("import_misfits_title") == "1 cell will be lost"
    user.click("import_open")
    user.wait(lambda: "schüler" in document.tables)
    user.rest()
    expected = np.array([np.nan if i == 31 else i + (i % 10 + 0.5) / 10 for i in range(1, 41)])
    np.testing.assert_allclose(document.tables["schüler"].frame["punkte"], expected)
    assert not user.sees("import_dialog")

    user.session.window.actions_by_id["step_compute"].trigger()
    made = user.find("step_dialog")
    assert isinstance(made, StepDialog)
    user.type("step_column", "doppelt")
    user.type("step_expression", "punkte * 2")
    user.rest()
    user.click("step_apply")
    user.wait(lambda: "doppelt" in document.tables["schüler"].names)
    user.rest()
    before = document.tables["schüler"].frame

    steps = user.window.side_list
    place = steps.tree.visualItemRect(steps.item("Steps", 1)).center()
    user.qtbot.mouseClick(steps.tree.viewport(), LEFT, pos=place)
    user.qtbot.mouseDClick(steps.tree.viewport(), LEFT, pos=place)
    edited = dialog(user)
    assert edited is not asked
    assert edited.open_button.text() == "Apply changes"
    user.type("import_missing", "12,3x; 1")
    user.choose("import_column", "schule")
    user.choose("import_type", "Category")
    dialog(user)
    assert not user.sees("import_misfits"), "a code for missing cells is no wrong cell"
    user.click("import_open")
    user.wait(lambda: not user.sees("import_dialog"))
    user.rest()
    after = document.tables["schüler"].frame
    assert str(after["schule"].dtype) == "category"
    assert after["id"].isna().tolist().index(True) == 0
    np.testing.assert_allclose(after["doppelt"].iloc[1:], 2 * expected[1:])
    assert document.project.steps[0].describe() == "Open schüler.csv"

    user.key(Qt.Key.Key_Z, CONTROL)
    user.rest()
    pd.testing.assert_frame_equal(document.tables["schüler"].frame, before)
    for _ in range(2):
        user.key(Qt.Key.Key_Z, CONTROL)
        user.rest()
    assert not document.tables
    assert not user.crashes
    assert not user.refusals
