"""From older schemas of the project file to the present one, a step a number.

Schema n + 1 is made from schema n by `MIGRATIONS[n]`, which gets the description (project.json) as plain
dictionaries and returns it as the next schema has it. A migration is never changed once a version with it was
released, and every one comes with a file of its old schema in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mixgui.errors import ProjectFileError

FORMAT = "mixgui-project"
DESCRIPTION = "project.json"  # the part that says what the others are
SCHEMA = 1

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Mapping[int, Migration] = {}


def migrate(
    data: Any,
    name: str,
    *,
    schema: int = SCHEMA,
    migrations: Mapping[int, Migration] = MIGRATIONS,
) -> dict[str, Any]:
    """Return a description as the present schema has it.

    Parameters
    ----------
    data : dict
        The description as it was read.
    name : str
        The file's name, for messages.
    schema, migrations
        The present schema and the way to it; others in tests.

    Raises
    ------
    ProjectFileError
        When the file is of something else, of a newer version, or says nothing about its schema.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ProjectFileError(f"“{name}” is not a project of MixGUI.", "Open a file that ends in .mixgui.")
    found = data.get("schema")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise damaged(name)
    if found > schema:
        made_by = data.get("program")
        version = f" (version {made_by})" if isinstance(made_by, str) and len(made_by) < 30 else ""
        raise ProjectFileError(
            f"“{name}” was saved by a newer version of MixGUI{version}, which this one cannot read.",
            "Install the newer version to open it; the file was not changed.",
        )
    for number in range(found, schema):
        data = {**migrations[number](data), "schema": number + 1}
    return data


def damaged(name: str) -> ProjectFileError:
    """Return the error for a file that is not as it was written."""
    return ProjectFileError(
        f"The project “{name}” is damaged, so it was not opened.",
        "Part of it is not as it was saved. Open a copy or an earlier version of the file.",
    )
