"""An expression of a step as a script would write it, in R (dplyr, stringr) and in Python (pandas, numpy).

R's rules for missing values hold in both: a comparison with a missing value is missing, a summary of missing values is
missing unless they are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from mixgui.data.expression_python import PythonWriter
from mixgui.data.expression_r import write_r
from mixgui.data.names import quoted, quoted_list, variable
from mixgui.data.step_base import StepCode
from mixgui.data.step_expressions import parse_step_expression
from mixgui.data.tokens import spell_name
from mixgui.errors import MixguiError


def expression_code(text: str, table: str, by: Sequence[str] = ()) -> tuple[str, str, tuple[str, ...]]:
    """Return an expression in R, in Python over the frame `table`, and what the Python relies on."""
    try:
        expression = parse_step_expression(text)
    except MixguiError:  # the step cannot be done either; its line says what was typed
        return text, text, ()
    writer = PythonWriter(table, tuple(by))
    python = writer.write(expression)
    return write_r(expression), python, writer.setup


def compute_code(table: str, column: str, text: str, by: Sequence[str]) -> StepCode:
    """Return a mutate() and an assignment; rows without a group get a missing value."""
    t = variable(table)
    r, python, setup = expression_code(text, t, by)
    assignment = f"{t}[{quoted(column)}] = {python}"
    if not by:
        return StepCode(
            f"{t} <- {t} |>\n  mutate({spell_name(column)} = {r})", assignment, python_setup=setup
        )
    lacking = " || ".join(f"is.na({spell_name(name)}[1])" for name in by)
    names = ", ".join(spell_name(name) for name in by)
    lines = (
        f"{t} <- {t} |>\n  group_by({names}) |>\n"
        f"  mutate({spell_name(column)} = if ({lacking}) NA else {r}) |>\n  ungroup()"
    )
    known = f"{t}[[{quoted_list(by)}]].notna().all(axis=1)"
    python = f"{t}[{quoted(column)}] = pd.Series({python}, index={t}.index).where({known})"
    return StepCode(lines, python, python_setup=setup)
