"""Taking a table away: to the clipboard, or to a file in a format of the user's choice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from mixgui.errors import ExportError
from mixgui.gui.message_bar import message_bar_of
from mixgui.labels import label_of

if TYPE_CHECKING:
    import pandas as pd

    from mixgui.project.export import Labels, TableFormat
    from mixgui.project.stat_export import StatFormat

_UNSAFE = '<>:"/\\|?*'  # what file names of some system may not contain


def copy_table(
    widget: QWidget,
    frame: pd.DataFrame,
    caption: str,
    *,
    labels: Labels = label_of,
    digits: int | None = None,
) -> None:
    """Put a table on the clipboard: as HTML for text processors and spreadsheets, and as text.

    Parameters
    ----------
    widget : QWidget
        The message bar of its window tells what was done.
    frame : DataFrame
    caption : str
        Name of the table, for the message.
    labels : callable
        Column name -> `ColumnLabel`.
    digits : int, optional
        Significant digits; all of them without it.
    """
    from mixgui.project.export import clipboard_payload

    payload = clipboard_payload(frame, labels=labels, digits=digits)
    data = QMimeData()
    data.setHtml(payload.html)
    data.setText(payload.tsv)
    QGuiApplication.clipboard().setMimeData(data)
    bar = message_bar_of(widget)
    if bar is not None:
        rows = "1 row" if len(frame) == 1 else f"{len(frame):,} rows"
        bar.show_message(
            f"Copied “{caption}” ({rows}).", "Paste it into a document or a spreadsheet.", "success"
        )


def ask_for_data_file(
    widget: QWidget, caption: str, folder: str = ""
) -> tuple[Path, TableFormat | StatFormat] | None:
    """Ask where a table of data goes and as what, also for SPSS and Stata; None when the user thinks better of it."""
    from mixgui.project.stat_export import StatFormat

    return _ask(widget, caption, folder, tuple(StatFormat))


def ask_for_table_file(widget: QWidget, caption: str, folder: str = "") -> tuple[Path, TableFormat] | None:
    """Ask where a table of results goes and as what; None when the user thinks better of it."""
    answer: Any = _ask(widget, caption, folder, ())
    return answer


def _ask(
    widget: QWidget, caption: str, folder: str, more: tuple[StatFormat, ...]
) -> tuple[Path, TableFormat | StatFormat] | None:
    from mixgui.project.export import TableFormat, format_of

    formats: tuple[TableFormat | StatFormat, ...] = (*TableFormat, *more)
    filters = {f"{one.words} (*.{one.value})": one for one in formats}
    start = str(Path(folder) / f"{file_stem(caption)}.csv")
    name, chosen = QFileDialog.getSaveFileName(
        widget.window(), f"Export “{caption}”", start, ";;".join(filters)
    )
    if not name:
        return None
    path = Path(name)
    wanted = filters.get(chosen)
    if not path.suffix and wanted is not None:
        path = path.with_name(f"{path.name}.{wanted.value}")
    for one in more:
        if path.suffix.lower() == f".{one.value}":
            return path, one
    try:
        return path, format_of(path)  # what the user typed counts more than the list below it
    except ExportError:
        if wanted is None:
            raise
        return path, wanted


def export_table(
    widget: QWidget,
    frame: pd.DataFrame,
    caption: str,
    *,
    labels: Labels = label_of,
    digits: int = 4,
) -> Path | None:
    """Ask for a format and a place, and write a small table there.

    Returns
    -------
    Path or None
        The file; None when the user cancelled or the file could not be written (the message bar says why).
    """
    from mixgui.project import export

    bar = message_bar_of(widget)
    try:
        answer = ask_for_table_file(widget, caption)
        if answer is None:
            return None
        path, table_format = answer
        export.export_table(
            frame, path, table_format=table_format, labels=labels, digits=digits, caption=caption
        )
    except ExportError as error:
        if bar is not None:
            bar.show_error(error)
        return None
    if bar is not None:
        bar.show_message(f"Wrote “{caption}” to {path}.", severity="success")
    return path


def file_stem(caption: str) -> str:
    """Return a caption as a name that every system accepts for a file."""
    text = "".join(" " if c in _UNSAFE or ord(c) < 32 else c for c in caption)
    return "_".join(text.split()).strip("._") or "table"
