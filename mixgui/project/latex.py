"""Text for LaTeX: what LaTeX would take for a command, and letters that its fonts may lack."""

from __future__ import annotations

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': r"\textquotedbl{}",
    "\N{MINUS SIGN}": "$-$",
    "\N{NO-BREAK SPACE}": "~",
    "\N{SQUARE ROOT}": r"$\surd$",
    "\N{INFINITY}": r"$\infty$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{MIDDLE DOT}": r"$\cdot$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\le$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\ge$",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
}
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "θ": "theta", "λ": "lambda",
    "μ": "mu", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "varphi", "χ": "chi", "ω": "omega",
    "Δ": "Delta", "Λ": "Lambda", "Σ": "Sigma", "Ω": "Omega",
}  # fmt: skip
_RAISED = {letter: str(digit) for digit, letter in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_LOWERED = {letter: str(digit) for digit, letter in enumerate("₀₁₂₃₄₅₆₇₈₉")}

_TABLE = str.maketrans(
    _SPECIAL
    | {letter: f"$\\{name}$" for letter, name in _GREEK.items()}
    | {letter: f"$^{digit}$" for letter, digit in _RAISED.items()}
    | {letter: f"$_{digit}$" for letter, digit in _LOWERED.items()}
)


def latex_escape(text: str) -> str:
    """Return text that LaTeX prints as it stands.

    A hyphen before a digit at the start of a cell is a minus sign and is set as one.
    """
    minus = len(text) > 1 and text[0] == "-" and (text[1].isdigit() or text[1] == ".")
    escaped = " ".join(text.splitlines()).translate(_TABLE)
    return f"$-${escaped[1:]}" if minus else escaped
