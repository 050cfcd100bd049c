"""Any expression and any name, for laws."""

from __future__ import annotations

from hypothesis import strategies as st

from mixgui.data.expressions import Binary, Call, Constant, Name, Number, Paren, String, Unary
from mixgui.errors import FormulaError

texts = st.text(max_size=8)
names = st.one_of(
    st.sampled_from(
        ["x", "y", "z.1", "verbal_iq", "verbal IQ", "if", "pi", "1st", "_a", "a`b", "Größe", "日本", "a\nb"]
    ),
    st.text(min_size=1, max_size=6),
)
numbers = st.one_of(
    st.integers(0, 10**6).map(lambda value: Number(value)),
    st.integers(0, 2**31 - 1).map(lambda value: Number(value, True)),
    st.floats(0, allow_infinity=False, allow_nan=False).map(Number),
)
leaves = st.one_of(
    names.map(Name),
    numbers,
    texts.map(String),
    st.sampled_from(["TRUE", "FALSE", "NA", "NaN", "Inf", "pi"]).map(Constant),
)
ONE_VALUE = ["I", "log", "exp", "sqrt", "scale", "factor", "as.numeric", "is.na", "center", "mean", "c"]
BINARY = ["^", ":", "%%", "%/%", "%in%", "*", "/", "+", "-", "<", ">", "<=", ">=", "==", "!=", "&", "|"]


def _larger(children: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "+", "!"]), children),
        st.builds(Binary, st.sampled_from(BINARY), children, children),
        st.builds(Paren, children),
        st.builds(lambda name, x: Call(name, (x,)), st.sampled_from(ONE_VALUE), children),
        st.builds(lambda x, y: Call("log", (x,), (("base", y),)), children, children),
        st.builds(lambda x, y, z: Call("ifelse", (x, y, z)), children, children, children),
    )


def inside(error: FormulaError, text: str) -> bool:
    """Whether an error names characters of the text, and says something."""
    return 0 <= error.span[0] <= error.span[1] <= len(text) and bool(error.message)


expressions = st.recursive(leaves, _larger, max_leaves=12)
