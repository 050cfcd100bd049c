"""Tables taken away: CSV, TSV and Excel for programs, HTML and LaTeX for papers, and what goes to the clipboard.

Programs get every digit and the names of the columns as the frame has them. Papers get the headings of
`mixgui.labels` and rounded numbers. The clipboard gets headings and every digit, since nobody knows where it
is going to be pasted.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from mixgui.errors import ExportError
from mixgui.formatting import format_full, format_value
from mixgui.labels import ColumnLabel, label_of
from mixgui.observer import Observer, Progress, silent
from mixgui.project.atomic import write_atomically
from mixgui.project.excel_export import write_workbook
from mixgui.project.latex import latex_escape

Labels = Callable[[str], ColumnLabel]

_BOM = "\ufeff"
_ROWS_AT_ONCE = 50_000


class TableFormat(StrEnum):
    """What a table can be written as; the value is the ending of the file."""

    CSV = "csv"
    TSV = "tsv"
    EXCEL = "xlsx"
    HTML = "html"
    LATEX = "tex"

    @property
    def words(self) -> str:
        """What it is called in a file dialog."""
        return {
            "csv": "CSV",
            "tsv": "Tab-separated text",
            "xlsx": "Excel",
            "html": "Web page",
            "tex": "LaTeX",
        }[self.value]


_ENDINGS = {
    ".csv": TableFormat.CSV,
    ".tsv": TableFormat.TSV,
    ".txt": TableFormat.TSV,
    ".xlsx": TableFormat.EXCEL,
    ".html": TableFormat.HTML,
    ".htm": TableFormat.HTML,
    ".tex": TableFormat.LATEX,
}


@dataclass(frozen=True)
class ClipboardTable:
    """A table as the clipboard holds it.

    Parameters
    ----------
    html : str
        For `text/html`; Word and Excel paste it as a table.
    tsv : str
        For `text/plain`; editors and terminals.
    """

    html: str
    tsv: str


def plain_label(column: str) -> ColumnLabel:
    """Return the label of a column of data: its own name, whatever that would mean in a table of results."""
    return ColumnLabel(column)


def format_of(path: Path) -> TableFormat:
    """Return the format that the ending of a file stands for.

    Raises
    ------
    ExportError
        If the ending is not known.
    """
    try:
        return _ENDINGS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(_ENDINGS)
        raise ExportError(
            f"Tables are not written as “{path.suffix or path.name}”.", f"The file may end in {known}."
        ) from None


def export_table(
    frame: pd.DataFrame,
    path: Path,
    *,
    table_format: TableFormat | None = None,
    labels: Labels = label_of,
    digits: int | None = 4,
    caption: str = "",
    notes: Sequence[str] = (),
    excel_bom: bool = False,
    observer: Observer = silent,
) -> None:
    """Write a table to a file, completely or not at all.

    Parameters
    ----------
    frame : DataFrame
        Its index is not written.
    path : Path
    table_format : TableFormat, optional
        By default the one of the file's ending.
    labels : callable
        Column name -> `ColumnLabel`, for HTML and LaTeX; `plain_label` for tables of data.
    digits : int or None
        Significant digits in HTML and LaTeX; None for all. CSV, TSV and Excel always have all.
    caption, notes : str, sequence of str
        Above and below the table in HTML and LaTeX.
    excel_bom : bool
        Begin a CSV or TSV file with the mark by which Excel recognises UTF-8.
    observer : Observer
        Told the progress of CSV, TSV and Excel; may raise `Cancelled`, then no file is left.

    Raises
    ------
    ExportError
    """
    chosen = table_format or format_of(path)
    if chosen in (TableFormat.CSV, TableFormat.TSV):
        separator = "," if chosen is TableFormat.CSV else "\t"
        write_atomically(
            path, lambda file: _write_text(frame, file, separator, excel_bom, path.name, observer)
        )
        return
    if chosen is TableFormat.EXCEL:
        write_atomically(path, lambda file: write_workbook(frame, file, caption or path.stem, observer))
        return
    if chosen is TableFormat.HTML:
        text = html_document(frame, labels=labels, digits=digits, caption=caption, notes=notes)
    else:
        text = latex_table(frame, labels=labels, digits=digits, caption=caption, notes=notes)
    write_atomically(path, lambda file: file.write(text.encode("utf-8")))


def _write_text(
    frame: pd.DataFrame, file: BinaryIO, separator: str, bom: bool, name: str, observer: Observer
) -> None:
    """Write CSV or TSV in pieces; pandas writes the shortest digits that read back as the same number."""
    if bom:
        file.write(_BOM.encode("utf-8"))
    for start in range(0, max(len(frame), 1), _ROWS_AT_ONCE):
        observer(Progress(f"Writing {name}", fraction=start / max(len(frame), 1)))
        piece = frame.iloc[start : start + _ROWS_AT_ONCE]
        text = piece.to_csv(index=False, header=start == 0, sep=separator, lineterminator="\n")
        file.write(text.encode("utf-8"))


def csv_text(frame: pd.DataFrame, *, separator: str = ",") -> str:
    """Return the table as CSV with every digit."""
    return frame.to_csv(index=False, sep=separator, lineterminator="\n")


def tsv_text(frame: pd.DataFrame, *, labels: Labels = label_of, digits: int | None = None) -> str:
    """Return the table as lines of cells with tabs between them, for pasting.

    Tabs and line breaks within a cell become blanks: a paste must not tear a row apart.
    """
    rows = [_headings(frame, labels), *_cells(frame, labels, digits)]
    lines = ("\t".join(" ".join(cell.splitlines()).replace("\t", " ") for cell in row) for row in rows)
    return "".join(f"{line}\n" for line in lines)


def html_fragment(
    frame: pd.DataFrame,
    *,
    labels: Labels = label_of,
    digits: int | None = 4,
    caption: str = "",
    notes: Sequence[str] = (),
) -> str:
    """Return a `<table>` with inline styles only, since Word and mail programs drop style sheets."""
    kinds = [labels(str(column)).numeric for column in frame.columns]
    head = "".join(
        f'<th style="{_HEAD}text-align:{_side(right)}">{html.escape(text)}</th>'
        for text, right in zip(_headings(frame, labels), kinds, strict=True)
    )
    columns = [frame.iloc[:, i] for i in range(frame.shape[1])]
    numbers = [pd.api.types.is_numeric_dtype(column) and column.dtype != bool for column in columns]
    body = []
    for i, row in enumerate(_cells(frame, labels, digits)):
        last = _LAST if i == len(frame) - 1 else ""
        cells = []
        for j, text in enumerate(row):
            # Spreadsheets take the number from x:num, with all digits and whatever decimal mark they use.
            number = f' x:num="{format_full(columns[j].iloc[i])}"' if numbers[j] and text else ""
            style = f"{_CELL}{last}text-align:{_side(kinds[j])}"
            cells.append(f'<td style="{style}"{number}>{html.escape(text)}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    top = f'<caption style="text-align:left">{html.escape(caption)}</caption>\n' if caption else ""
    below = "".join(f'\n<p style="font-size:90%">{html.escape(note)}</p>' for note in notes)
    rows = "\n".join(body)
    return (
        f'<table style="border-collapse:collapse">\n{top}<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>{below}\n"
    )


_HEAD = "border-top:1.5pt solid;border-bottom:0.75pt solid;padding:2pt 8pt;"
_CELL = "padding:2pt 8pt;"
_LAST = "border-bottom:1.5pt solid;"


def _side(numeric: bool) -> str:
    return "right" if numeric else "left"


def html_document(
    frame: pd.DataFrame,
    *,
    labels: Labels = label_of,
    digits: int | None = 4,
    caption: str = "",
    notes: Sequence[str] = (),
) -> str:
    """Return a complete page with the table."""
    fragment = html_fragment(frame, labels=labels, digits=digits, caption=caption, notes=notes)
    return (
        '<!DOCTYPE html>\n<html xmlns:x="urn:schemas-microsoft-com:office:excel">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{html.escape(caption or "Table")}</title>\n</head>\n'
        f'<body style="font-family:sans-serif">\n{fragment}</body>\n</html>\n'
    )


def latex_table(
    frame: pd.DataFrame,
    *,
    labels: Labels = label_of,
    digits: int | None = 4,
    caption: str = "",
    notes: Sequence[str] = (),
) -> str:
    r"""Return a table for LaTeX with the rules of the package booktabs (`\usepackage{booktabs}`)."""
    sides = "".join("r" if labels(str(column)).numeric else "l" for column in frame.columns)
    lines = ["% needs \\usepackage{booktabs}", "\\begin{table}", "\\centering"]
    if caption:
        lines.append(f"\\caption{{{latex_escape(caption)}}}")
    lines += [
        f"\\begin{{tabular}}{{{sides}}}",
        "\\toprule",
        _latex_row(_headings(frame, labels)),
        "\\midrule",
    ]
    lines += [_latex_row(row) for row in _cells(frame, labels, digits)]
    lines += ["\\bottomrule", "\\end{tabular}"]
    lines += [f"\\par\\smallskip {latex_escape(note)}" for note in notes]
    return "\n".join([*lines, "\\end{table}", ""])


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(latex_escape(cell) for cell in cells) + r" \\"


def clipboard_payload(
    frame: pd.DataFrame,
    *,
    labels: Labels = label_of,
    digits: int | None = None,
    caption: str = "",
    notes: Sequence[str] = (),
) -> ClipboardTable:
    """Return a table for the clipboard, by default with every digit.

    Parameters
    ----------
    frame : DataFrame
    labels : callable
        As in `export_table`.
    digits : int, optional
        Significant digits of the text; the numbers that spreadsheets take from the HTML always have all.
    caption, notes : str, sequence of str
        Go with the HTML only: a spreadsheet would take them for cells.
    """
    return ClipboardTable(
        html=html_document(frame, labels=labels, digits=digits, caption=caption, notes=notes),
        tsv=tsv_text(frame, labels=labels, digits=digits),
    )


def _headings(frame: pd.DataFrame, labels: Labels) -> list[str]:
    return [labels(str(column)).heading for column in frame.columns]


def _cells(frame: pd.DataFrame, labels: Labels, digits: int | None) -> list[list[str]]:
    """Return the cells as text, row by row."""
    columns = []
    for i, name in enumerate(frame.columns):
        kind = labels(str(name)).kind
        values = frame.iloc[:, i].tolist()
        if digits is None:
            columns.append([format_full(value) for value in values])
        else:
            if kind == "text" and pd.api.types.is_float_dtype(frame.dtypes.iloc[i]):
                kind = "number"  # a column of the user's that no table of labels knows
            columns.append([format_value(value, kind, digits=digits) for value in values])
    return [list(row) for row in zip(*columns, strict=True)] if columns else []
