"""Where resources and the user's files are: in a source tree, an installed wheel or a frozen application."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

_APP = "MixGUI"


def resources() -> Path:
    """Return the folder with icons, styles, examples and help."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen) / "resources"
    beside_package = Path(__file__).resolve().parent.parent / "resources"
    if beside_package.is_dir():
        return beside_package
    return Path(__file__).resolve().parent / "resources"  # inside a wheel


def examples() -> Path:
    """Return the folder with the bundled example data."""
    return resources() / "examples"


def cache() -> Path:
    """Return the user's cache folder for this application, made if it is missing."""
    return platformdirs.user_cache_path(_APP, appauthor=False, ensure_exists=True)


def logs() -> Path:
    """Return the user's log folder for this application, made if it is missing."""
    return platformdirs.user_log_path(_APP, appauthor=False, ensure_exists=True)


def state() -> Path:
    """Return the folder for autosaved projects, made if it is missing."""
    return platformdirs.user_state_path(_APP, appauthor=False, ensure_exists=True)
