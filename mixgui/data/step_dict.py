"""Steps as plain dictionaries (for JSON) and back; nothing but the known verbs with the known fields is taken.

The form of a step: {"verb": "join", "left": "students", ...}, fields as in the step's dataclass, those with
their default value included. A tuple becomes a list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from mixgui.data.codebook import KIND_WORDS, Codebook, VariableInfo
from mixgui.data.describe_step import Describe
from mixgui.data.join_matching import JOIN_KINDS, RELATIONSHIPS
from mixgui.data.read_options import ReadOptions
from mixgui.data.steps import Join, Read, RemoveTable, RenameTable, Step
from mixgui.errors import StepError

# Value as JSON has it -> value of the field; raises ValueError when it is something else.
_Reader = Callable[[Any], Any]

_VERBS: dict[str, type] = {
    "read": Read,
    "join": Join,
    "rename_table": RenameTable,
    "remove_table": RemoveTable,
    "describe": Describe,
}


def step_to_dict(step: Step) -> dict[str, Any]:
    """Return a step as a dictionary of what JSON knows."""
    verb = next(verb for verb, kind in _VERBS.items() if type(step) is kind)
    return {"verb": verb, **_plain(step)}


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
    if verb not in _VERBS:
        raise StepError(
            f"The step “{verb}” is unknown.", "The project may be damaged or come from a newer version."
        )
    step: Step = _built(_VERBS[verb], {k: v for k, v in data.items() if k != "verb"}, verb)
    return step


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


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
            values[name] = _READERS[kind, name](data[name])
        except (ValueError, TypeError) as error:
            raise StepError(
                f"The step “{where}” has a wrong value for “{name}”.", "The project may be damaged."
            ) from error
    return kind(**values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(value)
    return tuple(_text(part) for part in value)


def _pair(value: Any) -> tuple[str, str]:
    left, right = _texts(value)
    return left, right


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(value)
    return tuple(_pair(part) for part in value)


def _one_of(choices: tuple[str, ...]) -> _Reader:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(value)
        return str(value)

    return read


def _options(value: Any) -> ReadOptions:
    if not isinstance(value, Mapping):
        raise ValueError(value)
    options: ReadOptions = _built(ReadOptions, value, "read")
    return options


def _codebook(value: Any) -> Codebook:
    if not isinstance(value, list | tuple):
        raise ValueError(value)
    return tuple((_text(name), _built(VariableInfo, info, "codebook")) for name, info in value)


_READERS: dict[tuple[type, str], _Reader] = {
    (Describe, "table"): _text,
    (Describe, "codebook"): _codebook,
    (VariableInfo, "label"): _text,
    (VariableInfo, "unit"): _text,
    (VariableInfo, "description"): _text,
    (VariableInfo, "kind"): _one_of(("", *KIND_WORDS)),
    (VariableInfo, "levels"): _texts,
    (VariableInfo, "reference"): _text,
    (VariableInfo, "missing_codes"): _texts,
    (VariableInfo, "value_labels"): lambda value: _pairs(value) if value else (),
    (Read, "codebook"): _codebook,
    (Read, "path"): _text,
    (Read, "output"): _text,
    (Read, "options"): _options,
    (Read, "edition"): _count,
    (Join, "left"): _text,
    (Join, "right"): _text,
    (Join, "keys"): _pairs,
    (Join, "output"): _text,
    (Join, "kind"): _one_of(JOIN_KINDS),
    (Join, "relationship"): _one_of(RELATIONSHIPS),
    (Join, "suffixes"): _pair,
    (Join, "convert_keys"): _flag,
    (RenameTable, "table"): _text,
    (RenameTable, "name"): _text,
    (RemoveTable, "table"): _text,
    (ReadOptions, "separator"): _text,
    (ReadOptions, "decimal"): _one_of((".", ",")),
    (ReadOptions, "thousands"): _text,
    (ReadOptions, "encoding"): _text,
    (ReadOptions, "quote"): _text,
    (ReadOptions, "header"): _flag,
    (ReadOptions, "skip_lines"): _count,
    (ReadOptions, "missing"): _texts,
    (ReadOptions, "as_text"): _texts,
}
