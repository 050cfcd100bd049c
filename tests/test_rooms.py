"""The law of the rooms: who may import whom, read from the import statements themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mixgui

PACKAGE = Path(mixgui.__file__).parent

# Modules at the top that every room may use -> what of the package they use themselves. Labels say how the
# numbers of a column are written, in the words of formatting.
LEAVES: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "paths": frozenset(),
    "observer": frozenset(),
    "turns": frozenset(),
    "formatting": frozenset(),
    "labels": frozenset({"formatting"}),
}

# Room -> the rooms that it may import besides itself and the leaves: the arrows of the architecture.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "data": frozenset(),
    "engine": frozenset(),
    "models": frozenset({"data", "engine"}),
    "plots": frozenset({"models", "data"}),
    "project": frozenset({"data", "models"}),
    "services": frozenset({"data", "models", "project"}),
    "gui": frozenset({"services", "project", "plots", "data", "models"}),
    # The frozen program is also its own helper process, which needs the engine and nothing else.
    # Told of a list of modules or files it tries them all, which is how a build is tested.
    "__main__": frozenset({"services", "gui", "engine", "import_check", "self_check"}),
    "import_check": frozenset(),
    "self_check": frozenset({"data", "engine", "models", "plots", "project", "gui"}),
    "__init__": frozenset(),
}

_QT = frozenset({"PySide6", "shiboken6", "qtawesome"})
_WINDOW = frozenset({"PySide6.QtWidgets", "qtawesome"})

# Room -> libraries that it must not know.
FORBIDDEN: dict[str, frozenset[str]] = {
    "data": _QT | {"matplotlib", "statsmodels"},
    "engine": _QT | {"pandas", "matplotlib", "statsmodels"},
    "models": _QT | {"matplotlib"},
    "plots": _QT | {"statsmodels", "scipy"},
    "project": _QT | {"matplotlib", "statsmodels"},
    "services": _WINDOW | {"matplotlib", "statsmodels", "scipy"},
    "gui": frozenset({"statsmodels", "scipy"}),
    **{leaf: _QT | {"pandas", "matplotlib", "statsmodels"} for leaf in LEAVES},
}

# Nowhere: a second way to draw or to start a thread, code from data, and a library that outweighs Qt.
NOWHERE = frozenset({"matplotlib.pyplot", "pylab", "pickle", "marshal", "shelve", "dill", "pyarrow", "numba"})
THREADS = frozenset({"threading", "_thread", "concurrent", "multiprocessing", "asyncio"})
# They start nothing; matplotlib's settings need a lock, and a job must learn whose turn it is.
LOCKS = frozenset({"threading.Lock", "threading.RLock", "threading.Event", "threading.get_ident"})
THREAD_NAMES = frozenset({"QThread", "QThreadPool", "QRunnable", "QtConcurrent"})
THREAD_MODULE = "services.worker"
# The ordinary regression and what is derived from it; the mixed models are our own.
STATSMODELS_MODULES = frozenset({"models.ols", "models.fit", "models.diagnostics"})
NO_CALLS = frozenset({"eval", "exec", "compile", "__import__"})


def imports(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of all that is imported, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = ("mixgui." + module).split(".")[: -node.level]
                base = ".".join([*parents, *([base] if base else [])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def inside(name: str, modules: frozenset[str]) -> bool:
    return any(name == module or name.startswith(module + ".") for module in modules)


def violations(source: str, module: str) -> list[str]:
    """Return what a module (dotted, without the package: "data.joins") does against the law."""
    tree = ast.parse(source)
    room = module.split(".")[0]
    found = []
    for line, name in imports(tree, module):
        if (breach := _breach(name, module, room)) is not None:
            found.append(f"{module}:{line}: {breach}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NO_CALLS:
            found.append(f"{module}:{node.lineno}: calls {node.func.id}")
    return found


def _breach(name: str, module: str, room: str) -> str | None:
    if name == "mixgui" or name.startswith("mixgui."):
        other = [*name.split("."), ""][1]
        if room in LEAVES:
            return None if other in LEAVES[room] else f"the leaf {room} imports {name}"
        if other in LEAVES or other == room or other == "__version__":
            return None
        return None if other in MAY_IMPORT.get(room, frozenset()) else f"{room} may not import {name}"
    if inside(name, NOWHERE) or inside(name, FORBIDDEN.get(room, frozenset())):
        return f"{room} may not import {name}"
    if (
        module != THREAD_MODULE
        and name not in LOCKS
        and (inside(name, THREADS) or name.rpartition(".")[2] in THREAD_NAMES)
    ):
        return f"imports {name}: only {THREAD_MODULE} starts threads"
    if inside(name, frozenset({"statsmodels"})) and module not in STATSMODELS_MODULES:
        return f"imports {name}: only {', '.join(sorted(STATSMODELS_MODULES))} may"
    return None


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.mark.parametrize("module", MODULES)
def test_the_module_keeps_the_law(module: str) -> None:
    assert violations(MODULES[module].read_text(encoding="utf-8"), module) == []


def test_every_room_and_leaf_is_in_the_table() -> None:
    rooms = {name.split(".")[0] for name in MODULES}
    assert rooms <= set(MAY_IMPORT) | set(LEAVES)


def test_the_arrows_have_no_circle() -> None:
    done: set[str] = set()
    while left := {room for room in MAY_IMPORT if room not in done}:
        free = {room for room in left if MAY_IMPORT[room] <= done}
        assert free, f"a circle among {left}"
        done |= free


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("data.joins", "from mixgui.models.spec import ModelSpec"),
        ("data.joins", "from ..models import spec"),
        ("data.joins", "from .. import models"),
        ("data.joins", "def f():\n    import mixgui.gui"),
        ("data.joins", "from PySide6.QtCore import QObject"),
        ("engine.lmm", "import pandas as pd"),
        ("engine.lmm", "from mixgui.data import dataset"),
        ("engine.lmm", "import statsmodels.api as sm"),
        ("models.design", "import statsmodels.api as sm"),
        ("models.fit", "import matplotlib"),
        ("plots.residuals", "from mixgui.services.settings import Settings"),
        ("plots.residuals", "import matplotlib.pyplot as plt"),
        ("plots.residuals", "from matplotlib import pyplot"),
        ("project.export", "import PySide6"),
        ("services.document", "from mixgui.plots import caterpillar"),
        ("services.document", "from PySide6.QtWidgets import QWidget"),
        ("services.document", "from PySide6.QtCore import QThread"),
        ("gui.main_window", "import threading"),
        ("plots.style", "from threading import RLock, Thread"),
        ("gui.main_window", "from concurrent.futures import ThreadPoolExecutor"),
        ("gui.main_window", "from mixgui.engine import fit_lmm"),
        ("__main__", "from mixgui.models import fit"),
        ("errors", "from mixgui import paths"),
        ("labels", "import pandas"),
        ("formatting", "from mixgui.labels import heading"),
        ("data.expressions", "eval('1')"),
        ("data.expressions", "exec('x = 1')"),
        ("data.readers", "import pickle"),
        ("data.readers", "if True:\n    from pickle import loads"),
    ],
)
def test_the_checker_sees_a_breach(module: str, source: str) -> None:
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("data.joins", "import pandas as pd\nfrom mixgui.errors import JoinError"),
        ("data.joins", "from mixgui.data.dataset import Dataset"),
        ("data.joins", "from . import dataset\nfrom .dataset import Dataset\nfrom .. import errors"),
        ("engine.lmm", "import numpy as np\nimport scipy.linalg\nfrom mixgui.observer import silent"),
        ("models.fit", "import statsmodels.api as sm\nfrom mixgui.engine import fit_lmm"),
        ("services.worker", "from PySide6.QtCore import QThread\nimport threading"),
        ("plots.style", "from threading import RLock"),
        (
            "gui.data_tab",
            "from mixgui.data.joins import join\nfrom mixgui.plots import style",
        ),
        ("__main__", "from mixgui import __version__, paths\nfrom mixgui.gui import main_window"),
        ("labels", "from mixgui.formatting import format_p"),
        ("data.expressions", "expression.eval(frame)\nevaluate('1')"),
    ],
)
def test_the_checker_lets_lawful_code_pass(module: str, source: str) -> None:
    assert violations(source, module) == []
