"""What the program does beside its main job, done without a window: proof that a frozen program has it all.

Reads files of every format, writes tables, plots and a project, shares work with helper processes, and tells versions
and licences. It is asked
with `--self-check FOLDER`, and tells in FOLDER/self-check.json what came out, so that a test can compare that with what
the source tree makes of the same files. Nothing here is used otherwise.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mixgui.data.dataset import Dataset
    from mixgui.engine.bootstrap import Bootstrap
    from mixgui.engine.terms import FloatArray
    from mixgui.models.result import ModelFit
    from mixgui.observer import Observer

RESULT, INPUT, OUTPUT = "self-check.json", "in", "out"
_TASKS, _SECONDS_EACH = 120, 0.05


def self_check(folder: Path) -> bool:
    """Do it and write the result.

    Parameters
    ----------
    folder : Path
        Holds the files to read in a folder `in`; `out` is made for what is written.

    Returns
    -------
    bool
        Whether nothing was raised.
    """
    found: dict[str, Any] = {"frozen": bool(getattr(sys, "frozen", False)), "problems": []}
    parts = {"files": _read_files, "written": _write, "work": _share_work, "about": _about}
    for name, work in parts.items():
        try:
            found[name] = work(folder)
        except Exception:
            found["problems"].append(traceback.format_exc())
    (folder / RESULT).write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    return not found["problems"]


def _read_files(folder: Path) -> dict[str, Any]:
    """Read each file: rows, columns with their types, and a digest of all cells."""
    from mixgui.data.readers import read_table

    found = {}
    for path in sorted((folder / INPUT).iterdir()):
        frame = read_table(path).frame
        cells = frame.to_csv(index=False, float_format="%.12g", lineterminator="\n")
        found[path.name] = {
            "rows": len(frame),
            "columns": {str(name): str(kind) for name, kind in frame.dtypes.items()},
            "digest": hashlib.sha256(cells.encode()).hexdigest(),
        }
    return found


def _sleepstudy() -> tuple[Dataset, ModelFit]:
    from mixgui.data.steps import Read
    from mixgui.models import fit
    from mixgui.observer import silent
    from mixgui.paths import examples

    step = Read(str(examples() / "sleepstudy" / "sleepstudy.csv"), "sleepstudy")
    table = step.apply({}, silent)["sleepstudy"]
    outcome, predictor, group = table.frame.columns[:3]
    return table, fit(f"{outcome} ~ {predictor} + ({predictor} | {group})", table.frame)


def _write(folder: Path) -> dict[str, int]:
    """Write a table and a plot in every format, and a project that is read again; return the sizes."""
    from mixgui.data.steps import Read
    from mixgui.models.diagnostics import residual_frame
    from mixgui.plots.render import save
    from mixgui.plots.residuals import residual_density
    from mixgui.plots.style import PlotStyle
    from mixgui.project.export import TableFormat, export_table
    from mixgui.project.project import Project
    from mixgui.project.project_file import ProjectContent, load_project, save_project
    from mixgui.project.stat_export import StatFormat, write_stat_file

    out = folder / OUTPUT
    out.mkdir(exist_ok=True)
    table, model = _sleepstudy()
    for kind in TableFormat:
        export_table(model.tidy(), out / f"table.{kind.value}")
    for wanted in StatFormat:
        write_stat_file(table, out / f"table.{wanted.value}", wanted)
    plot = residual_density(residual_frame(model), style=PlotStyle())
    for name in ("plot.png", "plot.svg", "plot.pdf"):
        save(plot, out / name)
    step = Read("sleepstudy.csv", "sleepstudy")
    save_project(out / "a project.mixgui", ProjectContent(Project((step,), ()), {step: table}))
    opened = load_project(out / "a project.mixgui").tables()["sleepstudy"]
    if not opened.frame.equals(table.frame):
        raise ValueError("the project that was opened is not the one that was saved")
    return {file.name: file.stat().st_size for file in sorted(out.iterdir())}


class _Slow:
    """A bootstrap whose tasks take their time in this process only, so that helpers have theirs to start."""

    def __init__(self, job: Bootstrap) -> None:
        self.job = job
        self.kind, self.count, self.width = job.kind, job.count, job.width
        self.done_here = 0

    def task(self, index: int, observer: Observer) -> FloatArray:
        time.sleep(_SECONDS_EACH)
        self.done_here += 1
        return self.job.task(index, observer)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        return self.job.arrays()


def _share_work(folder: Path) -> dict[str, Any]:
    """Refit simulated outcomes with a helper process and without."""
    import numpy as np

    from mixgui.engine.bootstrap import Bootstrap
    from mixgui.engine.shared_work import work_through

    _, model = _sleepstudy()
    assert model.lmm is not None
    job = Bootstrap(model.lmm, _TASKS, 20)
    slow = _Slow(job)
    clock = time.perf_counter()
    shared = work_through(slow, "Working", processes=2)
    seconds = time.perf_counter() - clock
    alone = work_through(job, "Working", processes=1)
    return {
        "tasks": _TASKS,
        "by_helpers": _TASKS - slow.done_here,
        "largest_difference": float(np.abs(shared / alone - 1).max()),
        "seconds": round(seconds, 2),
    }


def _about(folder: Path) -> dict[str, Any]:
    """Return what a bug report needs, and whose licences are shown."""
    from mixgui.gui.about_dialog import versions_text
    from mixgui.gui.licences_dialog import licences

    shown = {one.name: {"kind": one.kind, "length": len(one.text)} for one in licences()}
    return {"versions": versions_text().splitlines(), "licences": shown}
