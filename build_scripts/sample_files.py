"""Small files of every format that is read, for trying a frozen program: python sample_files.py FOLDER

Runs in the environment, which has the libraries that write them. What no library writes comes from the tests.
"""

from __future__ import annotations

import bz2
import datetime
import gzip
import importlib.util
import lzma
import shutil
import sys
import zipfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests" / "data"

_HEAD = ("id", "town", "x", "day")
_ROWS = (
    (1, "Köln", 1.5, "2020-01-31"),
    (2, "Bonn", -2.25, "2020-02-01"),
    (3, "Ulm & Umland", 1e6, "2020-03-01"),
)


def write(folder: Path) -> None:
    """Write the files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_texts(folder)
    _write_workbooks(folder)
    _write_statistics(folder)
    for name in ("small.rds", "small_xz.rds", "small_ascii.rds", "many.RData"):
        shutil.copy(TESTS / "r_files" / name, folder / name)


def _write_texts(folder: Path) -> None:
    lines = [",".join(_HEAD), *(",".join(f'"{c}"' if c == "town" else str(c) for c in row) for row in _ROWS)]
    text = "\n".join(lines) + "\n"
    (folder / "utf8.csv").write_text(text, encoding="utf-8")
    (folder / "latin1.csv").write_text(text, encoding="latin-1")
    (folder / "excel.txt").write_text(text.replace(",", "\t"), encoding="utf-16")
    content = text.encode("utf-8")
    (folder / "table.csv.gz").write_bytes(gzip.compress(content, mtime=0))
    (folder / "table.csv.bz2").write_bytes(bz2.compress(content))
    (folder / "table.csv.xz").write_bytes(lzma.compress(content))
    with zipfile.ZipFile(folder / "table.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.csv", content)
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in _ROWS)
    head = "".join(f"<th>{name}</th>" for name in _HEAD)
    page = f"<html><meta charset='utf-8'><body><table><tr>{head}</tr>{cells}</table></body></html>"
    (folder / "page.html").write_text(page.replace("& U", "&amp; U"), encoding="utf-8")


def _write_workbooks(folder: Path) -> None:
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(str(folder / "book.xlsx"), {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, _HEAD)
        for number, row in enumerate(_ROWS, start=1):
            sheet.write_row(number, 0, (*row[:3], datetime.datetime.fromisoformat(row[3])))
    found = importlib.util.spec_from_file_location("old_excel", TESTS / "old_excel.py")
    assert found is not None
    assert found.loader is not None
    old_excel = importlib.util.module_from_spec(found)
    found.loader.exec_module(old_excel)
    old_excel.write_ods(folder / "open.ods", "Data", [_HEAD[:3], *(row[:3] for row in _ROWS)])
    ascii_rows = [(number, town.replace("ö", "oe"), x) for number, town, x, _ in _ROWS]
    old_excel.write_xls(folder / "old.xls", "Data", [_HEAD[:3], *ascii_rows])


def _write_statistics(folder: Path) -> None:
    import pandas as pd
    import pyreadstat

    frame = pd.DataFrame(_ROWS, columns=list(_HEAD))
    labels: dict[str, str | None] = {"x": "A measure"}
    pyreadstat.write_sav(frame, str(folder / "spss.sav"), column_labels=labels)
    pyreadstat.write_sav(frame, str(folder / "spss.zsav"), column_labels=labels, compress=True)
    pyreadstat.write_por(frame.replace({"town": {"Köln": "Koeln"}}), str(folder / "spss.por"))
    pyreadstat.write_dta(frame, str(folder / "stata.dta"), column_labels=labels)
    pyreadstat.write_xport(frame, str(folder / "sas.xpt"))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
