"""The example data that come with the application, and their codebooks.

Knows no pandas, so that the start page can list the examples before pandas is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mixgui import paths
from mixgui.data.codebook_csv import CodebookFile, read_codebook

_CODEBOOK = "codebook.csv"


@dataclass(frozen=True)
class Example:
    """A bundled example.

    Parameters
    ----------
    id : str
        Name of its folder.
    title, description : str
        What it is, and what it is good for.
    tables : tuple of str
        Names of its tables; the one whose rows are analysed first.
    keys : tuple of str
        Columns by which the tables are joined; empty when there is only one.
    formula : str
        A model to begin with.
    citation : str
        Where the data were published.
    """

    id: str
    title: str
    description: str
    tables: tuple[str, ...]
    keys: tuple[str, ...]
    formula: str
    citation: str

    def files(self) -> tuple[Path, ...]:
        """Return the data files, in the order of `tables`."""
        return tuple(paths.examples() / self.id / f"{table}.csv" for table in self.tables)

    def codebook(self) -> CodebookFile:
        """Return what the columns mean."""
        return read_codebook(paths.examples() / self.id / _CODEBOOK)


EXAMPLES: tuple[Example, ...] = (
    Example(
        "dutch-pupils",
        "Pupils in classes",
        "Language scores of 2,287 Dutch pupils and their 133 classes: two files to join.",
        ("pupils", "classes"),
        ("class",),
        "lang ~ 1 + IQ + (1 | class)",
        "Snijders and Bosker (1999), Multilevel Analysis",
    ),
    Example(
        "high-school",
        "Students in schools",
        "Mathematics achievement of 7,185 American students in 160 schools: two files to join.",
        ("students", "schools"),
        ("school",),
        "math ~ 1 + ses * sector + (1 + ses | school)",
        "Raudenbush and Bryk (2002), Hierarchical Linear Models",
    ),
    Example(
        "sleepstudy",
        "Sleep and reaction time",
        "18 persons over ten days of too little sleep: growth with random slopes.",
        ("sleepstudy",),
        (),
        "Reaction ~ 1 + Days + (1 + Days | Subject)",
        "Belenky et al. (2003), Journal of Sleep Research 12",
    ),
    Example(
        "penicillin",
        "Penicillin plates",
        "144 measurements on 24 plates of 6 samples: two crossed grouping factors.",
        ("penicillin",),
        (),
        "diameter ~ 1 + (1 | plate) + (1 | sample)",
        "Davies and Goldsmith (1972), Statistical Methods in Research and Production",
    ),
)
