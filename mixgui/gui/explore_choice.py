"""What is looked at in the Explore tab, as a value: kind of picture, roles of variables, options. Knows no widget."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the window must not wait for pandas
    from mixgui.data.dataset import Variable

HISTOGRAM, BOX, BARS, SCATTER, SPAGHETTI, MISSING = (
    "histogram",
    "box",
    "bars",
    "scatter",
    "spaghetti",
    "missing",
)
_TIME_NAME = re.compile(
    r"(^|[_. ])(time|date|year|yr|month|week|day|days|wave|occasion|session|visit|trial|grade|age|minute|minutes"
    r"|measurement)($|[_. \d])",
    re.IGNORECASE,
)
# A number with so few different values is a category as well.
_FEW_VALUES = 50
_MOST_SECOND = 12


@dataclass(frozen=True)
class Facts:
    """What is known of the table that is looked at.

    Parameters
    ----------
    variables : tuple of Variable
    groups : tuple of str
        Likely grouping factors, the best first.
    levels : mapping
        Variable -> grouping factor within whose groups it is constant, or None; empty while it is not known.
    """

    variables: tuple[Variable, ...] = ()
    groups: tuple[str, ...] = ()
    levels: Mapping[str, str | None] = field(default_factory=dict)

    def find(self, name: str) -> Variable | None:
        """Return a variable, or None if there is none of this name."""
        return next((one for one in self.variables if one.name == name), None)


@dataclass(frozen=True)
class Choice:
    """What is looked at.

    Parameters
    ----------
    kind : str
        One of the keys of `KINDS`; empty for nothing yet.
    variables : tuple of str
        What is looked at: the first is drawn, or all in panels of a histogram.
    x, by, second, lines : str
        Horizontal axis or time; categories (groups of tables, panels, colours); a second one; whose lines.
    bars : int
        Of a histogram; 0 for the rule.
    density, smooth, mean, all_lines : bool
        Line of density, smooth line, mean profile, lines of all groups.
    shares : str
        Bars of a frequency: "counts" or "shares".
    by_size : bool
        Bars from the most frequent to the rarest.
    cross : str
        Cells of the cross table: "counts", "rows", "columns", "all".
    chosen : tuple of str
        Keys of the groups whose lines are lit.
    """

    kind: str = ""
    variables: tuple[str, ...] = ()
    x: str = ""
    by: str = ""
    second: str = ""
    lines: str = ""
    bars: int = 0
    density: bool = False
    smooth: bool = True
    mean: bool = True
    all_lines: bool = True
    shares: str = "counts"
    by_size: bool = False
    cross: str = "counts"
    chosen: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The first of the variables; empty if there is none."""
        return self.variables[0] if self.variables else ""

    def role(self, name: str) -> str:
        """Return the variable in a role."""
        return self.variable if name == "variable" else str(getattr(self, name))

    def with_role(self, name: str, variable: str) -> Choice:
        """Put a variable into a role; empty takes it out."""
        if name == "variable":
            return replace(self, variables=(variable,) if variable else ())
        changed = replace(self, **{name: variable})  # type: ignore[arg-type]
        return replace(changed, chosen=()) if name == "lines" else changed


@dataclass(frozen=True)
class Role:
    """A place for a variable.

    Parameters
    ----------
    name : str
        Field of `Choice`; "variable" for the first of `variables`.
    words : str
    fits : callable
        Whether a variable may stand here.
    needed : bool
        Whether nothing can be drawn without it.
    """

    name: str
    words: str
    fits: Callable[[Variable], bool]
    needed: bool = False


def is_number(one: Variable) -> bool:
    """Whether it can stand on an axis of numbers; what is missing altogether cannot."""
    return one.is_numeric


def is_axis(one: Variable) -> bool:
    """Whether it can stand on an axis: numbers and dates."""
    return one.is_numeric or one.kind == "date"


def is_category(one: Variable) -> bool:
    """Whether it can tell rows apart."""
    return one.kind in ("category", "text", "boolean") or (
        one.kind != "number" and one.n_unique <= _FEW_VALUES
    )


def is_countable(one: Variable) -> bool:
    """Whether the rows of each value can be counted: all but measurements with very many values."""
    return one.kind != "number" or one.n_unique <= _FEW_VALUES


def is_any(one: Variable) -> bool:
    """Whether it can name groups: anything can."""
    return True


def prefers_category(one: Variable) -> bool:
    """Whether it is looked at as a category rather than as a number when it is clicked."""
    if one.shown_kind == "id" or not is_axis(one):
        return True
    return one.kind == "integer" and (bool(one.value_labels) or one.n_unique <= 2)


def is_time(one: Variable) -> bool:
    """Whether it looks like the time of repeated measurements."""
    return one.kind == "date" or (one.is_numeric and bool(_TIME_NAME.search(one.name)) and one.n_unique > 1)


@dataclass(frozen=True)
class Kind:
    """A kind of picture with its tables.

    Parameters
    ----------
    words : str
        Of its button.
    picture : str
        Its icon.
    tip : str
    roles : tuple of Role
    """

    words: str
    picture: str
    tip: str
    roles: tuple[Role, ...] = ()


KINDS: Mapping[str, Kind] = {
    HISTOGRAM: Kind(
        "Histogram",
        "plot_histogram",
        "How the values of a number are distributed",
        (
            Role("variable", "Variable", is_axis, True),
            Role("by", "By", is_category),
            Role("second", "And by", is_category),
        ),
    ),
    BOX: Kind(
        "Box plot",
        "plot_box",
        "Median, quarters and outlying rows of a number, by a category",
        (
            Role("variable", "Variable", is_number, True),
            Role("by", "By", is_category),
            Role("second", "And by", is_category),
        ),
    ),
    BARS: Kind(
        "Bars",
        "plot_bars",
        "How often each category occurs",
        (Role("variable", "Variable", is_countable, True), Role("by", "Divided by", is_category)),
    ),
    SCATTER: Kind(
        "Scatter",
        "plot_scatter",
        "One number against another, with a smooth line",
        (
            Role("variable", "Vertical", is_number, True),
            Role("x", "Horizontal", is_axis, True),
            Role("by", "Colour by", is_category),
        ),
    ),
    SPAGHETTI: Kind(
        "Over time",
        "plot_lines",
        "A line for each group over time, and the mean of all",
        (
            Role("variable", "Outcome", is_number, True),
            Role("x", "Time", is_axis, True),
            Role("lines", "A line for each", is_any, True),
            Role("by", "Colour by", is_category),
            Role("second", "Panels by", is_category),
        ),
    ),
    MISSING: Kind("Missing", "plot_missing", "Which cells are missing together"),
}


def choose(names: Sequence[str], facts: Facts, before: Choice | None = None) -> Choice:
    """Return what is looked at when these variables were clicked, in this order: the usual picture for them.

    Options of `before` stay.
    """
    options = replace(before or Choice(), kind="", variables=(), x="", by="", second="", lines="", chosen=())
    found = [one for one in map(facts.find, names) if one is not None]
    if not found:
        return options
    times = [one.name for one in found if is_time(one)]
    groups = [one.name for one in found if one.name in facts.groups and one.name not in times]
    rest = [one.name for one in found if is_number(one) and one.name not in {*times[:1], *groups[:1]}]
    if len(found) > 1 and times and groups and len(found) <= 3 and len(rest) + 2 >= len(found):
        outcome = rest[0] if rest else _usual_number(facts, {times[0], groups[0]})
        if outcome:
            return replace(options, kind=SPAGHETTI, variables=(outcome,), x=times[0], lines=groups[0])
    numbers = [one.name for one in found if not prefers_category(one)]
    categories = [one.name for one in found if prefers_category(one)]
    by, second = ([name for name in categories if _fits(facts, name, is_category)] + ["", ""])[:2]
    if not numbers:
        return replace(options, kind=BARS, variables=tuple(categories[:1]), by=_other(categories))
    measured = [name for name in numbers if _fits(facts, name, is_number)]
    if len(numbers) == 2 and len(categories) <= 1 and measured:
        x = next((name for name in reversed(numbers) if name != measured[0]), "")
        return replace(options, kind=SCATTER, variables=(measured[0],), x=x, by=by)
    if by and len(numbers) == 1 and measured:
        return replace(options, kind=BOX, variables=(numbers[0],), by=by, second=second)
    return replace(options, kind=HISTOGRAM, variables=tuple(numbers), by=by, second=second)


def _other(names: Sequence[str]) -> str:
    return names[1] if len(names) > 1 else ""


def _fits(facts: Facts, name: str, test: Callable[[Variable], bool]) -> bool:
    one = facts.find(name)
    return one is not None and test(one)


def _usual_number(facts: Facts, taken: set[str]) -> str:
    """Return the number that is most likely an outcome: varying by row, neither time nor group nor category."""
    likely = [
        one
        for one in facts.variables
        if is_number(one)
        and one.name not in taken
        and one.name not in facts.groups
        and one.n_unique > 1
        and not prefers_category(one)
        and not is_time(one)
    ]
    by_row = [one for one in likely if facts.levels.get(one.name) is None]
    fallback = [one for one in facts.variables if is_number(one) and one.name not in taken]
    return next((one.name for one in (*by_row, *likely, *fallback)), "")


def switch(choice: Choice, kind: str, facts: Facts) -> Choice:
    """Return the same variables seen in another kind of picture; roles that are needed are filled as is usual."""
    roles = {role.name: role for role in KINDS[kind].roles}
    if kind == MISSING:
        return replace(choice, kind=kind)
    held = [choice.variable, choice.x, choice.by, choice.second, choice.lines, *choice.variables[1:]]
    out = replace(choice, kind=kind)
    if not _fits(facts, choice.variable, roles["variable"].fits):
        fitting = [name for name in held if _fits(facts, name, roles["variable"].fits)]
        if kind == BARS:
            usual = next((one.name for one in facts.variables if prefers_category(one)), "")
            any_one = next((one.name for one in facts.variables if is_countable(one)), "")
            out = out.with_role("variable", next(iter(fitting), "") or usual or any_one)
        else:
            out = out.with_role("variable", next(iter(fitting), "") or _usual_number(facts, set()))
    if choice.variable != out.variable and not out.by and _fits(facts, choice.variable, is_category):
        out = replace(out, by=choice.variable)  # what was counted now divides
    if kind != HISTOGRAM:
        out = replace(out, variables=out.variables[:1])
    if kind == SPAGHETTI:
        out = _with_time(out, facts)
    elif kind == SCATTER and (not _fits(facts, out.x, is_axis) or out.x == out.variable):
        others = [name for name in held if _fits(facts, name, is_axis) and name != out.variable]
        out = replace(out, x=next(iter(others), "") or _usual_number(facts, {out.variable}))
    taken = {out.role(name) for name in ("variable", "x", "lines") if name in roles}
    for name in ("by", "second"):
        if name in roles and (out.role(name) in taken or not _fits(facts, out.role(name), is_category)):
            out = out.with_role(name, "")
    return out


def _with_time(choice: Choice, facts: Facts) -> Choice:
    """Fill in time and groups as is usual."""
    times = [one.name for one in facts.variables if is_time(one) and one.name != choice.variable]
    moving = [name for name in times if facts.levels.get(name) is None]
    x = choice.x if _fits(facts, choice.x, is_axis) and choice.x != choice.variable else ""
    x = x if x in times or not moving else moving[0]
    x = x or next(iter([*moving, *times]), "") or _usual_number(facts, {choice.variable})
    lines = choice.lines if facts.find(choice.lines) else ""
    lines = lines or next((name for name in facts.groups if name not in (x, choice.variable)), "")
    if choice.variable == lines:
        choice = choice.with_role("variable", _usual_number(facts, {x, lines}))
    return replace(choice, x=x, lines=lines)


def valid(choice: Choice, facts: Facts) -> Choice:
    """Take out what the table no longer has (it was changed under its name)."""
    out = replace(choice, variables=tuple(name for name in choice.variables if facts.find(name)))
    for name in ("x", "by", "second", "lines"):
        if out.role(name) and facts.find(out.role(name)) is None:
            out = out.with_role(name, "")
    return out if out.variables or out.kind in ("", MISSING) else replace(out, kind="")


def missing_role(choice: Choice) -> Role | None:
    """Return the first role without which nothing can be drawn and that is empty."""
    if not choice.kind:
        return None
    return next((r for r in KINDS[choice.kind].roles if r.needed and not choice.role(r.name)), None)


def offered(kind: str, facts: Facts) -> bool:
    """Whether the table has variables for a kind of picture."""
    return all(
        any(role.fits(one) for one in facts.variables) for role in KINDS[kind].roles if role.needed
    ) and bool(facts.variables)
