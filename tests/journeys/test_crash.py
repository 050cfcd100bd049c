"""The program is killed in the middle of the work; the next start gives everything back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mixgui.gui.session import Session
from mixgui.services.settings import Settings

from .traveller import Traveller

ROOT = Path(__file__).resolve().parents[2]

# Opens a file, adds and fits a model in the real window, and goes on until somebody kills it.
_WORK = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from mixgui.gui.session import Session
from mixgui.models.spec import ModelSpec
from mixgui.services.settings import Settings
folder = Path(sys.argv[1])
application = QApplication([])
session = Session(application, Settings(folder / "settings.ini"), state_folder=folder / "autosave")
session.show()
def added(name):
    spec = ModelSpec.from_text("y ~ 1 + x + (1 | g)", table=name)
    session.models.fit(session.document.add_model(spec, "Null model"))
session.document.table_added.connect(added)
session.window.opener.open([folder / "pupils.csv"])
application.exec()
"""


def saved_aside(folder: Path) -> dict[str, object]:
    """Return what was saved aside as far as it is complete."""
    for path in folder.glob("autosave/*/project.json"):
        data: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
        return data
    return {}


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A folder in which the program was killed after it had saved a model and its fit aside."""
    rows = [f"{i % 7},{i % 5},{(i * 7) % 11 + 3 * (i % 7)}" for i in range(70)]
    (tmp_path / "pupils.csv").write_text("\n".join(["g,x,y", *rows]) + "\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    program = subprocess.Popen([sys.executable, "-c", _WORK, str(tmp_path)], env=environment)
    end = time.monotonic() + 60
    try:
        while not any("fit" in model for model in saved_aside(tmp_path).get("models", [])):  # type: ignore[attr-defined]
            assert program.poll() is None, "the program ended by itself"
            assert time.monotonic() < end, "nothing was saved aside"
            time.sleep(0.1)
    finally:
        program.kill()
        program.wait()
    (tmp_path / "pupils.csv").unlink()  # even the file is gone
    return tmp_path


def start(qtbot: QtBot, qapp: QApplication, folder: Path) -> Traveller:
    session = Session(qapp, Settings(folder / "settings.ini"), state_folder=folder / "autosave")
    session.window.resize(1280, 800)
    session.show()
    qtbot.waitExposed(session.window)
    return Traveller(qtbot, session)


def test_crash_and_restore(qtbot: QtBot, qapp: QApplication, crashed: Path) -> None:
    user = start(qtbot, qapp, crashed)
    user.wait(lambda: user.sees("restore_bar"))
    assert "pupils" in user.text("restore_details")
    assert "1 model" in user.text("restore_details")
    user.click("restore_accept")
    user.wait(lambda: bool(user.session.document.tables))
    user.rest()
    assert not user.sees("restore_bar")
    assert "Your unsaved work is back." in user.text("message_text")
    assert user.window.isWindowModified()
    (entry,) = user.session.document.project.models
    assert entry.name == "Null model"
    fit = user.session.models.result(entry.id)
    assert fit is not None
    assert fit.nobs == 70
    assert not user.refusals

    target = crashed / "rescued.mixgui"
    user.session.projects.save_to(target)
    user.rest()
    assert not user.window.isWindowModified()
    user.session.close()
    assert not user.crashes
    assert list((crashed / "autosave").iterdir()) == []  # nothing is offered a second time

    again = start(qtbot, qapp, crashed)
    again.rest()
    assert not again.sees("restore_bar")
    again.session.window.opener.open([target])
    again.wait(lambda: bool(again.session.document.project.models))
    again.rest()
    assert again.session.document.tables["pupils"].n_rows == 70
    again.session.close()


def test_a_crash_after_the_restore_costs_nothing_either(
    qtbot: QtBot, qapp: QApplication, crashed: Path
) -> None:
    """What was saved aside goes only when it was saved aside anew."""
    kept = crashed / "kept"
    user = start(qtbot, qapp, crashed)
    user.wait(lambda: user.sees("restore_bar"))
    user.click("restore_accept")
    user.wait(lambda: bool(user.session.document.tables))
    journal = user.session.journal
    assert journal is not None
    user.wait(lambda: journal.place is not None and (journal.place / "project.json").exists())
    user.rest()
    shutil.copytree(crashed / "autosave", kept, ignore=shutil.ignore_patterns("lock"))
    assert len(list(kept.iterdir())) == 1  # the old one is gone, the new one is there
    user.session.close()
    shutil.copytree(kept, crashed / "autosave", dirs_exist_ok=True)
    again = start(qtbot, qapp, crashed)
    again.wait(lambda: again.sees("restore_bar"))
    again.click("restore_discard")
    again.session.close()
    assert list((crashed / "autosave").iterdir()) == []
