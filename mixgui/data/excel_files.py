"""Workbooks: Excel (.xlsx, .xlsm, .xlsb, .xls) and OpenDocument (.ods), read by calamine.

calamine gives an error cell (#DIV/0!) as an empty one; `sheet_errors` finds them, so that they are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixgui.data.cell_grid import Grid, read_grid
from mixgui.data.file_formats import workbook_kind
from mixgui.data.header import looks_like_header
from mixgui.data.read_options import ReadNote, ReadOptions, ReadResult
from mixgui.data.sheet_errors import ERROR_TEXT, sheet_errors
from mixgui.data.values import spell
from mixgui.errors import ReadError
from mixgui.observer import Observer, Progress, silent

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_HEAD_ROWS = 300
_MOST_TITLE_ROWS = 20
_ENDINGS = {"xlsx": (".xlsx", ".xlsm", ".xlsb"), "ods": (".ods",)}


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the sheets with cells, in the workbook's order; charts and macros are none."""
    from python_calamine import SheetTypeEnum

    with _opened(path) as book:
        kinds = {one.name: one.typ for one in book.sheets_metadata}
        return tuple(
            name
            for name in book.sheet_names
            if kinds.get(name, SheetTypeEnum.WorkSheet) == SheetTypeEnum.WorkSheet
        )


def sniff_workbook(path: Path, sheet: str = "") -> ReadOptions:
    """Guess the sheet with the table, its rows above the table and whether it has a row with names.

    Parameters
    ----------
    path : Path
    sheet : str
        Look at this sheet only; without it at the first that has cells.
    """
    with _opened(path) as book:
        names = [sheet] if sheet else list(_visible(book))
        for name in names:
            found = _sheet(book, name, path)
            if found.start is not None:
                rows = found.to_python(nrows=_HEAD_ROWS)
                skip, header = _guess_head(rows)
                return ReadOptions(
                    format="excel", sheet=name, skip_lines=found.start[0] + skip, header=header
                )
    raise ReadError(f"“{path.name}” has no cells.", "Choose a workbook with a table in it.")


def read_workbook(
    path: Path, options: ReadOptions, observer: Observer = silent, most_rows: int | None = None
) -> ReadResult:
    """Read a sheet of a workbook (see `readers.read_table`)."""
    observer(Progress(f"Reading {path.name}"))
    with _opened(path) as book:
        name = options.sheet or _first_with_cells(book, path)
        sheet = _sheet(book, name, path)
        if sheet.start is None:
            raise ReadError(f"The sheet “{name}” of “{path.name}” is empty.", "Choose another sheet.")
        first_row, first_column = sheet.start
        wanted = None if most_rows is None else max(options.skip_lines - first_row, 0) + most_rows + 1
        rows = sheet.to_python(nrows=wanted)
        merged = _merged(sheet)
        others = [other for other in _visible(book) if other != name and _has_cells(book, other)]
    observer(Progress(f"Reading {path.name}", 0.5))
    errors = sheet_errors(path, name, observer)
    grid = _make_grid(rows, first_row, options, path)
    grid.errors |= {(r, c - first_column): text for (r, c), text in errors.items()}
    _take_error_texts(grid)
    _fill_merged(grid, merged, first_column)
    if others and not options.sheet:
        grid.notes.append(ReadNote("info", f"The sheet “{name}” was read; others are {_some(others)}."))
    return read_grid(grid, options, observer)


def raw_rows(path: Path, sheet: str, most: int) -> list[str]:
    """Return the first rows of a sheet, with bars between the cells, from its first row on."""
    with _opened(path) as book:
        name = sheet or _first_with_cells(book, path)
        rows = _sheet(book, name, path).to_python(skip_empty_area=False, nrows=most)
    return ["  │  ".join(" ".join(_text(cell).split()) for cell in row) for row in rows]


@contextmanager
def _opened(path: Path) -> Iterator[CalamineWorkbook]:
    """Open a workbook; what calamine refuses becomes a sentence."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        known = path.suffix.lower() in _ENDINGS.get(workbook_kind(path), (".xls",))
        if known:
            book = CalamineWorkbook.from_path(path)
        else:
            with path.open("rb") as file:  # the ending misleads: let calamine look at the bytes
                book = CalamineWorkbook.from_filelike(file)
        yield book
    except PasswordError as error:
        raise _protected(path) from error
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _unreadable(path, str(error)) from error
    except ReadError:
        raise
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # calamine met what it did not think of
            raise _unreadable(path, "") from error
        raise


def _unreadable(path: Path, reason: str) -> ReadError:
    head = b""
    with path.open("rb") as file:
        head = file.read(1 << 20)
    if "EncryptedPackage".encode("utf-16-le") in head or "password" in reason.lower():
        return _protected(path)
    if "WordDocument".encode("utf-16-le") in head or workbook_kind(path) == "document":
        return ReadError(
            f"“{path.name}” is a document, not a workbook.", "Copy its table into a spreadsheet, or paste it."
        )
    return ReadError(
        f"The workbook “{path.name}” is damaged or not understood.",
        "Open it in a spreadsheet program and save it as .xlsx or .csv.",
    )


def _protected(path: Path) -> ReadError:
    return ReadError(
        f"The workbook “{path.name}” is protected by a password.",
        "Open it in a spreadsheet program, save it without a password, and try again.",
    )


def _visible(book: CalamineWorkbook) -> Iterator[str]:
    """Yield the sheets, hidden ones last."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    facts = {one.name: one for one in book.sheets_metadata}
    for visible in (True, False):
        for name in book.sheet_names:
            one = facts.get(name)
            if one is None or one.typ == SheetTypeEnum.WorkSheet:
                shown = one is None or one.visible == SheetVisibleEnum.Visible
                if shown == visible:
                    yield name


def _sheet(book: CalamineWorkbook, name: str, path: Path) -> CalamineSheet:
    if name not in book.sheet_names:
        known = _some(list(book.sheet_names))
        raise ReadError(f"“{path.name}” has no sheet “{name}”.", f"Its sheets are {known}.")
    return book.get_sheet_by_name(name)


def _has_cells(book: CalamineWorkbook, name: str) -> bool:
    return book.get_sheet_by_name(name).start is not None


def _first_with_cells(book: CalamineWorkbook, path: Path) -> str:
    for name in _visible(book):
        if _has_cells(book, name):
            return name
    raise ReadError(f"“{path.name}” has no cells.", "Choose a workbook with a table in it.")


def _some(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _guess_head(rows: list[list[Any]]) -> tuple[int, bool]:
    """Return how many rows stand above the table, and whether its first row holds names."""
    filled = [sum(cell != "" for cell in row) for row in rows]
    most = max(filled, default=0)
    counts = Counter(count for count in filled if count > 1)
    usual = max(counts, key=lambda count: (counts[count], count)) if counts else most
    enough = max(min(usual, most) * 0.6, 1)
    skip = next((i for i, count in enumerate(filled[: _MOST_TITLE_ROWS + 1]) if count >= enough), 0)
    texts = [[_text(cell) for cell in row] for row in rows[skip:]]
    return skip, bool(texts) and looks_like_header(texts, ".")


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else spell(cell) if isinstance(cell, int | float) else str(cell)


def _make_grid(rows: list[list[Any]], first_row: int, options: ReadOptions, path: Path) -> Grid:
    """Cut off what is above the table and leave out rows without a cell."""
    body = list(enumerate(rows, start=first_row + 1))
    body = [(number, row) for number, row in body if number > options.skip_lines]
    filled = [(number, row) for number, row in body if any(cell != "" for cell in row)]
    notes: list[ReadNote] = []
    if not filled:
        raise ReadError(
            f"The sheet of “{path.name}” has no cells below row {options.skip_lines:,}.",
            "Choose fewer rows above the table.",
        )
    above = sum(any(cell != "" for cell in row) for row in rows[: max(options.skip_lines - first_row, 0)])
    if above:
        rows_stand = "row stands" if above == 1 else f"{above} rows stand"
        notes.append(ReadNote("warning", f"The first {rows_stand} above the table: left out.", 1))
    names: list[str] = []
    if options.header:
        names = [" ".join(_text(cell).split()) for cell in filled[0][1]]
        filled = filled[1:]
    if filled:
        inner = filled[-1][0] - filled[0][0] + 1 - len(filled)
        if inner:
            empty = "One empty row" if inner == 1 else f"{inner:,} empty rows"
            notes.append(ReadNote("info", f"{empty} within the table left out."))
    return Grid([row for _, row in filled], names, [number for number, _ in filled], notes=notes)


def _take_error_texts(grid: Grid) -> None:
    """Take cells whose text is that of an error (OpenDocument has them so) out of the rows."""
    for number, row in zip(grid.row_numbers, grid.rows, strict=True):
        for j, cell in enumerate(row):
            if isinstance(cell, str) and cell[:1] in ("#", "E") and ERROR_TEXT.fullmatch(cell):
                grid.errors[number, j] = cell
                row[j] = ""


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(sheet.merged_cell_ranges or [])


def _fill_merged(
    grid: Grid, merged: list[tuple[tuple[int, int], tuple[int, int]]], first_column: int
) -> None:
    """Give all rows of a merged cell its value: the name of a group often stands once beside its rows."""
    place = {number: i for i, number in enumerate(grid.row_numbers)}
    filled = 0
    first = 0
    for (top, left), (bottom, _) in merged:
        if bottom == top or top + 1 not in place:
            continue
        j = left - first_column
        value = grid.rows[place[top + 1]][j]
        below = [place[number] for number in range(top + 2, bottom + 2) if number in place]
        for i in below:
            if grid.rows[i][j] == "":
                grid.rows[i][j] = value
        if below and value != "":
            filled, first = filled + 1, first or top + 1
    if filled:
        cells = "A merged cell" if filled == 1 else f"{filled:,} merged cells"
        stand = "stands" if filled == 1 else "stand"
        text = f"{cells} (row {first:,}{', …' if filled > 1 else ''}) {stand} beside several rows: each of "
        grid.notes.append(ReadNote("warning", f"{text}these rows was given the value.", first, doubt=True))
