"""The lines of R and Python of recoding, looking up and setting types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixgui.data.names import quoted, quoted_list, variable
from mixgui.data.step_base import StepCode

if TYPE_CHECKING:  # the steps ask this module for their lines
    from mixgui.data.value_steps import LookUp, Recode, SetType

_AS_TEXT = '''def as_text(x):
    """Return a column as text; numbers as R writes them."""
    if pd.api.types.is_bool_dtype(x):
        return x.map({True: "TRUE", False: "FALSE"})
    return x.map("{:.15g}".format, na_action="ignore") if pd.api.types.is_numeric_dtype(x) else x.astype("str")'''

_AS_NUMBER = '''def as_number(x):
    """Return a column as numbers; what is none becomes missing."""
    x = x.astype(x.cat.categories.dtype) if x.dtype == "category" else x
    return x.astype("Float64").astype(float) if x.dtype in (bool, "boolean") else pd.to_numeric(x, errors="coerce")'''


def recode_code(step: Recode) -> StepCode:
    """Return a named vector or dictionary of new values and its use."""
    t, new = variable(step.table), step.made
    cell, made = f"{t}[{quoted(step.column)}]", f"{t}[{quoted(new)}]"
    r_cell, r_made = f"{t}[[{quoted(step.column)}]]", f"{t}[[{quoted(new)}]]"
    pairs = [(quoted(a), quoted(b) if b else "") for a, b in step.mapping]
    r_map = ", ".join(f"{a} = {b or 'NA'}" for a, b in pairs)
    map_ = ", ".join(f"{a}: {b or 'None'}" for a, b in pairs)
    r = [f".old <- as.character({r_cell})", f".new <- c({r_map})"]
    python = [f"_old = as_text({cell})", f"_new = {{{map_}}}"]
    if step.others == "keep":
        r.append(f"{r_made} <- ifelse(.old %in% names(.new), unname(.new[.old]), .old)")
        python.append(f'{made} = _old.map(lambda v: _new.get(v, v), na_action="ignore")')
    else:
        r.append(f"{r_made} <- unname(.new[.old])")
        python.append(f"{made} = _old.map(_new)")
    if step.as_number:
        r.append(f"{r_made} <- as.numeric({r_made})")
        python.append(f"{made} = pd.to_numeric({made})")
    return StepCode("\n".join(r), "\n".join(python), python_setup=(_AS_TEXT,))


def look_up_code(step: LookUp) -> StepCode:
    """Return match() and map()."""
    t, other = variable(step.table), variable(step.lookup)
    column, key, value, new = (quoted(name) for name in (step.column, step.key, step.value, step.new_column))
    r = f"{t}[[{new}]] <- {other}[[{value}]][match({t}[[{column}]], {other}[[{key}]], incomparables = NA)]"
    python = f"{t}[{new}] = {t}[{column}].map({other}.dropna(subset=[{key}]).set_index({key})[{value}])"
    return StepCode(r, python)


def set_type_code(step: SetType) -> StepCode:
    """Return the conversion of a column; cells that do not fit become missing."""
    t = variable(step.table)
    r_cell, cell = f"{t}[[{quoted(step.column)}]]", f"{t}[{quoted(step.column)}]"
    if step.kind == "date" and step.date_format:
        form = quoted(step.date_format)
        return StepCode(
            f"{r_cell} <- as.Date(as.character({r_cell}), format = {form})",
            f'{cell} = pd.to_datetime({cell}.astype("str").str.strip(), format={form}, errors="coerce")',
        )
    if step.kind == "category":
        return _category(step, r_cell, cell)
    r, python = _LINES[step.kind]
    helpers = tuple(text for text in (_AS_TEXT, _AS_NUMBER) if text[4 : text.index("(")] in python)
    return StepCode(r.format(x=r_cell), python.format(x=cell), python_setup=helpers)


def _category(step: SetType, r_cell: str, cell: str) -> StepCode:
    levels = list(step.levels)
    if step.reference:
        levels = [step.reference, *(level for level in levels if level != step.reference)]
    given = quoted_list(levels)
    r = f"{r_cell} <- factor({r_cell}, levels = union(c({given}), as.character(sort(unique({r_cell})))))"
    lines = [
        f"_found = as_text({cell})",
        f"_levels = [{given}]" if levels else "_levels = []",
        f"_levels += [v for v in as_text(pd.Series(sorted({cell}.dropna().unique()))) if v not in _levels]",
        f"{cell} = pd.Categorical(_found, categories=_levels)",
    ]
    return StepCode(
        r if levels else f"{r_cell} <- factor({r_cell})", "\n".join(lines), python_setup=(_AS_TEXT,)
    )


_TRUTH_R = (
    '{x} <- unname(c(true = TRUE, yes = TRUE, y = TRUE, t = TRUE, "1" = TRUE, false = FALSE, no = FALSE, '
    'n = FALSE, f = FALSE, "0" = FALSE)[tolower(trimws(as.character({x})))])'
)
_TRUTH_PYTHON = (
    "{x} = as_text({x}).str.strip().str.lower().map(\n"
    '    {{"true": True, "yes": True, "y": True, "t": True, "1": True,\n'
    '     "false": False, "no": False, "n": False, "f": False, "0": False}}\n'
    ').astype("boolean")'
)
_LINES: dict[str, tuple[str, str]] = {
    "number": (
        "{x} <- if (is.logical({x})) as.numeric({x}) else suppressWarnings(as.numeric(as.character({x})))",
        "{x} = as_number({x})",
    ),
    "integer": (
        "{x} <- if (is.logical({x})) as.numeric({x}) else suppressWarnings(as.numeric(as.character({x})))\n"
        "{x}[{x} != round({x})] <- NA",
        "{x} = as_number({x})\n{x} = {x}.where({x} % 1 == 0)",
    ),
    "text": ("{x} <- as.character({x})", "{x} = as_text({x})"),
    "boolean": (_TRUTH_R, _TRUTH_PYTHON),
    "date": (
        '{x} <- as.Date(as.character({x}), format = "%Y-%m-%d")',
        '{x} = pd.to_datetime({x}, format="ISO8601", errors="coerce")',
    ),
    "id": ("# {x} is an identifier", "# {x} is an identifier"),
}
