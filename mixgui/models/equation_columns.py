"""What the fixed and random effects of a formula stand for: one column a coefficient, and at which level it varies.

From a formula alone the categories of a column are not known; when they are given, a factor becomes its dummy
variables, coded as R codes it (treatment contrasts; indicators of all levels where R uses them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from mixgui.data.expressions import Binary, Call, Expression, Name, Number
from mixgui.models.contrasts import coding_of, full_factors
from mixgui.models.equation_markup import Equation, joined, literal, parenthesised, spelt, subscripted, words
from mixgui.models.formula import Formula, Term

# Names that R gives to the levels of a logical column, and others that say nothing without their variable.
_MUTE = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f", "on", "off", "other", "none", "na"})
_EFFECT_LETTERS = "bcdfghmpqrsuvw"
_INDEX_LETTERS = "jklmnopqrstuvw"


@dataclass(frozen=True)
class Categories:
    """The levels of a factor, in order.

    Parameters
    ----------
    levels : tuple of str
        The first is the reference.
    ordered : bool
        Ordered factors get polynomial contrasts.
    """

    levels: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Part:
    """One variable within a column.

    Parameters
    ----------
    name : str
        R's name: ``x``, ``school_typePublic``, ``poly(x, 2)1``.
    expression : Expression
        What it is made from.
    suffix : str
        What R appends to the expression: the level of a factor, the degree of a polynomial.
    kind : str
        "number", "dummy", "contrast" (of an ordered factor) or "polynomial".
    """

    name: str
    expression: Expression
    suffix: str = ""
    kind: str = "number"


@dataclass(frozen=True)
class Column:
    """A product of parts: what one coefficient is multiplied by. No part: the intercept."""

    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """R's name of the coefficient."""
        return ":".join(part.name for part in self.parts) if self.parts else "(Intercept)"

    @property
    def key(self) -> frozenset[str]:
        """The names of the parts in no order."""
        return frozenset(part.name for part in self.parts)


@dataclass(frozen=True)
class Grouping:
    """A grouping factor in an equation.

    Parameters
    ----------
    name : str
        As lme4 names it.
    letter : str
        Of its random effects: b, c, ...
    index : str
        Of its groups: j; jk for groups within those of index k.
    """

    name: str
    letter: str
    index: str


@dataclass(frozen=True)
class Notation:
    """How rows and groups are counted, and how columns are called.

    Parameters
    ----------
    groupings : tuple of Grouping
        Finest first.
    levels : mapping
        Column of the table -> grouping factor within whose groups it is constant; others vary by row.
    labels : mapping
        Column of the table -> what to call it.
    show_index : bool
        False writes no subscripts (fitted equations).
    """

    groupings: tuple[Grouping, ...]
    levels: Mapping[str, str | None]
    labels: Mapping[str, str]
    show_index: bool = True

    @property
    def rows(self) -> str:
        """The index of a row: i, ij, ijk."""
        return "i" + "".join(grouping.index[0] for grouping in self.groupings)

    def grouping(self, name: str) -> Grouping:
        """Return a grouping factor."""
        return next(grouping for grouping in self.groupings if grouping.name == name)

    def level(self, expression: Expression) -> str | None:
        """Return the grouping factor within whose groups an expression is constant, None for rows."""
        own = {grouping.name for grouping in self.groupings}
        found = {self.levels.get(name) or (name if name in own else None) for name in expression.variables()}
        known = [grouping for grouping in self.groupings if grouping.name in found]
        if len(known) != len(found) or not found:
            return None
        # Values of a factor and of one that it is nested in vary with the finer one.
        finest = known[0]
        return finest.name if all(other.index[0] in finest.index for other in known) else None

    def index_of(self, expression: Expression) -> str:
        """Return the subscript of an expression's values."""
        if not self.show_index:
            return ""
        level = self.level(expression)
        return self.rows if level is None else self.grouping(level).index

    def spell(self, expression: Expression) -> Equation:
        """Return an expression over labelled and subscripted columns."""
        return spelt(
            expression,
            {
                name: subscripted(words(self.labels.get(name) or name), self.index_of(Name(name)))
                for name in expression.variables()
            },
        )

    def spell_part(self, part: Part) -> Equation:
        """Return one variable of a column: Public_j, Verbal IQ_ij, log(x_ij)."""
        if part.kind == "number":
            return self.spell(_inside(part.expression))
        index = self.index_of(part.expression)
        if part.kind == "polynomial":
            assert isinstance(part.expression, Call)
            name = Equation(
                f"poly<sub>{part.suffix}</sub>",
                rf"\operatorname{{poly}}_{{{part.suffix}}}",
                f"poly{part.suffix}",
            )
            return name + parenthesised(self.spell(part.expression.args[0]))
        if part.kind == "dummy" and _speaks(part.suffix):
            return subscripted(words(part.suffix), index)
        source = _source(part.expression)
        label = self.labels.get(source) or source
        if part.kind == "dummy":
            return subscripted(words(label), index) + literal(" = ") + words(part.suffix)
        return subscripted(words(f"{label} {part.suffix}"), index)

    def spell_column(self, parts: Sequence[Part]) -> Equation:
        """Return a product of variables: Verbal IQ_ij × Public_j."""
        if len(parts) == 1:
            return self.spell_part(parts[0])
        pieces = []
        for part in parts:
            piece = self.spell_part(part)
            pieces.append(parenthesised(piece) if _is_sum(part) else piece)
        return joined(pieces, literal(" × ", r" \times "))


def columns_of(
    terms: Sequence[Term], intercept: bool, categories: Mapping[str, Categories]
) -> tuple[Column, ...]:
    """Return the columns of X (or Z), intercept first, in R's order.

    Parameters
    ----------
    terms : sequence of Term
        In R's order.
    intercept : bool
        Whether a column of ones comes first.
    categories : mapping
        ``str(expression)`` -> its levels; expressions that are absent are taken as numbers.
    """
    names = [[str(factor) for factor in term.factors] for term in terms]
    full = full_factors(names, set(categories), intercept)
    out = [Column(())] if intercept else []
    for term, coded in zip(terms, full, strict=True):
        parts = [_parts(factor, categories, str(factor) in coded) for factor in term.factors]
        # The first factor varies fastest, as in R.
        out += [Column(tuple(reversed(choice))) for choice in product(*reversed(parts))]
    return tuple(out)


def _parts(expression: Expression, categories: Mapping[str, Categories], full: bool) -> tuple[Part, ...]:
    name = str(expression)
    known = categories.get(name)
    if known is not None:
        suffixes = coding_of(known.levels, known.ordered, full).suffixes
        kind = "contrast" if known.ordered and not full else "dummy"
        return tuple(Part(name + suffix, expression, suffix, kind) for suffix in suffixes)
    degree = _degree(expression)
    if degree > 1:
        return tuple(Part(f"{name}{k}", expression, str(k), "polynomial") for k in range(1, degree + 1))
    return (Part(name, expression),)


def _degree(expression: Expression) -> int:
    """Return how many columns a call of poly makes, 1 for all else."""
    if not (isinstance(expression, Call) and expression.function == "poly"):
        return 1
    given = dict(expression.kwargs).get("degree", expression.args[1] if len(expression.args) > 1 else None)
    return int(given.value) if isinstance(given, Number) and 1 <= given.value <= 30 else 1


def notation_of(
    formula: Formula, levels: Mapping[str, str | None], labels: Mapping[str, str], *, show_index: bool = True
) -> Notation:
    """Choose indices and letters for a formula's grouping factors.

    Rows are i; the finest factor's groups are j, the next k. Groups that are nested in others carry the
    indices of both (class jk within school k); crossed factors have one each. The random effects of the
    first factor are b, of the second c.
    """
    members = {term.group_name: frozenset(map(str, term.group)) for term in formula.random}
    parents = {
        name: [
            other
            for other in members
            if other != name and (members[other] < members[name] or _is_within(name, other, members, levels))
        ]
        for name in members
    }
    finest_first = sorted(members, key=lambda name: -len(parents[name]))
    letters = {name: _INDEX_LETTERS[place % len(_INDEX_LETTERS)] for place, name in enumerate(finest_first)}
    groupings = tuple(
        Grouping(
            name,
            _EFFECT_LETTERS[place % len(_EFFECT_LETTERS)],
            letters[name] + "".join(letters[other] for other in finest_first if other in parents[name]),
        )
        for place, name in enumerate(finest_first)
    )
    return Notation(groupings, levels, labels, show_index)


def _is_within(
    name: str, other: str, members: Mapping[str, frozenset[str]], levels: Mapping[str, str | None]
) -> bool:
    """Whether the other factor is known to be constant within the groups of this one."""
    return levels.get(other) == name and levels.get(name) != other and len(members[other]) == 1


def _inside(expression: Expression) -> Expression:
    """Return what stands inside I( )."""
    if isinstance(expression, Call) and expression.function == "I" and expression.args:
        return expression.args[0]
    return expression


def _is_sum(part: Part) -> bool:
    inner = _inside(part.expression)
    return part.kind == "number" and isinstance(inner, Binary) and inner.operator not in ("^", "*")


def _speaks(level: str) -> bool:
    """Whether the name of a level says enough without its variable: Public, but not 2, b or yes."""
    return len(level) > 2 and level[0].isalpha() and level.lower() not in _MUTE


def _source(expression: Expression) -> str:
    """Return the column that a factor is made from, or the expression as it is written."""
    names = expression.variables()
    return names[0] if len(names) == 1 and isinstance(expression, Name | Call) else str(expression)
