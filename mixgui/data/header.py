"""The names of the columns: whether the first line holds them, and how they are made unique."""

from __future__ import annotations

from mixgui.data.number_texts import is_number
from mixgui.data.read_options import MISSING, ReadNote

_ROW_NAMES = "row"


def looks_like_header(rows: list[list[str]], decimal: str) -> bool:
    """Tell whether the first row holds names.

    It does not when it has a number wherever the rows below have only numbers, and there is such a
    column; years over columns of measurements (2008, 2009, ...) are names all the same.
    """
    first, rest = rows[0], rows[1:]
    if not rest or not any(cell.strip() for cell in first):
        return True
    shift = int(has_unnamed_row_names(rows))
    numeric = []
    for j, cell in enumerate(first):
        below = [row[j + shift].strip() for row in rest if j + shift < len(row)]
        below = [c for c in below if c not in MISSING]
        if below and all(is_number(c, decimal) for c in below):
            numeric.append(cell.strip())
    values = [cell for cell in numeric if cell not in MISSING]
    if not values or not all(is_number(cell, decimal) for cell in values):
        return True
    return _are_years(values) and not _are_years_below(rest, decimal)


def has_unnamed_row_names(rows: list[list[str]]) -> bool:
    """Tell whether all rows are one cell longer than the header because they start with a name.

    R's write.table makes such files. Rows that only end with a separator have an empty last cell.
    """
    width, rest = len(rows[0]), rows[1:]
    return bool(rest) and all(len(row) == width + 1 for row in rest) and any(row[-1].strip() for row in rest)


def _are_years(cells: list[str]) -> bool:
    if len(cells) < 2 or not all(cell.isascii() and cell.isdigit() and len(cell) == 4 for cell in cells):
        return False
    years = [int(cell) for cell in cells]
    return years[0] >= 1800 and years[-1] <= 2200 and years == sorted(set(years))


def _are_years_below(rows: list[list[str]], decimal: str) -> bool:
    numbers = [[c.strip() for c in row if is_number(c, decimal)] for row in rows[:20]]
    return all(_are_years(row) for row in numbers)


def column_names(cells: list[str], width: int) -> tuple[list[str], list[ReadNote]]:
    """Return one unique name a column, and what had to be done for it.

    Parameters
    ----------
    cells : list of str
        The header.
    width : int
        Number of columns. Names that are missing at the end are made up.
    """
    notes: list[ReadNote] = []
    cells = [" ".join(cell.split()) for cell in cells] + [""] * (width - len(cells))
    taken = set(cells)
    names: list[str] = []
    for j, cell in enumerate(cells):
        name = cell
        if not cell:
            name = _unused(_ROW_NAMES if j == 0 and width > 1 else f"column_{j + 1}", taken, names)
            text = f"Column {j + 1} has no name; it is called “{name}”."
            notes.append(ReadNote("info", text, None, name))
        elif cell in names:
            name = _unused(cell, taken, names)
            text = f"The name “{cell}” occurs again in column {j + 1}, which is called “{name}”."
            notes.append(ReadNote("warning", text, None, name))
        names.append(name)
    return names, notes


def _unused(name: str, taken: set[str], names: list[str]) -> str:
    """Return the name, or the name with the first number that no other column has."""
    if name not in taken and name not in names:
        return name
    number = 2
    while f"{name}_{number}" in taken or f"{name}_{number}" in names:
        number += 1
    return f"{name}_{number}"
