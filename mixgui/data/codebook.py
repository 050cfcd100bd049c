"""What a person, a codebook file or a statistics file says of columns; knows no pandas.

Values and codes are texts here, spelt as R spells them (`1`, `2.5`, `TRUE`): a codebook that was written for one file
fits the same data read from another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

#: What a column can be declared to be -> the word for it.
KIND_WORDS: dict[str, str] = {
    "number": "number",
    "integer": "whole number",
    "category": "category",
    "boolean": "yes or no",
    "text": "text",
    "date": "date",
    "id": "identifier",
}

#: The level of a column that varies from row to row.
ROW_LEVEL = "row"
_BY = "by "


def level_by(group: str) -> str:
    """Return the level of a column that belongs to the groups of another one."""
    return _BY + group


def level_group(level: str) -> str:
    """Return the column to whose groups a column of this level belongs; empty for rows and for what nobody said."""
    return level.removeprefix(_BY) if level.startswith(_BY) else ""


def level_renamed(level: str, names: Mapping[str, str]) -> str:
    """Return a level after some columns got other names (old name -> new name)."""
    group = level_group(level)
    return level_by(names[group]) if group in names else level


def is_level(level: str) -> bool:
    """Whether a text says a level."""
    return level in ("", ROW_LEVEL) or bool(level_group(level))


@dataclass(frozen=True)
class VariableInfo:
    """What is said of one column.

    Parameters
    ----------
    label, unit, description : str
        For axes, tables and sentences; the description is a sentence or more.
    kind : str
        "" as found in the data, else one of `KIND_WORDS`. An "id" names something: it keeps its values, and
        nobody calculates with it.
    levels : tuple of str
        Order of the levels of a category; levels that the data have besides come after them.
    reference : str
        Reference level of a category: it comes first in models. Empty: the first of the levels.
    missing_codes : tuple of str
        Values that mean missing.
    value_labels : tuple of (str, str)
        Code and label: the table keeps the code, labels are for display.
    level : str
        "" as found in the data; `ROW_LEVEL` where the column is said to vary from row to row; "by school" where it
        is said to belong to the groups of the column school.
    """

    label: str = ""
    unit: str = ""
    description: str = ""
    kind: str = ""
    levels: tuple[str, ...] = ()
    reference: str = ""
    missing_codes: tuple[str, ...] = ()
    value_labels: tuple[tuple[str, str], ...] = ()
    level: str = ""

    @property
    def changes_values(self) -> bool:
        """Whether it says more than words: a type, an order of levels or missing codes."""
        return bool(self.kind or self.levels or self.reference or self.missing_codes)

    @property
    def title(self) -> str:
        """The label with its unit; empty without a label."""
        return f"{self.label} ({self.unit})" if self.label and self.unit else self.label


#: Column -> what is said of it, in the order of the columns; hashable.
Codebook = tuple[tuple[str, VariableInfo], ...]


def merged(codebook: Codebook, changes: Codebook) -> Codebook:
    """Return a codebook with what is said of some columns replaced, others added at the end."""
    infos = dict(codebook)
    infos.update(changes)
    return tuple(infos.items())


def only(codebook: Codebook, columns: Iterable[str]) -> Codebook:
    """Return what a codebook says of these columns."""
    wanted = set(columns)
    return tuple((name, info) for name, info in codebook if name in wanted)


def renamed(codebook: Codebook, names: Mapping[str, str]) -> Codebook:
    """Return a codebook after some columns got other names (old name -> new name)."""
    return tuple(
        (names.get(name, name), replace(info, level=level_renamed(info.level, names)))
        for name, info in codebook
    )


def without_codes(info: VariableInfo, codes: Iterable[str]) -> VariableInfo:
    """Return what is said of a column whose cells no longer have some values."""
    gone = set(codes)
    return replace(
        info,
        levels=tuple(level for level in info.levels if level not in gone),
        reference="" if info.reference in gone else info.reference,
        value_labels=tuple(pair for pair in info.value_labels if pair[0] not in gone),
    )
