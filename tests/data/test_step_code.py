"""The lines of every step, run by R and by Python, give the table that the step gives."""

from __future__ import annotations

import io
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mixgui.data.expressions import FUNCTIONS
from mixgui.data.names import variable

from .step_cases import CASES, FRAMES, tables

# A number in a text file has 15 digits or more; what differs is the order of sums.
TOLERANCE = 1e-12
# What Python's lines cannot do: they have no data to look at.
NOT_IN_PYTHON: set[str] = set()

Rows = list[list[str]]


@pytest.fixture(scope="module")
def python_results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """Run all lines of Python in one process."""
    folder = tmp_path_factory.mktemp("python")
    setup = dict.fromkeys(text for step in CASES.values() for text in step.code().python_setup)
    lines = [
        "import warnings",
        "import pandas as pd",
        'warnings.simplefilter("ignore")',
        *setup,
        "def read(name):",
    ]
    lines.append("    return pd.read_csv(name + '.csv', keep_default_na=False, na_values=[''])")
    lines += ["def attempt(i, case):", "    try:", "        case()", "    except Exception as error:"]
    lines += ["        open(f'out_{i}.csv', 'w', encoding='utf-8').write(f'{type(error).__name__}: {error}')"]
    _write_tables(folder)
    for i, step in enumerate(CASES.values()):
        lines += [f"def case_{i}():", *(f"    {variable(name)} = read({name!r})" for name in FRAMES)]
        lines += [f"    {line}" for line in step.code().python.splitlines()]
        lines += [
            f"    {variable(step.output)}.to_csv('out_{i}.csv', index=False)",
            f"attempt({i}, case_{i})",
        ]
    (folder / "script.py").write_text("\n".join(lines), encoding="utf-8")
    _run([sys.executable, "script.py"], folder)
    return {name: _rows((folder / f"out_{i}.csv").read_text("utf-8")) for i, name in enumerate(CASES)}


@pytest.fixture(scope="module")
def r_results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """Run all lines of R in one process; without R and its packages there is nothing to compare with."""
    rscript = shutil.which("Rscript")
    packages = ("dplyr", "tidyr", "stringr")
    look = (
        f"quit(status = !all(sapply(c({', '.join(map(repr, packages))}), requireNamespace, quietly = TRUE)))"
    )
    if rscript is None or subprocess.run([rscript, "-e", look], capture_output=True, check=False).returncode:
        pytest.skip("R with dplyr, tidyr and stringr is not installed")
    folder = tmp_path_factory.mktemp("r")
    lines = [f"suppressMessages(library({name}))" for name in packages]
    lines.append('Sys.setlocale("LC_ALL", "en_US.UTF-8") |> suppressWarnings()')
    lines.append('icuSetCollate(locale = "en_US")')
    lines.append(
        'read <- function(name) as_tibble(read.csv(paste0(name, ".csv"), na.strings = "", encoding = "UTF-8"))'
    )
    _write_tables(folder)
    for i, step in enumerate(CASES.values()):
        lines.append("tryCatch(local({")
        lines += [f'  {variable(name)} <- read("{name}")' for name in FRAMES]
        lines.append(step.code().r)
        out = variable(step.output)
        lines.append(
            f"  {out} <- mutate({out}, across(where(is.double), \\(x) format(x, digits = 15, trim = TRUE)))"
        )
        lines.append(f'  write.csv({out}, "out_{i}.csv", row.names = FALSE, na = "", fileEncoding = "UTF-8")')
        lines.append(f"}}), error = \\(e) writeLines(conditionMessage(e), 'out_{i}.csv'))")
    (folder / "script.R").write_text("\n".join(lines), encoding="utf-8")
    _run([rscript, "--vanilla", "script.R"], folder)
    return {name: _rows((folder / f"out_{i}.csv").read_text("utf-8")) for i, name in enumerate(CASES)}


def _run(command: list[str], folder: Path) -> None:
    # Without a locale R sorts texts by their bytes, as nobody's R does who has a desktop.
    surroundings = dict(os.environ) | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def _write_tables(folder: Path) -> None:
    for name, frame in FRAMES.items():
        # As R writes them: TRUE and FALSE.
        texts = frame.assign(
            **{c: frame[c].astype("str").str.upper() for c in frame if frame[c].dtype == bool}
        )
        texts.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8")


def _rows(text: str) -> Rows:
    """Return cells as texts; what each language calls missing and true is spelt alike."""
    frame = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)
    missing = {"NA": "", "NaN": "", "nan": "", "<NA>": "", "None": "", "TRUE": "true", "FALSE": "false"}
    missing |= {"True": "true", "False": "false"}
    return [list(frame.columns), *([missing.get(c, c) for c in row] for row in frame.to_numpy().tolist())]


@pytest.fixture(scope="module")
def our_results() -> dict[str, Rows]:
    given = tables()
    made = {name: step.apply(given)[step.output].frame for name, step in CASES.items()}
    return {name: _rows(frame.to_csv(index=False)) for name, frame in made.items()}


def _compare(left: Rows, right: Rows) -> None:
    assert left[0] == right[0]
    assert len(left) == len(right)
    for i, (ours, theirs) in enumerate(zip(left[1:], right[1:], strict=True)):
        for name, a, b in zip(left[0], ours, theirs, strict=True):
            assert _same(a, b), f"row {i + 1}, {name}: {a!r} is not {b!r}"


def _same(a: str, b: str) -> bool:
    if a == b:
        return True
    try:
        return math.isclose(_number(a), _number(b), rel_tol=TOLERANCE, abs_tol=1e-13)
    except ValueError:
        return False


def _number(text: str) -> float:
    return {"true": 1.0, "false": 0.0}[text] if text in ("true", "false") else float(text)


@pytest.mark.parametrize("case", CASES)
def test_python(case: str, our_results: dict[str, Rows], python_results: dict[str, Rows]) -> None:
    _compare(our_results[case], python_results[case])


@pytest.mark.parametrize("case", CASES)
def test_r(case: str, our_results: dict[str, Rows], r_results: dict[str, Rows]) -> None:
    _compare(our_results[case], r_results[case])


def test_every_function_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    from mixgui.data import expression_python as python

    known: set[Any] = {
        *python._WRITERS,
        *python._ELEMENTWISE,
        *python._SUMMARIES,
        *python._TEXTS,
        *python._DATE_PARTS,
    }
    assert set(FUNCTIONS) <= known
