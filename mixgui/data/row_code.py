"""The lines of R and Python of the steps about rows."""

from __future__ import annotations

from mixgui.data.expression_code import expression_code
from mixgui.data.names import quoted, quoted_list, variable
from mixgui.data.step_base import StepCode
from mixgui.data.tokens import spell_name

_TEXT_ORDER = '''import unicodedata

_SIGNS = "_-,;:!?.'\\"()[]{}@*/\\\\&#%`^+<=>|~$"


def r_order(column):
    """Return numbers that sort as R sorts: texts by letter, then accent, then small before capital."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.where(column.notna())
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column

    def rank(character):
        place = _SIGNS.find(character)
        kinds = [place >= 0 or character.isspace(), False, character.isdigit(), character.isalpha()]
        group = kinds.index(True) if True in kinds else 1
        return group, place if group == 0 else ord(character)

    def key(text):
        plain = unicodedata.normalize("NFKD", text)
        letters = [c for c in plain if not unicodedata.combining(c)]
        return [rank(c) for c in "".join(letters).lower()], plain.lower(), [c.isupper() for c in letters], text

    places = {text: i for i, text in enumerate(sorted(column.dropna().unique(), key=key))}
    return column.map(places)'''

_R_SAMPLE = '''import numpy as np


def r_sample(n, size, seed):
    """Return what R's set.seed(seed); sample(n, size) returns: numbers from 1 to n."""
    word, words = seed % 2**32, []
    for _ in range(50):
        word = (69069 * word + 1) % 2**32
    for _ in range(625):
        word = (69069 * word + 1) % 2**32
        words.append(word)
    twister = np.random.MT19937()
    twister.state = {"bit_generator": "MT19937", "state": {"key": np.array(words[1:], dtype=np.uint32), "pos": 624}}
    pool, drawn = list(range(1, n + 1)), []
    for left in range(n, n - size, -1):
        bits = (left - 1).bit_length()
        while True:
            value = 0
            for _ in range(0, bits + 1, 16):
                value = 65536 * value + (int(twister.random_raw()) * 65536 >> 32)
            value &= 2**bits - 1
            if value < left:
                break
        drawn.append(pool[value])
        pool[value] = pool[left - 1]
    return drawn'''


def filter_code(table: str, condition: str) -> StepCode:
    """Return a filter(); what is missing is dropped in both languages."""
    t = variable(table)
    r, python, setup = expression_code(condition, t)
    return StepCode(
        f"{t} <- {t} |>\n  filter({r})",
        f'{t} = {t}[({python}).astype("boolean").fillna(False)].reset_index(drop=True)',
        python_setup=setup,
    )


def drop_missing_code(table: str, columns: tuple[str, ...]) -> StepCode:
    """Return a drop_na() and a dropna()."""
    t, names = variable(table), quoted_list(columns)
    r = f"drop_na(all_of(c({names})))" if columns else "drop_na()"
    subset = f"subset=[{names}], " if columns else ""
    return StepCode(f"{t} <- {t} |>\n  {r}", f"{t} = {t}.dropna({subset}ignore_index=True)")


def sort_code(table: str, by: tuple[tuple[str, bool], ...]) -> StepCode:
    """Return an order(), which sorts texts as R does, and a stable sort with the same order."""
    t = variable(table)
    cells = [(f"{t}[[{quoted(name)}]]", up) for name, up in by]
    r = ", ".join(cell if up else f"-xtfrm({cell})" for cell, up in cells)
    names, directions = quoted_list(name for name, _ in by), ", ".join(str(up) for _, up in by)
    return StepCode(
        f"{t} <- {t}[order({r}), ]",
        f'{t} = {t}.sort_values([{names}], ascending=[{directions}], kind="stable", key=r_order, ignore_index=True)',
        python_setup=(_TEXT_ORDER,),
    )


def sample_code(table: str, size: int, group: str, seed: int, output: str) -> StepCode:
    """Return lines that draw the same rows or groups in R and in Python."""
    t, out = variable(table), variable(output)
    if not group:
        r = f"set.seed({seed})\n{out} <- {t}[sort(sample(nrow({t}), {size})), ]"
        rows = f"sorted(i - 1 for i in r_sample(len({t}), {size}, {seed}))"
        return StepCode(r, f"{out} = {t}.iloc[{rows}].reset_index(drop=True)", python_setup=(_R_SAMPLE,))
    cell, name = f"{t}[[{quoted(group)}]]", spell_name(group)
    r = (
        f"set.seed({seed})\n.groups <- unique(na.omit({cell}))\n"
        f"{out} <- {t} |>\n  filter({name} %in% .groups[sample(length(.groups), {size})])"
    )
    python = (
        f"_groups = {t}[{quoted(group)}].dropna().unique()\n"
        f"_drawn = [_groups[i - 1] for i in r_sample(len(_groups), {size}, {seed})]\n"
        f"{out} = {t}[{t}[{quoted(group)}].isin(_drawn)].reset_index(drop=True)"
    )
    return StepCode(r, python, python_setup=(_R_SAMPLE,))
