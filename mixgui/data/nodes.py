"""The tree of an expression such as ``log(x + 1)``: immutable values that are spelt as R spells them.

Two expressions are equal when R would evaluate the same thing in the same way; where they stood in a text
plays no part. Parentheses are nodes of their own, as in R, because they belong to the spelling and thus to
the names of coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import isfinite

from mixgui.data.precedence import BINARY, PREFIX
from mixgui.data.tokens import CONSTANTS, Span, escape, spell_name
from mixgui.errors import FormulaError

# Height of a tree; functions that walk it use a few frames a step, and Python allows about a thousand.
MAX_HEIGHT = 150
_ATOM = 1000
# R's deparse puts no spaces around these.
_TIGHT = frozenset({"^", ":", "/", "%%", "%/%"})


@dataclass(frozen=True)
class Expression:
    """A node of the tree; use one of the child classes.

    Parameters
    ----------
    span : tuple of int, optional
        Where it stood in the text that was parsed. Not part of the value.
    """

    span: Span | None = field(default=None, compare=False, repr=False, kw_only=True)

    def __post_init__(self) -> None:
        height = 1 + max((child._height for child in self.children()), default=0)
        if height > MAX_HEIGHT:
            raise FormulaError(
                "This expression is too long.", "Split it into several new columns.", span=self.span or (0, 0)
            )
        object.__setattr__(self, "_height", height)

    _height = 1  # set once by __post_init__; no field, because it is no part of the value

    def children(self) -> tuple[Expression, ...]:
        """Return the nodes directly below this one."""
        return ()

    def walk(self) -> Iterator[Expression]:
        """Yield this node and all below it, in the order of the text."""
        yield self
        for child in self.children():
            yield from child.walk()

    def variables(self) -> tuple[str, ...]:
        """Return the names of the columns that are used, each once, in the order of the text."""
        return tuple(dict.fromkeys(node.name for node in self.walk() if isinstance(node, Name)))

    def rename(self, names: Mapping[str, str]) -> Expression:
        """Return the same expression over renamed columns (old name -> new name)."""
        return self

    @property
    def power(self) -> int:
        """How tightly the outermost operator binds (for parentheses)."""
        return _ATOM


@dataclass(frozen=True)
class Name(Expression):
    """A column."""

    name: str

    def __post_init__(self) -> None:
        if not self.name:
            raise FormulaError("A column without a name cannot be used.", "Give the column a name first.")
        super().__post_init__()

    def __str__(self) -> str:
        return spell_name(self.name)

    def rename(self, names: Mapping[str, str]) -> Expression:
        """Return the name that this one is mapped to."""
        return replace(self, name=names.get(self.name, self.name))


@dataclass(frozen=True)
class Number(Expression):
    """A finite number >= 0 (a negative one is a `Unary` minus, as in R); `integer` for R's 2L."""

    value: float
    integer: bool = False

    def __post_init__(self) -> None:
        value = float(self.value) + 0.0  # -0.0 becomes 0.0
        if not isfinite(value) or value < 0 or (self.integer and value != int(value)):
            raise ValueError(f"not a number that can be written: {self.value!r}")
        object.__setattr__(self, "value", value)
        super().__post_init__()

    def __str__(self) -> str:
        return f"{int(self.value)}L" if self.integer else spell_number(self.value)


@dataclass(frozen=True)
class Constant(Expression):
    """TRUE, FALSE, NA, NaN, Inf or pi."""

    name: str

    def __post_init__(self) -> None:
        if self.name not in CONSTANTS:
            raise ValueError(f"no constant: {self.name!r}")
        super().__post_init__()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class String(Expression):
    """A text between quotation marks."""

    value: str

    def __str__(self) -> str:
        return escape(self.value, '"')


@dataclass(frozen=True)
class Paren(Expression):
    """Something between parentheses."""

    inner: Expression

    def children(self) -> tuple[Expression, ...]:
        """Return what stands between the parentheses."""
        return (self.inner,)

    def __str__(self) -> str:
        return f"({self.inner})"

    def rename(self, names: Mapping[str, str]) -> Expression:
        """Rename inside."""
        return replace(self, inner=self.inner.rename(names))


@dataclass(frozen=True)
class Unary(Expression):
    """A sign or ``!`` before an operand."""

    operator: str
    operand: Expression

    def __post_init__(self) -> None:
        if self.operator not in PREFIX:
            raise ValueError(f"no operator before an operand: {self.operator!r}")
        if self.operand.power < self.power:
            object.__setattr__(self, "operand", Paren(self.operand))
        super().__post_init__()

    @property
    def power(self) -> int:
        """How tightly the operator binds."""
        return PREFIX[self.operator]

    def children(self) -> tuple[Expression, ...]:
        """Return the operand."""
        return (self.operand,)

    def __str__(self) -> str:
        return f"{self.operator}{self.operand}"

    def rename(self, names: Mapping[str, str]) -> Expression:
        """Rename in the operand."""
        return replace(self, operand=self.operand.rename(names))


@dataclass(frozen=True)
class Binary(Expression):
    """An operator between two operands; operands get parentheses where R's precedence asks for them."""

    operator: str
    left: Expression
    right: Expression

    def __post_init__(self) -> None:
        if self.operator not in BINARY:
            raise ValueError(f"no operator between two operands: {self.operator!r}")
        if needs_paren(self.left, self, left=True):
            object.__setattr__(self, "left", Paren(self.left))
        if needs_paren(self.right, self, left=False):
            object.__setattr__(self, "right", Paren(self.right))
        super().__post_init__()

    @property
    def power(self) -> int:
        """How tightly the operator binds."""
        return BINARY[self.operator]

    def children(self) -> tuple[Expression, ...]:
        """Return both operands."""
        return (self.left, self.right)

    def __str__(self) -> str:
        between = self.operator if self.operator in _TIGHT else f" {self.operator} "
        return f"{self.left}{between}{self.right}"

    def rename(self, names: Mapping[str, str]) -> Expression:
        """Rename in both operands."""
        return replace(self, left=self.left.rename(names), right=self.right.rename(names))


@dataclass(frozen=True)
class Call(Expression):
    """A function with its values; those given by name stand last (R matches them first anyway)."""

    function: str
    args: tuple[Expression, ...] = ()
    kwargs: tuple[tuple[str, Expression], ...] = ()

    def children(self) -> tuple[Expression, ...]:
        """Return all values."""
        return self.args + tuple(value for _, value in self.kwargs)

    def __str__(self) -> str:
        parts = [str(arg) for arg in self.args]
        parts += [f"{spell_name(name)} = {value}" for name, value in self.kwargs]
        return f"{spell_name(self.function)}({', '.join(parts)})"

    def rename(self, names: Mapping[str, str]) -> Expression:
        """Rename in all values."""
        return replace(
            self,
            args=tuple(arg.rename(names) for arg in self.args),
            kwargs=tuple((name, value.rename(names)) for name, value in self.kwargs),
        )


def needs_paren(operand: Expression, parent: Binary, *, left: bool) -> bool:
    """Whether an operand would be read differently without parentheses."""
    power = parent.power
    # A prefix operator at the right-hand end of the left operand takes what follows, if that binds tighter
    # than it: (a + !b) * c. On the right-hand side it begins the operand and needs none: a * -b.
    if left:
        if any(PREFIX[node.operator] < power for node in _right_edge(operand) if isinstance(node, Unary)):
            return True
        if parent.operator == "^" or power == BINARY["=="]:  # groups from the right, or not at all
            return operand.power <= power
        return operand.power < power
    if isinstance(operand, Unary):
        return False
    return operand.power < power if parent.operator == "^" else operand.power <= power


def _right_edge(node: Expression) -> Iterator[Expression]:
    while True:
        yield node
        if isinstance(node, Binary):
            node = node.right
        elif isinstance(node, Unary):
            node = node.operand
        else:
            return


def number(value: float) -> Expression:
    """Return the expression of any finite number, negative ones with their sign."""
    return Unary("-", Number(-value)) if value < 0 else Number(value)


def spell_number(value: float) -> str:
    """Write a finite number >= 0 as R does: fixed notation unless the scientific one is shorter.

    R shows 15 digits; here as many as are needed to read the same number again.
    """
    short = f"{value:.15g}"
    digits = short if float(short) == value else repr(value)
    if digits.endswith(".0"):
        digits = digits[:-2]
    _, ciphers, exponent = Decimal(digits).normalize().as_tuple()
    assert isinstance(exponent, int)
    if value == 0:
        return "0"
    power = len(ciphers) - 1 + exponent
    mantissa = "".join(map(str, ciphers))
    broken = "." + mantissa[1:] if mantissa[1:] else ""
    scientific = f"{mantissa[0]}{broken}e{'-' if power < 0 else '+'}{abs(power):02d}"
    fixed = f"{Decimal(digits):f}"
    if "." in fixed:
        fixed = fixed.rstrip("0").rstrip(".")
    return fixed if len(fixed) <= len(scientific) else scientific
