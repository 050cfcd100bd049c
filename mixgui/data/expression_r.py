"""An expression as R reads it: most of it is R already; what is not is written with dplyr and stringr."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mixgui.data.calls import match_values
from mixgui.data.names import quoted
from mixgui.data.nodes import Binary, Call, Expression, Paren, Unary
from mixgui.data.text_functions import NUMBER_IN_TEXT
from mixgui.data.tokens import spell_name

_TIGHT = frozenset({"^", ":", "/", "%%", "%/%"})


def write_r(node: Expression) -> str:
    """Return the expression in R."""
    match node:
        case Paren():
            return f"({write_r(node.inner)})"
        case Unary():
            return f"{node.operator}{write_r(node.operand)}"
        case Binary():
            between = node.operator if node.operator in _TIGHT else f" {node.operator} "
            return f"{write_r(node.left)}{between}{write_r(node.right)}"
        case Call():
            return _call(node)
    return str(node)


def _call(node: Call) -> str:
    if node.function in _WRITTEN:
        values = match_values(node.function, node.args, node.kwargs)
        return _WRITTEN[node.function](values)
    parts = [write_r(arg) for arg in node.args]
    parts += [f"{spell_name(name)} = {write_r(value)}" for name, value in node.kwargs]
    return f"{_RENAMED.get(node.function, spell_name(node.function))}({', '.join(parts)})"


_Values = Mapping[str, Expression]


def _case(values: Mapping[str, tuple[Expression, ...] | list[Expression]]) -> str:
    given = [write_r(value) for value in values["..."]]
    parts = [f"{test} ~ {result}" for test, result in zip(given[::2], given[1::2], strict=False)]
    if len(given) % 2:
        parts.append(f"TRUE ~ {given[-1]}")
    return f"case_when({', '.join(parts)})"


def _options(values: _Values, *names: str) -> str:
    return "".join(f", {name} = {write_r(values[name])}" for name in names if name in values)


def _simple(text: str) -> Callable[[_Values], str]:
    return lambda values: text.format(x=write_r(values["x"]))


_NUMBER = quoted(NUMBER_IN_TEXT).replace("{", "{{").replace("}", "}}")
_WRITTEN: dict[str, Callable[..., str]] = {
    "case": _case,
    "center": _simple("as.numeric(scale({x}, scale = FALSE))"),
    "zscore": _simple("as.numeric(scale({x}))"),
    "scale": lambda v: f"as.numeric(scale({write_r(v['x'])}{_options(v, 'center', 'scale')}))",
    "rank": _simple('rank({x}, na.last = "keep")'),
    "n_distinct": _simple("n_distinct({x}, na.rm = TRUE)"),
    "number": _simple(f"as.numeric(str_extract({{x}}, {_NUMBER}))"),
}
# The functions of dplyr and stringr that do the same; base R's lag() is for time series, its paste() makes texts of
# missing values.
_RENAMED = {
    "lag": "dplyr::lag",
    "lead": "dplyr::lead",
    "first": "dplyr::first",
    "last": "dplyr::last",
    "between": "dplyr::between",
    "paste0": "str_c",
    "year": "lubridate::year",
    "month": "lubridate::month",
    "day": "lubridate::day",
    "if_else": "ifelse",
}


def _paste(values: Mapping[str, list[Expression]]) -> str:
    parts = [write_r(value) for value in values["..."]]
    separator = values.get("sep")
    parts.append(f"sep = {write_r(separator) if isinstance(separator, Expression) else quoted(' ')}")
    return f"str_c({', '.join(parts)})"


_WRITTEN["paste"] = _paste
