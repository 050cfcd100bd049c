"""The lines of R and Python of centring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixgui.data.names import quoted, variable
from mixgui.data.step_base import StepCode
from mixgui.data.tokens import spell_name

if TYPE_CHECKING:  # the step asks this module for its lines
    from mixgui.data.center_step import Center


def center_code(step: Center) -> StepCode:
    """Return a mutate() and assignments; means leave missing values out."""
    t = variable(step.table)
    r: list[str] = []
    python: list[str] = []
    for name in step.columns:
        _one(step, t, name, r, python)
    body = ",\n    ".join(r)
    if step.method != "group_mean":
        return StepCode(f"{t} <- {t} |>\n  mutate(\n    {body}\n  )", "\n".join(python))
    after = [
        f"mutate(across(c({', '.join(_made(step))}), \\(x) ifelse(is.na({spell_name(step.group)}), NA, x)))"
    ]
    if step.scale:
        after += [_scaled(step, name, t) for name in step.columns]
    lines = [
        f"{t} <- {t}",
        f"group_by({spell_name(step.group)})",
        f"mutate(\n    {body}\n  )",
        "ungroup()",
        *after,
    ]
    return StepCode(" |>\n  ".join(lines), "\n".join(python))


def _made(step: Center) -> list[str]:
    made = [spell_name(name + step.suffix) for name in step.columns]
    return made + ([spell_name(f"{name}_mean") for name in step.columns] if step.keeps_means else [])


def _scaled(step: Center, name: str, t: str) -> str:
    new = spell_name(name + step.suffix)
    return f"mutate({new} = {new} / sd({t}[[{quoted(name)}]], na.rm = TRUE))"


def _one(step: Center, t: str, name: str, r: list[str], python: list[str]) -> None:
    x, cell = spell_name(name), f"{t}[{quoted(name)}]"
    new, new_cell = spell_name(name + step.suffix), f"{t}[{quoted(name + step.suffix)}]"
    scale = f" / {cell}.std()" if step.scale else ""
    if step.method == "value":
        r.append(f"{new} = ({x} - {step.value!r})" + (f" / sd({x}, na.rm = TRUE)" if step.scale else ""))
        python.append(f"{new_cell} = ({cell} - {step.value!r}){scale}")
        return
    if step.method == "grand_mean":
        divided = f" / sd({x}, na.rm = TRUE)" if step.scale else ""
        r.append(f"{new} = ({x} - mean({x}, na.rm = TRUE)){divided}")
        python.append(f"{new_cell} = ({cell} - {cell}.mean()){scale}")
        return
    means = f'{t}.groupby({quoted(step.group)})[{quoted(name)}].transform("mean")'
    if step.keeps_means:
        r.append(f"{spell_name(f'{name}_mean')} = mean({x}, na.rm = TRUE)")
        python.append(f"{t}[{quoted(f'{name}_mean')}] = {means}")
        means = f"{t}[{quoted(f'{name}_mean')}]"
    r.append(f"{new} = {x} - mean({x}, na.rm = TRUE)")
    python.append(f"{new_cell} = ({cell} - {means}){scale}")
