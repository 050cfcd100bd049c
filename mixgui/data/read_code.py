"""The lines of R (readr, readxl, haven) and Python (pandas, pyreadstat, rdata) that read what a step reads."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from mixgui.data.names import quoted, quoted_list, variable
from mixgui.data.read_options import WHITESPACE, ReadOptions
from mixgui.data.step_base import StepCode

if TYPE_CHECKING:  # the steps ask this module for their lines
    from mixgui.data.clipboard_text import ReadText
    from mixgui.data.steps import Read

_R_ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "cp1252": "windows-1252",
    "latin-1": "ISO-8859-1",
    "iso8859-1": "ISO-8859-1",
}
_STAT_READERS = {
    ".sav": "sav", ".zsav": "sav", ".por": "por", ".dta": "dta", ".sas7bdat": "sas7bdat", ".xpt": "xport",
}  # fmt: skip
_R_STAT = {
    "sav": "read_sav",
    "por": "read_por",
    "dta": "read_dta",
    "sas7bdat": "read_sas",
    "xport": "read_xpt",
}


def read_code(step: Read) -> StepCode:
    """Return the lines that read a file with the options of the step."""
    options = step.options
    path = PurePath(step.path)
    source = _Source(quoted(path.as_posix()), quoted(path.as_posix()))
    if options.member and path.suffix.lower() == ".zip":
        member = quoted(options.member)
        if options.format == "text":
            source = _Source(
                f"unz({source.r}, {member})",
                f"zipfile.ZipFile({source.python}).open({member})",
                ("import zipfile",),
            )
        else:
            source = _Source(
                f"unzip({source.r}, {member}, exdir = tempdir())",
                f"zipfile.ZipFile({source.python}).extract({member}, tempfile.mkdtemp())",
                ("import tempfile", "import zipfile"),
            )
        path = PurePath(options.member)
    return _lines(step.output, options, source, path)


def pasted_code(step: ReadText) -> StepCode:
    """Return the lines that read a text which stands in the script itself."""
    text = quoted(step.text)
    source = _Source(f"I({text})", f"io.StringIO({text})", ("import io",))
    options = replace(step.options, encoding="utf-8")
    return _lines(step.output, options, source, PurePath("text.txt"))


class _Source:
    """What the reading functions of both languages are given."""

    def __init__(self, r: str, python: str, setup: tuple[str, ...] = ()) -> None:
        self.r, self.python, self.setup = r, python, setup


def _lines(output: str, options: ReadOptions, source: _Source, path: PurePath) -> StepCode:
    makers: dict[str, Callable[[ReadOptions, _Source, PurePath], StepCode]] = {
        "text": _text,
        "excel": _excel,
        "r": _r_data,
        "html": _html,
    }
    made = makers.get(options.format, _stat)(options, source, path)
    name = variable(output)
    r, python = _typed(options)
    setup = tuple(dict.fromkeys((*source.setup, *made.python_setup)))
    return StepCode(f"{name} <- {made.r}{r}", f"{name} = {made.python}{python}", python_setup=setup)


def _text(o: ReadOptions, source: _Source, path: PurePath) -> StepCode:
    blanks = o.separator == WHITESPACE
    locale = [f"decimal_mark = {quoted(o.decimal)}", f"encoding = {quoted(_r_encoding(o.encoding))}"]
    if o.thousands:
        locale.insert(1, f"grouping_mark = {quoted(o.thousands)}")
    r = [source.r, *([] if blanks else [f"delim = {quoted(o.separator)}", f"quote = {quoted(o.quote)}"])]
    r += [
        f"na = c({quoted_list(o.missing)})",
        f"skip = {o.skip_lines}",
        f"col_names = {str(o.header).upper()}",
    ]
    r += [f"locale = locale({', '.join(locale)})", "show_col_types = FALSE"]
    python = [source.python, f"sep={quoted(o.separator)}", f"decimal={quoted(o.decimal)}"]
    if not source.python.startswith("io."):
        python.append(f"encoding={quoted(o.encoding)}")
    python += [f"quotechar={quoted(o.quote)}"] if o.quote else ["quoting=3"]
    python += [f"skiprows={o.skip_lines}", f"header={0 if o.header else None}"]
    python += [f"na_values=[{quoted_list(o.missing)}]", "keep_default_na=False"]
    if o.thousands:
        python.append(f"thousands={quoted(o.thousands)}")
    texts = list(dict.fromkeys((*o.as_text, *(column for column, _ in o.types))))
    if texts:
        python.append("dtype={" + ", ".join(f"{quoted(column)}: str" for column in texts) + "}")
        r.insert(-1, "col_types = cols(" + ", ".join(f"`{one}` = col_character()" for one in texts) + ")")
    reader = "read_table" if blanks else "read_delim"
    r_names, python_names = "", ""
    if not o.header:  # columns without names are called V1, V2, ... as by R's read.csv
        r_names = ' |> rename_with(\\(x) sub("^X", "V", x))'
        python_names = '.rename(columns=lambda j: f"V{j + 1}")'
    return StepCode(f"{reader}({', '.join(r)}){r_names}", f"pd.read_csv({', '.join(python)}){python_names}")


def _excel(o: ReadOptions, source: _Source, path: PurePath) -> StepCode:
    ods = path.suffix.lower() == ".ods"
    r = [source.r, f"sheet = {quoted(o.sheet)}" if o.sheet else "sheet = 1", f"skip = {o.skip_lines}"]
    r += [f"col_names = {str(o.header).upper()}", f"na = c({quoted_list(o.missing)})"]
    python = [source.python, f"sheet_name={quoted(o.sheet) if o.sheet else 0}", f"skiprows={o.skip_lines}"]
    python += [f"header={0 if o.header else None}", f"na_values=[{quoted_list(o.missing)}]"]
    python += ["keep_default_na=False", 'engine="calamine"']
    reader = "readODS::read_ods" if ods else "readxl::read_excel"
    r_names = "" if o.header else ' |> rename_with(\\(x) paste0("V", seq_along(x)))'
    python_names = "" if o.header else '.rename(columns=lambda j: f"V{j + 1}")'
    return StepCode(f"{reader}({', '.join(r)}){r_names}", f"pd.read_excel({', '.join(python)}){python_names}")


def _stat(o: ReadOptions, source: _Source, path: PurePath) -> StepCode:
    default = {"spss": "sav", "stata": "dta", "sas": "sas7bdat"}[o.format]
    kind = _STAT_READERS.get(path.suffix.lower(), default)
    r, python = [source.r], [source.python]
    if o.encoding and kind in ("sav", "dta", "sas7bdat"):
        r.append(f"encoding = {quoted(_r_encoding(o.encoding))}")
        python.append(f"encoding={quoted(o.encoding)}")
    if kind == "sav" and not o.user_missing:
        r.append("user_na = TRUE")
        python.append("user_missing=True")
    after = "haven::as_factor()" if o.use_labels else "haven::zap_labels()"
    if o.use_labels:
        python.append("apply_value_formats=True")
    return StepCode(
        f"haven::{_R_STAT[kind]}({', '.join(r)}) |> {after}",
        f"pyreadstat.read_{kind}({', '.join(python)})[0]",
        python_setup=("import pyreadstat",),
    )


def _r_data(o: ReadOptions, source: _Source, path: PurePath) -> StepCode:
    parts = o.object_name.split("$") if o.object_name else []
    setup = ("import rdata",)
    if path.suffix.lower() == ".rds":
        inner = [] if parts == ["data"] else parts
        r = f"readRDS({source.r})" + "".join(f"[[{quoted(part)}]]" for part in inner)
        python = f"rdata.read_rds({source.python})" + "".join(f"[{quoted(part)}]" for part in inner)
        return StepCode(r, python, python_setup=setup)
    if not parts:
        return StepCode(
            f"local({{ found <- load({source.r}); get(found[1]) }})",
            f"next(iter(rdata.read_rda({source.python}).values()))",
            python_setup=setup,
        )
    place = "".join(f"[[{quoted(part)}]]" for part in parts)
    return StepCode(
        f"local({{ e <- new.env(); load({source.r}, e); as.list(e){place} }})",
        f"rdata.read_rda({source.python})" + "".join(f"[{quoted(part)}]" for part in parts),
        python_setup=setup,
    )


def _html(o: ReadOptions, source: _Source, path: PurePath) -> StepCode:
    number = int(o.object_name) if o.object_name.isdecimal() else 1
    return StepCode(
        f"rvest::html_table(rvest::read_html({source.r}))[[{number}]]",
        f"pd.read_html({source.python}, decimal={quoted(o.decimal)})[{number - 1}]",
    )


def _typed(o: ReadOptions) -> tuple[str, str]:
    """Return what turns columns into the types that were chosen for them."""
    r, python = [], []
    for column, kind in o.types:
        maker = _CONVERSIONS.get(kind)
        if maker is None or column in o.as_text:
            continue
        r_text, python_text = maker(o, f"`{column}`", f"d[{quoted(column)}]")
        r.append(f"`{column}` = {r_text}")
        python.append(f"{quoted(column)}: lambda d: {python_text}")
    if not r:
        return "", ""
    return f" |>\n  mutate({', '.join(r)})", f".assign(**{{{', '.join(python)}}})"


def _as_number(o: ReadOptions, r: str, python: str) -> tuple[str, str]:
    r, python = f"as.character({r})", f'{python}.astype("str")'
    if o.thousands:
        r = f'gsub({quoted(o.thousands)}, "", {r}, fixed = TRUE)'
        python = f'{python}.str.replace({quoted(o.thousands)}, "")'
    if o.decimal != ".":
        r = f'sub({quoted(o.decimal)}, ".", {r}, fixed = TRUE)'
        python = f'{python}.str.replace({quoted(o.decimal)}, ".")'
    return f"suppressWarnings(as.numeric({r}))", f'pd.to_numeric({python}, errors="coerce")'


def _as_date(o: ReadOptions, r: str, python: str) -> tuple[str, str]:
    form = (o.date_format or "%Y.%m.%d").replace(".", "-")
    plain_r, plain_python = f'gsub("[./]", "-", {r})', f'{python}.str.replace("[./]", "-", regex=True)'
    return f'as.Date({plain_r}, format = "{form}")', (
        f'pd.to_datetime({plain_python}, format="{form}", errors="coerce")'
    )


def _as_boolean(o: ReadOptions, r: str, python: str) -> tuple[str, str]:
    yes, no = '"true", "yes", "y", "t", "1"', '"false", "no", "n", "f", "0"'
    words = f"tolower(as.character({r}))"
    codes = "{" + ", ".join(f"{one}: True" for one in yes.split(", ")) + ", "
    codes += ", ".join(f"{one}: False" for one in no.split(", ")) + "}"
    return (
        f"case_when({words} %in% c({yes}) ~ TRUE, {words} %in% c({no}) ~ FALSE)",
        f'{python}.astype("str").str.lower().map({codes}).astype("boolean")',
    )


def _as_category(o: ReadOptions, r: str, python: str) -> tuple[str, str]:
    return f"factor({r})", f'{python}.astype("category")'


def _as_text(o: ReadOptions, r: str, python: str) -> tuple[str, str]:
    return f"as.character({r})", f'{python}.astype("str")'


_CONVERSIONS: dict[str, Callable[[ReadOptions, str, str], tuple[str, str]]] = {
    "number": _as_number,
    "integer": _as_number,
    "date": _as_date,
    "boolean": _as_boolean,
    "category": _as_category,
    "text": _as_text,
}


def _r_encoding(encoding: str) -> str:
    name = codecs.lookup(encoding).name
    return _R_ENCODINGS.get(encoding.lower(), _R_ENCODINGS.get(name, name.upper()))
