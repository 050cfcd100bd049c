"""The rules of what is frozen: that they see what is missing and what must not be there."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import bundle
import pytest

ROOT = Path(bundle.__file__).resolve().parent.parent


def complete() -> tuple[set[str], set[str]]:
    """Return modules and files of a bundle in which nothing is wrong."""
    modules = {*bundle.own_modules(), *bundle.DYNAMIC_MODULES, *bundle.imported_modules()}
    files = set(bundle.DYNAMIC_DATA)
    files |= {f"{folder}/{Path(source).name}" for source, folder in bundle.resource_files()}
    return modules, files


def test_a_complete_bundle_is_accepted() -> None:
    assert bundle.problems(*complete()) == []


@pytest.mark.parametrize(
    "missing",
    [
        "matplotlib.backends.backend_pdf",
        "mixgui.gui.session",
        "scipy.optimize",
        "statsmodels.regression.linear_model",
    ],
)
def test_a_module_that_is_missing_is_seen(missing: str) -> None:
    modules, files = complete()
    found = bundle.problems(modules - {missing}, files)
    assert any(missing in sentence for sentence in found)


def test_a_module_may_be_a_compiled_file() -> None:
    modules, files = complete()
    compiled = {"scipy/optimize.cpython-311-x86_64-linux-gnu.so"}
    assert bundle.problems(modules - {"scipy.optimize"}, files | compiled) == []


@pytest.mark.parametrize("name", ["qtawesome/fonts/phosphor-1.3.0.ttf", "resources/icons/mixgui.svg"])
def test_a_file_that_is_missing_is_seen(name: str) -> None:
    modules, files = complete()
    assert name in files
    assert bundle.problems(modules, files - {name}) != []


@pytest.mark.parametrize("name", ["pyarrow", "tkinter", "IPython", "pytest", "PyQt6", "numba"])
def test_a_forbidden_package_is_seen(name: str) -> None:
    modules, files = complete()
    sentence = f"the package {name} must not be inside"
    assert sentence in bundle.problems({*modules, name, f"{name}.core"}, files)
    assert sentence in bundle.problems(modules, {*files, f"{name}/lib.so"})


@pytest.mark.parametrize(
    "file",
    [
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt6Pdf.dll",
        "PySide6\\plugins\\imageformats\\qtiff.dll",
        "PySide6/plugins/platforms/qdirect2d.dll",
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/opengl32sw.dll",
        "pandas/tests/test_x.py",
        "qtawesome/fonts/fontawesome6-solid-webfont-6.7.2.ttf",
        "matplotlib/mpl-data/sample_data/goog.npz",
        "pillow.libs/libavif-01e67780.so.16.3.0",
        "statsmodels/datasets/co2/co2.csv",
    ],
)
def test_a_useless_file_is_seen(file: str) -> None:
    assert not bundle.is_wanted(file)
    modules, files = complete()
    assert bundle.problems(modules, {*files, file}) != []


@pytest.mark.parametrize(
    "file",
    [
        "PySide6/Qt/lib/libQt6Core.so.6",
        "PySide6/Qt/lib/libQt6DBus.so.6",  # the xcb plug-in needs it
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/plugins/styles/qmodernwindowsstyle.dll",
        "PySide6/Qt/plugins/imageformats/libqsvg.so",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
        "matplotlib/mpl-data/fonts/ttf/STIXGeneral.ttf",
        "resources/examples/sleepstudy/sleepstudy.csv",
        "numpy.libs/libscipy_openblas64_-32a4b2a6.so",
    ],
)
def test_a_needed_file_is_wanted(file: str) -> None:
    assert bundle.is_wanted(file)


def test_imports_inside_functions_are_known() -> None:
    # The heavy libraries are imported nowhere else: an analysis of the first lines would not see them.
    tree = ast.parse((ROOT / "mixgui" / "gui" / "session.py").read_text(encoding="utf-8"))
    first = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert "pandas" not in first
    assert "pandas" in bundle.imported_modules()


def test_what_is_imported_exists_and_is_declared() -> None:
    for name in bundle.imported_modules():
        assert importlib.util.find_spec(name) is not None, name
        assert name.split(".")[0] not in bundle.FORBIDDEN_PACKAGES


def test_every_module_of_the_program_is_known() -> None:
    modules = bundle.own_modules()
    assert {"mixgui", "mixgui.gui", "mixgui.gui.main_window", "mixgui.engine.lmm"} <= set(modules)
    assert "mixgui.__main__" not in modules  # that is the script itself
    assert not any(name in sys.stdlib_module_names for name in modules)
