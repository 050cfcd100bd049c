"""The smoke test can fail: whatever of the main job is broken, it is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mixgui

ROOT = Path(mixgui.__file__).resolve().parent.parent

_RUN = """
import importlib, sys
from mixgui.__main__ import main
{code}
sys.exit(main(["--smoke-test", "--log", sys.argv[1]]))
"""


# What is broken: module, function, what is put in its place (made from `original`), and what the log must say.
BROKEN = {
    "an estimate that is wrong": (
        "mixgui.gui.smoke",
        "MIXED",
        "changed = {**original, 'IQ': (2.4873, 0.0701)}",
        "estimate of IQ is",
    ),
    "an exception that nobody catches": (
        "mixgui.services.document",
        "Document._accept",
        "def changed(*a): raise KeyError('school')",
        "KeyError: 'school'",
    ),
    "a row that is lost in the join": (
        "mixgui.data.joins",
        "_assemble",
        "def changed(*a, **k): return original(*a, **k).iloc[1:].reset_index(drop=True)",
        "the joined table has 2286 rows",
    ),
    "blank plots": (
        "mixgui.plots.render",
        "render",
        "def changed(*a, **k):\n    found = original(*a, **k)\n    found.rgba[:] = 255\n    return found",
        "is blank",
    ),
    "a picture of another kind": (
        "mixgui.plots.render",
        "to_bytes",
        "def changed(plot, kind, *a, **k): return original(plot, 'pdf', *a, **k)",
        "plot.png is no png",
    ),
    "a table with other numbers": (
        "mixgui.project.export",
        "_write_text",
        "def changed(frame, *a): return original(frame.assign(estimate=frame['estimate'] / 2), *a)",
        "exported slope is",
    ),
    "a disk that is full": (
        "mixgui.project.project_file",
        "save_project",
        "from mixgui.errors import ExportError\n"
        "def changed(*a, **k): raise ExportError('The disk is full.', '')",
        "The disk is full.",
    ),
    "another cell in the opened project": (
        "mixgui.project.project_file",
        "load_project",
        "from dataclasses import replace\n"
        "def changed(*a, **k):\n"
        "    content = original(*a, **k)\n"
        "    sources = dict(content.sources)\n"
        "    step, table = next((s, t) for s, t in sources.items() if 'SES' in t.frame.columns)\n"
        "    frame = table.frame.copy()\n"
        "    frame.loc[0, 'SES'] += 1\n"
        "    sources[step] = replace(table, frame=frame)\n"
        "    return replace(content, sources=sources)",
        "is not what was saved",
    ),
    "no model in the opened project": (
        "mixgui.project.project_file",
        "load_project",
        "from dataclasses import replace\n"
        "def changed(*a, **k):\n"
        "    content = original(*a, **k)\n"
        "    return replace(content, project=replace(content.project, models=()))",
        "the formulas of the project were",
    ),
    "a fit that ends elsewhere than the saved one": (
        "mixgui.project.model_dict",
        "SavedFit",
        "def changed(theta, criterion): return original(theta, criterion + 1)",
        "not as saved",
    ),
}


def smoke_test(code: str, folder: Path) -> tuple[int, str]:
    """Run the smoke test after some code; return its exit code and its log."""
    homes = {name: str(folder / name) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    log = folder / "smoke.log"
    done = subprocess.run(
        [sys.executable, "-c", _RUN.format(code=code), str(log)],
        capture_output=True,
        timeout=200,
        cwd=ROOT,
        env={**os.environ, **homes, "QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    return done.returncode, log.read_text(encoding="utf-8")


@pytest.mark.parametrize("what", BROKEN)
def test_whatever_is_broken_is_seen(what: str, tmp_path: Path) -> None:
    module, name, code, words = BROKEN[what]
    code = f"module = importlib.import_module('{module}')\noriginal = module.{name}\n{code}\nmodule.{name} = changed"
    exit_code, log = smoke_test(code, tmp_path)
    assert words in log
    assert exit_code == 1
    assert "SMOKE TEST FAILED" in log


def test_nothing_broken_is_no_failure(tmp_path: Path) -> None:
    exit_code, log = smoke_test("", tmp_path)
    assert (exit_code, "SMOKE TEST PASSED" in log) == (0, True)
    for words in ("files joined", "mixed model fitted", "plots exported", "project opened again"):
        assert words in log
