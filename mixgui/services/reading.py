"""How files and pasted text become steps: read as guessed, and asked about first where the guess is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixgui.observer import Observer
from mixgui.project.project import Step, free_name

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.codebook import Codebook
    from mixgui.data.dataset import Dataset
    from mixgui.data.import_preview import ImportSource, Verdict

PASTED = "pasted"

Tables = Mapping[str, "Dataset"]
Made = tuple[Step, Mapping[str, Any], Iterable[Any]]
OnDoubt = Callable[["ImportSource", "Verdict"], object]


@dataclass(frozen=True, eq=False)
class Doubt:
    """What was read in a way that the user must look at before it is a table.

    Parameters
    ----------
    source : ImportSource
    found : Verdict
    ask : callable
        Asks the user; called in the thread of the document.
    """

    source: ImportSource
    found: Verdict
    ask: OnDoubt


Plan = Callable[[Tables, Observer], "Made | Doubt"]


def reading(path: Path, options: Any, codebook: Codebook = (), on_doubt: OnDoubt | None = None) -> Plan:
    """Return the plan of reading a file under a name that no table has yet.

    Parameters
    ----------
    path : Path
    options : ReadOptions or None
        How; None to guess it.
    codebook : Codebook
        What is said of its columns.
    on_doubt : callable, optional
        Asks the user when what was guessed may be wrong, or would lose cells; without it the guess is taken.
    """

    def plan(tables: Tables, observer: Observer) -> Made | Doubt:
        from mixgui.data.import_preview import ImportSource, first_verdict, verdict

        source = ImportSource(str(path.absolute()), codebook=codebook)
        found = first_verdict(source, observer) if options is None else verdict(source, options, observer)
        return _made(source, found, path.stem, tables, on_doubt)

    return plan


def pasting(plain: str, html: str, on_doubt: OnDoubt | None = None) -> Plan:
    """Return the plan of taking a table from the clipboard, see `reading`."""

    def plan(tables: Tables, observer: Observer) -> Made | Doubt:
        from mixgui.data.import_preview import ImportSource, first_verdict

        source = ImportSource.copied(plain, html)
        return _made(source, first_verdict(source, observer), PASTED, tables, on_doubt)

    return plan


def already_read(step: Step, table: Dataset) -> Plan:
    """Return the plan of a step whose file was read already."""

    def plan(tables: Tables, observer: Observer) -> Made:
        made: Any = step
        return made, made.put(table, tables), table.notes

    return plan


def _made(
    source: ImportSource, found: Verdict, name: str, tables: Tables, on_doubt: OnDoubt | None
) -> Made | Doubt:
    if on_doubt is not None and found.doubtful:
        return Doubt(source, found, on_doubt)
    step = source.step(free_name(name, set(tables)), found.options)
    return step, step.put(found.table, tables), found.table.notes
