"""An expression as Python with pandas and numpy writes it, with R's rules for missing values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mixgui.data.calls import match_values
from mixgui.data.choice_functions import interval_names
from mixgui.data.names import quoted, quoted_list
from mixgui.data.nodes import Binary, Call, Constant, Expression, Name, Number, Paren, String, Unary
from mixgui.data.text_functions import NUMBER_IN_TEXT

_NUMPY = "import numpy as np"
_KNOWN = '''def known(x):
    """Return a column with NA where it is missing, so that comparing gives NA there."""
    if not isinstance(x, pd.Series):
        return x
    return x.astype("string") if isinstance(x.dtype, pd.CategoricalDtype) else x.convert_dtypes()'''
_AS_TEXT = '''def as_text(x):
    """Return a column as text; numbers as R writes them."""
    if pd.api.types.is_bool_dtype(x):
        return x.map({True: "TRUE", False: "FALSE"})
    return x.map("{:.15g}".format, na_action="ignore") if pd.api.types.is_numeric_dtype(x) else x.astype("str")'''
_AS_NUMBER = '''def as_numeric(x):
    """Return texts as numbers, dates as days since 1970."""
    if pd.api.types.is_datetime64_any_dtype(x):
        return (x - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    return pd.to_numeric(x, errors="coerce")'''
_CASE = '''def case(index, *values):
    """Return the value behind the first condition that holds, else the last one."""
    left, result = pd.Series(True, index=index), pd.Series([None] * len(index), index=index, dtype=object)
    for test, value in zip(values[::2], values[1::2]):
        now = left & pd.Series(test, index=index).astype("boolean").fillna(False).astype(bool)
        result = result.mask(now, pd.Series(value, index=index, dtype=object))
        left = left & ~now
    if len(values) % 2:
        result = result.mask(left, pd.Series(values[-1], index=index, dtype=object))
    return pd.Series([None if pd.isna(x) else x for x in result], index=index)'''
_CONSTANTS = {
    "TRUE": "True", "FALSE": "False", "NA": "pd.NA", "NaN": "float('nan')", "Inf": "float('inf')", "pi": "np.pi",
}  # fmt: skip
_OPERATORS = {"^": "**", "%%": "%", "%/%": "//"}
_COMPARISONS = frozenset({"<", ">", "<=", ">=", "==", "!="})

# Function -> numpy's, element by element.
_ELEMENTWISE = {
    "log2": "np.log2", "log10": "np.log10", "log1p": "np.log1p", "exp": "np.exp", "expm1": "np.expm1",
    "sqrt": "np.sqrt", "abs": "np.abs", "sign": "np.sign", "floor": "np.floor", "ceiling": "np.ceil",
    "trunc": "np.trunc", "sin": "np.sin", "cos": "np.cos", "tan": "np.tan", "asin": "np.arcsin",
    "acos": "np.arccos", "atan": "np.arctan",
}  # fmt: skip
_SUMMARIES = {
    "mean": "mean", "median": "median", "sd": "std", "var": "var", "min": "min", "max": "max", "sum": "sum",
}  # fmt: skip
_DATE_PARTS = ("year", "month", "day")
_TEXTS = {"toupper": "upper()", "tolower": "lower()", "trimws": "strip()"}

Values = Mapping[str, Any]


class PythonWriter:
    """Writes expressions over one frame.

    Parameters
    ----------
    table : str
        The frame's variable.
    by : tuple of str
        Columns that make groups.
    """

    def __init__(self, table: str, by: tuple[str, ...] = ()) -> None:
        self.table = table
        self.by = by
        self._setup: dict[str, None] = {}

    @property
    def setup(self) -> tuple[str, ...]:
        """What the written lines rely on, imports first."""
        return tuple(sorted(self._setup, key=lambda text: not text.startswith("import")))

    def write(self, node: Expression) -> str:
        """Return the expression in Python."""
        match node:
            case Name():
                return f"{self.table}[{quoted(node.name)}]"
            case Number():
                return (
                    repr(int(node.value))
                    if node.value == int(node.value) and node.value < 2**53
                    else repr(node.value)
                )
            case String():
                return quoted(node.value)
            case Constant():
                return self._need(_NUMPY, "np.pi") if node.name == "pi" else _CONSTANTS[node.name]
            case Paren():
                return f"({self.write(node.inner)})"
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)
        raise AssertionError(f"no such expression: {node!r}")

    def _need(self, setup: str, text: str) -> str:
        self._setup[setup] = None
        return text

    def _part(self, node: Expression) -> str:
        """Write an operand, in parentheses unless it is a single thing."""
        text = self.write(node)
        return f"({text})" if isinstance(node, Binary | Unary) else text

    def _known(self, node: Expression) -> str:
        while isinstance(node, Paren):
            node = node.inner
        if isinstance(node, Number | String | Constant) or (isinstance(node, Unary) and not node.variables()):
            return self.write(node)
        return self._need(_KNOWN, f"known({self.write(node)})")

    def _unary(self, node: Unary) -> str:
        if node.operator == "!":
            return (
                f'~{self._part(node.operand)}.astype("boolean")'
                if not _single(node.operand)
                else f"~{self._known(node.operand)}"
            )
        return f"{node.operator}{self._part(node.operand)}"

    def _binary(self, node: Binary) -> str:
        if node.operator in _COMPARISONS:
            return f"{self._known(node.left)} {node.operator} {self._known(node.right)}"
        if node.operator == "%in%":
            return f"{self._part(node.left)}.isin({self._listed(node.right)})"
        if node.operator == ":":
            ends = [float(str(self.write(end)).strip("()")) for end in (node.left, node.right)]
            step = 1 if ends[1] >= ends[0] else -1
            return f"list(range({int(ends[0])}, {int(ends[1]) + step}, {step}))"
        return (
            f"{self._part(node.left)} {_OPERATORS.get(node.operator, node.operator)} {self._part(node.right)}"
        )

    def _listed(self, node: Expression) -> str:
        text = self.write(node)
        return text if text.startswith(("[", "list(")) else f"[{text}]"

    def _column(self, node: Expression) -> str:
        """Write an operand that must be a column, also where it is one value."""
        return (
            self._part(node)
            if node.variables()
            else f"pd.Series({self.write(node)}, index={self.table}.index)"
        )

    def _grouped(self, text: str) -> str:
        keys = ", ".join(f"{self.table}[{quoted(name)}]" for name in self.by)
        return f"{text}.groupby([{keys}])"

    def _call(self, node: Call) -> str:
        values = match_values(node.function, node.args, node.kwargs)
        name = node.function
        if name in _ELEMENTWISE:
            return self._need(_NUMPY, f"{_ELEMENTWISE[name]}({self.write(values['x'])})")
        if name in _SUMMARIES:
            return self._summary(_SUMMARIES[name], values)
        if name in _TEXTS:
            return self._need(_AS_TEXT, f"as_text({self._column(values['x'])}).str.{_TEXTS[name]}")
        if name in _DATE_PARTS:
            return f"{self._part(values['x'])}.dt.{name}"
        return _WRITERS[name](self, values)

    def _summary(self, method: str, values: Values) -> str:
        x, leave_out = self._column(values["x"]), values.get("na.rm") == Constant("TRUE")
        if not self.by:
            return f"{x}.{method}()" if leave_out else f"{x}.{method}(skipna=False)"
        how = quoted(method) if leave_out else f"lambda v: v.{method}(skipna=False)"
        return f"{self._grouped(x)}.transform({how})"

    def reduced(self, x: str, method: str) -> str:
        """Write a summary over the values that are there."""
        return f"{self._grouped(x)}.transform({quoted(method)})" if self.by else f"{x}.{method}()"


def _single(node: Expression) -> bool:
    return isinstance(node, Name)


def _log(w: PythonWriter, v: Values) -> str:
    x = w._need(_NUMPY, f"np.log({w.write(v['x'])})")
    return f"{x} / np.log({w.write(v['base'])})" if "base" in v else x


def _rounded(w: PythonWriter, v: Values) -> str:
    if "digits" not in v:
        return w._need(_NUMPY, f"np.round({w.write(v['x'])})")
    digits = w.write(v["digits"])
    return f'{w._column(v["x"])}.map(lambda v: round(v, {digits}), na_action="ignore")'


def _signif(w: PythonWriter, v: Values) -> str:
    digits = w.write(v["digits"]) if "digits" in v else "6"
    return f'{w._column(v["x"])}.map(lambda v: float(f"{{v:.{{{digits} - 1}}e}}"), na_action="ignore")'


def _centred(w: PythonWriter, v: Values, center: bool = True, scale: bool = False) -> str:
    x = w._column(v["x"])
    given = v.get("center")
    center = given != Constant("FALSE") if isinstance(given, Constant) else center
    given = v.get("scale")
    scale = given != Constant("FALSE") if isinstance(given, Constant) else scale
    if not center and not scale:
        return x
    mean = w.reduced(x, "mean")
    top = f"({x} - {mean})" if center else x
    if not scale:
        return top
    if center:
        return f"{top} / {w.reduced(x, 'std')}"
    squares = f"({x} ** 2)"
    return f"{x} / ({w.reduced(squares, 'sum')} / ({w.reduced(x, 'count')} - 1)) ** 0.5"


def _scaled(w: PythonWriter, v: Values) -> str:
    numbers = {
        name: v[name] for name in ("center", "scale") if name in v and not isinstance(v[name], Constant)
    }
    if not numbers:
        return _centred(w, v, True, True)
    x = w._column(v["x"])
    middle = w.write(v["center"]) if "center" in numbers else w.reduced(x, "mean")
    width = w.write(v["scale"]) if "scale" in numbers else "1"
    return f"({x} - {middle}) / {width}"


def _shift(sign: str) -> Callable[[PythonWriter, Values], str]:
    def write(w: PythonWriter, v: Values) -> str:
        x, n = w._column(v["x"]), w.write(v["n"]) if "n" in v else "1"
        return f"{w._grouped(x) if w.by else x}.shift({sign}{n})"

    return write


def _by_group(whole: str, grouped: str) -> Callable[[PythonWriter, Values], str]:
    def write(w: PythonWriter, v: Values) -> str:
        x = w._column(v["x"])
        return f"{w._grouped(x)}.{grouped}" if w.by else f"{x}.{whole}"

    return write


def _ones(w: PythonWriter) -> str:
    return f"pd.Series(1, index={w.table}.index)"


def _count(w: PythonWriter, v: Values) -> str:
    return f'{w._grouped(_ones(w))}.transform("size")' if w.by else f"len({w.table})"


def _row_number(w: PythonWriter, v: Values) -> str:
    return f"{w._grouped(_ones(w))}.cumcount() + 1" if w.by else f"{_ones(w)}.cumsum()"


def _choice(w: PythonWriter, values: list[str]) -> str:
    return w._need(_CASE, f"case({w.table}.index, {', '.join(values)})")


def _ifelse(w: PythonWriter, v: Values) -> str:
    test = f'pd.Series({w.write(v["test"])}, index={w.table}.index).astype("boolean")'
    return _choice(w, [test, w.write(v["yes"]), f"~{test}", w.write(v["no"])])


def _coalesce(w: PythonWriter, v: Values) -> str:
    first, *others = v["..."]
    return w._column(first) + "".join(f".fillna({w.write(other)})" for other in others)


def _cut(w: PythonWriter, v: Values) -> str:
    breaks = sorted(float(item) for item in _constants(v["breaks"]))
    right = v.get("right") != Constant("FALSE")
    lowest = v.get("include.lowest") == Constant("TRUE")
    names = interval_names(np.array(breaks), right, lowest)
    if "labels" in v:
        names = [str(item) for item in _constants(v["labels"])]
    ends = [f"float('{end}')" if np.isinf(end) else repr(end) for end in breaks]
    x, more = w._column(v["x"]), "" if right else ", right=False"
    if lowest and right:
        more += ", include_lowest=True"
    elif lowest:  # pandas has no way to close the last interval
        x = f"{x}.mask({x} == {ends[-1]}, {ends[-2]})"
    return f"pd.cut({x}, [{', '.join(ends)}], labels=[{quoted_list(names)}]{more})"


def _constants(node: Expression) -> list[Any]:
    return [_value(item) for item in node.children()] if isinstance(node, Call) else [_value(node)]


def _value(node: Expression) -> Any:
    if isinstance(node, Unary):
        return -float(_value(node.operand))
    if isinstance(node, Paren):
        return _value(node.inner)
    if isinstance(node, Constant):
        return {"Inf": float("inf")}.get(node.name, float("nan"))
    return node.value if isinstance(node, Number | String) else str(node)


def _pasted(between: str) -> Callable[[PythonWriter, Values], str]:
    def write(w: PythonWriter, v: Values) -> str:
        separator = w.write(v["sep"]) if "sep" in v else quoted(between)
        parts = [
            w._need(_AS_TEXT, f"as_text({w._column(value)})")
            if value.variables() or isinstance(value, Call)
            else quoted(str(_value(value)))
            for value in v["..."]
        ]
        return f" + {separator} + ".join(parts)

    return write


def _text_call(template: str) -> Callable[[PythonWriter, Values], str]:
    def write(w: PythonWriter, v: Values) -> str:
        values = {name: w.write(value) for name, value in v.items()} | {"x": w._column(v["x"])}
        return w._need(_AS_TEXT, template.format(**values))

    return write


def _factor(w: PythonWriter, v: Values) -> str:
    x = w._need(_AS_TEXT, f"as_text({w._column(v['x'])})")
    if "levels" not in v:
        return f'{x}.astype("category")'
    levels = [_as_level(_value(item)) for item in _items(v["levels"])]
    made = f"pd.Series(pd.Categorical({x}, categories=[{quoted_list(levels)}]), index={w.table}.index)"
    if "labels" in v:
        made += f".cat.rename_categories([{quoted_list(_as_level(_value(item)) for item in _items(v['labels']))}])"
    return made


def _items(node: Expression) -> tuple[Expression, ...]:
    return node.children() if isinstance(node, Call) else (node,)


def _as_level(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"


def _relevel(w: PythonWriter, v: Values) -> str:
    x = w._need(_AS_TEXT, f'as_text({w._column(v["x"])}).astype("category")')
    first = quoted(_as_level(_value(v["ref"])))
    return f"{x}.pipe(lambda c: c.cat.reorder_categories([{first}, *(k for k in c.cat.categories if k != {first})]))"


def _extreme(function: str) -> Callable[[PythonWriter, Values], str]:
    def write(w: PythonWriter, v: Values) -> str:
        parts = [w.write(value) for value in v["..."]]
        text = parts[0]
        for part in parts[1:]:
            text = w._need(_NUMPY, f"np.{function}({text}, {part})")
        return text

    return write


def _between(w: PythonWriter, v: Values) -> str:
    return f"({w._known(v['x'])} >= {w._known(v['left'])}) & ({w._known(v['x'])} <= {w._known(v['right'])})"


_WRITERS: dict[str, Callable[[PythonWriter, Values], str]] = {
    "I": lambda w, v: f"({w.write(v['x'])})",
    "log": _log,
    "round": _rounded,
    "signif": _signif,
    "qlogis": lambda w, v: w._need(_NUMPY, f"np.log({w._part(v['x'])} / (1 - {w._part(v['x'])}))"),
    "plogis": lambda w, v: w._need(_NUMPY, f"1 / (1 + np.exp(-{w._part(v['x'])}))"),
    "center": lambda w, v: _centred(w, {"x": v["x"]}),
    "zscore": lambda w, v: _centred(w, {"x": v["x"]}, True, True),
    "scale": _scaled,
    "poly": lambda w, v: "None  # poly() gives several columns",
    "pmin": _extreme("minimum"),
    "pmax": _extreme("maximum"),
    "factor": _factor,
    "as.factor": _factor,
    "relevel": _relevel,
    "as.numeric": lambda w, v: w._need(_AS_NUMBER, f"as_numeric({w._column(v['x'])})"),
    "as.character": lambda w, v: w._need(_AS_TEXT, f"as_text({w._column(v['x'])})"),
    "ifelse": _ifelse,
    "if_else": _ifelse,
    "is.na": lambda w, v: f"{w._column(v['x'])}.isna()",
    "c": lambda w, v: f"[{', '.join(w.write(value) for value in v['...'])}]",
    "case": lambda w, v: _choice(w, [w.write(value) for value in v["..."]]),
    "coalesce": _coalesce,
    "between": _between,
    "cut": _cut,
    "paste": _pasted(" "),
    "paste0": _pasted(""),
    "substr": _text_call("as_text({x}).str[{start} - 1:{stop}]"),
    "number": lambda w, v: w._need(
        _AS_TEXT,
        f"as_text({w._column(v['x'])}).str.extract({quoted('(' + NUMBER_IN_TEXT + ')')})[0].astype(float)",
    ),
    "nchar": _text_call("as_text({x}).str.len()"),
    "startsWith": _text_call('as_text({x}).astype("string").str.startswith({prefix})'),
    "endsWith": _text_call('as_text({x}).astype("string").str.endswith({suffix})'),
    "n": _count,
    "n_distinct": _by_group("nunique()", 'transform("nunique")'),
    "row_number": _row_number,
    "lag": _shift(""),
    "lead": _shift("-"),
    "first": _by_group("iloc[0]", "transform(lambda v: v.iloc[0])"),
    "last": _by_group("iloc[-1]", "transform(lambda v: v.iloc[-1])"),
    "rank": _by_group("rank()", "rank()"),
    "cumsum": _by_group("cumsum(skipna=False)", "transform(lambda v: v.cumsum(skipna=False))"),
    "cummax": _by_group("cummax(skipna=False)", "transform(lambda v: v.cummax(skipna=False))"),
    "cummin": _by_group("cummin(skipna=False)", "transform(lambda v: v.cummin(skipna=False))"),
}
