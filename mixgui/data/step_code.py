"""The lines of R and Python that do what a step does.

The joins are spelt so that rows and their order are the step's: missing keys match nothing (pandas
matches them unless they are dropped), a right join has the right table's order (dplyr has the left
one's), a full join the left table's (pandas sorts by the keys).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mixgui.data.names import quoted, quoted_list, variable
from mixgui.data.read_code import read_code
from mixgui.data.step_base import StepCode

__all__ = ["StepCode", "join_code", "quoted", "read_code", "variable"]

if TYPE_CHECKING:  # the steps ask this module for their lines
    from mixgui.data.steps import Join

# Compares keys of different type as the step does: 1 and "1" are equal.
_R_AS_KEY = (
    'as_key <- function(x) if (is.numeric(x)) ifelse(is.na(x), NA, sprintf("%.15g", x)) else as.character(x)'
)
_PYTHON_AS_KEY = (
    "def as_key(x):\n"
    "    if pd.api.types.is_bool_dtype(x):\n"
    '        return x.map({True: "TRUE", False: "FALSE"})\n'
    '    return x.map("{:.15g}".format, na_action="ignore") if pd.api.types.is_numeric_dtype(x) else x.astype("str")'
)


def join_code(step: Join) -> StepCode:
    """Return the lines that join as the step does."""
    left, right, out = (variable(name) for name in (step.left, step.right, step.output))
    return StepCode(_join_r(step, left, right, out), _join_python(step, left, right, out))


def _join_r(step: Join, left: str, right: str, out: str) -> str:
    lines, pairs = [], list(step.keys)
    after: list[str] = []
    if step.convert_keys:
        lines.append(_R_AS_KEY)
        left, right, pairs, after = _converted_r(step, left, right)
    if step.kind == "right":
        right = f"mutate({right}, .row = row_number())"
        after = ["arrange(.row)", "select(-.row)", *after]
    by = ", ".join(quoted(a) if a == b else f"{quoted(a)} = {quoted(b)}" for a, b in pairs)
    arguments = [left, right, f"by = c({by})", 'na_matches = "never"']
    if step.kind not in ("semi", "anti"):
        arguments.append(f"suffix = c({quoted_list(step.suffixes)})")
        if step.relationship != "auto":
            arguments.append(f"relationship = {quoted(step.relationship)}")
    call = f"{step.kind}_join({', '.join(arguments)})"
    lines.append(f"{out} <- " + " |>\n  ".join([call, *after]))
    return "\n".join(lines)


def _converted_r(step: Join, left: str, right: str) -> tuple[str, str, list[tuple[str, str]], list[str]]:
    """Join by text columns of their own, so that the keys keep their type."""
    names = [f".key{i + 1}" for i in range(len(step.keys))]
    ours = ", ".join(f"{n} = as_key(`{a}`)" for n, (a, _) in zip(names, step.keys, strict=True))
    theirs = ", ".join(f"{n} = as_key(`{b}`)" for n, (_, b) in zip(names, step.keys, strict=True))
    dropped = ", ".join(f"-`{b}`" for _, b in step.keys)
    left, right = f"mutate({left}, {ours})", f"mutate({right}, {theirs}) |> select({dropped})"
    others = {k for _, k in step.keys}
    in_the_way = [f"{quoted(a + step.suffixes[1])} = {quoted(a)}" for a, _ in step.keys if a not in others]
    if in_the_way and step.kind not in ("semi", "anti"):  # columns called like the left table's keys
        right += f" |> rename(any_of(c({', '.join(in_the_way)})))"
    after = [f"select({', '.join(f'-{n}' for n in names)})"]
    if step.kind in ("right", "full"):
        keys = ", ".join(f"`{a}` = {n}" for n, (a, _) in zip(names, step.keys, strict=True))
        after.insert(0, f"mutate({keys})")
    return left, right, [(n, n) for n in names], after


def _join_python(step: Join, left: str, right: str, out: str) -> str:
    lines, keys = [], [a for a, _ in step.keys]
    if step.convert_keys:
        lines += [_PYTHON_AS_KEY]
    right = _renamed(step, right)
    if step.convert_keys:
        ours = ", ".join(f"{quoted(f'.key{i + 1}')}: as_key({left}[{quoted(a)}])" for i, a in enumerate(keys))
        theirs = ", ".join(
            f"{quoted(f'.key{i + 1}')}: as_key(_right[{quoted(a)}])" for i, a in enumerate(keys)
        )
        lines.append(f"_right = {right}")
        lines.append(f"_right = _right.assign(**{{{theirs}}}).drop(columns=[{quoted_list(keys)}])")
        left, right = f"{left}.assign(**{{{ours}}})", "_right"
        by = [f".key{i + 1}" for i in range(len(keys))]
    else:
        by = keys
    lines.append(f"{out} = {_merge(step, left, right, by)}")
    if step.convert_keys:
        if step.kind in ("right", "full"):
            new = ", ".join(f"{quoted(a)}: {out}[{quoted(b)}]" for a, b in zip(keys, by, strict=True))
            lines.append(f"{out} = {out}.assign(**{{{new}}})")
        lines.append(f"{out} = {out}.drop(columns=[{quoted_list(by)}])")
    return "\n".join(lines)


def _renamed(step: Join, right: str) -> str:
    """Give the right table's keys the left table's names; a column in their way gets the suffix."""
    new = {a: a + step.suffixes[1] for a, b in step.keys if a != b and a not in {k for _, k in step.keys}}
    new |= {b: a for a, b in step.keys if a != b}
    if not new:
        return right
    return f"{right}.rename(columns={{{', '.join(f'{quoted(old)}: {quoted(name)}' for old, name in new.items())}}})"


def _merge(step: Join, left: str, right: str, by: Sequence[str]) -> str:
    on = f"on=[{quoted_list(by)}]"
    if step.kind in ("semi", "anti"):
        only = f"{right}[[{quoted_list(by)}]].dropna().drop_duplicates()"
        if step.kind == "semi":
            return f'{left}.merge({only}, how="inner", {on})'
        flagged = f'{left}.merge({only}, how="left", {on}, indicator=".match")'
        return f'{flagged}.loc[lambda d: d[".match"] == "left_only"].drop(columns=".match").reset_index(drop=True)'
    ends = f"{on}, suffixes=({quoted_list(step.suffixes)})"
    if step.relationship != "auto":
        ends += f", validate={quoted(step.relationship.replace('-', '_'))}"
    known = f"dropna(subset=[{quoted_list(by)}])"
    if step.kind in ("left", "inner"):
        return f"{left}.merge({right}.{known}, how={quoted(step.kind)}, {ends})"
    if step.kind == "right":
        return f'{left}.{known}.merge({right}, how="right", {ends})'
    return _full_merge(step, left, right, by)


def _full_merge(step: Join, left: str, right: str, by: Sequence[str]) -> str:
    """Merge both; rows with missing keys get different numbers, so that they do not meet."""

    def numbered(table: str, rows: str, gap: int) -> str:
        missing = f"{gap} * d[[{quoted_list(by)}]].isna().any(axis=1)"
        return f'{table}.assign(**{{"{rows}": lambda d: range(len(d)), ".gap": lambda d: {missing}}})'

    ours, theirs = numbered(left, ".left", 1), numbered(right, ".right", 2)
    keys = f"on=[{quoted_list([*by, '.gap'])}], suffixes=({quoted_list(step.suffixes)})"
    if step.relationship != "auto":
        keys += f", validate={quoted(step.relationship.replace('-', '_'))}"
    extra = quoted_list([".left", ".right", ".gap"])
    merged = f'{ours}.merge({theirs}, how="outer", {keys}).sort_values([".left", ".right"])'
    return f"{merged}.drop(columns=[{extra}]).reset_index(drop=True)"
