"""Whether everything that the program may ever import is there: for a frozen program, where things can be forgotten."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterable


def failed_imports(names: Iterable[str]) -> list[str]:
    """Import modules.

    Parameters
    ----------
    names : iterable of str
        Dotted names.

    Returns
    -------
    list of str
        A traceback for each that could not be imported.
    """
    failed = []
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            failed.append(f"{name}\n{traceback.format_exc()}")
    return failed
