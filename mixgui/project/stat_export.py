"""Tables of data as files of SPSS and Stata, with what the codebook says: labels, value labels, missing codes.

A file that is read again gives the same cells, labels and value labels. Categories become codes with value labels, as
those programs have them: their own numbers where the levels are numbers, else 1, 2, 3 in the order of the levels.
"""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mixgui.data.dataset import Dataset, Variable
from mixgui.data.number_texts import is_number
from mixgui.errors import ExportError
from mixgui.observer import Observer, Progress, silent
from mixgui.project.atomic import write_atomically

_MOST_EXACT = 2**53  # whole numbers beyond this are not all doubles
_NAMED = 3
_SPSS_WORDS = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])
_STATA_WORDS = frozenset(
    [
        *("_all", "_b", "_coef", "_cons", "_n", "_N", "_pi", "_pred", "_rc", "_skip"),
        *("byte", "double", "float", "if", "in", "int", "long", "str", "strL", "using", "with"),
    ]
)
_MOST_MISSING = 3  # codes that SPSS takes as missing, one by one
_LONGEST_CODE = 8  # bytes of a text that SPSS can declare as missing
_LONGEST_LABEL = {"sav": 120, "dta": 32_000}  # bytes of a value label
_LONGEST_TITLE = {"sav": 256, "dta": 80}  # of a variable's label: bytes in SPSS, letters in Stata


class StatFormat(StrEnum):
    """What program a file is for; the value is the ending of the file."""

    SPSS = "sav"
    STATA = "dta"

    @property
    def words(self) -> str:
        """What it is called in a file dialog and in sentences."""
        return {"sav": "SPSS", "dta": "Stata"}[self.value]

    @classmethod
    def of(cls, path: Path) -> StatFormat | None:
        """Return the format of a file's ending; None for another one."""
        return next((one for one in cls if path.suffix.lower() == f".{one.value}"), None)


@dataclass
class _Columns:
    """What is handed to the writer."""

    cells: dict[str, pd.Series] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[Any, str]] = field(default_factory=dict)
    missing: dict[str, list[Any]] = field(default_factory=dict)
    measure: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def write_stat_file(
    dataset: Dataset, path: Path, wanted: StatFormat, observer: Observer = silent
) -> tuple[str, ...]:
    """Write a table as a file of SPSS or Stata, completely or not at all.

    Returns
    -------
    tuple of str
        Sentences about what the file cannot hold and was left out; cells never are.

    Raises
    ------
    ExportError
        When a name or cells of a column cannot be in such a file, or it cannot be written.
    """
    import pyreadstat

    if not dataset.variables:
        raise ExportError(
            "A table without columns cannot be written for another program.", "Add a column first."
        )
    _refuse_names(dataset.names, wanted)
    columns = _Columns()
    for i, one in enumerate(dataset.variables):
        observer(Progress(f"Writing {one.name}", 0.5 * i / len(dataset.variables)))
        _add(columns, one, dataset.frame[one.name], wanted)
    frame = pd.DataFrame(columns.cells)
    observer(Progress(f"Writing {path.name}", 0.5))
    shared: dict[str, Any] = {
        "column_labels": [columns.titles[name] for name in frame.columns],
        "variable_value_labels": columns.labels,
        "file_label": dataset.name[:60],
    }
    with tempfile.TemporaryDirectory() as folder:  # the writer takes a place and no file
        made = Path(folder) / f"table.{wanted.value}"
        try:
            if wanted is StatFormat.SPSS:
                pyreadstat.write_sav(
                    frame,
                    str(made),
                    missing_ranges=columns.missing,
                    variable_measure=columns.measure,
                    **shared,
                )
            else:
                pyreadstat.write_dta(frame, str(made), **shared)
        except Exception as error:  # the writer raises errors of its own and of Python
            raise ExportError(
                f"The table could not be written for {wanted.words}: {error}", "Export it as CSV instead."
            ) from error
        with made.open("rb") as source:
            write_atomically(path, lambda file: shutil.copyfileobj(source, file))
    return tuple(columns.left_out)


# --- names ---


def _refuse_names(names: tuple[str, ...], wanted: StatFormat) -> None:
    wrong = [name for name in names if not _is_name(name, wanted)]
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        listed = ", ".join(f"“{name}”" for name in wrong[:_NAMED])
        raise ExportError(
            f"{wanted.words} cannot have {'a column' if len(wrong) == 1 else 'columns'} named {listed}{more}.",
            f"Rename {'it' if len(wrong) == 1 else 'them'} first, for instance to “{_proposed(wrong[0], wanted)}”.",
        )
    if wanted is StatFormat.SPSS:  # it does not tell capitals from small letters
        count = Counter(name.casefold() for name in names)
        alike = [name for name in names if count[name.casefold()] > 1]
        if alike:
            raise ExportError(
                f"For SPSS “{alike[0]}” and “{alike[1]}” are the same name.", "Rename one of them first."
            )


def _is_name(name: str, wanted: StatFormat) -> bool:
    if wanted is StatFormat.STATA:
        fits = re.fullmatch(r"[^\W\d]\w{0,31}", name) is not None
        return fits and name not in _STATA_WORDS and re.fullmatch(r"str\d+", name) is None
    fits = re.fullmatch(r"[^\W\d_][\w.$#@]*", name) is not None and not name.endswith(".")
    return fits and len(name.encode()) <= 64 and name.upper() not in _SPSS_WORDS


def _proposed(name: str, wanted: StatFormat) -> str:
    text = re.sub(r"\W+", "_", name).strip("_")
    longest = 32 if wanted is StatFormat.STATA else 60
    while len(text.encode()) > longest:
        text = text[:-1]
    if not _is_name(text, wanted):
        text = f"v_{text}"[:longest]
    return text if _is_name(text, wanted) and not keyword.iskeyword(text) else "v1"


# --- columns ---


def _add(columns: _Columns, one: Variable, column: pd.Series, wanted: StatFormat) -> None:
    """Add a column with its words."""
    labels = {code: label for code, label in one.value_labels if label}
    if isinstance(column.dtype, pd.CategoricalDtype):
        cells, named = _coded(column, labels)
        measure = "ordinal" if column.cat.ordered or one.levels else "nominal"
    elif pd.api.types.is_bool_dtype(column.dtype):
        cells = column.astype("float64")
        named = {0.0: labels.get("FALSE", "no"), 1.0: labels.get("TRUE", "yes")}
        measure = "nominal"
    elif pd.api.types.is_datetime64_any_dtype(column.dtype):
        cells, named, measure = _dates(column), {}, "scale"
    elif pd.api.types.is_numeric_dtype(column.dtype):
        cells, named = _numbers(column, one.name, wanted), _numbered(labels)
        measure = "nominal" if labels else "scale"
    else:
        cells, measure = _texts(column), "nominal"
        named = dict(labels) if wanted is StatFormat.SPSS else {}
    columns.cells[one.name] = cells
    columns.measure[one.name] = measure
    title = one.title if one.label or one.unit else ""
    columns.titles[one.name] = _cut(
        title, _LONGEST_TITLE[wanted.value], columns, f"The label of “{one.name}”"
    )
    kept = _labels_kept(named, one.name, wanted, columns)
    if kept:
        columns.labels[one.name] = kept
    if labels and not named:
        columns.left_out.append(
            f"{wanted.words} has no value labels for texts: those of “{one.name}” were left out."
        )
    _add_missing(columns, one, cells, wanted)


def _coded(column: pd.Series, labels: Mapping[str, str]) -> tuple[pd.Series, dict[Any, str]]:
    """Return the numbers of a category and what they are called."""
    levels = [str(level) for level in column.cat.categories]
    numbers = [float(level) for level in levels] if all(is_number(level) for level in levels) else []
    values = (
        numbers if numbers and np.isfinite(numbers).all() else [float(i) for i in range(1, len(levels) + 1)]
    )
    codes = column.cat.codes.to_numpy()
    cells = np.append(np.asarray(values, dtype=float), np.nan)[codes]
    if values is numbers:
        named = {float(code): label for code, label in labels.items() if is_number(code)}
    else:
        named = {value: labels.get(level, level) for value, level in zip(values, levels, strict=True)}
    return pd.Series(cells), dict(named)


def _numbered(labels: Mapping[str, str]) -> dict[Any, str]:
    return {float(code): label for code, label in labels.items() if is_number(code)}


def _numbers(column: pd.Series, name: str, wanted: StatFormat) -> pd.Series:
    if pd.api.types.is_integer_dtype(column.dtype):
        known = column.dropna()
        if len(known) and max(abs(int(known.max())), abs(int(known.min()))) > _MOST_EXACT:
            raise ExportError(
                f"“{name}” has whole numbers so long that {wanted.words} would change them.",
                "Set its type to text first, or export the table as CSV.",
            )
    values = column.to_numpy(dtype=float, na_value=np.nan)
    n = int(np.isinf(values).sum())
    if n:
        raise ExportError(
            f"“{name}” has {n:,} infinite value{'' if n == 1 else 's'}, which {wanted.words} cannot have.",
            "Recode them first, or export the table as CSV.",
        )
    return pd.Series(values)


def _dates(column: pd.Series) -> pd.Series:
    """Return days as days and moments as moments, without their time zone."""
    plain = column.dt.tz_localize(None) if column.dt.tz is not None else column
    if (plain.dropna() == plain.dropna().dt.normalize()).all():
        days = [None if cell is pd.NaT else cell.date() for cell in plain]
        return pd.Series(days, dtype=object)
    return plain.astype("datetime64[ns]").reset_index(drop=True)


def _texts(column: pd.Series) -> pd.Series:
    cells = column.astype(object)
    return pd.Series([None if pd.isna(cell) else str(cell) for cell in cells], dtype=object)


def _labels_kept(named: dict[Any, str], name: str, wanted: StatFormat, columns: _Columns) -> dict[Any, str]:
    """Return the value labels that the format can have."""
    kept = {}
    for code, label in named.items():
        if isinstance(code, float) and code.is_integer():
            code = int(code)
        elif isinstance(code, float) and wanted is StatFormat.STATA:
            columns.left_out.append(
                f"Stata has labels for whole numbers only: that of {code:g} in “{name}” was left out."
            )
            continue
        kept[code] = _cut(label, _LONGEST_LABEL[wanted.value], columns, f"A value label of “{name}”")
    return kept


def _add_missing(columns: _Columns, one: Variable, cells: pd.Series, wanted: StatFormat) -> None:
    """Declare the codes that mean missing, although no cell has them any more: their labels stay."""
    if not one.missing_codes or wanted is StatFormat.STATA:
        return
    texts = cells.dtype == object
    codes: list[Any] = [
        code if texts else float(code)
        for code in one.missing_codes
        if (len(code.encode()) <= _LONGEST_CODE if texts else is_number(code))
    ]
    if codes:
        columns.missing[one.name] = codes[:_MOST_MISSING]
    if len(one.missing_codes) > len(codes[:_MOST_MISSING]):
        columns.left_out.append(f"SPSS has at most three missing codes: some of “{one.name}” were left out.")


def _cut(text: str, longest: int, columns: _Columns, what: str) -> str:
    short = text
    while len(short.encode()) > longest:
        short = short[:-1]
    if short != text:
        columns.left_out.append(f"{what} was too long and was cut.")
    return short
