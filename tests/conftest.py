"""Fixtures that every room's tests share."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

# Before Qt and BLAS are loaded: no screen is needed, and small problems are faster on one thread.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest


def _reference_folder() -> Path:
    named = os.environ.get("MIXGUI_REFERENCE")
    if named:
        return Path(named)
    return Path(__file__).resolve().parents[2] / "shared" / "reference"


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """The folder with data and R's results; they may not be distributed, so it can be absent."""
    folder = _reference_folder()
    if not folder.is_dir():
        pytest.skip(f"the reference results are not in {folder} (set MIXGUI_REFERENCE)")
    return folder


@pytest.fixture(scope="session")
def load_reference(reference_dir: Path) -> Any:
    """Return a function: name of a reference file without its ending -> its content."""

    def load(name: str) -> dict[str, Any]:
        return json.loads((reference_dir / f"{name}.json").read_text(encoding="utf-8"))

    return load
