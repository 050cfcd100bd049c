"""Says to setups that the program is running: they refuse to replace files that are in use.

On Windows only, where a file in use cannot be replaced and an upgrade would be left half done.
"""

from __future__ import annotations

import sys

# The setup asks for this name.
NAME = "Local\\MixGUI-running"


def mark_running() -> int:
    """Hold the mutex until the process ends, however it ends.

    Returns
    -------
    int
        Its handle; 0 where there is none. Nothing depends on it: the program also runs without.
    """
    if sys.platform != "win32":
        return 0
    import ctypes

    create = ctypes.windll.kernel32.CreateMutexW
    create.restype = ctypes.c_void_p
    return create(None, False, NAME) or 0
