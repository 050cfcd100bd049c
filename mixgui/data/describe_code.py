"""The lines of R and Python that describe a column: what the codebook says of it."""

from __future__ import annotations

from mixgui.data.codebook import KIND_WORDS, VariableInfo
from mixgui.data.column_types import spelt_code
from mixgui.data.names import quoted
from mixgui.data.number_texts import is_number


def column_code(table: str, name: str, info: VariableInfo) -> tuple[list[str], list[str]]:
    """Return the lines of R and of Python that describe a column of a table (a variable of the script)."""
    r_cell, cell = f"{table}[[{quoted(name)}]]", f"{table}[{quoted(name)}]"
    r, python = [], []
    if info.missing_codes:
        r_codes, codes = _values(info.missing_codes)
        r.append(f"{r_cell}[as.character({r_cell}) %in% c({r_codes})] <- NA")
        python.append(f"{cell} = {cell}.mask({cell}.isin([{codes}]))")
    kind = info.kind or ("category" if info.levels or info.reference else "")
    if kind == "category":
        more_r, more = _category_code(r_cell, cell, info)
        r, python = r + more_r, python + more
    elif kind in _TYPE_CODE:
        r.append(_TYPE_CODE[kind][0].format(cell=r_cell))
        python.append(_TYPE_CODE[kind][1].format(cell=cell))
    words = info.title or (f"{name} ({info.unit})" if info.unit else "")
    if words:
        r.append(f'attr({r_cell}, "label") <- {quoted(words)}')
        python.append(f"# {name}: {' '.join(words.split())}")
    if info.value_labels:
        labels = ", ".join(f"{quoted(code)} = {quoted(label)}" for code, label in info.value_labels)
        r.append(f'attr({r_cell}, "value_labels") <- c({labels})')
        pairs = ", ".join(f"{code} = {label}" for code, label in info.value_labels)
        python.append(f"# {name}: {' '.join(pairs.split())}")
    if info.level:
        r.append(f'attr({r_cell}, "level") <- {quoted(info.level)}')
        python.append(f"# {name}: level {' '.join(info.level.split())}")
    nothing = f"# {name}: nothing is said of it"
    return r or [nothing], python or [nothing]


def _values(codes: tuple[str, ...]) -> tuple[str, str]:
    """Return codes for R, which compares them as text, and for pandas, which compares by type."""
    spelt = [spelt_code(code) for code in codes]
    python = [quoted(code) for code in codes] + [code for code in spelt if is_number(code)]
    return ", ".join(map(quoted, dict.fromkeys([*spelt, *codes]))), ", ".join(dict.fromkeys(python))


def _category_code(r_cell: str, cell: str, info: VariableInfo) -> tuple[list[str], list[str]]:
    """Return the lines of a category; levels that are not given come after those that are."""
    levels = info.levels
    if info.reference:
        levels = (info.reference, *(level for level in levels if level != info.reference))
    if not levels:
        return [f"{r_cell} <- factor({r_cell})"], [f'{cell} = {cell}.astype("category")']
    given = ", ".join(quoted(level) for level in levels)
    r = [f"{r_cell} <- factor({r_cell}, levels = union(c({given}), as.character(sort(unique({r_cell})))))"]
    python = [
        *_PYTHON_LEVEL_ORDER,
        f"{cell} = pd.Categorical({cell}, categories=in_order({cell}.dropna().unique(), [{given}]))",
    ]
    return r, python


# Levels as R spells them, in a given order; those that are not given come last.
_PYTHON_LEVEL_ORDER = (
    "def in_order(values, levels):",
    "    def place(v):",
    '        text = str(v).upper() if str(v) in ("True", "False") else v if isinstance(v, str) else f"{v:.15g}"',
    "        return levels.index(text) if text in levels else len(levels)",
    "    return sorted(sorted(values), key=place)",
)

_TYPE_CODE: dict[str, tuple[str, str]] = {
    "number": ("{cell} <- as.numeric(as.character({cell}))", "{cell} = pd.to_numeric({cell})"),
    "integer": ("{cell} <- as.numeric(as.character({cell}))", "{cell} = pd.to_numeric({cell})"),
    "text": ("{cell} <- as.character({cell})", '{cell} = {cell}.astype("str")'),
    "boolean": (
        '{cell} <- c(true = TRUE, yes = TRUE, y = TRUE, t = TRUE, "1" = TRUE, false = FALSE, no = FALSE, '
        'n = FALSE, f = FALSE, "0" = FALSE)[tolower(as.character({cell}))] |> unname()',
        '{cell} = {cell}.map(lambda v: str(v).strip().lower() in ("true", "yes", "y", "t", "1", "1.0"), '
        'na_action="ignore").astype("boolean")',
    ),
    "date": ("{cell} <- as.Date({cell})", "{cell} = pd.to_datetime({cell})"),
}
# All that can be declared is either here, a category, or leaves the cells as they are.
assert set(KIND_WORDS) == {*_TYPE_CODE, "category", "id"}
