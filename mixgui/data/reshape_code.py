"""The lines of R (tidyr) and Python (pandas) of the steps that reshape, stack and aggregate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixgui.data.names import quoted, quoted_list, variable
from mixgui.data.step_base import StepCode
from mixgui.data.text_functions import NUMBER_IN_TEXT
from mixgui.data.tokens import spell_name

if TYPE_CHECKING:  # the steps ask this module for their lines
    from mixgui.data.aggregate_step import Aggregate
    from mixgui.data.reshape_steps import PivotLonger, PivotWider
    from mixgui.data.stack_step import StackRows

_VALUE = ".value"
_NUMBER = f"({NUMBER_IN_TEXT})"


def longer_code(step: PivotLonger) -> StepCode:
    """Return a pivot_longer(), and the same with pandas row by row."""
    t, out = variable(step.table), variable(step.output)
    r = [f"all_of(c({quoted_list(step.columns)}))", f"names_to = c({quoted_list(step.names_to)})"]
    if step.names_pattern:
        r.append(f"names_pattern = {quoted(step.names_pattern)}")
    if step.names_sep:
        r.append(f"names_sep = {quoted(_literal(step.names_sep))}")
    if _VALUE not in step.names_to:
        r.append(f"values_to = {quoted(step.values_to)}")
    if step.numbers:
        convert = f"\\(x) as.numeric(str_extract(x, {quoted(NUMBER_IN_TEXT)}))"
        numbers = ", ".join(f"{spell_name(name)} = {convert}" for name in step.numbers)
        r.append(f"names_transform = list({numbers})")
    if step.drop_missing:
        r.append("values_drop_na = TRUE")
    body = ",\n    ".join(r)
    return StepCode(f"{out} <- {t} |>\n  pivot_longer(\n    {body}\n  )", _longer_python(step, t, out))


def _literal(text: str) -> str:
    return "".join(f"\\{c}" if not (c.isalnum() or c in "_ ") else c for c in text)


def _longer_python(step: PivotLonger, t: str, out: str) -> str:
    columns = quoted_list(step.columns)
    names = [name for name in step.names_to if name != _VALUE]
    lines = [f"_names = pd.Series([{columns}])"]
    if step.names_pattern:
        lines.append(f"_parts = _names.str.extract({quoted(step.names_pattern)})")
    elif step.names_sep:
        lines.append(f"_parts = _names.str.split({quoted(step.names_sep)}, expand=True, regex=False)")
    else:
        lines.append("_parts = _names.to_frame()")
    lines.append(f"_parts.columns = [{quoted_list(step.names_to)}]")
    for name in step.numbers:
        cell = f"_parts[{quoted(name)}]"
        lines.append(f"{cell} = {cell}.str.extract({quoted(_NUMBER)})[0].astype(float)")
    kept = f"{t}.drop(columns=[{columns}])"
    if _VALUE in step.names_to:
        lines += [
            '_values = list(_parts[".value"].unique())',
            f"_keys = _parts[[{quoted_list(names)}]].drop_duplicates()",
            "_long = []",
            "for _, _key in _keys.iterrows():",
            f"    _piece = {kept}.assign(**_key.to_dict())",
            "    _mine = (_parts[list(_key.index)] == _key).all(axis=1)",
            "    for _value in _values:",
            '        _found = _names[_mine & (_parts[".value"] == _value)]',
            f"        _piece[_value] = {t}[_found.iloc[0]] if len(_found) else None",
            "    _long.append(_piece)",
        ]
        values = "_values"
    else:
        lines += [
            "_long = [",
            f"    {kept}.assign(**_parts.loc[_i].to_dict(), **{{{quoted(step.values_to)}: {t}[_name]}})",
            "    for _i, _name in enumerate(_names)",
            "]",
        ]
        values = f"[{quoted(step.values_to)}]"
    lines.append(f'{out} = pd.concat(_long).sort_index(kind="stable").reset_index(drop=True)')
    if step.drop_missing:
        lines.append(f'{out} = {out}.dropna(subset={values}, how="all", ignore_index=True)')
    return "\n".join(lines)


def wider_code(step: PivotWider) -> StepCode:
    """Return a pivot_wider(), and the same with pandas in the order of the table."""
    t, out = variable(step.table), variable(step.output)
    r = [f"names_from = all_of(c({quoted_list(step.names_from)}))"]
    r.append(f"values_from = all_of(c({quoted_list(step.values_from)}))")
    if step.id_columns:
        r.insert(0, f"id_cols = all_of(c({quoted_list(step.id_columns)}))")
    r.append(f"names_sep = {quoted(step.names_sep)}")
    names, values = quoted_list(step.names_from), quoted_list(step.values_from)
    ids = (
        f"[{quoted_list(step.id_columns)}]"
        if step.id_columns
        else f"[c for c in {t}.columns if c not in [{quoted_list([*step.names_from, *step.values_from])}]]"
    )
    text = (
        'lambda v: f"{v:.15g}" if isinstance(v, float) else str(v).upper() if isinstance(v, bool) else str(v)'
    )
    several = len(step.values_from) > 1
    label = f'f"{{_value}}{_in_f(step.names_sep)}{{_label}}"' if several else "_label"
    python = "\n".join(
        [
            f"_ids = {ids}",
            f"_text = {text}",
            f"_label = {t}[[{names}]].astype(object).map(_text).agg({quoted(step.names_sep)}.join, axis=1)",
            f"_row = {t}.groupby(_ids, sort=False, dropna=False).ngroup() if _ids else 0",
            f"_cells = {t}.assign(_row=_row, _label=_label)",
            f'{out} = _cells.drop_duplicates("_row").set_index("_row")[_ids].sort_index()',
            f"for _value in [{values}]:",
            '    for _label, _part in _cells.groupby(_cells["_label"], sort=False):',
            f'        {out}[{label}] = _part.set_index("_row")[_value].reindex({out}.index)',
            f"{out} = {out}.reset_index(drop=True)",
        ]
    )
    return StepCode(f"{out} <- {t} |>\n  pivot_wider({', '.join(r)})", python)


def _in_f(text: str) -> str:
    return quoted(text)[1:-1].replace("{", "{{").replace("}", "}}")


def stack_code(step: StackRows) -> StepCode:
    """Return a bind_rows() and a concat()."""
    out, names = variable(step.output), [variable(name) for name in step.inputs]
    pairs = ", ".join(f"{quoted(label)} = {name}" for label, name in zip(step.inputs, names, strict=True))
    if not step.source_column:
        return StepCode(
            f"{out} <- bind_rows({', '.join(names)})",
            f"{out} = pd.concat([{', '.join(names)}], ignore_index=True)",
        )
    column = quoted(step.source_column)
    parts = ", ".join(
        f"{name}.assign(**{{{column}: {quoted(label)}}})"
        for label, name in zip(step.inputs, names, strict=True)
    )
    others = f"[{column}, *(c for c in {out}.columns if c != {column})]"
    python = f"{out} = pd.concat([{parts}], ignore_index=True)\n{out} = {out}[{others}]"
    return StepCode(f"{out} <- bind_rows(list({pairs}), .id = {column})", python)


_R_SUMMARIES = {
    "mean": "mean({x}, na.rm = TRUE)",
    "sd": "sd({x}, na.rm = TRUE)",
    "n": "sum(!is.na({x}))",
    "share": "mean({x}, na.rm = TRUE)",
    "median": "median({x}, na.rm = TRUE)",
    "min": "if (all(is.na({x}))) NA else min({x}, na.rm = TRUE)",
    "max": "if (all(is.na({x}))) NA else max({x}, na.rm = TRUE)",
    "sum": "sum({x}, na.rm = TRUE)",
    "first": "{x}[1]",
    "missing": "sum(is.na({x}))",
}
_PYTHON_SUMMARIES = {
    "mean": '"mean"',
    "sd": '"std"',
    "n": '"count"',
    "share": "lambda v: v.astype(float).mean()",
    "median": '"median"',
    "min": '"min"',
    "max": '"max"',
    "sum": '"sum"',
    "first": "lambda v: v.iloc[0]",
    "missing": "lambda v: v.isna().sum()",
}


def aggregate_code(step: Aggregate) -> StepCode:
    """Return a summarise() of the groups in order of appearance; rows without a group are left out."""
    t, out, by = variable(step.table), variable(step.output), quoted_list(step.by)
    sources = {column for column, _, _ in step.summaries}
    r, python, back = [], [], []
    for i, (column, function, name) in enumerate(step.summaries):
        # summarise() would take a new column for the old one of the same name.
        made = f".new{i + 1}" if name in sources else name
        back += [f"{spell_name(name)} = {made}"] if made != name else []
        x = spell_name(column) if column else ""
        r.append(f"{spell_name(made)} = {_R_SUMMARIES[function].format(x=x) if column else 'n()'}")
        how = _PYTHON_SUMMARIES[function] if column else quoted("size")
        python.append(f"{quoted(name)}: pd.NamedAgg({quoted(column or step.by[0])}, {how})")
    known = ", ".join(f"!is.na({spell_name(name)})" for name in step.by)
    keys = ", ".join(spell_name(name) for name in step.by)
    body = ",\n    ".join([".row = .row[1]", *r])
    lines = [
        f"{out} <- {t}",
        f"filter({known})",
        "mutate(.row = row_number())",
        f"group_by({keys})",
        f'summarise(\n    {body},\n    .groups = "drop"\n  )',
        "arrange(.row)",
        "select(-.row)",
        *([f"rename({', '.join(back)})"] if back else []),
    ]
    text = (
        f"{out} = {t}.groupby([{by}], sort=False, observed=True).agg(**{{{', '.join(python)}}}).reset_index()"
    )
    return StepCode(" |>\n  ".join(lines), text)
