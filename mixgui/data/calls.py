"""Whether a function may be called so: its name is in the table, its values are given by R's rules."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from mixgui.data.functions import FUNCTIONS, Function
from mixgui.data.values import Refused


def match_values(name: str, args: Sequence[Any], kwargs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Give each value of a call its name in R, as R matches them (names first, then the order).

    Raises
    ------
    Refused
        For an unknown function or name, a missing value or one too many.
    """
    function = FUNCTIONS.get(name)
    if function is None:
        raise unknown_function(name)
    matched: dict[str, Any] = {}
    for key, value in kwargs:
        if key not in function.parameters:
            raise _unknown_parameter(name, function, key)
        if key in matched:
            raise Refused(f"{name}() is given {key} twice.", "Remove one of the two.")
        matched[key] = value
    if function.many:
        matched["..."] = list(args)
        if len(args) < function.required:
            raise Refused(f"{name}() needs at least one value.")
        return matched
    free = [parameter for parameter in function.parameters if parameter not in matched]
    if len(args) > len(free):
        takes = f"({', '.join(function.parameters)})"
        raise Refused(f"{name}() is given more values than it takes.", f"It takes {name}{takes}.")
    matched.update(zip(free, args, strict=False))
    for parameter in function.parameters[: function.required]:
        if parameter not in matched:
            raise Refused(f"{name}() needs a value for {parameter}.", f"It gives: {function.help}.")
    return matched


def _unknown_parameter(name: str, function: Function, key: str) -> Refused:
    close = difflib.get_close_matches(key, function.parameters, 1)
    hint = (
        f"Did you mean {close[0]}?"
        if close
        else f"It takes {', '.join(function.parameters) or 'unnamed values'}."
    )
    return Refused(f"{name}() has no option called {key}.", hint)


def unknown_function(name: str) -> Refused:
    """Return the refusal of a function that is not in the table."""
    by_lower = {known.lower(): known for known in FUNCTIONS}
    close = [by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, 2, 0.6)]
    aliases = {
        "ln": "log",
        "ave": "mean",
        "average": "mean",
        "std": "sd",
        "pow": "I",
        "int": "trunc",
        "ceil": "ceiling",
    }
    close = [aliases[name.lower()]] if name.lower() in aliases else close
    if close:
        hint = f"Did you mean {' or '.join(f'{match}()' for match in close)}?"
    else:
        hint = f"The functions are {', '.join(FUNCTIONS)}. Multiplication is written with *."
    return Refused(f"The function {name}() is not known here.", hint)
