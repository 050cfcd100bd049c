"""Text as a file, for a while."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def as_file(text: str, name: str, encoding: str = "utf-8") -> Iterator[Path]:
    """Give a file with a text, in a folder of its own that is removed afterwards.

    Parameters
    ----------
    text : str
    name : str
        Of the file: errors and notes about it say this name.
    encoding : str
        What is not in the encoding becomes a question mark.
    """
    with tempfile.TemporaryDirectory(prefix="mixgui-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode(encoding, errors="replace"))
        yield path
