"""Steps as plain dictionaries (for JSON) and back; nothing but the known verbs with the known fields is taken.

The form of a step: {"verb": "join", "left": "students", ...}, fields as in the step's dataclass, those with
their default value included. A tuple becomes a list. What a field may hold is read from its type.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal, Union

from mixgui.data.aggregate_step import Aggregate
from mixgui.data.center_step import Center
from mixgui.data.clipboard_text import ReadText
from mixgui.data.codebook import KIND_WORDS, VariableInfo, is_level
from mixgui.data.column_steps import Compute, FillDown, RemoveColumns, RenameColumns
from mixgui.data.describe_step import Describe
from mixgui.data.read_options import ReadOptions
from mixgui.data.reshape_steps import PivotLonger, PivotWider
from mixgui.data.row_steps import DropMissing, Filter, Sample, Sort
from mixgui.data.stack_step import StackRows
from mixgui.data.steps import Join, Read, RemoveTable, RenameTable, Step
from mixgui.data.value_steps import LookUp, Recode, SetType
from mixgui.errors import StepError

#: Verb -> step; the verbs are part of the format of project files.
VERBS: dict[str, type] = {
    "read": Read,
    "read_text": ReadText,
    "join": Join,
    "rename_table": RenameTable,
    "remove_table": RemoveTable,
    "describe": Describe,
    "pivot_longer": PivotLonger,
    "pivot_wider": PivotWider,
    "stack_rows": StackRows,
    "compute": Compute,
    "recode": Recode,
    "look_up": LookUp,
    "set_type": SetType,
    "center": Center,
    "aggregate": Aggregate,
    "filter": Filter,
    "drop_missing": DropMissing,
    "sort": Sort,
    "sample": Sample,
    "rename_columns": RenameColumns,
    "remove_columns": RemoveColumns,
    "fill_down": FillDown,
}
_VERB_OF = {kind: verb for verb, kind in VERBS.items()}

# What a field's type does not say of its values.
_CHECKS: dict[tuple[type, str], Callable[[Any], bool]] = {
    (Join, "keys"): bool,
    (Read, "edition"): lambda value: value >= 0,
    (ReadOptions, "decimal"): lambda value: value in (".", ","),
    (ReadOptions, "skip_lines"): lambda value: value >= 0,
    (VariableInfo, "level"): is_level,
    (VariableInfo, "kind"): lambda value: value in ("", *KIND_WORDS),
}
_LARGEST = 2**63


def step_to_dict(step: Step) -> dict[str, Any]:
    """Return a step as a dictionary of what JSON knows."""
    return {"verb": _VERB_OF[type(step)], **_plain(step)}


def step_from_dict(data: Mapping[str, Any]) -> Step:
    """Return the step of a dictionary.

    Raises
    ------
    StepError
        When the verb or a field is unknown, a field is missing, or a value is not of its type.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("verb"), str):
        raise StepError("A step of the project has no verb.", "The project may be damaged.")
    verb = data["verb"]
    if verb not in VERBS:
        raise StepError(
            f"The step “{verb}” is unknown.", "The project may be damaged or come from a newer version."
        )
    step: Step = _built(VERBS[verb], {k: v for k, v in data.items() if k != "verb"}, verb)
    return step


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _built(kind: type, data: Mapping[str, Any], where: str) -> Any:
    fields = {f.name: f for f in dataclasses.fields(kind)}
    unknown = [name for name in data if name not in fields]
    if unknown:
        raise StepError(
            f"The step “{where}” has an unknown field “{unknown[0]}”.",
            "The project may be damaged or come from a newer version.",
        )
    values = {}
    for name, field in fields.items():
        if name not in data:
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                raise StepError(f"The step “{where}” lacks “{name}”.", "The project may be damaged.")
            continue
        try:
            values[name] = _read(_hints(kind)[name], data[name], f"{where}: {name}")
            if not _CHECKS.get((kind, name), _anything)(values[name]):
                raise ValueError(values[name])
        except (ValueError, TypeError) as error:
            raise StepError(
                f"The step “{where}” has a wrong value for “{name}”.", "The project may be damaged."
            ) from error
    return kind(**values)


def _anything(value: Any) -> bool:
    return True


def _read(hint: Any, value: Any, where: str) -> Any:
    """Return a value of JSON as the type of a field; raise ValueError when it is something else."""
    origin = typing.get_origin(hint)
    if origin is Literal:
        if not any(type(value) is type(choice) and value == choice for choice in typing.get_args(hint)):
            raise ValueError(value)
        return value
    if origin in (Union, types.UnionType):
        return _read_union(typing.get_args(hint), value, where)
    if origin is tuple:
        return _read_tuple(typing.get_args(hint), value, where)
    if hint in _SCALARS:
        return _SCALARS[hint](value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise ValueError(value)
        return _built(hint, value, where)
    raise AssertionError(f"a step has a field of the type {hint}, which cannot be saved")


def _read_union(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    for choice in choices:
        try:
            return _read(choice, value, where)
        except (ValueError, TypeError, StepError):
            continue
    raise ValueError(value)


def _read_tuple(parts: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(value)
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_read(parts[0], one, where) for one in value)
    return tuple(_read(part, one, where) for part, one in zip(parts, value, strict=True))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LARGEST:
        raise ValueError(value)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1.7e308:
        raise ValueError(value)
    if not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _nothing(value: Any) -> None:
    if value is not None:
        raise ValueError(value)


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    bool: _flag,
    int: _whole,
    float: _number,
    type(None): _nothing,
}
