"""What is in the frozen program and what is not: lists and rules for `mixgui.spec`, and the check of its result.

Standard library only, because the check also runs where nothing is installed.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent


@cache
def imported_modules() -> frozenset[str]:
    """Return what the application's source imports from others, wherever in a file it does so."""
    found: set[str] = set()
    for file in sorted((ROOT / "mixgui").rglob("*.py")):
        found |= set(_imports(ast.parse(file.read_text(encoding="utf-8"))))
    return frozenset(
        name
        for name in found
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("mixgui")
    )


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


# Imported by name at run time (matplotlib chooses the writer by the ending of the file), so no analysis sees them.
DYNAMIC_MODULES = (
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
)
DYNAMIC_DATA = (
    "qtawesome/fonts/phosphor-1.3.0.ttf",
    "qtawesome/fonts/phosphor-charmap-1.3.0.json",
    "matplotlib/mpl-data/matplotlibrc",
    "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf",
)

# Never in the bundle: large, unused, or (pyarrow) changing how pandas keeps texts.
FORBIDDEN_PACKAGES = (
    "pyarrow", "numba", "llvmlite", "IPython", "ipykernel", "jupyter", "notebook", "pytest", "_pytest",
    "hypothesis", "pytestqt", "mypy", "ruff", "pip", "setuptools", "pkg_resources", "wheel", "tkinter",
    "_tkinter", "PyQt5", "PyQt6", "PySide2", "wx", "gi", "cairo", "tornado", "sphinx", "numpydoc", "docutils",
    "pygments", "lib2to3", "ensurepip", "pydoc_data", "idlelib", "turtledemo", "test", "sqlite3", "curses",
    "openpyxl", "lxml", "sqlalchemy", "tables", "numexpr", "bottleneck", "polars",
    "dask", "cvxopt", "joblib",
)  # fmt: skip
# Parts of Qt that are left out, libraries and all, unless the program comes to import them.
_QT_MODULES = tuple(
    name
    for name in (
        "QtNetwork", "QtQml", "QtQuick", "QtQuickWidgets", "QtQuickControls2", "QtQuickTest", "QtOpenGL",
        "QtOpenGLWidgets", "QtSql", "QtTest", "QtXml", "QtConcurrent", "QtDesigner", "QtUiTools", "QtHelp",
        "QtPrintSupport", "QtSvgWidgets", "QtExampleIcons",
    )
    if f"PySide6.{name}" not in imported_modules()
)  # fmt: skip
EXCLUDES = (
    *FORBIDDEN_PACKAGES,
    *(f"PySide6.{name}" for name in _QT_MODULES),
    "PySide6.QtDBus",  # the library itself is needed by the xcb plug-in
    "matplotlib.tests", "matplotlib.testing.jpl_units", "numpy.tests", "scipy.conftest", "pandas.tests",
    "pandas.conftest", "statsmodels.conftest", "statsmodels.datasets", "statsmodels.sandbox",
    "statsmodels.examples", "statsmodels.tsa", "numpy.distutils", "readline",
    "ssl", "_ssl", "_hashlib",  # no network; hashlib has its own functions then
    "PIL.AvifImagePlugin", "PIL._avif",
    "PIL.WebPImagePlugin", "PIL._webp", "PIL.ImageTk", "PIL._imagingtk", "PIL.ImageQt",
    *(
        f"matplotlib.backends.backend_{name}"
        for name in (
            "cairo", "gtk3", "gtk3agg", "gtk3cairo", "gtk4", "gtk4agg", "gtk4cairo", "macosx", "nbagg", "pgf", "ps",
            "qt5", "qt5agg", "qt5cairo", "qt", "qtagg", "qtcairo", "tkagg", "tkcairo", "webagg", "webagg_core", "wx",
            "wxagg", "wxcairo",
        )
    ),
)  # fmt: skip

# Files of the result (posix paths below the folder with the libraries) that nothing of MixGUI loads.
_UNWANTED = tuple(
    re.compile(pattern)
    for pattern in (
        # Qt: libraries of modules that are not imported, and plug-ins of theirs.
        r"(^|/)(lib)?Qt6?(Qml\w*|Quick\w*|Pdf\w*|OpenGL\w*|VirtualKeyboard\w*|Wayland\w*"
        r"|WlShell\w*|EglF[Ss]\w*|Labs\w*|Designer\w*)(\.abi3)?\.(so|dll|pyd|dylib)[.\d]*$",
        r"(^|/)Qt(Qml\w*|Quick\w*|Pdf\w*|OpenGL\w*|VirtualKeyboard\w*)\.framework/",
        *(
            rf"(^|/)((lib)?Qt6?{name[2:]}(\.abi3)?\.(so|dll|pyd|dylib)[.\d]*$|{name}\.framework/)"
            for name in _QT_MODULES
        ),
        r"(^|/)(opengl32sw|d3dcompiler_\d+)\.dll$",
        r"/plugins/(platformthemes/libqgtk3|tls|networkinformation|egldeviceintegrations|qmltooling|sqldrivers"
        r"|platforminputcontexts/libqtvirtualkeyboardplugin|generic|printsupport|designer|wayland\S*)(/|$|\.)",
        r"/plugins/platforms/\w*q(vnc|linuxfb|eglfs|minimalegl|vkkhrdisplay|direct2d|wayland\S*)\.",
        r"/plugins/platforms/libq(vnc|linuxfb|eglfs|minimalegl|vkkhrdisplay|wayland\S*)\.",
        r"/plugins/imageformats/\w*q(tiff|webp|tga|wbmp|icns|pdf|gif|jpeg)\.",
        r"/translations/",  # the program speaks English only
        # QtAwesome: the one family whose glyphs are used.
        r"^qtawesome/fonts/(?!phosphor)",
        # matplotlib: sample data, the toolbar's pictures, fonts for PostScript and TeX, styles nobody chooses.
        r"^matplotlib/mpl-data/(sample_data|images|stylelib|plot_directive|fonts/(afm|pdfcorefonts))/",
        # Others: tests, data sets, declarations for C and type checkers, pictures of formats that are never read.
        r"/tests?/",
        r"^statsmodels/(datasets|sandbox)/",
        r"\.(pyi|pxd|pyx|h|c|cpp|hpp|lib|a|f|f90)$",
        r"^PIL/_(avif|webp|imagingtk)\.",
        r"^pillow\.libs/lib(avif|webp\w*|sharpyuv)-?",
        # What the libraries and modules that were left out would have loaded from the system of the builder.
        r"^lib(gtk-3|gdk-3|gdk_pixbuf-2\.0|atk(-bridge)?-1?\.?\w*|cairo(-gobject)?|pango\w*-1\.0|pixman-1|thai|datrie"
        r"|fribidi|epoxy|wayland-\w+|crypto|ssl|readline|tinfo|gmodule-2\.0|atspi)\.so",
        *([r"^lib(cups|gnutls|systemd|gcrypt|gpg-error)\.so"] if "QtPrintSupport" in _QT_MODULES else []),
        *(
            [r"^lib(gssapi_krb5|krb5(support)?|k5crypto|com_err|keyutils)\.so"]
            if "QtNetwork" in _QT_MODULES
            else []
        ),
    )
)

# Compiled modules that carry their symbols, several times what they do. Only those that nobody has patched: the
# libraries of NumPy, SciPy and Pillow do not survive it.
STRIPPED = (
    "libpython3*.so*",
    "python3*/lib-dynload/*.so",
    "kiwisolver/*.so",
    "fontTools/**/*.so",
    "pyreadstat/*.so",
)


def is_wanted(destination: str) -> bool:
    """Tell whether a file belongs in the bundle.

    Parameters
    ----------
    destination : str
        Its path below the folder of libraries, with either kind of slash.
    """
    path = destination.replace("\\", "/")
    return not any(pattern.search(path) for pattern in _UNWANTED)


def own_modules() -> tuple[str, ...]:
    """Return the names of all modules of the application, also of those that are imported late."""
    files = sorted((ROOT / "mixgui").rglob("*.py"))
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    return tuple(name.removesuffix(".__init__") for name in names if not name.endswith(".__main__"))


def resource_files() -> tuple[tuple[str, str], ...]:
    """Return (file, folder in the bundle) for everything below resources."""
    folder = ROOT / "resources"
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and "__pycache__" not in file.parts)
    return tuple((str(file), file.parent.relative_to(ROOT).as_posix()) for file in files)


def problems(modules: Iterable[str], files: Iterable[str]) -> list[str]:
    """Compare a bundle with the rules.

    Parameters
    ----------
    modules : iterable of str
        Dotted names of the Python modules inside.
    files : iterable of str
        Paths of the other files, below the folder of libraries.

    Returns
    -------
    list of str
        A sentence for everything that is wrong; empty if the bundle is as it should be.
    """
    inside = set(modules)
    paths = {PurePosixPath(file.replace("\\", "/")) for file in files}
    known = inside | {_module_of(path) for path in paths}
    found = [
        f"the module {name} is missing" for name in (*own_modules(), *DYNAMIC_MODULES) if name not in known
    ]
    found += [
        f"{name} is imported somewhere, but missing"
        for name in sorted(imported_modules())
        if name not in known
    ]
    found += [f"the file {name} is missing" for name in DYNAMIC_DATA if PurePosixPath(name) not in paths]
    for source, folder in resource_files():
        if PurePosixPath(folder) / Path(source).name not in paths:
            found.append(f"the resource {folder}/{Path(source).name} is missing")
    tops = {name.split(".")[0] for name in inside} | {
        path.parts[0].split(".")[0] for path in paths if path.parts
    }
    found += [f"the package {name} must not be inside" for name in FORBIDDEN_PACKAGES if name in tops]
    found += [f"the file {path} is of no use" for path in sorted(paths) if not is_wanted(str(path))]
    return found


def _module_of(path: PurePosixPath) -> str:
    """Return the dotted name that a compiled module has as a file."""
    if path.suffix not in {".so", ".pyd"}:
        return ""
    return ".".join([*path.parent.parts, path.name.split(".")[0]])
