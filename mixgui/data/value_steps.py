"""Steps that give cells other values or another type: recode, look up, set type."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mixgui.data.codebook import KIND_WORDS, VariableInfo, without_codes
from mixgui.data.conversion import convert
from mixgui.data.dataset import Dataset
from mixgui.data.join_matching import match_rows
from mixgui.data.joins import take
from mixgui.data.number_texts import is_number, to_float
from mixgui.data.read_options import ReadNote
from mixgui.data.step_base import (
    SHOWN,
    InPlaceStep,
    StepCode,
    Tables,
    find_table,
    listed,
    need_columns,
    need_name,
    note,
    repeated,
    rows_text,
    with_columns,
)
from mixgui.data.value_code import look_up_code, recode_code, set_type_code
from mixgui.data.values import coded
from mixgui.errors import JoinError, StepError
from mixgui.observer import Observer, Progress

Others = Literal["keep", "missing"]
ColumnKind = Literal["number", "integer", "category", "text", "boolean", "date", "id"]


@dataclass(frozen=True)
class Recode(InPlaceStep):
    """Give values of a column other values.

    Parameters
    ----------
    table : str
    column : str
    mapping : tuple of (str, str)
        Old value, as R writes it, and new one. The new value "" makes cells missing.
    new_column : str
        Name of the new column; "" or the old name replaces the column.
    others : str
        What becomes of values that are not in the mapping: "keep" or "missing".
    as_number : bool
        Whether the new values are numbers; else they are text (or categories, if the column had categories).
    """

    table: str
    column: str
    mapping: tuple[tuple[str, str], ...]
    new_column: str = ""
    others: Others = "keep"
    as_number: bool = False

    @property
    def made(self) -> str:
        """Name of the column with the new values."""
        return self.new_column or self.column

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Recode each different value once."""
        old = dataset.variable(self.column)
        need_name(self.made)
        if not self.mapping:
            raise StepError("No values to recode were given.", "Give at least one old and new value.")
        twice = repeated([code for code, _ in self.mapping])
        if twice:
            raise StepError(f"Two new values were given for “{twice[0]}”.", "Remove one of the two.")
        observer(Progress(f"Recoding {self.column}", 0.1))
        column = dataset.frame[self.column]
        codes, texts = coded(column)
        mapping = {code: new or None for code, new in self.mapping}
        found = [mapping.get(text, text if self.others == "keep" else None) for text in texts]
        new = self._numbers(codes, found) if self.as_number else self._texts(column, codes, found)
        info = VariableInfo()
        if self.made == self.column:
            info = VariableInfo(old.label, old.unit, old.description)
        elif old.label:
            info = VariableInfo(f"{old.label}, recoded")
        notes = self._notes(codes, texts, dataset)
        made = pd.Series(new, index=column.index)
        return with_columns(dataset, {self.made: made}, observer, {self.made: info}), notes

    def _numbers(self, codes: np.ndarray, found: list[str | None]) -> np.ndarray:
        wrong = [text for text in found if text is not None and not is_number(text)]
        if wrong:
            raise StepError(
                f"{listed(list(dict.fromkeys(wrong)))} cannot be a number in “{self.made}”.",
                "Give these values a number, make the others missing, or make the new column text.",
            )
        values = np.array([*(np.nan if text is None else to_float(text) for text in found), np.nan])
        numbers = values[codes]
        whole = not np.isnan(numbers).any() and bool((numbers == np.rint(numbers)).all())
        return numbers.astype(np.int64) if whole and bool((np.abs(numbers) < 2.0**53).all()) else numbers

    def _texts(self, column: pd.Series, codes: np.ndarray, found: list[str | None]) -> object:
        if not isinstance(column.dtype, pd.CategoricalDtype):
            return pd.array(np.array([*found, None], dtype=object)[codes], dtype="str")
        levels = list(dict.fromkeys(text for text in found if text is not None))
        place = {level: i for i, level in enumerate(levels)}
        new = np.array([*(-1 if text is None else place[text] for text in found), -1])[codes]
        return pd.Categorical.from_codes(new, dtype=pd.CategoricalDtype(pd.Index(levels, dtype="str")))

    def _notes(self, codes: np.ndarray, texts: list[str], dataset: Dataset) -> list[ReadNote]:
        counts: Counter[str] = Counter()
        for text, n in zip(texts, np.bincount(codes[codes >= 0], minlength=len(texts)), strict=True):
            counts[text] += int(n)
        mapped = {code for code, _ in self.mapping}
        cells = sum(n for text, n in counts.items() if text in mapped)
        notes = [note(f"{cells:,} cell{' was' if cells == 1 else 's were'} recoded.", column=self.made)]
        absent = [code for code, _ in self.mapping if not counts.get(code)]
        if absent:
            verb = "does" if len(absent) == 1 else "do"
            notes.append(
                note(f"{listed(absent)} {verb} not occur in “{self.column}”.", "warning", self.column)
            )
        rest = [text for text, n in counts.items() if n and text not in mapped]
        if rest:
            kept = self.others == "keep"
            shown = ", ".join(f"“{text}” ({counts[text]:,})" for text in rest[:SHOWN])
            shown += f" and {len(rest) - SHOWN:,} more" if len(rest) > SHOWN else ""
            what = "kept as they are" if kept else "missing now"
            text = f"{len(rest):,} other value{'s are' if len(rest) > 1 else ' is'} {what}: {shown}."
            notes.append(note(text, "info" if kept else "warning", self.column))
        if self.new_column and self.new_column != self.column and self.new_column in dataset.names:
            notes.append(note(f"The column “{self.new_column}” existed already and is replaced.", "warning"))
        return notes

    def describe(self) -> str:
        """Return "Recode sex in pupils"."""
        into = f" to {self.new_column}" if self.made != self.column else ""
        return f"Recode {self.column}{into} in {self.table}"

    def code(self) -> StepCode:
        """Return a look-up of the new values."""
        return recode_code(self)


@dataclass(frozen=True)
class LookUp(InPlaceStep):
    """Give each row the value that another table has for it.

    Parameters
    ----------
    table : str
    column : str
        Column whose values are looked up.
    lookup : str
        The other table.
    key, value : str
        Its columns: what is looked for, and what is taken.
    new_column : str
        Name of the new column; one that exists is replaced.
    """

    table: str
    column: str
    lookup: str
    key: str
    value: str
    new_column: str

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Look every row up; one that is not found gets a missing value."""
        other = find_table(tables, self.lookup)
        need_columns(dataset, [self.column])
        need_columns(other, dict.fromkeys([self.key, self.value]))
        need_name(self.new_column)
        observer(Progress(f"Looking up {self.column}", 0.1))
        matching = self._matching(dataset, other)
        rows = np.full(matching.codes.n_keys + 1, -1, dtype=np.intp)
        right = matching.codes.right
        rows[right[right >= 0]] = np.flatnonzero(right >= 0)
        source = rows[matching.codes.left]
        cells = other.frame[self.value]
        taken = pd.Series(take(cells, source) if (source < 0).any() else cells.take(source).array)
        notes = self._notes(dataset, source)
        infos = {self.new_column: other.variable(self.value).info}
        return with_columns(dataset, {self.new_column: taken}, observer, infos), notes

    def _matching(self, dataset: Dataset, other: Dataset):  # type: ignore[no-untyped-def]
        matching = match_rows(
            dataset.frame,
            other.frame,
            [(self.column, self.key)],
            left_name=self.table,
            right_name=self.lookup,
        )
        types = matching.types[0]
        if not types.match:
            raise JoinError(
                f"“{self.column}” holds {types.left_family}, but “{self.key}” of “{self.lookup}” holds "
                f"{types.right_family}: nothing would be found.",
                "Set the type of one of the columns first.",
            )
        if len(matching.right_counts) and matching.right_counts.max() > 1:
            codes = matching.codes.right
            twice = np.flatnonzero((codes >= 0) & (matching.right_counts[codes] > 1))
            values = pd.unique(other.frame[self.key].iloc[twice])
            raise StepError(
                f"“{self.key}” of “{self.lookup}” has {listed([str(v) for v in values])} more than once.",
                "Each value to look up must occur once: drop the repeated rows first.",
            )
        return matching

    def _notes(self, dataset: Dataset, source: np.ndarray) -> list[ReadNote]:
        column = dataset.frame[self.column]
        lost = (source < 0) & column.notna().to_numpy()
        notes = [
            note(
                f"{int((source >= 0).sum()):,} of {rows_text(len(source))} were found.",
                column=self.new_column,
            )
        ]
        if lost.any():
            values = [str(v) for v in pd.unique(column[lost])]
            text = f"{rows_text(int(lost.sum()))} were not found in “{self.lookup}”: {listed(values)}."
            notes.append(note(text, "warning", self.column))
        if self.new_column in dataset.names:
            notes.append(note(f"The column “{self.new_column}” existed already and is replaced.", "warning"))
        return notes

    def describe(self) -> str:
        """Return "Look up size of schools for school in pupils"."""
        return f"Look up {self.value} of {self.lookup} for {self.column} in {self.table}"

    def code(self) -> StepCode:
        """Return a left_join() of one column."""
        return look_up_code(self)


@dataclass(frozen=True)
class SetType(InPlaceStep):
    """Say what kind of values a column holds; cells that are none of them become missing and are listed.

    Parameters
    ----------
    table : str
    column : str
    kind : str
        "number", "integer" (whole number), "category", "text", "boolean" (yes/no), "date" or "id" (names something:
        its values stay as they are).
    levels : tuple of str
        Order of the levels of a category; other values come after them. Without levels, R's order.
    reference : str
        Level that comes first, so that models compare with it.
    date_format : str
        How dates are written, in the codes of strptime (`%d.%m.%Y`); "" for year-month-day.
    """

    table: str
    column: str
    kind: ColumnKind
    levels: tuple[str, ...] = ()
    reference: str = ""
    date_format: str = ""

    def change(self, dataset: Dataset, tables: Tables, observer: Observer) -> tuple[Dataset, list[ReadNote]]:
        """Convert the column; label and unit stay."""
        old = dataset.variable(self.column)
        observer(Progress(f"Converting {self.column}", 0.1))
        column, notes = convert(
            dataset.frame[self.column],
            self.column,
            self.kind,
            levels=self.levels,
            reference=self.reference,
            date_format=self.date_format,
        )
        info = VariableInfo(
            old.label,
            old.unit,
            old.description,
            self.kind,
            self.levels if self.kind == "category" else (),
            self.reference if self.kind == "category" else "",
            old.missing_codes,
            old.value_labels,
        )
        if self.kind == "id":
            known = {one.name: one.with_info(info) for one in dataset.variables if one.name == self.column}
            from dataclasses import replace

            return replace(
                dataset, variables=tuple(known.get(one.name, one) for one in dataset.variables)
            ), notes
        return with_columns(
            dataset, {self.column: column}, observer, {self.column: without_codes(info, ())}
        ), notes

    def describe(self) -> str:
        """Return "Set the type of grade in pupils to category"."""
        return f"Set the type of {self.column} in {self.table} to {KIND_WORDS[self.kind]}"

    def code(self) -> StepCode:
        """Return the conversion."""
        return set_type_code(self)
